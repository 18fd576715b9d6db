"""The learner of the line tagger, against its definition and on tasks small enough to see through."""

from __future__ import annotations

import itertools
import json
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.articles.context import restored
from qa.articles.tagger import TAGS, Weights, best_path, viterbi
from qa.benchmark.learning import Lesson, Numbers, Reader, learned, loss, train, train_ranking, without_rare
from qa.benchmark.tagger import written


def _taught(pages: list[tuple[list[list[str]], list[int]]], epochs: int = 40) -> Weights:
    numbers = Numbers({}, {})
    lessons = [numbers.lesson(own, [["bias"]] * len(own), tags) for own, tags in pages]
    return learned(train([lessons * 8] * epochs, numbers, random.Random(0)), numbers)


def _read(weights: Weights, own: list[list[str]]) -> list[int]:
    return viterbi(weights, own, [["bias"]] * len(own))


def test_what_one_feature_says_is_learned() -> None:
    weights = _taught([([["x"], ["y"]], [0, 3]), ([["y"], ["x"]], [3, 0])])
    assert _read(weights, [["x"], ["x"], ["y"]]) == [0, 0, 3] and _read(weights, [["y"]]) == [3]


def test_what_a_line_means_is_learned_from_the_line_after_next() -> None:
    after = {"p": 0, "q": 5}
    pages = [([["same"], ["between"], [name], ["same end"]], [tag, 3, 3, 3]) for name, tag in after.items()]
    weights = _taught(pages, 80)
    assert all(_read(weights, own) == tags for own, tags in pages)


def test_features_of_few_lines_are_left_out() -> None:
    numbers = Numbers({}, {})
    lessons = [numbers.lesson([["often", "rare" if n == 0 else "often too"]], [["p"]], [0]) for n in range(7)]
    kept, left = without_rare(lessons, numbers, 6)
    assert left == Numbers({"often": 1, "often too": 2}, {"p": 1})
    assert [lesson.own.tolist() for lesson in kept] == [[[1, 0]]] + [[[1, 2]]] * 6
    assert all(isinstance(lesson, Lesson) and lesson.pairs.tolist() == [[1]] for lesson in kept)


def test_written_weights_give_the_same_tags_and_nearly_the_same_scores() -> None:
    weights = _taught([([["a"], ["b"]], [3, 4]), ([["b"], ["a"]], [4, 3])], 20)
    entry = json.loads(json.dumps(written(weights)))
    assert all(len(row) == len(TAGS) for row in entry["line"].values())
    assert all(len(row) == len(TAGS) ** 2 for row in entry["pair"].values())
    assert weights.context is not None
    own = [["a"], ["b"], ["a", "b", "unknown"]]
    again = restored(entry["context"])
    assert np.allclose(again.scores(own), weights.context.scores(own), atol=0.05)
    assert written(Weights({}, {})) == {"line": {}, "pair": {}}


def test_the_network_scores_pages_as_its_teacher_does() -> None:
    numbers = Numbers({}, {})
    rng = random.Random(1)
    names = [[rng.choice("abcdef") for _ in range(3)] for _ in range(9)]
    lesson = numbers.lesson([list(dict.fromkeys(line)) for line in names], [["bias"]] * 9, [0] * 9)
    reader = Reader(len(numbers.own), len(numbers.pairs)).eval()
    weights = learned(reader, numbers)
    with torch.no_grad():
        emissions, steps = reader(lesson)
    own = [list(dict.fromkeys(line)) for line in names]
    assert np.allclose(weights.page(own), emissions.numpy(), atol=1e-4)
    assert np.allclose(weights.transitions(["bias"]).clip(min=-1e4), steps[0].numpy(), atol=1e-4)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_likelihoods_of_all_paths_sum_to_one(count: int) -> None:
    rng = np.random.default_rng(count)
    size = len(TAGS)
    emissions = torch.from_numpy(rng.normal(size=(count, size))).float()
    steps = torch.from_numpy(rng.normal(size=(count, size, size))).float()
    paths = itertools.product(range(size), repeat=count) if count < 4 else []
    chances = [float(torch.exp(-loss([(emissions, steps)], [np.array(path)]))) for path in paths]
    assert not chances or sum(chances) == pytest.approx(1, abs=1e-3)
    short = torch.zeros(2, size), torch.zeros(2, size, size)
    both = loss([(emissions, steps), short], [np.zeros(count, dtype=int), np.zeros(2, dtype=int)])
    alone = loss([(emissions, steps)], [np.zeros(count, dtype=int)]) + loss([short], [np.zeros(2, dtype=int)])
    assert float(both) == pytest.approx(float(alone), rel=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(0, 10**6))
def test_the_best_path_is_better_than_any_other(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    emissions, transitions = rng.normal(size=(count, 3)), rng.normal(size=(count, 3, 3))

    def worth(path: list[int]) -> float:
        steps = sum(float(transitions[i, path[i - 1], path[i]]) for i in range(1, count))
        return steps + sum(float(emissions[i, tag]) for i, tag in enumerate(path))

    best = best_path(emissions, transitions)
    paths = np.array(np.meshgrid(*[range(3)] * count)).reshape(count, -1).T
    assert worth(best) >= max(worth([int(tag) for tag in path]) for path in paths) - 1e-9


def _likeliest(weights: dict[str, float], names: list[list[str]]) -> int:
    scores = [sum(weights.get(name, 0.0) for name in line) for line in names]
    return scores.index(max(scores))


def test_a_ranking_learns_which_line_of_a_group_is_chosen() -> None:
    rng = random.Random(4)
    groups: list[tuple[list[list[str]], list[float]]] = []
    for _ in range(300):
        right = rng.randrange(3)
        lines = [[rng.choice("abc"), "good" if n == right else rng.choice(("bad", "worse"))] for n in range(3)]
        groups.append((lines, [float(n == right) for n in range(3)]))
    weights = train_ranking(groups, random.Random(0), 40)
    assert weights["good"] > max(weights["bad"], weights["worse"]) + 1
    assert all(_likeliest(weights, lines) == worth.index(1.0) for lines, worth in groups)
    assert abs(weights["a"] - weights["b"]) < 0.5


def test_a_line_that_is_worth_a_part_is_chosen_less_often() -> None:
    both: list[tuple[list[list[str]], list[float]]] = [([["first"], ["second"]], [0.8, 0.2])] * 400
    weights = train_ranking(both, random.Random(0), 60)
    odds = weights["first"] - weights["second"]
    assert 0.5 < odds < 2 * float(np.log(4))


def test_groups_of_different_sizes_are_ranked_together() -> None:
    groups = [([["x"], ["y"]], [1.0, 0.0]), ([["z"], ["y"], ["x", "more"], ["y"]], [0.0, 0.0, 1.0, 0.0])] * 100
    weights = train_ranking(groups, random.Random(1), 40)
    assert weights["x"] > weights["y"] and list(weights) == sorted(weights)
