"""Which of two readings is the likelier: what most scans print, else the letters that go on each other better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import log

from qa.collation.readings import Reading, Why
from qa.text import fold, squeeze

Frequency = Callable[[str], int]  # in how many passages a pair of characters stands
_REACH = 5  # letters on each side that are looked at


def choose(readings: Sequence[Reading], before: str, after: str, frequency: Frequency | None = None) -> tuple[int, Why]:
    """Which reading to show, and why. `before` and `after` are the letters around it; the first reading is the own."""
    words = [fold(squeeze(reading.text)) for reading in readings]
    counts = Counter(words)
    most, votes = counts.most_common(1)[0]
    if len(readings) >= 3 and 2 * votes > len(readings):
        return words.index(most), "majority"
    scores = {word: likelihood(before, word, after, frequency) for word in counts}
    best = max(scores, key=lambda word: scores[word])
    return (words.index(best), "words") if best != words[0] else (0, "own")


def likelihood(before: str, word: str, after: str, frequency: Frequency | None = None) -> float:
    """How well `word` reads between `before` and `after`.

    The mean log odds that each letter goes on the last one, and the mean log frequency of the pairs of letters.
    """
    before, after = before[-_REACH:], after[:_REACH]
    text = before + word + after
    places = [i for i in range(len(before), len(before) + len(word) + 1) if 0 < i < len(text)]
    if not places:
        return 0.0
    from qa.articles.ngrams import seam_scores  # reading articles is loaded only where scans differ

    score = sum(seam_scores([text[:i] for i in places], [text[i:] for i in places]))
    if frequency:
        score += sum(log(1 + frequency(text[i - 1 : i + 1])) for i in places)
    return score / len(places)
