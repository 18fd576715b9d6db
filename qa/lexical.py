"""BM25 over the terms of `qa.text.terms`, kept in tantivy folders: write once, memory-mapped, nothing loaded at open.

Several folders are searched as one index with one set of statistics: tantivy's list of segments is joined when they
are opened.

Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework", with the idf of Lucene, log(1 + (N - n + 0.5) /
(n + 0.5)), k1 = 1.2 and b = 0.75. Tantivy keeps a length in one byte: scores stand within some percent of the formula.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
_LISTS = ("meta.json", ".managed.json")  # of segments and files
_HEAP = 96_000_000  # bytes of postings held before a segment is written
_LARGE = 10_000  # passages from which on frequent query terms are dropped
_FREQUENT = 0.05  # share of the passages
_REMEMBERED = 2**16  # frequencies of terms
_MOST_TERMS = 512  # of one query, the rarest first
_FEW_NAMES = 256  # of rows or pages, up to which each is looked up: a set of them is matched with all names there are
_QUERIES = 64  # kept as they were put together: one is asked twice, for the best passages and for scores of others


class LexicalWriter:
    """Writes documents to an empty folder. Raises OSError, for a full disk too."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        self._folder, self._document = folder, tantivy.Document
        with self._failing():
            index = tantivy.Index(_schema(), path=str(folder))
            # Otherwise a thread watches for commits, and takes a lock file when this object is done already.
            index.config_reader(reload_policy="manual")
            self._writer = index.writer(heap_size=_HEAP, num_threads=1)
        self._open = True

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except ValueError as error:  # tantivy's only exception
            raise OSError(f"{self._folder}: {error}") from error

    def add(self, row: int, page: int, terms: Sequence[str]) -> None:
        """A document by the names of its row and its page, numbers below 2**64, with its terms."""
        self.add_spaced(row, page, " ".join(terms))

    def add_spaced(self, row: int, page: int, terms: str) -> None:
        """The same with terms that are parted by spaces."""
        document = self._document()
        document.add_unsigned("row", row)
        document.add_unsigned("page", page)
        document.add_text("terms", terms)
        with self._failing():
            self._writer.add_document(document)

    def close(self) -> None:
        """Makes the folder complete."""
        self._open = False
        with self._failing():
            self._writer.commit()
            self._writer.wait_merging_threads()
        for lock in self._folder.glob(".tantivy-*.lock"):
            lock.unlink()
        for file in self._folder.iterdir():
            file.chmod(0o644)  # tantivy makes some files readable to their owner only

    def leave(self) -> None:
        """Ends the writing of a folder that was not made complete, so that nothing appears in it any more."""
        if self._open:
            self._open = False
            with suppress(Exception):  # whatever stopped the writing is told already
                self._writer.wait_merging_threads()


def join_lexical(folders: Sequence[Path], target: Path, link: Callable[[Path, Path], None]) -> None:
    """Writes the documents of all `folders`, which stay as they are, to the empty folder `target`.

    `link` gives a file a second name. Tantivy joins eight or more segments of a like number of documents into one.
    """
    meta: dict[str, Any] = {}
    managed: list[str] = []
    for folder in folders:
        for file in folder.iterdir():
            if file.name not in _LISTS:
                link(file, target / file.name)
        listed = json.loads((folder / "meta.json").read_bytes())
        listed["segments"] = meta.get("segments", []) + listed["segments"]
        listed["opstamp"] = max(listed["opstamp"], meta.get("opstamp", 0))
        meta, managed = listed, managed + json.loads((folder / ".managed.json").read_bytes())
    for name, content in zip(_LISTS, (meta, managed), strict=True):
        (target / name).write_text(json.dumps(content), encoding="utf-8")
    LexicalWriter(target).close()


def write_lexical(folder: Path, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Writes the index of `documents`, each (number of its page, its terms), numbered from 0, to the empty `folder`."""
    writer = LexicalWriter(folder)
    for row, (page, terms) in enumerate(documents):
        writer.add(row, page, terms)
    writer.close()


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_unsigned_field("page", indexed=True)
    builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


@contextmanager
def _links(folders: Sequence[Path]) -> Iterator[str]:
    """A temporary folder of links to the files of `folders`, which are immutable and perhaps on a read-only disk.

    Tantivy wants to write a lock file next to what it opens, sometimes even while the folder is being removed.
    """
    links = tempfile.mkdtemp(prefix="wenbao-")
    try:
        joined: dict[str, Any] = {}
        for folder in folders:
            for file in (file for file in folder.iterdir() if file.suffix != ".lock" and file.name not in _LISTS):
                Path(links, file.name).symlink_to(file.absolute())
            listed = json.loads((folder / "meta.json").read_bytes())
            listed["segments"] += joined.get("segments", [])
            joined = listed
        Path(links, "meta.json").write_text(json.dumps(joined), encoding="utf-8")
        yield links
    finally:
        for _ in range(100):
            shutil.rmtree(links, ignore_errors=True)
            if not Path(links).exists():
                break


class LexicalIndex:
    """Folders of `LexicalWriter`, open for searching. Thread-safe. Rows and pages go by the names they were given.

    `dropped` documents, of which `without` says how many hold each term, are found all the same, but do not count in
    the statistics, lengths aside.
    """

    def __init__(self, *folders: Path, dropped: int = 0, without: Mapping[str, int] | None = None) -> None:
        import tantivy

        self._tantivy = tantivy
        self._dropped, self._without = dropped, without or {}
        self._schema = _schema()
        with _links(folders) as links:
            index = tantivy.Index.open(links)
            index.config_reader(reload_policy="manual")  # no thread that watches for commits
            self._searcher = index.searcher()
        self.document_frequency = lru_cache(_REMEMBERED)(self._document_frequency)
        self._matching = lru_cache(_QUERIES)(self._query)

    def __len__(self) -> int:
        return int(self._searcher.num_docs) - self._dropped

    def _document_frequency(self, term: str) -> int:
        """In how many passages, context included, `term` stands."""
        return int(self._searcher.doc_freq("terms", term)) - self._without.get(term, 0)

    def search(self, terms: Sequence[str], k: int, pages: Sequence[int] | None = None) -> tuple[Rows, Scores]:
        """At most `k` rows that hold a term, best first, and their scores; only of the given `pages` if there are."""
        return self._run(terms, k, "page", pages)

    def score(self, terms: Sequence[str], rows: Sequence[int]) -> Scores:
        """Scores of the given rows, in their order: float32[n], zero for a row without any of the terms."""
        found, scores = self._run(terms, len(rows), "row", rows)
        known = dict(zip(found.tolist(), scores.tolist(), strict=True))
        return np.array([known.get(row, 0.0) for row in rows], np.float32)

    def _run(self, terms: Sequence[str], k: int, field: str, allowed: Sequence[int] | None) -> tuple[Rows, Scores]:
        matched = self._matching(tuple(terms))
        if matched is None or k < 1 or (allowed is not None and not len(allowed)):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        if allowed is not None:
            must = self._tantivy.Occur.Must
            matched = self._tantivy.Query.boolean_query([(must, matched), (must, self._among(field, allowed))])
        hits = self._searcher.search(matched, limit=k, count=False).hits
        rows = np.array(self._searcher.fast_field_values("row", [address for _, address in hits]), np.int64)
        scores = np.array([score for score, _ in hits], np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def _among(self, field: str, names: Sequence[int]) -> Any:
        """What finds the documents with one of `names` in `field`, and adds nothing to their scores."""
        query, should = self._tantivy.Query, self._tantivy.Occur.Should
        if len(names) > _FEW_NAMES:
            return query.const_score_query(query.term_set_query(self._schema, field, list(map(int, names))), 0.0)
        each = [(should, query.term_query(self._schema, field, int(name), index_option="basic")) for name in names]
        return query.const_score_query(query.boolean_query(each), 0.0)

    def _query(self, terms: Sequence[str]) -> Any:
        """What finds the passages with a telling one of `terms`; None where there is none."""
        wanted, should = self.telling(terms), self._tantivy.Occur.Should
        parts = [(should, self._term(term, count)) for term, count in wanted.items()]
        return self._tantivy.Query.boolean_query(parts) if parts else None

    def _term(self, term: str, count: int) -> Any:
        query = self._tantivy.Query.term_query(self._schema, "terms", term, index_option="freq")
        weight = count * self._correction(term)
        return query if weight == 1 else self._tantivy.Query.boost_query(query, weight)

    def _correction(self, term: str) -> float:
        """What the idf is without the dropped documents, as a share of what tantivy takes it to be."""
        if not self._dropped:
            return 1.0
        frequency, count = self.document_frequency(term), len(self)
        return _idf(frequency, count) / _idf(frequency + self._without.get(term, 0), count + self._dropped)

    def telling(self, terms: Sequence[str]) -> dict[str, int]:
        """The terms worth searching for, with their counts in the query: those found, without the very frequent ones.

        In a large index, terms in more than 5 % of the passages are dropped while others remain: the same recall
        in a quarter of the time.
        """
        frequency = {term: self.document_frequency(term) for term in dict.fromkeys(terms)}
        found = sorted((term for term in frequency if frequency[term]), key=lambda term: frequency[term])
        rare = [term for term in found if len(self) < _LARGE or frequency[term] <= _FREQUENT * len(self)]
        counts = Counter(terms)
        return {term: counts[term] for term in (rare or found)[:_MOST_TERMS]}


def _idf(frequency: int, count: int) -> float:
    return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))
