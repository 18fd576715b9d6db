"""Nearest vectors among very many: inverted files of short codes find candidates, exact scores rank them.

Sivic and Zisserman 2003 for the inverted file, Jegou, Douze and Schmid 2011 for the way FAISS does it. A code has four
bits for two dimensions, and is compared by looking up sums in registers (Andre, Kermarrec and Le Scouarnec 2015). Lists
and vectors are memory-mapped. One trained quantiser serves several blocks of vectors, each with an inverted file of its
own, so that a block more costs nothing but itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.encoder import ModelLoadError, Vectors
from embeddings.vectors import Blocks, Rows, VectorIndex, finite

RECALL = 0.98  # of the ten nearest, against exact search, below which more lists are probed
_WIDER = 4  # so many times more candidates than wanted are ranked exactly
_FEWEST = 200
_TRAINING = 40  # vectors a list
_FEWEST_TRAINED, _MOST_TRAINED = 1_000, 20_000  # vectors that short codes need to be learned, and that are enough
_ITERATIONS = 8
_FEWEST_LISTS = 16
_A_LIST = 2**14  # vectors: short codes are read so fast that it does not pay to pick from many lists
PROBES = 4  # to begin with
_QUERIES = 300
_DIRECT = 20_000  # allowed vectors up to which all of them are scored
_AT_ONCE = 1 << 14


def train(blocks: Blocks) -> Any:
    """An empty inverted file whose lists suit the vectors of `blocks`, of which there is at least one."""
    import faiss

    lists = max(1, min(_FEWEST_LISTS, len(blocks) // _TRAINING), len(blocks) // _A_LIST)
    short = blocks.dim % 2 == 0 and len(blocks) >= _FEWEST_TRAINED
    codes = f"PQ{blocks.dim // 2}x4fs" if short else "SQ8"
    index: Any = faiss.index_factory(blocks.dim, f"IVF{lists},{codes}", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = _ITERATIONS
    chosen = np.sort(np.random.default_rng(0).permutation(len(blocks))[: max(_TRAINING * lists, _MOST_TRAINED)])
    index.train(finite(blocks.take(chosen)))
    return index


def filled(trained: Any, vectors: npt.NDArray[np.float16]) -> Any:
    """A copy of the empty inverted file `trained` that holds `vectors`, numbered from 0."""
    import faiss

    index = faiss.clone_index(trained)
    for first in range(0, len(vectors), _AT_ONCE):
        index.add(finite(vectors[first : first + _AT_ONCE].astype(np.float32)))
    return index


def write_lists(index: Any, path: str | os.PathLike[str]) -> None:
    import faiss

    Path(path).write_bytes(faiss.serialize_index(index).tobytes())


def read_lists(path: str | os.PathLike[str], dim: int) -> Any:
    """A file of `write_lists`, memory-mapped, whose checksum the caller has verified: FAISS believes what it reads.

    Raises ModelLoadError when it is no such file or is of another dimension.
    """
    import faiss

    content = np.memmap(path, np.uint8, "r") if os.path.getsize(path) else np.zeros(0, np.uint8)  # noqa: PTH202
    try:
        reader: Any = faiss
        index: Any = faiss.read_index(reader.ZeroCopyIOReader(reader.swig_ptr(content), len(content)))
    except RuntimeError as error:
        raise ModelLoadError(f"{path} is no inverted file that can be read; build the index again") from error
    if index.d != dim or not hasattr(index, "nprobe"):
        raise ModelLoadError(f"{path} holds vectors of {index.d} dimensions, but the model gives {dim}")
    index.referenced_objects = [content]  # which lives as long as the index
    return index


class InvertedIndex:
    """Reads like `VectorIndex`; approximate. `lists` holds one inverted file for each array of `blocks`."""

    def __init__(self, blocks: Blocks, lists: Sequence[Any], probes: int) -> None:
        if len(blocks) and [index.ntotal for index in lists] != [len(array) for array in blocks.arrays]:
            raise ModelLoadError(f"got inverted files of other lengths than the {len(blocks)} vectors")
        self.dim, self.probes = blocks.dim, probes
        self._blocks, self._lists = blocks, [index for index in lists if index.ntotal]

    @classmethod
    def build(cls, blocks: Blocks) -> InvertedIndex:
        """Trained on the vectors of `blocks`, with as many probes as `probe_enough` finds to be needed."""
        trained = train(blocks) if len(blocks) else None
        index = cls(blocks, [filled(trained, array) for array in blocks.arrays] if trained else [], PROBES)
        index.probe_enough()
        return index

    def probe_enough(self) -> float:
        """Doubles the lists probed until the ten nearest are found as often as RECALL says; returns the recall."""
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
            if recall >= RECALL or self.probes >= self.lists:
                return recall
            self.probes = min(2 * self.probes, self.lists)

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
        """How many there are to probe."""
        return int(self._lists[0].nlist) if self._lists else 0

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
        wide = min(max(_WIDER * k, _FEWEST), len(self))
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
        import faiss

        probes = min(self.probes if rows is None else self.lists, self.lists)
        near, lists = self._lists[0].quantizer.search(vectors, probes)  # one quantiser for all blocks
        start = 0
        for index in self._lists:
            inside = None if rows is None else rows[(rows >= start) & (rows < start + index.ntotal)] - start
            selected = {} if inside is None else {"sel": faiss.IDSelectorBatch(inside)}
            settings: Any = faiss.SearchParametersIVF
            parameters = settings(nprobe=probes, **selected)
            scores, found = _preassigned(index, vectors, wide, lists, near, parameters)
            yield scores, np.where(found >= 0, found + start, -1)
            start += index.ntotal

    def _rank(self, vector: Vectors, rows: Rows, k: int) -> tuple[Rows, Vectors]:
        kept = rows[rows >= 0]
        return _top(kept, np.einsum("ij,j->i", self._blocks.take(kept), vector), k)

    def rows(self, first: int, last: int) -> Vectors:
        """The stored vectors `first` up to, not with, `last`: float32[last - first, dim], of half precision."""
        return self._blocks.take(np.arange(first, last))


def _preassigned(index: Any, vectors: Vectors, k: int, lists: Rows, near: Vectors, parameters: Any) -> Any:
    """Scores and numbers of the `k` best vectors in the given lists: float32[n, k] and int64[n, k], -1 for none."""
    import faiss

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
