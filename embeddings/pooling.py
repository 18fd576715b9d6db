"""Token rows -> one vector a text: each distinct token once, weighted by how often the text holds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]

COUNTS = ("linear", "sqrt")  # weight of a token that stands n times in a text: n, or the root of n
_FEW = 64  # texts up to which NumPy alone is as fast as a sparse product and its import


@dataclass(frozen=True)
class Bags:
    """Texts as bags: text i has `tokens[starts[i]:starts[i + 1]]`, each once, with its weight."""

    tokens: Ints
    weights: Vectors
    starts: Places


def bags(texts: Sequence[Ints], counts: str = "linear") -> Bags:
    """The distinct tokens of each text, sorted."""
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    flat = np.concatenate([np.zeros(0, np.int32), *texts])
    width = int(flat.max(initial=0)) + 1
    keys = np.repeat(np.arange(len(texts)) * width, sizes) + flat
    keys.sort()
    firsts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, np.int64)
    distinct = keys[firsts]
    times = np.diff(firsts, append=len(keys)).astype(np.float32)
    starts = np.searchsorted(distinct, np.arange(len(texts) + 1) * width)
    return Bags((distinct % width).astype(np.int32), np.sqrt(times) if counts == "sqrt" else times, starts)


def sums(texts: Bags, token_vectors: Callable[[Ints], Vectors], dim: int) -> Vectors:
    """Weighted sum of the token vectors of each text: float32[texts, dim]."""
    count = len(texts.starts) - 1
    if not len(texts.tokens):
        return np.zeros((count, dim), np.float32)
    used, where = numbered(texts.tokens)
    table = token_vectors(used)
    if count <= _FEW:
        pairs = zip(texts.starts[:-1], texts.starts[1:], strict=True)
        # Added one after the other, as the sparse product does: a vector must not depend on what it is encoded with.
        weighted = texts.weights[:, None] * table[where]
        return np.stack([np.add.reduce(weighted[first:last], axis=0) for first, last in pairs])
    from scipy.sparse import csr_array

    shape = (count, len(used))
    product: Vectors = csr_array((texts.weights, where.astype(np.int32), texts.starts.astype(np.int32)), shape) @ table
    return product


def numbered(ids: Ints) -> tuple[Ints, Places]:
    """The distinct `ids`, sorted, and the place of each of `ids` among them: `np.unique` without its sort."""
    seen = np.zeros(int(ids.max()) + 1, bool)
    seen[ids] = True
    distinct = np.flatnonzero(seen)
    places = np.empty(len(seen), np.int64)  # told for the distinct ids, and nobody asks for others
    places[distinct] = np.arange(len(distinct))
    return distinct.astype(np.int32), places[ids]


def unit(vectors: npt.NDArray[Any]) -> Vectors:
    """Rows scaled to length one; rows of length zero, or with numbers that are none, become zero."""
    rows = vectors.astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all():
        rows = np.nan_to_num(rows, nan=0.0, posinf=0.0, neginf=0.0)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return scaled
