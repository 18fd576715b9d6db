"""Which sentences quotes support: figures as values, names, negations, words and their like; and its benchmark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.benchmark import support as benchmark
from qa.figures import chinese_value, figures, missing_figures
from qa.writing.support import fault, likeness, names, negations_differ

QUOTE = "2020年7月,市总工会在瑞安揭牌“建才之家”,郑亚萍当选主席,16.65万名会员不缴会费,比上年多三成。"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1806场", [(1806, "场")]),
        ("1,806场", [(1806, "场")]),
        ("一千八百零六场", [(1806, "场")]),
        ("16.65万人", [(166500, "人")]),
        ("十六万六千五百人", [(166500, "人")]),
        ("三点五亿元", [(350000000, "元")]),
        ("百分之三十", [(30, "%")]),
        ("３０％", [(30, "%")]),
        ("二〇二〇年七月", [(2020, "年"), (7, "月")]),
        ("1500余家", [(1500, "家")]),
        ("两所学校", [(2, "所")]),
        ("一个人", []),
        ("three schools in July 2020", [(2020, ""), (3, ""), (7, "月")]),
        ("they may come", []),
    ],
)
def test_figures_are_read_as_values(text: str, expected: list[tuple[float, str]]) -> None:
    assert figures(text) == expected


@given(st.integers(0, 99_999_999))
def test_a_chinese_numeral_has_the_value_that_it_spells(number: int) -> None:
    assert chinese_value(spelled(number)) == number


def spelled(number: int) -> str:
    """A number below a hundred million in full Chinese: 1806 is 一千八百零六."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        return spelled(high) + "万" + ("零" if 0 < low < 1000 else "") + (spelled(low) if low else "")
    digits, text, gap = "零一二三四五六七八九", "", False
    for power, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // power % 10
        gap = gap or bool(text and not digit)
        if digit:
            text += ("零" if gap and text else "") + digits[digit] + unit
            gap = False
    return text or digits[0]


@given(st.integers(0, 10**7), st.sampled_from("场人年家"), st.integers(0, 10**7), st.sampled_from("场人年家"))
def test_a_figure_is_held_when_value_and_unit_are(one: int, unit: str, other: int, of: str) -> None:
    missing = missing_figures(f"有{one}{unit}", f"有{other}{of}")
    assert (not missing) == (one == other and unit == of)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (QUOTE, ""),
        ("2020年7月,“建才之家”在瑞安揭牌。", ""),
        ("郑亚萍当选市总工会主席。", ""),
        ("会员共166,500人,不缴会费。", ""),
        ("二〇二〇年七月,市总工会的“建才之家”揭了牌。", ""),
        ("2021年7月,“建才之家”在瑞安揭牌。", "figure"),
        ("会员有16.56万人。", "figure"),
        ("“匠才之家”在瑞安揭牌。", "name"),
        ("王建国当选主席。", "name"),
        ("会员要缴会费。", "negation"),
        ("郑亚萍未当选主席。", "negation"),
        ("", "words"),
    ],
)
def test_what_a_quote_supports(sentence: str, expected: str) -> None:
    assert fault(sentence, [QUOTE]) == expected


@pytest.mark.parametrize("sentence", ["大雨一直下到天黑。", "火箭正在加注燃料。"])
def test_other_matters_are_not_supported_whatever_gives_them_away(sentence: str) -> None:
    assert fault(sentence, [QUOTE])


def test_nothing_is_supported_without_a_quote() -> None:
    assert fault(QUOTE, []) == fault(QUOTE, [""]) == "quote"


def test_traditional_and_full_width_letters_are_the_same() -> None:
    assert fault("２０２０年７月，「建才之家」在瑞安揭牌。", [QUOTE]) == ""


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Zheng Yaping was elected chair of the trade union.", ""),
        ("The members number 166,500 and pay no membership fee.", ""),
        ("The trade union has 166,500 members.", ""),
        ("The members number 167,500.", "figure"),
        ("They met President Washington in the union.", "name"),
        ("Astronauts landed safely near several volcanic craters.", "words"),
    ],
)
def test_english_about_chinese_quotes_goes_by_glosses_and_pinyin(sentence: str, expected: str) -> None:
    assert fault(sentence, [QUOTE]) == expected


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("参保人数下降一成。", "参保人数上升一成。"),
        ("产量增加30吨。", "产量减少30吨。"),
        ("职代会否决了方案。", "职代会通过了方案。"),
    ],
)
def test_an_opposite_is_no_like_word(sentence: str, quote: str) -> None:
    assert fault(sentence, [quote]) == "negation" and fault(sentence, [sentence + quote]) == ""


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("调解不收费用", "调解不收费用", False),
        ("调解收费用", "调解不收费用", True),
        ("调解不收费用", "调解收费用", True),
        ("不仅收费用", "收费用", False),
        ("天气很好", "调解不收费用", False),
        ("没有收费用", "从不收费用", False),
    ],
)
def test_negations_are_compared_by_what_they_negate(one: str, other: str, differ: bool) -> None:
    assert negations_differ(one, other) is differ


@given(st.integers(0, len(QUOTE) - 12), st.integers(12, 40))
def test_any_part_of_a_quote_is_wholly_like_it(start: int, size: int) -> None:
    part = QUOTE[start : start + size]
    mean, least = likeness(part, QUOTE)
    assert (mean, least) == (1.0, 1.0) or mean == 0.0  # nothing but empty words


def test_a_word_of_the_same_meaning_is_liker_than_one_of_another() -> None:
    quote = "市里举行职工运动会。"
    assert likeness("市里举办职工运动会。", quote)[1] > likeness("市里爆炸职工运动会。", quote)[1]


def test_names_lose_what_leads_to_them() -> None:
    assert "赫尔曼·施陶丁格" in names("贡献最大的人是赫尔曼·施陶丁格。")


# ---- the benchmark that sets the bounds -----------------------------------------------------------------------


def made(tmp_path: Path) -> Path:
    import gzip

    contexts = [
        (
            "甲镇有工会。镇工会今年举办了36场活动,由王建国主持,可以免费参加。天气很好。",
            "镇工会举办了多少场活动?",
            "36场",
        ),
        ("乙市有学校。学校的校长是李晓明,2019年5月成立。大家都来了。", "学校的校长是谁?", "李晓明"),
    ]
    for name in benchmark.FILES:
        with gzip.open(tmp_path / name, "wt", encoding="utf-8") as file:
            for text, question, answer in contexts:
                gold = {"text": answer, "start": text.index(answer)}
                file.write(json.dumps({"context": text, "qas": [{"question": question, "answers": [gold]}]}) + "\n")
    return tmp_path


def test_the_benchmark_makes_true_sentences_and_false_ones_of_them(tmp_path: Path) -> None:
    found = list(benchmark.cases(benchmark.read(made(tmp_path) / benchmark.FILES[0])))
    stated = [one.sentence for one in found if one.kind == "stated"]
    assert stated == ["镇工会举办了36场活动。", "学校的校长是李晓明。"]
    for case in found:
        whole = "".join(case.quotes)
        if case.kind == "copied":
            assert case.true and case.sentence in whole
        if case.kind == "copied, number":
            assert not case.true and case.sentence not in whole
    kinds = {case.kind for case in found}
    assert {"stated, other text", "copied, negation put in", "a clause left out", "stated, number"} <= kinds


def test_the_benchmark_prints_what_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(made(tmp_path))
    assert benchmark.main(["--data", data, "--show", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (true,) = [line for line in lines if line.startswith("true   stated")]
    (false,) = [line for line in lines if line.startswith("false  stated, number")]
    assert "accepted 1.000" in true and "accepted 0.000" in false
    assert benchmark.main(["--data", data, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["true   copied"] == {"": 4}
