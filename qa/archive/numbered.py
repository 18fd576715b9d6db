"""Postings, vectors and token ids of all segments under one numbering: rows in, rows out.

Where scores are equal the lower row comes first, also at the end of a list, so that what is found does not depend on
the segments that an index happens to be made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qa.store.numbering import Numbering

if TYPE_CHECKING:
    from embeddings.inverted import InvertedIndex
    from embeddings.vectors import Blocks, VectorIndex
    from qa.lexical import LexicalIndex

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
TokenIds = npt.NDArray[np.int32]
_MARGIN = 16  # more candidates than wanted, so that a tie at the end is seen
_OFTEN = 1 << 9  # passages whose tokens are read until what is mapped of each file is given back
_SPAN = 2**32  # names of rows and pages in the postings: number of the segment * 2**32 + number in the segment


def steady(find: Callable[[int], tuple[Rows, Scores]], k: int, digits: int) -> tuple[Rows, Scores]:
    """The best `k` by score, rounded to `digits`, then by row.

    `find` gives at most so many rows, best first, those of dropped pages as -1.
    """
    wide = k + _MARGIN
    while True:
        found, exact = find(wide)
        scores = exact.round(digits)
        rows, kept = found[found >= 0], scores[found >= 0]
        if len(found) < wide or (len(rows) >= k and scores[-1] < kept[k - 1]):
            order = np.lexsort((rows, -kept))[:k]
            return rows[order], kept[order]
        wide *= 4


def _dropped(numbering: Numbering) -> int:
    """Passages that still stand in the segments and do not count any more."""
    return numbering.size - len(numbering)


class NumberedVectors:
    """Vectors by row. Search is exact or approximate, as the index is."""

    def __init__(self, numbering: Numbering, blocks: Blocks, index: VectorIndex | InvertedIndex) -> None:
        self._numbering, self._blocks, self._index = numbering, blocks, index

    def __len__(self) -> int:
        return len(self._index) - _dropped(self._numbering)

    def search(
        self, query: Scores, k: int, allowed: Iterable[int] | None = None, *, rough: bool = False
    ) -> tuple[Rows, Scores]:
        """At most `k` rows and their cosines with `query`, best first; only rows of `allowed` where it is given.

        A `rough` answer is faster, and misses more, where search is approximate.
        """
        search = self._index.search_roughly if rough else self._index.search
        places = None if allowed is None else self._numbering.to_positions(np.fromiter(allowed, np.int64))

        def find(wide: int) -> tuple[Rows, Scores]:
            positions, scores = search(query[None, :], wide, places)[0]
            return self._numbering.to_rows(positions), scores

        return steady(find, k, 6)

    def of(self, rows: npt.ArrayLike) -> Scores:
        """Vectors of the rows: float32[n, dim]."""
        return self._blocks.take(self._numbering.to_positions(rows))

    def rows(self, first: int, last: int) -> Scores:
        """The vectors of rows `first` up to, not with, `last`: float32[last - first, dim]."""
        return self.of(np.arange(first, last))


class NumberedLexical:
    """A lexical index by row, made of segments with these numbers."""

    def __init__(self, numbering: Numbering, index: LexicalIndex, segments: Sequence[int]) -> None:
        self._numbering, self._index = numbering, index
        self._segments: Rows = np.array(segments, np.int64)
        self._order = np.argsort(self._segments)
        self.document_frequency = index.document_frequency
        self.telling = index.telling

    def __len__(self) -> int:
        return len(self._index)

    def search(self, terms: Sequence[str], k: int, pages: Sequence[int] | None = None) -> tuple[Rows, Scores]:
        """At most `k` rows that hold a term, best first, and their scores; only of the numbered `pages` if given."""
        names = None if pages is None else self._page_names(pages)

        def find(wide: int) -> tuple[Rows, Scores]:
            found, scores = self._index.search(terms, wide, names)
            return self._rows(found), scores

        return steady(find, k, 3)

    def score(self, terms: Sequence[str], rows: Sequence[int]) -> Scores:
        """Scores of the given rows, in their order: float32[n], zero for a row without any of the terms."""
        scores: Scores = self._index.score(terms, self._names(rows).tolist()).round(3)
        return scores

    def _names(self, rows: Sequence[int]) -> Rows:
        positions, starts = self._numbering.to_positions(rows), self._numbering.starts
        segments = np.searchsorted(starts, positions, side="right") - 1
        return self._segments[segments] * _SPAN + positions - starts[segments]

    def _page_names(self, pages: Sequence[int]) -> list[int]:
        chosen = np.asarray(pages, np.int64)
        names = self._segments[self._numbering.segments[chosen]] * _SPAN + self._numbering.numbers[chosen]
        return names.tolist()  # type: ignore[no-any-return]

    def _rows(self, names: Rows) -> Rows:
        numbers, local = np.divmod(names, _SPAN)
        segments = self._order[np.searchsorted(self._segments[self._order], numbers)]
        return self._numbering.to_rows(self._numbering.starts[segments] + local)


class NumberedTokens:
    """Token ids by row. A segment has all ids in one array; those of passage i stand from `starts[i]` on."""

    def __init__(self, numbering: Numbering, segments: Sequence[tuple[Any, Any]]) -> None:
        from embeddings.mapped import Lent

        self._numbering, self._segments = numbering, segments
        self._lent = Lent((ids for ids, _ in segments), _OFTEN)

    def __len__(self) -> int:
        return sum(len(starts) - 1 for _, starts in self._segments) - _dropped(self._numbering)

    def of(self, rows: npt.ArrayLike) -> list[TokenIds]:
        positions, found = self._numbering.to_positions(rows), []
        segments = np.searchsorted(self._numbering.starts, positions, side="right") - 1
        local = positions - self._numbering.starts[segments]
        for segment, row in zip(segments.tolist(), local.tolist(), strict=True):
            ids, starts = self._segments[segment]
            found.append(ids[starts[row] : starts[row + 1]].astype(np.int32))
        self._lent.was_read(len(found))
        return found
