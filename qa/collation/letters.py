"""A printed text as two prints are compared, and the places where they match."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from qa.text import fold

Kind = Literal["equal", "differs", "lacks", "extra"]
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Letters:
    """A printed text as it is compared: folded, without white space."""

    text: str
    places: tuple[int, ...]  # of each letter in the printed text
    breaks: frozenset[int]  # letters that begin a line there

    @classmethod
    def of(cls, printed: str) -> Letters:
        places = tuple(i for i, character in enumerate(printed) if not character.isspace())
        folded = fold(printed)
        pairs = enumerate(zip((-1, *places), places, strict=False))
        breaks = frozenset(n for n, (last, here) in pairs if last < 0 or "\n" in printed[last + 1 : here])
        return cls("".join(folded[i] for i in places), places, breaks)


@dataclass(frozen=True, slots=True)
class Match:
    """The same place in two texts, as half-open ranges of letters.

    `lacks`: the second text has letters here that the first has lost; `extra`: the other way round.
    """

    kind: Kind
    start: int
    end: int
    other_start: int
    other_end: int

    def shifted(self, by: int, other_by: int) -> Match:
        return Match(self.kind, self.start + by, self.end + by, self.other_start + other_by, self.other_end + other_by)


def compared(matches: Iterable[Match]) -> list[Match]:
    return [match for match in matches if match.kind in ("equal", "differs")]


def ranges(pairs: Iterable[Range]) -> list[Range]:
    found: list[Range] = []
    for start, end in sorted(pairs):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def touches(ranges: Sequence[Range], start: int, end: int) -> bool:
    n = bisect_left(ranges, (end, -1)) - 1
    return n >= 0 and ranges[n][1] > start
