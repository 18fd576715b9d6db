"""Copies and passages against slow but plain answers: counted grams, edit distance by definition, sums by hand."""

from __future__ import annotations

import random
import time
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.datatypes import Article, Paragraph, Passage
from qa.duplicates import disagreements, find_twins, locate, signature
from qa.passages import LONGEST, SHORTEST, cut
from qa.text import fold, sentences, squeeze
from tests.grouping import group_passages

HAN = "".join(map(chr, range(0x4E00, 0x4E00 + 2000)))


def _prose(seed: int, size: int) -> str:
    """`size` characters that no other seed shares by chance."""
    return "".join(random.Random(seed).choices(HAN, k=size))


def _grams(text: str) -> set[str]:
    letters = [character for character in fold(text) if character.isalnum()]
    return {"".join(letters[i : i + 5]) for i in range(len(letters) - 4)}


def _jaccard(one: str, other: str) -> float:
    return len(_grams(one) & _grams(other)) / len(_grams(one) | _grams(other))


@pytest.mark.parametrize("shared", [0, 100, 300, 500, 700, 900, 1000])
def test_the_signature_estimates_the_share_of_common_grams(shared: int) -> None:
    one = _prose(1, shared) + _prose(2, 1000 - shared)
    other = _prose(1, shared) + _prose(3, 1000 - shared)
    estimate = float(np.mean(signature(one) == signature(other)))
    assert abs(estimate - _jaccard(one, other)) < 0.1  # four standard deviations of 384 samples


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("記者林怡君／花蓮報導，颱風逼近。", "记者林怡君/花莲报导,台风逼近."),
        ("Ferry Service to Return", "FERRY\nservice  to　return"),
        ("２０２１年８月３日", "2021年8月3日"),
        ("会议要求,各部门抓好落实。", "会议要求各部门\n\n抓好落实"),
    ],
)
def test_width_case_script_and_punctuation_do_not_change_a_signature(one: str, other: str) -> None:
    assert (signature(one) == signature(other)).all()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_a_signature_of_one_shape(text: str) -> None:
    assert signature(text).shape == (384,) and signature(text).dtype == np.uint32


def test_twins_are_the_pairs_that_share_grams_and_no_others() -> None:
    texts = {f"{n}": _prose(n // 2, 600) + _prose(100 + n, 300) for n in range(12)}
    found = find_twins({name: signature(text) for name, text in texts.items()})
    alike = {pair: _jaccard(texts[pair[0]], texts[pair[1]]) for pair in combinations(sorted(texts), 2)}
    assert found == sorted(pair for pair, share in alike.items() if share > 0.3)
    assert all(share < 0.02 for pair, share in alike.items() if pair not in found)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_in_which_pages_come_does_not_matter_to_twins(seed: int) -> None:
    signatures = {f"p{n}": signature(_prose(n // 3, 500) + _prose(50 + n, 100)) for n in range(9)}
    shuffled = random.Random(seed).sample(sorted(signatures), 9)
    expected = [pair for group in range(3) for pair in combinations([f"p{3 * group + k}" for k in range(3)], 2)]
    assert find_twins({name: signatures[name] for name in shuffled}) == expected


def test_a_signature_of_another_length_is_no_twin_of_anything() -> None:
    whole = signature(_prose(1, 500))
    assert find_twins({"a": whole, "b": whole[:100], "c": whole}) == [("a", "c")]


def _passage(text: str, source: str, number: int = 0, article: str = "") -> Passage:
    return Passage(text, ((0, len(text)),), source=source, number=number, article=article)


def test_a_reprint_in_the_other_script_is_a_copy_and_the_fuller_scan_comes_first() -> None:
    news = "颱風逼近，花蓮漁港提前封港，漁會通知所有漁船在傍晚以前返港避風，港內已經加綁纜繩，並準備了抽水機和沙包。"
    passages = [_passage(fold(news), "short.txt"), _passage(news + "請漁民不要心存僥倖。", "full.txt")]
    assert group_passages(passages) == [[1, 0]]


@pytest.mark.parametrize("seed", range(5))
def test_groups_do_not_depend_on_the_order_of_the_passages(seed: int) -> None:
    passages = [
        _passage(_prose(n % 5, 200) + _prose(n, 20 * (n // 5)), f"{n // 5}.txt", n % 5, f"{n % 5}") for n in range(15)
    ]
    shuffled = random.Random(seed).sample(range(15), 15)
    groups = group_passages([passages[i] for i in shuffled])
    assert sorted(sorted(shuffled[i] for i in group) for group in groups) == [[n, n + 5, n + 10] for n in range(5)]
    assert all(passages[shuffled[group[0]]].source == "2.txt" for group in groups)


def test_a_passage_is_in_one_group_at_most_and_no_group_is_of_one() -> None:
    passages = [_passage(_prose(n % 3, 150) + _prose(n % 4, 150), f"{n}.txt") for n in range(24)]
    groups = group_passages(passages)
    together = [i for group in groups for i in group]
    assert len(together) == len(set(together)) and all(len(group) > 1 for group in groups) and groups


def test_a_set_phrase_in_a_hundred_passages_makes_no_copies_of_them() -> None:
    phrase = "中国共产党中央委员会政治局常务委员会召开会议研究部署"
    passages = [_passage(phrase + _prose(n, 120), f"{n}.txt") for n in range(100)]
    assert group_passages(passages) == []


@pytest.mark.parametrize("text", ["", "。", "……", "一二"])
def test_passages_without_enough_letters_are_copies_of_nothing(text: str) -> None:
    assert group_passages([_passage(text, "a.txt"), _passage(text, "b.txt")]) == []


@pytest.mark.parametrize(
    ("figures", "copies"),
    [(("3", "5"), True), (("3", "5", "7"), True), (("8", "9", "7"), False), (("3", "5", "9"), True)],
)
def test_half_of_three_figures_must_agree(figures: tuple[str, ...], copies: bool) -> None:
    frame = "{}".join(_prose(n, 60) for n in range(len(figures) + 1))
    passages = [_passage(frame.format(*"357"[: len(figures)]), "a.txt"), _passage(frame.format(*figures), "b.txt")]
    assert bool(group_passages(passages)) is copies


@settings(deadline=None)
@given(st.text("甲乙丙，。 a", min_size=1, max_size=60), st.data())
def test_every_piece_of_a_text_is_located_where_the_same_words_stand(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found = locate(text[start:end], text)
    assert found is not None and fold(text[found[0] : found[1]]) == fold(text[start:end])


@pytest.mark.parametrize("place", [0, 137, 460])
@pytest.mark.parametrize("fault", ["lost", "doubled", "misread"])
def test_one_fault_in_forty_characters_does_not_move_the_edges(place: int, fault: str) -> None:
    text = _prose(9, 500)
    quote = text[place : place + 40]
    middle = {"lost": "", "doubled": quote[20] * 2, "misread": "口"}[fault]
    assert locate(quote[:20] + middle + quote[21:], text) == (place, place + 40)


def test_a_quote_with_a_third_of_its_characters_wrong_is_not_located() -> None:
    text = _prose(9, 500)
    assert locate("".join("口" if n % 3 == 0 else c for n, c in enumerate(text[100:160])), text) is None


def _distance(one: str, other: str) -> int:
    """Levenshtein's distance by its definition."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        above, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b)))
    return row[-1]


WITNESS = st.text("甲乙丙Aa１1 　\n，,", max_size=25)


@settings(deadline=None)
@given(WITNESS, WITNESS)
def test_putting_the_other_readings_in_gives_the_other_witness(first: str, second: str) -> None:
    mended, last = "", 0
    for (start, end), _, _, there in disagreements(first, second):
        mended, last = mended + first[last:start] + there, end
    assert fold(squeeze(mended + first[last:])) == fold(squeeze(second))


@settings(deadline=None)
@given(WITNESS, WITNESS)
def test_disagreements_are_as_few_as_can_be(first: str, second: str) -> None:
    found = disagreements(first, second)
    changed = sum(max(len(squeeze(here)), len(squeeze(there))) for _, here, _, there in found)
    assert changed == _distance(fold(squeeze(first)), fold(squeeze(second)))


@settings(deadline=None)
@given(WITNESS, WITNESS)
def test_disagreements_stand_where_they_say_and_in_order(first: str, second: str) -> None:
    found = disagreements(first, second)
    assert all(first[a:b] == here and second[c:d] == there for (a, b), here, (c, d), there in found)
    assert all(one[0][1] <= other[0][0] and one[2][1] <= other[2][0] for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("first", "second", "readings"),
    [
        ("共有3.5万人", "共有35万人", [(".", "")]),
        ("许祯 副主席", "许被副主席", [("祯", "被")]),
        ("８月３日", "8月3日", []),
        ("體育館開放", "体育馆关放", [("開", "关")]),
        ("", "全文", [("", "全文")]),
        ("全文", "", [("全文", "")]),
    ],
)
def test_the_readings_of_two_scans(first: str, second: str, readings: list[tuple[str, str]]) -> None:
    assert [(here, there) for _, here, _, there in disagreements(first, second)] == readings


def _article(*paragraphs: str) -> tuple[Article, str]:
    """An article of body paragraphs on lines of their own, and its page."""
    page, found = "", []
    for text in paragraphs:
        found.append(Paragraph(text, ((len(page), len(page) + len(text)),), "body"))
        page += text + "\n"
    return Article("a.txt", "", tuple(found)), page


def _sizes(*paragraphs: list[int]) -> list[int]:
    """Sizes of the passages of paragraphs made of sentences of these sizes."""
    texts = ["".join("中" * (size - 1) + "。" for size in sizes) for sizes in paragraphs]
    article, page = _article(*texts)
    return [len(passage.text) for passage in cut(article, 0, page)]


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        (([60] * 4,), [240]),
        (([60] * 10,), [300, 300]),
        (([50] * 4, [50] * 4), [200, 200]),  # the cut falls between the paragraphs
        (([50] * 5, [50] * 6), [250, 300]),
        (([30], [40], [50]), [122]),  # a short article is one passage, line breaks counted
        (([500],), [500]),  # a long sentence stays whole
        (([700],), [400, 300]),  # one without end does not
        (([280], [500], [280]), [280, 500, 280]),
        (([100] * 12,), [300, 300, 300, 300]),
    ],
)
def test_passages_have_the_sizes_that_a_reader_would_choose(
    paragraphs: tuple[list[int], ...], expected: list[int]
) -> None:
    assert _sizes(*paragraphs) == expected


PARAGRAPHS = st.lists(st.lists(st.integers(2, 220), min_size=1, max_size=9), min_size=1, max_size=5)


@settings(deadline=None)
@given(PARAGRAPHS)
def test_two_short_passages_never_stand_side_by_side(paragraphs: list[list[int]]) -> None:
    assert all(one >= SHORTEST or other >= SHORTEST for one, other in pairwise(_sizes(*paragraphs)))


@settings(deadline=None)
@given(PARAGRAPHS)
def test_no_passage_is_too_long_when_its_sentences_are_not(paragraphs: list[list[int]]) -> None:
    assert all(size <= LONGEST for size in _sizes(*paragraphs))


NEWS = st.lists(st.text("甲乙丙 a。！”", min_size=1, max_size=120).map(str.strip).filter(bool), min_size=1, max_size=8)


@settings(deadline=None)
@given(NEWS)
def test_passages_hold_whole_sentences_and_lose_nothing(paragraphs: list[str]) -> None:
    article, page = _article(*paragraphs)
    passages = cut(article, 3, page)
    assert squeeze("".join(passage.text for passage in passages)) == squeeze(article.text)
    ends = {len(squeeze(article.text[:end])) for _, end in sentences(article.text)}
    reached = 0
    for passage in passages:
        reached += len(squeeze(passage.text))
        assert reached in ends and passage.number == 3 and passage.source == "a.txt"


@settings(deadline=None)
@given(NEWS)
def test_the_lines_of_a_passage_are_those_that_its_spans_touch(paragraphs: list[str]) -> None:
    article, page = _article(*paragraphs)
    for passage in cut(article, 0, page):
        touched = [page.count("\n", 0, place) + 1 for a, b in passage.spans for place in range(a, b)]
        assert passage.lines == (min(touched), max(touched))
        assert squeeze("".join(page[a:b] for a, b in passage.spans)) == squeeze(passage.text)


def test_a_passage_over_blocks_in_the_wrong_order_keeps_the_reading_order() -> None:
    page = "贴。开张一个月以来,食堂接待了三百多人。\n第二个故事。\n差额由镇里补\n"
    second, first = page.index("贴"), page.index("差")
    spans = ((first, first + 6), (second, page.index("\n")))
    article = Article("a.txt", "", (Paragraph("差额由镇里补" + page.split("\n")[0], spans, "body"),))
    (passage,) = cut(article, 0, page)
    assert passage.text.startswith("差额由镇里补贴。") and passage.spans == spans and passage.lines == (1, 3)


@pytest.mark.parametrize("kinds", [("section", "headline"), ("headline", "headline"), ("byline", "headline")])
def test_only_labels_and_headlines_are_context(kinds: tuple[str, str]) -> None:
    page = "第一行\n第二行\n正文。\n"
    spans = [(0, 3), (4, 7), (8, 11)]
    parts = [Paragraph(page[a:b], ((a, b),), kind) for (a, b), kind in zip(spans, (*kinds, "body"), strict=True)]
    (passage,) = cut(Article("a.txt", "第二行", tuple(parts)), 0, page)
    assert passage.context == ("第二行" if kinds[0] == "byline" else "第一行 第二行")


def test_an_article_without_text_has_no_passages() -> None:
    assert cut(Article("a.txt", "", ()), 0, "\n\n") == ()


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=400))
def test_any_text_can_be_cut(text: str) -> None:
    paragraphs = [line.strip() for line in text.split("\n") if line.strip()]
    article, page = _article(*paragraphs)
    assert squeeze("".join(p.text for p in cut(article, 0, page))) == squeeze(article.text)


@pytest.mark.parametrize("unit", ["a", "中", "。", "国务院今天决定。", "1", "“", "…"])
def test_half_a_million_characters_of_one_kind_are_cut_and_signed_in_seconds(unit: str) -> None:
    text = (unit * (500_000 // len(unit))).strip()
    article, page = _article(text)
    start = time.process_time()
    passages = cut(article, 0, page)
    assert signature(text).shape == (384,)
    assert sum(len(squeeze(passage.text)) for passage in passages) == len(squeeze(text))
    assert time.process_time() - start < 20
