"""What stands above, below and between the paragraphs of a newspaper story, in many printed forms."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from qa.benchmark.articles.corpus import Source

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯"
    "龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰斌宇浩凯健俊帆雪琳晨欣怡佳"
    "雨嘉思睿博文海波鹏飞红梅建国志林晓峰春生永康子轩梓涵一鸣若曦天翔楠琪瑶婷倩颖璐"
)
_LABELS = (
    "理论天地/基层动态/深度观察/改革进行时/工匠风采/百姓故事/今日关注/综合新闻/民生视点/读者来信/文化长廊/法治在线/声音/短评"
    "/乡村振兴看变化/学习贯彻二十大精神/奋进新征程 建功新时代/高质量发展调研行/走基层·一线见闻/关注民生实事/服务窗口/一线传真"
    "/推动城乡融合发展走深走实/“两山”实践录/推进共同富裕示范建设/文明实践在行动"
)
_TOWNS = "杭州宁波温州南京苏州无锡合肥福州厦门济南青岛郑州武汉长沙广州深圳成都西安兰州"
_SIGNS = "■□◆●○"


@dataclass(frozen=True)
class Head:
    """One line of a headline group. `rank` is its Markdown rank where the page has marks: 1 the highest."""

    text: str
    kind: str  # section, kicker, title, deck
    rank: int


def name(rng: random.Random) -> str:
    return rng.choice(_SURNAMES) + "".join(rng.choice(_GIVEN) for _ in range(rng.choice((1, 2, 2, 2))))


def town(rng: random.Random) -> str:
    at = 2 * rng.randrange(len(_TOWNS) // 2)
    return _TOWNS[at : at + 2]


def names(rng: random.Random, most: int = 3) -> str:
    return "、".join(name(rng) for _ in range(rng.randint(1, most)))


def headline_group(source: Source, rng: random.Random, size: int) -> list[Head]:
    """`size` lines in a printed order: label and kickers above the title, decks below."""
    title = Head(source.title, "title", 1)
    label = source.label or rng.choice(_LABELS.split("/"))
    extras = [Head(text, "deck", 2) for text in _clauses(source) if text != source.title]
    group = [title]
    for _ in range(size - 1):
        if rng.random() < 0.35 and all(head.kind != "section" for head in group):
            group.insert(0, Head(label, "section", 3))
        elif extras and rng.random() < 0.6:
            group.append(extras.pop(0))
        elif extras:
            group.insert(group.index(title), Head(extras.pop(0).text, "kicker", 2))
    return group


def _clauses(source: Source) -> list[str]:
    """Short clauses of the story that can stand as kicker or deck."""
    texts = [source.brief, *(text for kind, text in source.parts if kind == "body")]
    found = [clause for text in texts for clause in re.split("[，。；：、,;:！？“”（）【】]", text)]
    return [clause.strip() for clause in found if 8 <= len(clause.strip()) <= 24][:6]


def byline(rng: random.Random) -> str:
    reporter, correspondent = f"记者{names(rng, 2)}", f"通讯员{names(rng)}"
    place, day = town(rng), f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日"
    return rng.choice(
        (
            f"本报讯 {reporter} {correspondent}报道",
            f"本报讯 {correspondent}报道",
            f"本报讯 {reporter}报道",
            f"{reporter}报道",
            f"{reporter} {correspondent}报道",
            f"{correspondent}报道",
            f"本报讯({reporter} {correspondent})",
            f"本报讯({reporter})",
            f"本报{place}{day}电({reporter})",
            f"新华社{place}{day}电({reporter})",
            f"本报{place}{day}讯 {reporter} {correspondent}报道",
            f"本报 {reporter} 摄影报道",
            "本报讯",
        )
    )


def author_line(rng: random.Random) -> str:
    return rng.choice(
        (
            rng.choice(_SIGNS) + name(rng),
            rng.choice(_SIGNS) + f"本报记者 {name(rng)}",
            f"本报记者 {name(rng)} 通讯员 {name(rng)}",
            f"记者 {names(rng, 2)}",
            f"文/{name(rng)} 图/{name(rng)}",
            f"{name(rng)} 文/图",
            f"作者:{name(rng)}",
        )
    )


def caption(rng: random.Random) -> str:
    credit = rng.choice(
        (f"通讯员{names(rng, 2)} 摄", f"{name(rng)} 摄", f"记者 {name(rng)} 摄", f"本报记者{name(rng)}摄")
    )
    return rng.choice((credit, f"图为活动现场。 {credit}", f"图为{town(rng)}街头一景。{credit}"))


def affiliation(rng: random.Random) -> str:
    return f"(作者单位:{town(rng)}市{rng.choice(('总工会', '委党校', '职工服务中心', '教育局'))})"


def dateline(rng: random.Random) -> str:
    return rng.choice(("近日,", "日前,", f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日,", "连日来,", "昨天,"))


def subhead(text: str, rng: random.Random) -> str:
    """A short clause of the paragraph below it, sometimes numbered."""
    clauses = [clause.strip() for clause in re.split("[，。；：、,;:！？“”（）【】]", text)]
    fitting = [clause for clause in clauses if 5 <= len(clause) <= 16]
    number = rng.choice(("", "", "", rng.choice("一二三四") + "、", f"({rng.choice('一二三')})"))
    return number + (fitting[0] if fitting else rng.choice(("多措并举见成效", "创新服务模式", "让群众得实惠")))
