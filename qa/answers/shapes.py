"""What a short answer must look like, whoever found it: whole words and numbers, of the kind that is asked for.

A short answer that is torn or of another kind says something false in large letters, so none is given instead; what is
only cut off (二年 of 二十二年) or comes with a verb of speech (总工程师韩叙白说) is mended.
"""

from __future__ import annotations

import re
from typing import Final

from qa.answers.demands import lacks_unit
from qa.answers.spans import typed_spans
from qa.conversation.patterns import any_of
from qa.conversation.question import Question
from qa.glosses import common_words
from qa.text import CJK, fold, is_han

_SAID: Final = re.compile(rf"(?:{any_of('says')})$")
_CALLED: Final = re.compile(r"^(?:名叫|叫做|叫|就?是|名为)(?=.{2})")
_QUOTES: Final = ("“”", "‘’", "「」", "『』", "《》", "()")
_OPENING: Final = tuple(pair[0] for pair in _QUOTES)
_CLOSING: Final = tuple(pair[1] for pair in _QUOTES)
_NUMERAL: Final = "0123456789.〇零一二三四五六七八九十百千万亿"
_ORDINAL: Final = re.compile(rf"第[{_NUMERAL}]+")
_CUT_UNIT: Final = re.compile(rf"(.*[万亿]多?余?)[{CJK}]")
_AGE: Final = re.compile(r"岁")
_AGE_ASKED: Final = re.compile(r"岁|年龄|年纪|年岁|多大|几大|寿|\bages?\b|\bold")
_PERSONS: Final = re.compile(rf"[个名位]?[{CJK}]{{0,2}}?{any_of('persons')}")
_NO_PERSONS: Final = re.compile(rf"[{_NUMERAL}余多](?:个?月|小时|分钟|公里|平方米|[天年日岁元块角米里斤吨度]|%)")
_LASTING: Final = re.compile(
    r"(?:^|历时|经过|荒废|用了|花了|长达|整整|近|[了已共])[一二三四五六七八九两]?[十百]?[一二三四五六七八九两]?(?:年|个月|天)$"
)
_BETWEEN: Final = re.compile(r"\s*(?:至|到|—+|-|~)\s*")
_SEVERAL: Final = re.compile(r"[、,，;；和与及\"“”]| and ")
_SEVERAL_ASKED: Final = re.compile(r"哪几|哪些")
_TAKEN_AS: Final = re.compile(r"(?:作为|当作|用作|充当)$")  # what stands behind says what it is for
_MEASURED: Final = re.compile(rf"([名个家所项种件台辆本条场次位支])([{CJK}]{{2,5}})")


def shaped(question: Question, found: str, original: str) -> str:
    """`found`, a part of the sentence `original`, as a short answer to `question`: mended, or "" where it cannot be."""
    found = _without_speech(question, found)
    start = original.find(found)
    if not found or start < 0:
        return ""
    text = fold(original)
    end, clauses = start + len(found), re.split("[,，]", found)
    for first, last in (start, end), (start, start + len(clauses[0])), (end - len(clauses[-1]), end):
        low, high = _in_marks(text, *_whole(question, text, first, last))
        if low < high and _balanced(text[low:high]) and _of_kind(question, text, low, high):
            return original[low:high].strip()
    return ""


def _without_speech(question: Question, found: str) -> str:
    """Without the verb of who speaks, and without 叫 before a name; a speaker is no reason."""
    said = _SAID.search(fold(found))
    if said and question.kind == "why":
        return ""
    if said and question.kind in ("who", "definition") and said.start() > 1:
        found = found[: said.start()]
    return found[len(match[0]) :] if question.kind == "who" and (match := _CALLED.match(fold(found))) else found


def _whole(question: Question, text: str, start: int, end: int) -> tuple[int, int]:
    """The span with all of its number, both ends of a time, and no half of a word; (0, 0) for one torn."""
    while start and text[start] in _NUMERAL[:-1] and text[start - 1] in _NUMERAL:
        start -= 1
    if _torn(text, end):
        start, end = _mended(question, text, start, end)
    if _torn(text, start) or _torn(text, end):
        return 0, 0
    if question.kind == "when":
        for span in typed_spans(text):
            if span.kind == "when" and span.end < start and _BETWEEN.fullmatch(text[span.end : start]):
                start = span.start
    return start, end


def _mended(question: Question, text: str, start: int, end: int) -> tuple[int, int]:
    """A number with the whole of its unit (120兆瓦), or without a word that only stands behind it (20万|建筑); a name
    without the letter that begins the next word."""
    if question.kind == "number" and text[start] in _NUMERAL:
        cut = _CUT_UNIT.fullmatch(text[start:end])
        return start, start + len(cut[1]) if cut else end + 1
    return (start, end - 1) if question.kind == "who" and end - start > 2 else (start, end)


def _in_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with the quotation marks that its first and last word stand in."""
    opening, closing = text[max(0, start - 1) : start] in _OPENING, text[end : end + 1] in _CLOSING
    wider = [(start, end), (start - opening, end), (start, end + closing), (start - opening, end + closing)]
    return next((one for one in wider if _balanced(text[slice(*one)])), (start, end))


def _torn(text: str, place: int) -> bool:
    """Whether `place` cuts a word of two letters in halves, and no other words meet there."""
    before, across, after = (
        text[max(0, place - 2) : place],
        text[max(0, place - 1) : place + 1],
        text[place : place + 2],
    )
    known = common_words()
    return len(across) == 2 and across in known and before not in known and after not in known


def _balanced(found: str) -> bool:
    return all(_closes(found, *pair) for pair in _QUOTES)


def _closes(found: str, opening: str, closing: str) -> bool:
    """Whether every mark is closed, and none before it is opened."""
    depth = 0
    for letter in found:
        depth += (letter == opening) - (letter == closing)
        if depth < 0:
            return False
    return depth == 0


def _of_kind(question: Question, text: str, start: int, end: int) -> bool:
    """Whether the span can be what is asked for: a count of that unit, no age for a size, several of several."""
    asked, found = fold(question.text), text[start:end]
    if _AGE.search(found) and question.kind in ("number", "when") and not _AGE_ASKED.search(asked):
        return False
    if question.kind == "number":
        bare = _ORDINAL.sub("", found)
        counts = any(letter in _NUMERAL or letter in "两半数几" for letter in bare) or not is_han(found[0])
        persons = _PERSONS.match(question.unit) is not None
        return counts and not lacks_unit(asked, text[start : end + 4]) and not (persons and _NO_PERSONS.search(found))
    if question.kind == "when":
        return _LASTING.search(found) is None
    if question.kind == "which" and _TAKEN_AS.search(text[:start]):
        return False
    several = (question.count > 1 or _SEVERAL_ASKED.search(asked)) and question.kind in ("which", "list")
    return not several or _SEVERAL.search(found) is not None


def numbered(question: Question, original: str) -> str:
    """The number that stands right behind the very thing that is counted, where a row counts several; else ""."""
    measured = _MEASURED.match(question.after) if question.kind == "number" else None
    if measured is None:
        return ""
    count = rf"[{_NUMERAL}]+[多余]?{measured[1]}"
    found = list(re.finditer(rf"{measured[2]}[”」』》)]?[共有约达近:]{{0,2}}({count})", fold(original)))
    several = len(re.findall(count, fold(original))) > 1
    return original[found[0].start(1) : found[0].end(1)] if several and len(found) == 1 else ""
