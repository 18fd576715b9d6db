"""The inverted file against brute force in NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embeddings.encoder import ModelLoadError
from embeddings.inverted import RECALL, InvertedIndex
from embeddings.vectors import VectorIndex

COUNT, DIM = 6000, 48


def clustered(count: int, seed: int) -> Any:
    """Unit vectors around 60 centres, as texts lie."""
    choose = np.random.default_rng(seed)
    centres = np.random.default_rng(9).normal(size=(60, DIM))
    vectors = centres[choose.integers(0, 60, count)] + 0.6 * choose.normal(size=(count, DIM))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


VECTORS, QUERIES = clustered(COUNT, 1), clustered(80, 2)


@pytest.fixture(scope="module")
def index() -> InvertedIndex:
    exact = VectorIndex(DIM)
    exact.add(VECTORS)
    return InvertedIndex.build(exact)


def nearest(query: Any, k: int, rows: Any = None) -> list[int]:
    """By brute force, best first."""
    scores = VECTORS @ query
    rows = np.arange(COUNT) if rows is None else np.asarray(rows)
    return rows[np.argsort(-scores[rows], kind="stable")][:k].tolist()  # type: ignore[no-any-return]


def test_the_ten_nearest_are_found_as_often_as_promised(index: InvertedIndex) -> None:
    assert index.recall >= RECALL
    found = [set(rows.tolist()) for rows, _ in index.search(QUERIES, 10)]
    recall = np.mean([len(one & set(nearest(query, 10))) / 10 for one, query in zip(found, QUERIES, strict=True)])
    assert recall >= 0.95
    assert index._index.nprobe < index._index.nlist


def test_scores_are_cosines_and_fall(index: InvertedIndex) -> None:
    for (rows, scores), query in zip(index.search(QUERIES, 25), QUERIES, strict=True):
        assert len(rows) == 25 and scores == pytest.approx(VECTORS[rows] @ query, abs=2e-3)
        assert all(np.diff(scores) <= 0)


@pytest.mark.parametrize("direct", [0, 20_000])
def test_a_filter_is_exact_whether_few_or_many_rows_are_allowed(
    index: InvertedIndex, direct: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from embeddings import inverted

    monkeypatch.setattr(inverted, "_DIRECT", direct)
    for step in (7, 2, 4000):
        allowed = range(3, COUNT, step)
        for (rows, _), query in zip(index.search(QUERIES[:20], 10, allowed), QUERIES, strict=False):
            assert set(rows.tolist()) <= set(allowed) and len(rows) == min(10, len(allowed))
            assert len(set(rows.tolist()) & set(nearest(query, 10, allowed))) >= min(9, len(allowed))
    assert all(len(rows) == 0 for rows, _ in index.search(QUERIES[:2], 10, []))


def test_more_probes_are_taken_when_the_recall_is_low(monkeypatch: pytest.MonkeyPatch) -> None:
    from embeddings import inverted

    monkeypatch.setattr(inverted, "_PROBES", 1)
    exact = VectorIndex(DIM)
    exact.add(np.random.default_rng(5).normal(size=(2000, DIM)).astype(np.float32))
    built = InvertedIndex.build(exact)
    assert built.recall >= RECALL and built._index.nprobe > 8


def test_rows_come_back_in_half_precision(index: InvertedIndex) -> None:
    assert index.rows(10, 20) == pytest.approx(VECTORS[10:20], abs=1e-3)
    assert index.rows(5, 5).shape == (0, DIM) and len(index) == COUNT


def test_a_saved_index_finds_the_same(index: InvertedIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "i", tmp_path / "v.npy")
    loaded = InvertedIndex.load(tmp_path / "i", tmp_path / "v.npy", DIM, index.recall)
    for (rows, scores), (again, other) in zip(index.search(QUERIES, 10), loaded.search(QUERIES, 10), strict=True):
        assert rows.tolist() == again.tolist() and scores.tolist() == other.tolist()
    assert loaded.recall == index.recall


def test_files_that_do_not_fit_are_refused(index: InvertedIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "i", tmp_path / "v.npy")
    np.save(tmp_path / "w.npy", np.zeros((3, DIM), np.float16))
    with pytest.raises(ModelLoadError, match="vectors for 6000"):
        InvertedIndex.load(tmp_path / "i", tmp_path / "w.npy", DIM, 1.0)
    with pytest.raises(ModelLoadError, match="dimensions"):
        InvertedIndex.load(tmp_path / "i", tmp_path / "v.npy", DIM + 1, 1.0)
    with pytest.raises(ModelLoadError, match="48 dimensions"):
        index.search(np.zeros((1, 3), np.float32), 5)
