"""Late interaction over static token vectors: every query token looks for its best match in the passage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from embeddings.encoder import Encoder, TokenIds, Vectors, unit


def late_interaction(encoder: Encoder, query: TokenIds, documents: Sequence[TokenIds]) -> Vectors:
    """Score of `query` against each of `documents` (all as `encoder.token_ids` gives them): float32[n] in [-1, 1].

    MaxSim of ColBERT (Khattab and Zaharia 2020) with cosines between static token vectors, averaged over the query's
    tokens with the length of their vectors as weight. Zero where query or document has no token.
    """
    scores = np.zeros(len(documents), np.float32)
    filled = np.array([i for i, ids in enumerate(documents) if len(ids)], np.int64)
    vectors = encoder.token_vectors(query)
    weights = np.linalg.norm(vectors, axis=1)
    if not len(filled) or not weights.any():
        return scores
    used, where = np.unique(np.concatenate([documents[i] for i in filled]), return_inverse=True)
    cosines = unit(encoder.token_vectors(used)) @ unit(vectors).T
    starts = np.cumsum([0, *(len(documents[i]) for i in filled[:-1])])
    best = np.maximum.reduceat(cosines[where], starts, axis=0)
    scores[filled] = best @ weights / weights.sum()
    return scores
