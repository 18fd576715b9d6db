"""Reading order: blocks that stand before their head or after another article find their way home."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa.articles.joins import unbegun, unfinished
from qa.articles.lines import Line
from qa.articles.stories import Story

_ENDS = re.compile(r"下一步|接下来|今后|未来|将继续|表示|更好地|美好|让我们|祝愿|期待")
_STARTS = re.compile(r"近日|日前|为了?|随着|近年来|如何|在[\u4e00-\u9fff]{2,12}[,，]|今年|去年|据")
_SEQUEL = re.compile(r"首先|其次|再次|最后|此外|同时|另外|下一步|接下来|目前|据悉|随后")


@dataclass(frozen=True)
class Rarity:
    """How telling a pair of characters is on this page: 1 / the number of lines that hold it."""

    lines_with: Counter[str]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Rarity:
        return cls(Counter(pair for line in lines for pair in _pairs(line.plain)))

    def shared(self, first: Iterable[str], second: Iterable[str]) -> float:
        one = {pair for text in first for pair in _pairs(text)}
        other = {pair for text in second for pair in _pairs(text)}
        return sum(1 / self.lines_with[pair] for pair in one & other if self.lines_with[pair])


def _pairs(folded: str) -> set[str]:
    return {folded[i : i + 2] for i in range(len(folded) - 1) if folded[i : i + 2].isalnum()}


def mend_order(stories: list[Story], lines: Sequence[Line]) -> list[Story]:
    """Stories with every detached block moved to the story it belongs to."""
    fragments = [(story, fragment) for story in stories if (fragment := _detach(story))]
    if not fragments:
        return stories
    rarity = Rarity.of(lines)
    for source, fragment in fragments:
        if not (_to_bare_heads(stories, fragment, rarity) or _to_open_end(stories, fragment)):
            stories.insert(stories.index(source) + 1, fragment)
    for story in stories:
        _rotate(story, rarity)
    return stories


def _detach(story: Story) -> Story | None:
    """Cut off what follows a finished paragraph although it starts in mid-sentence."""
    for i in range(1, len(story.body)):
        (line, role), (before, kind) = story.body[i], story.body[i - 1]
        if role == "body" and kind == "body" and not unfinished(before.plain) and _surely_unbegun(line.plain):
            fragment = Story(body=story.body[i:])
            del story.body[i:]
            return fragment
    return None


def _surely_unbegun(text: str) -> bool:
    return len(text) > 12 and unbegun(text)


def _to_bare_heads(stories: list[Story], fragment: Story, rarity: Rarity) -> bool:
    """Give the fragment to headlines that have no text, alone or run together with those of the next story."""
    words = [line.plain for line, _ in fragment.body]
    best, place, cut = 0.0, -1, 0
    for i, story in enumerate(stories):
        own = [line.plain for line, _ in story.body]
        gains = [rarity.shared([line.plain], words) - rarity.shared([line.plain], own) for line in story.heads]
        for k in range(1, len(gains) + (not own)):
            gain = sum(gains[:k]) - sum(gains[k:])
            if sum(gains[:k]) > 0 and gain > best:
                best, place, cut = gain, i, k
    if place < 0:
        return False
    story = stories[place]
    fragment.heads = story.heads[:cut]
    story.heads = story.heads[cut:]
    stories[place : place + 1] = [fragment, story] if story.heads or story.body else [fragment]
    return True


def _to_open_end(stories: list[Story], fragment: Story) -> bool:
    """Append the fragment to the nearest story that stops in mid-sentence."""
    for story in stories:
        if story.body and story.body[-1][1] == "body" and unfinished(story.body[-1][0].plain):
            story.body.extend(fragment.body)
            return True
    return False


def _rotate(story: Story, rarity: Rarity) -> None:
    """Columns in the wrong order: the text starts in mid-sentence and its end waits for just that."""
    body = story.body
    if len(body) < 3 or any(role != "body" for _, role in body):
        return
    if not unbegun(body[0][0].plain) or not unfinished(body[-1][0].plain):
        return
    cuts = [i for i in range(1, len(body)) if not unfinished(body[i - 1][0].plain) and not unbegun(body[i][0].plain)]
    if cuts:
        heads = [line.plain for line in story.heads]
        best = max(cuts, key=lambda i: _fresh_start(body, i, heads, rarity))
        story.body = body[best:] + body[:best]


def _fresh_start(body: Sequence[tuple[Line, str]], i: int, heads: Sequence[str], rarity: Rarity) -> float:
    """How well the story could end before line `i` and begin with it."""
    before, after = body[i - 1][0].plain, body[i][0].plain
    score = 2.0 * bool(_ENDS.search(before[-160:])) + 1.0 * bool(_STARTS.match(after))
    score -= 2.0 * bool(_SEQUEL.match(after))
    score += min(2.0, rarity.shared(heads, [after]))
    return score - min(2.0, rarity.shared([before], [after]))
