"""News in brief: short stories under one label, each with its headline in bold, after a sign or before a space.

Such a headline shares its line with the text of its story. Here the line is parted, so that a brief becomes a story
like any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.articles.bylines import credit_start, lead_byline
from qa.articles.cohesion import tokens
from qa.articles.display import is_label
from qa.articles.lines import Line
from qa.articles.openings import is_display

_UNNUMBERED = r"(?![一二三四五六七八九十]{1,3}[、是]|[(第]|\d{1,2}[.、]|首先|其次|最后)"
_HEAD = _UNNUMBERED + r"[^\s。;,*]{1,24}(?: [^\s。;,*]{2,12})?"
_BOLD = re.compile(rf"(?P<mark>\*\*|__)(?P<head>{_HEAD})(?P=mark):? *(?=(?P<text>.{{16,}}))")
_SIGN = "[●▲■◆★○□△◇☆▪•►▶·]"
_SIGNED = re.compile(rf"{_SIGN} ?(?P<head>{_HEAD}) +(?=(?P<text>.{{16,}}))")
_SPACED = re.compile(rf"(?P<head>{_UNNUMBERED}[^\s。;,*]{{4,22}}) +(?=(?P<text>.{{24,}}[。)]$))")
_NARROW = re.compile(rf"(?P<head>{_UNNUMBERED}[^\s。;,*]{{4,22}}) +(?=(?P<text>\S{{1,20}}$))")
_DATED = r"(?:\d{1,2}月\d{1,2}日|近日|日前|昨[日天])"
_ALONE = re.compile(rf"(?P<head>(?!{_SIGN}){_UNNUMBERED}[^\s。:;,*]{{5,22}}) +(?=(?P<text>{_DATED}.{{24,}}[。)]$))")
_COLUMN = re.compile(
    r"(?:短波|[简簡快短]讯|[简簡快短]訊|速[览覽递遞读讀]|[简簡快]报|要[闻聞]|集[锦錦]|快[递遞览覽]|新[闻聞]|动态|動態|点击|扫描"
    r"|播报|资讯|資訊|信息|一瞥|荟萃|拾零|直通车|传真|掠影|便民|briefs?|in brief)[】〕\]]?$"
)
_NAME = 12  # characters of the longest word that ends the name of a column, and more
_LEAST = 2  # briefs that make a column of them
_LONGEST = 400  # characters of a brief
_NEAR = 3  # characters by which the full lines of a column differ


def part_briefs(lines: Sequence[Line]) -> list[Line]:
    """`lines` with those of briefs parted into the headline and the text that follows it."""
    heads = _alone(lines) | {i: match for run in _columns(lines) for i, match in run.items()}
    bare = {n for i, match in heads.items() if match.re is _SIGNED for n in _untitled(lines, i)}
    whole = {i for first in range(1, len(lines)) for i in _set_apart(lines, first)}
    parted: list[Line] = []
    for i, line in enumerate(lines):
        own = replace(line, brief="head" if i in whole else "item") if i in whole | bare else line
        parted += _parts(line, heads[i]) if i in heads else (own,)
    return parted


def _alone(lines: Sequence[Line]) -> dict[int, re.Match[str]]:
    """Briefs without a label: behind a finished text a headline, then a dated report that takes up its words."""
    found = {i: _headed(line, _ALONE) for i, line in enumerate(lines) if i and _is_told(lines[i - 1])}
    return {i: match for i, match in found.items() if match and tokens(match["head"]) & tokens(match["text"])}


def _columns(lines: Sequence[Line]) -> list[dict[int, re.Match[str]]]:
    """The columns of briefs: line of each headline, and where in the line it ends."""
    columns, i = [], 0
    while i < len(lines):
        labelled = i > 0 and _is_label(lines[i - 1])
        narrow = labelled and _names_column(lines[i - 1])
        column = next(
            (run for form in _forms(labelled, narrow) if _is_column(lines, run := _run(lines, i, form), labelled)), {}
        )
        if column:
            columns.append(column)
        i = max(column, default=i) + 1
    return columns


def _is_column(lines: Sequence[Line], run: dict[int, re.Match[str]], labelled: bool) -> bool:
    """Briefs enough, or under a label one behind a sign and items behind the same sign that have no headline."""
    if len(run) != 1:
        return len(run) >= _LEAST
    (first, match), *_ = run.items()
    return labelled and match.re is _SIGNED and bool(_untitled(lines, first))


def _untitled(lines: Sequence[Line], first: int) -> list[int]:
    """The items right behind that at line `first` that open with its sign, and with no headline."""
    found: list[int] = []
    for i in range(first + 1, len(lines)):
        signed = lines[i].plain[0] == lines[first].plain[0] and not lines[i].marked
        if not signed or not _is_done(lines[i - 1]) or not _is_done(lines[i]) or _headed(lines[i], _SIGNED):
            break
        found.append(i)
    return found


def _set_apart(lines: Sequence[Line], first: int) -> list[int]:
    """Headlines on lines of their own under the label above line `first`: each over one short text that is finished."""
    if not _names_column(lines[first - 1]):
        return []
    found: list[int] = []
    i = first
    while i < len(lines) and is_display(lines[i]):
        text = next((n for n in range(i + 1, len(lines)) if _is_done(lines[n]) or is_display(lines[n])), i)
        size = sum(len(line.plain) for line in lines[i + 1 : text + 1])
        if is_display(lines[text]) or not len(lines[i].plain) < size <= _LONGEST:
            break
        found.append(i)
        i = text + 1
    return found if len(found) >= _LEAST else []


def _forms(labelled: bool, narrow: bool) -> tuple[re.Pattern[str], ...]:
    """Only a sign tells briefs without a label: bold words open paragraphs of long stories, too."""
    return (_SIGNED, _BOLD, _SPACED, _NARROW)[: 3 + narrow] if labelled else (_SIGNED,)


def _names_column(line: Line) -> bool:
    return _COLUMN.search(line.plain[-_NAME:]) is not None and _is_label(line)


def _is_label(line: Line) -> bool:
    return not line.plain.endswith(("。", ":", "!", "?")) and is_label(line.plain)


def _run(lines: Sequence[Line], first: int, form: re.Pattern[str]) -> dict[int, re.Match[str]]:
    """Briefs of one form from line `first` on; one that is set in several lines ends with a full stop."""
    found: dict[int, re.Match[str]] = {}
    size = 0
    for i in range(first, len(lines)):
        match = _headed(lines[i], form)
        if match is not None and (form is not _NARROW or _fills_column(lines, first, i)):
            found[i], size = match, 0
        elif i == first or lines[i].marked or _is_done(lines[i - 1]) or size > _LONGEST:
            break
        size += len(lines[i].plain)
    return found


def _fills_column(lines: Sequence[Line], first: int, i: int) -> bool:
    """The first line of a brief, as long as the next: the headline does not stand on a line of its own."""
    opens = i == first or _is_done(lines[i - 1])
    return opens and i + 1 < len(lines) and abs(len(lines[i].plain) - len(lines[i + 1].plain)) <= _NEAR


def _headed(line: Line, form: re.Pattern[str]) -> re.Match[str] | None:
    match = None if line.level else form.match(line.plain)
    return None if match is None or lead_byline(line.plain) or lead_byline(match["head"]) else match


def _is_told(line: Line) -> bool:
    """A finished text, or a picture with its photographer."""
    return _is_done(line) or credit_start(line.plain) >= 0


def _is_done(line: Line) -> bool:
    return line.plain.endswith(("。", ")", "!", "?", "”"))


def _parts(line: Line, match: re.Match[str]) -> tuple[Line, Line]:
    first, last = match.span("head")
    head = replace(
        line, start=line.start + first, end=line.start + last, text=line.text[first:last], plain=line.plain[first:last],
        bold=match.re is _BOLD, brief="head",
    )  # fmt: skip
    text = replace(
        line, start=line.start + match.end(), text=line.text[match.end() :], plain=line.plain[match.end() :],
        gap=0, bold=False, indented=True, brief="text",
    )  # fmt: skip
    return head, text
