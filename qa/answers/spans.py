"""Spans of a sentence that can answer: times, numbers with their unit, persons, places, names in quotation marks.

General rules only: surnames, administrative suffixes, measure words and the formulas of newspaper prose.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from qa.conversation.patterns import any_of, compiled, words
from qa.text import CJK

SURNAMES: Final = frozenset(words("surnames"))
_COMPOUND: Final = tuple(words("compound_surnames"))
_DIGITS: Final = "0-9.,零一二三四五六七八九十百千万亿两半"
_TAIL: Final = "".join(words("number_tail"))
_TIME: Final = compiled("time")
_NUMBER: Final = re.compile(
    r"(?:[百千万]分之)?(?:[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?|[零一二三四五六七八九十百千万亿两半]+|"
    rf"第[0-9一二三四五六七八九十百]+|数[十百千万]){_TAIL}(?:{any_of('units')}|[{CJK}])?"
)
_FIGURE: Final = re.compile(rf"(?:第|数|[百千万]分之)?[{_DIGITS}]+{_TAIL}")
_PLACE: Final = compiled("place")
_LOCATED: Final = re.compile(
    rf"(?P<cue>{any_of('located_before')})(?P<place>[^,。;:!?、“”\"()\s]{{2,24}}?)(?={any_of('located_after')})"
)
_BODY: Final = re.compile(rf"(?:(?![由被在是和与的了将向对从])[{CJK}]){{2,12}}?{any_of('organisations')}")
_NAMES: Final = re.compile(r"[“「『‘](?P<quoted>[^”」』’]{1,30})[”」』’]|[《〈](?P<title>[^》〉]{1,40})[》〉]")
_FOREIGN: Final = re.compile(rf"[{CJK}]{{1,6}}(?:[·・‧•][{CJK}]{{1,8}})+|[A-Z][A-Za-z'’.\-]+(?: [A-Z][A-Za-z'’.\-]+)+")
_GIVEN_STOP: Final = frozenset(
    "的了在是和与及等说有为不也将于对把被让从到向以其这那就都而并或因由来去上中下前后们年月日时个位名区市县省镇村街工会部局长主记"
)


@dataclass(frozen=True, slots=True)
class TypedSpan:
    """A stretch of a text with what it can be: who, when, number, where, body or name; `unit` of a number."""

    kind: str
    start: int
    end: int
    unit: str = ""
    weight: float = 1.0  # how sure the kind is, 0 to 1


@functools.lru_cache(maxsize=8192)
def typed_spans(text: str) -> tuple[TypedSpan, ...]:
    """All typed spans of `text`, by start. Spans of different kinds may overlap."""
    times = [TypedSpan("when", *match.span()) for match in _TIME.finditer(text)]
    taken = {i for span in times for i in range(span.start, span.end)}
    found = [*times, *_numbers(text, taken), *_persons(text), *_places(text), *_bodies(text), *_names(text)]
    return tuple(sorted(found, key=lambda span: (span.start, span.end)))


def _numbers(text: str, taken: set[int]) -> Iterator[TypedSpan]:
    for match in _NUMBER.finditer(text):
        if match.start() in taken:
            continue
        digits = _FIGURE.match(match[0])
        length = digits.end() if digits else 0
        unit = match[0][length:].removeprefix("个") or match[0][length:]
        weak = match[0][0] in "一二三四五六七八九十两半百千万零亿" and length < 2
        yield TypedSpan("number", match.start(), match.end(), unit, 0.4 if weak else 1.0)


def _persons(text: str) -> Iterator[TypedSpan]:
    for match in _FOREIGN.finditer(text):
        yield TypedSpan("who", *match.span(), weight=0.8)
    found = [span for start in range(len(text)) for span in _person_at(text, start)]
    taken: set[int] = set()
    for span in sorted(found, key=lambda span: -span.weight):
        if taken.isdisjoint(range(span.start, span.end)):
            taken.update(range(span.start, span.end))
            yield span


def _person_at(text: str, start: int) -> Iterator[TypedSpan]:
    """A surname with a given name of one or two characters; title before and speech verb after vouch for it."""
    compound = text[start : start + 2] in _COMPOUND
    if not compound and text[start] not in SURNAMES:
        return
    first = start + (2 if compound else 1)
    ends = [end for end in (first + 2, first + 1) if end <= len(text) and all(map(_is_given, text[first:end]))]
    weighed = [(_person_weight(text, start, end), end) for end in ends]
    if weighed and max(weighed)[0] >= _WEAKEST:
        weight, end = max(weighed)
        yield TypedSpan("who", start, end, weight=weight)


_HAN: Final = re.compile(rf"[{CJK}]")


def _is_given(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff" and letter not in _GIVEN_STOP


_BEFORE: Final = re.compile(rf"(?:{any_of('titles')}|■|名叫|叫做|名为|姓名:?)\s*$")
_SPEAKS: Final = re.compile(rf"\s*(?:{any_of('says')}|同志|先生|女士|报道|摄)")
_COMMON: Final = frozenset(words("common_titles"))
_WEAKEST: Final = 0.3


def _person_weight(text: str, start: int, end: int) -> float:
    """How sure `text[start:end]` is a name, 0 to 1: by the title before it, the verb after it, the row it stands in."""
    left, right = text[max(0, start - 6) : start].rstrip(), text[end : end + 6].lstrip()
    speaks, bounded, full = bool(_SPEAKS.match(right)), not right or not _HAN.match(right), end - start > 2
    title = _BEFORE.search(left)
    if title:
        return 1.0 if speaks or bounded else 0.4 if title[0] in _COMMON else 0.8
    if left.endswith(("、", "和")):
        return 0.6 if speaks or bounded else 0.35 if full else 0.0
    if left.endswith("的") and full and right.startswith("、"):
        return 0.4
    return 0.5 if speaks and (full or not left or left[-1] in ",。;“") else 0.0


def _places(text: str) -> Iterator[TypedSpan]:
    for match in _PLACE.finditer(text):
        yield TypedSpan("where", *match.span(), weight=0.5)
    for match in _LOCATED.finditer(text):
        sure = 0.7 if len(match["cue"]) == 1 else 1.0
        yield TypedSpan("where", *match.span("place"), weight=sure)


def _bodies(text: str) -> Iterator[TypedSpan]:
    for match in _BODY.finditer(text):
        yield TypedSpan("body", *match.span(), weight=0.7)


def _names(text: str) -> Iterator[TypedSpan]:
    for match in _NAMES.finditer(text):
        group = "quoted" if match["quoted"] else "title"
        yield TypedSpan("name", *match.span(group))
