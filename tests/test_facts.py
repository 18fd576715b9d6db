"""Metadata read off articles: what kind, from which line, how sure; and what is none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import listing
from qa.articles import reconstruct
from qa.articles.facts import facts_of
from qa.articles.places import joined, places
from qa.datatypes import Article, Kind, Page, Paragraph

PAGE = Page(
    "p.txt",
    "民生视点\n\n# 台州市椒江区总工会送清凉\n\n本报讯 记者王建国 通讯员李文静、赵敏报道 8月3日,"
    "台州市椒江区总工会走进葭沚街道。\n\n"
    "去年12月,浙江星星冷链集成股份有限公司捐款。近日,区教育局和椒江区第二中学也来了。\n\n"
    "图为慰问现场。 通讯员钱海涛 摄\n",
)


def facts(text: str, kind: Kind = "body") -> set[tuple[str, str]]:
    article = Article("a", "", (Paragraph(text, ((0, len(text)),), kind),))
    return {(fact.kind, fact.value) for fact in facts_of([article], text)[0]}


def of_kind(text: str, *kinds: str) -> set[str]:
    return {value for kind, value in facts(text) if kind in kinds}


def test_an_article_tells_its_headline_section_byline_people_places_dates_and_bodies() -> None:
    (article,) = reconstruct(PAGE)
    found = {(fact.kind, fact.value): fact.line for fact in article.facts}
    assert found["headline", "台州市椒江区总工会送清凉"] == 3
    assert found["byline", article.byline] == 5 and article.byline.startswith("本报讯 记者王建国")
    assert found["reporter", "王建国"] == found["correspondent", "李文静"] == found["correspondent", "赵敏"] == 5
    assert found["photographer", "钱海涛"] == 9
    assert found["place", "台州市"] == found["place", "椒江区"] == 3
    assert found["date", "8月3日"] == 5 and found["relative_date", "近日"] == 7
    assert found["relative_date", "去年12月"] == 7
    assert found["organisation", "台州市椒江区总工会"] == 3
    assert found["organisation", "浙江星星冷链集成股份有限公司"] == 7
    assert found["organisation", "区教育局"] == 7


def test_the_section_is_a_fact_with_its_line() -> None:
    paragraphs = (
        Paragraph("理论天地", ((0, 4),), "section"),
        Paragraph("谈谈基层工作", ((5, 11),), "headline"),
        Paragraph("基层工作很重要。", ((12, 20),)),
    )
    text = "理论天地\n谈谈基层工作\n基层工作很重要。"
    article = Article("a", "谈谈基层工作", paragraphs, "理论天地")
    found = [(fact.kind, fact.value, fact.line) for fact in facts_of([article], text)[0]]
    assert found == [("section", "理论天地", 1), ("headline", "谈谈基层工作", 2)]


def test_the_listing_prints_all_of_them_with_line_and_confidence() -> None:
    (article,) = reconstruct(PAGE)
    record = listing.to_dict(listing.Listed(article, ((1, 9),), ()))
    assert {entry["kind"] for entry in record["facts"]} >= {"headline", "byline", "reporter", "place", "organisation"}
    for entry in record["facts"]:
        assert set(entry) == {"kind", "value", "line", "confidence"} and 0 < entry["confidence"] <= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("记者来到杭州市临平区采访。", {"杭州市", "临平区"}),
        ("他在浙江生活了三十年。", {"浙江"}),
        ("嘉善县天凝镇洪溪村办起了展览。", {"嘉善县", "天凝镇", "洪溪村"}),
        ("大家能够就读城区学校,居民小区很安静。", set()),
        ("各乡镇、各街道、全村都来了,村民很高兴。", set()),
        ("围绕街道中心工作,深化街道改革。", set()),
        ("臺北之外,他還去過廣東省。", {"廣東省"}),
    ],
)
def test_places_are_listed_ones_and_towns_that_follow_something(text: str, expected: set[str]) -> None:
    assert of_kind(text, "place") == expected


def test_a_listed_place_is_surer_than_one_known_by_its_form() -> None:
    sure = {name: confidence for name, _, confidence in places("温州市鹿城区丰门街道的温州人")}
    assert sure["温州市"] == sure["鹿城区"] > sure["丰门街道"] and sure["温州市"] > sure["温州"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("近日,庆元县总工会组织比赛。", {"庆元县总工会"}),
        ("嘉兴隆基乐叶光伏科技有限公司的职工来了。", {"嘉兴隆基乐叶光伏科技有限公司"}),
        ("工会携手杭州市儿童医院开办讲座。", {"杭州市儿童医院"}),
        ("联合区教育局召开会议。", {"区教育局"}),
        ("推进工会改革,创新工会工作,加强基层工会建设。", set()),
        ("奉港中学、居敬小学都参加了。", {"奉港中学", "居敬小学"}),
        ("他说,这里没有什么单位。", set()),
    ],
)
def test_organisations_are_named_by_place_name_or_rank(text: str, expected: set[str]) -> None:
    assert of_kind(text, "organisation") == expected


@pytest.mark.parametrize(
    ("text", "absolute", "relative"),
    [
        ("2021年8月3日开工,去年完工。", {"2021年8月3日"}, {"去年"}),
        ("昨天下午,上周的会议改到明年。", set(), {"昨天", "上周", "明年"}),
        ("It opened on March 3, 2024, and closed last week.", {"March 3, 2024"}, {"last week"}),
        ("The 3 May 2021 meeting was moved to June 2022.", {"3 May 2021", "June 2022"}, set()),
        ("一共有2021人,300个座位。", set(), set()),
    ],
)
def test_absolute_and_relative_dates_are_told_apart(text: str, absolute: set[str], relative: set[str]) -> None:
    assert of_kind(text, "date") == absolute
    assert of_kind(text, "relative_date") == relative


def test_who_took_the_picture_and_who_wrote_are_told_apart() -> None:
    assert facts("图为现场。 通讯员耿玲菊 摄", "caption") >= {("photographer", "耿玲菊")}
    assert ("reporter", "张浩呈") in facts("记者张浩呈 通讯员陈标报道", "byline")
    assert ("correspondent", "陈标") in facts("记者张浩呈 通讯员陈标报道", "byline")


def test_an_office_is_no_author() -> None:
    assert not {kind for kind, _ in facts("作者单位:某市服务中心", "byline")} & {"author"}


@settings(deadline=None, max_examples=80)
@given(st.text("浙江省杭州市临平区总工会街道镇村在和的,。2021年8月3日近日公司 Abc", max_size=80))
def test_every_fact_of_any_text_is_printed_in_it(text: str) -> None:
    found = places(text)
    assert all(text[at : at + len(name)] == name and 0 < sure < 1 for name, at, sure in found)
    assert all(a[1] + len(a[0]) <= b[1] for a, b in pairwise(found))
    assert sum(end - start for start, end in joined(found)) == sum(len(name) for name, _, _ in found)
    if text.strip():
        for kind, value in facts(text):
            assert value in text and kind


SAID = [
    "杭州市临平区总工会",
    "8月3日来了",
    "昨天",
    "记者王建国",
    "青山镇",
    "3",
    "月5日",
    "县",
    "第一医院",
    "May 4",
    "局",
]
PARTS = st.lists(st.tuples(st.sampled_from(SAID), st.sampled_from(["body", "byline"])), max_size=5)


@given(st.lists(PARTS, max_size=4))
def test_articles_read_at_once_tell_what_their_paragraphs_tell_alone(parts: list[list[tuple[str, Kind]]]) -> None:
    text, articles = "\n".join(line for part in parts for line, _ in part), []
    start, alone = 0, []
    for part in parts:
        paragraphs, told = [], list[tuple[str, str]]()
        for line, kind in part:
            paragraphs.append(Paragraph(line, ((start, start + len(line)),), kind))
            start += len(line) + 1
            told += [pair for pair in _in_order(line, kind) if pair not in told]
        articles.append(Article("a", "", tuple(paragraphs)))
        alone.append(told)
    assert [[(fact.kind, fact.value) for fact in found] for found in facts_of(articles, text)] == alone


def _in_order(text: str, kind: Kind) -> list[tuple[str, str]]:
    article = Article("a", "", (Paragraph(text, ((0, len(text)),), kind),))
    return [(fact.kind, fact.value) for fact in facts_of([article], text)[0]]
