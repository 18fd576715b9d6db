"""Where two copies of one quote print different characters, each with its place in its own file."""

from __future__ import annotations

from qa.collation.scans import Scan
from qa.collation.stretches import misread
from qa.datatypes import Article, Difference, Paragraph, Traced


def differences(quote: Traced, other: Traced) -> tuple[Difference, ...]:
    """In order of `quote`. White space, width, case and script are no difference."""
    first, second = _scan(quote), _scan(other)
    found = []
    for match in misread(first.letters.text, second.letters.text):
        if match.kind == "differs":
            here = first.reading(match.start, match.end)
            there = second.reading(match.other_start, match.other_end)
            found.append(Difference(here.text, here.spans, there.text, there.spans))
    return tuple(found)


def _scan(traced: Traced) -> Scan:
    return Scan.of("", [Article("", "", (Paragraph(traced.text, traced.spans),))])
