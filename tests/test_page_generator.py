"""The generator of pages and its measures, part by part, against definitions written out the slow way."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.articles import ngrams, reconstruct
from qa.articles.bylines import is_caption, lead_byline
from qa.benchmark.articles import faults, heads, table
from qa.benchmark.articles.baselines import blank_line_paragraphs, markdown_headings
from qa.benchmark.articles.corpus import Source, load_sources, shortened
from qa.benchmark.articles.layout import Sheet, TrueArticle, compose, compose_twice, printed
from qa.benchmark.articles.measures import Found, Tally, as_found, score_page
from qa.benchmark.articles.names import name, names, town
from qa.benchmark.articles.rows import Row, Style, set_rows, story_rows
from qa.benchmark.articles.scans import choose, score_scans
from qa.benchmark.tagger import heading_examples, quantised, seam_examples, train_lines
from qa.datatypes import Article, Page, Paragraph
from qa.text import fold

PLAIN = Style(0, "lines", False, False, 0.0, 14, 0.0, 0.0, "", 0.0, 0.0, False, False)
SEEDS = range(30)


def _story(n: int, english: bool = False) -> Source:
    """A story whose every sentence is unlike all others."""
    rng = random.Random(n)
    if english:
        words = ["harbour", "ferry", "council", "school", "rowing", "championship", "regional", "engineers", "the", "a"]
        text = [" ".join(rng.choices(words, k=30)).capitalize() + "." for _ in range(4)]
        return Source(f"The {rng.choice(words)} returns to port {n}", "", "", tuple(("body", t) for t in text), True)
    han = [chr(code) for code in range(0x4E10, 0x4E10 + 900)]
    text = ["，".join("".join(rng.choices(han, k=rng.randint(7, 15))) for _ in range(6)) + "。" for _ in range(4)]
    return Source("".join(rng.choices(han, k=14)), "", text[0][:12], tuple(("body", t) for t in text))


STORIES = [_story(n) for n in range(12)]
ENGLISH = [_story(n, True) for n in range(12)]


def _sheets(noise: float = 0.0) -> list[Sheet]:
    made = []
    for seed in SEEDS:
        rng = random.Random(seed)
        made.append(compose(f"{seed}.txt", rng.sample(STORIES if seed % 4 else ENGLISH, 4), rng, noise))
    return made


SHEETS = _sheets()


# --- stories -------------------------------------------------------------------------------------------------------

LONG = "全市各地今天开展多种活动迎接新年的到来，街头巷尾一派喜庆气氛。" * 5


def _load(folder: Path, *records: dict[str, str]) -> list[Source]:
    whole = {"title": "各地开展多种活动", "brief": "摘要", "body": LONG}
    with gzip.open(folder / "xwlb_news.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(whole | record, ensure_ascii=False) + "\n" for record in records)
    return load_sources(folder, 99, 0, "train") + load_sources(folder, 99, 0, "test")


@pytest.mark.parametrize(
    "record",
    [
        {"title": "太短"},
        {"title": "很长的标题" * 10},
        {"body": "太短的正文。"},
        {"body": LONG * 30},
        {"body": LONG + "\ufffd"},
        {"body": ""},
    ],
)
def test_a_story_that_no_page_could_hold_is_left_out(tmp_path: Path, record: dict[str, str]) -> None:
    assert _load(tmp_path, record) == [] and len(_load(tmp_path, {})) == 1


def test_a_short_line_without_a_full_stop_announces_another_item_and_ends_the_story(tmp_path: Path) -> None:
    (source,) = _load(tmp_path, {"body": f"{LONG}\n{LONG}\n便民服务进社区\n{LONG}\n明天再见"})
    assert source.parts == (("body", LONG), ("body", LONG))


def test_a_long_line_without_a_full_stop_gets_one(tmp_path: Path) -> None:
    (source,) = _load(tmp_path, {"body": LONG.rstrip("。")})
    assert source.parts == (("body", LONG),)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("[视频]各地开展多种活动", ("", "各地开展多种活动")),
        ("【新春走基层】各地开展多种活动", ("新春走基层", "各地开展多种活动")),
        ("[视频]【新春走基层】 各地开展多种活动", ("新春走基层", "各地开展多种活动")),
    ],
)
def test_the_column_of_a_title_becomes_its_label(tmp_path: Path, title: str, expected: tuple[str, str]) -> None:
    (source,) = _load(tmp_path, {"title": title})
    assert (source.label, source.title) == expected


def test_english_stories_begin_at_a_title_and_have_two_sentences_a_paragraph(tmp_path: Path) -> None:
    sentence = "The passenger ferry service will start running again in {}."
    rows = [
        "Photo by a reader of the paper",
        *(sentence.format(m) for m in ("May", "June", "July")),
        "Subscribe to our newsletter today",
        *(sentence.format(m) for m in ("May", "June", "July")),
        "Ferry service to return - Harbour Post",
        *(sentence.format(m) for m in ("May", "June", "July")),
        "Next title",
    ]
    _load(tmp_path, {})
    with gzip.open(tmp_path / "wmt_news_en_zh.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines(f"{row}\t译文\n" for row in rows)
    part = "test" if crc32(b"Ferry service to return") % 5 == 0 else "train"
    (english,) = [source for source in load_sources(tmp_path, 9, 0, part) if source.english]
    assert english.title == "Ferry service to return"
    assert [text.count(".") for _, text in english.parts] == [2, 1]


@settings(deadline=None)
@given(st.integers(1, 500))
def test_a_shortened_story_stops_at_the_first_paragraph_that_is_enough(size: int) -> None:
    parts = shortened(STORIES[0], size).parts
    assert parts == STORIES[0].parts[: len(parts)]
    before = sum(len(text) for _, text in parts[:-1])
    assert before < size and (before + len(parts[-1][1]) >= size or len(parts) == len(STORIES[0].parts))


def test_a_page_is_of_one_language() -> None:
    seen: Counter[bool] = Counter()
    for seed in range(200):
        chosen = choose(STORIES + ENGLISH, random.Random(seed))
        assert len({source.english for source in chosen}) == 1 and 3 <= len(chosen) <= 10
        seen[chosen[0].english] += 1
    assert 2 <= seen[True] <= 35


# --- names and bylines ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_names_are_two_to_three_characters_and_towns_two(seed: int) -> None:
    rng = random.Random(seed)
    assert all(2 <= len(name(rng)) <= 3 and len(town(rng)) == 2 for _ in range(20))
    listed = names(rng, 3)
    assert all(2 <= len(one) <= 3 for one in listed.replace("、", " ").split(" ")) and listed.count("、") <= 2
    assert len(name(rng, True).split()) == 2 and town(rng, True).istitle()


def test_the_reader_knows_nearly_all_bylines_that_the_generator_prints() -> None:
    rng = random.Random(0)
    printed_bylines = [heads.byline(rng) for _ in range(400)]
    text = "近日,全市组织开展了一次检查。"
    known = [lead_byline(fold(f"{phrase} {text}")) in (len(phrase), len(phrase) + 1) for phrase in printed_bylines]
    assert sum(known) >= 0.95 * len(known)


def test_the_reader_knows_most_captions_that_the_generator_prints() -> None:
    rng = random.Random(1)
    captions = [line for line in (heads.caption(rng) for _ in range(400)) if line.startswith(("图为", "上图", "▲"))]
    assert len(captions) > 100 and all(is_caption(fold(line)) for line in captions)


@pytest.mark.parametrize("manner", ["plain", "numbered", "bracketed", "paired", "quoted", "turned", "asked"])
def test_a_subhead_is_made_of_a_clause_of_its_paragraph(manner: str) -> None:
    text = "社区食堂开张三个月,每天供应十几种家常菜,深受老人欢迎。"
    for seed in range(10):
        made = heads.subhead(text, manner, random.Random(seed)).replace("“", "").replace("”", "")
        assert any(clause in made for clause in ("社区食堂开张三个月", "每天供应十几种家常菜", "深受老人欢迎"))
        assert (manner == "numbered") == (made[1] in "、.") and (manner == "bracketed") == (made[0] == "(")


# --- printed lines -------------------------------------------------------------------------------------------------

FIRST = Row(0, "", "body", part=0)


@pytest.mark.parametrize("width", [8, 12, 17, 30])
@pytest.mark.parametrize("seed", range(4))
def test_lines_of_a_column_hold_the_paragraph_and_keep_its_punctuation(width: int, seed: int) -> None:
    text = "".join(text for _, text in _story(seed).parts) + "共有2023人参加,用去3500元。"
    rows = set_rows(FIRST, text, width, PLAIN, random.Random(seed))
    assert "".join(row.text for row in rows) == text
    assert all(row.text[0] not in "，。、；：！？”’）》,;:!?)" for row in rows[1:])
    assert all(not (a.text[-1].isdigit() and b.text[0].isdigit()) for a, b in pairwise(rows))
    assert all(width - 5 <= len(row.text) <= width + 6 for row in rows[:-1])


@pytest.mark.parametrize("seed", range(12))
def test_only_the_first_line_of_a_paragraph_begins_it(seed: int) -> None:
    style = replace(PLAIN, tear=1.0)
    rows = [row for row in set_rows(FIRST, STORIES[seed].parts[0][1], 0, style, random.Random(seed)) if row.part >= 0]
    assert "".join(row.text for row in rows) == STORIES[seed].parts[0][1] and len(rows) > 1
    assert [(row.tied, row.torn) for row in rows] == [(False, False)] + [(True, True)] * (len(rows) - 1)


@pytest.mark.parametrize("width", [34, 48, 64])
def test_english_lines_break_between_words_or_with_a_hyphen(width: int) -> None:
    text = " ".join(text for _, text in ENGLISH[0].parts)
    rows = set_rows(FIRST, text, width, replace(PLAIN, english=True), random.Random(0))
    whole = ""
    for row in rows:
        whole = whole[:-1] + row.text if whole.endswith("-") else f"{whole} {row.text}".strip()
    assert whole == text and all(len(row.text) <= width + 1 for row in rows)


@pytest.mark.parametrize("seed", range(20))
def test_the_rows_of_a_story_stand_in_reading_order_and_hold_its_paragraphs(seed: int) -> None:
    rng = random.Random(seed)
    source = STORIES[seed % 12]
    rows = story_rows(5, source, replace(PLAIN, narrow=0.5, tear=0.5), rng)
    assert [row.order for row in rows] == list(range(len(rows))) and {row.story for row in rows} == {5}
    for part, (_, text) in enumerate(source.parts):
        own = [row for row in rows if row.part == part]
        assert text in "".join(row.text for row in own)
        assert [row.tied for row in own] == [False] + [True] * (len(own) - 1)


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        ("台风来了，渔船返港。", {"traditional": True}, "颱風來了，漁船返港。"),
        ("好吗？（记者）：；！", {"half": True}, "好吗?(记者):;!"),
        ("一，二。", {}, "一，二。"),
    ],
)
def test_a_page_is_printed_in_its_style(text: str, change: dict[str, bool], expected: str) -> None:
    assert printed(text, replace(PLAIN, **change)) == expected


# --- faults --------------------------------------------------------------------------------------------------------


def _blocks(seed: int) -> list[list[Row]]:
    rng = random.Random(seed)
    return [story_rows(i, source, replace(PLAIN, tear=0.8), rng) for i, source in enumerate(STORIES[:5])]


@pytest.mark.parametrize("seed", range(25))
def test_faults_lose_swap_or_copy_rows_and_make_none_up(seed: int) -> None:
    before = _blocks(seed)
    after = faults.scramble(before, replace(PLAIN, faults=1.0), random.Random(seed))
    place = {(row.story, row.order): row for story in before for row in story}
    rows = [row for block in after for row in block]
    assert all(place[row.story, row.order].text == row.text for row in rows)
    kept = Counter((row.story, row.order) for row in rows if not row.repeat)
    assert max(kept.values()) == 1


def test_a_page_without_faults_is_left_as_it_is() -> None:
    assert faults.scramble(_blocks(1), PLAIN, random.Random(0)) == _blocks(1)


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.3, 1.0])
def test_misreading_changes_the_words_and_nothing_else(rate: float) -> None:
    rows = [row for block in _blocks(2) for row in block]
    after = faults.misread(rows, rate, random.Random(0))
    assert [replace(row, text="") for row in after] == [replace(row, text="") for row in rows]
    assert all(row.text.strip() for row in after) and (after == rows) is (rate == 0)


def test_lookalikes_are_pairs() -> None:
    text = "日曰者耆讯汛未末己已人入"
    assert faults.noisy(faults.noisy(text, 1.0, "x", random.Random(0)), 1.0, "x", random.Random(0)) == text
    assert all(a != b for a, b in zip(text, faults.noisy(text, 1.0, "x", random.Random(0)), strict=True))


# --- the truth of a page -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.page.source)
def test_every_line_of_a_page_is_known_to_one_story_or_to_the_page(sheet: Sheet) -> None:
    filled = [n for n, line in enumerate(sheet.page.text.split("\n"), 1) if line.strip()]
    assert len(filled) == len(sheet.rows)
    known = Counter(n for article in sheet.articles for n in article.lines)
    furniture = {n for n, row in zip(filled, sheet.rows, strict=True) if row.story < 0}
    assert set(known) == set(filled) - furniture and set(known.values()) == {1}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.page.source)
def test_lines_that_are_joined_follow_each_other_in_their_story(sheet: Sheet) -> None:
    for article in sheet.articles:
        order = {n: place for place, n in enumerate(article.lines)}
        assert all(order[a] < order[b] for a, b in article.joins)
        assert len({a for a, _ in article.joins}) == len(article.joins) == len({b for _, b in article.joins})
        assert article.repeats == frozenset(article.lines[len(article.lines) - len(article.repeats) :])


@pytest.mark.parametrize("seed", range(8))
def test_two_scans_of_a_page_share_the_words_of_their_paragraphs(seed: int) -> None:
    rng = random.Random(seed)
    first, second = compose_twice(("a", "b"), rng.sample(STORIES, 5), rng)
    other = {(row.story, row.part) for row in second.rows if row.part >= 0}
    mine = {(row.story, row.part) for row in first.rows if row.part >= 0}
    assert len(mine & other) >= 0.5 * len(mine) and first.page.text != second.page.text


def test_different_pages_are_no_scans_of_each_other() -> None:
    report = score_scans([_story(n) for n in range(200)], 8, 0, 0.02)
    assert report["scan_pairs_found"] == 1.0 and report["scan_pairs_wrong"] == 0.0
    assert report["disagreements_found"] >= 0.9


# --- measures ------------------------------------------------------------------------------------------------------


def _sheet_of(*stories: tuple[int, ...]) -> Sheet:
    truth = tuple(TrueArticle(f"t{i}", "", "", lines, frozenset(), frozenset()) for i, lines in enumerate(stories))
    return Sheet(Page("a.txt", ""), truth)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 4)), min_size=1, max_size=14))
def test_b_cubed_is_what_its_definition_says(lines: list[tuple[int, int]]) -> None:
    true = {n: story for n, (story, _) in enumerate(lines, 1)}
    guess = {n: (found if found >= 0 else -n - 1) for n, (_, found) in enumerate(lines, 1)}
    stories = [tuple(n for n in true if true[n] == story) for story in sorted(set(true.values()))]
    found = [Found("", "", tuple(n for n in guess if guess[n] == g)) for g in range(5)]
    tally = Tally()
    score_page(tally, _sheet_of(*stories), found)
    precision = recall = 0.0
    for n in true:
        same_guess = [m for m in true if guess[m] == guess[n]]
        same_truth = [m for m in true if true[m] == true[n]]
        precision += sum(true[m] == true[n] for m in same_guess) / len(same_guess) / len(true)
        recall += sum(guess[m] == guess[n] for m in same_truth) / len(same_truth) / len(true)
    assert tally.report()["b_cubed_f1"] == pytest.approx(2 * precision * recall / (precision + recall))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([(1, 2, 3), (4, 5)], (1.0, 0.0, 0.0)),
        ([(1, 2, 3, 4, 5)], (0.0, 0.0, 1.0)),
        ([(1, 2), (3,), (4, 5)], (0.5, 0.5, 0.0)),
        ([(1, 2, 4), (3, 5)], (0.0, 1.0, 1.0)),
        ([(1, 2, 3)], (0.5, 0.5, 0.0)),  # lines that nobody claims stand alone
        ([(1, 2, 3, 9), (4, 5)], (1.0, 0.0, 0.0)),  # a line of the page itself does not count
    ],
)
def test_found_split_and_merged_by_hand(found: list[tuple[int, ...]], expected: tuple[float, float, float]) -> None:
    tally = Tally()
    score_page(tally, _sheet_of((1, 2, 3), (4, 5)), [Found("", "", lines) for lines in found])
    report = tally.report()
    assert (report["articles_found"], report["articles_split"], report["articles_merged"]) == expected


@pytest.mark.parametrize(
    ("lines", "errors"), [((1, 2, 3, 4), 0), ((2, 1, 3, 4), 1), ((4, 3, 2, 1), 3), ((3, 4, 1, 2), 1), ((1, 4), 0)]
)
def test_order_errors_are_neighbours_turned_round(lines: tuple[int, ...], errors: int) -> None:
    tally = Tally()
    score_page(tally, _sheet_of((1, 2, 3, 4)), [Found("", "", lines)])
    assert tally.report()["order_errors_per_page"] == errors


@pytest.mark.parametrize(
    ("true", "found", "rates"),
    [
        ("本报讯 记者张三报道", "本报讯 记者张三报道", (1.0, 0.0)),
        ("本报讯 记者张三报道", "记者张三报道", (1.0, 0.0)),
        ("本报讯 记者张三报道", "李四光 摄影作品", (0.0, 0.0)),
        ("本报讯 记者张三报道", "", (0.0, 0.0)),
        ("", "记者张三报道", (1.0, 1.0)),
    ],
)
def test_bylines_are_found_missed_or_invented(true: str, found: str, rates: tuple[float, float]) -> None:
    tally = Tally()
    sheet = Sheet(Page("a", ""), (TrueArticle("", true, "", (1,), frozenset(), frozenset()),))
    score_page(tally, sheet, [Found("", found, (1,))])
    assert (tally.report()["byline_found"], tally.report()["bylines_invented"]) == rates


def test_an_article_is_measured_by_lines_joins_and_repeats() -> None:
    page = "标题\n\n他走上\n\n前去。\n\n他走上\n"
    body = Paragraph("他走上前去。", ((4, 7), (9, 12)), "body")
    article = Article("a", "标题", (Paragraph("标题", ((0, 2),), "headline"), body), repeats=((14, 17),))
    assert as_found(article, page) == Found("标题", "", (1, 3, 5, 7), frozenset({(3, 5)}), frozenset({7}))


def test_a_perfect_reader_of_generated_pages_scores_one() -> None:
    tally = Tally()
    for sheet in SHEETS:
        score_page(tally, sheet, [Found(a.title, a.byline, a.lines, a.joins, a.repeats) for a in sheet.articles])
    report = tally.report()
    bad = ("articles_split", "articles_merged", "bylines_invented", "order_errors_per_page")
    assert {name: rate for name, rate in report.items() if rate != (0.0 if name in bad else 1.0)} == {}


def test_the_reader_beats_both_baselines_on_pages_of_senseless_words() -> None:
    """Even where no word can help, the printed forms tell more than blank lines or marks alone."""
    scores = []
    for method in (
        lambda page: [as_found(a, page.text) for a in reconstruct(page)],
        blank_line_paragraphs,
        markdown_headings,
    ):
        tally = Tally()
        for sheet in SHEETS[1:13]:
            score_page(tally, sheet, method(sheet.page))
        scores.append(tally.report()["b_cubed_f1"])
    assert scores[0] > max(scores[1:])


def test_a_report_is_printed_with_a_column_for_every_method() -> None:
    lines = table({"one": {"b_cubed_f1": 0.5, "speed": 1234567.0}, "two": {"b_cubed_f1": 0.25}}).splitlines()
    assert lines[0].split() == ["one", "two"] and lines[1].split() == ["b_cubed_f1", "0.5000", "0.2500"]
    assert lines[2].split() == ["speed", "1,234,567.0000"]


# --- training ------------------------------------------------------------------------------------------------------


def test_the_seams_of_training_are_where_a_story_goes_on() -> None:
    source = STORIES[0]
    held = [fold(text) for _, text in source.parts]
    examples = list(seam_examples([source], random.Random(0)))
    assert {label for *_, label in examples} == {0, 1}
    assert all(any(end + start in text for text in held) for end, start, label in examples if label)


def test_a_heading_is_trained_against_a_piece_of_text_of_its_length() -> None:
    examples = list(heading_examples(STORIES[:4], random.Random(0)))
    for (head, yes), (piece, no) in zip(examples[::2], examples[1::2], strict=True):
        assert (yes, no) == (1, 0) and abs(len(head) - len(piece)) <= 2
    assert fold(STORIES[0].title) in {text for text, label in examples if label}


def test_lines_that_share_their_characters_are_learned() -> None:
    examples = [(f"{n}甲乙丙", 1) for n in range(60)] + [(f"{n}丁戊己", 0) for n in range(60)]
    weights = train_lines(examples, random.Random(0))
    scores = [float(weights[ngrams.heading_buckets(text)].sum() + weights[-1]) for text in ("7甲乙丙", "7丁戊己")]
    assert scores[0] > 0 > scores[1]


@settings(deadline=None)
@given(st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=50))
def test_stored_weights_are_near_the_trained_ones_or_at_the_limit(values: list[float]) -> None:
    stored = ngrams.unpack(quantised(np.array(values, dtype=np.float32))).astype(float) / ngrams.SCALE
    limit = 127 / ngrams.SCALE
    assert np.abs(stored - np.clip(values, -limit, limit)).max() <= 0.5 / ngrams.SCALE + 1e-6


def test_no_page_tells_one_story_twice() -> None:
    told = "县里的图书馆昨天把最后一批旧书送到了山那边的三所小学，孩子们在门口排起了长队等着翻看新到的画册。"
    sources = [
        Source(f"第{n}篇报道的标题", "", "", (("body", text),))
        for n, text in enumerate((f"{told}又及。", f"另一个开头。{told}", "别的事。", "又一件。"))
    ]
    for seed in range(20):
        chosen = choose(sources, random.Random(seed))
        assert sum(told in source.parts[0][1] for source in chosen) <= 1 and len(chosen) in (2, 3)
