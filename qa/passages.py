"""Article -> passages: whole sentences, long enough to stand alone, short enough to point at."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from qa.datatypes import Article, Passage, Span, Traced
from qa.text import line_starts, lines_of, sentences

SHORTEST, LONGEST = 150, 400  # characters of a passage, where the article and its sentences allow
_IDEAL = 280
_SHORT = 12
_ENDLESS = 600  # characters from which on a sentence is cut: a list, or a text that lost its punctuation
_PAUSE = re.compile(r"[,，、;；:：]|\s")


def cut(article: Article, number: int, page_text: str) -> tuple[Passage, ...]:
    """The passages of `article`, which is the `number`-th (from 0) of its page, in reading order.

    They hold all its text, headline group and byline included, on lines as the article has them. Cuts are chosen
    together, by dynamic programming over the sentences, so that no short rest is left at the end.
    """
    whole = Traced(article.text, article.spans)
    starts = line_starts(page_text)
    context = " ".join(paragraph.text for paragraph in article.paragraphs if paragraph.kind in ("section", "headline"))
    parts = [whole.slice(first, last) for first, last in _pack(whole.text, _units(_bounded(whole.text)))]
    return tuple(
        Passage(
            part.text,
            part.spans,
            source=article.source,
            article=article.title,
            context=context,
            number=number,
            lines=lines_of(starts, part.spans),
        )
        for part in parts
    )


def _bounded(text: str) -> list[Span]:
    """The sentences of `text`, those without end cut at pauses, or anywhere where there is none."""
    return [piece for span in sentences(text) for piece in _pieces(text, *span)]


def _pieces(text: str, first: int, last: int) -> Iterator[Span]:
    while last - first > _ENDLESS:
        pauses = [pause.end() for pause in _PAUSE.finditer(text, first + SHORTEST, first + LONGEST)]
        end = pauses[-1] if pauses else first + LONGEST
        yield first, first + len(text[first:end].rstrip())
        first = end + len(text[end:last]) - len(text[end:last].lstrip())
    yield first, last


def _units(spans: Sequence[Span]) -> list[Span]:
    """Very short sentences together with the next one, so that there are never many ways to cut."""
    units: list[Span] = []
    for first, last in spans:
        if units and units[-1][1] - units[-1][0] < _SHORT:
            units[-1] = (units[-1][0], last)
        else:
            units.append((first, last))
    return units


def _pack(text: str, units: Sequence[Span]) -> list[Span]:
    """Group consecutive sentences into passages of least total cost."""
    best: list[tuple[float, int]] = [(0.0, 0)]  # cost of the text before sentence i, and where its last passage starts
    for end, (_, last) in enumerate(units, 1):
        torn = 0.3 * (end < len(units) and "\n" not in text[last : units[end][0]])  # the cut is inside a paragraph
        choices = []
        for start in range(end - 1, -1, -1):
            size = last - units[start][0]
            if size > LONGEST and start < end - 1:
                break
            choices.append((best[start][0] + (_cost(size) + torn), start))
        best.append(min(choices))
    cuts = []
    end = len(units)
    while end:
        start = best[end][1]
        cuts.append((units[start][0], units[end - 1][1]))
        end = start
    return cuts[::-1]


@functools.lru_cache(_ENDLESS)
def _cost(size: int) -> float:
    """How far a passage of so many characters is from what passages should be."""
    cost = abs(size - _IDEAL) / _IDEAL
    return cost + (3.0 * (SHORTEST - size) / SHORTEST + 1.0) if size < SHORTEST else cost
