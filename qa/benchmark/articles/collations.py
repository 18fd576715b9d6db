"""Second scans merged: are the planted disagreements reported, and are the planted gaps filled, where they stand?"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from qa.articles import reconstruct
from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.layout import Sheet
from qa.collation import Collation, Scan, collate
from qa.datatypes import Article, Span
from qa.text import fold, squeeze

LOSS = 12  # letters from which a difference is a loss
_SLACK = 2
_AROUND = 4
_Place = tuple[int, ...]  # offsets in a file, one for each letter


@dataclass(frozen=True)
class Planted:
    """A true difference of two scans: the letters of each with their places; none on one side for a loss there."""

    first: _Place
    second: _Place
    words: tuple[str, str]
    before: tuple[int, int]  # the places of the letters in front of it, -1 where its paragraph begins


def planted(first: Sheet, second: Sheet) -> list[Planted]:
    """All differences of the paragraphs that both scans hold a story of, paragraph by paragraph."""
    one, other = _paragraphs(first), _paragraphs(second)
    shared = {story for story, _ in one} & {story for story, _ in other}
    found: list[Planted] = []
    for key in sorted({*one, *other}):
        if key[0] in shared:
            found += _differences(one.get(key, []), other.get(key, []))
    return found


def _paragraphs(sheet: Sheet) -> dict[tuple[int, int], list[tuple[str, int]]]:
    """The letters of every paragraph in reading order, each with its place in the file; (story, part) to letters."""
    placed = sorted(
        (row.story, row.part, row.order, at, text)
        for row, (at, text) in zip(sheet.rows, _printed(sheet), strict=True)
        if row.story >= 0 and row.part >= 0 and not row.repeat
    )
    found: dict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
    for story, part, _, at, text in placed:
        found[story, part] += [(fold(c), at + n) for n, c in enumerate(text) if not c.isspace()]
    return found


def _printed(sheet: Sheet) -> Iterator[tuple[int, str]]:
    """Where the text of every row begins in the file, and the text as printed: one row a line that is not blank."""
    position, lines = 0, []
    for line in sheet.page.text.splitlines(keepends=True):
        if line.strip():
            lines.append((position, line.rstrip("\n")))
        position += len(line)
    for row, (at, line) in zip(sheet.rows, lines, strict=True):
        text = line.removesuffix("**") if row.mark == "**" else line
        begin = len(line) - len(line.lstrip("\u3000")) + len(row.mark)
        yield at + begin, text[begin:]


def _differences(one: Sequence[tuple[str, int]], other: Sequence[tuple[str, int]]) -> Iterator[Planted]:
    texts = "".join(letter for letter, _ in one), "".join(letter for letter, _ in other)
    for code in Levenshtein.opcodes(*texts):
        here, there = slice(code.src_start, code.src_end), slice(code.dest_start, code.dest_end)
        if code.tag != "equal" and "-" not in (texts[0][here], texts[1][there]):  # hyphens at line ends are not text
            yield Planted(
                tuple(at for _, at in one[here]),
                tuple(at for _, at in other[there]),
                (texts[0][here], texts[1][there]),
                (one[here.start - 1][1] if here.start else -1, other[there.start - 1][1] if there.start else -1),
            )


@dataclass
class Score:
    """Sums over pairs of scans."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def report(self) -> dict[str, float]:
        """Shares of what was planted; a share of nothing is left out."""
        wanted = {
            "disagreements_found": ("found", "planted"),
            "disagreements_real": ("real", "reported"),
            "reading_right": ("right", "decided"),
            "own_reading_right": ("own_right", "decided"),
            "gaps_filled": ("gaps_filled", "gaps"),
            "gap_letters_filled": ("letters_filled", "letters_lost"),
            "fills_wrong": ("letters_wrong", "letters_shown"),
        }
        shares = {name: (self.counts[part], self.counts[whole]) for name, (part, whole) in wanted.items()}
        found = {name: part / whole for name, (part, whole) in shares.items() if whole}
        return found | {"collation_ms_a_pair": 1000 * self.seconds / max(1, self.counts["pairs"])}


def score_pair(score: Score, first: Sheet, second: Sheet, stories: Sequence[Source]) -> None:
    """Merges the articles of `first` with the scan `second`, and compares with what was planted in `stories`."""
    articles = reconstruct(first.page, [second.page])
    other = reconstruct(second.page, [first.page])
    start = time.process_time()
    scan = Scan.of(second.page.source, other)
    merged = [collate(article, first.page.text, [scan]) for article in articles]
    score.seconds += time.process_time() - start
    score.counts["pairs"] += 1
    truth = planted(first, second)
    _score_disagreements(score.counts, merged, truth, _owners(first).keys())
    _score_readings(score.counts, merged, "".join(fold(squeeze(text)) for story in stories for _, text in story.parts))
    for collation, article in zip(merged, articles, strict=True):
        _score_fills(score.counts, collation, article, truth, _owners(first), _owners(second))
    gaps = [set(one.second) for one in truth if not one.first and len(one.second) >= LOSS]
    filled = {at for collation in merged for stretch in collation.filled for at in _letters(stretch.reading.spans)}
    score.counts["gaps"] += len(gaps)
    score.counts["gaps_filled"] += sum(len(gap & filled) >= 0.9 * len(gap) for gap in gaps)
    score.counts["letters_lost"] += sum(map(len, gaps))
    score.counts["letters_filled"] += sum(len(gap & filled) for gap in gaps)


def _score_disagreements(
    counts: Counter[str], merged: Sequence[Collation], truth: Sequence[Planted], inside: Collection[int]
) -> None:
    """`inside` holds the places of the paragraphs: of headlines and captions no truth is known."""
    reported = [
        tuple(range(min(a for a, _ in reading.spans), max(b for _, b in reading.spans)) for reading in one.readings)
        for collation in merged
        for one in collation.disagreements
    ]
    reported = [pair for pair in reported if any(at in inside for at in range(pair[0].start - 1, pair[0].stop + 1))]
    known = [one for one in truth if max(map(len, one.words)) < LOSS]
    counts["planted"] += len(known)
    counts["found"] += sum(any(_covers(one, *pair) for pair in reported) for one in known)
    counts["reported"] += len(reported)
    counts["real"] += sum(any(_covers(one, *pair) for one in truth) for pair in reported)


def _covers(one: Planted, here: range, there: range) -> bool:
    """The reported readings hold the planted difference. Which of two equal letters is the extra one is open."""
    for letters, before, place in ((one.first, one.before[0], here), (one.second, one.before[1], there)):
        near = range(place.start - _SLACK, place.stop + _SLACK)
        if not (all(at in near for at in letters) if letters else before < 0 or before + 1 in near):
            return False
    return True


def _score_readings(counts: Counter[str], merged: Sequence[Collation], truth: str) -> None:
    """Where only one of two readings stands in the true text between the letters around it: was it shown?"""
    for collation in merged:
        stretches = list(collation.stretches)
        for n, one in enumerate(stretches):
            if one.why in ("majority", "words", "own"):
                before = fold(squeeze("".join(s.reading.text for s in stretches[max(0, n - 2) : n])))[-_AROUND:]
                after = fold(squeeze("".join(s.reading.text for s in stretches[n + 1 : n + 3])))[:_AROUND]
                right = [before + fold(squeeze(reading.text)) + after in truth for reading in one.readings]
                counts["decided"] += sum(right) == 1
                counts["right"] += sum(right) == 1 and right[one.shown]
                counts["own_right"] += sum(right) == 1 and right[0]


def _owners(sheet: Sheet) -> dict[int, int]:
    """Place in the file to story, of all letters of paragraphs."""
    rows = zip(sheet.rows, _printed(sheet), strict=True)
    return {at + n: row.story for row, (at, text) in rows if row.part >= 0 for n in range(len(text))}


def _score_fills(
    counts: Counter[str], collation: Collation, article: Article, truth: Sequence[Planted],
    own: Mapping[int, int], other: Mapping[int, int],
) -> None:  # fmt: skip
    """Letters shown from the other scan that belong to no story of the article, or that the own page has."""
    stories = {own[at] for at in _letters(article.spans) if at in own}
    lost = {at for one in truth if len(one.second) > len(one.first) for at in one.second}
    shown = [at for stretch in collation.filled for at in _letters(stretch.reading.spans) if at in other]
    counts["letters_shown"] += len(shown)
    counts["letters_wrong"] += sum(other[at] not in stories or at not in lost for at in shown)


def _letters(spans: Iterable[Span]) -> Iterator[int]:
    return (at for first, last in spans for at in range(first, last))
