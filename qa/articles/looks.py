"""What one line looks like by itself, before its neighbours are asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from qa.articles.bylines import (
    is_affiliation,
    is_author_line,
    is_caption,
    lead_byline,
    name_line,
    opens_report,
    signature_start,
)
from qa.articles.joins import unbegun
from qa.articles.lines import Line
from qa.articles.ngrams import credit_scores, heading_scores

_FINAL = re.compile(r"[。!?…][”’」』)】\"']*$|\.[”\"')]*$")
_CLOSED = re.compile(r"[”’」』)】》\"']$")
_INNER_STOP = re.compile(r"[。;!?](?=[^”’」』)!?])|…[^”…]|\. [A-Z]")
_CONNECTIVE = re.compile(r"(?:首先|其次|再次|最后|此外|同时|目前|据悉|另外|其中|为此|因此|然而|但是|随后|[他她它]们?),")
_NUMBERED = re.compile(
    r"[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十\d]{1,2}\)|\d{1,2}[.、]\D|第[一二三四五六七八九十][章节]|[问答]:"
)
# What a match can begin with stands first in the two that are searched for: most places are done with at once.
_DATED = re.compile(
    r"(?=[近日昨今连本上入\d])(?:近日|日前|昨[日天]|今[日天](?!下)|连日来|近段时间|\d{1,2}月\d{1,2}日|(?<!\d)\d{1,2}日[,上下晚]"
    r"|本周|上周|近期|入伏以来)"
)
_TORN = re.compile(
    r" (?:a|an|the|of|to|in|on|at|by|for|and|or|but|with|from|that|which|who|is|are|was|were|has|have|its|his|her)$"
)
_OPENER = re.compile(r"[“‘「『(【《〈]")
_FURNITURE = re.compile(
    r"(?=[\da-z@℃星第责编电热邮校版总零地福双下上督准内免每承印日晚时早都])(?:星期[一二三四五六日天]|第?[\da-z]{1,3}版|责任?编|编辑:|电话:"
    r"|热线|邮箱|e-?mail|@|校对|版式|总第\d|page \d|editor:|www\.|责编|零售价|地址:|福彩|双色球|℃|下转|上接|督印|电邮"
    r"|准印证|内部(?:资料|刊物)|免费(?:交流|赠阅)|每周.{1,4}出版|零售\d|承印|印务"
    r"|weather:"
    r"|(?:日报|晚报|时报|早报|都市报)$|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)
_LABELS = (
    ("bracketed", re.compile(r"[【\[〔][^】\]〕]{2,10}[】\]〕]$")),
    ("dash", re.compile(r"[—–―─-]{1,3} ?(?=[^\W\d])")),
    ("item", re.compile(r"[■□◆◇●○◎▲△★☆▪▌·•]")),
    ("speaker", re.compile(r"(?:\*\*)?(?:问|答|记者|本报|主持人|q|a|[\u4e00-\u9fff]{2,4}):")),
    ("salutation", re.compile(r"(?:尊敬的|亲爱的)?[\u4e00-\u9fff]{0,6}(?:编辑|同志|读者|朋友)(?:们|部)?:$")),
)
_SHORT = 100  # characters of the longest line that the heading model is asked about
_WHOLE_DATE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日(?: 星期.)?|[a-z]?\d{1,2}")


class Look(NamedTuple):
    """One line as its neighbours see it."""

    size: int
    end: str
    start: str
    sign: str  # byline, author, caption, affiliation, numbered or "", by the printed forms alone
    agency: bool  # opens with the words that open a report: 本报讯, 新华社…电
    names: bool  # nothing but names of people
    furniture: str  # words of the page itself: a date, editors, the paper's name
    dated: bool
    stop: bool  # a sentence ends inside
    heading: float  # log odds of the heading model, for short lines
    credit: float  # log odds of the byline model
    quotes: str
    words: str
    case: str
    label: str  # how a label, a deck, an item, a question or a salutation opens
    level: int
    bold: bool


def look(line: Line) -> Look:
    return looks([line])[0]


def looks(lines: Sequence[Line]) -> list[Look]:
    """The look of every line; the models score all of them together, which is much faster than one by one."""
    plains = [line.plain for line in lines]
    credits = credit_scores(plains)
    headings = iter(heading_scores([plain for plain in plains if len(plain) <= _SHORT]))
    return [
        _look(line, next(headings) if len(line.plain) <= _SHORT else -20.0, credit)
        for line, credit in zip(lines, credits, strict=True)
    ]


def _look(line: Line, heading: float, credit: float) -> Look:
    text = line.plain
    return Look(
        size=len(text), end=_end(text), start=_start(line.text, text), sign=_sign(text), agency=opens_report(text),
        names=name_line(line.text),
        furniture=_furniture(text), dated=_DATED.search(text[:40]) is not None,
        stop=_INNER_STOP.search(line.text[:120]) is not None, heading=heading,
        credit=credit, quotes=_quotes(text), words=_words(text), case=_case(line.text),
        label=_label(text),
        level=min(line.level, 3), bold=line.bold,
    )  # fmt: skip


def ends_torn(text: str) -> bool:
    """An English word stands last that no sentence or headline ends with."""
    return _TORN.search(text) is not None


def _end(text: str) -> str:
    if ends_torn(text):
        return "torn"
    if _FINAL.search(text[-4:]):
        return "final" if text[-1] not in "?!" else "asked"
    if text[-1] in ",、;:":
        return "pause"
    if text[-1] == "-":
        return "hyphen"
    if text[-1] in ")】》":
        return "signed" if signature_start(text) > 0 else "bracket"
    return "closed" if _CLOSED.search(text) else "digit" if text[-1].isdigit() else "open"


def _start(printed: str, text: str) -> str:
    if printed[0].islower():
        return "lower"
    if _CONNECTIVE.match(text):
        return "connective"
    if unbegun(text):
        return "unbegun"
    if _OPENER.match(text):
        return "opener"
    return "digit" if text[0].isdigit() else "latin" if text[0].isascii() else "han"


def _sign(text: str) -> str:
    if is_affiliation(text):
        return "affiliation"
    if is_caption(text):
        return "caption"
    if is_author_line(text):
        return "author"
    if lead_byline(text):
        return "byline"
    return "numbered" if _NUMBERED.match(text) else ""


def has_page_words(text: str) -> bool:
    """Words of the page itself stand in the line: a date, editors, the name of the paper."""
    return _furniture(text) != ""


def _furniture(text: str) -> str:
    if len(text) > 80:
        return ""
    return "date" if _WHOLE_DATE.fullmatch(text) else "word" if _FURNITURE.search(text) else ""


def _label(text: str) -> str:
    if text.endswith(":") and _LABELS[-1][1].match(text):
        return "salutation"
    return next((name for name, pattern in _LABELS if pattern.match(text)), "")


def _quotes(text: str) -> str:
    opened, closed = text.count("“") + text.count("《"), text.count("”") + text.count("》")
    return "none" if not opened + closed else "open" if opened > closed else "close" if closed > opened else "even"


def _words(text: str) -> str:
    """How many pieces white space makes, for short lines."""
    return str(min(5, len(text.split()))) if len(text) < 40 else "many"


def _case(text: str) -> str:
    words = [word for word in text.split() if word[0].isascii() and word[0].isalpha()]
    if len(words) < 1 or not text[0].isascii():
        return "han"
    upper = sum(word[0].isupper() for word in words) / len(words)
    if text.isupper():
        return "capitals"
    return "title" if upper > 0.7 else "sentence" if text[0].isupper() else "lower"
