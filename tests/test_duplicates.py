"""Second scans and near-copies, found and aligned; two reports of one event stay two."""

import random
from pathlib import Path

from qa.articles import reconstruct
from qa.datatypes import Page, Passage
from qa.duplicates import disagreements, find_twins, locate, signature
from qa.passages import cut
from tests.grouping import group_passages

SEEDS = Path(__file__).parent.parent / "seeds"
PAGES = [Page(path.name, path.read_text("utf-8")) for path in sorted(SEEDS.glob("0*.txt"))]
SENTENCES = [s for page in PAGES[2:] for s in page.text.split("。") if len(s) > 20]


def _noisy(text: str, rate: float, seed: int) -> str:
    rng = random.Random(seed)
    return "".join(chr(rng.randrange(0x4E00, 0x9FA5)) if rng.random() < rate else c for c in text)


def test_the_two_scans_of_one_page_are_twins_and_nothing_else_is() -> None:
    pairs = find_twins({page.source: signature(page.text) for page in PAGES})
    assert pairs == [(PAGES[0].source, PAGES[1].source)]


def test_a_scan_with_noise_and_a_missing_column_is_still_a_twin() -> None:
    text = PAGES[2].text
    damaged = _noisy(text[len(text) // 3 :], 0.03, 7)
    assert find_twins({"a": signature(text), "b": signature(damaged)}) == [("a", "b")]


def test_blocks_in_another_order_do_not_hide_a_twin() -> None:
    blocks = PAGES[3].text.split("\n\n")
    random.Random(3).shuffle(blocks)
    assert find_twins({"a": signature(PAGES[3].text), "b": signature("\n\n".join(blocks))}) == [("a", "b")]


def test_empty_pages_are_no_twins_of_each_other() -> None:
    assert find_twins({"a": signature(""), "b": signature(" \n"), "c": signature("。")}) == []


def _passages(*pages: Page) -> list[Passage]:
    return [p for page in pages for i, article in enumerate(reconstruct(page)) for p in cut(article, i, page.text)]


def test_passages_of_two_scans_cut_at_different_places_are_grouped() -> None:
    passages = _passages(PAGES[0], PAGES[1])
    groups = group_passages(passages)
    for group in groups:
        assert {passages[i].source for i in group} == {PAGES[0].source, PAGES[1].source}
    together = {i for group in groups for i in group}
    alone = [passages[i] for i in range(len(passages)) if i not in together and passages[i].source == PAGES[0].source]
    assert sum(len(passage.text) for passage in alone) < 0.1 * sum(len(p.text) for p in passages)


def test_different_articles_form_no_group() -> None:
    assert group_passages(_passages(PAGES[2], PAGES[3], PAGES[4])) == []


def test_reports_that_differ_in_their_figures_are_two_reports() -> None:
    report = "截至{}日,全市共接待游客{}万人次,实现旅游收入{}亿元,同比增长{}%,铁路发送旅客{}万人次,秩序良好。" * 3
    texts = [report.format(*range(11, 26)), report.format(*range(31, 46))]
    passages = [Passage(text, ((0, len(text)),), source=f"{i}.txt") for i, text in enumerate(texts)]
    assert group_passages(passages) == []


def test_a_quote_is_located_exactly_where_the_other_scan_holds_it() -> None:
    text = "".join(sentence + "。" for sentence in SENTENCES[:12])
    for i in (0, 5, 11):
        start = text.index(SENTENCES[i])
        assert locate(SENTENCES[i], text) == (start, start + len(SENTENCES[i]))


def test_a_quote_is_located_in_spite_of_noise_with_its_edges_right() -> None:
    text = "".join(sentence + "。" for sentence in SENTENCES[:12])
    for i in range(12):
        start = text.index(SENTENCES[i])
        noisy = _noisy(SENTENCES[i], 0.04, i)
        assert locate(noisy, text) == (start, start + len(SENTENCES[i]))


def test_words_that_are_not_there_are_not_located() -> None:
    text = "".join(sentence + "。" for sentence in SENTENCES[:12])
    assert all(locate(sentence, text) is None for sentence in SENTENCES[20:40])
    assert locate("", text) is None and locate("今天天气很好。", "") is None


def test_disagreements_name_both_readings_with_their_places() -> None:
    first, second = "区总工会副主席许祯表示, 下一步", "区总工会副主席许被表示,下一步骤"
    found = disagreements(first, second)
    assert found == [((8, 9), "祯", (8, 9), "被"), ((16, 16), "", (15, 16), "骤")]
    assert disagreements("ＡＢＣ、記者", "abc、 记者") == []
