"""Which story of a page holds which words, where, and how rare they are: whose words a block takes up."""

from __future__ import annotations

import functools
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from qa.articles.cohesion import Ints, numbered, words_in
from qa.articles.ngrams import unpack
from qa.articles.seams import Floats
from qa.articles.stories import Story

Places = NDArray[np.int32]
RARITY_BITS = 18  # buckets of the table of rarities: 2 ** bits
RARITY_SCALE = 16  # rarities are stored as 8-bit integers, this many to one
_UNKNOWN = 8.0  # rarity of a word that hardly any story holds
_NEVER = 10**9
_FIRST, _LAST = 0x3400, 0x9FFF  # the characters of which pairs are words: three bytes each


@dataclass(frozen=True)
class Shares:
    """Rarities are multiples of 1 / RARITY_SCALE, so that all sums are exact."""

    rarity: Floats  # [words]
    holds: Floats  # [words, stories] 1 where the story holds the word, its headlines counted, else 0
    own: list[Ints]  # the words of each story
    first: Places  # [stories, words] place of the first and of the last line of the body with the word
    last: Places
    words: Ints  # the words of all lines in turn, and the line of each
    lines: Ints
    heads: list[range]  # the lines of the headlines of each story

    @classmethod
    def of(cls, stories: Sequence[Story]) -> Shares:
        texts = [[line.plain for line in story.heads] + story.texts for story in stories]
        values, lines, latin = words_in([text for some in texts for text in some])
        distinct, words = numbered(values)
        starts = np.cumsum([0, *map(len, texts)]).tolist()
        heads = [range(start, start + len(story.heads)) for start, story in zip(starts, stories, strict=False)]
        story_of = np.repeat(np.arange(len(stories)), np.diff(starts))[lines]
        places = lines - np.array([some.stop for some in heads])[story_of]
        shape = len(stories), len(distinct)
        holds, first, last = np.zeros(shape, bool), np.full(shape, _NEVER, np.int32), np.full(shape, -1, np.int32)
        holds[story_of, words] = True
        told = np.flatnonzero(places >= 0)  # in the order of the lines: of several the one set last stays
        last[story_of[told], words[told]] = places[told]
        first[story_of[told[::-1]], words[told[::-1]]] = places[told[::-1]]
        own = np.split(np.nonzero(holds)[1], np.cumsum(holds.sum(axis=1))[:-1])
        weights = np.ascontiguousarray(holds.T, np.float32)
        return cls(_rarity(distinct, latin), weights, own, first, last, words, lines, heads)

    @property
    def weight(self) -> Floats:
        """Of all words of each story, [stories]."""
        weight: Floats = self.rarity @ self.holds
        return weight

    def below(self, story: int, places: Ints) -> tuple[Floats, Floats, Floats, Floats]:
        """What the words of the blocks from some places of a story on weigh, those of them that its rest holds, and the
        rest, each [places]; and those that each story holds, [places, stories]."""
        own = self.own[story]
        block, above = self._parted(story, places)
        rest, rarity = above | (self.last[story, own] < 0), self.rarity[own]
        weighed = block * rarity
        return weighed.sum(axis=1), (weighed * rest).sum(axis=1), rest @ rarity, weighed @ self.holds[own]

    def claims(self, story: int, places: Ints) -> Floats:
        """For each headline of a story the weight of its words that only the block holds, less those of the text above
        alone: [places, headlines]."""
        own = self.own[story]
        block, above = self._parted(story, places)
        held = np.array([np.isin(own, self.words[self.lines == line]) for line in self.heads[story]], np.float32)
        found: Floats = (np.subtract(block, above, dtype=np.float32) * self.rarity[own]) @ held.T
        return found

    def _parted(self, story: int, places: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which of its words stand from each place on, and which above it: [places, words of the story]."""
        own = self.own[story]
        return self.last[story, own] >= places[:, None], self.first[story, own] < places[:, None]


def _rarity(values: Ints, latin: Sequence[str]) -> Floats:
    """Of words as `words_in` numbers them."""
    first, second = _checksums()
    han = values[values >= len(latin)]
    sums = first[(han >> 16) - _FIRST] ^ second[(han & 0xFFFF) - _FIRST]
    buckets = np.concatenate(([bucket(word) for word in latin], sums >> (32 - RARITY_BITS))).astype(np.intp)
    found = _rarities()[buckets] / RARITY_SCALE
    return np.where(found > 0, found, _UNKNOWN).astype(np.float32)


def bucket(token: str) -> int:
    return zlib.crc32(token.encode()) >> (32 - RARITY_BITS)


@functools.cache
def _checksums() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """What the first and what the second character of a pair adds to its CRC-32, which is linear."""
    han, gap = [chr(code).encode() for code in range(_FIRST, _LAST + 1)], bytes(3)
    first = np.array([zlib.crc32(letter + gap) for letter in han], np.uint32)
    second = np.array([zlib.crc32(gap + letter) for letter in han], np.uint32)
    return first, second ^ np.uint32(zlib.crc32(gap + gap))


@functools.cache
def _rarities() -> NDArray[np.uint8]:
    stored = json.loads(files("qa.articles").joinpath("rarity.json").read_text("utf-8"))
    return unpack(stored["rarity"]).view(np.uint8)
