"""Runs of letters that stand once in two texts, chained in the order of both, and the stretches between them.

The longest rising chain of anchors is the idea of patience diff. Blocks that stand in another order in the second
text are chains of their own. Linear in the text but for the sorting of anchors.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from qa.collation.letters import Letters, Match, Range, compared, ranges, touches
from qa.collation.stretches import compare

_GRAM = 6
_CHAIN = 12  # letters that agree in the smallest chain
_ROOM = 12  # letters on each side of a loss within which its edges may be moved


def chains_of(first: Letters, second: Letters, parts: Sequence[int]) -> list[tuple[int, list[Match]]]:
    """Chains of matches, each within one part, the fullest first; no letter is compared in two of them."""
    left = _anchors(first.text, second.text)
    here: list[Range] = []
    there: list[Range] = []
    found = []
    while left:
        groups: dict[tuple[int, int, int], list[Range]] = defaultdict(list)
        for i, j in left:  # what lies on two sides of a chain cannot make another one
            groups[bisect_right(parts, j), bisect_right(here, (i, i)), bisect_right(there, (j, j))].append((i, j))
        key = max(groups, key=lambda key: len(groups[key]))
        chain = _joined(_runs(_rising(groups[key])), first, second)
        if sum(match.end - match.start for match in chain if match.kind == "equal") < _CHAIN:
            break
        found.append((key[0] - 1, chain))
        here = ranges([*here, *((match.start, match.end) for match in compared(chain))])
        there = ranges([*there, *((match.other_start, match.other_end) for match in compared(chain))])
        left = [(i, j) for i, j in left if not touches(here, i, i + _GRAM) and not touches(there, j, j + _GRAM)]
    return found


def _anchors(first: str, second: str) -> list[Range]:
    """Where runs of six letters stand that each text holds exactly once, in order of the first."""
    there = _single(second)
    return [(i, there[gram]) for gram, i in _single(first).items() if gram in there]


def _single(text: str) -> dict[str, int]:
    counts = Counter(text[i : i + _GRAM] for i in range(len(text) - _GRAM + 1))
    return {gram: i for i in range(len(text) - _GRAM + 1) if counts[gram := text[i : i + _GRAM]] == 1}


def _rising(anchors: Sequence[Range]) -> list[Range]:
    """The longest chain of anchors, given in order of the first text, that rises in the second too."""
    tails: list[int] = []  # of the best chain of each length: its last place in the second text
    lasts: list[int] = []  # and its last anchor
    before = [-1] * len(anchors)
    for n, (_, there) in enumerate(anchors):
        length = bisect_left(tails, there)
        before[n] = lasts[length - 1] if length else -1
        if length == len(tails):
            tails.append(there)
            lasts.append(n)
        else:
            tails[length], lasts[length] = there, n
    chain, n = [], lasts[-1] if lasts else -1
    while n >= 0:
        chain.append(anchors[n])
        n = before[n]
    return chain[::-1]


def _runs(chain: Iterable[Range]) -> list[Match]:
    """Anchors to runs of equal letters that do not overlap."""
    runs: list[Match] = []
    for here, there in chain:
        if not runs:
            runs.append(Match("equal", here, here + _GRAM, there, there + _GRAM))
            continue
        last = runs[-1]
        taken = max(0, last.end - here, last.other_end - there)
        if here - there == last.start - last.other_start and taken:
            runs[-1] = replace(last, end=here + _GRAM, other_end=there + _GRAM)
        elif taken < _GRAM:
            runs.append(Match("equal", here + taken, here + _GRAM, there + taken, there + _GRAM))
    return runs


def _joined(runs: Sequence[Match], first: Letters, second: Letters) -> list[Match]:
    """The runs with what stands between them compared."""
    found: list[Match] = []
    for run in runs:
        if found:
            last = found.pop()
            back = min(_ROOM, last.end - last.start)
            ahead = min(_ROOM, run.end - run.start)
            found += (
                [replace(last, end=last.end - back, other_end=last.other_end - back)] if last.end > last.start else []
            )
            begin, other_begin = last.end - back, last.other_end - back
            end, other_end = run.start + ahead, run.other_start + ahead
            found += compare(first, second, (begin, end), (other_begin, other_end), (back, ahead))
            run = replace(run, start=end, other_start=other_end)
        found.append(run)
    return merged(found)


def merged(matches: Iterable[Match]) -> list[Match]:
    """Equal stretches that touch made one, empty ones left out."""
    found: list[Match] = []
    for match in matches:
        if (match.start, match.other_start) == (match.end, match.other_end):
            continue
        last = found[-1] if found else None
        touching = last and (last.end, last.other_end) == (match.start, match.other_start)
        if last and touching and last.kind == match.kind == "equal":
            found[-1] = replace(last, end=match.end, other_end=match.other_end)
        else:
            found.append(match)
    return found
