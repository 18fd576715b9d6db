"""Which of several: what tells of another round, furnace, prize or year than the question is a near miss."""

from __future__ import annotations

import pytest

from qa.answers.checks import plausibility
from qa.answers.numbered import in_figures, tells_of_another, things
from qa.conversation import analyse
from qa.text import fold


def other(question: str, sentence: str, article: str = "", headlines: str = "") -> bool:
    return tells_of_another(fold(question), fold(sentence), fold(article or sentence), fold(headlines))


@pytest.mark.parametrize(
    ("written", "figure"),
    [
        ("7", "7"), ("07", "07"), ("七", "7"), ("十", "10"), ("十二", "12"), ("二十", "20"), ("三十五", "35"),
        ("百", "100"), ("一百零八", "108"), ("二百一十", "210"), ("二〇一九", "2019"), ("一九八四", "1984"),
    ],
)  # fmt: skip
def test_numbers_are_compared_in_figures(written: str, figure: str) -> None:
    assert in_figures(written) == figure


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("第二轮和第3轮", {("2", "轮"), ("3", "轮")}),
        ("二号高炉", {("2", "号")}),
        ("获得一等奖", {("1", "等")}),
        ("五年级学生", {("5", "级")}),
        ("1990年秋季", {("1990", "年")}),
        ("5月1日上午", {("5", "月"), ("5月1", "日")}),
        ("首届灯会", {("1", "届")}),
        ("分获二、三名", {("2", "名")}),
        ("上世纪1970年代", set()),
        ("等了3个月", set()),
        ("住了三年", set()),
        ("电话62351689", set()),
    ],
)
def test_things_with_a_number_are_told_from_counts(text: str, told: set[tuple[str, str]]) -> None:
    assert set(things(text)) == told


@pytest.mark.parametrize(
    ("question", "sentence", "article", "another"),
    [
        ("第二轮的核销率是多少?", "第一轮核销率为83%。", "", True),
        ("第二轮的核销率是多少?", "第二轮核销率为83%,第一轮为70%。", "", False),
        ("二号高炉是哪一年投产的?", "三号高炉于2006年投产。", "", True),
        ("2号高炉是哪一年投产的?", "二号高炉于2006年投产。", "", False),
        ("一等奖给了哪个小组?", "小组得了二等奖。", "", True),
        ("1990年记录到多少只?", "2015年曾记录到3870只。", "", True),
        ("1990年记录到多少只?", "在此记录到3870只。", "1990年他们来了。在此记录到3870只。", False),
        ("1990年记录到多少只?", "到2015年记录到3870只。", "他们1990年就来了。到2015年记录到3870只。", False),
        ("1990年记录到多少只?", "到2015年记录到3870只。", "他们1990年来过。后来不来了。到2015年记录到3870只。", True),
        ("五年级每周给多少零花钱?", "三年级每周10到15元即可。", "", True),
        ("5月1日放映哪部影片?", "4月30日放映老电影。", "", True),
        ("第一年做什么?", "头一年只做一件事。", "", False),
        (
            "第九期提高到多少?",
            "与第八期比,本期提高到6万元。",
            "第九期开始了。后来。与第八期比,本期提高到6万元。",
            False,
        ),
        ("第三届灯会何时举行?", "灯会5月举行。", "", True),
        ("第三届灯会何时举行?", "灯会5月举行。", "第3届灯会在即。市民等着。灯会5月举行。", False),
        ("第一届何时举行?", "第1届灯会5月举行。", "", False),
        ("第一场比什么?", "首场比开车。", "比武共三场。首场比开车。第二场比焊接。", False),
        ("第三届灯会何时举行?", "第2届灯会5月举行。", "", True),
        ("第二期花了多少元?", "工程花了一亿元。", "首期工程昨天完工。工程花了一亿元。", True),
        ("第一小学的菜地有多大?", "第二小学有一块780平方米的菜地。", "", True),
        ("第一小学的菜地有多大?", "菜地有780平方米。", "第一小学与第二小学都有菜地。菜地有780平方米。", False),
    ],
)
def test_a_number_of_the_question_must_be_that_of_the_sentence(
    question: str, sentence: str, article: str, another: bool
) -> None:
    assert other(question, sentence, article) is another


def test_a_headline_may_tell_which_one_is_meant() -> None:
    article = "第一届灯会第二届灯会都在这里。灯会第一天来了五万人,第二届尤其热闹。"
    question, sentence = "第一届灯会来了多少人?", "灯会来了五万人,比第二届热闹。"
    assert other(question, sentence, article + sentence)
    assert not other(question, sentence, article + sentence, "第一届灯会开幕")


@pytest.mark.parametrize(
    ("question", "sentence", "article", "another"),
    [
        ("去年有多少人参加体检?", "今年有1124人参加体检。", "", True),
        ("去年有多少人参加体检?", "去年有1124人参加体检。", "", False),
        ("去年有多少人参加体检?", "有1124人参加体检。", "去年他们也查过。有1124人参加体检。", False),
        ("前年有多少人参加体检?", "去年有1124人参加体检。", "", True),
        ("去年有多少人参加体检?", "比上年同期多了1124人。", "", False),
        ("去年正月唱了多少场?", "1985年,一个正月唱了58场。", "", True),
        ("去年正月唱了多少场?", "去年正月唱了58场。", "", False),
        ("去年正月唱了多少场?", "正月唱了58场。", "", False),
        ("去年也就是2018年有多少人?", "2018年有50人。", "", False),
        ("释觉明年轻时为什么出家?", "他二十一岁出家。", "", False),
    ],
)
def test_the_year_before_is_not_this_one(question: str, sentence: str, article: str, another: bool) -> None:
    assert other(question, sentence, article) is another


def test_an_answer_about_another_one_is_less_plausible() -> None:
    for question, right, wrong in (
        ("第二名是谁?", "第二名是王立。", "第一名是李平。"),
        ("去年产了多少吨?", "去年产了120吨。", "今年产了120吨。"),
        ("孙玉衡生于哪一年?", "孙玉衡1920年出生。", "孙玉衡1959年当选劳模。"),
        ("谁接替他当站长?", "站长由王立接任。", "站长李平住在城东。"),
        ("索桥造价多少?", "索桥造价50万元。", "索桥长50米。"),
    ):
        sure, unsure = (plausibility(analyse(question), fold(text), fold(text)) for text in (right, wrong))
        assert 0 < unsure < sure == 1.0


def test_a_question_without_numbers_never_asks_for_another() -> None:
    for question in ("链式助学是什么?", "为什么要改?", "who won?", "", "第", "年"):
        assert not other(question, "第一届灯会5月1日举行,去年也是。")


def test_a_sentence_that_is_not_in_the_article_has_nothing_before_it() -> None:
    assert other("第二轮如何?", "第一轮很好。", "第二轮来了。第一轮与此无关。")
    assert not other("第二轮如何?", "第一轮很好。", "第二轮来了。第一轮很好。")
