"""Folding, terms, sentences and lines: what matching rests on."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import text

ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=80)


@given(ANY_TEXT)
def test_folding_keeps_the_length_so_offsets_survive(raw: str) -> None:
    assert len(text.fold(raw)) == len(raw)


@given(ANY_TEXT)
def test_folding_twice_changes_nothing_more(raw: str) -> None:
    assert text.fold(text.fold(raw)) == text.fold(raw)


@pytest.mark.parametrize(
    ("written", "folded"),
    [("鏈式助學政策", "链式助学政策"), ("ＡＰＰ２０２１", "app2021"), ("5G-WIFI", "5g-wifi"), ("“，”", "“,”")],
)
def test_script_width_and_case_fold_together(written: str, folded: str) -> None:
    assert text.fold(written) == folded


def test_terms_are_single_characters_pairs_and_whole_words() -> None:
    assert text.terms("链式助学") == ["链", "式", "助", "学", "链式", "式助", "助学"]
    assert text.terms("用APP办 16.65万") == ["用", "app", "办", "16.65", "万"]
    assert text.terms("，。!") == []


def test_pairs_do_not_reach_across_punctuation() -> None:
    assert "人工" not in text.terms("工人,工会")


def test_sentences_end_at_chinese_and_western_marks_with_their_closing_quotes() -> None:
    raw = "“下班去哪里?走,有节目。”如今好了!Then it ends. 还有……剩下的"
    parts = [raw[a:b] for a, b in text.sentences(raw)]
    assert parts == ["“下班去哪里?", "走,有节目。”", "如今好了!", "Then it ends.", "还有……", "剩下的"]


def test_a_decimal_point_ends_no_sentence() -> None:
    raw = "会员16.65万人。Version 2.0 is out."
    assert [raw[a:b] for a, b in text.sentences(raw)] == ["会员16.65万人。", "Version 2.0 is out."]


@pytest.mark.parametrize(
    "raw",
    [
        "Mr. Lee met Dr. J. Chan at St. Mary's on No. 5 Road at 9 a.m. on Monday.",
        "The U.S. firm Acme Inc. said so.",
        "Gov. Wu spoke.",
    ],
)
def test_the_stop_of_a_shortened_word_ends_no_english_sentence(raw: str) -> None:
    assert [raw[a:b] for a, b in text.sentences(raw)] == [raw]


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("He said no. Then he left at 9 a.m. The end.", ["He said no.", "Then he left at 9 a.m.", "The end."]),
        ("It cost 5. Nobody paid.\nMr.\nLee did.", ["It cost 5.", "Nobody paid.", "Mr.", "Lee did."]),
        ("She runs the firm.) Twelve work there.", ["She runs the firm.)", "Twelve work there."]),
    ],
)
def test_other_stops_end_english_sentences(raw: str, parts: list[str]) -> None:
    assert [raw[a:b] for a, b in text.sentences(raw)] == parts


def test_a_month_or_volume_before_its_number_ends_no_sentence() -> None:
    whole = (
        "It opened on Aug. 3 and closed on Sept. 30.",
        "See Nos. 4 and 5 of Vol. 2, in Nov. 1998.",
        "He saw it in Nov.",
    )
    raw = " ".join(whole) + " Nobody came."
    assert [raw[a:b] for a, b in text.sentences(raw)] == [*whole, "Nobody came."]


@given(ANY_TEXT)
def test_sentences_together_hold_all_but_white_space(raw: str) -> None:
    spans = text.sentences(raw)
    assert text.squeeze("".join(raw[a:b] for a, b in spans)) == text.squeeze(raw)
    assert all(a < b for a, b in spans) and all(x[1] <= y[0] for x, y in pairwise(spans))


@given(ANY_TEXT)
def test_lines_agree_with_counting_line_breaks(raw: str) -> None:
    starts = text.line_starts(raw)
    for offset in range(len(raw)):
        breaks = raw[:offset].replace("\r\n", "\n" if not raw[:offset].endswith("\r") else "\r\n")
        expected = breaks.count("\n") + breaks.count("\r") + 1
        if raw[offset] == "\n" and raw[:offset].endswith("\r"):
            expected -= 1  # inside a CR LF pair
        assert text.lines_of(starts, [(offset, offset + 1)]) == (expected, expected)


def test_lines_of_several_spans_reach_from_the_first_to_the_last() -> None:
    raw = "一\n二\n三\n四"
    starts = text.line_starts(raw)
    assert text.lines_of(starts, [(4, 5), (2, 3)]) == (2, 3)
    assert text.lines_of(starts, []) == (0, 0)


def test_a_question_is_chinese_as_soon_as_it_holds_a_chinese_character() -> None:
    assert text.language("What is 链式助学?") == "zh"
    assert text.language("What is it?") == "en"


@pytest.mark.parametrize("raw", ["a" * 10**6, " " * 10**6, "a." * 10**6, "\n " * 500_000, "”" * 10**6, "…" * 10**6])
def test_no_text_makes_the_expressions_slow(raw: str) -> None:
    start = time.process_time()
    text.sentences(raw)
    text.terms(raw[:200_000])
    assert time.process_time() - start < 10  # a backtracking expression would need hours
