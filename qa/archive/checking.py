"""Whether an index keeps its promises: checksums, counts, every passage traced to its page, vectors of the model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from embeddings.encoder import damage
from qa.archive.parts import Parts, indexed_text
from qa.datatypes import Page, Passage
from qa.errors import InputError, QAError
from qa.pages import read_bytes
from qa.store import problems
from qa.text import line_starts, lines_of, squeeze, terms

if TYPE_CHECKING:
    from embeddings.encoder import Encoder

_SAMPLE = 200  # passages whose vectors and terms are looked at when not `deep`
_BATCH = 1024


def differs(page: Page) -> bool:
    """Whether the file of `page` holds other bytes than were indexed."""
    try:
        return hashlib.sha256(read_bytes(page.path)).hexdigest() != page.sha256
    except InputError:
        return True


def verify(parts: Parts, encoder: Encoder, deep: bool) -> list[str]:
    """Every broken promise as a sentence."""
    found = [f"{name}: {problem}." for name, problem in problems(parts.generation)]
    if found:
        return found
    try:
        found += _counts(parts)
        if not found:
            found += _traces(parts)
            found += filter(None, [damage(encoder)])
            found += _contents(parts, encoder, deep)
    except QAError as error:
        found.append(str(error))
    return found


def _counts(parts: Parts) -> Iterator[str]:
    said = parts.generation.description["counts"]
    there = {
        "pages": len(parts.tables.sources()),
        "articles": parts.tables.article_count,
        "passages": parts.tables.passage_count,
    }
    for name, number in there.items():
        if said[name] != number:
            yield f"The manifest says {said[name]} {name}, and there are {number}."
    for name, part in (("postings", parts.lexical), ("vectors", parts.vectors), ("token lists", parts.tokens)):
        if part is not None and len(part) != there["passages"]:
            yield f"There are {there['passages']} passages but {len(part)} {name}."
    if (word := parts.tables.check()) != "ok":
        yield f"The tables are damaged: {word}."


def _traces(parts: Parts) -> Iterator[str]:
    """Every passage must be the text of its page at its spans, name the lines they touch, and be in its article."""
    for source in parts.tables.sources():
        page = parts.tables.page(source)
        assert page is not None
        starts = line_starts(page.text)
        stories: dict[int, str] = {}
        for passage in parts.tables.of_source(source):
            if passage.number not in stories:
                article = parts.tables.article(source, passage.number)
                stories[passage.number] = squeeze(article.text) if article else ""
            if squeeze(passage.text) not in stories[passage.number]:
                yield f"Passage {passage.id} is no part of article {passage.number} of {source}."
            there = "".join(page.text[first:last] for first, last in passage.spans)
            if squeeze(there) != squeeze(passage.text):
                yield f"Passage {passage.id} is not what {source} holds at {passage.spans}."
            if lines_of(starts, passage.spans) != passage.lines:
                yield f"Passage {passage.id} does not stand in the lines {passage.lines} of {source}."


def _contents(parts: Parts, encoder: Encoder, deep: bool) -> Iterator[str]:
    count = parts.tables.passage_count
    step = 1 if deep else max(1, count // _SAMPLE)
    for first in range(0, count, _BATCH * step):
        rows = list(range(first, min(count, first + _BATCH * step), step))
        passages = parts.tables.passages(rows)
        yield from _vectors(parts, encoder, passages)
        yield from _postings(parts, passages)


def _vectors(parts: Parts, encoder: Encoder, passages: list[Passage]) -> Iterator[str]:
    texts = [indexed_text(passage) for passage in passages]
    stored = parts.vectors.of([passage.id for passage in passages])
    fitting = np.abs(stored - encoder.encode_document(texts)).max(axis=1) < 1e-3
    for passage, fits in zip(passages, fitting, strict=True):
        if not fits:
            yield f"The vector of passage {passage.id} is not what the model gives for its text."
    if parts.tokens is not None:
        tokens = zip(passages, parts.tokens.of([p.id for p in passages]), encoder.token_ids(texts), strict=True)
        for passage, stored_ids, ids in tokens:
            if not np.array_equal(stored_ids, ids):
                yield f"The tokens of passage {passage.id} are not those of its text."


def _postings(parts: Parts, passages: list[Passage]) -> Iterator[str]:
    for passage in passages:
        found = terms(indexed_text(passage))
        if found and parts.lexical.score(found, [passage.id])[0] <= 0:
            yield f"The terms of passage {passage.id} are not in the lexical index."
