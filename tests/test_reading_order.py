"""Titles, reading order, repeats, other scans and facts, on stories small enough to see through."""

import pytest

from qa.articles import line_ranges, reconstruct, repeat_ranges
from qa.articles.display import is_label
from qa.articles.lines import Line, read_lines
from qa.articles.order import Rarity
from qa.articles.repeats import repeated_lines
from qa.articles.stories import Story, split_stories
from qa.articles.tagger import Tag
from qa.articles.titles import Habits, choose_title, section_of
from qa.articles.twins import Twin, falls, homes_in
from qa.datatypes import Article, Page


def _heads(*lines: str) -> list[Line]:
    return read_lines("\n\n".join(lines))


@pytest.mark.parametrize(
    ("heads", "title"),
    [
        (["# 小山村变了样", "## 青山镇整治环境纪实"], 0),
        (["## 青山镇整治环境纪实", "# 小山村变了样"], 1),
        (["# 第一行是引题而已", "## 中间是一行副题", "# 最后一行才是标题"], 2),
        (["生活富足 精神富有", "湖州长兴县总工会带领职工同走共富路"], 0),
        (["民生视点", "全市新增三千个停车位"], 1),
        (["## 民生视点", "### 全市新增三千个停车位 缓解停车难"], 1),
        (["打造有高度、有深度、有温度", "工作新品牌"], 0),
        (["短标题"], 0),
    ],
)
def test_the_title_is_the_line_that_a_reader_takes_for_it(heads: list[str], title: int) -> None:
    assert choose_title(_heads(*heads)) == title


def test_a_line_that_recurs_on_the_page_is_a_label_and_no_title() -> None:
    heads = _heads("推进共同富裕示范区建设工作", "青山镇办起百姓食堂")
    habits = Habits({"推进共同富裕示范区建设工作"})
    assert section_of(heads, choose_title(heads, habits), habits) == 0
    assert section_of(_heads("青山镇办起百姓食堂"), 0) == -1


def test_short_and_general_lines_are_labels() -> None:
    assert is_label("理论天地") and is_label("改革进行时") and is_label("奋进新征程 建功新时代·我为比赛添光彩")
    assert not is_label("青山镇办起百姓食堂")


def _story(*rows: tuple[str, Tag]) -> tuple[list[Line], list[Tag]]:
    return read_lines("\n".join(text for text, _ in rows)), [tag for _, tag in rows]


def test_a_headline_or_a_byline_opens_a_story() -> None:
    lines, tags = _story(
        ("标题一", "headline"), ("正文。", "begins"), ("小标题", "subhead"), ("正文。", "begins"),
        ("标题二", "headline"),        ("副题二", "headline"), ("■张三", "byline"), ("正文。", "begins"),
        ("记者李四报道 正文在这里。", "byline"),
    )  # fmt: skip
    stories = split_stories(lines, tags)
    assert [[line.text for line in story.heads] for story in stories] == [["标题一"], ["标题二", "副题二"], []]
    assert [len(story.body) for story in stories] == [3, 2, 1]


def test_an_unsigned_story_without_headline_opens_too_and_furniture_is_left_out() -> None:
    lines, tags = _story(("第3版", "furniture"), ("正文。", "begins"), ("近日,别处。", "opens"))
    assert [len(story.body) for story in split_stories(lines, tags)] == [1, 1]


def test_the_end_of_a_story_is_its_last_running_text() -> None:
    lines, tags = _story(("正文。", "begins"), ("没有完", "begins"), ("张三 摄", "caption"))
    assert Story(body=list(zip(lines, tags, strict=True))).end == "没有完"


def test_rare_pairs_of_characters_tell_the_subject() -> None:
    lines = read_lines("苹果树开花\n苹果树结果\n货轮靠岸了\n货轮离港了\n")
    rarity = Rarity.of(lines)
    assert rarity.shared(["苹果树开花"], ["苹果树结果"]) == 1.0  # two pairs, each on two lines
    assert rarity.likeness(["苹果树开花"], ["苹果树结果"]) == 1.0
    assert rarity.likeness(["苹果树开花"], ["货轮靠岸了"]) == 0.0


FIRST = "近日,青山镇新建的百姓食堂开张了,每天中午和傍晚供应十几种家常菜,价格便宜,味道可口,附近的居民都说好。"
SECOND = "食堂由镇里和企业一起出资,镇里提供场地,企业负责经营,老人凭卡吃饭可以打六折,差额由镇里补"
THIRD = "贴。开张一个月以来,食堂平均每天接待三百多人,其中六成以上是六十岁以上的老人。"
OTHER = "本报讯 记者张三报道 县图书馆的流动书车本月起开进了十二所山区小学,每所学校每周可以借到两百本新书。"


def _article(text: str, title: str) -> Article:
    return next(article for article in reconstruct(Page("a.txt", text)) if article.title == title)


def test_a_tail_after_another_story_comes_home() -> None:
    text = f"# 青山镇办起百姓食堂\n\n{FIRST}\n\n{SECOND}\n\n# 流动书车开进山区小学\n\n{OTHER}\n\n{THIRD}\n"
    article = _article(text, "青山镇办起百姓食堂")
    assert "差额由镇里补贴。开张一个月以来" in article.text
    assert line_ranges(article, text) == [[1, 5], [11, 11]]


def test_two_columns_in_the_wrong_order_are_read_in_the_right_one() -> None:
    text = f"# 青山镇办起百姓食堂\n\n{THIRD}\n\n{FIRST}\n\n{SECOND}\n"
    twin = Page("b.txt", f"青山镇办起百姓食堂\n\n{FIRST}\n\n{SECOND}{THIRD}\n")
    (article,) = reconstruct(Page("a.txt", text), [twin])
    assert [paragraph.text for paragraph in article.paragraphs[1:]] == [FIRST, SECOND + THIRD]


def test_a_repeated_paragraph_is_a_repeat_of_its_article() -> None:
    text = f"# 青山镇办起百姓食堂\n\n{FIRST}\n\n{FIRST}\n\n# 流动书车开进山区小学\n\n{OTHER}\n"
    article = _article(text, "青山镇办起百姓食堂")
    assert article.text.count("青山镇新建的百姓食堂") == 1
    assert repeat_ranges(article, text) == [[5, 5]] and line_ranges(article, text) == [[1, 5]]


def test_a_repeat_with_a_wrong_character_is_still_one_and_a_phrase_is_none() -> None:
    lines = read_lines(f"{FIRST}\n{FIRST.replace('傍晚', '傍脱')}\n{OTHER}\n青山镇新建的百姓食堂\n")
    assert repeated_lines(lines, ["begins", "begins", "byline", "begins"]) == {1: 0}


def test_another_scan_tells_where_a_line_belongs() -> None:
    twin = Twin(f"{FIRST}\n{SECOND}\n{THIRD}")
    assert twin.place(THIRD) == len(FIRST) + len(SECOND) and twin.place("别处没有的一句很长的话") == -1
    assert twin.before(THIRD) == SECOND[-6:] and twin.before(SECOND) == ""  # a sentence ends before SECOND
    assert falls([twin], [FIRST, SECOND, THIRD]) == 0 and falls([twin], [SECOND, THIRD, FIRST]) == 1


def test_a_line_that_another_scan_puts_elsewhere_gets_a_home() -> None:
    lines = read_lines(f"{THIRD}\n{FIRST}\n{SECOND}\n")
    twin = Twin(f"{FIRST}\n{SECOND}\n{THIRD}")
    assert homes_in([twin], lines, ["detached", "begins", "begins"], {}) == {0: 2}
    assert homes_in([], lines, ["detached", "begins", "begins"], {}) == {}


def test_facts_name_what_the_text_names_with_its_line() -> None:
    text = "健康问答\n\n# 某县办起健身房\n\n本报讯 记者张三丰报道 "
    text += "2021年8月3日,该县总工会和青山镇办起健身房。近日对外开放。\n"
    (article,) = reconstruct(Page("a.txt", text))
    found = {(fact.kind, fact.value): fact for fact in article.facts}
    assert found["section", "健康问答"].line == 1
    assert found["reporter", "张三丰"].line == 5
    assert found["date", "2021年8月3日"].confidence > found["relative_date", "近日"].confidence
    assert ("place", "青山镇") in found
    assert all(0 < fact.confidence <= 1 for fact in article.facts)


def test_what_is_not_printed_stays_unknown() -> None:
    (article,) = reconstruct(Page("a.txt", "今天风很大,树叶落了一地,街上没有什么人。\n"))
    assert (article.title, article.section, article.byline) == ("", "", "")
    assert {fact.kind for fact in article.facts} <= {"relative_date"}
