"""The tables of all segments of a generation as if they were one; rows are numbered in order of source."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

import numpy as np

from qa.datatypes import Article, Page, Passage, Span, Witness
from qa.errors import IndexDamaged
from qa.store.copies import Copies
from qa.store.generations import REBUILD
from qa.store.numbering import Numbering
from qa.store.tables import Tables

_Value = TypeVar("_Value")
_KEPT = 1024  # passages that were read are kept with their witnesses, up to so many and those of one call


class JoinedTables:
    """Reads files of `TableWriter`, one a segment, and the near-copies among their passages. Thread-safe.

    `dropped` gives the numbers of the pages of each segment that do not count any more. `known` has tables that are
    open already, by the name of their segment; they are used, and not closed, instead of the file.
    """

    def __init__(
        self,
        files: Sequence[Path],
        folder: Path,
        dropped: Sequence[Collection[int]] = (),
        known: Mapping[str, Tables] | None = None,
    ) -> None:
        lent = known or {}
        self.segments = [lent.get(file.parent.name) or Tables(file) for file in files]
        self._own = [one for one in self.segments if one not in lent.values()]
        self._kept: dict[int, Passage] = {}
        self._folder, self._dropped = folder, [*map(sorted, dropped)] or [[]] * len(files)
        gone = [one.counts(numbers) for one, numbers in zip(self.segments, self._dropped, strict=True)]
        self.article_count = sum(one.article_count for one in self.segments) - sum(articles for articles, _ in gone)
        self.passage_count = sum(one.passage_count for one in self.segments) - sum(passages for _, passages in gone)

    def close(self) -> None:
        for one in self._own:
            one.close()

    @cached_property
    def numbering(self) -> Numbering:
        numbering = Numbering([one.places for one in self.segments], self._dropped)
        if len(numbering) != self.passage_count:
            raise IndexDamaged(
                f"{self._folder} holds {self.passage_count} passages but its pages have {len(numbering)}; {REBUILD}."
            )
        return numbering

    @cached_property
    def copies(self) -> Copies:
        return Copies(self._folder)

    def _home(self, source: str) -> Tables | None:
        number = self.numbering.number(source)
        return None if number is None else self.segments[self.numbering.segments[number]]

    def sources(self) -> list[str]:
        return list(self.numbering.sources)

    def page(self, source: str) -> Page | None:
        home = self._home(source)
        return home.page(source) if home else None

    def stored(self) -> Mapping[str, tuple[str, str]]:
        """Source to path and sha256 of its file."""
        return self._stored

    @cached_property
    def _stored(self) -> dict[str, tuple[str, str]]:
        return self._joined([one.stored() for one in self.segments])

    def signatures(self) -> dict[str, bytes]:
        return self._joined([one.signatures() for one in self.segments])

    def twins(self) -> dict[str, tuple[str, ...]]:
        return self._joined([one.twins() for one in self.segments])

    def _joined(self, found: Sequence[Mapping[str, _Value]]) -> dict[str, _Value]:
        """By source, in order: each from the segment that the page stands in."""
        numbering = self.numbering
        return {
            source: found[segment][source]
            for source, segment in zip(numbering.sources, numbering.segments.tolist(), strict=True)
        }

    def twins_of(self, source: str) -> list[str]:
        """The other scans of the page `source`."""
        home = self._home(source)
        return home.twins_of(source) if home else []

    def articles(self, source: str | None = None) -> list[Article]:
        """The articles of one source or of all, in order."""
        if source is None:
            found = (filter(partial(self._counts, one), one.articles()) for one in self.segments)
            return list(heapq.merge(*found, key=lambda article: article.source))
        home = self._home(source)
        return home.articles(source) if home else []

    def _counts(self, home: Tables, article: Article) -> bool:
        return self._home(article.source) is home

    def article(self, source: str, number: int) -> Article | None:
        home = self._home(source)
        return home.article(source, number) if home else None

    def of_source(self, source: str) -> list[Passage]:
        """The passages of one source, in order."""
        return list(self.between(*self.span(source)))

    def span(self, source: str | None) -> Span:
        """The rows of a source, half-open, or of all sources (None); (0, 0) for an unknown one."""
        if source is None:
            return 0, self.passage_count
        number = self.numbering.number(source)
        return (0, 0) if number is None else (int(self.numbering.rows[number]), int(self.numbering.rows[number + 1]))

    def page_number(self, source: str) -> int | None:
        return self.numbering.number(source)

    def between(self, first: int, last: int) -> Iterator[Passage]:
        """The passages of rows `first` up to, not with, `last`, without their witnesses."""
        last = min(last, self.passage_count)
        if first >= last:
            return iter(())
        begin, end = self.numbering.page_of([first, last - 1]).tolist()
        return chain.from_iterable(self._of_page(page, first, last) for page in range(begin, end + 1))

    def _of_page(self, page: int, first: int, last: int) -> Iterator[Passage]:
        numbering = self.numbering
        segment, row = int(numbering.segments[page]), int(numbering.rows[page])
        local = int(numbering.positions[page] - numbering.starts[segment])
        shift, end = row - local, row + int(numbering.lengths[page])
        found = self.segments[segment].between(max(first, row) - shift, min(last, end) - shift)
        return (replace(passage, id=passage.id + shift) for passage in found)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of `rows`, in that order, without their witnesses."""
        wanted = np.asarray(rows, np.int64)
        if len(wanted) and not 0 <= wanted.min() <= wanted.max() < self.passage_count:
            missing = sorted({row for row in rows if not 0 <= row < self.passage_count})
            raise IndexDamaged(f"The index holds no passages {missing[:5]}; {REBUILD}.")
        by_segment: dict[int, list[tuple[int, int]]] = defaultdict(list)
        positions, starts = self.numbering.to_positions(wanted), self.numbering.starts
        segments = np.searchsorted(starts, positions, side="right") - 1
        places = zip(wanted.tolist(), segments.tolist(), (positions - starts[segments]).tolist(), strict=True)
        for row, segment, local in places:
            by_segment[segment].append((row, local))
        found: dict[int, Passage] = {}
        for segment, pairs in by_segment.items():
            read = self.segments[segment].passages([local for _, local in pairs])
            found |= {row: _numbered(passage, row) for (row, _), passage in zip(pairs, read, strict=True)}
        return [found[row] for row in wanted.tolist()]

    def keepers(self, rows: Sequence[int]) -> dict[int, int]:
        """For the rows that are near-copies, the best witness of their group."""
        return self.copies.keepers(rows)

    def betters(self, rows: Sequence[int]) -> dict[int, set[int]]:
        """For the rows that are copies of a better witness: that one, and what else of its scan overlaps them."""
        return self.copies.betters(rows)

    def with_witnesses(self, passages: Sequence[Passage]) -> list[Passage]:
        """`passages` with `also_in`: their near-copies, best first, then what else of other scans overlaps them."""
        rows = self.copies.witnesses([passage.id for passage in passages])
        needed = sorted({row for found in rows.values() for row in found})
        known = {p.id: Witness(p.source, p.lines, p.spans, p.text) for p in self.passages(needed)}
        witnesses = {row: tuple(known[one] for one in found) for row, found in rows.items()}
        return [replace(one, also_in=witnesses[one.id]) if one.id in witnesses else one for one in passages]

    def witnessed(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of `rows` with their witnesses, in that order; those read lately are not read again."""
        kept = self._kept
        new = [row for row in dict.fromkeys(rows) if row not in kept]
        if new:
            if len(kept) > _KEPT:
                kept = {row: kept[row] for row in rows if row in kept}
            # A new dictionary: another thread may be looking into the old one.
            kept = self._kept = kept | dict(zip(new, self.with_witnesses(self.passages(new)), strict=True))
        return [kept[row] for row in rows]

    def check(self) -> str:
        """SQLite's own word on the files: "ok", or what is wrong."""
        return next((word for one in self.segments if (word := one.check()) != "ok"), "ok")


def _numbered(passage: Passage, row: int) -> Passage:
    return passage if passage.id == row else replace(passage, id=row)
