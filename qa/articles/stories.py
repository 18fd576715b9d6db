"""Tagged lines to stories: a headline group or a byline opens one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from qa.articles.bylines import (
    credit_start,
    is_author_line,
    is_caption,
    is_letter_writer,
    is_sign_off,
    lead_byline,
    name_line,
    signature_start,
)
from qa.articles.cohesion import terms
from qa.articles.items import part_items
from qa.articles.joins import unfinished
from qa.articles.letters import heads_letter
from qa.articles.lines import Line
from qa.articles.looks import look
from qa.articles.openings import is_display
from qa.articles.tagger import Tag

RUNNING: frozenset[Tag] = frozenset(("begins", "continues", "detached", "opens", "byline"))

_PROSE: frozenset[Tag] = RUNNING - {"byline"}
_TEXT: frozenset[Tag] = RUNNING | {"caption"}
_HEADS: frozenset[Tag] = frozenset(("headline", "furniture"))
_DISPLAYED: frozenset[Tag] = frozenset(("headline", "subhead"))
_UNSURE: frozenset[Tag] = _DISPLAYED | {"begins", "continues"}  # what a name of two characters may have been taken for
_LEADS: frozenset[Tag] = frozenset(("headline", "subhead", "furniture", "byline", "opens"))
_SECTION = 60  # characters of text under a sub-head from which its subject can be told
_OWN_SUBJECT = 100  # characters that share no term at all with the story above and so are another one
_NEAR_KIN = 4  # terms that two stories of one page may share
_PLAIN = -1.0  # log odds of the heading model for a headline that may as well be a phrase of the text
_NUMBERED = re.compile(r"[一二三四五六七八九十]{1,3}、|[(\d]")
_AUTHOR_IS = re.compile(r"\(?(?:本文)?作者(?:单位|简介|系|为|是)")
_SALUTATION = re.compile(r"(?:尊敬的|亲爱的)?(?:编辑|读者|记者)(?:同志|部|朋友|先生)?们?:")
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
    def stops_short(self) -> bool:
        """The last line of running text ends in mid-sentence; a photographer's or writer's name ends a story."""
        return unfinished(self.end) and credit_start(self.end) < 0 and signature_start(self.end) <= 0

    @property
    def opened(self) -> bool:
        """More than bylines stands under the headlines, so the next byline belongs to another story."""
        return any(tag != "byline" or _has_text(line.plain) for line, tag in self.body)


def is_told(part: tuple[Line, Tag]) -> bool:
    """A line of running text: no byline on a line of its own."""
    line, tag = part
    return tag in _PROSE or (tag == "byline" and _has_text(line.plain))


def _has_text(plain: str) -> bool:
    """The line goes on after its byline phrase."""
    return len(plain) > 60 or 0 < lead_byline(plain) < len(plain) - 4


def correct_tags(lines: Sequence[Line], tags: Sequence[Tag]) -> list[Tag]:
    """`tags` with what printed forms and neighbouring lines settle: sign-offs, names under a headline, plain prose."""
    fixed = list(tags)
    for i, line in enumerate(lines):
        if line.brief != "text":
            _correct(lines, fixed, i)
    _promote(lines, fixed)
    part_items(lines, fixed)
    if {"headline", "byline", "opens"}.intersection(fixed):
        return fixed
    whole = all(tag == "furniture" for tag in fixed)
    prose = [whole or line.plain[-1] in "。!?" for line in lines]
    return ["begins" if tag == "furniture" and is_prose else tag for tag, is_prose in zip(fixed, prose, strict=True)]


def _promote(lines: Sequence[Line], tags: list[Tag]) -> None:
    """A sub-head over a text of another subject, or of another writer, is a headline."""
    for i, tag in enumerate(tags):
        if tag != "subhead" or not i or tags[i - 1] not in ("begins", "continues", "closing", "caption"):
            continue
        end = next((n for n in range(i + 1, len(tags)) if tags[n] in _LEADS), len(tags))
        start = max((n for n in range(i) if tags[n] in ("headline", "opens")), default=0)
        before, section = (_joined(lines[start:i]), _joined(lines[i + 1 : end]))
        if min(len(before), len(section)) < _SECTION or _NUMBERED.match(lines[i].plain) or lines[i].bold:
            continue
        shared = len(terms(before) & terms(section))
        signed = _names_writer(lines[end - 1]) and "byline" in tags[start:i]
        if (shared == 0 and len(section) > _OWN_SUBJECT) or (signed and shared <= _NEAR_KIN):
            tags[i] = "headline"


def _joined(lines: Sequence[Line]) -> str:
    return "\n".join(line.plain for line in lines)


def _names_writer(line: Line) -> bool:
    """A credit or names that sign stand at the end of the line."""
    return credit_start(line.plain) >= 0 or signature_start(line.plain) >= 0 or is_sign_off(line.text)


def _correct(lines: Sequence[Line], tags: list[Tag], i: int) -> None:
    line, above = lines[i], lines[i - 1]
    before: Tag = tags[i - 1] if i else "headline"
    after: Tag = tags[i + 1] if i + 1 < len(lines) else "headline"
    if before in _TEXT and after in _HEADS and not line.marked and _signs_off(line):
        tags[i] = "closing"
    elif i and before == "headline" and tags[i] in _DISPLAYED and after in _PROSE and _names_author(line):
        tags[i] = "byline"
    elif i and before in _DISPLAYED and tags[i] in _UNSURE and after in _PROSE and _is_pen_name(above, line):
        tags[i - 1], tags[i] = "headline", "byline"
    elif before in _TEXT and _AUTHOR_IS.match(line.plain):
        tags[i] = "closing"
    elif after == "opens" and _stands_over(lines, tags, i):
        tags[i] = "headline"
    elif after == "subhead" and is_author_line(lines[i + 1].plain) and tags[i] in _DISPLAYED:
        tags[i], tags[i + 1] = "headline", "byline"
    elif after in _PROSE and ((_opens_letter(lines[i + 1]) and _looks_set(line)) or heads_letter(lines, i)):
        tags[i] = "headline"
    elif before in _TEXT and (is_letter_writer(line.plain) or (_ends_here(tags, i) and name_line(line.text))):
        tags[i] = "closing"
    elif after in _TEXT and (
        (before == "closing" and is_sign_off(above.text) and _heads(lines, tags, i))
        or (_is_display(line, tags[i]) and _may_open(lines, tags, i))
    ):
        tags[i] = "headline"


def _names_author(line: Line) -> bool:
    """Who wrote the story, by role or by office and name; no headline is set so."""
    return not line.marked and (is_author_line(line.plain) or is_letter_writer(line.plain))


def _stands_over(lines: Sequence[Line], tags: Sequence[Tag], i: int) -> bool:
    """A line set like a headline over a story that seems to have none: no line of the page, no end of a paragraph."""
    line = lines[i]
    done = i == 0 or tags[i - 1] == "caption" or not unfinished(lines[i - 1].plain)
    free = tags[i] == "furniture" or (tags[i] == "continues" and done)
    return free and len(line.plain) > 8 and _looks_set(line) and not look(line).furniture


def _ends_here(tags: Sequence[Tag], i: int) -> bool:
    """Nothing of the story can follow the line."""
    return tags[i] == "furniture" or (i + 1 == len(tags) and tags[i] in ("headline", "subhead", "caption"))


def _opens_letter(line: Line) -> bool:
    return _SALUTATION.fullmatch(line.plain) is not None


def _looks_set(line: Line) -> bool:
    """Short and without a full stop, as a headline is."""
    return len(line.plain) <= 40 and line.plain[-1] not in "。,;:、" and not is_letter_writer(line.plain)


def _may_open(lines: Sequence[Line], tags: Sequence[Tag], i: int) -> bool:
    """Nothing is unfinished before a display line: it stands first on the page, or the story above is signed."""
    if i:
        return _is_signed(lines[i - 1], tags[i - 1])
    return tags[i] == "subhead" and _NUMBERED.match(lines[i].plain) is None


def _is_display(line: Line, tag: Tag) -> bool:
    return tag in ("subhead", "caption") and len(line.plain) <= 40 and not is_caption(line.plain)


def _heads(lines: Sequence[Line], tags: Sequence[Tag], i: int) -> bool:
    """A display line behind the names that sign a story, over a longer text: the headline of the next."""
    plain, below = lines[i].plain, lines[i + 1].plain
    likely = is_display(lines[i]) and look(lines[i]).heading > _PLAIN
    return tags[i] in ("begins", "opens") and likely and "," not in plain and len(below) > len(plain)


def _is_signed(line: Line, tag: Tag) -> bool:
    """The names of its writer end the story here."""
    return (tag == "closing" and is_sign_off(line.text)) or (tag in _TEXT and signature_start(line.plain) >= 0)


def _signs_off(line: Line) -> bool:
    if is_caption(line.plain):
        return False
    signed = is_sign_off(line.text) or is_author_line(line.plain)
    return signed or (len(line.plain) <= 30 and 0 < lead_byline(line.plain) == len(line.plain))


def _is_pen_name(above: Line, line: Line) -> bool:
    """A bare name under a headline: two to four characters, no heading marks of its own."""
    if line.level or len(above.plain) <= max(4, len(line.plain)):
        return False
    return name_line(line.text) or (line.bold <= above.marked and _PEN_NAME.fullmatch(line.text) is not None)


def split_stories(lines: Sequence[Line], tags: Sequence[Tag]) -> list[Story]:
    stories = [Story()]
    for i, (line, tag) in enumerate(zip(lines, tags, strict=True)):
        last = stories[-1]
        if tag == "headline" and last.body and not last.opened and not _heads_another(lines, tags, i):
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


def _heads_another(lines: Sequence[Line], tags: Sequence[Tag], i: int) -> bool:
    """Headlines that have a byline of their own below them stand over another story, whose writer is no office."""
    end = next((n for n in range(i + 1, len(tags)) if tags[n] != "headline"), len(tags))
    return end < len(tags) and tags[end] == "byline" and not name_line(lines[i].text)


def _headed_too_early(stories: Sequence[Story]) -> bool:
    """The last headlines stand between the two halves of the story before them, their own text begins only now."""
    if len(stories) < 2 or not stories[-1].heads:
        return False
    first = stories[-1].body[0][1]
    return first in ("continues", "detached") and stories[-2].stops_short
