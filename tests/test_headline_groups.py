"""Headline groups: how the generator sets them, and how the reader tells the headline from its kickers and decks."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.articles import reconstruct
from qa.articles.lines import Line, read_lines
from qa.articles.titles import choose_title, group_features, is_column, is_label, load_weights, section_of
from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.headlines import Words, clauses, headings, headline_group, label, phrases
from qa.benchmark.articles.layout import render
from qa.benchmark.articles.rows import Row, Style
from qa.benchmark.tagger import headline_groups, train_titles
from qa.datatypes import Page

STORY = Source(
    "青山镇老人吃上热乎饭",
    "新春走基层",
    "青山镇办起百姓食堂。",
    (
        ("body", "近日，青山镇的百姓食堂正式开张，首批接待老人一百二十名。食堂由旧粮仓改建，做到菜价低廉、环境整洁。"),
        ("body", "镇里推动养老服务进村入户，完善送餐上门制度。他们还打造邻里互助网络，每天有十五名志愿者轮流掌勺。"),
        ("body", "据介绍，食堂开张以来已经供应饭菜两万多份。下一步，全镇将新建食堂八个。"),
    ),
)
ENGLISH = Source(
    "Ferry service to return after three years",
    "",
    "",
    (("body", "The passenger ferry will start running again in September after long repairs. He said it was time."),),
    english=True,
)
STYLE = Style(2, "lines", True, False, 0.0, 14, 0.0, 0.0, "", 0.0, 0.0, False, False)
SEEDS = range(60)


# --- the generator -------------------------------------------------------------------------------------------------


def test_a_phrase_is_a_verb_with_its_object() -> None:
    text = "镇里推动养老服务，完善送餐制度，他们打造邻里互助网络。推动，完善了的"
    assert phrases(text) == ["完善送餐制度"]
    assert clauses("开张了，很好：真的。") == ["开张了", "很好", "真的", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "8月3日上午，青山镇的百姓食堂正式开张，首批接待一百名老人。",
            ["青山镇的百姓食堂正式开张，首批接待一百名老人"],
        ),
        ("他说，这是第一次举办这样的活动。", []),
        ("镇长表示，食堂将一直办下去，越办越好。", []),
        ("开张了。", []),
        ("青山镇的“百姓食堂”今天正式开张迎客。", []),
    ],
)
def test_a_deck_is_a_whole_sentence_without_its_time(text: str, expected: list[str]) -> None:
    assert list(headings(text)) == expected


def test_a_slogan_has_two_halves_of_one_length_that_can_stand_alone() -> None:
    paired = Source("标题在这里写着", "", "", (("body", "我们看到，菜价低廉、环境整洁，还有他的房、她的车子。"),))
    assert Words.of(paired, random.Random(0)).slogans == ["菜价低廉 环境整洁"]


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("source", [STORY, ENGLISH], ids=["Chinese", "English"])
def test_a_group_has_one_title_with_kickers_above_and_decks_below(source: Source, size: int) -> None:
    for seed in SEEDS:
        kinds = [head.kind for head in headline_group(source, random.Random(seed), size, "")]
        own = [kind for kind in kinds if kind != "section"]
        title = own.index("title")
        assert own.count("title") == 1 and len(own) <= size and kinds.count("section") <= 1
        assert set(own[:title]) <= {"kicker"} and set(own[title + 1 :]) <= {"deck"}
        assert "section" not in kinds[1:]


def test_no_line_of_a_group_says_the_same_as_another() -> None:
    for seed in SEEDS:
        texts = [head.text.strip("—") for head in headline_group(STORY, random.Random(seed), 4, "民生")]
        assert len(set(texts)) == len(texts) and all(texts)


def test_an_english_deck_is_a_sentence_of_the_story() -> None:
    decks = {head.text for seed in SEEDS for head in headline_group(ENGLISH, random.Random(seed), 3, "")}
    assert "The passenger ferry will start running again in September after long repairs" in decks
    assert not any("said" in deck for deck in decks)


def test_labels_are_short_and_sometimes_in_brackets() -> None:
    labels = [label(random.Random(seed)) for seed in range(300)]
    assert max(map(len, labels)) <= 16
    assert 10 <= sum(text[0] in "【[" for text in labels) <= 120
    assert label(random.Random(0), english=True).isascii()


# --- the reader ----------------------------------------------------------------------------------------------------


def _lines(*heads: str, seam: str = "\n\n") -> list[Line]:
    return read_lines(seam.join(heads))


def test_what_stands_in_brackets_or_is_named_like_a_column_is_no_headline() -> None:
    for text in ("【文化】", "[台湾通讯]", "改革进行时", "理论天地"):
        assert is_column(text) and is_label(text)
        assert choose_title(_lines(text, "山村小学有了自己的发电站")) == 1
        assert choose_title(_lines(text)) == 0
    assert not is_column("一台机床 两个师傅")


@pytest.mark.parametrize(
    ("heads", "title"),
    [
        (["# 两代人守护一座桥", "## ——石门乡护桥队见闻"], 0),
        (["两代人守护一座桥", "——石门乡护桥队见闻"], 0),
        (["石门乡护桥队见闻", "# 两代人守护一座桥"], 1),
        (["民生视点", "## 两代人守护一座桥", "### 全乡四十二座桥有了守桥人"], 1),
    ],
)
def test_marks_and_dashes_tell_the_headline(heads: list[str], title: int) -> None:
    assert choose_title(_lines(*heads)) == title


def test_the_text_under_a_group_has_a_say() -> None:
    one, other = _lines("山村老人吃上热乎饭", "镇里办起百姓食堂")
    names = group_features([one, other], "镇里的百姓食堂开张了,百姓食堂每天供应两餐。")
    assert "said=least" in names[0] and "said=most" in names[1]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text("山村老人吃上热乎饭,“”—! 123", min_size=1, max_size=30), min_size=1, max_size=5))
def test_every_group_has_features_for_each_line_and_one_title(texts: list[str]) -> None:
    heads = read_lines("\n".join(texts))
    if heads:
        assert [len(set(names)) for names in group_features(heads, "")] == [
            len(names) for names in group_features(heads, "")
        ]
        title = choose_title(heads)
        assert 0 <= title < len(heads) and section_of(heads, title) != title


def test_the_bundled_weights_are_finite_numbers() -> None:
    weights = load_weights()
    assert len(weights) > 200 and np.isfinite(list(weights.values())).all()


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (
            "Minister named new head of the bank,\nto form a board in a month\n\nBy Jane Doe\n\nThe bank said so.\n",
            True,
        ),
        ("# 长江福北水道发生一起沉船事故\n\n本报讯 记者张三报道 昨天发生事故。\n", False),
    ],
)
def test_a_second_line_in_small_letters_goes_on_the_headline(text: str, title: bool) -> None:
    (article,) = reconstruct(Page("a.txt", text))
    assert article.title == ("Minister named new head of the bank, to form a board in a month" if title else text[2:16])


# --- training ------------------------------------------------------------------------------------------------------


def _sheet(*rows: Row) -> list[tuple[list[str], str, int]]:
    found = headline_groups(render("a.txt", rows, STYLE))
    return [([line.text for line in heads], body, title) for heads, body, title in found]


def test_groups_for_training_are_the_heads_of_a_story_with_their_text() -> None:
    rows = (
        Row(0, "民生视点", "section"),
        Row(0, "两代人守护", "headline:title", mark="# "),
        Row(0, "一座桥", "headline:title", tied=True, gap=0),
        Row(0, "第一段正文。", "body", part=0),
        Row(1, "只有一行标题", "headline:title"),
        Row(1, "第二段正文。", "body", part=0),
    )
    assert _sheet(*rows) == [(["民生视点", "两代人守护 一座桥"], "第一段正文。", 1)]


def test_the_ranking_learns_which_line_is_the_title() -> None:
    rows = [
        row
        for i in range(40)
        for row in (
            Row(i, "加强服务管理工作", "headline:kicker"),
            Row(i, f"第{i}座桥今天开通", "headline:title"),
            Row(i, "开通仪式上来了很多人。", "body", part=0),
        )
    ]
    weights = train_titles([render("a.txt", rows, STYLE)], random.Random(0))
    (heads, body, title) = next(headline_groups(render("a.txt", rows, STYLE)))
    scores = [sum(weights.get(name, 0.0) for name in names) for names in group_features(heads, body)]
    assert scores.index(max(scores)) == title == 1
