"""Short codes and inverted files against brute force in NumPy: one block or several, filtered, saved, odd and empty."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embeddings import inverted
from embeddings.encoder import ModelLoadError
from embeddings.inverted import RECALL, InvertedIndex, filled, read_lists, train, write_lists
from embeddings.vectors import Blocks, VectorIndex

COUNT, DIM = 6000, 48


def clustered(count: int, seed: int) -> Any:
    """Unit vectors around 60 centres, as texts lie; of half precision, as they are stored."""
    choose = np.random.default_rng(seed)
    centres = np.random.default_rng(9).normal(size=(60, DIM))
    vectors = centres[choose.integers(0, 60, count)] + 0.6 * choose.normal(size=(count, DIM))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


HALVES = clustered(COUNT, 1)
VECTORS, QUERIES = HALVES.astype(np.float32), clustered(80, 2).astype(np.float32)


def cut(*places: int) -> Blocks:
    """The vectors as several blocks, cut at these places."""
    return Blocks(np.split(HALVES, places), DIM)


@pytest.fixture(scope="module")
def index() -> InvertedIndex:
    return InvertedIndex.build(cut())


def nearest(query: Any, k: int, rows: Any = None) -> list[int]:
    """By brute force, best first."""
    scores = VECTORS @ query
    rows = np.arange(COUNT) if rows is None else np.asarray(rows)
    return rows[np.argsort(-scores[rows], kind="stable")][:k].tolist()  # type: ignore[no-any-return]


def recall(index: InvertedIndex) -> float:
    found = [set(rows.tolist()) for rows, _ in index.search(QUERIES, 10)]
    return float(np.mean([len(one & set(nearest(query, 10))) / 10 for one, query in zip(found, QUERIES, strict=True)]))


def test_the_ten_nearest_are_found_as_often_as_promised(index: InvertedIndex) -> None:
    assert index.probe_enough() >= RECALL and recall(index) >= 0.95
    assert index.ranked < COUNT / 4 and index.lists == 1


@pytest.mark.parametrize("places", [[3000], [1, 2000, 2000, 5999], [0]])
def test_several_blocks_find_what_one_finds(index: InvertedIndex, places: Sequence[int]) -> None:
    blocks, trained = cut(*places), train(cut())
    several = InvertedIndex(blocks, [filled(trained, array) for array in blocks.arrays], index.probes)
    for (rows, scores), (others, again) in zip(several.search(QUERIES, 10), index.search(QUERIES, 10), strict=True):
        assert rows.tolist() == others.tolist() and scores.tolist() == again.tolist()


def test_a_block_more_is_found_by_lists_that_were_made_without_it() -> None:
    trained = train(Blocks([HALVES[:4000]], DIM))
    blocks = cut(4000)
    index = InvertedIndex(blocks, [filled(trained, array) for array in blocks.arrays], 16)
    assert index.probe_enough() >= RECALL and recall(index) >= 0.95


def test_scores_are_cosines_and_fall(index: InvertedIndex) -> None:
    for (rows, scores), query in zip(index.search(QUERIES, 25), QUERIES, strict=True):
        assert len(rows) == 25 and scores == pytest.approx(VECTORS[rows] @ query, abs=1e-5)
        assert all(np.diff(scores) <= 0)


@pytest.mark.parametrize("direct", [0, 20_000])
@pytest.mark.parametrize("places", [[], [2500]])
def test_a_filter_is_exact_whether_few_or_many_rows_are_allowed(
    direct: int, places: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inverted, "_DIRECT", direct)
    index = InvertedIndex.build(cut(*places))
    for step in (7, 2, 4000):
        allowed = range(3, COUNT, step)
        for (rows, _), query in zip(index.search(QUERIES[:20], 10, allowed), QUERIES, strict=False):
            assert set(rows.tolist()) <= set(allowed) and len(rows) == min(10, len(allowed))
            assert len(set(rows.tolist()) & set(nearest(query, 10, allowed))) >= min(9, len(allowed))
    assert all(len(rows) == 0 for rows, _ in index.search(QUERIES[:2], 10, []))


@pytest.fixture
def unlearned(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were too few vectors to learn codes from: an inverted file is made."""
    monkeypatch.setattr(inverted, "_FEWEST_TRAINED", COUNT + 1)


def noise() -> Blocks:
    return Blocks([np.random.default_rng(5).normal(size=(2000, DIM)).astype(np.float16)], DIM)


@pytest.mark.usefixtures("unlearned")
def test_more_probes_are_taken_when_the_recall_is_low(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inverted, "PROBES", 1)
    built = InvertedIndex.build(noise())
    assert built.probe_enough() >= RECALL and built.probes > 8


def test_more_candidates_are_ranked_when_the_recall_is_low() -> None:
    few = InvertedIndex(noise(), [filled(train(noise()), noise().arrays[0])], 1, ranked=10)
    before = few.ranked
    assert few.probe_enough() >= RECALL and few.ranked > 8 * before


@pytest.mark.usefixtures("unlearned")
@pytest.mark.parametrize("kind", ["IVF9,PQ24x4fs", "IVF5,SQ8", ""])
def test_inverted_files_of_earlier_versions_are_still_searched(kind: str, tmp_path: Path) -> None:
    """With codes of four bits for two dimensions, or of eight for one; filtered and in several blocks."""
    import faiss

    blocks = cut(100, 4000)
    trained = faiss.index_factory(DIM, kind, faiss.METRIC_INNER_PRODUCT) if kind else train(blocks)
    trained.train(VECTORS)
    lists = []
    for number, array in enumerate(blocks.arrays):
        write_lists(filled(trained, array), tmp_path / str(number))
        lists.append(read_lists(tmp_path / str(number), DIM))
    index = InvertedIndex(blocks, lists, 2)
    assert index.probe_enough() >= RECALL and recall(index) >= 0.95 and index.lists > 1
    for allowed in (range(5), range(50, 5000, 3)):
        for (rows, _), query in zip(index.search(QUERIES[:9], 10, allowed), QUERIES, strict=False):
            assert len(set(rows.tolist()) & set(nearest(query, 10, allowed))) >= min(9, len(allowed))


@pytest.mark.parametrize("allowed", [range(0, COUNT, 900), range(2999, 3001), range(COUNT - 40, COUNT), [0]])
def test_of_few_allowed_rows_all_are_found_among_the_codes(allowed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """However far down the list by their codes they stand, and in whichever block."""
    monkeypatch.setattr(inverted, "_DIRECT", 0)
    index = InvertedIndex(cut(3000), [filled(train(cut()), array) for array in cut(3000).arrays], 1)
    for query, (rows, _) in zip(QUERIES[:20], index.search(QUERIES[:20], 50, allowed), strict=True):
        assert sorted(rows.tolist()) == sorted(nearest(query, 50, allowed)) == sorted(allowed)


def test_rows_come_back_as_they_are_stored(index: InvertedIndex) -> None:
    assert np.array_equal(index.rows(10, 20), VECTORS[10:20])
    assert index.rows(5, 5).shape == (0, DIM) and len(index) == COUNT


def test_saved_codes_find_the_same(index: InvertedIndex, tmp_path: Path) -> None:
    write_lists(index._lists[0], tmp_path / "lists")
    loaded = InvertedIndex(cut(), [read_lists(tmp_path / "lists", DIM)], index.probes)
    for (rows, scores), (again, other) in zip(index.search(QUERIES, 10), loaded.search(QUERIES, 10), strict=True):
        assert rows.tolist() == again.tolist() and scores.tolist() == other.tolist()


def test_files_that_do_not_fit_are_refused(index: InvertedIndex, tmp_path: Path) -> None:
    write_lists(index._lists[0], tmp_path / "lists")
    with pytest.raises(ModelLoadError, match="dimensions"):
        read_lists(tmp_path / "lists", DIM + 1)
    with pytest.raises(ModelLoadError, match="another number than the 5999 vectors"):
        InvertedIndex(Blocks([HALVES[1:]], DIM), [read_lists(tmp_path / "lists", DIM)], 16)
    for content in (b"", b"no codes at all"):
        (tmp_path / "lists").write_bytes(content)
        with pytest.raises(ModelLoadError, match="no file of codes"):
            read_lists(tmp_path / "lists", DIM)
    exact = VectorIndex(DIM)
    exact.add(VECTORS[:9])
    exact.save(tmp_path / "flat")
    with pytest.raises(ModelLoadError):
        read_lists(tmp_path / "flat", DIM)


@pytest.mark.parametrize("k", [0, -1, -(2**40)])
def test_no_rows_are_found_when_none_are_wanted(index: InvertedIndex, k: int) -> None:
    assert [len(rows) for rows, _ in index.search(QUERIES[:2], k)] == [0, 0]


def test_more_rows_than_there_are_are_all_of_them(index: InvertedIndex) -> None:
    ((rows, _),) = index.search(QUERIES[:1], 10**9, range(100))
    assert sorted(rows.tolist()) == list(range(100))


def test_numbers_that_are_none_are_refused_in_queries_and_in_vectors(index: InvertedIndex) -> None:
    odd = QUERIES[:1].copy()
    for number in (np.nan, np.inf):
        odd[0, 3] = number
        with pytest.raises(ModelLoadError, match="not finite"):
            index.search(odd, 5)
        damaged = HALVES[:50].copy()
        damaged[7, 0] = number
        with pytest.raises(ModelLoadError, match="not finite"):
            InvertedIndex.build(Blocks([damaged], DIM))
    with pytest.raises(ModelLoadError, match="48 dimensions"):
        index.search(np.zeros((1, 3), np.float32), 5)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_next_to_nothing_can_be_built_and_searched(count: int) -> None:
    index = InvertedIndex.build(Blocks([HALVES[:count]], DIM))
    ((rows, scores),) = index.search(QUERIES[:1], 10)
    assert sorted(rows.tolist()) == list(range(count)) == sorted(range(len(index)))
    assert scores == pytest.approx(VECTORS[rows] @ QUERIES[0], abs=1e-5)


def test_blocks_are_numbered_through_and_of_one_dimension() -> None:
    blocks = Blocks([HALVES[:3], HALVES[:0], HALVES[3:5]], DIM)
    assert len(blocks) == 5 and np.array_equal(blocks.take([4, 0, 3]), VECTORS[[4, 0, 3]])
    assert blocks.take([]).shape == (0, DIM)
    exact = VectorIndex.of(blocks)
    assert len(exact) == 5 and np.array_equal(exact.rows(0, 5), VECTORS[:5])
    with pytest.raises(ModelLoadError, match="gives 48 dimensions"):
        Blocks([HALVES[:3, :40]], DIM)
