"""The learner of the line tagger: a conditional random field whose scores are linear weights and a small network.

The loss is the negative log likelihood of the true tags of a page (Lafferty et al. 2001), minimised by Adam.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from qa.articles.context import REACH, Context
from qa.articles.tagger import TAGS, Weights

Names = Sequence[Sequence[str]]
Ids = NDArray[np.int32]
_LEFT_OUT = 0.2  # of the features, at random, in every lesson, so that none is indispensable
_DROPPED = 0.15  # of the hidden units
_HIDDEN, _WIDE = 40, 48
_RATE, _LAST_RATE = 2e-3, 2e-5
_PAGES = 8  # in a step
_AVERAGED = 0.85  # the part of the steps after which the mean of the weights begins
_SIZE = len(TAGS)
_GROUPS = 128  # headline groups in a step
_RANKING_RATE, _RANKING_LEFT_OUT, _RANKING_DECAY = 0.02, 0.3, 1e-4


@dataclass(frozen=True)
class Lesson:
    """One page by numbers: of its features, int[lines, most], 0 for none; of its tags, int[lines]."""

    own: Ids
    pairs: Ids
    barred: NDArray[np.float32]  # what hard rules take from each tag of each line, float[lines, tags]
    truth: Ids


@dataclass(frozen=True)
class Numbers:
    """Numbers of all features seen, from 1, of lines and of pairs of lines."""

    own: dict[str, int]
    pairs: dict[str, int]

    def lesson(self, own: Names, pairs: Names, truth: Sequence[int]) -> Lesson:
        """The page by numbers; features never seen before get numbers of their own."""
        barred = np.array([Weights({}, {}).emissions(names) for names in own], dtype=np.float32)
        return Lesson(_rows(own, self.own), _rows(pairs, self.pairs), barred, np.array(truth, np.int32))


def _rows(names: Names, numbers: dict[str, int]) -> Ids:
    """Numbers of the features of each line, padded with 0 to one width."""
    rows = np.zeros((len(names), max([1, *map(len, names)])), dtype=np.int32)
    for row, line in zip(rows, names, strict=True):
        row[: len(line)] = [numbers.setdefault(name, len(numbers) + 1) for name in line]
    return rows


def without_rare(lessons: Sequence[Lesson], numbers: Numbers, least: int = 6) -> tuple[list[Lesson], Numbers]:
    """Lessons and numbers without the features that hold for fewer than `least` lines."""
    own, own_names = _kept([lesson.own for lesson in lessons], numbers.own, least)
    pairs, pair_names = _kept([lesson.pairs for lesson in lessons], numbers.pairs, least)
    kept = [replace(one, own=own[one.own], pairs=pairs[one.pairs]) for one in lessons]
    return kept, Numbers(own_names, pair_names)


def _kept(tables: Sequence[Ids], names: Mapping[str, int], least: int) -> tuple[Ids, dict[str, int]]:
    """New number of every old one, 0 for those left out, and the names of those that stay."""
    counts = np.bincount(np.concatenate([table.ravel() for table in tables]), minlength=len(names) + 1)
    stay = [name for name, n in names.items() if counts[n] >= least]
    new = np.zeros(len(counts), dtype=np.int32)
    for place, name in enumerate(stay, 1):
        new[names[name]] = place
    return new, {name: place for place, name in enumerate(stay, 1)}


class Reader(nn.Module):
    """Scores of the tags of every line, and of every pair of tags of neighbours."""

    def __init__(self, own: int, pairs: int) -> None:
        super().__init__()
        self.line = nn.Embedding(own + 1, _SIZE, padding_idx=0)
        self.pair = nn.Embedding(pairs + 1, _SIZE * _SIZE, padding_idx=0)
        self.embedding = nn.Embedding(own + 1, _HIDDEN, padding_idx=0)
        self.bias = nn.Parameter(torch.zeros(_HIDDEN))
        self.first = nn.Conv1d(_HIDDEN, _WIDE, 2 * REACH + 1, padding=REACH)
        self.second = nn.Conv1d(_WIDE, _WIDE, 2 * REACH + 1, padding=REACH)
        self.out = nn.Linear(_HIDDEN + 2 * _WIDE, _SIZE)
        with torch.no_grad():
            self.line.weight.zero_()
            self.pair.weight.zero_()
            self.embedding.weight.mul_(0.08)[0] = 0.0
            self.out.weight.mul_(0.3)

    def forward(self, lesson: Lesson, left_out: float = 0.0) -> tuple[Tensor, Tensor]:
        """(float[lines, tags], float[lines, tags before, tags])."""
        own, pairs = torch.from_numpy(lesson.own), torch.from_numpy(lesson.pairs)
        if left_out:
            own = own * (torch.rand(own.shape) > left_out)
            pairs = pairs * (torch.rand(pairs.shape) > left_out)
        more = 1 / (1 - left_out)
        drop = nn.Dropout(_DROPPED if left_out else 0.0)
        lines = drop(torch.relu(self.embedding(own).sum(1) * more + self.bias))
        near = drop(torch.relu(self.first(lines.t()[None])))
        far = torch.relu(self.second(near)) + near
        around = self.out(torch.cat([lines, near[0].t(), far[0].t()], 1))
        emissions = self.line(own).sum(1) * more + around + torch.from_numpy(lesson.barred).clamp(min=-1e4)
        return emissions, (self.pair(pairs).sum(1) * more).view(-1, _SIZE, _SIZE) + _BARRED_STEPS


_BARRED_STEPS = torch.from_numpy(Weights({}, {}).transitions(())).float().clamp(min=-1e4)


def loss(scores: Sequence[tuple[Tensor, Tensor]], truths: Sequence[Ids]) -> Tensor:
    """Negative log likelihood of the true tags of some pages, summed."""
    longest = max(map(len, truths))
    emissions = torch.stack([nn.functional.pad(one, (0, 0, 0, longest - len(one))) for one, _ in scores])
    steps = torch.stack([nn.functional.pad(pair, (0, 0, 0, 0, 0, longest - len(pair))) for _, pair in scores])
    mask = torch.tensor([[n < len(truth) for n in range(longest)] for truth in truths])
    total = emissions[:, 0]
    for n in range(1, longest):
        through = torch.logsumexp(total[:, :, None] + steps[:, n], 1) + emissions[:, n]
        total = torch.where(mask[:, n, None], through, total)
    return torch.logsumexp(total, 1).sum() - sum(map(_worth, scores, truths), torch.tensor(0.0))


def _worth(scores: tuple[Tensor, Tensor], truth: Ids) -> Tensor:
    """The score of the path `truth`."""
    emissions, steps = scores
    tags = torch.from_numpy(truth).long()
    places = torch.arange(len(tags))
    return emissions[places, tags].sum() + steps[places[1:], tags[:-1], tags[1:]].sum()


def train(passes: Sequence[Sequence[Lesson]], numbers: Numbers, rng: random.Random) -> Reader:
    """Pages of like length make one step; the rate falls to almost nothing; the weights are means over the last."""
    torch.manual_seed(rng.randrange(2**31))
    reader = Reader(len(numbers.own), len(numbers.pairs))
    mean = AveragedModel(reader)
    optimiser = torch.optim.Adam(reader.parameters(), _RATE)
    batches = [batch for lessons in passes for batch in _batches(lessons, rng)]
    for step, batch in enumerate(batches):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * (1 - step / len(batches)) + _LAST_RATE
        truths = [lesson.truth for lesson in batch]
        cost = loss([reader(lesson, _LEFT_OUT) for lesson in batch], truths) / sum(map(len, truths))
        optimiser.zero_grad()
        cost.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if step >= _AVERAGED * (len(batches) - 1):
            mean.update_parameters(reader)
    reader.load_state_dict(mean.module.state_dict())
    return reader


def _batches(lessons: Sequence[Lesson], rng: random.Random) -> list[Sequence[Lesson]]:
    ordered = sorted(lessons, key=lambda lesson: len(lesson.truth))
    batches: list[Sequence[Lesson]] = [ordered[n : n + _PAGES] for n in range(0, len(ordered), _PAGES)]
    rng.shuffle(batches)
    return batches


def train_ranking(
    groups: Sequence[tuple[Names, Sequence[float]]],
    rng: random.Random,
    epochs: int,
    start: Mapping[str, float] = MappingProxyType({}),
    given: Sequence[Sequence[float]] = (),
) -> dict[str, float]:
    """Conditional logit over the lines of headline groups: the weight of every feature, a mean over the last steps.

    A group is the names of the features of its lines, and of each line the share that it has in being the headline.
    Weights that `start` names begin there, and leaving it is what costs. `given` are log odds of every line of every
    group besides those learned.
    """
    torch.manual_seed(rng.randrange(2**31))
    numbers: dict[str, int] = {}
    rows = [_rows(names, numbers) for names, _ in groups]
    widest, longest = max(row.shape[1] for row in rows), max(map(len, rows))
    padded = [np.pad(row, ((0, longest - len(row)), (0, widest - row.shape[1]))) for row in rows]
    features = torch.from_numpy(np.stack(padded))
    worth = torch.tensor([[*shares, *[0.0] * (longest - len(shares))] for _, shares in groups])
    besides = torch.tensor([[*odds, *[0.0] * (longest - len(odds))] for odds in given or [[]] * len(groups)])
    first = torch.tensor([0.0, *(start.get(name, 0.0) for name in numbers)])
    weights = first.clone().requires_grad_()
    mean, steps = torch.zeros(len(numbers) + 1), epochs * len(groups) // _GROUPS
    optimiser = torch.optim.Adam([weights], _RANKING_RATE)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = _RANKING_RATE * (1 - step / steps)
        chosen = torch.randint(0, len(groups), (_GROUPS,))
        own = features[chosen]
        kept = (own > 0) & (torch.rand(own.shape) > _RANKING_LEFT_OUT)
        scores = (weights[own] * kept).sum(2) / (1 - _RANKING_LEFT_OUT)
        odds = torch.log_softmax((scores + besides[chosen]).masked_fill(own[:, :, 0] == 0, -1e9), 1)
        cost = -torch.logsumexp(odds + worth[chosen].log(), 1).mean() + _RANKING_DECAY * ((weights - first) ** 2).sum()
        optimiser.zero_grad()
        cost.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if step >= _AVERAGED * steps:
            mean += weights.detach() / (steps - math.ceil(_AVERAGED * steps))
    return {name: round(float(mean[n]), 3) for name, n in sorted(numbers.items())}


def part_way(before: Mapping[str, float], learned: Mapping[str, float], way: float) -> dict[str, float]:
    """Weights between those of before (0) and those learned (1); what one of the two lacks is 0 there."""
    names = sorted({*before, *learned})
    return {name: round((1 - way) * before.get(name, 0.0) + way * learned.get(name, 0.0), 3) for name in names}


def learned(reader: Reader, numbers: Numbers) -> Weights:
    """The weights of a trained reader as the tagger takes them."""
    tables = {name: value.detach().numpy() for name, value in reader.state_dict().items()}
    line, pair = tables["line.weight"].astype(float), tables["pair.weight"].astype(float)
    context = Context(
        {name: n - 1 for name, n in numbers.own.items()},
        tables["embedding.weight"][1:], tables["bias"],
        _flat(tables["first.weight"]), tables["first.bias"], _flat(tables["second.weight"]), tables["second.bias"],
        tables["out.weight"].T, tables["out.bias"],
    )  # fmt: skip
    return Weights(
        {name: line[n] for name, n in numbers.own.items()},
        {name: pair[n].reshape(_SIZE, _SIZE) for name, n in numbers.pairs.items()},
        context,
    )


def _flat(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """[out, in, reach] of a convolution as [reach * in, out]."""
    return kernel.transpose(2, 1, 0).reshape(-1, len(kernel))
