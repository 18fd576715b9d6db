"""Which passages of two scans of a page hold the same sentences, however differently the scans were cut."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from qa.datatypes import Passage
from qa.store import JoinedTables
from qa.text import fold

_GRAM = 8  # characters: long enough that two passages share none by chance
_SHARED = 8  # grams, those of a clause of fifteen characters


def overlapping(tables: JoinedTables, sources: Collection[str]) -> dict[int, list[int]]:
    """For rows of `sources` that are scans of one page: rows of the other scans that share a clause, fullest first."""
    found: dict[int, list[int]] = {}
    for source, twins in tables.twins().items():
        if source not in sources:
            continue
        for twin in (twin.rsplit(" ", 1)[0] for twin in twins):
            for row, others in _shared(tables.of_source(source), tables.of_source(twin)).items():
                found.setdefault(row, []).extend(others)
    return found


def _shared(passages: list[Passage], others: list[Passage]) -> dict[int, list[int]]:
    holders: dict[str, list[int]] = defaultdict(list)
    for other in others:
        for gram in _grams(other.text):
            holders[gram].append(other.id)
    found = {}
    for passage in passages:
        counts = Counter(row for gram in _grams(passage.text) for row in holders.get(gram, ()))
        # A set of strings has another order in every process, so that ties need one of their own.
        fullest = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        found[passage.id] = [row for row, count in fullest if count >= _SHARED]
    return {row: rows for row, rows in found.items() if rows}


def _grams(text: str) -> set[str]:
    letters = "".join(filter(str.isalnum, fold(text)))
    return {letters[i : i + _GRAM] for i in range(len(letters) - _GRAM + 1)}
