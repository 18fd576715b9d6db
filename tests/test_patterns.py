"""The word lists the rules go by: readable, without traps, and not about the pages they are tried on."""

from __future__ import annotations

import json
import re
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from qa.answers.checks import plausibility
from qa.answers.spans import SURNAMES, typed_spans
from qa.conversation import analyse
from qa.conversation.patterns import any_of, compiled, kinds, words
from qa.conversation.question import KINDS
from qa.text import fold

RECORD: dict[str, Any] = json.loads(files("qa.conversation").joinpath("patterns.json").read_text(encoding="utf-8"))
LISTS = [name for name, entries in RECORD.items() if isinstance(entries, list)]
SEEDS = Path(__file__).resolve().parent.parent / "seeds"


@pytest.mark.parametrize("name", [name for name in LISTS if name != "empty_english"])
def test_every_entry_is_a_regular_expression_that_finds_something(name: str) -> None:
    for entry in words(name):
        assert entry
        re.compile(entry)
    assert not re.fullmatch(any_of(name), "") or name in ("number_tail", "located_after")


@pytest.mark.parametrize("name", LISTS)
def test_no_entry_stands_twice_in_a_list(name: str) -> None:
    assert len(set(words(name))) == len(words(name))


def test_the_kinds_asked_for_are_the_kinds_there_are() -> None:
    for table in ("asking_chinese", "asking_english"):
        assert set(kinds(table)) == set(KINDS) - {"other"}
    assert set(kinds("hints")) <= set(KINDS)


def test_surnames_are_single_characters_and_many() -> None:
    assert len(SURNAMES) > 300
    assert all(len(surname) == 1 for surname in SURNAMES)
    assert {"王", "李", "张", "刘", "陈"} <= SURNAMES


def test_no_list_names_a_person_or_an_organisation_of_the_seeds() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt")))
    people = {
        text[span.start : span.end] for span in typed_spans(text) if span.kind == "who" and span.weight == 1.0
    } - SURNAMES
    quoted = set(re.findall(r"“([^”]{3,20})”", text))
    entries = {entry for name in LISTS for entry in words(name)}
    assert len(people) > 20
    assert not entries & (people | quoted)


def test_a_list_hands_out_a_copy() -> None:
    words("offices").clear()
    assert words("offices")


@pytest.mark.parametrize(
    "text", ["一" * 20000, "a" * 20000, "、" * 20000, "1" * 20000, "在" * 20000, "“" * 20000, "12年" * 6000]
)
def test_long_text_without_a_stop_is_searched_in_little_time(text: str) -> None:
    started = time.process_time()
    typed_spans(text[:2000])
    analyse(text[:2000])
    for name in ("defines", "steps", "reasons", "speaks", "pronouns"):
        compiled(name).search(text[:2000])
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize(
    ("asked", "given", "missing"),
    [
        ("电话号码是多少?", "咨询热线0571-88888888。", "电话打了3遍。"),
        ("多大年纪?", "老人今年83岁。", "老人工作了83天。"),
        ("占地面积?", "占地25亩。", "有25家企业。"),
        ("多少钱一张票?", "票价40元。", "共40张。"),
        ("地址在哪里?", "位于临江路12号。", "他来自江西。"),
        ("要多久?", "约需3个月。", "约需3人。"),
        ("占比多少?", "占23%。", "共23人。"),
        ("有多高?", "塔高177米。", "塔有7层。"),
        ("成立于哪年?", "2012年揭牌。", "2012年举办活动。"),
        ("冠军是谁?", "甲队夺得冠军。", "甲队参加比赛。"),
        ("妻子叫什么?", "他的爱人叫史小云。", "他住在城南。"),
        ("毕业于哪里?", "她毕业于师范学校。", "她住在城南。"),
        ("得了什么奖?", "被授予先进称号。", "他工作认真。"),
        ("人口有多少?", "全区人口80万。", "共有80人。"),
    ],
)
def test_a_measure_asked_for_shows_in_the_sentence(asked: str, given: str, missing: str) -> None:
    question = analyse(asked)
    assert plausibility(question, fold(given), fold(given)) == 1.0
    assert plausibility(question, fold(missing), fold(missing)) < 1.0
