"""Nearest rows among very many: an inverted file of eight-bit codes finds candidates, exact scores rank them.

Sivic and Zisserman 2003 for the inverted file, Jegou, Douze and Schmid 2011 for the way FAISS does it. The stored
vectors are of half precision and memory-mapped, so that resident memory is one byte a dimension.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.encoder import ModelLoadError, Vectors
from embeddings.vectors import Rows, VectorIndex

RECALL = 0.98  # of the ten nearest, against exact search, below which more lists are probed
_WIDER = 4  # so many times more candidates than wanted are ranked exactly
_FEWEST = 200
_TRAINING = 40  # vectors a list
_ITERATIONS = 8
_PROBES = 16  # to begin with
_QUERIES = 300
_DIRECT = 20_000  # allowed rows up to which all of them are scored


class InvertedIndex:
    """Reads like `VectorIndex`; approximate, with the recall of ten that was measured when it was built."""

    def __init__(self, index: Any, exact: npt.NDArray[np.float16], recall: float) -> None:
        self.dim = int(index.d)
        self.recall = recall
        self._index = index
        self._exact = exact

    @classmethod
    def build(cls, vectors: VectorIndex) -> InvertedIndex:
        """From all rows of `vectors`; probes as many lists as RECALL takes."""
        import faiss

        count, dim = len(vectors), vectors.dim
        lists = max(1, int(2 * count**0.5))
        index: Any = faiss.index_factory(dim, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        index.cp.niter = _ITERATIONS
        rows = np.sort(np.random.default_rng(0).permutation(count)[: _TRAINING * lists])
        index.train(np.concatenate([vectors.rows(int(row), int(row) + 1) for row in rows]))
        exact = np.empty((count, dim), np.float16)
        for first in range(0, count, 2**16):
            part = vectors.rows(first, min(count, first + 2**16))
            index.add(part)
            exact[first : first + len(part)] = part
        index.nprobe = _PROBES
        built = cls(index, exact, 0.0)
        built._probe_enough(vectors)
        return built

    def _probe_enough(self, vectors: VectorIndex) -> None:
        """Doubles the lists probed until the ten nearest are found as often as RECALL says."""
        choose = np.random.default_rng(1)
        rows = choose.integers(0, len(vectors), (2, min(_QUERIES, len(vectors))))
        mixed = np.stack([self._exact[one].astype(np.float32) for one in rows]).sum(axis=0)
        queries = mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-9)
        wanted = [set(found.tolist()) for found, _ in vectors.search(queries, 10)]
        while True:
            found = [set(one.tolist()) for one, _ in self.search(queries, 10)]
            hits = [len(one & other) / len(one) for one, other in zip(wanted, found, strict=True)]
            self.recall = float(np.mean(hits))
            if self.recall >= RECALL or self._index.nprobe >= self._index.nlist:
                return
            self._index.nprobe = min(2 * self._index.nprobe, self._index.nlist)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, queries: npt.NDArray[Any], k: int, allowed: Iterable[int] | None = None
    ) -> list[tuple[Rows, Vectors]]:
        """For each query at most `k` rows and their scores, best first; only rows of `allowed` where it is given."""
        vectors = np.ascontiguousarray(queries, np.float32)
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise ModelLoadError(f"got vectors of shape {vectors.shape}, but the index holds {self.dim} dimensions")
        wide = min(max(_WIDER * k, _FEWEST), len(self))
        if allowed is None:
            _, candidates = self._index.search(vectors, wide)
        else:
            candidates = self._among(vectors, wide, np.unique(np.fromiter(allowed, np.int64)))
        return [self._rank(vector, rows[rows >= 0], k) for vector, rows in zip(vectors, candidates, strict=True)]

    def _among(self, vectors: Vectors, wide: int, rows: Rows) -> npt.NDArray[np.int64]:
        if len(rows) <= _DIRECT:
            return np.tile(rows, (len(vectors), 1))
        import faiss

        parameters: Any = faiss.SearchParametersIVF
        every_list = parameters(nprobe=self._index.nlist, sel=faiss.IDSelectorBatch(rows))
        found: npt.NDArray[np.int64] = self._index.search(vectors, wide, params=every_list)[1]
        return found

    def _rank(self, vector: Vectors, rows: Rows, k: int) -> tuple[Rows, Vectors]:
        scores = self._exact[rows].astype(np.float32) @ vector
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def rows(self, first: int, last: int) -> Vectors:
        """The stored vectors `first` up to, not with, `last`: float32[last - first, dim], of half precision."""
        return self._exact[first:last].astype(np.float32)

    def save(self, path: str | os.PathLike[str], exact: str | os.PathLike[str]) -> None:
        """Writes the inverted file and, as a NumPy array, the vectors."""
        import faiss

        Path(path).write_bytes(faiss.serialize_index(self._index).tobytes())
        np.save(Path(exact), self._exact, allow_pickle=False)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], exact: str | os.PathLike[str], dim: int, recall: float
    ) -> InvertedIndex:
        """Reads files of `save` whose checksums the caller has verified. Raises ModelLoadError when they do not fit."""
        index = VectorIndex.load(path, dim)._index
        vectors = np.load(exact, mmap_mode="r", allow_pickle=False).view(np.ndarray)
        if vectors.shape != (index.ntotal, dim):
            raise ModelLoadError(f"{exact} holds {vectors.shape} vectors for {index.ntotal} of {dim} dimensions")
        return cls(index, vectors, recall)
