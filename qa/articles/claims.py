"""What tells for every place where a block may begin that belongs to another story: one row of numbers a choice.

A block is the rest of a story from a line of its text on. It may go on another story (`ROW`), or be the text of the
upper headlines over the story where it stands (`HEAD_ROW`).
"""

from __future__ import annotations

import functools
import itertools
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from qa.articles import seams
from qa.articles.cohesion import tokens
from qa.articles.joins import surely_unbegun, unbegun, unfinished
from qa.articles.lines import Line
from qa.articles.ngrams import unpack
from qa.articles.seams import Floats
from qa.articles.stories import RUNNING, Story
from qa.articles.tagger import Tag

Words = NDArray[np.int64]
RARITY_BITS = 18  # buckets of the table of rarities: 2 ** bits
RARITY_SCALE = 16  # rarities are stored as 8-bit integers, this many to one
_UNKNOWN = 8.0  # rarity of a word that hardly any story holds
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
    upper, heads = zip(*(read.under(n) for n in range(len(cuts))), strict=True)
    return Claims(cuts, moves, np.concatenate((common, np.array(heads, np.float32)), axis=1), upper)


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


def _enough(lines: Iterator[str]) -> list[str]:
    found, size = [], 0
    for line in lines:
        found.append(line)
        size += len(line)
        if size >= seams.REACH:
            break
    return found


def end_before(body: Sequence[tuple[Line, Tag]], place: int) -> str:
    """The end of the running text before a place in a story, "" where a signature closed it."""
    above = itertools.takewhile(lambda item: item[1] != "closing", reversed(body[:place]))
    return _joined(_enough(line.plain for line, tag in above if tag in RUNNING)[::-1])


def start_from(body: Sequence[tuple[Line, Tag]], place: int) -> str:
    return _joined(_enough(line.plain for line, tag in body[place:] if tag in RUNNING))


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
        shares = [self.words.at(cut) for cut in cuts]
        self.block, self.shared = np.array([s[0] for s in shares]) + 1, np.array([s[1] for s in shares])
        self.kept, self.given = np.array([s[2] for s in shares]) + 1, np.array([s[3] for s in shares])
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

    def under(self, n: int) -> tuple[int, list[float]]:
        """How many of the upper headlines of its story would best be those of the block, and what tells for it."""
        cut = self.cuts[n]
        heads = self.stories[cut.story].heads
        there = np.delete(np.where(self.bare, _NOTHING, self.there[n]), cut.story)
        best = max(_NOTHING, float(there.max(initial=_NOTHING)))
        if len(heads) < 2:
            return 0, [best, float(len(heads)), 0.0, 0.0, 0.0, 0.0, 0.0]
        gains = self.words.claims(cut, heads)
        k = max(range(1, len(heads)), key=lambda k: sum(gains[:k]) - sum(gains[k:]))
        upper, lower = sum(gains[:k]), -sum(gains[k:])
        told = [float(np.sign(x) * np.log1p(abs(x))) for x in (upper, lower, upper + lower)]
        return k, [best, float(len(heads)), float(k), *told, float(heads[k].level > 0)]


def _best_other(scores: Floats) -> Floats:
    """The highest of the other scores in the row of each score; `_NOTHING` where there is none."""
    if scores.shape[1] < 2:
        return np.full_like(scores, _NOTHING)
    two = np.partition(scores, -2, axis=1)[:, -2:]
    best, second = two[:, 1:], two[:, :1]
    return np.maximum(np.where(scores == best, second, best), _NOTHING)


def _is_open(text: str) -> float:
    return float(unfinished(text)) if text else 0.5


@dataclass(frozen=True)
class Shares:
    """Which story holds which words, where first and last, and how rare they are."""

    numbers: dict[str, int]
    rarity: Floats  # [words]
    holds: NDArray[np.bool_]  # [stories, words], their headlines counted
    first: Words  # [stories, words] place of the first and of the last line with the word; `_never` beyond
    last: Words
    weight: Floats  # [stories]

    @classmethod
    def of(cls, stories: Sequence[Story]) -> Shares:
        numbers: dict[str, int] = {}
        for story in stories:
            for line in (*story.heads, *(line for line, _ in story.body)):
                for token in tokens(line.plain):
                    numbers.setdefault(token, len(numbers))
        shape = len(stories), len(numbers)
        holds, first, last = np.zeros(shape, bool), np.full(shape, 10**9), np.full(shape, -1)
        for n, story in enumerate(stories):
            for line in story.heads:
                holds[n, [numbers[token] for token in tokens(line.plain)]] = True
            for place, (line, _) in enumerate(story.body):
                own = [numbers[token] for token in tokens(line.plain)]
                holds[n, own] = True
                first[n, own] = np.minimum(first[n, own], place)
                last[n, own] = place
        rarity = np.array([_rarity(token) for token in numbers], np.float32)
        return cls(numbers, rarity, holds, first, last, holds @ rarity)

    def at(self, cut: Cut) -> tuple[float, float, float, Floats]:
        """Weight of the words of the block, of those that the rest of its story holds, of the rest, and of those that
        each story holds."""
        block = self.last[cut.story] >= cut.place
        heads = self.holds[cut.story] & (self.last[cut.story] < 0)
        rest = (self.first[cut.story] < cut.place) | heads
        weighed = np.where(block, self.rarity, 0)
        each: Floats = (self.holds @ weighed).astype(np.float32)
        return float(weighed.sum()), float(weighed @ rest), float(self.rarity @ rest), each

    def claims(self, cut: Cut, heads: Sequence[Line]) -> list[float]:
        """For each headline the weight of its words that only the block holds, less those of the text above alone."""
        block, rest = self.last[cut.story] >= cut.place, self.first[cut.story] < cut.place
        sign = (block.astype(int) - rest.astype(int)) * self.rarity
        return [float(sum(sign[self.numbers[token]] for token in tokens(line.plain))) for line in heads]


@functools.lru_cache(maxsize=65536)
def _rarity(token: str) -> float:
    found = _rarities()[bucket(token)]
    return found / RARITY_SCALE if found else _UNKNOWN


def bucket(token: str) -> int:
    return zlib.crc32(token.encode()) >> (32 - RARITY_BITS)


@functools.cache
def _rarities() -> list[int]:
    stored = json.loads(files("qa.articles").joinpath("rarity.json").read_text("utf-8"))
    return [int(value) for value in unpack(stored["rarity"]).view(np.uint8)]
