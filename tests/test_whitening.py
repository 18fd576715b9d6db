"""Spreading text vectors over the dimensions: what changes, what stays, and which texts are looked at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from embeddings.pooling import unit
from embeddings.train.pairs import Group, Ids
from embeddings.train.whitening import sample, whitened

Floats = npt.NDArray[np.float32]


def squeezed() -> tuple[Floats, list[Ids]]:
    """A table whose tokens vary most along a few dimensions, and random texts over it."""
    random = np.random.default_rng(0)
    table = (random.standard_normal((200, 8)) * [9, 5, 3, 1, 1, 0.5, 0.5, 0.2]).astype(np.float32)
    return table, [random.integers(0, 200, random.integers(2, 9)).astype(np.int32) for _ in range(3000)]


def spread(table: Floats, texts: list[Ids]) -> float:
    """Participation ratio: how many dimensions the text vectors use as evenly as if they were alike."""
    vectors = unit(np.stack([table[np.unique(ids)].sum(axis=0) for ids in texts]))
    values = np.linalg.eigvalsh(vectors.T @ vectors)
    return float(values.sum() ** 2 / (values**2).sum())


def test_a_higher_power_uses_more_dimensions() -> None:
    table, texts = squeezed()
    found = [spread(whitened(table, texts, power), texts) for power in (0.0, 0.15, 0.35, 0.5)]
    assert found == sorted(found)
    assert found[0] < 3.0
    assert found[-1] > 6.0


def test_no_power_changes_nothing() -> None:
    table, texts = squeezed()
    np.testing.assert_allclose(whitened(table, texts, 0.0), table, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(whitened(table, texts, 0.0, keep_lengths=True), table, rtol=1e-4, atol=1e-4)


def test_lengths_stay_or_keep_their_mean() -> None:
    table, texts = squeezed()
    before = np.linalg.norm(table, axis=1)
    kept = np.linalg.norm(whitened(table, texts, 0.35, keep_lengths=True), axis=1)
    np.testing.assert_allclose(kept, before, rtol=1e-4)
    free = np.linalg.norm(whitened(table, texts, 0.35), axis=1)
    assert not np.allclose(free, before, rtol=0.1)
    assert float(free.mean()) == pytest.approx(float(before.mean()), rel=1e-4)


def test_a_token_without_a_vector_keeps_none() -> None:
    table, texts = squeezed()
    table[0] = 0.0
    assert not whitened(table, texts, 0.35, keep_lengths=True)[0].any()
    assert not whitened(table, texts, 0.35)[0].any()


def group(name: str, count: int) -> Group:
    rows = [np.array([row], np.int32) for row in range(count)]
    return Group(name, "plain", 1.0, rows, [row + 10_000 for row in rows], [(row, row) for row in range(count)])


def test_passages_and_sentences_of_both_languages_are_looked_at() -> None:
    texts = sample([group("questions", 50), group("articles", 5000), group("contexts", 20), group("parallel", 30)])
    assert len(texts) == 1000 + 20 + 2 * 30
    articles = [int(ids[0]) for ids in texts if ids[0] >= 10_100]
    assert max(articles) - min(articles) > 4500
    assert sum(int(ids[0]) < 10_000 for ids in texts) == 30


def test_without_groups_there_are_no_texts() -> None:
    assert sample([]) == []
