"""Two prints of the same words aligned character by character: where they agree, where they differ, what one lacks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from qa.collation.chains import chains_of, merged
from qa.collation.letters import Letters, Match, Range, compared, ranges
from qa.collation.stretches import GAP, edge

_FIGURES, _SAME_FIGURES = 6, 0.6  # digits from which figures count, and how many of them agree in one report
_WORDS = 4  # letters from which a difference is another word rather than a misread one
_OTHERS = 0.12  # letters of other words to one that agrees, in two prints of one text
_SAME = 0.75  # of the letters compared agree in two prints of one text


def align(first: Letters, second: Letters, parts: Sequence[int]) -> list[Match]:
    """All places where `first` holds the words of `second`, in order of `first`.

    `parts` are the letters of `second` at which its stories begin, 0 first. A story whose words are mostly others
    (another report of the same event) matches nowhere.
    """
    chains = chains_of(first, second, parts)
    covered = ranges((match.start, match.end) for _, chain in chains for match in compared(chain))
    found: list[Match] = []
    for part in sorted({part for part, _ in chains}):
        bounds = (parts[part], parts[part + 1] if part + 1 < len(parts) else len(second.text))
        own = sorted((chain for number, chain in chains if number == part), key=lambda chain: chain[0].other_start)
        matches = _without_found(_with_edges(first, second, own, covered, bounds), covered)
        if _one_text(first, second, matches):
            found += matches
            covered = ranges([*covered, *((match.start, match.end) for match in compared(matches))])
    return sorted(found, key=lambda match: (match.start, match.end, match.other_start))


def _with_edges(
    first: Letters, second: Letters, chains: Sequence[list[Match]], covered: Sequence[Range], bounds: Range
) -> list[Match]:
    """The chains of one story with what stands before, between and after them."""
    head, tail = chains[0][0], chains[-1][-1]
    before = _free_before(covered, head.start)
    opening = [
        Match(m.kind, head.start - m.end, head.start - m.start, head.other_start - m.other_end,
              head.other_start - m.other_start)
        for m in reversed(edge(first.text[before : head.start][::-1], second.text[bounds[0] : head.other_start][::-1]))
    ]  # fmt: skip
    covered = ranges([*covered, *((match.start, match.end) for match in compared(opening))])
    after = _free_after(covered, tail.end, len(first.text))
    closing = edge(first.text[tail.end : after], second.text[tail.other_end : bounds[1]])
    found = opening
    for chain, following in zip(chains, [*chains[1:], None], strict=True):
        found += chain
        last = chain[-1]
        if following and last.other_end < following[0].other_start:
            found.append(Match("lacks", last.end, last.end, last.other_end, following[0].other_start))
    return merged([*found, *(match.shifted(tail.end, tail.other_end) for match in closing)])


def _free_before(covered: Sequence[Range], start: int) -> int:
    """Where the letters before `start` begin that stand in no match."""
    low = bisect_left(covered, (start, -1)) - 1
    return min(covered[low][1], start) if low >= 0 else 0


def _free_after(covered: Sequence[Range], end: int, size: int) -> int:
    high = bisect_left(covered, (end, -1))
    if high and covered[high - 1][1] > end:
        return end
    return covered[high][0] if high < len(covered) else size


def _without_found(matches: Sequence[Match], covered: Sequence[Range]) -> list[Match]:
    """`matches` without words that seem to be missing in one text and stand elsewhere in it after all."""
    there = ranges((match.other_start, match.other_end) for match in compared(matches))
    found: list[Match] = []
    for match in matches:
        if match.kind == "lacks":
            pieces = _outside(there, match.other_start, match.other_end)
            found += [replace(match, other_start=start, other_end=end) for start, end in pieces]
        elif match.kind == "extra":
            found += [replace(match, start=start, end=end) for start, end in _outside(covered, match.start, match.end)]
        else:
            found.append(match)
    return found


def _outside(places: Sequence[Range], start: int, end: int) -> list[Range]:
    """What of `start` to `end` lies in none of `places`: all of it, or pieces that are long enough to be a loss."""
    inside = [(max(low, start), min(high, end)) for low, high in places if low < end and high > start]
    edges = [start, *(at for place in inside for at in place), end]
    pieces = list(zip(edges[::2], edges[1::2], strict=True))
    return [(low, high) for low, high in pieces if high - low >= (GAP if inside else 1)]


def _one_text(first: Letters, second: Letters, matches: Sequence[Match]) -> bool:
    """Most letters agree where the two stories can be compared, and so do the figures."""
    both = compared(matches)
    equal = sum(match.end - match.start for match in both if match.kind == "equal")
    total = sum(max(match.end - match.start, match.other_end - match.other_start) for match in both)
    other_words = sum(
        min(one.end - one.start, other.other_end - other.other_start)
        for one, other in pairwise(matches)
        if (one.kind, other.kind) == ("extra", "lacks")
    )
    sizes = (max(one.end - one.start, one.other_end - one.other_start) for one in both if one.kind == "differs")
    other_words += sum(size for size in sizes if size >= _WORDS)
    return equal >= _SAME * total and other_words <= _OTHERS * equal and _figures_agree(first, second, both)


def _figures_agree(first: Letters, second: Letters, both: Sequence[Match]) -> bool:
    """Most figures are the same. Set reports that differ only in their figures are two reports."""
    kept = changed = 0
    for match in both:
        figures = max(
            sum(map(str.isdecimal, first.text[match.start : match.end])),
            sum(map(str.isdecimal, second.text[match.other_start : match.other_end])),
        )
        kept, changed = (kept + figures, changed) if match.kind == "equal" else (kept, changed + figures)
    return kept + changed < _FIGURES or kept >= _SAME_FIGURES * (kept + changed)
