"""A citation in words: plain text, Markdown, GB/T 7714, and the witnesses that say the same with other characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from qa.datatypes import Article, Citation, Difference, Span
from qa.render.safe import escape_html, escape_markdown, visible
from qa.render.words import DEFAULT, lines_words, say

SHOWN = 6  # differences named in one line
_AUTHORS = ("reporter", "correspondent", "author")


class Placed(Protocol):
    """Anything that stands at lines of a source: Citation, Witness, Passage."""

    @property
    def source(self) -> str: ...
    @property
    def lines(self) -> tuple[int, int]: ...


def place_words(placed: Placed, language: str = DEFAULT) -> str:
    """File name, page of a PDF, lines: 000.pdf 第 2 页 第 3–8 行."""
    sheet = getattr(placed, "sheet", 0)
    printed = f" {say('sheet', language, n=sheet)}" if sheet else ""
    return f"{placed.source}{printed} {lines_words(placed.lines, language)}"


def title_words(title: str, language: str = DEFAULT) -> str:
    """An article's title in the marks of the language, or the word for an article without one."""
    return say("title_marks", language, title=title) if title.strip() else say("untitled", language)


def citation_text(citation: Citation, language: str = DEFAULT) -> str:
    """One citation as plain text: the quote, then article, file and lines."""
    where = f"{title_words(citation.article, language)}, {place_words(citation, language)}"
    return visible(f"{citation.quote}\n—— {where}" if language != "en" else f"{citation.quote}\n— {where}")


def citation_markdown(citation: Citation, language: str = DEFAULT) -> str:
    """One citation as a Markdown quotation."""
    title = escape_markdown(title_words(citation.article, language))
    place = escape_markdown(place_words(citation, language))
    return f"> {escape_markdown(citation.quote)}\n>\n> \\[{citation.n}\\] {title}, {place}"


def citation_gbt7714(citation: Citation, article: Article | None = None) -> str:
    """One citation after GB/T 7714-2015, newspaper article [N], in the order: authors. title[N]. file, date: lines.

    Authors and date come from the facts of `article`; what the page does not show is left out, as the standard
    allows in numbered lists. The file stands where the newspaper's name would, since a scan rarely names its paper.
    """
    facts = article.facts if article else ()
    people = list(dict.fromkeys(fact.value for fact in facts if fact.kind in _AUTHORS))
    authors = ", ".join(people[:3]) + (", 等" if len(people) > 3 else "") + ". " if people else ""
    dates = [f", {fact.value}" for fact in facts if fact.kind == "date" and re.search("[年月]|[0-9]", fact.value)][:1]
    title = citation.article or say("untitled", DEFAULT)
    sheet = f"{say('sheet', n=citation.sheet)} " if citation.sheet else ""
    return visible(f"{authors}{title}[N]. {citation.source}{''.join(dates)}: {sheet}{lines_words(citation.lines)}.")


def differences_words(differs: Sequence[Difference], language: str = DEFAULT) -> str:
    """Where a witness prints other characters, in words: “祯”作“被”; "" where it nowhere does."""
    told = []
    for one in differs[:SHOWN]:
        kind = "reads" if one.text and one.other else "omits" if one.text else "adds"
        told.append(say(kind, language, text=one.text, other=one.other))
    more = [say("more", language, count=len(differs) - SHOWN)] if len(differs) > SHOWN else []
    return say("comma", language).join([*told, *more])


def difference_html(quote: str, other: str) -> str:
    """The text `other`, escaped: characters that differ from `quote` in <mark>, characters it lacks in <del>."""
    from qa.duplicates import disagreements

    parts, position = [], 0
    for _, ours, (first, last), theirs in disagreements(quote, other):
        lacking = f"<del>{escape_html(ours)}</del>" if not theirs else ""
        differing = f'<mark class="wb-differs">{escape_html(theirs)}</mark>' if theirs else ""
        parts += [escape_html(other[position:first]), lacking, differing]
        position = max(position, last)
    return "".join([*parts, escape_html(other[position:])])


def marked_html(text: str, spans: list[Span], mark: str) -> str:
    """`text` escaped, its `spans` (half-open, in order) inside `mark` ... </mark>."""
    parts, position = [], 0
    for first, last in spans:
        parts += [escape_html(text[position:first]), mark, escape_html(text[first:last]), "</mark>"]
        position = last
    return "".join([*parts, escape_html(text[position:])])
