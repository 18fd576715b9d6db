"""Late interaction over static token vectors: every query token looks for its best match in the passage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from embeddings.encoder import Encoder, TokenIds, Vectors, unit
from embeddings.pooling import numbered


def late_interaction(encoder: Encoder, query: TokenIds, documents: Sequence[TokenIds]) -> Vectors:
    """Score of `query` against each of `documents` (all as `encoder.token_ids` gives them): float32[n] in [-1, 1].

    MaxSim of ColBERT (Khattab and Zaharia 2020) with cosines between static token vectors, averaged over the query's
    tokens with the length of their vectors as weight. Zero where query or document has no token.
    """
    scores: Vectors = late_interactions(encoder, [query], documents)[0]
    return scores


def late_interactions(encoder: Encoder, queries: Sequence[TokenIds], documents: Sequence[TokenIds]) -> Vectors:
    """`late_interaction` of several queries against the same documents: float32[queries, documents]."""
    scores = np.zeros((len(queries), len(documents)), np.float32)
    filled = np.array([i for i, ids in enumerate(documents) if len(ids)], np.int64)
    if not len(filled):
        return scores
    flat = np.concatenate([documents[i] for i in filled])
    used, where = numbered(flat)
    starts = np.cumsum([0, *(len(documents[i]) for i in filled[:-1])])
    for row, query in enumerate(queries):
        asked = encoder.token_vectors(query)
        weights = np.linalg.norm(asked, axis=1)
        if weights.any():
            cosines = encoder.cosines(used, unit(asked))
            best = np.maximum.reduceat(cosines.take(where, axis=0), starts, axis=0)
            scores[row, filled] = best @ weights / weights.sum()
    return scores
