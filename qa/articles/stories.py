"""Tagged lines to stories: a headline group or a byline opens one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from qa.articles.bylines import is_caption, is_sign_off, lead_byline, name_line, signature_start
from qa.articles.joins import unfinished
from qa.articles.lines import Line
from qa.articles.tagger import Tag

RUNNING: frozenset[Tag] = frozenset(("begins", "continues", "detached", "opens", "byline"))

_PROSE: frozenset[Tag] = RUNNING - {"byline"}
_TEXT: frozenset[Tag] = RUNNING | {"caption"}
_HEADS: frozenset[Tag] = frozenset(("headline", "furniture"))
_DISPLAYED: frozenset[Tag] = frozenset(("headline", "subhead"))
_NUMBERED = re.compile(r"[一二三四五六七八九十]{1,3}、|[(\d①-⑩]")
_PEN_NAME = re.compile(r"[□■◇◆○●]? ?[\u4e00-\u9fff]{2,4}")


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


def correct_tags(lines: Sequence[Line], tags: Sequence[Tag]) -> list[Tag]:
    """`tags` with what printed forms and neighbouring lines settle: sign-offs, names under a headline, plain prose."""
    fixed = list(tags)
    for i in range(len(lines)):
        _correct(lines, fixed, i)
    if {"headline", "byline", "opens"}.intersection(fixed):
        return fixed
    whole = all(tag == "furniture" for tag in fixed)
    prose = [whole or line.plain[-1] in "。!?" for line in lines]
    return ["begins" if tag == "furniture" and is_prose else tag for tag, is_prose in zip(fixed, prose, strict=True)]


def _correct(lines: Sequence[Line], tags: list[Tag], i: int) -> None:
    line, above = lines[i], lines[i - 1]
    before: Tag = tags[i - 1] if i else "headline"
    after: Tag = tags[i + 1] if i + 1 < len(lines) else "headline"
    if before in _TEXT and after in _HEADS and not line.marked and _signs_off(line):
        tags[i] = "closing"
    elif before in _DISPLAYED and tags[i] in _DISPLAYED and after in _PROSE and _is_pen_name(above, line):
        tags[i - 1], tags[i] = "headline", "byline"
    elif before in _TEXT and tags[i] == "furniture" and name_line(line.text):
        tags[i] = "closing"
    elif after in _TEXT and _is_display(line, tags[i]) and _may_open(lines, tags, i):
        tags[i] = "headline"


def _may_open(lines: Sequence[Line], tags: Sequence[Tag], i: int) -> bool:
    """Nothing is unfinished before a display line: it stands first on the page, or the story above is signed."""
    if i:
        return _is_signed(lines[i - 1], tags[i - 1])
    return tags[i] == "subhead" and _NUMBERED.match(lines[i].plain) is None


def _is_display(line: Line, tag: Tag) -> bool:
    return tag in ("subhead", "caption") and len(line.plain) <= 40 and not is_caption(line.plain)


def _is_signed(line: Line, tag: Tag) -> bool:
    """The names of its writer end the story here."""
    return (tag == "closing" and is_sign_off(line.text)) or (tag in _TEXT and signature_start(line.plain) >= 0)


def _signs_off(line: Line) -> bool:
    if is_caption(line.plain):
        return False
    return is_sign_off(line.text) or (len(line.plain) <= 30 and 0 < lead_byline(line.plain) == len(line.plain))


def _is_pen_name(above: Line, line: Line) -> bool:
    """A bare name under a headline: two to four characters, no heading marks of its own."""
    if line.level or len(above.plain) <= max(4, len(line.plain)):
        return False
    return name_line(line.text) or (line.bold <= above.marked and _PEN_NAME.fullmatch(line.text) is not None)


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
