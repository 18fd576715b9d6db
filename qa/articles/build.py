"""Stories to articles: lines joined to whole paragraphs, every seam recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from qa.articles.bylines import (
    credit_start,
    credits_writer,
    is_affiliation,
    is_author_line,
    is_likely_name,
    is_sign_off,
    is_staff_writer,
    lead_byline,
    name_line,
    people,
    signature_start,
)
from qa.articles.display import explains, is_column, is_label
from qa.articles.letters import is_letter_signature
from qa.articles.lines import Line
from qa.articles.ngrams import credit_score
from qa.articles.openings import is_english_byline
from qa.articles.runs import printed_over
from qa.articles.stories import RUNNING, Story
from qa.articles.titles import NO_HABITS, Habits, choose_title, names_story, section_of
from qa.datatypes import Article, Kind, Page, Paragraph, Span
from qa.text import fold, line_starts, lines_of

_LATIN = re.compile(r"[!-~“”’‘—–\u00c0-\u024f]")
_OPENING = 20  # lines of the story that its headlines are compared with
_HALF = 4  # characters from which two lines of one length are the halves of a headline
_OF_WORK = re.compile(  # what the writer is, and the name or who sent it in, on a line that was read as a byline
    r"[\u4e00-\u9fff、·]{2,22}(?: {1,2}[\u4e00-\u9fff]{2,8})? {1,2}(?!整理)"
    r"(?P<name>[\u4e00-\u9fff]{2,3})(?: {1,2}整理)?"
)
_PICTURE_STORY = 400  # characters up to which the credit of the picture stands for a byline
_TAIL = 80  # characters, more than the longest signature
_NAMELESS = re.compile(r"[【(]?据?.{2,12}(?:[电讯]|消息)[】)]?")
_SIGNED = re.compile(r"[●○■□◆◇★☆▲△▪•·] ?(?P<item>.{2,})|[【〔\[](?P<label>[^【】〔〕\[\]]{2,})[】〕\]]")
_KINDS: dict[str, Kind] = {"subhead": "subhead", "caption": "caption", "byline": "byline", "closing": "byline"}
_HYPHENATED = re.compile(r"[A-Za-z]-$")


def build_article(page: Page, story: Story, repeats: Sequence[Line], habits: Habits = NO_HABITS) -> Article:
    """The article of a story, but for its facts."""
    heads = [_by_staff(heading) for heading in _join_display(story, "headline")]
    title, section, named = -1, -1, False
    if heads:
        lines = [_whole(story.heads, paragraph) for paragraph in heads]
        opening = "".join(story.texts[:_OPENING])
        title = choose_title(lines, habits, opening)
        first, last = printed_over(lines, title, opening)
        named = names_story(lines[title])
        own = set(range(first, last + 1)) if named else set[int]()
        section = section_of(lines, own | {i for i, heading in enumerate(heads) if heading.kind == "byline"}, habits)
        if section >= 0:
            heads[section] = Paragraph(heads[section].text, heads[section].spans, "section")
        heads[first : last + 1] = [_unsigned(_run_on(heads[first : last + 1]))]
        title = first
        section -= (last - first) * (section > last)
    body = _body(story)
    return Article(
        page.source,
        heads[title].text if named else "",
        (*heads, *body),
        heads[section].text if section >= 0 else "",
        _byline(heads, body),
        tuple(line.span for line in repeats),
    )


def _by_staff(heading: Paragraph) -> Paragraph:
    """A byline where the line above the headline names the writer by office."""
    return replace(heading, kind="byline") if is_staff_writer(fold(heading.text)) else heading


def _run_on(lines: Sequence[Paragraph]) -> Paragraph:
    """The lines of one headline as one heading."""
    spans = tuple(span for line in lines for span in line.spans)
    return Paragraph(" ".join(line.text for line in lines), spans, lines[0].kind)


def _unsigned(heading: Paragraph) -> Paragraph:
    """The headline without the sign of an item before it and the brackets of a label around it."""
    match = _SIGNED.fullmatch(heading.text)
    if match is None:
        return heading
    first, last = match.span("item" if match["item"] else "label")
    part = heading.slice(first, last)
    return Paragraph(part.text, part.spans, heading.kind)


def _whole(lines: Sequence[Line], paragraph: Paragraph) -> Line:
    """The first line of a heading with the text of all its lines."""
    first = next(line for line in lines if line.start == paragraph.spans[0][0])
    return first if len(paragraph.spans) == 1 else replace(first, text=paragraph.text, plain=fold(paragraph.text))


def _join_display(story: Story, kind: Kind) -> list[Paragraph]:
    """Display lines with no blank line or mark between them are one heading set in two lines."""
    lines = story.heads
    loose = any(line.gap for line in (*lines[1:], *(line for line, _ in story.body)))
    found: list[Paragraph] = []
    for i, line in enumerate(lines):
        goes_on = loose or line.text[0].islower()
        if i > 0 and line.gap == 0 and not line.marked and goes_on and _one_heading(lines[i - 1], line):
            last = found[-1]
            found[-1] = Paragraph(f"{last.text} {line.text}", (*last.spans, line.span), kind)
        else:
            found.append(Paragraph(line.text, (line.span,), kind))
    return found


def _one_heading(first: Line, second: Line) -> bool:
    """No label, no deck, no capitals over a line in small letters: what stands in two lines was set as one."""
    if second.text[0].islower():
        return not first.text.isupper()
    halves = len(first.plain) == len(second.plain) >= _HALF
    return (
        not (is_column(first.plain) or (is_label(first.plain) and not first.level and not halves))
        and not explains(first.plain, second.plain)
        and first.text.isupper() == second.text.isupper()
    )


def _body(story: Story) -> list[Paragraph]:
    found: list[Paragraph] = []
    last = -1  # the paragraph that running text may go on
    for line, tag in story.body:
        piece = Paragraph(line.text, (line.span,), _KINDS.get(tag, "body"))
        if tag == "closing":
            piece = Paragraph(line.text, (line.span,), _kind_at_end(line))
        goes_on = tag == "continues" and last >= 0 and signature_start(fold(found[last].text[-_TAIL:])) <= 0
        if goes_on and found[last].kind == "byline" and not _torn_byline(found[last], piece):
            goes_on = False
        if goes_on:
            found[last] = _append(found[last], piece)
        else:
            found.append(piece)
            last = len(found) - 1 if tag in RUNNING else last
    ends = next((paragraph for paragraph in reversed(found) if paragraph.kind == "body"), None)
    return [part for paragraph in found for part in _split(paragraph, paragraph is ends)]


def _kind_at_end(line: Line) -> Kind:
    """What a line that closes a story is: names, a note, or text whose last words may be names."""
    if len(line.text) > 60 or signature_start(line.plain) > 0:
        return "body"
    return "byline" if _signs(line) else "caption"


def _signs(line: Line) -> bool:
    """The closing line names a writer."""
    signed = is_sign_off(line.text) or is_author_line(line.plain) or name_line(line.text.strip("()（） -"))
    signed = signed or is_letter_signature(line.text)
    return not is_affiliation(line.plain) and (signed or credit_score(line.plain) > 0)


def _torn_byline(byline: Paragraph, rest: Paragraph) -> bool:
    """The byline is no line of its own: its phrase ends in the next line, or text follows it already."""
    own = fold(byline.text)
    whole = lead_byline(fold(byline.text + rest.text))
    complete = is_author_line(own) or is_english_byline(byline.text) or len(own) <= 24
    return whole > len(own) or len(own) > lead_byline(own) > 0 or not complete


def _split(paragraph: Paragraph, last: bool = False) -> list[Paragraph]:
    """Bylines and credits that share a paragraph with running text become paragraphs of their own."""
    plain, size = fold(paragraph.text), len(paragraph.text)
    if paragraph.kind == "byline":
        named = size <= 5 or is_author_line(plain) or name_line(paragraph.text) or is_sign_off(paragraph.text)
        named = named or credits_writer(plain) or is_english_byline(paragraph.text)
        named = named or is_letter_signature(paragraph.text) or _names_work(plain)
        cut = lead_byline(plain) or (size if size <= 40 and (named or credit_score(plain) > 0) else 0)
        first, *rest = _cut(paragraph, cut, "byline", "body")
        return [first, *(part for text in rest for part in _split(text))]
    if paragraph.kind == "body":
        signed = signature_start(plain, last)
        if signed > 0:
            return _cut(paragraph, signed, "body", "byline")
        return _cut(paragraph, max(0, credit_start(plain)), "body", "caption")
    return [paragraph]


def _names_work(plain: str) -> bool:
    match = _OF_WORK.fullmatch(plain)
    return match is not None and (match["name"] == "供稿" or is_likely_name(match["name"]))


def _cut(paragraph: Paragraph, at: int, first: Kind, second: Kind) -> list[Paragraph]:
    if at <= 0:
        return [Paragraph(paragraph.text, paragraph.spans, "body")]
    parts = ((paragraph.slice(0, at), first), (paragraph.slice(at, len(paragraph.text)), second))
    return [Paragraph(part.text, part.spans, kind) for part, kind in parts if part.text]


def _append(first: Paragraph, second: Paragraph) -> Paragraph:
    """Two lines of one paragraph: Latin words get a space between them, a word broken by a hyphen gets whole."""
    text, spans = first.text, first.spans
    seam = " " if _LATIN.match(text[-1]) and _LATIN.match(second.text[0]) else ""
    if _HYPHENATED.search(text) and second.text[0].islower():
        text, spans, seam = text[:-1], (*spans[:-1], (spans[-1][0], spans[-1][1] - 1)), ""
    return Paragraph(text + seam + second.text, (*spans, *second.spans), first.kind)


def _byline(heads: Sequence[Paragraph], body: Sequence[Paragraph]) -> str:
    """Who wrote it, over the headline, over or under the text, else whose pictures it shows, else the agency alone."""
    signed = [paragraph.text for paragraph in (*heads, *body) if paragraph.kind == "byline"]
    credit = _picture_credit(body)
    return next(iter(sorted((text for text in (*signed, credit) if text), key=_worth)), "")


def _worth(byline: str) -> int:
    """The place among the bylines of one story: a writer, a photographer, nobody by name."""
    kinds = {kind for kind, _, _ in people(fold(byline))}
    if not kinds:
        return 2 if _NAMELESS.fullmatch(fold(byline)) else 0
    return 1 if kinds == {"photographer"} and "文" not in byline else 0


def _picture_credit(body: Sequence[Paragraph]) -> str:
    """The credit of a story that is little more than its picture, "" for others."""
    if sum(len(paragraph.text) for paragraph in body) > _PICTURE_STORY:
        return ""
    for paragraph in (*body[-1:], *body[:1]):
        start = credit_start(fold(paragraph.text)) if paragraph.kind == "caption" else -1
        if start >= 0:
            return paragraph.text[start:].strip()
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
