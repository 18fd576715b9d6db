"""Fit confidence and refusal to a user's own archive: on labelled questions, or on some made of its sentences."""

from __future__ import annotations

import hashlib
import importlib.resources
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from qa.answers.model import sigmoid
from qa.answers.protocol import Archive
from qa.answers.pseudo import asked_of
from qa.answers.respond import Finding, best_finding, find, quote
from qa.answers.samples import Example, is_right, near_miss
from qa.answers.scoring import Weights, weights
from qa.conversation import understand
from qa.datatypes import Article
from qa.store import Calibration
from qa.text import squeeze

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
_FEWEST: Final = 20  # questions of either outcome below which only the offset is fitted, and no threshold
_RIDGE: Final = 1.0  # pulls towards the shipped calibration: worth this many questions
_STEPS: Final = np.arange(-2.0, 2.01, 0.1)  # log odds that the threshold may move
_MOVED: Final = 2.0  # right decisions that a threshold moved by one unit of log odds must gain


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


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Questions asked with the shipped weights: float64[n] or bool[n]. `right`: what would be quoted is."""

    chance: Floats
    support: Floats
    right: Bools
    answerable: Bools

    def __len__(self) -> int:
        return len(self.chance)

    def take(self, rows: npt.NDArray[np.int64]) -> Judged:
        return Judged(self.chance[rows], self.support[rows], self.right[rows], self.answerable[rows])


@dataclass(frozen=True, slots=True)
class Trust:
    """How far answers can be trusted, shares from 0 to 1: the expected calibration error over answers given, the share
    of them that is wrong, of the answerable questions that is refused, of the others that is answered."""

    error: float
    risk: float
    false_refusals: float
    false_answers: float
    wrong: float  # share of all questions that are neither answered right nor rightly refused


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibration and what it was worth: on halves of the questions, each judged by the fit of the other.

    Where nothing that was tried is worth more than what is shipped, slope, offset and threshold are those of no change.
    """

    calibration: Calibration
    before: Trust
    after: Trust

    @property
    def changes(self) -> bool:
        fitted = self.calibration
        return (fitted.slope, fitted.offset, fitted.threshold) != (1.0, 0.0, None)


def applied(learned: Weights, calibration: Calibration | None) -> Weights:
    """The weights with `calibration` on top of their own; one that was fitted on other weights says nothing."""
    if calibration is None or calibration.weights not in ("", fingerprint()):
        return learned
    slope, offset = calibration.slope, calibration.offset
    threshold = learned.threshold if calibration.threshold is None else calibration.threshold
    return replace(learned, slope=learned.slope * slope, offset=learned.offset * slope + offset, threshold=threshold)


def fingerprint() -> str:
    """Names the shipped weights."""
    data = importlib.resources.files("qa.answers").joinpath("weights.json").read_bytes()
    return hashlib.sha256(data).hexdigest()[:16]


def calibrate(archive: Readable, questions: Sequence[Labelled] = (), seed: int = 1) -> Calibration:
    """The calibration that fits `questions`, or without any those made from the archive's own sentences."""
    return measured(judged(archive, questions, seed), with_threshold=bool(questions), seed=seed).calibration


def judged(archive: Readable, questions: Sequence[Labelled], seed: int = 1) -> Judged:
    """The questions asked, or without any those made from the archive's own sentences."""
    rows = [_judged(archive, one) for one in questions] if questions else _self_judged(archive, seed)
    columns = np.array(rows, float).reshape(len(rows), 4).T
    return Judged(columns[0], columns[1], columns[2] > 0, columns[3] > 0)


def measured(asked: Judged, with_threshold: bool, seed: int = 1) -> Fit:
    """The calibration of `asked` that is worth most by halves: of scaling and threshold, of scaling alone, or none.

    Questions made from the archive's sentences share their words with them and do not tell where to refuse others, so
    `with_threshold` is for questions that people asked.
    """
    order = np.random.default_rng(seed).permutation(len(asked))
    halves = [asked.take(order[start::2]) for start in (0, 1)]
    before = _held_out(halves, [Calibration(), Calibration()])
    tried = [(Calibration(), before)]
    for moving in (False, True)[: 1 + with_threshold]:
        fits = [_fit(half, moving) for half in reversed(halves)]
        tried.append((_fit(asked, moving), _held_out(halves, fits)))
    best, after = min(tried, key=lambda one: one[1].error + one[1].wrong)
    kept = replace(best, questions=len(asked), error_before=before.error, error_after=after.error)
    return Fit(replace(kept, weights=fingerprint()), before, after)


def _held_out(halves: Sequence[Judged], fits: Sequence[Calibration]) -> Trust:
    """Each half judged by the fit that stands beside it."""
    together = Judged(*(np.concatenate(both) for both in zip(*map(_columns, halves), strict=True)))
    chances = np.concatenate([_scaled(half, fit) for half, fit in zip(halves, fits, strict=True)])
    bounds = np.concatenate([np.full(len(half), _threshold(fit)) for half, fit in zip(halves, fits, strict=True)])
    return trust(together, chances, bounds)


def _columns(asked: Judged) -> tuple[Floats, Floats, Bools, Bools]:
    return asked.chance, asked.support, asked.right, asked.answerable


def _threshold(calibration: Calibration) -> float:
    return weights().threshold if calibration.threshold is None else calibration.threshold


def _odds(chances: Floats) -> Floats:
    bounded = np.clip(chances, 1e-4, 1 - 1e-4)
    result: Floats = np.log(bounded / (1 - bounded))
    return result


def _scaled(asked: Judged, calibration: Calibration) -> Floats:
    return sigmoid(calibration.slope * _odds(asked.chance) + calibration.offset)


def _fit(asked: Judged, with_threshold: bool) -> Calibration:
    """Confidence is fitted on what would be answered: only there a reader sees it."""
    threshold = best_threshold(asked) if with_threshold else None
    given = asked.support >= (weights().threshold if threshold is None else threshold)
    if not given.any():
        return Calibration(threshold=threshold)
    slope, offset = platt(_odds(asked.chance[given]), asked.right[given].astype(float))
    return Calibration(slope, offset, threshold=threshold)


def best_threshold(asked: Judged) -> float | None:
    """The support below which to refuse for the most right decisions; None where the shipped one will do."""
    if min(int(asked.answerable.sum()), int((~asked.answerable).sum())) < _FEWEST:
        return None
    shipped = weights().threshold
    bounds = sigmoid(_odds(np.full(len(_STEPS), shipped)) + _STEPS)
    given = asked.support[None, :] >= bounds[:, None]
    good = (given & asked.right).sum(axis=1) + (~given & ~asked.answerable).sum(axis=1)
    gains = good - _MOVED * _STEPS**2
    best = int(np.argmax(gains))
    return float(bounds[best]) if gains[best] > gains[len(_STEPS) // 2] + 1e-9 else None


def trust(asked: Judged, chances: Floats, bounds: Floats) -> Trust:
    given = asked.support >= bounds
    return Trust(
        expected_error(chances[given], asked.right[given].astype(float)),
        _share(~asked.right[given]),
        _share(~given[asked.answerable]),
        _share(given[~asked.answerable]),
        _share(~np.where(given, asked.right, ~asked.answerable)),
    )


def _share(flags: Bools) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def platt(odds: Floats, right: Floats) -> tuple[float, float]:
    """Slope and offset of the logistic regression of `right` on `odds`, held near (1, 0), by Newton's method with steps
    halved until they help: where nearly all odds are high and half are wrong, a whole step leaps beyond return."""
    weights_of, columns = np.array([1.0, 0.0]), np.column_stack([odds, np.ones(len(odds))])
    ridge = np.array([_RIDGE if min(right.sum(), len(right) - right.sum()) >= _FEWEST else 1e6, _RIDGE])

    def loss(at: Floats) -> float:
        total = columns @ at
        return float((np.logaddexp(0, total) - right * total).sum() + (ridge * (at - [1.0, 0.0]) ** 2).sum() / 2)

    for _ in range(50):
        chance = sigmoid(columns @ weights_of)
        slope = columns.T @ (chance - right) + ridge * (weights_of - [1.0, 0.0])
        curve = (columns * (chance * (1 - chance))[:, None]).T @ columns + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        while np.abs(step).max() > 1e-9 and loss(weights_of - step) > loss(weights_of):
            step = step / 2
        weights_of = weights_of - step
        if np.abs(step).max() < 1e-8:
            break
    return max(float(weights_of[0]), 0.05), float(weights_of[1])


def expected_error(chances: Floats, right: Floats, bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017): the mean gap of confidence and share right, over equal bins."""
    which = np.minimum((chances * bins).astype(int), bins - 1)
    gaps = [abs(float((chances - right)[which == one].sum())) for one in range(bins)]
    return sum(gaps) / max(len(right), 1)


def _judged(archive: Readable, one: Labelled) -> tuple[float, float, bool, bool]:
    finding = best_finding(archive, understand(archive, one.question, one.history), None, weights())
    quoted = squeeze(_quoted(archive, finding))
    right = any(all(squeeze(part) in quoted for part in parts) for parts in one.answers)
    return finding.confidence, finding.support, right, bool(one.answers)


def _quoted(archive: Readable, finding: Finding) -> str:
    return "\n".join(citation.quote for citation in quote(archive, finding)) if finding.scored else ""


def _self_judged(archive: Readable, seed: int) -> list[tuple[float, float, bool, bool]]:
    chance = random.Random(seed)
    articles = [one for one in archive.articles() if one.title]
    articles = chance.sample(articles, min(len(articles), _ARTICLES))
    made = [example for one in articles for example in _made(one, chance)]
    others = [example.question for example in made]
    misses = [near_miss(example, others, chance) for example in made]
    asked = made + [miss for miss in misses if miss.trick == "word"]
    findings = [(find(archive, example.question, None, weights()), example) for example in asked]
    return [
        (finding.confidence, finding.support, is_right(_quoted(archive, finding), example), bool(example.gold))
        for finding, example in findings
    ]


_ARTICLES: Final = 300  # of a large archive, enough for some 1,500 questions


def _made(article: Article, chance: random.Random) -> list[Example]:
    body = "\n".join(paragraph.text for paragraph in article.paragraphs if paragraph.kind == "body")
    return list(asked_of(article.source, article.title, body, chance))[:3]
