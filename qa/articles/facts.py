"""Metadata read off the text, each piece with its line and how sure it is. What is not printed stays unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.articles.bylines import people
from qa.datatypes import Article, Fact, Paragraph
from qa.text import fold, lines_of

_DATE = re.compile(
    r"(?:\d{4}|[二〇○零一九]{4})年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日|\d{1,2}月(?:初|底|中旬|上旬|下旬)"
)
_RELATIVE = re.compile(
    r"近日|日前|昨[日天]|今[日天]|前[日天]|去年(?:\d{1,2}月)?|今年(?:\d{1,2}月)?"
    r"|本周|上周|上半年|近年来|(?<!\d)\d{1,2}月份"
)
_ORGANISATION = re.compile(
    r"[\u4e00-\u9fff]{2,12}?(?:总工会|委员会|工会|有限公司|集团|大学|学院|医院|中学|小学"
    r"|检察院|法院|管理局|税务局|教育局|财政局|街道办事处|研究院|协会|联合会|银行|党委|公安局)"
)
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,4}?(?:省|自治区|市|县|区|镇|乡|街道|村)(?![\u4e00-\u9fff]?[长委民级])")
_STOP = "的和与及在由向为对从是到了将把被让以于并或等及其以及该本各全该两这那此每某"


def facts_of(article: Article, starts: list[int]) -> tuple[Fact, ...]:
    """All facts of one article, in reading order, each kind and value once."""
    found: dict[tuple[str, str], Fact] = {}
    if article.section:
        section = next(paragraph for paragraph in article.paragraphs if paragraph.kind == "section")
        found["section", article.section] = Fact("section", article.section, lines_of(starts, section.spans)[0], 0.7)
    for paragraph in article.paragraphs:
        for kind, value, offset, confidence in _read(paragraph):
            line = lines_of(starts, paragraph.slice(offset, offset + len(value)).spans)[0]
            found.setdefault((kind, value), Fact(kind, value, line, confidence))
    return tuple(found.values())


def _read(paragraph: Paragraph) -> Iterator[tuple[str, str, int, float]]:
    text = paragraph.text
    if paragraph.kind in ("byline", "caption"):
        yield from ((kind, name, offset, 0.9) for kind, name, offset in people(fold(text)))
    for match in _DATE.finditer(text):
        yield "date", match[0], match.start(), 0.95
    for match in _RELATIVE.finditer(text):
        yield "date", match[0], match.start(), 0.6
    if paragraph.kind != "byline":
        yield from _named(text, _ORGANISATION, "organisation", 0.6)
        yield from _named(text, _PLACE, "place", 0.5)


def _named(text: str, pattern: re.Pattern[str], kind: str, confidence: float) -> Iterator[tuple[str, str, int, float]]:
    for match in pattern.finditer(text):
        cut = max((i + 1 for i, character in enumerate(match[0][:-1]) if character in _STOP), default=0)
        value = match[0][cut:]
        if len(value) >= 3:
            yield kind, value, match.start() + cut, confidence
