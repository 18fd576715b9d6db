"""The measures, over plain numbers. Ranks count from 1; every measure but risk and error is better when higher."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PUNCTUATION = re.compile(r"[^\w%℃°+.]|_", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % interval; `n` observations. All are NaN when there is nothing to average."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of paired differences b - a, its 95 % bootstrap interval, and the two-sided p-value of a sign-flip test."""

    mean: float
    low: float
    high: float
    p_value: float
    n: int


def hit_at(relevant: Sequence[bool], k: int) -> float:
    """1 when one of the first `k` results is relevant, else 0."""
    return float(any(relevant[:k]))


def reciprocal_rank(relevant: Sequence[bool], k: int = 10) -> float:
    """1 / rank of the first relevant result among the first `k`, 0 without one (MRR@k is the mean of it)."""
    return next((1.0 / rank for rank, is_relevant in enumerate(relevant[:k], 1) if is_relevant), 0.0)


def ndcg(gains: Sequence[float], ideal: Sequence[float], k: int = 10) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002) of the gains in ranked order.

    `ideal` holds the gains of everything relevant in the corpus, in any order. 0 when nothing is relevant.
    """
    best = _dcg(sorted(ideal, reverse=True)[:k])
    return _dcg(gains[:k]) / best if best > 0 else 0.0


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def normalise_answer(text: str) -> str:
    """An answer string for comparing: NFKC, lower case, no white space, no punctuation."""
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text).lower())


def contains(text: str, part: str) -> bool:
    """Whether `part` stands in `text` after NFKC and without white space (the rule of the question files)."""
    return _compact(part) in _compact(text)


def _compact(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def exact_match(prediction: str, references: Sequence[str]) -> float:
    """SQuAD's exact match (Rajpurkar et al. 2016) after `normalise_answer`."""
    return float(any(normalise_answer(prediction) == normalise_answer(reference) for reference in references))


def character_f1(prediction: str, references: Sequence[str]) -> float:
    """Best F1 over characters, the form of SQuAD's F1 that CMRC and DRCD use for Chinese."""
    return max((_overlap_f1(normalise_answer(prediction), normalise_answer(one)) for one in references), default=0.0)


def _overlap_f1(a: str, b: str) -> float:
    shared = sum((Counter(a) & Counter(b)).values())
    return 2 * shared / (len(a) + len(b)) if shared else 0.0


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> tuple[Floats, Floats]:
    """Coverage and risk (share of wrong answers) when only the most confident are answered, for every coverage."""
    order = np.argsort(-np.asarray(confidence, dtype=np.float64), kind="stable")
    wrong = 1.0 - np.asarray(right, dtype=np.float64)[order]
    answered = np.arange(1, len(wrong) + 1)
    return answered / max(len(wrong), 1), np.cumsum(wrong) / answered


def area_under_risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Mean risk over all coverages (Geifman and El-Yaniv 2017). Lower is better; NaN without observations."""
    return float(risk_coverage(confidence, right)[1].mean()) if len(right) else math.nan


def calibration_bins(
    confidence: Sequence[float], right: Sequence[bool], bins: int = 10
) -> list[tuple[float, float, int]]:
    """Mean confidence, accuracy and count of each non-empty bin of equal width."""
    scores, truth = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=np.float64)
    which = np.clip((scores * bins).astype(int), 0, bins - 1)
    members = [which == i for i in range(bins)]
    return [(float(scores[m].mean()), float(truth[m].mean()), int(m.sum())) for m in members if m.any()]


def expected_calibration_error(confidence: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Mean gap between confidence and accuracy, weighted by bin size (Guo et al. 2017). Lower is better."""
    if not len(right):
        return math.nan
    return sum(abs(mean - accuracy) * n for mean, accuracy, n in calibration_bins(confidence, right, bins)) / len(right)


def bootstrap(
    values: Sequence[float],
    statistic: Callable[[Floats], float] = lambda v: float(v.mean()),
    resamples: int = 1000,
    seed: int = 0,
) -> Interval:
    """`statistic` over `values` with its 95 % percentile interval (Efron 1979), reproducible by `seed`."""
    data = np.asarray(values, dtype=np.float64)
    if not len(data):
        return Interval(math.nan, math.nan, math.nan, 0)
    generator = np.random.default_rng(seed)
    drawn = [statistic(data[generator.integers(0, len(data), len(data))]) for _ in range(resamples)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(statistic(data), float(low), float(high), len(data))


def paired_difference(a: Sequence[float], b: Sequence[float], resamples: int = 10_000, seed: int = 0) -> Difference:
    """Whether b differs from a on the same questions: sign-flip permutation test (Fisher 1935) on b - a."""
    gaps = np.asarray(b, dtype=np.float64) - np.asarray(a, dtype=np.float64)
    if not len(gaps):
        return Difference(math.nan, math.nan, math.nan, math.nan, 0)
    generator = np.random.default_rng(seed)
    means = (float((generator.choice((-1.0, 1.0), len(gaps)) * gaps).mean()) for _ in range(resamples))
    as_extreme = sum(abs(mean) >= abs(gaps.mean()) - 1e-12 for mean in means)
    interval = bootstrap(gaps.tolist(), seed=seed)
    p_value = (1 + as_extreme) / (1 + resamples)
    return Difference(interval.mean, interval.low, interval.high, p_value, len(gaps))
