"""The same words twice: second scans of a page, reprints, repeats. A copy never counts as a second source.

Pages are compared by MinHash (Broder 1997) with locality-sensitive hashing, passages by an inverted index of
sampled character grams (Schleimer, Wilkerson and Aiken 2003, "Winnowing"), both linear in the text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from qa.datatypes import Passage, Span
from qa.text import fold

Signature = NDArray[np.uint32]

_PAGE_GRAM = 5  # characters of a page's shingle: long enough that two texts share none by chance
_PERMUTATIONS = 384
_BANDS, _ROWS = 128, 3
_TWIN = 0.12  # Jaccard similarity of the shingles of two scans, damaged and incomplete as they are
_PASSAGE_GRAM = 5
_SAMPLE = 2  # one gram in two is indexed
_COPY = 0.45  # share of a passage's grams that its copy must hold
_CROWDED = 64  # a gram that so many passages hold is a set phrase and tells nothing
_SAME = 0.85
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LETTER = re.compile(r"[^\W_]")


def signature(text: str) -> Signature:
    """MinHash of the character shingles of `text`: uint32[384]. White space, width, case and script do not count."""
    from datasketch import MinHash

    sketch = MinHash(num_perm=_PERMUTATIONS, seed=1, hashfunc=int)
    hashes = _gram_hashes(_letters(text), _PAGE_GRAM)
    if len(hashes):
        sketch.update_batch(hashes.tolist())
    return np.asarray(sketch.hashvalues, dtype=np.uint32)


def _letters(text: str) -> str:
    return "".join(_LETTER.findall(fold(text)))


def _gram_hashes(letters: str, size: int) -> NDArray[np.uint32]:
    """Distinct hashes of all runs of `size` characters."""
    codes = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    if len(codes) < size:
        return np.zeros(0, dtype=np.uint32)
    value = np.zeros(len(codes) - size + 1, dtype=np.uint32)
    for offset in range(size):
        value = (value ^ codes[offset : len(codes) - size + 1 + offset]) * np.uint32(0x9E3779B1)
        value ^= value >> np.uint32(15)
    return np.unique(value)


def find_twins(signatures: Mapping[str, Signature]) -> list[tuple[str, str]]:
    """Pairs of names whose texts are scans of one page, or share a good part, each pair once and sorted."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=_PERMUTATIONS, params=(_BANDS, _ROWS))
    pairs: list[tuple[str, str]] = []
    empty = signature("")
    for name, values in signatures.items():
        if values.shape != empty.shape or np.array_equal(values, empty):
            continue
        sketch = MinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.hashvalues = values
        for other in index.query(sketch):
            if float(np.mean(values == signatures[other])) >= _TWIN:
                pairs.append((min(name, other), max(name, other)))
        index.insert(name, sketch)
    return sorted(pairs)


def group_passages(passages: Sequence[Passage]) -> list[list[int]]:
    """Near-copies among `passages`, as groups of their indices, best witness first; lone passages form no group.

    Passages of the fullest sources are kept first; a later one whose words mostly stand in kept passages of one
    other source joins the one it shares most with. So it does not matter where the scans were cut.
    """
    grams = [_sampled(passage.text) for passage in passages]
    postings: dict[int, list[int]] = defaultdict(list)
    groups: dict[int, list[int]] = {}
    for i in _best_first(passages):
        keeper = _keeper(i, passages, grams, postings)
        if keeper >= 0:
            groups.setdefault(keeper, [keeper]).append(i)
            continue
        for gram in grams[i]:
            if len(postings[gram]) < _CROWDED:
                postings[gram].append(i)
    return [groups[i] for i in sorted(groups)]


def _sampled(text: str) -> set[int]:
    return {int(gram) for gram in _gram_hashes(_letters(text), _PASSAGE_GRAM) if gram % _SAMPLE == 0}


def _best_first(passages: Sequence[Passage]) -> list[int]:
    """Fuller sources first, so that all witnesses shown come from one scan where possible; then longer passages."""
    size: Counter[tuple[str, str]] = Counter()
    for passage in passages:
        size[passage.source, passage.article] += len(passage.text)
    return sorted(
        range(len(passages)),
        key=lambda i: (-size[passages[i].source, passages[i].article], passages[i].source, passages[i].number, i),
    )


def _keeper(
    i: int, passages: Sequence[Passage], grams: Sequence[set[int]], postings: Mapping[int, Sequence[int]]
) -> int:
    shared: Counter[int] = Counter()
    for gram in grams[i]:
        shared.update(postings.get(gram, ()))
    by_source: Counter[str] = Counter()
    for k in shared:
        by_source[passages[k].source] += shared[k]
    if not by_source:
        return -1
    source, total = by_source.most_common(1)[0]
    if total < _COPY * len(grams[i]):
        return -1
    keeper = max((k for k in shared if passages[k].source == source), key=lambda k: shared[k])
    return keeper if _numbers_agree(passages[i].text, [passages[k].text for k in shared]) else -1


def _numbers_agree(text: str, others: Iterable[str]) -> bool:
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
