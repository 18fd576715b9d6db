"""What every line of a page is, as far as the line and its neighbours tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from qa.articles.bylines import is_affiliation, is_author_line, is_caption, lead_byline
from qa.articles.joins import unbegun, unfinished
from qa.articles.lines import Line, column_widths

Role = Literal["display", "byline", "author", "caption", "closing", "body"]

_INNER_STOP = re.compile(r"[。;!?](?=[^”’」』)!?])|…[^”…]")
_CONNECTIVE = re.compile(
    r"(?:首先|其次|再次|最后|此外|同时|目前|据悉|另外|其中|为此|因此|然而|但是|随后|近日|日前|[他她它]们?),"
)
_NUMBERED = re.compile(
    r"[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十\d]{1,2}\)|\d{1,2}[.、]\D|第[一二三四五六七八九十][章节]|[①-⑩]"
)
_LEAD_WORDS = re.compile(
    r"近日|日前|昨[日天]|今[日天](?!下)|连日来|近段时间|\d{1,2}月\d{1,2}日|\d{1,2}日[,上下晚]"
    r"|本周|上周|近期|入伏以来|本报讯|记者从|记者获悉"
)


def roles(lines: Sequence[Line]) -> list[Role]:
    """One role a line. A display line is a headline, a sub-head or a section label: see `stories`."""
    widths = column_widths(lines)
    found: list[Role] = []
    for i, line in enumerate(lines):
        found.append(_role(lines, widths, found, i, line))
    return found


def _role(lines: Sequence[Line], widths: Sequence[int], before: Sequence[Role], i: int, line: Line) -> Role:
    if is_affiliation(line.plain):
        return "closing"
    if is_caption(line.plain):
        return "caption"
    if is_author_line(line.plain):
        return "author"
    if lead_byline(line.plain):
        return "byline"
    if looks_displayed(line) and not _goes_on(lines, widths, before, i):
        return "display"
    return "body"


def looks_displayed(line: Line) -> bool:
    """By its own look the line could be a headline or sub-head: short, no sentence in it, or marked as a heading."""
    text = line.plain
    if len(text) > (80 if line.level else 48) or _INNER_STOP.search(text):
        return False
    if line.level:
        return True
    if _CONNECTIVE.match(text):
        return False
    return text[-1] not in "。,、;:" and text.count(",") <= 2 and not (unbegun(text) and unfinished(text))


def is_numbered(text: str) -> bool:
    return _NUMBERED.match(text) is not None


def opens_story(text: str) -> bool:
    """The first words of `text` date or source an event, as the lead of a report does."""
    return _LEAD_WORDS.search(text[:60]) is not None


def _goes_on(lines: Sequence[Line], widths: Sequence[int], before: Sequence[Role], i: int) -> bool:
    """The line is a short piece of running text rather than a heading."""
    line = lines[i]
    if line.marked:
        return False
    following = lines[i + 1] if i + 1 < len(lines) else None
    if before and before[-1] == "display" and following is not None and _torn_after(line, following):
        return True
    if not before or before[-1] not in ("body", "byline"):
        return False
    if widths[i] and len(line.text) >= 0.8 * widths[i] and _column_goes_on(lines, i):
        return True
    if not unfinished(lines[i - 1].plain):
        return False
    if following is None or following.marked or lead_byline(following.plain) or is_author_line(following.plain):
        return bool(widths[i]) and following is None
    if widths[i]:
        return True
    return len(following.text) > 48 and not opens_story(following.plain)


def _torn_after(line: Line, following: Line) -> bool:
    return len(line.text) >= 10 and not following.marked and unbegun(following.plain) and " " not in line.plain


def _column_goes_on(lines: Sequence[Line], i: int) -> bool:
    """The next lines are no byline: a set headline above one would look like a line of the column."""
    after = lines[i + 1 : i + 4]
    return bool(after) and not any(line.marked or lead_byline(line.plain) for line in after)
