"""Questions read case by case: kind, unit, noun, count, content; follow-ups; English words, pinyin, misspellings."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import glosses
from qa.answers.corpus import Corpus, plain_corpus
from qa.answers.evidence import candidates
from qa.answers.missing import missing_words
from qa.answers.plainly import formally
from qa.answers.spelling import mended
from qa.answers.weighing import english_groups, expansion
from qa.conversation import analyse, understand
from qa.conversation.followup import topic
from qa.glosses.build import build, main
from qa.text import fold

TABLES = json.loads(Path(glosses.__file__).with_name("glosses.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("question", "kind", "unit", "noun"),
    [
        ("全县有多少名教师?", "number", "名教师", ""),
        ("图书馆藏书多少万册?", "number", "册", ""),
        ("村里有几个人?", "number", "人", ""),
        ("工程用了多少个月?", "number", "月", ""),
        ("这是第几届灯会?", "number", "届灯会", ""),
        ("县里推出了什么计划?", "which", "", "计划"),
        ("哪个单位负责?", "which", "", "单位负责"),
        ("哪所学校得奖?", "which", "", "学校得奖"),
        ("哪些村庄通了公路?", "list", "", "村庄通了"),
        ("哪位校长来了?", "who", "", ""),
        ("灯会在什么地方举行?", "where", "", "地方举行"),
        ("几月开学?", "when", "", ""),
        ("哪天闭幕?", "when", "", ""),
        ("河长制指的是什么?", "definition", "", ""),
        ("何谓河长制?", "definition", "", ""),
        ("请列出各个村庄", "list", "", ""),
        ("缘何停工?", "which", "", ""),
        ("停工是什么原因?", "why", "", ""),
        ("用什么办法治水?", "how", "", ""),
        ("馆长", "other", "", ""),
    ],
)
def test_a_question_says_what_is_counted_and_what_is_meant(question: str, kind: str, unit: str, noun: str) -> None:
    asked = analyse(question)
    assert (asked.kind, asked.unit, asked.noun) == (kind, unit, noun)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How often does the bus run?", "number"),
        ("What percentage of villages have roads?", "number"),
        ("What year was the library built?", "when"),
        ("In which month is the lantern fair?", "when"),
        ("Which city hosted the fair?", "where"),
        ("Whose book won?", "who"),
        ("What are the three steps?", "list"),
        ("Tell me about the lantern fair", "definition"),
        ("What was the reason?", "definition"),
        ("Which school won?", "which"),
        ("How was the bridge built?", "how"),
        ("Lantern fair", "other"),
        ("WHY DID IT CLOSE?", "why"),
        ("Somewhere over the hills", "other"),
    ],
)
def test_an_english_question_has_the_kind_of_its_asking_words(question: str, kind: str) -> None:
    asked = analyse(question)
    assert (asked.lang, asked.kind) == ("en", kind)


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("分为哪三步?", 3),
        ("哪两个村庄得奖?", 2),
        ("设有10个班,分别是什么?", 10),
        ("四项措施是什么?", 4),
        ("十大景点有哪些?", 10),
        ("有哪些景点?", 0),
        ("2021年谁来了?", 0),
    ],
)
def test_the_number_of_things_asked_for_is_read(question: str, count: int) -> None:
    assert analyse(question).count == count


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("请问城南图书馆在哪里?", ("城南图书馆",)),
        (
            "How many lantern fairs did Haidong county host in 2021?",
            ("lantern", "fairs", "haidong", "county", "host", "2021"),
        ),
        ("“谁来了”是什么节目?", ("谁来了", "节目")),
        ("APP 2.0是什么?", ("app", "2.0")),
        ("Tell me about 河长制", ("河长制",)),
        ("谁?", ()),
    ],
)
def test_the_content_is_what_is_left_without_asking_and_empty_words(question: str, words: tuple[str, ...]) -> None:
    assert analyse(question).words == words


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("《巡河记》和“夜归灯”有何关系?", ("巡河记", "夜归灯")),
        ('Who wrote "Night Light"?', ("night light",)),
        ("“灯”是什么?", ()),
        ("夜归灯是什么?", ()),
    ],
)
def test_names_are_what_stands_in_quotation_marks(question: str, names: tuple[str, ...]) -> None:
    assert analyse(question).names == names


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["城南", "图书馆", "有", "多少", "谁", "“夜归灯”", " ", "?", "APP", "how many"]), max_size=8
    )
)
def test_content_is_the_question_with_some_letters_blanked(parts: list[str]) -> None:
    text = "".join(parts)
    asked = analyse(text)
    assert len(asked.content) == len(text)
    assert all(kept in (" ", letter) for kept, letter in zip(asked.content, fold(text), strict=True))
    assert all(name in asked.content for name in asked.names)
    assert analyse(text.upper()).content == asked.content


class Words:
    """An archive that knows every word, each in one of its hundred passages."""

    passage_count = 100

    def document_frequency(self, term: str) -> int:
        return 1


@pytest.mark.parametrize(
    ("history", "question", "meant"),
    [
        (["海东县有多少座桥?"], "那里有多少条路?", "海东县有多少条路?"),
        (["海东县有多少座桥?"], "它的县长是谁?", "海东县的县长是谁?"),
        (["赵小兰是谁?"], "她在哪里工作?", "赵小兰在哪里工作?"),
        (["海东县有多少座桥?"], "城南县呢?", "城南县有多少座桥?"),
        (["老茶厂建于哪一年?"], "那什么时候停产的?", "老茶厂什么时候停产的?"),
        (["海东县图书馆几点关门?"], "电影院呢?", "电影院几点关门?"),
        (["2019年灯会谁主办?"], "2020年呢?", "2020年灯会谁主办?"),
        (["“夜归灯”是什么?"], "是谁推出的?", "“夜归灯”是谁推出的?"),
        (["Where is Haidong?"], "How many bridges does it have?", "How many bridges does Haidong have?"),
        (["海东县有多少座桥?", "城南县呢?"], "那里有多少条路?", "城南县有多少条路?"),
    ],
)
def test_a_follow_up_is_read_with_what_it_leans_on(history: list[str], question: str, meant: str) -> None:
    readings = understand(Words(), question, history)
    assert readings[0] == meant
    assert question in readings


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("海东县有多少座桥?", "海东县"),
        ("请问赵小兰是谁?", "赵小兰"),
        ("“谁是英雄”在哪里播出?", "“谁是英雄”"),
        ("城南图书馆位于哪里?", "城南图书馆"),
        ("What is the lantern fair?", "lantern fair"),
        ("Who runs the Haidong Library?", "Haidong Library"),
        ("谁?", ""),
    ],
)
def test_the_topic_is_what_a_question_is_about(question: str, subject: str) -> None:
    assert topic(question) == subject


def test_only_the_last_questions_are_leaned_on() -> None:
    old = ["海东县有多少座桥?", "城南图书馆藏书有多少册?", "临江剧院的演员有多少名?", "山前公路全长有多少公里?"]
    assert understand(Words(), "那里有多少条路?", old) == understand(Words(), "那里有多少条路?", old[-1:])


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("school", "学校"),
        ("libraries", "图书馆"),
        ("boxes", "盒子"),
        ("government", "政府"),
        ("newspaper", "报纸"),
        ("teachers", "教师"),
        ("building", "建筑"),
        ("railway", "铁路"),
        ("Beijing", "北京"),
        ("police", "警察"),
        ("farmers", "农民"),
        ("planted", "种"),
        ("stopped", "停"),
        ("carried", "携带"),
        ("high school", "中学"),
        ("fire brigade", "消防队"),
    ],
)
def test_an_english_word_finds_the_chinese_one(english: str, chinese: str) -> None:
    assert chinese in glosses.glosses(english)


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("cities", "city"),
        ("classes", "class"),
        ("churches", "church"),
        ("dishes", "dish"),
        ("boxes", "box"),
        ("roads", "road"),
        ("bus", "bus"),
        ("glass", "glass"),
        ("basis", "basis"),
        ("gas", "gas"),
    ],
)
def test_a_plural_loses_its_ending(word: str, stemmed: str) -> None:
    assert glosses.stem(word) == stemmed


@given(st.sampled_from(sorted(TABLES["words"])))
def test_glosses_do_not_depend_on_capitals(word: str) -> None:
    found = glosses.glosses(word)
    assert found == glosses.glosses(word.upper())
    assert all(gloss and all(letter >= "\u3400" or letter == "〇" for letter in gloss) for gloss in found)


def by_hand(letters: str) -> set[tuple[str, ...]]:
    """Every cut of `letters` into one to four syllables."""
    found = set()
    for number in range(4):
        for cuts in itertools.combinations(range(1, len(letters)), number):
            parts = tuple(letters[a:b] for a, b in itertools.pairwise([0, *cuts, len(letters)]))
            if all(part in TABLES["pinyin"] for part in parts):
                found.add(parts)
    return found


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["xi", "an", "chun", "chu", "nan", "ning", "e", "lv", "zhuang", "q"]), min_size=1, max_size=4
    )
)
def test_names_are_cut_into_syllables_in_every_way_there_is(parts: list[str]) -> None:
    name = "".join(parts)
    assert set(glosses.syllables(name)) == by_hand(name)
    assert glosses.syllables(name.capitalize()) == glosses.syllables("-".join(name))


def knows(text: str) -> Callable[[str], bool]:
    return {a + b for a, b in itertools.pairwise(text)}.__contains__


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Ningbo", "宁波市海东县", {"宁波"}),
        ("Xi'an", "西安城墙", {"西安"}),
        ("Lüliang", "吕梁山区", {"吕梁"}),
        ("Zhao Xiaolan", "主席赵小兰说", {"赵小兰"}),
        ("Heilongjiang", "黑龙江省", {"黑龙江"}),
        ("Ning", "宁波市海东县", set()),
        ("Ningbo", "宁静的波浪", set()),
        ("Jishi", "集市即使", {"集市", "即使"}),
        ("bridge", "桥", set()),
    ],
)
def test_a_name_in_pinyin_is_read_with_the_characters_of_the_text(name: str, text: str, expected: set[str]) -> None:
    assert set(glosses.readings(name, knows(text))) == expected


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from("宁波海东赵小兰西安"), min_size=2, max_size=3))
def test_any_spelling_of_held_characters_finds_them_again(letters: list[str]) -> None:
    word = "".join(letters)
    sounds = [next(s for s, characters in TABLES["pinyin"].items() if letter in characters) for letter in letters]
    found = glosses.readings("".join(sounds), knows(word))
    assert word in found
    assert all(
        pair in {a + b for a, b in itertools.pairwise(word)}
        for one in found
        for pair in map("".join, itertools.pairwise(one))
    )


def test_phrases_go_before_words_and_names_take_their_neighbour() -> None:
    found = glosses.variants(["high", "school", "zhao", "xiaolan", "qqq"], knows("中学主席赵小兰"))
    assert [phrase for phrase, _ in found] == ["high school", "zhao xiaolan", "qqq"]
    assert "中学" in found[0][1]
    assert found[1][1] == ("赵小兰",)
    assert found[2][1] == ()


@given(st.sampled_from("工会学校灯书桥路县城东南海"))
def test_to_sound_the_same_goes_both_ways(letter: str) -> None:
    others = glosses.same_sound(letter)
    assert letter not in others
    assert len(set(others)) == len(others)
    assert all(letter in glosses.same_sound(other) for other in others[:20])


PAGES = {
    "a.txt": "海东县图书馆藏书三十万册,馆长赵小兰表示欢迎。",
    "b.txt": "城南县推出夜归灯计划,点亮四十条小巷。",
    "c.txt": "链式助学政策今年实施,学校安排新生入学。",
}


def corpus() -> Corpus:
    return plain_corpus(PAGES)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("夜龟灯计划是什么?", "夜归灯计划是什么?"),
        ("练式助学政策是什么?", "链式助学政策是什么?"),
        ("图书管在哪里?", "图书馆在哪里?"),
        ("赵小蓝是谁?", "赵小兰是谁?"),
        ("夜归灯计划是什么?", ""),
        ("夜明灯计划是什么?", ""),  # another word, no wrong character of the same sound
        ("赵晓蓝是谁?", ""),  # two wrong of three leave nothing to go by
        ("管长?", ""),
        ("What is 图书管?", "what is 图书馆?"),
    ],
)
def test_one_wrong_character_of_the_same_sound_is_mended(question: str, expected: str) -> None:
    assert mended(corpus(), question) == expected


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("海东县图书馆的机场在哪里?", ("机场",)),
        ("航天飞机怎么飞?", ("航天飞机",)),
        ("海东县的小巷有多少条?", ("海东县", "小巷")),
        ("海东县图书馆藏书多少册?", ()),
        ("Where is the 图书馆?", ()),
        ("深圳的链式助学政策是什么?", ("深圳",)),
        ("iPhone是什么?", ("iPhone",)),
        ("海東縣圖書館的機場在哪裡?", ("機場",)),  # as it was typed
        ("2031年海东县的小巷有多少条?", ("2031年",)),
        ("人累了能去哪儿打篮球?", ("篮球",)),  # no seams of words: 人累, 打篮
        ("欧阳明珠和李白写过哪些诗?", ("欧阳明珠", "李白")),
        ("萧山区有多少名飞行员?", ("萧山区", "飞行员")),
        ("第三届冰雪节是什么时候?", ("第三届", "冰雪")),
        ("明天海东县下雨吗?", ("下雨",)),
        ("How many astronauts visited the library in Atlantis?", ("astronauts", "Atlantis")),
    ],
)
def test_a_refusal_names_the_words_that_are_lacking(question: str, missing: tuple[str, ...]) -> None:
    archive = corpus()
    asked = analyse(question)
    assert missing_words(archive, asked, candidates(archive.search(question, 3))) == missing


def test_the_seam_of_two_words_that_are_held_is_not_named() -> None:
    archive = plain_corpus({"a.txt": "一名好版师带出八个徒弟。", "b.txt": "技能大赛在城东举行。"})
    assert missing_words(archive, analyse("好版师大赛是谁办的?"), []) == ()
    assert missing_words(archive, analyse("师大在哪里?"), []) == ("师大",)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("两口子发现几回火情?", "夫妇发现几次火情?"),
        ("坐船上学的小孩有多少?", "乘船就读的孩子有多少?"),
        ("夫妇有多少?", ""),
    ],
)
def test_everyday_words_are_said_as_a_newspaper_does(question: str, expected: str) -> None:
    assert formally(question) == expected


def test_only_readings_that_the_archive_holds_stand_for_an_english_word() -> None:
    archive = corpus()
    groups = english_groups(archive, ["library", "haidong", "airport"])
    assert groups[0][0] == "library"
    assert "图书馆" in groups[0]
    assert set(groups[1]) == {"haidong", "海东"}
    assert groups[2] == ("airport",)


def test_the_chinese_in_an_english_question_stays_in_its_expansion() -> None:
    words = expansion(corpus(), analyse("How many books are in the 海东县 library?")).split()
    assert words[0] == "海东县"
    assert "图书馆" in words
    assert expansion(corpus(), analyse("图书馆在哪里?")) == ""


ROWS = [
    ("学校", "學校", "xue2 xiao4", "school/CL:所[suo3]"),
    ("校", "校", "xiao4", "school/proofread"),
    ("图书馆", "圖書館", "tu2 shu1 guan3", "library; reading room"),
    ("种植", "種植", "zhong4 zhi2", "to plant/to grow"),
    ("植", "植", "zhi2", "to plant"),
    ("旅", "旅", "lu:3", "trip"),
    ("张", "張", "zhang1", "surname Zhang/CL:個"),
    ("冷词", "冷詞", "leng3 ci2", "library"),
]


@pytest.fixture
def dictionaries(tmp_path: Path) -> Path:
    cedict = "\n".join("\t".join(row) for row in ROWS)
    (tmp_path / "cedict.tsv.gz").write_bytes(gzip.compress(cedict.encode()))
    wiktionary = "library (building)\t圖書館, {{zh}} 書庫"
    (tmp_path / "wiktionary_en_zh.tsv.gz").write_bytes(gzip.compress(wiktionary.encode()))
    body = "学校的图书馆里,学生种植花木。" * 3 + "植" * 61
    items = [json.dumps({"body": body}, ensure_ascii=False)] * 3
    (tmp_path / "xwlb_news.jsonl.gz").write_bytes(gzip.compress("\n".join(items).encode()))
    return tmp_path


def test_glosses_are_the_dictionary_words_that_the_news_uses(dictionaries: Path) -> None:
    words = build(dictionaries)["words"]
    assert words["library"] == "图书馆"
    assert words["school"] == "学校"
    assert words["reading room"] == "图书馆"
    assert set(words["plant"].split()) == {"种植", "植"}
    assert words["grow"] == "种植"
    assert not any("surname" in word or word.startswith("cl") for word in words)


def test_syllables_lose_their_tone_and_u_with_dots_is_a_v(dictionaries: Path) -> None:
    pinyin = build(dictionaries)["pinyin"]
    assert pinyin["xiao"] == "校"
    assert pinyin["zhi"] == "植"
    assert pinyin["lv"] == "旅"
    assert list(pinyin) == sorted(pinyin)


def test_the_builder_writes_what_it_built(dictionaries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = dictionaries / "glosses.json"
    monkeypatch.setattr("qa.glosses.build.OUTPUT", output)
    main(["--data", str(dictionaries)])
    assert json.loads(output.read_text(encoding="utf-8")) == build(dictionaries)
    assert "图书馆" in (dictionaries / "common.txt").read_text(encoding="utf-8").split()
