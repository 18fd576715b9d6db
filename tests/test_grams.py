"""Grams and near-copies against slow and plain definitions, and updates against deciding everything anew."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import copies
from qa.copies import Pool, Sketch, best_first, groups_of, keepers, touched
from qa.datatypes import Passage
from qa.duplicates import find_twins, signature
from qa.grams import gram_hashes, grams_of_each, letters
from qa.text import fold
from tests.grouping import group_passages

TEXTS = st.text(st.sampled_from("甲乙丙丁戊 ,。ＡbC1２\n臺灣😀é_"), max_size=40)


@given(TEXTS)
@settings(deadline=None)
def test_letters_are_what_folding_and_isalnum_make_of_a_text(text: str) -> None:
    assert "".join(map(chr, letters(text).tolist())) == "".join(filter(str.isalnum, fold(text)))


@given(st.lists(TEXTS, max_size=6), st.integers(1, 6))
@settings(deadline=None)
def test_grams_of_many_texts_are_those_of_each(texts: list[str], size: int) -> None:
    owners, hashes = grams_of_each(texts, size)
    for number, text in enumerate(texts):
        assert hashes[owners == number].tolist() == gram_hashes(letters(text), size).tolist()


@given(TEXTS, TEXTS, st.integers(1, 5))
@settings(deadline=None)
def test_equal_runs_and_only_they_have_equal_hashes(one: str, other: str, size: int) -> None:
    def runs(text: str) -> list[str]:
        plain = "".join(filter(str.isalnum, fold(text)))
        return [plain[i : i + size] for i in range(len(plain) - size + 1)]

    found = [gram_hashes(letters(text), size).tolist() for text in (one, other)]
    for left, a in zip(runs(one), found[0], strict=True):
        for right, b in zip(runs(other), found[1], strict=True):
            assert (left == right) == (a == b)


@given(st.lists(TEXTS, max_size=6))
@settings(deadline=None)
def test_a_sketch_holds_one_gram_in_eight_once(texts: list[str]) -> None:
    sketch = Sketch.of(texts)
    wanted = set()
    for number, text in enumerate(texts):
        wanted |= {(h, number) for h in gram_hashes(letters(text), 5).tolist() if h % 8 == 0}
    assert [(key >> 32, key % 2**32) for key in sketch.keys.tolist()] == sorted(wanted)
    assert sketch.counts.tolist() == [sum(owner == number for _, owner in wanted) for number in range(len(texts))]


# --- pages ------------------------------------------------------------------------------------------------------------


def prose(seed: int, size: int) -> str:
    return "".join(random.Random(seed).choices([chr(0x4E00 + i) for i in range(3000)], k=size))


@pytest.mark.parametrize("size", [6, 40, 200, 2000])
def test_signatures_of_short_texts_estimate_well_too(size: int) -> None:
    errors = []
    for seed in range(8):
        one, other = prose(seed, size), prose(seed, size // 2) + prose(100 + seed, size - size // 2)
        grams = [set(gram_hashes(letters(text), 5).tolist()) for text in (one, other)]
        exact = len(grams[0] & grams[1]) / len(grams[0] | grams[1])
        errors.append(float(np.mean(signature(one) == signature(other))) - exact)
    assert abs(np.mean(errors)) < 0.06 and max(map(abs, errors)) < 0.3


def test_twins_of_new_pages_are_those_that_all_pages_have_with_them() -> None:
    signatures = {f"{n:02d}": signature(prose(n % 7, 400) + prose(50 + n, 200)) for n in range(20)}
    everything = find_twins(signatures)
    for fresh in (["00"], ["03", "17", "19"], [], list(signatures)):
        found = find_twins(signatures, fresh)
        assert found == [pair for pair in everything if set(pair) & set(fresh)]


def test_a_thousand_pages_of_one_text_are_all_twins() -> None:
    one = signature(prose(1, 300))
    assert len(find_twins({f"{n}": one for n in range(60)})) == 60 * 59 // 2


# --- passages ---------------------------------------------------------------------------------------------------------


def world(choose: random.Random, pages: int) -> list[list[str]]:
    """Pages of passages made of few sentences, so that there are copies of all kinds."""
    sentences = [prose(seed, 45) for seed in range(14)]
    return [
        ["".join(choose.sample(sentences, choose.randint(1, 4))) for _ in range(choose.randint(0, 3))]
        for _ in range(pages)
    ]


def pool_of(pages: Sequence[Sequence[str]], cut: Sequence[int] = ()) -> Pool:
    """All passages, in segments cut between pages."""
    texts = [text for page in pages for text in page]
    numbers = np.repeat(np.arange(len(pages)), [len(page) for page in pages])
    ranks = best_first(np.array([len(text) for text in texts], np.int64), np.arange(len(texts)))
    bounds = [sum(map(len, pages[:page])) for page in (0, *cut, len(pages))]
    return Pool([Sketch.of(texts[a:b]) for a, b in pairwise(bounds)], numbers, ranks)


def slow_keepers(pages: Sequence[Sequence[str]], pool: Pool, agree: Any, crowded: int = 64) -> list[int]:
    texts = [text for page in pages for text in page]
    grams = [{h for h in gram_hashes(letters(text), 5).tolist() if h % 8 == 0} for text in texts]
    common = Counter(gram for own in grams for gram in own)
    found = []
    for one, own in enumerate(grams):
        telling = {gram for gram in own if common[gram] <= crowded}
        shared: dict[int, dict[int, int]] = defaultdict(dict)
        for other in range(len(texts)):
            if pool.ranks[other] < pool.ranks[one] and telling & grams[other]:
                shared[int(pool.pages[other])][other] = len(telling & grams[other])
        page = min(shared, key=lambda page: (-sum(shared[page].values()), page), default=-1)
        keeper = -1
        if page >= 0 and sum(shared[page].values()) >= 0.45 * len(own) and agree(one, sorted(shared[page])):
            keeper = min(shared[page], key=lambda other: (-shared[page][other], pool.ranks[other]))
        found.append(keeper)
    return found


@pytest.mark.parametrize("crowded", [64, 3])
@given(st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_keepers_are_those_of_the_slow_definition(crowded: int, choose: random.Random) -> None:
    pages = world(choose, 9)
    cut = sorted(choose.sample(range(9), 2))
    pool = pool_of(pages, cut)

    def agree(one: int, others: list[int]) -> bool:
        return (one + sum(others)) % 5 != 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copies, "_CROWDED", crowded)
        patch.setattr(copies, "_AT_ONCE", 4)
        found = keepers(pool, np.arange(len(pool.ranks)), agree)
    assert found.tolist() == slow_keepers(pages, pool, agree, crowded)


@pytest.mark.parametrize("crowded", [64, 3])
@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_only_touched_passages_can_have_another_keeper(crowded: int, choose: random.Random) -> None:
    """What a passage that is not touched was a copy of before, it is a copy of now."""
    pages = world(choose, 10)
    gone, new = set(choose.sample(range(10), 2)), set(choose.sample(range(10), 2))
    names = [(page, i) for page in range(10) for i in range(len(pages[page]))]
    sides = []
    for left_out in (new, gone):
        texts = [[] if page in left_out else pages[page] for page in range(10)]
        sides.append((pool_of(texts), [name for name in names if name[0] not in left_out]))
    (old, before), (now, after) = sides
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copies, "_CROWDED", crowded)
        then = keepers(old, np.arange(len(before)), lambda one, others: True).tolist()
        known = {name: before[k] if k >= 0 else None for name, k in zip(before, then, strict=True)}
        added = now.grams(np.array([i for i, name in enumerate(after) if name[0] in new - gone], np.int64))
        removed = old.grams(np.array([i for i, name in enumerate(before) if name[0] in gone - new], np.int64), 100)
        undecided = set(touched(now, added, removed).tolist())
        fresh = keepers(now, np.arange(len(after)), lambda one, others: True).tolist()
    for i, name in enumerate(after):
        if name in known and i not in undecided and (known[name] is None or known[name] in after):
            assert known[name] == (after[fresh[i]] if fresh[i] >= 0 else None)


@given(st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_groups_hold_everything_that_leads_to_one_keeper(choose: random.Random) -> None:
    count = choose.randint(0, 12)
    ranks = np.array(choose.sample(range(count), count), np.int64)
    better = [[k for k in range(count) if ranks[k] < ranks[i]] for i in range(count)]
    pointers = [choose.choice(b) if b and choose.random() < 0.6 else -1 for b in better]
    groups = groups_of(np.array(pointers, np.int64), ranks)

    def root(i: int) -> int:
        return i if pointers[i] < 0 else root(pointers[i])

    assert sorted(i for group in groups for i in group) == sorted({*(i for i in range(count) if pointers[i] >= 0)} | {
        root(i) for i in range(count) if pointers[i] >= 0})  # fmt: skip
    for keeper, *others in groups:
        assert pointers[keeper] == -1 and others and all(root(i) == keeper for i in others)
        assert [int(ranks[i]) for i in others] == sorted(int(ranks[i]) for i in others)


def test_no_passages_have_no_groups() -> None:
    assert group_passages([]) == [] and group_passages([Passage("", ()), Passage("一二三", ((0, 3),))]) == []
