"""A query -> the passages that match it best: candidates of both halves, scored three ways, fused, copies collapsed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qa.archive.parts import Parts
from qa.archive.queries import Encoded, Queries
from qa.archive.threads import together
from qa.datatypes import Hit, Mode
from qa.fusion import FAMILIAR, Asked, Scores, familiar, fuse, judged, share_known, weights
from qa.text import terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from embeddings.encoder import Encoder

Rows = npt.NDArray[np.int64]
Matched = tuple[Rows, Scores]
CANDIDATES = 50  # of each half
_FIRST = 5  # by terms, that late interaction always reads
CLOSEST = 40  # of them, by vectors and terms, are compared by late interaction: with all, rankings are worse
_SMALL = 256  # passages of an index of which all are scored at once, which takes less time than asking for some again
_QUERY_TOKENS = 256  # that late interaction looks at: its cost is tokens of the query times tokens of the candidates
_COPIES = 3  # so many times more rows are looked at than hits wanted, because copies share a place


def search(
    parts: Parts,
    encoder: Callable[[], Encoder],
    queries: Queries,
    query: str,
    k: int,
    mode: Mode,
    sources: Sequence[str] | None,
) -> list[Hit]:
    """At most `k` hits, best first. The encoder is asked for where vectors are."""
    if not parts.tables.passage_count:
        return []
    found = terms(query)
    wide = max(CANDIDATES, _COPIES * k)
    scores: dict[str, Scores]
    if mode == "sparse":
        rows, sparse = parts.lexical.search(found, wide, _pages(parts, sources))
        scores, order = {"sparse": sparse}, np.arange(len(rows))
    elif mode == "dense":
        rows, dense = parts.vectors.search(queries.encoded(query, encoder())[0], wide, _rows(parts, sources))
        scores, order = {"dense": dense}, np.arange(len(rows))
    else:
        asked = queries.encoded(query, encoder())
        rows, scores = _hybrid(parts, encoder(), asked, found, max(CLOSEST, _COPIES * k), wide, sources)
        order = np.lexsort((rows, -scores["fused"]))
    return _hits(parts, rows, scores, order, k, next(reversed(scores)))


def _hybrid(
    parts: Parts,
    encoder: Encoder,
    asked: Encoded,
    found: list[str],
    kept: int,
    wide: int,
    sources: Sequence[str] | None,
) -> tuple[Rows, dict[str, Scores]]:
    """Candidates of both halves by every score: one that only one half found is not punished for it.

    Where the words of the query are known they find most of what matters, and the vectors may miss more.
    """
    vector, tokens = asked
    known = share_known(parts.lexical, found)
    most = _most(parts, wide)
    dense, sparse = together(
        lambda: parts.vectors.search(vector, wide, _rows(parts, sources), rough=known >= FAMILIAR),
        lambda: parts.lexical.search(found, most, _pages(parts, sources)),
    )
    rows = np.union1d(dense[0], sparse[0][:wide])
    every = len(sparse[0]) < most
    by_vectors, by_terms = together(
        # Not a product of matrices: there a score depends on how many others are worked out with it.
        lambda: _completed(rows, dense, lambda more: np.einsum("ij,j->i", parts.vectors.of(more), vector).round(6)),
        lambda: _completed(rows, sparse, lambda more: 0 if every else parts.lexical.score(found, more.tolist())),
    )
    scores = {"dense": by_vectors, "sparse": by_terms}
    count = parts.tables.passage_count
    lengths: list[int] = []
    if tokens is not None and parts.tokens is not None:
        rows, scores = closest(rows, scores, known, kept)
        scores["late"], lengths = _score_by_tokens(parts, encoder, tokens, rows)
    fused = judged(scores, Asked(known, 0 if tokens is None else len(tokens), count), lengths)
    return rows, scores | {"fused": fused}


def _rows(parts: Parts, sources: Sequence[str] | None) -> Rows | None:
    if sources is None:
        return None
    spans = [parts.tables.span(source) for source in dict.fromkeys(sources)]
    return np.concatenate([np.arange(first, last) for first, last in spans] or [np.zeros(0, np.int64)])


def _pages(parts: Parts, sources: Sequence[str] | None) -> list[int] | None:
    if sources is None:
        return None
    numbers = (parts.tables.page_number(source) for source in dict.fromkeys(sources))
    return [number for number in numbers if number is not None]


def _most(parts: Parts, wide: int) -> int:
    """How many rows with one of the terms are asked for: of a small index all, and one that cannot be there."""
    count = parts.tables.passage_count
    return max(wide, count + 1) if count <= _SMALL else wide


def _completed(rows: Rows, found: Matched, score: Callable[[Rows], Scores | int]) -> Scores:
    """The scores of `rows`, which are sorted: as they were found, the others by `score`."""
    scores = np.zeros(len(rows), np.float32)
    places = np.searchsorted(rows, found[0])
    inside = rows.take(places, mode="clip") == found[0]
    scores[places[inside]] = found[1][inside]
    others = np.ones(len(rows), bool)
    others[places[inside]] = False
    if others.any():
        scores[others] = score(rows[others])
    return scores


def closest(rows: Rows, scores: dict[str, Scores], known: float, count: int) -> tuple[Rows, dict[str, Scores]]:
    """The `count` best by vectors and terms, in rising order, and their scores.

    The first few by terms are among them where the words of the query are known: a row of words as they were printed
    stands in few passages, whatever their vectors say.
    """
    if len(rows) <= count:
        return rows, scores
    total = fuse(scores, weights(known, late=False))
    if familiar(known) == 1:
        first = np.lexsort((rows, -scores["sparse"]))[:_FIRST]
        total[first[scores["sparse"][first] > 0]] = np.inf
    kept = np.sort(np.lexsort((rows, -total))[:count])
    return rows[kept], {name: one[kept] for name, one in scores.items()}


def _score_by_tokens(
    parts: Parts, encoder: Encoder, asked: npt.NDArray[np.int32], rows: Rows
) -> tuple[Scores, list[int]]:
    """Scores of the rows by late interaction, and how many tokens each has."""
    from embeddings.late import late_interaction

    assert parts.tokens is not None
    tokens = parts.tokens.of(rows)
    scores: Scores = late_interaction(encoder, asked[:_QUERY_TOKENS], tokens).round(6)
    return scores, [*map(len, tokens)]


def _hits(parts: Parts, rows: Rows, scores: dict[str, Scores], order: Rows, k: int, by: str) -> list[Hit]:
    chosen = _best_witnesses(parts, rows, order)[:k]
    told = {name: one[chosen].tolist() for name, one in scores.items()}
    ranks = {name: _ranks(one)[chosen].tolist() for name, one in scores.items() if name != "fused"}
    passages = parts.tables.witnessed(rows[chosen].tolist())
    return [
        Hit(
            passage,
            told[by][place],
            place + 1,
            tuple([(name, one[place]) for name, one in ranks.items()]),
            tuple([(name, told[name][place]) for name in ranks]),
        )
        for place, passage in enumerate(passages)
    ]


def _best_witnesses(parts: Parts, rows: Rows, order: Rows) -> list[int]:
    """`order` without the near-copies of better witnesses among the candidates, and of others one of a group.

    Two passages of one page may be parts of the same better witness on another; they are no copies of each other.
    """
    listed = rows.tolist()
    pages = parts.tables.numbering.page_of(listed).tolist()
    keepers, betters = parts.tables.keepers(listed), parts.tables.betters(listed)
    there = set(listed)
    claimed: dict[int, int] = {}  # a witness that is no candidate, and the page whose passage stands for it
    chosen = []
    for place in order.tolist():
        row, page = listed[place], pages[place]
        better = betters.get(row, set())
        if not better & there and all(claimed.get(one, page) == page for one in better):
            claimed.setdefault(keepers.get(row, row), page)
            chosen.append(place)
    return chosen


def _ranks(scores: Scores) -> Rows:
    """Rank from 1 of each score among its like."""
    ranks = np.empty(len(scores), np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks
