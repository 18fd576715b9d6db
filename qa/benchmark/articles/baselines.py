"""What anyone would try first: blank lines between paragraphs, or Markdown headings alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.benchmark.articles.measures import Found
from qa.datatypes import Page


def _filled(page: Page) -> list[tuple[int, str]]:
    return [(n, line.strip()) for n, line in enumerate(page.text.splitlines(), 1) if line.strip()]


def blank_line_paragraphs(page: Page) -> list[Found]:
    """Every block between blank lines is an article; its first line is the title."""
    blocks: list[list[tuple[int, str]]] = []
    for n, line in _filled(page):
        if blocks and n == blocks[-1][-1][0] + 1:
            blocks[-1].append((n, line))
        else:
            blocks.append([(n, line)])
    return [_found(block) for block in blocks]


def markdown_headings(page: Page) -> list[Found]:
    """A line with heading marks starts an article unless it follows another one."""
    blocks: list[list[tuple[int, str]]] = [[]]
    for n, line in _filled(page):
        if line.startswith("#") and blocks[-1] and not blocks[-1][-1][1].startswith("#"):
            blocks.append([])
        blocks[-1].append((n, line))
    return [_found(block) for block in blocks if block]


def _found(block: Sequence[tuple[int, str]]) -> Found:
    return Found(re.sub(r"^[#*\s]+|[*\s]+$", "", block[0][1]), "", tuple(n for n, _ in block))
