"""Using all dimensions: the directions that every text shares are shrunk, those that tell texts apart are grown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from embeddings.encoder import Vectors, unit
from embeddings.pooling import COUNTS, bags, sums
from embeddings.train.pairs import Group, Ids

BEFORE, AFTER = 0.35, 0.15  # powers: of the first vectors, and of the trained ones
_TEXTS = 1000  # of each kind
_SMALLEST = 1e-6


def whitened(table: Vectors, texts: Sequence[Ids], power: float, keep_lengths: bool = False) -> Vectors:
    """`table` turned so that the text vectors it makes spread more evenly over the dimensions: same shape.

    Multiplies with the covariance of the unit vectors of `texts` to the power of minus `power`: 0 changes nothing, 0.5
    is whitening (Su et al. 2021 for sentence vectors). Lengths are token weights and can be kept.
    """
    vectors = unit(sums(bags(texts, COUNTS[1]), lambda ids: table[ids], table.shape[1])).astype(np.float64)
    values, axes = np.linalg.eigh(vectors.T @ vectors / max(1, len(vectors)))
    stretch = np.maximum(values / max(float(values.max()), _SMALLEST), _SMALLEST) ** -power
    turned: Vectors = (table @ (axes * stretch @ axes.T)).astype(np.float32)
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    if keep_lengths:
        kept: Vectors = unit(turned) * lengths
        return kept
    grown = float(np.linalg.norm(turned, axis=1).mean()) / max(float(lengths.mean()), _SMALLEST)
    turned /= max(grown, _SMALLEST)
    return turned


def sample(groups: Sequence[Group]) -> list[Ids]:
    """Passages, and sentences of both languages, spread evenly over the training data."""
    by_name = {group.name: group for group in groups}
    texts: list[Ids] = []
    for name in ("contexts", "articles", "parallel"):
        if name in by_name:
            texts += _spread(by_name[name].documents)
    return texts + (_spread(by_name["parallel"].queries) if "parallel" in by_name else [])


def _spread(texts: Sequence[Ids]) -> list[Ids]:
    """At most _TEXTS of `texts`, at even steps from the first on."""
    count = min(len(texts), _TEXTS)
    return [texts[number * len(texts) // count] for number in range(count)]
