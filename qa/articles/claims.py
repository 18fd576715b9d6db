"""What tells for every place where a block may begin that belongs to another story: one row of numbers a choice.

A block is the rest of a story from a line of its text on. It may go on another story (`ROW`), or be the text of the
upper headlines over the story where it stands (`HEAD_ROW`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from qa.articles import seams
from qa.articles.joins import surely_unbegun, unbegun, unfinished
from qa.articles.lines import Line
from qa.articles.seams import Floats
from qa.articles.shares import Shares
from qa.articles.stories import RUNNING, Story
from qa.articles.tagger import Tag

_MAY_BEGIN: frozenset[Tag] = frozenset(("begins", "continues", "detached", "opens"))
_PROSE: frozenset[Tag] = RUNNING - {"byline"}
_LONGEST_BYLINE = 40  # characters; a longer line holds the first paragraph too
_FAR = 5  # stories between which no distance is told
_NOTHING = -20.0  # log odds where no other story can be compared

_COMMON = (
    "here", "above inside", "above ended", "above told", "inside", "paragraph", "story", "open above", "open here",
    "unbegun", "never begun", "begins", "continues", "detached", "signed above", "caption above", "ring",
    "shares here", "alike here", "size", "rest",
)  # fmt: skip
ROW = (
    *_COMMON, "there", "gained", "against stories", "against starts", "inside there", "ended there", "told there",
    "open there", "above", "next", "distance", "signed there", "bare", "shares there", "shares more", "alike there",
    "size there",
)  # fmt: skip
HEAD_ROW = (*_COMMON, "best elsewhere", "headlines", "upper", "upper claims", "lower claims", "claims", "marked")


@dataclass(frozen=True)
class Cut:
    """Where a block begins: at this place in the body of this story."""

    story: int
    place: int


@dataclass(frozen=True)
class Claims:
    """All choices of one page; a row for every cut and story, and one for every cut of a story with headlines."""

    cuts: tuple[Cut, ...]
    moves: Floats  # [cuts, stories, len(ROW)]
    heads: Floats  # [cuts, len(HEAD_ROW)]
    upper: tuple[int, ...]  # of every cut, how many of the headlines of its story would be those of the block, or 0


def claims_of(stories: Sequence[Story]) -> Claims | None:
    """None where there is nothing to choose."""
    cuts = tuple(_cuts(stories))
    if not cuts:
        return None
    read = _Read(stories, cuts)
    common = read.common()
    moves = np.concatenate((np.repeat(common[:, None], len(stories), axis=1), read.elsewhere()), axis=2)
    upper, heads = read.under()
    return Claims(cuts, moves, np.concatenate((common, heads), axis=1), upper)


def _cuts(stories: Sequence[Story]) -> Iterator[Cut]:
    for n, story in enumerate(stories):
        told = False
        for place, (line, tag) in enumerate(story.body):
            if told and tag in _MAY_BEGIN:
                yield Cut(n, place)
            told = told or tag in _PROSE or (tag == "byline" and len(line.plain) > _LONGEST_BYLINE)


def _joined(lines: Sequence[str]) -> str:
    """Lines of one paragraph; Latin words keep their spaces."""
    text = ""
    for line in lines:
        text += " " + line if text and text[-1].isascii() and line[:1].isascii() else line
    return text


def _enough(body: Sequence[tuple[Line, Tag]], places: Iterable[int], last: Tag | None = None) -> list[str]:
    """Running text of these places, as much as the seams read, and none behind the tag `last`."""
    found, size = [], 0
    for place in places:
        line, tag = body[place]
        if tag == last or size >= seams.REACH:
            break
        if tag in RUNNING:
            found.append(line.plain)
            size += len(line.plain)
    return found


def end_before(body: Sequence[tuple[Line, Tag]], place: int) -> str:
    """The end of the running text before a place in a story, "" where a signature closed it."""
    return _joined(_enough(body, range(place - 1, -1, -1), "closing")[::-1])


def start_from(body: Sequence[tuple[Line, Tag]], place: int) -> str:
    return _joined(_enough(body, range(place, len(body))))


class _Read:
    """The stories of a page with what was measured at all cuts."""

    def __init__(self, stories: Sequence[Story], cuts: Sequence[Cut]) -> None:
        self.stories, self.cuts = stories, cuts
        self.own = np.array([cut.story for cut in cuts])
        bodies = [story.body for story in stories]
        self.last = [end_before(body, len(body)) for body in bodies]
        self.above = [end_before(bodies[cut.story], cut.place) for cut in cuts]
        begun = seams.starts([start_from(bodies[cut.story], cut.place) for cut in cuts])
        self.ended, self.ended_above, self.begun = seams.ends(self.last), seams.ends(self.above), begun
        self.here = seams.side_by_side(self.ended_above, begun)
        self.there = seams.every_pair(self.ended, begun).T.copy()
        first = seams.starts([start_from(body, 0) for body in bodies])
        self.rings = seams.side_by_side(self.ended, first)
        self.bare = np.array([not any(tag in _PROSE for _, tag in body) for body in bodies])
        self.words = Shares.of(stories)
        self.places = {n: np.array([cut.place for cut in some]) for n, some in itertools.groupby(cuts, _story)}
        shares = [self.words.below(n, places) for n, places in self.places.items()]
        block, shared, kept = (
            np.concatenate(some).astype(float) for some in zip(*(s[:3] for s in shares), strict=True)
        )
        self.block, self.shared, self.kept = block + 1, shared, kept + 1
        self.given = np.concatenate([given for _, _, _, given in shares])
        sizes = [np.cumsum([0, *(len(line.plain) for line, _ in body)]) for body in bodies]
        self.size = np.array([float(sizes[cut.story][-1] - sizes[cut.story][cut.place]) for cut in cuts])
        self.rest = np.array([float(sizes[cut.story][cut.place]) for cut in cuts])
        self.whole = np.array([float(size[-1]) for size in sizes])

    def common(self) -> Floats:
        open_last = np.array([_is_open(text) for text in self.last])[self.own]
        grammar = np.array([self._grammar(cut) for cut in self.cuts])
        open_above = np.array([_is_open(text) for text in self.above])
        columns = [
            self.here, *self.ended_above.kinds.T, *self.begun.kinds.T, open_above, open_last, *grammar.T,
            self.rings[self.own], self.shared / self.block, self.shared / np.sqrt(self.block * self.kept),
            np.log1p(self.size), np.log1p(self.rest),
        ]  # fmt: skip
        return np.stack(columns, axis=1).astype(np.float32)

    def _grammar(self, cut: Cut) -> list[float]:
        body = self.stories[cut.story].body
        (line, tag), (_, above) = body[cut.place], body[cut.place - 1]
        never = surely_unbegun(line.plain) or (line.text[0].islower() and line.text[:2].isascii())
        found = (unbegun(line.plain), never, tag == "begins", tag == "continues", tag == "detached")
        return [*map(float, found), float(above == "closing"), float(above == "caption")]

    def elsewhere(self) -> Floats:
        """What tells for each story as the home of each block: [cuts, stories, columns]."""
        own, count = self.own, len(self.stories)
        told = ~self.bare[None]
        there = self.there.copy()
        there[np.arange(len(own)), own] = _NOTHING
        there[:, self.bare] = _NOTHING
        step = own[:, None] - np.arange(count)[None]
        page = np.ones_like(there)
        signed = np.array([any(tag == "closing" for _, tag in story.body[-2:]) for story in self.stories])
        open_last = np.array([_is_open(text) for text in self.last])
        block = self.block[:, None]
        columns = [
            told * self.there, told * (self.there - self.here[:, None]), told * (there - _best_other(there)),
            told * (self.there - _best_other(self.there.T).T), *(page * kind for kind in self.ended.kinds.T),
            page * open_last, step > 0, np.abs(step) == 1, np.minimum(_FAR, np.abs(step)), page * signed,
            page * self.bare, self.given / block, (self.given - self.shared[:, None]) / block,
            self.given / np.sqrt(block * (self.words.weight[None] + 1)), page * np.log1p(self.whole),
        ]  # fmt: skip
        return np.stack(columns, axis=2).astype(np.float32)

    def under(self) -> tuple[tuple[int, ...], Floats]:
        """How many of the upper headlines of its story would best be those of each block, and what tells for it:
        [cuts, columns]."""
        there = np.where(self.bare, _NOTHING, self.there)
        there[np.arange(len(self.own)), self.own] = _NOTHING
        claims = [self._claims(n) for n in self.places]
        upper = [k for some, _ in claims for k in some]
        best = np.maximum(there.max(axis=1), _NOTHING)
        count = np.array([len(self.stories[n].heads) for n in self.own])
        marked = [self.stories[n].heads[k].level > 0 if k else False for n, k in zip(self.own, upper, strict=True)]
        columns = [best, count, upper, *np.concatenate([told for _, told in claims]).T, marked]
        return tuple(upper), np.stack(columns, axis=1).astype(np.float32)

    def _claims(self, story: int) -> tuple[list[int], Floats]:
        """For each cut of a story where its headlines are best parted, and how much the upper, the lower and all claim:
        [cuts, 3]."""
        places, heads = self.places[story], self.stories[story].heads
        if len(heads) < 2:
            return [0] * len(places), np.zeros((len(places), 3), np.float32)
        gains = self.words.claims(story, places).astype(float)
        sums, whole = np.cumsum(gains, axis=1)[:, :-1], gains.sum(axis=1)
        k = (2 * sums - whole[:, None]).argmax(axis=1)
        upper = sums[np.arange(len(k)), k]
        claims = np.stack((upper, upper - whole, 2 * upper - whole), axis=1)
        return (k + 1).tolist(), np.sign(claims) * np.log1p(np.abs(claims))


def _story(cut: Cut) -> int:
    return cut.story


def _best_other(scores: Floats) -> Floats:
    """The highest of the other scores in the row of each score; `_NOTHING` where there is none."""
    if scores.shape[1] < 2:
        return np.full_like(scores, _NOTHING)
    two = np.partition(scores, -2, axis=1)[:, -2:]
    best, second = two[:, 1:], two[:, :1]
    return np.maximum(np.where(scores == best, second, best), _NOTHING)


def _is_open(text: str) -> float:
    return float(unfinished(text)) if text else 0.5
