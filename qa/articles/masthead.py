"""The head of a page: the paper's name, the date of the issue, its number. None of it belongs to a story."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.articles.lines import Line
from qa.articles.openings import is_display

_YEAR = r"(?:\d{4}|[一二〇零○三四五六七八九]{4}|中华民国.{1,6}|中華民國.{1,6})年"
_ISSUE = re.compile(
    rf"{_YEAR}.{{1,4}}月.{{1,4}}[日曰][ ,,]*(?:星期|礼拜|农历|農曆|第|总第|今日)|^{_YEAR}.{{1,4}}月.{{1,4}}[日曰]$"
    r"|第 ?\d{3,} ?[号期]|总第 ?\d+|今日 ?\d+ ?版|主办:|主管:|统一(?:连续出版物|刊)号|邮发代号|issn|no\. ?\d{3,}"
)
_TOP = 6  # lines at the head of a page that are looked at
_LONGEST = 80  # characters of a line there
_NAME = 6  # letters of a paper's name that no headline would do with


def masthead(lines: Sequence[Line]) -> list[int]:
    """Indices of the lines at the head of the page that are the page's own, [] where no issue is named.

    Lines above the one that names the issue are taken for the paper's name when a headline follows, or when they are
    very short; otherwise they may be the headline of a text that is dated.
    """
    top = [line for line in lines[:_TOP] if len(line.plain) <= _LONGEST and not line.plain.endswith(("。", ","))]
    named = [i for i, line in enumerate(top) if line is lines[i] and _ISSUE.search(line.plain)]
    if not named:
        return []
    last = named[-1]
    above = range(named[0])
    headed = last + 1 < len(lines) and (lines[last + 1].marked or is_display(lines[last + 1]))
    free = [i for i in above if not lines[i].marked and (headed or len(lines[i].plain) <= _NAME)]
    return [*free, *named]
