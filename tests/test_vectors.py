"""The vector index against a search by hand in numpy."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import ModelLoadError, VectorIndex, mapped, vectors
from embeddings.vectors import Blocks
from qa.archive import numbered
from qa.archive.numbered import NumberedTokens
from qa.store.numbering import Numbering

Matrix = npt.NDArray[np.float32]


def unit_rows(count: int, dim: int, seed: int = 0) -> Matrix:
    rows = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def filled(vectors: Matrix) -> VectorIndex:
    index = VectorIndex(vectors.shape[1])
    index.add(vectors)
    return index


def by_hand(vectors: Matrix, query: Matrix, k: int, allowed: list[int] | None = None) -> list[int]:
    scores = vectors.astype(np.float64) @ query.astype(np.float64)
    rows = sorted(range(len(vectors)) if allowed is None else set(allowed), key=lambda row: -scores[row])
    return rows[:k]


@pytest.mark.parametrize("k", [1, 7, 200])
def test_search_finds_what_brute_force_finds(k: int) -> None:
    vectors, queries = unit_rows(200, 24), unit_rows(9, 24, seed=1)
    for query, (rows, scores) in zip(queries, filled(vectors).search(queries, k), strict=True):
        assert rows.tolist() == by_hand(vectors, query, k)
        np.testing.assert_allclose(scores, vectors[rows] @ query, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 49), max_size=60), st.integers(-2, 70), st.integers(0, 1000))
def test_only_allowed_rows_are_found(allowed: list[int], k: int, seed: int) -> None:
    vectors, query = unit_rows(50, 8), unit_rows(1, 8, seed=seed)
    rows, scores = filled(vectors).search(query, k, allowed=allowed)[0]
    assert rows.tolist() == by_hand(vectors, query[0], max(0, k), allowed)
    assert np.all(np.diff(scores) <= 1e-6)


def test_every_vector_finds_itself_first() -> None:
    vectors = unit_rows(120, 16)
    for row, (rows, scores) in enumerate(filled(vectors).search(vectors, 1)):
        assert rows.tolist() == [row]
        assert float(scores[0]) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("k", [0, -1, -(2**40)])
def test_a_k_below_one_finds_nothing(k: int) -> None:
    rows, scores = filled(unit_rows(5, 4)).search(unit_rows(1, 4), k)[0]
    assert rows.tolist() == scores.tolist() == []


@pytest.mark.parametrize("k", [6, 10**9, 2**62])
def test_a_k_beyond_the_size_finds_every_row_once(k: int) -> None:
    rows, _ = filled(unit_rows(5, 4)).search(unit_rows(1, 4, seed=3), k)[0]
    assert sorted(rows.tolist()) == [0, 1, 2, 3, 4]


def test_an_empty_index_finds_nothing() -> None:
    index = VectorIndex(4)
    assert len(index) == 0
    assert [rows.tolist() for rows, _ in index.search(unit_rows(2, 4), 3)] == [[], []]
    assert index.rows(0, 0).shape == (0, 4)


def test_no_queries_give_no_results() -> None:
    assert filled(unit_rows(3, 4)).search(np.zeros((0, 4), np.float32), 2) == []


def test_rows_are_numbered_in_the_order_they_were_added() -> None:
    vectors = unit_rows(30, 8)
    index = VectorIndex(8)
    for start in (0, 10, 20):
        index.add(vectors[start : start + 10])
    assert len(index) == 30
    np.testing.assert_array_equal(index.rows(0, 30), vectors)
    np.testing.assert_array_equal(index.rows(13, 17), vectors[13:17])


def test_added_rows_may_be_of_another_float_type_and_layout() -> None:
    vectors = unit_rows(10, 8)
    index = VectorIndex(8)
    index.add(np.asfortranarray(vectors.astype(np.float64)))
    np.testing.assert_allclose(index.rows(0, 10), vectors, atol=1e-7)


@pytest.mark.parametrize("shape", [(3, 5), (4,), (2, 2, 4)])
def test_vectors_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    index = filled(unit_rows(5, 4))
    with pytest.raises(ModelLoadError, match="4 dimensions"):
        index.add(np.ones(shape, np.float32))
    with pytest.raises(ModelLoadError, match="4 dimensions"):
        index.search(np.ones(shape, np.float32), 1)
    assert len(index) == 5


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_never_enter(number: float) -> None:
    index = filled(unit_rows(5, 4))
    bad = unit_rows(2, 4)
    bad[1, 2] = number
    with pytest.raises(ModelLoadError, match="finite"):
        index.add(bad)
    assert len(index) == 5


def test_a_saved_index_comes_back_the_same(tmp_path: Path) -> None:
    vectors, queries = unit_rows(80, 12), unit_rows(5, 12, seed=2)
    index = filled(vectors)
    index.save(tmp_path / "vectors.faiss")
    loaded = VectorIndex.load(tmp_path / "vectors.faiss", 12)
    assert len(loaded) == 80
    np.testing.assert_array_equal(loaded.rows(0, 80), vectors)
    for (rows, scores), (again, scores_again) in zip(index.search(queries, 9), loaded.search(queries, 9), strict=True):
        np.testing.assert_array_equal(rows, again)
        np.testing.assert_array_equal(scores, scores_again)


def test_a_loaded_index_takes_further_rows(tmp_path: Path) -> None:
    vectors = unit_rows(20, 6)
    filled(vectors[:15]).save(tmp_path / "vectors.faiss")
    loaded = VectorIndex.load(tmp_path / "vectors.faiss", 6)
    loaded.add(vectors[15:])
    np.testing.assert_array_equal(loaded.rows(0, 20), vectors)


def test_another_dimension_is_refused(tmp_path: Path) -> None:
    filled(unit_rows(3, 6)).save(tmp_path / "vectors.faiss")
    with pytest.raises(ModelLoadError, match="6 dimensions, but the model gives 8"):
        VectorIndex.load(tmp_path / "vectors.faiss", 8)


@pytest.mark.parametrize("keep", [0, 3, 30, 200])
def test_a_file_cut_short_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "vectors.faiss"
    filled(unit_rows(20, 6)).save(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelLoadError, match="no vector index"):
        VectorIndex.load(path, 6)


def test_a_huge_size_in_a_damaged_file_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "vectors.faiss"
    filled(unit_rows(20, 6)).save(path)
    content = path.read_bytes()
    size = (20 * 6).to_bytes(8, "little")
    assert content.count(size) == 1
    path.write_bytes(content.replace(size, (2**39).to_bytes(8, "little")))
    with pytest.raises(ModelLoadError, match="no vector index"):
        VectorIndex.load(path, 6)


# --- mapped files -----------------------------------------------------------------------------------------------------


def resident(path: Path) -> int:
    """Kilobytes of the file that this process holds mapped."""
    blocks = Path("/proc/self/smaps").read_text().split(str(path))[1:]
    return sum(int(block.split("Rss:")[1].split()[0]) for block in blocks)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs Linux")
def test_vectors_read_from_a_large_file_are_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "_LARGE", 2**20)
    monkeypatch.setattr(vectors, "_OFTEN", 50)
    rows = np.random.default_rng(3).normal(size=(20_000, 64)).astype(np.float16)
    np.save(tmp_path / "large.npy", rows)
    large = np.load(tmp_path / "large.npy", mmap_mode="r").view(np.ndarray)
    blocks = Blocks([large[:7_000], large[7_000:]], 64)
    for places in np.random.default_rng(4).integers(0, len(rows), (60, 20)):
        np.testing.assert_array_equal(blocks.take(places), rows[places].astype(np.float32))
    _ = large[:, 0].sum()
    assert resident(tmp_path / "large.npy") > 2_000
    assert blocks.take(range(100)).shape == (100, 64) and resident(tmp_path / "large.npy") == 0


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs Linux")
def test_token_ids_read_from_a_large_file_are_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "_LARGE", 2**20)
    monkeypatch.setattr(numbered, "_OFTEN", 50)
    ids = np.random.default_rng(3).integers(0, 30_000, 2_000_000).astype(np.uint16)
    np.save(tmp_path / "tokens.npy", ids)
    large = np.load(tmp_path / "tokens.npy", mmap_mode="r").view(np.ndarray)
    starts = np.arange(0, len(ids) + 1, 100)
    tokens = NumberedTokens(Numbering([[("p.txt", 0, 20_000, 0)]]), [(large, starts)])
    assert tokens.of([19_999, 7])[0].tolist() == ids[-100:].tolist() and large.sum() > 0
    assert resident(tmp_path / "tokens.npy") > 2_000
    for first in range(0, 48, 6):
        assert [one.tolist() for one in tokens.of([first])] == [ids[100 * first :][:100].tolist()]
    assert tokens.of(range(60))[59].tolist() == ids[5_900:6_000].tolist() and resident(tmp_path / "tokens.npy") == 0


@pytest.mark.parametrize("limit, given_back", [(79_999, True), (80_000, False)])
def test_only_large_files_are_given_back(
    limit: int, given_back: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped, "_LARGE", limit)
    np.save(tmp_path / "rows.npy", np.arange(20_000, dtype=np.float32))
    lent = mapped.Lent([np.load(tmp_path / "rows.npy", mmap_mode="r")], 10)
    calls: list[int] = []
    lent._maps = deque(type("Map", (), {"madvise": lambda _, advice: calls.append(advice)})() for _ in lent._maps)
    for _ in range(5):
        lent.was_read(5)
    assert len(calls) == (2 if given_back else 0)


def test_of_several_files_each_is_given_back_once_in_so_many_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped, "_LARGE", 0)
    arrays = []
    for name in "abc":
        np.save(tmp_path / f"{name}.npy", np.zeros(10))
        arrays.append(np.load(tmp_path / f"{name}.npy", mmap_mode="r"))
    lent, calls = mapped.Lent(arrays, 30), list[str]()
    lent._maps = deque(type("Map", (), {"madvise": lambda _, __, name=name: calls.append(name)})() for name in "abc")
    for _ in range(6):
        lent.was_read(5)
    assert sorted(calls) == ["a", "b", "c"]


def test_vectors_in_memory_and_in_files_that_may_be_written_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped, "_LARGE", 0)
    monkeypatch.setattr(vectors, "_OFTEN", 1)
    rows = np.eye(4, dtype=np.float16)
    np.save(tmp_path / "rows.npy", rows)
    changed = np.load(tmp_path / "rows.npy", mmap_mode="c")
    changed[0] = 2
    blocks = Blocks([rows, changed], 4)
    assert blocks.take([4, 1]).tolist() == blocks.take([4, 1]).tolist() == [[2, 2, 2, 2], [0, 1, 0, 0]]
