"""Nearest vectors among very many: they are compared by short codes, exact scores rank the best of them.

Jegou, Douze and Schmid 2011 for product quantisation. A code has four bits for four dimensions, and is compared by
looking up sums in registers (Andre, Kermarrec and Le Scouarnec 2015). Codes stand in inverted lists (Sivic and
Zisserman 2003), an eighth of which is enough where other evidence counts too; all are looked at where recall is
promised. Where there are too few vectors to learn codes from the lists hold longer ones, and in indexes of earlier
versions there may be no lists. Vectors are memory-mapped. What was trained once serves several blocks of vectors, each
with codes of its own, so that a block more costs nothing but itself; blocks may also share lists, which is faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.codes import filled, train
from embeddings.encoder import ModelLoadError, Vectors
from embeddings.vectors import Blocks, Rows, VectorIndex, finite

Each = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]

RECALL = 0.98  # of the ten nearest, against exact search, below which more lists are probed
_WIDER = 4  # so many times more candidates than wanted are ranked exactly
RANKED = 250  # but not fewer than so many, to begin with
_SLACK = 4  # so many times its share of the candidates is taken from each block, as the best are not spread evenly
_FEWEST = 50
_ROUGH = 8  # one list in so many is looked at where a rough answer will do
PROBES = 4  # to begin with
_QUERIES = 300
_DIRECT = 20_000  # allowed vectors up to which all of them are scored
_AT_ONCE = 1 << 14


class _Part:
    """Codes of the vectors of some blocks, whose numbers are `spans`, half-open, among all; inside they run through."""

    def __init__(self, index: Any, spans: Sequence[tuple[int, int]]) -> None:
        self.index = index
        self._firsts = np.array([first for first, _ in spans], np.int64)
        self._ends = np.cumsum([last - first for first, last in spans])
        self._shifts = self._firsts - np.append(0, self._ends[:-1])
        if index.ntotal != self._ends[-1]:
            raise ModelLoadError(f"got codes of another number than the {self._ends[-1]} vectors")

    def numbers(self, inside: Rows) -> Rows:
        """Among all vectors; -1 stays."""
        blocks = np.searchsorted(self._ends[:-1], inside, side="right")
        return np.where(inside >= 0, inside + self._shifts[blocks], -1)

    def inside(self, rows: Rows) -> Rows:
        """Those of the sorted `rows` that are here, under their numbers here."""
        lasts = self._ends + self._shifts
        bounds = zip(np.searchsorted(rows, self._firsts), np.searchsorted(rows, lasts), self._shifts, strict=True)
        return np.concatenate([rows[first:last] - shift for first, last, shift in bounds])


class InvertedIndex:
    """Reads like `VectorIndex`; approximate. `lists` holds the codes of each array of `blocks`.

    Where arrays share them, `held` names those of each of `lists`. `probes` inverted lists are looked at where there
    are lists, and at least `ranked` candidates ranked exactly. `each` does the same for all `lists`, as `map` does,
    perhaps on several threads.
    """

    def __init__(
        self,
        blocks: Blocks,
        lists: Sequence[Any],
        probes: int,
        ranked: int = RANKED,
        each: Each = map,
        held: Sequence[Sequence[int]] | None = None,
    ) -> None:
        spans = list(zip(blocks.starts.tolist(), blocks.starts[1:].tolist(), strict=False))
        chosen = held or [[block] for block in range(len(spans))]
        if len(blocks) and (sorted(chain(*chosen)) != [*range(len(spans))] or len(chosen) != len(lists)):
            raise ModelLoadError(f"got codes of others than the {len(blocks)} vectors")
        self.dim, self.probes, self.ranked = blocks.dim, probes, ranked
        parts = [_Part(index, [spans[n] for n in numbers]) for index, numbers in zip(lists, chosen, strict=False)]
        self._blocks, self._each, self._parts = blocks, each, [part for part in parts if part.index.ntotal]

    @classmethod
    def build(cls, blocks: Blocks) -> InvertedIndex:
        """Trained on the vectors of `blocks`, as `probe_enough` finds to be needed."""
        trained = train(blocks) if len(blocks) else None
        index = cls(blocks, [filled(trained, array) for array in blocks.arrays] if trained else [], PROBES)
        index.probe_enough()
        return index

    def probe_enough(self) -> float:
        """Doubles what is looked at until the ten nearest are found as often as RECALL says; returns the recall."""
        count = len(self)
        if not count:
            return 1.0
        rows = np.random.default_rng(1).integers(0, count, (2, min(_QUERIES, count)))
        mixed = self._blocks.take(rows[0]) + self._blocks.take(rows[1])
        queries = mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-9)
        wanted = [set(rows.tolist()) for rows in self._nearest(queries, 10)]
        while True:
            found = [set(rows.tolist()) for rows, _ in self.search(queries, 10)]
            recall = float(np.mean([len(one & other) / len(one) for one, other in zip(wanted, found, strict=True)]))
            if recall >= RECALL or (self.probes >= self.lists and self.ranked >= count):
                return recall
            if self.probes < self.lists:
                self.probes = min(2 * self.probes, self.lists)
            else:
                self.ranked = min(2 * self.ranked, count)

    def _nearest(self, queries: Vectors, k: int) -> list[Rows]:
        """By brute force, a part of the vectors at a time."""
        best: list[tuple[Rows, Vectors]] = [(np.zeros(0, np.int64), np.zeros(0, np.float32)) for _ in queries]
        for array, start in zip(self._blocks.arrays, self._blocks.starts.tolist(), strict=False):
            for first in range(0, len(array), _AT_ONCE):
                exact = VectorIndex(self.dim)
                exact.add(array[first : first + _AT_ONCE])
                found = exact.search(queries, k)
                best = [
                    _top(np.append(rows, more + start + first), np.append(scores, others), k)
                    for (rows, scores), (more, others) in zip(best, found, strict=True)
                ]
        return [rows for rows, _ in best]

    @property
    def lists(self) -> int:
        """How many there are to probe: one where all codes are compared."""
        return int(getattr(self._parts[0].index, "nlist", 1)) if self._parts else 0

    def __len__(self) -> int:
        return len(self._blocks)

    def search(
        self, queries: npt.NDArray[Any], k: int, allowed: Iterable[int] | None = None
    ) -> list[tuple[Rows, Vectors]]:
        """For each query at most `k` rows and their scores, best first; only rows of `allowed` where it is given.

        Raises ModelLoadError for queries of another dimension or with numbers that are not finite.
        """
        return self._search(queries, k, allowed, self.probes, self.ranked)

    def search_roughly(
        self, queries: npt.NDArray[Any], k: int, allowed: Iterable[int] | None = None
    ) -> list[tuple[Rows, Vectors]]:
        """The same without the promised recall, in a fifth of the time."""
        return self._search(queries, k, allowed, min(self.probes, max(self.lists // _ROUGH, 1)), RANKED)

    def _search(
        self, queries: npt.NDArray[Any], k: int, allowed: Iterable[int] | None, probes: int, ranked: int
    ) -> list[tuple[Rows, Vectors]]:
        vectors = finite(np.ascontiguousarray(queries, np.float32))
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise ModelLoadError(f"got vectors of shape {vectors.shape}, but the index holds {self.dim} dimensions")
        rows = None if allowed is None else np.unique(np.fromiter(allowed, np.int64))
        if k < 1 or not len(vectors) or not len(self) or (rows is not None and not len(rows)):
            return [(np.zeros(0, np.int64), np.zeros(0, np.float32)) for _ in vectors]
        wide = min(max(_WIDER * k, ranked), len(self))
        candidates = self._candidates(vectors, wide, rows, probes)
        return [self._rank(vector, found, k) for vector, found in zip(vectors, candidates, strict=True)]

    def _candidates(self, vectors: Vectors, wide: int, rows: Rows | None, probes: int) -> list[Rows]:
        """For each query the `wide` best rows by their codes."""
        if rows is not None and len(rows) <= _DIRECT:
            return [rows for _ in vectors]
        scores, found = zip(*self._by_part(vectors, wide, rows, probes), strict=True)
        together, numbers = np.concatenate(scores, axis=1), np.concatenate(found, axis=1)
        return [
            row[_top(np.arange(len(row)), np.where(row >= 0, score, -np.inf), wide)[0]]
            for row, score in zip(numbers, together, strict=True)
        ]

    def _by_part(self, vectors: Vectors, wide: int, rows: Rows | None, probes: int) -> Iterable[tuple[Vectors, Rows]]:
        probe = self._probing(vectors, probes if rows is None else self.lists)

        def found(part: _Part) -> tuple[Vectors, Rows]:
            inside = None if rows is None else part.inside(rows)
            if inside is not None and not len(inside):
                return np.zeros((len(vectors), 0), np.float32), np.zeros((len(vectors), 0), np.int64)
            share = _SLACK * wide * part.index.ntotal // len(self) if rows is None else wide
            scores, numbers = probe(part.index, min(max(share, _FEWEST), wide), inside)
            return scores, part.numbers(numbers)

        return self._each(found, self._parts)

    def _probing(self, vectors: Vectors, probes: int) -> Callable[[Any, int, Rows | None], tuple[Vectors, Rows]]:
        """What finds the best vectors of a part by their codes, given how many, and which of them are allowed."""
        index = self._parts[0].index
        if not hasattr(index, "nprobe"):
            return lambda index, k, inside: _compared(index, vectors, k, inside)
        near, lists = index.quantizer.search(vectors, min(probes, self.lists))  # one quantiser for all parts
        return lambda index, k, inside: _preassigned(index, vectors, k, lists, near, inside)

    def _rank(self, vector: Vectors, rows: Rows, k: int) -> tuple[Rows, Vectors]:
        kept = rows[rows >= 0]
        return _top(kept, np.einsum("ij,j->i", self._blocks.take(kept), vector), k)

    def rows(self, first: int, last: int) -> Vectors:
        """The stored vectors `first` up to, not with, `last`: float32[last - first, dim], of half precision."""
        return self._blocks.take(np.arange(first, last))


def _compared(index: Any, vectors: Vectors, k: int, inside: Rows | None) -> tuple[Vectors, Rows]:
    """Scores and numbers of the `k` best vectors by their codes, all of which are compared; -1 for none."""
    if inside is None:
        return index.search(vectors, min(k, index.ntotal))  # type: ignore[no-any-return]
    wanted = min(k, len(inside))
    wide = 2 * wanted * index.ntotal // len(inside)
    while True:  # FAISS cannot leave out any of them
        scores, found = index.search(vectors, min(wide, index.ntotal))
        kept = np.isin(found, inside)
        if wide >= index.ntotal or kept.sum(axis=1).min() >= wanted:
            return scores, np.where(kept, found, -1)
        wide *= 4


def _preassigned(
    index: Any, vectors: Vectors, k: int, lists: Rows, near: Vectors, inside: Rows | None
) -> tuple[Vectors, Rows]:
    """Scores and numbers of the `k` best vectors in the given lists: float32[n, k] and int64[n, k], -1 for none."""
    import faiss

    selected = {} if inside is None else {"sel": faiss.IDSelectorBatch(inside)}
    settings: Any = faiss.SearchParametersIVF
    parameters = settings(nprobe=lists.shape[1], **selected)
    scores, found = np.empty((len(vectors), k), np.float32), np.empty((len(vectors), k), np.int64)
    pointers = (faiss.swig_ptr(array) for array in (vectors, lists, near, scores, found))
    x, assigned, distances, to_scores, to_found = pointers
    index.search_preassigned_c(len(vectors), x, k, assigned, distances, to_scores, to_found, False, parameters)
    return scores, found


def _top(rows: Rows, scores: Vectors, k: int) -> tuple[Rows, Vectors]:
    """The best `k` by score, then by row."""
    if len(rows) > k:
        kept = np.argpartition(-scores, k - 1)
        kept = kept[: max(k, 1)] if scores[kept[k - 1]] > scores[kept[k:]].max() else kept
        rows, scores = rows[kept], scores[kept]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]
