"""Pictures, letters and the rest of a story broken off: what stands on a page without a headline of its own."""

from __future__ import annotations

import numpy as np
import pytest

from qa.articles import reconstruct
from qa.articles.claims import ROW, Claims, Cut, claims_of
from qa.articles.lines import read_lines
from qa.articles.looks import look
from qa.articles.moves import chosen
from qa.articles.stories import Story, correct_tags, split_stories
from qa.articles.tagger import Tag
from qa.articles.titles import names_story
from qa.datatypes import Page

BRIDGE = (
    "昨天清晨,便民桥的两头合上了围挡,建成六十年的老桥从今天起拆除。",
    "便民桥全长96米,桥面只有7米宽,每天有两万多人和八千多辆电动车通过,去年检测时定为四类桥,加固一次的费用要1900万元,",
)
BRIDGE_ON = "而加固以后也只能再用十五年左右。新桥在原址重建,双向四车道,老桥的石栏杆拆下来编了号,新桥建好后原样装回。"
SCALE = (
    "晚报讯(记者郁青 通讯员汤小满)昨天上午,菜场门口的共享秤报出了重量,引得买菜的阿姨们围了一圈。",
    "市民把买来的菜往上一放,再扫一下摊主的二维码,复秤的结果就会传到市场监管所。",
)
PICTURE = "6月22日,河口镇幼儿园的孩子们在小菜园里收获自己种的黄瓜,全园把三百平方米空地分成了二十四块责任田。 蓝星 摄"
LETTER = "编辑同志:我们是石桥中学的住校生家长。末班车五点就开了,周五孩子们要走两个小时山路,能不能推迟一小时?"


def _corrected(*rows: tuple[str, Tag]) -> list[Tag]:
    return correct_tags(read_lines("\n".join(text for text, _ in rows)), [tag for _, tag in rows])


def _titles(page: str) -> list[str]:
    return [article.title for article in reconstruct(Page("p.txt", page))]


# --- pictures and letters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", ["headline", "furniture", "byline", "opens"])
def test_a_picture_behind_a_story_of_other_words_is_an_item_of_its_own(after: Tag) -> None:
    tags = _corrected(("老桥今起拆除", "headline"), (BRIDGE[0], "begins"), (PICTURE, "begins"), ("共享秤会说话", after))
    assert tags[2] == "opens"


@pytest.mark.parametrize("opening", ["▲", "图为", "2021年"])
def test_signs_and_dates_open_the_text_of_a_picture(opening: str) -> None:
    text = PICTURE if opening == "2021年" else PICTURE.removeprefix("6月22日,")
    tags = _corrected(("老桥今起拆除", "headline"), (BRIDGE[0], "begins"), (opening + text, "caption"))
    assert tags[2] == "opens"


@pytest.mark.parametrize(
    ("above", "picture"),
    [
        ("河口镇幼儿园的孩子们昨天在小菜园里收获黄瓜,三百平方米空地是去年分成责任田的。", PICTURE),
        (BRIDGE[0], "图为拆桥现场。 蓝星 摄"),
        (BRIDGE[0], PICTURE.removesuffix(" 蓝星 摄")),
        (BRIDGE[0], PICTURE.removeprefix("6月22日,")),
    ],
    ids=["its own story", "short", "no photographer", "no date"],
)
def test_the_picture_of_the_story_above_and_plain_text_stay_where_they_are(above: str, picture: str) -> None:
    rows: list[tuple[str, Tag]] = [("菜园和桥", "headline"), (above, "begins"), (picture, "begins")]
    assert _corrected(*rows)[2] != "opens"


def test_a_picture_inside_a_story_or_right_under_its_headline_stays() -> None:
    inside = _corrected(("老桥今起拆除", "headline"), (BRIDGE[0], "begins"), (PICTURE, "begins"), (BRIDGE_ON, "begins"))
    assert inside[2] == "begins"
    under = _corrected(("小菜园里收黄瓜", "headline"), (PICTURE, "begins"), ("共享秤会说话", "headline"))
    assert under[1] == "begins"


def test_a_letter_behind_a_story_is_an_item_of_its_own_and_under_a_headline_its_text() -> None:
    behind = _corrected(("老桥今起拆除", "headline"), (BRIDGE[0], "begins"), (LETTER, "begins"))
    under = _corrected(("末班车能不能晚一点", "headline"), (LETTER, "begins"))
    torn = _corrected(("老桥今起拆除", "headline"), (BRIDGE[0], "begins"), (LETTER, "continues"))
    assert (behind[2], under[1], torn[2]) == ("opens", "begins", "continues")


def test_pictures_and_letters_become_articles_without_a_title() -> None:
    page = ("# 老桥今起拆除", "本报记者 丁一山", BRIDGE[0], LETTER, PICTURE, "# 共享秤会说话", *SCALE)
    assert _titles("\n\n".join(page)) == ["老桥今起拆除", "", "", "共享秤会说话"]


# --- what is no headline ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("图片新闻", False), ("【图片报道】", False), ("新闻图片", False), ("河口日报 要闻 02", False),
        ("河口晚报 3 民生", False), ("海事提示", True), ("树洞邮箱:不评判,只回信", True), ("日报社来了小记者", True),
        ("河口日报 六十年", True), ("图片里的河口", True),
    ],
)  # fmt: skip
def test_labels_of_pictures_and_heads_of_pages_name_no_story(text: str, named: bool) -> None:
    (line,) = read_lines(text)
    assert names_story(line) == named


def test_a_picture_under_its_label_has_no_title_but_the_section() -> None:
    page = f"# 老桥今起拆除\n\n{BRIDGE[0]}\n\n### 图片新闻\n\n{PICTURE}\n\n# 共享秤会说话\n\n{SCALE[0]}\n\n{SCALE[1]}\n"
    articles = {article.title: article for article in reconstruct(Page("p.txt", page))}
    assert set(articles) == {"老桥今起拆除", "", "共享秤会说话"}
    assert articles[""].section == "图片新闻" and PICTURE[:20] in articles[""].paragraphs[-2].text


@pytest.mark.parametrize("text", ["问:牛被吃了谁来赔?", "**问:** 牛被吃了谁来赔?", "**记者:**老师也在流失吧?"])
def test_who_speaks_is_heard_between_bold_marks_too(text: str) -> None:
    (line,) = read_lines(text)
    assert look(line).label == "speaker"


# --- the rest of a story ----------------------------------------------------------------------------------------------


def _pages(first: tuple[str, ...], second: tuple[str, ...]) -> list[Story]:
    lines = read_lines("\n".join(("老桥今起拆除", *first, "共享秤会说话", *second)))
    tags: list[Tag] = ["headline", *["begins"] * len(first), "headline", "byline"]  # type: ignore[list-item]
    return split_stories(lines, [*tags, *["begins"] * (len(second) - 1)])  # type: ignore[list-item]


def test_a_block_may_begin_behind_the_one_paragraph_that_shares_a_line_with_its_byline() -> None:
    found = claims_of(_pages(BRIDGE, (SCALE[0], BRIDGE_ON)))
    assert found is not None and Cut(1, 1) in found.cuts
    short = claims_of(_pages(BRIDGE, ("本报记者 郁青", SCALE[1], BRIDGE_ON)))
    assert short is not None and Cut(1, 1) not in short.cuts and Cut(1, 2) in short.cuts


def test_the_rest_of_a_sentence_comes_home_from_behind_the_next_story() -> None:
    text = "\n\n".join(("# 老桥今起拆除", "本报记者 丁一山", *BRIDGE, "# 共享秤会说话", *SCALE, BRIDGE_ON))
    first, second = reconstruct(Page("p.txt", text))
    assert "".join(paragraph.text for paragraph in first.paragraphs).endswith(BRIDGE[1] + BRIDGE_ON)
    assert BRIDGE_ON not in [paragraph.text for paragraph in second.paragraphs]


@pytest.mark.parametrize(
    ("open_there", "open_above", "moved"), [(1.0, 0.0, True), (0.0, 0.0, False), (1.0, 1.0, False), (0.5, 0.0, False)]
)
def test_a_story_broken_off_takes_a_likely_rest_from_behind_a_finished_sentence(
    monkeypatch: pytest.MonkeyPatch, open_there: float, open_above: float, moved: bool
) -> None:
    rows = np.zeros((1, 2, len(ROW)), np.float32)
    rows[..., ROW.index("open there")], rows[..., ROW.index("open above")] = open_there, open_above
    claims = Claims((Cut(1, 1),), rows, np.zeros((1, 1), np.float32), (0,))

    class Doubtful:
        def __init__(self, shape: tuple[int, ...]) -> None:
            self.shape = shape

        def log_odds(self, _: object) -> object:
            return np.full(self.shape, -2.0, np.float32)

    judges = {"moves": Doubtful((1, 2)), "heads": Doubtful((1,))}
    monkeypatch.setattr("qa.articles.moves.load_judges", lambda: judges)
    assert [(move.story, move.place, move.home) for move in chosen(claims)] == ([(1, 1, 0)] if moved else [])
