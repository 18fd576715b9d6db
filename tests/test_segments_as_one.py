"""Tables, postings, vectors and tokens of several segments against those of one: any pages in any segments."""

from __future__ import annotations

import itertools
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.vectors import Blocks, VectorIndex
from qa.archive.numbered import NumberedLexical, NumberedTokens, NumberedVectors
from qa.archive.relating import _moved
from qa.datatypes import Article, Page, Paragraph, Passage
from qa.errors import IndexDamaged
from qa.lexical import LexicalIndex, LexicalWriter
from qa.store import JoinedTables, Reading, write_tables
from qa.store.numbering import Numbering

SOURCES = [f"{name}.txt" for name in ("a", "b/c", "b", "丙", "乙", "甲", "Z", "é")]
WORDS = ["工会", "学校", "新桥", "鞋都", "灯会", "老街"]
Plan = list[tuple[int, int]]  # for each source: its segment, and how many passages it has

PLANS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=len(SOURCES))


def reading(source: str, count: int) -> Reading:
    texts = [f"{source}的第{n}段。" for n in range(count)]
    passages = tuple(Passage(text, ((n, n + 1),), source=source, number=n // 2) for n, text in enumerate(texts))
    articles = tuple(
        Article(source, f"{source}之{n}", (Paragraph("正文", ((0, 2),)),)) for n in range((count + 1) // 2)
    )
    page = Page(source, "".join(texts), f"/papers/{source}", "utf-8", f"{len(source)}{count}")
    twins = (f"twin of {source} 00ff",) if count % 2 else ()
    return Reading(page, source.encode(), twins, articles, passages)


def split(plan: Plan) -> list[list[Reading]]:
    """The readings of each segment, in order of source; segments without a page are left out."""
    made = sorted(
        ((segment, reading(source, count)) for source, (segment, count) in zip(SOURCES, plan, strict=False)),
        key=lambda pair: (pair[0], pair[1].page.source),
    )
    return [[one for _, one in group] for _, group in itertools.groupby(made, key=lambda pair: pair[0])]


@contextmanager
def joined(segments: Sequence[Sequence[Reading]]) -> Iterator[JoinedTables]:
    with TemporaryDirectory() as folder:
        files = [Path(folder, f"{number}.sqlite") for number in range(len(segments))]
        for file, readings in zip(files, segments, strict=True):
            write_tables(file, readings)
        tables = JoinedTables(files, Path(folder))
        try:
            yield tables
        finally:
            tables.close()


def as_one(segments: Sequence[Sequence[Reading]]) -> list[Reading]:
    return sorted(itertools.chain.from_iterable(segments), key=lambda one: one.page.source)


def expected_passages(readings: Sequence[Reading]) -> list[Passage]:
    """Of all pages in order of source, numbered through."""
    return [replace(p, id=row) for row, p in enumerate(itertools.chain.from_iterable(one.passages for one in readings))]


# --- tables -----------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(PLANS, st.data())
def test_tables_of_several_segments_read_like_one(plan: Plan, data: st.DataObject) -> None:
    segments = split(plan)
    readings = as_one(segments)
    wanted = expected_passages(readings)
    with joined(segments) as tables:
        assert tables.sources() == [one.page.source for one in readings]
        assert tables.passage_count == len(wanted) and tables.check() == "ok"
        assert list(tables.between(0, len(wanted) + 5)) == wanted
        first, last = data.draw(st.integers(0, len(wanted))), data.draw(st.integers(0, len(wanted)))
        assert list(tables.between(first, last)) == wanted[first:last]
        rows = data.draw(st.lists(st.integers(0, len(wanted) - 1), max_size=12)) if wanted else []
        assert tables.passages(rows) == [wanted[row] for row in rows]
        assert tables.articles() == [article for one in readings for article in one.articles]


@settings(max_examples=25, deadline=None)
@given(PLANS)
def test_every_page_is_found_in_its_segment(plan: Plan) -> None:
    segments = split(plan)
    readings = as_one(segments)
    wanted = expected_passages(readings)
    with joined(segments) as tables:
        for number, one in enumerate(readings):
            source = one.page.source
            assert tables.page(source) == one.page and tables.page_number(source) == number
            assert tables.of_source(source) == [passage for passage in wanted if passage.source == source]
            assert tables.span(source)[1] - tables.span(source)[0] == len(one.passages)
            assert tables.articles(source) == list(one.articles)
            assert tables.article(source, len(one.articles)) is None
            assert tables.twins_of(source) == [twin.rsplit(" ", 1)[0] for twin in one.twins]
        assert tables.stored() == {one.page.source: (one.page.path, one.page.sha256) for one in readings}
        assert tables.signatures() == {one.page.source: one.signature for one in readings}
        assert tables.twins() == {one.page.source: one.twins for one in readings}
        assert list(tables.stored()) == tables.sources()


@pytest.mark.parametrize("rows", [[3], [-1], [0, 2, 99], [2, 2**40]])
def test_rows_beyond_the_last_are_damage_and_named(rows: list[int]) -> None:
    with joined([[reading("a.txt", 2)], [reading("b.txt", 1)]]) as tables:
        missing = sorted({row for row in rows if not 0 <= row < 3})
        with pytest.raises(IndexDamaged, match="holds no passages") as told:
            tables.passages(rows)
        assert str(missing) in str(told.value)


def test_an_unknown_source_has_nothing() -> None:
    with joined([[reading("a.txt", 2)], [reading("b.txt", 1)]]) as tables:
        assert tables.page("c.txt") is None and tables.of_source("c.txt") == [] and tables.span("c.txt") == (0, 0)
        assert tables.articles("c.txt") == [] and tables.article("c.txt", 0) is None and tables.twins_of("c.txt") == []
        assert tables.page_number("c.txt") is None


def test_pages_that_do_not_add_up_to_the_passages_are_damage() -> None:
    with TemporaryDirectory() as folder:
        write_tables(Path(folder, "t"), [reading("a.txt", 3)])
        with sqlite3.connect(Path(folder, "t")) as database:
            database.execute("UPDATE pages SET passages = 2")
        database.close()
        tables = JoinedTables([Path(folder, "t")], Path(folder))
        with pytest.raises(IndexDamaged, match="holds 3 passages but its pages have 2"):
            _ = tables.numbering
        tables.close()


# --- rows of an update ------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(PLANS, st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)), st.integers(0, 3))
def test_rows_move_with_their_pages_and_those_of_other_pages_are_none(
    plan: Plan, gone: set[int], fresh: set[int], shift: int
) -> None:
    sources = SOURCES[: len(plan)]
    after = [one for number, one in enumerate(plan) if number not in gone]
    left = [source for number, source in enumerate(sources) if number not in gone]

    def numbered(names: Sequence[str], counts: Sequence[int]) -> Numbering:
        told = sorted(zip(names, counts, strict=True))
        firsts = itertools.accumulate((count for _, count in told), initial=0)
        return Numbering([[(n, first, c, i) for i, ((n, c), first) in enumerate(zip(told, firsts, strict=False))]])

    old = numbered(sources, [count for _, count in plan])
    new = numbered([*left, "0 new.txt"], [*(count for _, count in after), shift])
    again = {sources[number] for number in fresh if number < len(sources)}
    moved = _moved(old, new, again).tolist()
    told = [(source, n) for source in old.sources for n in range(plan[sources.index(source)][1])]
    for row, (source, n) in enumerate(told):
        stays = source in left and source not in again
        number = new.number(source)
        assert moved[row] == (int(new.rows[number]) + n if stays and number is not None else -1)
    assert len(moved) == len(told)


# --- postings, vectors and tokens -------------------------------------------------------------------------------------


def documents(plan: Plan) -> list[tuple[str, str, int]]:
    """Source and terms of every passage, in order of the rows, and the number of its page."""
    sources = sorted(SOURCES[: len(plan)])
    choose = random.Random(str(plan))
    found = []
    for page, source in enumerate(sources):
        for _ in range(plan[SOURCES.index(source)][1]):
            found.append((source, " ".join(choose.choices(WORDS, k=choose.randrange(1, 7))), page))
    return found


def ranked(rows: Any, scores: Any) -> list[tuple[int, float]]:
    return list(zip(rows.tolist(), np.round(scores.astype(float), 3).tolist(), strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_postings_of_several_segments_rank_like_one(seed: int, tmp_path: Path) -> None:
    """The statistics are those of the whole index, and names of rows and pages lead back to rows."""
    choose = random.Random(seed)
    plan = [(choose.randrange(4), choose.randrange(5)) for _ in SOURCES]
    told = documents(plan)
    numbers = {segment: 40 - 7 * segment for segment in range(4)}  # the numbers of segments need not rise
    with joined(split(plan)) as tables:
        numbering = tables.numbering
        used = [segment for segment in range(4) if any(one == segment for one, _ in plan)]
        for place, segment in enumerate(used):
            (tmp_path / str(segment)).mkdir()
            writer = LexicalWriter(tmp_path / str(segment))
            rows = numbering.to_rows(np.arange(numbering.starts[place], numbering.starts[place + 1]))
            for local, row in enumerate(rows.tolist()):
                _, terms, page = told[row]
                name = numbers[segment] * 2**32
                writer.add(name + local, name + int(numbering.numbers[page]), terms.split())
            writer.close()
        index = LexicalIndex(*(tmp_path / str(segment) for segment in used))
        several = NumberedLexical(numbering, index, [numbers[segment] for segment in used])
        (tmp_path / "one").mkdir()
        writer = LexicalWriter(tmp_path / "one")
        for row, (_, terms, page) in enumerate(told):
            writer.add(row, page, terms.split())
        writer.close()
        one = LexicalIndex(tmp_path / "one")
        assert len(several) == len(told)
        for query in (["工会"], ["学校", "灯会"], WORDS, ["没有"]):
            rows, scores = one.search(query, len(told))
            order = np.lexsort((rows, -scores.round(3)))
            assert ranked(*several.search(query, len(told))) == ranked(rows[order], scores[order])
            assert [row for row, _ in ranked(*several.search(query, 3))] == rows[order][:3].tolist()
            pages = [0, 2, 5]
            inside = {row for row in rows.tolist() if told[row][2] in pages}
            assert set(several.search(query, len(told), pages)[0].tolist()) == inside
            asked = choose.sample(range(len(told)), min(5, len(told)))
            assert several.score(query, asked).tolist() == one.score(query, asked).round(3).tolist()


@pytest.mark.parametrize("seed", range(4))
def test_vectors_and_tokens_are_those_of_their_rows(seed: int) -> None:
    choose = random.Random(seed)
    plan = [(choose.randrange(3), choose.randrange(4)) for _ in SOURCES]
    with joined(split(plan)) as tables:
        numbering, count = tables.numbering, tables.passage_count
        vectors = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float16)
        tokens = [np.full(row % 4, row, np.int32) for row in range(count)]
        blocks, ids = [], []
        for first, last in itertools.pairwise(numbering.starts.tolist()):
            rows = numbering.to_rows(np.arange(first, last))
            blocks.append(vectors[rows])
            own = [tokens[row] for row in rows.tolist()]
            flat = np.concatenate([*own, np.zeros(0, np.int32)]).astype(np.uint16)
            ids.append((flat, np.cumsum([0, *map(len, own)])))
        held = Blocks(blocks, 8)
        found = NumberedVectors(numbering, held, VectorIndex.of(held))
        asked = choose.sample(range(count), min(count, 6))
        assert np.array_equal(found.of(asked), vectors[asked].astype(np.float32)) and len(found) == count
        assert np.array_equal(found.rows(1, 3), vectors[1:3].astype(np.float32))
        query = vectors[asked[0]].astype(np.float32)
        exact = vectors.astype(np.float32) @ query
        rows, scores = found.search(query, 4)
        assert rows.tolist() == sorted(range(count), key=lambda row: (-round(float(exact[row]), 4), row))[:4]
        assert scores == pytest.approx(exact[rows], abs=1e-4)
        allowed = found.search(query, count, asked)[0].tolist()
        assert allowed == sorted(asked, key=lambda row: -exact[row])
        listed = NumberedTokens(numbering, ids)
        assert len(listed) == count
        assert [one.tolist() for one in listed.of(asked)] == [tokens[row].tolist() for row in asked]
        assert all(one.dtype == np.int32 for one in listed.of(asked))
