"""The loss: both uses of the table, the mean vector and late interaction, must find a query's own document."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from embeddings.pooling import COUNTS, bags
from embeddings.train.pairs import Batch, Ids

_TEMPERATURE = 0.05
_LATE_TEMPERATURE = 0.04
_LATE_LONGEST = 100


def touched(batch: Batch) -> Ids:
    """The tokens of a batch, sorted."""
    return np.unique(np.concatenate([*batch.queries, *batch.documents]))


def loss(rows: torch.Tensor, tokens: Ids, batch: Batch, late_size: int) -> torch.Tensor:
    """Contrastive loss (van den Oord et al. 2018) of the mean vectors plus that of late interaction.

    `rows` are the vectors of `tokens`. Late interaction is dear, so only the first `late_size` pairs take part.
    """
    same = torch.from_numpy((batch.keys[:, None] == batch.keys[None, :]).any(axis=2))
    queries = functional.normalize(_sums(rows, tokens, batch.queries), dim=1)
    documents = functional.normalize(_sums(rows, tokens, batch.documents), dim=1)
    scores = queries @ documents.T / _TEMPERATURE
    mean_loss = 0.5 * (_contrast(scores, same) + _contrast(scores.T, same))
    passages = [ids[:_LATE_LONGEST] for ids in batch.documents[:late_size]]
    late_scores = _late(rows, tokens, batch.queries[:late_size], passages) / _LATE_TEMPERATURE
    few = same[:late_size, :late_size]
    late_loss = 0.7 * _contrast(late_scores, few) + 0.3 * _contrast(late_scores.T, few)
    return mean_loss + late_loss


def _contrast(scores: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    others = same & ~torch.eye(len(scores), dtype=torch.bool)
    return functional.cross_entropy(scores.masked_fill(others.to(scores.device), -1e4), _diagonal(scores))


def _diagonal(scores: torch.Tensor) -> torch.Tensor:
    return torch.arange(len(scores), device=scores.device)


def _flat(tokens: Ids, texts: Sequence[Ids], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    where = np.searchsorted(tokens, np.concatenate(list(texts)))
    offsets = np.cumsum([0, *(len(ids) for ids in texts[:-1])])
    return torch.from_numpy(where).to(device), torch.from_numpy(offsets).to(device)


def _sums(rows: torch.Tensor, tokens: Ids, texts: Sequence[Ids]) -> torch.Tensor:
    """As the trained model pools: a token counts with the root of how often it stands there."""
    found = bags(texts, COUNTS[1])
    where, offsets, weights = np.searchsorted(tokens, found.tokens), found.starts[:-1], found.weights
    parts = (torch.from_numpy(part).to(rows.device) for part in (where, offsets, weights))
    bag, starts, counts = parts
    return functional.embedding_bag(bag, rows, starts, mode="sum", per_sample_weights=counts)


def _late(rows: torch.Tensor, tokens: Ids, queries: Sequence[Ids], documents: Sequence[Ids]) -> torch.Tensor:
    """MaxSim of every query with every document, as embeddings.late computes it."""
    asked = np.unique(np.concatenate(list(queries)))
    given = np.unique(np.concatenate(list(documents)))
    asked_rows = rows[torch.from_numpy(np.searchsorted(tokens, asked)).to(rows.device)]
    given_rows = rows[torch.from_numpy(np.searchsorted(tokens, given)).to(rows.device)]
    cosines = functional.normalize(given_rows, dim=1) @ functional.normalize(asked_rows, dim=1).T
    best = cosines.gather(0, _best(cosines.detach(), given, documents)).T
    where, offsets = _flat(asked, queries, rows.device)
    weights = asked_rows.norm(dim=1)[where]
    totals = functional.embedding_bag(where, asked_rows.norm(dim=1)[:, None], offsets, mode="sum")
    return functional.embedding_bag(where, best, offsets, mode="sum", per_sample_weights=weights) / totals


def _best(cosines: torch.Tensor, given: Ids, documents: Sequence[Ids]) -> torch.Tensor:
    """For each document and asked token the row of the highest cosine: int64[documents, asked]."""
    found = []
    for ids in documents:
        rows = torch.from_numpy(np.searchsorted(given, np.unique(ids))).to(cosines.device)
        found.append(rows[cosines[rows].argmax(dim=0)])
    return torch.stack(found)
