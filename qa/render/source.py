"""A page and its articles on the screen: line numbers, articles told apart, cited characters marked in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qa.datatypes import Article, Page, Paragraph, Span, Traced
from qa.render.citation import marked_html, title_words
from qa.render.safe import escape_html, visible
from qa.render.words import DEFAULT, lines_words, say
from qa.text import line_starts, lines_of, sheet_at

COLOURS = 6  # classes wb-a0 ... wb-a5, given to the articles of a page in turn
WINDOW = 400  # lines of a page shown at once


def marks_within(traced: Traced, spans: Iterable[Span]) -> list[Span]:
    """Where file `spans` fall inside `traced.text`: merged half-open pairs of positions in that text, in order."""
    wanted = list(spans)
    found: list[Span] = []
    position = 0
    for first, last in traced.spans:
        if position < len(traced.text) and traced.text[position].isspace():
            position += 1
        for low, high in wanted:
            start, end = max(first, low), min(last, high)
            if start < end:
                found.append((position + start - first, position + end - first))
        position += last - first
    return merged(found)


def merged(spans: Iterable[Span], gap: int = 1) -> list[Span]:
    """`spans` in order, those that overlap or lie within `gap` characters of each other made one."""
    result: list[Span] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + gap:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def article_of(articles: Sequence[Article], source: str, spans: Sequence[Span]) -> Article | None:
    """The article of `source` that shares most characters with `spans`, None when none shares any."""
    shared = [(_overlap(article.spans, spans), article) for article in articles if article.source == source]
    most, best = max(shared, key=lambda pair: pair[0], default=(0, None))
    return best if most else None


def _overlap(these: Iterable[Span], those: Iterable[Span]) -> int:
    others = list(those)
    return sum(max(0, min(b, d) - max(a, c)) for a, b in these for c, d in others)


def article_html(page: Page, article: Article, spans: Sequence[Span] = (), language: str = DEFAULT) -> str:
    """The reconstructed article with its headlines, section and byline, line numbers in the margin, `spans` marked."""
    starts = line_starts(page.text)
    parts = [f'<p class="wb-section">{escape_html(article.section)}</p>'] if article.section else []
    if not article.headlines:
        parts.append(f"<h3>{escape_html(article.title or say('untitled', language))}</h3>")
    shown = (p for p in article.paragraphs if not (p.kind == "section" and p.text == article.section))
    parts += [_paragraph_html(paragraph, article, starts, spans, language) for paragraph in shown]
    return f'<article class="wb-article">{"".join(parts)}</article>'


def _paragraph_html(
    paragraph: Paragraph, article: Article, starts: list[int], spans: Sequence[Span], language: str
) -> str:
    text = marked_html(paragraph.text, marks_within(paragraph, spans), '<mark class="wb-cited">')
    tag = "p"
    if paragraph.kind == "headline":
        tag = "h3" if paragraph.text == article.title else "h4"
    elif paragraph.kind == "subhead":
        tag = "h5"
    lines = lines_of(starts, paragraph.spans)
    number = str(lines[0]) if lines[0] == lines[1] else f"{lines[0]}–{lines[1]}"
    label = escape_html(lines_words(lines, language))
    margin = f'<span class="wb-line" title="{label}">{number}</span>'
    return f'<{tag} class="wb-{paragraph.kind}">{margin}{text}</{tag}>'


def page_html(page: Page, articles: Sequence[Article], spans: Sequence[Span] = (), language: str = DEFAULT) -> str:
    """The page's text as read: numbered lines, each in its article's colour, `spans` of the file marked.

    A page of more than WINDOW lines is cut to the lines around the first span, and says so.
    """
    starts = line_starts(page.text)
    first, last = window(len(starts), lines_of(starts, spans)[0])
    owners = line_owners(page, articles)
    rows = [_row_html(page, starts, number, owners.get(number), spans, language) for number in range(first, last + 1)]
    note = ""
    if (first, last) != (1, len(starts)):
        words = escape_html(say("window", language, first=first, last=last, total=len(starts)))
        note = f'<p class="wb-note">{words}</p>'
    return f'{note}<ol class="wb-page" start="{first}">{"".join(rows)}</ol>'


def window(total: int, line: int) -> Span:
    """First and last line to show of `total`, around `line`."""
    first = max(1, min(line - WINDOW // 3, total - WINDOW + 1))
    return first, min(total, first + WINDOW - 1)


def _row_html(
    page: Page, starts: list[int], number: int, owner: int | None, spans: Sequence[Span], language: str
) -> str:
    first = starts[number - 1]
    text = line_text(page, starts, number)
    if text == "\f":  # between two pages of a PDF
        sheet = escape_html(say("sheet", language, n=sheet_at(page.text, first + 1)))
        return f'<li class="wb-sheet" value="{number}">{sheet}</li>'
    inside = [(max(a - first, 0), min(b - first, len(text))) for a, b in spans]
    marked = marked_html(text, merged((a, b) for a, b in inside if a < b), '<mark class="wb-cited">')
    colour = "wb-none" if owner is None else "wb-repeat" if owner < 0 else f"wb-a{owner % COLOURS}"
    return f'<li class="{colour}" value="{number}">{marked}</li>'


def line_text(page: Page, starts: list[int], number: int) -> str:
    """Line `number` (from 1) of the page without its line end."""
    end = starts[number] if number < len(starts) else len(page.text)
    return page.text[starts[number - 1] : end].rstrip("\r\n")


def line_owners(page: Page, articles: Sequence[Article]) -> dict[int, int]:
    """Line number to the position of its article in `articles`; -1 for text printed or scanned a second time."""
    starts = line_starts(page.text)
    owners: dict[int, int] = {}
    for position, article in enumerate(articles):
        if article.source == page.source:
            for owner, spans in ((-1, article.repeats), (position, article.spans)):
                for span in spans:
                    first, last = lines_of(starts, [span])
                    owners.update(dict.fromkeys(range(first, last + 1), owner))
    return owners


def page_text(
    page: Page, articles: Sequence[Article], first: int = 1, last: int | None = None, language: str = DEFAULT
) -> str:
    """Lines `first` to `last` of the page for a terminal, numbered, under the titles of their articles."""
    starts = line_starts(page.text)
    last = min(last or len(starts), len(starts))
    owners = line_owners(page, articles)
    shown: int | None = None
    rows = [f"{page.source} {lines_words((first, last), language)}"]
    for number in range(max(first, 1), last + 1):
        owner = owners.get(number)
        if owner is not None and owner != shown:
            title = say("repeat", language) if owner < 0 else title_words(articles[owner].title, language)
            rows.append(f"── {title}")
            shown = owner
        text = line_text(page, starts, number)
        sheet = say("sheet", language, n=sheet_at(page.text, starts[number - 1] + 1)) if text == "\f" else ""
        rows.append(f"{number:>6} │ {sheet or text}")
    return visible("\n".join(rows))
