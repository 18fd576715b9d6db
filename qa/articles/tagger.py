"""One tag a line, the best sequence over the page: a linear-chain model decoded by Viterbi's algorithm.

A conditional random field (Lafferty et al. 2001) over linear weights and a small network, trained by
`python -m qa.benchmark tagger` on generated pages.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from qa.articles.context import Context, restored
from qa.articles.features import PageView, held_features
from qa.articles.forms import Held, Names, Rows
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
_SETTLING = (
    *sorted(_LONG | _HASHED | _SHORT), "stop=True", "stop=False", "end=final", "start=connective", "agency=True",
    "case=han", "commas=0", "rank=no", "sign=caption", "page sign=",
)  # fmt: skip
_BITS = Rows({name: n for n, name in enumerate(_SETTLING)}, 2 ** np.arange(len(_SETTLING)))


@dataclass(frozen=True)
class Weights:
    """Weights by feature: float[tags] for a line, float[tags before, tags] for a line and the one before it."""

    line: Mapping[str, Scores]
    pair: Mapping[str, Scores]
    context: Context | None = None

    def page(self, own: Names | Held) -> Scores:
        """float[lines, tags] of all lines of a page, their neighbours heard."""
        alone = self._alone(own)
        return alone if self.context is None else alone + self.context.scores(own)

    def emissions(self, features: Sequence[str]) -> Scores:
        """float[tags] of a line by itself."""
        one: Scores = self._alone([features])[0]
        return one

    def _alone(self, own: Names | Held) -> Scores:
        total = self._lines.sums(own)
        for scores, bits in zip(total, _BITS.sums(own, np.bitwise_or).tolist(), strict=True):
            scores[_ruled_out(bits)] -= _NEVER
        return total

    def steps(self, pairs: Names | Held) -> Scores:
        """float[lines, tags before, tags] of all lines of a page."""
        total = self._pairs.sums(pairs)
        total[:, *_UNDER_SUBHEAD] -= _NEVER
        return total

    def transitions(self, features: Sequence[str]) -> Scores:
        """float[tags before, tags] of a line and the one before it."""
        one: Scores = self.steps([features])[0]
        return one

    @functools.cached_property
    def _lines(self) -> Rows:
        return _rows(self.line, (len(TAGS),))

    @functools.cached_property
    def _pairs(self) -> Rows:
        return _rows(self.pair, (len(TAGS), len(TAGS)))


def _rows(table: Mapping[str, Scores], shape: tuple[int, ...]) -> Rows:
    weights = np.array(list(table.values()), dtype=float).reshape(-1, *shape)
    return Rows({name: place for place, name in enumerate(table)}, weights)


@functools.lru_cache(4096)
def _ruled_out(bits: int) -> list[int]:
    """Indices of the tags that a line cannot have; there is a bit for each of the features that settle some."""
    features = {name for n, name in enumerate(_SETTLING) if bits >> n & 1}
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
    own, pairs = held_features(PageView(lines))
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
    own: Names | Held,
    pairs: Names | Held,
    ruled: Mapping[int, Tag] = MappingProxyType({}),
) -> list[int]:
    """Indices of the tags of the best sequence in which the `ruled` lines have the tags given."""
    emissions = weights.page(own)
    for line, tag in ruled.items():
        emissions[line] -= _NEVER
        emissions[line, TAGS.index(tag)] = 0.0
    return best_path(emissions, weights.steps(pairs))


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
