"""Short codes of vectors in inverted lists: learned, filled, written to files and read again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.encoder import ModelLoadError
from embeddings.vectors import Blocks, finite

_TRAINING = 40  # vectors a list
_FEWEST_TRAINED, _MOST_TRAINED = 1_000, 20_000  # vectors that short codes need to be learned, and that are enough
_LISTS, _FEWEST_LISTS = 64, 16  # of short codes, of longer ones
_AT_ONCE = 1 << 14


def train(blocks: Blocks) -> Any:
    """Codes that suit the vectors of `blocks`, of which there is at least one: an index without vectors."""
    import faiss

    short = blocks.dim % 4 == 0 and len(blocks) >= _FEWEST_TRAINED
    lists = max(1, min(_LISTS if short else _FEWEST_LISTS, len(blocks) // _TRAINING))
    kind = f"IVF{lists}," + (f"PQ{blocks.dim // 4}x4fs" if short else "SQ8")
    index: Any = faiss.index_factory(blocks.dim, kind, faiss.METRIC_INNER_PRODUCT)
    chosen = np.sort(np.random.default_rng(0).permutation(len(blocks))[:_MOST_TRAINED])
    index.train(finite(blocks.take(chosen)))
    return index


def filled(trained: Any, *arrays: npt.NDArray[np.float16]) -> Any:
    """A copy of the empty index `trained` that holds the vectors of all `arrays`, numbered from 0 through all of them.

    FAISS could join lists that are filled already, but writes past the end of one whose length is a multiple of the
    bytes of a block (BlockInvertedLists::add_entries of 1.15).
    """
    import faiss

    index = faiss.clone_index(trained)
    for vectors in arrays:
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
