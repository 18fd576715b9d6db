"""What an indexing run has to do, from plain folders: which pages are read, kept and dropped, and into which part."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.archive import Archive, finished, planning
from qa.archive.parts import Parts
from qa.archive.planning import LARGEST, PER_PASSAGE, SMALL, Job, Layout, Plan, Where, lay_out, make_plan, named
from qa.duplicates import signature
from qa.errors import InputError
from qa.store import open_current
from tests.conftest import SEEDS

PAGES = sorted(SEEDS.glob("*.txt"))
SENTENCES = [s + "。" for path in PAGES[2:] for s in path.read_text(encoding="utf-8").split("。") if 20 < len(s) < 90]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pages of which two are scans of one, and an index over them: nobody writes to it."""
    folder = tmp_path_factory.mktemp("plan")
    (folder / "papers").mkdir()
    texts = {"a": SENTENCES[:12], "b": SENTENCES[:11], "c": SENTENCES[20:26], "d": SENTENCES[30:36]}
    for name, sentences in texts.items():
        (folder / "papers" / f"{name}.txt").write_text("\n\n".join(sentences), encoding="utf-8")
    Archive.build([folder / "papers"], folder / "index").close()
    return folder


@pytest.fixture
def old(corpus: Path) -> Iterator[Parts]:
    parts = Parts(open_current(corpus / "index"))
    yield parts
    parts.close()


@pytest.fixture
def papers(corpus: Path, tmp_path: Path) -> Path:
    """A copy of the pages that may be changed; the index knows them by the same names."""
    for path in (corpus / "papers").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def plan_of(folder: Path, old: Parts | None, prune: bool = False) -> Plan:
    return make_plan([str(folder)], folder / "index", old, prune)


def read_anew(layout: Layout) -> set[str]:
    return {job.page.source for jobs in layout.jobs for job in jobs if job.signature}


def taken_over(layout: Layout) -> set[str]:
    return {job.page.source for jobs in layout.jobs for job in jobs if not job.signature}


# --- which pages ------------------------------------------------------------------------------------------------------


def test_without_an_index_every_page_is_new(corpus: Path) -> None:
    plan = plan_of(corpus / "papers", None)
    assert sorted(plan.fresh) == ["a.txt", "b.txt", "c.txt", "d.txt"] and plan.added == 4
    assert (plan.kept, plan.removed, plan.unchanged, plan.skipped) == ([], [], 0, [])
    for source, fresh in plan.fresh.items():
        text = (corpus / "papers" / source).read_text(encoding="utf-8")
        assert plan.pages[source].text == text and fresh.characters == len(text)
        assert fresh.signature == signature(text).tobytes()


def test_nothing_changed_means_that_every_page_is_kept(corpus: Path, old: Parts) -> None:
    plan = plan_of(corpus / "papers", old)
    assert (sorted(plan.kept), plan.unchanged, plan.fresh) == (["a.txt", "b.txt", "c.txt", "d.txt"], 4, {})


def test_a_page_that_moved_to_another_folder_is_new_beside_the_one_that_is_there(old: Parts, papers: Path) -> None:
    """The old files still exist, so that their names are theirs and the moved ones take their folder in."""
    plan = plan_of(papers, old)
    assert len(plan.fresh) == 4 and sorted(plan.kept) == ["a.txt", "b.txt", "c.txt", "d.txt"]
    assert not set(plan.fresh) & set(plan.kept)


def test_one_file_given_leaves_all_others_alone(corpus: Path, old: Parts) -> None:
    for prune in (False, True):
        plan = make_plan([str(corpus / "papers" / "c.txt")], corpus / "index", old, prune)
        assert (plan.unchanged, sorted(plan.kept), plan.removed) == (1, ["a.txt", "b.txt", "c.txt", "d.txt"], [])


@pytest.mark.parametrize("prune", [False, True])
def test_a_page_that_is_gone_is_removed_only_when_asked(corpus: Path, prune: bool, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    for path in (corpus / "papers").iterdir():
        (papers / path.name).write_bytes(path.read_bytes())
    Archive.build([papers], tmp_path / "index").close()
    (papers / "b.txt").unlink()
    (papers / "c.txt").write_text("", encoding="utf-8")
    (papers / "d.txt").write_text("".join(SENTENCES[40:44]), encoding="utf-8")
    parts = Parts(open_current(tmp_path / "index"))
    plan = plan_of(papers, parts, prune)
    parts.close()
    assert sorted(plan.removed) == (["b.txt", "c.txt"] if prune else [])
    assert sorted(plan.kept) == (["a.txt"] if prune else ["a.txt", "b.txt", "c.txt"])
    assert list(plan.fresh) == ["d.txt"] and plan.added == 0 and plan.unchanged == 1
    assert [Path(path).name for path, _ in plan.skipped] == ["c.txt"]


def test_the_index_folder_itself_is_never_read(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "notes.txt").write_text("不是报纸。", encoding="utf-8")
    (tmp_path / "page.txt").write_text("报纸的一页。", encoding="utf-8")
    plan = plan_of(tmp_path, None)
    assert list(plan.fresh) == ["page.txt"] and plan.skipped == []


def test_three_reasons_are_told_and_the_others_counted(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"There is no text to index in .* and 2 more\); name text files") as told:
        plan_of(tmp_path, None)
    assert str(told.value).count("is empty") == 3 and "\n" not in str(told.value)


def test_pages_are_remembered_as_long_as_there_is_room(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [len(path.read_text(encoding="utf-8")) for path in sorted((corpus / "papers").iterdir())]
    monkeypatch.setattr(planning, "REMEMBERED", sizes[0] + sizes[1] + sizes[2] - 1)
    plan = plan_of(corpus / "papers", None)
    assert sorted(plan.fresh) == ["a.txt", "b.txt", "c.txt", "d.txt"]
    assert set(plan.pages) < set(plan.fresh) and plan.remembered <= planning.REMEMBERED
    assert plan.remembered == sum(len(page.text) for page in plan.pages.values())


# --- which part -------------------------------------------------------------------------------------------------------


def test_a_page_is_read_anew_when_its_other_scan_changes(corpus: Path, old: Parts) -> None:
    plan = plan_of(corpus / "papers", old)
    assert read_anew(lay_out(plan, old, True, 1)) == set()
    plan.kept.remove("b.txt")
    plan.removed.append("b.txt")
    layout = lay_out(plan, old, True, 1)
    assert read_anew(layout) == {"a.txt"} and taken_over(layout) == {"c.txt", "d.txt"}
    assert [job.twins for jobs in layout.jobs for job in jobs if job.page.source == "a.txt"] == [()]


def test_another_reader_reads_everything_and_the_same_reader_nothing(corpus: Path, old: Parts) -> None:
    plan = plan_of(corpus / "papers", old)
    layout = lay_out(plan, old, False, 1)
    assert read_anew(layout) == set(plan.kept) and layout.kept == ()
    by_source = {job.page.source: job for jobs in layout.jobs for job in jobs}
    assert [twin.source for twin in by_source["a.txt"].twins] == ["b.txt"]
    assert [twin.source for twin in by_source["b.txt"].twins] == ["a.txt"]
    assert by_source["c.txt"].twins == by_source["d.txt"].twins == ()
    assert all(Path(job.page.home).is_dir() for job in by_source.values())  # read from the index, not from the file


def test_a_new_scan_of_a_page_is_named_with_its_checksum(corpus: Path, old: Parts, tmp_path: Path) -> None:
    extra = tmp_path / "e.txt"
    extra.write_text("\n\n".join(SENTENCES[1:12]), encoding="utf-8")
    plan = make_plan([str(corpus / "papers"), str(extra)], corpus / "index", old, False)
    layout = lay_out(plan, old, True, 1)
    assert read_anew(layout) == {"a.txt", "b.txt", "e.txt"}
    by_source = {job.page.source: job for jobs in layout.jobs for job in jobs}
    assert [twin.source for twin in by_source["e.txt"].twins] == ["a.txt", "b.txt"]
    wheres = {job.page.source: job.page for job in by_source.values()}
    assert named(["e.txt"], wheres) == (f"e.txt {plan.fresh['e.txt'].sha256}",)
    assert by_source["e.txt"].page.home == "" and by_source["a.txt"].page.home != ""


JOBS = st.lists(st.integers(1, 40_000), max_size=30).map(
    lambda sizes: [Job(Where(f"{n:03}", "", "", ""), "00", (), size) for n, size in enumerate(sizes)]
)


def parted(jobs: Sequence[Job], cores: int) -> list[tuple[Job, ...]]:
    return list(planning._parted(jobs, cores))


@settings(max_examples=150, deadline=None)
@given(JOBS, st.integers(1, 8))
def test_parts_hold_every_job_once_and_in_order(jobs: list[Job], cores: int) -> None:
    assert [job for part in parted(jobs, cores) for job in part] == jobs
    assert all(parted(jobs, cores))


@pytest.mark.parametrize("cores", [1, 2, 3, 4])
def test_parts_are_as_many_as_the_cores_share_and_about_equal(cores: int) -> None:
    choose = random.Random(cores)
    jobs = [Job(Where(f"{n}", "", "", ""), "00", (), choose.randrange(2_000, 9_000)) for n in range(900)]
    parts = parted(jobs, cores)
    sizes = np.array([sum(job.characters for job in part) for part in parts])
    assert len(parts) == cores and np.ptp(sizes) < 2 * 9_000
    few = jobs[: SMALL * PER_PASSAGE // 9_000]
    assert len(parted(few, cores)) == 1  # not worth another process


def test_parts_are_no_larger_than_memory_asks_for() -> None:
    jobs = [Job(Where(f"{n}", "", "", ""), "00", (), 40_000) for n in range(1_000)]
    parts = parted(jobs, 1)
    assert len(parts) == -(-40_000_000 // (LARGEST * PER_PASSAGE)) == 3
    assert max(sum(job.characters for job in part) for part in parts) <= LARGEST * PER_PASSAGE
    assert len(parted(jobs, 2)) == 4  # a whole number for each core


# --- parts of a killed run --------------------------------------------------------------------------------------------


def test_a_part_is_whole_until_a_byte_of_it_changes(tmp_path: Path) -> None:
    part = tmp_path / "part-1"
    (part / "inner").mkdir(parents=True)
    (part / "vectors").write_bytes(b"123")
    (part / "inner" / "list").write_bytes(b"456")
    assert not finished.is_whole(part)
    finished.complete(part)
    assert finished.is_whole(part)
    known = finished.take(part, tmp_path / "s00000007")
    assert sorted(known) == ["s00000007/inner/list", "s00000007/vectors"]
    assert (tmp_path / "s00000007" / "inner" / "list").read_bytes() == b"456"
    assert {said["size"] for said in known.values()} == {3}
    (part / "vectors").unlink()  # a link of it is in the generation, which must not change
    assert not finished.is_whole(part)
    (part / "vectors").write_bytes(b"124")
    assert not finished.is_whole(part)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"vectors": {}}', b'{"vectors": 3}', b'{"gone": {"sha256": ""}}']
)
def test_a_list_of_another_shape_is_no_whole_part(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vectors").write_bytes(b"123")
    (tmp_path / "PART.json").write_bytes(content)
    assert not finished.is_whole(tmp_path)


def test_discarding_takes_parts_and_nothing_else(tmp_path: Path) -> None:
    for name in ("part-1", "part-2/inner", "gen-00000001", "party"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "part-2" / "file").write_bytes(b"")
    finished.discard(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gen-00000001", "party"]
    finished.discard(tmp_path / "nowhere")
