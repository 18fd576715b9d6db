"""Lines that stand twice on a page: a tail scanned again, a paragraph printed by two columns."""

from __future__ import annotations

from collections.abc import Sequence

from qa.articles.cohesion import likeness
from qa.articles.lines import Line
from qa.articles.ngrams import seam_scores
from qa.articles.stories import RUNNING
from qa.articles.tagger import Tag

_GRAM = 10  # characters that must agree before two places are compared
_LEAST = 60  # printed width of a repeat, in halves of a Chinese character
_SUBJECT = 20.0  # log odds of a full agreement of words


def repeated_lines(lines: Sequence[Line], tags: Sequence[Tag]) -> dict[int, int]:
    """Index of every repeated line to the index of the line where the same words stood before.

    Grams of the text are looked up among those before them; agreements that go on cover a line.
    """
    pieces = ["" if tag == "furniture" else "".join(line.plain.split()) for line, tag in zip(lines, tags, strict=True)]
    text = "".join(pieces)
    owner = [i for i, piece in enumerate(pieces) for _ in piece]
    seen: dict[str, int] = {}
    earlier = [-1] * len(text)
    done = 0  # everything before has been compared
    for i in range(len(text) - _GRAM + 1):
        first = seen.setdefault(text[i : i + _GRAM], i)
        if i - first >= _GRAM:
            for k in range(max(i, done), i + _GRAM):
                earlier[k] = first + k - i
            done = i + _GRAM
    return _whole_lines(lines, tags, owner, earlier)


def _whole_lines(
    lines: Sequence[Line], tags: Sequence[Tag], owner: Sequence[int], earlier: Sequence[int]
) -> dict[int, int]:
    covered, size = [0] * len(tags), [0] * len(tags)
    origin: dict[int, int] = {}
    for position, line in enumerate(owner):
        size[line] += 1
        source = owner[earlier[position]] if earlier[position] >= 0 else line
        if source != line:
            covered[line] += 1
            origin.setdefault(line, source)
    full = [i for i in range(len(tags)) if size[i] and covered[i] >= 0.8 * size[i]]
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
