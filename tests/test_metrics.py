"""The measures against values worked out by hand."""

from __future__ import annotations

import math

import pytest

from qa import metrics


def test_hit_at_k_looks_at_the_first_k_only() -> None:
    assert metrics.hit_at([False, True], 1) == 0.0
    assert metrics.hit_at([False, True], 2) == 1.0
    assert metrics.hit_at([], 5) == 0.0


def test_reciprocal_rank_of_a_third_place_is_a_third() -> None:
    assert metrics.reciprocal_rank([False, False, True, True]) == pytest.approx(1 / 3)
    assert metrics.reciprocal_rank([False] * 10 + [True]) == 0.0


def test_ndcg_of_a_worked_example() -> None:
    # Gains 3, 2, 3, 0, 1, 2: the example that textbooks use; DCG 6.861, ideal 3, 3, 2, 2, 1 (cut at 6).
    gains = [3.0, 2.0, 3.0, 0.0, 1.0, 2.0]
    dcg = 3 / 1 + 2 / 1.5849625 + 3 / 2 + 0 + 1 / 2.5849625 + 2 / 2.8073549
    ideal = 3 / 1 + 3 / 1.5849625 + 2 / 2 + 2 / 2.3219281 + 1 / 2.5849625
    assert metrics.ndcg(gains, gains, k=6) == pytest.approx(dcg / ideal, abs=1e-6)


def test_ndcg_counts_relevant_passages_that_were_not_found() -> None:
    found_one_of_two = metrics.ndcg([1.0, 0.0], [1.0, 1.0])
    assert found_one_of_two == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert metrics.ndcg([0.0], []) == 0.0


def test_answers_compare_without_width_case_space_and_punctuation() -> None:
    assert metrics.exact_match("１８０６ 场。", ["1806场"]) == 1.0
    assert metrics.exact_match("1806", ["1806场"]) == 0.0
    assert metrics.exact_match("App", ["APP", "other"]) == 1.0
    assert metrics.contains("共 有\n1806场", "有1806")


def test_a_decimal_point_and_a_percent_sign_are_part_of_the_value() -> None:
    assert metrics.exact_match("16.65万人", ["1665万人"]) == 0.0
    assert metrics.exact_match("85", ["85%"]) == 0.0


def test_character_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    precision, recall = 2 / 3, 2 / 4
    expected = 2 * precision * recall / (precision + recall)
    assert metrics.character_f1("甲乙丙", ["甲乙丁戊"]) == pytest.approx(expected)
    assert metrics.character_f1("", ["甲"]) == 0.0
    assert metrics.character_f1("甲", ["乙", "甲"]) == 1.0


def test_risk_coverage_orders_by_confidence() -> None:
    coverage, risk = metrics.risk_coverage([0.2, 0.9, 0.5], [False, True, True])
    assert coverage.tolist() == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert risk.tolist() == pytest.approx([0.0, 0.0, 1 / 3])
    assert metrics.area_under_risk_coverage([0.2, 0.9, 0.5], [False, True, True]) == pytest.approx(1 / 9)


def test_a_perfectly_calibrated_set_has_no_calibration_error() -> None:
    confidence = [0.8] * 10
    right = [True] * 8 + [False] * 2
    assert metrics.expected_calibration_error(confidence, right) == pytest.approx(0.0)
    assert metrics.expected_calibration_error([1.0, 1.0], [True, False]) == pytest.approx(0.5)
    assert math.isnan(metrics.expected_calibration_error([], []))


def test_calibration_bins_keep_certainty_in_the_last_bin() -> None:
    assert metrics.calibration_bins([1.0, 0.95], [True, False], bins=10) == [(0.975, 0.5, 2)]


def test_bootstrap_interval_holds_the_mean_and_is_reproducible() -> None:
    values = [0.0, 1.0] * 50
    interval = metrics.bootstrap(values)
    assert interval.mean == 0.5 and interval.low < 0.5 < interval.high
    # The normal approximation: 0.5 +- 1.96 * 0.5 / sqrt(100).
    assert interval.low == pytest.approx(0.402, abs=0.03) and interval.high == pytest.approx(0.598, abs=0.03)
    assert interval == metrics.bootstrap(values)
    assert metrics.bootstrap([]).n == 0


def test_a_clear_difference_is_significant_and_none_is_not() -> None:
    better = metrics.paired_difference([0.0] * 20, [1.0] * 20)
    assert better.mean == 1.0 and better.p_value < 0.001
    same = metrics.paired_difference([0.0, 1.0] * 10, [1.0, 0.0] * 10)
    assert same.mean == 0.0 and same.p_value == 1.0


def test_the_sign_flip_test_matches_the_exact_count_on_a_small_sample() -> None:
    # Five equal gains: of 32 sign patterns two are as extreme.
    assert metrics.paired_difference([0.0] * 5, [1.0] * 5).p_value == pytest.approx(2 / 32, abs=0.01)
