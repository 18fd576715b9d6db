"""Where the subject of a page changes: shared rare words on both sides of a line (after TextTiling, Hearst 1997)."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.text import code_points

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
LONG_WORD = re.compile(r"[a-z]{6,}")
_AHEAD, _BEHIND = 300, 800  # characters within which terms are shared
_WINDOW = 260  # characters on each side
_MANY = 2**15  # lines: with more, three characters and a line no longer make a number of 63 bits
WORD = re.compile(r"[a-z]{4,}")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")


@functools.lru_cache(maxsize=8192)
def tokens(plain: str) -> frozenset[str]:
    """Pairs of Chinese characters and long Latin words of folded text."""
    found = {run[i : i + 2] for run in _HAN_RUN.findall(plain) for i in range(len(run) - 1)}
    return frozenset(found.union(WORD.findall(plain)))


@functools.lru_cache(maxsize=8192)
def terms(plain: str) -> frozenset[str]:
    """Runs of three Chinese characters and long Latin words of folded text: names and terms, hardly ever grammar."""
    found = {run[i : i + 3] for run in _HAN_RUN.findall(plain) for i in range(len(run) - 2)}
    return frozenset(found.union(LONG_WORD.findall(plain)))


@dataclass(frozen=True)
class Spread:
    """Where the words of a page stand: an entry for every line that holds a word, however often. All int64[entries]."""

    lines: Ints
    before: Ints  # the last line above that holds the same word, -1 for none
    after: Ints  # the next line below that does, the number of lines for none
    words: Ints  # which word it is, from 0
    weights: Floats  # of a word: its rarity, 1 where a single line holds it

    @classmethod
    def of(cls, held: tuple[Ints, Ints], count: int) -> Spread:
        """`held` are the words, as any numbers, and the lines where they stand, of a page of `count` lines."""
        numbers = held[0] if count < _MANY else np.unique(held[0], return_inverse=True)[1]
        keys, words, lines = _sorted(numbers, held[1], count)
        new = np.diff(keys, prepend=-1) > 0
        words, lines = words[new], lines[new]
        again = words[1:] == words[:-1]
        before, after = np.full(len(lines), -1), np.full(len(lines), count)
        before[1:][again], after[:-1][again] = lines[:-1][again], lines[1:][again]
        which = np.cumsum(np.concatenate(([0], ~again)))[: len(lines)]
        return cls(lines, before, after, which, _rarity(np.bincount(which), len(lines))[which])

    def only(self, chosen: NDArray[np.bool_]) -> Spread:
        """Some of the entries."""
        kept = self.lines[chosen], self.before[chosen], self.after[chosen], self.words[chosen], self.weights[chosen]
        return Spread(*kept)


def _rarity(counts: Ints, entries: int) -> Floats:
    """Of words that stand in so many lines, as multiples of 2**-32, so that sums are the same in any order."""
    rarity = np.log(2 + entries) - np.log(1 + np.arange(counts.max(initial=0) + 1))[counts]
    return np.where(counts > 1, np.round(rarity * 2**32) / 2**32, 1.0)


@dataclass(frozen=True)
class Window:
    """For every line the lines from `first` to before `last`: what stands above or below it. Both never fall."""

    first: Ints
    last: Ints

    def begins_behind(self, lines: Ints) -> Ints:
        """The first line whose window begins behind each of `lines`."""
        return _looked_up(self.first, lines)

    def ends_behind(self, lines: Ints) -> Ints:
        """The first line whose window holds, or ends behind, each of `lines`."""
        return _looked_up(self.last, lines)

    def weigh(self, spread: Spread) -> Floats:
        """Weight of the distinct words in the window of every line."""
        start = np.maximum(self.begins_behind(spread.before), self.ends_behind(spread.lines))
        return _over(start, self.begins_behind(spread.lines), spread.weights, len(self.first))


def _looked_up(edges: Ints, lines: Ints) -> Ints:
    """Place of the first of the rising `edges` behind each of `lines`, numbers from -1 on: searched for once each."""
    return np.searchsorted(edges, np.arange(-1, len(edges) + 1), "right")[lines + 1]


def _above(ends: Ints, window: int) -> Window:
    """The lines above each line that hold `window` characters; `ends` are the characters before each line."""
    count = len(ends) - 1
    first = np.searchsorted(ends, ends[:count] - window, "right") - 1
    return Window(np.maximum(first, 0), np.arange(count))


def _below(ends: Ints, window: int, skip: int = 0) -> Window:
    """The lines from each line, or from `skip` lines below it, that hold `window` characters."""
    count = len(ends) - 1
    starts = np.minimum(np.arange(count) + skip, count)
    return Window(starts, np.searchsorted(ends[:count], ends[starts] + window, "left"))


def _over(start: Ints, stop: Ints, weights: Floats, count: int) -> Floats:
    """Sum for every line of the weights of the entries from whose `start` to whose `stop` it stands."""
    here = start < stop
    opened = np.bincount(start[here], weights[here], count + 1)
    return np.cumsum(opened - np.bincount(stop[here], weights[here], count + 1))[:count]


def _ends(texts: Sequence[str]) -> Ints:
    """Characters before each line, and of all lines."""
    return np.cumsum([0, *map(len, texts)])


def words_in(texts: Sequence[str], size: int = 2, latin: re.Pattern[str] = WORD) -> tuple[Ints, Ints, list[str]]:
    """Runs of `size` Chinese characters, and Latin words: each by a number, the line of each, and the Latin words,
    whose numbers are their places; the numbers of runs are higher."""
    joined = "\n".join(texts)
    lines = np.repeat(np.arange(len(texts)), [len(text) + 1 for text in texts])
    codes = code_points(joined).astype(np.int64)
    runs, han = np.zeros(max(0, len(codes) - size + 1), np.int64), (codes >= 0x3400) & (codes <= 0x9FFF)
    whole = np.ones(len(runs), bool)
    for offset in range(size):
        runs = runs << 16 | codes[offset : len(runs) + offset]
        whole &= han[offset : len(runs) + offset]
    found = list(latin.finditer(joined))
    numbers: dict[str, int] = {}
    words = [numbers.setdefault(match[0], len(numbers)) for match in found]
    places = np.concatenate((np.flatnonzero(whole), np.array([match.start() for match in found], np.int64)))
    values = np.concatenate((runs[whole], np.array(words, np.int64)))
    return values, lines[places], list(numbers)


def numbered(values: Ints) -> tuple[Ints, Ints]:
    """The distinct values, which have 48 bits, in order, and the place among them of each: sorting numbers is much
    faster than sorting their places."""
    if len(values) >= _MANY:
        return np.unique(values, return_inverse=True)
    _, values, places = _sorted(values, np.arange(len(values)), len(values))
    new = np.diff(values, prepend=-1) > 0
    numbers = np.empty(len(values), np.int64)
    numbers[places] = np.cumsum(new) - 1
    return values[new], numbers


def _sorted(first: Ints, second: Ints, below: int) -> tuple[Ints, Ints, Ints]:
    """Pairs of numbers in order, as one number each and parted again; the second of each is `below` the limit given."""
    bits = below.bit_length()
    keys = np.sort(first << bits | second)
    return keys, keys >> bits, keys & (1 << bits) - 1


@functools.lru_cache(maxsize=4)
def _spread(texts: tuple[str, ...], size: int, latin: re.Pattern[str]) -> Spread:
    values, lines, _ = words_in(texts, size, latin)
    return Spread.of((values, lines), len(texts))


def kinship(texts: Sequence[str], longest: int = 60) -> list[int]:
    """For every line the number of terms that the text from it on shares with the text before; -1 for longer lines.

    Terms that stand farther off as well belong to the whole page and do not count.
    """
    ends, spread = _ends(texts), _spread(tuple(texts), 3, LONG_WORD)
    begun = spread.before < 0
    again, which = spread.only(~begun), spread.words[~begun]
    first, last = spread.lines[begun][which], spread.lines[spread.after == len(texts)][which]
    above, below = _above(ends, _BEHIND), _below(ends, _AHEAD)
    nearest = np.searchsorted(ends[:-1], ends[:-1] - 3 * _AHEAD, "left")[last]
    farthest = np.searchsorted(ends[:-1], ends[:-1] + 2 * _BEHIND, "right")[first]
    start = np.maximum.reduce((again.before + 1, below.ends_behind(again.lines), nearest))
    stop = np.minimum.reduce((again.lines + 1, above.begins_behind(again.before), farthest))
    shared = _over(start, stop, np.ones(len(start)), len(texts))
    return [-1 if len(text) > longest else int(n) for text, n in zip(texts, shared, strict=True)]


def breaks(texts: Sequence[str], window: int = _WINDOW) -> list[float]:
    """For every line how little the text from it on shares with the text before it, float in -0.5..0.5.

    `window` characters on each side are compared.

    0.5 is another subject, -0.5 the same words; the first line gets 0.5.
    """
    ends, spread = _ends(texts), _spread(tuple(texts), 2, WORD)
    again = spread.only(spread.before >= 0)
    above, below = _above(ends, window), _below(ends, window)
    start = np.maximum(again.before + 1, below.ends_behind(again.lines))
    stop = np.minimum(again.lines + 1, above.begins_behind(again.before))
    shared = _over(start, stop, again.weights, len(texts))
    least = np.minimum(above.weigh(spread), below.weigh(spread))
    found: list[float] = (0.5 - np.minimum(1.0, 2 * shared / np.where(least > 0, least, np.inf))).tolist()
    return found


def outlook(texts: Sequence[str]) -> list[tuple[int, int]]:
    """For every line how many of its words the text right after it takes up, and how many the text right before it."""
    ends, spread = _ends(texts), _spread(tuple(texts), 2, WORD)
    after = spread.after < _below(ends, _WINDOW, 1).last[spread.lines]
    before = spread.before >= _above(ends, _WINDOW).first[spread.lines]
    before &= spread.before >= 0
    counts = [np.bincount(spread.lines[only], minlength=len(texts)) for only in (after & ~before, before & ~after)]
    return list(zip(*(count.tolist() for count in counts), strict=True))


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Share of the words of the poorer text that the other holds too, 0 to 1."""
    first = {token for text in one for token in tokens(text)}
    second = {token for text in other for token in tokens(text)}
    least = min(len(first), len(second))
    return len(first & second) / least if least else 0.0
