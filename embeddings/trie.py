"""The longest word at every place of a row of letters: a double-array trie (Aoe 1989) looked up with NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Children = list[dict[int, int]]  # of each node: letter code -> node; node 0 is the root

_WINDOW = 256  # places looked at together for a node with several children


@dataclass(frozen=True)
class Trie:
    """Node n has a child for letter c where `parent[base[n] + c] == n`, and that place is the child's number.

    The children of the root are numbered by their letter. `row[n]` is that of the word which ends in n, or -1.
    """

    base: Ints
    parent: Ints
    row: Ints

    @classmethod
    def build(cls, rows: Mapping[str, int], letters: Mapping[str, int]) -> Trie:
        """Of the words in `rows`; `letters` numbers their letters from 1. Texts hold such numbers, and 0 for others."""
        codes = max(letters.values(), default=0)
        children, ends = _nested(rows, letters)
        bases, size = _bases(children, codes)
        places = np.zeros(len(children), np.int64)
        for node, below in enumerate(children):  # a parent comes before its children
            for code, child in below.items():
                places[child] = bases[node] + code
        base, parent, row = (np.full(size + codes + 1, fill, np.int32) for fill in (0, -1, -1))
        base[places] = bases
        row[places] = ends
        for node, below in enumerate(children[1:], start=1):
            parent[[bases[node] + code for code in below]] = places[node]
        return cls(base, parent, row)

    def longest(self, codes: Ints) -> tuple[npt.NDArray[np.int8], Ints]:
        """Length and row of the longest word that begins at each place of `codes`; 0 and -1 where there is none."""
        rows = self.row[codes]
        lengths = (rows >= 0).astype(np.int8)
        places = np.flatnonzero(self.base[codes]).astype(np.int32)
        nodes = codes[places]
        length = 1
        while len(places := places[: np.searchsorted(places, len(codes) - length)]):
            inside = self.base[nodes[: len(places)]] + codes[places + length]
            found = self.parent[inside] == nodes[: len(places)]
            places, nodes, length = places[found], inside[found], length + 1
            row = self.row[nodes]
            word = row >= 0
            rows[places[word]] = row[word]
            lengths[places[word]] = length
            deeper = self.base[nodes] > 0
            places, nodes = places[deeper], nodes[deeper]
        return lengths, rows


def _nested(rows: Mapping[str, int], letters: Mapping[str, int]) -> tuple[Children, list[int]]:
    """The trie as dictionaries, and for each node the row of the word that ends there, or -1."""
    children: Children = [{}]
    ends = [-1]
    for word, row in rows.items():
        node = 0
        for letter in word:
            below = children[node]
            node = below.get(letters[letter], 0)
            if not node:
                node = below[letters[letter]] = len(children)
                children.append({})
                ends.append(-1)
        ends[node] = row
    return children, ends


def _bases(children: Children, codes: int) -> tuple[npt.NDArray[np.int64], int]:
    """Where the children of each node begin, so that no two nodes share a place; and one more than the last place.

    Nodes with many children first, each behind the one before or where it fits between; single children fill the gaps.
    """
    bases = np.zeros(len(children), np.int64)
    free = np.ones(2 * codes + 2 * len(children) + _WINDOW, bool)
    free[: codes + 1] = False
    several = sorted(
        (node for node in range(1, len(children)) if len(children[node]) > 1), key=lambda n: -len(children[n])
    )
    place = codes + 1
    for node in several:
        wanted = np.array(sorted(children[node]), np.int64)
        steps = wanted - wanted[0]
        while not len(fits := _fitting(free, steps, place)):
            place += _WINDOW
        place = int(fits[0])
        free[place + steps] = False
        bases[node] = place - wanted[0]
        if place + 2 * codes + _WINDOW > len(free):
            free = np.concatenate([free, np.ones(len(free), bool)])
    single = np.array([node for node in range(1, len(children)) if len(children[node]) == 1], np.int64)
    gaps = np.flatnonzero(free)[: len(single)]
    free[gaps] = False
    bases[single] = gaps - np.array([next(iter(children[node])) for node in single], np.int64)
    return bases, int(np.flatnonzero(~free)[-1]) + 1


def _fitting(free: npt.NDArray[np.bool_], steps: npt.NDArray[np.int64], place: int) -> npt.NDArray[np.int64]:
    """The free places in the window from `place` on with free places `steps` behind them."""
    firsts = place + np.flatnonzero(free[place : place + _WINDOW])
    fitting: npt.NDArray[np.int64] = firsts[free[firsts[:, None] + steps].all(axis=1)]
    return fitting
