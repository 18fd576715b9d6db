"""A small network that reads question and sentence together: how well each sentence answers, and where the answer is.

Characters and pairs of characters have vectors; dilated convolutions (Wu et al. 2017) read question and sentences, each
character of a sentence attends to the question (Seo et al. 2017; Chen et al. 2017), and the sentences are weighed
against each other and against the answer that none answers (Clark and Gardner 2018). Learned with torch by
`qa.answers.lessons`; evaluated here with numpy alone.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from safetensors.numpy import load

from qa.answers.reading import FORM, HELD, Reading, codes_to_rows, pair_codes

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int64]
DILATIONS: Final = {"encode": (1, 2), "model": (1, 2, 4, 1)}
WEIGHTS: Final = Path(__file__).parent / "reader.safetensors"
LONGEST: Final = 30  # characters of a short answer
_FAR: Final = np.float32(-1e4)


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """For s sentences in n rows: `scores` float32[s], log odds that each answers against that none does; `first` and
    `last` float32[n], scores of a character as the first and the last of the answer."""

    scores: Floats
    first: Floats
    last: Floats


class Reader:
    """The network over its tensors: `tables` of vectors, then weights by name as `qa.answers.lessons` exports them."""

    def __init__(self, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        self._codes = {name: tensors[f"{name}.codes"].astype(np.int64) for name in ("letters", "pairs")}
        self._rows = {name: tensors[f"{name}.rows"] for name in ("letters", "pairs")}
        self._scales = {name: tensors[f"{name}.scales"].astype(np.float32)[:, None] for name in ("letters", "pairs")}
        small = {name: value for name, value in tensors.items() if not name.startswith(("letters.", "pairs."))}
        self._weights = {name: value.astype(np.float32) for name, value in small.items()}
        width = self._weights["align"].shape[0]
        # What a layer over several inputs side by side does is the sum of what its parts do to each.
        self._fuse = np.split(self._weights["fuse"], [width, 2 * width, 3 * width, 3 * width + FORM])
        self._cover = np.split(self._weights["cover"], [1, 1 + HELD])
        self._score = np.split(self._weights["score"], [-width])
        self._align = self._weights["align"] @ self._weights["align"].T / np.float32(math.sqrt(width))

    def read(self, reading: Reading) -> Read:
        """How well each sentence of `reading` answers, and where."""
        w, gaps = self._weights, np.flatnonzero(reading.text == 0)
        question = self._embed(reading.asked) + reading.asked_form @ w["asked_form"] + w["kind"][reading.kind]
        text = self._embed(reading.text)
        text += reading.form @ w["form"] + w["form_bias"]
        text[gaps] = 0
        for number, dilation in enumerate(DILATIONS["encode"]):
            question = self._convolve(question, gaps[:0], f"encode.{number}", dilation)
            text = self._convolve(text, gaps, f"encode.{number}", dilation)
        match = text @ (self._align @ question.T)
        state = self._fused(reading, text, question, match)
        state[gaps] = 0
        for number, dilation in enumerate(DILATIONS["model"]):
            state = self._convolve(state, gaps, f"model.{number}", dilation)
        ends = state @ w["ends"] + w["ends_bias"]
        return Read(self._scores(reading, question, match, state, ends), ends[:, 0], ends[:, 1])

    def _fused(self, reading: Reading, text: Floats, question: Floats, match: Floats) -> Floats:
        """Each character with what it hears of the question, by itself and beside it."""
        own, heard, product, form, best = self._fuse
        share = _softmax(match)
        state: Floats = text @ own
        state += share @ (question @ heard)
        state += (text * (share @ question)) @ product
        state += reading.form @ form + self._weights["fuse_bias"]
        state += match.max(axis=1, keepdims=True) * best
        np.maximum(state, 0, out=state)
        return state

    def _embed(self, text: Codes) -> Floats:
        found = self._look_up("letters", text)
        found += self._look_up("pairs", pair_codes(text))
        return found

    def _look_up(self, table: str, wanted: Codes) -> Floats:
        rows = codes_to_rows(self._codes[table], wanted)
        found: Floats = self._rows[table].take(rows, axis=0).astype(np.float32)
        found *= self._scales[table].take(rows, axis=0)
        return found

    def _convolve(self, state: Floats, gaps: Codes, name: str, dilation: int) -> Floats:
        """One residual layer of width 3: a character sees itself and those `dilation` before and after it; the rows
        `gaps` stay zero."""
        kernel, bias = self._weights[f"{name}.kernel"], self._weights[f"{name}.bias"]
        scale = np.sqrt(np.einsum("ij,ij->i", state, state) / np.float32(state.shape[1]) + np.float32(1e-6))
        padded = np.zeros((len(state) + 2 * dilation, state.shape[1]), np.float32)
        np.divide(state, scale[:, None], out=padded[dilation : len(state) + dilation])
        total: Floats = padded[: len(state)] @ kernel[0]
        total += padded[dilation : dilation + len(state)] @ kernel[1]
        total += padded[2 * dilation :] @ kernel[2]
        total += bias
        np.maximum(total, 0, out=total)
        total += state
        total[gaps] = 0
        return total

    def _scores(self, reading: Reading, question: Floats, match: Floats, state: Floats, ends: Floats) -> Floats:
        """By what stands in each sentence, where each term of the question is met, and the question itself."""
        w, edges = self._weights, np.column_stack([reading.starts, reading.starts + reading.lengths]).ravel()
        pooled = np.maximum(_highest(state @ w["pool"], edges) + w["pool_bias"], 0)
        best = np.maximum(_highest(ends, edges) / 4, -10)
        met, held, form = self._cover
        fixed = reading.asked_form @ form + question @ w["cover_asked"] + w["cover_bias"]
        terms = np.maximum(_highest(match, edges)[:, :, None] * met + reading.held @ held + fixed, 0)
        weight = _softmax((question @ w["weigh"] + w["weigh_bias"]).reshape(1, -1))[0]
        joined = np.concatenate([pooled, weight @ terms, terms.max(axis=1), best], axis=1)
        hidden = np.maximum(joined @ self._score[0] + (weight @ question) @ self._score[1] + w["score_bias"], 0)
        result: Floats = (hidden @ w["odds"] + w["odds_bias"])[:, 0] - w["none"][0]
        return result


def _highest(values: Floats, edges: Codes) -> Floats:
    """The largest of each column in each sentence; `edges` are its first row and that after its last, in turn."""
    result: Floats = np.maximum.reduceat(values, edges, axis=0)[::2]
    return result


def _softmax(values: Floats) -> Floats:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    result: Floats = powers / powers.sum(axis=1, keepdims=True)
    return result


def answer_span(read: Read, start: int, length: int) -> tuple[int, int, float]:
    """The likeliest answer within the sentence at rows `start` to `start + length`: half-open offsets into it, and its
    probability among all answers there."""
    size = min(LONGEST, length)
    last = np.full(length + size - 1, _FAR, np.float32)
    last[:length] = read.last[start : start + length]
    pairs = sliding_window_view(last, size) + read.first[start : start + length, None]
    place = int(pairs.argmax())
    first, more = divmod(place, size)
    pairs -= pairs[first, more]
    return first, first + more + 1, 1.0 / float(np.exp(pairs, out=pairs).sum())


@functools.cache
def reader() -> Reader:
    """The network of the package."""
    return Reader(load(WEIGHTS.read_bytes()))
