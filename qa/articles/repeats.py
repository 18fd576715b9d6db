"""Lines that stand twice on a page: a tail scanned again, a paragraph printed by two columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa.articles.cohesion import likeness
from qa.articles.lines import Line
from qa.articles.ngrams import seam_scores
from qa.articles.stories import RUNNING
from qa.articles.tagger import Tag
from qa.text import code_points

Ints = NDArray[np.int64]

_GRAM = 10  # characters that must agree before two places are compared
_LEAST = 60  # printed width of a repeat, in halves of a Chinese character
_SUBJECT = 20.0  # log odds of a full agreement of words


def repeated_lines(lines: Sequence[Line], tags: Sequence[Tag]) -> dict[int, int]:
    """Index of every repeated line to the index of the line where the same words stood before.

    Grams of the text are looked up among those before them; agreements that go on cover a line.
    """
    pieces = ["" if tag == "furniture" else "".join(line.plain.split()) for line, tag in zip(lines, tags, strict=True)]
    owner = np.repeat(np.arange(len(pieces)), [len(piece) for piece in pieces])
    return _whole_lines(lines, tags, owner, words_before("".join(pieces)))


def words_before(text: str) -> Ints:
    """For every character where it stood before, as part of the same words; -1 for new ones."""
    earlier = np.full(len(text), -1)
    seen: dict[str, int] = {}
    done = 0  # everything before has been compared
    for i in _suspects(text):
        first = seen.setdefault(text[i : i + _GRAM], i)
        if i - first >= _GRAM:
            start, done = max(i, done), i + _GRAM
            earlier[start:done] = np.arange(first + start - i, first + _GRAM)
    return earlier


def _suspects(text: str) -> list[int]:
    """Where a gram stands that stands twice, and hardly any other: told by their hashes."""
    codes = code_points(text).astype(np.uint64)
    hashes = np.zeros(max(0, len(codes) - _GRAM + 1), np.uint64)
    for offset in range(_GRAM):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + codes[offset : offset + len(hashes)]
    ordered = np.sort(hashes)
    found: list[int] = np.flatnonzero(np.isin(hashes, ordered[1:][ordered[1:] == ordered[:-1]])).tolist()
    return found


def _whole_lines(lines: Sequence[Line], tags: Sequence[Tag], owner: Ints, earlier: Ints) -> dict[int, int]:
    again = np.flatnonzero(earlier >= 0)
    here, there = owner[again], owner[earlier[again]]
    here, there = here[here != there], there[here != there]
    covered, size = (np.bincount(places, minlength=len(lines)) for places in (here, owner))
    full: list[int] = np.flatnonzero((size > 0) & (covered >= 0.8 * size)).tolist()
    first = dict(zip(*(found.tolist() for found in np.unique(here, return_index=True)), strict=True))
    origin = {i: int(there[first[i]]) for i in full}
    kept = [run for run in _runs(full, origin) if _is_repeat(run, lines, tags, origin)]
    return {i: origin[i] for run in kept for i in run}


def _is_repeat(run: Sequence[int], lines: Sequence[Line], tags: Sequence[Tag], origin: dict[int, int]) -> bool:
    """Long enough, and a repeat of text: a headline that the text takes up in its own words is none."""
    width = sum(lines[i].width for i in run if tags[i] in RUNNING)
    return width >= _LEAST and 2 * sum(tags[origin[i]] in RUNNING for i in run) > len(run)


def _runs(full: Sequence[int], origin: dict[int, int]) -> list[list[int]]:
    """Stretches of repeated lines, in order at both places."""
    runs: list[list[int]] = []
    for i in full:
        if runs and i == runs[-1][-1] + 1 and 0 <= origin[i] - origin[runs[-1][-1]] <= 2:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def stray_first_copies(lines: Sequence[Line], tags: Sequence[Tag], copies: dict[int, int]) -> dict[int, int]:
    """First copies that were scanned out of place: index of their first line to that of the line they follow.

    Words that stand twice have one true place. Where the second copy goes on the text before it better, in grammar
    and subject, than the first, the first copy with all that follows belongs behind what stands before the second.
    """
    found: dict[int, int] = {}
    originals = set(copies.values())
    for again, first in copies.items():
        if again - 1 in originals or again - 1 in copies or 0 in (again, first):
            continue
        if tags[again] == "continues" and tags[first] != "begins":
            offset = max(0, lines[first].plain.find(lines[again].plain[:6]))
            here = _fit(lines, first, lines[first].plain[:offset], again)
            if _fit(lines, again, "", again) > here:
                found[first] = again - 1
    return found


def _fit(lines: Sequence[Line], place: int, prefix: str, again: int) -> float:
    """How well the text that starts with line `again` goes on what stands before line `place`."""
    seam = seam_scores([lines[place - 1].plain + prefix], [lines[again].plain])[0]
    before = [line.plain for line in lines[max(0, place - 20) : place]]
    return seam + _SUBJECT * likeness(before, [line.plain for line in lines[again : again + 12]])
