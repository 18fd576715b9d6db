"""Fusion: against sums worked out by hand, and measured so that it is not worse than its better half."""

from __future__ import annotations

import gzip
import json
import math
import os
from pathlib import Path
from statistics import mean, pstdev
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.archive import Archive
from qa.fusion import Asked, Judge, evidence, foreign_judge, fuse, judged, share_known, standardise, weights
from qa.temporary import archive_of

floats = st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=30)


def array(values: Any) -> Any:
    return np.array(values, np.float32)


@given(floats)
def test_standardised_scores_have_mean_zero_and_deviation_one(values: list[float]) -> None:
    found = standardise(array(values)).tolist()
    if pstdev(values) > 1e-2:
        assert mean(found) == pytest.approx(0, abs=1e-2) and pstdev(found) == pytest.approx(1, rel=1e-2)
        assert values[int(np.argmax(found))] == pytest.approx(max(values), abs=1e-3)
    elif pstdev(values) == 0:
        assert set(found) == {0.0}


def test_the_sum_is_the_one_worked_out_by_hand() -> None:
    fused = fuse({"one": array([1, 2, 3]), "two": array([10, 0, 5])}, {"one": 2.0, "two": 0.5})
    up, down = 1.5**0.5, -(1.5**0.5)
    assert fused.tolist() == pytest.approx([2 * down + 0.5 * up, 0.5 * down, 2 * up], abs=1e-5)


def test_a_half_that_cannot_tell_the_candidates_apart_has_no_say() -> None:
    one = array([3, 1, 2])
    assert fuse({"one": one, "flat": array([7, 7, 7])}, {"one": 1.0, "flat": 9.0}).tolist() == standardise(one).tolist()


@given(floats, st.floats(0.5, 100), st.floats(-100, 100))
def test_the_scale_of_a_score_does_not_matter(values: list[float], factor: float, shift: float) -> None:
    one = array(values)
    if float(one.std()) > 1:
        moved = fuse({"a": one * np.float32(factor) + np.float32(shift)}, {"a": 1.0})
        assert moved == pytest.approx(fuse({"a": one}, {"a": 1.0}), abs=1e-2)


def test_no_candidates_and_one_candidate_are_no_trouble() -> None:
    assert fuse({"a": array([])}, {"a": 1.0}).shape == (0,)
    assert fuse({}, {}).shape == (0,)
    assert fuse({"a": array([5])}, {"a": 1.0}).tolist() == [0.0]


def test_the_lexical_half_steps_aside_when_the_index_does_not_know_the_words() -> None:
    shares = [0.0, 0.2, 0.4, 0.55, 0.7, 1.0]
    sparse = [weights(share, late=True)["sparse"] for share in shares]
    assert sparse[:3] == [0, 0, 0] and 0 < sparse[3] < sparse[4] == sparse[5]
    assert all(weights(share, late=True)["late"] > 0 for share in shares)


def test_the_mean_vector_counts_twice_as_much_where_the_words_are_foreign() -> None:
    dense = [weights(share, late=True)["dense"] for share in (0.0, 0.4, 0.55, 0.7, 1.0)]
    assert dense == pytest.approx([0.5, 0.5, 0.375, 0.25, 0.25])
    assert {weights(share, late=False)["dense"] for share in (0.0, 0.55, 1.0)} == {1.25}


def test_without_token_vectors_the_mean_vector_takes_their_weight() -> None:
    with_late, without = weights(1.0, late=True), weights(1.0, late=False)
    assert without["late"] == 0
    assert without["dense"] == with_late["dense"] + with_late["late"] and without["sparse"] == with_late["sparse"]


# --- questions in another language ------------------------------------------------------------------------------------


def scores_of(seed: int, count: int = 6) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    return {name: chance.random(count).astype(np.float32) for name in ("dense", "sparse", "late")}


def by_hand(values: list[float]) -> list[float]:
    middle, spread = mean(values), pstdev(values)
    return [(value - middle) / spread for value in values]


@pytest.mark.parametrize("seed", range(5))
def test_the_evidence_is_what_its_description_says(seed: int) -> None:
    scores, lengths = scores_of(seed), [10, 20, 30, 40, 80, 160]
    found = evidence(scores, Asked(0.3, 12, 5000), lengths)
    dense, late, sparse = (by_hand([float(one) for one in scores[name]]) for name in ("dense", "late", "sparse"))
    ahead, second = sorted(dense)[::-1][:2]
    assert found.shape == (6, 12) and found.dtype == np.float32
    for column, wanted in enumerate((dense, late, sparse, by_hand([math.log(length + 5) for length in lengths]))):
        assert found[:, column].tolist() == pytest.approx(wanted, abs=1e-4)
    told = [math.log(13) - 2.7, ahead - second - 1, late[dense.index(ahead)] - 1, math.log10(5000) - 4, 0.4]
    apart = 3 * (pstdev([math.log(length + 5) for length in lengths]) - 0.5)
    told += [math.log(12.5 / 35), apart, 5 * (float(max(scores["dense"])) - 0.4)]
    assert np.allclose(found[:, 4:], told, atol=1e-4)


def test_the_network_is_the_one_worked_out_by_hand() -> None:
    judge = Judge(array([[1, 0], [0, 2]]), array([0.5, -0.5]), array([3, -1]), array([0.1, 0.2]))
    wanted = [
        3 * math.tanh(x + 0.5) - math.tanh(2 * y - 0.5) + 0.1 * x + 0.2 * y for x, y in ((1, 2), (-1, 0.5), (0, 0))
    ]
    assert judge.scores(array([[1, 2], [-1, 0.5], [0, 0]])).tolist() == pytest.approx(wanted, abs=1e-5)


@given(st.integers(0, 99), st.floats(0.7, 1))
def test_where_the_words_are_known_the_sum_decides_alone(seed: int, known: float) -> None:
    scores = scores_of(seed)
    found = judged(scores, Asked(known, 9, 3000), [30] * 6)
    assert found.tolist() == fuse(scores, weights(known, late=True)).tolist()


@given(st.integers(0, 99), st.floats(0, 0.4))
def test_where_no_word_is_known_the_network_decides_alone(seed: int, known: float) -> None:
    scores, asked, lengths = scores_of(seed), Asked(known, 9, 3000), [30, 50, 40, 20, 90, 60]
    found = judged(scores, asked, lengths)
    told = foreign_judge().scores(evidence(scores, asked, lengths))
    assert np.argsort(found).tolist() == np.argsort(told).tolist()
    assert float(found.std()) == pytest.approx(1.3, abs=1e-3), "as far apart as sums are"


def test_among_few_passages_the_sum_decides_and_among_many_the_network() -> None:
    scores, lengths = scores_of(5), [30] * 6
    few, some, many, more = (judged(scores, Asked(0.1, 9, size), lengths) for size in (200, 245, 300, 301))
    assert few.tolist() == fuse(scores, weights(0.1, late=True)).tolist()
    assert np.allclose(some, (few + many) / 2, atol=0.15), "the network is told of the size too"
    assert more == pytest.approx(many, abs=2e-3) and not np.allclose(few, many, atol=0.05)


def in_small(tokens: int, known: float = 0.1, lengths: tuple[int, ...] = (30, 50, 40, 20, 90, 60)) -> Any:
    return judged(scores_of(5), Asked(known, tokens, 200), list(lengths))


def test_among_few_passages_a_foreign_query_as_long_as_they_are_is_found_by_what_it_says_as_a_whole() -> None:
    scores, lengths = scores_of(5), [30, 50, 40, 20, 90, 60]
    dense, late, long = (
        np.array(by_hand([float(one) for one in values]))
        for values in (scores["dense"], scores["late"], [math.log(length + 5) for length in lengths])
    )
    assert np.allclose(in_small(45), 0.75 * dense + late - 0.3 * long, atol=1e-4)
    assert in_small(45).tolist() == in_small(27).tolist() == in_small(400).tolist()
    assert np.allclose(in_small(20), (in_small(13) + in_small(27)) / 2, atol=0.02), "in between by the share"


def test_what_is_as_long_as_the_passages_counts_no_more_than_others_where_passages_are_many() -> None:
    scores, lengths = scores_of(5), [30, 50, 40, 20, 90, 60]
    known = 0.1 + 1e-9
    network = foreign_judge().scores(evidence(scores, Asked(known, 45, 300), lengths))
    plain = 1.3 * standardise(network)
    assert np.allclose(judged(scores, Asked(known, 45, 300), lengths), plain, atol=1e-4)
    assert not np.allclose(judged(scores, Asked(known, 45, 220), lengths), plain, atol=0.05)


@given(st.integers(0, 13))
def test_a_query_that_is_much_shorter_than_the_passages_keeps_the_plain_sum(tokens: int) -> None:
    assert in_small(tokens).tolist() == fuse(scores_of(5), weights(0.1, late=True)).tolist()


@given(st.integers(1, 500), st.floats(0.7, 1), st.integers(1, 10**7))
def test_a_query_of_known_words_keeps_the_plain_sum_however_long_it_is(tokens: int, known: float, size: int) -> None:
    found = judged(scores_of(5), Asked(known, tokens, size), [30, 50, 40, 20, 90, 60])
    assert found.tolist() == fuse(scores_of(5), weights(known, late=True)).tolist()


def test_of_two_passages_that_are_alike_otherwise_the_shorter_stands_for_a_whole_sentence() -> None:
    scores = {"dense": array([0.5, 0.5, 0.1]), "late": array([0.4, 0.4, 0.1]), "sparse": array([0, 0, 0])}
    found = judged(scores, Asked(0.0, 30, 50), [80, 30, 30])
    short = judged(scores, Asked(0.0, 5, 50), [80, 30, 30])
    assert found[1] > found[0] > found[2] and short[0] == short[1]


def test_passages_without_tokens_are_no_trouble() -> None:
    scores = scores_of(2)
    assert np.isfinite(judged(scores, Asked(0.0, 9, 200), [0] * 6)).all()
    assert np.isfinite(judged(scores, Asked(0.0, 0, 200), [0] * 6)).all()


def test_in_between_both_have_a_say() -> None:
    scores, lengths = scores_of(3), [30] * 6
    sums, network = (judged(scores, Asked(known, 9, 3000), lengths) for known in (0.7, 0.4))
    middle = judged(scores, Asked(0.55, 9, 3000), lengths)
    assert np.corrcoef(middle, sums)[0, 1] > 0.5 or np.corrcoef(middle, network)[0, 1] > 0.5
    assert not np.allclose(middle, sums) and not np.allclose(middle, network)


def test_without_token_vectors_and_without_candidates_the_network_is_not_asked() -> None:
    halves = {name: one for name, one in scores_of(1).items() if name != "late"}
    assert judged(halves, Asked(0, 0, 10), []).tolist() == fuse(halves, weights(0, late=False)).tolist()
    assert judged({name: array([]) for name in ("dense", "sparse", "late")}, Asked(0, 3, 10), []).shape == (0,)
    alone = judged({name: array([2]) for name in ("dense", "sparse", "late")}, Asked(0, 3, 10), [5])
    assert alone.tolist() == [0.0]


def test_a_sentence_whose_vector_is_far_ahead_is_found_by_it_and_a_few_words_by_late_interaction() -> None:
    chance = np.random.default_rng(0)
    scores = {name: chance.normal(0.3, 0.02, 40).astype(np.float32) for name in ("dense", "late")}
    scores["sparse"] = np.zeros(40, np.float32)
    scores["dense"][7], scores["late"][7] = 0.75, 0.36
    scores["late"][9] = 0.40
    assert judged(scores, Asked(0.1, 30, 1_000_000), [40] * 40).argmax() == 7
    scores["dense"][7], scores["dense"][9] = 0.35, 0.34
    assert judged(scores, Asked(0.1, 4, 1_000_000), [40] * 40).argmax() == 9


class Frequencies(dict[str, int]):
    """An index of so many passages."""

    size = 0

    def __len__(self) -> int:
        return self.size

    def document_frequency(self, term: str) -> int:
        return self.get(term, 0)


@pytest.mark.parametrize(("size", "share"), [(10, 1.0), (50_000, 1.0), (100_000, 0.75), (1_000_000, 0.25)])
def test_in_a_very_large_index_a_word_must_stand_in_more_than_a_passage_to_be_known(size: int, share: float) -> None:
    index = Frequencies({"a": 1, "b": 2, "c": 19, "d": 20})
    index.size = size
    assert share_known(index, ["a", "b", "c", "d", "d"]) == share
    assert share_known(index, []) == 0


# --- on the five pages and on public sets -----------------------------------------------------------------------------


def hit_rates(archive: Archive, questions: list[dict[str, Any]], mode: Any) -> tuple[float, float]:
    """hit@1 and hit@5: a passage from the right page that holds the evidence."""
    sources = archive.sources()
    ranks = []
    for question in questions:
        wanted = {sources[number] for number in question["docs"]}
        evidence = ["".join(one.split()) for one in question["evidence"]]
        hits = archive.search(question["question"], 5, mode=mode)
        good = [
            any(one in "".join(hit.passage.text.split()) for one in evidence) and hit.passage.source in wanted
            for hit in hits
        ]
        ranks.append(good.index(True) + 1 if True in good else 99)
    return mean(rank == 1 for rank in ranks), mean(rank <= 5 for rank in ranks)


def test_on_the_five_pages_fusion_is_better_than_either_half(seeds_archive: Archive) -> None:
    path = Path(__file__).parent.parent / "seeds" / "questions" / "dev.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    asked = [row for row in rows if row["docs"] and not row["history"]]
    hybrid, dense, sparse = (hit_rates(seeds_archive, asked, mode) for mode in ("hybrid", "dense", "sparse"))
    assert hybrid[0] > max(dense[0], sparse[0]) and hybrid[1] >= max(dense[1], sparse[1])
    assert hybrid[0] > 0.79 and hybrid[1] > 0.9


PUBLIC = Path(os.environ.get("QA_PUBLIC_DATA", "none"))


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="QA_PUBLIC_DATA names no folder with the public sets")
@pytest.mark.parametrize("name", ["cmrc2018_trial", "drcd_test"])
def test_on_public_questions_fusion_is_not_worse_than_bm25(name: str) -> None:
    with gzip.open(PUBLIC / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file][:250]
    with archive_of([row["context"] for row in rows]) as archive:
        source = archive.sources()
        first = dict.fromkeys(("hybrid", "sparse"), 0)
        asked = [(row["qas"][0]["question"], source[number]) for number, row in enumerate(rows)]
        asked = [(question, wanted) for question, wanted in asked if question.strip()]  # one of CMRC is empty
        for (question, wanted), mode in ((one, mode) for one in asked for mode in first):
            hits = archive.search(question, 1, mode=mode)  # type: ignore[arg-type]
            first[mode] += bool(hits) and hits[0].passage.source == wanted
    assert first["hybrid"] >= first["sparse"] > 200
