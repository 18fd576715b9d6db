"""Sums, whitening, nearest rows and new words against worked examples and slow definitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.codes import filled, train
from embeddings.inverted import InvertedIndex, _top
from embeddings.pooling import COUNTS, Ints, bags, sums, unit
from embeddings.train.pairs import Ids
from embeddings.train.whitening import _spread, whitened
from embeddings.vectors import Blocks, VectorIndex


def ids(*texts: Sequence[int]) -> list[Ints]:
    return [np.array(text, np.int32) for text in texts]


# --- bags and sums ----------------------------------------------------------------------------------------------------


def test_bags_of_three_texts_worked_by_hand() -> None:
    found = bags(ids([7, 2, 7, 7, 7], [], [2]), "sqrt")
    assert found.tokens.tolist() == [2, 7, 2] and found.weights.tolist() == [1.0, 2.0, 1.0]
    assert found.starts.tolist() == [0, 2, 2, 3]
    assert bags(ids([7, 2, 7, 7, 7])).weights.tolist() == [1.0, 4.0]
    none = bags([])
    assert none.starts.tolist() == [0] and none.tokens.shape == none.weights.shape == (0,)


def test_sums_worked_by_hand() -> None:
    table = np.array([[0, 0], [1, 0], [0, 10]], np.float32)
    found = sums(bags(ids([1, 1, 2], [], [2, 2, 2, 2]), "sqrt"), lambda rows: table[rows], 2)
    assert found == pytest.approx(np.array([[2**0.5, 10], [0, 0], [0, 20]], np.float32))


@pytest.mark.parametrize("count", [3, 64, 65, 200])
def test_each_distinct_token_is_looked_up_once_in_order(count: int) -> None:
    random = np.random.default_rng(count)
    texts = [random.integers(0, 90, random.integers(0, 9)).astype(np.int32) for _ in range(count)]
    asked: list[list[int]] = []

    def look_up(rows: Ints) -> Any:
        asked.append(rows.tolist())
        return np.ones((len(rows), 4), np.float32)

    found = sums(bags(texts), look_up, 4)
    assert asked == [sorted({int(token) for text in texts for token in text})]
    assert found[:, 0].tolist() == [float(len(text)) for text in texts]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 40), max_size=9), min_size=66, max_size=90), st.sampled_from(COUNTS))
def test_the_way_for_many_texts_gives_the_bits_of_the_way_for_few(texts: list[list[int]], counts: str) -> None:
    table = np.random.default_rng(3).standard_normal((41, 7)).astype(np.float32)
    arrays = ids(*texts)
    together = sums(bags(arrays, counts), lambda rows: table[rows], 7)
    parts = [sums(bags(arrays[first : first + 5], counts), lambda rows: table[rows], 7) for first in range(0, 90, 5)]
    assert np.array_equal(together, np.concatenate(parts))


# --- whitening --------------------------------------------------------------------------------------------------------


def test_two_directions_worked_by_hand() -> None:
    """Three texts along the first axis and one along the second: covariance 3/4 and 1/4, a third of the largest."""
    table = np.array([[2, 0], [0, 2]], np.float32)
    texts: list[Ids] = ids([0], [0], [0], [1])
    kept = whitened(table, texts, 0.5, keep_lengths=True)
    assert kept == pytest.approx(table)  # the directions are the axes already
    free = whitened(table, texts, 0.5)
    assert free[1, 1] / free[0, 0] == pytest.approx(3**0.5, rel=1e-5)
    assert float(np.linalg.norm(free, axis=1).mean()) == pytest.approx(2.0, rel=1e-5)


@pytest.mark.parametrize("power", [0.15, 0.5])
def test_turning_the_space_turns_the_result(power: float) -> None:
    random = np.random.default_rng(1)
    table = (random.standard_normal((120, 6)) * [5, 3, 2, 1, 1, 0.5]).astype(np.float32)
    texts: list[Ids] = [random.integers(0, 120, 5).astype(np.int32) for _ in range(400)]
    turn = np.linalg.qr(random.standard_normal((6, 6)))[0].astype(np.float32)
    np.testing.assert_allclose(whitened(table @ turn, texts, power), whitened(table, texts, power) @ turn, atol=2e-3)


def test_the_power_of_a_half_makes_texts_of_one_token_even_in_every_direction() -> None:
    random = np.random.default_rng(2)
    table = unit((random.standard_normal((4000, 5)) * [4, 2, 1, 1, 0.7]).astype(np.float32))
    before, after = (
        np.linalg.eigvalsh(one.T @ one) for one in (table, whitened(table, ids(*[[n] for n in range(4000)]), 0.5))
    )
    assert before[-1] / before[0] > 4 and after[-1] / after[0] == pytest.approx(1.0, abs=1e-3)


@settings(deadline=None)
@given(st.integers(0, 5000))
def test_a_sample_is_spread_over_all_texts(count: int) -> None:
    texts: list[Ids] = ids(*[[n] for n in range(count)])
    chosen = [int(one[0]) for one in _spread(texts)]
    assert len(chosen) == min(count, 1000) and chosen == sorted(set(chosen))
    steps = np.diff(chosen)
    assert steps.max(initial=0) - steps.min(initial=steps.max(initial=0)) <= 1
    assert not count or (chosen[0] == 0 and chosen[-1] >= count - max(1, -(-count // 1000)))


@pytest.mark.parametrize("count", [1001, 1500, 1999, 2001])
def test_a_sample_of_a_little_more_than_enough_reaches_the_end(count: int) -> None:
    chosen = [int(one[0]) for one in _spread(ids(*[[n] for n in range(count)]))]
    assert sum(one >= count // 2 for one in chosen) == 500


# --- nearest rows -----------------------------------------------------------------------------------------------------

SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), max_size=40)


@settings(deadline=None)
@given(SCORES, st.integers(0, 12), st.randoms())
def test_the_best_are_those_of_a_sort_and_ties_go_by_row(values: list[float], k: int, choose: Any) -> None:
    rows = choose.sample(range(100), len(values))
    found, scores = _top(np.array(rows, np.int64), np.array(values, np.float32), k)
    wanted = sorted(zip(values, rows, strict=True), key=lambda pair: (-pair[0], pair[1]))[:k]
    assert list(zip(scores.tolist(), found.tolist(), strict=True)) == wanted


def halves(count: int, seed: int, dim: int = 16) -> Any:
    return unit(np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)).astype(np.float16)


@pytest.mark.parametrize("sizes", [(500,), (300, 0, 200), (1, 499)])
def test_with_every_list_probed_the_search_is_exact(sizes: tuple[int, ...]) -> None:
    vectors, queries = halves(500, 1), halves(20, 2).astype(np.float32)
    blocks = Blocks(np.split(vectors, np.cumsum(sizes)[:-1]), 16)
    trained = train(blocks)
    index = InvertedIndex(blocks, [filled(trained, array) for array in blocks.arrays], 10**6)
    exact = VectorIndex.of(blocks)
    for query in queries:
        ((rows, scores),) = index.search(query[None], 10)
        ((wanted, others),) = exact.search(query[None], 10)
        assert rows.tolist() == wanted.tolist() and scores == pytest.approx(others, abs=1e-5)
    assert [rows.tolist() for rows in index._nearest(queries, 7)] == [r.tolist() for r, _ in exact.search(queries, 7)]


def test_several_queries_at_once_find_what_each_finds_alone() -> None:
    index, queries = InvertedIndex.build(Blocks([halves(900, 3)], 16)), halves(9, 4).astype(np.float32)
    for query, (rows, scores) in zip(queries, index.search(queries, 5), strict=True):
        ((alone, same),) = index.search(query[None], 5)
        assert rows.tolist() == alone.tolist() and scores.tolist() == same.tolist()
    assert index.search(queries[:0], 5) == []


def test_an_allowed_row_given_twice_counts_once_and_order_does_not_matter() -> None:
    index, query = InvertedIndex.build(Blocks([halves(400, 5)], 16)), halves(1, 6).astype(np.float32)
    ((rows, _),) = index.search(query, 10, [9, 3, 9, 3, 200, 3])
    assert sorted(rows.tolist()) == [3, 9, 200]
    assert index.search(query, 10, iter([200, 9, 3]))[0][0].tolist() == rows.tolist()


# --- new words --------------------------------------------------------------------------------------------------------


def test_a_pair_of_pieces_is_a_word_by_its_mutual_information() -> None:
    """The bound worked out from the counts: kept where the pieces meet thirty times as often as chance has it."""
    pytest.importorskip("torch")
    from embeddings.train import adapting

    tokenizer, _ = adapting._read(None)
    filler = [
        f"{a}{b}" for a, b in zip("书店渡口茶园剧场码头集市山路河岸", "山路河岸书店渡口茶园剧场码头集市", strict=True)
    ]
    texts = ["婺剡"] * 9 + ["嵊泗"] * 7 + filler * 40
    found = adapting.new_words(tokenizer, texts)
    runs = [tokenizer.encode(text, add_special_tokens=False).tokens for text in texts]
    single = Counter(token for run in runs for token in run)
    joined = Counter(pair for run in runs for pair in pairwise(run))
    total = sum(single.values())
    wanted = {
        first + second
        for (first, second), times in joined.items()
        if times >= 8
        and times * total >= 30 * single[first] * single[second]
        and min(len(first), len(second)) == 1
        and len(first + second) <= 4
        and tokenizer.token_to_id(first + second) is None
    }
    assert set(found) == wanted and "婺剡" in found and "嵊泗" not in found  # seven times are too few


def test_questions_leave_their_own_words_out_of_the_story_they_look_for() -> None:
    pytest.importorskip("torch")
    from embeddings.train.adapting import tasks_of

    body = ["昨天晚上湖边的灯会开幕了。", "今年的灯会一共有三千盏花灯。", "市民可以凭身份证免费进场观看。"]
    held = [("灯会开幕", "".join(body)), ("", body[0])]
    headlines, sentences = tasks_of(held, [("书店", "书店延长了开放时间。" * 50)] * 3)
    assert headlines.questions == ["灯会开幕"] and headlines.relevant == [0]
    (question,) = sentences.questions
    assert question in body[1] and len(question) == len(body[1]) - len(body[1]) // 4
    assert sentences.passages[0] == body[0] + body[2] and len(sentences.passages) == 4
    assert max(map(len, headlines.passages)) == 300
    assert tasks_of([("", "短。")], []) == []
