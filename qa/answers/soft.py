"""Counterparts: for every content word of a question the word of a text that comes nearest to it in meaning.

A cosine says little alone: some words are a little like everything. So each is measured against how like the word is to
words in general (in standard deviations above the mean), and words that share an English gloss count as alike.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Sequence
from typing import Any, Final, Protocol, cast

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Encoder
from qa.answers.evidence import Candidate
from qa.answers.late import Matches
from qa.answers.named import held_share, names_of
from qa.conversation.question import Question
from qa.glosses import every_word, known_words, likely_synonyms

Floats = npt.NDArray[np.float64]
SOFT: Final = (
    "soft_sentence",
    "soft_near",
    "soft_passage",
    "soft_worst",
    "soft_second",
    "soft_lonely",
    "soft_new",
    "changed",
    "soft_asked_near",
    "soft_asked_passage",
    "soft_total",
    "soft_stands",
    "soft_clear",
    "named_article",
    "named_anywhere",
    "named",
)
SOFT_RISING: Final = frozenset(SOFT) - {"soft_lonely", "changed", "named"}
SOFT_FALLING: Final = frozenset({"soft_lonely"})
_EVERY: Final = 9  # one word of the dictionary in so many stands for words in general
_FULL: Final = 8.0  # standard deviations from which on a word is the same
_ALIKE: Final = 5.0  # standard deviations that a shared gloss is worth
_LEAST: Final = 1.5  # below which a shared gloss is thought a chance
_LONELY: Final = 3.5  # standard deviations below which a word has no counterpart
_LIGHT: Final = 0.9  # length of the vector of a word that says nothing
_SPREAD: Final = 0.02  # added to a standard deviation that can be 0
_HEAVY: Final = 0.6  # share of the heaviest word's weight that a word must have to be missed


class Neighbours(Protocol):
    """How the candidates lie, as `features.Layout` gives it."""

    @property
    def starts(self) -> npt.NDArray[np.int64]: ...
    @property
    def passage(self) -> npt.NDArray[np.int64]: ...
    def near(self, values: npt.NDArray[Any], context: npt.NDArray[Any]) -> npt.NDArray[Any]: ...
    def whole(self, values: npt.NDArray[Any], context: npt.NDArray[Any]) -> npt.NDArray[Any]: ...


@functools.lru_cache(maxsize=4)
def _general(key: Hashable) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Mean and covariance of the directions of words in general."""
    encoder = cast(Encoder, key)
    ids = np.unique(np.concatenate(encoder.token_ids(every_word()[::_EVERY])))
    vectors = encoder.token_vectors(ids)
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    mean = vectors.mean(axis=0)
    return mean, (vectors - mean).T @ (vectors - mean) / max(len(vectors), 1)


def standard(encoder: Encoder, vectors: npt.NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each vector's cosine with words in general: two float64[n]."""
    mean, spread = _general(cast(Hashable, encoder))
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    deviation = np.sqrt(np.maximum(((units @ spread) * units).sum(axis=1), 1e-6))
    return (units @ mean).astype(float), deviation.astype(float)


def soft_columns(
    encoder: Encoder,
    question: Question,
    found: Sequence[Candidate],
    matches: Matches,
    order: Neighbours,
    articles: Sequence[str],
) -> Floats:
    """float64[candidates, len(SOFT)], columns as in SOFT. `articles` are the texts around each passage, folded."""
    count, names = len(found), names_of(question)
    texts = [one.sentence.text for one in found] + [found[row].passage.context for row in order.starts]
    shares = np.array([held_share(names, text) for text in articles])
    fixed = [shares[order.passage], np.full(count, shares.max()), np.full(count, float(len(names)))]
    if not len(matches.tokens):
        return np.column_stack([np.zeros((count, len(SOFT) - len(fixed))), *fixed])
    mean, deviation = standard(encoder, matches.vectors)
    alike = np.clip((matches.best - mean) / deviation, 0, _FULL)
    alike = np.where(_glossed(encoder, question, matches, texts) & (alike > _LEAST), np.maximum(alike, _ALIKE), alike)
    here, context = alike[:count] / _FULL, alike[count:] / _FULL
    levels = (here, order.near(here, context), order.whole(here, context))
    asked = np.isin(matches.tokens, matches.beside)
    return np.column_stack([*_summary(matches.norms, asked, levels, order.passage), *fixed])


def _summary(
    norms: npt.NDArray[np.float32],
    asked: npt.NDArray[np.bool_],
    levels: Sequence[Floats],
    passage: npt.NDArray[np.int64],
) -> list[Floats]:
    """The first columns of SOFT, from how well each token finds its like in sentence, surroundings and passage."""
    weight = np.maximum(norms - _LIGHT, 0.1)
    whole = levels[-1]
    heavy = weight >= _HEAVY * weight.max()
    low = np.sort(whole[:, heavy], axis=1)
    means = [level @ weight / weight.sum() for level in levels]
    lonely = (whole < _LONELY / _FULL) @ weight / weight.sum()
    inexact = np.where(whole < 1.0, weight, 0.0)
    new = (inexact * whole).sum(axis=1) / np.maximum(inexact.sum(axis=1), 1e-9)
    new = np.where(inexact.any(axis=1), new, 1.0)
    about = [level[:, asked] @ weight[asked] / weight[asked].sum() for level in levels[1:] if asked.any()]
    total = np.maximum(whole - _LONELY / _FULL, 0) @ weight
    stands = [_standing(level, passage) for level in (means[2], means[1])]
    changed = inexact.sum(axis=1) / weight.sum()
    second = low[:, min(1, low.shape[1] - 1)]
    return [*means, low[:, 0], second, lonely, new, changed, *(about or [np.ones(len(new))] * 2), total, *stands]


def _standing(values: Floats, passage: npt.NDArray[np.int64]) -> Floats:
    """How far each value lies above the mean of the best of every passage, in standard deviations."""
    each = np.maximum.reduceat(values, np.unique(passage, return_index=True)[1])
    standing: Floats = (values - each.mean()) / (each.std() + _SPREAD)
    return standing


def _tokens(encoder: Encoder, text: str) -> npt.NDArray[np.int32]:
    return encoder.token_ids([text])[0]


def _glossed(encoder: Encoder, question: Question, matches: Matches, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which tokens belong to a word of which each text holds one that shares an English gloss: bool[texts, tokens]."""
    held = np.zeros((len(texts), len(matches.tokens)), bool)
    everything = "\n".join(texts)
    for word in known_words(question.content):
        if word in everything:
            continue
        others = [other for other in likely_synonyms(word) if len(other) > 1 and other in everything]
        if others:
            columns = np.isin(matches.tokens, _tokens(encoder, word))
            rows = np.array([any(other in text for other in others) for text in texts], bool)
            held |= rows[:, None] & columns
    return held
