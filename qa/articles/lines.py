"""The lines of a page, without their Markdown marks, and the widths of its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qa.datatypes import Span
from qa.text import code_points, fold

_WIDE = 0x300  # code points below are set in half the width
_LINE = re.compile(r"[^\r\n]+")
_MARK = re.compile(r"[ \t\u3000]*(?:>[ \t]*)?(#{1,6})?[ \t\u3000]*(\*\*|__)?[ \t\u3000]*")
_RULE = re.compile(r"[\s\-_*=#~.|+]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that says something. `start` and `end` exclude white space and Markdown marks at both ends."""

    number: int  # in the file, from 1
    start: int
    end: int
    text: str
    plain: str  # the text folded for matching, character for character
    level: int  # number of Markdown heading marks, 0 for none
    bold: bool  # the whole line stands between bold marks
    gap: int  # blank lines before it
    indented: bool  # set in by two spaces or an ideographic space, as a paragraph begins
    brief: Literal["", "head", "text", "item"] = ""  # the headline of a brief, its text; a brief without a headline

    @property
    def span(self) -> Span:
        return self.start, self.end

    @property
    def marked(self) -> bool:
        return self.level > 0 or self.bold

    @property
    def width(self) -> int:
        """Printed width in halves of a Chinese character."""
        return 2 * len(self.text) - int(np.count_nonzero(code_points(self.text) < _WIDE))


def read_lines(text: str) -> list[Line]:
    """All lines of `text` that are neither blank nor a mere rule."""
    lines: list[Line] = []
    plain = fold(text)
    number, last, position = 1, 0, 0
    for match in _LINE.finditer(text):
        number += _breaks(text, position, match.start())
        position = match.end()
        line = _read(text, plain, match.span(), number, number - last - 1)
        if line is not None:
            lines.append(line)
            last = number
    return lines


def _breaks(text: str, start: int, end: int) -> int:
    between = text[start:end]
    return between.count("\n") + between.count("\r") - between.count("\r\n")


def _read(text: str, plain: str, span: Span, number: int, gap: int) -> Line | None:
    start, raw = span[0], text[slice(*span)]
    if not raw.strip() or _RULE.fullmatch(raw):
        return None
    mark = _MARK.match(raw)
    assert mark is not None  # every part of the pattern is optional
    tail = raw.rstrip()
    level, bold = len(mark[1] or ""), bool(mark[2]) and tail.endswith(mark[2]) and len(tail) > mark.end() + 2
    first = mark.end() if bold or not mark[2] else mark.start(2)
    if bold:
        tail = tail[:-2].rstrip()
    if level:
        tail = tail.rstrip("# ")
    content = tail[first:].strip()
    if not content:
        return None
    first = start + first + len(tail[first:]) - len(tail[first:].lstrip())
    last = first + len(content)
    indented = raw.startswith(("\u3000", "  ")) and not level
    return Line(number, first, last, content, plain[first:last], level, bold, gap, indented)


def widths_of(lines: Sequence[Line]) -> list[int]:
    """The width of every line."""
    if not lines:
        return []
    narrow = code_points("".join(line.text for line in lines)) < _WIDE
    sizes = np.array([len(line.text) for line in lines])
    widths: list[int] = (2 * sizes - np.add.reduceat(narrow, np.cumsum(sizes) - sizes, dtype=int)).tolist()
    return widths


def column_widths(sizes: Sequence[int], reach: int = 5) -> list[int]:
    """For every line the width of the column it is set in, 0 for unset text; `sizes` are the widths of the lines.

    Lines broken by a typesetter are nearly all of one length; paragraphs on one line each are not.
    """
    widths = []
    for i in range(len(sizes)):
        around = sorted(sizes[max(0, i - reach) : i + reach + 1], reverse=True)
        full = around[min(1, len(around) - 1)]
        even = sum(0.82 * full <= size <= full for size in around)
        widths.append(full if len(around) > 3 and even >= 0.45 * len(around) and full <= 160 else 0)
    return widths
