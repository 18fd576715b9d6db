"""Lines to stories and stories to articles: repeats, blocks that come home, facts and line ranges, by brute force."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.articles import line_ranges, reconstruct
from qa.articles.build import build_article
from qa.articles.facts import facts_of
from qa.articles.lines import Line, read_lines
from qa.articles.order import Rarity, mend_order
from qa.articles.repeats import repeated_lines
from qa.articles.stories import split_stories
from qa.articles.tagger import Tag
from qa.articles.titles import choose_title, section_of
from qa.articles.twins import Twin, falls
from qa.datatypes import Article, Page, Paragraph
from qa.text import fold, squeeze

Rows = list[tuple[str, Tag]]


def _set(rows: Rows, seam: str = "\n\n") -> tuple[str, list[Line], list[Tag]]:
    text = seam.join(text for text, _ in rows) + "\n"
    return text, read_lines(text), [tag for _, tag in rows]


def _built(rows: Rows, seam: str = "\n\n") -> Article:
    text, lines, tags = _set(rows, seam)
    (story,) = split_stories(lines, tags)
    return build_article(Page("a.txt", text), story, [])


# --- joins and paragraphs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("老人凭卡吃饭,差额由镇里补", "贴。开张一个月。", "老人凭卡吃饭,差额由镇里补贴。开张一个月。"),
        ("he port authority said on", "Monday it would.", "he port authority said on Monday it would."),
        ("Engineers found heavy corro-", "sion on the pier.", "Engineers found heavy corrosion on the pier."),
        ("a talk on the Easton-", "Millbrook ferry.", "a talk on the Easton- Millbrook ferry."),
        ("参观人数达到", "3000人。", "参观人数达到3000人。"),
        ("使用的是Linux", "系统。", "使用的是Linux系统。"),
        ("他们来自Harwick", "University,今年毕业。", "他们来自Harwick University,今年毕业。"),
    ],
)
def test_a_paragraph_torn_in_two_is_whole_again(first: str, second: str, joined: str) -> None:
    article = _built([("标题在这里写着", "headline"), (first, "begins"), (second, "continues")])
    assert [paragraph.text for paragraph in article.paragraphs] == ["标题在这里写着", joined]


@pytest.mark.parametrize("between", ["caption", "subhead"])
def test_what_stands_between_the_halves_of_a_paragraph_keeps_its_kind(between: Tag) -> None:
    rows: Rows = [
        ("标题在这里写着", "headline"),
        ("差额由镇里补", "begins"),
        ("打包饭菜", between),
        ("贴。", "continues"),
    ]
    assert [(p.text, p.kind) for p in _built(rows).paragraphs[1:]] == [
        ("差额由镇里补贴。", "body"),
        ("打包饭菜", between),
    ]


def test_a_continuation_without_a_beginning_is_a_paragraph_of_its_own() -> None:
    assert [p.text for p in _built([("标题在这里写着", "headline"), ("贴。开张了。", "continues")]).paragraphs[1:]] == [
        "贴。开张了。"
    ]


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [
        ([("甲的标题", "headline"), ("正文。", "begins"), ("乙的标题", "headline")], [(1, 1), (1, 0)]),
        ([("甲的标题", "headline"), ("副题", "headline"), ("正文。", "begins")], [(2, 1)]),
        ([("正文。", "begins"), ("张三 摄", "caption"), ("甲的标题", "headline")], [(0, 2), (1, 0)]),
        ([("甲的标题", "headline"), ("■张三", "byline"), ("正文。", "begins")], [(1, 2)]),
        ([("甲的标题", "headline"), ("正文。", "begins"), ("■张三", "byline")], [(1, 1), (0, 1)]),
        ([("正文。", "opens"), ("正文。", "opens"), ("正文。", "begins")], [(0, 1), (0, 2)]),
        ([("第3版", "furniture"), ("责编 张三", "furniture")], []),
        ([], []),
    ],
)
def test_headlines_bylines_and_openings_divide_a_page(rows: Rows, sizes: list[tuple[int, int]]) -> None:
    _, lines, tags = _set(rows)
    assert [(len(story.heads), len(story.body)) for story in split_stories(lines, tags)] == sizes


TAGGED = st.lists(
    st.sampled_from(
        ["headline", "subhead", "byline", "begins", "continues", "detached", "opens", "caption", "closing", "furniture"]
    ),
    max_size=14,
)


@settings(deadline=None)
@given(TAGGED, st.randoms())
def test_every_line_goes_to_one_story_whatever_the_tags(tags: list[Tag], rng: random.Random) -> None:
    texts = [
        f"{n}" + "".join(rng.choices("县图书馆的流动书车开进山区小学", k=9)) + rng.choice("。的")
        for n in range(len(tags))
    ]
    _, lines, _ = _set(list(zip(texts, tags, strict=True)))
    stories = mend_order(split_stories(lines, tags), lines, {})
    placed = [line.number for story in stories for line in (*story.heads, *(line for line, _ in story.body))]
    assert sorted(placed) == [line.number for line, tag in zip(lines, tags, strict=True) if tag != "furniture"]


@settings(deadline=None)
@given(TAGGED, st.randoms())
def test_articles_trace_every_character_whatever_the_tags(tags: list[Tag], rng: random.Random) -> None:
    words = ("县图书馆的书车", "and the ferry", "corro-", "记者张三报道 ", "(李四)", "王五 摄", "近日,", "。")
    texts = ["".join(rng.choices(words, k=4)).strip() for _ in tags]
    page, lines, _ = _set(list(zip(texts, tags, strict=True)))
    spans = []
    for story in mend_order(split_stories(lines, tags), lines, {}):
        article = build_article(Page("a.txt", page), story, [])
        for paragraph in article.paragraphs:
            assert squeeze("".join(page[a:b] for a, b in paragraph.spans)) == squeeze(paragraph.text)
        spans += article.spans
        assert article.title in ("", *(p.text for p in article.paragraphs if p.kind == "headline"))
        assert squeeze(article.byline) in squeeze(article.text)
    assert all(one[1] <= other[0] for one, other in pairwise(sorted(spans)))


# --- repeats -------------------------------------------------------------------------------------------------------


def _prose(seed: int, size: int = 40) -> str:
    return "".join(random.Random(seed).choices([chr(0x4E00 + n) for n in range(3000)], k=size))


@settings(deadline=None)
@given(st.integers(3, 9), st.data())
def test_a_run_of_lines_that_comes_again_is_found_line_by_line(count: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, count - 1))
    last = data.draw(st.integers(first + 1, count))
    texts = [_prose(n) for n in range(count)]
    lines = read_lines("\n".join([*texts, *texts[first:last]]))
    tags: list[Tag] = ["begins"] * len(lines)
    assert repeated_lines(lines, tags) == {count + n - first: n for n in range(first, last)}


@pytest.mark.parametrize("width", [8, 14, 20, 30])
def test_a_repeat_set_in_other_columns_is_found(width: int) -> None:
    text = _prose(1, 120)
    again = [text[n : n + width] for n in range(0, 120, width)]
    lines = read_lines("\n".join([text, _prose(2), *again]))
    assert repeated_lines(lines, ["begins"] * len(lines)) == {2 + n: 0 for n in range(len(again))}


@pytest.mark.parametrize("tag", ["headline", "furniture", "caption", "subhead"])
def test_display_lines_that_come_again_are_no_repeat_of_text(tag: Tag) -> None:
    lines = read_lines("\n".join([_prose(1), _prose(2), _prose(1)]))
    assert repeated_lines(lines, [tag, "begins", tag]) == {}


@pytest.mark.parametrize(("size", "found"), [(12, {}), (29, {}), (30, {2: 0}), (60, {2: 0})])
def test_thirty_characters_make_a_repeat(size: int, found: dict[int, int]) -> None:
    lines = read_lines("\n".join([_prose(1, size), _prose(2), _prose(1, size)]))
    assert repeated_lines(lines, ["begins"] * 3) == found


def test_words_in_another_order_are_no_repeat() -> None:
    text = _prose(1, 60)
    turned = "".join(text[n : n + 6] for n in range(54, -1, -6))
    assert repeated_lines(read_lines(f"{text}\n{turned}\n"), ["begins"] * 2) == {}


# --- order ---------------------------------------------------------------------------------------------------------

PAIRED = st.lists(st.text("甲乙丙丁,。", min_size=1, max_size=8), min_size=1, max_size=6)


@settings(deadline=None)
@given(PAIRED, st.data())
def test_rarity_counts_the_lines_that_hold_a_pair(texts: list[str], data: st.DataObject) -> None:
    lines = read_lines("\n".join(texts))
    one, other = (data.draw(st.sampled_from(texts)) for _ in range(2))
    expected = 0.0
    for pair in {a + b for a in "甲乙丙丁" for b in "甲乙丙丁"}:
        holders = sum(pair in line.text for line in lines)
        expected += 1 / holders if holders > 1 and pair in one and pair in other else 0.0
    assert Rarity.of(lines).shared([one], [other]) == pytest.approx(expected)


def test_a_known_home_is_where_a_detached_block_goes() -> None:
    rows: Rows = [
        ("甲的标题", "headline"), ("甲的正文没有说", "begins"), ("乙的标题", "headline"),
        ("乙的正文说完了。", "begins"), ("完的话在这里。", "detached"), ("后面还有一段。", "begins"),
    ]  # fmt: skip
    _, lines, tags = _set(rows)
    stories = mend_order(split_stories(lines, tags), lines, {lines[4].number: lines[1].number})
    assert [[line.text for line, _ in story.body] for story in stories] == [
        ["甲的正文没有说", "完的话在这里。", "后面还有一段。"],
        ["乙的正文说完了。"],
    ]


def test_stories_without_a_detached_block_stay_as_they_are() -> None:
    _, lines, tags = _set(
        [("甲的标题", "headline"), ("正文没有完", "begins"), ("乙的标题", "headline"), ("正文。", "begins")]
    )
    stories = split_stories(lines, tags)
    assert mend_order(stories, lines, {}) == stories


@settings(deadline=None)
@given(st.permutations(range(5)))
def test_falls_are_the_steps_back_in_the_other_scan(order: list[int]) -> None:
    texts = [fold(_prose(n, 20)) for n in range(5)]
    twin = Twin("\n".join(texts))
    assert falls([twin], [texts[n] for n in order]) == sum(a > b for a, b in pairwise(order))
    assert falls([twin, twin], [texts[n] for n in order]) == 2 * sum(a > b for a, b in pairwise(order))


# --- titles, facts, lines ------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["民生视点", "# 全市新增停车位", "县剧团送戏下乡进山村", "## 短评", "3年5万人"]), min_size=1
    )
)
def test_title_and_section_are_two_lines_of_the_group(heads: list[str]) -> None:
    lines = read_lines("\n".join(heads))
    title = choose_title(lines)
    section = section_of(lines, title)
    assert 0 <= title < len(lines) and -1 <= section < len(lines) and section != title


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021年8月3日,活动开始。", {("date", "2021年8月3日")}),
        ("8月3日至8月9日,活动举行。", {("date", "8月3日"), ("date", "8月9日")}),
        ("二〇二一年,活动开始。", {("date", "二〇二一年")}),
        ("6月底活动结束,近日又开始。", {("date", "6月底"), ("relative_date", "近日")}),
        ("共有2021人参加,用去3月份的钱。", {("relative_date", "3月份")}),
        ("一共来了300人。", set()),
    ],
)
def test_dates_are_read_as_printed(text: str, expected: set[tuple[str, str]]) -> None:
    article = Article("a", "", (Paragraph(text, ((0, len(text)),), "body"),))
    assert {(fact.kind, fact.value) for fact in facts_of([article], text)[0]} == expected


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["青山镇", "县总工会", "8月3日", "昨天", "的", "开张了。", "在", "第一医院"]), max_size=12)
)
def test_every_fact_stands_on_its_line_and_once(words: list[str]) -> None:
    page = "\n".join(words)
    paragraphs, start = [], 0
    for word in words:
        paragraphs.append(Paragraph(word, ((start, start + len(word)),), "body"))
        start += len(word) + 1
    facts = facts_of([Article("a", "", tuple(paragraphs))], page)[0]
    assert len({(fact.kind, fact.value) for fact in facts}) == len(facts)
    assert all(fact.value in words[fact.line - 1] and 0 < fact.confidence < 1 for fact in facts)
    assert all(fact.value not in word for fact in facts for word in words[: fact.line - 1])


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=15), st.randoms())
def test_line_ranges_spell_out_the_lines_in_reading_order(filled: list[bool], rng: random.Random) -> None:
    page = "".join("甲乙\n" if full else "\n" for full in filled)
    lines = read_lines(page)
    chosen = rng.sample(lines, rng.randint(0, len(lines)))
    article = Article("a", "", tuple(Paragraph(line.text, (line.span,)) for line in chosen))
    ranges = line_ranges(article, page)
    spelled = [n for first, last in ranges for n in range(first, last + 1) if filled[n - 1]]
    assert spelled == [line.number for line in chosen]
    after = {one.number: other.number for one, other in pairwise(lines)}
    assert not any(after.get(one[1]) == other[0] for one, other in pairwise(ranges))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("记者张三报道本讯标题#*。，“”（）摄 ab-\n　", max_size=40), max_size=12).map("\n".join))
def test_any_page_is_rebuilt_without_a_character_invented_or_used_twice(page: str) -> None:
    spans = []
    for article in reconstruct(Page("a.txt", page)):
        assert squeeze("".join(page[a:b] for a, b in article.spans)) == squeeze(article.text)
        spans += [*article.spans, *article.repeats]
    assert all(0 <= a < b <= len(page) for a, b in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(sorted(spans)))


@pytest.mark.parametrize("unit", ["甲,乙", "8月3日", "青山镇", "(张三)", "本报讯 ", "的职工", "corro- "])
def test_a_long_paragraph_is_built_and_read_for_facts_in_seconds(unit: str) -> None:
    rows: Rows = [("标题在这里写着", "headline"), ("本报讯 近日,某县。" + unit * (300_000 // len(unit)), "byline")]
    start = time.process_time()
    article = _built(rows)
    assert len(squeeze(article.text)) == sum(len(squeeze(text)) for text, _ in rows)
    assert time.process_time() - start < 10
