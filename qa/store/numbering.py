"""Rows and positions: the number of a passage for everybody, and where it stands in the segments of a generation.

Rows count the passages of all pages in order of source, so that they do not tell how an index came about. Positions
count them segment by segment. A segment holds whole pages, in order of source. Pages dropped from a segment, which is
never changed, have positions but no rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Place = tuple[str, int, int, int]  # source, first passage in its segment, number of passages, number in its segment


class Numbering:
    """Made of the pages of every segment, each in order of source. A source stands in one segment only.

    `dropped` gives the numbers of the dropped pages of each segment.
    """

    def __init__(self, segments: Sequence[Sequence[Place]], dropped: Sequence[Collection[int]] = ()) -> None:
        counts = [sum(count for _, _, count, _ in places) for places in segments]
        self.starts: Ints = np.cumsum([0, *counts])  # first position of each segment, and the end
        gone = [frozenset(numbers) for numbers in dropped] or [frozenset()] * len(segments)
        every = ((place, segment) for segment, places in enumerate(segments) for place in places)
        pages = sorted((place, segment) for place, segment in every if place[3] not in gone[segment])
        self.sources: list[str] = [source for (source, *_), _ in pages]
        told = np.array([(segment, *place[1:]) for place, segment in pages], np.int64).reshape(len(pages), 4)
        self.segments, first, self.lengths, self.numbers = (told[:, column] for column in range(4))
        self.rows: Ints = np.cumsum([0, *self.lengths])  # first row of each page, and the end
        self.positions: Ints = first + self.starts[self.segments]
        # Pages without passages come first, so that a place is found in the page after them.
        self._order = np.lexsort((self.lengths, self.positions))
        self._sorted = self.positions[self._order]
        self._numbers = {source: number for number, source in enumerate(self.sources)}

    def __len__(self) -> int:
        """How many rows there are."""
        return int(self.rows[-1])

    @property
    def size(self) -> int:
        """How many positions there are: more than rows, where pages were dropped."""
        return int(self.starts[-1])

    @cached_property
    def position_of_each(self) -> Ints:
        """The position of every row."""
        moved: Ints = np.arange(len(self)) + np.repeat(self.positions - self.rows[:-1], self.lengths)
        return moved

    @cached_property
    def row_of_each(self) -> Ints:
        """The row at every position, -1 where the page was dropped."""
        rows = np.full(self.size, -1)
        rows[self.position_of_each] = np.arange(len(self))
        return rows

    def number(self, source: str) -> int | None:
        """Of a page among all pages, in order of source."""
        return self._numbers.get(source)

    def page_of(self, rows: npt.ArrayLike) -> Ints:
        """Number of the page of each row."""
        return np.searchsorted(self.rows[:-1], rows, side="right") - 1

    def to_positions(self, rows: npt.ArrayLike) -> Ints:
        wanted = np.asarray(rows, np.int64)
        pages = self.page_of(wanted)
        return wanted - self.rows[pages] + self.positions[pages]

    def to_rows(self, positions: npt.ArrayLike) -> Ints:
        """The row at each position, -1 where the page was dropped."""
        wanted = np.asarray(positions, np.int64)
        if not len(self.sources):
            return np.full(wanted.shape, -1)
        pages = self._order[np.searchsorted(self._sorted, wanted, side="right") - 1]
        inside = wanted - self.positions[pages]
        return np.where((inside >= 0) & (inside < self.lengths[pages]), inside + self.rows[pages], -1)
