"""A question and the sentences to read for it as numbers: what the reader sees.

The sentences stand one after the other with empty rows between them, so that one convolution reads them all and none
sees its neighbour.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from qa.answers.evidence import Candidate, Sentence, story
from qa.answers.features import expected_spans
from qa.answers.protocol import Archive
from qa.answers.spans import typed_spans
from qa.answers.weighing import Weighted
from qa.conversation.question import KINDS, Question
from qa.text import CJK, fold

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int64]
GAP: Final = 4  # empty rows after each sentence: the reach of the widest convolution
LONGEST: Final = 160  # characters of a sentence that are read
ASKED: Final = 48  # characters of a question
TYPES: Final = ("who", "when", "number", "where", "body", "name")
FORM: Final = 4 + len(TYPES) + 3  # numbers that go with each character of a sentence
ASKED_FORM: Final = 3  # with each character of the question
HELD: Final = 4  # sentence, its neighbours, passage, article
_RUN: Final = re.compile(rf"[{CJK}]+|[0-9]+(?:\.[0-9]+)?|[^\W\d_{CJK}]+")
_PAIR: Final = 1 << 21  # more than any code point


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A question of m characters and s sentences, n rows with the gaps.

    `asked` int64[m] and `text` int64[n] hold code points (0 in gaps); `asked_form` float32[m, ASKED_FORM] and `form`
    float32[n, FORM] what is known of each character; `held` float32[s, m, HELD] where the term at a character of the
    question stands; `starts` and `lengths` int64[s] where each sentence lies; `kind` the place of the kind in KINDS.
    """

    asked: Codes
    asked_form: Floats
    kind: int
    text: Codes
    form: Floats
    held: Floats
    starts: Codes
    lengths: Codes


def reading(archive: Archive, question: Question, found: Sequence[Candidate], weighted: Weighted) -> Reading:
    """What the reader sees of `question` and the sentences `found`."""
    asked, terms_at = _asked(question, weighted)
    rarity = {form: value for group, value in zip(weighted.grams, weighted.rarity, strict=True) for form in group}
    unknown = {form for group, lost in zip(weighted.grams, weighted.unknown, strict=True) if lost for form in group}
    lengths = np.array([min(len(one.sentence.text), LONGEST) for one in found], np.int64)
    starts = np.cumsum(lengths + GAP) - lengths - GAP
    total = int((lengths + GAP).sum())
    text, form = np.zeros(total, np.int64), np.zeros((total, FORM), np.float32)
    folded = fold(question.text)
    for one, start, length in zip(found, starts, lengths, strict=True):
        text[start : start + length] = codes(one.sentence.text[:length])
        _fill(form[start : start + length], question, folded, one.sentence, rarity)
    form[:, 0] = (text > 0) & np.isin(text, codes("".join(question.content.split())))
    form[:, 3] = _runs(form[:, 1])
    asked_form = np.zeros((len(asked), ASKED_FORM), np.float32)
    for term, first, last in terms_at:
        row = asked_form[first:last]
        np.maximum(row, (1.0, rarity.get(term, 0.0), float(term in unknown)), out=row)
    held = _held(archive, found, terms_at, len(asked))
    return Reading(codes(asked), asked_form, KINDS.index(question.kind), text, form, held, starts, lengths)


def codes(text: str) -> Codes:
    """The code points of `text`."""
    return np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32).astype(np.int64)


def pair_codes(text: Codes) -> Codes:
    """One number for each character and its successor."""
    after = np.append(text[1:], 0)
    return np.where((text > 0) & (after > 0), text * _PAIR + after, 0)


def pair_text(code: int) -> str:
    """The two characters of a number of `pair_codes`."""
    return chr(code // _PAIR) + chr(code % _PAIR)


def codes_to_rows(known: Codes, wanted: Codes) -> Codes:
    """Rows of a table of vectors: 0 for a gap, 1 for what is not in `known` (sorted), from 2 on for what is."""
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    found = np.where(known[place] == wanted, place + 2, 1)
    return np.where(wanted == 0, 0, found)


def _asked(question: Question, weighted: Weighted) -> tuple[str, list[tuple[str, int, int]]]:
    """The question as it is read, folded, and its terms with their places; an English one by its Chinese words."""
    if question.lang == "en":
        content = fold(weighted.chinese)[:ASKED]
        return content or " ", _terms_at(content)
    return fold(question.text)[:ASKED] or " ", _terms_at(question.content[:ASKED])


def _terms_at(content: str) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for match in _RUN.finditer(content):
        run, start = match[0], match.start()
        if re.match(f"[{CJK}]", run) and len(run) > 1:
            found += [(run[i : i + 2], start + i, start + i + 2) for i in range(len(run) - 1)]
        else:
            found.append((run, start, match.end()))
    return found


def _fill(form: Floats, question: Question, folded: str, sentence: Sentence, rarity: dict[str, float]) -> None:
    """Per character of `form`: known from the question in a pair, how rare that is, what it can be, what fits."""
    length = len(form)
    text = sentence.text[:length]
    for term, rare in rarity.items():
        start = text.find(term)
        while start >= 0:
            part = form[start : start + len(term)]
            part[:, 1] = 1.0
            np.maximum(part[:, 2], rare, out=part[:, 2])
            start = text.find(term, start + 1)
    form[:, 4 : 4 + len(TYPES)] = _typed(sentence.text[:LONGEST])[:length]
    for span in expected_spans(question, folded, sentence):
        fits = bool(question.unit and span.unit and span.unit[0] in question.unit[:2])
        form[span.start : span.end, -3] = span.weight
        form[span.start : span.end, -2] = fits
        if span.start < length:
            form[span.start, -1] = 1.0


def _runs(held: Floats) -> Floats:
    """For each character the length of the run of ones it stands in, on a scale where 8 is 1."""
    edges = np.flatnonzero(np.diff(held, prepend=0, append=0))
    result = np.zeros(len(held), np.float32)
    for start, end in edges.reshape(-1, 2):
        result[start:end] = min(math.log2(1 + end - start) / 3, 1.5)
    return result


@functools.lru_cache(maxsize=8192)
def _typed(text: str) -> Floats:
    """float32[characters, TYPES]: the weight of the span of each kind that a character stands in."""
    result = np.zeros((len(text), len(TYPES)), np.float32)
    for span in typed_spans(text):
        part = result[span.start : span.end, TYPES.index(span.kind)]
        np.maximum(part, span.weight, out=part)
    return result


def _held(archive: Archive, found: Sequence[Candidate], terms_at: Sequence[tuple[str, int, int]], size: int) -> Floats:
    """float32[sentences, size, HELD]: whether sentence, neighbours, passage, article hold the term at a character."""
    wanted = frozenset(term for term, _, _ in terms_at)
    result = np.zeros((len(found), size, HELD), np.float32)
    for row, one in enumerate(found):
        parts, context = one.passage.sentences, one.passage.context_grams
        near = parts[max(0, one.number - 1) : one.number + 2]
        sets = (
            (one.sentence.grams,),
            (context, *(part.grams for part in near)),
            (context, *(part.grams for part in parts)),
            (story(archive.article_of(one.hit.passage)).grams,),
        )
        levels = [frozenset[str]().union(*(wanted & grams for grams in some)) for some in sets]
        for term, first, last in terms_at:
            level = next((level for level, held in enumerate(levels) if term in held), HELD)
            result[row, first:last, level:] = 1.0
    return result
