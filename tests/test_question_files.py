"""Question files read and answer files written, whatever the cells hold: rows, columns and order come back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.archive import Archive
from qa.batch import CHUNK, Row, read_rows, run
from qa.datatypes import Answer
from qa.errors import InputError
from qa.questions import check_pages, read_questions

SEPARATORS = "\u2028\u2029\x85\x0c\u3000"  # line ends to str.splitlines, and none to JSON and CSV
words = st.text(st.sampled_from(['甲乙丙?a,;"\\ \n\r\t=', SEPARATORS]).flatmap(st.sampled_from), max_size=12)
questions = words.map(lambda text: f"甲{text}?")
same_folder = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


class Echo:
    """An archive that answers every question with itself, and remembers how it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def ask(self, question: str, history: Sequence[str] = ()) -> Answer:
        return Answer(question, " ".join([*history, question]), "answered", question, confidence=0.5)

    def ask_many(self, questions: Sequence[str]) -> list[Answer]:
        self.asked.append(list(questions))
        return [self.ask(one) for one in questions]


def answered(source: Path, answers: Path, archive: Echo | None = None, resume: bool = False) -> tuple[int, int]:
    return run(cast(Archive, archive or Echo()), source, answers, resume, lambda *_: None)


def json_file(folder: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path = folder / "q.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8", newline="")
    return path


# ---- rows ----------------------------------------------------------------------------------------------------


@same_folder
@given(st.lists(st.fixed_dictionaries({"question": questions, "note": words}), min_size=1, max_size=5))
def test_json_lines_come_back_row_by_row_whatever_their_strings_hold(
    tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    found = read_rows(json_file(tmp_path, rows))
    assert [dict(row.columns) for row in found] == rows
    assert [row.question for row in found] == [row["question"].strip() for row in rows]
    assert all(not row.error for row in found)


@same_folder
@given(st.lists(st.tuples(questions, words), min_size=1, max_size=5))
def test_a_table_comes_back_cell_by_cell(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([("question", "note"), *rows])
    path = tmp_path / "q.csv"
    path.write_text(text.getvalue(), "utf-8", newline="")
    assert [(row.columns["question"], row.columns["note"]) for row in read_rows(path)] == rows


@same_folder
@given(st.lists(st.tuples(questions, words), min_size=1, max_size=4))
def test_known_questions_are_read_from_the_same_lines(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    path = json_file(tmp_path, [{"question": asked, "answers": [[said]], "docs": [0]} for asked, said in rows])
    found, contexts = read_questions(path)
    assert [(one.question, one.answers) for one in found] == [(asked, ((said,),)) for asked, said in rows]
    assert contexts == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_every_system_ends_them(tmp_path: Path, end: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(end.join(['{"question": "甲?"}', "", '"乙?"', "[1]", '{"question": 3}', '{"q": "丁?"}']).encode())
    found = read_rows(path)
    assert [row.question for row in found] == ["甲?", "乙?", "", "", ""]
    assert [bool(row.error) for row in found] == [False, False, True, True, True]


@pytest.mark.parametrize("line", ["{", "1" * 5000, '{"question": ' + "1" * 5000 + "}", "[" * 100_000, '"' + "a" * 9])
def test_a_line_that_no_parser_takes_is_an_error_of_its_row_alone(tmp_path: Path, line: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(f'{{"question": "甲?"}}\n{line}\n{{"question": "乙?"}}\n', "utf-8")
    assert [(row.question, bool(row.error)) for row in read_rows(path)] == [("甲?", False), ("", True), ("乙?", False)]
    with pytest.raises(InputError, match="line 2"):
        read_questions(path)


# ---- answers --------------------------------------------------------------------------------------------------


@same_folder
@given(st.lists(st.tuples(questions, words), min_size=1, max_size=5))
def test_every_row_of_a_table_is_one_row_of_the_answers(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    source = json_file(tmp_path, [{"question": asked, "note": note} for asked, note in rows])
    assert answered(source, tmp_path / "a.csv") == (len(rows), 0)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file, strict=True))
    assert [(row["question"], row["note"]) for row in found] == rows
    assert [row["answer"] for row in found] == [asked.strip() for asked, _ in rows]
    assert {row["status"] for row in found} == {"answered"}


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_half_a_surrogate_pair_stops_no_run(tmp_path: Path, name: str) -> None:
    source = tmp_path / "q.jsonl"
    source.write_text('{"question": "\\ud800甲?"}\n{"question": "乙?"}\n', "utf-8")
    assert answered(source, tmp_path / name) == (2, 0)
    text = (tmp_path / name).read_text("utf-8")
    assert "乙?" in text and "\\ud800" in text
    if name == "a.jsonl":
        assert [json.loads(line)["question"] for line in text.splitlines()] == ["\ud800甲?", "乙?"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_a_run_cut_off_anywhere_and_resumed_gives_the_whole_file(tmp_path: Path, name: str, kept: int) -> None:
    source = json_file(tmp_path, [{"question": f"{n}甲\n乙?", "note": '"'} for n in range(4)])
    answered(source, tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    for cut in range(kept, len(whole), max(len(whole) // 9, 1)):
        (tmp_path / name).write_bytes(whole[:cut])
        assert answered(source, tmp_path / name, resume=True) == (4, 0)
        assert (tmp_path / name).read_bytes() == whole, cut


def test_rows_are_asked_together_in_chunks_and_those_with_a_history_alone(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"question": f"{n}?"} for n in range(CHUNK + 3)]
    rows[1]["history"] = ["上文?"]
    archive = Echo()
    assert answered(json_file(tmp_path, rows), tmp_path / "a.jsonl", archive) == (len(rows), 0)
    assert [len(chunk) for chunk in archive.asked] == [CHUNK - 1, 3]
    records = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    assert [record["question"] for record in records] == [f"{n}?" for n in range(CHUNK + 3)]
    assert records[1]["understood_as"] == "上文? 1?"


HISTORIES: tuple[tuple[Any, tuple[str, ...] | None], ...] = (
    (["甲?", "乙?"], ("甲?", "乙?")),
    ('["甲?", "乙?"]', ("甲?", "乙?")),
    ("甲?\n\n乙?", ("甲?", "乙?")),
    ("", ()),
    ([1], None),
    ({"a": 1}, None),
)


@pytest.mark.parametrize(("history", "expected"), HISTORIES)
def test_earlier_questions_are_a_list_in_any_dress(
    tmp_path: Path, history: Any, expected: tuple[str, ...] | None
) -> None:
    read: Callable[[Path], list[Row]] = read_rows
    (row,) = read(json_file(tmp_path, [{"question": "那里呢?", "history": history}]))
    assert (row.history, bool(row.error)) == ((expected, False) if expected is not None else ((), True))


# ---- files that hold something else ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        {"data": "x"},
        {"data": [1]},
        {"data": [{"paragraphs": [{"context": "甲。"}]}]},
        {"data": [{"paragraphs": [{"context": "甲。", "qas": [{"question": "甲?", "answers": "甲"}]}]}]},
        {"data": [{"paragraphs": [{"context": "甲。", "qas": [{"question": 1, "answers": []}]}]}]},
        [{"context": "甲。"}],
        [{"context": 1, "qas": [{"question": "甲?", "answers": []}]}],
    ],
)
def test_a_file_that_only_looks_like_squad_is_refused_in_a_sentence(tmp_path: Path, content: Any) -> None:
    (tmp_path / "q.json").write_text(json.dumps(content), "utf-8")
    with pytest.raises(InputError, match="is not SQuAD JSON"):
        read_questions(tmp_path / "q.json")


@pytest.mark.parametrize("content", ["", "\n \n", "[]", '{"data": []}'])
def test_a_question_file_without_a_question_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "q.json").write_text(content, "utf-8")
    with pytest.raises(InputError, match="holds no question"):
        read_questions(tmp_path / "q.json")


@pytest.mark.parametrize(
    ("name", "value"), [("history", "甲?"), ("docs", "12"), ("docs", [-1]), ("answers", "甲乙"), ("evidence", "甲乙")]
)
def test_a_text_is_not_taken_for_the_list_of_its_letters(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(InputError, match='question 1: "docs" must be a list'):
        read_questions(json_file(tmp_path, [{"question": "甲?", "docs": [0], name: value}]))


def test_questions_about_pages_that_the_index_has_not_are_refused(tmp_path: Path) -> None:
    found, _ = read_questions(json_file(tmp_path, [{"question": "甲?", "docs": [0, 4]}]))
    check_pages(found, 5)
    with pytest.raises(InputError, match="names page 4"):
        check_pages(found, 4)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_json_is_not_written_into_the_answers(tmp_path: Path, word: str) -> None:
    source = tmp_path / "q.jsonl"
    source.write_text(f'{{"question": "甲?", "note": {word}}}\n{{"question": "乙?"}}\n', "utf-8")
    assert answered(source, tmp_path / "a.jsonl") == (2, 1)
    assert word not in (tmp_path / "a.jsonl").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"other,header\n1,2\n"),
        ("a.csv", b"\xff\xfe\xfa\n"),
        ("a.jsonl", b'{"other": 1}\n'),
        ("a.jsonl", b"no json\n"),
    ],
)
def test_a_run_goes_on_only_in_its_own_answers(tmp_path: Path, name: str, content: bytes) -> None:
    source, answers = json_file(tmp_path, [{"question": "甲?"}, {"question": "乙?"}]), tmp_path / name
    answers.write_bytes(content)
    with pytest.raises(InputError, match="holds no answers to these questions"):
        answered(source, answers, resume=True)
    assert answers.read_bytes() == content


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_answers_to_more_questions_than_there_are_are_not_gone_on_with(tmp_path: Path, name: str) -> None:
    answered(json_file(tmp_path, [{"question": "甲?"}, {"question": "乙?"}]), tmp_path / name)
    with pytest.raises(InputError, match="holds no answers to these questions"):
        answered(json_file(tmp_path, [{"question": "甲?"}]), tmp_path / name, resume=True)


def test_a_name_that_no_file_can_have_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot write the answers"):
        answered(json_file(tmp_path, [{"question": "甲?"}]), tmp_path / f"{'a' * 300}.csv")
