"""Stories that are no plain report: interviews, poems, letters to the editor, items in brief under one label."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from qa.benchmark.articles import heads
from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.headlines import clauses, label
from qa.benchmark.articles.names import name, pen_name, town
from qa.benchmark.articles.rows import Row, Style, headline_rows, set_rows, story_rows

_FRAGMENT = re.compile("^[的了着过等和与及或是有把被将为]|[的了着和与及或在从对把被将为]$|报道$")  # no line of verse


def any_story(i: int, source: Source, style: Style, rng: random.Random) -> list[Row]:
    """The rows of story `i` in reading order: mostly a report, now and then one of the other kinds."""
    if source.english or rng.random() > style.kinds:
        return story_rows(i, source, style, rng)
    rows = rng.choice((_interview, _interview, _poem, _letter, _letter, _digest))(i, source, style, rng)
    return [replace(row, order=n) for n, row in enumerate(rows)]


def _paragraphs(source: Source, most: int) -> list[str]:
    return [text for kind, text in source.parts if kind == "body"][:most]


def _interview(i: int, source: Source, style: Style, rng: random.Random) -> list[Row]:
    """Questions and answers in turn, the speakers named by a word or a mark."""
    rows = headline_rows(i, source, style, rng, rng.choice((1, 2, 2)))
    rows += [Row(i, text, "byline") for text in heads.author_lines(rng)]
    asks, answers = rng.choice((("问", "答"), ("记者", name(rng)), ("Q", "A"), ("本报", pen_name(rng))))
    for part, text in enumerate(_paragraphs(source, 6)):
        asked = rng.choice([clause for clause in clauses(text) if len(clause) > 5] or [text[:12]])
        rows.append(Row(i, f"{asks}：{asked}？", "body", part=2 * part))
        rows += set_rows(Row(i, "", "body", part=2 * part + 1), f"{answers}：{text}", 0, style, rng)
    return rows


def _poem(i: int, source: Source, style: Style, rng: random.Random) -> list[Row]:
    """A title, a name and short lines without a full stop."""
    every = [clause for text in _paragraphs(source, 9) for clause in clauses(text) if 4 <= len(clause) <= 14]
    lines = [clause for clause in every if not _FRAGMENT.search(clause)]
    title = rng.choice(lines or [source.title])[:8]
    who = rng.choice((pen_name(rng), name(rng), f"□{name(rng)}"))
    rows = [Row(i, label(rng), "section")] if rng.random() < 0.5 else []
    rows += [Row(i, title, "headline:title", mark="#" * style.marks + " " * bool(style.marks)), Row(i, who, "byline")]
    return rows + [Row(i, line, "body", part=n, gap=0) for n, line in enumerate(lines[: rng.randint(5, 16)])]


def _letter(i: int, source: Source, style: Style, rng: random.Random) -> list[Row]:
    """To the editor, signed with the place and the name of a reader; an answer of the paper may follow."""
    rows = headline_rows(i, source, style, rng, 1)
    rows.append(Row(i, rng.choice(("编辑同志：", "编辑同志：", "编辑：", "尊敬的编辑：")), "body", part=0))
    for part, text in enumerate(_paragraphs(source, 2), 1):
        rows += set_rows(Row(i, "", "body", part=part), text, 0, style, rng)
    who = rng.choice(("市民", "读者", "居民", "学生家长", "村民", "职工"))
    place = f"{town(rng)}{rng.choice(('市', '', '老街', '花园小区', '东村'))}{who}"
    signed = rng.choice((f"{place} {name(rng)}", f"{who} {name(rng)}", f"({place} {name(rng)})"))
    rows.append(Row(i, signed, "signature"))
    rest = _paragraphs(source, 3)[2:] if rng.random() < 0.3 else []
    return rows + [Row(i, f"编者附言：{text}", "body", part=9) for text in rest]


def _digest(i: int, source: Source, style: Style, rng: random.Random) -> list[Row]:
    """Items in brief under one label, each opened by a sign."""
    sign = rng.choice("■●◆○▲")
    mark = "#" * style.marks + " " * bool(style.marks)
    rows = [Row(i, label(rng).strip("【】[]"), "headline:title", mark=mark)]
    sentences = [part for text in _paragraphs(source, 9) for part in text.split("。") if len(part) > 14]
    for part, text in enumerate(_chosen(sentences, rng)):
        signed = f"({name(rng)})" if rng.random() < 0.3 else ""
        item = Row(i, "", "body", part=part, lead=signed)
        rows += set_rows(item, f"{sign}{text}。{signed}", 0, replace(style, tear=0.0), rng)
    return rows


def _chosen(sentences: Sequence[str], rng: random.Random) -> Sequence[str]:
    return sentences[: rng.randint(2, 5)]
