"""What neighbouring lines share, worked out on arrays, against plain sets of words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.articles import cohesion
from qa.articles.cohesion import breaks, kinship, outlook, terms, tokens
from qa.articles.order import _pairs
from qa.text import fold

Words = Callable[[str], frozenset[str]]
LINES = st.lists(st.text("春夏秋冬东南, ", min_size=1, max_size=90) | st.sampled_from(["winter garden", "the garden"]))


def reach(texts: Sequence[str], lines: Iterable[int], window: int, words: Words) -> set[str]:
    """The words of the lines, taken in this order until they hold `window` characters."""
    found, size = set[str](), 0
    for i in lines:
        if size >= window:
            break
        found |= words(texts[i])
        size += len(texts[i])
    return found


def around(texts: Sequence[str], i: int, behind: int, ahead: int, words: Words) -> tuple[set[str], set[str]]:
    return (
        reach(texts, range(i - 1, -1, -1), behind, words),
        reach(texts, range(i, len(texts)), ahead, words),
    )


@given(LINES, st.sampled_from([1, 60, 260]))
def test_a_break_is_the_rarity_of_shared_words_against_that_of_the_poorer_side(texts: list[str], window: int) -> None:
    counts = Counter(word for text in texts for word in tokens(text))
    total = math.log(2 + counts.total())
    weight = {word: total - math.log(1 + n) if n > 1 else 1.0 for word, n in counts.items()}
    expected = []
    for i in range(len(texts)):
        before, after = around(texts, i, window, window, tokens)
        least = min(sum(weight[w] for w in before), sum(weight[w] for w in after))
        shared = sum(weight[w] for w in before & after)
        expected.append(0.5 - (min(1.0, 2 * shared / least) if least else 0.0))
    assert breaks(texts, window) == pytest.approx(expected, abs=1e-8)


@given(LINES)
def test_the_outlook_counts_words_that_one_side_alone_takes_up(texts: list[str]) -> None:
    expected = []
    for i, text in enumerate(texts):
        before = reach(texts, range(i - 1, -1, -1), 260, tokens)
        after = reach(texts, range(i + 1, len(texts)), 260, tokens)
        expected.append((len(tokens(text) & after - before), len(tokens(text) & before - after)))
    assert outlook(texts) == expected


@given(LINES)
def test_kin_are_the_near_terms_of_both_sides_that_stand_nowhere_far_off(texts: list[str]) -> None:
    ends = [sum(map(len, texts[:i])) for i in range(len(texts) + 1)]
    expected = []
    for i, text in enumerate(texts):
        before, after = around(texts, i, 800, 300, terms)
        near = 0
        for term in before & after:
            lines = [k for k, other in enumerate(texts) if term in terms(other)]
            near += ends[lines[-1]] - ends[i] <= 900 and ends[i] - ends[lines[0]] <= 1600
        expected.append(near if len(text) <= 60 else -1)
    assert kinship(texts) == expected


def test_a_page_without_words_shares_nothing() -> None:
    assert breaks(["。", "!"]) == [0.5, 0.5]
    assert outlook(["。", "!"]) == [(0, 0), (0, 0)]
    assert kinship(["。", "!"]) == [0, 0]
    assert (breaks([]), outlook([]), kinship([])) == ([], [], [])


@given(st.text(max_size=60))
def test_folding_works_character_by_character(raw: str) -> None:
    assert fold(raw) == "".join(map(fold, raw))


@given(LINES)
def test_a_page_of_very_many_lines_is_compared_by_other_numbers_with_the_same_result(texts: list[str]) -> None:
    expected = breaks(texts), kinship(texts), outlook(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cohesion, "_MANY", 0)
        cohesion._spread.cache_clear()
        found = breaks(texts), kinship(texts), outlook(texts)
        cohesion._spread.cache_clear()
    assert found == expected


@given(st.text("ab1_，。 春夏", max_size=20))
def test_pairs_are_neighbours_that_are_letters_or_digits_both(text: str) -> None:
    assert _pairs(text) == {text[i : i + 2] for i in range(len(text) - 1) if text[i : i + 2].isalnum()}


@given(st.text("春夏ab,", max_size=30))
def test_terms_are_three_characters_in_a_row_or_a_long_word(text: str) -> None:
    han = {text[i : i + 3] for i in range(len(text) - 2) if set(text[i : i + 3]) <= {"春", "夏"}}
    assert terms(text) == han | {word for word in re.split("[^ab]", text) if len(word) >= 6}
