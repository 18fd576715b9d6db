"""Runs of characters as numbers: what tells that two texts share words, whatever stands between them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from qa.text import Codes, code_points, fold

Hashes = NDArray[np.uint32]
_LAST_LETTER = 0x33480  # code points beyond are symbols, or no characters yet


def letters(text: str) -> Codes:
    """The letters and digits of `text` as code points, folded as `qa.text.fold` does, everything else left out."""
    found = _letter_table()[code_points(text)]
    return found[found > 0]


@cache
def _letter_table() -> Codes:
    """For every code point its folded letter, or 0."""
    known = [chr(code) if chr(code).isalnum() else "\0" for code in range(_LAST_LETTER)]
    table = np.zeros(sys.maxunicode + 1, np.uint32)
    table[:_LAST_LETTER] = code_points(fold("".join(known)))
    return table


def gram_hashes(codes: Codes, size: int) -> Hashes:
    """Hash of each run of `size` letters, in order; empty where there are fewer letters."""
    count = max(len(codes) - size + 1, 0)
    value = np.zeros(count, dtype=np.uint32)
    for offset in range(size if count else 0):
        value = (value ^ codes[offset : count + offset]) * np.uint32(0x9E3779B1)
        value ^= value >> np.uint32(15)
    return value


def grams_of_each(texts: Sequence[str], size: int) -> tuple[NDArray[np.int64], Hashes]:
    """Number of the text and hash of every run of `size` letters inside one of `texts`."""
    found = _letter_table()[code_points("".join(texts))]
    owner = np.repeat(np.arange(len(texts)), np.fromiter(map(len, texts), np.int64, len(texts)))[found > 0]
    value = gram_hashes(found[found > 0], size)
    inside = owner[: len(value)] == owner[size - 1 :] if len(value) else np.zeros(0, bool)
    return owner[: len(value)][inside], value[inside]
