"""Tagged lines to stories: a headline group or a byline opens one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qa.articles.bylines import lead_byline, name_line
from qa.articles.joins import unfinished
from qa.articles.lines import Line
from qa.articles.tagger import Tag

RUNNING: frozenset[Tag] = frozenset(("begins", "continues", "detached", "opens", "byline"))


@dataclass(eq=False)
class Story:
    """A headline group and the lines under it, in page order until `order` mends them."""

    heads: list[Line] = field(default_factory=list)
    body: list[tuple[Line, Tag]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [line.plain for line, _ in self.body]

    @property
    def end(self) -> str:
        """The last line of running text, "" where there is none; captions and sub-heads do not count."""
        return next((line.plain for line, tag in reversed(self.body) if tag in RUNNING), "")

    @property
    def opened(self) -> bool:
        """More than bylines stands under the headlines, so the next byline belongs to another story."""
        return any(tag != "byline" or _has_text(line.plain) for line, tag in self.body)


def _has_text(plain: str) -> bool:
    """The line goes on after its byline phrase."""
    return len(plain) > 60 or 0 < lead_byline(plain) < len(plain) - 4


def split_stories(lines: Sequence[Line], tags: Sequence[Tag]) -> list[Story]:
    stories = [Story()]
    for line, tag in zip(lines, tags, strict=True):
        last = stories[-1]
        if tag == "headline" and last.body and not last.opened:
            tag = "byline"  # the writer's office under the name
        if tag == "headline" and last.heads and not last.body and name_line(line.text) and line.text[0].isascii():
            tag = "byline"
        if tag == "furniture":
            continue
        if tag == "byline" and last.opened and _headed_too_early(stories):
            stories[-2].body.extend([(last.body[0][0], "continues"), *last.body[1:]])
            last.body = []
        if (tag == "headline" and last.body) or (tag == "byline" and last.opened) or (tag == "opens" and last.body):
            stories.append(Story())
        if tag == "headline":
            stories[-1].heads.append(line)
        else:
            stories[-1].body.append((line, tag))
    return [story for story in stories if story.heads or story.body]


def _headed_too_early(stories: Sequence[Story]) -> bool:
    """The last headlines stand between the two halves of the story before them, their own text begins only now."""
    if len(stories) < 2 or not stories[-1].heads:
        return False
    first = stories[-1].body[0][1]
    return first in ("continues", "detached") and bool(stories[-2].end) and unfinished(stories[-2].end)
