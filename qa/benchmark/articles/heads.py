"""Bylines, signatures, captions, sub-heads and the lines of the page itself, in many printed forms."""

from __future__ import annotations

import random

from qa.benchmark.articles.headlines import clauses, headings, label, phrases
from qa.benchmark.articles.names import name, names, pen_name, town

_SIGNS = "■□◆●○▲"


def byline(rng: random.Random, english: bool = False) -> str:
    """A byline that opens the first paragraph."""
    if english:
        return f"{town(rng, True)}, {rng.choice(('July', 'May', 'Oct.'))} {rng.randint(1, 28)} (AP) --"
    reporter, correspondent = f"记者{names(rng, 2)}", f"通讯员{names(rng)}"
    place, day = town(rng), f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日"
    one = rng.choice((f"{reporter} {correspondent}", reporter, correspondent, f"记者 {name(rng)} 实习生 {name(rng)}"))
    source = rng.choice(
        (
            f"本报{place}{day}电",
            f"新华社{place}{day}电",
            f"本报{day}讯",
            "本报讯",
            "【本报讯】",
            "本报消息",
            f"{rng.choice('晚商早快时')}报讯",
        )
    )
    return rng.choice(
        (
            f"本报讯 {one}报道", f"本报讯 {one}报道", f"{one}报道", f"{one}报道",
            f"{source}({one})", f"{source}({one})", f"{source} {one}报道", f"本报 {reporter} 摄影报道", source,
            f"【记者{name(rng)}/{place}报导】", f"记者{name(rng)}/{place}报导", f"({one})", f"本报记者 {name(rng)}",
            f"本报讯 记者 {name(rng)} 报道", f"{rng.choice('晚商早快时')}报讯(记者 {name(rng)})",
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
        [who], [pen_name(rng)], [sign + pen_name(rng)], [f"文/本报记者 {who} 图/本报记者 {other}"],
        [f"见习记者 {who}"], [f"本报通讯员 {who} {other}"], [f"{sign}本报记者 {who} {other}"],
        [f"特约记者{who}/{town(rng)}报导"], [f"记者{who}/报导"], [f"文、图:{who}"],
        [f"本报记者 {who} 见习记者 {other}"],
        [f"{who}/文 {other}/摄"], [f"{sign}{_office(rng)} {who}"], [f"{_office(rng)} {who}"],
        [f"{sign} {_office(rng)} {who}"],
        [f"本报记者 {who} 文/摄"], [f"记者 {who[0]} {who[1:]}"], [f"记者{who}/{town(rng)}报导"],
    )  # fmt: skip
    return rng.choice(forms)


def _office(rng: random.Random) -> str:
    """Where somebody works who writes for a paper."""
    where = rng.choice(
        ("市第一医院", "师范附中", "市图书馆", "供电局", "市中医院内科", "客运段安全科", "农科所", "市气象台")
    )
    return town(rng) + where + rng.choice(("", "", "", "主任", "副主任医师", "工程师"))


def signature(rng: random.Random, english: bool = False) -> str:
    """A byline at the end of a story."""
    who, other = name(rng, english), name(rng, english)
    if english:
        initials = "".join(f"{word[0]}." for word in who.split())
        return rng.choice(
            (f"-- {who}", f"- {initials}", f"({who})", f"Photo by {who}", f"— {who}", f"— {who}, {town(rng, True)}")
        )
    office = f"{town(rng)}市{rng.choice(('总工会', '委党校', '职工服务中心', '教育局', '第一医院'))}"
    place = rng.choice((office, f"{town(rng)}{rng.choice(('市民', '读者', '居民', '工人', '教师'))}", f"{town(rng)}市"))
    return rng.choice(
        (
            f"({who} {other})", f"({who})", f"通讯员 {who}", f"(本报记者 {who})", f"(记者{who})", f"({names(rng)})",
            f"本报记者 {who}", f"(作者单位:{office})", f"作者单位:{office}", f"({place} {who})",
            f"(作者系{office}职工)",
            f"——{who}", f"作者:{who}", f"{place} {who}", f"({who}{other})", f"——{place} {who}", f"({pen_name(rng)})",
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
            f"Editor: {name(rng, True)}", f"A{number}", f"Weather: sunny, {number}-{number + 9}C.",
            f"THE {town(rng, True).upper()} POST   Monday, July {day}, 2021   PAGE {number}   LOCAL"],
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
        f"{number} {page} {paper} {date} 星期{week}", f"本版责编 {name(rng)} 新闻热线 {phone}",
        f"{paper} A{number:02d} {page} {date} 星期{week} 热线96{number:03d}", f"{paper} · {page} 第{number}版",
        f"天气:今天多云到阴,偏北风{number % 5 + 1}级,{number}℃~{number + 7}℃", f"{paper}社 地址:{town(rng)}路{day}号",
        f"福彩双色球第{2000 + day}{number:03d}期:红球 03 08 {day:02d} 蓝球 {number:02d}", "(下转第4版)",
        f"今天:晴,西北风4-5级,{number}℃~{number + 8}℃", f"零售价{number % 3 + 1}.5元", f"{page} {number:02d}",
    ]  # fmt: skip
    return rng.sample(forms, rng.randint(1, 3))


def dateline(rng: random.Random) -> str:
    return rng.choice(
        ("近日,", "日前,", f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日,", "连日来,", "昨天,", "本周,", "昨日,")
    )


_PAIRS = (
    "创新理念",
    "强化功能",
    "优化载体",
    "打造品牌",
    "常态服务",
    "惠及民生",
    "一体推进",
    "共建共享",
    "凝心聚力",
    "多方联动",
)
MANNERS = ("plain", "plain", "numbered", "bracketed", "paired", "quoted", "sentence", "turned", "asked")


def subhead(text: str, manner: str, rng: random.Random) -> str:
    """A heading for the paragraph `text`, in the manner of its story."""
    later = [clause for clause in clauses(text)[1:] if 5 <= len(clause) <= 16]
    fitting = phrases(text) or later or [clause for clause in clauses(text) if 5 <= len(clause) <= 16]
    clause = rng.choice(fitting or ["多措并举见成效", "创新服务模式", "让群众得实惠"])
    if manner == "numbered":
        return rng.choice("一二三四") + rng.choice("、、.") + clause
    if manner == "bracketed":
        return f"({rng.choice('一二三')})" + clause
    if manner == "paired":
        return f"{' '.join(rng.sample(_PAIRS, 2))} {clause}"
    if manner == "quoted" and len(clause) >= 6:
        cut = rng.randint(0, len(clause) - 3)
        return f"{clause[:cut]}“{clause[cut : cut + 3]}”{clause[cut + 3 :]}"
    if manner == "sentence" and (found := list(headings(text))):
        return rng.choice(found)[:24].replace("，", " ")
    if manner == "turned":
        other = rng.choice(_PAIRS)
        return rng.choice((f"{clause},从{other[:2]}向{other[2:]}转变", f"{clause} 让{other}", f"{other} {clause}"))
    return clause + "?" * (manner == "asked")
