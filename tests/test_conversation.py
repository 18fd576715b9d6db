"""Follow-ups: what is inherited, what is exchanged, and what stands alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.conversation import understand


class Words:
    """An archive that knows every word, each in one of its hundred passages."""

    passage_count = 100

    def document_frequency(self, term: str) -> int:
        return 1


class Common(Words):
    """An archive each of whose words stands in every passage: no question names a matter by rare ones."""

    def document_frequency(self, term: str) -> int:
        return self.passage_count


def first(question: str, *history: str) -> str:
    return understand(Words(), question, history)[0]


@pytest.mark.parametrize(
    ("before", "question", "meant"),
    [
        ("城南街道有多少家商店?", "那里有多少居民?", "城南街道有多少居民?"),
        ("市第一医院的夜间门诊是什么?", "它是哪一年开始的?", "市第一医院的夜间门诊是哪一年开始的?"),
        ("王小明是谁?", "他连续工作了多久?", "王小明连续工作了多久?"),
        ("王小明是谁?", "他的妻子是谁?", "王小明的妻子是谁?"),
        ("“夜归灯”是什么?", "它有多少盏?", "“夜归灯”有多少盏?"),
        ("城东乒乓球比赛是谁举办的?", "这个比赛有多少人参加?", "城东乒乓球比赛有多少人参加?"),
    ],
)
def test_a_pronoun_stands_for_the_subject_of_the_question_before(before: str, question: str, meant: str) -> None:
    assert first(question, before) == meant


@pytest.mark.parametrize(
    ("before", "question", "meant"),
    [
        ("城南街道有多少居民?", "那海东县呢?", "海东县有多少居民?"),
        ("文联主席是谁?", "副主席呢?", "文联副主席是谁?"),
        ("2021年种了多少棵树?", "2020年呢?", "2020年种了多少棵树?"),
        ("文联主席是谁?", "那么副主席呢?", "文联副主席是谁?"),
        ("羽毛球联赛甲级冠军是谁?", "那乙级呢?", "羽毛球联赛乙级冠军是谁?"),
        ("男子组有几队?", "女子组的呢?", "女子组有几队?"),
        ("一等奖给了谁?", "二等奖呢?", "二等奖给了谁?"),
        ("工人占区党代表多少?", "区人大代表呢?", "工人占区人大代表多少?"),
    ],
)
def test_a_question_that_stops_short_exchanges_one_part(before: str, question: str, meant: str) -> None:
    assert first(question, before) == meant


@pytest.mark.parametrize("question", ["白小山是什么职务", "白小山是谁?", "欧阳林是哪里人"])
def test_a_question_for_somebody_by_name_inherits_nothing(question: str) -> None:
    assert understand(Common(), question, ["夜归灯是谁推出的?"]) == [question]


def test_a_question_without_a_matter_of_its_own_takes_the_one_before() -> None:
    assert first("分哪几步?", "积分入学是什么") == "积分入学分哪几步?"
    assert first("面积多大?", "城南“夜读书房”在哪里?") == "城南“夜读书房”面积多大?"


def test_a_new_topic_inherits_nothing() -> None:
    for question in ("谁雕刻了广场上的石狮子?", "“夜归灯”是什么?", "明天会下雨吗?"):
        assert understand(Words(), question, ["城南街道有多少家商店?"]) == [question]


def test_what_a_city_or_country_has_is_a_matter_of_its_own() -> None:
    for question in ("深圳的房价是多少?", "那巴黎的人口是多少?", "广东省的面积?"):
        readings = understand(Common(), question, ["城南街道有多少家商店?"])
        assert readings[0] == question and len(readings) == 2, "the other reading is still tried"
    assert understand(Common(), "商店的房租是多少?", ["城南街道有多少家商店?"])[0] == "城南街道商店的房租是多少?"


def test_the_question_as_asked_is_always_a_reading() -> None:
    for question in ("那里有多少居民?", "副主席呢?", "分哪几步?", "how about Haidong?"):
        assert question in understand(Words(), question, ["城南街道主席有多少家商店?"])


def test_a_chain_of_follow_ups_reaches_back() -> None:
    history = ["城南街道有多少家商店?", "那里有多少居民?"]
    assert first("那里有几所学校?", *history) == "城南街道有几所学校?"


def test_without_history_the_question_is_its_only_reading() -> None:
    assert understand(Words(), "它是什么?", []) == ["它是什么?"]
    assert understand(Words(), "它是什么?", ["", "  "]) == ["它是什么?"]


def test_an_english_pronoun_stands_for_the_names_before() -> None:
    assert first("How many members does it have?", "How many shops are there in Haidong?") == (
        "How many members does Haidong have?"
    )


@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=3))
def test_any_conversation_is_understood_somehow(question: str, history: list[str]) -> None:
    readings = understand(Words(), question, history)
    assert question in readings
    assert len(readings) <= 4
