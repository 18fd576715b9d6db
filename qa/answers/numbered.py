"""Which of several: the second round, furnace No. 2, the year before. What tells of another one is a near miss."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from qa.answers.opposites import tells_of_the_other
from qa.figures import chinese_value
from qa.text import CJK

Thing = tuple[str, str]  # a number in figures, and what has it

_SIGNS: Final = "〇零一二三四五六七八九十百"
_NUMBER: Final = rf"(?:[0-9]+|[{_SIGNS}]+)"
_PATTERNS: Final = (
    re.compile(rf"第({_NUMBER})([{CJK}])"),
    re.compile(rf"(?<![0-9月])({_NUMBER})(号)(?![0-9])"),
    re.compile(rf"({_NUMBER})(等)奖"),
    re.compile(rf"({_NUMBER})年(级)"),
    re.compile(r"(?<![0-9])((?:1[0-9]|20)[0-9]{2})(年)(?!代)"),
    re.compile(r"(?<![0-9.个])(1?[0-9])(月)(?=[0-9份底初中上下])"),
    re.compile(r"(?<![0-9.个])(1?[0-9]月[0-9]{1,2})([日号])"),
)
_FIRST: Final = re.compile(rf"[头首](?:一个?|个)?([{CJK}])")
_ROW: Final = re.compile(rf"({_NUMBER})[、和](?:第)?{_NUMBER}([名届期批轮次等])")  # the second and third prize
_ANY: Final = re.compile(rf"第({_NUMBER})(?=([届次期批集季轮场]|[{CJK}]{{2}}))")
_PRESENT: Final = re.compile(r"[本这该此]([届期批轮次])")
_RELATIVE: Final = re.compile(
    r"(去年|前年|明年(?![轻少幼]))的?([正腊冬]月|[0-9一二三四五六七八九十]{1,2}月|[春夏秋冬])?"
)
_ALSO_RELATIVE: Final = re.compile(r"上一?年|同期|年前|来年|次年")
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}(?=年)")
_BEFORE: Final = re.compile(r"[^。!?\n]*[。!?\n]?$")


def tells_of_another(asked: str, sentence: str, article: str, headlines: str = "") -> bool:
    """Whether the question `asked` numbers something of which `sentence` of `article` has another one, or whose number
    the article does not have; or asks of another year, or of the other one of a pair. All four are folded."""
    near = f"{headlines}\n{_in_front(sentence, article)}{sentence}"
    return (
        _unknown_number(asked, article)
        or _another_number(asked, sentence, near)
        or _another_year(asked, sentence, near)
        or tells_of_the_other(asked, sentence, near)
    )


def _in_front(sentence: str, article: str) -> str:
    """The sentence before: it may say of which one the next one tells."""
    before = article.partition(sentence)[0].rstrip("\n")
    match = _BEFORE.search(before)
    return match[0] if match and len(before) < len(article) else ""


def _unknown_number(asked: str, article: str) -> bool:
    numbers = {(in_figures(match[1]), match[2]) for match in _ANY.finditer(article)}
    numbers |= {("1", match[1]) for match in _FIRST.finditer(article)}
    known = {thing for _, thing in numbers}
    found = ((in_figures(match[1]), match[2]) for match in _ANY.finditer(asked))
    return any((len(thing) == 1 or thing in known) and (number, thing) not in numbers for number, thing in found)


def _another_number(asked: str, sentence: str, near: str) -> bool:
    known, here = set(things(near)), {kind for _, kind in things(sentence)}
    here -= {match[1] for match in _PRESENT.finditer(near)}
    return any(kind in here and (number, kind) not in known for number, kind in things(asked))


def _another_year(asked: str, sentence: str, near: str) -> bool:
    """Last year is asked for, and nothing tells of it, or the sentence tells of a year by its number."""
    relative = _RELATIVE.search(asked)
    if relative is None or _YEAR.search(asked):
        return False
    said, here = (relative[1] in text or _ALSO_RELATIVE.search(text) is not None for text in (near, sentence))
    season = relative[2] is not None and relative[2] in sentence
    return not (said or season) or (not here and _YEAR.search(sentence) is not None)


def things(text: str) -> Iterator[Thing]:
    """What has a number in `text`, the number in figures: 第二轮 is ("2", "轮")."""
    for pattern in _PATTERNS:
        yield from ((in_figures(match[1]), match[2]) for match in pattern.finditer(text))
    yield from (("1", match[1]) for match in _FIRST.finditer(text))
    yield from ((in_figures(match[1]), match[2]) for match in _ROW.finditer(text))


def in_figures(number: str) -> str:
    """A number written in Chinese in figures; others as they are."""
    return number if number[0].isdigit() else f"{chinese_value(number):g}"
