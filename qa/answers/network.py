"""The reader's network in torch, for learning only: `qa.answers.reader` evaluates what `tensors_of` exports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from qa.answers.reader import DILATIONS
from qa.answers.reading import ASKED_FORM, FORM, HELD
from qa.conversation.question import KINDS

WIDTH: Final = 96
_POOLED: Final = 64
_COVER: Final = 32
_FAR: Final = -1e4
_LINEAR: Final = (
    "form", "asked_form", "align", "fuse", "ends", "pool", "cover", "cover_asked", "weigh", "score", "odds",
)  # fmt: skip
Batch = Mapping[str, Tensor]


class Convolution(nn.Module):
    """A residual layer of width 3 over [batch, characters, width], scaled to unit mean square before it.

    One product with the three characters side by side: torch's own convolutions make a kernel for every new length,
    which took most of the time. Rows between sentences must be zero in `state` and stay so.
    """

    def __init__(self, dilation: int, drop: float) -> None:
        super().__init__()
        self.dilation, self.drop = dilation, drop
        self.kernel = nn.Linear(3 * WIDTH, WIDTH)
        self.gain = nn.Parameter(torch.ones(WIDTH))

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        scaled = state * torch.rsqrt(state.pow(2).mean(2, keepdim=True) + 1e-6)
        scaled = scaled * (self.gain * _kept(scaled, self.drop, self.training, (1,)))
        padded, rows = functional.pad(scaled, (0, 0, self.dilation, self.dilation)), state.shape[1]
        beside = torch.cat([padded[:, :rows], scaled, padded[:, 2 * self.dilation :]], 2)
        total: Tensor = state + functional.relu(self.kernel(beside)) * mask
        return total


def _kept(values: Tensor, drop: float, training: bool, shared: tuple[int, ...]) -> Tensor:
    """A dropout mask, the same along the axes `shared`: whole features are lost, which is cheap and works for text."""
    if not training or not drop:
        return values.new_ones(())
    shape = [1 if axis in shared else size for axis, size in enumerate(values.shape)]
    return values.new_empty(shape).bernoulli_(1 - drop) / (1 - drop)


class Network(nn.Module):
    """See `qa.answers.reader`. `letters` and `pairs` are the first vectors, [codes + 2, any width]: gap, unknown, rest.

    The vectors of pairs stay as they are, there are too many of them to learn from some ten thousand questions.
    """

    def __init__(self, letters: Tensor, pairs: Tensor, drop: float = 0.15) -> None:
        super().__init__()
        self.drop = drop
        self.letters, self.pairs = _table(letters), _table(pairs).requires_grad_(False)
        self.project = nn.Linear(letters.shape[1], WIDTH, bias=False)
        self.form, self.asked_form = nn.Linear(FORM, WIDTH), nn.Linear(ASKED_FORM, WIDTH)
        self.kind = nn.Embedding(len(KINDS), WIDTH)
        nn.init.normal_(self.kind.weight, std=0.1)
        self.encode = nn.ModuleList(Convolution(dilation, drop) for dilation in DILATIONS["encode"])
        self.model = nn.ModuleList(Convolution(dilation, drop) for dilation in DILATIONS["model"])
        self.align = nn.Linear(WIDTH, WIDTH, bias=False)
        self.fuse = nn.Linear(3 * WIDTH + FORM + 1, WIDTH)
        self.ends, self.pool = nn.Linear(WIDTH, 2), nn.Linear(WIDTH, _POOLED)
        self.cover, self.cover_asked = nn.Linear(1 + HELD + ASKED_FORM, _COVER), nn.Linear(WIDTH, _COVER, bias=False)
        self.weigh = nn.Linear(WIDTH, 1)
        self.score, self.odds = nn.Linear(_POOLED + 2 * _COVER + 2 + WIDTH, 64), nn.Linear(64, 1)
        self.none = nn.Parameter(torch.zeros(1))

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Scores of the sentences [batch, sentences] and of the characters as first and last [batch, characters, 2]."""
        mask, asked_mask = ((batch[name] > 0).float()[..., None] for name in ("letters", "asked_letters"))
        text = (self._embed(batch["letters"], batch["pairs"]) + self.form(batch["form"])) * mask
        asked = self._embed(batch["asked_letters"], batch["asked_pairs"]) + self.asked_form(batch["asked_form"])
        asked = (asked + self.kind(batch["kind"])[:, None]) * asked_mask
        for layer in self.encode:
            text, asked = layer(text, mask), layer(asked, asked_mask)
        match = self.align(text) @ self.align(asked).transpose(1, 2) / math.sqrt(WIDTH)
        asked_mask = asked_mask.transpose(1, 2)
        match = match.masked_fill(asked_mask < 0.5, _FAR)
        heard = torch.softmax(match, 2) @ asked
        parts = [text, heard, text * heard, batch["form"], match.max(2, keepdim=True).values]
        state = functional.relu(self.fuse(torch.cat(parts, 2))) * mask
        for layer in self.model:
            state = layer(state, mask)
        state = state * _kept(state, self.drop, self.training, (1,))
        ends = self.ends(state).masked_fill(mask < 0.5, _FAR)
        return self._scores(batch, asked, asked_mask, match, state, ends), ends

    def _embed(self, letters: Tensor, pairs: Tensor) -> Tensor:
        both = self.letters(letters) + self.pairs(pairs)
        projected: Tensor = self.project(both * _kept(both, self.drop, self.training, (1,)))
        return projected

    def _scores(
        self, batch: Batch, asked: Tensor, asked_mask: Tensor, match: Tensor, state: Tensor, ends: Tensor
    ) -> Tensor:
        sentences, where = batch["held"].shape[1], batch["sentence"]
        pooled = _highest(functional.relu(self.pool(state)), where, sentences, 0.0)
        best = (_highest(ends, where, sentences, _FAR) / 4).clamp(min=-10)
        met = _highest(match, where, sentences, _FAR).masked_fill(asked_mask < 0.5, 0.0)
        forms = batch["asked_form"][:, None].expand(-1, sentences, -1, -1)
        terms = self.cover(torch.cat([met[..., None], batch["held"], forms], 3)) + self.cover_asked(asked)[:, None]
        terms = functional.relu(terms)
        weight = torch.softmax(self.weigh(asked)[..., 0].masked_fill(asked_mask[:, 0] < 0.5, _FAR), 1)
        mean = torch.einsum("bsmk,bm->bsk", terms, weight)
        most = (terms * asked_mask[:, 0][:, None, :, None]).max(2).values
        whole = torch.einsum("bmd,bm->bd", asked, weight)[:, None].expand(-1, sentences, -1)
        hidden = functional.relu(self.score(torch.cat([pooled, mean, most, best, whole], 2)))
        odds: Tensor = self.odds(hidden * _kept(hidden, self.drop, self.training, (1,)))[..., 0]
        return odds.masked_fill(~batch["is_sentence"], _FAR)


def _table(rows: Tensor) -> nn.Embedding:
    table = nn.Embedding(len(rows), rows.shape[1], padding_idx=0)
    table.weight.data.copy_(rows)
    return table


def _highest(values: Tensor, where: Tensor, sentences: int, least: float) -> Tensor:
    """The largest of each column in each sentence; rows between sentences have the number `sentences`."""
    width = values.shape[2]
    start = values.new_full((len(values), sentences + 1, width), least)
    return start.scatter_reduce(1, where[:, :, None].expand(-1, -1, width), values, "amax")[:, :sentences]


def loss_of(network: Network, batch: Batch, share: float = 0.5) -> Tensor:
    """Sentences against each other and against none (Clark and Gardner 2018), and the ends in the right sentences."""
    scores, ends = network(batch)
    odds = torch.log_softmax(torch.cat([scores, network.none.expand(len(scores), 1)], 1), 1)
    right = torch.cat([batch["right"], ~batch["right"].any(1, keepdim=True)], 1)
    total = -torch.logsumexp(odds.masked_fill(~right, _FAR), 1).mean()
    has = batch["first"].any(1)
    if has.any():
        chances = torch.log_softmax(ends[has].masked_fill(~batch["in_right"][has][..., None], _FAR), 1)
        for column, name in enumerate(("first", "last")):
            found = torch.logsumexp(chances[..., column].masked_fill(~batch[name][has], _FAR), 1)
            total = total - share / 2 * found.mean()
    return total


def tensors_of(network: Network, codes: Mapping[str, npt.NDArray[np.int64]]) -> dict[str, npt.NDArray[Any]]:
    """What `qa.answers.reader.Reader` takes: vectors projected and in eight bits, gains folded into the kernels."""
    state = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    tensors: dict[str, npt.NDArray[Any]] = {}
    for name in ("letters", "pairs"):
        rows = state[f"{name}.weight"] @ state["project.weight"].T
        scales = np.maximum(np.abs(rows).max(axis=1), 1e-9) / 127
        tensors[f"{name}.codes"] = codes[name].astype(np.int64)
        tensors[f"{name}.rows"] = np.rint(rows / scales[:, None]).astype(np.int8)
        tensors[f"{name}.scales"] = scales.astype(np.float16)
    for part, dilations in DILATIONS.items():
        for number in range(len(dilations)):
            layer = f"{part}.{number}"
            kernel = state[f"{layer}.kernel.weight"].reshape(WIDTH, 3, WIDTH) * state[f"{layer}.gain"]
            tensors[f"{layer}.kernel"] = np.ascontiguousarray(kernel.transpose(1, 2, 0)).astype(np.float16)
            tensors[f"{layer}.bias"] = state[f"{layer}.kernel.bias"].astype(np.float16)
    for name in _LINEAR:
        tensors[name] = np.ascontiguousarray(state[f"{name}.weight"].T).astype(np.float16)
        if f"{name}.bias" in state and name != "asked_form":
            tensors[f"{name}_bias"] = state[f"{name}.bias"].astype(np.float16)
    tensors["kind"] = (state["kind.weight"] + state["asked_form.bias"]).astype(np.float16)
    tensors["none"] = state["none"].astype(np.float16)
    return tensors


def network_from(tensors: Mapping[str, npt.NDArray[Any]]) -> tuple[Network, dict[str, npt.NDArray[np.int64]]]:
    """The network that `tensors_of` exported, and the codes of its vectors: to go on learning from."""
    codes = {name: tensors[f"{name}.codes"].astype(np.int64) for name in ("letters", "pairs")}
    values = {name: torch.from_numpy(np.array(value, np.float32)) for name, value in tensors.items()}
    rows = {name: values[f"{name}.rows"] * values[f"{name}.scales"][:, None] for name in codes}
    network = Network(rows["letters"], rows["pairs"])
    state = {"project.weight": torch.eye(WIDTH), "kind.weight": values["kind"], "none": values["none"]}
    state |= {f"{name}.weight": rows[name] for name in rows}
    for part, dilations in DILATIONS.items():
        for number in range(len(dilations)):
            layer = f"{part}.{number}"
            state[f"{layer}.kernel.weight"] = values[f"{layer}.kernel"].permute(2, 0, 1).reshape(WIDTH, 3 * WIDTH)
            state[f"{layer}.kernel.bias"] = values[f"{layer}.bias"]
            state[f"{layer}.gain"] = torch.ones(WIDTH)
    for name in _LINEAR:
        state[f"{name}.weight"] = values[name].T
        if f"{name}_bias" in values:
            state[f"{name}.bias"] = values[f"{name}_bias"]
    state["asked_form.bias"] = torch.zeros(WIDTH)
    network.load_state_dict(state)
    return network, codes
