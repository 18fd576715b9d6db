"""Lines that stand twice on a page: a tail scanned again, a paragraph printed by two columns."""

from __future__ import annotations

from collections.abc import Sequence

from qa.articles.lines import Line

_GRAM = 10  # characters that must agree before two places are compared
_SLIP = 6  # characters that one copy may have lost or gained between two agreements
_LEAST = 24  # characters of a repeat


def repeated_lines(lines: Sequence[Line]) -> dict[int, int]:
    """Line index of a repeat to the index of the line where the same words stood before.

    Grams of the running text are looked up among those before them; agreements on one diagonal cover a line.
    """
    text, owner = _running(lines)
    seen: dict[str, int] = {}
    earlier = [-1] * len(text)
    for i in range(len(text) - _GRAM + 1):
        gram = text[i : i + _GRAM]
        first = seen.setdefault(gram, i)
        if i - first >= _GRAM:
            for k in range(_GRAM):
                if earlier[i + k] < 0:
                    earlier[i + k] = first + k
    return _whole_lines(lines, owner, earlier)


def _running(lines: Sequence[Line]) -> tuple[str, list[int]]:
    pieces = ["".join(line.plain.split()) for line in lines]
    return "".join(pieces), [i for i, piece in enumerate(pieces) for _ in piece]


def _whole_lines(lines: Sequence[Line], owner: Sequence[int], earlier: Sequence[int]) -> dict[int, int]:
    covered, size = [0] * len(lines), [0] * len(lines)
    origin: dict[int, int] = {}
    for position, line in enumerate(owner):
        size[line] += 1
        if earlier[position] >= 0 and owner[earlier[position]] != line:
            covered[line] += 1
            origin.setdefault(line, owner[earlier[position]])
    full = [i for i in range(len(lines)) if size[i] and covered[i] >= 0.8 * size[i]]
    return {i: origin[i] for run in _runs(full, size) for i in run}


def _runs(full: Sequence[int], size: Sequence[int]) -> list[list[int]]:
    """Stretches of repeated lines that are long enough to be no mere phrase."""
    runs: list[list[int]] = []
    for i in full:
        if runs and i == runs[-1][-1] + 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    return [run for run in runs if sum(size[i] for i in run) >= _LEAST]
