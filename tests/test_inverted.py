"""Short codes and inverted files against brute force in NumPy: one block or several, filtered, saved, odd and empty."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from embeddings import codes, inverted
from embeddings.codes import filled, read_lists, train, write_lists
from embeddings.encoder import ModelLoadError
from embeddings.inverted import RECALL, InvertedIndex
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
    assert index.ranked < COUNT / 4 and index.lists == 64


@pytest.mark.parametrize("places", [[3000], [1, 2000, 2000, 5999], [0]])
def test_several_blocks_find_what_one_finds(index: InvertedIndex, places: Sequence[int]) -> None:
    blocks, trained = cut(*places), train(cut())
    several = InvertedIndex(blocks, [filled(trained, array) for array in blocks.arrays], index.probes)
    for (rows, scores), (others, again) in zip(several.search(QUERIES, 10), index.search(QUERIES, 10), strict=True):
        assert rows.tolist() == others.tolist() and scores.tolist() == again.tolist()


@pytest.mark.parametrize("held", [[[0, 1, 2, 3]], [[2, 0], [3, 1]], [[3], [1, 2, 0]]])
def test_blocks_that_share_lists_are_found_as_those_with_lists_of_their_own(
    index: InvertedIndex, held: list[list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever blocks share them, and in which order; filtered too; written to files."""
    blocks, trained = cut(1, 2500, 2500), train(cut())
    for place, group in enumerate(held):
        write_lists(filled(trained, *(blocks.arrays[number] for number in group)), tmp_path / f"shared {place}")
    lists = [read_lists(tmp_path / f"shared {place}", DIM) for place in range(len(held))]
    sharing = InvertedIndex(blocks, lists, index.probes, held=held)
    monkeypatch.setattr(inverted, "_DIRECT", 0)
    for allowed in (None, range(0, COUNT, 3), range(2400, 2600), [0], [2499, 2500]):
        found, expected = sharing.search(QUERIES, 10, allowed), index.search(QUERIES, 10, allowed)
        for (rows, scores), (others, again) in zip(found, expected, strict=True):
            assert rows.tolist() == others.tolist() and scores.tolist() == again.tolist()


def test_a_list_that_ends_where_a_block_of_codes_does_is_filled_further() -> None:
    """Where FAISS joins lists it takes the bytes of a block for its vectors there, and writes past the end."""
    trained = train(cut())
    block = faiss.downcast_InvertedLists(trained.invlists).block_size
    blocks = Blocks([np.repeat(HALVES[:1], block, axis=0), np.repeat(HALVES[:1], 50, axis=0), HALVES], DIM)
    shared, own = filled(trained, *blocks.arrays), filled(trained, HALVES)
    more = [shared.invlists.list_size(number) - own.invlists.list_size(number) for number in range(shared.nlist)]
    assert sorted(more)[-2:] == [0, block + 50]
    found = InvertedIndex(blocks, [shared], 64, held=[[0, 1, 2]]).search(QUERIES, 10, range(block + 50, len(blocks)))
    for (rows, _), query in zip(found, QUERIES, strict=True):
        assert (rows - block - 50).tolist() == nearest(query, 10)


@pytest.mark.parametrize("held", [[[0], [0]], [[0]], [[0, 1, 2]], [[1], [0]], [[0, 1], []]])
def test_lists_of_other_blocks_than_they_are_told_to_be_are_refused(held: list[list[int]]) -> None:
    blocks, trained = cut(100), train(cut())
    lists = [filled(trained, array) for array in blocks.arrays][: len(held)]
    with pytest.raises(ModelLoadError, match="got codes of"):
        InvertedIndex(blocks, lists, 4, held=held)


def test_a_rough_search_finds_most_of_what_is_near_and_what_is_nearest_nearly_always(index: InvertedIndex) -> None:
    """The stored vectors themselves, a little changed: of the ten nearest most, and the one they come from."""
    rows = np.random.default_rng(3).integers(0, COUNT, 200)
    asked = VECTORS[rows] + 0.02 * np.random.default_rng(4).normal(size=(200, DIM)).astype(np.float32)
    found = [set(one.tolist()) for one, _ in index.search_roughly(asked, 10)]
    exact = [set(nearest(query, 10)) for query in asked]
    assert np.mean([row in one for row, one in zip(rows.tolist(), found, strict=True)]) > 0.97
    assert np.mean([len(one & other) / 10 for one, other in zip(found, exact, strict=True)]) > 0.6
    allowed = range(0, COUNT, 2)
    filtered, promised = index.search_roughly(asked[:20], 5, allowed), index.search(asked[:20], 5, allowed)
    assert [one.tolist() for one, _ in filtered] == [one.tolist() for one, _ in promised], "every list that is allowed"


def test_an_exact_search_is_never_rough() -> None:
    exact = VectorIndex.of(cut(100))
    for (rows, scores), (others, again) in zip(exact.search(QUERIES, 7), exact.search_roughly(QUERIES, 7), strict=True):
        assert rows.tolist() == others.tolist() and scores.tolist() == again.tolist()


@pytest.mark.parametrize("seed", range(10))
def test_numbers_inside_a_part_lead_to_numbers_among_all_and_back(seed: int) -> None:
    chance = np.random.default_rng(seed)
    ends = np.cumsum(chance.integers(0, 9, 6))
    spans = [(int(last) - int(size), int(last)) for last, size in zip(ends, np.diff(ends, prepend=0), strict=True)]
    chosen = [spans[place] for place in chance.permutation(6)[: seed % 5 + 1]]
    numbers = [number for first, last in chosen for number in range(first, last)]

    class Codes:
        ntotal = len(numbers)

    part = inverted._Part(Codes, chosen)
    assert part.numbers(np.arange(-1, len(numbers))).tolist() == [-1, *numbers]
    asked = np.arange(0, int(ends[-1]), 2)
    assert sorted(part.inside(asked).tolist()) == [place for place, n in enumerate(numbers) if n % 2 == 0]


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
    monkeypatch.setattr(codes, "_FEWEST_TRAINED", COUNT + 1)


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
    write_lists(index._parts[0].index, tmp_path / "lists")
    loaded = InvertedIndex(cut(), [read_lists(tmp_path / "lists", DIM)], index.probes)
    for (rows, scores), (again, other) in zip(index.search(QUERIES, 10), loaded.search(QUERIES, 10), strict=True):
        assert rows.tolist() == again.tolist() and scores.tolist() == other.tolist()


def test_files_that_do_not_fit_are_refused(index: InvertedIndex, tmp_path: Path) -> None:
    write_lists(index._parts[0].index, tmp_path / "lists")
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
