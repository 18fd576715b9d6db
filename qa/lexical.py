"""BM25 over the terms of `qa.text.terms`, kept in a tantivy folder: write once, memory-mapped, nothing loaded at open.

Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework", with the idf of Lucene, log(1 + (N - n + 0.5) /
(n + 0.5)), k1 = 1.2 and b = 0.75. Tantivy keeps a length in one byte: scores stand within some percent of the formula.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
_HEAP = 96_000_000  # bytes of postings held before a segment is written
_LARGE = 10_000  # passages from which on frequent query terms are dropped
_FREQUENT = 0.05  # share of the passages
_MOST_TERMS = 512  # of one query, the rarest first


def write_lexical(folder: Path, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Writes the index of `documents`, each (number of its page, its terms), numbered from 0, to the empty `folder`."""
    import tantivy

    try:
        index = tantivy.Index(_schema(), path=str(folder))
        # Otherwise a thread watches for commits, and takes a lock file when this function has returned already.
        index.config_reader(reload_policy="manual")
        writer = index.writer(heap_size=_HEAP, num_threads=1)  # one thread keeps the rows in order
        for row, (page, terms) in enumerate(documents):
            document = tantivy.Document()
            document.add_unsigned("row", row)
            document.add_unsigned("page", page)
            document.add_text("terms", " ".join(terms))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
    except ValueError as error:  # its only exception, for a full disk too
        raise OSError(f"{folder}: {error}") from error
    for lock in folder.glob(".tantivy-*.lock"):
        lock.unlink()
    for file in folder.iterdir():
        file.chmod(0o644)  # tantivy makes some files readable to their owner only


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_unsigned_field("page", indexed=True)
    builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


@contextmanager
def _links(folder: Path) -> Iterator[str]:
    """A temporary folder of links to the files of `folder`, which are immutable and perhaps on a read-only disk.

    Tantivy wants to write a lock file next to what it opens, sometimes even while the folder is being removed.
    """
    links = tempfile.mkdtemp(prefix="wenbao-")
    try:
        for file in (file for file in folder.iterdir() if file.suffix != ".lock"):
            Path(links, file.name).symlink_to(file.absolute())
        yield links
    finally:
        for _ in range(100):
            shutil.rmtree(links, ignore_errors=True)
            if not Path(links).exists():
                break


class LexicalIndex:
    """A folder of `write_lexical`, open for searching. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        self._tantivy = tantivy
        self._schema = _schema()
        with _links(folder) as links:
            index = tantivy.Index.open(links)
            index.config_reader(reload_policy="manual")  # no thread that watches for commits
            self._searcher = index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def document_frequency(self, term: str) -> int:
        """In how many passages, context included, `term` stands."""
        return int(self._searcher.doc_freq("terms", term))

    def search(self, terms: Sequence[str], k: int, pages: Sequence[int] | None = None) -> tuple[Rows, Scores]:
        """At most `k` rows that hold a term, best first, and their scores; only of the numbered `pages` if given."""
        return self._run(terms, k, "page", pages)

    def score(self, terms: Sequence[str], rows: Sequence[int]) -> Scores:
        """Scores of the given rows, in their order: float32[n], zero for a row without any of the terms."""
        found, scores = self._run(terms, len(rows), "row", rows)
        known = dict(zip(found.tolist(), scores.tolist(), strict=True))
        return np.array([known.get(row, 0.0) for row in rows], np.float32)

    def _run(self, terms: Sequence[str], k: int, field: str, allowed: Sequence[int] | None) -> tuple[Rows, Scores]:
        wanted = self.telling(terms)
        if not wanted or k < 1 or (allowed is not None and not len(allowed)):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        query, occur = self._tantivy.Query, self._tantivy.Occur
        matched = query.boolean_query([(occur.Should, self._term(term, count)) for term, count in wanted.items()])
        if allowed is not None:
            filtered = query.const_score_query(query.term_set_query(self._schema, field, list(map(int, allowed))), 0.0)
            matched = query.boolean_query([(occur.Must, matched), (occur.Must, filtered)])
        hits = self._searcher.search(matched, limit=k, count=False).hits
        rows = np.array(self._searcher.fast_field_values("row", [address for _, address in hits]), np.int64)
        scores = np.array([score for score, _ in hits], np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def _term(self, term: str, count: int) -> Any:
        query = self._tantivy.Query.term_query(self._schema, "terms", term, index_option="freq")
        return query if count == 1 else self._tantivy.Query.boost_query(query, float(count))

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
