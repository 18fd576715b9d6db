"""Reading the training data: each kind of file on rows made up for the test, odd ones included."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.train import reading
from embeddings.train.reading import Corpus, read_corpus


def write_rows(folder: Path, name: str, rows: Sequence[Sequence[str]]) -> None:
    with gzip.open(folder / f"{name}.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines("\t".join(row) + "\n" for row in rows)


def write_objects(folder: Path, name: str, rows: Sequence[dict[str, Any]]) -> None:
    with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


CEDICT = [
    ("工会", "工會", "gong1 hui4", "labor union/trade union/CL:個|个[ge4]"),
    ("好", "好", "hao3", "good/well; proper"),
    ("好", "好", "hao4", "to be fond of/good"),
    ("空", "空", "kong1", "variant of 孔[kong3]"),
    ("3C", "3C", "san1 C", "abbr. for computers, communications, and consumer electronics"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_rows(tmp_path, "cedict", CEDICT)
    return tmp_path


def test_senses_of_all_entries_of_a_word_are_joined_without_repeats(folder: Path) -> None:
    glosses = read_corpus(folder).glosses
    assert glosses["好"] == ["good", "well", "proper", "be fond of"]
    assert glosses["工会"] == ["labor union", "trade union"]


def test_words_without_a_plain_sense_have_no_gloss(folder: Path) -> None:
    assert set(read_corpus(folder).glosses) == {"工会", "好"}


def test_pinyin_loses_tones_and_spaces(folder: Path) -> None:
    assert read_corpus(folder).pinyin["工会"] == "gonghui"


def test_the_dictionary_gives_one_pair_for_each_sense(folder: Path) -> None:
    lexicon = read_corpus(folder).lexicon
    assert ("trade union", "工会") in lexicon
    assert len(lexicon) == 6


def test_a_missing_file_is_an_empty_one(folder: Path) -> None:
    corpus = read_corpus(folder)
    assert not any([corpus.articles, corpus.questions, corpus.parallel, corpus.paraphrases])


def test_the_limit_counts_rows_of_each_file(folder: Path) -> None:
    write_rows(folder, "tatoeba_en_zh", [(f"s{i}", f"句{i}") for i in range(9)])
    write_rows(folder, "python_docs_en_zh", [(f"d{i}", f"文{i}") for i in range(9)])
    assert len(read_corpus(folder, limit=4).parallel) == 8


def test_quotation_marks_in_a_row_are_text(folder: Path) -> None:
    write_rows(folder, "tatoeba_en_zh", [('"Go!" he said.', "“走!”他说。"), ('6" pipe', "六英寸的管")])
    assert read_corpus(folder).parallel == [('"Go!" he said.', "“走!”他说。"), ('6" pipe', "六英寸的管")]


def test_study_words_are_split_at_their_meanings_and_sentences_are_not(folder: Path) -> None:
    rows = [("w", "jaw", "颌；下巴；狭窄入口；唠叨"), ("p", "(army) general", "将军"), ("s", "Go, now.", "走，现在。")]
    write_rows(folder, "kylebing_en_zh", rows)
    corpus = read_corpus(folder)
    assert [chinese for english, chinese in corpus.lexicon if english == "jaw"] == ["颌", "下巴", "狭窄入口"]
    assert ("general", "将军") in corpus.lexicon
    assert corpus.parallel == [("Go, now.", "走，现在。")]


def test_questions_come_with_a_passage_around_the_answer_and_their_context(folder: Path) -> None:
    context = "".join(f"第{i}年发生了第{i}件大事。" for i in range(100))
    at = context.index("第50件")
    question = {"id": "1", "question": "第50年发生了什么?", "answers": [{"text": "第50件大事", "start": at}]}
    write_objects(folder, "cmrc2018_train", [{"context": context, "qas": [question]}])
    rows = read_corpus(folder).questions
    assert len(rows) == 2
    for asked, passage, source in rows:
        assert asked == "第50年发生了什么?"
        assert "第50件" in passage
        assert passage in context == source
    assert len(rows[0][1]) < len(rows[1][1]) < len(context)


def test_questions_without_an_answer_are_left_out(folder: Path) -> None:
    answers = [{"text": "甲", "start": 0}]
    asked = [
        {"id": "1", "question": "甲?", "impossible": False, "answers": answers},
        {"id": "2", "question": "乙?", "impossible": True, "answers": answers},
        {"id": "3", "question": "丙?", "answers": []},
    ]
    write_objects(folder, "cail2019_dev", [{"context": "甲方起诉。", "qas": asked}])
    assert {question for question, _, _ in read_corpus(folder).questions} == {"甲?"}


def test_test_sets_are_never_read_for_training(folder: Path) -> None:
    answer = {"text": "一", "start": 0}
    for name in ("cmrc2018_trial", "drcd_test"):
        context = {"context": f"一{name}", "qas": [{"id": "1", "question": f"{name}?", "answers": [answer]}]}
        write_objects(folder, name, [context])
    assert read_corpus(folder).questions == []


def news(title: str, body: str, tags: Sequence[str] = ()) -> dict[str, Any]:
    return {"date": "20200101", "title": title, "tags": list(tags), "brief": "", "body": body}


def test_broadcast_formulas_do_not_become_news(folder: Path) -> None:
    body = "中国网络电视台消息(新闻联播)：本台消息，" + "今天在北京举行会议。" * 10
    write_objects(folder, "xwlb_news", [news("[视频]会议举行", body)])
    assert read_corpus(folder).articles == [("会议举行", "今天在北京举行会议。" * 10)]


def test_very_short_news_is_left_out(folder: Path) -> None:
    write_objects(folder, "xwlb_news", [news("短", "太短了。"), news("长", "足够长的新闻。" * 20)])
    assert [title for title, _ in read_corpus(folder).articles] == ["长"]


def test_only_short_tags_are_words(folder: Path) -> None:
    tags = ["会见", "国务院", "[视频]会议", "多个项目", "A股", "全国总工会召开大会"]
    write_objects(folder, "xwlb_news", [news("会", "新闻。" * 40, tags)])
    words = read_corpus(folder).words
    assert {"会见", "国务院"} <= set(words)
    assert not {"[视频]会议", "多个项目", "A股", "全国总工会召开大会"} & set(words)


def test_reports_are_read_paragraph_by_paragraph(folder: Path) -> None:
    paragraphs = ["各位代表：", "一" * 80, "", "二" * 90]
    row = {"title": "政府工作报告", "year": "2024", "content": "\n".join(paragraphs)}
    write_objects(folder, "government_work_reports", [row])
    assert read_corpus(folder).articles == [("政府工作报告", "一" * 80), ("政府工作报告", "二" * 90)]


def test_an_article_of_a_law_is_found_by_law_and_chapter(folder: Path) -> None:
    row = {"law": "森林防火条例", "chapter": "第二章", "article": "第三条", "text": "林区依法防火。"}
    write_objects(folder, "laws_sample", [row])
    assert read_corpus(folder).articles == [("森林防火条例 第二章", "林区依法防火。")]


def test_triples_and_short_rows_of_question_files(folder: Path) -> None:
    write_rows(folder, "nlpcc_kbqa", [("谁写了它?", "它 ||| 作者 ||| 某人"), ("孤行",)])
    assert read_corpus(folder).paraphrases == [("谁写了它?", "它   作者   某人")]


def test_synonyms_and_short_forms(folder: Path) -> None:
    write_rows(folder, "cilin", [("人", "士", "人物", "人士")])
    write_rows(folder, "abbreviations", [("总工会", "工会总会")])
    corpus = read_corpus(folder)
    assert [pair for pair in corpus.lexicon if "人物" in pair] == [("士", "人物"), ("人物", "人士")]
    assert corpus.paraphrases == [("总工会", "工会总会")]
    assert {"人物", "人士"} <= set(corpus.words)


def test_places_are_words(folder: Path) -> None:
    write_rows(folder, "thuocl_places", [("奉化", "12")])
    write_rows(folder, "admin_divisions", [("provinces", "河北省", "13")])
    assert {"奉化", "河北省"} <= set(read_corpus(folder).words)


def test_every_source_can_be_left_out_by_name(folder: Path) -> None:
    write_rows(folder, "tatoeba_en_zh", [("a", "甲")])
    write_rows(folder, "wmt_news_en_zh", [(f"b{i}", f"乙{i}") for i in range(10)])
    assert {english for english, _ in read_corpus(folder, without=["wmt"]).parallel} == {"a"}
    assert {english[0] for english, _ in read_corpus(folder, without=["tatoeba"]).parallel} == {"b"}
    assert read_corpus(folder, without=["tatoeba", "wmt"]).parallel == []


def test_the_unclear_sources_are_all_known() -> None:
    assert set(reading.GREY) <= set(reading.SOURCES)


def test_an_empty_corpus_has_nothing() -> None:
    assert not any(vars(Corpus()).values())


@given(st.text(max_size=60))
def test_any_gloss_gives_short_senses_without_repeats(gloss: str) -> None:
    found = reading.senses(gloss)
    assert len(found) == len(set(found))
    assert all(0 < len(sense) <= 60 and sense == sense.strip() for sense in found)


@given(st.text(alphabet="甲乙丙。", min_size=1, max_size=300), st.integers(0, 299), st.integers(5, 200))
def test_a_window_is_a_part_that_holds_its_offset(text: str, offset: int, size: int) -> None:
    offset %= len(text)
    part = reading.window(text, offset, size)
    starts = [i for i in range(len(text)) if text.startswith(part, i)]
    assert any(start <= offset < start + len(part) for start in starts)
    assert len(part) <= size + size // 4
