"""What independent reports say of the same fact: one value that several give, or different values side by side.

Precision comes first: left alone are reports of another day or year, reports that share only the question's own words
with the first, and word for word copies. A scan or reprint of the same words is a witness, no source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz

from qa.answers.checks import plausibility
from qa.answers.citations import cite
from qa.answers.evidence import Candidate, story
from qa.answers.features import expected_spans
from qa.answers.protocol import Archive
from qa.answers.scoring import Scored
from qa.answers.weighing import Weighted
from qa.conversation.question import Question
from qa.datatypes import Citation, Claim
from qa.figures import figures
from qa.text import fold, squeeze, terms

_WINDOW: Final = 10  # characters beside a value
_BESIDE: Final = 2  # pairs of characters that two values must have beside them in common
_READ: Final = 40  # sentences looked at, best first
_BEHIND: Final = 6.0  # log odds behind the best one
_COVERED: Final = 0.65  # of the weight of the question's words that the first report holds
_SHARED: Final = 0.4  # of the pairs of characters, the question's own and the value aside, of the shorter sentence
_DATE: Final = frozenset("年月日时点届大")
_PAIRS: Final = 7  # of the question's pairs of characters, and
_NAMED: Final = 0.6  # of their weight, held by both sentences themselves: then less of
_HARDLY: Final = 0.2  # the rest need be shared
_COPIED: Final = 90.0  # per cent of letters in common, the value aside, that make a copy
_MOST: Final = 3  # other reports
_KINDS: Final = frozenset({"who", "when", "where", "number"})
_YEAR: Final = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?=年)|[今去前]年")
_DAY: Final = re.compile(r"[0-9]{1,2}月(?:[0-9]{1,2}日)?|(?<![0-9月])[0-9]{1,2}日|上半年|下半年|[一二三四]季度")


def other_reports(
    archive: Archive, question: Question, weighted: Weighted, scored: Sequence[Scored], first: Scored, value: str
) -> list[tuple[Scored, str]]:
    """Sentences of other reports that speak of the same fact as `first`, each with the value that it gives."""
    if question.kind not in _KINDS or not value:
        return []
    found: list[tuple[Scored, str]] = []
    for one in [one for one in scored[:_READ] if one.score >= first.score - _BEHIND]:
        taken = [first.candidate, *(other.candidate for other, _ in found)]
        if len(found) < _MOST and all(_independent(one.candidate, other) for other in taken):
            other = _value_there(question, first.candidate, value, one.candidate)
            if other and _same_fact(archive, question, weighted, (first.candidate, value), (one.candidate, other)):
                found.append((one, other))
    return found


def _value_there(question: Question, first: Candidate, value: str, other: Candidate) -> str:
    """What `other` gives where `first` gives `value`: the same, or else the span of the same kind and unit whose
    surroundings are most like those of `value`; "" where that is not plain."""
    ours, theirs, wanted = first.sentence.text, other.sentence.text, fold(value)
    figure = figures(wanted)[:1] if question.kind == "number" else []
    if wanted in theirs or (figure and figure[0] in figures(theirs)):
        return value
    asked, place = fold(question.text), ours.find(wanted)
    own = [s for s in expected_spans(question, asked, first.sentence) if place <= s.start < place + len(wanted)]
    spans = [s for s in expected_spans(question, asked, other.sentence) if own and s.kind == own[0].kind]
    beside = _beside(ours, own[0].start, own[0].end) if own else set()
    ranked = sorted(((len(_beside(theirs, s.start, s.end) & beside), s.start, s.end) for s in spans), reverse=True)
    if not ranked or ranked[0][0] < _BESIDE:
        return ""
    _, start, end = ranked[0]
    given = theirs[start:end]
    same_unit = not figure or [unit for _, unit in figures(given)[:1]] == [figure[0][1]]
    return _printed(other)[start:end] if same_unit and given not in ours else ""


def _beside(text: str, start: int, end: int) -> set[str]:
    """The pairs of characters just before and after a span."""
    return {
        term
        for part in (text[max(0, start - _WINDOW) : start], text[end : end + _WINDOW])
        for term in terms(part)
        if len(term) > 1
    }


def _printed(candidate: Candidate) -> str:
    return candidate.hit.passage.text[candidate.sentence.start : candidate.sentence.end]


def _independent(one: Candidate, other: Candidate) -> bool:
    """Whether the two stand on pages of which none is a scan of the other."""
    here, there = one.hit.passage, other.hit.passage
    scans = {there.source, *(witness.source for witness in there.also_in)}
    return here.source not in scans and not scans & {witness.source for witness in here.also_in}


Given = tuple[Candidate, str]  # a sentence and the value that it gives


def _same_fact(archive: Archive, question: Question, weighted: Weighted, one: Given, other: Given) -> bool:
    here, there = _rest(*one), _rest(*other)
    article, headlines = story(archive.article_of(other[0].hit.passage)).text, other[0].passage.context
    if plausibility(question, other[0].sentence.text, article + headlines, headlines) < 1:
        return False
    if fuzz.ratio(here, there) >= _COPIED or _other_time(here, there):
        return False
    asked = {form for group in weighted.grams for form in group}
    ours, theirs = ({term for term in terms(text) if len(term) > 1} - asked for text in (here, there))
    shared = len(ours & theirs) / max(min(len(ours), len(theirs)), 1)
    if shared < (_HARDLY if _named(question, weighted, one, other) else _SHARED):
        return False
    return _covered(archive, weighted, other[0]) >= _COVERED * _covered(archive, weighted, one[0])


def _named(question: Question, weighted: Weighted, one: Given, other: Given) -> bool:
    """Whether both sentences themselves hold so much of a question that names its matter fully; never of a date, for
    what happened on another day is another matter."""
    if question.kind == "when" or any(unit in _DATE for _, unit in figures(one[1])):
        return False
    held = [_held(weighted, candidate) for candidate, _ in (one, other)]
    return min(count for count, _ in held) >= _PAIRS and min(weight for _, weight in held) >= _NAMED


def _held(weighted: Weighted, candidate: Candidate) -> tuple[int, float]:
    """How many of the question's words the sentence itself holds, and their share of the weight of all."""
    held = weighted.held([(candidate.sentence.text, candidate.sentence.grams)])[0][: len(weighted.grams)]
    return int(held.sum()), float(weighted.rarity[held].sum()) / max(float(weighted.rarity.sum()), 1e-9)


def _rest(candidate: Candidate, value: str) -> str:
    return squeeze(candidate.sentence.text.replace(fold(value), ""))


def _other_time(here: str, there: str) -> bool:
    """Whether both name years, or days, and none in common."""
    for kind in (_YEAR, _DAY):
        ours, theirs = set(kind.findall(here)), set(kind.findall(there))
        if ours and theirs and not ours & theirs:
            return True
    return False


def _covered(archive: Archive, weighted: Weighted, candidate: Candidate) -> float:
    """The share of the weight of the question's words that the sentence, its headlines or its story's opening hold."""
    opening = story(archive.article_of(candidate.hit.passage))
    text = f"{candidate.sentence.text}\n{candidate.passage.context}\n{opening.opening}"
    grams = candidate.sentence.grams | candidate.passage.context_grams | opening.opening_grams
    held = weighted.held([(text, grams)])[0][: len(weighted.grams)]
    total = float(weighted.rarity.sum())
    return float(weighted.rarity[held].sum()) / total if total else 0.0


def same_value(kind: str, one: str, other: str) -> bool:
    """Whether two values are one: equal as numbers, or one the shorter form of the other (7月 for 2020年7月)."""
    here, there = squeeze(fold(one)), squeeze(fold(other))
    if here in there or there in here:
        return kind != "number" or _numbers(here)[:1] == _numbers(there)[:1]
    if kind == "number":
        return bool(_numbers(here)) and _numbers(here)[:1] == _numbers(there)[:1]
    return kind == "when" and bool(_numbers(here)) and _numbers(here) == _numbers(there)


def _numbers(text: str) -> list[float]:
    return [value for value, _ in figures(text)]


def with_reports(
    archive: Archive, question: Question, citations: tuple[Citation, ...], first: Scored, value: str,
    others: Sequence[tuple[Scored, str]],
) -> tuple[tuple[Citation, ...], tuple[Claim, ...]]:  # fmt: skip
    """The citations and those of the other reports; what they claim, empty where there is but one report."""
    groups: list[tuple[str, list[int]]] = [(value, [_number(citations, first.candidate)])]
    for one, given in others:
        n = _number(citations, one.candidate)
        if not n:
            passage, sentence = one.candidate.hit.passage, one.candidate.sentence
            citation = cite(archive, len(citations) + 1, passage, sentence.start, sentence.end)
            if citation is None:
                continue
            citations, n = (*citations, citation), citation.n
        group = next((group for group in groups if same_value(question.kind, group[0], given)), None)
        groups += [] if group else [(given, [])]
        (group or groups[-1])[1].append(n)
    if sum(len(numbers) for _, numbers in groups) < 2:
        return citations, ()
    return citations, tuple(Claim(value, tuple(numbers)) for value, numbers in groups)


def _number(citations: Sequence[Citation], candidate: Candidate) -> int:
    """The number of the citation that holds the sentence, 0 for none."""
    source, printed = candidate.hit.passage.source, squeeze(_printed(candidate))
    return next((c.n for c in citations if c.source == source and printed in squeeze(c.quote)), 0)
