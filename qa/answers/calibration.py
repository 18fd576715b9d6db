"""Fit the confidence to a user's own archive: on labelled questions, or on questions made from its own sentences."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from qa.answers.model import sigmoid
from qa.answers.protocol import Archive
from qa.answers.pseudo import asked_of
from qa.answers.respond import Finding, find, quote
from qa.answers.samples import Example, is_right, near_miss
from qa.answers.scoring import Weights, weights
from qa.conversation import understand
from qa.datatypes import Article

Floats = npt.NDArray[np.float64]
_FEWEST: Final = 20  # questions of either outcome below which only the offset is fitted
_RIDGE: Final = 1.0  # pulls towards the shipped calibration: worth this many questions


class Labelled(Protocol):
    """A question of a question file: `answers` holds lists of strings, all of one list being enough."""

    @property
    def question(self) -> str: ...
    @property
    def history(self) -> Sequence[str]: ...
    @property
    def answers(self) -> Sequence[Sequence[str]]: ...


class Readable(Archive, Protocol):
    """An archive that also lists its articles."""

    def articles(self, source: str | None = None) -> list[Article]: ...


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt's scaling (1999) of the log odds that an answer is right, with its expected error before and after."""

    slope: float = 1.0
    offset: float = 0.0
    questions: int = 0
    error_before: float = 0.0
    error_after: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def applied(learned: Weights, calibration: Calibration | None) -> Weights:
    """The weights with the scaling of `calibration` on top of their own."""
    if calibration is None:
        return learned
    slope, offset = calibration.slope, calibration.offset
    return replace(learned, slope=learned.slope * slope, offset=learned.offset * slope + offset)


def calibrate(archive: Readable, questions: Sequence[Labelled] = (), seed: int = 1) -> Calibration:
    """The calibration that fits `questions`, or without any those made from the archive's own sentences."""
    judged = [_judged(archive, one) for one in questions] if questions else _self_judged(archive, seed)
    if not judged:
        return Calibration()
    chances = np.clip(np.array([chance for chance, _ in judged]), 1e-4, 1 - 1e-4)
    right = np.array([label for _, label in judged], float)
    odds = np.log(chances / (1 - chances))
    slope, offset = platt(odds, right)
    after = sigmoid(slope * odds + offset)
    return Calibration(slope, offset, len(judged), expected_error(chances, right), expected_error(after, right))


def platt(odds: Floats, right: Floats) -> tuple[float, float]:
    """Slope and offset of the logistic regression of `right` on `odds`, by Newton's method, held near (1, 0)."""
    weights_of, columns = np.array([1.0, 0.0]), np.column_stack([odds, np.ones(len(odds))])
    ridge = np.array([_RIDGE if min(right.sum(), len(right) - right.sum()) >= _FEWEST else 1e6, _RIDGE])
    for _ in range(50):
        chance = sigmoid(columns @ weights_of)
        slope = columns.T @ (chance - right) + ridge * (weights_of - [1.0, 0.0])
        curve = (columns * (chance * (1 - chance))[:, None]).T @ columns + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        weights_of = weights_of - step
        if np.abs(step).max() < 1e-8:
            break
    return max(float(weights_of[0]), 0.05), float(weights_of[1])


def expected_error(chances: Floats, right: Floats, bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017): the mean gap of confidence and share right, over equal bins."""
    which = np.minimum((chances * bins).astype(int), bins - 1)
    gaps = [abs(float((chances - right)[which == one].sum())) for one in range(bins)]
    return sum(gaps) / max(len(right), 1)


def _judged(archive: Readable, one: Labelled) -> tuple[float, bool]:
    reading = understand(archive, one.question, one.history)[0]
    finding = find(archive, reading, None, weights())
    wanted = Example(one.question, "", tuple(parts[0] for parts in one.answers if parts))
    return finding.confidence, is_right(_quoted(archive, finding), wanted)


def _quoted(archive: Readable, finding: Finding) -> str:
    return "\n".join(citation.quote for citation in quote(archive, finding)) if finding.scored else ""


def _self_judged(archive: Readable, seed: int) -> list[tuple[float, bool]]:
    chance = random.Random(seed)
    articles = [one for one in archive.articles() if one.title]
    made = [example for one in articles for example in _made(one, chance)]
    others = [example.question for example in made]
    misses = [near_miss(example, others, chance) for example in made]
    asked = made + [miss for miss in misses if miss.trick == "word"]
    findings = [(find(archive, example.question, None, weights()), example) for example in asked]
    return [(finding.confidence, is_right(_quoted(archive, finding), example)) for finding, example in findings]


def _made(article: Article, chance: random.Random) -> list[Example]:
    body = "\n".join(paragraph.text for paragraph in article.paragraphs if paragraph.kind == "body")
    return list(asked_of(article.source, article.title, body, chance))[:3]
