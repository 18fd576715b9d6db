"""Reading order: blocks that stand before their head or after another article find their way home."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from qa.articles.joins import unfinished
from qa.articles.lines import Line
from qa.articles.ngrams import seam_scores
from qa.articles.stories import Story
from qa.articles.tagger import Tag
from qa.articles.twins import Twin, falls

_SURE = 1.0  # log odds of seam and subject together that a block goes on an open end
_SUBJECT = 6.0  # what a complete agreement of subject is worth, in log odds
_LETTERS = re.compile(r"[^\W_]{2,}")
_ENDS = re.compile(r"下一步|接下来|今后|未来|将继续|表示|更好地|美好|让我们|祝愿|期待")
_STARTS = re.compile(r"近日|日前|为了?|随着|近年来|如何|在[\u4e00-\u9fff]{2,12},|今年|去年|据")
_SEQUEL = re.compile(r"首先|其次|再次|最后|此外|同时|另外|下一步|接下来|目前|据悉|随后|[他她它这那]")


@dataclass(frozen=True)
class Rarity:
    """How telling a pair of characters is on this page: 1 / the number of lines that hold it."""

    lines_with: Counter[str]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Rarity:
        return cls(Counter(pair for line in lines for pair in _pairs(line.plain)))

    def shared(self, first: Iterable[str], second: Iterable[str]) -> float:
        """Weight of the pairs that both texts hold."""
        return self._weight(_all_pairs(first) & _all_pairs(second))

    def likeness(self, first: Iterable[str], second: Iterable[str]) -> float:
        """`shared` as a part of what the text with less to share could share, 0 to 1."""
        one, other = _all_pairs(first), _all_pairs(second)
        least = min(self._weight(one), self._weight(other))
        return self._weight(one & other) / least if least else 0.0

    def _weight(self, pairs: Iterable[str]) -> float:
        return sum(1 / self.lines_with[pair] for pair in pairs if self.lines_with[pair] > 1)


@dataclass(frozen=True)
class Clues:
    """What helps to find the way home besides the words at the seam."""

    rarity: Rarity
    homes: Mapping[int, int]
    twins: Sequence[Twin]
    open_ends: Collection[int] = ()


@functools.lru_cache(maxsize=4096)
def _pairs(plain: str) -> frozenset[str]:
    """Pairs of neighbouring letters and digits."""
    return frozenset(run[i : i + 2] for run in _LETTERS.findall(plain) for i in range(len(run) - 1))


def _all_pairs(texts: Iterable[str]) -> set[str]:
    return set[str]().union(*map(_pairs, texts))


def mend_order(
    stories: list[Story],
    lines: Sequence[Line],
    homes: Mapping[int, int],
    twins: Sequence[Twin] = (),
    open_ends: Collection[int] = (),
) -> list[Story]:
    """Stories with every detached block moved to the story it belongs to.

    `homes` maps the number of a block's first line to the number of the line it is known to follow;
    where that is one of the `open_ends` of the block itself, two columns of one story were swapped.
    """
    fragments = [(story, fragment) for story in stories for fragment in _detach(story)]
    if not fragments:
        return stories
    clues = Clues(Rarity.of(lines), homes, twins, open_ends)
    for source, fragment in fragments:
        _settle(stories, source, fragment, [other for _, other in fragments], clues)
    return [story for story in stories if story.heads or story.body]


def _detach(story: Story) -> list[Story]:
    """Cut the story before every detached line; what is cut off is returned in page order."""
    cuts = [i for i, (_, tag) in enumerate(story.body) if tag == "detached" and (i or story.heads)]
    if not cuts:
        return []
    pieces = [story.body[a:b] for a, b in zip(cuts, [*cuts[1:], len(story.body)], strict=True)]
    del story.body[cuts[0] :]
    return [Story(body=piece) for piece in pieces]


def _settle(stories: list[Story], source: Story, fragment: Story, fragments: Sequence[Story], clues: Clues) -> None:
    rarity = clues.rarity
    known = clues.homes.get(fragment.body[0][0].number)
    ring = is_ring(fragment) or known == fragment.body[-1][0].number
    if _to_bare_heads(stories, source, fragment, rarity):
        if ring:
            _rotate(fragment, clues)
        return
    if known is not None and not ring and _append_after([*stories, *fragments], known, fragment):
        return
    target = None if ring else _open_end(stories, source, fragment, rarity)
    if ring:
        _rotate(fragment, clues)
    if target is not None:
        _join(target, fragment)
    elif known is not None and known not in clues.open_ends and (source.body or source not in stories):
        stories.insert(stories.index(source) + 1 if source in stories else len(stories), fragment)
    elif source in stories:
        source.body.extend(fragment.body)
    else:
        stories.append(fragment)


def _join(story: Story, fragment: Story) -> None:
    """Append the fragment; its first line goes on the story's last paragraph."""
    line, _ = fragment.body[0]
    story.body.extend([(line, "continues"), *fragment.body[1:]])


def _append_after(stories: Sequence[Story], number: int, fragment: Story) -> bool:
    for story in stories:
        if story is fragment:
            continue
        for place, (line, _) in enumerate(story.body):
            if line.number == number:
                first, _ = fragment.body[0]
                story.body[place + 1 : place + 1] = [(first, "continues"), *fragment.body[1:]]
                return True
    return False


def _open_end(stories: Sequence[Story], source: Story, fragment: Story, rarity: Rarity) -> Story | None:
    """The story that stops in mid-sentence and that the fragment continues best, in grammar and subject."""
    open_stories = [story for story in stories if story.stops_short]
    start = fragment.body[0][0].plain
    seams = seam_scores([story.end for story in open_stories], [start] * len(open_stories))
    best, home = _SURE, None
    for story, seam in zip(open_stories, seams, strict=True):
        subject = rarity.likeness(story.texts, fragment.texts)
        score = max(-3.0, min(4.0, seam)) + _SUBJECT * subject + (0.5 if story is source else 0.0)
        if score > best:
            best, home = score, story
    return home


def _to_bare_heads(stories: list[Story], source: Story, fragment: Story, rarity: Rarity) -> bool:
    """Give the fragment to headlines that have no text, alone or run together with those of the next story."""
    best, place, cut = 0.0, -1, 0
    for i, story in enumerate(stories):
        if story is source and not story.body:
            continue
        gains = [
            rarity.shared([line.plain], fragment.texts) - rarity.shared([line.plain], story.texts)
            for line in story.heads
        ]
        for k in range(1, len(gains) + (not story.body)):
            gain = sum(gains[:k]) - sum(gains[k:])
            if sum(gains[:k]) > 0 and gain > best and (len(gains) > 3 or not story.body):
                best, place, cut = gain, i, k
    if place < 0:
        return False
    story = stories[place]
    fragment.heads = story.heads[:cut]
    story.heads = story.heads[cut:]
    stories[place : place + 1] = [fragment, story] if story.heads or story.body else [fragment]
    return True


def is_ring(fragment: Story) -> bool:
    """Two columns in the wrong order: the end waits for just what the start is."""
    if len(fragment.body) < 2 or not unfinished(fragment.end):
        return False
    if not any(tag == "begins" for _, tag in fragment.body):
        return False
    return seam_scores([fragment.end], [fragment.body[0][0].plain])[0] > 0


def _rotate(story: Story, clues: Clues) -> None:
    """Let the story begin where it best can, and go on from its end to what stood first."""
    body = story.body
    cuts = [i for i in range(1, len(body)) if body[i][1] == "begins"]
    if cuts:
        heads = [line.plain for line in story.heads]
        texts = story.texts
        falling = {i: falls(clues.twins, texts[i:] + texts[:i]) for i in cuts}
        best = max(cuts, key=lambda i: (-falling[i], _fresh_start(body, i, heads, clues.rarity)))
        story.body = [*body[best:], (body[0][0], "continues"), *body[1:best]]


def _fresh_start(body: Sequence[tuple[Line, Tag]], i: int, heads: Sequence[str], rarity: Rarity) -> float:
    """How well the story could end before line `i` and begin with it."""
    end = "".join(line.plain for line, _ in body[max(0, i - 12) : i])[-160:]
    start = "".join(line.plain for line, _ in body[i : i + 12])[:160]
    score = 2.0 * bool(_ENDS.search(end)) + 1.0 * bool(_STARTS.match(start)) - 2.0 * bool(_SEQUEL.match(start))
    score += min(2.0, rarity.shared(heads, [start])) - min(2.0, rarity.shared([end], [start]))
    return score
