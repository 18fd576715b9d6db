"""The loop: draw a batch, lower the loss, touch only the rows that the batch holds. Can stop and go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from embeddings.encoder import Vectors
from embeddings.train.objective import loss, touched
from embeddings.train.pairs import Batch, Glossary, Group, draw


@dataclass(frozen=True)
class Settings:
    """One phase. `minutes` bounds it: the learning rate falls to zero at `steps` or at the bound, whichever is first.

    `hard` is the share of batches made of neighbours, which are hard negatives.
    """

    steps: int
    minutes: float
    rate: float
    hard: float
    seed: int = 0
    batch: int = 768
    late_batch: int = 128
    save_every: int = 100


def phases(steps: int, minutes: float, seed: int) -> tuple[Settings, Settings]:
    """Three fifths of the way with easy negatives, then a warm restart (Loshchilov and Hutter 2017) with hard ones."""
    first = Settings(steps * 3 // 5, minutes * 0.6, rate=4e-3, hard=0.0, seed=seed)
    return first, Settings(steps - first.steps, minutes * 0.4, rate=2e-3, hard=0.5, seed=seed + 1)


@dataclass
class State:
    """The token vectors, Adam's two moments of each, and the sum of the vectors that finished phases ended with."""

    vectors: torch.Tensor
    first: torch.Tensor
    second: torch.Tensor
    total: torch.Tensor
    phase: int = 0
    step: int = 0
    seconds: float = 0.0


def start(table: Vectors) -> State:
    """A state whose token vectors are those of `table`, on the GPU where there is one."""
    vectors = torch.from_numpy(table).to("cuda" if torch.cuda.is_available() else "cpu")
    zeros = torch.zeros_like(vectors)
    return State(vectors, zeros, zeros.clone(), zeros.clone())


def train(
    state: State,
    groups: Sequence[Group],
    glossary: Glossary,
    phases: Sequence[Settings],
    checkpoint: Path,
    report: Callable[[str], None],
) -> Vectors:
    """Trains from where `state` stands to the end; gives the mean of the token vectors that the phases end with.

    Every step has its own random numbers, so stopping changes nothing. The mean is stochastic weight averaging
    (Izmailov et al. 2018).
    """
    for settings in phases[state.phase :]:
        _train(state, groups, glossary, settings, checkpoint, report)
        state.total += state.vectors
        state.phase, state.step, state.seconds = state.phase + 1, 0, 0.0
        save_state(state, checkpoint)
    mean: Vectors = (state.total / state.phase).cpu().numpy()
    return mean


def _train(
    state: State,
    groups: Sequence[Group],
    glossary: Glossary,
    settings: Settings,
    checkpoint: Path,
    report: Callable[[str], None],
) -> None:
    total = 0.0
    while (progress := _progress(state, settings)) < 1.0:
        begun = time.monotonic()
        random = np.random.default_rng([settings.seed, state.step])
        batch = draw(groups, glossary, settings.batch, random, settings.hard)
        total += _step(state, batch, settings, _rate(progress))
        state.step += 1
        state.seconds += time.monotonic() - begun
        if state.step % settings.save_every == 0:
            save_state(state, checkpoint)
            report(f"step {state.step}, {state.seconds:.0f} s, loss {total / settings.save_every:.3f}")
            total = 0.0


def _progress(state: State, settings: Settings) -> float:
    return max(state.step / settings.steps, state.seconds / 60.0 / settings.minutes)


def _rate(progress: float) -> float:
    """Part of the full learning rate: up over the first twentieth, then down to a fiftieth along a straight line."""
    return min(1.0, (progress + 1e-3) / 0.05, 0.02 + 0.98 * (1.0 - progress) / 0.95)


def _step(state: State, batch: Batch, settings: Settings, rate: float) -> float:
    tokens = touched(batch)
    rows = torch.from_numpy(tokens).long().to(state.vectors.device)
    vectors = state.vectors[rows].requires_grad_()
    value = loss(vectors, tokens, batch, settings.late_batch)
    (gradient,) = torch.autograd.grad(value, vectors)
    _adam(state, rows, vectors.detach(), gradient, rate * settings.rate)
    return float(value.detach())


def _adam(state: State, rows: torch.Tensor, vectors: torch.Tensor, gradient: torch.Tensor, rate: float) -> None:
    """One step of Adam (Kingma and Ba 2015) on `rows` alone: a token that is not seen keeps its moments.

    The step grows with the length of a vector, so that the short vectors of frequent tokens are not torn away.
    """
    first = state.first[rows].lerp_(gradient, 0.1)
    second = state.second[rows].mul_(0.99).addcmul_(gradient, gradient, value=0.01)
    state.first[rows], state.second[rows] = first, second
    bias = (1.0 - 0.99 ** (state.step + 1)) ** 0.5 / (1.0 - 0.9 ** (state.step + 1))
    change = first.div_(second.sqrt_().add_(1e-8)).mul_(vectors.norm(dim=1, keepdim=True).mul_(-rate * bias))
    state.vectors.index_add_(0, rows, change)


def save_state(state: State, path: Path) -> None:
    """Writes a checkpoint; the old one stays until the new one is whole."""
    from safetensors.torch import save_file

    parts = {"vectors": state.vectors, "first": state.first, "second": state.second, "total": state.total}
    standing = {"phase": str(state.phase), "step": str(state.step), "seconds": str(state.seconds)}
    fresh = path.with_suffix(".new")
    save_file(parts, fresh, metadata=standing)
    fresh.replace(path)


def load_state(path: Path) -> State:
    """Reads a checkpoint of `save_state`."""
    from safetensors import safe_open

    device = "cuda" if torch.cuda.is_available() else "cpu"
    with safe_open(path, framework="pt", device=device) as file:
        parts = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (the file is no dictionary)
        metadata = file.metadata()
    standing = int(metadata["phase"]), int(metadata["step"]), float(metadata["seconds"])
    return State(parts["vectors"], parts["first"], parts["second"], parts["total"], *standing)
