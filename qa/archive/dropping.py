"""Pages dropped from large segments: what was written stays as it is, and the next generation tells what still counts.

Writing a segment of 65,000 passages again without one page takes ten seconds. Instead the manifest lists the pages that
do not count any more, and a file says in how many of their passages each term stands, so that the rarity of terms is
that of the passages that count. Only the mean length of passages, to which BM25 compares, still includes them. Once a
sixty-fourth of a segment was dropped, it is written again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.text import terms

if TYPE_CHECKING:
    from qa.archive.parts import Parts

NAME = "dropped.json"
LEAST = 2**13  # passages of a segment that is not written again for the loss of a page
_SHARE = 64

Dropped = Mapping[str, Sequence[int]]  # segment to numbers of its pages
Frequencies = dict[str, dict[str, int]]  # segment to term to passages


def dropped_pages(description: Mapping[str, Any], segments: Sequence[str]) -> list[list[int]]:
    """For each of the segments the numbers of its pages that do not count any more."""
    told: Dropped = description.get("dropped", {})
    return [list(told.get(name, ())) for name in segments]


def may_stay(size: int, gone: int) -> bool:
    """Whether a segment of so many passages may lose so many, in all, without being written again."""
    return size >= LEAST and gone * _SHARE <= size


def write_frequencies(folder: Path, old: Parts | None, dropped: Dropped) -> None:
    """Writes how many of the dropped passages of each segment hold each term; no file when there are none."""
    if not old or not dropped:
        return
    from qa.archive.parts import indexed_text  # which opens what this module reads

    known = read_frequencies(old.generation.folder)
    found: Frequencies = {}
    for name, pages, tables in zip(old.segments, old.dropped, old.tables.segments, strict=True):
        if name in dropped:
            counts = Counter(known.get(name, {}))
            for _, first, count, number in tables.places:
                if number in dropped[name] and number not in pages:
                    for passage in tables.between(first, first + count):
                        counts.update(set(terms(indexed_text(passage))))
            found[name] = dict(counts)
    (folder / NAME).write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def read_frequencies(folder: Path) -> Frequencies:
    path = folder / NAME
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def without(folder: Path) -> Counter[str]:
    """In how many dropped passages of a generation each term stands."""
    total: Counter[str] = Counter()
    for counts in read_frequencies(folder).values():
        total.update(counts)
    return total
