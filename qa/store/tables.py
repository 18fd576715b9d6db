"""One generation's pages, articles, passages and copies: a SQLite file, written once and then only read.

Rows of passages are numbered from 0 in order of page, article and text; vectors and postings use the same numbers.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa.datatypes import Article, Page, Passage, Span, Witness
from qa.errors import IndexDamaged
from qa.store.generations import REBUILD
from qa.store.records import article_record, parse_article, parse_passage, passage_record

_SCHEMA = """
CREATE TABLE pages (
    number INTEGER PRIMARY KEY, source TEXT UNIQUE, path BLOB, sha256 TEXT, encoding TEXT, replaced INTEGER,
    text TEXT, signature BLOB, twins TEXT, first INTEGER, passages INTEGER);
CREATE TABLE articles (page INTEGER, number INTEGER, record TEXT, PRIMARY KEY (page, number)) WITHOUT ROWID;
CREATE TABLE passages (row INTEGER PRIMARY KEY, page INTEGER, number INTEGER, record TEXT);
CREATE TABLE copies (row INTEGER PRIMARY KEY, keeper INTEGER, place INTEGER);
CREATE TABLE overlaps (row INTEGER, place INTEGER, other INTEGER, PRIMARY KEY (row, place)) WITHOUT ROWID;
"""
_INDEX = "CREATE INDEX copies_by_keeper ON copies (keeper, place)"
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


def write_tables(path: Path, pages: Iterable[Reading | str], old: Path | None = None) -> None:
    """Writes `pages`, in order of their source, to a new file; a page given by name is taken over from `old`."""
    with closing(sqlite3.connect(path, isolation_level=None, uri=True)) as database:
        if old:
            database.execute("ATTACH DATABASE ? AS old", (_immutable(old),))
        # The file counts only once it is published, and is synced then.
        database.executescript("PRAGMA main.journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;" + _SCHEMA)
        row = 0
        for number, page in enumerate(pages):
            if isinstance(page, str):
                row += _take_over(database, number, row, page)
            else:
                _write_reading(database, number, row, page)
                row += len(page.passages)
        database.execute("COMMIT")


def _immutable(path: Path) -> str:
    return path.absolute().as_uri() + "?mode=ro&immutable=1"


def _take_over(database: sqlite3.Connection, number: int, row: int, source: str) -> int:
    """Copies a page with its articles and passages from `old`; returns how many passages it has."""
    wanted = "SELECT number, first, passages FROM old.pages WHERE source = ?"
    before, first, count = database.execute(wanted, (source,)).fetchone()
    told = "source, path, sha256, encoding, replaced, text, signature, twins"
    database.execute(
        f"INSERT INTO pages SELECT ?, {told}, ?, passages FROM old.pages WHERE number = ?", (number, row, before)
    )
    database.execute("INSERT INTO articles SELECT ?, number, record FROM old.articles WHERE page = ?", (number, before))
    copy = "INSERT INTO passages SELECT row + ?, ?, number, record FROM old.passages WHERE row >= ? AND row < ?"
    database.execute(copy, (row - first, number, first, first + count))
    return int(count)


def _write_reading(database: sqlite3.Connection, number: int, row: int, reading: Reading) -> None:
    page = reading.page
    told = (page.source, os.fsencode(page.path), page.sha256, page.encoding, page.replaced, page.text)
    counted = (reading.signature, "\n".join(reading.twins), row, len(reading.passages))
    database.execute("INSERT INTO pages VALUES (?,?,?,?,?,?,?,?,?,?,?)", (number, *told, *counted))
    articles = [(number, i, article_record(article)) for i, article in enumerate(reading.articles)]
    database.executemany("INSERT INTO articles VALUES (?,?,?)", articles)
    passages = [(row + i, number, p.number, passage_record(p)) for i, p in enumerate(reading.passages)]
    database.executemany("INSERT INTO passages VALUES (?,?,?,?)", passages)


def write_copies(path: Path, groups: Iterable[Sequence[int]], overlaps: Mapping[int, Sequence[int]]) -> None:
    """Adds groups of near-copies, the best witness first, and for single rows those of other scans that overlap."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;")
        rows = [(row, group[0], place) for group in groups for place, row in enumerate(group)]
        database.executemany("INSERT INTO copies VALUES (?,?,?)", rows)
        shared = [(row, place, other) for row, others in overlaps.items() for place, other in enumerate(others)]
        database.executemany("INSERT INTO overlaps VALUES (?,?,?)", shared)
        database.execute(_INDEX)
        database.execute("COMMIT")


# --- reading ----------------------------------------------------------------------------------------------------------


class Tables:
    """Reads a file of `write_tables`. Thread-safe: every thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._connections: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._local = threading.local()
        self._uri = _immutable(path)
        self.passage_count = int(self._one("SELECT count(*) FROM passages")[0])
        self.article_count = int(self._one("SELECT count(*) FROM articles")[0])

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

    def sources(self) -> list[str]:
        return [source for (source,) in self._all("SELECT source FROM pages ORDER BY number")]

    def page(self, source: str) -> Page | None:
        found = self._one("SELECT source, text, path, encoding, sha256, replaced FROM pages WHERE source = ?", source)
        return Page(found[0], found[1], os.fsdecode(found[2]), *found[3:]) if found else None

    def stored(self) -> dict[str, tuple[str, str]]:
        """Source to path and sha256 of its file."""
        found = self._all("SELECT source, path, sha256 FROM pages")
        return {source: (os.fsdecode(path), sha256) for source, path, sha256 in found}

    def signatures(self) -> dict[str, bytes]:
        return dict(self._all("SELECT source, signature FROM pages"))

    def twins(self) -> dict[str, tuple[str, ...]]:
        found = self._all("SELECT source, twins FROM pages")
        return {source: tuple(twins.split("\n")) if twins else () for source, twins in found}

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

    def span(self, source: str) -> Span:
        """The rows of a source, half-open; (0, 0) for an unknown one."""
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

    def keepers(self, rows: Sequence[int]) -> dict[int, int]:
        """For the rows that are near-copies, the best witness of their group."""
        wanted = json.dumps(list(rows))
        return dict(self._all("SELECT row, keeper FROM copies WHERE row IN (SELECT value FROM json_each(?))", wanted))

    def betters(self, rows: Sequence[int]) -> dict[int, set[int]]:
        """For the rows that are copies of a better witness: that one, and what else of its scan overlaps them."""
        wanted = json.dumps(list(rows))
        found = self._all(
            "WITH worse AS (SELECT row, keeper FROM copies WHERE keeper <> row AND row IN (SELECT value FROM "
            "json_each(?))) SELECT row, keeper FROM worse UNION SELECT worse.row, other FROM worse JOIN overlaps "
            "ON overlaps.row = worse.row WHERE other NOT IN (SELECT row FROM copies WHERE keeper <> row)",
            wanted,
        )
        betters: dict[int, set[int]] = {}
        for row, better in found:
            betters.setdefault(row, set()).add(better)
        return betters

    def with_witnesses(self, passages: Sequence[Passage]) -> list[Passage]:
        """`passages` with `also_in`: their near-copies, best first, then what else of other scans overlaps them.

        The copies of one best witness need not hold the same sentences: a copy names that witness, not the others.
        """
        return [replace(passage, also_in=self._witnesses(passage.id)) for passage in passages]

    def _witnesses(self, row: int) -> tuple[Witness, ...]:
        found = self._all(
            "SELECT keeper, 0, 0 FROM copies WHERE row = ?1 AND keeper <> ?1 "
            "UNION ALL SELECT row, 0, place FROM copies WHERE keeper = ?1 AND row <> ?1 "
            "UNION ALL SELECT other, 1, place FROM overlaps WHERE row = ?1 ORDER BY 2, 3",
            row,
        )
        rows = list(dict.fromkeys(one[0] for one in found))
        return tuple(Witness(p.source, p.lines, p.spans, p.text) for p in self.passages(rows)) if rows else ()

    def check(self) -> str:
        """SQLite's own word on the file: "ok", or what is wrong."""
        return str(self._one("PRAGMA quick_check")[0])
