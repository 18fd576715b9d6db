"""Which line of a headline group is the headline, how it is shown, and who signs: groups as printed pages have them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from qa.articles import reconstruct
from qa.articles.bylines import (
    credits_writer,
    is_author_line,
    is_letter_writer,
    people,
    reporting_phrase,
    signature_start,
)
from qa.articles.letters import letter_signatures
from qa.articles.lines import read_lines
from qa.articles.titles import Habits, choose_title, group_features
from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.faults import _part_from_head
from qa.benchmark.articles.headlines import Words, details, headline_group, phrases
from qa.benchmark.articles.layout import render
from qa.benchmark.articles.measures import Found, Tally, score_page
from qa.benchmark.articles.rows import Row, Style
from qa.benchmark.tagger import headline_groups
from qa.datatypes import Page
from qa.text import fold

BODY = "记者昨天从市公交公司了解到,下月起有四条线路要调整,沿线的居民出门会方便得多。"


def _title(text: str) -> str:
    lines = read_lines(text)
    return lines[choose_title(lines)].text


@pytest.mark.parametrize(
    ("group", "title"),
    [
        ("加强基础研究\n# 《山水》杂志发表守林人的长文", "《山水》杂志发表守林人的长文"),
        (
            "# 林区负责人分别会见河务局、渔业研究院、气象学会、港口管理处代表\n推动合作",
            "林区负责人分别会见河务局、渔业研究院、气象学会、港口管理处代表",
        ),
        ("守林人的三十年\n《山水》读后", "守林人的三十年"),
    ],
)
def test_a_sentence_about_a_work_or_four_bodies_may_be_the_headline(group: str, title: str) -> None:
    assert _title(group) == title


@pytest.mark.parametrize(
    ("group", "title"),
    [
        ("下班到夜校学手艺\n二十门手艺每门五百块", "下班到夜校学手艺"),
        ("江边渡船今起复航\n五月起试行 每次收费三十元", "江边渡船今起复航"),
        ("“学习共抓、阵地共建、活动共办、服务共享”\n山村工会有了新模样", "山村工会有了新模样"),
        ("河东晚报 星期三 3版\n小区里的旧钢琴", "小区里的旧钢琴"),
    ],
)
def test_details_rows_and_lines_of_the_page_are_no_headlines(group: str, title: str) -> None:
    assert _title(group) == title


@pytest.mark.parametrize(
    ("first", "title"),
    [("增派服务人员", "增派服务人员 设置爱心座位"), ("【民生天地】", "设置爱心座位"), ("民生", "设置爱心座位")],
)
def test_two_halves_of_one_length_without_a_blank_line_are_one_headline(first: str, title: str) -> None:
    (article,) = reconstruct(Page("p.txt", f"{first}\n设置爱心座位\n\n本报讯(记者 张三丰){BODY}\n\n{BODY}\n"))
    assert article.title == title


@pytest.mark.parametrize("sign", ["●", "■ ", "★"])
def test_the_sign_of_an_item_is_no_part_of_its_headline(sign: str) -> None:
    text = f"# {sign}车站新增退票机\n\n本报讯(记者 张三丰){BODY}\n"
    (article,) = reconstruct(Page("p.txt", text))
    assert article.title == "车站新增退票机"
    heading = next(part for part in article.paragraphs if part.kind == "headline")
    assert "".join(text[a:b] for a, b in heading.spans) == heading.text == article.title


def test_the_brackets_of_a_label_are_no_part_of_a_headline() -> None:
    (article,) = reconstruct(Page("p.txt", f"# 【一周快览】\n\n本报讯(记者 张三丰){BODY}\n"))
    assert article.title == "一周快览"


@pytest.mark.parametrize(
    ("line", "name"),
    [("□市中医院肺病科副主任医师 郎清和", "郎清和"), ("■ 客运段安全科 温若谷", "温若谷"), ("●供电局 卫长河", "卫长河")],
)
def test_a_sign_an_office_and_a_name_are_a_byline(line: str, name: str) -> None:
    assert is_author_line(fold(line))
    assert people(fold(line)) == [("author", name, line.index(name))]


@pytest.mark.parametrize("line", ["□市中医院肺病科 副主任", "■学习贯彻会议精神 推动改革", "供电局 大家都来看"])
def test_other_lines_with_a_sign_are_none(line: str) -> None:
    assert not is_author_line(fold(line))


def test_two_names_with_their_parts_are_a_byline() -> None:
    assert credits_writer("楚天阔/文 孟小北/摄") and is_author_line("楚天阔/文 孟小北/摄")
    assert not credits_writer("天阔云高/图 北方")


@pytest.mark.parametrize("text", ["木报讯(记者 卫东篱)坡陡,草高。", "日报讯(通讯员 李四光)昨天,天晴。"])
def test_a_byline_with_a_misread_paper_is_one(text: str) -> None:
    assert reporting_phrase(text) == text.index(")") + 1


def test_a_school_signs_letters() -> None:
    assert is_letter_writer("陵川师范附中 尤可期") and not is_letter_writer("陵川师范附中 大家好")


def test_initials_sign_the_end_of_an_english_story() -> None:
    text = "registrations are up 38 percent over the same period. - t.w."
    assert signature_start(text) == text.index(" -")
    assert signature_start("registrations are up - by the u.s.") == -1


def test_one_letter_to_the_editor_is_enough_where_it_is_addressed() -> None:
    letter = "Who moved the bench?\n\n{}The green bench has gone.\n\nAgnes Thorley, Quay Street\n"
    assert letter_signatures(read_lines(letter.format("Sir: "))) == [2]
    assert letter_signatures(read_lines(letter.format(""))) == []


STYLE = Style(0, "lines", True, False, 0.0, 14, 0.0, 1.0, "", 0.0, 1.0, False, False)
GROUP = [
    Row(0, "有学上 上好学", "headline:title", 0),
    Row(0, "城东新开五所小学", "headline:deck", 1, also=True),
    Row(0, "正文在这里。", "body", 2, part=0),
]


@pytest.mark.parametrize(
    ("title", "marks", "right"), [("有学上 上好学", 0, 1), ("城东新开五所小学", 0, 1), ("别的", 0, 0)]
)
def test_without_marks_the_factual_line_may_be_the_headline(title: str, marks: int, right: int) -> None:
    sheet = render("a.txt", GROUP, STYLE)
    tally = Tally()
    score_page(tally, sheet, [Found(title, "", sheet.articles[0].lines)])
    assert tally.counts["headline"] == right and marks == 0


def test_a_long_english_byline_stays_a_line_of_its_own() -> None:
    text = (
        "Library drops late fees\n\nBy MIRIAM TALLIS, Staff Writer\n\nFor years readers paid. Now they pay no more.\n"
    )
    (article,) = reconstruct(Page("p.txt", text))
    assert article.byline == "By MIRIAM TALLIS, Staff Writer"


def test_details_are_two_clauses_of_one_sentence() -> None:
    text = "新规定公布了，下月起开始试行，每次收费三十元，会议指出要落实，大家都很高兴。"
    assert "下月起开始试行 每次收费三十元" in list(details(text))
    assert not any("指出" in line for line in details(text))


def _source() -> Source:
    text = "新规定公布了，下月起开始试行，推动绿色发展，每次收费三十元，大家都很高兴。这件事很重要，要抓好落实。"
    return Source("新规定下月起在全市试行", "", "", (("body", text), ("body", text)))


def test_one_office_stands_in_all_lines_of_a_group() -> None:
    for seed in range(20):
        words = Words.of(_source(), random.Random(seed))
        assert isinstance(words.office, str) and len(set(words.phrases)) == len(words.phrases)
    kinds = {head.kind for seed in range(40) for head in headline_group(_source(), random.Random(seed), 3, "")}
    assert {"title", "deck"} <= kinds <= {"title", "deck", "kicker", "section"}


def _row(story: int, text: str, kind: str, mark: str = "", tied: bool = False, also: bool = False) -> Row:
    return Row(story, text, kind, part=0 if kind == "body" else -1, mark=mark, tied=tied, also=also)


def test_groups_to_learn_from_hold_whole_headlines_their_text_and_the_habits_of_the_page() -> None:
    rows = [
        _row(0, "社区", "section"), _row(0, "夜里的", "headline:title"), _row(0, "豆腐坊", "headline:title", tied=True),
        _row(0, "老城区豆腐坊夜里开工", "headline:deck", also=True), _row(0, BODY, "body"),
        _row(1, "单独一条", "headline:title"), _row(1, BODY, "body"),
        _row(2, "社区", "section"), _row(2, "又一条", "headline:title"), _row(2, BODY, "body"),
    ]  # fmt: skip
    first, last = headline_groups(render("a.txt", rows, STYLE))
    assert [line.text for line in first.heads] == ["社区", "夜里的 豆腐坊", "老城区豆腐坊夜里开工"]
    assert first.body == fold(BODY) and first.habits == Habits(frozenset({"社区"}), 0, 1) == last.habits
    assert sum(first.worth) == pytest.approx(1) and first.worth[1] > first.worth[2] > first.worth[0] == 0
    assert last.worth == (0, 1)


def test_where_the_page_has_marks_only_the_headline_is_worth_anything() -> None:
    rows = [
        _row(0, "有学上 上好学", "headline:title", "# "), _row(0, "城东新开五所小学", "headline:deck", also=True),
        _row(0, BODY, "body"),
    ]  # fmt: skip
    (group,) = headline_groups(render("a.txt", rows, STYLE))
    assert group.worth == (1, 0)


def _groups(*groups: str) -> Habits:
    return Habits.of([read_lines(group) for group in groups])


def test_the_habits_of_a_page_are_its_labels_and_the_rank_of_its_single_headlines() -> None:
    habits = _groups("## 一", "## 二", "# 三", "# 视点\n## 四", "# 视点\n# 五")
    assert habits == Habits(frozenset({"视点"}), 2, 2)
    assert _groups("# 一", "## 二").rank == 1 and _groups() == Habits(frozenset())


@pytest.mark.parametrize(("rank", "title"), [("## ", 0), ("# ", 1)])
def test_of_two_likely_headlines_the_one_of_the_usual_rank_is_taken(rank: str, title: int) -> None:
    heads = read_lines("## 全市新增停车位三千个\n# 城东新开五所小学迎新生")
    habits = Habits.of([read_lines(f"{rank}某某")] * 3)
    scores = {True: 0.0, False: 0.0}
    for i, names in enumerate(group_features(heads, "", habits)):
        scores[i == title] += sum("usual=True" in name for name in names)
    assert scores[True] > 0 == scores[False]


def test_a_line_that_the_first_sentence_takes_up_is_told_from_one_copied_from_the_rest() -> None:
    heads = read_lines("每次收费三十元\n公交新线路下月试行")
    body = "本报讯(记者 张三丰)公交部门的新线路将于下月试行,市民出行更加方便,这是昨天从有关部门得到的消息。" * 2
    deck, title = (set(names) for names in group_features(heads, fold(body + "新车每次收费三十元。")))
    assert "copied=all" in deck and "copied=none" in title
    assert "lead most=True last of 2" in title and "lead most=False first of 2" in deck


@pytest.mark.parametrize(
    ("text", "found"), [("要推动绿色发展、改善民生。", []), ("要，推动绿色发展。", ["推动绿色发展"])]
)
def test_a_member_of_a_row_is_no_phrase(text: str, found: list[str]) -> None:
    assert phrases(text) == found


@pytest.mark.parametrize(("label", "kept"), [("走基层看变化", True), ("汶川草坡乡发生高位山体滑坡灾害", False)])
def test_a_label_as_long_as_a_headline_is_not_printed_above_one(label: str, kept: bool) -> None:
    source = replace(_source(), label=label)
    groups = [headline_group(source, random.Random(seed), 3, "") for seed in range(60)]
    assert any(head.text == label for group in groups for head in group) == kept


def test_headlines_are_not_set_over_a_story_without_headlines() -> None:
    torn = [
        Row(0, "标题", "headline:title"),
        Row(0, BODY, "body", part=0),
        Row(0, BODY, "body", part=0, tied=True, torn=True),
    ]
    for below in ([Row(1, BODY, "body", part=0)], [Row(1, "下一条", "headline:title"), Row(1, BODY, "body", part=0)]):
        blocks = [list(torn), list(below)]
        _part_from_head(blocks, 0, random.Random(0))
        assert (len(blocks[0]) == 1) == (below[0].part < 0)
