"""Question files in, answer files out, over the real index of the five pages."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from qa import batch
from qa.archive import Archive
from qa.datatypes import Answer
from qa.errors import InputError

QUESTIONS = ["丰门街道有多少家制鞋相关企业?", "如何做红烧肉?", "“建才之家”什么时候揭牌?"]


def quiet(done: int, total: int) -> None:
    assert done <= total


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def records(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))


def test_plain_lines_are_answered_in_order(seeds_archive: Archive, tmp_path: Path) -> None:
    source = written(tmp_path / "q.txt", "\n\n".join(QUESTIONS) + "\n")
    assert batch.run(seeds_archive, source, tmp_path / "a.jsonl", False, quiet) == (3, 0)
    answers = records(tmp_path / "a.jsonl")
    assert [a["question"] for a in answers] == QUESTIONS
    assert [a["status"] for a in answers] == ["answered", "not_found", "answered"]
    assert answers[0] | {"timings_ms": None} == seeds_archive.ask(QUESTIONS[0]).to_dict() | {"timings_ms": None}


def test_csv_keeps_its_columns_and_their_order(seeds_archive: Archive, tmp_path: Path) -> None:
    source = written(
        tmp_path / "q.csv", f'编号,question,备注\n007,{QUESTIONS[0]},"a, ""b""\nc"\n-1,{QUESTIONS[1]},=1+1\n'
    )
    assert batch.run(seeds_archive, source, tmp_path / "a.csv", False, quiet) == (2, 0)
    rows = table(tmp_path / "a.csv")
    assert list(rows[0])[:3] == ["编号", "question", "备注"]
    assert [row["编号"] for row in rows] == ["007", "-1"]
    assert rows[0]["备注"] == 'a, "b"\nc' and rows[1]["备注"] == "=1+1"
    assert "1500" in rows[0]["answer"] and rows[0]["citations"].startswith("[1] 00")
    assert rows[1]["status"] == "not_found" and rows[1]["answer"] == ""


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8-sig", ","), ("gb18030", ","), ("utf-16", "\t"), ("utf-8", ";")]
)
def test_spreadsheet_exports_are_read_as_they_are(encoding: str, separator: str, tmp_path: Path) -> None:
    text = "\r\n".join([f"id{separator}问题", f"1{separator}丰门街道有多少家制鞋相关企业?请回答这个问题", ""])
    (row,) = batch.read_rows(written(tmp_path / "q.csv", text, encoding))
    assert row.question == "丰门街道有多少家制鞋相关企业?请回答这个问题" and row.columns["id"] == "1"


def test_a_bad_row_is_reported_in_its_row_and_stops_no_other(seeds_archive: Archive, tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "a", "question": QUESTIONS[0]}, ensure_ascii=False),
        '{"id": "b", "question": ',
        '{"id": "c", "question": "  "}',
        '{"id": "d", "question": 7}',
        "[" * 100_000,
        json.dumps({"id": "e", "question": "长" * 100_000}, ensure_ascii=False),
        json.dumps({"id": "f", "question": QUESTIONS[2]}, ensure_ascii=False),
    ]
    source = written(tmp_path / "q.jsonl", "\n".join(lines))
    assert batch.run(seeds_archive, source, tmp_path / "a.jsonl", False, quiet) == (7, 5)
    answers = records(tmp_path / "a.jsonl")
    assert [a["status"] for a in answers] == ["answered", "error", "error", "error", "error", "error", "answered"]
    assert all(a["error"] for a in answers[1:6]) and answers[6]["id"] == "f"


def test_history_makes_a_follow_up(tmp_path: Path) -> None:
    source = written(tmp_path / "q.csv", 'question,history\n那里呢?,"[""一?"", ""二?""]"\n它呢?,三?\n')
    assert [row.history for row in batch.read_rows(source)] == [("一?", "二?"), ("三?",)]


def test_input_columns_that_bear_a_name_of_ours_are_kept_apart() -> None:
    row = batch.Row(1, "问?", columns={"question": "问?", "answer": "gold", "id": 3})
    record = batch.to_record(batch.Result(row, Answer("问?", "问?", "not_found")))
    assert record["answer"] == "" and record["input_answer"] == "gold" and record["id"] == 3
    file = io.StringIO(newline="")
    batch.write([batch.Result(row, None, "no")], [row], file, ".csv", 0, quiet)
    header, cells = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert header[:3] == ["question", "answer", "id"] and "answer_answer" in header
    assert dict(zip(header, cells, strict=True))["error"] == "no"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "  =1", "＝1", "\rx"])
def test_no_cell_of_ours_can_run_as_a_formula(cell: str) -> None:
    cells = batch.to_cells(batch.Result(batch.Row(1, "q"), Answer("q", "q", "answered", answer=cell)))
    assert cells["answer"] == "'" + cell


def test_a_run_that_was_interrupted_goes_on_where_it_stopped(seeds_archive: Archive, tmp_path: Path) -> None:
    source = written(tmp_path / "q.txt", "\n".join(QUESTIONS))
    for name in ("a.jsonl", "a.csv"):
        whole = tmp_path / name
        batch.run(seeds_archive, source, whole, False, quiet)
        expected = len(whole.read_text("utf-8").splitlines())
        torn = whole.read_text("utf-8").splitlines(keepends=True)[: 2 if name == "a.csv" else 1]
        whole.write_text("".join(torn) + '{"question": "half a', "utf-8")
        asked: list[int] = []
        batch.run(seeds_archive, source, whole, True, lambda done, total, asked=asked: asked.append(done))
        assert asked == [2, 3]
        assert len(whole.read_text("utf-8").splitlines()) == expected


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("q.csv", "id,text\n1,x\n", 'a column "question"'),
        ("q.csv", "question,question\na,b\n", "twice"),
        ("q.csv", 'question\n"never closed\n', "CSV"),
        ("q.csv", "", "question"),
        ("q.txt", " \n\n", "no question"),
        ("q.jsonl", "", "no question"),
        ("q.xlsx", "PK", "expected one that ends in"),
    ],
)
def test_a_file_that_is_no_question_file_is_refused_in_one_sentence(
    name: str, content: str, word: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=word) as caught:
        batch.read_rows(written(tmp_path / name, content))
    assert "\n" not in str(caught.value)


def test_answers_never_overwrite_the_questions(seeds_archive: Archive, tmp_path: Path) -> None:
    source = written(tmp_path / "q.jsonl", '{"question": "x?"}\n')
    with pytest.raises(InputError, match="question file itself"):
        batch.run(seeds_archive, source, source, False, quiet)
    assert source.read_text("utf-8") == '{"question": "x?"}\n'
    with pytest.raises(InputError, match=r"\.csv or \.jsonl"):
        batch.run(seeds_archive, source, tmp_path / "a.txt", False, quiet)
    with pytest.raises(InputError, match="Cannot write"):
        batch.run(seeds_archive, source, tmp_path / "none" / "a.csv", False, quiet)


def test_too_many_cells_are_an_error_of_that_row_only(tmp_path: Path) -> None:
    rows = batch.read_rows(written(tmp_path / "q.csv", "id,question\n1,甲?,x\n2,乙?\n"))
    assert [bool(row.error) for row in rows] == [True, False]
