"""The terms of many texts at once are those of each."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.text import _han_table as han_table
from qa.text import is_han, spaced_terms, terms
from tests.conftest import SEEDS

PAGES = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))]
LETTERS = st.text(st.sampled_from("中国〇報𠀀aZ３3.．5_ \n\0é①ⅷ々-，。"), max_size=12)


def check(texts: list[str]) -> None:
    assert [sorted(words.split()) for words in spaced_terms(texts)] == [sorted(terms(text)) for text in texts]


@given(st.lists(LETTERS, max_size=6))
@settings(max_examples=300, deadline=None)
def test_any_characters_have_the_same_terms(texts: list[str]) -> None:
    check(texts)


@given(st.lists(st.text(max_size=20), max_size=4))
@settings(max_examples=100, deadline=None)
def test_any_text_has_the_same_terms(texts: list[str]) -> None:
    check(texts)


@pytest.mark.parametrize("size", [7, 60, 400])
def test_pages_in_pieces_have_the_same_terms(size: int) -> None:
    for page in PAGES:
        check([page[start : start + size] for start in range(0, len(page), size)])


def test_pairs_do_not_reach_into_the_next_text() -> None:
    assert (
        spaced_terms(["新", "桥"]) == ["新 ", "桥 "] and spaced_terms([]) == [] and spaced_terms(["", ""]) == ["", ""]
    )


def test_the_table_knows_the_characters_that_the_pattern_knows() -> None:
    table = han_table()
    assert [code for code in range(sys.maxunicode + 1) if is_han(chr(code)) != table[code]] == []
