"""Segments: pages in order of source with all that is kept of them, written once and shared between generations."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qa.archive.parts import LEXICAL, STARTS, TABLES, TOKENS, VECTORS, indexed_text
from qa.articles import reconstruct
from qa.copies import Sketch, article_sizes
from qa.datatypes import Article, Page, Paragraph
from qa.lexical import LexicalWriter
from qa.passages import cut
from qa.store import Reading, Tables, TableWriter, VectorCache
from qa.text import spaced_terms

if TYPE_CHECKING:
    from embeddings.encoder import Encoder

GRAMS, STATISTICS = "grams.npy", "statistics.npy"  # of the passages: sampled grams; size of the article, and grams
BATCH = 1024  # passages encoded together
_SPAN = 2**32
_COLUMNS = np.dtype([("size", np.int64), ("grams", np.int64)])


def read(page: Page, signature: bytes, named: tuple[str, ...], twins: list[Page]) -> Reading:
    """What `page` holds; other scans of it, named in `named`, help to put it in order."""
    articles = reconstruct(page, twins) or whole(page)
    cuts = (cut(article, number, page.text) for number, article in enumerate(articles))
    return Reading(page, signature, named, articles, tuple(itertools.chain.from_iterable(cuts)))


def whole(page: Page) -> tuple[Article]:
    """The page as one article without a headline: what is no newspaper page must be found all the same.

    Long lines are cut, because nothing says that they have sentences.
    """
    lines = [(line.start(), line.end()) for line in re.finditer(r"\S(?:[^\r\n]{0,298}\S)?", page.text)]
    paragraphs = tuple(Paragraph(page.text[first:last], ((first, last),)) for first, last in lines)
    return (Article(page.source, "", paragraphs),)


@dataclass(frozen=True)
class Segment:
    """A folder that `SegmentWriter` has filled, read for building the next generation.

    `dropped` numbers the pages that do not count any more: their passages keep their places and lose their grams.
    """

    folder: Path
    dropped: tuple[int, ...] = ()

    @cached_property
    def tables(self) -> Tables:
        return Tables(self.folder / TABLES)

    @cached_property
    def vectors(self) -> npt.NDArray[np.float16]:
        vectors: npt.NDArray[np.float16] = self._array(VECTORS)
        return vectors

    @cached_property
    def sketch(self) -> Sketch:
        keys, counts = self._array(GRAMS), self.statistics["grams"]
        if not self.dropped:
            return Sketch(keys, counts)
        counted = np.ones(len(counts), bool)
        for _, first, count, number in self.tables.places:
            counted[first : first + count] &= number not in self.dropped
        return Sketch(keys[counted[(keys % _SPAN).astype(np.int64)]], np.where(counted, counts, 0))

    @cached_property
    def statistics(self) -> npt.NDArray[np.void]:
        statistics: npt.NDArray[np.void] = self._array(STATISTICS)
        return statistics

    @cached_property
    def tokens(self) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]:
        return self._array(TOKENS), self._array(STARTS)

    def close(self) -> None:
        if "tables" in self.__dict__:
            self.tables.close()

    def _array(self, name: str) -> Any:
        return np.load(self.folder / name, mmap_mode="r", allow_pickle=False).view(np.ndarray)


class SegmentWriter:
    """Fills an empty folder with pages, which come in order of source. Use as a context manager.

    `number` is different for every segment that an index ever had: it is part of the names in the postings. `start`
    has the numbers of the first page and of the first passage.
    """

    def __init__(
        self,
        folder: Path,
        number: int,
        encoder: Encoder,
        cache: VectorCache | None = None,
        report: Callable[[int], None] = lambda passages: None,
        start: tuple[int, int] = (0, 0),
    ) -> None:
        self._folder, self._number = folder, number
        self._encoder, self._cache, self._report = encoder, cache, report
        self._tables = TableWriter(folder / TABLES, *start)
        (folder / LEXICAL).mkdir()
        self._lexical = LexicalWriter(folder / LEXICAL)
        self._waiting: list[str] = []
        self._vectors: list[npt.NDArray[np.float16]] = []
        self._tokens: list[npt.NDArray[np.int32]] = []
        self._grams: list[npt.NDArray[np.uint64]] = []
        self._statistics: list[npt.NDArray[np.void]] = []
        self._moved: dict[Segment, npt.NDArray[np.int64]] = {}

    def __enter__(self) -> SegmentWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._lexical.leave()
        self._tables.__exit__()

    def add(self, reading: Reading) -> None:
        """A page that was read just now; its passages are encoded."""
        page, row = self._tables.pages, self._tables.passages
        self._tables.add(reading)
        texts = [indexed_text(passage) for passage in reading.passages]
        self._post(texts, page, row)
        self._waiting += texts
        sketch = Sketch.of([passage.text for passage in reading.passages])
        self._grams.append(sketch.keys + np.uint64(row))
        sizes = article_sizes(reading.passages)
        self._statistics.append(np.array(list(zip(sizes, sketch.counts.tolist(), strict=True)), _COLUMNS))
        while len(self._waiting) >= BATCH:
            self._encode(BATCH)

    def take_over(self, old: Segment, source: str) -> None:
        """A page as it stands in another segment; nothing is read or encoded."""
        self._encode(len(self._waiting))
        page, row = self._tables.pages, self._tables.passages
        first, last = old.tables.span(source)
        self._tables.take_over(old.tables, source)
        self._post([indexed_text(passage) for passage in old.tables.between(first, last)], page, row)
        self._vectors.append(old.vectors[first:last])
        if self._encoder.has_tokens:
            ids, starts = old.tokens
            self._tokens += [ids[starts[i] : starts[i + 1]].astype(np.int32) for i in range(first, last)]
        self._statistics.append(old.statistics[first:last])
        moved = self._moved.setdefault(old, np.full(old.tables.passage_count, -1, np.int64))
        moved[first:last] = np.arange(row, row + last - first)

    def _post(self, texts: Sequence[str], page: int, row: int) -> None:
        name = self._number * _SPAN
        for i, words in enumerate(spaced_terms(texts), row):
            self._lexical.add_spaced(name + i, name + page, words)

    def _encode(self, count: int) -> None:
        texts, self._waiting = self._waiting[:count], self._waiting[count:]
        if not texts:
            return
        if self._encoder.has_tokens:
            ids = [np.asarray(some, np.int32) for some in self._encoder.token_ids(texts)]
            vectors = self._encoder.pool(ids)
            self._tokens += ids
        else:
            encode = self._encoder.encode_document
            vectors = encode(texts) if self._cache is None else self._cache.encode(texts, encode)
        self._vectors.append(vectors.astype(np.float16))
        self._report(len(texts))

    def close(self) -> dict[str, int]:
        """Makes the folder complete; returns how many pages, articles and passages it holds."""
        self._encode(len(self._waiting))
        self._tables.close()
        self._lexical.close()
        self._save(VECTORS, np.concatenate([np.zeros((0, self._encoder.dim), np.float16), *self._vectors]))
        if self._encoder.has_tokens:
            write_tokens(self._folder, self._tokens)
        for old, moved in self._moved.items():
            places = moved[(old.sketch.keys % _SPAN).astype(np.int64)]
            hashes = old.sketch.keys[places >= 0] // _SPAN * _SPAN
            self._grams.append(hashes + places[places >= 0].astype(np.uint64))
        self._save(GRAMS, np.sort(np.concatenate([np.zeros(0, np.uint64), *self._grams])))
        self._save(STATISTICS, np.concatenate([np.zeros(0, _COLUMNS), *self._statistics]))
        counted = self._tables
        return {"pages": counted.pages, "articles": counted.articles, "passages": counted.passages}

    def _save(self, name: str, array: npt.NDArray[np.generic]) -> None:
        np.save(self._folder / name, array, allow_pickle=False)


def write_tokens(folder: Path, tokens: Sequence[npt.NDArray[np.int32]]) -> None:
    """All ids in one array, and where those of each passage start in it."""
    ids = np.concatenate([*tokens, np.zeros(0, np.int32)])
    small = np.uint16 if ids.max(initial=0) < 2**16 else np.int32
    np.save(folder / TOKENS, ids.astype(small), allow_pickle=False)
    np.save(folder / STARTS, np.cumsum([0, *map(len, tokens)], dtype=np.int64), allow_pickle=False)
