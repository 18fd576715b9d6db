"""Nearest vectors among very many: all are compared by short codes, exact scores rank the best of them.

Jegou, Douze and Schmid 2011 for product quantisation. A code has four bits for four dimensions, and is compared by
looking up sums in registers (Andre, Kermarrec and Le Scouarnec 2015): so fast that an inverted file (Sivic and
Zisserman 2003), which spares looking at most of them, does not pay. Where there are too few vectors to learn codes
from, and in indexes of earlier versions, there is one. Vectors are memory-mapped. What was trained once serves several
blocks of vectors, each with codes of its own, so that a block more costs nothing but itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.encoder import ModelLoadError, Vectors
from embeddings.vectors import Blocks, Rows, VectorIndex, finite

Each = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]

RECALL = 0.98  # of the ten nearest, against exact search, below which more lists are probed
_WIDER = 4  # so many times more candidates than wanted are ranked exactly
RANKED = 250  # but not fewer than so many, to begin with
_SLACK = 4  # so many times its share of the candidates is taken from each block, as the best are not spread evenly
_FEWEST = 50
_TRAINING = 40  # vectors a list
_FEWEST_TRAINED, _MOST_TRAINED = 1_000, 20_000  # vectors that short codes need to be learned, and that are enough
_FEWEST_LISTS = 16
PROBES = 4  # to begin with
_QUERIES = 300
_DIRECT = 20_000  # allowed vectors up to which all of them are scored
_AT_ONCE = 1 << 14


def train(blocks: Blocks) -> Any:
    """Codes that suit the vectors of `blocks`, of which there is at least one: an index without vectors."""
    import faiss

    short = blocks.dim % 4 == 0 and len(blocks) >= _FEWEST_TRAINED
    lists = max(1, min(_FEWEST_LISTS, len(blocks) // _TRAINING))
    kind = f"PQ{blocks.dim // 4}x4fs" if short else f"IVF{lists},SQ8"
    index: Any = faiss.index_factory(blocks.dim, kind, faiss.METRIC_INNER_PRODUCT)
    chosen = np.sort(np.random.default_rng(0).permutation(len(blocks))[:_MOST_TRAINED])
    index.train(finite(blocks.take(chosen)))
    return index


def filled(trained: Any, vectors: npt.NDArray[np.float16]) -> Any:
    """A copy of the empty index `trained` that holds `vectors`, numbered from 0."""
    import faiss

    index = faiss.clone_index(trained)
    for first in range(0, len(vectors), _AT_ONCE):
        index.add(finite(vectors[first : first + _AT_ONCE].astype(np.float32)))
    return index


def write_lists(index: Any, path: str | os.PathLike[str]) -> None:
    import faiss

    Path(path).write_bytes(faiss.serialize_index(index).tobytes())


def read_lists(path: str | os.PathLike[str], dim: int) -> Any:
    """A file of `write_lists` whose checksum the caller has verified: FAISS believes what it reads.

    Inverted files are memory-mapped, codes without one (dim / 8 bytes a vector) read. Raises ModelLoadError when it is
    no such file or is of another dimension.
    """
    import faiss

    content = np.memmap(path, np.uint8, "r") if os.path.getsize(path) else np.zeros(0, np.uint8)  # noqa: PTH202
    try:
        reader: Any = faiss
        index: Any = faiss.read_index(reader.ZeroCopyIOReader(reader.swig_ptr(content), len(content)))
    except RuntimeError as error:
        raise ModelLoadError(f"{path} is no file of codes that can be read; build the index again") from error
    kinds: Any = faiss.IndexIVF, faiss.IndexPQFastScan
    if not isinstance(index, kinds):
        raise ModelLoadError(f"{path} is no file of codes that can be read; build the index again")
    if index.d != dim:
        raise ModelLoadError(f"{path} holds vectors of {index.d} dimensions, but the model gives {dim}")
    index.referenced_objects = [content]  # which lives as long as the index
    return index


class InvertedIndex:
    """Reads like `VectorIndex`; approximate. `lists` holds the codes of each array of `blocks`.

    `probes` inverted lists are looked at where there are lists, and at least `ranked` candidates ranked exactly. `each`
    does the same for all blocks, as `map` does, perhaps on several threads.
    """

    def __init__(
        self, blocks: Blocks, lists: Sequence[Any], probes: int, ranked: int = RANKED, each: Each = map
    ) -> None:
        if len(blocks) and [index.ntotal for index in lists] != [len(array) for array in blocks.arrays]:
            raise ModelLoadError(f"got codes of another number than the {len(blocks)} vectors")
        self.dim, self.probes, self.ranked = blocks.dim, probes, ranked
        self._blocks, self._lists = blocks, [index for index in lists if index.ntotal]
        self._starts, self._each = blocks.starts[:-1][np.diff(blocks.starts) > 0].tolist(), each

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
        return int(getattr(self._lists[0], "nlist", 1)) if self._lists else 0

    def __len__(self) -> int:
        return len(self._blocks)

    def search(
        self, queries: npt.NDArray[Any], k: int, allowed: Iterable[int] | None = None
    ) -> list[tuple[Rows, Vectors]]:
        """For each query at most `k` rows and their scores, best first; only rows of `allowed` where it is given.

        Raises ModelLoadError for queries of another dimension or with numbers that are not finite.
        """
        vectors = finite(np.ascontiguousarray(queries, np.float32))
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise ModelLoadError(f"got vectors of shape {vectors.shape}, but the index holds {self.dim} dimensions")
        rows = None if allowed is None else np.unique(np.fromiter(allowed, np.int64))
        if k < 1 or not len(vectors) or not len(self) or (rows is not None and not len(rows)):
            return [(np.zeros(0, np.int64), np.zeros(0, np.float32)) for _ in vectors]
        wide = min(max(_WIDER * k, self.ranked), len(self))
        candidates = self._candidates(vectors, wide, rows)
        return [self._rank(vector, found, k) for vector, found in zip(vectors, candidates, strict=True)]

    def _candidates(self, vectors: Vectors, wide: int, rows: Rows | None) -> list[Rows]:
        """For each query the `wide` best rows by their codes."""
        if rows is not None and len(rows) <= _DIRECT:
            return [rows for _ in vectors]
        scores, found = zip(*self._by_block(vectors, wide, rows), strict=True)
        together, numbers = np.concatenate(scores, axis=1), np.concatenate(found, axis=1)
        return [
            row[_top(np.arange(len(row)), np.where(row >= 0, score, -np.inf), wide)[0]]
            for row, score in zip(numbers, together, strict=True)
        ]

    def _by_block(self, vectors: Vectors, wide: int, rows: Rows | None) -> Iterable[tuple[Vectors, Rows]]:
        probe = self._probing(vectors, all_lists=rows is not None)
        share = max(_FEWEST, _SLACK * wide // len(self._lists)) if rows is None else wide

        def found(block: tuple[Any, int]) -> tuple[Vectors, Rows]:
            index, start = block
            inside = None if rows is None else rows[(rows >= start) & (rows < start + index.ntotal)] - start
            if inside is not None and not len(inside):
                return np.zeros((len(vectors), 0), np.float32), np.zeros((len(vectors), 0), np.int64)
            scores, numbers = probe(index, min(share, wide), inside)
            return scores, np.where(numbers >= 0, numbers + start, -1)

        return self._each(found, [*zip(self._lists, self._starts, strict=True)])

    def _probing(self, vectors: Vectors, *, all_lists: bool) -> Callable[[Any, int, Rows | None], tuple[Vectors, Rows]]:
        """What finds the best vectors of a block by their codes, given how many, and which of them are allowed."""
        if not hasattr(self._lists[0], "nprobe"):
            return lambda index, k, inside: _compared(index, vectors, k, inside)
        probes = self.lists if all_lists else min(self.probes, self.lists)
        near, lists = self._lists[0].quantizer.search(vectors, probes)  # one quantiser for all blocks
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
