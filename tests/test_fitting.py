"""What fits confidence to an archive, each step against a slow definition: errors, scaling, thresholds, halves."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.answers.calibration import (
    Judged,
    applied,
    best_threshold,
    expected_error,
    fingerprint,
    measured,
    platt,
    trust,
)
from qa.answers.model import sigmoid
from qa.answers.scoring import weights
from qa.store import Calibration

share = st.floats(0, 1)
outcomes = st.lists(st.tuples(share, st.booleans()), min_size=1, max_size=40)
rows = st.lists(st.tuples(share, share, st.booleans(), st.booleans()), min_size=1, max_size=40)


def asked(found: list[tuple[float, float, bool, bool]]) -> Judged:
    chance, support, right, answerable = zip(*found, strict=True)
    return Judged(np.array(chance), np.array(support), np.array(right), np.array(answerable))


def crowd(count: int, seed: int, slope: float = 1.0, offset: float = 0.0, bound: float = 0.5) -> Judged:
    """Questions that come true as their odds say, scaled; below a support of `bound` there is no answer."""
    chance = np.random.default_rng(seed)
    odds, support = chance.normal(0.3, 1.5, count), chance.random(count)
    answerable = support > bound
    right = (chance.random(count) < sigmoid(slope * odds + offset)) & answerable
    return Judged(sigmoid(odds), support, right, answerable)


# ---- the error ------------------------------------------------------------------------------------------------


@given(outcomes)
def test_the_expected_error_is_what_its_definition_says(found: list[tuple[float, bool]]) -> None:
    bins: dict[int, list[tuple[float, bool]]] = {}
    for chance, right in found:
        bins.setdefault(min(int(chance * 10), 9), []).append((chance, right))
    expected = sum(
        len(one) / len(found) * abs(sum(c for c, _ in one) / len(one) - sum(r for _, r in one) / len(one))
        for one in bins.values()
    )
    columns = np.array(found, float).T
    assert expected_error(columns[0], columns[1]) == pytest.approx(expected, abs=1e-9)


@given(st.floats(0, 1), st.integers(1, 50))
def test_one_confidence_for_all_errs_by_its_distance_from_the_share_right(chance: float, count: int) -> None:
    right = np.arange(count) % 3 == 0
    error = expected_error(np.full(count, chance), right.astype(float))
    assert error == pytest.approx(abs(chance - right.mean()), abs=1e-9)


def test_no_answers_err_in_nothing() -> None:
    assert expected_error(np.zeros(0), np.zeros(0)) == 0.0


@given(rows, share)
def test_trust_is_counted_question_by_question(found: list[tuple[float, float, bool, bool]], bound: float) -> None:
    judged = asked(found)
    made = trust(judged, judged.chance, np.full(len(judged), bound))
    given_ = [one for one in found if one[1] >= bound]
    wrong = [one for one in found if (not one[2] if one[1] >= bound else one[3])]
    yes, no = [one for one in found if one[3]], [one for one in found if not one[3]]

    def part(some: int, all_: int) -> float:
        return some / all_ if all_ else 0.0

    assert made.risk == pytest.approx(part(sum(not one[2] for one in given_), len(given_)))
    assert made.wrong == pytest.approx(len(wrong) / len(found))
    assert made.false_refusals == pytest.approx(part(sum(one[1] < bound for one in yes), len(yes)))
    assert made.false_answers == pytest.approx(part(sum(one[1] >= bound for one in no), len(no)))


# ---- the scaling ----------------------------------------------------------------------------------------------


def loss(slope: float, offset: float, odds: list[float], right: list[bool]) -> float:
    """What the scaling makes smallest: the logistic loss and a pull of one question's worth towards (1, 0)."""
    fit = sum(
        math.log1p(math.exp(-x if hit else x))
        for x, hit in ((slope * one + offset, hit) for one, hit in zip(odds, right, strict=True))
    )
    return fit + 0.5 * ((slope - 1) ** 2 + offset**2)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.3, 2.0), st.floats(-1.0, 1.0))
def test_no_step_away_from_the_fit_is_better(seed: int, slope: float, offset: float) -> None:
    judged = crowd(300, seed, slope, offset, bound=0.0)
    odds = np.log(judged.chance / (1 - judged.chance))
    found = platt(odds, judged.right.astype(float))
    assert found[0] > 0.05, "the slope is held above, and the fit is free there"
    here = loss(*found, odds.tolist(), judged.right.tolist())
    for step in (0.01, 0.1, 0.5):
        for other in ((step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step), (step, -step)):
            assert loss(found[0] + other[0], found[1] + other[1], odds.tolist(), judged.right.tolist()) >= here - 1e-9


@given(st.lists(st.floats(-6, 6), min_size=1, max_size=60), st.data())
def test_more_confident_stays_more_confident(odds: list[float], data: st.DataObject) -> None:
    right = data.draw(st.lists(st.booleans(), min_size=len(odds), max_size=len(odds)))
    slope, offset = platt(np.array(odds), np.array(right, float))
    assert slope > 0 and math.isfinite(slope) and math.isfinite(offset)


def test_turned_labels_turn_the_offset() -> None:
    odds = np.random.default_rng(2).normal(0, 2, 500)
    right = (np.random.default_rng(3).random(500) < sigmoid(odds + 0.7)).astype(float)
    slope, offset = platt(odds, right)
    mirrored = platt(-odds, 1 - right)
    assert list(mirrored) == pytest.approx([slope, -offset]) and offset > 0.3


@pytest.mark.parametrize("middle", [-4.0, 0.0, 4.0])
def test_half_wrong_is_found_out_however_sure_the_odds_are(middle: float) -> None:
    odds = np.random.default_rng(1).normal(middle, 0.5, 200)
    slope, offset = platt(odds, (np.arange(200) % 2).astype(float))
    assert sigmoid(slope * odds + offset).mean() == pytest.approx(0.5, abs=0.02)


# ---- the threshold --------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 0.9))
def test_the_best_threshold_is_the_one_a_search_by_hand_finds(seed: int, bound: float) -> None:
    judged = crowd(160, seed, bound=bound)
    shipped = weights().threshold
    moves = [number / 10 for number in range(-20, 21)]

    def worth(move: float) -> float:
        threshold = 1 / (1 + math.exp(-(math.log(shipped / (1 - shipped)) + move)))
        good = 0
        for support, right, answerable in zip(judged.support, judged.right, judged.answerable, strict=True):
            good += bool(right) if support >= threshold else not answerable
        return good - 2.0 * move**2

    found = best_threshold(judged)
    few = min(int(judged.answerable.sum()), int((~judged.answerable).sum())) < 20
    best = max(map(worth, moves))
    if found is None:
        assert few or best <= worth(0.0) + 1e-6
    else:
        move = math.log(found / (1 - found)) - math.log(shipped / (1 - shipped))
        assert not few and worth(round(move, 1)) == pytest.approx(best) and best > worth(0.0)


def test_questions_that_all_have_answers_move_no_threshold() -> None:
    judged = crowd(500, 1)
    every = Judged(judged.chance, judged.support, judged.right, np.ones(500, bool))
    assert best_threshold(every) is None


# ---- the whole ------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 120), st.booleans())
def test_what_is_kept_is_never_worse_on_the_other_halves(seed: int, count: int, moving: bool) -> None:
    chance = random.Random(seed)
    judged = crowd(count, seed, chance.uniform(0.2, 2), chance.uniform(-2, 2), chance.random())
    fit = measured(judged, with_threshold=moving)
    assert fit.after.error + fit.after.wrong <= fit.before.error + fit.before.wrong
    assert fit.calibration.questions == count and fit.calibration.weights == fingerprint()
    assert moving or fit.calibration.threshold is None
    if not fit.changes:
        assert fit.after == fit.before
    assert measured(judged, with_threshold=moving) == fit, "the same questions give the same fit"


def test_confidence_that_is_right_already_is_left_nearly_as_it_is() -> None:
    fit = measured(crowd(4000, 7, bound=0.0), with_threshold=False)
    assert fit.calibration.slope == pytest.approx(1.0, abs=0.1) and fit.calibration.offset == pytest.approx(0, abs=0.1)


@given(st.floats(0.1, 3), st.floats(-2, 2), st.floats(-4, 4))
def test_a_calibration_acts_on_the_odds_that_the_shipped_one_gives(slope: float, offset: float, raw: float) -> None:
    learned = weights()
    scaled = applied(learned, Calibration(slope, offset, threshold=0.4))
    shipped = learned.slope * raw + learned.offset
    assert scaled.slope * raw + scaled.offset == pytest.approx(slope * shipped + offset)
    assert scaled.threshold == 0.4 and applied(learned, Calibration(slope, offset)).threshold == learned.threshold


def test_taking_rows_takes_them_of_every_column() -> None:
    judged = crowd(9, 4)
    part = judged.take(np.array([7, 2]))
    assert len(part) == 2
    assert part.support.tolist() == [judged.support[7], judged.support[2]]
    assert part.right.tolist() == [judged.right[7], judged.right[2]]
