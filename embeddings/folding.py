"""What each code point becomes before words are looked up: a letter, several, a space, or a riddle."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.trie import Ints

Places = npt.NDArray[np.int64]
Fold = Callable[[str], str]

SPACE, ODD, NEW = 0, -1, -2  # what a code point becomes besides a letter (> 0); below NEW: a row of `Spelled`
POINTS = 0x32400  # the code points from here on are all left to the tokenizer
CAPITAL = "A"
_HALVES = slice(0xD800, 0xE000)  # of surrogate pairs


@dataclass(frozen=True)
class Spelled:
    """Row i: the `sizes[i]` letters and spaces that one code point stands for, int32[n, longest], spaces behind."""

    sizes: Ints
    letters: Ints

    @classmethod
    def of(cls, rows: list[tuple[int, ...]]) -> Spelled:
        sizes = np.array([len(row) for row in rows], np.int32)
        longest = int(sizes.max(initial=0))
        filled = [[*row, *[SPACE] * (longest - len(row))] for row in rows]
        return cls(sizes, np.array(filled, np.int32).reshape(len(rows), longest))


class Learner:
    """Learns what single code points become: `fold` is what the tokenizer does to a text, `letters` numbers letters."""

    def __init__(self, fold: Fold, letters: Mapping[str, int]) -> None:
        self._fold, self._letters = fold, letters
        self._rows: dict[tuple[int, ...], int] = {}

    @property
    def spelled(self) -> Spelled:
        """The rows that entries told so far name."""
        return Spelled.of(list(self._rows))

    def entry(self, character: str) -> int:
        """The table's entry for `character`."""
        folded, capital = self._fold(character), self._fold(CAPITAL)
        joined = (self._fold(CAPITAL + character), self._fold(character + CAPITAL))
        if not folded or joined != (capital + folded, folded + capital):
            return ODD  # it makes one character of itself and a neighbour
        codes = tuple(SPACE if _is_space(one) else self._letters.get(one, ODD) for one in folded)
        if ODD in codes:
            return ODD
        if not any(codes) or len(codes) == 1:
            return codes[0]
        return NEW - 1 - self._rows.setdefault(codes, len(self._rows))


class Folding:
    """A table with an entry for each code point and one for all beyond; entries that are NEW are learned when met.

    Without a learner no entry may be NEW. Thread-safe.
    """

    def __init__(self, table: Ints, spelled: Spelled, learner: Learner | None = None) -> None:
        self.table, self.spelled = table, spelled
        self._learner = learner
        self._learning = threading.Lock()

    @classmethod
    def unlearned(cls, learner: Learner) -> Folding:
        table = np.full(POINTS + 1, NEW, np.int32)
        table[_HALVES], table[POINTS] = SPACE, ODD
        return cls(table, learner.spelled, learner)

    def codes(self, points: npt.NDArray[np.uint32]) -> Ints:
        """The table's entries for `points`, none of them NEW: int32, as many."""
        near = np.minimum(points, POINTS)
        codes = self.table[near]
        if self._learner is None or not (codes == NEW).any():
            return codes
        self._learn(self._learner, np.unique(near[codes == NEW]))
        return self.table[near]

    def learn_all(self) -> None:
        """Afterwards no entry is NEW."""
        if self._learner is not None:
            self._learn(self._learner, np.flatnonzero(self.table == NEW))

    def _learn(self, learner: Learner, points: npt.NDArray[np.integer[Any]]) -> None:
        with self._learning:
            entries = [learner.entry(chr(point)) for point in points.tolist()]
            # First the letters, then the entries that name them: other threads read meanwhile.
            self.spelled = learner.spelled
            self.table[points] = entries

    def spread(self, codes: Ints, ends: Places) -> tuple[Ints, Places]:
        """`codes` and `ends` with several letters in place of the code that stands for them."""
        at = np.flatnonzero(codes < NEW)
        if not len(at):
            return codes, ends
        which = NEW - 1 - codes[at]
        sizes, letters = self.spelled.sizes[which], self.spelled.letters
        added = np.zeros(len(codes), np.int64)
        added[at] = sizes - 1
        shift = np.cumsum(added)
        spread = np.zeros(len(codes) + int(shift[-1]), np.int32)
        first = np.arange(len(codes)) + shift - added
        spread[first] = codes
        for place in range(int(sizes.max())):
            long = sizes > place
            spread[first[at[long]] + place] = letters[which[long], place]
        return spread, ends + shift[ends - 1]


def _is_space(character: str) -> bool:
    """White space as Unicode has it: four separators of files count for Python alone."""
    return character.isspace() and not "\x1c" <= character <= "\x1f"
