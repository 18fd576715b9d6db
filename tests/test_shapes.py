"""What a short answer must look like: whole words and numbers, of the kind and as many as the question asks for."""

from __future__ import annotations

import pytest

from qa.answers.rereading import Span
from qa.answers.shapes import numbered, shaped
from qa.answers.shorts import from_to, short_of_both
from qa.conversation import analyse

PRIZES = "城南已评出“县工匠”40名、“市工匠”10名、“省工匠”1名。"


@pytest.mark.parametrize(
    ("question", "found", "sentence", "expected"),
    [
        ("渡船停了多少年?", "二年", "停航二十二年的渡船昨日复航。", "二十二年"),
        ("中心服务多少工人?", "20万建", "中心服务全市近20万建筑产业工人。", "20万"),
        ("电站装机多大?", "120兆", "这是一座120兆瓦的电站。", "120兆瓦"),
        ("总工程师是谁?", "叫白小山", "总工程师叫白小山,今年四十岁。", "白小山"),
        ("白小山是谁?", "总工程师白小山说", "总工程师白小山说。", "总工程师白小山"),
        ("泳池什么时候关闭?", "六月十四日", "泳池五月二十日至六月十四日关闭。", "五月二十日至六月十四日"),
        ("来了多少游客?", "41万人次,收入1860万元", "今年接待游客41万人次,收入1860万元。", "41万人次"),
        ("他什么时候开始放电影?", "今年63岁,1979年", "他今年63岁,1979年开始放电影。", "1979年"),
        ("有哪些专业队?", "法律”“心理", "下设“法律”“心理”两支队。", "“法律”“心理”"),
        ("谁教手语?", "夏侯林暑", "夏侯林暑假里自费学手语。", "夏侯林"),
        ("多少人参加?", "52人", "共有52人参加。", "52人"),
    ],
)
def test_what_is_cut_off_is_mended(question: str, found: str, sentence: str, expected: str) -> None:
    assert shaped(analyse(question), found, sentence) == expected


@pytest.mark.parametrize(
    ("question", "found", "sentence"),
    [
        ("为什么改道?", "工程师白小山说", "工程师白小山说。"),
        ("有多少孩子?", "第四届暑托班开班", "医院第四届暑托班开班。"),
        ("有多少学员?", "5天", "为期5天的培训开班。"),
        ("花了多少钱?", "一个", "条件只有一个。"),
        ("决赛成绩是多少?", "六十七岁", "最年长的队员六十七岁。"),
        ("戏院什么时候重开?", "荒废十九年", "荒废十九年的戏院将重开。"),
        ("邀请了哪两位劳模?", "三分钟交友", "设有“三分钟交友”环节。"),
        ("家园是什么?", "“建设‘家园’", "“建设‘家园’,旨在破解短板。”"),
        ("谁来了?", "不在这里", "张三来了。"),
        ("用什么材料雕的?", "作品的原材料", "他挑选了青玉作为作品的原材料。"),
        ("哪几所学校降低了门槛?", "4所公办学校", "降低城南小学、城北小学等4所公办学校的门槛。"),
        ("有多少产业工人上课?", "1万多元", "为产业工人省下1万多元。"),
    ],
)
def test_what_is_torn_or_of_another_kind_is_not_given(question: str, found: str, sentence: str) -> None:
    assert shaped(analyse(question), found, sentence) == ""


def test_of_a_row_of_counts_the_one_beside_the_thing_asked_for_is_given() -> None:
    assert numbered(analyse("城南评出多少名省工匠?"), PRIZES) == "1名"
    assert numbered(analyse("城南评出多少名县工匠?"), PRIZES) == "40名"
    assert numbered(analyse("城南评出多少名好工匠?"), PRIZES) == ""
    assert numbered(analyse("谁评出了省工匠?"), PRIZES) == ""


def test_of_a_change_the_new_number_is_given_unless_the_old_one_is_asked_for() -> None:
    sentence = "办理环节由6个缩减为4个。"
    read = Span(sentence.index("6"), sentence.index("6") + 2, 0.8)
    assert short_of_both(analyse("办理环节缩减到几个?"), "4个", read, sentence) == "4个"
    assert short_of_both(analyse("办理环节原来是几个?"), "4个", read, sentence) == "6个"


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("亩产从多少涨到多少?", "亩产从原来的1900斤提高到了2600斤。", "从原来的1900斤提高到了2600斤"),
        ("运费从多少钱降到多少?", "运费由9元降到3元5角。", "由9元降到3元5角"),
        ("几点到几点停水?", "周二8时至20时停水。", "8时至20时"),
        ("亩产涨到多少?", "亩产从1900斤提高到了2600斤。", ""),
        ("从多少涨到多少?", "从1元涨到2元,从3元涨到4元。", ""),
        ("从多少涨到多少?", "去年涨了300元。", ""),
    ],
)
def test_both_ends_of_a_change_are_given_where_both_are_asked_for(question: str, sentence: str, expected: str) -> None:
    assert from_to(analyse(question), sentence) == expected


@pytest.mark.parametrize("question", ["他一早去市场干嘛?", "稻田里养鱼有啥好处", "隐患地图好在哪里", "积分有什么用"])
def test_what_only_a_sentence_tells_has_no_short_answer(question: str) -> None:
    sentence = "他种了860亩稻鱼田。"
    assert short_of_both(analyse(question), "", Span(3, 9, 0.9), sentence) == ""


def test_a_meaning_is_given_whole_or_not() -> None:
    sentence = "黑灯工厂是不用开灯也能自动加工的车间。"
    question = analyse("黑灯工厂是什么意思?")
    assert short_of_both(question, "", Span(5, 9, 0.9), sentence) == ""
    assert short_of_both(question, "", Span(5, 18, 0.9), sentence) == "不用开灯也能自动加工的车间"


def test_where_the_first_has_no_shape_the_other_is_given() -> None:
    sentence = "修复耗资九千万元,条件只有一个。"
    read = Span(sentence.index("九"), sentence.index(","), 0.4)
    assert short_of_both(analyse("修复花了多少钱?"), "一个", read, sentence) == "九千万元"
    assert short_of_both(analyse("修复花了多少钱?"), "一个", None, sentence) == ""
