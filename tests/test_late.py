"""Late interaction against its definition, written as three loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import Encoder, late_interaction, load_encoder
from embeddings.late import late_interactions

Ids = npt.NDArray[np.int32]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def by_definition(encoder: Encoder, query: Ids, document: Ids) -> float:
    """Sum over query tokens of weight times best cosine, over the sum of the weights; weight is the vector's length."""
    total = weights = 0.0
    for asked in encoder.token_vectors(query).astype(np.float64):
        length = float(np.sqrt((asked**2).sum()))
        best = -2.0
        for given_vector in encoder.token_vectors(document).astype(np.float64):
            both = length * float(np.sqrt((given_vector**2).sum()))
            best = max(best, float(asked @ given_vector) / both)
        total += length * best
        weights += length
    return total / weights


PASSAGES = [
    "丰门街道总工会上半年组织志愿者1020人,相继举办各类职工服务活动1806场。",
    "The quick brown fox jumps over the lazy dog.",
    "奉化区总工会推出链式助学,分三步帮助困难职工子女。",
    "好",
]


def test_scores_follow_the_definition(encoder: Encoder) -> None:
    documents = encoder.token_ids(PASSAGES)
    questions = ["奉化链式助学是什么?", "How many activities did the trade union hold?", "好 好 好"]
    for query in encoder.token_ids(questions):
        expected = [by_definition(encoder, query, document) for document in documents]
        np.testing.assert_allclose(late_interaction(encoder, query, documents), expected, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(1, 2000), min_size=1, max_size=8), min_size=1, max_size=5), st.integers(1, 2000))
def test_any_token_rows_follow_the_definition(documents: list[list[int]], token: int) -> None:
    encoder = load_encoder_once()
    query = np.array([token, token // 2 + 1], np.int32)
    rows: Sequence[Ids] = [np.array(document, np.int32) for document in documents]
    expected = [by_definition(encoder, query, row) for row in rows]
    np.testing.assert_allclose(late_interaction(encoder, query, rows), expected, atol=1e-5)


_LOADED: list[Encoder] = []


def load_encoder_once() -> Encoder:
    if not _LOADED:
        _LOADED.append(load_encoder())
    return _LOADED[0]


def test_a_passage_that_holds_the_question_scores_one(encoder: Encoder) -> None:
    query = encoder.token_ids(["链式助学"])[0]
    assert late_interaction(encoder, query, encoder.token_ids([PASSAGES[2]]))[0] == pytest.approx(1.0, abs=1e-5)


def test_scores_lie_between_minus_one_and_one(encoder: Encoder) -> None:
    documents = encoder.token_ids(PASSAGES)
    scores = late_interactions(encoder, documents, documents)
    assert scores.min() >= -1.0001
    assert scores.max() <= 1.0001
    np.testing.assert_allclose(np.diag(scores), 1.0, atol=1e-5)


def test_empty_queries_and_passages_score_zero(encoder: Encoder) -> None:
    query, empty = encoder.token_ids(["工会", "!?"])
    scores = late_interaction(encoder, query, [empty, query, empty])
    assert scores.tolist() == pytest.approx([0.0, 1.0, 0.0], abs=1e-5)
    assert late_interaction(encoder, empty, [query]).tolist() == [0.0]
    assert late_interaction(encoder, query, []).shape == (0,)
    assert late_interaction(encoder, query, [empty]).tolist() == [0.0]


def test_several_queries_at_once_score_as_one_by_one(encoder: Encoder) -> None:
    documents, queries = encoder.token_ids(PASSAGES), encoder.token_ids(["工会", "", "fox 狐狸"])
    together = late_interactions(encoder, queries, documents)
    for row, query in zip(together, queries, strict=True):
        np.testing.assert_allclose(row, late_interaction(encoder, query, documents), atol=1e-6)


def test_the_order_of_the_passages_changes_nothing(encoder: Encoder) -> None:
    documents, query = encoder.token_ids(PASSAGES), encoder.token_ids(["职工服务活动有多少场"])[0]
    forward, backward = late_interaction(encoder, query, documents), late_interaction(encoder, query, documents[::-1])
    np.testing.assert_allclose(forward, backward[::-1], atol=1e-6)
    assert int(forward.argmax()) == 0


def test_cosines_of_many_tokens_are_those_of_their_vectors_one_by_one(encoder: Encoder) -> None:
    """More tokens than are compared at a time, in any order, some twice."""
    ids = np.random.default_rng(2).integers(1, 40_000, 300).astype(np.int32)
    directions = encoder.encode_query(["职工服务活动", "fox", ""])
    found = encoder.cosines(ids, directions)
    assert found.shape == (300, 3) and found.dtype == np.float32
    for token, row in zip(ids.tolist(), found, strict=True):
        vector = encoder.token_vectors([token])[0].astype(np.float64)
        np.testing.assert_allclose(row, directions @ vector / np.sqrt((vector**2).sum()), atol=1e-5)
    assert encoder.cosines(ids[:0], directions).shape == (0, 3)


def test_a_token_without_length_has_no_direction_and_a_negative_scale_turns_it_round() -> None:
    encoder = load_encoder()
    table: Any = encoder
    table._rows = np.array([[3, 4], [0, 0], [5, 0], [0, 7]], np.int8)
    table._scales = np.array([0.5, 1.0, -2.0, 0.0], np.float32)
    found = encoder.cosines(np.array([0, 1, 2, 3], np.int32), np.array([[1, 0], [0, 1]], np.float32))
    np.testing.assert_allclose(found, [[0.6, 0.8], [0.0, 0.0], [-1.0, 0.0], [0.0, 0.0]], atol=1e-6)


def test_cosines_are_the_same_when_some_or_all_lengths_are_known() -> None:
    fresh, ids = load_encoder(), np.arange(100, 400, dtype=np.int32)
    directions = fresh.encode_query(["职工服务活动", "fox"])
    first, every = fresh.cosines(ids[:150], directions), fresh.cosines(ids, directions)
    np.testing.assert_allclose(every[:150], first, atol=1e-6)
    np.testing.assert_allclose(fresh.cosines(ids[::-1].copy(), directions)[::-1], every, atol=1e-6)
