"""Passages: whole sentences, exact spans, the headline group in front."""

from pathlib import Path

import pytest

from qa.articles import reconstruct
from qa.datatypes import Article, Page, Paragraph, Passage
from qa.passages import LONGEST, SHORTEST, cut
from qa.text import sentences, squeeze

SEEDS = Path(__file__).parent.parent / "seeds"
PAGES = [Page(path.name, path.read_text("utf-8")) for path in sorted(SEEDS.glob("0*.txt"))]


def _passages(page: Page) -> list[tuple[Article, tuple[Passage, ...]]]:
    return [(article, cut(article, i, page.text)) for i, article in enumerate(reconstruct(page))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.source[:3])
def test_the_file_at_the_spans_of_a_passage_is_its_text(page: Page) -> None:
    for _, passages in _passages(page):
        for passage in passages:
            assert squeeze("".join(page.text[a:b] for a, b in passage.spans)) == squeeze(passage.text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.source[:3])
def test_the_passages_of_an_article_hold_all_its_text_in_order(page: Page) -> None:
    for article, passages in _passages(page):
        assert squeeze("".join(passage.text for passage in passages)) == squeeze(article.text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.source[:3])
def test_passages_are_150_to_400_characters_where_the_article_has_them(page: Page) -> None:
    for article, passages in _passages(page):
        assert all(len(p.text) <= LONGEST or len(sentences(p.text)) == 1 for p in passages)
        if len(article.text) > 2 * LONGEST:
            assert sum(len(p.text) < SHORTEST for p in passages) == 0


def test_a_passage_starts_and_ends_with_a_sentence() -> None:
    for page in PAGES:
        for article, passages in _passages(page):
            starts = {squeeze(article.text[a:b]) for a, b in sentences(article.text)}
            for passage in passages:
                first, *_, last = [passage.text[a:b] for a, b in sentences(passage.text)] * 2
                assert squeeze(first) in starts and squeeze(last) in starts


def test_the_first_passage_opens_with_headlines_and_byline_on_lines_of_their_own() -> None:
    text = "聚焦基层\n\n某县举行文艺汇演\n\n本报讯 记者张三丰报道 近日,某县举行文艺汇演,来了很多人。\n"
    page = Page("a.txt", text)
    (article,) = reconstruct(page)
    (passage,) = cut(article, 0, text)
    assert passage.text.split("\n")[:3] == ["聚焦基层", "某县举行文艺汇演", "本报讯 记者张三丰报道"]
    assert passage.context == "聚焦基层 某县举行文艺汇演"
    assert (passage.article, passage.number, passage.lines) == ("某县举行文艺汇演", 0, (1, 5))


def test_a_sentence_longer_than_a_passage_stays_whole() -> None:
    text = "他说" + "一二三四五六七八九十" * 50 + "。"
    page = Page("a.txt", text)
    (passage,) = cut(reconstruct(page)[0], 0, text)
    assert passage.text == text


@pytest.mark.parametrize("unit", ["天地玄黄宇宙洪荒", "天地玄黄,宇宙洪荒、日月盈昃", "lorem ipsum dolor sit amet "])
def test_a_sentence_without_end_is_cut_into_bounded_passages_that_hold_all_of_it(unit: str) -> None:
    text = (unit * 40_000)[:300_000].strip()
    page = Page("a.txt", text)
    article = Article("a.txt", "", (Paragraph(text, ((0, len(text)),)),))
    passages = cut(article, 0, page.text)
    assert max(len(passage.text) for passage in passages) <= 600
    assert all("".join(text[a:b] for a, b in passage.spans) == passage.text for passage in passages)
    assert squeeze("".join(passage.text for passage in passages)) == squeeze(text)


def test_an_endless_sentence_is_cut_at_its_pauses() -> None:
    text = "春天播种,夏天锄草,秋天收割," * 60
    article = Article("a.txt", "", (Paragraph(text, ((0, len(text)),)),))
    assert all(passage.text.endswith(",") for passage in cut(article, 0, text))
