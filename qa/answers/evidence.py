"""The sentences of the retrieved passages, analysed once and kept: what the features are computed from."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Encoder, load_encoder
from qa.answers.spans import TypedSpan, typed_spans
from qa.datatypes import Hit, Passage
from qa.text import fold, sentences, terms

Ids = npt.NDArray[np.int32]
Vectors = npt.NDArray[np.float32]

_DEFINES: Final = re.compile(
    r"是(?:一|指|由|以|为|中|位|我|全|省|市|区|县|在)|即|指的?是|称为|被誉为|简称|旨在|推出|位于|成立|打造|创建|又称|俗称|所谓|全称|[((]"
)
_STEPS: Final = re.compile(r"首先|其次|再次|最后|第[一二三四]|[一二三四]是|通过|采取|采用|依托|建立|推出|开展|打造|创新|实行|推行|方式|措施")
_REASONS: Final = re.compile(r"因为|由于|因此|因而|所以|为了|原因|以便|从而|致使|导致|旨在|使得|出于|鉴于|为[^。]{2,20},")
_SPEAKS: Final = re.compile(r"[“\"][^”\"]{8,}[”\"]|说[,。]|表示")


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """One sentence of a passage, `text` folded; `start` and `end` are offsets into the passage's text.

    `cues` count the words that define, list, order, give reasons and speak, and say whether it is a question.
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
        Sentence(start, end, part, frozenset(terms(part)), typed_spans(part), ids, _cues(part))
        for (start, end), part, ids in zip(spans, folded, tokens[:-1], strict=True)
    )
    sums = [encoder.token_vectors(ids).sum(axis=0) for ids in tokens[:-1]]
    return Analysed(parts, head, frozenset(terms(head)), tokens[-1], np.array(sums, np.float32).reshape(len(parts), -1))


def _cues(text: str) -> tuple[float, ...]:
    counts = [float(min(len(cue.findall(text)), 4)) for cue in (_STEPS, _REASONS, _SPEAKS)]
    lists = float(min(text.count("、") + 2 * text.count(";"), 10))
    asks = float(text.rstrip("”\"'’」』)").endswith("?"))
    return (float(bool(_DEFINES.search(text))), lists, *counts, asks)


@functools.lru_cache(maxsize=4096)
def folded_article(text: str) -> tuple[str, frozenset[str]]:
    """An article folded, and its terms."""
    return fold(text), frozenset(terms(text))
