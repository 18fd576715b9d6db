"""The learned weights at work: which sentence answers, and how sure that is."""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from qa.answers.evidence import Candidate
from qa.answers.expectation import expectation
from qa.answers.features import NAMES, feature_rows
from qa.answers.model import Trees, trees_from
from qa.answers.protocol import Archive
from qa.conversation.question import Question

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
)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    evidence: Trees
    confidence: Trees  # that the best sentence is right
    support: Trees  # that the archive holds the answer at all
    slope: float  # of the log odds of `confidence`, 1 as shipped
    offset: float
    threshold: float  # below this support a question is refused


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A candidate with the log odds that it answers and its features."""

    candidate: Candidate
    score: float
    row: Floats


@functools.cache
def weights() -> Weights:
    """The weights of the package."""
    text = importlib.resources.files("qa.answers").joinpath("weights.json").read_text(encoding="utf-8")
    return weights_from(json.loads(text))


def weights_from(record: dict[str, Any]) -> Weights:
    """Weights from their JSON record. Raises ValueError when they were learned for other features."""
    if record["features"] != list(NAMES) or record["summary"] != list(SUMMARY):
        raise ValueError("qa/answers/weights.json was learned for other features; run python -m qa.answers.train")
    models = [trees_from(record[name]) for name in ("evidence", "confidence", "support")]
    return Weights(models[0], models[1], models[2], record["slope"], record["offset"], record["threshold"])


def score(archive: Archive, question: Question, found: Sequence[Candidate], trees: Trees) -> list[Scored]:
    """The candidates, best first."""
    if not found:
        return []
    rows = feature_rows(archive, question, found)
    scores = trees.raw(rows) + expectation(rows)
    order = np.argsort(-scores, kind="stable")
    return [Scored(found[i], float(scores[i]), rows[i]) for i in order]


def confidence_row(scored: Sequence[Scored]) -> Floats:
    """What the confidence is learned from, for candidates as `score` gives them."""
    texts = [one.candidate.sentence.text for one in scored]
    return summary_row(np.array([one.score for one in scored]), np.array([one.row for one in scored]), texts)


def summary_row(scores: Floats, rows: Floats, texts: Sequence[str]) -> Floats:
    """The features of the best sentence, and how it stands out. All three stand best first."""
    others = [float(scores[i]) for i in range(1, len(scores)) if texts[i] != texts[0]]
    second = others[0] if others else -9.0
    five = float(np.mean([scores[0], *others[:4]]))
    columns = [rows[:, NAMES.index(name)] for name in ("cover_article", "late_near", "exact_article")]
    elsewhere = [float(column.max() - column[0]) for column in columns]
    rivals = sum(one > scores[0] - 1 for one in others)
    summary = (scores[0], scores[0] - second, second, five, rivals, len(scores), *elsewhere)
    return np.concatenate([rows[0], np.array(summary, float)])


def support(scored: Sequence[Scored], learned: Weights) -> float:
    """Probability that the archive holds an answer."""
    return float(learned.support.probability(confidence_row(scored)[None, :])[0]) if scored else 0.0


def confidence(scored: Sequence[Scored], learned: Weights) -> float:
    """Calibrated probability that the best sentence answers the question."""
    if not scored:
        return 0.0
    raw = float(learned.confidence.raw(confidence_row(scored)[None, :])[0])
    return float(1 / (1 + np.exp(-(learned.slope * raw + learned.offset))))
