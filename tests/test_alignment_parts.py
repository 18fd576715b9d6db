"""The steps of an alignment, each against a slow definition: chains, misread letters, losses and their edges."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.collation import chains, stretches
from qa.collation.alignment import align
from qa.collation.letters import Letters, Match, compared, ranges, touches

few = st.text("甲乙丙丁", max_size=14)
spans = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 8)).map(lambda one: (one[0], one[0] + one[1])), max_size=8
)


def hanzi(count: int, seed: int) -> str:
    """So many characters, no two the same."""
    return "".join(map(chr, random.Random(seed).sample(range(0x4E00, 0x9FA5), count)))


def distance(one: str, other: str) -> int:
    """Levenshtein's distance by its definition."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b)))
    return row[-1]


def rebuilt(matches: Sequence[Match], one: str, other: str) -> tuple[str, str]:
    """Both texts put together again from the matches."""
    return (
        "".join(one[match.start : match.end] for match in matches),
        "".join(other[match.other_start : match.other_end] for match in matches),
    )


# ---- letters and ranges ---------------------------------------------------------------------------------------


@given(st.text("甲乙ａB１ \n\t。", max_size=60))
def test_letters_know_their_places_and_the_lines_they_begin(printed: str) -> None:
    letters = Letters.of(printed)
    assert [printed[place] for place in letters.places] == [letter for letter in printed if not letter.isspace()]
    assert len(letters.text) == len(letters.places)
    first = [line.lstrip()[0] for line in printed.split("\n") if line.strip()]
    assert [printed[letters.places[n]] for n in sorted(letters.breaks)] == first


def test_letters_are_compared_without_width_case_and_script() -> None:
    assert Letters.of("會員 ＡＢＣ１２").text == Letters.of("会员abc12").text


@given(spans)
def test_ranges_cover_the_same_places_without_touching(pairs: list[tuple[int, int]]) -> None:
    found = ranges(pairs)
    assert {at for a, b in found for at in range(a, b)} == {at for a, b in pairs for at in range(a, b)}
    assert all(b < c for (_, b), (c, _) in pairwise(found)) and all(a < b for a, b in found)


@given(spans, st.integers(0, 40), st.integers(1, 8))
def test_a_range_touches_what_shares_a_place_with_it(pairs: list[tuple[int, int]], start: int, size: int) -> None:
    covered = {at for a, b in pairs for at in range(a, b)}
    assert touches(ranges(pairs), start, start + size) == bool(covered & set(range(start, start + size)))


# ---- chains ---------------------------------------------------------------------------------------------------


def longest_rising(numbers: Sequence[int]) -> int:
    """The length of the longest rising part, by trying every part."""
    for size in range(len(numbers), 0, -1):
        if any(all(a < b for a, b in pairwise(part)) for part in combinations(numbers, size)):
            return size
    return 0


@settings(deadline=None)
@given(st.permutations(range(9)))
def test_the_longest_rising_chain_is_found(order: list[int]) -> None:
    chain = chains._rising(list(enumerate(order)))
    assert len(chain) == longest_rising(order)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(chain))
    assert set(chain) <= set(enumerate(order))


@settings(deadline=None)
@given(st.text("甲乙丙", max_size=30), st.text("甲乙丙", max_size=30))
def test_anchors_are_the_runs_of_six_that_each_text_holds_once(one: str, other: str) -> None:
    def starts(run: str, text: str) -> list[int]:
        return [i for i in range(len(text)) if text.startswith(run, i)]

    expected = [
        (i, starts(one[i : i + 6], other)[0])
        for i in range(len(one) - 5)
        if len(starts(one[i : i + 6], one)) == len(starts(one[i : i + 6], other)) == 1
    ]
    assert chains._anchors(one, other) == expected


def test_two_blocks_that_changed_places_are_two_chains_the_fuller_first() -> None:
    long, short = hanzi(60, 1), hanzi(130, 2)[:30]
    found = chains.chains_of(Letters.of(long + short), Letters.of(short + long), [0])
    assert [[(m.start, m.end, m.other_start, m.other_end) for m in chain] for _, chain in found] == [
        [(0, 60, 30, 90)],
        [(60, 90, 0, 30)],
    ]


def test_a_handful_of_letters_in_common_is_no_chain() -> None:
    shared = hanzi(11, 3)
    one, other = Letters.of(hanzi(40, 4) + shared), Letters.of(shared + hanzi(40, 5))
    assert chains.chains_of(one, other, [0]) == []
    assert chains.chains_of(Letters.of(hanzi(12, 3)), Letters.of(hanzi(12, 3)), [0]) != []


# ---- stretches ------------------------------------------------------------------------------------------------


@given(few, few)
def test_misread_letters_cost_what_the_edit_distance_says(one: str, other: str) -> None:
    matches = stretches.misread(one, other)
    assert rebuilt(matches, one, other) == (one, other)
    for match in matches:
        here, there = one[match.start : match.end], other[match.other_start : match.other_end]
        assert (match.kind == "equal") == (here == there)
    apart = sum(
        max(match.end - match.start, match.other_end - match.other_start) for match in matches if match.kind != "equal"
    )
    assert distance(one, other) <= apart <= 2 * max(distance(one, other), 1)


@given(few, few)
def test_no_single_letter_agrees_between_two_differences(one: str, other: str) -> None:
    matches = stretches.misread(one, other)
    for before, match, after in zip(matches, matches[1:], matches[2:], strict=False):
        if before.kind == after.kind == "differs":
            assert match.end - match.start > 1


@given(st.text("甲乙丙丁", max_size=8), st.integers(0, 11))
def test_distances_to_the_starts_are_edit_distances(short: str, more: int) -> None:
    long = (short + "丁丙乙甲丁丙乙甲丁丙乙")[: len(short) + more] + "甲" * 12
    for n, row in enumerate(stretches._distances(short, long)):
        for size, wrong in row.items():
            assert abs(size - n) <= 3
            within = distance(short[:n], long[:size])
            assert wrong >= within and (wrong == within or within > 0)


@pytest.mark.parametrize("at", [0, 5, 10, 20])
@pytest.mark.parametrize("size", [12, 30])
def test_a_loss_is_found_where_it_was_made(at: int, size: int) -> None:
    whole = hanzi(20 + size, at + size)
    short = whole[:at] + whole[at + size :]
    place, start, end, wrong = stretches._loss(short, whole, 0, Letters.of(whole))
    assert (place, start, end, wrong) == (at, at, at + size, 0)


def test_a_loss_that_fits_in_several_places_begins_with_a_line_or_after_a_sentence() -> None:
    text = "先说这件事。甲乙丙丁戊己庚辛壬癸子丑。甲乙再说那件事"
    lost = "甲乙丙丁戊己庚辛壬癸子丑。"
    short = text.replace(lost, "", 1)
    _, start, end, wrong = stretches._loss(short, text, 0, Letters.of(text))
    assert (text[start:end], wrong) == (lost, 0), "not 。甲乙…丑 nor 乙…。甲, which fit as well"
    by_line = "先说这件事\n甲乙丙丁戊己庚辛壬癸子丑寅\n甲乙再说那件事"
    letters = Letters.of(by_line)
    _, start, end, _ = stretches._loss("先说这件事甲乙再说那件事", letters.text, 0, letters)
    assert start in letters.breaks and letters.text[start:end] == "甲乙丙丁戊己庚辛壬癸子丑寅"


@given(few, few)
def test_what_follows_the_last_anchor_is_told_whole_of_both_texts(one: str, other: str) -> None:
    matches = stretches.edge(one, other)
    here, there = rebuilt(matches, one, other)
    assert other == there and one.startswith(here)
    assert all(match.end <= len(one) and match.other_end <= len(other) for match in matches)


def test_words_that_go_on_otherwise_are_lacking_and_not_misread() -> None:
    one, other = hanzi(8, 8), hanzi(9, 9)
    assert {match.kind for match in chains.merged(stretches.edge(one, other))} == {"extra", "lacks"}
    assert [match.kind for match in chains.merged(stretches.edge(one, one))] == ["equal"]
    assert stretches.edge("", other) == [Match("lacks", 0, 0, 0, 9)] and stretches.edge(one, "") == []


# ---- the whole ------------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 60), st.integers(12, 40))
def test_a_planted_loss_is_lacking_exactly(seed: int, at: int, size: int) -> None:
    whole = hanzi(60 + size, seed)
    at = min(max(at, 20), 40)
    first, second = Letters.of(whole[:at] + whole[at + size :]), Letters.of(whole)
    matches = align(first, second, [0])
    assert [(m.other_start, m.other_end) for m in matches if m.kind == "lacks"] == [(at, at + size)]
    assert sum(m.end - m.start for m in compared(matches) if m.kind == "equal") == 60
    turned = align(second, first, [0])
    assert [(m.start, m.end) for m in turned if m.kind == "extra"] == [(at, at + size)]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(10, 69), min_size=1, max_size=4, unique=True))
def test_exchanged_letters_are_told_at_their_places_and_nowhere_else(seed: int, places: list[int]) -> None:
    whole, strange = hanzi(84, seed)[:80], hanzi(84, seed)[80:]
    other = list(whole)
    for place, letter in zip(places, strange, strict=False):
        other[place] = letter
    matches = align(Letters.of(whole), Letters.of("".join(other)), [0])
    told = {at for match in matches if match.kind == "differs" for at in range(match.start, match.end)}
    alone = {at for at in told if at - 1 in places and at + 1 in places}  # a letter between two counts with them
    assert set(places) <= told and told - set(places) <= alone


def test_a_story_is_matched_in_its_own_part_and_another_report_nowhere() -> None:
    ours, theirs = hanzi(80, 11), hanzi(300, 12)[:90]
    page = Letters.of(theirs + ours)
    matches = align(Letters.of(ours), page, [0, len(theirs)])
    assert [(m.kind, m.start, m.end, m.other_start, m.other_end) for m in matches] == [("equal", 0, 80, 90, 170)]
    assert align(Letters.of(ours), Letters.of(theirs), [0]) == []
