"""How well one text goes on in another: a small network over the twenty characters on either side of a seam.

The log odds estimate the pointwise mutual information of an end and a start, since the wrong pairs of training are ends
and starts of other places (noise-contrastive estimation, Gutmann and Hyvärinen 2010). Each side is read by itself, so
that every end meets every start at the price of a few additions. Trained by `python -m qa.benchmark seams`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from qa.articles.ngrams import codes, unpack

Floats = NDArray[np.float32]
REACH = 20  # characters of each side
KINDS = ("inside", "paragraph", "story")  # where a text may stop or start


@dataclass(frozen=True)
class Side:
    """What the network made of some ends, or of some starts."""

    met: Floats  # [texts, units]: added to those of the other side, then cut at 0 and weighed
    turned: Floats  # [texts, few]: multiplied with those of the other side
    kinds: Floats  # log probabilities of `KINDS`, [texts, 3]

    def __getitem__(self, chosen: slice | Sequence[int]) -> Side:
        return Side(self.met[chosen], self.turned[chosen], self.kinds[chosen])


def ends(texts: Sequence[str]) -> Side:
    """Folded texts by their last characters."""
    return _side([text[: -REACH - 1 : -1] for text in texts], "end")


def starts(texts: Sequence[str]) -> Side:
    """Folded texts by their first characters."""
    return _side([text[:REACH] for text in texts], "start")


def every_pair(ended: Side, started: Side) -> Floats:
    """Log odds, float32[ends, starts], that each start goes on each end rather than stands anywhere."""
    met = np.maximum(ended.met[:, None] + started.met[None], 0)
    found: Floats = _weighed(met) + ended.turned @ started.turned.T
    return found


def side_by_side(ended: Side, started: Side) -> Floats:
    """The same of each end and the start of the same number, float32[pairs]."""
    found: Floats = _weighed(np.maximum(ended.met + started.met, 0)) + (ended.turned * started.turned).sum(axis=1)
    return found


def _weighed(met: Floats) -> Floats:
    tables = load_weights().tables
    found: Floats = met @ tables["out"] + tables["out bias"]
    return found


@dataclass(frozen=True)
class Network:
    numbers: NDArray[np.int32]  # of every code point, 1 for those unknown; 0 stands for nothing
    tables: Mapping[str, Floats]


@functools.cache
def load_weights() -> Network:
    return restored(json.loads(files("qa.articles").joinpath("seams.json").read_text("utf-8")))


def restored(stored: Mapping[str, object]) -> Network:
    """The network as `qa.benchmark.seams` wrote it: its characters, and tables of 8-bit integers with a scale each."""
    numbers = np.ones(0x110000, np.int32)
    known = codes(str(stored["characters"]))
    numbers[known] = np.arange(2, len(known) + 2)
    tables = {}
    for name, entry in stored["tables"].items():  # type: ignore[attr-defined]
        rows = unpack(entry["rows"]).astype(np.float32) * np.float32(entry["scale"])
        tables[name] = rows.reshape(entry["shape"])
    return Network(numbers, tables)


def _side(near: Sequence[str], name: str) -> Side:
    """`near` are the characters of each text from the seam on."""
    network = load_weights()
    padded = codes("".join(text.ljust(REACH, "\0") for text in near)).reshape(-1, REACH)
    numbers = np.where(padded == 0, 0, network.numbers[padded])
    tables = network.tables
    seen = tables["embedding"][numbers].reshape(len(near), REACH * tables["embedding"].shape[1])
    hidden = np.maximum(seen @ tables[name] + tables[f"{name} bias"], 0)
    kinds = hidden @ tables[f"{name} kinds"] + tables[f"{name} kinds bias"]
    met = hidden @ tables[f"{name} met"]
    if name == "end":
        met += tables["met bias"]
    return Side(met, hidden @ tables[f"{name} turned"], kinds - np.logaddexp.reduce(kinds, axis=1, keepdims=True))
