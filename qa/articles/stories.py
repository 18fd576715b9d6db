"""Tagged lines to stories: a headline group or a byline opens one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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
        return any(tag != "byline" for _, tag in self.body) or any(len(line.text) > 60 for line, _ in self.body)


def split_stories(lines: Sequence[Line], tags: Sequence[Tag]) -> list[Story]:
    stories = [Story()]
    for line, tag in zip(lines, tags, strict=True):
        if tag == "furniture":
            continue
        if tag == "headline":
            if stories[-1].body:
                stories.append(Story())
            stories[-1].heads.append(line)
        else:
            if (tag == "byline" and stories[-1].opened) or (tag == "opens" and stories[-1].body):
                stories.append(Story())
            stories[-1].body.append((line, tag))
    return [story for story in stories if story.heads or story.body]
