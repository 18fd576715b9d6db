"""Whole paragraphs that stand in the wrong story: what they share with another one sends them home.

Words that only one other story holds tell whose a paragraph is; a story that stops in mid-sentence asks for its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from qa.articles.cohesion import LONG_WORD, WORD, numbered, terms, tokens, words_in
from qa.articles.display import is_label
from qa.articles.lines import Line
from qa.articles.ngrams import seam_scores
from qa.articles.stories import Story, is_told
from qa.articles.tagger import Tag

_CROWN = 3  # words by which headlines must fit the story without any better than the one they stand over
_LEAST = 3  # words that must be found in the other story alone
_TIMES = 4.0  # how much more of them it must hold than the story where the paragraph stands
_SEAM = 2.0  # log odds that a sentence goes on in a paragraph that looks begun


def send_home(stories: Sequence[Story]) -> None:
    """Move paragraphs, captions and tails to the stories they belong to, in place."""
    if len(stories) < 2:
        return
    _crown(stories)
    _finish(stories)
    for story in stories:
        for first, last in _candidates(story, story is stories[-1]):
            _send(stories, story, first, last)


def _blocks(story: Story) -> list[tuple[int, int]]:
    """[first, last) of every paragraph and caption below the first paragraph."""
    starts = [i for i, (_, tag) in enumerate(story.body) if tag != "continues"]
    ends = [*starts[1:], len(story.body)][: len(starts)]
    found = [(a, b) for a, b in zip(starts, ends, strict=True) if story.body[a][1] in ("begins", "caption")]
    return [(a, b) for a, b in found if any(map(is_told, story.body[:a]))]


def _candidates(story: Story, last: bool) -> Iterator[tuple[int, int]]:
    """What stands behind the names that sign the story, and the end of the page: the story itself was finished."""
    for first, end in reversed(_blocks(story)):
        if story.body[first - 1][1] == "closing" or (last and end == len(story.body)):
            yield first, end


def _words(texts: Iterable[str]) -> set[str]:
    return set[str]().union(*map(terms, texts))


def _pairs(texts: Iterable[str]) -> set[str]:
    return set[str]().union(*map(tokens, texts))


def _crown(stories: Sequence[Story]) -> None:
    """Give a story without headlines those over one before it that only its own text takes up; a label alone stays."""
    for n, story in enumerate(stories):
        if story.heads or not story.body or story.body[0][0].brief:
            continue
        told = _pairs(story.texts)
        best, home, cut = _CROWN, story, 0
        for other in stories[:n]:
            held = _pairs(other.texts)
            gains = [
                len(own & told - held) - len(own & held - told) for own in (tokens(line.plain) for line in other.heads)
            ]
            for k in range(1, len(gains)):
                gain = sum(gains[:k]) - sum(gains[k:])
                named = not all(is_label(line.plain) for line in other.heads[:k])
                if named and min(sum(gains[:k]), -sum(gains[k:])) > 0 and gain > best:
                    best, home, cut = gain, other, k
        if home is not story:
            story.heads, home.heads = home.heads[:cut], home.heads[cut:]


def _send(stories: Sequence[Story], story: Story, first: int, last: int) -> None:
    """Move the lines `first` to `last` of the story if another one claims them."""
    part = story.body[first:last]
    rest = Story(story.heads, story.body[:first] + story.body[last:])
    claims, sizes = _claims([rest if other is story else other for other in stories], part)
    claims = [n if story.body else 0 for n, story in zip(claims, stories, strict=True)]
    here = next(i for i, other in enumerate(stories) if other is story)
    best = max((i for i in range(len(stories)) if i != here), key=lambda i: claims[i] / (sizes[i] + 1) ** 0.5)
    if claims[best] < _LEAST + _TIMES * claims[here] or claims[best] < _TIMES * (sum(claims) - claims[best]):
        return
    del story.body[first:last]
    home = stories[best].body
    place = len(home) - (bool(home) and home[-1][1] == "closing")
    home[place:place] = part


def _claims(stories: Sequence[Story], part: Sequence[tuple[Line, Tag]]) -> tuple[list[int], list[int]]:
    """How many words of the part each story holds that no other does, and how many words it holds in all.

    A caption is short: every pair of characters counts.
    """
    texts = ["\n".join([line.plain for line in story.heads] + story.texts) for story in stories]
    own = "\n".join(line.plain for line, _ in part)
    values, places, _ = words_in([*texts, own], *((2, WORD) if part[0][1] == "caption" else (3, LONG_WORD)))
    distinct, words = numbered(values)
    held = np.zeros((len(texts) + 1, len(distinct)), bool)
    held[places, words] = True
    stories_with, asked = held[:-1], held[-1]
    single = asked & (stories_with.sum(axis=0) == 1)
    return (stories_with & single).sum(axis=1).tolist(), stories_with.sum(axis=1).tolist()


def _finish(stories: Sequence[Story]) -> None:
    """Give every story that stops in mid-sentence the paragraph of another that goes on there."""
    for story in stories:
        if not story.stops_short:
            continue
        blocks = [(other, *block) for other in stories if other is not story for block in _blocks(other)]
        starts = [other.body[first][0].plain for other, first, _ in blocks]
        seams = seam_scores([story.end] * len(starts), starts)
        for (other, first, last), seam in zip(blocks, seams, strict=True):
            part = other.body[first:last]
            if part[0][1] != "begins" or seam <= _SEAM:
                continue
            asks, own = _words(story.texts), _words([line.plain for line, _ in part])
            rest = _words(other.texts[:first] + other.texts[last:])
            if len(own & asks - rest) > len(own & rest - asks):
                del other.body[first:last]
                story.body += [(part[0][0], "continues"), *part[1:]]
                break
