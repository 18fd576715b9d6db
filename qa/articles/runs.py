"""Over which lines a headline is printed: two or three lines that are one thought are read as one.

A log-linear choice (a conditional logit) among the runs of lines that hold the title, learned by
`python -m qa.benchmark runs` from headline groups written for it.
"""

from __future__ import annotations

import functools
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

from qa.articles import seams
from qa.articles.bylines import is_staff_writer, lead_byline
from qa.articles.cohesion import tokens
from qa.articles.display import FIGURE, explains, is_column, is_label, is_tail, letters_in, look_of, place_of
from qa.articles.lines import Line
from qa.articles.looks import has_page_words
from qa.articles.ngrams import heading_scores, seam_scores
from qa.articles.titles import hangs
from qa.datatypes import Span

_MOST = 3  # lines of one headline
_CAUTION = 1.25  # log odds by which a run must be likelier than the title alone
_REACH, _LEAD, _BYLINE = 400, 60, 90  # characters of the story, of its first sentences, among which a byline ends
_SIZES = (3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 22, 30, 45)
_NAME = re.compile(r"[\u3400-\u9fff]{2,3}")
_DASH = re.compile("[—–―─-]")


@dataclass(frozen=True)
class _Facts:
    """What is known about each line, and about each with the one below it."""

    lead: list[int]  # its words that the first sentences take up
    shares: list[float]  # of its words that the story takes up
    headings: list[float]
    near: list[float]  # log odds that the line below goes on in it, by the characters at the seam
    far: list[float]  # the same by twenty characters on either side
    stops: list[tuple[float, ...]]  # log probabilities that text stops so: inside a sentence, a paragraph, a story
    begins: list[tuple[float, ...]]

    @classmethod
    def of(cls, heads: Sequence[Line], body: str, blur: random.Random | None) -> _Facts:
        plains = [line.plain for line in heads]
        start = lead_byline(body[:_BYLINE])
        lead, told = tokens(body[start : start + _LEAD]), tokens(body[:_REACH])
        own = [tokens(plain) for plain in plains]
        ended, begun = seams.ends(plains), seams.starts(plains)
        scores = [
            heading_scores(plains),
            seam_scores(plains[:-1], plains[1:]),
            [float(x) for x in seams.side_by_side(ended[:-1], begun[1:])],
        ]
        headings, near, far = ([x + (blur.gauss(0, 1) if blur else 0.0) for x in row] for row in scores)
        return cls(
            [len(words & lead) for words in own],
            [len(words & told) / max(1, len(words)) for words in own],
            headings, near, far,
            [tuple(map(float, row)) for row in ended.kinds], [tuple(map(float, row)) for row in begun.kinds],
        )  # fmt: skip


def printed_over(heads: Sequence[Line], title: int, body: str = "", weights: Mapping[str, float] | None = None) -> Span:
    """First and last of the `heads` over which the headline is printed of which `title` is a line; `body` is folded."""
    runs = runs_around(heads, title)
    if len(runs) < 2:
        return title, title
    weights = load_weights() if weights is None else weights
    scores = [sum(weights.get(name, 0.0) for name in names) for names in run_features(heads, runs, body)]
    scores = [score - _CAUTION * (first < last) for score, (first, last) in zip(scores, runs, strict=True)]
    return runs[scores.index(max(scores))]


def runs_around(heads: Sequence[Line], title: int) -> list[Span]:
    """All runs that hold the title and may be one headline, the title alone first."""
    found = [(title, title)]
    for first in range(max(0, title - _MOST + 1), title + 1):
        lasts = range(max(title, first + 1), min(len(heads), first + _MOST))
        found += [(first, last) for last in lasts if _may_be_one(heads, first, last)]
    return found


def _may_be_one(heads: Sequence[Line], first: int, last: int) -> bool:
    """No label, line of the page, Latin line, brief, other rank, writer, bare name or end of a kicker among them."""
    lines = heads[first : last + 1]
    if first and hangs(heads, first):
        return False
    if any(is_column(line.plain) or has_page_words(line.plain) or line.plain.isascii() or line.brief for line in lines):
        return False
    if any(is_staff_writer(line.plain) for line in lines):
        return False
    if last + 1 == len(heads) and _NAME.fullmatch(lines[-1].plain):
        return False
    ranked = all(line.level in (0, lines[0].level) and (lines[0].marked or not line.marked) for line in lines)
    return ranked and not any(is_tail(one.plain, other.plain) for one, other in pairwise(lines))


@functools.cache
def load_weights() -> Mapping[str, float]:
    stored: dict[str, float] = json.loads(files("qa.articles").joinpath("runs.json").read_text("utf-8"))
    return stored


def run_features(
    heads: Sequence[Line], runs: Sequence[Span], body: str, blur: random.Random | None = None
) -> list[list[str]]:
    """Names of the features of every run; `blur` is for training."""
    facts = _Facts.of(heads, body, blur)
    pairs = [_pair(heads, i, facts) for i in range(len(heads) - 1)]
    return [_of_run(heads, run, pairs) for run in runs]


def _of_run(heads: Sequence[Line], run: Span, pairs: Sequence[Sequence[str]]) -> list[str]:
    first, last = run
    size, others = last - first + 1, len(heads) - (last - first)
    found = [f"lines={size}", f"lines={size} of {min(5, len(heads))}", f"lines={size} {place_of(first, others)}"]
    for i in range(first, last):
        found += [f"in {name}" for name in pairs[i]]
    if first:
        found += [f"over {name}" for name in pairs[first - 1]]
    if last < len(pairs):
        found += [f"under {name}" for name in pairs[last]]
    return found


def _pair(heads: Sequence[Line], i: int, facts: _Facts) -> list[str]:
    """How a line and the one below it go together."""
    above, below = heads[i].plain, heads[i + 1].plain
    return [
        *_set_alike(heads[i], heads[i + 1]),
        *_read_on(above, below, i, facts),
        f"label={is_label(above)} {is_label(below)}", f"look={look_of(above)} {look_of(below)}",
        f"space={' ' in above} {' ' in below}", f"comma={',' in above} {',' in below}",
        f"quote={'“' in above} {'“' in below}", f"explained={explains(above, below)}",
        f"figures={min(2, len(FIGURE.findall(above)))} {min(2, len(FIGURE.findall(below)))}",
        f"common={min(3, len(tokens(above) & tokens(below)))}", f"dash={_DASH.match(below) is not None}",
        f"lead={min(4, facts.lead[i])} {min(4, facts.lead[i + 1])}",
        f"shares={round(3 * facts.shares[i])} {round(3 * facts.shares[i + 1])}",
        f"headings={_bin(facts.headings[i], 3)} {_bin(facts.headings[i + 1], 3)}",
    ]  # fmt: skip


def _set_alike(one: Line, other: Line) -> list[str]:
    """Lengths, marks and blank lines."""
    long, longer = letters_in(one.plain), letters_in(other.plain)
    rank = "same" if one.level == other.level else "higher" if 0 < other.level < (one.level or 9) else "lower"
    alike = sum(a == b for a, b in zip(one.plain, other.plain, strict=False))
    return [
        f"more={max(-8, min(8, longer - long))}", f"sizes={_size(long)} {_size(longer)}", f"above={_size(long)}",
        f"below={_size(longer)}", f"equal={long == longer}", f"equal={long == longer} {_size(long)}",
        f"whole={_size(long + longer)}", f"rank={rank} {one.level > 0}", f"gap={other.gap > 0}",
        f"alike={min(3, alike)} {long == longer}",
    ]  # fmt: skip


def _read_on(above: str, below: str, i: int, facts: _Facts) -> list[str]:
    """Whether the line below reads as the rest of the one above."""
    near, far = facts.near[i], facts.far[i]
    stops, begins = facts.stops[i], facts.begins[i + 1]
    return [
        f"far={_bin(far, 1.5)}", f"near={_bin(near, 1.5)}", f"far={_bin(far, 3)} near={_bin(near, 3)}",
        f"stops={_bin(stops[0], 1)}", f"begins={_bin(begins[0], 1)}", f"stops={_bin(stops[0], 1)} {_bin(begins[0], 1)}",
        f"ends story={_bin(stops[2], 1)} {_bin(begins[2], 1)}", f"open={above.count('“') > above.count('”')}",
        f"last={above[-1]}", f"first={below[0]}", f"seam={_kind(above[-1])} {_kind(below[0])}",
    ]  # fmt: skip


def _size(letters: int) -> int:
    return next((size for size in _SIZES if letters <= size), 99)


def _bin(score: float, step: float) -> int:
    return max(-5, min(4, round(score / step)))


def _kind(letter: str) -> str:
    if letter.isdigit():
        return "digit"
    return letter if not letter.isalpha() else "latin" if letter.isascii() else "letter"
