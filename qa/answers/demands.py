"""What the wording of a question demands of the sentence that answers it: a number of that unit, a thing of that kind
with a name of its own, a name at all, the same half of the year.

A near miss holds the matter and not the fact: 女儿由大学毕业 does not tell from which university.
"""

from __future__ import annotations

import re
from typing import Final

from qa.answers.spans import SURNAMES, typed_spans
from qa.conversation.patterns import any_of, words
from qa.text import CJK

_FIGURE: Final = r"[0-9〇零一二三四五六七八九十百千万亿两几半多余.,]"
_SCALE: Final = r" ?(?:余|多|来)?(?:万|千|百|亿)?(?:个|平方|立方|公|千|海|英|毫|厘|工|自然)?"
# What is counted in the question, and the letters by which an answer may count it.
_UNITS: Final = (
    ("年(?!级)", "年载"), ("人家", "家户"), ("[人名位口]", "人名位口"), ("[家户所]", "家户所个"),
    ("元|块|钱", "元块角分"), ("公?斤|千?克", "斤克"), ("公里|千米|里", "里米"), ("[天日]", "天日"),
    ("个?月", "月"), ("小时|钟头", "时点"), ("分钟", "分"), ("[次回趟]", "次回趟遍轮起处场"),
    ("[件项条]", "件项条个"), ("[辆台套]", "辆台套"), ("艘|条船", "艘条只"), ("[头只]", "头只"), ("[棵株]", "棵株"),
    ("本|册", "本册部"), ("层", "层楼"), ("[节堂]", "节堂"), ("公顷", "顷"), ("平方", "平"),
    ("[支座间]", "支座间个"), ("场", "场次"), ("首", "首支张曲"), ("度", "度℃"),
    *((one, one) for one in "吨米岁亩张页级篇封盏幅届倍期批班部寸"),
)  # fmt: skip
_COUNTED: Final = re.compile(
    r"(?:多少|(?<!哪)几(?![月日号点时]))(?:万|千|百|亿)?(?:" + "|".join(f"({asked})" for asked, _ in _UNITS) + ")"
)
# Kinds of which a question asks for one, and what tells one of them besides the kind itself.
_KINDS: Final = {
    "国家": any_of("countries"),
    "品牌": r"牌|[“「][^”」]{1,12}[”」]|[A-Za-z]{2,}",
    "牌子": r"牌|[“「][^”」]{1,12}[”」]|[A-Za-z]{2,}",
    "专业": "专业|系|学院|科",
    "公司": "公司|集团|企业|股份|实业|科技|厂|中心|银行",
    "企业": "公司|集团|企业|股份|实业|科技|厂|合作社",
    "集团": "集团|公司",
    "厂": "公司|集团|厂",
    "大学": "大学|学院|高校|[北清复南浙武中人同交]大",
    "学院": "大学|学院",
    "学校": "学|校|院",
    "事务所": "律所|事务所",
    **{kind: kind for kind in words("named_kinds")},
}
_NAMELESS: Final = frozenset(("国家", "品牌", "牌子", "专业"))  # kinds that are told by a word, not by a name before it
_KIND: Final = "|".join(sorted(_KINDS, key=len, reverse=True))
_WHICH: Final = re.compile(
    rf"(?:哪|什么|甚么|何)(?:一?[家所个座本部种款间支]|些)?({_KIND})"
    rf"|({_KIND})的?(?:名字|名称|全名)?是?叫(?:什么|啥|甚么)"
)
# Before the word for a kind these say that no name of its own stands there: 一家公司, 由大学, 这座公园.
_NO_NAME: Final = re.compile(
    r"(?:^|[,。;:、“”‘’()《》 ]|一[家所个座]|[这该那本某由从在的到去各几两多位了为和与及]|考上|[前今去]年)$"
)
_ABBREVIATED: Final = re.compile(r".大")
_NAME_ASKED: Final = re.compile(
    r"叫(?:什么|啥|甚么|何)|(?:姓名|名字|名称|全名|片名|书名|剧名|网名|店名|艺名|笔名)(?:是|叫)?(?:什么|啥|甚么)|姓(?:什么|啥|甚)"
)
_PERSON: Final = (
    r"(?:妻子|丈夫|老婆|老公|媳妇|爱人|[父母]亲|爸爸|妈妈|[儿孙]子|[女孙][儿女]|曾?祖[父母]|爷爷|奶奶|外[公婆]|[哥弟]{2}|[姐妹]{2}|师父|师傅|徒弟"
    r"|老师|同事|搭档|班主任|老板|房东|邻居)"
)
_PERSON_ASKED: Final = re.compile(rf"{_PERSON}的?(?:名字|姓名)?$")
_RELATIVE_NAMED: Final = re.compile(rf"{_PERSON}[是、,]?([{''.join(sorted(SURNAMES))}][{CJK}]{{1,2}})")
_TOLD: Final = re.compile(r"[叫名]|[A-Z][a-z]+")
_PERSONS: Final = any_of("persons")
_PERSONS_ASKED: Final = re.compile(
    rf"(?:多少|(?<!哪)几)[个名位]?(?:(?![种回户岁成比例隔拜天年月元块次件度以分家])[{CJK}]){{0,2}}{_PERSONS}"
)
_PERSONS_COUNTED: Final = re.compile(
    rf"{_FIGURE}{_SCALE}余?多?(?:[人名位口]|{_PERSONS})|{_PERSONS}[^,。;]{{0,8}}[0-9〇二三四五六七八九十百千万]|%|分之"
)
_NAMED: Final = re.compile(r"[“「《‘]([^”」》’]{1,24})[”」》’]")
_OPPOSITES: Final = (("上半年", "下半年"), ("男子", "女子"), ("上旬", "下旬"))


def unmet(asked: str, sentence: str) -> bool:
    """Whether `sentence` lacks what the question `asked` demands by its form; both folded."""
    return (
        lacks_unit(asked, sentence)
        or _lacks_persons(asked, sentence)
        or _lacks_kind(asked, sentence)
        or _lacks_name(asked, sentence)
        or _tells_another_half(asked, sentence)
    )


def counted(asked: str) -> bool:
    """Whether a question, folded, counts something by its measure word: 多少封信."""
    return _COUNTED.search(asked) is not None


def lacks_unit(asked: str, sentence: str) -> bool:
    """多少人, and no number of people in the sentence, nor one beside what is counted (床位800个)."""
    match = _COUNTED.search(asked)
    if match is None or match.lastindex is None:
        return False
    units, noun = _UNITS[match.lastindex - 1][1], asked[match.end() :][:2]
    beside = len(noun) == 2 and noun.isalpha() and re.search(rf"{noun}.{{0,8}}{_FIGURE}", sentence) is not None
    return not beside and re.search(rf"{_FIGURE}{_SCALE}[{units}]", sentence) is None


def _lacks_persons(asked: str, sentence: str) -> bool:
    """多少产业工人, and no number of people in the sentence."""
    return _PERSONS_ASKED.search(asked) is not None and _PERSONS_COUNTED.search(sentence) is None


def _lacks_kind(asked: str, sentence: str) -> bool:
    """哪所大学, and no university with a name."""
    match = _WHICH.search(asked)
    if match is None:
        return False
    kind = match[1] or match[2]
    return not any(
        kind in _NAMELESS or _ABBREVIATED.fullmatch(one[0]) or not _NO_NAME.search(sentence[: one.start()][-2:])
        for one in re.finditer(_KINDS[kind], sentence)
    )


def _lacks_name(asked: str, sentence: str) -> bool:
    """叫什么名字, and no name that the question has not."""
    match = _NAME_ASKED.search(asked)
    if match is None or _WHICH.search(asked) or _TOLD.search(sentence):
        return False
    persons = _PERSON_ASKED.search(asked[: match.start()]) is not None
    kinds = ("who",) if persons else ("who", "body", "name", "where")
    spans = [sentence[span.start : span.end] for span in typed_spans(sentence) if span.kind in kinds]
    named = _RELATIVE_NAMED.findall(sentence) if persons else _NAMED.findall(sentence)
    return all(one in asked for one in (*spans, *named))


def _tells_another_half(asked: str, sentence: str) -> bool:
    """The other half of the year."""
    return any(
        one in asked and other not in asked and other in sentence and one not in sentence
        for pair in _OPPOSITES
        for one, other in (pair, pair[::-1])
    )
