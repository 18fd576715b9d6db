"""How training examples are made: near misses, news and English questions, and the trees learned."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qa.answers.corpus import plain_corpus
from qa.answers.evidence import static_encoder
from qa.answers.learning import (
    Shares,
    ask,
    ask_all,
    confidence_rows,
    directions,
    evidence_rows,
    fit,
    lesson_of,
    read_again,
    second_rows,
)
from qa.answers.model import trees_from
from qa.answers.pseudo import English, news
from qa.answers.reader import reader
from qa.answers.rereading import MOST, READ
from qa.answers.samples import SIZES, Example, Without, corpora, is_right, near_miss, read
from qa.answers.scoring import COLUMNS, SUMMARY, weights
from qa.conversation import analyse

CONTEXT = "城南街道下辖320家商店。街道主席赵小兰说,明年建图书馆。居民有1.2万人。"
RECORD = {
    "context": CONTEXT,
    "qas": [
        {"id": "1", "question": "街道主席是谁?", "answers": [{"text": "赵小兰", "start": CONTEXT.index("赵小兰")}]},
        {"id": "2", "question": "主席的电话?", "answers": [], "impossible": True},
        {"id": "3", "question": "有商店吗?", "answers": [{"text": "YES", "start": 0}]},
    ],
}


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    file = tmp_path / "set.jsonl.gz"
    file.write_bytes(gzip.compress(json.dumps(RECORD, ensure_ascii=False).encode()))
    return file


def test_a_question_knows_its_answer_and_the_sentence_that_holds_it(squad: Path) -> None:
    ((context, examples),) = read(squad)
    assert context == CONTEXT
    assert examples[0].gold == ("赵小兰",)
    assert examples[0].sentence == "街道主席赵小兰说,明年建图书馆。"


def test_impossible_questions_are_refused_and_yes_or_no_left_out(squad: Path) -> None:
    ((_, examples),) = read(squad)
    assert [one.trick for one in examples] == ["", "given", "skip"]
    assert [bool(one.gold) for one in examples] == [True, False, False]


def test_corpora_of_changing_size_hold_every_text_once() -> None:
    texts = [(f"文{i}", [Example(f"问{i}?", f"s{i}", ("答",))]) for i in range(SIZES[0] + SIZES[1] + 5)]
    parts = list(corpora(texts, 1))
    assert [len(part) for part, _ in parts] == [SIZES[0], SIZES[1], 5]
    assert sorted(source for part, _ in parts for source in part) == sorted(f"s{i}" for i in range(len(texts)))


def test_a_text_taken_away_is_neither_found_nor_counted() -> None:
    corpus = plain_corpus({"a": CONTEXT, "b": "剧院里的演员有30名。"}, static_encoder())
    view = Without(corpus, "a")
    assert {hit.passage.source for hit in view.search("街道主席", 5)} == {"b"}
    assert view.document_frequency("主席") == 0
    assert view.document_frequency("演员") == corpus.document_frequency("演员") == 1


def test_a_sentence_taken_away_leaves_the_rest() -> None:
    corpus = plain_corpus({"a": CONTEXT, "b": "剧院里的演员有30名。"}, static_encoder())
    view = Without(corpus, "a", "街道主席赵小兰说,明年建图书馆。")
    texts = [hit.passage.text for hit in view.search("街道主席", 5)]
    assert "城南街道下辖320家商店。居民有1.2万人。" in texts
    assert view.document_frequency("主席") == 0
    assert view.document_frequency("街道") == 1
    passage = next(hit.passage for hit in view.search("街道", 5) if hit.passage.source == "a")
    assert "赵小兰" not in view.article_of(passage).text


def test_a_near_miss_has_no_answer_left() -> None:
    example = Example("2015年城南街道的主席是谁?", "a", ("赵小兰",), "街道主席赵小兰说。")
    tricks = set()
    for seed in range(40):
        miss = near_miss(example, ["海东县剧院有多少演员?"], random.Random(seed))
        tricks.add(miss.trick)
        assert miss.gold == ()
        assert (miss.question != example.question) == (miss.trick == "word")
    assert tricks == {"text", "sentence", "word"}


@pytest.mark.parametrize(
    ("sentence", "right"),
    [
        ("街道主席赵小兰说。", True),
        ("街道主席趙小蘭說。", True),
        ("街道副主席许明说。", False),
    ],
)
def test_a_sentence_is_right_when_it_holds_the_answer(sentence: str, right: bool) -> None:
    assert is_right(sentence, Example("谁?", "a", ("赵小兰",))) is right


def test_asking_marks_the_sentences_that_are_right() -> None:
    corpus = plain_corpus({"a": CONTEXT, "b": "剧院里的演员有30名。"}, static_encoder())
    asked = ask(corpus, Example("街道主席是谁?", "a", ("赵小兰",)))
    assert [text for text, right in zip(asked.texts, asked.right, strict=True) if right] == [
        "街道主席赵小兰说,明年建图书馆。"
    ]


def test_every_question_is_asked_and_most_again_as_near_misses() -> None:
    texts = [
        (CONTEXT, [Example("街道主席是谁?", f"s{i}", ("赵小兰",), "街道主席赵小兰说,明年建图书馆。")])
        for i in range(30)
    ]
    asked = list(ask_all(texts, static_encoder(), 1))
    assert sum(bool(one.example.gold) for one in asked) == 30
    assert 10 < sum(not one.example.gold for one in asked) < 30


def test_evidence_rows_hold_every_right_sentence() -> None:
    one = ask(plain_corpus({"a": CONTEXT}, static_encoder()), Example("街道主席是谁?", "a", ("赵小兰",)))
    many = replace(one, rows=np.arange(60.0).reshape(60, 1), right=np.arange(60) == 3)
    rows, right = evidence_rows([many], 1)
    assert right.sum() == 1
    assert rows[right][0, 0] == 3
    assert 12 <= (~right).sum() <= 24


def test_a_copy_of_the_answer_in_another_text_is_right_too() -> None:
    corpus = plain_corpus({"a": CONTEXT, "b": CONTEXT}, static_encoder())
    asked = ask(corpus, Example("街道主席是谁?", "a", ("赵小兰",)))
    assert asked.right.sum() == 2


def test_shares_say_how_questions_are_asked_again() -> None:
    gold = "街道主席赵小兰说,明年建图书馆。"
    texts = [(CONTEXT, [Example("街道主席是谁?", f"s{i}", ("赵小兰",), gold)]) for i in range(9)]
    once = list(ask_all(texts, static_encoder(), 1, shares=Shares(0.0, 0.0, 0.0)))
    assert [one.example.gold for one in once] == [("赵小兰",)] * 9
    twice = list(ask_all(texts, static_encoder(), 1, shares=Shares(1.1, 0.0, 0.0)))
    assert sum(not one.example.gold for one in twice) == 9


def test_a_lesson_holds_a_right_sentence_however_low_it_stands() -> None:
    texts = {f"b{i}": f"剧院{i}有{i}名演员。剧院{i}的经理来了。剧院在东边。" for i in range(12)}
    corpus = plain_corpus({"a": CONTEXT, **texts}, static_encoder())
    asked = ask(corpus, Example("街道主席是谁?", "a", ("赵小兰",)))
    found = lesson_of(replace(asked, rows=-asked.rows), weights().first)
    assert found and found.right.any() and len(found.right) <= 8
    assert found.spans


def test_a_question_whose_text_is_not_found_is_no_lesson() -> None:
    asked = ask(plain_corpus({"a": CONTEXT}, static_encoder()), Example("街道主席是谁?", "b", ("钱大海",)))
    assert lesson_of(asked, weights().first) is None
    given = replace(asked, example=replace(asked.example, gold=()))
    missing = lesson_of(given, weights().first)
    assert missing and not missing.right.any() and missing.spans == ()


def test_what_the_reader_says_stands_beside_the_other_features() -> None:
    corpus = plain_corpus({"a": CONTEXT, "b": "剧院里的演员有30名。"}, static_encoder())
    asked = ask(corpus, Example("街道主席是谁?", "a", ("赵小兰",)))
    answered = read_again(asked, weights().first)
    assert answered.rows.shape == (len(asked.rows), len(COLUMNS))
    assert (answered.rows[:, : -len(READ)] == asked.rows).all()
    assert set(answered.read) <= set(range(len(asked.rows))) and len(answered.read) <= MOST
    odds = answered.rows[answered.read, COLUMNS.index("read")]
    assert asked.right[answered.read[odds.argmax()]]
    rows, right = second_rows([answered])
    assert len(rows) == len(answered.read) and right.sum() == 1


def test_confidence_is_learned_from_what_is_quoted() -> None:
    corpus = plain_corpus({"a": CONTEXT, "b": "剧院里的演员有30名。"}, static_encoder())
    wanted = [Example("街道主席是谁?", "a", ("赵小兰",)), Example("街道主席的电话?", "a", ())]
    answered = [read_again(ask(corpus, one), weights().first) for one in wanted]
    rows, right = confidence_rows(answered, weights().evidence)
    assert rows.shape == (2, len(COLUMNS) + len(SUMMARY))
    assert right.tolist() == [True, False]
    assert reader() is reader()


def test_news_questions_take_their_answer_from_one_sentence(tmp_path: Path) -> None:
    body = "近日,城南县图书馆正式开馆。馆内共有藏书30万册,阅览座位1200个。" * 5
    items = [{"title": "城南县图书馆开馆 读者点赞", "body": body, "date": "", "tags": [], "brief": ""}] * 41
    lines = "\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (tmp_path / "xwlb_news.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    found = news(tmp_path, 10, 1)
    assert found
    for text, examples in found:
        assert text.startswith("城南县图书馆开馆 读者点赞\n")
        for example in examples:
            assert example.gold[0] in example.sentence
            assert example.gold[0] not in example.question
            assert analyse(example.question).kind in ("number", "when", "who")


def test_an_english_question_keeps_the_kind_and_spells_the_names(tmp_path: Path) -> None:
    rows = ["工会\t工會\tgong1 hui4\ttrade union", "会员\t會員\thui4 yuan2\tmember"]
    rows += [f"{a}\t{a}\t{b}\tx{b}" for a, b in (("丰", "feng1"), ("门", "men2"))]
    (tmp_path / "cedict.tsv.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    english = English(tmp_path)
    spoken = next(filter(None, (english.question("丰门工会有多少会员?", random.Random(i)) for i in range(9))))
    assert analyse(spoken).kind == "number"
    assert analyse(spoken).lang == "en"
    assert "fengmen" in spoken.lower()


def test_the_direction_of_a_feature_is_known() -> None:
    names = (*COLUMNS, *SUMMARY)
    known = dict(zip(names, directions(len(names)), strict=True))
    assert (known["cover_sentence"], known["lacking_article"], known["length"]) == (1, -1, 0)
    assert (known["read"], known["read_any"], known["others"], known["hits"]) == (1, 1, -1, 0)
    assert directions(2) == [known[name] for name in names[:2]]


def test_learned_trees_give_what_the_library_gives() -> None:
    pytest.importorskip("sklearn")
    from qa.answers.features import NAMES

    chance = np.random.default_rng(1)
    rows = chance.random((600, len(NAMES)))
    right = rows[:, 0] + 0.2 * chance.random(600) > 0.6
    trees = trees_from(fit(rows, right, rounds=30, leaves=6))
    probability = trees.probability(rows)
    assert probability[right].mean() > 0.8 > 0.2 > probability[~right].mean()
    raised = rows.copy()
    raised[:, 0] += 0.3
    assert (trees.raw(raised) >= trees.raw(rows) - 1e-9).all()
