"""Nearest rows by inner product: FAISS under an interface of rows and scores."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.encoder import ModelLoadError, Vectors
from embeddings.mapped import Lent

Rows = npt.NDArray[np.int64]
_SMALLEST_LIMIT = 1 << 20
_OFTEN = 1 << 10  # vectors read until what is mapped of each file is given back
_AT_ONCE = 1 << 14  # vectors of half precision made longer at a time


class Blocks:
    """Vectors of half precision in several arrays, which may be memory-mapped, numbered from 0 through all of them.

    Raises ModelLoadError for an array of another dimension than `dim`.
    """

    def __init__(self, arrays: Iterable[npt.NDArray[np.float16]], dim: int) -> None:
        self.arrays = list(arrays)
        self.dim = dim
        for array in self.arrays:
            if array.ndim != 2 or array.shape[1] != dim:
                raise ModelLoadError(f"got vectors of shape {array.shape}, but the model gives {dim} dimensions")
        self.starts = np.cumsum([0, *map(len, self.arrays)])
        self._lent = Lent(self.arrays, _OFTEN)

    def __len__(self) -> int:
        return int(self.starts[-1])

    def take(self, places: npt.ArrayLike) -> Vectors:
        """The vectors with these numbers, in their order: float32[n, dim]."""
        wanted = np.asarray(places, np.int64)
        vectors = np.empty((len(wanted), self.dim), np.float32)
        order = np.argsort(wanted, kind="stable")
        bounds = np.searchsorted(wanted[order], self.starts).tolist()
        for array, start, first, last in zip(self.arrays, self.starts, bounds, bounds[1:], strict=False):
            if first < last:
                places = order[first:last]
                vectors[places] = array.take(wanted[places] - start, axis=0)
        self._lent.was_read(len(wanted))
        return vectors


class VectorIndex:
    """Unit vectors of one dimension, numbered from 0 in the order they were added; cosine is the inner product.

    Exact search. Reading is thread-safe; `add` is not.
    """

    def __init__(self, dim: int, _index: Any = None) -> None:
        import faiss

        self.dim = dim
        self._index = faiss.IndexFlatIP(dim) if _index is None else _index

    @classmethod
    def of(cls, blocks: Blocks) -> VectorIndex:
        """All vectors of `blocks`, under their numbers, kept as they are: in half precision."""
        import faiss

        half = faiss.ScalarQuantizer.QT_fp16
        index = cls(blocks.dim, faiss.IndexScalarQuantizer(blocks.dim, half, faiss.METRIC_INNER_PRODUCT))
        for array in blocks.arrays:
            for first in range(0, len(array), _AT_ONCE):
                index.add(array[first : first + _AT_ONCE])
        return index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, vectors: npt.NDArray[Any]) -> None:
        """Appends the rows of `vectors`, float[n, dim]. Raises ModelLoadError when they do not fit."""
        self._index.add(self._fitting(vectors))

    def search(
        self, queries: npt.NDArray[Any], k: int, allowed: Iterable[int] | None = None
    ) -> list[tuple[Rows, Vectors]]:
        """For each query at most `k` rows and their scores, best first; only rows of `allowed` where it is given.

        Raises ModelLoadError when the queries have another dimension.
        """
        vectors = self._fitting(queries)
        rows = None if allowed is None else np.unique(np.fromiter(allowed, np.int64))
        found = min(k, len(self) if rows is None else len(rows))
        if found < 1 or not len(vectors):
            return [(np.zeros(0, np.int64), np.zeros(0, np.float32)) for _ in vectors]
        scores, ids = self._index.search(vectors, found, params=_selection(rows))
        return [(row[row >= 0], score[row >= 0]) for row, score in zip(ids, scores, strict=True)]

    search_roughly = search  # which would be no faster

    def rows(self, first: int, last: int) -> Vectors:
        """The stored vectors `first` up to, not with, `last`: float32[last - first, dim]."""
        if last <= first:
            return np.zeros((0, self.dim), np.float32)
        vectors: Vectors = self._index.reconstruct_n(first, last - first)
        return vectors

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the index to one file. The caller checks its bytes before they are read again."""
        import faiss

        Path(path).write_bytes(faiss.serialize_index(self._index).tobytes())

    @classmethod
    def load(cls, path: str | os.PathLike[str], dim: int) -> VectorIndex:
        """Reads a file of `save` whose checksum the caller has verified: FAISS itself does not notice flipped bits.

        Raises ModelLoadError when the file is no index or its vectors have another dimension than `dim`.
        """
        import faiss

        content = np.frombuffer(Path(path).read_bytes(), np.uint8)
        faiss.set_deserialization_vector_byte_limit(max(_SMALLEST_LIMIT, 2 * len(content)))
        try:
            index = faiss.deserialize_index(content)
        except RuntimeError as error:
            raise ModelLoadError(f"{path} is no vector index that can be read; build the index again") from error
        if index.d != dim:
            raise ModelLoadError(f"{path} holds vectors of {index.d} dimensions, but the model gives {dim}")
        return cls(dim, index)

    def _fitting(self, vectors: npt.NDArray[Any]) -> Vectors:
        rows = np.ascontiguousarray(vectors, np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.dim:
            raise ModelLoadError(f"got vectors of shape {rows.shape}, but the index holds {self.dim} dimensions")
        return finite(rows)


def finite(vectors: Vectors) -> Vectors:
    """`vectors` as they are. Raises ModelLoadError when a number in them is none."""
    if not np.isfinite(vectors).all():
        raise ModelLoadError("got vectors with numbers that are not finite; the model is damaged")
    return vectors


def _selection(rows: Rows | None) -> Any:
    if rows is None:
        return None
    import faiss

    parameters: Any = faiss.SearchParameters
    return parameters(sel=faiss.IDSelectorBatch(rows))
