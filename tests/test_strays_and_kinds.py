"""Paragraphs and headlines that find their story by its words, and stories of other kinds than reports."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from qa.articles.bylines import (
    is_author_line,
    is_letter_writer,
    is_sign_off,
    lead_byline,
    signature_start,
)
from qa.articles.cohesion import breaks, outlook, tokens
from qa.articles.lines import read_lines
from qa.articles.looks import look
from qa.articles.stories import Story, correct_tags
from qa.articles.strays import send_home
from qa.articles.tagger import TAGS, Tag, Weights
from qa.benchmark.articles import faults
from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.kinds import any_story
from qa.benchmark.articles.names import pen_name
from qa.benchmark.articles.rows import Row, Style
from qa.text import fold

BRIDGE = ["护桥队的老队长何长根守了三十年。", "何长根说,护桥队每天巡查两次。"]
CANTEEN = ["百姓食堂由旧粮仓改建。", "百姓食堂每天供应两餐,掌勺的是邱小满。"]


def _story(head: str, *body: tuple[str, Tag]) -> Story:
    lines = read_lines("\n".join([head, *(text for text, _ in body)])) if head else read_lines(body[0][0])
    if not head:
        lines = read_lines("\n".join(text for text, _ in body))
        return Story([], [(line, tag) for line, (_, tag) in zip(lines, body, strict=True)])
    return Story(lines[:1], [(line, tag) for line, (_, tag) in zip(lines[1:], body, strict=True)])


def _texts(stories: list[Story]) -> list[list[str]]:
    return [[line.text for line, _ in story.body] for story in stories]


# --- strays --------------------------------------------------------------------------------------------------------


def test_the_end_of_the_page_goes_home_to_the_names_it_tells_of() -> None:
    stray = "掌勺的邱小满是百姓食堂的第一位志愿者。"
    first = _story("食堂开张", *((text, "begins") for text in CANTEEN))
    last = _story("守桥", *((text, "begins") for text in (*BRIDGE, stray)))
    send_home([first, last])
    assert _texts([first, last]) == [[*CANTEEN, stray], BRIDGE]


def test_a_caption_behind_a_signature_goes_home_before_the_signature_there() -> None:
    caption = "图为邱小满在百姓食堂掌勺。"
    first = _story("食堂开张", *((text, "begins") for text in CANTEEN), ("(张三)", "closing"))
    last = _story("守桥", *((text, "begins") for text in BRIDGE), ("(李四)", "closing"), (caption, "caption"))
    send_home([first, last])
    assert _texts([first, last]) == [[*CANTEEN, caption, "(张三)"], [*BRIDGE, "(李四)"]]


@pytest.mark.parametrize("stray", ["这是一件好事。", "护桥队和百姓食堂都得了奖,何长根和邱小满上台领奖。"])
def test_what_no_story_or_every_story_could_claim_stays(stray: str) -> None:
    first = _story("食堂开张", *((text, "begins") for text in CANTEEN))
    last = _story("守桥", *((text, "begins") for text in (*BRIDGE, stray)))
    send_home([first, last])
    assert _texts([first, last]) == [CANTEEN, [*BRIDGE, stray]]


def test_headlines_run_together_are_shared_out() -> None:
    heads = read_lines("百姓食堂开张 旧粮仓飘出饭菜香\n护桥队三十年守一座桥")
    headless = _story("", *((text, "begins") for text in CANTEEN))
    headed = Story(list(heads), _story("守桥", *((text, "begins") for text in BRIDGE)).body)
    send_home([headed, headless])
    assert [line.text for line in headless.heads] == ["百姓食堂开张 旧粮仓飘出饭菜香"]
    assert [line.text for line in headed.heads] == ["护桥队三十年守一座桥"]


@pytest.mark.parametrize("label", ["[食堂]", "食堂天地"])
def test_a_label_stays_with_the_headline_below_it_though_the_story_above_takes_it_up(label: str) -> None:
    headless = _story("", *((text, "begins") for text in CANTEEN))
    headed = Story(
        list(read_lines(f"{label}\n护桥队三十年守一座桥")), _story("守", *((t, "begins") for t in BRIDGE)).body
    )
    after = _story("", *((text, "begins") for text in CANTEEN))
    send_home([headless, headed, after])
    assert not headless.heads and not after.heads and headed.heads[0].text == label


def test_headlines_are_not_given_to_a_text_above_them() -> None:
    heads = read_lines("百姓食堂开张 旧粮仓飘出饭菜香\n护桥队三十年守一座桥")
    headless = _story("", *((text, "begins") for text in CANTEEN))
    headed = Story(list(heads), _story("守桥", *((text, "begins") for text in BRIDGE)).body)
    send_home([headless, headed])
    assert not headless.heads and len(headed.heads) == 2


def test_one_story_alone_is_left_as_it_is() -> None:
    story = _story("守桥", *((text, "begins") for text in BRIDGE))
    send_home([story])
    assert _texts([story]) == [BRIDGE]


# --- words of a line taken up around it ----------------------------------------------------------------------------


def test_the_outlook_counts_words_of_one_side_only() -> None:
    texts = ["食堂开张", "护桥队巡查", "食堂飘香,护桥队又巡查。"]
    assert outlook(texts)[0] == (len(tokens("食堂开张") & tokens(texts[2])), 0)
    assert outlook(texts)[1] == (len(tokens("护桥队巡查") & tokens(texts[2])), 0)
    assert outlook(texts)[2] == (0, len(tokens(texts[2]) & (tokens(texts[0]) | tokens(texts[1]))))


def test_a_wider_window_sees_farther() -> None:
    texts = ["食堂开张" * 20, "护桥队巡查" * 20, "食堂开张" * 20]
    assert breaks(texts, 60)[2] > breaks(texts, 400)[2]


# --- single lines --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "signed",
    ["——张三", "—— 张三", "— Edith Marlowe", "-- Jane Doe", "城东居民 方志明", "(杭州市民 王丽)", "推拿师 张一鸣"],
)
def test_names_behind_a_dash_or_a_place_sign_a_story(signed: str) -> None:
    assert is_sign_off(signed)


@pytest.mark.parametrize(
    "text", ["——", "— and so on", "城东居民 走上街头看花灯", "记者 张三", "本报记者 王丽", "方志明"]
)
def test_a_dash_or_a_name_alone_is_no_signature(text: str) -> None:
    assert not is_letter_writer(fold(text)) and not (text.startswith("—") and is_sign_off(text))


@pytest.mark.parametrize(
    ("text", "last", "start"),
    [
        ("冷水下锅汤不白。 (馋嘴猫)", True, 8),
        ("冷水下锅汤不白。 (馋嘴猫)", False, -1),
        ("活动办到年底。(待续)", True, -1),
        ("活动办到年底。(下转第四版)", True, -1),
        ("the port said on monday. - anan srisuk", False, 24),
        ("the port said on monday - and left", False, -1),
    ],
)
def test_a_pen_name_signs_only_the_last_paragraph(text: str, last: bool, start: int) -> None:
    assert signature_start(text, last) == start


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("晚报讯(记者 许诺)海州市今天开通", 10),
        ("**本报讯**(记者 姜予)晚上7点半", 14),
        ("本报讯(记者 姜予)晚上7点半", 10),
        ("seaford, may 14 (ap) -- the port said", 23),
        ("记者手记", 0),
        ("记者调查 三个月跑了八个村", 0),
    ],
)
def test_bylines_of_other_papers(text: str, size: int) -> None:
    assert lead_byline(text) == size


@pytest.mark.parametrize(
    "text", ["文/本报记者 游可为 图/本报记者 范丹", "记者赵咏诗/报导", "文、图:何子健", "见习记者 何子健"]
)
def test_lines_that_name_writer_and_photographer(text: str) -> None:
    assert is_author_line(text)


@pytest.mark.parametrize(
    ("text", "label", "end"),
    [
        ("【文化】", "bracketed", "bracket"),
        ("——记护桥队", "dash", "open"),
        ("■图书馆延长开放时间", "item", "open"),
        ("问:桥修好了吗?", "speaker", "asked"),
        ("编辑同志:", "salutation", "pause"),
        ("Lampang Vocational College to", "", "torn"),
        ("两代人守护一座桥", "", "open"),
    ],
)
def test_how_a_line_opens_and_ends(text: str, label: str, end: str) -> None:
    seen = look(read_lines(text)[0])
    assert (seen.label, seen.end) == (label, end)


def _corrected(*rows: tuple[str, Tag]) -> list[Tag]:
    return correct_tags(read_lines("\n\n".join(text for text, _ in rows)), [tag for _, tag in rows])


def test_a_letter_has_its_headline_above_the_salutation_and_its_writer_below() -> None:
    found = _corrected(
        ("上一篇的标题在这里", "headline"), ("正文到此为止。", "begins"), ("盲道上停满了车", "subhead"),
        ("编辑同志:", "begins"), ("我是一名推拿师。", "begins"), ("推拿师 张一鸣", "caption"),
        ("编者附言:已经转告。", "begins"),
    )  # fmt: skip
    assert found == ["headline", "begins", "headline", "begins", "begins", "closing", "begins"]


def test_the_office_of_the_writer_ends_the_story() -> None:
    found = _corrected(("一篇文章的标题", "headline"), ("正文。", "begins"), ("(作者系县总工会部长)", "headline"))
    assert found[-1] == "closing"


def test_a_long_chinese_line_and_a_caption_have_tags_they_cannot_get() -> None:
    barred = {tag for tag, score in zip(TAGS, Weights({}, {}).emissions(["size=80", "case=han"]), strict=True) if score}
    assert {"headline", "subhead"} <= barred
    caption = Weights({}, {}).emissions(["sign=caption", "page sign=word", "commas=0", "size=20"])
    assert caption[TAGS.index("furniture")] < 0


# --- kinds of stories ----------------------------------------------------------------------------------------------

STYLE = Style(0, "lines", False, False, 0.0, 14, 0.0, 0.0, "", 0.0, 0.0, False, False, kinds=1.0)
TEXT = "全镇新修了三座便桥，老人过河不再绕路，孩子上学也近了两里。护桥队每天巡查两次，雨天加派人手。"
SOURCE = Source(
    "三座便桥连起两岸人家", "", "", (("body", TEXT), ("body", TEXT[::-1].strip("。") + "。"), ("body", TEXT))
)


def _drawn() -> list[list[Row]]:
    return [any_story(3, SOURCE, STYLE, random.Random(seed)) for seed in range(80)]


def test_every_kind_of_story_has_one_title_and_its_rows_in_order() -> None:
    for rows in _drawn():
        kinds = Counter(row.kind for row in rows)
        assert kinds["headline:title"] >= 1 and {row.story for row in rows} == {3}
        assert [row.order for row in rows] == list(range(len(rows)))
        assert all(row.text.strip() for row in rows)


def test_interviews_poems_letters_and_items_in_brief_are_drawn() -> None:
    seen = Counter(
        "letter" if any("编辑" in row.text for row in rows)
        else "interview" if any(row.text.endswith("？") and "：" in row.text for row in rows)
        else "digest" if any(row.text[0] in "■●◆○▲" and row.kind == "body" for row in rows)
        else "poem"
        for rows in _drawn()
    )  # fmt: skip
    assert len(seen) == 4 and min(seen.values()) >= 5


def test_plain_reports_are_all_there_is_where_a_page_has_no_other_kind() -> None:
    style = replace(STYLE, kinds=0.0)
    for seed in range(20):
        text = "".join(row.text for row in any_story(0, SOURCE, style, random.Random(seed)) if row.part >= 0)
        assert TEXT in text


@pytest.mark.parametrize("seed", range(20))
def test_pen_names_are_two_to_four_different_characters(seed: int) -> None:
    drawn = pen_name(random.Random(seed))
    assert 2 <= len(drawn) <= 4 and len(set(drawn)) == len(drawn)


def test_no_repeat_outlives_its_first_copy() -> None:
    for seed in range(150):
        rng = random.Random(seed)
        style = replace(STYLE, tear=0.8, faults=1.0, kinds=0.0)
        blocks = faults.scramble([any_story(i, SOURCE, style, rng) for i in range(4)], style, rng)
        rows = [row for block in blocks for row in block]
        first = {(row.story, row.order) for row in rows if not row.repeat}
        assert all((row.story, row.order) in first for row in rows if row.repeat)
