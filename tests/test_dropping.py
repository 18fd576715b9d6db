"""Pages dropped from segments that stay: nothing of them is found or counted, and everything else is as if rebuilt."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.archive import Archive, dropping, planning
from qa.archive.dropping import may_stay, read_frequencies
from qa.archive.numbered import steady
from qa.archive.parts import indexed_text
from qa.archive.segments import Segment
from qa.lexical import LexicalIndex, LexicalWriter
from qa.store.numbering import Numbering
from qa.text import terms
from tests.papers import PAGES, PARAGRAPHS, copied
from tests.test_archive import QUESTIONS, contents

MODES: Any = ("hybrid", "dense", "sparse")


@pytest.fixture(autouse=True)
def staying(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of a few dozen passages stay whatever they lose."""
    monkeypatch.setattr(planning, "SMALL", 0)
    monkeypatch.setattr(planning, "LARGEST", 24)
    monkeypatch.setattr(dropping, "LEAST", 0)
    monkeypatch.setattr(dropping, "_SHARE", 1)
    monkeypatch.setenv("QA_WORKERS", "1")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return copied(tmp_path / "papers")


def rebuilt(corpus: Path, index: Path) -> Archive:
    return Archive.build([corpus], index, rebuild=True)


def without_scores(archive: Archive) -> Any:
    pages, articles, passages, _ = contents(archive)
    return pages, articles, passages


def same_hits(archive: Archive, other: Archive) -> Iterator[None]:
    """The same passages with the same cosines; BM25 compares with a mean length that still has the dropped ones."""
    for question, mode in itertools.product(QUESTIONS, MODES):
        found, wanted = (one.search(question, 10, mode=mode) for one in (archive, other))
        scores = [dict(hit.scores) for hit in found], [dict(hit.scores) for hit in wanted]
        by_row = {hit.passage.id: hit for hit in wanted}
        assert {hit.passage.id for hit in found[:3]} <= set(by_row)
        for hit, own in zip(found, scores[0], strict=True):
            if hit.passage.id in by_row:
                like = by_row[hit.passage.id]
                assert hit.passage == like.passage
                told = dict(like.scores)
                assert own.get("dense") == told.get("dense")
                assert own.get("sparse", 0) == pytest.approx(told.get("sparse", 0), rel=0.25, abs=0.05)
        yield


@pytest.mark.parametrize("seed", range(3))
def test_updates_that_drop_pages_equal_building_from_nothing(tmp_path: Path, seed: int) -> None:
    choose, corpus, index = random.Random(seed), tmp_path / "papers", tmp_path / "index"
    corpus.mkdir()
    most = 0
    for round_ in range(6):
        for name in choose.sample([f"{letter}.txt" for letter in "甲乙丙丁戊己庚"], 2 if round_ else 7):
            (corpus / name).write_text("\n\n".join(choose.sample(PARAGRAPHS, 4)), encoding="utf-8")
        if round_ % 2:
            choose.choice(sorted(corpus.iterdir())).unlink()
        with Archive.build([corpus], index, prune=True) as archive, rebuilt(corpus, tmp_path / "whole") as other:
            assert without_scores(archive) == without_scores(other)
            assert archive.status()["pages"] == len(archive.sources()) == len(list(corpus.iterdir()))
            assert archive.verify(deep=True) == []
            for _ in same_hits(archive, other):
                pass
            numbering = archive._parts.tables.numbering
            most = max(most, numbering.size - len(numbering))
    assert most > 0


def test_a_changed_page_leaves_every_file_of_its_segment_alone(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    Archive.build([corpus], index).close()
    before = {(path.parent.name, path.name): path.stat().st_ino for path in index.glob("gen-00000001/s*/*.npy")}
    (corpus / PAGES[2].name).write_text(PARAGRAPHS[-1], encoding="utf-8")
    with Archive.build([corpus], index) as archive:
        after = {(path.parent.name, path.name): path.stat().st_ino for path in index.glob("gen-00000002/s*/*.npy")}
        assert all(after[name] == inode for name, inode in before.items())
        assert archive.page(PAGES[2].name).text == PARAGRAPHS[-1]
        assert sum(map(len, archive._parts.dropped)) == 1


def test_the_frequencies_are_those_of_the_passages_that_count(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    Archive.build([corpus], index).close()
    for number in (0, 3):
        (corpus / PAGES[number].name).unlink()
        with Archive.build([corpus], index, prune=True) as archive:
            counted = Counter(term for p in archive.passages() for term in set(terms(indexed_text(p))))
            for term in ["工会", "本报讯", "丰门街道", *random.Random(number).sample(sorted(counted), 200)]:
                assert archive.document_frequency(term) == counted[term]
            assert len(archive._parts.lexical) == len(archive.passages()) == archive.passage_count
    assert len(read_frequencies(index / "gen-00000003")) >= 1


def test_nothing_of_a_dropped_page_is_found_though_its_words_are_asked_for(corpus: Path, tmp_path: Path) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    gone, text = PAGES[2].name, PAGES[2].read_text(encoding="utf-8")
    (corpus / gone).unlink()
    with Archive.build([corpus], tmp_path / "index", prune=True) as archive:
        questions = [line for line in text.splitlines() if len(line) > 20][:30]
        for question, mode in itertools.product(questions, MODES):
            hits = archive.search(question, 10, mode=mode)
            assert len(hits) == 10
            assert gone not in {
                name for h in hits for name in (h.passage.source, *(w.source for w in h.passage.also_in))
            }


def test_a_page_that_comes_back_counts_again(corpus: Path, tmp_path: Path) -> None:
    with Archive.build([corpus], tmp_path / "index") as archive:
        first = contents(archive)
    text = (corpus / PAGES[1].name).read_bytes()
    (corpus / PAGES[1].name).unlink()
    Archive.build([corpus], tmp_path / "index", prune=True).close()
    (corpus / PAGES[1].name).write_bytes(text)
    with Archive.build([corpus], tmp_path / "index") as archive:
        assert without_scores(archive) == first[:3]


def test_a_segment_that_has_lost_much_is_written_again(corpus: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(dropping, "_SHARE", 64)
    Archive.build([corpus], tmp_path / "index").close()
    (corpus / PAGES[0].name).unlink()
    with Archive.build([corpus], tmp_path / "index", prune=True) as archive:
        assert not any(archive._parts.dropped)
        assert archive._parts.tables.numbering.size == archive.passage_count
        assert not (archive._parts.generation.folder / dropping.NAME).exists()


@pytest.mark.parametrize(
    ("size", "gone", "stays"), [(8192, 128, True), (8192, 129, False), (8191, 1, False), (65536, 1024, True)]
)
def test_only_large_segments_may_lose_a_little(monkeypatch: Any, size: int, gone: int, stays: bool) -> None:
    monkeypatch.undo()
    assert may_stay(size, gone) is stays


def test_a_damaged_list_of_frequencies_is_refused_by_name(corpus: Path, tmp_path: Path) -> None:
    from qa.errors import IndexDamaged

    Archive.build([corpus], tmp_path / "index").close()
    (corpus / PAGES[2].name).write_text(PARAGRAPHS[-1], encoding="utf-8")
    Archive.build([corpus], tmp_path / "index").close()
    path = tmp_path / "index" / "gen-00000002" / dropping.NAME
    path.write_text(json.dumps({}), encoding="utf-8")
    with pytest.raises(IndexDamaged, match=dropping.NAME):
        Archive.open(tmp_path / "index")


# --- the parts --------------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=5), max_size=4), st.randoms())
@settings(max_examples=60, deadline=None)
def test_positions_of_dropped_pages_have_no_row(segments: list[list[tuple[int, bool]]], choose: random.Random) -> None:
    names = [f"{n:02d}.txt" for n in range(sum(map(len, segments)))]
    choose.shuffle(names)
    places, dropped, told = [], [], []
    for pages in segments:
        own, names = sorted(names[: len(pages)]), names[len(pages) :]
        firsts = itertools.accumulate((count for count, _ in pages), initial=0)
        places.append([(s, f, c, n) for n, (s, f, (c, _)) in enumerate(zip(own, firsts, pages, strict=False))])
        dropped.append([number for number, (_, gone) in enumerate(pages) if gone])
        told += [None if gone else (s, i) for s, (count, gone) in zip(own, pages, strict=True) for i in range(count)]
    numbering = Numbering(places, dropped)
    rows = sorted(one for one in told if one)
    assert (len(numbering), numbering.size) == (len(rows), len(told))
    expected = [rows.index(one) if one else -1 for one in told]
    assert numbering.to_rows(np.arange(len(told))).tolist() == expected
    positions = [told.index(one) for one in rows]
    assert numbering.to_positions(np.arange(len(rows))).tolist() == positions
    assert {numbering.sources[page] for page in numbering.page_of(np.arange(len(rows)))} == {s for s, _ in rows}


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60), st.integers(1, 12), st.randoms())
@settings(max_examples=80, deadline=None)
def test_dropped_rows_never_push_others_out(found: list[tuple[int, bool]], k: int, choose: random.Random) -> None:
    def find(wide: int) -> Any:
        order = sorted(range(len(found)), key=lambda row: (-found[row][0], choose.random()))[:wide]
        rows = [-1 if found[row][1] else row for row in order]
        return np.array(rows, np.int64), np.array([found[row][0] for row in order], np.float32)

    rows, scores = steady(find, k, 3)
    wanted = sorted((row for row in range(len(found)) if not found[row][1]), key=lambda row: (-found[row][0], row))[:k]
    assert rows.tolist() == wanted and scores.tolist() == [found[row][0] for row in wanted]


def test_rarity_is_that_of_the_documents_that_count(tmp_path: Path) -> None:
    """Against an index that never held the others; all documents are of one length."""
    choose = random.Random(1)
    documents = [choose.choices("工农商学兵天地人日月", k=6) for _ in range(60)]
    gone = documents[:20]
    for name, held in (("all", documents), ("left", documents[20:])):
        (tmp_path / name).mkdir()
        writer = LexicalWriter(tmp_path / name)
        for row, words in enumerate(held, len(documents) - len(held)):
            writer.add(row, 0, words)
        writer.close()
    without = Counter(term for words in gone for term in set(words))
    corrected = LexicalIndex(tmp_path / "all", dropped=len(gone), without=without)
    other = LexicalIndex(tmp_path / "left")
    assert len(corrected) == len(other) == 40
    for query in (["工"], ["学", "兵", "月"], ["天", "天", "地"]):
        rows = list(range(20, 60))
        assert corrected.score(query, rows) == pytest.approx(other.score(query, rows), rel=1e-5)


def test_grams_of_dropped_pages_are_no_longer_shared(corpus: Path, tmp_path: Path) -> None:
    with Archive.build([corpus], tmp_path / "index") as archive:
        folder = archive._parts.generation.folder / archive._parts.segments[0]
    whole, less = Segment(folder), Segment(folder, (0,))
    first, count = next((first, count) for _, first, count, number in whole.tables.places if number == 0)
    inside = range(first, first + count)
    assert any(int(key) % 2**32 in inside for key in whole.sketch.keys)
    assert [int(key) for key in whole.sketch.keys if int(key) % 2**32 not in inside] == less.sketch.keys.tolist()
    assert not less.sketch.counts[first : first + count].any()
    for segment in (whole, less):
        segment.close()
