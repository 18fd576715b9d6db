"""Numbers in prose: values and units against numbers that the test itself has spelled, in two scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.figures import chinese_value, figures, missing_figures, without_figures
from qa.text import fold

UNITS = "场家所户元"
count = st.integers(2, 99_999_999)


def western(number: int) -> str:
    return f"{number:,}"


def digits(number: int) -> str:
    """A year as it is read out: 2020 is 二〇二〇."""
    return "".join("〇一二三四五六七八九"[int(digit)] for digit in str(number))


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("两千零二十", 2020),
        ("十万", 100_000),
        ("十万零三", 100_003),
        ("一千二百万", 12_000_000),
        ("一亿", 100_000_000),
        ("一亿二千万", 120_000_000),
        ("三亿零五万零七", 300_050_007),
        ("一万亿", 10**12),
        ("零点五", 0.5),
        ("三点一四", 3.14),
    ],
)
def test_a_numeral_has_the_value_that_a_reader_gives_it(numeral: str, value: float) -> None:
    assert chinese_value(numeral) == pytest.approx(value)


@given(st.integers(1, 9999), st.integers(1, 9999))
def test_what_stands_after_the_hundred_millions_is_added_to_them(high: int, low: int) -> None:
    thousands = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")

    def section(number: int) -> str:
        text = ""
        for power, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = number // power % 10
            text += thousands[digit] + unit if digit else ""
        return text

    assert chinese_value(f"{section(high)}亿{section(low)}万") == high * 10**8 + low * 10**4


@given(st.integers(1000, 9999))
def test_digits_in_a_row_are_read_as_they_stand(year: int) -> None:
    assert figures(f"{digits(year)}年") == figures(f"{year}年") == [(float(year), "年")]


@given(count, st.sampled_from(UNITS))
def test_a_number_is_the_same_with_commas_in_full_width_and_spaced(number: int, unit: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in str(number))
    for written in (str(number), western(number), wide, f"{number} "):
        assert figures(f"共{written}{unit}") == [(float(number), unit)]


@given(st.integers(1, 9999), st.integers(0, 99), st.sampled_from([("万", 10**4), ("亿", 10**8)]))
def test_a_decimal_with_a_large_unit_is_that_many(whole: int, part: int, unit: tuple[str, int]) -> None:
    ((value, counted),) = figures(f"投资{whole}.{part:02d}{unit[0]}元")
    assert counted == "元" and value == pytest.approx((whole * 100 + part) * unit[1] / 100)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3000多万元", (30_000_000, "元")),
        ("三千多万元", (30_000_000, "元")),
        ("3千多万元", (30_000_000, "元")),
        ("1,000余亿元", (10**11, "元")),
        ("2万多名", (20_000, "人")),
        ("5个多月", (5, "月")),
        ("30余所", (30, "所")),
        ("十来户", (10, "户")),
        ("8个乡", (8, "乡")),
    ],
)
def test_words_for_somewhat_more_change_neither_value_nor_unit(text: str, expected: tuple[float, str]) -> None:
    assert figures(text) == [expected]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Two hundred people and 3 million yuan", {200.0, 3e6}),
        ("1.2 billion yuan for twelve schools", {1.2e9, 12.0}),
        ("one thousand members", {1000.0}),
        ("one of them came", set()),
        ("5 millionaires", {5.0}),
        ("the tenants of seventeenth street", set()),
    ],
)
def test_english_numbers_are_whole_words_with_their_scale(text: str, values: set[float]) -> None:
    assert {value for value, _ in figures(text)} == values


@pytest.mark.parametrize(
    ("text", "month"), [("in May 2021", 5), ("of December", 12), ("It may 3 times", 5), ("March, 2020", 3)]
)
def test_an_english_month_is_a_month_beside_a_date(text: str, month: int) -> None:
    assert (float(month), "月") in figures(text)


def test_a_word_that_only_looks_like_a_month_is_none() -> None:
    assert [unit for _, unit in figures("they may march on")] == []


@pytest.mark.parametrize("text", ["一个人", "万一下雨", "千家万户", "千万要小心", "没有数字", "", "！？"])
def test_what_counts_nothing_is_no_figure(text: str) -> None:
    assert figures(text) == []


@given(st.lists(st.tuples(count, st.sampled_from(UNITS)), max_size=6))
def test_figures_come_in_the_order_of_the_text(parts: list[tuple[int, str]]) -> None:
    text = ",".join(f"有{number}{unit}" for number, unit in parts)
    assert figures(text) == [(float(number), unit) for number, unit in parts]


@given(st.text("甲乙,。1234567890.%万亿年月日三十百点 ", max_size=40))
def test_any_row_of_numerals_has_finite_values(text: str) -> None:
    assert all(value >= 0 and value < float("inf") for value, _ in figures(text))


@given(st.text(max_size=60))
def test_blanking_figures_keeps_every_place(text: str) -> None:
    rest = without_figures(text)
    assert len(rest) == len(fold(text)) and not any(letter in "0123456789" for letter in rest)
    assert all(new in (old, " ") for old, new in zip(fold(text), rest, strict=True))


# ---- what quotes hold -----------------------------------------------------------------------------------------


@given(st.lists(st.tuples(count, st.sampled_from(UNITS)), min_size=1, max_size=5), st.data())
def test_a_sentence_made_of_the_quotes_figures_misses_none(parts: list[tuple[int, str]], data: st.DataObject) -> None:
    quotes = "。".join(f"有{number}{unit}" for number, unit in parts)
    number, unit = data.draw(st.sampled_from(parts))
    assert missing_figures(f"共有{western(number)}{unit}。", quotes) == []
    assert missing_figures(quotes, quotes) == []


@given(count, count, st.sampled_from(UNITS))
def test_another_number_is_missing_and_named(one: int, other: int, unit: str) -> None:
    found = missing_figures(f"有{one}{unit}", f"有{other}{unit}")
    # Values are compared to a millionth: a rounding in print is no other number.
    assert found == ([] if abs(one - other) <= 1e-6 * other else [(float(one), unit)])


@pytest.mark.parametrize(
    ("sentence", "quotes", "held"),
    [
        ("投入3000万元", "投入三千多万元", True),
        ("投入30元", "投入30万元", False),
        ("增长12%", "增长12人", False),
        ("增长百分之十二", "增长12%", True),
        ("有12位老师", "有12名老师", True),
        ("12日开学", "12号开学", True),
        ("12个乡镇", "12所学校", True),  # 乡 is no counting word, so 12 can be of the same things
        ("第3届", "第3批", False),
        ("They gave 3 million", "他们捐了300万元", True),
        ("They gave 3 million", "他们捐了3元", False),
    ],
)
def test_a_figure_is_held_with_its_unit_and_its_scale(sentence: str, quotes: str, held: bool) -> None:
    assert (missing_figures(sentence, quotes) == []) is held
