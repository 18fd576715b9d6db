"""What a generation holds, opened piece by piece as it is used: tables, postings, vectors and token ids."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from qa.datatypes import Passage
from qa.errors import IndexDamaged, IndexModel
from qa.store import Generation, Tables

if TYPE_CHECKING:
    from embeddings.encoder import Encoder
    from embeddings.inverted import InvertedIndex
    from embeddings.vectors import VectorIndex
    from qa.lexical import LexicalIndex

TABLES, LEXICAL, VECTORS = "pages.sqlite", "lexical", "vectors.faiss"
EXACT = "vectors.npy"  # of an inverted file only
TOKENS, STARTS = "tokens.npy", "token_starts.npy"
_Part = TypeVar("_Part")
TokenIds = npt.NDArray[np.int32]


def indexed_text(passage: Passage) -> str:
    """What of a passage is encoded and searched: the headlines of its article, then its words."""
    if not passage.context or passage.text.startswith(passage.context):
        return passage.text
    return f"{passage.context}\n{passage.text}"


class Tokens:
    """Token ids of all passages in one array; those of row i stand from `starts[i]` to `starts[i + 1]`."""

    def __init__(self, ids: Any, starts: Any) -> None:
        self._ids, self._starts = ids, starts

    def __len__(self) -> int:
        return len(self._starts) - 1

    def of(self, rows: Sequence[int]) -> list[TokenIds]:
        return [self._ids[self._starts[row] : self._starts[row + 1]].astype(np.int32) for row in rows]


def write_tokens(folder: Path, tokens: Iterable[TokenIds]) -> None:
    listed = list(tokens)
    ids = np.concatenate([*listed, np.zeros(0, np.int32)])
    small = np.uint16 if ids.max(initial=0) < 2**16 else np.int32
    np.save(folder / TOKENS, ids.astype(small), allow_pickle=False)
    starts = np.cumsum([0, *map(len, listed)], dtype=np.int64)
    np.save(folder / STARTS, starts, allow_pickle=False)


class Parts:
    """The parts of one generation; each is opened at its first use, once, whichever thread comes first."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.tables = Tables(generation.folder / TABLES)
        self._opened: dict[str, Any] = {}
        self._guard = threading.Lock()

    @property
    def lexical(self) -> LexicalIndex:
        return self._once("lexical", self._open_lexical)

    @property
    def vectors(self) -> VectorIndex | InvertedIndex:
        return self._once("vectors", self._open_vectors)

    @property
    def tokens(self) -> Tokens | None:
        """None for a model without vectors for tokens."""
        return self._once("tokens", self._open_tokens)

    def close(self) -> None:
        self.tables.close()
        self._opened.clear()
        self.generation.close()

    def _once(self, name: str, opening: Callable[[], _Part]) -> _Part:
        if name not in self._opened:
            with self._guard:
                if name not in self._opened:
                    self._opened[name] = self._checked(name, opening())
        part: _Part = self._opened[name]
        return part

    def _checked(self, name: str, part: _Part) -> _Part:
        if isinstance(part, Sized) and len(part) != self.tables.passage_count:
            raise IndexDamaged(
                f"{self.generation.folder} holds {self.tables.passage_count} passages but {len(part)} in its {name}; "
                "build it again with `python -m qa index PATH... --rebuild`."
            )
        return part

    def _open_lexical(self) -> LexicalIndex:
        from qa.lexical import LexicalIndex

        return LexicalIndex(self.generation.folder / LEXICAL)

    def _open_vectors(self) -> VectorIndex | InvertedIndex:
        from embeddings.inverted import InvertedIndex
        from embeddings.vectors import VectorIndex

        folder, described = self.generation.folder, self.generation.description
        dim = described["model"]["dim"]
        if EXACT in self.generation.files:
            return InvertedIndex.load(folder / VECTORS, folder / EXACT, dim, described["vectors"]["recall"])
        return VectorIndex.load(folder / VECTORS, dim)

    def _open_tokens(self) -> Tokens | None:
        if TOKENS not in self.generation.files:
            return None
        ids, starts = (
            # A plain view: slicing a memmap object costs more than the copy that follows.
            np.load(self.generation.folder / name, mmap_mode="r", allow_pickle=False).view(np.ndarray)
            for name in (TOKENS, STARTS)
        )
        return Tokens(ids, starts)


def check_model(index: Path, model: Mapping[str, Any], encoder: Encoder) -> None:
    """Raises IndexModel unless `encoder` is the very model that the index was built with."""
    if (model["fingerprint"], model["dim"]) != (encoder.fingerprint, encoder.dim):
        raise IndexModel(
            f"{index} was built with the model {_describe(model['name'], model['dim'], model['fingerprint'])}, "
            f"not with {_describe(encoder.name, encoder.dim, encoder.fingerprint)}; "
            "name the model it was built with, or build it again with `python -m qa index PATH... --rebuild`."
        )


def _describe(name: str, dim: int, fingerprint: str) -> str:
    return f"{name} ({dim} dimensions, {fingerprint[:8]})"
