"""Lines that stand twice on a page: a tail scanned again, a paragraph printed by two columns.

Runs of letters that stand twice tell where a line may have stood before; an alignment tells whether it is that line,
misread here or there. Letters are misread one by one: where whole words differ, two reports tell the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, repeat

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq, Levenshtein

from qa.articles.cohesion import likeness
from qa.articles.lines import Line
from qa.articles.ngrams import seam_scores
from qa.articles.stories import RUNNING
from qa.articles.tagger import Tag
from qa.text import code_points

_GRAM, _LATIN_GRAM = 6, 14  # letters in a row that stand twice: short enough to be read right in both places
_LEAST = 60  # printed width of a repeat, in halves of a Chinese character
_LEAST_NEXT = 14  # the same where the words follow themselves at once
_DRIFT = 4  # letters by which those lost or doubled may shift one line
_ALIKE = 70.0  # of 100: one line, with one letter in ten misread in each copy
_GOES_ON = 55.0  # the same for a line between or beside lines that are repeats
_WRONG = 0.22  # letters of a whole repeat that differ
_WRONG_AT_END = 0.3  # the same of its first and its last line
_WORD = 4  # letters in a row that differ: other words
_OTHERS = 0.06  # letters of other words to one of the repeat
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_SPEAKER = re.compile(r"[^\W\d_]{1,4}:")
Places = NDArray[np.int64]
_SUBJECT = 20.0  # log odds of a full agreement of words


@dataclass(frozen=True)
class _Letters:
    """The letters of a page without white space and furniture: of line i those from starts[i] to starts[i + 1]."""

    text: str
    starts: tuple[int, ...]
    owner: tuple[int, ...]

    @classmethod
    def of(cls, lines: Sequence[Line], tags: Sequence[Tag]) -> _Letters:
        pieces = ["" if tag == "furniture" else "".join(x.plain.split()) for x, tag in zip(lines, tags, strict=True)]
        owner = tuple(chain.from_iterable(map(repeat, range(len(pieces)), map(len, pieces))))
        return cls("".join(pieces), (0, *accumulate(map(len, pieces))), owner)

    def piece(self, line: int) -> str:
        return self.text[self.starts[line] : self.starts[line + 1]]


@dataclass(frozen=True)
class _Echo:
    """A line whose words stand before it too, from letter `start` to `end`."""

    line: int
    origin: int  # the line that holds most of them
    start: int
    end: int


def repeated_lines(lines: Sequence[Line], tags: Sequence[Tag]) -> dict[int, int]:
    """Index of every repeated line to the index of the line where the same words stood before."""
    letters = _Letters.of(lines, tags)
    found: dict[int, _Echo] = {}
    for line, back in _candidates(letters):
        echo = None if line in found else _echo(letters, line, back, _ALIKE)
        if echo:
            found[line] = echo
            _spread(letters, found, echo, -1)
            _spread(letters, found, echo, 1)
    runs = [_trimmed(run, letters) for run in _runs(found)]
    runs = [run for run in runs if _is_repeat(run, letters, lines, tags)]
    return {echo.line: echo.origin for run in _without_reports(runs, tags) for echo in run}


def _candidates(letters: _Letters) -> Iterator[tuple[int, int]]:
    """Lines that hold letters of another place, with how far back that is for most of them."""
    here, there = stood_before(letters.text)
    if not len(here):
        return
    lines = np.searchsorted(letters.starts, here, "right") - 1
    votes = lines * len(letters.text) + (here - there) // _DRIFT
    found, firsts, counts = np.unique(votes, return_index=True, return_counts=True)
    line, back = np.divmod(found, len(letters.text))
    order = np.lexsort((firsts, -counts, line))  # of as many votes the distance that was met first
    for n in order[np.diff(line[order], prepend=-1) > 0]:
        yield int(line[n]), int(back[n]) * _DRIFT + _DRIFT // 2


def stood_before(text: str) -> tuple[Places, Places]:
    """Places where letters in a row stand that stood before, in order, and the nearest place of each; none overlap."""
    units = code_points(text).astype(np.uint64)
    size = _LATIN_GRAM if np.count_nonzero(units < 128) > len(text) / 2 else _GRAM
    if len(text) < 2 * size:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    count = len(text) - size + 1
    hashes = np.zeros(count, np.uint64)
    for k in range(size):
        hashes = (hashes ^ units[k : k + count]) * _PRIME
    bits = np.uint64(count.bit_length())
    keys = np.sort(hashes >> bits << bits | np.arange(count, dtype=np.uint64))  # much faster than sorting places
    same = np.flatnonzero(keys[1:] >> bits == keys[:-1] >> bits)
    order = (keys & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    here, there = order[same + 1], order[same]
    there, here = there[np.argsort(here)], np.sort(here)
    apart = here - there >= size
    return here[apart], there[apart]


def _echo(letters: _Letters, line: int, back: int, alike: float) -> _Echo | None:
    """The line as it stands about `back` letters before, None where other words stand there."""
    piece, first = letters.piece(line), letters.starts[line]
    low, high = max(0, first - back - 2 * _DRIFT), min(first, first + len(piece) - back + 2 * _DRIFT)
    if not piece or high - low < len(piece) // 2:
        return None
    window = letters.text[low:high]
    if not _may_be_alike(piece, window, alike):
        return None
    found = fuzz.partial_ratio_alignment(piece, window, score_cutoff=alike)
    if found is None or min(len(window), len(piece)) < 0.7 * len(piece):
        return None
    start, end = low + found.dest_start, low + found.dest_end
    return _Echo(line, letters.owner[min(start + min(2, (end - start) // 2), len(letters.owner) - 1)], start, end)


def _may_be_alike(piece: str, window: str, alike: float) -> bool:
    """No part of the one is `alike` to the other, of 100, that shares too few letters in order: told much faster."""
    shared = LCSseq.similarity(piece, window)
    return 200 * shared >= (alike - 0.01) * (min(len(piece), len(window)) + shared)


def _spread(letters: _Letters, found: dict[int, _Echo], echo: _Echo, step: int) -> None:
    """Add the lines beside the echo that go on it, in both places."""
    line = echo.line + step
    while 0 <= line < len(letters.starts) - 1:
        if letters.piece(line):
            back = letters.starts[echo.line] - echo.start
            near = found.get(line) or _echo(letters, line, back, _GOES_ON)
            if near is None or line in found:
                return
            found[line] = echo = near
        line += step


def _runs(found: dict[int, _Echo]) -> list[list[_Echo]]:
    """Stretches of repeated lines, in order at both places."""
    runs: list[list[_Echo]] = []
    for line in sorted(found):
        echo = found[line]
        if runs and line == runs[-1][-1].line + 1 and 0 <= echo.origin - runs[-1][-1].origin <= 2:
            runs[-1].append(echo)
        else:
            runs.append([echo])
    return runs


def _trimmed(run: list[_Echo], letters: _Letters) -> list[_Echo]:
    """The run without lines at its two ends that are other words after all."""
    good = [n for n, echo in enumerate(run) if _wrong(letters, echo) <= _WRONG_AT_END * len(letters.piece(echo.line))]
    return run[good[0] : good[-1] + 1] if good else []


def _wrong(letters: _Letters, echo: _Echo) -> int:
    return Levenshtein.distance(letters.text[echo.start : echo.end], letters.piece(echo.line))


def _is_repeat(run: Sequence[_Echo], letters: _Letters, lines: Sequence[Line], tags: Sequence[Tag]) -> bool:
    """Long enough, the same but for single letters, and of text: a headline that the text takes up is no repeat."""
    if not run:
        return False
    width = sum(lines[echo.line].width for echo in run if tags[echo.line] in RUNNING)
    at_once = run[-1].end == letters.starts[run[0].line]
    text = sum(tags[echo.origin] in RUNNING for echo in run)
    if width < (_LEAST_NEXT if at_once else _LEAST) or 2 * text <= len(run):
        return False
    pairs = [(letters.text[echo.start : echo.end], letters.piece(echo.line)) for echo in run]
    speakers = [_SPEAKER.match(text) for text in pairs[0]]
    if len(run) == 1 and speakers[1] and (not speakers[0] or speakers[0][0] != speakers[1][0]):
        return False
    if width < _LEAST and (pairs[0][0][0], pairs[-1][0][-1]) != (pairs[0][1][0], pairs[-1][1][-1]):
        return False  # an answer takes up the words of its question
    return _misread(pairs)


def _misread(pairs: Sequence[tuple[str, str]]) -> bool:
    """Most letters agree, and next to nowhere do whole words differ. Between the lines a caption may stand."""
    codes = [code for first, again in pairs for code in Levenshtein.opcodes(first, again) if code.tag != "equal"]
    sizes = [max(code.src_end - code.src_start, code.dest_end - code.dest_start) for code in codes]
    total = sum(len(again) for _, again in pairs)
    return sum(sizes) <= _WRONG * total and sum(size for size in sizes if size >= _WORD) <= _OTHERS * total


def _without_reports(runs: Sequence[list[_Echo]], tags: Sequence[Tag]) -> list[list[_Echo]]:
    """Without those of a story that tells under headlines of its own what another tells: it was printed so."""
    story = list(accumulate(_opens_story(i, tags) for i in range(len(tags))))
    pairs = {(story[run[0].line], story[run[0].origin]) for run in runs if _opens_story(run[0].line, tags)}
    return [run for run in runs if (one := (story[run[0].line], story[run[0].origin])) not in pairs or one[0] == one[1]]


def _opens_story(line: int, tags: Sequence[Tag]) -> bool:
    """The first line of a story below its headlines, with a byline or not."""
    above = next((tags[i] for i in range(line - 1, -1, -1) if tags[i] != "byline"), None)
    return tags[line] != "headline" and above == "headline"


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
            offset = _offset(lines[first].plain, lines[again].plain)
            here = _fit(lines, first, lines[first].plain[:offset], again)
            if _fit(lines, again, "", again) > here:
                found[first] = again - 1
    return found


def _offset(first: str, again: str) -> int:
    """Where in the first line the words of the second begin."""
    found = fuzz.partial_ratio_alignment(again[:12], first, score_cutoff=_ALIKE)
    return found.dest_start if found and len(first) >= 12 else 0


def _fit(lines: Sequence[Line], place: int, prefix: str, again: int) -> float:
    """How well the text that starts with line `again` goes on what stands before line `place`."""
    seam = seam_scores([lines[place - 1].plain + prefix], [lines[again].plain])[0]
    before = [line.plain for line in lines[max(0, place - 20) : place]]
    return seam + _SUBJECT * likeness(before, [line.plain for line in lines[again : again + 12]])
