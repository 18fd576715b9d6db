"""Newspaper pages from real stories, with the faults of scanned pages in known places."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from qa.benchmark.articles import faults, heads
from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.kinds import any_story
from qa.benchmark.articles.rows import Row, Style, set_rows
from qa.datatypes import Page
from qa.text import squeeze

_CORNERS = str.maketrans("“”‘’", "「」『』")
_SENTENCE_ENDS = '。！？”!?."」'
_HALF = str.maketrans("，：；！？（）", ",:;!?()")


@dataclass(frozen=True)
class TrueArticle:
    """What the reconstruction should find. Lines count from 1; `lines` is the reading order, repeats last."""

    title: str
    byline: str
    section: str
    lines: tuple[int, ...]
    joins: frozenset[tuple[int, int]]
    repeats: frozenset[int]
    open: frozenset[tuple[int, int]] = frozenset()  # seams that nobody can tell, or inside a byline: never counted
    also: str = ""  # the line of the headline group that may as well be the title, "" for none


@dataclass(frozen=True)
class Sheet:
    page: Page
    articles: tuple[TrueArticle, ...]
    rows: tuple[Row, ...] = field(repr=False, default=())


def compose(name: str, sources: Sequence[Source], rng: random.Random, noise: float = 0.0) -> Sheet:
    """One page with a story for each of `sources`, `noise` of its characters misread."""
    style = Style.draw(rng, sources[0].english)
    stories = [any_story(i, source, style, rng) for i, source in enumerate(sources)]
    return render(name, _finish(stories, style, noise, rng), style)


def compose_twice(
    names: tuple[str, str], sources: Sequence[Source], rng: random.Random, noise: float = 0.0
) -> tuple[Sheet, Sheet]:
    """Two scans of one page: torn at other places, in another order, each with gaps and noise of its own."""
    style = Style.draw(rng, sources[0].english)
    other = replace(Style.draw(rng, sources[0].english), traditional=style.traditional)
    stories = [any_story(i, source, style, rng) for i, source in enumerate(sources)]
    again = [_reset(story, other, rng) for story in stories]
    if rng.random() < 0.3:
        rng.shuffle(again)
    if len(again) > 3 and rng.random() < 0.3:
        del again[rng.randrange(len(again))]
    return (
        render(names[0], _finish(stories, style, noise, rng), style),
        render(names[1], _finish(again, other, noise, rng), other),
    )


def _reset(story: Sequence[Row], style: Style, rng: random.Random) -> list[Row]:
    """The same story in another scan: paragraphs whole or torn anew, a few of them lost."""
    rows: list[Row] = []
    for part in dict.fromkeys(row.part for row in story):
        own = [row for row in story if row.part == part]
        if part < 0:
            rows.extend(replace(row, mark=row.mark if style.marks else "") for row in own if row.order < 5)
        elif rng.random() > 0.06:
            seam = " " if style.english else ""
            rows.extend(set_rows(own[0], seam.join(row.text for row in own), 0, style, rng))
    rows.extend(row for row in story if row.part < 0 and row.order >= 5 and row.kind in ("caption", "signature"))
    return [replace(row, order=n) for n, row in enumerate(rows)]


def _finish(stories: Sequence[Sequence[Row]], style: Style, noise: float, rng: random.Random) -> list[Row]:
    blocks = faults.scramble(stories, style, rng)
    if rng.random() < 0.35:
        lines = [Row(-1, text, "furniture") for text in heads.furniture(rng, style.english)]
        blocks.insert(rng.choice((0, 0, 0, len(blocks), rng.randint(0, len(blocks)))), lines)
    return faults.misread([row for block in blocks for row in block], noise, rng)


def render(name: str, rows: Sequence[Row], style: Style) -> Sheet:
    """The text of the page and the truth about its lines."""
    out: list[str] = ["", ""] if style.blank == "lines" else []
    number: list[int] = []
    for row in rows:
        tight = style.blank == "nowhere" or (style.blank == "paragraphs" and row.torn and row.part >= 0)
        out.extend([""] * (0 if tight else row.gap))
        text = printed(row.text, style)
        inset = "\u3000\u3000" if style.indent and row.part >= 0 and not row.torn else ""
        out.append(inset + row.mark + text + ("**" if row.mark == "**" else ""))
        number.append(len(out))
    page = Page(name, "\n".join(out) + "\n")
    stories = sorted({row.story for row in rows if row.story >= 0})
    return Sheet(page, tuple(_truth(rows, number, story, style) for story in stories), tuple(rows))


@functools.cache
def _to_traditional() -> Any:
    import opencc

    return opencc.OpenCC("s2t")


def printed(text: str, style: Style) -> str:
    if style.traditional:
        text = _to_traditional().convert(text).translate(_CORNERS)
    return text.translate(_HALF) if style.half else text


def _truth(rows: Sequence[Row], number: Sequence[int], story: int, style: Style) -> TrueArticle:
    placed = [(row.order, n, row) for n, row in zip(number, rows, strict=True) if row.story == story]
    own = sorted((entry for entry in placed if not entry[2].repeat), key=lambda entry: entry[:2])
    again = [n for _, n, row in placed if row.repeat]
    flow = [(n, row) for _, n, row in own if row.part >= 0]
    joins = {(a, b) for (a, one), (b, row) in pairwise(flow) if row.tied and one.part == row.part}
    unseen = {(a, b) for (a, one), (b, row) in pairwise(flow) if _is_open(one, row, style)} | _byline_seams(flow)
    bylines = [row.lead or row.text for kind in ("byline", "signature") for _, _, row in own if row.kind == kind]
    bylines += [row.lead for _, _, row in own if row.kind == "body" and row.lead]
    bylines = [text for text in bylines if "作者单位" not in text and "作者系" not in text]
    if not bylines and sum(len(row.text) for _, _, row in own if row.part >= 0) <= 400:
        bylines = [row.text for _, _, row in own if row.kind == "caption" and row.text.endswith("摄")][-1:]
    return TrueArticle(
        " ".join(printed(row.text, style) for _, _, row in own if row.kind == "headline:title"),
        printed(bylines[0], style) if bylines else "",
        next((printed(row.text, style) for _, _, row in own if row.kind == "section"), ""),
        (*(n for _, n, _ in own), *again),
        frozenset(joins - unseen),
        frozenset(again),
        frozenset(unseen),
        "" if style.marks else " ".join(printed(row.text, style) for _, _, row in own if row.also),
    )


def _is_open(one: Row, row: Row, style: Style) -> bool:
    """A sentence ends with a full line of a column, and neither indents nor blank lines show where paragraphs begin."""
    shown = style.indent or style.blank == "paragraphs"
    return not shown and one.full and row.order == one.order + 1 and one.text[-1:] in _SENTENCE_ENDS


def _byline_seams(flow: Sequence[tuple[int, Row]]) -> set[tuple[int, int]]:
    """Seams of a torn byline and the one between it and the text: a byline is no part of the first paragraph."""
    found: set[tuple[int, int]] = set()
    left, part = 0, -1  # letters of the byline still to come, and its paragraph
    for (a, one), (b, row) in pairwise(flow):
        if one.kind == "byline" and one.lead:
            left, part = len(squeeze(one.lead)), one.part
        left -= len(squeeze(one.text))
        if left >= -1 and one.part == row.part == part:
            found.add((a, b))
    return found
