"""An article and its copies in other files -> one text with every reading: the centre star of pairwise alignments."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from qa.collation.alignment import align
from qa.collation.evidence import Frequency, choose
from qa.collation.letters import Match, Range, compared
from qa.collation.readings import Collation, MergedParagraph, Stretch, Why
from qa.collation.scans import Scan
from qa.datatypes import Article, Kind, Paragraph
from qa.text import fold, squeeze

_GRAM = 4
_LOST = 0.4  # share of the runs of four letters up to which a text does not stand on a page
_AROUND = 6  # letters on each side of a disagreement that tell which reading fits


@dataclass(frozen=True, slots=True)
class _Aligned:
    """What a scan has of the own text: the matches in order, where they start, and the losses."""

    scan: Scan
    matches: tuple[Match, ...]
    starts: tuple[int, ...]
    lacking: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    stretch: Stretch
    kind: Kind
    begins: bool  # it begins a paragraph


def collate(article: Article, page: str, scans: Sequence[Scan], frequency: Frequency | None = None) -> Collation:
    """`article` merged with its copies in `scans`; `page` is the text of its own file.

    `frequency` tells in how many passages of the archive a pair of characters stands: evidence where scans disagree.
    """
    own = Scan.of(article.source, [article])
    letters = squeeze(fold(page))
    aligned = [one for one in (_aligned(own, scan, letters) for scan in scans) if one.matches]
    witnesses = tuple(one.scan.source for one in aligned)
    return Collation(article.source, article.title, witnesses, _paragraphs(_pieces(own, aligned, frequency)))


def _aligned(own: Scan, scan: Scan, page: str) -> _Aligned:
    """`scan` against the own story; losses only where the words stand nowhere on the own page."""
    found = align(own.letters, scan.letters, scan.parts)
    matches = tuple(compared(found))
    lacking = (match for match in found if match.kind == "lacks" and scan.fills and _is_lost(scan, match, page))
    return _Aligned(scan, matches, tuple(match.start for match in matches), tuple(lacking))


def _is_lost(scan: Scan, match: Match, page: str) -> bool:
    words = scan.letters.text[match.other_start : match.other_end]
    grams = [words[i : i + _GRAM] for i in range(max(1, len(words) - _GRAM + 1))]
    return sum(gram in page for gram in grams) <= _LOST * len(grams)


def _pieces(own: Scan, aligned: Sequence[_Aligned], frequency: Frequency | None) -> Iterator[_Piece]:
    disputed = _disputed(aligned)
    fills = _fills(aligned, disputed)
    starts = sorted(own.kinds)
    begins: bool | None = None  # whether the next piece begins a paragraph, where not the own file decides
    for start, end in _cuts(own, aligned, disputed, fills):
        if start in fills:
            one, match = fills.pop(start)
            yield from _filling(one.scan, match, aligned, frequency)
            begins = match.other_end in one.scan.kinds or match.other_end in (
                *one.scan.parts,
                len(one.scan.letters.text),
            )
        if start == end and (start, end) not in disputed:
            continue
        kind = own.kinds[starts[max(0, bisect_right(starts, min(start, max(end - 1, 0))) - 1)]]
        first = begins if begins is not None else start in own.kinds and (start < end or start == 0)
        yield _Piece(_stretch(own, aligned, (start, end), (start, end) in disputed, frequency), kind, first)
        begins = False if start == end and first else begins if start == end else None


def _disputed(aligned: Sequence[_Aligned]) -> set[Range]:
    """The places of the own text where some scan reads otherwise; those that touch are one."""
    places = sorted((m.start, m.end) for one in aligned for m in one.matches if m.kind == "differs")
    found: list[Range] = []
    for start, end in places:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return set(found)


def _fills(aligned: Sequence[_Aligned], disputed: set[Range]) -> dict[int, tuple[_Aligned, Match]]:
    """What the own text has lost, by the letter it stands before: the fullest copy of it."""
    found: dict[int, tuple[_Aligned, Match]] = {}
    for one in aligned:
        for match in one.lacking:
            place = next((end for start, end in disputed if start < match.start < end), match.start)
            known = found.get(place)
            if not known or _size(known[1]) < _size(match):
                found[place] = one, match
    return found


def _size(match: Match) -> int:
    return match.other_end - match.other_start


def _cuts(
    own: Scan, aligned: Sequence[_Aligned], disputed: set[Range], fills: dict[int, tuple[_Aligned, Match]]
) -> list[Range]:
    """The own text cut into places that are read as one; an empty place where only others have letters."""
    size = len(own.letters.text)
    bounds = {0, size, *own.kinds, *fills}
    bounds |= {at for one in aligned for match in one.matches for at in (match.start, match.end)}
    inside = {at for start, end in disputed for at in range(start + 1, end)}
    empty = {(at, at) for at in fills} | {(start, end) for start, end in disputed if start == end}
    return sorted({*pairwise(sorted(bounds - inside)), *empty})


def _filling(scan: Scan, match: Match, aligned: Sequence[_Aligned], frequency: Frequency | None) -> Iterator[_Piece]:
    """The lost words as `scan` prints them, collated with the other scans that have them."""
    starts = sorted(start for start in scan.kinds if match.other_start < start < match.other_end)
    paragraphs = []
    for start, end in pairwise([match.other_start, *starts, match.other_end]):
        reading = scan.reading(start, end)
        before = max((at for at in scan.kinds if at <= start), default=start)
        paragraphs.append(Paragraph(reading.text, reading.spans, scan.kinds.get(before, "body")))
    others = [replace(one.scan, fills=False) for one in aligned if one.scan is not scan]
    found = collate(Article(scan.source, "", tuple(paragraphs)), "", others, frequency)
    for paragraph in found.paragraphs:
        for n, stretch in enumerate(paragraph.stretches):
            first = n == 0 and (paragraph is not found.paragraphs[0] or match.other_start in scan.kinds)
            why: Why = "gap" if stretch.why == "agreed" else stretch.why
            yield _Piece(replace(stretch, why=why), paragraph.kind, first)


def _stretch(
    own: Scan, aligned: Sequence[_Aligned], place: Range, differs: bool, frequency: Frequency | None
) -> Stretch:
    start, end = place
    readings = [own.reading(start, end)]
    for one in aligned:
        there = _there(one, place, differs)
        if there:
            readings.append(one.scan.reading(*there))
    if not differs or len(readings) == 1:
        return Stretch(tuple(readings), space=own.space(end) if start < end else "")
    before, after = own.letters.text[max(0, start - _AROUND) : start], own.letters.text[end : end + _AROUND]
    shown, why = choose(readings, before, after, frequency)
    return Stretch(tuple(readings), shown, why, own.space(end) if start < end else "")


def _there(one: _Aligned, place: Range, differs: bool) -> Range | None:
    """The letters of the other scan that stand at this place of the own text, None where it has none."""
    start, end = place
    near = one.matches[bisect_left(one.starts, start) : bisect_right(one.starts, end)]
    before = one.matches[max(0, bisect_left(one.starts, start) - 1) :][:1]
    equal = [match for match in (*before, *near) if match.kind == "equal"]
    for match in equal:
        if match.start <= start and end <= match.end and (start < end or match.start < start < match.end):
            return match.other_start + start - match.start, match.other_start + end - match.start
    inside = [match for match in near if match.kind == "differs" and match.end <= end]
    known = sum(max(0, min(match.end, end) - max(match.start, start)) for match in equal)
    if not differs or not inside or known + sum(match.end - match.start for match in inside) != end - start:
        return None
    first, last = inside[0], inside[-1]
    low, high = first.other_start - (first.start - start), last.other_end + (end - last.end)
    return (low, high) if low <= high else None


def _paragraphs(pieces: Iterable[_Piece]) -> tuple[MergedParagraph, ...]:
    found: list[tuple[Kind, list[Stretch]]] = []
    for piece in pieces:
        if piece.begins or not found:
            found.append((piece.kind, []))
        found[-1][1].append(piece.stretch)
    return tuple(MergedParagraph(kind, tuple(stretches)) for kind, stretches in found)
