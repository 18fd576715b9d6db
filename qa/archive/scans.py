"""The other prints of a story in the archive, collated with it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from qa.archive.parts import Parts
from qa.collation import Collation, Frequency, Scan, collate
from qa.datatypes import Article


def collation(parts: Parts, scan: Callable[[str, bool], Scan], frequency: Frequency, article: Article) -> Collation:
    """`article` merged with the scans of its page, which fill its gaps, and with copies that stand elsewhere.

    A copy on another page fills nothing: another newspaper may have cut the story.
    """
    tables = parts.tables
    page = tables.page(article.source)
    twins = tables.twins_of(article.source)
    others = [source for source in _copies(parts, article) if source not in twins and source != article.source]
    scans = [*(scan(source, True) for source in twins), *(scan(source, False) for source in others)]
    return collate(article, page.text if page else "", scans, frequency)


def scan_of(parts: Parts, source: str, fills: bool) -> Scan:
    return Scan.of(source, parts.tables.articles(source), fills)


def _copies(parts: Parts, article: Article) -> list[str]:
    """The files that hold copies of passages of `article`, each once, in order of the passages."""
    spans = sorted(article.spans)
    starts = [start for start, _ in spans]

    def inside(at: int) -> bool:
        n = bisect_right(starts, at) - 1
        return n >= 0 and at < spans[n][1]

    own = [passage for passage in parts.tables.of_source(article.source) if inside(passage.spans[0][0])]
    found = parts.tables.with_witnesses(own)
    return list(dict.fromkeys(witness.source for passage in found for witness in passage.also_in))
