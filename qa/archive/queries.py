"""Queries as the model sees them, each worked out once: many questions are encoded together before they are asked."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from embeddings.encoder import Encoder

# The vector, float32[dim], and the tokens, where the model has vectors for them.
Encoded = tuple[npt.NDArray[np.float32], npt.NDArray[np.int32] | None]


class Queries:
    """Remembers about `most` of them. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[str, Encoded] = {}
        self._guard = threading.Lock()

    def encoded(self, query: str, encoder: Encoder) -> Encoded:
        known = self._known.get(query)
        if known is None:
            known = _encode([query], encoder)[0]
            self._keep([query], [known])
        return known

    def prepare(self, queries: Sequence[str], encoder: Encoder) -> None:
        """Encodes those of `queries` that are new, all at once."""
        new = [query for query in dict.fromkeys(queries) if query not in self._known]
        if new:
            self._keep(new, _encode(new, encoder))

    def _keep(self, queries: Sequence[str], encoded: Sequence[Encoded]) -> None:
        with self._guard:
            if len(self._known) > self._most:
                self._known = {}
            self._known |= dict(zip(queries, encoded, strict=True))


def _encode(queries: Sequence[str], encoder: Encoder) -> list[Encoded]:
    if not encoder.has_tokens:
        return [(vector, None) for vector in encoder.encode_query(queries)]
    tokens = encoder.token_ids(queries)
    return list(zip(encoder.pool(tokens), tokens, strict=True))
