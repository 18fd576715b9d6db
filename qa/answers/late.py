"""Meaning without shared words: cosines of mean vectors and late interaction, sentence by sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Encoder, unit
from embeddings.pooling import numbered
from qa.answers.evidence import Candidate
from qa.conversation.question import Question
from qa.text import fold

Floats = npt.NDArray[np.float64]
Spread = Callable[[npt.NDArray[Any], npt.NDArray[Any]], npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The tokens of a question's content, and how near each text comes to them."""

    tokens: npt.NDArray[np.int32]
    beside: npt.NDArray[np.int32]  # those of the words beside the one that asks
    vectors: npt.NDArray[np.float32]
    norms: npt.NDArray[np.float32]
    best: npt.NDArray[np.float32]  # [candidates, then the headlines of each passage; tokens], cosines
    whole: npt.NDArray[np.float32]  # the vector of the question


def matches(encoder: Encoder, question: Question, found: Sequence[Candidate], starts: npt.NDArray[np.int64]) -> Matches:
    """The best cosine of each token of the question with a token of each sentence and of each passage's headlines."""
    texts = [question.content, f"{question.before} {question.after}", fold(question.text)]
    tokens, beside, asked = encoder.token_ids(texts)
    vectors = encoder.token_vectors(tokens)
    norms = np.linalg.norm(vectors, axis=1)
    heads = [found[row] for row in starts]
    bags = [*(one.sentence.tokens for one in found), *(one.passage.context_tokens for one in heads)]
    return Matches(tokens, beside, vectors, norms, _best(encoder, vectors, bags), encoder.pool([asked])[0])


def late_columns(
    found: Sequence[Candidate],
    matched: Matches,
    near: Spread,
    whole: Spread,
    starts: npt.NDArray[np.int64],
) -> Floats:
    """Nine columns: cosine and MaxSim of the sentence, its surroundings and its passage, then the content words of
    the question that find the least like them. `near` and `whole` spread values over neighbours (`features.Layout`)."""
    heads = [found[row] for row in starts]
    best, norms = matched.best, matched.norms
    levels = (
        best[: len(found)],
        near(best[: len(found)], best[len(found) :]),
        whole(best[: len(found)], best[len(found) :]),
    )
    weights = norms / max(float(norms.sum()), 1e-9)
    heavy = norms >= 0.6 * norms.max(initial=0.0)
    low = np.sort(levels[1][:, heavy], axis=1) if heavy.any() else np.zeros((len(found), 2))
    worst = levels[2][:, heavy].min(axis=1, initial=1.0)
    cosines = _cosines(matched.whole, heads, starts)
    late = [level @ weights for level in levels]
    return np.column_stack([cosines, *late, low[:, 0], low[:, min(1, low.shape[1] - 1)], worst])


def _best(
    encoder: Encoder,
    query: npt.NDArray[np.float32],
    bags: Sequence[npt.NDArray[np.int32]],
) -> npt.NDArray[np.float32]:
    """For each bag of tokens and each token of the query, the best cosine between them: float32[bags, query]."""
    best = np.zeros((len(bags), len(query)), np.float32)
    filled = [row for row, bag in enumerate(bags) if len(bag)]
    if len(query) and filled:
        used, where = numbered(np.concatenate([bags[row] for row in filled]))
        cosines = encoder.cosines(used, unit(query))
        offsets = np.cumsum([0, *(len(bags[row]) for row in filled[:-1])])
        best[filled] = np.maximum.reduceat(cosines.take(where, axis=0), offsets, axis=0)
    return best


def _cosines(
    query: npt.NDArray[np.float32], heads: Sequence[Candidate], starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Of the question with the sums of each sentence, of it and its neighbours, and of its passage: three columns.

    The product of a sum is the sum of the products, so that no vectors are added up here.
    """
    own = np.concatenate([one.passage.sums for one in heads]) @ query
    before, after = np.append(np.float32(0), own[:-1]), np.append(own[1:], np.float32(0))
    before[starts] = after[starts[1:] - 1] = 0
    near, sizes = own + before + after, np.diff(starts, append=len(own))
    whole = np.repeat(np.add.reduceat(own, starts), sizes)
    lengths = np.concatenate([one.passage.lengths for one in heads])
    result: npt.NDArray[np.float32] = np.column_stack([own, near, whole]) / np.maximum(lengths, 1e-9)
    return result
