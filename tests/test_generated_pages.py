"""Pages generated from the stories of the real pages: what must hold for every page, and how good it has to be."""

import random
import time
from itertools import pairwise
from pathlib import Path

import pytest

from qa.articles import line_ranges, reconstruct, repeat_ranges
from qa.benchmark.articles import rebuilt
from qa.benchmark.articles.baselines import blank_line_paragraphs, markdown_headings
from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.layout import Sheet, compose, compose_twice
from qa.benchmark.articles.measures import Tally, score_page
from qa.datatypes import Article, Page
from qa.duplicates import find_twins, signature
from qa.passages import cut
from qa.text import squeeze
from tests.grouping import group_passages

SEEDS = Path(__file__).parent.parent / "seeds"
NOISE = (0.0, 0.02)


def _sources() -> list[Source]:
    """The stories of pages 002 to 004, each text once."""
    found = []
    for path in sorted(SEEDS.glob("00[234]*.txt")):
        for article in reconstruct(Page(path.name, path.read_text("utf-8"))):
            parts = tuple(("body", p.text) for p in article.paragraphs if p.kind == "body" and len(p.text) > 20)
            if article.title and parts:
                found.append(Source(article.title, "", "", parts))
    return found


SOURCES = _sources()


def _sheet(seed: int, noise: float = 0.0) -> Sheet:
    rng = random.Random(seed)
    return compose(f"{seed}.txt", rng.sample(SOURCES, rng.randint(3, 7)), rng, noise)


SHEETS = {noise: [_sheet(seed, noise) for seed in range(26)] for noise in NOISE}
ALL = [pytest.param(sheet, id=f"{noise}-{sheet.page.source}") for noise in NOISE for sheet in SHEETS[noise][:12]]


def _no_overlap(article: Article) -> bool:
    spans = sorted((*article.spans, *article.repeats))
    return all(first[1] <= second[0] for first, second in pairwise(spans))


@pytest.mark.parametrize("sheet", ALL)
def test_the_page_at_the_spans_of_every_article_is_its_text(sheet: Sheet) -> None:
    text = sheet.page.text
    for article in reconstruct(sheet.page):
        assert squeeze("".join(text[a:b] for a, b in article.spans)) == squeeze(article.text)
        for paragraph in article.paragraphs:
            assert squeeze("".join(text[a:b] for a, b in paragraph.spans)) == squeeze(paragraph.text)
            assert all(a < b and not text[a].isspace() and not text[b - 1].isspace() for a, b in paragraph.spans)


@pytest.mark.parametrize("sheet", ALL)
def test_no_character_belongs_to_an_article_twice_or_to_two_articles(sheet: Sheet) -> None:
    articles = reconstruct(sheet.page)
    assert all(_no_overlap(article) for article in articles)
    spans = sorted(span for article in articles for span in (*article.spans, *article.repeats))
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


@pytest.mark.parametrize("sheet", ALL)
def test_the_page_at_the_spans_of_every_passage_is_its_text(sheet: Sheet) -> None:
    text = sheet.page.text
    for number, article in enumerate(reconstruct(sheet.page)):
        passages = cut(article, number, text)
        assert squeeze("".join(p.text for p in passages)) == squeeze(article.text)
        for passage in passages:
            assert squeeze("".join(text[a:b] for a, b in passage.spans)) == squeeze(passage.text)
            assert passage.source == sheet.page.source and passage.number == number


@pytest.mark.parametrize("sheet", ALL)
def test_the_text_of_a_paragraph_and_its_spans_trace_any_slice(sheet: Sheet) -> None:
    text = sheet.page.text
    for article in reconstruct(sheet.page):
        for paragraph in article.paragraphs:
            for part in (
                paragraph.slice(0, 5),
                paragraph.slice(3, 30),
                paragraph.slice(len(paragraph.text) - 4, 10**6),
            ):
                assert squeeze("".join(text[a:b] for a, b in part.spans)) == squeeze(part.text)


@pytest.mark.parametrize("sheet", ALL)
def test_every_line_of_running_text_is_in_an_article(sheet: Sheet) -> None:
    ranges = [r for article in reconstruct(sheet.page) for r in line_ranges(article, sheet.page.text)]
    covered = {n for first, last in ranges for n in range(first, last + 1)}
    body = {n for article in sheet.articles for n in article.lines}
    long = {n for n in body if len(sheet.page.text.splitlines()[n - 1]) > 60}
    assert long <= covered


@pytest.mark.parametrize("sheet", ALL[:10])
def test_rebuilding_a_page_again_gives_the_same(sheet: Sheet) -> None:
    assert reconstruct(sheet.page) == reconstruct(sheet.page)


def _report(sheets: list[Sheet]) -> dict[str, float]:
    tally = Tally()
    for sheet in sheets:
        score_page(tally, sheet, rebuilt(sheet.page))
    return tally.report()


@pytest.mark.parametrize(("noise", "least"), [(0.0, 0.93), (0.02, 0.91)])
def test_most_lines_go_to_the_right_article(noise: float, least: float) -> None:
    report = _report(SHEETS[noise])
    assert report["b_cubed_f1"] >= least
    assert report["join_precision"] >= 0.95 and report["join_recall"] >= 0.9
    assert report["byline_found"] >= 0.85


def test_the_reconstruction_is_far_better_than_the_plain_ways() -> None:
    ours = _report(SHEETS[0.0])["b_cubed_f1"]
    for method in (blank_line_paragraphs, markdown_headings):
        tally = Tally()
        for sheet in SHEETS[0.0]:
            score_page(tally, sheet, method(sheet.page))
        assert ours > tally.report()["b_cubed_f1"] + 0.15


def test_repeats_stand_in_no_paragraph() -> None:
    for sheet in SHEETS[0.0]:
        for article in reconstruct(sheet.page):
            again = {n for a, b in repeat_ranges(article, sheet.page.text) for n in range(a, b + 1)}
            kept = Article(article.source, article.title, article.paragraphs)
            body = {n for a, b in line_ranges(kept, sheet.page.text) for n in range(a, b + 1)}
            assert not {n for n in again & body if sheet.page.text.splitlines()[n - 1].strip()}


def test_another_scan_never_changes_what_the_text_is_made_of() -> None:
    for seed in range(12):
        rng = random.Random(seed)
        first, second = compose_twice(("a", "b"), rng.sample(SOURCES, 4), rng, 0.01)
        articles = reconstruct(first.page, [second.page])
        for article in articles:
            assert squeeze("".join(first.page.text[a:b] for a, b in article.spans)) == squeeze(article.text)
            assert _no_overlap(article)


def test_second_scans_are_found_among_other_pages_and_share_their_passages() -> None:
    pages = []
    for n in range(5):
        rng = random.Random(n)
        own = SOURCES[4 * n : 4 * n + 4]
        pages.extend(sheet.page for sheet in compose_twice((f"{n}a", f"{n}b"), own, rng, 0.02))
    assert find_twins({p.source: signature(p.text) for p in pages}) == [(f"{n}a", f"{n}b") for n in range(5)]
    passages = [p for page in pages for i, article in enumerate(reconstruct(page)) for p in cut(article, i, page.text)]
    for group in group_passages(passages):
        assert len({passages[i].source[0] for i in group}) == 1


def test_a_page_is_rebuilt_at_two_million_characters_a_minute() -> None:
    pages = [sheet.page for sheet in SHEETS[0.0]]
    reconstruct(pages[0])
    start = time.process_time()
    for page in pages:
        reconstruct(page)
    assert 60 * sum(len(page.text) for page in pages) / (time.process_time() - start) > 1_000_000  # half, for slow days


@pytest.mark.parametrize(
    "unit", ["a", " ", "a.", "\n ", '"', "“", "(", "1", "#", "*", "记者", "中", "，", "【", "\u3000"]
)
def test_a_hundred_thousand_times_the_same_is_read_in_a_second(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    reconstruct(Page("warm.txt", "标题\n\n本报讯 正文。\n"))
    start = time.process_time()
    for number, article in enumerate(reconstruct(Page("a.txt", text))):
        cut(article, number, text)
    assert time.process_time() - start < 1.0
