"""Postings that segments share: answers like those of one segment, one list where there were many, none twice."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings import codes
from qa.archive import Archive, building, lists, planning, postings
from qa.archive.parts import JOINED, LEXICAL
from qa.store import FORMAT, files
from qa.text import terms
from tests.papers import PARAGRAPHS
from tests.test_archive import QUESTIONS, contents
from tests.test_old_formats import manifest_of, sign


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment for nearly every page, and none joined with what is written for being small."""
    monkeypatch.setattr(planning, "SMALL", 0)
    monkeypatch.setattr(planning, "LARGEST", 2)
    monkeypatch.setenv("QA_WORKERS", "1")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(14):
        chosen = random.Random(number).sample(PARAGRAPHS, 2)
        (folder / f"{number:02d}.txt").write_text("\n\n".join(chosen), encoding="utf-8")
    return folder


def rebuilt(corpus: Path, folder: Path) -> Any:
    """What an index of one segment holds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "LARGEST", 2**16)
        with Archive.build([corpus], folder) as archive:
            assert len(archive._parts.segments) == 1
            return contents(archive)


def joined(archive: Archive) -> dict[str, list[str]]:
    found: dict[str, list[str]] = archive._parts.generation.description["joined"]
    return found


def searched(archive: Archive) -> list[str]:
    """The segments whose postings are searched, each as often as it is."""
    lists, folder = joined(archive), archive._parts.generation.folder
    names = [path.relative_to(folder).parts for path in archive._parts._postings()]
    return sorted(one for first, second in names for one in (lists[second] if first == JOINED else [first]))


def add(corpus: Path, name: str, seed: int, paragraphs: int = 2) -> None:
    text = "\n\n".join(random.Random(seed).sample(PARAGRAPHS, paragraphs))
    (corpus / f"{name}.txt").write_text(text, encoding="utf-8")


def add_news(corpus: Path) -> None:
    """A page that is a twin of none."""
    (corpus / "zz.txt").write_text("# 新桥通车\n\n本报讯 连接两岸的新桥昨天通车,全长八百米。\n", encoding="utf-8")


# --- the same answers -------------------------------------------------------------------------------------------------


def test_many_segments_built_at_once_are_searched_in_one_list(corpus: Path, tmp_path: Path) -> None:
    with Archive.build([corpus], tmp_path / "index") as archive:
        segments = archive._parts.segments
        assert 8 <= len(segments) <= 16 and joined(archive) == {segments[0]: segments}
        assert archive._parts.lexical._index._searcher.num_segments == 1
        assert contents(archive) == rebuilt(corpus, tmp_path / "whole") and archive.verify(deep=True) == []
        for source in archive.sources():
            hits = archive.search("工会服务职工", 30, sources=[source])
            assert hits and {hit.passage.source for hit in hits} == {source}


@pytest.mark.parametrize("seed", range(3))
def test_whatever_comes_and_goes_answers_equal_those_of_a_rebuilt_index(tmp_path: Path, seed: int) -> None:
    choose, corpus, index, lists = random.Random(seed), tmp_path / "papers", tmp_path / "index", []
    corpus.mkdir()
    for round_ in range(6):
        for number in range(4):
            add(corpus, f"{choose.randrange(30):02d}", choose.randrange(10**6), 2 + number % 2)
        if round_ > 2:
            choose.choice(sorted(corpus.iterdir())).unlink()
        with Archive.build([corpus], index, prune=True) as archive:
            assert contents(archive) == rebuilt(corpus, tmp_path / f"whole{round_}")
            assert searched(archive) == archive._parts.segments and archive.verify(deep=True) == []
            lists.append(len(joined(archive)))
    assert max(lists) > 0


def test_an_index_of_before_there_were_such_lists_is_searched_as_it_is(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "write_joined", lambda *_: {})
        Archive.build([corpus], index).close()
    manifest = manifest_of(index)
    del manifest["description"]["joined"]  # type: ignore[attr-defined]
    sign(index, json.dumps(manifest).encode(), FORMAT)
    with Archive.open(index) as archive:
        assert archive._parts.lexical._index._searcher.num_segments == len(archive._parts.segments) >= 8
        assert contents(archive) == rebuilt(corpus, tmp_path / "whole")
    add_news(corpus)
    with Archive.build([corpus], index) as archive:
        assert contents(archive) == rebuilt(corpus, tmp_path / "more")


# --- what a page more costs -------------------------------------------------------------------------------------------


def test_a_page_more_leaves_the_list_as_it_is(corpus: Path, tmp_path: Path) -> None:
    with Archive.build([corpus], tmp_path / "index") as archive:
        before = joined(archive)
        folder = archive._parts.generation.folder / JOINED
        inodes = {path.name: path.stat().st_ino for path in files.tree(folder)}
    add_news(corpus)
    with Archive.build([corpus], tmp_path / "index") as archive:
        assert joined(archive) == before and len(archive._parts.segments) == len(*before.values()) + 1
        folder = archive._parts.generation.folder / JOINED
        assert {path.name: path.stat().st_ino for path in files.tree(folder)} == inodes
        assert searched(archive) == archive._parts.segments
        assert contents(archive) == rebuilt(corpus, tmp_path / "whole")


def test_a_list_is_left_out_when_one_of_its_segments_goes(corpus: Path, tmp_path: Path) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    add(corpus, "03", 77)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "_WORTH", 1)
        with Archive.build([corpus], tmp_path / "index") as archive:
            assert joined(archive) == {} and not (archive._parts.generation.folder / JOINED).exists()
            assert searched(archive) == archive._parts.segments
            assert contents(archive) == rebuilt(corpus, tmp_path / "whole")


@pytest.fixture
def coded(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were many vectors, and enough to learn short codes from."""
    for number in range(14, 24):
        add(corpus, str(number), number)
    monkeypatch.setattr(lists, "LARGE", 20)
    monkeypatch.setattr(codes, "_FEWEST_TRAINED", 20)


def shared_codes(archive: Archive) -> dict[str, int]:
    """The lists of codes that segments share, and the inodes of their files."""
    folder = archive._parts.generation.folder
    names = [name for name in archive._parts.generation.files if name.startswith("lists/joined/")]
    return {name.rsplit("/", 1)[1]: (folder / name).stat().st_ino for name in names}


def coded_segments(archive: Archive) -> list[int]:
    """In how many segments the vectors of each list of codes stand, as it is searched."""
    index: Any = archive._parts.vectors._index
    return sorted(len(part._firsts) for part in index._parts)


@pytest.mark.usefixtures("coded")
def test_segments_that_share_postings_share_codes(corpus: Path, tmp_path: Path) -> None:
    with Archive.build([corpus], tmp_path / "index") as archive:
        before, segments = shared_codes(archive), len(archive._parts.segments)
        assert before.keys() == joined(archive).keys() and coded_segments(archive) == [segments]
        assert archive.status()["recall_at_10"] >= 0.98 and archive.verify(deep=True) == []
        exact = {q: [hit.passage for hit in archive.search(q, mode="dense")] for q in QUESTIONS}
    add_news(corpus)
    with Archive.build([corpus], tmp_path / "index") as archive:
        assert shared_codes(archive) == before, "linked, not written again"
        assert coded_segments(archive) == [1, segments]
        assert archive.search("新桥有多长", mode="dense")[0].passage.source == "zz.txt"
    (corpus / "zz.txt").unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lists, "LARGE", 10**9)
        with Archive.build([corpus], tmp_path / "exact") as archive:
            assert {q: [hit.passage for hit in archive.search(q, mode="dense")] for q in QUESTIONS} == exact


@pytest.mark.usefixtures("coded")
def test_shared_codes_are_left_out_when_one_of_their_segments_goes(corpus: Path, tmp_path: Path) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    add(corpus, "03", 77)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "_WORTH", 1)
        with Archive.build([corpus], tmp_path / "index") as archive:
            assert shared_codes(archive) == {} and set(coded_segments(archive)) == {1}
            assert len(archive._parts.vectors) == archive.passage_count and archive.verify(deep=True) == []


@pytest.mark.usefixtures("coded")
def test_codes_without_lists_of_earlier_versions_are_kept_and_not_shared(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flat(blocks: Any) -> Any:
        import faiss

        index = faiss.index_factory(blocks.dim, f"PQ{blocks.dim // 4}x4fs", faiss.METRIC_INNER_PRODUCT)
        index.train(blocks.take(range(len(blocks))))
        return index

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codes, "train", flat)
        Archive.build([corpus], tmp_path / "index").close()
    add_news(corpus)
    with Archive.build([corpus], tmp_path / "index") as archive:
        assert shared_codes(archive) == {} and archive.status()["lists_probed"] == "1 of 1"
        assert archive.search("新桥有多长", mode="dense")[0].passage.source == "zz.txt"
        assert archive.search("新桥有多长")[0].passage.source == "zz.txt"


def test_a_little_that_is_written_does_not_set_off_much_joining() -> None:
    sizes = {f"s{number}": 50_000 for number in range(19)} | {"new": 30}
    done: list[list[Path]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "join_lexical", lambda folders, target, link: done.append(folders))
        patch.setattr(Path, "mkdir", lambda *_, **__: None)
        assert postings.write_joined(Path("x"), sizes, None, ["new"], {}) == {} and not done
        first, second = postings.write_joined(Path("x"), sizes, None, list(sizes), {}).values()
    assert sorted(first + second) == sorted(sizes.keys() - {"new"}) and len(first) == 10
    assert done[0] == [Path("x", name, LEXICAL) for name in first]


def test_files_that_a_published_generation_holds_are_not_synced_again(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    add_news(corpus)
    synced: list[Path] = []
    monkeypatch.setattr(files, "sync", synced.append)
    with Archive.build([corpus], tmp_path / "index") as archive:
        new, folder = archive._parts.segments[-1], archive._parts.generation.folder
        old = {path.stat().st_ino for path in files.tree(tmp_path / "index" / "gen-00000001")}
        under = tmp_path / "index" / "tmp-00000002"
        fresh = {path.relative_to(folder) for path in files.tree(folder) if path.stat().st_ino not in old}
        folders = {path.relative_to(folder) for path in folder.rglob("*") if path.is_dir()}
    names = {path.relative_to(under) for path in synced if path.is_relative_to(under)}
    assert names == {*fresh, *folders, Path()}
    assert Path(new, "pages.sqlite") in names and Path("s00000001", "pages.sqlite") not in names


# --- which are joined -------------------------------------------------------------------------------------------------


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=4), st.integers(1, 10**6), max_size=60))
def test_groups_are_of_eight_to_sixteen_of_a_like_length(sizes: dict[str, int]) -> None:
    groups = list(postings._groups(sizes))
    names = [name for group in groups for name in group]
    assert len(names) == len(set(names)) and set(names) <= set(sizes)
    for group in groups:
        lengths = [max(sizes[name], 10_000) for name in group]
        assert 8 <= len(group) <= 16 and group == sorted(group) and max(lengths) <= 1.7 * min(lengths)
    alone = sorted(max(sizes[name], 10_000) for name in sizes.keys() - set(names))
    assert not any(alone[i + 15] <= 1.68 * alone[i] for i in range(len(alone) - 15))


def test_what_is_told_of_lists_names_their_segments(corpus: Path, tmp_path: Path) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    manifest = json.loads((tmp_path / "index" / "gen-00000001" / "MANIFEST.json").read_bytes())
    (name, group), *rest = manifest["description"]["joined"].items()
    assert not rest and name == group[0] and group == manifest["description"]["segments"]
    held = [file for file in manifest["files"] if file.startswith(f"{JOINED}/{name}/")]
    assert sum(file.endswith(".idx") for file in held) == 1
    with Archive.open(tmp_path / "index") as archive:
        lexical = archive._parts.lexical
        assert len(lexical) == archive.passage_count
        assert all(lexical.search(terms(question), 5)[0].size for question in QUESTIONS[:3])
