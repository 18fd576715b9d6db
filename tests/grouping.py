"""Near-copies of a handful of passages, decided all at once as an index decides them batch by batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qa.copies import Pool, Sketch, article_sizes, best_first, groups_of, keepers
from qa.datatypes import Passage
from qa.duplicates import numbers_agree


def group_passages(passages: Sequence[Passage]) -> list[list[int]]:
    """Near-copies among `passages`, as groups of their indices, best witness first; lone passages form no group."""
    sources = {source: number for number, source in enumerate(sorted({p.source for p in passages}))}
    pages = np.array([sources[passage.source] for passage in passages], np.int64)
    numbers = np.array([passage.number for passage in passages], np.int64)
    rows = np.lexsort((numbers, pages))
    places = np.empty(len(passages), np.int64)
    places[rows] = np.arange(len(passages))
    ranks = best_first(np.array(article_sizes(passages), np.int64), places)
    pool = Pool([Sketch.of([passage.text for passage in passages])], pages, ranks)

    def agree(one: int, others: list[int]) -> bool:
        return numbers_agree(passages[one].text, [passages[other].text for other in others])

    return groups_of(keepers(pool, np.arange(len(passages)), agree), ranks)
