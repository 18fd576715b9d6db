"""A query -> the passages that match it best: candidates of both halves, scored three ways, fused, copies collapsed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qa.archive.parts import Parts
from qa.archive.threads import together
from qa.datatypes import Hit, Mode
from qa.fusion import Scores, fuse, weights
from qa.text import terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from embeddings.encoder import Encoder
    from qa.archive.numbered import NumberedLexical

Rows = npt.NDArray[np.int64]
Matched = tuple[Rows, Scores]
CANDIDATES = 50  # of each half
_SMALL = 256  # passages of an index of which all are scored at once, which takes less time than asking for some again
_QUERY_TOKENS = 256  # that late interaction looks at: its cost is tokens of the query times tokens of the candidates
_COPIES = 3  # so many times more rows are looked at than hits wanted, because copies share a place


def search(
    parts: Parts,
    encoder: Callable[[], Encoder],
    encode: Callable[[str], npt.NDArray[np.float32]],
    query: str,
    k: int,
    mode: Mode,
    sources: Sequence[str] | None,
) -> list[Hit]:
    """At most `k` hits, best first. `encode` gives the vector of a query, float32[dim]; it may remember."""
    if not parts.tables.passage_count:
        return []
    found = terms(query)
    wide = max(CANDIDATES, _COPIES * k)
    scores: dict[str, Scores]
    if mode == "sparse":
        rows, sparse = parts.lexical.search(found, wide, _pages(parts, sources))
        scores, order = {"sparse": sparse}, np.arange(len(rows))
    elif mode == "dense":
        rows, dense = parts.vectors.search(encode(query), wide, _rows(parts, sources))
        scores, order = {"dense": dense}, np.arange(len(rows))
    else:
        vector = encode(query)
        rows, matched = _candidates(parts, vector, found, wide, sources)
        scores = _score(parts, encoder(), vector, query, found, rows, matched)
        fused = fuse(scores, weights(share_known(parts.lexical, found), late="late" in scores))
        order = np.lexsort((rows, -fused))
        scores["fused"] = fused
    return _hits(parts, rows, scores, order, k, next(reversed(scores)))


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


def _candidates(
    parts: Parts, vector: npt.NDArray[np.float32], found: list[str], wide: int, sources: Sequence[str] | None
) -> tuple[Rows, Matched]:
    """Rows that either half finds, in rising order, and rows whose score by terms is known with their scores."""
    count = parts.tables.passage_count
    most = max(wide, count + 1) if count <= _SMALL else wide
    (dense, _), sparse = together(
        lambda: parts.vectors.search(vector, wide, _rows(parts, sources)),
        lambda: parts.lexical.search(found, most, _pages(parts, sources)),
    )
    rows = np.union1d(dense, sparse[0][:wide])
    return rows, (sparse if len(sparse[0]) == most else (rows, _all_known(rows, *sparse)))


def _all_known(rows: Rows, found: Rows, scores: Scores) -> Scores:
    """The scores of `rows` where `found` are all that have one."""
    wanted = np.isin(found, rows, assume_unique=True)
    known = np.zeros(len(rows), np.float32)
    known[np.searchsorted(rows, found[wanted])] = scores[wanted]
    return known


def _score(
    parts: Parts,
    encoder: Encoder,
    vector: npt.NDArray[np.float32],
    query: str,
    found: list[str],
    rows: Rows,
    matched: Matched,
) -> dict[str, Scores]:
    """Every candidate by every score: one that only one half found is not punished for it."""
    vectors, sparse = together(
        lambda: _score_by_vectors(parts, encoder, vector, query, rows),
        lambda: _score_by_terms(parts, found, rows, matched),
    )
    return {"dense": vectors["dense"], "sparse": sparse} | vectors


def _score_by_terms(parts: Parts, found: list[str], rows: Rows, matched: Matched) -> Scores:
    """Those of `matched` as they are; only the others are looked for again."""
    scores = np.zeros(len(rows), np.float32)
    scores[np.searchsorted(rows, matched[0])] = matched[1]
    others = ~np.isin(rows, matched[0], assume_unique=True)
    if others.any():
        scores[others] = parts.lexical.score(found, rows[others].tolist())
    return scores


def _score_by_vectors(
    parts: Parts, encoder: Encoder, vector: npt.NDArray[np.float32], query: str, rows: Rows
) -> dict[str, Scores]:
    # Not a product of matrices: there a score depends on how many others are worked out with it.
    scores = {"dense": np.einsum("ij,j->i", parts.vectors.of(rows), vector).round(6)}
    if parts.tokens is not None and encoder.has_tokens:
        from embeddings.late import late_interaction

        asked = encoder.token_ids([query])[0][:_QUERY_TOKENS]
        scores["late"] = late_interaction(encoder, asked, parts.tokens.of(rows.tolist())).round(6)
    return scores


def share_known(lexical: NumberedLexical, found: Sequence[str]) -> float:
    """The share of the query's different terms that stand in the index, 0 to 1."""
    different = set(found)
    return sum(lexical.document_frequency(term) > 0 for term in different) / max(len(different), 1)


def _hits(parts: Parts, rows: Rows, scores: dict[str, Scores], order: Rows, k: int, by: str) -> list[Hit]:
    chosen = _best_witnesses(parts, rows, order)[:k]
    ranks = {name: _ranks(one) for name, one in scores.items() if name != "fused"}
    passages = parts.tables.witnessed([int(rows[place]) for place in chosen])
    return [
        Hit(
            passage,
            float(scores[by][place]),
            rank,
            tuple((name, int(one[place])) for name, one in ranks.items()),
            tuple((name, float(scores[name][place])) for name in ranks),
        )
        for rank, (passage, place) in enumerate(zip(passages, chosen, strict=True), 1)
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
