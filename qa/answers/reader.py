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
from safetensors.numpy import load

from qa.answers.reading import Reading, codes_to_rows, pair_codes

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
        self._scales = {name: tensors[f"{name}.scales"].astype(np.float32) for name in ("letters", "pairs")}
        small = {name: value for name, value in tensors.items() if not name.startswith(("letters.", "pairs."))}
        self._weights = {name: value.astype(np.float32) for name, value in small.items()}

    def read(self, reading: Reading) -> Read:
        """How well each sentence of `reading` answers, and where."""
        w = self._weights
        asked_kind = w["kind"][reading.kind]
        question = self._embed(reading.asked) + reading.asked_form @ w["asked_form"] + asked_kind
        mask = (reading.text > 0).astype(np.float32)[:, None]
        text = (self._embed(reading.text) + reading.form @ w["form"] + w["form_bias"]) * mask
        for number, dilation in enumerate(DILATIONS["encode"]):
            question = self._convolve(question, None, f"encode.{number}", dilation)
            text = self._convolve(text, mask, f"encode.{number}", dilation)
        match = (text @ w["align"]) @ (question @ w["align"]).T / np.float32(math.sqrt(text.shape[1]))
        heard = _softmax(match) @ question
        fused = np.concatenate([text, heard, text * heard, reading.form, match.max(axis=1, keepdims=True)], axis=1)
        state = np.maximum(fused @ w["fuse"] + w["fuse_bias"], 0) * mask
        for number, dilation in enumerate(DILATIONS["model"]):
            state = self._convolve(state, mask, f"model.{number}", dilation)
        ends = state @ w["ends"] + w["ends_bias"]
        return Read(self._scores(reading, question, match, state, ends), ends[:, 0], ends[:, 1])

    def _embed(self, text: Codes) -> Floats:
        rows = [self._look_up("letters", text), self._look_up("pairs", pair_codes(text))]
        return rows[0] + rows[1]

    def _look_up(self, table: str, wanted: Codes) -> Floats:
        rows = codes_to_rows(self._codes[table], wanted)
        found: Floats = self._rows[table][rows] * self._scales[table][rows, None]
        return found

    def _convolve(self, state: Floats, mask: Floats | None, name: str, dilation: int) -> Floats:
        """One residual layer of width 3: a character sees itself and those `dilation` before and after it."""
        kernel, bias = self._weights[f"{name}.kernel"], self._weights[f"{name}.bias"]
        scale = np.sqrt(np.einsum("ij,ij->i", state, state) / np.float32(state.shape[1]) + np.float32(1e-6))
        padded = np.zeros((len(state) + 2 * dilation, state.shape[1]), np.float32)
        np.divide(state, scale[:, None], out=padded[dilation : len(state) + dilation])
        total = padded[: len(state)] @ kernel[0]
        total += padded[dilation : dilation + len(state)] @ kernel[1]
        total += padded[2 * dilation :] @ kernel[2]
        total += bias
        np.maximum(total, 0, out=total)
        total += state
        if mask is not None:
            total *= mask
        result: Floats = total
        return result

    def _scores(self, reading: Reading, question: Floats, match: Floats, state: Floats, ends: Floats) -> Floats:
        """By what stands in each sentence, where each term of the question is met, and the question itself."""
        w, edges = self._weights, np.column_stack([reading.starts, reading.starts + reading.lengths]).ravel()
        pooled = _highest(np.maximum(state @ w["pool"] + w["pool_bias"], 0), edges)
        best = np.maximum(_highest(ends, edges) / 4, -10)
        met = _highest(match, edges)
        forms = np.broadcast_to(reading.asked_form, (len(met), *reading.asked_form.shape))
        terms = np.concatenate([met[:, :, None], reading.held, forms], axis=2) @ w["cover"] + w["cover_bias"]
        terms = np.maximum(terms + question @ w["cover_asked"], 0)
        weight = _softmax((question @ w["weigh"] + w["weigh_bias"]).reshape(1, -1))[0]
        whole = np.broadcast_to(weight @ question, (len(met), question.shape[1]))
        joined = [pooled, np.einsum("smk,m->sk", terms, weight), terms.max(axis=1), best, whole]
        hidden = np.maximum(np.concatenate(joined, axis=1) @ w["score"] + w["score_bias"], 0)
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
    first, last = (values[start : start + length] for values in (read.first, read.last))
    pairs = first[:, None] + last[None, :]
    pairs = np.where(_allowed(length), pairs, _FAR)
    place = int(pairs.argmax())
    chance = 1.0 / float(np.exp(pairs - pairs.max()).sum())
    return place // length, place % length + 1, chance


@functools.lru_cache(maxsize=256)
def _allowed(length: int) -> npt.NDArray[np.bool_]:
    """Which pairs of a first and a last character make an answer: bool[length, length]."""
    ahead = np.arange(length)[None, :] - np.arange(length)[:, None]
    return (ahead >= 0) & (ahead < LONGEST)


@functools.cache
def reader() -> Reader:
    """The network of the package."""
    return Reader(load(WEIGHTS.read_bytes()))
