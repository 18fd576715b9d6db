"""Newspaper pages from real stories, with the faults of scanned pages in known places."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from qa.benchmark.articles import heads
from qa.benchmark.articles.corpus import Source
from qa.datatypes import Page

_HALF = str.maketrans("，：；！？（）", ",:;!?()")


@dataclass(frozen=True)
class Row:
    """One printed line and what is known about it."""

    story: int
    text: str
    kind: str  # section, headline, byline, body, subhead, caption
    order: int = 0  # place in the reading order of its story
    tied: bool = False  # it goes on the paragraph of the row before it in reading order
    torn: bool = False  # it starts in mid-paragraph, whatever stands before it
    mark: str = ""  # Markdown before (and, for bold, after) the text
    gap: int = 1  # blank lines before it
    repeat: bool = False
    lead: str = ""  # the byline phrase that opens the text
    part: int = -1  # paragraph of its story, the same in all scans


@dataclass(frozen=True)
class Style:
    """How one page is set."""

    marks: bool
    blank: str  # where blank lines stand: between all lines, between paragraphs, nowhere
    half: bool  # half-width punctuation
    indent: bool  # paragraphs are set in
    narrow: float  # share of stories set in narrow columns
    tear: float  # share of paragraphs torn at a column end
    faults: float  # share of stories with a fault of order or a repeat

    @classmethod
    def draw(cls, rng: random.Random) -> Style:
        return cls(
            marks=rng.random() < 0.5,
            blank=rng.choice(("lines", "lines", "lines", "paragraphs", "nowhere")),
            half=rng.random() < 0.7,
            indent=rng.random() < 0.2,
            narrow=rng.choice((0.0, 0.0, 0.2, 1.0)),
            tear=rng.choice((0.1, 0.3, 0.5)),
            faults=rng.choice((0.0, 0.15, 0.3)),
        )


@dataclass(frozen=True)
class TrueArticle:
    """What the reconstruction should find. Lines count from 1; `lines` is the reading order, repeats last."""

    title: str
    byline: str
    section: str
    lines: tuple[int, ...]
    joins: frozenset[tuple[int, int]]
    repeats: frozenset[int]


@dataclass(frozen=True)
class Sheet:
    page: Page
    articles: tuple[TrueArticle, ...]
    rows: tuple[Row, ...] = field(repr=False, default=())


def compose(name: str, sources: Sequence[Source], rng: random.Random, noise: float = 0.0) -> Sheet:
    """One page with a story for each of `sources`, `noise` of its characters misread."""
    style = Style.draw(rng)
    stories = [_story(i, source, style, rng) for i, source in enumerate(sources)]
    return render(name, misread(scramble(stories, style, rng), noise, rng), style)


def compose_twice(
    names: tuple[str, str], sources: Sequence[Source], rng: random.Random, noise: float = 0.0
) -> tuple[Sheet, Sheet]:
    """Two scans of one page: torn at other places, in another order, each with gaps and noise of its own."""
    style, other = Style.draw(rng), Style.draw(rng)
    stories = [_story(i, source, style, rng) for i, source in enumerate(sources)]
    again = [_reset(story, other, rng) for story in stories]
    if rng.random() < 0.3:
        rng.shuffle(again)
    if len(again) > 3 and rng.random() < 0.3:
        del again[rng.randrange(len(again))]
    first = render(names[0], misread(scramble(stories, style, rng), noise, rng), style)
    return first, render(names[1], misread(scramble(again, other, rng), noise, rng), other)


def _reset(story: Sequence[Row], style: Style, rng: random.Random) -> list[Row]:
    """The same story in another scan: paragraphs whole or torn anew, a few of them lost."""
    rows: list[Row] = []
    for part in dict.fromkeys(row.part for row in story):
        own = [row for row in story if row.part == part]
        if part < 0:
            rows.extend(replace(row, mark=row.mark if style.marks else "") for row in own if row.order < 5)
        elif rng.random() > 0.06:
            rows.extend(_set(own[0], "".join(row.text for row in own if row.part == part), 0, style, rng))
    rows.extend(row for row in story if row.part < 0 and row.order >= 5 and row.kind == "caption")
    return [replace(row, order=n) for n, row in enumerate(rows)]


def misread(rows: Sequence[Row], rate: float, rng: random.Random) -> list[Row]:
    """Every row with `rate` of its characters replaced, lost or doubled as an OCR does."""
    if not rate:
        return list(rows)
    pool = "".join(character for row in rows for character in row.text if character.isalnum())
    return [replace(row, text=noisy(row.text, rate, pool, rng) or row.text) for row in rows]


def noisy(text: str, rate: float, pool: str, rng: random.Random) -> str:
    out = []
    for character in text:
        if rng.random() >= rate:
            out.append(character)
        elif rng.random() < 0.7:
            out.append(rng.choice(pool))
        elif rng.random() < 0.5:
            out.append(character * 2)
    return "".join(out).strip()


def _story(i: int, source: Source, style: Style, rng: random.Random) -> list[Row]:
    photo = source.size < 350 and rng.random() < 0.35
    headless = rng.random() < 0.06 and not photo
    rows = (
        [] if headless else _headline_rows(i, source, style, rng, 1 if photo else rng.choice((1, 1, 2, 2, 2, 3, 3, 4)))
    )
    signed = not photo and (headless or rng.random() < 0.75)
    feature = signed and not headless and rng.random() < 0.15
    if feature:
        rows.append(Row(i, heads.author_line(rng), "byline"))
    lead = heads.byline(rng) if signed and not feature else ""
    rows += _body_rows(i, source, lead, not signed, style, rng)
    if photo or (len(source.parts) > 1 and rng.random() < 0.12):
        rows.append(Row(i, heads.caption(rng), "caption", gap=rng.choice((1, 3))))
    elif feature and rng.random() < 0.3:
        rows.append(Row(i, heads.affiliation(rng), "caption"))
    return [replace(row, order=n) for n, row in enumerate(rows)]


def _headline_rows(i: int, source: Source, style: Style, rng: random.Random, size: int) -> list[Row]:
    rows = []
    for head in heads.headline_group(source, rng, size):
        rank = head.rank + (rng.random() < 0.3 and head.kind != "title")
        mark = "#" * rank + " " if style.marks and (head.kind == "title" or rng.random() < 0.7) else ""
        kind = "section" if head.kind == "section" else f"headline:{head.kind}"
        halves = head.text.split(" ", 1) if style.blank != "nowhere" and rng.random() < 0.2 else [head.text]
        rows.append(Row(i, halves[0], kind, mark=mark))
        rows.extend(Row(i, half.strip(), kind, tied=True, gap=0) for half in halves[1:])
    return rows


def _body_rows(i: int, source: Source, lead: str, dated: bool, style: Style, rng: random.Random) -> list[Row]:
    width = rng.randint(12, 18) if rng.random() < style.narrow else 0
    bold = "**" if style.marks and rng.random() < 0.6 else ""
    own_subheads = any(kind == "subhead" for kind, _ in source.parts)
    rows: list[Row] = []
    for part, (kind, text) in enumerate(source.parts):
        if kind == "subhead":
            rows.append(Row(i, text, "subhead", mark=bold))
            continue
        if part and not own_subheads and len(source.parts) > 3 and rng.random() < 0.12:
            rows.append(Row(i, heads.subhead(text, rng), "subhead", mark=bold))
        first = Row(i, text, "body", part=part)
        if part == 0 and lead:
            seam = "" if lead.endswith(")") else " "
            first = replace(first, text=lead + seam + text, kind="byline", lead=lead)
        elif part == 0 and dated and rng.random() < 0.7:
            first = replace(first, text=heads.dateline(rng) + text)
        rows.extend(_set(first, first.text, width, style, rng))
    return rows


def _set(first: Row, text: str, width: int, style: Style, rng: random.Random) -> list[Row]:
    """One paragraph as printed lines: whole, torn once or twice, or in a narrow column."""
    if width:
        cuts = _column_cuts(text, width)
    else:
        tears = rng.choice((1, 1, 2)) if rng.random() < style.tear and len(text) > 40 else 0
        cuts = sorted(rng.sample(range(8, len(text) - 4), tears)) if tears else []
    pieces = [text[a:b].strip() for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    rows = [replace(first, text=pieces[0])]
    rows += [replace(first, text=piece, kind="body", tied=True, torn=True, lead="") for piece in pieces[1:] if piece]
    if not width and len(rows) > 1 and rng.random() < 0.1:
        rows[1:1] = [Row(first.story, heads.caption(rng), "caption", gap=rng.choice((1, 3)))]
    return rows


def _column_cuts(text: str, width: int) -> list[int]:
    """Line ends of a column; no line begins with closing punctuation or breaks a number."""
    cuts: list[int] = []
    end = width
    while end < len(text):
        if text[end] in "，。、；：！？”’）》,;:!?)":
            end += 1
        elif text[end].isascii() and text[end].isalnum() and text[end - 1].isascii():
            end -= next((n for n in range(1, 6) if not text[end - n - 1].isascii()), 0)
        cuts.append(end)
        end += width
    return [cut for cut in cuts if cut < len(text)]


def scramble(stories: list[list[Row]], style: Style, rng: random.Random) -> list[Row]:
    """The stories one after another, some with a block in the wrong place or twice."""
    blocks = [list(story) for story in stories]
    for i, story in enumerate(blocks):
        if rng.random() >= style.faults:
            continue
        fault = rng.choice((_swap_columns, _repeat_tail, _repeat_paragraph, _lose_start))
        fault(story, rng)
        if rng.random() < 0.35 and i + 1 < len(blocks):
            _move_tail(blocks, i, rng)
    return [row for block in blocks for row in block]


def _torn(story: Sequence[Row]) -> list[int]:
    return [
        n for n in range(1, len(story)) if story[n].tied and story[n].kind == "body" and story[n - 1].kind == "body"
    ]


def _swap_columns(story: list[Row], rng: random.Random) -> None:
    """The second column of an unsigned tail comes first: …B C | A becomes tail before its beginning."""
    starts = [n for n, row in enumerate(story[1:], 1) if row.kind == "body" and not row.tied]
    torn = [n for n in _torn(story) if any(start < n for start in starts)]
    if not torn:
        return
    cut = rng.choice(torn)
    begin = rng.choice([start for start in starts if start < cut][-3:])
    end = len(story)
    while story[end - 1].kind != "body":
        end -= 1
    if begin < cut < end:
        story[begin:end] = story[cut:end] + story[begin:cut]


def _move_tail(blocks: list[list[Row]], i: int, rng: random.Random) -> None:
    """What follows a tear stands after the next story."""
    torn = _torn(blocks[i])
    if torn:
        cut = rng.choice(torn)
        blocks[i + 1].extend(blocks[i][cut:])
        del blocks[i][cut:]


def _lose_start(story: list[Row], rng: random.Random) -> None:
    """The column with the byline and the beginning was not scanned."""
    torn = _torn(story)
    first = next((n for n, row in enumerate(story) if row.part == 0), 0)
    if torn and first and first < torn[0]:
        story[first : torn[0] + 1] = [replace(story[torn[0]], tied=False)]


def _repeat_tail(story: list[Row], rng: random.Random) -> None:
    body = [row for row in story if row.kind == "body"]
    if len(body) > 2:
        story.extend(replace(row, repeat=True, tied=False) for row in body[-rng.randint(1, min(6, len(body) - 1)) :])


def _repeat_paragraph(story: list[Row], rng: random.Random) -> None:
    body = [n for n, row in enumerate(story) if row.kind == "body" and len(row.text) >= 30]
    if body:
        n = rng.choice(body)
        last = n
        while last + 1 < len(story) and story[last + 1].tied:
            last += 1
        if story[n].kind == "body" and not story[n].tied:
            story[last + 1 : last + 1] = [replace(row, repeat=True, tied=False) for row in story[n : last + 1]]


def render(name: str, rows: Sequence[Row], style: Style) -> Sheet:
    """The text of the page and the truth about its lines."""
    out: list[str] = ["", ""] if style.blank == "lines" else []
    number: list[int] = []
    for row in rows:
        tight = style.blank == "nowhere" or (style.blank == "paragraphs" and row.torn and row.part >= 0)
        out.extend([""] * (0 if tight else row.gap))
        text = _print(row.text, style)
        inset = "\u3000\u3000" if style.indent and row.part >= 0 and not row.tied else ""
        out.append(inset + row.mark + text + ("**" if row.mark == "**" else ""))
        number.append(len(out))
    page = Page(name, "\n".join(out) + "\n")
    stories = sorted({row.story for row in rows})
    return Sheet(page, tuple(_truth(rows, number, story, style) for story in stories), tuple(rows))


def _print(text: str, style: Style) -> str:
    return text.translate(_HALF) if style.half else text


def _truth(rows: Sequence[Row], number: Sequence[int], story: int, style: Style) -> TrueArticle:
    placed = [(row.order, n, row) for n, row in zip(number, rows, strict=True) if row.story == story]
    own = sorted((entry for entry in placed if not entry[2].repeat), key=lambda entry: entry[:2])
    again = [n for _, n, row in placed if row.repeat]
    flow = [(n, row) for _, n, row in own if row.part >= 0]
    joins = {(a, b) for (a, one), (b, row) in pairwise(flow) if row.tied and one.part == row.part}
    byline = next((row.lead or row.text for _, _, row in own if row.kind == "byline"), "")
    return TrueArticle(
        " ".join(_print(row.text, style) for _, _, row in own if row.kind == "headline:title"),
        _print(byline, style),
        next((_print(row.text, style) for _, _, row in own if row.kind == "section"), ""),
        (*(n for _, n, _ in own), *again),
        frozenset(joins),
        frozenset(again),
    )
