"""Three small models over hashed character n-grams: does this text go on in that one, is this a heading, a byline?

All are logistic regressions with one weight a bucket (Weinberger et al. 2009, "Feature Hashing"), trained by
`python -m qa.benchmark tagger`. They see what no rule lists: that 职|工 makes a word and a line end after 的 is none.
"""

from __future__ import annotations

import base64
import functools
import json
import zlib
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from qa.text import Codes, code_points

SEAM_BITS, HEADING_BITS = 20, 18  # buckets: of the seam, of the other two: 2 ** bits
SEAM_FEATURES = 10
SCALE = 14  # weights are stored as 8-bit integers, this many to one
CREDIT_REACH = 28  # characters of a line that the byline model reads
_PRIME, _SHIFT = np.uint32(0x9E3779B1), np.uint32(15)
_EDGE = "\x02"
_NONE = np.zeros(1, np.uint32)

MODELS = ("seam", "heading", "credit")


def codes(plain: str) -> Codes:
    """Code points of folded text; all digits count as one character."""
    found = code_points(plain)
    return np.where((found >= ord("0")) & (found <= ord("9")), np.uint32(ord("0")), found)


def _bucket(bits: int, salt: int, parts: Sequence[Codes]) -> Codes:
    value: Codes = np.full(parts[0].shape, salt, np.uint32)
    for part in parts:
        value = (value ^ part) * _PRIME
        value ^= value >> _SHIFT
    return value * _PRIME >> np.uint32(32 - bits)


def seam_buckets(ends: Sequence[str], starts: Sequence[str]) -> Codes:
    """Buckets of every pair of an end and a start of folded text, as an array [pairs, SEAM_FEATURES]."""
    a3, a2, a1 = codes("".join(end[-3:].rjust(3, _EDGE) for end in ends)).reshape(-1, 3).T
    b1, b2, b3 = codes("".join(start[:3].ljust(3, _EDGE) for start in starts)).reshape(-1, 3).T
    grams = (
        (a1,), (a2, a1), (a3, a2, a1), (b1,), (b1, b2), (b1, b2, b3),
        (a1, b1), (a2, a1, b1), (a1, b1, b2), (a2, a1, b1, b2),
    )  # fmt: skip
    return np.stack([_bucket(SEAM_BITS, salt, gram) for salt, gram in enumerate(grams, 1)], axis=1)


def heading_buckets(plain: str) -> Codes:
    """Buckets of the bigrams, then of the trigrams of one line, its two edges marked."""
    return line_buckets([plain])[0]


def line_buckets(plains: Sequence[str]) -> list[Codes]:
    """`heading_buckets` of many lines."""
    line = codes("".join(f"{_EDGE}{plain}{_EDGE}" for plain in plains))
    pairs = _bucket(HEADING_BITS, 31, (line[:-1], line[1:]))
    triples = _bucket(HEADING_BITS, 32, (line[:-2], line[1:-1], line[2:]))
    ends = np.cumsum([len(plain) + 2 for plain in plains]).tolist()
    starts = [0, *ends][: len(ends)]
    return [np.concatenate((pairs[a : b - 1], triples[a : b - 2])) for a, b in zip(starts, ends, strict=True)]


@functools.cache
def load_weights() -> dict[str, NDArray[np.float32]]:
    """The trained weights by model, the bias last, as `pack` wrote them."""
    stored = json.loads(files("qa.articles").joinpath("ngrams.json").read_text("utf-8"))
    return {name: unpack(stored[name]).astype(np.float32) / np.float32(SCALE) for name in MODELS}


def pack(weights: NDArray[np.int8]) -> str:
    return base64.b64encode(zlib.compress(weights.tobytes(), 9)).decode("ascii")


def unpack(text: str) -> NDArray[np.int8]:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=np.int8)


def seam_scores(ends: Sequence[str], starts: Sequence[str]) -> list[float]:
    """Log odds that each start goes on the end beside it, float[pairs]; above 0 it does rather than not."""
    if not ends:
        return []
    weights = load_weights()["seam"]
    return [float(score) for score in weights[seam_buckets(ends, starts)].sum(axis=1) + weights[-1]]


def heading_scores(plains: Sequence[str]) -> list[float]:
    """Log odds of each short line that it is a heading rather than a piece of running text."""
    return _line_scores("heading", plains)


def credit_scores(plains: Sequence[str]) -> list[float]:
    """Log odds of each line that it opens with a byline or is one."""
    return _line_scores("credit", [plain[:CREDIT_REACH] for plain in plains])


def _line_scores(model: str, plains: Sequence[str]) -> list[float]:
    """Every line is summed by itself, from a zero on, as `sum` would do it: in another order the last digit changes."""
    if not plains:
        return []
    weights, rows = load_weights()[model], line_buckets(plains)
    starts = np.cumsum([0, *(len(row) + 1 for row in rows)])[:-1]
    found = weights[np.concatenate([part for row in rows for part in (_NONE, row)])]
    found[starts] = 0
    scores: list[float] = (np.add.reduceat(found, starts) + weights[-1]).tolist()
    return scores


def heading_score(plain: str) -> float:
    return heading_scores([plain])[0]


def credit_score(plain: str) -> float:
    return credit_scores([plain])[0]
