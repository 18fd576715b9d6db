"""Judging answers by the rules of the question files, against cases worked by hand."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from qa import evaluation, report
from qa.archive import Archive
from qa.datatypes import Answer, Citation, Hit, Passage, Witness
from qa.errors import InputError
from qa.questions import Question, read_questions
from tests.conftest import SEEDS

SOURCES = ["a.txt", "b.txt"]
QUESTION = Question("1", "number", "几场?", (), (0,), (("18场",), ("十八", "场")), ("共18场",))
RIGHT = Passage("上半年共 18场 活动。", ((0, 11),), source="a.txt")
WRONG = Passage("下半年没有活动。", ((20, 28),), source="a.txt")
ELSEWHERE = Passage("共18场。", ((0, 5),), source="b.txt")


def hits(*passages: Passage) -> tuple[Hit, ...]:
    return tuple(Hit(passage, 1.0 / rank, rank) for rank, passage in enumerate(passages, 1))


def citation(source: str) -> Citation:
    return Citation(1, source, "", (1, 1), ((0, 1),), "共18场")


def judged(answer: Answer, question: Question = QUESTION) -> evaluation.Judgement:
    return evaluation.judge(question, answer, SOURCES, lambda source: [RIGHT, WRONG] if source == "a.txt" else [])


ANSWER = Answer(
    "几场?", "几场?", "answered", "共１８ 场。", "18场", 0.9, (citation("a.txt"),), hits(WRONG, ELSEWHERE, RIGHT)
)


def test_a_passage_counts_only_with_the_right_page_and_the_evidence() -> None:
    judgement = judged(ANSWER)
    assert (judgement.hit_1, judgement.hit_5) == (0.0, 1.0)
    assert judgement.mrr_10 == pytest.approx(1 / 3)
    assert judgement.ndcg_10 == pytest.approx(1 / math.log2(4))


def test_an_answer_is_right_with_an_acceptable_string_and_the_right_first_citation() -> None:
    assert judged(ANSWER).right
    assert judged(replace(ANSWER, answer="十八次,一场接一场")).right
    assert not judged(replace(ANSWER, answer="十八次")).right
    assert not judged(replace(ANSWER, citations=(citation("b.txt"), citation("a.txt")))).right
    assert not judged(replace(ANSWER, citations=())).right
    assert not judged(replace(ANSWER, status="not_found")).right


def test_short_answers_and_citations_are_measured_on_their_own() -> None:
    judgement = judged(replace(ANSWER, short_answer="18", citations=(citation("a.txt"), citation("b.txt"))))
    assert judgement.short_exact_match == 0.0 and judgement.short_f1 == pytest.approx(0.8)
    assert judgement.citation_precision == 0.5
    assert judged(ANSWER).short_exact_match == 1.0


def test_an_unanswerable_question_is_right_when_refused() -> None:
    unanswerable = replace(QUESTION, docs=(), answers=(), evidence=())
    refused = judged(replace(ANSWER, status="not_found"), unanswerable)
    assert refused.right and refused.false_answer == 0.0 and refused.hit_1 is None
    assert judged(ANSWER, unanswerable).false_answer == 1.0
    assert judged(replace(ANSWER, status="not_found")).false_refusal == 1.0


def test_two_scans_of_one_passage_count_once_in_the_ideal_ranking() -> None:
    copy = Passage("上半年共18场活动。", ((40, 50),), source="b.txt")
    shown = replace(RIGHT, also_in=(Witness("b.txt", (1, 1), copy.spans, copy.text),))
    question = replace(QUESTION, docs=(0, 1))
    answer = replace(ANSWER, passages=hits(shown))
    by_source = {"a.txt": [shown, WRONG], "b.txt": [copy]}
    assert evaluation.judge(question, answer, SOURCES, by_source.__getitem__).ndcg_10 == 1.0


def a_report() -> evaluation.Report:
    other = judged(
        replace(ANSWER, status="not_found", confidence=0.1), replace(QUESTION, id="2", docs=(), type="unanswerable")
    )
    return evaluation.Report((judged(ANSWER), other), 0.5)


def test_a_summary_holds_every_measure_by_type() -> None:
    report_ = a_report()
    assert evaluation.summarise(report_)["answer_accuracy"].mean == 1.0
    assert evaluation.summarise(report_, "unanswerable")["false_answer_rate"].mean == 0.0
    assert evaluation.summarise(report_, "unanswerable")["hit_at_1"].n == 0
    risk = evaluation.risk_of(report_)
    assert risk["questions_per_second"] == 4.0 and risk["ece"] == pytest.approx(0.1)


def test_a_report_survives_json_and_can_be_compared(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps(evaluation.to_dict(a_report()), allow_nan=False), "utf-8")
    again = evaluation.from_dict(file)
    assert again.judgements == a_report().judgements
    better = evaluation.Report((replace(again.judgements[0], hit_1=1.0), again.judgements[1]), 1.0)
    assert evaluation.compare(better, again)["hit_at_1"].mean == 1.0
    assert "hit@1" in report.format_comparison(evaluation.compare(better, again))


def test_comparing_with_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="evaluate --json"):
        evaluation.from_dict(tmp_path / "none.json")
    other = evaluation.Report((replace(a_report().judgements[0], id="x"),), 1.0)
    with pytest.raises(InputError, match="no question id"):
        evaluation.compare(a_report(), other)


def test_the_printed_table_shows_types_intervals_and_risk() -> None:
    printed = report.format_report(a_report())
    assert "unanswerable" in printed and "95 % intervals" in printed and "questions per second 4.0" in printed


def test_our_own_questions_are_read_whole() -> None:
    questions, corpus = read_questions(SEEDS / "questions" / "dev.jsonl")
    assert len(questions) == 51 and corpus == []
    by_id = {question.id: question for question in questions}
    assert by_id["d002"].answers == (("扩班级", "定点招收", "凭居住证入学"),)
    assert by_id["d038"].history == ("丰门街道有多少家基层工会?",)
    assert not by_id["d040"].answerable


SQUAD = {
    "data": [
        {
            "title": "t",
            "paragraphs": [
                {
                    "context": "甲在乙。",
                    "qas": [
                        {"id": "1", "question": "甲在哪?", "answers": [{"text": "乙", "answer_start": 2}]},
                        {"id": "2", "question": "丙在哪?", "answers": [], "is_impossible": True},
                    ],
                },
                {"context": "丁。", "qas": []},
            ],
        }
    ]
}


@pytest.mark.parametrize("form", ["squad", "lines", "gzip"])
def test_squad_files_bring_their_corpus(form: str, tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(p, ensure_ascii=False) for p in SQUAD["data"][0]["paragraphs"])  # type: ignore[attr-defined]
    raw = (json.dumps(SQUAD) if form == "squad" else lines).encode("utf-8")
    path = tmp_path / ("q.jsonl.gz" if form == "gzip" else "q.json")
    path.write_bytes(gzip.compress(raw) if form == "gzip" else raw)
    questions, corpus = read_questions(path)
    assert corpus == ["甲在乙。", "丁。"]
    assert [(q.id, q.docs, q.answers, q.type) for q in questions] == [
        ("1", (0,), (("乙",),), "answerable"),
        ("2", (), (), "unanswerable"),
    ]


@pytest.mark.parametrize(
    "content", ["not json", '{"question": 1}', '{"id": 3}', '{"question": "x", "docs": "a"}', "[[]]"]
)
def test_a_broken_question_file_is_refused_with_its_line(content: str, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=r"line 1|question 1"):
        read_questions(path)


def test_a_question_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.jsonl", tmp_path / "q.jsonl"):
        with pytest.raises(InputError, match="Cannot read the questions"):
            read_questions(path)


def test_whole_runs_over_the_real_index_differ_by_mode(seeds_archive: Archive) -> None:
    questions, _ = read_questions(SEEDS / "questions" / "dev.jsonl")
    chosen = [question for question in questions if question.type in ("cross", "number")][:6]
    told: list[int] = []
    hybrid = evaluation.evaluate(seeds_archive, chosen, "hybrid", told.append)
    sparse = evaluation.evaluate(seeds_archive, chosen, "sparse")
    assert told == [1, 2, 3, 4, 5, 6] and hybrid.seconds > 0
    assert evaluation.summarise(hybrid)["hit_at_5"].mean >= evaluation.summarise(sparse)["hit_at_5"].mean > 0


def test_the_diagrams_are_a_png(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is an extra")
    report.plot(a_report(), tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_risk_and_calibration_have_intervals_that_hold_them_and_shrink_with_more_questions() -> None:
    one = [
        evaluation.Judgement(str(n), "number", "answered", 0.1 + 0.8 * (n % 7) / 7, n % 7 > 2, hit_1=1.0)
        for n in range(28)
    ]
    few, many = evaluation.Report(tuple(one), 1.0), evaluation.Report(tuple(one * 8), 1.0)
    for name, value in evaluation.risk_of(few).items():
        if name != "questions_per_second":
            narrow, wide = evaluation.risk_intervals(many)[name], evaluation.risk_intervals(few)[name]
            assert wide.mean == value and wide.low < wide.high
            assert narrow.high - narrow.low < wide.high - wide.low
    record = evaluation.to_dict(few)
    assert record["risk_intervals"]["ece"]["low"] <= record["risk_intervals"]["ece"]["high"]
    assert report.format_report(few).count("[") >= 3
