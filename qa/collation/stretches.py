"""Two stretches of letters between the places where two prints agree: misread, or lost in one of them."""

from __future__ import annotations

from dataclasses import replace

from rapidfuzz.distance import Levenshtein

from qa.collation.letters import Kind, Letters, Match, Range

GAP = 12  # letters that one print has more than the other between two anchors: a loss, no misreading
_ALIKE = 0.5  # similarity from which two stretches are one stretch misread
_END = 2  # letters behind the last anchor that are misread rather than other words
_BAND = 3  # by which misread letters around a loss may shift it
_ENDS = "。!?…”;"


def compare(first: Letters, second: Letters, here: Range, there: Range, known: Range) -> list[Match]:
    """The stretch between two anchors: misread letters, a loss and what surrounds it, or other words.

    `known` tells how many letters at its two ends are those of the anchors, so that the edges of a loss may move.
    """
    one, other = first.text[slice(*here)], second.text[slice(*there)]
    if abs(len(one) - len(other)) < GAP:
        found = misread(one, other) if _alike(one, other, known) else _other_words(one, other, known)
    else:
        found = _around_loss(first, second, here, there, known)
    return [match.shifted(here[0], there[0]) for match in found]


def _alike(one: str, other: str, known: Range) -> bool:
    inner = one[known[0] : len(one) - known[1]], other[known[0] : len(other) - known[1]]
    return min(map(len, inner)) < GAP or Levenshtein.normalized_similarity(*inner) >= _ALIKE


def _around_loss(first: Letters, second: Letters, here: Range, there: Range, known: Range) -> list[Match]:
    one, other = first.text[slice(*here)], second.text[slice(*there)]
    swapped = len(one) > len(other)
    if swapped:
        at, start, end, wrong = _loss(other, one, here[0], first)
        gap = Match("extra", start, end, at, at)
    else:
        at, start, end, wrong = _loss(one, other, there[0], second)
        gap = Match("lacks", at, at, start, end)
    if wrong > max(1, _ALIKE * (min(len(one), len(other)) - sum(known))):
        return _other_words(one, other, known)
    head, tail = misread(one[: gap.start], other[: gap.other_start]), misread(one[gap.end :], other[gap.other_end :])
    return [*head, gap, *(match.shifted(gap.end, gap.other_end) for match in tail)]


def _other_words(one: str, other: str, known: Range) -> list[Match]:
    """Each text has words that the other has not, between the ends that are known to agree."""
    back, ahead = known
    end, other_end = len(one) - ahead, len(other) - ahead
    return [
        Match("equal", 0, back, 0, back),
        Match("extra", back, end, back, back),
        Match("lacks", end, end, back, other_end),
        Match("equal", end, len(one), other_end, len(other)),
    ]


def misread(one: str, other: str) -> list[Match]:
    """Two readings of one stretch, letter by letter. A single letter between two differences may agree by chance."""
    found: list[Match] = []
    codes = list(Levenshtein.opcodes(one, other))
    for n, code in enumerate(codes):
        equal = code.tag == "equal"
        lone = equal and code.src_end - code.src_start == 1 and 0 < n < len(codes) - 1
        if found and found[-1].kind == "differs" and (lone or not equal):
            found[-1] = replace(found[-1], end=code.src_end, other_end=code.dest_end)
        else:
            kind: Kind = "equal" if equal else "differs"
            found.append(Match(kind, code.src_start, code.src_end, code.dest_start, code.dest_end))
    return found


def _loss(short: str, long: str, offset: int, letters: Letters) -> tuple[int, int, int, int]:
    """The letter of `short` before which a loss lies, its start and end in `long`, and how many letters differ.

    Of the places that leave the fewest letters different, one at the start of a line, else after a sentence.
    """
    heads, tails = _distances(short, long), _distances(short[::-1], long[::-1])
    best: tuple[tuple[int, int], int, int, int] | None = None
    for at in range(len(short) + 1):
        wrong_behind, behind = min((wrong, size) for size, wrong in tails[len(short) - at].items())
        for start, wrong in heads[at].items():
            line, sentence = offset + start in letters.breaks, start > 0 and long[start - 1] in _ENDS
            cost = (wrong + wrong_behind, 0 if line else 1 if sentence else 2)
            if best is None or cost < best[0]:
                best = (cost, at, start, len(long) - behind)
    assert best is not None
    return best[1], best[2], best[3], best[0][0]


def _distances(short: str, long: str) -> list[dict[int, int]]:
    """For every start of `short`, by length: its edit distance to the starts of `long` that are about as long."""
    rows = [{size: size for size in range(_BAND + 1)}]
    for n, letter in enumerate(short, 1):
        last, row = rows[-1], dict[int, int]()
        for size in range(max(0, n - _BAND), n + _BAND + 1):
            ways = [last[size] + 1] if size in last else []
            ways += [row[size - 1] + 1] if size - 1 in row else []
            ways += [last[size - 1] + (letter != long[size - 1])] if size - 1 in last else []
            row[size] = min(ways)
        rows.append(row)
    return rows


def edge(one: str, other: str) -> list[Match]:
    """What follows the last anchor of two texts."""
    size = min(len(one), len(other))
    if max(len(one), len(other)) <= _END:
        return misread(one, other)
    if size == 0:
        return [Match("lacks", 0, 0, 0, len(other))] if other else []
    near = (size, size) if abs(len(one) - len(other)) >= GAP else (len(one), len(other))
    if Levenshtein.normalized_similarity(one[: near[0]], other[: near[1]]) < _ALIKE:
        return _other_words(one, other, (0, 0))
    return [*misread(one[: near[0]], other[: near[1]]), Match("lacks", near[0], near[0], near[1], len(other))]
