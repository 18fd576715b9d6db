"""One segment's pages, articles and passages: a SQLite file, written once and then only read.

Rows of passages are numbered from 0 in order of page, article and text; vectors and postings use the same numbers.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from qa.datatypes import Article, Page, Passage, Span
from qa.errors import IndexDamaged
from qa.store.generations import REBUILD
from qa.store.records import article_record, parse_article, parse_passage, passage_record

_SCHEMA = """
CREATE TABLE pages (
    number INTEGER PRIMARY KEY, source TEXT UNIQUE, path BLOB, sha256 TEXT, encoding TEXT, replaced INTEGER,
    first INTEGER, passages INTEGER, twins TEXT, signature BLOB, text TEXT);
CREATE TABLE articles (page INTEGER, number INTEGER, record TEXT, PRIMARY KEY (page, number)) WITHOUT ROWID;
CREATE TABLE passages (row INTEGER PRIMARY KEY, page INTEGER, number INTEGER, record TEXT);
CREATE TABLE counted (articles INTEGER);
"""  # what is long comes last: columns behind it are slow to reach
_SETTINGS = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"


@dataclass(frozen=True, slots=True)
class Reading:
    """A page with everything read from it. `twins` names the other scans it was read with."""

    page: Page
    signature: bytes
    twins: tuple[str, ...]  # "source sha256" of each
    articles: tuple[Article, ...]
    passages: tuple[Passage, ...]


# --- writing ----------------------------------------------------------------------------------------------------------


class TableWriter:
    """Writes pages, in order of their source, to a new file, numbered from `page` and `passage`.

    Use as a context manager.
    """

    def __init__(self, path: Path, page: int = 0, passage: int = 0) -> None:
        self._database = _new(path)
        self.pages, self.articles, self.passages = page, 0, passage

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def add(self, reading: Reading) -> None:
        page = reading.page
        told = (page.source, os.fsencode(page.path), page.sha256, page.encoding, page.replaced)
        articles = [(i, article_record(article)) for i, article in enumerate(reading.articles)]
        passages = [(p.number, passage_record(p)) for p in reading.passages]
        self._insert((*told, "\n".join(reading.twins), reading.signature, page.text), articles, passages)

    def take_over(self, old: Tables, source: str) -> None:
        """Copies a page with its articles and passages from another file."""
        number, first, count = old._one("SELECT number, first, passages FROM pages WHERE source = ?", source)
        told = "source, path, sha256, encoding, replaced, twins, signature, text"
        page = old._one(f"SELECT {told} FROM pages WHERE number = ?", number)
        articles = old._all("SELECT number, record FROM articles WHERE page = ? ORDER BY number", number)
        rows = "SELECT number, record FROM passages WHERE row >= ? AND row < ? ORDER BY row"
        self._insert(page, articles, old._all(rows, first, first + count))

    def _insert(self, page: Any, articles: Sequence[Any], passages: Sequence[Any]) -> None:
        number, row = self.pages, self.passages
        values = (number, *page[:5], row, len(passages), *page[5:])
        self._database.execute("INSERT INTO pages VALUES (?,?,?,?,?,?,?,?,?,?,?)", values)
        self._database.executemany(f"INSERT INTO articles VALUES ({number},?,?)", articles)
        numbered = ((row + i, number, *passage) for i, passage in enumerate(passages))
        self._database.executemany("INSERT INTO passages VALUES (?,?,?,?)", numbered)
        self.pages, self.articles, self.passages = number + 1, self.articles + len(articles), row + len(passages)

    def close(self) -> None:
        """Makes the file complete."""
        self._database.execute("INSERT INTO counted VALUES (?)", (self.articles,))
        self._database.execute("COMMIT")


def write_tables(path: Path, pages: Iterable[Reading]) -> None:
    """Writes `pages`, in order of their source, to a new file."""
    with TableWriter(path) as writer:
        for page in pages:
            writer.add(page)
        writer.close()


def _new(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path.absolute().as_uri(), uri=True, isolation_level=None)
    # The file counts only once it is published, and is synced then.
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;" + _SCHEMA)
    return database


def next_numbers(path: Path) -> tuple[int, int]:
    """The numbers of the page and of the passage that come after those of a file of `TableWriter`."""
    with contextlib.closing(sqlite3.connect(_immutable(path), uri=True)) as database:
        last = "SELECT number + 1, first + passages FROM pages ORDER BY number DESC LIMIT 1"
        found = database.execute(last).fetchone()
    return (int(found[0]), int(found[1])) if found else (0, 0)


def join_tables(files: Sequence[Path], path: Path) -> None:
    """Writes the pages of `files`, each numbered from where the one before it ended, to a new file."""
    articles = 0
    with contextlib.closing(_new(path)) as database:
        database.execute("COMMIT")
        for file in files:
            database.execute("ATTACH ? AS slice", (_immutable(file),))
            database.execute("BEGIN")
            for table in ("pages", "articles", "passages"):
                database.execute(f"INSERT INTO main.{table} SELECT * FROM slice.{table}")
            articles += database.execute("SELECT articles FROM slice.counted").fetchone()[0]
            database.execute("COMMIT")
            database.execute("DETACH slice")
        database.execute("INSERT INTO counted VALUES (?)", (articles,))


def _immutable(path: Path) -> str:
    return path.absolute().as_uri() + "?mode=ro&immutable=1"


# --- reading ----------------------------------------------------------------------------------------------------------


class Tables:
    """Reads a file of `write_tables`. Thread-safe: every thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._connections: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._local = threading.local()
        self._uri = _immutable(path)
        self.passage_count = int(self._one("SELECT coalesce(max(row) + 1, 0) FROM passages")[0])
        # Files of format 2 do not tell, and counting a large one reads most of it.
        told = self._one("SELECT 1 FROM sqlite_master WHERE name = 'counted'")
        self.article_count = int(
            self._one("SELECT articles FROM counted" if told else "SELECT count(*) FROM articles")[0]
        )

    def close(self) -> None:
        with self._guard:
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    def __del__(self) -> None:
        self.close()

    @property
    def _database(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._uri, uri=True, check_same_thread=False)
            connection.executescript(_SETTINGS)
            self._local.connection = connection
            with self._guard:
                self._connections.append(connection)
        return connection

    def _all(self, sql: str, *values: Any) -> list[Any]:
        return self._database.execute(sql, values).fetchall()

    def _one(self, sql: str, *values: Any) -> Any:
        return self._database.execute(sql, values).fetchone()

    @cached_property
    def places(self) -> list[tuple[str, int, int, int]]:
        """Source, first row, number of passages and number of every page, in order of the rows."""
        return self._all("SELECT source, first, passages, number FROM pages ORDER BY number")

    @cached_property
    def _told(self) -> list[tuple[str, bytes, str, str, bytes]]:
        # In one pass: each page stands beside its text.
        return self._all("SELECT source, path, sha256, twins, signature FROM pages ORDER BY number")

    def counts(self, pages: Sequence[int]) -> tuple[int, int]:
        """How many articles and passages stand on the pages of these numbers."""
        chosen = json.dumps(list(pages))
        articles = self._one("SELECT count(*) FROM articles WHERE page IN (SELECT value FROM json_each(?))", chosen)
        passages = self._one("SELECT sum(passages) FROM pages WHERE number IN (SELECT value FROM json_each(?))", chosen)
        return int(articles[0]), int(passages[0] or 0)

    def sources(self) -> list[str]:
        return [source for (source,) in self._all("SELECT source FROM pages ORDER BY number")]

    def page(self, source: str) -> Page | None:
        found = self._one("SELECT source, text, path, encoding, sha256, replaced FROM pages WHERE source = ?", source)
        return Page(found[0], found[1], os.fsdecode(found[2]), *found[3:]) if found else None

    def stored(self) -> dict[str, tuple[str, str]]:
        """Source to path and sha256 of its file."""
        return {source: (os.fsdecode(path), sha256) for source, path, sha256, _, _ in self._told}

    def signatures(self) -> dict[str, bytes]:
        return {source: signature for source, _, _, _, signature in self._told}

    def twins(self) -> dict[str, tuple[str, ...]]:
        return {source: tuple(twins.split("\n")) if twins else () for source, _, _, twins, _ in self._told}

    def twins_of(self, source: str) -> list[str]:
        """The other scans of the page `source`."""
        found = self._one("SELECT twins FROM pages WHERE source = ?", source)
        return [twin.rsplit(" ", 1)[0] for twin in found[0].split("\n")] if found and found[0] else []

    def articles(self, source: str | None = None) -> list[Article]:
        """The articles of one source or of all, in order."""
        chosen, values = ("WHERE pages.source = ?", (source,)) if source is not None else ("", ())
        found = self._all(
            "SELECT source, record FROM articles JOIN pages ON pages.number = articles.page "
            f"{chosen} ORDER BY page, articles.number",
            *values,
        )
        return [parse_article(*one) for one in found]

    def article(self, source: str, number: int) -> Article | None:
        found = self._one(
            "SELECT record FROM articles JOIN pages ON pages.number = articles.page "
            "WHERE source = ? AND articles.number = ?",
            source,
            number,
        )
        return parse_article(source, found[0]) if found else None

    def of_source(self, source: str) -> list[Passage]:
        """The passages of one source, in order."""
        first, last = self.span(source)
        return list(self.between(first, last))

    def span(self, source: str | None) -> Span:
        """The rows of a source, half-open, or of all; (0, 0) for an unknown one."""
        if source is None:
            return 0, self.passage_count
        found = self._one("SELECT first, first + passages FROM pages WHERE source = ?", source)
        return (found[0], found[1]) if found else (0, 0)

    def page_number(self, source: str) -> int | None:
        found = self._one("SELECT number FROM pages WHERE source = ?", source)
        return int(found[0]) if found else None

    def between(self, first: int, last: int) -> Iterator[Passage]:
        """The passages of rows `first` up to, not with, `last`, without their witnesses."""
        found = self._database.execute(
            "SELECT row, source, passages.number, record FROM passages JOIN pages ON pages.number = page "
            "WHERE row >= ? AND row < ? ORDER BY row",
            (first, last),
        )
        return (parse_passage(*one) for one in found)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of `rows`, in that order, without their witnesses."""
        found = self._all(
            "SELECT row, source, passages.number, record FROM passages JOIN pages ON pages.number = page "
            "WHERE row IN (SELECT value FROM json_each(?))",
            json.dumps(list(rows)),
        )
        by_row = {one[0]: parse_passage(*one) for one in found}
        if missing := set(rows) - set(by_row):
            raise IndexDamaged(f"The index holds no passages {sorted(missing)[:5]}; {REBUILD}.")
        return [by_row[row] for row in rows]

    def check(self) -> str:
        """SQLite's own word on the file: "ok", or what is wrong."""
        counted = self._one("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)")
        if counted != (self.article_count, self.passage_count):
            return f"it holds {counted[0]} articles and {counted[1]} passages, and more are told"
        return str(self._one("PRAGMA quick_check")[0])
