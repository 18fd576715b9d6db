"""What stands above, below and between the paragraphs of a newspaper story, in many printed forms."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.names import name, names, town

_LABELS = (
    "理论天地/基层动态/深度观察/改革进行时/工匠风采/百姓故事/今日关注/综合新闻/民生视点/读者来信/文化长廊/法治在线/声音/短评"
    "/乡村振兴看变化/学习贯彻二十大精神/奋进新征程 建功新时代/高质量发展调研行/走基层·一线见闻/关注民生实事/服务窗口"
    "/推动城乡融合发展走深走实/“两山”实践录/推进共同富裕示范建设/文明实践在行动/健康问答/农技课堂/简讯/一线传真/生活提醒"
    "/校园内外/社会广角/经济观察/体坛快讯/寻医问药/消费维权/身边好人/今日快评/科普窗/市场行情/便民信息/来信照登"
)
_ENGLISH_LABELS = "HARBOUR/SPORT/LOCAL NEWS/BUSINESS/IN BRIEF/OPINION/COMMUNITY/ARTS & CULTURE/Weather/Education/WORLD"
_CLAUSE = re.compile("[，。；：、,;:！？“”（）【】]")
_SIGNS = "■□◆●○▲"


@dataclass(frozen=True)
class Head:
    """One line of a headline group."""

    text: str
    kind: str  # section, kicker, title, deck


def label(rng: random.Random, english: bool = False) -> str:
    return rng.choice((_ENGLISH_LABELS if english else _LABELS).split("/"))


def headline_group(source: Source, rng: random.Random, size: int, column: str) -> list[Head]:
    """`size` lines in a printed order: label and kickers above the title, decks below. `column` is a set label."""
    title = Head(_dressed(source, rng), "title")
    extras = [text for text in _clauses(source) if text != source.title]
    group = [title]
    for _ in range(size - 1):
        if extras and rng.random() < 0.5:
            group.append(Head(extras.pop(0), "deck"))
        elif extras and not source.english:
            group.insert(0, Head(extras.pop(0), "kicker"))
    section = column or (source.label or label(rng, source.english) if rng.random() < 0.25 * size else "")
    return [Head(section, "section"), *group] if section else group


def _dressed(source: Source, rng: random.Random) -> str:
    """The title with what headlines like to wear: two halves, quotes, a question."""
    title = source.title
    if source.english:
        return rng.choice((title, title, title.capitalize(), title.upper() if len(title) < 50 else title))
    roll = rng.random()
    if roll < 0.1 and " " not in title and 10 <= len(title) <= 24:
        cut = rng.randint(4, len(title) - 4)
        return f"{title[:cut]} {title[cut:]}"
    if roll < 0.18 and len(title) >= 10:
        cut = rng.randint(0, len(title) - 6)
        return f"{title[:cut]}“{title[cut : cut + 4]}”{title[cut + 4 :]}"
    if roll < 0.23 and title[-1].isalnum():
        return title + rng.choice("?!")
    if roll < 0.25 and " " in title:
        half = min(title.split(), key=len)
        return half if len(half) >= 4 else title
    if roll < 0.29:
        return f"“{title.replace('“', '').replace('”', '')}”"
    if roll < 0.38:
        return _motto(source, rng)
    return title


def _motto(source: Source, rng: random.Random) -> str:
    """Two short clauses or a figure, as feature pages like them: 服务到家 暖在心头; 3年,从200到9."""
    found = [
        clause.strip() for _, text in source.parts for clause in _CLAUSE.split(text) if 4 <= len(clause.strip()) <= 9
    ]
    if len(found) < 2:
        return source.title
    first, second = rng.sample(found, 2)
    small, large = rng.randint(1, 12), rng.randint(13, 900)
    span, thing = (
        rng.choice(("年", "个月", "天", "小时", "次", "公里")),
        rng.choice(("人", "项", "家", "户", "万元", "%")),
    )
    return rng.choice(
        (
            f"{first} {second}", f"{first} {second}", f"{first},{second}", f"{first}——{second}", f"{first}!{second}",
            f"{small}{span},从{large}{thing}到{small}{thing}", f"{small}{span}{large}{thing} {first}",
            f"{first}{large}{thing}",
            f"从{small}到{large}", f"{large}{thing}的{span} {second}", f"“{first}”与“{second}”",
            f"{first}的{second[:4]}",
        )
    )  # fmt: skip


def _clauses(source: Source) -> list[str]:
    """Short clauses of the story that can stand as kicker or deck."""
    texts = [source.brief, *(text for kind, text in source.parts if kind == "body")]
    least, most = (25, 80) if source.english else (8, 24)
    found = [clause.strip(" .") for text in texts for clause in _CLAUSE.split(text)]
    return [clause for clause in found if least <= len(clause) <= most][:6]


def byline(rng: random.Random, english: bool = False) -> str:
    """A byline that opens the first paragraph."""
    if english:
        return f"{town(rng, True)}, {rng.choice(('July', 'May', 'Oct.'))} {rng.randint(1, 28)} (AP) --"
    reporter, correspondent = f"记者{names(rng, 2)}", f"通讯员{names(rng)}"
    place, day = town(rng), f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日"
    one = rng.choice((f"{reporter} {correspondent}", reporter, correspondent, f"记者 {name(rng)} 实习生 {name(rng)}"))
    source = rng.choice(
        (f"本报{place}{day}电", f"新华社{place}{day}电", f"本报{day}讯", "本报讯", "【本报讯】", "本报消息")
    )
    return rng.choice(
        (
            f"本报讯 {one}报道", f"本报讯 {one}报道", f"{one}报道", f"{one}报道",
            f"{source}({one})", f"{source}({one})", f"{source} {one}报道", f"本报 {reporter} 摄影报道", source,
            f"【记者{name(rng)}/{place}报导】", f"记者{name(rng)}/{place}报导", f"({one})", f"本报记者 {name(rng)}",
        )
    )  # fmt: skip


def author_lines(rng: random.Random, english: bool = False) -> list[str]:
    """A byline that stands on one or two lines of its own."""
    if english:
        who = name(rng, True)
        return rng.choice(
            ([f"By {who}"], [f"By {who}", f"{label(rng).title()} reporter"], [who], [f"BY {who.upper()}"])
        )
    who, other = name(rng), name(rng)
    sign = rng.choice(_SIGNS)
    forms = (
        [sign + who], [f"{sign}本报记者 {who}"], [f"{sign} {who}"], [f"本报记者 {who} 通讯员 {other}"],
        [f"记者 {names(rng, 2)}"],
        [f"本报记者 {who} 实习生 {other}"], [f"本报记者 {who}", f"通讯员 {other}"], [f"文/{who} 图/{other}"],
        [f"{who} 文/图"],
        [f"作者:{who}"], [f"作者 {who}"], [f"记者 {who} {other} 文/摄"], [f"通讯员 {names(rng)}"], [f"{who} {other}"],
        [who],
        [f"本报记者 {who} 文/摄"], [f"记者 {who[0]} {who[1:]}"], [f"记者{who}/{town(rng)}报导"],
    )  # fmt: skip
    return rng.choice(forms)


def signature(rng: random.Random, english: bool = False) -> str:
    """A byline at the end of a story."""
    who = name(rng, english)
    if english:
        return rng.choice((f"-- {who}", f"({who})", f"Photo by {who}"))
    place = f"{town(rng)}市{rng.choice(('总工会', '委党校', '职工服务中心', '教育局', '第一医院'))}"
    return rng.choice(
        (
            f"({who} {name(rng)})", f"({who})", f"通讯员 {who}", f"(本报记者 {who})", f"(记者{who})", f"({names(rng)})",
            f"本报记者 {who}", f"(作者单位:{place})", f"作者单位:{place}", f"({place} {who})", f"(作者系{place}职工)",
        )
    )  # fmt: skip


def caption(rng: random.Random, english: bool = False) -> str:
    if english:
        what = rng.choice(("Volunteers at work", "The scene on Monday", "Crowds"))
        return f"{what} in {town(rng, True)}. Photo: {name(rng, True)}"
    credit = rng.choice(
        (f"通讯员{names(rng, 2)} 摄", f"{name(rng)} 摄", f"记者 {name(rng)} 摄", f"本报记者{name(rng)}摄")
    )
    what = rng.choice(("活动现场", f"{town(rng)}街头一景", "志愿者在服务群众", "工人在车间作业", "比赛现场"))
    return rng.choice(
        (credit, f"图为{what}。 {credit}", f"图为{what}。{credit}", f"{what}。 {credit}", f"▲{what}", f"上图:{what}。")
    )


def furniture(rng: random.Random, english: bool = False) -> list[str]:
    """Lines of the page itself: paper, date, page name, editors."""
    day, number, week = rng.randint(1, 28), rng.randint(1, 16), rng.choice("一二三四五六日")
    if english:
        return rng.sample(
            [f"The {town(rng, True)} Herald", f"Monday, July {day}, 2021", f"Page {number}",
            f"Editor: {name(rng, True)}", f"A{number}"],
            rng.randint(1, 3),
        )  # fmt: skip
    date = f"{rng.choice((2019, 2021, 2023))}年{rng.randint(1, 12)}月{day}日"
    paper, page = (
        f"{town(rng)}{rng.choice(('日报', '晚报', '工人日报', '时报'))}",
        rng.choice(("要闻", "综合", "民生", "副刊", "社会")),
    )
    phone = f"0{rng.randint(10, 999)}-{rng.randint(1000000, 88888888)}"
    forms = [
        f"{date} 星期{week}", f"{date} 星期{week} 第{number}版 {page}", f"{date}", f"第{number}版",
        f"{number:02d} {page}", f"{page}新闻",
        paper, f"{paper} {date}", f"责任编辑:{name(rng)} 电话:{phone}",
        f"责编 {name(rng)} 版式 {name(rng)} 校对 {name(rng)}",
        f"编辑:{name(rng)} E-mail:{rng.choice('abcxyz')}{number}@163.com", f"新闻热线:{phone}",
        f"{number} {page} {paper} {date} 星期{week}",
    ]  # fmt: skip
    return rng.sample(forms, rng.randint(1, 3))


def dateline(rng: random.Random) -> str:
    return rng.choice(
        ("近日,", "日前,", f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日,", "连日来,", "昨天,", "本周,", "昨日,")
    )


def subhead(text: str, manner: str, rng: random.Random) -> str:
    """A heading for the paragraph `text`, in the manner of its story."""
    fitting = [clause.strip() for clause in _CLAUSE.split(text) if 5 <= len(clause.strip()) <= 16]
    clause = fitting[0] if fitting else rng.choice(("多措并举见成效", "创新服务模式", "让群众得实惠"))
    if manner == "numbered":
        return rng.choice("一二三四") + "、" + clause
    if manner == "bracketed":
        return f"({rng.choice('一二三')})" + clause
    if manner == "paired":
        pair = rng.sample(
            (
                "创新理念",
                "强化功能",
                "优化载体",
                "打造品牌",
                "常态服务",
                "惠及民生",
                "一体推进",
                "共建共享",
                "凝心聚力",
            ),
            2,
        )
        return f"{' '.join(pair)} {clause}"
    if manner == "quoted" and len(clause) >= 6:
        cut = rng.randint(0, len(clause) - 3)
        return f"{clause[:cut]}“{clause[cut : cut + 3]}”{clause[cut + 3 :]}"
    return clause
