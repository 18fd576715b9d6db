"""The learned part: trees against a walk by hand, weights that fit the features, plausibility, calibration."""

from __future__ import annotations

import json
import random
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qa.answers import calibration, checks, features, scoring
from qa.answers.expectation import expectation
from qa.answers.model import sigmoid, trees_from
from qa.conversation import analyse
from qa.text import fold

if TYPE_CHECKING:
    from qa.archive import Archive

TREE: dict[str, Any] = {
    "base": 0.5,
    "depth": 2,
    "trees": [[[0, 1.5, 1, 2], [-1.0], [1, 0.0, 3, 4], [2.0], [3.0]], [[0.25]]],
}


def walk(nodes: list[list[float]], row: list[float]) -> float:
    node = nodes[0]
    while len(node) > 1:
        feature, threshold, left, right = node
        node = nodes[int(left if row[int(feature)] <= threshold else right)]
    return node[0]


@pytest.mark.parametrize(("row", "expected"), [([1.5, 9.0], -1.0), ([1.6, 0.0], 2.0), ([1.6, 0.1], 3.0)])
def test_a_tree_goes_left_up_to_its_threshold(row: list[float], expected: float) -> None:
    assert trees_from(TREE).raw(np.array([row]))[0] == pytest.approx(0.5 + expected + 0.25)


def test_the_shipped_trees_agree_with_a_walk_through_their_json() -> None:
    record = json.loads(files("qa.answers").joinpath("weights.json").read_text(encoding="utf-8"))
    rows = np.random.default_rng(3).normal(0.3, 0.6, (40, len(scoring.COLUMNS)))
    raw = trees_from(record["evidence"]).raw(rows)
    for row, value in zip(rows.tolist(), raw, strict=True):
        expected = record["evidence"]["base"] + sum(walk(nodes, row) for nodes in record["evidence"]["trees"])
        assert value == pytest.approx(expected)


def test_the_shipped_weights_belong_to_the_features_of_this_version() -> None:
    learned = scoring.weights()
    assert 0 < learned.threshold < 1
    assert learned.first.feature.max() < len(features.NAMES)
    assert learned.evidence.feature.max() < len(scoring.COLUMNS)
    assert learned.confidence.feature.max() < len(scoring.COLUMNS) + len(scoring.SUMMARY)


def test_weights_learned_for_other_features_are_refused() -> None:
    record = json.loads(files("qa.answers").joinpath("weights.json").read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match="other features"):
        scoring.weights_from({**record, "features": record["features"][::-1]})


def test_no_candidate_means_no_confidence() -> None:
    assert scoring.confidence([], scoring.weights()) == 0.0


def test_the_sigmoid_is_the_inverse_of_the_log_odds() -> None:
    odds = np.array([0.01, 0.5, 0.99])
    assert sigmoid(np.log(odds / (1 - odds))) == pytest.approx(odds)


@pytest.mark.parametrize(
    ("question", "sentence", "plausible"),
    [
        ("文联主席是谁?", "文联主席赵小兰表示,明年继续。", True),
        ("文联主席是谁?", "文联副主席许明表示,明年继续。", False),
        ("文联副主席是谁?", "文联副主席许明表示,明年继续。", True),
        ("2015年种了多少棵树?", "2021年种了300棵树。", False),
        ("2021年种了多少棵树?", "2021年种了300棵树。", True),
        ("园区的面积是多大?", "园区有50家企业。", False),
        ("园区的面积是多大?", "园区占地30公顷。", True),
        ("王小明的电话号码是多少?", "电话打了3遍才通。", False),
        ("王小明今年多大年纪?", "王小明工作了20个小时。", False),
        ("比赛收费多少钱?", "比赛共设4个项目。", False),
        ("第三届灯会何时开幕?", "第二届灯会5月开幕。", False),
        ("第二届灯会何时开幕?", "第二届灯会5月开幕。", True),
        ("广州灯会何时开幕?", "杭州灯会5月开幕。", False),
        ("杭州灯会何时开幕?", "杭州灯会5月开幕。", True),
        ("医院有多少张床位?", "医院第四届灯会开幕。", False),
        ("医院有多少张床位?", "医院床位800多个。", True),
        ("有多少名演员?", "演员共30余人。", True),
        ("有多少家商店?", "街上有40个商铺。", True),
        ("渡轮载客最多多少人?", "船长今年71岁。", False),
        ("筹集了多少份子钱?", "免了两千块。", True),  # no plain unit
        ("海东县县长是谁?", "海东县总工会主席赵小兰说,明年继续。", False),
        ("海东县县长是谁?", "海东县县长赵小兰说,明年继续。", True),
        ("灯会什么时候开幕?", "灯会在公园开幕。", False),
        ("灯会什么时候开幕?", "灯会昨日开幕。", True),
        ("When did the fair open?", "The fair promised a shuttle.", False),
        ("When did the fair open?", "The fair opened on Monday.", True),
        ("灯会在哪个公园举行?", "灯会昨日举行。", False),
        ("灯会在哪个公园举行?", "灯会在北湖公园举行。", True),
        ("机器是哪家公司捐的?", "她用上了机器。", False),
        ("赵小兰是哪里人?", "工作室以赵小兰命名,有30人。", False),
        ("赵小兰是哪里人?", "“我是江西人。”", True),
        ("赵小兰的丈夫做什么?", "闺女29岁,学会计。", False),
        ("街道办事处的地址在哪里?", "城南街道开展评选。", False),
        ("街道办事处的地址在哪里?", "办事处在城南街12号。", True),
    ],
)
def test_another_office_year_or_measure_is_implausible(question: str, sentence: str, plausible: bool) -> None:
    factor = checks.plausibility(analyse(question), fold(sentence), fold(sentence))
    assert (factor == 1.0) is plausible
    assert factor > 0


@pytest.mark.parametrize(
    ("question", "sentence", "plausible"),
    [
        ("白石岭收费站在什么地方?", "白石岭收费站位于两省交界。", True),
        ("工地的工资监督员是谁?", "钢筋工谷春来是工资监督员。", True),
        ("树洞邮箱一共收到多少封信?", "邮箱一共收到4870封信。", True),
        ("一号码头改成了什么?", "一号码头改建为影像馆。", True),
        ("渡船的票价是多少?", "渡船天天开。", False),
        ("渡船的票价是多少?", "最低票价两块五。", True),
        ("工会的电话号码是什么?", "工会在桥边。", False),
        ("图书馆 面积", "图书馆很新。", False),
        ("哪个邮箱收投诉?", "投诉请到桥边。", False),
        ("图书馆的地址在哪里?", "图书馆很新。", False),
        ("浮山县县委书记是谁?", "市委书记翟国梁出席会议。", False),
        ("淮宁市市委书记是谁?", "市委书记翟国梁出席会议。", True),
        ("校长是谁?", "校长韦小江说。", True),
        ("赵小兰的前任主席是谁?", "主席赵小兰说。", False),
        ("赵小兰是哪一年出任主席的?", "主席赵小兰说,协会2019年成立。", False),
        ("赵小兰哪一年担任主席?", "赵小兰2019年当选主席。", True),
        ("主席为什么辞职?", "主席赵小兰因事外出。", False),
        ("工厂申请了几项专利?", "工厂有520项产品。", False),
    ],
)
def test_what_is_asked_for_must_be_told_and_nothing_else_is_demanded(
    question: str, sentence: str, plausible: bool
) -> None:
    factor = checks.plausibility(analyse(question), fold(sentence), fold(sentence))
    assert (factor == 1.0) is plausible


@pytest.mark.parametrize(
    ("question", "sentence", "shared"),
    [
        ("城南街道工会主席是谁?", "在会议室里,街道工会主席赵小兰说。", 4),
        ("城南街道工会主席是谁?", "省总工会主席许明作出批示。", 2),
        ("城南街道工会主席是谁?", "许明作出批示。", 0),
        ("城南街道在哪里?", "街道工会主席赵小兰说。", 0),
    ],
)
def test_an_office_is_told_by_the_body_before_it(question: str, sentence: str, shared: int) -> None:
    assert checks.office_shared(analyse(question), sentence) == shared


def test_a_year_is_looked_for_in_the_whole_article() -> None:
    question = analyse("2021年种了多少棵树?")
    assert checks.plausibility(question, "种了300棵树。", "2021年春天,全村出动。种了300棵树。") == 1.0


def test_summaries_have_as_many_numbers_as_names() -> None:
    chance = random.Random(1)
    rows = np.array([[chance.random() for _ in scoring.COLUMNS] for _ in range(3)])
    row = scoring.summary_row(np.array([2.0, 1.0, -1.0]), rows, ["甲", "甲", "乙"])
    assert len(row) == len(scoring.COLUMNS) + len(scoring.SUMMARY)
    assert row[len(scoring.COLUMNS) + scoring.SUMMARY.index("margin")] == 3.0  # a repeated sentence is no rival


def test_platt_scaling_finds_the_slope_and_offset_that_made_the_labels() -> None:
    chance = np.random.default_rng(5)
    odds = chance.normal(0, 2, 6000)
    right = (chance.random(6000) < sigmoid(0.5 * odds - 1.0)).astype(float)
    slope, offset = calibration.platt(odds, right)
    assert slope == pytest.approx(0.5, abs=0.06)
    assert offset == pytest.approx(-1.0, abs=0.12)


def test_a_handful_of_labels_moves_the_offset_alone() -> None:
    slope, offset = calibration.platt(np.array([2.0, 2.0, 2.0]), np.array([0.0, 0.0, 0.0]))
    assert slope == pytest.approx(1.0, abs=1e-3)
    assert offset < 0


def test_the_expected_error_is_the_gap_by_bins() -> None:
    chances = np.array([0.95, 0.95, 0.15, 0.15])
    assert calibration.expected_error(chances, np.array([1.0, 1.0, 0.0, 0.0])) == pytest.approx(0.1)
    assert calibration.expected_error(chances, np.array([0.0, 0.0, 1.0, 1.0])) == pytest.approx(0.9)


def test_a_calibration_scales_on_top_of_the_shipped_one() -> None:
    learned = scoring.weights()
    scaled = calibration.applied(learned, calibration.Calibration(0.5, -0.25))
    assert scaled.slope == learned.slope * 0.5
    assert scaled.offset == learned.offset * 0.5 - 0.25
    assert calibration.applied(learned, None) is learned


def test_an_archive_calibrates_itself_without_labels(seeds_archive: Archive) -> None:
    fitted = calibration.calibrate(seeds_archive)
    assert fitted.questions > 30
    assert fitted.error_after <= fitted.error_before + 0.02
    assert calibration.calibrate(seeds_archive) == fitted


def test_labelled_questions_calibrate(seeds_archive: Archive) -> None:
    from qa.questions import read_questions

    questions, _ = read_questions(Path(__file__).parent.parent / "seeds" / "questions" / "dev.jsonl")
    fitted = calibration.calibrate(seeds_archive, questions)
    assert fitted.questions == len(questions)
    assert fitted.error_after <= fitted.error_before + 0.02


class Words:
    """An archive that knows a few words."""

    passage_count = 9

    def document_frequency(self, term: str) -> int:
        return int(term in ("杭州", "张红", "首都"))


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("What is the capital of France?", True),
        ("What is the population of Hangzhou?", False),
        ("Who is Zhang Hong?", False),
        ("法国的首都在哪里?", False),
    ],
)
def test_an_english_name_must_have_a_reading_in_the_archive(question: str, unknown: bool) -> None:
    assert checks.unknown_names(Words(), analyse(question)) is unknown  # type: ignore[arg-type]


def row(**values: float) -> Any:
    given = np.zeros((1, len(features.NAMES)))
    for name, value in values.items():
        given[0, features.NAMES.index(name)] = value
    return given


def expected(**values: float) -> float:
    return float(expectation(row(length=4.0, **values))[0])


def test_a_figure_asked_for_must_be_there_and_have_its_unit() -> None:
    absent = expected(kind_number=1, fits=-1)
    other = expected(kind_number=1, fits=0.5, typed=1, unit=0)
    same = expected(kind_number=1, fits=1, typed=1, unit=1)
    assert absent < other < 0 < same


@pytest.mark.parametrize("kind", ["when", "who", "where"])
def test_a_date_a_person_or_a_place_asked_for_must_be_there(kind: str) -> None:
    assert expected(**{f"kind_{kind}": 1, "fits": -1}) < 0 == expected(**{f"kind_{kind}": 1, "fits": 1})


def test_a_list_wants_a_row_of_as_many_items_as_asked() -> None:
    assert expected(kind_list=1) < 0 < expected(kind_list=1, lists=3) < expected(kind_list=1, lists=3, items=1)


def test_a_definition_wants_to_be_introduced_and_explained() -> None:
    assert 0 == expected(kind_definition=1) < expected(kind_definition=1, explains=1)
    assert expected(kind_who=1, explains=1, introduces=1) == 0


def test_four_letters_answer_nothing() -> None:
    assert float(expectation(row(length=1.6))[0]) < 0
