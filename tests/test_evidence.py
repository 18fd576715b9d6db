"""What the scorer looks at: terms and their rarity, neighbours, lists and definitions, meaning."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from qa.answers.corpus import plain_corpus
from qa.answers.cues import cue_columns
from qa.answers.evidence import analysed, candidates, static_encoder, story, whole_article
from qa.answers.features import COMPARED, FALLING, NAMES, RISING, feature_rows, layout
from qa.answers.missing import missing_words
from qa.answers.spelling import mended
from qa.answers.weighing import expansion, weigh
from qa.conversation import analyse
from qa.datatypes import Article, Paragraph, Passage
from qa.text import sentences

TEXTS = {
    "a.txt": "城南街道下辖320家商店。街道主席赵小兰说,明年建图书馆。居民有1.2万人。",
    "b.txt": "海东县推出“夜归灯”计划,旨在照亮小巷。计划分三步:安装、调试、维护。县里有40条小巷。",
    "c.txt": "文艺汇演在剧院举行。演员共有30名。观众很多。",
}


def corpus():  # type: ignore[no-untyped-def]
    return plain_corpus(TEXTS, static_encoder())


def column(question: str, name: str) -> dict[str, float]:
    archive = corpus()
    found = candidates(archive.search(question, 5))
    rows = feature_rows(archive, analyse(question), found)
    return {one.sentence.text: row[NAMES.index(name)] for one, row in zip(found, rows, strict=True)}


def test_there_is_one_column_for_each_name() -> None:
    archive = corpus()
    found = candidates(archive.search("商店", 5))
    assert feature_rows(archive, analyse("有多少家商店?"), found).shape == (len(found), len(NAMES))
    assert len(set(NAMES)) == len(NAMES)
    assert set(NAMES) >= (RISING | FALLING)


def test_every_sentence_of_a_passage_is_a_candidate_once() -> None:
    found = candidates(corpus().search("商店", 3))
    assert sorted(one.sentence.text for one in found) == sorted(
        text[a:b] for text in TEXTS.values() for a, b in sentences(text)
    )


def test_coverage_is_the_share_of_the_rarity_held() -> None:
    covered = column("城南街道的商店", "cover_sentence")
    assert covered["城南街道下辖320家商店。"] == 1.0
    assert covered["观众很多。"] == 0.0


def test_a_relative_column_is_zero_for_the_best_and_below_for_others() -> None:
    for name in COMPARED:
        values = column("城南街道主席是谁?", f"relative_{name}").values()
        assert max(values) == pytest.approx(0.0)


def test_a_word_in_fewer_passages_weighs_more() -> None:
    archive = corpus()
    weighted = weigh(archive, analyse("街道 小巷"))
    by_gram = {group[0]: weight for group, weight in zip(weighted.grams, weighted.rarity, strict=True)}
    assert by_gram["街道"] >= by_gram["小巷"] > 0
    number, total = archive.document_frequency("街道"), archive.passage_count
    expected = math.log1p((total - number + 0.5) / (number + 0.5)) / math.log1p((total - 0.5) / 1.5)
    assert by_gram["街道"] == pytest.approx(min(expected, 1.0))


def test_the_expected_type_must_not_be_in_the_question() -> None:
    fits = column("城南街道的320家商店里有多少居民?", "typed")
    assert fits["城南街道下辖320家商店。"] == 0.0
    assert fits["居民有1.2万人。"] == 1.0


def test_a_question_for_a_person_finds_no_fit_without_one() -> None:
    fits = column("街道主席是谁?", "fits")
    assert fits["街道主席赵小兰说,明年建图书馆。"] > 0
    assert fits["观众很多。"] == -1.0


def test_a_list_of_so_many_items_is_recognised() -> None:
    archive = corpus()
    found = candidates(archive.search("计划", 5))
    rows = cue_columns(analyse("计划分哪三步?"), found)
    items = {one.sentence.text: row[0] for one, row in zip(found, rows, strict=True)}
    assert items["计划分三步:安装、调试、维护。"] == 1.0
    assert items["县里有40条小巷。"] == 0.0


def test_a_sentence_that_introduces_and_explains_is_recognised() -> None:
    archive = corpus()
    found = candidates(archive.search("夜归灯", 5))
    rows = cue_columns(analyse("“夜归灯”是什么?"), found)
    row = next(row for one, row in zip(found, rows, strict=True) if "夜归灯" in one.sentence.text)
    assert row[2] == 1.0


def test_neighbours_are_those_of_the_same_passage() -> None:
    found = candidates(corpus().search("商店", 3))
    order = layout(found)
    values = np.arange(len(found), dtype=float)[:, None]
    near = order.near(values, np.full((len(order.starts), 1), -1.0))[:, 0]
    for row, one in enumerate(found):
        last = one.number == len(one.passage.sentences) - 1
        assert near[row] == (row if last else row + 1)
    whole = order.whole(values, np.full((len(order.starts), 1), -1.0))[:, 0]
    assert whole.max() == len(found) - 1


def test_late_interaction_agrees_with_a_plain_loop() -> None:
    encoder = static_encoder()
    question = analyse("图书馆明年建在哪里?")
    found = column("图书馆明年建在哪里?", "late_sentence")
    query = encoder.token_vectors(encoder.token_ids([question.content])[0])
    text = "街道主席赵小兰说,明年建图书馆。"
    words = encoder.token_vectors(encoder.token_ids([text])[0])
    best = [max(float(q @ w / (np.linalg.norm(q) * np.linalg.norm(w))) for w in words) for q in query]
    weights = [float(np.linalg.norm(q)) for q in query]
    assert found[text] == pytest.approx(np.average(best, weights=weights), abs=1e-4)


def test_an_english_question_is_expanded_with_the_words_that_the_archive_holds() -> None:
    words = expansion(corpus(), analyse("How many shops are there in Chengnan?")).split()
    assert "商店" in words
    assert "城南" in words
    assert expansion(corpus(), analyse("有多少家商店?")) == ""
    assert weigh(corpus(), analyse("How many shops are there in Chengnan?")).chinese.split() == words
    assert weigh(corpus(), analyse("有多少家商店?")).chinese == ""


def test_an_english_word_is_held_by_any_of_its_readings() -> None:
    covered = column("How many shops are there in Chengnan?", "cover_sentence")
    assert max(covered, key=lambda text: covered[text]) == "城南街道下辖320家商店。"


def test_missing_words_are_those_that_no_passage_holds() -> None:
    archive = corpus()
    found = candidates(archive.search("城南街道 机场", 5))
    assert missing_words(archive, analyse("城南街道的机场在哪里?"), found) == ("机场",)
    assert missing_words(archive, analyse("海东县的商店?"), found) == ("海东县", "商店")
    assert missing_words(archive, analyse("城南街道的商店?"), found) == ()


def test_a_refusal_names_no_seam_of_two_words_and_no_word_twice() -> None:
    assert missing_words(corpus(), analyse("城南街道有多少人参加?"), []) == ()
    assert missing_words(corpus(), analyse("Is there zebra, zebra or zebra?"), []) == ("zebra",)


def test_a_wrong_character_of_the_same_sound_is_mended() -> None:
    assert mended(corpus(), "夜鬼灯是什么?") == "夜归灯是什么?"
    assert mended(corpus(), "夜归灯是什么?") == ""
    assert mended(corpus(), "航天飞机是什么?") == ""


def test_a_row_of_thousands_of_unknown_characters_is_looked_through_once() -> None:
    start = time.process_time()
    assert mended(corpus(), "问" * 10_000) == ""
    assert time.process_time() - start < 2


def test_a_passage_is_analysed_in_its_own_offsets() -> None:
    passage = Passage("甲说。\n乙听了?丙", ((0, 9),))
    parts = analysed(passage).sentences
    assert [passage.text[one.start : one.end] for one in parts] == ["甲说。", "乙听了?", "丙"]
    assert [one.cues[-2] for one in parts] == [0.0, 1.0, 0.0]
    assert [one.cues[-1] for one in parts] == [1.0, 1.0, 0.0]


def test_the_opening_of_an_article_is_its_first_words() -> None:
    whole = whole_article("题" * 100 + "文" * 100)
    assert whole.opening == "题" * 100 + "文" * 20
    assert "文文" in whole.opening_grams


def test_the_story_of_an_article_is_its_whole_text_and_made_once() -> None:
    article, other = (
        Article("a.txt", "", (Paragraph(text, ((0, len(text)),)), Paragraph("Ｂ段。", ((9, 12),))))
        for text in ("甲段。", "乙段。")
    )
    assert story(article).text == whole_article("甲段。\nＢ段。").text == "甲段。\nb段。"
    assert story(other).text == "乙段。\nb段。"
    assert story(article) is story(article)


def test_a_corpus_ranks_the_text_that_holds_the_words_first() -> None:
    for mode in ("hybrid", "sparse", "dense"):
        hits = corpus().search("演员 剧院 汇演", 2, mode=mode)
        assert hits[0].passage.source == "c.txt"
        assert [hit.rank for hit in hits] == [1, 2]
    assert {hit.passage.source for hit in corpus().search("演员", 5, sources=["a.txt"])} == {"a.txt"}


def test_a_pair_that_joins_two_known_words_is_not_missed() -> None:
    archive = corpus()
    found = candidates(archive.search("海东县小巷", 5))
    assert missing_words(archive, analyse("海东县小巷的机场在哪里?"), found) == ("机场",)
    weighted = weigh(archive, analyse("海东县小巷"))
    assert ("县小",) not in weighted.grams
    assert ("小巷",) in weighted.grams
