"""The printed lines of one story, with what is known about each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.benchmark.articles import heads
from qa.benchmark.articles.corpus import Source, localised, shortened
from qa.benchmark.articles.headlines import headline_group, label, office


@dataclass(frozen=True)
class Row:
    """One printed line and what is known about it."""

    story: int  # -1 for what belongs to the page and to no story
    text: str
    kind: str  # section, headline:title/kicker/deck, byline, body, subhead, caption, signature, furniture
    order: int = 0  # place in the reading order of its story
    tied: bool = False  # it goes on the paragraph of the row before it in reading order
    torn: bool = False  # it starts in mid-paragraph, whatever stands before it
    mark: str = ""  # Markdown before (and, for bold, after) the text
    gap: int = 1  # blank lines before it
    repeat: bool = False
    lead: str = ""  # the byline phrase that opens or closes the text
    part: int = -1  # paragraph of its story, the same in all scans
    also: bool = False  # without marks it may as well be the headline
    full: bool = False  # it fills its column, so a paragraph that ends with it cannot be told from one that goes on


@dataclass(frozen=True)
class Style:
    """How one page is set."""

    marks: int  # Markdown rank of the titles, 0 for a page without marks
    blank: str  # where blank lines stand: between all lines, between paragraphs, nowhere
    half: bool  # half-width punctuation
    indent: bool  # paragraphs are set in
    narrow: float  # share of stories set in narrow columns
    width: int  # characters of a narrow column
    tear: float  # share of paragraphs torn at a column end
    faults: float  # share of stories with a fault of order or a repeat
    column: str  # a label that stands over several stories
    briefs: float  # share of stories that are short items
    signed: float  # share of stories with a byline
    english: bool
    traditional: bool
    kinds: float = 0.0  # share of stories that are no plain report

    @classmethod
    def draw(cls, rng: random.Random, english: bool = False) -> Style:
        return cls(
            marks=rng.choice((0, 0, 0, 1, 1, 2, 3)),
            blank=rng.choice(("lines", "lines", "lines", "paragraphs", "nowhere", "nowhere")),
            half=rng.random() < 0.6,
            indent=rng.random() < 0.15,
            narrow=rng.choice((0.6, 1.0) if english else (0.0, 0.0, 0.2, 1.0)),
            width=rng.randint(34, 64) if english else rng.choice((rng.randint(10, 18), rng.randint(10, 34))),
            tear=rng.choice((0.0, 0.1, 0.3, 0.5)),
            faults=rng.choice((0.0, 0.0, 0.3, 0.6)),
            column=label(rng, english) if rng.random() < 0.15 else "",
            briefs=rng.choice((0.0, 0.0, 0.0, 0.3, 0.8)),
            signed=rng.choice((0.4, 0.8, 0.8, 0.95)),
            english=english,
            traditional=not english and rng.random() < 0.08,
            kinds=rng.choice((0.0, 0.0, 0.1, 0.2, 0.5)),
        )  # fmt: skip


# Markdown ranks below that of the title, as layout readers give them; now and then a label gets a higher one.
RANKS = {"section": (1, 1, 0, -1, -1), "kicker": (1, 1, 1, 1, 2, 0, -1), "deck": (1, 1, 1, 1, 1, 2, 2, 0)}


def story_rows(i: int, source: Source, style: Style, rng: random.Random) -> list[Row]:
    """The rows of story `i` in reading order."""
    if rng.random() < style.briefs:
        source = shortened(source, rng.randint(50, 180))
    if not source.english and rng.random() < 0.25 and (named := office(rng)):
        source = localised(source, named)
    photo = source.size < 350 and rng.random() < 0.3
    headless = rng.random() < 0.07 and not photo
    rows = (
        []
        if headless
        else headline_rows(i, source, style, rng, 1 if photo else rng.choice((1, 1, 1, 2, 2, 2, 3, 3, 4)))
    )
    how = "none" if photo or rng.random() >= style.signed else rng.choice(("lead", "lead", "lead", "own", "own", "end"))
    if headless and rng.random() < 0.75:
        how = "lead"
    bold = "**" if style.marks and rng.random() < 0.2 else ""
    if how == "own":
        rows += [Row(i, text, "byline", mark=bold) for text in heads.author_lines(rng, style.english)]
    lead = heads.byline(rng, style.english) if how == "lead" else ""
    if bold and lead.startswith("本报讯"):
        lead = f"**本报讯**{lead[3:]}"
    inline = how == "end" and source.parts[-1][0] == "body" and rng.random() < 0.4
    closing = _closing_rows(i, "none" if inline else how, photo and not inline, style, rng)
    if inline:
        return _signed_inline(i, source, rows, style, rng)
    credit = heads.caption(rng, style.english) if photo and not closing else ""
    if credit:
        *parts, (kind, text) = source.parts
        source = replace(source, parts=(*parts, (kind, f"{text} {credit}")))
    if photo and not style.english and rng.random() < 0.4:  # the text is the caption
        (kind, text), *parts = source.parts
        source = replace(source, parts=((kind, f"图为{text}"), *parts))
    rows += _body_rows(i, source, lead, how in ("none", "end"), style, rng)
    if credit.endswith("摄") and source.size <= 400:
        rows[-1] = replace(rows[-1], lead=credit)
    return [replace(row, order=n) for n, row in enumerate(rows + closing)]


def _signed_inline(i: int, source: Source, rows: list[Row], style: Style, rng: random.Random) -> list[Row]:
    """The story with a signature in brackets behind its last sentence."""
    signed = f"({heads.signature(rng, style.english).strip('()—- ')})"
    if style.english and rng.random() < 0.4:
        signed = f" {rng.choice('-—')} {signed[1:-1]}"
    *parts, (kind, text) = source.parts
    source = replace(source, parts=(*parts, (kind, f"{text}{rng.choice(('', ' '))}{signed}")))
    rows = rows + _body_rows(i, source, "", True, style, rng)
    rows[-1] = replace(rows[-1], lead=signed.strip())
    return [replace(row, order=n) for n, row in enumerate(rows)]


def _closing_rows(i: int, how: str, photo: bool, style: Style, rng: random.Random) -> list[Row]:
    rows = []
    if how == "end" or (how == "own" and rng.random() < 0.15):
        rows.append(Row(i, heads.signature(rng, style.english), "signature"))
    if photo and not rows and rng.random() < 0.5:
        return []
    if photo or rng.random() < 0.08:
        rows.append(Row(i, heads.caption(rng, style.english), "caption", gap=rng.choice((1, 3))))
    return rows


def headline_rows(i: int, source: Source, style: Style, rng: random.Random, size: int) -> list[Row]:
    rows = []
    column = style.column if rng.random() < 0.6 else ""
    for head in headline_group(source, rng, size, column):
        rank = style.marks + (0 if head.kind == "title" else rng.choice(RANKS[head.kind]))
        mark = "#" * max(1, rank) + " " if style.marks and (head.kind == "title" or rng.random() < 0.7) else ""
        kind = "section" if head.kind == "section" else f"headline:{head.kind}"
        halves = [head.text] if head.kind == "section" else _halves(head.text, style, rng)
        rows.append(Row(i, halves[0], kind, mark=mark, gap=rng.choice((1, 1, 1, 3)), also=head.also))
        rows.extend(Row(i, half.strip(), kind, tied=True, gap=0, also=head.also) for half in halves[1:])
    return rows


def _halves(text: str, style: Style, rng: random.Random) -> list[str]:
    """A long headline is sometimes set in two lines."""
    if (style.blank == "nowhere" and not style.english) or rng.random() > 0.2:
        return [text]
    if style.english:
        cut = text.rfind(" ", 0, max(20, len(text) * 2 // 3))
        return [text[:cut], text[cut:]] if len(text) > 40 and cut > 0 else [text]
    halves = text.split(" ", 1)
    return halves if min(map(len, halves)) > 0.4 * max(map(len, halves)) else [text]


def _body_rows(i: int, source: Source, lead: str, dated: bool, style: Style, rng: random.Random) -> list[Row]:
    width = style.width if rng.random() < style.narrow else 0
    bold = rng.choice(("**", "**", "", "", "#" * (style.marks + 1) + " ")) if style.marks else ""
    plain = not style.english and all(kind == "body" for kind, _ in source.parts) and len(source.parts) > 2
    often, manner = rng.choice((0.1, 0.4, 0.6)), rng.choice(heads.MANNERS)
    often = often if plain and rng.random() < 0.6 else 0.0
    rows: list[Row] = []
    for part, (kind, text) in enumerate(source.parts):
        if kind == "subhead" or (part and rng.random() < often):
            heading = text if kind == "subhead" else heads.subhead(text, manner, rng)
            halves = heading.rsplit(" ", 1) if manner == "paired" and style.blank != "nowhere" else [heading]
            rows.extend(Row(i, half, "subhead", mark=bold, gap=int(n == 0)) for n, half in enumerate(halves))
        if kind == "subhead":
            continue
        first = Row(i, text, "body", part=part)
        if part == 0 and lead:
            seam = rng.choice(("", " ")) if lead.endswith((")", "】")) else " "
            first = replace(first, text=lead + seam + text, kind="byline", lead=lead)
        elif part == 0 and dated and not style.english and rng.random() < 0.5:
            first = replace(first, text=heads.dateline(rng) + text)
        rows.extend(set_rows(first, first.text, width, style, rng))
    return rows


def set_rows(first: Row, text: str, width: int, style: Style, rng: random.Random) -> list[Row]:
    """One paragraph as printed lines: whole, torn once or twice, or in a narrow column."""
    if width:
        cuts = _english_cuts(text, width) if style.english else _column_cuts(text, width)
    else:
        tears = rng.choice((1, 1, 2)) if rng.random() < style.tear and len(text) > 40 else 0
        inside = [n for n in range(8, len(text) - 4) if text[n - 1] not in "。！？”.!?"]
        cuts = sorted(rng.sample(inside, min(tears, len(inside))))
    pieces = [text[a:b].strip() for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    if style.english:
        pieces = _hyphenated(pieces, text, cuts)
    rows = [replace(first, text=pieces[0], full=_fills(pieces, 0, width, style))]
    rows += [
        replace(first, text=piece, kind="body", tied=True, torn=True, lead="", full=_fills(pieces, n, width, style))
        for n, piece in enumerate(pieces)
        if n and piece.strip(" -.")
    ]
    if not width and len(rows) > 1 and rng.random() < 0.1:
        rows[1:1] = [Row(first.story, heads.caption(rng, style.english), "caption", gap=rng.choice((1, 3)))]
    return rows


def _fills(pieces: Sequence[str], n: int, width: int, style: Style) -> bool:
    """The piece reaches the end of its column."""
    return width > 0 and (n + 1 < len(pieces) or len(pieces[n]) >= (0.85 * width if style.english else width - 1))


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


def _english_cuts(text: str, width: int) -> list[int]:
    """Line ends between words, now and then inside a long one."""
    cuts: list[int] = []
    while len(text) - (cuts[-1] if cuts else 0) > width:
        last = cuts[-1] if cuts else 0
        end = last + width
        space = text.rfind(" ", last + 1, end + 1)
        word = text[space + 1 : end + 8].split(" ")[0]
        fits = space > last and not (len(word) > 8 and end - space > 4 and word.isalpha() and end % 3 == 0)
        cuts.append(space + 1 if fits else end)
    return [cut for cut in cuts if cut < len(text)]


def _hyphenated(pieces: Sequence[str], text: str, cuts: Sequence[int]) -> list[str]:
    split = [text[cut - 1].isalpha() and text[cut].isalpha() for cut in cuts]
    return [piece + "-" * hyphen for piece, hyphen in zip(pieces, [*split, False], strict=True)]
