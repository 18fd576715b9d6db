"""Where the subject of a page changes: shared rare words on both sides of a line (after TextTiling, Hearst 1997)."""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

_TRIPLE = re.compile(r"(?=([\u3400-\u9fff]{3}))")
_LONG_WORD = re.compile(r"[a-z]{6,}")
_AHEAD, _BEHIND = 300, 800  # characters within which terms are shared
_WINDOW = 260  # characters on each side
_WORD = re.compile(r"[a-z]{4,}")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")


@functools.lru_cache(maxsize=8192)
def tokens(plain: str) -> frozenset[str]:
    """Pairs of Chinese characters and long Latin words of folded text."""
    found = {run[i : i + 2] for run in _HAN_RUN.findall(plain) for i in range(len(run) - 1)}
    return frozenset(found.union(_WORD.findall(plain)))


@functools.lru_cache(maxsize=8192)
def terms(plain: str) -> frozenset[str]:
    """Runs of three Chinese characters and long Latin words of folded text: names and terms, hardly ever grammar."""
    triples: list[str] = _TRIPLE.findall(plain)
    return frozenset(triples).union(_LONG_WORD.findall(plain))


def kinship(texts: Sequence[str], longest: int = 60) -> list[int]:
    """For every line the number of terms that the text from it on shares with the text before; -1 for longer lines.

    Terms that stand farther off as well belong to the whole page and do not count.
    """
    sets = [terms(text) for text in texts]
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for i, found in enumerate(sets):
        for term in found:
            first.setdefault(term, i)
            last[term] = i
    ends = [0, *itertools.accumulate(map(len, texts))]  # characters before each line
    kin = []
    for i, text in enumerate(texts):
        if len(text) > longest:
            kin.append(-1)
            continue
        shared = _reach(sets, texts, range(i, len(texts)), _AHEAD) & _reach(sets, texts, range(i - 1, -1, -1), _BEHIND)
        near = [t for t in shared if ends[last[t]] - ends[i] <= 3 * _AHEAD and ends[i] - ends[first[t]] <= 2 * _BEHIND]
        kin.append(len(near))
    return kin


def breaks(texts: Sequence[str], window: int = _WINDOW) -> list[float]:
    """For every line how little the text from it on shares with the text before it, float in -0.5..0.5.

    `window` characters on each side are compared.

    0.5 is another subject, -0.5 the same words; the first line gets 0.5.
    """
    sets = [tokens(text) for text in texts]
    weights = _weights(sets)
    return [
        0.5
        - _shared(
            _reach(sets, texts, range(i - 1, -1, -1), window),
            _reach(sets, texts, range(i, len(texts)), window),
            weights,
        )
        for i in range(len(texts))
    ]


def outlook(texts: Sequence[str]) -> list[tuple[int, int]]:
    """For every line how many of its words the text right after it takes up, and how many the text right before it."""
    sets = [tokens(text) for text in texts]
    found = []
    for i, own in enumerate(sets):
        after = _reach(sets, texts, range(i + 1, len(texts)))
        before = _reach(sets, texts, range(i - 1, -1, -1))
        found.append((len(own & after - before), len(own & before - after)))
    return found


def _weights(sets: Iterable[frozenset[str]]) -> dict[str, float]:
    """Rarity of each token that stands in more than one line."""
    counts = Counter(token for tokens_of_line in sets for token in tokens_of_line)
    total = math.log(2 + sum(counts.values()))
    return {token: total - math.log(1 + n) for token, n in counts.items() if n > 1}


def _reach(
    sets: Sequence[frozenset[str]], texts: Sequence[str], places: Iterable[int], window: int = _WINDOW
) -> frozenset[str]:
    found: set[str] = set()
    size = 0
    for i in places:
        if size >= window:
            break
        found |= sets[i]
        size += len(texts[i])
    return frozenset(found)


def _shared(one: frozenset[str], other: frozenset[str], weights: dict[str, float]) -> float:
    least = min(sum(weights.get(t, 1.0) for t in one), sum(weights.get(t, 1.0) for t in other))
    return min(1.0, 2 * sum(weights.get(t, 0.0) for t in one & other) / least) if least else 0.0


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Share of the words of the poorer text that the other holds too, 0 to 1."""
    first = {token for text in one for token in tokens(text)}
    second = {token for text in other for token in tokens(text)}
    least = min(len(first), len(second))
    return len(first & second) / least if least else 0.0
