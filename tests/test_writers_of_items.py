"""Letters under a headline and a writer, labels behind a sign, notices, and writers named by office and name."""

from __future__ import annotations

import pytest

from qa.articles import reconstruct
from qa.articles.bylines import is_author_line
from qa.articles.items import part_items
from qa.articles.lines import read_lines
from qa.articles.stories import correct_tags
from qa.articles.tagger import Tag
from qa.datatypes import Article, Page

STORY = (
    "老码头变成了新公园\n\n本报记者 金有才\n\n停用了二十年的老码头昨天以公园的样子重新开放,吸引了上千名市民。"
    "公园保留了两台旧吊机,夜里会亮起灯光,沿江还修了三公里步道。\n\n"
)
LETTER = "编辑同志:我每天骑车经人民路上班,自行车道上常停满了汽车,只好绕到机动车道上,很危险。请问该由哪个部门来管?"
NEWS = "银行柜台前的一米线早已褪色,可还是有人要把头伸过去看别人按密码。文明不在线上,在每个人的心里。"


def _articles(text: str) -> tuple[Article, ...]:
    return reconstruct(Page("page.txt", text))


@pytest.mark.parametrize("writer", ["读者 佟小林", "市民 俞雪芹", "俞雪芹"])
@pytest.mark.parametrize("headline", ["请给骑车人留条路", "编读往来\n\n请给骑车人留条路"])
def test_a_letter_stays_under_its_headline_and_its_writer(headline: str, writer: str) -> None:
    _, letter = _articles(f"{STORY}{headline}\n\n{writer}\n\n{LETTER}\n")
    assert (letter.title, letter.byline) == ("请给骑车人留条路", writer)
    assert letter.text.endswith(LETTER)


def test_a_letter_behind_the_text_of_a_byline_is_an_item_of_its_own() -> None:
    lines = read_lines(f"本报讯 记者金有才报道 老码头昨天以公园的样子重新开放,吸引了上千名市民。\n{LETTER}")
    tags: list[Tag] = ["byline", "begins"]
    part_items(lines, tags)
    assert tags == ["byline", "opens"]


@pytest.mark.parametrize("line", ["撰文:市中医院骨科 麦浩然", "作者:东陵区人民法院 邵一鸣", "解答人:市医保中心 钱有方"])
def test_an_office_and_a_name_behind_the_word_for_the_writer_are_a_byline(line: str) -> None:
    assert is_author_line(line)
    *_, last = _articles(f"{STORY}手麻原来是手机惹的祸\n\n{line}\n\n{NEWS}\n")
    assert (last.title, last.byline) == ("手麻原来是手机惹的祸", line)


@pytest.mark.parametrize("line", ["撰文:石桥通车以后 一路畅通", "解答:社保卡丢了 怎么补办"])
def test_what_ends_with_no_name_is_no_byline(line: str) -> None:
    assert not is_author_line(line)


@pytest.mark.parametrize("line", ["本报记者 郑弦 摄", "东陵区人民法院 邵一鸣", "市三医院 钮小禾"])
def test_a_writer_taken_for_a_headline_between_headline_and_text_is_the_byline(line: str) -> None:
    lines = read_lines(f"巧手剪出满堂春\n{line}\n{NEWS}")
    assert correct_tags(lines, ["headline", "headline", "begins"]) == ["headline", "byline", "begins"]


@pytest.mark.parametrize("line", ["长堤街道总工会 送清凉", "# 市三医院 钮小禾", "巧手剪出满堂春 老街添新景"])
def test_decks_and_marked_lines_stay_headlines(line: str) -> None:
    lines = read_lines(f"暑期新风景\n{line}\n{NEWS}")
    assert correct_tags(lines, ["headline", "headline", "begins"]) == ["headline", "headline", "begins"]


@pytest.mark.parametrize("tag", ["caption", "closing"])
@pytest.mark.parametrize("label", ["■ 非遗手记", "▲科学前沿", "·有话请讲·"])
def test_the_name_of_a_column_behind_a_sign_belongs_to_the_headline_below(label: str, tag: Tag) -> None:
    lines = read_lines(f"{NEWS}\n{label}\n三千刀刻出一张脸\n{NEWS}")
    tags: list[Tag] = ["begins", tag, "headline", "begins"]
    part_items(lines, tags)
    assert tags == ["begins", "headline", "headline", "begins"]


@pytest.mark.parametrize("line", ["■ 海若", "▲比赛现场", "■ 麦田守望"])
def test_pen_names_and_captions_behind_a_sign_stay_with_the_story_above(line: str) -> None:
    lines = read_lines(f"{NEWS}\n{line}\n三千刀刻出一张脸\n{NEWS}")
    tags: list[Tag] = ["begins", "caption", "headline", "begins"]
    part_items(lines, tags)
    assert tags[1] == "caption"


@pytest.mark.parametrize("headline", ["本报征订启事", "关于城东片区停水的公告", "更正"])
def test_the_headline_of_a_notice_is_no_sub_head(headline: str) -> None:
    notice = "因建设路供水主管改造施工,定于10月18日22时至19日6时停水,请沿线用户提前储水,给您带来不便敬请谅解。"
    lines = read_lines(f"{NEWS}\n{headline}\n{notice}")
    tags: list[Tag] = ["begins", "subhead", "begins"]
    part_items(lines, tags)
    assert tags == ["begins", "headline", "begins"]


def test_a_sub_head_that_is_no_notice_stays_one() -> None:
    lines = read_lines(f"{NEWS}\n一米线画在心里\n{NEWS}")
    tags: list[Tag] = ["begins", "subhead", "begins"]
    part_items(lines, tags)
    assert tags[1] == "subhead"


@pytest.mark.parametrize("line", ["收割机手 辛满仓", "驻石盘村第一书记 柳毅", "市农技推广站 供稿", "法官 简宁 整理"])
def test_a_line_read_as_a_byline_that_ends_with_a_name_is_one_though_the_work_is_unknown(line: str) -> None:
    *_, last = _articles(f"{STORY}大学生献血 一个班来了三十九人\n\n{line}\n\n{NEWS}\n")
    assert (last.title, last.byline) == ("大学生献血 一个班来了三十九人", line)
    assert [paragraph.kind for paragraph in last.paragraphs] == ["headline", "byline", "body"]


def test_a_deck_that_ends_with_three_characters_is_no_byline() -> None:
    *_, last = _articles(f"{STORY}大学生献血 一个班来了三十九人\n\n临江区总工会 暖人心\n\n{NEWS}\n")
    assert (last.title, last.byline) == ("大学生献血 一个班来了三十九人", "")
