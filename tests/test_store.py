"""The parts of the index folder: tables, vector cache, refusals and repair."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.datatypes import Article, Fact, Page, Paragraph, Passage, Witness
from qa.errors import IndexDamaged, IndexFolderError, IndexVersion, NoIndex
from qa.store import (
    FORMAT,
    JoinedTables,
    Reading,
    Tables,
    TableWriter,
    VectorCache,
    files,
    open_current,
    publish,
    repair,
    write_copies,
    write_tables,
    writing,
)
from qa.store.records import article_record, parse_article, parse_passage, passage_record

NASTY = "引号\"'、换行\n、制表\t、\\反斜杠、NUL\0、表情😀、右至左\u202e、替代\ufffd、%s、?、');DROP TABLE pages;--"


def reading(source: str, texts: Sequence[str]) -> Reading:
    page = Page(source, "\n".join(texts), f"/papers/{source}", "gb18030", "ab" * 32, 3)
    passages, start = [], 0
    for text in texts:
        span = (start, start + len(text))
        passages.append(Passage(text, (span,), -1, source, "标题", "栏目 标题", 0, (1, 2)))
        start += len(text) + 1
    paragraphs = (Paragraph("标题", ((0, 2),), "headline"), Paragraph(NASTY, ((3, 9), (12, 14))))
    facts = (Fact("reporter", "某某", 3, 0.75),)
    article = Article(source, "标题", paragraphs, "栏目", "记者 某某", ((20, 30),), facts)
    return Reading(page, bytes(768), (f"twin of {source} 00ff",), (article,), tuple(passages))


READINGS = [reading("a.txt", ["第一段。", NASTY]), reading("b/空.txt", []), reading("c.txt", ["甲", "乙", "丙"])]


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[JoinedTables]:
    write_tables(tmp_path / "pages.sqlite", READINGS)
    write_copies(tmp_path, [[3, 0, 4]], {2: [1, 0], 3: [0, 1]})
    opened = JoinedTables([tmp_path / "pages.sqlite"], tmp_path)
    yield opened
    opened.close()


# --- tables -----------------------------------------------------------------------------------------------------------


def test_what_was_read_comes_back_as_it_went_in(tables: JoinedTables) -> None:
    for original in READINGS:
        source = original.page.source
        assert tables.page(source) == original.page
        assert tuple(tables.articles(source)) == original.articles
        assert tuple(replace(passage, id=-1) for passage in tables.of_source(source)) == original.passages
        assert (tables.signatures()[source], tables.twins()[source]) == (original.signature, original.twins)


def test_pages_taken_over_are_those_written_anew(tmp_path: Path) -> None:
    changed = reading("b/空.txt", ["新的", "更新的"])
    write_tables(tmp_path / "old", READINGS)
    write_tables(tmp_path / "fresh", [READINGS[0], changed, READINGS[2]])
    old = Tables(tmp_path / "old")
    with TableWriter(tmp_path / "mixed") as writer:
        writer.take_over(old, "a.txt")
        writer.add(changed)
        writer.take_over(old, "c.txt")
        writer.close()
        assert (writer.pages, writer.articles, writer.passages) == (3, 3, 7)
    mixed, fresh = Tables(tmp_path / "mixed"), Tables(tmp_path / "fresh")
    for name in ("pages", "articles", "passages"):
        assert mixed._all(f"SELECT * FROM {name} ORDER BY 1, 2") == fresh._all(f"SELECT * FROM {name} ORDER BY 1, 2")
    for one in (old, mixed, fresh):
        one.close()


def test_passages_are_numbered_from_zero_in_order_of_page_and_text(tables: JoinedTables) -> None:
    assert [passage.text for passage in tables.between(0, 99)] == ["第一段。", NASTY, "甲", "乙", "丙"]
    assert [passage.id for passage in tables.between(1, 4)] == [1, 2, 3]
    assert [tables.span(source) for source in tables.sources()] == [(0, 2), (2, 2), (2, 5)]
    assert (tables.passage_count, tables.article_count) == (5, 3)


def test_passages_come_in_the_order_asked_for(tables: JoinedTables) -> None:
    assert [passage.text for passage in tables.passages([4, 0, 2])] == ["丙", "第一段。", "甲"]
    assert tables.passages([]) == []


def test_the_best_witness_names_its_copies_and_a_copy_its_best_witness(tables: JoinedTables) -> None:
    first, best, last = tables.with_witnesses(tables.passages([0, 3, 4]))
    assert [witness.quote for witness in best.also_in] == ["第一段。", "丙", NASTY]
    assert first.also_in == last.also_in == (Witness("c.txt", (1, 2), ((2, 3),), "乙"),)
    assert tables.keepers([0, 1, 2, 3, 4]) == {0: 3, 3: 3, 4: 3}


def test_better_witnesses_of_a_copy_are_its_keeper_and_what_overlaps_it(tmp_path: Path) -> None:
    write_tables(tmp_path / "t", READINGS)
    write_copies(tmp_path, [[3, 0, 4]], {0: [2, 4], 1: [0], 3: [0]})
    tables = JoinedTables([tmp_path / "t"], tmp_path)
    assert tables.betters(range(5)) == {0: {3, 2}, 4: {3}}
    assert tables.betters([1, 2, 3]) == {}
    tables.close()


def test_passages_of_other_scans_that_overlap_are_witnesses_too(tables: JoinedTables) -> None:
    lone, other = tables.with_witnesses(tables.passages([2, 1]))
    assert [witness.quote for witness in lone.also_in] == [NASTY, "第一段。"]
    assert other.also_in == ()


def test_an_unknown_source_or_article_is_none(tables: JoinedTables) -> None:
    assert tables.page("x.txt") is None and tables.article("a.txt", 5) is None and tables.article("x", 0) is None
    assert tables.span("x.txt") == (0, 0) and tables.page_number("x.txt") is None
    assert tables.articles("x.txt") == [] and tables.of_source("x.txt") == []


def test_undecodable_paths_survive(tmp_path: Path) -> None:
    path = os.fsdecode(b"/papers/\xff\xfe.txt")
    odd = reading("odd.txt", ["甲"])
    write_tables(tmp_path / "t", [replace(odd, page=replace(odd.page, path=path))])
    tables = Tables(tmp_path / "t")
    assert tables.stored() == {"odd.txt": (path, "ab" * 32)}
    tables.close()


def test_every_thread_reads_with_a_connection_of_its_own(tables: JoinedTables) -> None:
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(tables.sources())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [["a.txt", "b/空.txt", "c.txt"]] * 8


def test_the_tables_are_opened_so_that_nothing_can_write_them(tables: JoinedTables) -> None:
    database = tables.segments[0]._database
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        database.execute("DELETE FROM pages")
    assert database.execute("PRAGMA trusted_schema").fetchone() == (0,)
    assert database.execute("PRAGMA cell_size_check").fetchone() == (1,)
    assert tables.check() == "ok"


def test_a_folder_name_with_question_marks_and_hashes_is_no_uri(tmp_path: Path) -> None:
    folder = tmp_path / "a?mode=rw#b%20c"
    folder.mkdir()
    write_tables(folder / "t", READINGS)
    tables = Tables(folder / "t")
    assert tables.passage_count == 5
    tables.close()


@given(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.tuples(st.integers(0), st.integers(0))))
def test_records_keep_any_text_and_spans(text: str, spans: list[tuple[int, int]]) -> None:
    passage = Passage(text, tuple(spans), 7, "s", text, text, 2, (3, 4))
    assert parse_passage(7, "s", 2, passage_record(passage)) == passage
    article = Article("s", text, (Paragraph(text, tuple(spans), "caption"),), text, text, tuple(spans))
    assert parse_article("s", article_record(article)) == article


# --- the vector cache -------------------------------------------------------------------------------------------------


class Counting:
    """An encoder that counts the texts it has seen."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        self.seen += texts
        return np.array([[len(text), hash(text) % 97] for text in texts], np.float32)


def test_a_text_is_encoded_once_and_comes_back_the_same(tmp_path: Path) -> None:
    encode = Counting()
    with VectorCache(tmp_path / "cache.sqlite", "model", 2) as cache:
        first = cache.encode(["甲", "乙乙"], encode)
    with VectorCache(tmp_path / "cache.sqlite", "model", 2) as cache:
        second = cache.encode(["乙乙", "丙", "甲"], encode)
    assert encode.seen == ["甲", "乙乙", "丙"]
    assert np.array_equal(second[[2, 0]], first) and second.dtype == np.float32


def test_a_vector_is_the_same_whether_it_was_computed_now_or_before(tmp_path: Path) -> None:
    numbers = np.random.default_rng(3).normal(size=(5, 64)).astype(np.float32)
    texts = [str(i) for i in range(5)]
    with VectorCache(tmp_path / "cache.sqlite", "model", 64) as cache:
        now = cache.encode(texts, lambda asked: numbers[[int(text) for text in asked]])
        before = cache.encode(texts, lambda asked: numbers[:0])
    assert np.array_equal(now, before) and now == pytest.approx(numbers, rel=1e-3)


def test_another_model_shares_nothing(tmp_path: Path) -> None:
    encode = Counting()
    for model in ("one", "two"):
        with VectorCache(tmp_path / "cache.sqlite", model, 2) as cache:
            cache.encode(["甲"], encode)
    assert encode.seen == ["甲", "甲"]


def test_a_vector_that_was_damaged_on_disk_is_encoded_again(tmp_path: Path) -> None:
    encode = Counting()
    with VectorCache(tmp_path / "cache.sqlite", "model", 2) as cache:
        first = cache.encode(["甲", "乙"], encode)
    database = sqlite3.connect(tmp_path / "cache.sqlite")
    database.execute("UPDATE vectors SET vector = x'003c0040'")
    database.commit()
    database.close()
    with VectorCache(tmp_path / "cache.sqlite", "model", 2) as cache:
        assert np.array_equal(cache.encode(["甲", "乙"], encode), first)
    assert encode.seen == ["甲", "乙", "甲", "乙"]


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100, b"SQLite format 3\0" + bytes(4000)])
def test_a_cache_file_that_is_none_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cache.sqlite").write_bytes(content)
    with VectorCache(tmp_path / "cache.sqlite", "model", 2) as cache:
        assert cache.encode(["甲"], Counting()).shape == (1, 2)


def test_what_is_no_longer_used_is_forgotten(tmp_path: Path) -> None:
    encode = Counting()
    with VectorCache(tmp_path / "cache.sqlite", "model", 2) as cache:
        cache.encode(["甲", "乙"], encode)
        cache.keep_only(["乙", "乙"])
        cache.encode(["甲", "乙"], encode)
    assert encode.seen == ["甲", "乙", "甲"]


# --- refusals and repair ----------------------------------------------------------------------------------------------


def commit(index: Path, label: str) -> None:
    def fill(folder: Path) -> dict[str, Any]:
        files.write(folder / "data", label.encode() * 100)
        return {"label": label}

    with writing(index):
        publish(index, fill)


def test_no_folder_and_an_empty_folder_are_no_index_and_the_cure_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "missing", tmp_path / "empty"):
        with pytest.raises(NoIndex, match=r"no index in .*python -m qa index PATH"):
            open_current(folder)


def test_a_folder_that_is_something_else_is_refused_for_reading_and_writing(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("years of work")
    for attempt in (lambda: open_current(tmp_path), lambda: commit(tmp_path, "x")):
        with pytest.raises(NoIndex, match=r"thesis\.doc; name another folder"):
            attempt()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thesis.doc"]


def test_a_file_where_a_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("x")
    for attempt in (lambda: open_current(tmp_path / "index"), lambda: commit(tmp_path / "index", "x")):
        with pytest.raises(NoIndex, match="no folder but a file"):
            attempt()


def rewrite(index: Path, change: dict[str, Any]) -> None:
    """CURRENT with other fields and a right checksum, as another program version would write it."""
    pointer = json.loads((index / "CURRENT").read_bytes().split(b"\n")[0]) | change
    line = json.dumps(pointer).encode()
    (index / "CURRENT").write_bytes(line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n")


def test_an_index_of_another_format_is_refused_naming_both_formats_and_the_cure(tmp_path: Path) -> None:
    commit(tmp_path / "index", "x")
    rewrite(tmp_path / "index", {"format": FORMAT + 1})
    for attempt in (lambda: open_current(tmp_path / "index"), lambda: commit(tmp_path / "index", "y")):
        with pytest.raises(
            IndexVersion, match=rf"format {FORMAT + 1}, and this program reads format {FORMAT}.*--rebuild"
        ):
            attempt()


def test_a_pointer_that_is_well_formed_but_senseless_is_damage(tmp_path: Path) -> None:
    commit(tmp_path / "index", "x")
    rewrite(tmp_path / "index", {"generation": "last"})
    with pytest.raises(IndexDamaged, match="CURRENT"):
        open_current(tmp_path / "index")
    rewrite(tmp_path / "index", {"generation": 7})
    with pytest.raises(IndexDamaged, match="gen-00000007"):
        open_current(tmp_path / "index")


def test_repair_goes_back_to_the_newest_whole_generation_and_says_so(tmp_path: Path) -> None:
    index = tmp_path / "index"
    for label in ("old", "new"):
        commit(index, label)
    assert "whole" in repair(index)
    (index / "gen-00000002" / "data").write_text("rubbish")
    with pytest.raises(IndexDamaged, match="python -m qa repair"):
        open_current(index)
    assert "back at generation 1" in repair(index)
    generation = open_current(index)
    assert generation.description == {"label": "old"}
    generation.close()
    commit(index, "newer")
    assert repair(index) == f"{index} is whole; generation 2 stays current."


def test_repair_works_when_the_pointer_itself_is_lost(tmp_path: Path) -> None:
    index = tmp_path / "index"
    for label in ("old", "new"):
        commit(index, label)
    (index / "CURRENT").unlink()
    with pytest.raises(IndexDamaged, match="CURRENT is missing"):
        open_current(index)
    with pytest.raises(IndexDamaged, match="CURRENT is missing"):
        commit(index, "newer")
    assert "back at generation 2" in repair(index)


def test_repair_gives_up_when_no_generation_is_whole(tmp_path: Path) -> None:
    index = tmp_path / "index"
    commit(index, "x")
    (index / "gen-00000001" / "data").unlink()
    with pytest.raises(IndexDamaged, match=r"No generation .* is whole; .*--rebuild"):
        repair(index)


def test_a_folder_that_cannot_be_written_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(IndexFolderError, match="index cannot be written: Permission denied"):
        commit(tmp_path / "index", "x")


def test_repair_is_a_command_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from qa.store.__main__ import main

    index = tmp_path / "index"
    for label in ("old", "new"):
        commit(index, label)
    assert main([str(index)]) == 0 and "whole" in capsys.readouterr().out
    (index / "gen-00000002" / "data").unlink()
    assert main([str(index)]) == 0 and "back at generation 1" in capsys.readouterr().out
    assert main([str(tmp_path / "nothing")]) == 1 and "There is no index" in capsys.readouterr().err
    assert main([]) == main(["--help"]) == 2 and "python -m qa.store INDEX" in capsys.readouterr().err
