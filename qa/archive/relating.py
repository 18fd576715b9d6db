"""Near-copies and overlaps of a new generation: decided for what an update touches, carried over for the rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa.archive.dropping import Dropped
from qa.archive.overlaps import overlapping
from qa.archive.parts import Parts
from qa.archive.segments import Segment
from qa.copies import Keys, Pool, best_first, groups_of, keepers, touched
from qa.duplicates import numbers_agree
from qa.store import JoinedTables, write_copies
from qa.store.numbering import Numbering

Ints = npt.NDArray[np.int64]
_POINTERS = "pointers.npy"  # row of a copy, row of the passage it is a copy of


def relate(
    folder: Path,
    names: Sequence[str],
    tables: JoinedTables,
    fresh: Collection[str],
    old: Parts | None,
    dropped: Dropped,
) -> None:
    """Writes the near-copies and overlaps among the passages of the segments `names` in `folder`, read by `tables`.

    `fresh` are the pages that were read now; what is known of the others is taken from `old`. `dropped` numbers the
    pages of each segment that do not count any more.
    """
    segments = [Segment(folder / name, tuple(dropped.get(name, ()))) for name in names]
    try:
        numbering = tables.numbering
        # By position, as everything about passages here; -1 for what was dropped.
        rows = numbering.row_of_each
        pool = _pool(segments, numbering, rows)

        def agree(one: int, others: list[int]) -> bool:
            text, *texts = (passage.text for passage in tables.passages(rows[[one, *others]].tolist()))
            return numbers_agree(text, texts)

        if old:
            moved = _moved(old.tables.numbering, numbering, fresh)
            pointers, undecided = _carried(old, pool, numbering, moved)
        else:
            moved, pointers = np.zeros(0, np.int64), np.full(len(rows), -1, np.int64)
            undecided = np.flatnonzero(rows >= 0)
        pointers[undecided] = keepers(pool, undecided, agree)
        copies = np.flatnonzero(pointers >= 0)
        np.save(folder / _POINTERS, np.stack([rows[copies], rows[pointers[copies]]], axis=1), allow_pickle=False)
        groups = [rows[group].tolist() for group in groups_of(pointers, pool.ranks)]
        write_copies(folder, groups, _overlaps(old, moved) | overlapping(tables, fresh))
    finally:
        for segment in segments:
            segment.close()


def _pool(segments: Sequence[Segment], numbering: Numbering, rows: Ints) -> Pool:
    sizes = np.concatenate([np.zeros(0, np.int64), *(segment.statistics["size"] for segment in segments)])
    pages = np.repeat(np.arange(len(numbering.sources)), numbering.lengths)[rows]
    return Pool([segment.sketch for segment in segments], pages, best_first(sizes, rows))


def _moved(old: Numbering, new: Numbering, fresh: Collection[str]) -> Ints:
    """For each old row its new one, -1 where its page is gone or was read anew."""
    numbers = [None if source in fresh else new.number(source) for source in old.sources]
    shifts = [0 if n is None else int(new.rows[n] - row) for n, row in zip(numbers, old.rows, strict=False)]
    stays = np.repeat(np.array([n is not None for n in numbers], bool), old.lengths)
    return np.where(stays, np.arange(len(old)) + np.repeat(np.array(shifts, np.int64), old.lengths), -1)


def _carried(old: Parts, pool: Pool, numbering: Numbering, moved: Ints) -> tuple[Ints, Ints]:
    """What each passage is a copy of as far as is known, and the passages for which it has to be decided."""
    known = numbering.row_of_each < 0
    new = ~known
    stayed = numbering.position_of_each[moved[moved >= 0]]
    known[stayed], new[stayed] = True, False
    pointers = np.full(numbering.size, -1, np.int64)
    table = moved[np.load(old.generation.folder / _POINTERS, allow_pickle=False)]
    table = table[table[:, 0] >= 0]
    whole = table[table[:, 1] >= 0]
    pointers[numbering.to_positions(whole[:, 0])] = numbering.to_positions(whole[:, 1])
    known[numbering.to_positions(table[table[:, 1] < 0, 0])] = False

    known[touched(pool, pool.grams(np.flatnonzero(new)), _gone(old, moved, len(numbering.sources)))] = False
    return pointers, np.flatnonzero(~known)


def _gone(old: Parts, moved: Ints, first_page: int) -> Keys:
    """The grams of passages that are gone or were read anew, their pages numbered from `first_page`."""
    before = old.tables.numbering
    gone = np.sort(before.position_of_each[moved < 0])
    if not len(gone):
        return np.zeros(0, np.uint64)
    segments = [
        Segment(old.generation.folder / name, tuple(pages))
        for name, pages in zip(old.segments, old.dropped, strict=True)
    ]
    grams = _pool(segments, before, before.row_of_each).grams(gone, first_page)
    for segment in segments:
        segment.close()
    return grams


def _overlaps(old: Parts | None, moved: Ints) -> dict[int, list[int]]:
    """Those between old pages, which are still what they were: a page is read anew when another scan of it changes."""
    found: dict[int, list[int]] = {}
    if old:
        table = old.tables.copies.overlaps
        table = table[np.lexsort((table[:, 2], table[:, 0]))]
        pairs = moved[table[:, :2]]
        for row, other in pairs[(pairs >= 0).all(axis=1)].tolist():
            found.setdefault(row, []).append(other)
    return found
