"""The averaged structured perceptron that learns to tag the lines of a page (Collins 2002)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.articles.tagger import TAGS, Weights, best_path

Names = Sequence[Sequence[str]]
Ids = NDArray[np.int32]
Floats = NDArray[np.float64]
Place = tuple[Any, ...]  # numbers of features, then one tag or two
_LEFT_OUT = 0.2  # of the features, at random, in every lesson, so that none is indispensable
_MARGIN = 4.0  # by which the right tag of a line must win over every other


@dataclass(frozen=True)
class Lesson:
    """One page by numbers: of its features, int32[lines, most], 0 for none; of its tags, int[lines]."""

    own: Ids
    pairs: Ids
    barred: Floats  # what hard rules take from each tag of each line, float[lines, tags]
    truth: NDArray[np.intp]


class Perceptron:
    """Weights that grow by what is right and shrink by what was guessed; the average over all steps is used."""

    def __init__(self) -> None:
        size = len(TAGS)
        self.numbers: dict[str, int] = {}
        self.pair_numbers: dict[str, int] = {}
        self.line: Floats = np.zeros((1, size))
        self.pair: Floats = np.zeros((1, size, size))
        self.line_sum, self.pair_sum = self.line.copy(), self.pair.copy()
        self.steps = 1

    def lesson(self, own: Names, pairs: Names, truth: Sequence[int]) -> Lesson:
        """The page by numbers; features never seen before get numbers of their own."""
        barred = np.array([Weights({}, {}).emissions(names) for names in own])
        found = Lesson(_rows(own, self.numbers), _rows(pairs, self.pair_numbers), barred, np.array(truth, np.intp))
        self.line, self.line_sum = (_grown(table, len(self.numbers) + 1) for table in (self.line, self.line_sum))
        self.pair, self.pair_sum = (_grown(table, len(self.pair_numbers) + 1) for table in (self.pair, self.pair_sum))
        return found

    def learn(self, lesson: Lesson, rng: random.Random | None = None) -> None:
        """One step; with `rng`, some features are left out and the truth must win by a margin."""
        own, pairs, barred = lesson.own, lesson.pairs, lesson.barred
        if rng:
            drawn = np.random.default_rng(rng.randrange(2**32))
            own = np.where(drawn.random(own.shape) > _LEFT_OUT, own, 0)
            pairs = np.where(drawn.random(pairs.shape) > _LEFT_OUT, pairs, 0)
            barred = barred + _MARGIN
            barred[np.arange(len(own)), lesson.truth] -= _MARGIN
        through = self.pair[pairs].sum(axis=1) + Weights({}, {}).transitions(())
        guess = best_path(self.line[own].sum(axis=1) + barred, through)
        self.steps += 1
        for i, (right, wrong) in enumerate(zip(lesson.truth, guess, strict=True)):
            if right != wrong:
                self._move(self.line, self.line_sum, (own[i], right), (own[i], wrong))
            if i and (lesson.truth[i - 1], right) != (guess[i - 1], wrong):
                before = (pairs[i], lesson.truth[i - 1], right), (pairs[i], guess[i - 1], wrong)
                self._move(self.pair, self.pair_sum, *before)

    def _move(self, weights: Floats, sums: Floats, right: Place, wrong: Place) -> None:
        for place, sign in ((right, 1.0), (wrong, -1.0)):
            weights[place] += sign
            sums[place] += sign * self.steps
        weights[0] = sums[0] = 0.0

    def averaged(self) -> Weights:
        """The mean of the weights after every step, without those that never moved."""
        line, pair = self.line - self.line_sum / self.steps, self.pair - self.pair_sum / self.steps
        return Weights(
            {name: line[n] for name, n in self.numbers.items() if line[n].any()},
            {name: pair[n] for name, n in self.pair_numbers.items() if pair[n].any()},
        )


def _rows(names: Names, numbers: dict[str, int]) -> Ids:
    """Numbers of the features of each line, padded with 0 to one width."""
    rows = np.zeros((len(names), max([1, *map(len, names)])), dtype=np.int32)
    for row, line in zip(rows, names, strict=True):
        row[: len(line)] = [numbers.setdefault(name, len(numbers) + 1) for name in line]
    return rows


def _grown(table: Floats, size: int) -> Floats:
    """The table with room for `size` numbers, and some more so that it seldom grows."""
    if len(table) >= size:
        return table
    return np.concatenate((table, np.zeros((2 * size - len(table), *table.shape[1:]))))


def without_rare(lessons: Sequence[Lesson], least: int = 4) -> list[Lesson]:
    """The lessons without features that hold for fewer than `least` lines."""
    counts = [
        np.bincount(np.concatenate([rows.ravel() for rows in table]))
        for table in ([lesson.own for lesson in lessons], [lesson.pairs for lesson in lessons])
    ]
    kept = [np.where(count < least, 0, np.arange(len(count), dtype=np.int32)) for count in counts]
    return [replace(lesson, own=kept[0][lesson.own], pairs=kept[1][lesson.pairs]) for lesson in lessons]
