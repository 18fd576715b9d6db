"""What the lines around a line say about its tag: a small network over the features of all lines of a page.

The features of every line are summed as vectors (an embedding of each), and two convolutions look at two lines, then
at four, on either side (after Collobert et al. 2011, "Natural Language Processing (Almost) from Scratch"). Trained by
`python -m qa.benchmark tagger`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.articles.forms import Held, Names, Rows
from qa.articles.ngrams import pack, unpack

Floats = NDArray[np.float32]
REACH = 2  # lines on either side that one convolution sees
_MOST = 127  # weights are stored as 8-bit integers, each table with a scale of its own


@dataclass(frozen=True)
class Context:
    """Weights of the network; `places` says which row of `embedding` belongs to a feature."""

    places: Mapping[str, int]
    embedding: Floats  # [features, hidden]
    bias: Floats  # [hidden]
    first: Floats  # [(2 * REACH + 1) * hidden, wide]
    first_bias: Floats  # [wide]
    second: Floats  # [(2 * REACH + 1) * wide, wide]
    second_bias: Floats  # [wide]
    out: Floats  # [hidden + 2 * wide, tags]
    out_bias: Floats  # [tags]

    def scores(self, own: Names | Held) -> Floats:
        """float32[lines, tags] from the features of every line."""
        lines = np.maximum(self._rows.sums(own) + self.bias, 0)
        near = np.maximum(_around(lines) @ self.first + self.first_bias, 0)
        far = np.maximum(_around(near) @ self.second + self.second_bias, 0) + near
        found: Floats = np.concatenate((lines, near, far), axis=1) @ self.out + self.out_bias
        return found

    @functools.cached_property
    def _rows(self) -> Rows:
        return Rows(self.places, self.embedding)


def _around(lines: Floats) -> Floats:
    """Every line beside those within reach of it, nothing beyond the page: [lines, (2 * REACH + 1) * width]."""
    padded = np.pad(lines, ((REACH, REACH), (0, 0)))
    return np.concatenate([padded[n : n + len(lines)] for n in range(2 * REACH + 1)], axis=1)


TABLES = ("embedding", "bias", "first", "first_bias", "second", "second_bias", "out", "out_bias")


def stored(context: Context) -> dict[str, Any]:
    """JSON of the weights: the names of the features in the order of their rows, and each table in eight bits."""
    names = sorted(context.places, key=lambda name: context.places[name])
    return {"names": names} | {name: _packed(getattr(context, name)) for name in TABLES}


def restored(entry: Mapping[str, Any]) -> Context:
    """The weights that `stored` wrote."""
    tables = {
        name: (unpack(entry[name]["rows"]).astype(np.float32) * np.float32(entry[name]["scale"])).reshape(
            entry[name]["shape"]
        )
        for name in TABLES
    }
    return Context({name: n for n, name in enumerate(entry["names"])}, **tables)


def _packed(table: Floats) -> dict[str, Any]:
    scale = float(np.abs(table).max()) / _MOST or 1.0
    return {"scale": scale, "shape": list(table.shape), "rows": pack(np.round(table / scale).astype(np.int8))}
