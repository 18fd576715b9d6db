"""Near-copies against answers counted with sets: sketches, pools of batches, keepers, and what an update asks."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import copies
from qa.copies import Pool, Sketch, best_first, groups_of, keepers, touched
from qa.grams import gram_hashes, letters

HAN = "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))
Cut = tuple[int, list[int]]  # page of a passage, and the numbers of the clauses that it is made of


def clause(number: int) -> str:
    """Thirty characters that no other clause has."""
    return "".join(random.Random(number).choices(HAN, k=30))


def text_of(clauses: Sequence[int]) -> str:
    return "".join(map(clause, clauses))


def kept_grams(text: str) -> set[int]:
    """The hashes of a text's grams that are sampled, one by one."""
    return {value for value in gram_hashes(letters(text), copies.GRAM).tolist() if value % copies._SAMPLE == 0}


def pool_of(cuts: Sequence[Cut], sketches: int = 1) -> Pool:
    """The passages in so many sketches, the fullest passage the best witness."""
    texts = [text_of(clauses) for _, clauses in cuts]
    places = [len(texts) * part // sketches for part in range(sketches + 1)]
    pages = np.array([page for page, _ in cuts], np.int64)
    ranks = best_first(np.array([len(text) for text in texts], np.int64), np.arange(len(texts)))
    return Pool([Sketch.of(texts[first:last]) for first, last in pairwise(places)], pages, ranks)


def always(one: int, others: list[int]) -> bool:
    return True


def counted_keepers(pool: Pool, cuts: Sequence[Cut]) -> list[int]:
    """The definition, passage by passage."""
    grams = [kept_grams(text_of(clauses)) for _, clauses in cuts]
    holders = Counter(gram for one in grams for gram in one)
    found = []
    for row, own in enumerate(grams):
        telling = {gram for gram in own if 1 < holders[gram] <= copies._CROWDED}
        shared: dict[int, dict[int, int]] = defaultdict(dict)
        for other, its in enumerate(grams):
            if pool.ranks[other] < pool.ranks[row] and telling & its:
                shared[int(pool.pages[other])][other] = len(telling & its)
        enough = {page: sum(by.values()) for page, by in shared.items() if sum(by.values()) >= 0.45 * len(own)}
        if not enough:
            found.append(-1)
            continue
        best = shared[min(enough, key=lambda page: (-enough[page], page))]
        found.append(min(best, key=lambda other: (-best[other], pool.ranks[other])))
    return found


CUTS = st.lists(st.tuples(st.integers(0, 5), st.lists(st.integers(0, 12), max_size=5)), min_size=1, max_size=24)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=12))
def test_a_sketch_holds_the_sampled_grams_of_every_passage_once(passages: list[list[int]]) -> None:
    texts = [text_of(clauses) for clauses in passages]
    sketch = Sketch.of(texts)
    wanted = {gram << 32 | row for row, text in enumerate(texts) for gram in kept_grams(text)}
    assert sketch.keys.tolist() == sorted(wanted)
    assert sketch.counts.tolist() == [len(kept_grams(text)) for text in texts]


@settings(max_examples=60, deadline=None)
@given(CUTS, st.integers(1, 4))
def test_holders_and_hashes_are_those_of_a_loop_over_all_passages(cuts: list[Cut], sketches: int) -> None:
    pool = pool_of(cuts, sketches)
    grams = [kept_grams(text_of(clauses)) for _, clauses in cuts]
    asked = np.array(sorted(set().union(*grams))[::3], np.uint32)
    held = [[row for row in range(len(cuts)) if gram in grams[row]] for gram in asked.tolist()]
    for least, most in ((1, 99), (2, 3), (3, 2)):
        counts, rows = pool.holders(asked, least, most)
        assert counts.tolist() == [*map(len, held)]
        listed = [len(one) if least <= len(one) <= most else 0 for one in held]
        parts = np.split(rows, np.cumsum(listed))
        assert [sorted(part.tolist()) for part in parts] == [
            one if least <= len(one) <= most else [] for one in [*held, []]
        ]
    chosen = np.arange(0, len(cuts), 2)
    owners, hashes = pool.hashes_of(chosen)
    wanted = sorted((row, gram) for row in chosen.tolist() for gram in grams[row])
    assert sorted(zip(owners.tolist(), hashes.tolist(), strict=True)) == wanted
    told = sorted((gram << 32 | int(pool.pages[row]) + 7) for row, gram in wanted)
    assert sorted(pool.grams(chosen, 7).tolist()) == told


@settings(max_examples=150, deadline=None)
@given(CUTS, st.integers(1, 4))
def test_keepers_are_those_of_the_definition_however_passages_are_batched(cuts: list[Cut], sketches: int) -> None:
    pool = pool_of(cuts, sketches)
    assert keepers(pool, np.arange(len(cuts)), always).tolist() == counted_keepers(pool, cuts)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_deciding_a_few_at_a_time_decides_the_same(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    choose = random.Random(size)
    cuts = [(choose.randrange(6), choose.choices(range(15), k=4)) for _ in range(40)]
    pool = pool_of(cuts, 3)
    together = keepers(pool, np.arange(40), always).tolist()
    monkeypatch.setattr(copies, "_AT_ONCE", size)
    assert keepers(pool, np.arange(40), always).tolist() == together
    some = np.arange(1, 40, 3)
    assert keepers(pool, some, always).tolist() == [together[row] for row in some]
    assert len({keeper for keeper in together if keeper >= 0}) > 3


def test_an_objection_is_asked_once_with_all_that_share_something_and_is_final() -> None:
    cuts = [(0, [1, 2, 3, 4]), (0, [5, 6, 7, 8, 9]), (1, [3, 4, 5, 6])]
    asked: list[tuple[int, list[int]]] = []

    def object_to(one: int, others: list[int]) -> bool:
        asked.append((one, others))
        return False

    assert keepers(pool_of(cuts), np.arange(3), object_to).tolist() == [-1, -1, -1]
    assert asked == [(2, [0, 1])]  # the lone passage cut across two of the other page is the only candidate


def test_two_pages_with_half_of_a_passage_each_are_chosen_by_the_fuller_half() -> None:
    cuts = [(0, [1, 2, 3, 30, 31]), (1, [4, 5, 32, 33, 34, 35]), (2, [1, 2, 3, 4, 5])]
    assert keepers(pool_of(cuts), np.arange(3), always).tolist()[2] == 0
    apart = [(0, [1, 30, 31, 36, 37, 38]), (1, [3, 32, 33, 34, 35, 39]), (2, [1, 2, 3, 4, 5])]
    assert keepers(pool_of(apart), np.arange(3), always).tolist() == [-1, -1, -1]  # a fifth of each is too little


@settings(max_examples=120, deadline=None)
@given(CUTS, CUTS, st.sets(st.integers(0, 5)))
def test_only_touched_passages_may_have_another_keeper_after_an_update(
    stay: list[Cut], come: list[Cut], gone: set[int]
) -> None:
    """The promise that updates rest on: whoever is not touched keeps the keeper it had."""
    new = [(page + 6, clauses) for page, clauses in come]
    old = pool_of(stay, 2)
    left = [row for row, (page, _) in enumerate(stay) if page not in gone]
    cuts = [stay[row] for row in left] + new
    pool = pool_of(cuts, 2)
    removed = np.array([row for row in range(len(stay)) if row not in left], np.int64)
    added = np.arange(len(left), len(cuts))
    asked = set(touched(pool, pool.grams(added), old.grams(removed, 20)).tolist())
    before = keepers(old, np.arange(len(stay)), always).tolist()
    after = keepers(pool, np.arange(len(cuts)), always).tolist()
    place = {row: number for number, row in enumerate(left)}
    for row in left:
        if place[row] not in asked and (before[row] < 0 or before[row] in place):
            moved = place[before[row]] if before[row] >= 0 else -1
            assert after[place[row]] == moved


def test_a_page_that_shares_too_little_touches_nothing() -> None:
    cuts = [(0, [1, 2, 3, 4, 5]), (1, [6, 7, 8, 9, 10]), (2, [1, 20, 21, 22])]
    pool, nothing = pool_of(cuts), np.zeros(0, np.uint64)
    assert touched(pool, pool.grams(np.array([2])), nothing).tolist() == [2]
    closer = pool_of([*cuts[:2], (2, [1, 2, 3, 22])])
    assert touched(closer, closer.grams(np.array([2])), nothing).tolist() == [0, 2]


def test_a_gram_that_becomes_a_set_phrase_touches_all_that_hold_it() -> None:
    cuts = [(page, [0, 100 + page, 200 + page, 300 + page]) for page in range(66)]
    pool, nothing = pool_of(cuts), np.zeros(0, np.uint64)
    assert set(touched(pool, pool.grams(np.array([64, 65])), nothing).tolist()) == set(range(66))
    few = pool_of(cuts[:40])
    assert touched(few, few.grams(np.array([39])), nothing).tolist() == [39]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)), max_size=12))
def test_ranges_are_those_of_a_loop(pairs: list[tuple[int, int]]) -> None:
    first = np.array([start for start, _ in pairs], np.int64)
    lengths = np.array([size for _, size in pairs], np.int64)
    wanted = [number for start, size in pairs for number in range(start, start + size)]
    assert copies._ranges(first, lengths).tolist() == wanted


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.randoms())
def test_the_best_witness_is_the_fuller_and_of_equals_the_earlier(sizes: list[int], choose: random.Random) -> None:
    rows = list(range(len(sizes)))
    choose.shuffle(rows)
    ranks = best_first(np.array(sizes, np.int64), np.array(rows, np.int64))
    order = sorted(range(len(sizes)), key=lambda one: (-sizes[one], rows[one]))
    assert np.argsort(ranks).tolist() == order and len(set(ranks.tolist())) == len(sizes)


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=30), st.randoms())
def test_groups_hold_all_that_lead_to_one_keeper_by_rank(links: list[int], choose: random.Random) -> None:
    """Pointers lead to lower ranks, as those of copies do, so that no chain comes back."""
    ranks = list(range(len(links)))
    choose.shuffle(ranks)
    by_rank = {rank: row for row, rank in enumerate(ranks)}
    pointers = [by_rank[link % ranks[row]] if ranks[row] and link % 3 else -1 for row, link in enumerate(links)]

    def root(row: int) -> int:
        return row if pointers[row] < 0 else root(pointers[row])

    wanted: dict[int, list[int]] = defaultdict(list)
    for row in range(len(links)):
        wanted[root(row)].append(row)
    groups = groups_of(np.array(pointers, np.int64), np.array(ranks, np.int64))
    expected = {keeper: sorted(rows, key=lambda row: ranks[row]) for keeper, rows in wanted.items() if len(rows) > 1}
    assert [group[0] for group in groups] == sorted(expected)
    assert all(group[1:] == [row for row in expected[group[0]] if row != group[0]] for group in groups)
