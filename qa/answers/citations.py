"""Quotes with their place: every citation is checked against the stored page before anyone sees it."""

from __future__ import annotations

from collections.abc import Iterable

from qa.answers.protocol import Archive
from qa.collation import differences
from qa.datatypes import Citation, Passage, Span, Traced, Witness
from qa.duplicates import locate
from qa.text import line_starts, lines_of, sheet_at, squeeze


def cite(archive: Archive, number: int, passage: Passage, start: int, end: int) -> Citation | None:
    """The citation of `passage.text[start:end]`; None when the page's text at its spans is not that quote."""
    part = passage.slice(start, end)
    text = archive.page(passage.source).text
    if not part.text or not holds(text, part.spans, part.text):
        return None
    lines = lines_of(line_starts(text), part.spans)
    also = tuple(_witnesses(archive, passage.also_in, part))
    changed, sheet = archive.changed(passage.source), sheet_at(text, part.spans[0][0])
    return Citation(number, passage.source, passage.article, lines, part.spans, part.text, also, changed, sheet)


def holds(text: str, spans: Iterable[Span], quote: str) -> bool:
    """Whether the text at `spans`, joined, is the quote, white space aside."""
    return squeeze("".join(text[start:end] for start, end in spans)) == squeeze(quote)


def _witnesses(archive: Archive, also_in: Iterable[Witness], quote: Traced) -> Iterable[Witness]:
    """The same sentence in the other scans that hold it."""
    for other in also_in:
        found = locate(quote.text, other.quote)
        if found is None:
            continue
        part = Traced(other.quote, other.spans).slice(*found)
        text = archive.page(other.source).text
        if part.text and holds(text, part.spans, part.text):
            lines, differs = lines_of(line_starts(text), part.spans), differences(quote, part)
            yield Witness(other.source, lines, part.spans, part.text, differs)
