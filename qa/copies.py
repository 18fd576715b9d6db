"""Near-copies among passages: whose words mostly stand in a better passage, so that the two count as one.

Character grams are sampled by their hash (Manber 1994), which keeps the shares that two passages have in common. What
is decided for a passage depends on the passages that share grams with it and on nothing else, neither their order nor
what was known before: after an update, only the passages that an added or removed page touches are decided again.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.datatypes import Passage
from qa.grams import grams_of_each

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Agree = Callable[[int, list[int]], bool]

GRAM = 5  # characters: long enough that two passages share none by chance
_SAMPLE = 8  # one gram in so many is kept, some forty of a passage
_COPY = 0.45  # share of a passage's grams that better passages of one page must hold
_CROWDED = 64  # a gram that more passages hold is a set phrase and tells nothing
_AT_ONCE = 1 << 14  # passages decided together: bounds the memory
_LOW = np.uint64(2**32 - 1)
_HALF = np.uint64(32)
_ROW = 32  # bits of a row


@dataclass(frozen=True)
class Sketch:
    """The sampled grams of one batch of passages, numbered from 0."""

    keys: Keys  # hash * 2**32 + passage, distinct and rising
    counts: Ints  # grams of each passage

    @classmethod
    def of(cls, texts: Sequence[str]) -> Sketch:
        owner, hashes = grams_of_each(texts, GRAM)
        kept = hashes % np.uint32(_SAMPLE) == 0
        keys = np.unique(hashes[kept].astype(np.uint64) << _HALF | owner[kept].astype(np.uint64))
        return cls(keys, np.bincount((keys & _LOW).astype(np.int64), minlength=len(texts)))


@dataclass(frozen=True)
class Pool:
    """All passages of an index: sketches one after the other, and for each passage its page and how good it is."""

    sketches: Sequence[Sketch]
    pages: Ints  # number of the page of each passage
    ranks: Ints  # the lower, the better as a witness; no two are equal

    @cached_property
    def counts(self) -> Ints:
        return np.concatenate([np.zeros(0, np.int64), *(sketch.counts for sketch in self.sketches)])

    def starts(self) -> list[int]:
        return [0, *itertools.accumulate(len(sketch.counts) for sketch in self.sketches)]

    def holders(self, hashes: NDArray[np.uint32], least: int = 1, most: int = 2**31) -> tuple[Ints, Ints]:
        """How many passages hold each of `hashes`, which are distinct and rising; and which, one hash after the other.

        Those of a hash that fewer than `least` or more than `most` passages hold are left out.
        """
        low = hashes.astype(np.uint64) << _HALF
        firsts = [np.searchsorted(sketch.keys, low).astype(np.int32) for sketch in self.sketches]
        ends = (np.searchsorted(sketch.keys, low | _LOW, side="right") for sketch in self.sketches)
        lengths = [(end - first).astype(np.int32) for first, end in zip(firsts, ends, strict=True)]
        counts: Ints = np.sum([np.zeros(len(hashes), np.int32), *lengths], axis=0, dtype=np.int64)
        listed = np.where((counts >= least) & (counts <= most), counts, 0)
        free = np.cumsum(listed) - listed  # where the next holder of each hash goes
        found = np.empty(int(listed.sum()), np.int64)
        for start, sketch, first, length in zip(self.starts(), self.sketches, firsts, lengths, strict=False):
            some = np.flatnonzero((length > 0) & (listed > 0))
            size = length[some]
            held = sketch.keys[_ranges(first[some], size)] & _LOW
            found[_ranges(free[some], size)] = held.astype(np.int64) + start
            free[some] += size
        return counts, found

    def hashes_of(self, passages: Ints) -> tuple[Ints, NDArray[np.uint32]]:
        """The passages, which are distinct and rising, each as often as it has grams, and the hashes of these."""
        owners, hashes = [np.zeros(0, np.int64)], [np.zeros(0, np.uint32)]
        for start, sketch in zip(self.starts(), self.sketches, strict=False):
            wanted = np.zeros(len(sketch.counts), bool)
            inside = passages[(passages >= start) & (passages < start + len(wanted))] - start
            if len(inside):
                wanted[inside] = True
                keys = sketch.keys[wanted[(sketch.keys & _LOW).astype(np.int64)]]
                owners.append((keys & _LOW).astype(np.int64) + start)
                hashes.append((keys >> _HALF).astype(np.uint32))
        return np.concatenate(owners), np.concatenate(hashes)

    def grams(self, passages: Ints, first_page: int = 0) -> Keys:
        """Those of the passages, hash * 2**32 + page, as often as a passage holds them; pages count from the first."""
        owners, hashes = self.hashes_of(passages)
        return hashes.astype(np.uint64) << _HALF | (self.pages[owners] + first_page).astype(np.uint64)


def _ranges(first: NDArray[np.integer[Any]], lengths: NDArray[np.integer[Any]]) -> Ints:
    """As many numbers from each of `first` on as its length says, one range after the other."""
    offsets = np.repeat(first - (np.cumsum(lengths) - lengths), lengths)
    numbers: Ints = np.arange(len(offsets)) + offsets
    return numbers


def best_first(sizes: Ints, rows: Ints) -> Ints:
    """Ranks of passages: those of fuller articles first, so that witnesses shown come from one scan; then by row."""
    return -(sizes << _ROW) + rows  # in order: sorting a million takes longer than what an update has to do


def keepers(pool: Pool, passages: Ints, agree: Agree) -> Ints:
    """For each of `passages` (distinct, rising) the better passage that it is a copy of, or -1.

    It is the one that shares most with it, on the page that does; `agree` may object, given the passage and all on
    that page that share something.
    """
    parts = [passages[first : first + _AT_ONCE] for first in range(0, len(passages), _AT_ONCE)]
    return np.concatenate([np.zeros(0, np.int64), *(_keepers(pool, part, agree) for part in parts)])


def _keepers(pool: Pool, passages: Ints, agree: Agree) -> Ints:
    owners, others = _shared(pool, passages)
    better = pool.ranks[others] < pool.ranks[owners]
    owners, others = owners[better], others[better]
    found = np.full(len(passages), -1, np.int64)
    for owner, page in _covering(owners, pool.pages[others], pool.counts):
        here = others[np.searchsorted(owners, owner) : np.searchsorted(owners, owner, side="right")]
        those, shared = np.unique(here[pool.pages[here] == page], return_counts=True)
        if agree(owner, those.tolist()):
            found[np.searchsorted(passages, owner)] = those[np.lexsort((pool.ranks[those], -shared))[0]]
    return found


def _shared(pool: Pool, passages: Ints) -> tuple[Ints, Ints]:
    """Pairs of one of `passages` and any passage, itself too, once for each gram they share; by owner."""
    owners, hashes = pool.hashes_of(passages)
    distinct, places = np.unique(hashes, return_inverse=True)
    counts, holders = pool.holders(distinct, 2, _CROWDED)
    telling = (counts > 1) & (counts <= _CROWDED)
    listed = np.where(telling, counts, 0)
    first = np.cumsum(listed) - listed
    order = np.argsort(owners, kind="stable")
    order = order[telling[places[order]]]
    chosen = places[order]
    return np.repeat(owners[order], counts[chosen]), holders[_ranges(first[chosen], counts[chosen])]


def _covering(owners: Ints, pages: Ints, counts: Ints) -> Iterator[tuple[int, int]]:
    """Of pairs by owner: each owner of whose grams a page holds enough, with the page that holds most."""
    if not len(owners):
        return
    pairs, total = np.unique(owners * (int(pages.max()) + 1) + pages, return_counts=True)
    owner, page = np.divmod(pairs, int(pages.max()) + 1)
    enough = total >= _COPY * counts[owner]
    owner, page, total = owner[enough], page[enough], total[enough]
    order = np.lexsort((page, -total, owner))
    _, first = np.unique(owner[order], return_index=True)
    yield from zip(owner[order][first].tolist(), page[order][first].tolist(), strict=True)


def touched(pool: Pool, added: Keys, removed: Keys) -> Ints:
    """Passages whose keeper may be another since pages were added and removed.

    `added` and `removed` hold the grams of these pages' passages, hash * 2**32 + page, as often as there are passages
    that hold them. A passage is touched when one of the pages holds, or held, enough of its grams, or when a gram of
    it has become a set phrase or is none any more.
    """
    changed = np.concatenate([added, removed])
    distinct = np.unique((changed >> _HALF).astype(np.uint32))
    now, holders = pool.holders(distinct)
    places = [np.searchsorted(distinct, (keys >> _HALF).astype(np.uint32)) for keys in (added, removed)]
    before = now - np.bincount(places[0], minlength=len(now)) + np.bincount(places[1], minlength=len(now))
    crossing = (now > _CROWDED) != (before > _CROWDED)
    starts = np.cumsum(now) - now
    at = np.concatenate(places)
    telling = (now[at] <= _CROWDED) | (before[at] <= _CROWDED)
    at, pages = at[telling], (changed[telling] & _LOW).astype(np.int64)
    found = holders[_ranges(starts[at], now[at])]
    covered = [owner for owner, _ in _covering(found, np.repeat(pages, now[at]), pool.counts)]
    return np.unique(np.concatenate([holders[np.repeat(crossing, now)], np.array(covered, np.int64)]))


def groups_of(pointers: Ints, ranks: Ints) -> list[list[int]]:
    """Passages that lead to one keeper, each group with the keeper first, then by rank."""
    copies = np.flatnonzero(pointers >= 0)
    copies = copies[np.argsort(ranks[copies])]
    roots = pointers[copies]
    while (further := pointers[roots]).max(initial=-1) >= 0:
        roots = np.where(further < 0, roots, further)
    groups: dict[int, list[int]] = defaultdict(list)
    for copy, root in zip(copies.tolist(), roots.tolist(), strict=True):
        groups[root].append(copy)
    return [[keeper, *groups[keeper]] for keeper in sorted(groups)]


def article_sizes(passages: Sequence[Passage]) -> list[int]:
    """For each passage, how many characters the passages of its source and title hold together."""
    sizes: dict[tuple[str, str], int] = defaultdict(int)
    for passage in passages:
        sizes[passage.source, passage.article] += len(passage.text)
    return [sizes[passage.source, passage.article] for passage in passages]
