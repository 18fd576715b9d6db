"""The retrieval benchmark on a handful of passages: what it prints and what it refuses."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embeddings import load_encoder
from embeddings.late import late_interactions
from embeddings.train import evaluation
from embeddings.train.evaluation import Task, as_table, evaluate, held_out_tasks, ndcg, squad_task, standardised
from qa import metrics
from qa.benchmark import retrieval
from qa.benchmark.__main__ import main as benchmark

TOPICS = {
    "洪水": "连日大雨使河水上涨,洪水淹没了下游的三个村庄,居民被转移到学校。",
    "银行": "中央银行宣布下调贷款利率,以支持小企业。",
    "疫苗": "医院开始为六岁以下的儿童接种疫苗。",
    "地震": "昨夜发生地震,震中位于山区,没有人员伤亡。",
    "选举": "议会选举将于下个月举行,共有五个政党参加。",
}


def squad() -> dict[str, Any]:
    paragraphs = []
    for i, (word, context) in enumerate(TOPICS.items()):
        answer = {"text": word, "answer_start": context.index(word[0])}
        asked = [{"id": f"{i}", "question": f"关于{word}的消息说了什么?", "answers": [answer]}]
        unanswered = {"id": f"{i}x", "question": "没有答案?", "answers": []}
        paragraphs.append({"context": context, "qas": [*asked, unanswered]})
    return {"data": [{"paragraphs": paragraphs}]}


@pytest.fixture
def squad_file(tmp_path: Path) -> Path:
    path = tmp_path / "made-up.json"
    path.write_text(json.dumps(squad(), ensure_ascii=False), encoding="utf-8")
    return path


def test_it_prints_a_table_with_every_way_of_scoring(squad_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark(["retrieval", "--squad", str(squad_file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| nDCG@10 | model | mean | late | dense | sparse | hybrid |"
    assert lines[2].startswith("| made-up | bundled | ")
    assert "passages of 300 characters a second" in lines[-1]


def test_easy_questions_are_all_answered_by_the_hybrid(squad_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert retrieval.main(["--squad", str(squad_file), "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)["bundled"]["made-up"]
    assert measured["hybrid"] == 1.0
    assert set(measured) == {"mean", "late", "dense", "sparse", "hybrid"}
    assert all(0.0 <= value <= 1.0 for value in measured.values())


def test_questions_without_an_answer_are_not_asked(squad_file: Path) -> None:
    task = retrieval.squad_json(squad_file, 100)
    assert len(task.questions) == len(TOPICS)
    assert [task.passages[row] for row in task.relevant] == list(TOPICS.values())


def test_a_limit_spreads_the_questions_over_the_file(squad_file: Path) -> None:
    assert retrieval.squad_json(squad_file, 2).relevant[:2] == [0, 2]


@pytest.mark.parametrize("content", ["", "[]", '{"data": 3}', '{"data": [{"paragraphs": [{"context": "a"}]}]}'])
def test_a_file_of_another_kind_is_refused_in_one_sentence(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.json"
    path.write_text(content, encoding="utf-8")
    assert retrieval.main(["--squad", str(path)]) == 1
    assert "no SQuAD JSON file" in capsys.readouterr().err


def test_nothing_to_measure_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert retrieval.main([]) == 1
    assert "no question set" in capsys.readouterr().err
    assert retrieval.main(["--data", str(tmp_path)]) == 1


def test_a_model_that_is_not_there_is_said(squad_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert retrieval.main(["--squad", str(squad_file), "--model", str(squad_file.parent / "none")]) == 1
    assert "there is no folder" in capsys.readouterr().err


def test_bm25_scores_stand_in_the_columns_of_their_passages(squad_file: Path) -> None:
    task = retrieval.squad_json(squad_file, 100)
    scores, known = retrieval._sparse(task)
    assert scores.shape == (5, 5)
    assert scores.argmax(axis=1).tolist() == task.relevant
    assert all(0.0 < share < 1.0 for share in known)


@pytest.mark.parametrize("seed", range(5))
def test_ndcg_agrees_with_the_measure_of_evaluate(seed: int) -> None:
    scores = np.random.default_rng(seed).standard_normal((20, 30)).astype(np.float32)
    relevant = np.random.default_rng(seed + 9).integers(0, 30, 20).tolist()
    expected = [
        metrics.ndcg([float(row == right) for row in np.argsort(-line)], [1.0])
        for line, right in zip(scores, relevant, strict=True)
    ]
    assert ndcg(scores, relevant) == pytest.approx(float(np.mean(expected)), abs=1e-6)


def test_a_sentence_written_twice_stands_among_the_passages_once(tmp_path: Path) -> None:
    pairs = [("good morning", "早上好"), ("hello", "你好"), ("morning", "早上好")]
    task = evaluation._paired("greetings", pairs)
    assert task.questions == ["good morning", "hello", "morning"]
    assert (task.passages, task.relevant) == (["早上好", "你好"], [0, 1, 0])


def test_standardised_rows_have_mean_zero_and_deviation_one() -> None:
    scores = np.random.default_rng(0).standard_normal((6, 40)).astype(np.float32) * 5 + 3
    rows = standardised(scores)
    np.testing.assert_allclose(rows.mean(axis=1), 0.0, atol=1e-5)
    np.testing.assert_allclose(rows.std(axis=1), 1.0, atol=1e-5)
    assert not standardised(np.ones((2, 5), np.float32)).any()


def test_the_measures_of_training_are_those_of_their_definition() -> None:
    encoder = load_encoder()
    task = Task("made up", ["洪水淹没了哪里", "bank interest rate"], list(TOPICS.values()), [0, 1])
    ((name, mean, late, both),) = evaluate(encoder, [task])
    dense = encoder.encode_query(task.questions) @ encoder.encode_document(task.passages).T
    tokens = late_interactions(encoder, encoder.token_ids(task.questions), encoder.token_ids(task.passages))
    assert name == task.name
    assert mean == pytest.approx(ndcg(dense, [0, 1]))
    assert late == pytest.approx(ndcg(tokens, [0, 1]))
    assert both == pytest.approx(ndcg(standardised(dense) + standardised(tokens), [0, 1]))
    assert as_table([(name, mean, late, both)]).count("\n") == 2


def held_out(folder: Path) -> None:
    def write(name: str, text: str) -> None:
        with gzip.open(folder / name, "wt", encoding="utf-8") as file:
            file.write(text)

    write("cedict.tsv.gz", "银行\t銀行\tyin2 hang2\tbank/CL:家\n洪水\t洪水\thong2 shui3\tdeluge/flood\n")
    write("wiktionary_en_zh.tsv.gz", "flood {n} (overflow)\t洪水 /hóngshuǐ/\n")
    write("wmt_news_en_zh.tsv.gz", "".join(f"story {i}\t故事{i}\n" for i in range(20)))
    lines = []
    for word, text in TOPICS.items():
        question = {"id": "1", "question": f"{word}2024怎么了", "answers": [{"text": word, "start": 0}]}
        lines.append(json.dumps({"context": text, "qas": [question]}) + "\n")
    write("cmrc2018_trial.jsonl.gz", "".join(lines))


def test_questions_are_put_into_english_word_by_word(tmp_path: Path) -> None:
    held_out(tmp_path)
    tasks = {task.name: task for task in held_out_tasks(tmp_path)}
    chinese, english = tasks["cmrc2018_trial"], tasks["cmrc2018_trial, English by dictionary"]
    assert english.relevant == chinese.relevant
    assert english.questions[0].split() == ["flood", "2", "0", "2", "4"]
    assert english.questions[1].split() == ["bank", "2", "0", "2", "4"]


def test_news_is_measured_in_both_directions_on_what_training_leaves_out(tmp_path: Path) -> None:
    held_out(tmp_path)
    tasks = {task.name: task for task in held_out_tasks(tmp_path)}
    assert tasks["wmt, English to Chinese"].questions == ["story 18", "story 19"]
    assert tasks["wmt, Chinese to English"].passages == ["story 18", "story 19"]
    assert tasks["wmt, Chinese to English"].relevant == [0, 1]


def test_sets_that_are_not_there_are_not_measured(tmp_path: Path) -> None:
    assert held_out_tasks(tmp_path) == []


def test_a_smaller_set_of_questions_keeps_all_passages(tmp_path: Path) -> None:
    held_out(tmp_path)
    task = squad_task(tmp_path, "cmrc2018_trial", 2)
    assert len(task.passages) == 5
    assert task.relevant == [0, 2, 4]
