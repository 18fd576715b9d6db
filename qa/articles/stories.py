"""Lines to stories: which heading starts a new article, which is a sub-head inside one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qa.articles.classify import Role, is_numbered, opens_story
from qa.articles.joins import unbegun, unfinished
from qa.articles.lines import Line


@dataclass
class Story:
    """A headline group and the lines under it, in page order until `order` mends them."""

    heads: list[Line] = field(default_factory=list)
    body: list[tuple[Line, Role]] = field(default_factory=list)

    @property
    def level(self) -> int:
        return min((line.level for line in self.heads if line.level), default=0)

    @property
    def closed(self) -> bool:
        """Nothing more can follow: the story ended in a photo credit or a line about its author."""
        return not self.body or self.body[-1][1] in ("caption", "closing")


def split_stories(lines: Sequence[Line], roles: Sequence[Role]) -> list[Story]:
    stories = [Story()]
    i = 0
    while i < len(lines):
        run = _run_length(roles, i)
        if run:
            _place_run(stories, lines, roles, i, run)
        elif roles[i] in ("byline", "author") and _has_byline(stories[-1], roles[i]):
            stories.append(Story(body=[(lines[i], roles[i])]))
        else:
            stories[-1].body.append((lines[i], roles[i]))
        i += max(run, 1)
    return [story for story in stories if story.heads or story.body]


def _run_length(roles: Sequence[Role], i: int) -> int:
    run = 0
    while i + run < len(roles) and roles[i + run] == "display":
        run += 1
    return run


def _has_byline(story: Story, role: Role) -> bool:
    """A second byline opens another story, unless it signs the end of this one."""
    return role == "byline" and bool(story.body)


def _place_run(stories: list[Story], lines: Sequence[Line], roles: Sequence[Role], i: int, run: int) -> None:
    heads = list(lines[i : i + run])
    if _starts_story(stories[-1], heads, lines, roles, i + run):
        stories.append(Story(heads=heads))
    else:
        stories[-1].body.extend((line, "display") for line in heads)


def _starts_story(
    story: Story, heads: Sequence[Line], lines: Sequence[Line], roles: Sequence[Role], after: int
) -> bool:
    """A weighted vote; the weights are set by hand and held by the benchmark of generated pages."""
    if story.closed:
        return True
    following = lines[after] if after < len(lines) else None
    if following is None:
        return False
    if roles[after] in ("byline", "author"):
        return True
    votes = 2.0 * opens_story(following.plain)
    votes += _level_vote(story, heads)
    votes += sum(line.gap > 0 for line in heads[1:]) > 0
    votes += 1.5 * (max(line.gap for line in [*heads, following]) >= 2)
    votes -= 3.0 * is_numbered(heads[0].plain)
    votes -= 3.0 * (unfinished(story.body[-1][0].plain) and unbegun(following.plain) and not votes >= 2)
    return votes >= 2


def _level_vote(story: Story, heads: Sequence[Line]) -> float:
    level = min((line.level for line in heads if line.level), default=0)
    if not level:
        return -2.0 if heads[0].bold or story.level else 0.0
    if not story.level:
        return 2.0
    return 2.5 if level <= story.level else 0.0
