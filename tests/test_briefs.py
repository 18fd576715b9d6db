"""Columns of news in brief, whose headlines share a line with their text, and the head of the page."""

import pytest

from qa.articles import line_ranges, reconstruct
from qa.articles.briefs import part_briefs
from qa.articles.lines import read_lines
from qa.articles.masthead import masthead
from qa.datatypes import Article, Page

TEXTS = (
    "石桥区医院组织流动体检车走进七个建筑工地,为一千三百名工人免费检查肺功能和听力。",
    "二十三家企业日前启用电子工资条,工人用手机就能查看考勤、工价和到账的情况。",
    "镇里协调闲置的厂房宿舍,改造出五十四套夫妻房,优先供给双职工的家庭居住。",
)
HEADS = ("石桥区:体检车开进工地", "高新区:工资条“上链”", "临港镇:夫妻圆了团圆梦")
STORY = (
    "# 老码头变成了新公园\n\n本报讯 记者金有才报道 停用了二十年的老码头昨天以公园的样子重新开放,吸引了上千名市民。"
    "公园保留了两台旧吊机,夜里会亮起灯光。\n\n"
)


def _articles(text: str) -> tuple[Article, ...]:
    return reconstruct(Page("page.txt", text))


def _column(form: str, label: str, gap: str) -> str:
    items = (form.format(head=head, text=text) for head, text in zip(HEADS, TEXTS, strict=True))
    return STORY + (f"{label}\n\n" if label else "") + gap.join(items) + "\n"


FORMS = [
    ("**{head}** {text}", "### 一线短波"),
    ("**{head}**{text}", "一线短波"),
    ("● {head} {text}", "## 速览"),
    ("▲{head} {text}", ""),
    ("{head} {text}", "简讯"),
    ("{head}\u3000{text}", "【简讯】"),
    ("{head}\n{text}", "经验快递"),
]


@pytest.mark.parametrize("gap", ["\n\n", "\n"])
@pytest.mark.parametrize(("form", "label"), FORMS)
def test_every_brief_is_an_article_with_its_own_headline(form: str, label: str, gap: str) -> None:
    text = _column(form, label, gap)
    story, *briefs = _articles(text)
    assert story.title == "老码头变成了新公园"
    assert [brief.title for brief in briefs] == list(HEADS)
    for brief, expected in zip(briefs, TEXTS, strict=True):
        assert brief.text.endswith(expected)
        first, last = line_ranges(brief, text)[-1]
        assert expected in "\n".join(text.splitlines()[first - 1 : last])
    assert all(brief.section == label.strip("# ") for brief in briefs[:1])


def test_the_parts_of_a_line_join_to_the_very_characters_of_the_page() -> None:
    text = _column("**{head}** {text}", "一线短波", "\n\n")
    for line in part_briefs(read_lines(text)):
        assert text[line.start : line.end] == line.text and len(line.plain) == len(line.text)


def test_bold_words_that_open_paragraphs_of_a_long_story_part_nothing() -> None:
    lines = read_lines(STORY + "\n\n".join(f"**{head}** {text}" for head, text in zip(HEADS, TEXTS, strict=True)))
    assert part_briefs(lines) == lines


@pytest.mark.parametrize(
    "item", ["本报讯 记者金有才报道 {text}", "一、加强领导 {text}", "**首先**,{text}", "(一)统一思想 {text}", "{text}"]
)
def test_bylines_numbers_and_plain_sentences_are_no_headlines(item: str) -> None:
    lines = read_lines("简讯\n\n" + "\n\n".join(item.format(text=text) for text in TEXTS))
    assert part_briefs(lines) == lines


def test_one_such_line_alone_makes_no_column() -> None:
    lines = read_lines(f"简讯\n\n{HEADS[0]} {TEXTS[0]}\n\n{TEXTS[1]}\n")
    assert part_briefs(lines) == lines


def test_imprint_lines_under_the_briefs_are_not_among_them() -> None:
    text = _column("{head} {text}", "简讯", "\n\n") + "\n发行人:金有才 订报专线:000-0000 法律顾问:某某律师事务所\n"
    assert [article.title for article in _articles(text)][1:4] == list(HEADS)


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        (
            "某某日报\nMOUMOU RIBAO\n\n2024年4月2日 星期二 农历甲辰年二月廿四 第26113号\n\n全市推进会在岚州召开\n\n",
            3,
        ),
        ("某某融媒\n\n主办:某县融媒体中心 内部资料 2025年3月7日 第3版\n\n", 2),
        ("某某时报 地方新闻 B3\n\n中华民国一一二年十月二十日 星期五\n\n老街修复首期完工\n\n", 2),
        ("老街修复首期完工\n\n", 0),
        ("老街修复工程首期完工开放\n\n2024年4月2日 星期二\n\n", 1),
    ],
)
def test_the_head_of_the_page_is_told_from_its_first_headline(top: str, expected: int) -> None:
    body = "历时两年八个月的老街修复工程昨天完工,二十间店屋重新开门,居民和游客排着队来看。\n"
    found = masthead(read_lines(top + body))
    assert len(found) == expected
    if expected == 1:
        assert found == [1]


def test_items_without_a_headline_behind_one_that_has_one_are_briefs_of_their_own() -> None:
    page = STORY + f"## 社区快讯\n\n● {HEADS[0]} {TEXTS[0]}\n\n●{TEXTS[1]}\n\n●{TEXTS[2]}\n"
    assert [article.title for article in _articles(page)] == ["老码头变成了新公园", HEADS[0], "", ""]
    assert [line.brief for line in part_briefs(read_lines(page))][-4:] == ["head", "text", "item", "item"]


@pytest.mark.parametrize(
    "column",
    [
        f"● {HEADS[0]} {TEXTS[0]}\n\n●{TEXTS[1]}",
        f"## 社区快讯\n\n●{TEXTS[0]}\n\n●{TEXTS[1]}",
        f"## 社区快讯\n\n● {HEADS[0]} {TEXTS[0]}\n\n▲{TEXTS[1]}",
        f"## 社区快讯\n\n● {HEADS[0]} {TEXTS[0]}\n\n●{TEXTS[1][:-1]}",
    ],
    ids=["no label", "no headline", "another sign", "unfinished"],
)
def test_a_single_headline_behind_a_sign_makes_no_column_without_label_sign_and_full_stops(column: str) -> None:
    assert not any(line.brief for line in part_briefs(read_lines(STORY + column + "\n")))


NARROW = (
    "滨河公园新添夜跑道 4月\n\n8日,全长三公里的夜跑道正\n\n式开放,沿途装了八十盏灯,\n\n还设了六处饮水点。\n\n"
    "农商行推出茶香贷款 茶农\n\n凭茶园面积和收青记录就能\n\n申请,最高二十万元,随借\n\n随还。\n"
)


def test_briefs_in_narrow_columns_end_their_headline_at_the_space() -> None:
    _, *briefs = _articles(f"{STORY}简讯\n\n{NARROW}")
    assert [brief.title for brief in briefs] == ["滨河公园新添夜跑道", "农商行推出茶香贷款"]
    assert briefs[0].text.endswith("还设了六处饮水点。") and briefs[1].text.endswith("随还。")
    assert not any(brief.byline for brief in briefs), "the two characters behind the space are no name"


@pytest.mark.parametrize(
    ("label", "column"),
    [
        ("街坊絮语", NARROW),
        ("简讯", NARROW.replace("跑道 4月", "跑道 四月六日上午九点起就")),
        ("简讯", NARROW.split("农商行")[0]),
    ],
)
def test_without_the_name_of_a_column_full_lines_and_a_second_one_a_space_parts_nothing(
    label: str, column: str
) -> None:
    lines = read_lines(f"{label}\n\n{column}")
    assert not any(line.brief == "head" and line.plain == "滨河公园新添夜跑道" for line in part_briefs(lines))


def test_headlines_on_lines_of_their_own_under_the_name_of_a_column_of_services_are_briefs() -> None:
    _, *briefs = _articles(_column("{head}\n\n{text}", "街坊便民", "\n"))
    assert [brief.title for brief in briefs] == list(HEADS)


ALONE = "新港区通了自来水 6月20日,新港区九个生产队一千八百户居民告别井水,管网总长六十四公里。"


@pytest.mark.parametrize("above", ["", "▲工人在新港区铺设水管。 蓝星 摄\n\n"])
def test_a_dated_report_behind_its_headline_in_one_line_is_a_brief_without_a_label(above: str) -> None:
    *_, brief = _articles(f"{STORY}{above}{ALONE}\n")
    assert brief.title == "新港区通了自来水" and brief.text.endswith("六十四公里。") and "吊机" not in brief.text


@pytest.mark.parametrize(
    "line",
    [
        ALONE.replace("6月20日,新港区", "全区"),  # no date
        ALONE.replace("新港区通了自来水", "老人心愿圆了"),  # none of its words in the text
        ALONE.replace("新港区通了自来水", "记者金有才报道"),
        ALONE.replace("新港区通了自来水", "新港区,通了自来水"),
        ALONE[:-1],
    ],
)
def test_what_is_no_dated_report_under_its_own_headline_stays_whole(line: str) -> None:
    assert not any(one.brief for one in part_briefs(read_lines(f"{STORY}{line}\n")))


def test_such_a_line_behind_a_torn_one_stays_whole() -> None:
    assert not any(one.brief for one in part_briefs(read_lines(f"{STORY}公园里的\n{ALONE}\n")))
