"""Vectors and token ids of a new generation: taken over, from the cache, or encoded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encoder import Encoder
from embeddings.inverted import InvertedIndex
from embeddings.vectors import VectorIndex
from qa.archive.parts import EXACT, VECTORS, Parts, TokenIds, indexed_text, write_tokens
from qa.datatypes import Passage
from qa.store import Tables, VectorCache

_BATCH = 1024  # passages; what a killed run may lose
LARGE = 50_000  # passages from which on exact search, some 10 ms there, gives way to an inverted file


class VectorWriter:
    """Collects vectors and token ids in order of the rows of `tables`."""

    def __init__(
        self, tables: Tables, encoder: Encoder, cache: VectorCache, progress: Callable[[int, int], None] | None
    ) -> None:
        self._tables, self._encoder, self._cache, self._progress = tables, encoder, cache, progress
        self._vectors = VectorIndex(encoder.dim)
        self._tokens: list[TokenIds] = []
        self._waiting: list[str] = []

    def add(self, passages: list[Passage]) -> None:
        """The next passages, to be encoded unless their text has been before."""
        self._waiting += [indexed_text(passage) for passage in passages]
        while len(self._waiting) >= _BATCH:
            self._encode(_BATCH)

    def take_over(self, old: Parts, source: str) -> None:
        """The next passages are those of `source` in the generation before."""
        self._encode(len(self._waiting))
        first, last = old.tables.span(source)
        self._vectors.add(old.vectors.rows(first, last))
        if old.tokens is not None:
            self._tokens += old.tokens.of(range(first, last))

    def _encode(self, count: int) -> None:
        texts, self._waiting = self._waiting[:count], self._waiting[count:]
        if not texts:
            return
        self._vectors.add(self._cache.encode(texts, self._encoder.encode_document))
        if self._encoder.has_tokens:
            self._tokens += [np.asarray(ids, np.int32) for ids in self._encoder.token_ids(texts)]
        if self._progress:
            self._progress(len(self._vectors), self._tables.passage_count)

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes vectors and tokens; returns how the vectors are searched, for the manifest."""
        self._encode(len(self._waiting))
        count = self._tables.passage_count
        if len(self._cache) > 2 * count + _BATCH:
            self._cache.keep_only([indexed_text(passage) for passage in self._tables.between(0, count)])
        if self._encoder.has_tokens:
            write_tokens(folder, self._tokens)
        if count < LARGE:
            self._vectors.save(folder / VECTORS)
            return {"search": "exact", "recall": 1.0}
        inverted = InvertedIndex.build(self._vectors)
        inverted.save(folder / VECTORS, folder / EXACT)
        return {"search": "inverted file", "recall": round(inverted.recall, 4)}
