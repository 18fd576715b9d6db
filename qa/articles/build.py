"""Stories to articles: lines joined to whole paragraphs, every seam recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from qa.articles.bylines import credit_start, lead_byline
from qa.articles.facts import facts_of
from qa.articles.lines import Line
from qa.articles.stories import Story
from qa.articles.titles import choose_title, section_of
from qa.datatypes import Article, Kind, Page, Paragraph, Span
from qa.text import fold, line_starts, lines_of

_LATIN = re.compile(r"[!-~“”’‘—–\u00c0-\u024f]")
_HYPHENATED = re.compile(r"[A-Za-z]-$")


def build_article(page: Page, story: Story, repeats: Sequence[Line]) -> Article:
    heads = _join_display(story.heads, "headline")
    title, section = -1, -1
    if heads:
        firsts = [_line_at(story.heads, paragraph) for paragraph in heads]
        title = choose_title(firsts)
        section = section_of(firsts, title)
        if section >= 0:
            heads[section] = Paragraph(heads[section].text, heads[section].spans, "section")
    body = _body(page.text, story)
    byline = next((paragraph.text for paragraph in body if paragraph.kind == "byline"), "")
    article = Article(
        page.source,
        heads[title].text if heads else "",
        (*heads, *body),
        heads[section].text if section >= 0 else "",
        byline or _credit(body),
        tuple(line.span for line in repeats),
    )
    return _with_facts(page, article)


def _with_facts(page: Page, article: Article) -> Article:
    facts = facts_of(article, line_starts(page.text))
    return Article(
        article.source, article.title, article.paragraphs, article.section, article.byline, article.repeats, facts
    )


def _line_at(lines: Sequence[Line], paragraph: Paragraph) -> Line:
    return next(line for line in lines if line.start == paragraph.spans[0][0])


def _join_display(lines: Sequence[Line], kind: Kind) -> list[Paragraph]:
    """Display lines with no blank line or mark between them are one heading set in two lines."""
    found: list[Paragraph] = []
    for i, line in enumerate(lines):
        tight = i > 0 and line.gap == 0 and not line.marked and _loose(lines) and line.number == lines[i - 1].number + 1
        if tight:
            last = found[-1]
            found[-1] = Paragraph(f"{last.text} {line.text}", (*last.spans, line.span), kind)
        else:
            found.append(Paragraph(line.text, (line.span,), kind))
    return found


def _loose(lines: Sequence[Line]) -> bool:
    """The page sets blank lines between its lines, so a missing one means something."""
    return any(line.gap for line in lines)


def _body(text: str, story: Story) -> list[Paragraph]:
    found: list[Paragraph] = []
    last = -1  # the paragraph that running text may go on
    for line, tag in story.body:
        if tag == "continues" and last >= 0:
            found[last] = _append(found[last], Paragraph(line.text, (line.span,)))
        elif tag in ("subhead", "caption", "closing"):
            kind: Kind = "subhead" if tag == "subhead" else "byline" if tag == "closing" else "caption"
            found.append(Paragraph(line.text, (line.span,), kind))
        else:
            found.extend(_split_byline(text, line) if tag == "byline" else [Paragraph(line.text, (line.span,))])
            last = len(found) - 1
    return [part for paragraph in found for part in _split_credit(text, paragraph)]


def _split_byline(text: str, line: Line) -> list[Paragraph]:
    """The byline phrase and, where the line goes on, the start of the body."""
    cut = lead_byline(line.plain) or (len(line.text) if len(line.text) <= 40 else 0)
    phrase = line.text[:cut].rstrip()
    rest = line.text[cut:]
    start = line.end - len(rest.lstrip())
    found = [Paragraph(phrase, ((line.start, line.start + len(phrase)),), "byline")] if phrase else []
    return [*found, Paragraph(text[start : line.end], ((start, line.end),))] if rest.strip() else found


def _append(first: Paragraph, second: Paragraph) -> Paragraph:
    """Two lines of one paragraph: Latin words get a space between them, a word broken by a hyphen gets whole."""
    text, spans = first.text, first.spans
    seam = " " if _LATIN.match(text[-1]) and _LATIN.match(second.text[0]) else ""
    if _HYPHENATED.search(text) and second.text[0].islower():
        text, spans, seam = text[:-1], (*spans[:-1], (spans[-1][0], spans[-1][1] - 1)), ""
    return Paragraph(text + seam + second.text, (*spans, *second.spans), first.kind)


def _split_credit(text: str, paragraph: Paragraph) -> list[Paragraph]:
    """A photo credit at the end of running text is a caption of its own."""
    start = credit_start(fold(paragraph.text)) if paragraph.kind == "body" else -1
    if start <= 0:
        return [paragraph]
    parts = [(paragraph.slice(0, start), "body"), (paragraph.slice(start, len(paragraph.text)), "caption")]
    kinds: tuple[Kind, Kind] = ("body", "caption")
    return [Paragraph(part.text, part.spans, kind) for (part, _), kind in zip(parts, kinds, strict=True) if part.text]


def _credit(body: Sequence[Paragraph]) -> str:
    """The photo credit, for a picture story that has no other byline."""
    for paragraph in body:
        if paragraph.kind == "caption" and (start := credit_start(fold(paragraph.text))) >= 0:
            return paragraph.text[start:]
    return ""


def line_ranges(article: Article, page_text: str) -> list[list[int]]:
    """Lines of the article in reading order as [first, last], from 1, blank lines bridged, repeats last."""
    return _ranges((*article.spans, *article.repeats), page_text)


def repeat_ranges(article: Article, page_text: str) -> list[list[int]]:
    """Lines of the article's repeats as [first, last], from 1."""
    return _ranges(article.repeats, page_text)


def _ranges(spans: Iterable[Span], page_text: str) -> list[list[int]]:
    starts = line_starts(page_text)
    ranges: list[list[int]] = []
    for span in spans:
        first, last = lines_of(starts, [span])
        if ranges and _adjacent(page_text, starts, ranges[-1][1], first):
            ranges[-1][1] = max(last, ranges[-1][1])
        else:
            ranges.append([first, last])
    return ranges


def _adjacent(page_text: str, starts: Sequence[int], last: int, first: int) -> bool:
    if first in (last, last + 1):
        return True
    return first > last and not page_text[starts[last] : starts[first - 1]].strip()
