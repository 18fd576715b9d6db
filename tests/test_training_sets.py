"""What the scorer learns from: the archive in memory, examples read, texts taken away, questions made of the news."""

from __future__ import annotations

import gzip
import json
import math
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.answers.corpus import Corpus, plain_corpus
from qa.answers.pseudo import English, asked_of
from qa.answers.samples import SIZES, Example, Without, corpora, is_right, near_miss, read
from qa.answers.spans import typed_spans
from qa.conversation import analyse
from qa.text import fold, sentences, squeeze, terms

WORDS = ["灯会", "图书馆", "公路", "APP", "2021年", "主席", "商店"]
pages = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map("、".join), min_size=2, max_size=6)
A = "城南街道下辖320家商店。街道主席赵小兰说,明年建图书馆。居民有1.2万人。"
B = "剧院里的演员有30名。图书馆在剧院旁边。"


def corpus_of(texts: list[str]) -> Corpus:
    return plain_corpus({f"{i}.txt": text for i, text in enumerate(texts)})


def bm25(texts: list[str], query: str) -> list[float]:
    """Robertson and Zaragoza (2009), term by term, with k1 = 1.2 and b = 0.75."""
    counts = [Counter(terms(text)) for text in texts]
    lengths = [sum(count.values()) for count in counts]
    mean, scores = sum(lengths) / len(lengths), [0.0] * len(texts)
    for term in set(terms(query)):
        holding = sum(term in count for count in counts)
        rarity = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
        for i, count in enumerate(counts):
            norm = 1.2 * (0.25 + 0.75 * lengths[i] / mean)
            scores[i] += rarity * count[term] * 2.2 / (count[term] + norm)
    return scores


@settings(deadline=None)
@given(pages, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join))
def test_the_corpus_ranks_as_bm25_does(texts: list[str], query: str) -> None:
    hits = corpus_of(texts).search(query, len(texts), mode="sparse")
    by_hand = bm25(texts, query)
    ranked = [by_hand[int(hit.passage.source.split(".")[0])] for hit in hits]
    assert ranked == pytest.approx(sorted(by_hand, reverse=True), abs=1e-5)
    assert len({hit.passage.id for hit in hits}) == len(texts)
    assert [hit.rank for hit in hits] == list(range(1, len(texts) + 1))


@settings(deadline=None)
@given(pages, st.sampled_from(["灯会", "灯", "图书", "app", "2021", "会图", "飞机"]))
def test_document_frequency_counts_the_passages_that_hold_a_term(texts: list[str], term: str) -> None:
    assert corpus_of(texts).document_frequency(term) == sum(term in terms(text) for text in texts)


@settings(deadline=None)
@given(pages, st.integers(0, 9), st.sets(st.integers(0, 5)))
def test_a_search_keeps_to_its_sources_and_its_number(texts: list[str], k: int, chosen: set[int]) -> None:
    wanted = [f"{i}.txt" for i in chosen]
    found = {hit.passage.source for hit in corpus_of(texts).search("灯会", k, sources=wanted)}
    assert found <= set(wanted)
    assert len(found) == min(k, len([i for i in chosen if i < len(texts)]))


def test_every_passage_of_a_plain_corpus_stands_in_its_page() -> None:
    texts = {"a": f"  灯会开幕 \n\n{A}\n{B * 40}\n", "b": B}
    corpus = plain_corpus(texts)
    assert len(corpus.passages) > len(texts)
    for passage in corpus.passages:
        assert squeeze("".join(texts[passage.source][a:b] for a, b in passage.spans)) == squeeze(passage.text)
        assert passage.text in corpus.article_of(passage).text
    for source, text in texts.items():
        held = "".join(passage.text for passage in corpus.passages if passage.source == source)
        assert squeeze(held) == squeeze(text)


def test_the_first_line_is_the_headline_where_texts_are_titled() -> None:
    titled, plain = (plain_corpus({"a": f"灯会开幕\n{A}"}, titled=flag) for flag in (True, False))
    assert titled.article_of(titled.passages[0]).title == titled.passages[0].context == "灯会开幕"
    assert plain.article_of(plain.passages[0]).title == plain.passages[0].context == ""


def test_a_corpus_knows_its_pages_and_no_other() -> None:
    corpus = plain_corpus({"a": A})
    assert corpus.page("a").text == A
    assert not corpus.changed("a")
    assert corpus.changed("b")


def squad(folder: Path, *records: dict[str, Any]) -> Path:
    file = folder / "set.jsonl.gz"
    lines = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    file.write_bytes(gzip.compress(lines.encode()))
    return file


def test_each_context_is_a_source_of_its_own(tmp_path: Path) -> None:
    asked = {"question": "演员有多少?", "answers": [{"text": "30名", "start": B.index("30名")}]}
    (_, first), (_, second) = read(
        squad(tmp_path, {"context": A, "qas": [asked]}, {"context": B, "qas": [asked, asked]})
    )
    assert {one.source for one in first} == {"set.jsonl.gz:0"}
    assert [one.source for one in second] == ["set.jsonl.gz:1"] * 2
    assert [one.sentence for one in second] == ["剧院里的演员有30名。"] * 2


@pytest.mark.parametrize(
    ("answers", "gold", "sentence", "trick"),
    [
        ([("赵小兰", 16), ("赵小兰", 16), ("小兰", 17)], ("赵小兰", "小兰"), "街道主席赵小兰说,明年建图书馆。", ""),
        ([("1.2万人", 31)], ("1.2万人",), "居民有1.2万人。", ""),
        ([("飞机", 3)], (), "城南街道下辖320家商店。", "skip"),
        ([("320家", 900)], (), "", "skip"),
        ([("NO", 0)], (), "", "skip"),
    ],
)
def test_an_answer_must_stand_in_its_context(
    tmp_path: Path, answers: list[tuple[str, int]], gold: tuple[str, ...], sentence: str, trick: str
) -> None:
    asked = {"question": "?", "answers": [{"text": text, "start": start} for text, start in answers]}
    ((_, (example,)),) = read(squad(tmp_path, {"context": A, "qas": [asked]}))
    assert (example.gold, example.sentence, example.trick) == (gold, sentence, trick)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 700), st.integers(0, 99))
def test_corpora_share_out_all_questions_and_mix_the_texts(number: int, seed: int) -> None:
    texts = [(f"文{i}", [Example(f"问{i}{j}?", f"s{i}", ("答",)) for j in range(i % 3)]) for i in range(number)]
    parts = list(corpora(texts, seed))
    asked = [one for _, questions in parts for one in questions]
    assert sorted(one.question for one in asked) == sorted(one.question for _, qas in texts for one in qas)
    assert all({one.source for one in questions} == set(part) for part, questions in parts)
    assert all(len(part) <= size for (part, _), size in zip(parts, SIZES, strict=False))
    assert [[*part] for part, _ in parts] == [[*part] for part, _ in corpora(texts, seed)]


def numbered(name: str, numbers: range) -> list[tuple[str, list[Example]]]:
    return [(f"{name}{i}", [Example(f"问{i}?", f"{name}:{i}", ("答",))]) for i in numbers]


@given(st.integers(0, 60), st.integers(0, 5))
def test_texts_from_beside_join_a_corpus_and_nothing_is_asked_about_them(place: int, seed: int) -> None:
    texts, beside = numbered("a", range(place, place + 1)), numbered("a", range(place)) + numbered("b", range(60))
    [(held, asked)] = corpora(texts, seed, beside)
    assert [one.source for one in asked] == [f"a:{place}"]
    assert set(held) == {f"a:{i}" for i in range(max(0, place - 3), place + 1)}  # of the same file, the nearest three


def test_a_text_is_asked_about_though_it_stands_beside_another() -> None:
    texts = numbered("a", range(6))
    [(held, asked)] = corpora(texts, 1, texts)
    assert len(held) == len(asked) == 6


def test_near_misses_take_the_whole_text_away_as_often_as_the_sentence_or_more() -> None:
    example = Example("城南街道的主席是谁?", "a", ("赵小兰",), "街道主席赵小兰说。")
    others = ["海东剧院的演员有多少名?", "北湖公园的园长是谁?"]
    tricks = Counter(near_miss(example, others, random.Random(seed)).trick for seed in range(300))
    assert set(tricks) == {"text", "sentence", "word", "asked"}
    assert tricks["text"] > 60


@pytest.mark.parametrize("sentence", ["", *(A[a:b] for a, b in sentences(A))])
def test_what_is_taken_away_is_counted_as_if_never_printed(sentence: str) -> None:
    view = Without(plain_corpus({"a": A, "b": B}), "a", sentence)
    left = A.replace(sentence, "") if sentence else ""
    for term in {*terms(A), *terms(B)}:
        assert view.document_frequency(term) == (term in terms(left)) + (term in terms(B)), term
    texts = {hit.passage.source: hit.passage.text for hit in view.search("图书馆", 5)}
    assert texts == ({"a": left, "b": B} if left else {"b": B})
    assert view.page("a").text == A
    assert view.passage_count == 2


def test_taking_a_text_away_leaves_the_ranks_without_a_gap() -> None:
    texts = {name: f"{A}{name}" for name in "abcdef"}
    hits = Without(plain_corpus(texts), "c").search("图书馆", 3)
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert "c" not in {hit.passage.source for hit in hits}


@pytest.mark.parametrize("seed", range(12))
def test_a_near_miss_by_a_word_asks_something_else(seed: int) -> None:
    example = Example("城南街道的主席是谁?", "a", ("赵小兰",), "街道主席赵小兰说。")
    miss = near_miss(example, ["海东剧院的演员有多少名?", "山前公路何时通车?"], random.Random(seed))
    assert (miss.source, miss.sentence, miss.gold) == ("a", example.sentence, ())
    before, after = (set(analyse(question).words) for question in (example.question, miss.question))
    assert len(before - after) == (1 if miss.trick == "word" else 0)
    assert analyse(miss.question).kind == "who"


def test_a_year_is_moved_in_most_near_misses_by_a_word() -> None:
    example = Example("2015年灯会谁主办?", "a", ("文联",), "2015年灯会由文联主办。")
    misses = [near_miss(example, ["山前公路何时通车?"], random.Random(seed)) for seed in range(120)]
    questions = [miss.question for miss in misses if miss.trick == "word"]
    moved = [int(year) - 2015 for question in questions for year in re.findall("[0-9]{4}", question) if year != "2015"]
    assert len(moved) * 2 > len(questions) > 10
    assert all(0 < abs(by) < 10 for by in moved)


def test_a_question_of_one_word_cannot_have_it_exchanged() -> None:
    tricks = {near_miss(Example("灯会?", "a", ("b",)), ["公路?"], random.Random(seed)).trick for seed in range(40)}
    assert tricks == {"text", "sentence"}


@pytest.mark.parametrize(
    ("sentence", "gold", "right"),
    [
        ("共有 320 家商店。", "320家", True),
        ("共有320家商店。", "320家商店。", True),
        ("共有三百二十家商店。", "320家", False),
        ("首先登记姓名,然后交验全部证件。", "首先登记姓名,然后交验全部证件。最后领取通知。", True),
        ("首先登记姓名。", "首先登记姓名。然后交验全部证件。最后领取通知。", False),  # too little of a long answer
        ("天气很好。", "", False),
    ],
)
def test_a_sentence_is_right_that_holds_the_answer_or_most_of_a_long_one(sentence: str, gold: str, right: bool) -> None:
    assert is_right(sentence, Example("?", "a", (gold,) if gold else ())) is right


def test_any_of_the_gold_answers_will_do() -> None:
    example = Example("?", "a", ("甲队", "乙队"))
    assert [is_right(text, example) for text in ("乙队获胜。", "甲队获胜。", "丙队获胜。")] == [True, True, False]


BODY = (
    "近日,城南县图书馆在临江路正式开馆。馆内共有藏书300万册,阅览座位1200个。"
    "负责人赵小兰表示,2019年5月起延长开放时间。天气很好。读者纷纷点赞。"
)


@pytest.mark.parametrize("seed", range(15))
def test_news_questions_ask_for_a_span_of_one_sentence(seed: int) -> None:
    found = list(asked_of("news:1", "城南县图书馆开馆 读者点赞", BODY, random.Random(seed)))
    assert len({one.sentence for one in found}) == len(found)
    for example in found:
        (gold,) = example.gold
        assert example.sentence in BODY
        assert gold in fold(example.sentence)
        assert gold not in example.question
        assert gold in {fold(BODY)[s.start : s.end] for s in typed_spans(fold(BODY))}
        assert example.question.endswith("?")
        assert is_right(example.sentence, example)


def test_news_questions_of_all_three_kinds_are_asked() -> None:
    found = [one for seed in range(40) for one in asked_of("n", "城南县图书馆开馆", BODY, random.Random(seed))]
    kinds = Counter(analyse(one.question).kind for one in found)
    assert min(kinds[kind] for kind in ("number", "when", "who")) > 0
    assert "天气很好。" not in {one.sentence for one in found}


def test_a_body_without_a_span_asks_nothing() -> None:
    assert list(asked_of("n", "天气", "天气很好,大家都出来晒太阳看风景。读者纷纷点赞。", random.Random(1))) == []


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> English:
    folder = tmp_path_factory.mktemp("dictionary")
    rows = [
        "图书馆\t圖書館\ttu2 shu1 guan3\tlibrary/reading hall",
        "图书\t圖書\ttu2 shu1\tbooks (in a library)",
        "建立\t建立\tjian4 li4\tto build; to set up",
        "宁\t寧\tning2\tpeaceful",
        "波\t波\tbo1\twave",
    ]
    (folder / "cedict.tsv.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    return English(folder)


@pytest.mark.parametrize(
    ("question", "most", "begins"),
    [
        ("宁波图书馆何时建立?", ["ningbo", "library", "build"], "When was "),
        ("谁建立图书馆?", ["build", "library"], "Who is "),
        ("宁波有多少图书?", ["ningbo", "books"], "How many "),
        ("图书馆APP为什么建立?", ["library", "app", "build"], "Why "),
    ],
)
def test_a_chinese_question_is_read_by_the_longest_words_and_names_spelled(
    english: English, question: str, most: list[str], begins: str
) -> None:
    spoken = {english.question(question, random.Random(seed)) for seed in range(60)} - {""}
    full = max(spoken, key=len)
    assert full == f"{begins}{' '.join(most)}?"
    assert all(one.startswith(begins) and set(one[len(begins) : -1].split()) <= set(most) for one in spoken)


def test_nothing_is_asked_in_english_with_a_single_word(english: English) -> None:
    assert {english.question("图书馆?", random.Random(seed)) for seed in range(20)} == {""}
    assert english.example(Example("图书馆?", "a", ("b",)), random.Random(1)) is None


def test_an_english_example_keeps_its_answer(english: English) -> None:
    chinese = Example("宁波图书馆何时建立?", "a", ("2012年",), "2012年建立。")
    spoken = next(filter(None, (english.example(chinese, random.Random(seed)) for seed in range(9))))
    assert (spoken.gold, spoken.sentence, spoken.source) == (chinese.gold, chinese.sentence, "a")
    assert analyse(spoken.question).lang == "en"
