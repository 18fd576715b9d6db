"""What is measured of a question and a sentence: one row of numbers for each candidate sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from qa.answers.cues import cue_columns
from qa.answers.evidence import Candidate, Sentence, static_encoder, story
from qa.answers.late import late_columns, matches
from qa.answers.protocol import Archive
from qa.answers.soft import SOFT, SOFT_FALLING, SOFT_RISING, soft_columns
from qa.answers.spans import TypedSpan
from qa.answers.weighing import Weighted, weigh
from qa.conversation.patterns import compiled
from qa.conversation.question import KINDS, Question
from qa.text import fold, terms

Floats = npt.NDArray[np.float64]
Held = npt.NDArray[np.bool_]

COMPARED: Final = (
    "cover_sentence",
    "late_sentence",
    "dense_sentence",
    "late_near",
    "type_near",
    "after_near",
)  # also taken relative to the best candidate
NAMES: Final = (
    "cover_sentence",
    "cover_near",
    "cover_passage",
    "cover_article",
    "cover_opening",
    "cover_with_opening",
    "cover_rest",
    "rest",
    "chars_sentence",
    "chars_article",
    "longest_run",
    "quoted_sentence",
    "quoted_article",
    "exact_sentence",
    "exact_article",
    "rarest_sentence",
    "rarest_article",
    "lacking_sentence",
    "lacking_article",
    "unknown_share",
    "items",
    "items_near",
    "introduces",
    "explains",
    "typed",
    "type_near",
    "fits",
    "unit",
    "noun",
    "before_share",
    "after_share",
    "before_near",
    "after_near",
    "length",
    "terms",
    "defines",
    "lists",
    "steps",
    "reasons",
    "speaks",
    "asks",
    "ends",
    "dense_sentence",
    "dense_near",
    "dense_passage",
    "late_sentence",
    "late_near",
    "late_passage",
    "worst_near",
    "second_near",
    "worst_passage",
    *SOFT,
    *(f"relative_{name}" for name in COMPARED),
    "english",
    *(f"kind_{kind}" for kind in KINDS),
)
RISING: Final = frozenset(  # the more of these, the better a sentence answers, all else equal
    name for name in NAMES if name.startswith(("cover_", "chars_", "quoted_", "exact_", "rarest_", "dense_", "late_"))
) | {
    "longest_run",
    "typed",
    "type_near",
    "fits",
    "unit",
    "before_near",
    "after_near",
    "worst_near",
    "second_near",
    "items_near",
    *SOFT_RISING,
}
FALLING: Final = frozenset({"lacking_sentence", "lacking_article", *SOFT_FALLING})
_FOUNDING: Final = compiled("founding")
_EXPECTED: Final = {
    "who": ("who",),
    "when": ("when",),
    "where": ("where",),
    "number": ("number",),
    "which": ("name", "who", "where"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Which rows are neighbours: candidates stand passage by passage, sentence by sentence."""

    starts: npt.NDArray[np.int64]  # first row of each passage
    passage: npt.NDArray[np.int64]  # of each row, the number of its passage
    first: Held
    last: Held

    def near(self, values: npt.NDArray[Any], context: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The largest value in a sentence, the one before, the one after, and the headlines."""
        before, after = np.roll(values, 1, axis=0), np.roll(values, -1, axis=0)
        before[self.first], after[self.last] = values[self.first], values[self.last]
        result: npt.NDArray[Any] = np.maximum.reduce([values, before, after, context[self.passage]])
        return result

    def whole(self, values: npt.NDArray[Any], context: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The largest value in the passage and its headlines."""
        result: npt.NDArray[Any] = np.maximum(np.maximum.reduceat(values, self.starts, axis=0), context)[self.passage]
        return result


def layout(found: Sequence[Candidate]) -> Layout:
    numbers = np.array([one.number for one in found])
    first = numbers == 0
    last = np.append(first[1:], True)
    return Layout(np.flatnonzero(first), np.cumsum(first) - 1, first, last)


def feature_rows(
    archive: Archive, question: Question, found: Sequence[Candidate], weighted: Weighted | None = None
) -> Floats:
    """float64[candidates, len(NAMES)], columns as in NAMES. `found` as `evidence.candidates` gives them; `weighted` are
    the terms of the question where they have been weighed already."""
    weighted, order = weighted or weigh(archive, question), layout(found)
    parts = [_cover_columns(archive, question, weighted, found, order), cue_columns(question, found)]
    parts += [_span_columns(question, weighted, found)]
    parts += [_form_columns(weighted, found)]
    with np.errstate(invalid="ignore"):  # some BLAS builds raise the flag on finite numbers
        matched = matches(static_encoder(), question, found, order.starts)
        parts += [late_columns(found, matched, order.near, order.whole, order.starts)]
        heads = [found[row] for row in order.starts]
        around = [f"{story(archive.article_of(one.hit.passage)).text}\n{one.passage.context}" for one in heads]
        parts += [soft_columns(static_encoder(), question, found, matched, order, around)]
    rows = np.concatenate(parts, axis=1)
    relative = [rows[:, NAMES.index(name)] for name in COMPARED]
    kind = np.tile([question.lang == "en", *(question.kind == kind for kind in KINDS)], (len(found), 1))
    return np.column_stack([rows, *(column - column.max() for column in relative), kind]).astype(float)


def _share(held: Held, weights: Floats) -> Floats:
    total = float(weights.sum())
    result: Floats = held @ weights / total if total else np.zeros(len(held))
    return result


def _cover_columns(
    archive: Archive, question: Question, weighted: Weighted, found: Sequence[Candidate], order: Layout
) -> Floats:
    rarity, count = weighted.rarity, len(weighted.grams)
    heads = [found[row] for row in order.starts]
    articles = [story(archive.article_of(one.hit.passage)) for one in heads]
    sentence = weighted.held([(one.sentence.text, one.sentence.grams) for one in found])
    context = weighted.held([(one.passage.context, one.passage.context_grams) for one in heads])
    whole = order.whole(sentence, context)
    article = whole | weighted.held([(one.text, one.grams) for one in articles])[order.passage]
    opening = (
        weighted.held([(one.opening, one.opening_grams) for one in articles])[order.passage] | context[order.passage]
    )
    near = order.near(sentence, context)
    quoted = [_quoted(question, f"{a.text} {one.passage.context}") for a, one in zip(articles, heads, strict=True)]
    levels = (sentence[:, :count], article[:, :count])
    exact = weighted.exact
    top = rarity.max(initial=0.0)
    columns = [_share(held[:, :count], rarity) for held in (sentence, near, whole, article)]
    columns += _against_opening(sentence[:, :count], opening[:, :count], rarity)
    columns += [_share(held[:, count:], weighted.char_rarity) for held in (sentence, article)]
    columns += [_longest_run(levels[0]), np.array([_quoted(question, one.sentence.text) for one in found])]
    columns += [np.array(quoted)[order.passage], *(_exact(held, exact) for held in levels)]
    columns += [(held * rarity).max(axis=1, initial=0.0) - top for held in levels]
    columns += [(~held * rarity).max(axis=1, initial=0.0) for held in levels]
    columns += [np.full(len(found), float(weighted.unknown.mean()) if count else 0.0)]
    return np.column_stack(columns)


def _against_opening(sentence: Held, opening: Held, rarity: Floats) -> list[Floats]:
    """A story names its matter in the opening: what that covers, both cover, and the sentence covers of the rest."""
    rest = ~opening * rarity
    left = rest.sum(axis=1)
    covered = (sentence * rest).sum(axis=1) / np.maximum(left, 1e-9)
    total = max(float(rarity.sum()), 1e-9)
    return [_share(opening, rarity), _share(opening | sentence, rarity), np.where(left > 0, covered, 1.0), left / total]


def _longest_run(held: Held) -> Floats:
    """The longest run of neighbouring terms held, as a share of all terms."""
    best, run = np.zeros(len(held)), np.zeros(len(held))
    for column in held.T:
        run = (run + 1) * column
        best = np.maximum(best, run)
    result: Floats = best / max(held.shape[1], 1)
    return result


def _quoted(question: Question, text: str) -> float:
    return sum(name in text for name in question.names) / len(question.names) if question.names else -1.0


def _exact(held: Held, exact: Held) -> Floats:
    shares: Floats = held[:, exact].mean(axis=1) if exact.any() else np.full(len(held), -1.0)
    return shares


def _span_columns(question: Question, weighted: Weighted, found: Sequence[Candidate]) -> Floats:
    asked, noun = fold(question.text), question.noun[:2]
    sides = [tuple(term for term in terms(side) if len(term) > 1) for side in (question.before, question.after)]
    rows = []
    for one in found:
        sentence = one.sentence
        spans = expected_spans(question, asked, sentence)
        near = max(closeness(spans, weighted.places(sentence)), default=0.0) if spans else 0.0
        typed = max((span.weight for span in spans), default=0.0)
        held = [[term for term in side if term in sentence.grams] for side in sides]
        shares = [len(kept) / len(side) if side else -1.0 for kept, side in zip(held, sides, strict=True)]
        places = [[sentence.text.find(term) for term in kept] for kept in held]
        beside = [max(closeness(spans, where), default=0.0) if where else 0.0 for where in places]
        unit = _unit(question, spans)
        fits = -1.0 if question.kind in _EXPECTED and not spans else typed * (1.0 if unit else 0.5) if spans else 0.0
        rows.append((typed, near, fits, unit, float(noun in sentence.text) if noun else -1.0, *shares, *beside))
    return np.array(rows, float).reshape(len(found), 9)


def expected_spans(question: Question, asked: str, sentence: Sentence) -> list[TypedSpan]:
    """The spans of a kind that answers `question` and that the question does not name itself."""
    kinds = _EXPECTED.get(question.kind, ())
    if question.kind == "who" and _FOUNDING.search(asked):
        kinds = ("who", "body")
    return [s for s in sentence.spans if s.kind in kinds and sentence.text[s.start : s.end] not in asked]


def closeness(spans: Sequence[TypedSpan], places: Sequence[int]) -> list[float]:
    """For each span, how near it stands to a word of the question: 1 beside it, falling with the distance."""
    return [span.weight / (1 + _distance(span, places) / 8) for span in spans]


def _distance(span: TypedSpan, places: Sequence[int]) -> int:
    return min((max(span.start - place - 2, place - span.end, 0) for place in places), default=99)


def _unit(question: Question, spans: Sequence[TypedSpan]) -> float:
    """Whether a number has the unit that is asked for: 1 the same, 0 no number has, -1 no unit is asked for."""
    if not question.unit:
        return -1.0
    return max((1.0 if s.unit and s.unit[0] in question.unit[:2] else 0.0 for s in spans), default=0.0)


def _form_columns(weighted: Weighted, found: Sequence[Candidate]) -> Floats:
    count = float(len(weighted.grams))
    rows = [(math.log1p(one.sentence.end - one.sentence.start), count, *one.sentence.cues) for one in found]
    return np.array(rows, float)
