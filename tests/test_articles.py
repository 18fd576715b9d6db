"""Articles of the five pages and of small pages made here, against what a reader sees."""

import json
from pathlib import Path

import pytest

from qa.articles import line_ranges, reconstruct, repeat_ranges
from qa.datatypes import Article, Page
from qa.text import squeeze

SEEDS = Path(__file__).parent.parent / "seeds"
PAGES = {path.name[:3]: Page(path.name, path.read_text("utf-8")) for path in sorted(SEEDS.glob("0*.txt"))}
PEOPLE = ("reporter", "correspondent", "photographer", "author")
GOLD = json.loads((SEEDS / "questions" / "articles.json").read_text("utf-8"))


def _articles(text: str) -> tuple[Article, ...]:
    return reconstruct(Page("page.txt", text))


def _lines(article: Article, page: Page) -> set[int]:
    numbered = page.text.splitlines()
    ranges = line_ranges(article, page.text)
    return {n for first, last in ranges for n in range(first, last + 1) if numbered[n - 1].strip()}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_line_of_a_real_page_goes_to_the_article_a_reader_gives_it_to(name: str) -> None:
    page = PAGES[name]
    numbered = page.text.splitlines()
    expected = [
        {n for first, last in gold["lines"] for n in range(first, last + 1) if numbered[n - 1].strip()}
        for gold in GOLD[name]
    ]
    assert sorted(map(sorted, expected)) == sorted(sorted(_lines(article, page)) for article in reconstruct(page))


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_headline_and_byline_of_a_real_page_is_found(name: str) -> None:
    page = PAGES[name]
    articles = sorted(reconstruct(page), key=lambda article: min(_lines(article, page)))
    for gold, article in zip(GOLD[name], articles, strict=True):
        assert squeeze(article.title) in [squeeze(title) for title in gold["title"]]
        if gold["byline"] in page.text and "报道" in article.byline:
            assert gold["byline"] in article.byline


def test_blocks_in_the_wrong_order_are_read_in_the_right_one() -> None:
    article = reconstruct(PAGES["000"])[0]
    assert line_ranges(article, PAGES["000"].text) == [[3, 8], [70, 72], [64, 68]]
    assert "通过扩班级、扩学位等方式,拓展实验小学" in article.text


def test_repeats_are_kept_out_of_the_text_but_belong_to_the_article() -> None:
    found = {name: [r for a in reconstruct(page) for r in repeat_ranges(a, page.text)] for name, page in PAGES.items()}
    assert found == {"000": [[264, 298]], "001": [], "002": [[99, 101]], "003": [[147, 147]], "004": []}


def test_an_empty_page_has_no_articles() -> None:
    assert _articles("") == () == _articles("\n \n\u3000\n---\n")


def test_plain_prose_is_one_article_without_a_title() -> None:
    text = "这是第一段,说了一件事情,没有标题。\n\n这是第二段,接着说这件事情,一直说到最后。\n"
    (article,) = _articles(text)
    assert article.title == "" and [paragraph.kind for paragraph in article.paragraphs] == ["body", "body"]


def test_the_fields_of_a_byline_become_facts_with_their_line() -> None:
    text = "某县举行文艺汇演\n\n本报讯 记者张三丰 通讯员李四光、王五报道 近日,某县举行文艺汇演,来了很多人。\n"
    (article,) = _articles(text)
    assert article.byline == "本报讯 记者张三丰 通讯员李四光、王五报道"
    people = [(fact.kind, fact.value, fact.line) for fact in article.facts if fact.kind in PEOPLE]
    assert people == [("reporter", "张三丰", 3), ("correspondent", "李四光", 3), ("correspondent", "王五", 3)]


def test_a_line_with_a_heading_mark_is_a_headline_however_long_it_is() -> None:
    headline = "丙戌镇贴出告示 " + "提醒各家各户收好门前的竹竿和晾晒的粮食" * 5
    body = "本报讯 丙戌镇的告示昨天贴了出来。告示说,各家要收好门前的东西,不要堵住消防通道。"
    (article,) = _articles(f"# {headline}\n\n{body}\n")
    assert len(headline) > 80 and article.title == headline
