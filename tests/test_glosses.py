"""English words and the Chinese ones they may stand for; names in pinyin; characters of one sound."""

from __future__ import annotations

import itertools

import pytest

from qa import glosses


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("trade union", "工会"),
        ("trade unions", "工会"),
        ("members", "会员"),
        ("county", "县"),
        ("policy", "政策"),
        ("carved", "雕刻"),
        ("drivers", "驾驶员"),
        ("Hospital", "医院"),
        ("shortened", "缩短"),
        ("companies", "公司"),
        ("boxes", "盒子"),
        ("buses", "公交车"),
        ("applied", "申请"),
        ("heroes", "英雄"),
        ("leaves", "叶子"),
        ("built", "建设"),
        ("taught", "教育"),
        ("children", "孩子"),
        ("women", "妇女"),
        ("biggest", "大"),
        ("happier", "快乐"),
        ("organised", "组织"),
        ("hoped", "希望"),
        ("stopping", "停止"),
    ],
)
def test_a_word_in_any_of_its_forms_finds_its_chinese(english: str, chinese: str) -> None:
    assert chinese in glosses.glosses(english)


@pytest.mark.parametrize(("english", "chinese"), [("used", "我们"), ("uses", "我们"), ("being", "蜜蜂")])
def test_a_short_word_is_not_cut_to_another(english: str, chinese: str) -> None:
    assert chinese not in glosses.glosses(english)


def test_the_entry_of_the_word_itself_comes_before_those_of_its_bare_form() -> None:
    found = glosses.glosses("applied")
    assert found.index("应用的") < found.index("申请")
    assert len(found) == len(set(found)) <= 12


def test_a_word_the_dictionary_does_not_know_has_no_glosses() -> None:
    assert glosses.glosses("xqzzy") == ()


@pytest.mark.parametrize(
    ("name", "parts"),
    [("beijing", ("bei", "jing")), ("Chunan", ("chun", "an")), ("Chunan", ("chu", "nan")), ("xian", ("xi", "an"))],
)
def test_a_name_is_read_as_syllables_in_every_way(name: str, parts: tuple[str, ...]) -> None:
    assert parts in glosses.syllables(name)


def test_an_english_word_is_no_pinyin() -> None:
    assert glosses.syllables("school") == []


def test_a_reading_must_stand_in_the_archive() -> None:
    text = "杭州市上城区的张小红"
    held = {a + b for a, b in itertools.pairwise(text)}
    assert glosses.readings("Hangzhou", held.__contains__) == ("杭州",)
    assert glosses.readings("zhangxiaohong", held.__contains__) == ("张小红",)
    assert glosses.readings("Guangzhou", held.__contains__) == ()


def test_neighbouring_words_make_a_phrase_or_a_name() -> None:
    text = "工会主席张小红"
    held = {a + b for a, b in itertools.pairwise(text)}
    found = dict(glosses.variants(["zhang", "xiaohong", "trade", "union"], held.__contains__))
    assert "张小红" in found["zhang xiaohong"]
    assert "工会" in found["trade union"]


def test_characters_of_one_sound_are_exchanged_for_each_other() -> None:
    assert "链" in glosses.same_sound("练")
    assert "练" not in glosses.same_sound("练")
    assert glosses.same_sound("a") == ""
