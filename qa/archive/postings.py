"""Lists of postings that several segments share: a search goes through every list there is, and few are faster.

    joined/s00000001/   the postings of the segment of that name and of some after it; the description says of which

Segments keep postings of their own. Where one of them goes, the list that it shared is left out, and the others are
searched by their own until they are joined again. As in a tree of logs (O'Neil et al. 1996, "The Log-Structured
Merge-Tree"), lists of a like length are joined, and only once enough was written for that to be worth it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from qa.archive.finished import Known
from qa.archive.parts import JOINED, LEXICAL, Joined, Parts
from qa.archive.staging import link
from qa.lexical import join_lexical
from qa.store import files

_FEWEST, _MOST = 8, 16  # segments: fewer tantivy does not join, and more are much to do again when one of them goes
_ALIKE, _SHORT = 0.75, 10_000  # what tantivy takes to be of a like length: binary logarithms; passages
_WORTH = 16  # so many passages are joined for one that is written, at most: in all, each some few times


def write_joined(
    folder: Path, sizes: Mapping[str, int], old: Parts | None, written: Collection[str], known: Known
) -> Joined:
    """Joins postings of the segments in `folder`, those written now and others, where there are enough of a kind.

    `sizes` has the passages of every segment. Lists whose segments are all still there are linked, and `known` is given
    the checksums of their files.
    """
    joined = _kept(sizes, old)
    for name in joined:
        assert old is not None
        known.update(link(old.generation, f"{JOINED}/{name}", folder))
    single = {name: size for name, size in sizes.items() if name not in set().union(*joined.values())}
    budget = _WORTH * sum(sizes[name] for name in written)
    for group in _groups(single):
        budget -= sum(sizes[name] for name in group)
        if budget >= 0:
            (folder / JOINED / group[0]).mkdir(parents=True)
            join_lexical([folder / name / LEXICAL for name in group], folder / JOINED / group[0], files.link)
            joined[group[0]] = group
    return joined


def _kept(sizes: Mapping[str, int], old: Parts | None) -> Joined:
    before: Joined = old.generation.description.get("joined", {}) if old else {}
    return {name: group for name, group in before.items() if sizes.keys() >= set(group)}


def _groups(sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Segments, in order of their names, whose postings tantivy joins into one list."""
    for level in _levels(sizes):
        if len(level) >= _FEWEST:
            for group in np.array_split(np.array(sorted(level)), -(-len(level) // _MOST)):
                yield group.tolist()


def _levels(sizes: Mapping[str, int]) -> Sequence[list[str]]:
    """The segments by length, largest first, those of a like length together."""
    levels: list[list[str]] = []
    most = math.inf
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        length = math.log2(max(sizes[name], _SHORT))
        if not levels or length < most - _ALIKE:
            levels.append([])
            most = length
        levels[-1].append(name)
    return levels
