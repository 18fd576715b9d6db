"""The learned weights at work: which sentence answers, and how sure that is."""

from __future__ import annotations

import functools
import importlib.resources
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from qa.answers.agents import deed, doers
from qa.answers.evidence import Candidate
from qa.answers.expectation import expectation
from qa.answers.features import NAMES, feature_rows
from qa.answers.model import Trees, trees_from
from qa.answers.persons import asked_about, office_of
from qa.answers.protocol import Archive
from qa.answers.rereading import READ, Reread, Span, reread
from qa.answers.weighing import Weighted, weigh
from qa.conversation.patterns import any_of
from qa.conversation.question import Question
from qa.text import fold

Floats = npt.NDArray[np.float64]
SUMMARY: Final = (
    "evidence",
    "margin",
    "runner_up",
    "mean_of_five",
    "others",
    "hits",
    "best_article",
    "best_late",
    "best_exact",
    "read_best",
    "read_second",
    "read_any",
)
COLUMNS: Final = (*NAMES, *READ)
_NOTHING_SHARED: Final = 0.5  # factor on the support: letters scattered over a text are no counterparts
_PRIOR: Final = 0.3  # share of the first look
_BROAD: Final = ("definition",)  # kinds that encyclopedias answer in other sentences than newspapers
_STEPS: Final = re.compile(f"{any_of('steps')}|步骤")
_BROAD_SHARE: Final = 0.1  # of the trees for these
_CLOSED: Final = "”』」)\"'"
_TELLS: Final = 8.0  # log odds for a sentence that has the form of an answer
_UNREAD: Final = 0.5  # log odds by which a sentence that was not read stands behind those that were


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    first: Trees  # which sentences to read
    evidence: Trees  # that a sentence answers
    confidence: Trees  # that the best sentence is right
    support: Trees  # that the archive holds the answer at all
    slope: float  # of the log odds of `confidence`, 1 as shipped
    offset: float
    threshold: float  # below this support a question is refused


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A candidate with the log odds that it answers, its features (columns as in COLUMNS) and its likeliest answer."""

    candidate: Candidate
    score: float
    row: Floats
    span: Span | None = None


@functools.cache
def weights() -> Weights:
    """The weights of the package."""
    text = importlib.resources.files("qa.answers").joinpath("weights.json").read_text(encoding="utf-8")
    return weights_from(json.loads(text))


def weights_from(record: dict[str, Any]) -> Weights:
    """Weights from their JSON record. Raises ValueError when they were learned for other features."""
    if record["features"] != list(COLUMNS) or record["summary"] != list(SUMMARY):
        raise ValueError("qa/answers/weights.json was learned for other features; run python -m qa.answers.train")
    first, evidence, sure, held = (trees_from(record[name]) for name in ("first", "evidence", "confidence", "support"))
    return Weights(first, evidence, sure, held, record["slope"], record["offset"], record["threshold"])


def score(
    archive: Archive,
    question: Question,
    found: Sequence[Candidate],
    learned: Weights,
    shown: Callable[[Candidate], bool] = lambda one: True,
    weighted: Weighted | None = None,
) -> list[Scored]:
    """The candidates that are `shown`, best first: weighed by their features, the likeliest read and weighed again."""
    if not found:
        return []
    weighted = weighted or weigh(archive, question)
    rows = feature_rows(archive, question, found, weighted)
    kept = [i for i, one in enumerate(found) if shown(one)]
    if not kept:
        return []
    pool, rows = [found[i] for i in kept], rows[kept]
    first = learned.first.raw(rows) + expectation(rows)
    again = reread(archive, question, pool, weighted, first)
    columns = widened(rows, first, again)
    scores = _passed_on(pool, _second(columns, first, again, learned.evidence, question))
    scores = _told_first(question, pool, scores)
    spans = dict(zip(again.chosen.tolist(), again.spans, strict=True))
    order = np.argsort(-scores, kind="stable").tolist()
    return [Scored(pool[i], float(scores[i]), columns[i], spans.get(i)) for i in order]


def _passed_on(pool: Sequence[Candidate], scores: Floats) -> Floats:
    """A sentence that asks is answered by the one after it, which takes its place (interviews, readers' letters)."""
    places = {(id(one.passage), one.number): i for i, one in enumerate(pool)}
    passed = scores.copy()
    for i, one in enumerate(pool):
        after = places.get((id(one.passage), one.number + 1))
        if after is not None and one.sentence.text.rstrip(_CLOSED).endswith("?"):
            passed[after], passed[i] = max(scores[i], scores[after]), min(scores[i], scores[after])
    return passed


def _told_first(question: Question, pool: Sequence[Candidate], scores: Floats) -> Floats:
    """Where the question wants who did something or what somebody is, and the best sentence does not tell, those of its
    story that do are raised."""
    name, best = asked_about(question), pool[int(np.argmax(scores))]

    def tells(one: Candidate) -> bool:
        text = one.sentence.text
        return office_of(name, text) is not None if name else bool(doers(question, text))

    if not (name or deed(fold(question.text))) or tells(best):
        return scores
    story = best.hit.passage.source, best.hit.passage.number
    told = [(one.hit.passage.source, one.hit.passage.number) == story and tells(one) for one in pool]
    return scores + _TELLS * np.array(told)


def widened(rows: Floats, first: Floats, again: Reread) -> Floats:
    """The features of every candidate in COLUMNS; those not read count as the least of those that were."""
    columns = np.tile(again.columns.min(axis=0), (len(rows), 1))
    columns[:, 0], columns[:, 1] = first, first - first.max()
    columns[again.chosen] = again.columns
    return np.concatenate([rows, columns], axis=1)


def _second(columns: Floats, first: Floats, again: Reread, trees: Trees, question: Question) -> Floats:
    """Log odds of every candidate; those not read keep their order behind the others."""
    scores = first.copy()
    steps = _STEPS.search(question.text) is not None
    scores[again.chosen] = blended(columns[again.chosen], trees, question.attribute, steps)
    rest = np.setdiff1d(np.arange(len(first)), again.chosen)
    if len(rest):
        scores[rest] += scores[again.chosen].min() - first[rest].max() - _UNREAD
    return scores


def blended(rows: Floats, trees: Trees, attribute: bool = False, steps: bool = False) -> Floats:
    """Log odds of sentences that were read, rows as in COLUMNS: the trees' and a part of the first look's.

    The trees learn from encyclopedias; the first look also goes by what a newspaper's answers must show. A question
    for an `attribute` of a matter (它的由来是什么) is no definition; one for its `steps` goes the way of definitions.
    """
    broad = (sum(rows[:, COLUMNS.index(f"kind_{kind}")] for kind in _BROAD) > 0) & (not attribute) | steps
    first, read = rows[:, COLUMNS.index("first")], trees.raw(rows)
    total: Floats = np.where(broad, first + _BROAD_SHARE * read, read + _PRIOR * first)
    return total


def confidence_row(scored: Sequence[Scored]) -> Floats:
    """What the confidence is learned from, for candidates as `score` gives them: the first and those read."""
    kept = [scored[0], *(one for one in scored[1:] if one.span)]
    texts = [one.candidate.sentence.text for one in kept]
    return summary_row(np.array([one.score for one in kept]), np.array([one.row for one in kept]), texts)


def summary_row(scores: Floats, rows: Floats, texts: Sequence[str]) -> Floats:
    """The features of the best sentence, and how it stands out. All three stand best first."""
    others = [float(scores[i]) for i in range(1, len(scores)) if texts[i] != texts[0]]
    second = others[0] if others else -9.0
    five = float(np.mean([scores[0], *others[:4]]))
    columns = [rows[:, COLUMNS.index(name)] for name in ("cover_article", "late_near", "exact_article")]
    elsewhere = [float(column.max() - column[0]) for column in columns]
    rivals = sum(one > scores[0] - 1 for one in others)
    odds = np.sort(rows[:, COLUMNS.index("read")])[::-1]
    read = (odds[0], odds[1] if len(odds) > 1 else -9.0, float(np.logaddexp.reduce(odds[:12])))
    summary = (scores[0], scores[0] - second, second, five, rivals, len(scores), *elsewhere, *read)
    return np.concatenate([rows[0], np.array(summary, float)])


def support(scored: Sequence[Scored], learned: Weights) -> float:
    """Probability that the archive holds an answer; less where the best story holds no pair of the question's."""
    if not scored:
        return 0.0
    shared = scored[0].row[NAMES.index("cover_article")] > 0
    held = float(learned.support.probability(confidence_row(scored)[None, :])[0])
    return held if shared else held * _NOTHING_SHARED


def confidence(scored: Sequence[Scored], learned: Weights) -> float:
    """Calibrated probability that the best sentence answers the question."""
    if not scored:
        return 0.0
    raw = float(learned.confidence.raw(confidence_row(scored)[None, :])[0])
    return float(1 / (1 + np.exp(-(learned.slope * raw + learned.offset))))
