"""Who did it, and what somebody is: told by the form of a sentence, not by whoever speaks in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.answers.agents import can_be_said, deed, doer, doers, in_its_words
from qa.answers.persons import asked_about, is_person, is_region, is_somebody, office, office_of
from qa.answers.respond import best_finding, find
from qa.answers.scoring import weights
from qa.archive import Archive
from qa.conversation import analyse

PAGE = """## 河东开出夜间书房

本报讯 记者白小山报道

“以前下了夜班没地方去,现在好了。”纺织厂职工柳青青说,她每星期来河东夜间书房三次,今年区里推出的夜间书房让她省了不少钱。

为了让下夜班的职工有书看,河东区总工会和区图书馆跑了十几个小区,联手推出“夜间书房”,首批八间。每间书房每晚开到两点。

“夜里来的多半是司机和护士。”河东区图书馆副馆长陶一鸣表示,明年还要再开六间,借阅证全市通用。

## 城西修好百年石桥

由市文保所、县交通局等单位联合修复的城西石桥昨日重新开放,桥长四十一米。石桥文化节由回乡的民办教师翁大年发起,已办了九届。

说起石桥,老船工贝有福最熟,他是清河渡口的最后一位船工。上世纪八十年代,他每天要摆渡六百人。他是清河县人,今年七十三岁。
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("agents")
    Path(folder / "page.txt").write_text(PAGE, encoding="utf-8")
    with Archive.build([folder / "page.txt"], folder / "index") as built:
        yield built


@pytest.mark.parametrize(
    "question",
    [
        "夜间书房是谁推出的?",
        "石桥由哪个单位修复",
        "谁主办了大赛",
        "棚子的钱谁出?",
        "主办单位是哪家公司",
        "这台机器是哪里造出来的",
    ],
)
def test_a_question_for_who_did_it_is_known_by_its_verb(question: str) -> None:
    assert deed(question)


@pytest.mark.parametrize(
    "question",
    [
        "大赛是跟谁一起办的",
        "鞋是给谁做的?",
        "大赛在哪里举办?",
        "主席是谁?",
        "大赛什么时候举办?",
        "负责人是谁?",
    ],
)
def test_with_whom_for_whom_and_where_are_other_questions(question: str) -> None:
    assert not deed(question)


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("大赛是谁主办的?", "由甲市总工会等单位联合举办的大赛昨日闭幕。", "甲市总工会"),
        ("大赛是谁主办的?", "当日,由甲市总工会、市卫健委主办的大赛举行。", "甲市总工会、市卫健委"),
        ("共享秤是谁推出的", "这是东街市场监管所和菜场联合推出的共享秤。", "东街市场监管所和菜场"),
        ("录音班是谁办的", "市残联与市技术学院联合开办录音班。", "市残联与市技术学院"),
        ("插秧比武是哪个单位办的", "●6月5日,县农业农村局在河东举办插秧比武。", "县农业农村局"),
        ("搬梯运动谁发起的", "民间组织「无障碍港」近日发起「搬梯运动」。", "民间组织「无障碍港」"),
        ("药是谁免费提供的", "常备药有32种,由北山铁路医院免费补充。", "北山铁路医院"),
        ("海报由哪个部门负责?", "社团部负责海报和社团联席会。", "社团部"),
        ("机车是谁制造的?", "机车由特里维西克和赫德利所制造。", "特里维西克和赫德利"),
        ("旧公章归谁管", "局长白小山介绍,旧公章由区档案馆永久保管。", "区档案馆"),
        ("转运车长是谁派的?", "河东区委组织部从全区抽调79名干部作为“转运车长”。", "河东区委组织部"),
    ],
)
def test_who_did_it_stands_before_the_verb_or_behind_by(question: str, sentence: str, expected: str) -> None:
    start, end = doers(analyse(question), sentence)[0]
    assert sentence[start:end] == expected


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("大赛是谁主办的?", "市总工会主席白小山表示,大赛明年还要举办。"),
        ("大赛是谁主办的?", "市总工会举办了书法展。"),
        ("大赛有多少人参加?", "由市总工会主办的大赛有52人参加。"),
        ("夜间书房是谁推出的?", "今年区里推出的夜间书房让她省了钱。"),
        ("学堂是谁建立的?", "由此成为中国第一所建立的学堂。"),
    ],
)
def test_a_speaker_and_who_did_something_else_did_not_do_it(question: str, sentence: str) -> None:
    assert doers(analyse(question), sentence) == []


@pytest.mark.parametrize(
    "unit", ["市区县", "工会和", "村民、", "由按区", "1月", "联合按", "是市的", "人员长", "组织「"]
)
def test_rows_of_what_may_be_a_party_are_read_in_no_time(unit: str) -> None:
    row = "主办" + unit * 600
    assert doers(analyse("大赛是谁主办的?"), row) == []
    assert office_of("陶一鸣", f"{row}陶一") is None


def test_a_person_named_in_who_did_it_is_given_by_name() -> None:
    question, sentence = analyse("文化节是谁发起的?"), "文化节由回乡的民办教师翁大年发起。"
    assert doer(question, "翁大年", sentence) == "翁大年"
    assert doer(question, "民办教", sentence) == "回乡的民办教师翁大年"
    assert doer(question, "", "文化节九届了。") == ""


@pytest.mark.parametrize(
    ("question", "found", "sentence", "expected"),
    [
        ("书房是谁推出的?", "陶一鸣", "副馆长陶一鸣表示,书房深受欢迎。", False),
        ("书房是谁推出的?", "陶一鸣", "书房的发起人陶一鸣说。", True),
        ("副馆长是谁?", "陶一鸣", "副馆长陶一鸣表示,书房深受欢迎。", True),
        ("录音班谁办的?", "学费全免", "录音班学制四个月,学费全免。", False),
        ("钱是哪个部门拿出来的?", "金山市", "金山市首席技师2名。", False),
        ("打印机是哪家工厂生产的?", "《城东周报》", "据《城东周报》报道。", False),
        ("录音班学费多少?", "学费全免", "录音班学制四个月,学费全免。", True),
        ("Who founded it?", "anything", "anything goes", True),
    ],
)
def test_only_somebody_who_may_have_done_it_can_be_said(
    question: str, found: str, sentence: str, expected: bool
) -> None:
    assert can_be_said(analyse(question), found, sentence) is expected


def test_a_question_takes_over_the_verb_of_the_sentence() -> None:
    sentence = "由甲市总工会等单位联合举办的技能大赛闭幕。"
    assert in_its_words(analyse("技能大赛是谁主办的?"), sentence) == "技能大赛是谁举办的?"
    assert in_its_words(analyse("技能大赛是谁举办的?"), sentence) == ""
    assert in_its_words(analyse("技能大赛在哪里?"), sentence) == ""


# --- what somebody is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("陶一鸣是谁?", "陶一鸣"),
        ("陶一鸣是做什么的", "陶一鸣"),
        ("河东区图书馆的陶一鸣是什么职务?", "陶一鸣"),
        ("陶一鸣担任什么职务", "陶一鸣"),
        ("馆长是谁?", ""),
        ("转运车长是做什么的?", ""),
        ("陶一鸣多大年纪?", ""),
        ("谁是陶一鸣的师父?", ""),
    ],
)
def test_only_a_question_for_an_office_is_about_a_person(question: str, name: str) -> None:
    assert asked_about(analyse(question)) == name


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("“夜里人多。”河东区图书馆副馆长陶一鸣表示。", "河东区图书馆副馆长"),
        ("省作协副主席、市文联主席陶一鸣出席。", "省作协副主席、市文联主席"),
        ("陶一鸣是清河渡口的最后一位船工。", "清河渡口的最后一位船工"),
        ("陶一鸣是清河中学的教师,今年四十岁。", "清河中学的教师"),
        ("他们请来了退役的速滑运动员陶一鸣。", "退役的速滑运动员"),
        ("来自城东区总工会的贝有福、陶一鸣获得一等奖。", "来自城东区总工会"),
        ("陶一鸣说,书房要开到两点。", None),
        ("79人当了车长,陶一鸣就是其中一员。", None),
    ],
)
def test_an_office_stands_before_the_name_or_behind_is(sentence: str, expected: str | None) -> None:
    found = office_of("陶一鸣", sentence)
    assert (sentence[slice(*found)] if found else None) == expected


def test_an_office_is_given_as_it_is_printed() -> None:
    assert office(analyse("陶一鳴是誰?"), "圖書館副館長陶一鳴表示。") == "圖書館副館長"
    assert office(analyse("书房几点关门?"), "图书馆副馆长陶一鸣表示。") == ""


def test_names_bodies_and_regions_are_told_from_other_words() -> None:
    assert all(map(is_person, ("陶一鸣", "隋玉洁", "侄媳妇邹红梅", "翁老师", "阿贵", "拿破仑", "兰希佩洛西")))
    assert not any(map(is_person, ("学费全免", "装冻鱼", "梅子滩")))
    assert all(map(is_somebody, ("市残联", "甲市总工会、市卫健委", "陶一鸣", "Priya Raman", "一队")))
    assert not any(map(is_somebody, ("学费全免", "让家长看得", "《城东周报》")))
    assert is_region("金山市") and not is_region("金山市总工会")


# --- answers ----------------------------------------------------------------------------------------------------------


def test_who_did_it_is_quoted_first_and_named(archive: Archive) -> None:
    answer = archive.ask("夜间书房是谁推出的?")
    assert answer.citations[0].quote.startswith("为了让下夜班的职工有书看")
    assert answer.short_answer == "河东区总工会和区图书馆"


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("城西石桥是谁修复的?", "市文保所、县交通局"),
        ("石桥文化节是谁发起的?", "翁大年"),
        ("陶一鸣是什么职务?", "河东区图书馆副馆长"),
        ("贝有福是谁?", "老船工"),
    ],
)
def test_the_doer_and_the_office_are_the_short_answer(archive: Archive, question: str, short: str) -> None:
    answer = archive.ask(question)
    assert answer.status == "answered"
    assert answer.short_answer == short


def test_where_somebody_comes_from_is_told_by_another_sentence_of_the_story(archive: Archive) -> None:
    answer = archive.ask("贝有福是哪里人?")
    assert answer.status == "answered"
    assert "他是清河县人" in answer.citations[0].quote


def test_a_question_that_is_refused_is_asked_again_with_the_verb_of_the_text(seeds_archive: Archive) -> None:
    asked = "好版师大赛是谁主办的?"
    assert seeds_archive.ask(asked[:-1]).short_answer == seeds_archive.ask(asked).short_answer
    alone, again = find(seeds_archive, asked, None, weights()), best_finding(seeds_archive, [asked], None, weights())
    assert alone.support < weights().threshold <= again.support
    assert again.question.text == "好版师大赛是谁举办的?"
    assert seeds_archive.ask(asked).short_answer == "杭州市临平区总工会"


def test_somebody_whom_no_page_names_is_not_given_the_office_of_another(archive: Archive) -> None:
    assert archive.ask("陶二鸣是什么职务?").short_answer != "河东区图书馆副馆长"
    assert archive.ask("韩叙白是谁?").status == "not_found"
