"""The sentences of the retrieved passages, analysed once and kept: what the features are computed from."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Encoder, load_encoder
from qa.answers.spans import TypedSpan, typed_spans
from qa.conversation.patterns import compiled
from qa.datatypes import Article, Hit, Passage
from qa.text import fold, sentences, terms

_READ: Final = 2000  # characters of a sentence that are searched for spans and cues
_OPENING: Final = 120  # characters that say what an article is about
Ids = npt.NDArray[np.int32]
Vectors = npt.NDArray[np.float32]

_DEFINES: Final = compiled("defines")
_COUNTED: Final = tuple(compiled(name) for name in ("steps", "reasons", "speaks"))


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """One sentence of a passage, `text` folded; `start` and `end` are offsets into the passage's text.

    `cues` count the words that define, list, order, give reasons and speak, and say whether it is a question and
    whether it ends as sentences do.
    """

    start: int
    end: int
    text: str
    grams: frozenset[str]
    spans: tuple[TypedSpan, ...]
    tokens: Ids
    cues: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Analysed:
    """A passage with its sentences, the folded words of its headlines, and the sums of the token vectors of each."""

    sentences: tuple[Sentence, ...]
    context: str
    context_grams: frozenset[str]
    context_tokens: Ids
    sums: Vectors  # [sentences, dim]
    lengths: Vectors  # [sentences, 3] of the sum of each, that with its neighbours, that of the passage


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One sentence that could answer: `number` in its passage, which came at `hit` in the ranking."""

    hit: Hit
    passage: Analysed
    number: int

    @property
    def sentence(self) -> Sentence:
        return self.passage.sentences[self.number]


@functools.cache
def static_encoder() -> Encoder:
    """The bundled encoder. The learned weights belong to it, whatever model the index was built with."""
    return load_encoder()


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """Every sentence of the passages, in the order of the ranking."""
    passages = [(hit, analysed(hit.passage)) for hit in hits]
    return [Candidate(hit, passage, i) for hit, passage in passages for i in range(len(passage.sentences))]


def analysed(passage: Passage) -> Analysed:
    title = "" if passage.article in passage.context else passage.article
    return _analysed(passage.text, f"{passage.context}\n{title}".strip())


@functools.lru_cache(maxsize=8192)
def _analysed(text: str, context: str) -> Analysed:
    spans = sentences(text)
    folded, head = [fold(text[start:end]) for start, end in spans], fold(context)
    encoder = static_encoder()
    tokens = encoder.token_ids([*folded, head])
    parts = tuple(
        Sentence(start, end, part, frozenset(terms(part)), typed_spans(part[:_READ]), ids, _cues(part[:_READ]))
        for (start, end), part, ids in zip(spans, folded, tokens[:-1], strict=True)
    )
    each = [encoder.token_vectors(ids).sum(axis=0) for ids in tokens[:-1]]
    sums = np.array(each, np.float32).reshape(len(parts), encoder.dim)
    return Analysed(parts, head, frozenset(terms(head)), tokens[-1], sums, _lengths(sums))


def _lengths(sums: Vectors) -> Vectors:
    """`Analysed.lengths` of a passage whose sentences have these sums."""
    near = sums.copy()
    near[1:] += sums[:-1]
    near[:-1] += sums[1:]
    whole = np.broadcast_to(sums.sum(axis=0), sums.shape)
    lengths: Vectors = np.linalg.norm(np.stack([sums, near, whole], axis=1), axis=2)
    return lengths


def _cues(text: str) -> tuple[float, ...]:
    counts = [float(min(len(cue.findall(text)), 4)) for cue in _COUNTED]
    lists = float(min(text.count("、") + 2 * text.count(";"), 10))
    asks = float(text.rstrip("”\"'’」』)").endswith("?"))
    ends = float(text.rstrip("”\"'’」』)")[-1:] in "。!?;…")
    return (float(bool(_DEFINES.search(text))), lists, *counts, asks, ends)


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """An article folded, its terms, and the terms of its opening: headlines, byline and the first words."""

    text: str
    grams: frozenset[str]
    opening: str
    opening_grams: frozenset[str]


class _Same:
    """An article as a key: equal to itself alone, so that no look-up reads its text."""

    __slots__ = ("article",)

    def __init__(self, article: Article) -> None:
        self.article = article

    def __hash__(self) -> int:
        return id(self.article)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.article is other.article


def story(article: Article) -> Whole:
    """`whole_article` of an article's text, kept as long as archives keep articles."""
    return _story(_Same(article))


@functools.lru_cache(maxsize=1024)
def _story(key: _Same) -> Whole:
    return whole_article(key.article.text)


@functools.lru_cache(maxsize=4096)
def whole_article(text: str) -> Whole:
    folded = fold(text)
    opening = folded[:_OPENING]
    return Whole(folded, frozenset(terms(folded)), opening, frozenset(terms(opening)))
