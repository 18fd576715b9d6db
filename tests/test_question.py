"""What a question asks for: kind, content, unit, names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.conversation import analyse
from qa.conversation.question import KINDS


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("全市有多少家民营企业?", "number"),
        ("桥梁有多长?", "number"),
        ("工程总投资金额是多少?", "number"),
        ("谁主持了会议?", "who"),
        ("县文联主席叫什么名字?", "who"),
        ("这本书的作者是?", "who"),
        ("展览什么时候开幕?", "when"),
        ("公司是哪一年成立的?", "when"),
        ("比赛在哪里举行?", "where"),
        ("学员来自哪个省?", "where"),
        ("工厂的地址是什么?", "where"),
        ("什么是河长制?", "definition"),
        ("河长制是什么", "definition"),
        ("介绍一下河长制", "definition"),
        ("考核内容有哪些?", "list"),
        ("下设哪三个小组?", "list"),
        ("申请分哪几步?", "how"),
        ("新居民如何申请积分?", "how"),
        ("为什么取消比赛?", "why"),
        ("哪家企业获奖?", "which"),
        ("河长制 巡河", "other"),
        ("How many members does the union have?", "number"),
        ("Who is the chair of the committee?", "who"),
        ("When did the exhibition open?", "when"),
        ("Where was the contest held?", "where"),
        ("What is the river chief system?", "definition"),
        ("How does one apply?", "how"),
        ("Why was it cancelled?", "why"),
    ],
)
def test_the_kind_follows_the_word_that_asks(question: str, kind: str) -> None:
    assert analyse(question).kind == kind


def test_a_name_asked_about_wants_a_description_and_an_office_a_person() -> None:
    assert analyse("王小明是谁?").kind == "definition"
    assert analyse("村委会主任是谁?").kind == "who"


def test_asking_words_and_empty_words_are_no_content() -> None:
    assert analyse("请问城南小学一共有多少名学生?").words == ("城南小学", "名学生")
    assert analyse("How many pupils are there in the school?").words == ("pupils", "school")


def test_a_headline_in_quotes_asks_nothing_and_is_kept_whole() -> None:
    question = analyse("《谁来守护夜归人》的作者是谁?")
    assert question.names == ("谁来守护夜归人",)
    assert question.kind == "who"
    assert question.words[0] == "谁来守护夜归人"


def test_the_unit_is_what_stands_after_how_many() -> None:
    assert analyse("下设几支专业队?").unit.startswith("支")
    assert analyse("工作了多少个小时?").unit.startswith("小时")
    assert analyse("谁来了?").unit == ""


def test_the_words_beside_the_asking_word_are_known() -> None:
    question = analyse("昨天村委会主任对多少名村民表示感谢?")
    assert question.before.endswith("主任")
    assert question.after.startswith("名村民")


def test_traditional_and_full_width_letters_are_folded() -> None:
    assert analyse("縣文聯主席是誰?").kind == "who"
    assert analyse("APP有多少用户?").words[0] == "app"


def test_a_question_in_quotes_of_another_language_keeps_the_language_that_asks() -> None:
    assert analyse("What is 河长制?").lang == "en"
    assert analyse("APP是什么?").lang == "zh"
    assert analyse("APP 河长制").lang == "zh"
    assert analyse('What is "河长制"?').lang == "en"


@given(st.text(max_size=60))
def test_any_text_is_analysed_and_its_content_keeps_the_length(text: str) -> None:
    question = analyse(text)
    assert question.kind in KINDS
    assert len(question.content) == len(text)


@pytest.mark.parametrize("before", ["", "您好,", "你好!请问一下,", "打扰一下,麻烦问您,"])
@pytest.mark.parametrize("after", ["?", "呢?", "呢?谢谢!", "啊", "?谢谢您。多谢!"])
def test_courtesy_asks_nothing(before: str, after: str) -> None:
    for bare in ("奉化链式助学是什么", "谁雕刻了“江南忆”", "丰门街道有多少家企业"):
        polite, plain = analyse(f"{before}{bare}{after}"), analyse(f"{bare}?")
        assert (polite.kind, polite.words, polite.unit, polite.before) == (
            plain.kind, plain.words, plain.unit, plain.before,
        )  # fmt: skip


def test_words_that_only_look_like_courtesy_stay() -> None:
    assert analyse("感谢信是谁写的?").words[0] == "感谢信"
    assert "谢谢水果店" in analyse("谢谢水果店在哪里?").words
    assert analyse("那武义县呢?").words == ("武义县",)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("险礁屿名字的由来是什么?", True),
        ("他少年时期的经历是什么?", True),
        ("《灯会》的内容是什么?", True),
        ("奉化链式助学是什么", False),
        ("园区的“三色”体系是什么?", False),  # a name of its own
        ("介面的意思是什么?", False),
        ("什么是链式助学?", False),
        ("名字的由来在哪里?", False),
    ],
)
def test_what_a_matter_has_is_told_from_what_it_is(text: str, asks: bool) -> None:
    assert analyse(text).attribute is asks


@pytest.mark.parametrize(
    ("regional", "common"),
    [
        ("戲院為甚麼關閉?", "戏院为什么关闭?"),
        ("船長今年幾多歲?", "船长今年多少岁?"),
        ("點解停航?", "为何停航?"),
        ("阿婆點樣回應?", "阿婆怎样回应?"),
        ("老闆嘅原名係乜嘢?", "老板的原名系什么?"),
        ("戲院喺邊度?", "戏院喺哪里?"),
    ],
)
def test_words_that_ask_in_hong_kong_ask_the_same(regional: str, common: str) -> None:
    ours, theirs = analyse(regional), analyse(common)
    assert (ours.kind, ours.content, ours.unit, ours.noun) == (theirs.kind, theirs.content, theirs.unit, theirs.noun)
    assert ours.text == regional
    assert len(ours.content) == len(regional)
