"""Large segments are written slice by slice: a killed run does one slice again, and the result is the same."""

from __future__ import annotations

import itertools
import random
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa.archive import Archive, finished, planning, slices
from qa.archive.parts import LEXICAL, TABLES
from qa.archive.planning import PER_PASSAGE, Job, Where
from qa.archive.segments import GRAMS, read
from qa.lexical import LexicalIndex, join_lexical, write_lexical
from qa.store import Reading, Tables, TableWriter, files, join_tables, next_numbers
from qa.text import terms
from tests.conftest import ROOT
from tests.test_archive import contents
from tests.test_segments import PARAGRAPHS
from tests.test_segments_as_one import reading

ARRAYS = ("vectors.npy", "statistics.npy", "grams.npy", "tokens.npy", "token_starts.npy")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(20):
        text = "\n\n".join(PARAGRAPHS[number % len(PARAGRAPHS) :][: 1 + number % 3])
        (folder / f"{number:02d}.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_WORKERS", "1")


def build(corpus: Path, index: Path, sliced: int) -> Any:
    """What an index holds that was built with so many passages as the least that is sliced."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "SLICED", sliced)
        with Archive.build([corpus], index) as archive:
            assert archive._parts.segments == ["s00000001"] and archive.verify(deep=True) == []
            return contents(archive)


def records(path: Path) -> list[list[Any]]:
    database = sqlite3.connect(path)
    found = [database.execute(f"SELECT * FROM {table}").fetchall() for table in ("pages", "articles", "passages")]
    return [*found, database.execute("SELECT * FROM counted").fetchall()]


# --- the same segment -------------------------------------------------------------------------------------------------


def test_a_segment_written_in_slices_is_the_one_written_at_once(corpus: Path, tmp_path: Path) -> None:
    assert build(corpus, tmp_path / "sliced", 2) == build(corpus, tmp_path / "once", 2**13)
    one, other = (tmp_path / name / "gen-00000001" / "s00000001" for name in ("sliced", "once"))
    assert records(one / TABLES) == records(other / TABLES)
    for name in ARRAYS:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_eight_slices_leave_one_list_of_postings(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "index", 2)
    lexical = tmp_path / "index" / "gen-00000001" / "s00000001" / LEXICAL
    assert sorted(path.suffix for path in lexical.iterdir() if path.suffix != ".json").count(".idx") == 1
    assert not list(lexical.glob("*.lock"))


def job(number: int, characters: int) -> Job:
    return Job(Where(f"{number:04}", "", "", ""), "00", (), characters)


def test_small_segments_are_one_slice_and_large_ones_eight_of_about_equal_length() -> None:
    jobs = [job(n, random.Random(n).randrange(2_000, 9_000)) for n in range(900)]
    found = slices.sliced(jobs)
    sizes = np.array([sum(one.characters for one in part) for part in found])
    assert len(found) == 8 and [one for part in found for one in part] == jobs
    assert np.ptp(sizes) < 2 * 9_000 and sizes.max() <= planning.LARGEST * PER_PASSAGE / 8
    few = jobs[: slices.SLICED * PER_PASSAGE // 9_000]
    assert slices.sliced(few) == [tuple(few)] and slices.sliced([]) == [()]


# --- killed runs ------------------------------------------------------------------------------------------------------

RUN = """
import os, signal, sys
from qa.archive import Archive, slices, workers
corpus, index, seen, where, count = sys.argv[1:]
slices.SLICED = 2
left = int(count)
def watched(name, function):
    def call(*values):
        global left
        left -= name == where
        if name == "read":
            with open(seen, "a") as file:
                print(values[0].source, file=file)
        if name == where and left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*values)
    setattr(slices, name, call)
for name in ("read", "complete", "join"):
    watched(name, getattr(slices, name))
Archive.build([corpus], index).close()
"""


def run(corpus: Path, index: Path, seen: Path, where: str, count: int) -> int:
    command = [sys.executable, "-c", RUN, str(corpus), str(index), str(seen), where, str(count)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def test_a_killed_run_does_one_slice_again_at_most(corpus: Path, tmp_path: Path) -> None:
    index, seen, choose = tmp_path / "index", tmp_path / "seen", random.Random(1)
    stops = [("read", choose.randrange(2, 8)), ("complete", 1), ("read", choose.randrange(1, 5)), ("join", 0)]
    for stop in [*stops, ("complete", 0)]:
        assert run(corpus, index, seen, *stop) == -9
    assert not list(index.glob("gen-*"))
    assert run(corpus, index, seen, "never", 0) == 0
    read = seen.read_text(encoding="utf-8").split()
    jobs = [job(n, (corpus / f"{n:02d}.txt").stat().st_size) for n in range(20)]
    longest = max(len(part) for part in planning.parted(jobs, 8)) + 1
    assert len(set(read)) == 20 and len(read) <= 20 + 3 * longest  # three of the five kills fell into a slice
    with Archive.open(index) as archive:
        assert archive.verify(deep=True) == []
        assert contents(archive) == build(corpus, tmp_path / "other", 2**13)
    assert not list(index.glob("part-*"))


def interrupted(corpus: Path, index: Path, count: int) -> list[str]:
    """Builds until so many pages are read; returns those."""
    seen: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "SLICED", 2)
        patch.setattr(slices, "read", _stopping(seen, count))
        try:
            Archive.build([corpus], index).close()
        except KeyboardInterrupt:
            return seen
    return seen


def _stopping(seen: list[str], count: int) -> Any:
    def reading(page: Any, *rest: Any) -> Reading:
        if len(seen) == count:
            raise KeyboardInterrupt
        seen.append(page.source)
        return read(page, *rest)

    return reading


def test_a_damaged_slice_is_written_again_and_no_other(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    first = interrupted(corpus, index, 15)
    whole = sorted(index.glob("part-*/slices/*/PART.json"))
    assert len(whole) >= 4
    damaged = whole[2].parent
    held = [source for source, *_ in Tables(damaged / TABLES).places]
    with (damaged / GRAMS).open("r+b") as file:
        file.seek(-3, 2)
        file.write(b"\xee")
    done = {source for folder in whole for source, *_ in Tables(folder.parent / TABLES).places}
    again = interrupted(corpus, index, 99)
    assert set(again) == {f"{n:02d}.txt" for n in range(20)} - done | set(held)
    assert set(first) | set(again) == {f"{n:02d}.txt" for n in range(20)}
    with Archive.open(index) as archive:
        assert archive.verify(deep=True) == []


def test_progress_of_a_run_that_goes_on_counts_what_was_there(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    interrupted(corpus, index, 15)
    steps: list[tuple[int, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "SLICED", 2)
        with Archive.build([corpus], index, progress=lambda *step: steps.append(step)) as archive:
            assert steps[-1] == (archive.passage_count, archive.passage_count)
    assert steps == sorted(steps) and len(steps) > 4


# --- joining ----------------------------------------------------------------------------------------------------------


def tables(path: Path, sources: Sequence[str], page: int = 0, passage: int = 0) -> Path:
    with TableWriter(path, page, passage) as writer:
        for source in sources:
            writer.add(reading(source, len(source)))
        writer.close()
    return path


def test_joined_tables_are_those_written_at_once(tmp_path: Path) -> None:
    names = ["a", "bb", "ccc", "dddd", "e"]
    first = tables(tmp_path / "1", names[:2])
    second = tables(tmp_path / "2", names[2:4], *next_numbers(first))
    third = tables(tmp_path / "3", names[4:], *next_numbers(second))
    join_tables([first, second, third], tmp_path / "joined")
    assert records(tmp_path / "joined") == records(tables(tmp_path / "once", names))
    assert next_numbers(tmp_path / "joined") == (5, 11)
    assert Tables(tmp_path / "joined").check() == "ok"
    assert next_numbers(tables(tmp_path / "none", [])) == (0, 0)


@pytest.mark.parametrize("count", [1, 3, 8, 11])
def test_joined_postings_find_and_score_as_those_written_at_once(tmp_path: Path, count: int) -> None:
    documents = [(n // 3, terms(text)) for n, text in enumerate(PARAGRAPHS[:40])]
    (tmp_path / "once").mkdir()
    write_lexical(tmp_path / "once", documents)
    ends = [place * len(documents) // count for place in range(count + 1)]
    folders = []
    for first, last in itertools.pairwise(ends):
        folders.append(tmp_path / f"{first}")
        folders[-1].mkdir()
        write_lexical(folders[-1], documents[first:last])
    before = [sorted((path.name, path.read_bytes()) for path in folder.iterdir()) for folder in folders]
    (tmp_path / "joined").mkdir()
    join_lexical(folders, tmp_path / "joined", files.link)
    assert before == [sorted((path.name, path.read_bytes()) for path in folder.iterdir()) for folder in folders]
    once, joined = LexicalIndex(tmp_path / "once"), LexicalIndex(tmp_path / "joined")
    assert len(joined) == len(once) == len(documents)
    for _, words in documents[:10]:
        assert once.document_frequency(words[0]) == joined.document_frequency(words[0])
        assert np.allclose(once.search(words, 10)[1], joined.search(words, 10)[1], rtol=1e-4)


def test_a_folder_is_emptied_whatever_it_held(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "folder"
    finished.empty(folder)
    (folder / "inner").mkdir()
    (folder / "inner" / "file").write_text("left by another run", encoding="utf-8")
    finished.empty(folder)
    assert list(folder.iterdir()) == []
