"""The same words twice: second scans of a page, reprints, repeats. A copy never counts as a second source.

Pages are compared by MinHash (Broder 1997) with locality-sensitive hashing; passages are in `qa.copies`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from qa.datatypes import Span
from qa.grams import gram_hashes, letters
from qa.text import fold

Signature = NDArray[np.uint32]

_PAGE_GRAM = 5  # characters of a page's shingle: long enough that two texts share none by chance
_BINS = 384
_EMPTY = np.uint32(2**32 - 1)
_BANDS = 128
_FEW = 8  # new pages up to which each is compared with all, band by band; more are sorted by band
_TWIN = 0.12  # Jaccard similarity of the shingles of two scans, damaged and incomplete as they are
_SAME = 0.85
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def signature(text: str) -> Signature:
    """MinHash of the character shingles of `text`: uint32[384]. White space, width, case and script do not count.

    One permutation, cut into 384 bins (Li, Owen and Zhang 2012); an empty bin borrows from one that is chosen by
    chance but always the same (Shrivastava 2017). The share of equal bins estimates the Jaccard similarity.
    """
    hashes = _mixed(gram_hashes(letters(text), _PAGE_GRAM))
    lowest = np.full(_BINS, _EMPTY, np.uint32)
    np.minimum.at(lowest, hashes % np.uint32(_BINS), hashes // np.uint32(_BINS))
    filled = lowest != _EMPTY
    if filled.any():
        donors = _donors()[:, ~filled]
        lowest[~filled] = lowest[donors[filled[donors].argmax(axis=0), np.arange(donors.shape[1])]]
    return lowest


def _mixed(hashes: Signature) -> Signature:
    """The hashes with every bit depending on every other (the finaliser of MurmurHash3)."""
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        hashes = (hashes ^ hashes >> np.uint32(shift)) * np.uint32(factor)
    return hashes ^ hashes >> np.uint32(16)


@cache
def _donors() -> NDArray[np.int64]:
    """For each bin all bins in an order of its own: int64[384 in order, 384 bins]."""
    return np.random.default_rng(1).permuted(np.tile(np.arange(_BINS), (_BINS, 1)), axis=1).T


def find_twins(signatures: Mapping[str, Signature], fresh: Collection[str] | None = None) -> list[tuple[str, str]]:
    """Pairs of names whose texts are scans of one page, or share a good part, each pair once and sorted.

    With `fresh`, only the pairs with one of these names. Candidates agree in one band of the signature (locality-
    sensitive hashing, Indyk and Motwani 1998).
    """
    names = [name for name, one in signatures.items() if one.shape == (_BINS,)]
    values = np.concatenate([np.zeros(0, np.uint32), *map(signatures.__getitem__, names)]).reshape(-1, _BINS)
    filled = (values != _EMPTY).any(axis=1)
    names, values = list(itertools.compress(names, filled.tolist())), values if filled.all() else values[filled]
    new = np.array([fresh is None or name in fresh for name in names], bool)
    if len(names) < 2 or not new.any():
        return []
    if new.sum() <= _FEW:
        pairs = {pair for one in np.flatnonzero(new).tolist() for pair in _agreeing_with(one, values)}
    else:
        pairs = {pair for band in np.split(values, _BANDS, axis=1) for pair in _agreeing(band, new)}
    alike = (pair for pair in pairs if np.mean(values[pair[0]] == values[pair[1]]) >= _TWIN)
    return sorted((min(names[i], names[j]), max(names[i], names[j])) for i, j in alike)


def _agreeing_with(one: int, values: Signature) -> Iterator[tuple[int, int]]:
    """Pairs of this row and any other that has the same values in a band."""
    same = (values == values[one]).reshape(len(values), _BANDS, -1).all(axis=2).any(axis=1)
    yield from ((min(one, other), max(one, other)) for other in np.flatnonzero(same).tolist() if other != one)


def _agreeing(band: Signature, new: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Pairs of rows with the same values, at least one of them new."""
    keys = np.zeros(len(band), np.uint64)
    for column in band.T:  # a hash: two rows that differ get one key once in 10^19 pairs
        keys = (keys ^ column) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(29)
    among = np.flatnonzero(np.isin(keys, keys[new]))
    order = among[np.argsort(keys[among], kind="stable")]
    same = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
    for run in np.split(same, np.flatnonzero(np.diff(same) > 1) + 1):
        if len(run):
            rows = np.sort(order[run[0] : run[-1] + 2])
            known = rows[~new[rows]].tolist()
            for place, one in enumerate(rows[new[rows]].tolist()):
                yield from ((min(one, other), max(one, other)) for other in known)
                yield from ((one, other) for other in rows[new[rows]][place + 1 :].tolist())


def numbers_agree(text: str, others: Iterable[str]) -> bool:
    """Set reports that differ only in their figures are two reports."""
    here = set(_NUMBER.findall(fold(text)))
    there = {number for other in others for number in _NUMBER.findall(fold(other))}
    return len(here) < 3 or len(here & there) >= 0.5 * len(here)


def locate(quote: str, text: str) -> Span | None:
    """Where `text` holds the words of `quote`, as a half-open span, or None where less than 85 % agree."""
    needle, hay = fold(quote), fold(text)
    start = hay.find(needle)
    if start >= 0:
        return (start, start + len(needle)) if needle else None
    found = fuzz.partial_ratio_alignment(needle, hay, score_cutoff=100 * _SAME * 0.9)
    if found is None or len(needle) > len(hay) * 1.2:
        return None
    first, last = _trim(needle, hay, found.dest_start, found.dest_end)
    return (first, last) if fuzz.ratio(needle, hay[first:last]) >= 100 * _SAME else None


def _trim(needle: str, hay: str, start: int, end: int) -> Span:
    """The edges moved to the characters that the first and last agreements of the two texts imply."""
    margin = 8
    low, high = max(0, start - margin), min(len(hay), end + margin)
    blocks = [block for block in Levenshtein.opcodes(needle, hay[low:high]) if block.tag == "equal"]
    # A lone character may agree by chance with one outside the quote.
    blocks = [block for block in blocks if block.src_end - block.src_start > 2] or blocks
    if not blocks:
        return start, end
    first, last = blocks[0], blocks[-1]
    begin = low + first.dest_start - first.src_start
    finish = low + last.dest_end + (len(needle) - last.src_end)
    return max(0, low if begin < low else begin), min(len(hay), finish)


def disagreements(first: str, second: str) -> list[tuple[Span, str, Span, str]]:
    """Where two witnesses of the same words differ: (span in first, its text, span in second, its text).

    White space, width, case and script are no difference.
    """
    one, other = _without_space(first), _without_space(second)
    codes = Levenshtein.opcodes(fold("".join(first[i] for i in one)), fold("".join(second[i] for i in other)))
    found = []
    for code in codes:
        if code.tag != "equal":
            here = _span(one, code.src_start, code.src_end, len(first))
            there = _span(other, code.dest_start, code.dest_end, len(second))
            found.append((here, first[here[0] : here[1]], there, second[there[0] : there[1]]))
    return found


def _without_space(text: str) -> list[int]:
    return [i for i, character in enumerate(text) if not character.isspace()]


def _span(places: Sequence[int], start: int, end: int, size: int) -> Span:
    if start < end:
        return places[start], places[end - 1] + 1
    at = places[start] if start < len(places) else size
    return at, at
