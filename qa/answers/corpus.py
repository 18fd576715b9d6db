"""An archive in memory: what training and calibration search in."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Encoder
from qa.datatypes import Article, Hit, Mode, Page, Paragraph, Passage
from qa.passages import cut
from qa.text import fold, terms

_K1, _B = 1.2, 0.75


class Corpus:
    """Pages in memory, their articles and passages, found by BM25 (Robertson and Zaragoza 2009) and dense vectors."""

    def __init__(
        self,
        pages: Sequence[Page],
        articles: Mapping[str, Sequence[Article]],
        passages: Sequence[Passage],
        encoder: Encoder | None = None,
    ) -> None:
        self.encoder = encoder
        self._pages = {page.source: page for page in pages}
        self._articles = articles
        self.passages = [replace(passage, id=row) for row, passage in enumerate(passages)]

    @property
    def passage_count(self) -> int:
        return len(self.passages)

    def page(self, source: str) -> Page:
        return self._pages[source]

    def article_of(self, passage: Passage) -> Article:
        return self._articles[passage.source][passage.number]

    def changed(self, source: str) -> bool:
        return source not in self._pages

    def document_frequency(self, term: str) -> int:
        return len(self._postings[term][0]) if term in self._postings else 0

    def search(
        self, query: str, k: int = 10, *, mode: Mode = "hybrid", sources: Sequence[str] | None = None
    ) -> list[Hit]:
        """The k best passages; `sources` keeps to these texts."""
        scores = (
            _standard(self._sparse(query)) if mode != "dense" or self.encoder is None else np.zeros(len(self.passages))
        )
        if self.encoder is not None and mode != "sparse":
            scores = scores + _standard(self._vectors @ self.encoder.encode_query([fold(query)])[0])
        if sources is not None:
            scores = np.where([passage.source in sources for passage in self.passages], scores, -np.inf)
        order = [row for row in np.argsort(-scores, kind="stable")[:k] if scores[row] > -np.inf]
        return [Hit(self.passages[row], float(scores[row]), rank) for rank, row in enumerate(order, 1)]

    @cached_property
    def _vectors(self) -> npt.NDArray[np.float32]:
        assert self.encoder is not None
        return self.encoder.encode_document([fold(passage.text) for passage in self.passages])

    @cached_property
    def _postings(self) -> dict[str, tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]]:
        counts = [Counter(terms(passage.text)) for passage in self.passages]
        lengths = np.array([sum(count.values()) for count in counts], np.float32)
        found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, count in enumerate(counts):
            for term, times in count.items():
                found[term].append((row, times))
        norms = _K1 * (1 - _B + _B * lengths / max(lengths.mean(), 1))
        return {term: _weights(rows, norms) for term, rows in found.items()}

    def _sparse(self, query: str) -> npt.NDArray[np.float32]:
        scores = np.zeros(len(self.passages), np.float32)
        for term in set(terms(query)):
            if term in self._postings:
                rows, weights = self._postings[term]
                scores[rows] += weights
        return scores


def _weights(
    rows: list[tuple[int, int]], norms: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    where = np.array([row for row, _ in rows], np.int32)
    times = np.array([count for _, count in rows], np.float32)
    rarity = np.log(1 + (len(norms) - len(rows) + 0.5) / (len(rows) + 0.5))
    return where, (rarity * times * (_K1 + 1) / (times + norms[where])).astype(np.float32)


def _standard(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    spread = float(scores.std())
    return (scores - scores.mean()) / spread if spread else scores * 0


def plain_corpus(texts: dict[str, str], encoder: Encoder | None = None, titled: bool = False) -> Corpus:
    """Each text as a page of one article; the first line is its headline where texts are `titled`."""
    pages = [Page(source, text) for source, text in texts.items()]
    articles = {page.source: (_article(page, titled),) for page in pages}
    return Corpus(pages, articles, [p for page in pages for p in cut(articles[page.source][0], 0, page.text)], encoder)


def _article(page: Page, titled: bool) -> Article:
    lines = [(match.start(), match.end()) for match in re.finditer(r"[^\s](?:[^\n]*[^\s])?", page.text)]
    parts = [Paragraph(page.text[start:end], ((start, end),)) for start, end in lines]
    if titled and parts:
        parts[0] = replace(parts[0], kind="headline")
    return Article(page.source, parts[0].text if titled and parts else "", tuple(parts))
