"""Stories that stop in mid-sentence and the block, after another story or in front, that goes on there.

Every open end is compared with every place where a block may begin: the words at the seam, what stands before the
block now, and whose words the block shares. A logistic regression trained by `python -m qa.benchmark ends` on
generated pages weighs them; most open ends have lost their end, so a block is moved only where the odds are clear.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from qa.articles.cohesion import terms, tokens
from qa.articles.joins import surely_unbegun, unbegun, unfinished
from qa.articles.lines import Line
from qa.articles.ngrams import seam_scores
from qa.articles.stories import RUNNING, Story
from qa.articles.tagger import Tag

_SURE = 0.4  # log odds from which a block is moved: six right to none wrong, at 0 seven to one
_NEAR = 12  # lines on each side of a seam whose words are compared besides all others
_STARTS: frozenset[Tag] = frozenset(("begins", "continues", "detached"))


@dataclass(frozen=True)
class _Start:
    """A line where a block may begin that belongs elsewhere: all from it to the end of its story."""

    story: int
    place: int  # in the body
    line: Line
    tag: Tag
    before: str  # the running text it stands under, "" for headlines
    seam: float  # log odds that it goes on there


@dataclass(frozen=True)
class Pair:
    """An open end, by the number of its line and its story, and a start, by those of its line."""

    end: int
    start: int
    features: tuple[str, ...]


def find_homes(stories: Sequence[Story]) -> dict[int, int]:
    """Number of the first line of every block that goes on an open end to the number of that line."""
    weights = load_weights()
    scored = [(sum(weights.get(name, 0.0) for name in pair.features), pair) for pair in pairs(stories, weights)]
    found: dict[int, int] = {}
    for score, pair in sorted(scored, key=lambda one: -one[0]):
        if score > _SURE and pair.start not in found and pair.end not in found.values():
            found[pair.start] = pair.end
    return found


@functools.cache
def load_weights() -> dict[str, float]:
    stored: dict[str, float] = json.loads(files("qa.articles").joinpath("ends.json").read_text("utf-8"))
    return stored


def detach(stories: Sequence[Story], starts: Iterable[int]) -> None:
    """Tag the lines with these numbers as starts of blocks that stand elsewhere, in place."""
    numbers = frozenset(starts)
    for story in stories:
        story.body = [(line, "detached" if line.number in numbers else tag) for line, tag in story.body]


def pairs(stories: Sequence[Story], weights: Mapping[str, float] | None = None) -> Iterator[Pair]:
    """Every open end with every start that may go on it, and what tells for and against.

    With `weights`, without the pairs whose odds cannot get clear whatever words they share, as most cannot.
    """
    needed = _SURE - _most(weights, " far=") - _most(weights, " near=") if weights is not None else 0.0
    ends = [(i, line) for i, story in enumerate(stories) if (line := _open_end(story))]
    starts = list(_starts(stories)) if ends else []
    if not starts:
        return
    words = _Words(stories)
    every = seam_scores(
        [end.plain for _, end in ends for _ in starts], [start.line.plain for _ in ends for start in starts]
    )
    for place, (story, end) in enumerate(ends):
        seams = every[place * len(starts) : (place + 1) * len(starts)]
        best = sorted(seams, reverse=True)
        for start, seam in zip(starts, seams, strict=True):
            if start.line is not end and seam > -2.0:
                rank = best.index(seam)
                seen = tuple(_features(words, story, end, start, seam, rank))
                if weights is None or sum(weights.get(name, 0.0) for name in seen) > needed:
                    shared = _shared(words, story, start)
                    yield Pair(end.number, start.line.number, (*seen, *shared))


def _most(weights: Mapping[str, float] | None, part: str) -> float:
    """The highest weight of the features with `part` in their name."""
    return max((weight for name, weight in (weights or {}).items() if part in name), default=0.0)


def _open_end(story: Story) -> Line | None:
    """The last line of text, if it stops in mid-sentence and nothing signs the story below it."""
    for line, tag in reversed(story.body):
        if tag in RUNNING:
            return line if unfinished(line.plain) else None
        if tag == "closing":
            return None
    return None


def _starts(stories: Sequence[Story]) -> Iterator[_Start]:
    found, above = [], []
    for i, story in enumerate(stories):
        head, text = "".join([line.plain for line in story.heads][-1:]), ""
        for place, (line, tag) in enumerate(story.body):
            if tag in _STARTS and (place or story.heads):
                found.append((i, place, line, tag, text))
                above.append(text or head)
            text = (line.plain if tag in RUNNING else "") or text
    seams = seam_scores(above, [line.plain for _, _, line, _, _ in found])
    for (i, place, line, tag, text), seam in zip(found, seams, strict=True):
        if not (tag == "continues" and unfinished(text) and seam > 0):
            yield _Start(i, place, line, tag, text, seam)


class _Words:
    """Whose words are whose: pairs of characters and terms of all lines, each counted as rare as it is.

    They are counted when they are asked for first: most ends and starts are judged without them.
    """

    def __init__(self, stories: Sequence[Story]) -> None:
        self.stories = stories

    @functools.cached_property
    def lines(self) -> list[list[frozenset[str]]]:
        return [[tokens(line.plain) for line, _ in story.body] for story in self.stories]

    @functools.cached_property
    def heads(self) -> list[frozenset[str]]:
        return [frozenset[str]().union(*(tokens(line.plain) for line in story.heads)) for story in self.stories]

    @functools.cached_property
    def often(self) -> Counter[str]:
        return Counter(token for lines in self.lines for line in lines for token in line)

    def of(self, story: int, first: int = 0, last: int | None = None) -> frozenset[str]:
        heads = self.heads[story] if first == 0 else frozenset[str]()
        return heads.union(*self.lines[story][first:last])

    def likeness(self, one: frozenset[str], other: frozenset[str]) -> float:
        """Weight of the shared words as a part of what the poorer text could share, 0 to 1."""
        least = min(self._weight(one), self._weight(other))
        return self._weight(one & other) / least if least else 0.0

    def _weight(self, found: Iterable[str]) -> float:
        return sum(1 / self.often[token] for token in found if self.often[token] > 1)


_terms = functools.lru_cache(512)(terms)  # every end meets every start


def _features(words: _Words, story: int, end: Line, start: _Start, seam: float, rank: int) -> Iterator[str]:
    """`story` is that of the end; `rank` tells how many other starts go on the end better."""
    kind = "own" if story == start.story else "other"
    begun, ends = _begun(start.line), "open" if unfinished(words.stories[start.story].end) else "done"
    stands = "head" if not start.before else "open" if unfinished(start.before) else "done"
    step = min(3, abs(start.story - story)) * (1 if start.story > story else -1)
    shared = min(2, len(_terms(start.line.plain) & _terms(end.plain)))
    yield from (
        kind, f"{kind} seam={_bin(seam)}", f"{kind} seam here={_bin(start.seam)} {stands}",
        f"{kind} better={_bin(seam - start.seam)}",
        f"begun={begun} {start.tag}", f"begun={begun} seam={_bin(seam)}", f"stands={stands} {start.tag} {kind}",
        f"rank={min(rank, 5)}", f"step={step}", f"{kind} ends={ends}", f"shared={shared}",
        f"stop={start.line.plain[:1].isalnum()} {end.plain[-1:].isalnum()}", f"{kind} whole={start.place == 0}",
    )  # fmt: skip


def _shared(words: _Words, story: int, start: _Start) -> tuple[str, str]:
    kind = "own" if story == start.story else "other"
    return f"{kind} far={_bin(_far(words, story, start), 0.1)}", f"{kind} near={_bin(_near(words, story, start), 0.1)}"


def _begun(line: Line) -> str:
    if surely_unbegun(line.plain) or line.text[0].islower():
        return "never"
    return "torn" if unbegun(line.plain) else "begun"


def _far(words: _Words, story: int, start: _Start) -> float:
    """How much likelier, by its words, the whole block is a part of the story than of the one where it stands."""
    block = words.of(start.story, start.place)
    if start.place == 0:
        block -= words.heads[start.story]
    if story == start.story:
        return words.likeness(block, words.of(story, 0, start.place))
    return words.likeness(block, words.of(story)) - words.likeness(block, words.of(start.story, 0, start.place))


def _near(words: _Words, story: int, start: _Start) -> float:
    """The same of the lines next to the two seams."""
    first, place = start.story, start.place
    block = words.of(first, place, place + _NEAR)
    there = words.of(story, max(1, len(words.lines[story]) - _NEAR))
    return words.likeness(block, there) - words.likeness(block, words.of(first, max(1, place - _NEAR), place))


def _bin(score: float, step: float = 1.0, most: int = 5) -> int:
    return max(-most, min(most, round(score / step)))
