"""The learner of the line tagger, against its definition and on tasks small enough to see through."""

from __future__ import annotations

import json
import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.articles.tagger import TAGS, best_path
from qa.benchmark.learning import Lesson, Perceptron, without_rare
from qa.benchmark.tagger import written


def test_the_perceptron_learns_what_one_feature_says() -> None:
    learner = Perceptron()
    one = learner.lesson([["x"], ["y"]], [[], ["bias"]], [0, 3])
    other = learner.lesson([["y"], ["x"]], [[], ["bias"]], [3, 0])
    for _ in range(20):
        learner.learn(one)
        learner.learn(other)
    weights = learner.averaged()
    assert int(weights.emissions(["x"]).argmax()) == 0 and int(weights.emissions(["y"]).argmax()) == 3


def test_lessons_with_features_left_out_lead_to_the_same_tags() -> None:
    learner, rng = Perceptron(), random.Random(0)
    names = [[f"word={n}", f"size={n % 2}", "bias"] for n in range(4)]
    lesson = learner.lesson(names, [["bias"]] * 4, [0, 3, 4, 7])
    for _ in range(60):
        learner.learn(lesson, rng)
    weights = learner.averaged()
    emissions = np.array([weights.emissions(line) for line in names])
    transitions = np.array([weights.transitions(line) for line in [["bias"]] * 4])
    assert best_path(emissions, transitions) == [0, 3, 4, 7]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from("xyz"), min_size=2, max_size=4), min_size=1, max_size=8), st.randoms())
def test_averaged_weights_are_the_mean_of_those_of_every_step(pages: list[list[str]], rng: random.Random) -> None:
    learner, total = Perceptron(), np.zeros((3, len(TAGS)))
    learner.lesson([["x", "y", "z"]], [[]], [0])  # so that all three have a number
    rows = [learner.numbers[name] for name in "xyz"]
    for page in pages:
        total += learner.line[rows]
        tags = [rng.randrange(len(TAGS)) for _ in page]
        learner.learn(learner.lesson([[name] for name in page], [["bias"]] * len(page), tags))
    averaged = learner.averaged()
    found = np.array([averaged.line.get(name, np.zeros(len(TAGS))) for name in "xyz"])
    assert np.allclose(found * (len(pages) + 1), total)


def test_weights_grow_with_the_features_and_keep_their_values() -> None:
    learner = Perceptron()
    for n in range(40):
        learner.learn(learner.lesson([[f"a{n}"], ["b"]], [[], [f"p{n}"]], [2, 3]))
    assert len(learner.line) > 41 and len(learner.pair) > 40
    assert learner.line[learner.numbers["a0"]].any() and not learner.line[0].any() and not learner.pair[0].any()


def test_features_of_few_lines_are_left_out() -> None:
    learner = Perceptron()
    lessons = [learner.lesson([["often", "rare" if n == 0 else "often too"]], [["p"]], [0]) for n in range(6)]
    kept = without_rare(lessons, 4)
    rare = learner.numbers["rare"]
    assert all(isinstance(lesson, Lesson) and rare not in lesson.own for lesson in kept)
    assert all(learner.numbers["often"] in lesson.own for lesson in kept)
    assert learner.numbers["often too"] in kept[1].own and kept[0].pairs[0, 0] == learner.pair_numbers["p"]


def test_written_weights_are_rows_in_the_order_of_the_tags() -> None:
    learner = Perceptron()
    lesson = learner.lesson([["a"], ["b"]], [[], ["p"]], [3, 4])
    for _ in range(2):
        learner.learn(lesson)
    stored = json.loads(json.dumps(written(learner.averaged())))
    assert all(len(row) == len(TAGS) for row in stored["line"].values())
    assert all(len(row) == len(TAGS) ** 2 for row in stored["pair"].values())
    assert stored["line"]["a"][3] > 0 and stored["pair"]["p"][3 * len(TAGS) + 4] > 0


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
