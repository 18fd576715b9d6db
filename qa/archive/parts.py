"""What a generation holds, opened piece by piece as it is used: tables, postings, vectors and token ids."""

from __future__ import annotations

import mmap
import threading
from collections.abc import Callable, Mapping, Sequence, Sized
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from qa.archive.dropping import dropped_pages, without
from qa.archive.numbered import NumberedLexical, NumberedTokens, NumberedVectors
from qa.archive.threads import spread
from qa.datatypes import Passage
from qa.errors import IndexDamaged, IndexModel
from qa.store import Generation, JoinedTables

if TYPE_CHECKING:
    from embeddings.encoder import Encoder

TABLES, LEXICAL, VECTORS = "pages.sqlite", "lexical", "vectors.npy"
TOKENS, STARTS = "tokens.npy", "token_starts.npy"
JOINED = "joined"  # folder with postings, or with codes, that several segments share
LISTS = "lists"  # folder with the codes of the vectors of each segment, of a large index only
Joined = dict[str, list[str]]  # name of a list of postings to the segments that share it
_Part = TypeVar("_Part")


def indexed_text(passage: Passage) -> str:
    """What of a passage is encoded and searched: the headlines of its article, then its words."""
    if not passage.context or passage.text.startswith(passage.context):
        return passage.text
    return f"{passage.context}\n{passage.text}"


class Parts:
    """The parts of one generation; each is opened at its first use, once, whichever thread comes first."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.segments = [str(name) for name in generation.description["segments"]]
        self.dropped = dropped_pages(generation.description, self.segments)
        self.tables = JoinedTables(self.files(TABLES), generation.folder, self.dropped)
        self._opened: dict[str, Any] = {}
        self._guard = threading.RLock()

    @property
    def lexical(self) -> NumberedLexical:
        return self._once("lexical", self._open_lexical)

    @property
    def vectors(self) -> NumberedVectors:
        return self._once("vectors", self._open_vectors)

    @property
    def tokens(self) -> NumberedTokens | None:
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

    def files(self, name: str) -> list[Path]:
        """The file of that name in every segment."""
        return [self.generation.folder / segment / name for segment in self.segments]

    def _open_lexical(self) -> NumberedLexical:
        from qa.lexical import LexicalIndex

        numbers, numbering = [int(segment[1:]) for segment in self.segments], self.tables.numbering
        gone = numbering.size - len(numbering)
        frequencies = without(self.generation.folder) if gone else None
        index = LexicalIndex(*self._postings(), dropped=gone, without=frequencies)
        return NumberedLexical(numbering, index, numbers)

    def _postings(self) -> list[Path]:
        """The folders that hold the postings of all segments, each once."""
        joined: Joined = self.generation.description.get("joined", {})
        own = sorted(set(self.segments).difference(*joined.values()))
        names = [f"{JOINED}/{name}" for name in joined] + [f"{segment}/{LEXICAL}" for segment in own]
        return [self.generation.folder / name for name in names]

    def _open_vectors(self) -> NumberedVectors:
        from embeddings.codes import read_lists
        from embeddings.inverted import RANKED, InvertedIndex
        from embeddings.vectors import Blocks, VectorIndex

        description, told = self.generation.description, self.generation.description["vectors"]
        blocks = Blocks([self._mapped(file) for file in self.files(VECTORS)], description["model"]["dim"])
        if told["search"] == "exact":
            return NumberedVectors(self.tables.numbering, blocks, VectorIndex.of(blocks))
        joined: Joined = description.get("joined", {})
        shared = {name: group for name, group in joined.items() if f"{LISTS}/{JOINED}/{name}" in self.generation.files}
        held = lists_of(self.segments, shared)
        lists = [read_lists(self.generation.folder / file, blocks.dim) for file in held]
        inverted = InvertedIndex(blocks, lists, told["probes"], told.get("ranked", RANKED), spread, [*held.values()])
        return NumberedVectors(self.tables.numbering, blocks, inverted)

    def _open_tokens(self) -> NumberedTokens | None:
        if not all(f"{segment}/{TOKENS}" in self.generation.files for segment in self.segments):
            return None
        pairs = zip(self.files(TOKENS), self.files(STARTS), strict=True)
        segments = [(self._mapped(ids), self._mapped(starts)) for ids, starts in pairs]
        return NumberedTokens(self.tables.numbering, segments)

    def _mapped(self, path: Path) -> Any:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if self.generation.description["vectors"]["search"] != "exact":
            _read_here_and_there(array.base)
        return array.view(np.ndarray)  # a plain view: slicing a memmap object costs more than the copy that follows


def lists_of(segments: Sequence[str], shared: Joined) -> dict[str, list[int]]:
    """The files with the codes of all segments, each once, and the places of the segments that each holds."""
    places = {name: place for place, name in enumerate(segments)}
    held = {f"{LISTS}/{JOINED}/{name}": [places.pop(one) for one in group] for name, group in shared.items()}
    return held | {f"{LISTS}/{name}": [place] for name, place in places.items()}


def _read_here_and_there(mapped: Any) -> None:
    """A search looks at a few hundred places of a large file: the system is not to read what stands around them."""
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_RANDOM"):
        mapped.madvise(mmap.MADV_RANDOM)


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
