"""Notices, pictures, reports under a bare name and signed headlines find their place; so do their bylines."""

from __future__ import annotations

import pytest

from qa.articles import reconstruct
from qa.articles.bylines import (
    is_author_line,
    is_letter_writer,
    is_likely_name,
    is_sign_off,
    is_staff_writer,
    lead_byline,
    people,
)
from qa.articles.lines import read_lines
from qa.articles.stories import Story, correct_tags
from qa.articles.strays import send_home
from qa.articles.tagger import Tag
from qa.datatypes import Page
from qa.text import fold

BRIDGE = (
    "昨天清晨,便民桥的两头合上了围挡,建成六十年的老桥从今天起拆除。",
    "便民桥全长96米,桥面只有7米宽,每天有两万多人和八千多辆电动车通过,加固一次的费用要1900万元。",
)
NOTICE = "因清洗水池,定于3月11日晚十点到次日六点对解放南路、桃源小区、城南农贸市场停止供水,请用户提前储水。"
PICTURE = "9月10日,云澜纺织公司工会为考上大学的三十七名职工子女送行,每人得到一只行李箱和三千元助学金。"
SCHOOL = (
    "三线建设时期的一座老轴承厂,如今成了青年职工的课堂。5月16日,第一批四十六人在这里听了一堂车间里的课。",
    "授课的是最后一任车间主任,今年八十三岁。课上要穿工装,按老图纸做一个零件带走,做坏了三个才懂什么叫分量。",
)


def _corrected(*rows: tuple[str, Tag]) -> list[Tag]:
    return correct_tags(read_lines("\n".join(text for text, _ in rows)), [tag for _, tag in rows])


# --- notices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("date", ["2025年3月5日", "二〇二五年三月五日"])
def test_an_office_and_a_date_under_a_notice_close_it(date: str) -> None:
    rows: list[tuple[str, Tag]] = [("停水通知", "headline"), (NOTICE, "begins"), ("河口水务公司", "headline")]
    tags = _corrected(*rows, (date, "headline"), ("食堂三年不断火", "headline"), (SCHOOL[0], "begins"))
    assert tags == ["headline", "begins", "closing", "closing", "headline", "begins"]


def test_a_date_alone_under_a_text_closes_it_and_one_over_a_text_does_not() -> None:
    under = _corrected(("停水通知", "headline"), (NOTICE, "begins"), ("2025年3月5日", "headline"))
    over = _corrected(("停水通知", "headline"), ("2025年3月5日", "headline"), (NOTICE, "begins"))
    assert (under[2], over[1]) == ("closing", "headline")


def test_a_marked_line_over_a_date_is_no_end_of_the_notice() -> None:
    page = f"停水通知\n\n{NOTICE}\n\n# 河口水务公司\n\n2025年3月5日\n\n{SCHOOL[0]}"
    tags: list[Tag] = ["headline", "begins", "headline", "headline", "begins"]
    assert correct_tags(read_lines(page), tags)[2:4] == ["headline", "headline"]


def test_the_headline_below_a_notice_is_that_of_its_own_story() -> None:
    story = ("老轴承厂里的车间课", "本报讯(记者 江一山)" + SCHOOL[0], SCHOOL[1])
    page = "\n\n".join(("停水通知", NOTICE, "河口水务公司", "2025年3月5日", *story))
    assert [article.title for article in reconstruct(Page("p.txt", page))] == ["停水通知", "老轴承厂里的车间课"]


# --- pictures and reports ---------------------------------------------------------------------------------------------


def test_the_credit_of_a_picture_may_stand_on_a_line_of_its_own() -> None:
    rows: list[tuple[str, Tag]] = [("老桥今起拆除", "headline"), (BRIDGE[0], "begins"), (PICTURE, "begins")]
    assert _corrected(*rows, ("戴川 摄", "caption"), ("工会论坛", "headline"))[2] == "opens"
    assert _corrected(*rows, ("戴川 摄", "caption"))[2] == "opens"
    assert _corrected(*rows, ("戴川 摄", "caption"), (BRIDGE[1], "begins"))[2] == "begins"


def test_a_reporter_between_two_texts_of_other_words_opens_the_second() -> None:
    above: list[tuple[str, Tag]] = [("老桥今起拆除", "headline"), (BRIDGE[0], "begins"), (BRIDGE[1], "begins")]
    below: list[tuple[str, Tag]] = [(text, "begins") for text in SCHOOL]
    assert _corrected(*above, ("记者 简宁", "closing"), *below)[3] == "byline"
    assert _corrected(*above, ("(简宁)", "closing"), *below)[3] == "closing"
    assert _corrected(*above, ("记者 简宁", "closing"), ("车间课", "headline"), *below)[3] == "closing"
    same: list[tuple[str, Tag]] = [(BRIDGE[1].replace("全长", "总长") + BRIDGE[0], "begins")]
    assert _corrected(*above, ("记者 简宁", "closing"), *same)[3] == "closing"


def test_what_stands_behind_the_sign_of_other_headlines_is_a_headline() -> None:
    rows: list[tuple[str, Tag]] = [
        ("●老桥今起拆除", "headline"),
        (BRIDGE[0], "begins"),
        ("●书包送到石桥小学", "subhead"),
    ]
    tags = _corrected(*rows, (BRIDGE[1], "begins"))
    other = _corrected(("■老桥今起拆除", "headline"), *rows[1:], (BRIDGE[1], "begins"))
    assert (tags[2], other[2]) == ("headline", "subhead")


# --- sub-heads --------------------------------------------------------------------------------------------------------

TORN = "馆长给记者算了一笔账:去年老轴承厂的车间里来了四千名职工,每人听课"
REST = "两个小时,做零件一个小时。课上要穿工装,按老图纸做一个零件带走。"


def _under_headlines(torn: str, rest: str = REST) -> list[Tag]:
    rows: list[tuple[str, Tag]] = [("老轴承厂里的车间课", "headline"), (SCHOOL[0], "begins"), (SCHOOL[1], "begins")]
    return _corrected(*rows, ("图纸上的账", "headline"), (torn, "headline"), (rest, "begins"))[3:]


def test_a_line_of_text_that_goes_on_below_makes_the_line_above_it_a_subhead() -> None:
    assert _under_headlines(TORN) == ["subhead", "begins", "continues"]


@pytest.mark.parametrize(
    "torn", ["两个小时一节的课", TORN.replace(",", ""), TORN + "。"], ids=["short", "no comma", "finished"]
)
def test_what_is_set_like_a_headline_stays_one(torn: str) -> None:
    assert _under_headlines(torn)[:2] == ["headline", "headline"]


def test_a_line_over_a_text_of_other_words_stays_a_headline() -> None:
    tags = _under_headlines("河口镇便民桥两头的围挡昨天清晨合上了,加固一次要用的费用达到1900", "万元,工期大约三个月。")
    assert tags == ["headline", "begins", "continues"]


def _ranked(mark: str, *texts: str, heads: int = 3) -> Tag:
    groups = [f"# 第{n}条新闻的标题\n\n{BRIDGE[n % 2]}" for n in range(heads)]
    page = "\n\n".join((*groups, "# 老轴承厂里的车间课", SCHOOL[0], f"{mark} 图纸上的一课", *texts))
    told: list[Tag] = ["headline", "begins"]
    texted: list[Tag] = ["begins"] * len(texts)
    tags: list[Tag] = [*(told * (heads + 1)), "headline", *texted]
    return correct_tags(read_lines(page), tags)[2 * heads + 2]


def test_a_lower_rank_than_all_headlines_over_the_same_words_is_a_subhead() -> None:
    same = SCHOOL[0].replace("听了", "又听了")
    assert _ranked("###", same) == "subhead"
    assert _ranked("#", same) == "headline"
    assert _ranked("###", BRIDGE[0]) == "headline"
    assert _ranked("###", same, heads=1) == "headline"


def test_the_first_text_under_a_byline_stays_with_its_story() -> None:
    broken, rest = BRIDGE[1][:38], BRIDGE[1][38:] + BRIDGE[0]
    lines = read_lines("\n".join(("老桥今起拆除", broken, "老轴承厂的课", "■ 韦青青", rest, SCHOOL[0])))
    own = Story([lines[2]], [(lines[3], "byline"), (lines[4], "begins"), (lines[5], "begins")])
    send_home([Story([lines[0]], [(lines[1], "begins")]), own])
    assert [line.plain for line, _ in own.body] == ["■ 韦青青", rest, SCHOOL[0]]


# --- bylines ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "byline"),
    [
        ("科技前沿周报讯 (记者雷牧云)没有厚重的耐压壳,", "科技前沿周报讯 (记者雷牧云)"),
        ("河口融媒体台讯(通讯员 丁一山)昨天", "河口融媒体台讯(通讯员 丁一山)"),
        ("木报讯(记者 丁一山)昨天", "木报讯(记者 丁一山)"),
        ("河口周刊讯息(记者 丁一山)昨天", ""),
    ],
)
def test_a_paper_that_names_itself_opens_a_report(text: str, byline: str) -> None:
    assert text[: lead_byline(text)] == byline


@pytest.mark.parametrize(
    ("printed", "name"),
    [("◎何季芳(汐灣鎮,退休教師)", "何季芳"), ("口齐言", "齐言"), ("□齐言", "齐言"), ("■淳于杏", "淳于杏")],
)
def test_signs_open_the_line_of_a_writer_wherever_he_lives(printed: str, name: str) -> None:
    plain = fold(printed)
    assert is_author_line(plain) and [who for _, who, _ in people(plain)] == [name]
    assert plain[people(plain)[0][2] :].startswith(name)


@pytest.mark.parametrize("printed", ["口罩", "口袋公园", "口腔医院", "何季芳(汐湾镇,退休教师)"])
def test_words_that_begin_with_the_same_letter_and_names_without_a_sign_are_no_author_lines(printed: str) -> None:
    assert not is_author_line(printed)


@pytest.mark.parametrize("name", ["淳于杏", "傅一山", "阎立", "濮阳春", "钟离昧"])
def test_rarer_surnames_are_known(name: str) -> None:
    assert is_likely_name(name)


@pytest.mark.parametrize(
    ("printed", "signs"),
    [
        ("陶婉 上", True),
        ("陶婉敬上", True),
        ("陶婉 謹啟", True),
        ("陶婉上", False),
        ("山坡 上", False),
        ("马上", False),
    ],
)
def test_who_writes_a_letter_signs_it_with_a_bow(printed: str, signs: bool) -> None:
    assert is_letter_writer(fold(printed)) == signs
    assert not signs or is_sign_off(printed)


@pytest.mark.parametrize(
    ("text", "staff"),
    [("本报评论员", True), ("本报特约评论员", True), ("本刊编辑部", True), ("本报记者", False), ("评论员", False)],
)
def test_a_staff_writer_is_named_by_office(text: str, staff: bool) -> None:
    assert is_staff_writer(text) == staff


def test_the_staff_writer_over_a_headline_has_written_the_story() -> None:
    page = "\n\n".join(("本报评论员", "把痛点变成靶点", "——二论推进制造业发展", SCHOOL[0], SCHOOL[1]))
    (article,) = reconstruct(Page("p.txt", page))
    assert (article.title, article.byline, article.section) == ("把痛点变成靶点", "本报评论员", "")
    assert [paragraph.kind for paragraph in article.paragraphs][:3] == ["byline", "headline", "headline"]
