"""One tag a line, the best sequence over the page: a linear-chain model decoded by Viterbi's algorithm.

A conditional random field (Lafferty et al. 2001) over linear weights and a small network, trained by
`python -m qa.benchmark tagger` on generated pages.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from qa.articles.context import Context, restored
from qa.articles.features import page_features
from qa.articles.joins import surely_unbegun
from qa.articles.letters import letter_signatures
from qa.articles.lines import Line
from qa.articles.masthead import masthead
from qa.articles.openings import headline_groups, is_mail_line, openings

Tag = Literal[
    "headline", "subhead", "byline", "begins", "continues", "detached", "opens", "caption", "closing", "furniture"
]
TAGS: tuple[Tag, ...] = get_args(Tag)
Scores = NDArray[np.float64]
# What holds for every newspaper: 首先, opens no headline, a short line with heading marks is no running text, 本报讯
# opens a story, no story begins under a sub-head, no Chinese heading is long or ends a sentence with commas in it,
# and what has no mark of the page itself is not its furniture.
_NEVER = 1e6
_DISPLAYED = [TAGS.index(tag) for tag in ("headline", "subhead")]
_RUNNING = [TAGS.index(tag) for tag in ("begins", "continues", "detached", "opens", "closing")]
_LONG = {"size=80", "size=99"}
_ENDLESS = {"size=99"}
_HASHED = {f"rank=#{rank}" for rank in range(1, 7)}  # bold type is for paragraphs too, a heading mark is not
_UNDER_SUBHEAD = TAGS.index("subhead"), TAGS.index("byline")
_BRIEF: dict[str, Tag] = {"head": "headline", "text": "begins", "item": "opens"}
_SHORT = {f"size={size}" for size in (4, 8, 12, 16, 20)}


@dataclass(frozen=True)
class Weights:
    """Weights by feature: float[tags] for a line, float[tags before, tags] for a line and the one before it."""

    line: Mapping[str, Scores]
    pair: Mapping[str, Scores]
    context: Context | None = None

    def page(self, own: Sequence[Sequence[str]]) -> Scores:
        """float[lines, tags] of all lines of a page, their neighbours heard."""
        emissions = np.array([self.emissions(names) for names in own])
        return emissions if self.context is None else emissions + self.context.scores(own)

    def emissions(self, features: Sequence[str]) -> Scores:
        total = self._lines.total(features)
        total[_ruled_out(set(features))] -= _NEVER
        return total

    def transitions(self, features: Sequence[str]) -> Scores:
        total = self._pairs.total(features)
        total[_UNDER_SUBHEAD] -= _NEVER
        return total

    @functools.cached_property
    def _lines(self) -> _Rows:
        return _Rows.of(self.line, (len(TAGS),))

    @functools.cached_property
    def _pairs(self) -> _Rows:
        return _Rows.of(self.pair, (len(TAGS), len(TAGS)))


@dataclass(frozen=True)
class _Rows:
    """A table of weights as one array, whose rows are added much faster than arrays of their own."""

    places: Mapping[str, int]
    weights: Scores

    @classmethod
    def of(cls, table: Mapping[str, Scores], shape: tuple[int, ...]) -> _Rows:
        weights = np.array(list(table.values()), dtype=float).reshape(-1, *shape)
        return cls({name: place for place, name in enumerate(table)}, weights)

    def total(self, names: Sequence[str]) -> Scores:
        """Sum of the weights of those names that are known."""
        known = [place for place in map(self.places.get, names) if place is not None]
        total: Scores = self.weights.take(known, axis=0).sum(axis=0)
        return total


def _ruled_out(features: Set[str]) -> list[int]:
    """Indices of the tags that a line with these features cannot have."""
    found: list[int] = []
    hashed, ended = _HASHED & features, {"stop=True", "end=final"} & features
    long = (_LONG if not hashed else _ENDLESS if ended else set()) & features
    if "start=connective" in features:
        found += [*_DISPLAYED, TAGS.index("closing")]
    if "agency=True" in features:
        found += _RUNNING
    if long and {"stop=True", "case=han", "end=final"} & features:
        found += _DISPLAYED
    if {"end=final", "case=han"} <= features and "commas=0" not in features:
        found += _DISPLAYED
    marked = "rank=no" not in features
    if marked and "stop=False" in features and not long:
        found += _RUNNING if "sign=caption" in features else [*_RUNNING, TAGS.index("caption")]
    bare = "commas=0" in features and _SHORT & features
    unsigned = "page sign=" in features and (marked or not bare)
    told = "size=99" in features or "sign=caption" in features
    return [*found, TAGS.index("furniture")] if unsigned or told else found


@functools.cache
def load_weights() -> Weights:
    stored = json.loads(files("qa.articles").joinpath("tagger.json").read_text("utf-8"))
    size = len(TAGS)
    return Weights(
        {name: np.array(values, dtype=float) for name, values in stored["line"].items()},
        {name: np.array(values, dtype=float).reshape(size, size) for name, values in stored["pair"].items()},
        restored(stored["context"]) if "context" in stored else None,
    )


def tag_lines(lines: Sequence[Line]) -> list[Tag]:
    """The tag of every line: what it prints, and for running text whether it begins or continues a paragraph.

    A "detached" line starts in mid-sentence but does not continue the text before it; one that "opens" begins a
    story that has neither headline nor byline; "closing" lines sign a story at its end; "furniture" is the page's own.
    """
    if not lines:
        return []
    own, pairs = page_features(lines)
    tags = [TAGS[tag] for tag in viterbi(load_weights(), own, pairs, _ruled(lines))]
    return ["detached" if _is_torn(tags, lines, i) else tag for i, tag in enumerate(tags)]


def _is_torn(tags: Sequence[Tag], lines: Sequence[Line], i: int) -> bool:
    """A paragraph that starts in mid-sentence; what stands under a sub-head is its text, however oddly it starts."""
    if tags[i] not in ("begins", "opens") or (i and tags[i - 1] == "subhead"):
        return False
    return surely_unbegun(lines[i].plain) or _in_mid_sentence(lines[i])


def _in_mid_sentence(line: Line) -> bool:
    """A small Latin letter opens no sentence."""
    return line.text[0].islower() and line.text[:2].isascii()


def _ruled(lines: Sequence[Line]) -> dict[int, Tag]:
    """The only tag that a line can have, for lines whose printed form settles it."""
    opened = openings(lines)
    ruled: dict[int, Tag] = dict.fromkeys(letter_signatures(lines), "closing")
    ruled.update(dict.fromkeys(headline_groups(lines, opened), "headline"))
    mails = [i + 1 for i in opened if i + 1 < len(lines) and is_mail_line(lines[i + 1].text)]
    ruled.update(dict.fromkeys([*opened, *mails], "byline"))
    ruled.update(dict.fromkeys(masthead(lines), "furniture"))
    ruled.update({i: _BRIEF[line.brief] for i, line in enumerate(lines) if line.brief})
    return ruled


def viterbi(
    weights: Weights,
    own: Sequence[Sequence[str]],
    pairs: Sequence[Sequence[str]],
    ruled: Mapping[int, Tag] = MappingProxyType({}),
) -> list[int]:
    """Indices of the tags of the best sequence in which the `ruled` lines have the tags given."""
    emissions = weights.page(own)
    for line, tag in ruled.items():
        emissions[line] -= _NEVER
        emissions[line, TAGS.index(tag)] = 0.0
    return best_path(emissions, np.array([weights.transitions(names) for names in pairs]))


def best_path(emissions: Scores, transitions: Scores) -> list[int]:
    """The path of the highest sum through float[lines, tags] and float[lines, tags before, tags]."""
    score = emissions[0]
    back: list[NDArray[np.intp]] = []
    for line, step in zip(emissions[1:], transitions[1:], strict=True):
        through = score[:, None] + step
        back.append(through.argmax(axis=0))
        score = through.max(axis=0) + line
    path = [int(score.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]
