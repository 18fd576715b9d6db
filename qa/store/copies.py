"""Which passages of an index say the same: a sorted table of near-copies and one of overlaps, both memory-mapped."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int64]
_COPIES, _OVERLAPS = "copies.npy", "overlaps.npy"


def write_copies(folder: Path, groups: Sequence[Sequence[int]], overlaps: Mapping[int, Sequence[int]]) -> None:
    """Writes groups of near-copies, the best witness first, and for single rows those of other scans that overlap."""
    first, row, place = _columns([group[0] for group in groups], groups)
    np.save(folder / _COPIES, _sorted(row, first, place), allow_pickle=False)
    row, other, place = _columns(overlaps.keys(), overlaps.values())
    np.save(folder / _OVERLAPS, _sorted(row, other, place), allow_pickle=False)


def _columns(heads: Collection[int], lists: Collection[Sequence[int]]) -> tuple[Table, Table, Table]:
    """For every item of the lists the head of its list, itself and its place there."""
    lengths = np.fromiter(map(len, lists), np.int64, len(lists))
    items = np.fromiter(itertools.chain.from_iterable(lists), np.int64, int(lengths.sum()))
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.repeat(np.fromiter(heads, np.int64, len(heads)), lengths), items, np.arange(len(items)) - starts


def _sorted(*columns: Table) -> Table:
    order = np.lexsort(columns[::-1])
    return np.stack([column[order] for column in columns], axis=1)


class Copies:
    """Reads what `write_copies` wrote."""

    def __init__(self, folder: Path) -> None:
        # Triples of row, keeper and place, by row; of row, other row and place, by row.
        self.copies: Table = _read(folder / _COPIES)
        self.overlaps: Table = _read(folder / _OVERLAPS)
        self._copied = np.ascontiguousarray(self.copies[:, 0])
        self._order = np.lexsort((self.copies[:, 2], self.copies[:, 1]))
        self._keepers = self.copies[self._order, 1]

    def keepers(self, rows: Sequence[int]) -> dict[int, int]:
        """For the rows that are near-copies, the best witness of their group."""
        wanted = np.asarray(rows, np.int64)
        if not len(self.copies):
            return {}
        places = np.minimum(np.searchsorted(self._copied, wanted), len(self.copies) - 1)
        there = self._copied[places] == wanted
        return dict(zip(wanted[there].tolist(), self.copies[places[there], 1].tolist(), strict=True))

    def betters(self, rows: Sequence[int]) -> dict[int, set[int]]:
        """For the rows that are copies of a better witness: that one, and what else of its scan overlaps them."""
        worse = {row: keeper for row, keeper in self.keepers(rows).items() if keeper != row}
        overlapping = {row: self.overlapping(row) for row in worse}
        others = {other for found in overlapping.values() for other in found}
        hidden = {row for row, keeper in self.keepers(sorted(others)).items() if keeper != row}
        return {row: {keeper, *(set(overlapping[row]) - hidden)} for row, keeper in worse.items()}

    def overlapping(self, row: int) -> list[int]:
        """Rows of other scans that share a clause with `row`, fullest first."""
        first, last = np.searchsorted(self.overlaps[:, 0], [row, row + 1])
        found = self.overlaps[first:last]
        return found[np.argsort(found[:, 2]), 1].tolist()  # type: ignore[no-any-return]

    def witnesses(self, rows: Sequence[int]) -> dict[int, list[int]]:
        """For the rows that have any: near-copies, best first, then what else of other scans overlaps them.

        The copies of one best witness need not hold the same sentences: a copy names that witness, not the others.
        """
        keepers, wanted = self.keepers(rows), np.asarray(rows, np.int64)
        first, last = np.searchsorted(self.overlaps[:, 0], [wanted, wanted + 1])
        overlapping = set(wanted[first < last].tolist())
        return {row: self._witnesses(row, keepers.get(row, row)) for row in {*keepers, *overlapping}}

    def _witnesses(self, row: int, keeper: int) -> list[int]:
        if keeper != row:
            return list(dict.fromkeys([keeper, *self.overlapping(row)]))
        first, last = np.searchsorted(self._keepers, [row, row + 1])
        group = self.copies[self._order[first:last], 0].tolist()
        return list(dict.fromkeys([copy for copy in group if copy != row] + self.overlapping(row)))


def _read(path: Path) -> Table:
    return np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)  # type: ignore[no-any-return]
