"""Segments: an index of many answers like one of one, what has not changed stays where it is, a killed run goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.archive import Archive, building, planning, slices, workers
from qa.archive.numbered import steady
from qa.archive.planning import Job, Where
from qa.archive.segments import read
from qa.errors import IndexFolderError, InputError
from qa.store.numbering import Numbering
from tests.conftest import ROOT
from tests.papers import PAGES, PARAGRAPHS, copied
from tests.test_archive import QUESTIONS, contents


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of a few dozen passages, which are never joined for being small."""
    monkeypatch.setattr(planning, "SMALL", 0)
    monkeypatch.setattr(planning, "LARGEST", 24)
    monkeypatch.setenv("QA_WORKERS", "1")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return copied(tmp_path / "papers")


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Builds a corpus anew as one segment."""

    def build(corpus: Path, index: Path) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(planning, "LARGEST", 2**16)
            patch.setenv("QA_WORKERS", "1")
            with Archive.build([corpus], index) as archive:
                assert len(archive._parts.segments) == 1
                return contents(archive)

    yield build


def names(index: Path) -> list[str]:
    with Archive.open(index) as archive:
        return list(archive._parts.segments)


# --- the same answers -------------------------------------------------------------------------------------------------


def test_an_index_of_several_segments_answers_like_one_of_one(corpus: Path, tmp_path: Path, whole: Any) -> None:
    with Archive.build([corpus], tmp_path / "index") as archive:
        assert len(archive._parts.segments) >= 3
        assert contents(archive) == whole(corpus, tmp_path / "whole")
        assert archive.verify(deep=True) == []
        for source in archive.sources():
            rows = range(*archive._parts.tables.span(source))
            assert [passage.id for passage in archive.passages(source)] == list(rows)
            for mode in ("hybrid", "dense", "sparse"):
                hits = archive.search("工会服务职工", 30, mode=mode, sources=[source])
                assert hits and {hit.passage.source for hit in hits} == {source}


@pytest.mark.parametrize("seed", range(3))
def test_any_updates_of_segments_equal_building_from_nothing(
    tmp_path: Path, whole: Any, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "LARGEST", 6)
    choose, corpus, index, counts = random.Random(seed), tmp_path / "papers", tmp_path / "index", []
    corpus.mkdir()
    for round_ in range(7):
        for name in choose.sample([f"{letter}.txt" for letter in "甲乙丙丁戊己庚"], 2):
            (corpus / name).write_text("\n\n".join(choose.sample(PARAGRAPHS, 6)), encoding="utf-8")
        if round_ % 2:
            choose.choice(sorted(corpus.iterdir())).unlink()
        with Archive.build([corpus], index, prune=True) as archive:
            assert contents(archive) == whole(corpus, tmp_path / f"whole{round_}")
            counts.append(len(archive._parts.segments))
    assert max(counts) > 2


def test_copies_are_decided_again_when_a_page_makes_a_phrase_common(tmp_path: Path, whole: Any) -> None:
    """Every page holds the same long phrase: with enough of them it tells nothing any more, and later it does."""
    corpus, index, phrase = tmp_path / "papers", tmp_path / "index", PARAGRAPHS[0][:160]
    corpus.mkdir()
    for number in range(70):
        own = "".join(chr(0x4E00 + (number * 37 + i * 11) % 5000) for i in range(40))
        (corpus / f"{number:02d}.txt").write_text(f"{phrase}{own}。\n", encoding="utf-8")
        if number in (63, 64):
            with Archive.build([corpus], index) as archive:
                groups = archive._parts.tables.copies.copies.tolist()
                assert contents(archive) == whole(corpus, tmp_path / f"whole{number}")
                assert bool(groups) is (number <= 63)
    for number in range(10):
        (corpus / f"{number:02d}.txt").unlink()
    with Archive.build([corpus], index, prune=True) as archive:
        assert len(archive._parts.tables.copies.copies) > 50
        assert contents(archive) == whole(corpus, tmp_path / "fewer")


def test_inverted_files_of_old_segments_serve_a_page_more(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa.archive import lists

    monkeypatch.setattr(lists, "LARGE", 50)
    with Archive.build([corpus], tmp_path / "index") as archive:
        before = {path.name: path.stat().st_ino for path in (archive._parts.generation.folder / "lists").iterdir()}
        assert archive.status()["recall_at_10"] >= 0.98
    (corpus / "new.txt").write_text("# 新桥通车\n\n本报讯 连接两岸的新桥昨天通车,全长八百米。\n", encoding="utf-8")
    with Archive.build([corpus], tmp_path / "index") as archive:
        after = {path.name: path.stat().st_ino for path in (archive._parts.generation.folder / "lists").iterdir()}
        assert len(after) > len(before) and all(after[name] == before[name] for name in before)
        assert archive.search("新桥有多长", mode="dense")[0].passage.source == "new.txt"
        assert archive.verify(deep=True) == []
        monkeypatch.setattr(lists, "LARGE", 10**9)
        with Archive.build([corpus], tmp_path / "exact") as exact:
            for question in QUESTIONS:
                assert archive.search(question)[0].passage == exact.search(question)[0].passage
                found, best = archive.search(question, mode="dense"), exact.search(question, mode="dense")
                assert [hit.passage for hit in found] == [hit.passage for hit in best]


def test_a_large_index_is_searched_by_short_codes_and_grows_with_them(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from embeddings import codes, inverted
    from qa.archive import lists

    monkeypatch.setattr(lists, "LARGE", 50)
    monkeypatch.setattr(codes, "_FEWEST_TRAINED", 50)
    monkeypatch.setattr(inverted, "RANKED", 20)
    Archive.build([corpus], tmp_path / "index").close()
    (corpus / "new.txt").write_text("# 新桥通车\n\n本报讯 连接两岸的新桥昨天通车,全长八百米。\n", encoding="utf-8")
    with Archive.build([corpus], tmp_path / "index") as archive:
        status, described = archive.status(), archive._parts.generation.description["vectors"]
        assert status["vector_search"] == "short codes" and status["recall_at_10"] >= 0.98
        probed, lists_there = map(int, status["lists_probed"].split(" of "))
        assert 1 <= probed <= lists_there <= 64 and described["ranked"] >= 20
        assert status["memory_for_vectors"] == archive.passage_count * (status["dimensions"] // 8 + 8)
        assert archive._parts.vectors._index.ranked == described["ranked"]  # type: ignore[union-attr]
        assert archive.search("新桥有多长", mode="dense")[0].passage.source == "new.txt"
        assert archive.verify(deep=True) == []
        monkeypatch.setattr(lists, "LARGE", 10**9)
        with Archive.build([corpus], tmp_path / "exact") as exact:
            for question in QUESTIONS:
                assert archive.search(question)[0].passage == exact.search(question)[0].passage
                found, best = archive.search(question, mode="dense"), exact.search(question, mode="dense")
                assert [hit.passage for hit in found] == [hit.passage for hit in best]


# --- what has not changed ---------------------------------------------------------------------------------------------


def test_a_page_more_leaves_the_files_of_other_segments_alone(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    Archive.build([corpus], index).close()
    before = {(path.parent.name, path.name): path.stat().st_ino for path in index.glob("gen-00000001/s*/*.npy")}
    (corpus / "zz.txt").write_text("# 新桥通车\n\n本报讯 连接两岸的新桥昨天通车,全长八百米。\n", encoding="utf-8")
    Archive.build([corpus], index).close()
    after = {(path.parent.name, path.name): path.stat().st_ino for path in index.glob("gen-00000002/s*/*.npy")}
    assert set(before) < set(after) and all(after[name] == before[name] for name in before)


def test_only_the_segment_of_a_changed_page_is_written_again(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    Archive.build([corpus], index).close()
    before = names(index)
    (corpus / PAGES[2].name).write_text(PARAGRAPHS[-1], encoding="utf-8")
    Archive.build([corpus], index).close()
    assert len(set(before) & set(names(index))) == len(before) - 1
    assert max(names(index)) > max(before)


def test_small_segments_are_joined_and_numbers_never_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "SMALL", 2_500)
    monkeypatch.setattr(planning, "LARGEST", 2**16)
    corpus, seen = tmp_path / "papers", set()
    corpus.mkdir()
    for number in range(4):
        (corpus / f"{number}.txt").write_text(PARAGRAPHS[number], encoding="utf-8")
        Archive.build([corpus], tmp_path / "index").close()
        (name,) = names(tmp_path / "index")
        seen.add(name)
    assert len(seen) == 4


def test_many_single_pages_make_few_segments(tmp_path: Path) -> None:
    corpus = tmp_path / "papers"
    corpus.mkdir()
    for number in range(24):
        (corpus / f"{number:02d}.txt").write_text(PARAGRAPHS[number % len(PARAGRAPHS)], encoding="utf-8")
        Archive.build([corpus], tmp_path / "index").close()
    with Archive.open(tmp_path / "index") as archive:
        assert 1 < len(archive._parts.segments) < 12 and archive.verify(deep=True) == []


# --- killed runs ------------------------------------------------------------------------------------------------------


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources that are read."""
    seen: list[str] = []

    def watched(page: Any, *rest: Any) -> Any:
        seen.append(page.source)
        return read(page, *rest)

    monkeypatch.setattr(slices, "read", watched)
    return seen


def test_a_killed_run_goes_on_with_the_segments_it_had_finished(
    corpus: Path, tmp_path: Path, written: list[str], whole: Any
) -> None:
    index = tmp_path / "index"

    def kill(done: int, of: int) -> None:
        if len(written) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Archive.build([corpus], index, progress=kill)
    assert list(index.glob("part-*")) and not list(index.glob("gen-*"))
    before = list(written)
    reported: list[tuple[int, int]] = []
    with Archive.build([corpus], index, progress=lambda *told: reported.append(told)) as archive:
        again = written[len(before) :]
        assert reported[-1] == (archive.passage_count,) * 2
        assert len(again) < 5 and set(before) | set(again) == set(archive.sources())
        assert contents(archive) == whole(corpus, tmp_path / "whole")
    assert not list(index.glob("part-*"))


def test_a_damaged_part_is_written_again(corpus: Path, tmp_path: Path, written: list[str]) -> None:
    index = tmp_path / "index"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "relate", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            Archive.build([corpus], index)
    first, *others = sorted(index.glob("part-*"))
    assert others
    with (first / "whole" / "vectors.npy").open("r+b") as file:
        file.seek(-5, os.SEEK_END)
        file.write(b"\xff")
    written.clear()
    with Archive.build([corpus], index) as archive:
        assert 0 < len(written) < 5 and archive.verify(deep=True) == []


def test_parts_of_another_run_are_not_taken(corpus: Path, tmp_path: Path, written: list[str]) -> None:
    index = tmp_path / "index"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "relate", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            Archive.build([corpus], index)
    changed = corpus / PAGES[-1].name
    changed.write_text(PARAGRAPHS[-1] + "\n\n" + PARAGRAPHS[3], encoding="utf-8")
    written.clear()
    with Archive.build([corpus], index) as archive:
        assert changed.name in written and archive.page(changed.name).text.startswith(PARAGRAPHS[-1][:20])
        assert archive.verify(deep=True) == []


# --- several processes ------------------------------------------------------------------------------------------------


def test_several_processes_write_what_one_writes(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: Any
) -> None:
    monkeypatch.setenv("QA_WORKERS", "2")
    steps: list[tuple[int, int]] = []
    with Archive.build([corpus], tmp_path / "index", progress=lambda *step: steps.append(step)) as archive:
        assert len(archive._parts.segments) >= 2
        assert steps[-1] == (archive.passage_count, archive.passage_count)
        assert [done for done, _ in steps] == sorted(done for done, _ in steps)
        assert contents(archive) == whole(corpus, tmp_path / "whole")
        assert archive.verify(deep=True) == []


def task(folder: Path, *pages: Path, sha: str = "") -> tuple[Path, int, list[Job]]:
    plan = planning.make_plan(list(pages), folder / "index", None, False)
    wheres = [Where(source, one.path, sha or one.sha256, "") for source, one in plan.fresh.items()]
    return folder, 1, [Job(w, plan.fresh[w.source].signature.hex(), (), 9) for w in wheres]


def test_a_file_that_changes_meanwhile_is_one_sentence(tmp_path: Path, seeds_archive: Archive) -> None:
    with pytest.raises(InputError, match="has changed while it was being indexed; run the command again"):
        workers.run([task(tmp_path, PAGES[2], sha="0" * 64)], seeds_archive.encoder, lambda n: None)


def test_a_process_that_dies_is_one_sentence_and_ends_the_others(
    tmp_path: Path, seeds_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, began = [], time.monotonic()
    start = workers._started

    def killed(one: Any, encoder: Any, running: Any) -> Any:
        process = start(one, encoder, running)
        started.append(process)
        if len(started) == 1:
            process.send_signal(signal.SIGKILL)
        return process

    monkeypatch.setattr(workers, "_started", killed)
    monkeypatch.setenv("QA_WORKERS", "2")
    tasks = []
    for name, page in (("a", PAGES[2]), ("b", PAGES[3])):
        (tmp_path / name).mkdir()
        tasks.append(task(tmp_path / name, page))
    with pytest.raises(IndexFolderError, match=r"ended early.*QA_WORKERS=1"):
        workers.run(tasks, seeds_archive.encoder, lambda n: None)
    assert all(process.poll() is not None for process in started) and time.monotonic() - began < 60


def test_a_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    code = "import sys, time; from qa.archive import workers; workers._end_with_parent(); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, cwd=ROOT)
    assert process.stdin
    process.stdin.close()
    assert process.wait(timeout=60) == 1


@pytest.mark.parametrize(("setting", "expected"), [("3", 3), ("0", None), ("many", None), ("", None)])
def test_the_number_of_processes_can_be_set(
    monkeypatch: pytest.MonkeyPatch, setting: str, expected: int | None
) -> None:
    monkeypatch.setenv("QA_WORKERS", setting)
    assert workers.usable_cores() == (expected or len(os.sched_getaffinity(0)))


# --- numbers ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.integers(0, 4), max_size=5), max_size=4), st.randoms())
@settings(max_examples=60, deadline=None)
def test_rows_and_positions_lead_to_each_other(segments: list[list[int]], choose: random.Random) -> None:
    sources = [f"{n:02d}.txt" for n in range(sum(map(len, segments)))]
    choose.shuffle(sources)
    places, expected = [], {}
    for counts in segments:
        own, first, told = sorted(sources[: len(counts)]), 0, []
        sources = sources[len(counts) :]
        for number, (source, count) in enumerate(zip(own, counts, strict=True)):
            told.append((source, first, count, number))
            for i in range(count):
                expected[len(expected)] = (source, i)
            first += count
        places.append(told)
    numbering = Numbering(places)
    by_row = sorted(expected.values())
    assert len(numbering) == len(by_row)
    rows = numbering.to_rows(np.arange(len(by_row)))
    assert [by_row[row] for row in rows.tolist()] == list(expected.values())
    assert numbering.to_positions(rows).tolist() == list(range(len(by_row)))
    pages = numbering.page_of(np.arange(len(by_row)))
    assert [numbering.sources[page] for page in pages.tolist()] == [source for source, _ in by_row]


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(1, 20), st.randoms())
@settings(max_examples=80, deadline=None)
def test_ties_are_broken_by_row_however_they_are_found(values: list[int], k: int, choose: random.Random) -> None:
    rows = list(range(len(values)))

    def find(wide: int) -> Any:
        order = sorted(rows, key=lambda row: (-values[row], choose.random()))[:wide]
        return np.array(order, np.int64), np.array([values[row] for row in order], np.float32)

    found, scores = steady(find, k, 3)
    wanted = sorted(rows, key=lambda row: (-values[row], row))[:k]
    assert found.tolist() == wanted and scores.tolist() == [values[row] for row in wanted]
