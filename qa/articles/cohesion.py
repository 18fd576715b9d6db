"""Where the subject of a page changes: shared rare words on both sides of a line (after TextTiling, Hearst 1997)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

_WINDOW = 260  # characters on each side
_WORD = re.compile(r"[a-z]{4,}")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")


def tokens(plain: str) -> set[str]:
    """Pairs of Chinese characters and long Latin words of folded text."""
    found = {run[i : i + 2] for run in _HAN_RUN.findall(plain) for i in range(len(run) - 1)}
    return found | set(_WORD.findall(plain))


def breaks(texts: Sequence[str]) -> list[float]:
    """For every line how little the text from it on shares with the text before it, float in -0.5..0.5.

    0.5 is another subject, -0.5 the same words; the first line gets 0.5.
    """
    sets = [tokens(text) for text in texts]
    weights = _weights(sets)
    return [
        0.5 - _shared(_reach(sets, texts, range(i - 1, -1, -1)), _reach(sets, texts, range(i, len(texts))), weights)
        for i in range(len(texts))
    ]


def _weights(sets: Iterable[set[str]]) -> dict[str, float]:
    """Rarity of each token that stands in more than one line."""
    counts = Counter(token for tokens_of_line in sets for token in tokens_of_line)
    total = math.log(2 + sum(counts.values()))
    return {token: total - math.log(1 + n) for token, n in counts.items() if n > 1}


def _reach(sets: Sequence[set[str]], texts: Sequence[str], places: Iterable[int]) -> set[str]:
    found: set[str] = set()
    size = 0
    for i in places:
        if size >= _WINDOW:
            break
        found |= sets[i]
        size += len(texts[i])
    return found


def _shared(one: set[str], other: set[str], weights: dict[str, float]) -> float:
    least = min(sum(weights.get(t, 1.0) for t in one), sum(weights.get(t, 1.0) for t in other))
    return min(1.0, 2 * sum(weights.get(t, 0.0) for t in one & other) / least) if least else 0.0


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Share of the words of the poorer text that the other holds too, 0 to 1."""
    first = {token for text in one for token in tokens(text)}
    second = {token for text in other for token in tokens(text)}
    least = min(len(first), len(second))
    return len(first & second) / least if least else 0.0
