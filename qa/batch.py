"""Question files in, answer files out: CSV, JSON lines or plain lines. Order and input columns are kept."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from qa.datatypes import Answer, Citation
from qa.decoding import decode
from qa.errors import InputError, QAError
from qa.pages import read_bytes
from qa.questions import LINE_END

if TYPE_CHECKING:
    from qa.archive import Archive

CHUNK = 32  # rows answered together; each chunk is written before the next is asked
QUESTION_COLUMNS = ("question", "问题", "問題", "提问", "query")
Progress = Callable[[int, int], object]  # rows done, rows in all
HISTORY_COLUMNS = ("history", "上文")
CSV_COLUMNS = ("status", "answer", "short_answer", "confidence", "citations", "quotes", "missing", "error")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a question file. `error` says why it cannot be asked; `columns` are the input's, untouched."""

    number: int  # from 1, as the file counts its rows
    question: str
    history: tuple[str, ...] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    row: Row
    answer: Answer | None
    error: str = ""


def read_rows(path: Path) -> list[Row]:
    """All rows of a .csv, .tsv, .jsonl or .txt file; a row that cannot be asked carries its error.

    Raises InputError when the file as a whole cannot be used.
    """
    readers = {".csv": _csv_rows, ".tsv": _csv_rows, ".jsonl": _json_rows, ".ndjson": _json_rows, ".txt": _text_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path} is not a question file; expected one that ends in .csv, .tsv, .jsonl or .txt.")
    rows = list(reader(path, decode(read_bytes(path), path.name)[0]))
    if not rows:
        raise InputError(f"{path.name} holds no question; expected one a row.")
    return rows


def _text_rows(path: Path, text: str) -> Iterator[Row]:
    lines = (line.strip() for line in text.splitlines())
    for number, line in enumerate((line for line in lines if line), 1):
        yield Row(number, line, columns={"question": line})


def _json_rows(path: Path, text: str) -> Iterator[Row]:
    lines = [line for line in LINE_END.split(text) if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line, parse_constant=_no_number)
        except (ValueError, RecursionError):  # a number of 5,000 digits is a ValueError too
            yield Row(number, "", error="This line is no JSON object.", columns={"line": number})
            continue
        if isinstance(value, str):
            value = {"question": value}
        if isinstance(value, dict):
            yield _row(number, value)
        else:
            yield Row(number, "", error='Expected a JSON object with a "question".', columns={"line": number})


def _no_number(name: str) -> NoReturn:
    """NaN and Infinity are no JSON: written out again they would spoil the answer file."""
    raise ValueError(name)


def _csv_rows(path: Path, text: str) -> Iterator[Row]:
    csv.field_size_limit(1 << 20)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(path, text), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        line = repr(", ".join(header)[:200])
        if not set(header) & set(QUESTION_COLUMNS):
            expected = 'expected a header line with a column "question".'
            raise InputError(f"{path.name} has no column of questions; its first line is {line}, {expected}")
        if len(set(header)) < len(header):
            raise InputError(f"{path.name} names a column twice: {line}; every name must be unique.")
        for number, cells in enumerate(reader, 1):
            if any(cell.strip() for cell in cells):
                yield _csv_row(number, header, cells)
    except csv.Error as error:
        raise InputError(f"{path.name}, line {reader.line_num}: not readable as CSV ({error}).") from None


def _csv_row(number: int, header: Sequence[str], cells: Sequence[str]) -> Row:
    columns = dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=False))
    row = _row(number, columns)
    if len(cells) > len(header):
        return Row(number, row.question, columns=columns, error=f"{len(cells)} cells under {len(header)} columns.")
    return row


def _delimiter(path: Path, text: str) -> str:
    first = text.partition("\n")[0]
    return "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=first.count)


def _row(number: int, columns: Mapping[str, Any]) -> Row:
    question = next((columns[name] for name in QUESTION_COLUMNS if columns.get(name)), "")
    history = next((columns[name] for name in HISTORY_COLUMNS if columns.get(name)), ())
    turns = _history(history)
    if not isinstance(question, str) or turns is None:
        return Row(number, "", columns=columns, error='"question" must be a text and "history" a list of texts.')
    if not question.strip():
        return Row(number, "", columns=columns, error="No question in this row.")
    return Row(number, question.strip(), turns, columns)


def _history(value: Any) -> tuple[str, ...] | None:
    """Earlier questions: a list, a JSON list in a cell, or one question a line. None when it is something else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):  # a number of 5,000 digits is a ValueError too
            value = [line for line in value.splitlines() if line.strip()]
    if isinstance(value, list | tuple) and all(isinstance(turn, str) for turn in value):
        return tuple(value)
    return None


def answer_rows(archive: Archive, rows: Iterable[Row]) -> Iterator[Result]:
    """Answers in the order of the rows, a chunk at a time. A row that fails does not stop the others."""
    waiting = iter(rows)
    while chunk := list(islice(waiting, CHUNK)):
        yield from _answer_chunk(archive, chunk)


def _answer_chunk(archive: Archive, chunk: Sequence[Row]) -> Iterator[Result]:
    plain = [row for row in chunk if not row.error and not row.history]
    try:
        together = dict(zip((r.number for r in plain), archive.ask_many([r.question for r in plain]), strict=True))
    except QAError:  # one of them cannot be asked: find out which, one by one
        together = {}
    for row in chunk:
        if row.number in together:
            yield Result(row, together[row.number])
        else:
            yield _answer_one(archive, row)


def _answer_one(archive: Archive, row: Row) -> Result:
    if row.error:
        return Result(row, None, row.error)
    try:
        return Result(row, archive.ask(row.question, history=row.history))
    except QAError as error:
        return Result(row, None, str(error))


def to_record(result: Result) -> dict[str, Any]:
    """The answer record with the input's columns; one that has a name of the record becomes `input_NAME`."""
    row, answer = result.row, result.answer or Answer(result.row.question, "", "error")
    record = answer.to_dict()
    kept = {name: value for name, value in row.columns.items() if name not in record}
    renamed = {f"input_{name}": v for name, v in row.columns.items() if name in record and v != record[name]}
    return {**kept, **renamed, **record, **({"error": result.error} if result.error else {})}


def to_cells(result: Result) -> dict[str, str]:
    """The answer as cells of a table. Cells that a spreadsheet would run as a formula are made text (OWASP)."""
    answer = result.answer or Answer(result.row.question, "", "error")
    cells = {
        "status": answer.status,
        "answer": answer.answer,
        "short_answer": answer.short_answer,
        "confidence": f"{answer.confidence:.2f}",
        "citations": " ".join(map(_place, answer.citations)),
        "quotes": " ".join(f"[{citation.n}] {citation.quote}" for citation in answer.citations),
        "missing": " ".join(answer.missing),
        "error": result.error,
    }
    return {name: _inert(value) for name, value in cells.items()}


def _place(citation: Citation) -> str:
    return f"[{citation.n}] {citation.source}:{citation.lines[0]}-{citation.lines[1]}"


def _inert(cell: str) -> str:
    risky = cell.startswith(("\t", "\r")) or cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    return f"'{cell}" if risky else cell


def run(archive: Archive, questions: Path, answers: Path, resume: bool, progress: Progress) -> tuple[int, int]:
    """Answers the file `questions` into `answers` (.csv or .jsonl); gives the count of rows and of rows in error.

    Each row is on disk before the next chunk is asked; `resume` goes on after the last whole row of an earlier run.
    Raises InputError when either file cannot be used.
    """
    if answers.suffix.lower() not in (".csv", ".jsonl"):
        raise InputError(f"Cannot write answers to {answers}; expected a name that ends in .csv or .jsonl.")
    rows = read_rows(questions)
    try:
        if answers.exists() and answers.samefile(questions):
            raise InputError(f"{answers} is the question file itself; give the answers another name.")
        done = _whole_rows(answers, rows) if resume and answers.exists() else 0
        # Half a surrogate pair, which JSON may hold and UTF-8 may not, is written as its JSON escape.
        with answers.open("a" if done else "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            errors = write(answer_rows(archive, rows[done:]), rows, file, answers.suffix, done, progress)
    except OSError as error:
        raise InputError(f"Cannot write the answers to {answers}: {error.strerror or error}.") from None
    return len(rows), errors


def _whole_rows(answers: Path, rows: Sequence[Row]) -> int:
    """How many rows of an interrupted run are complete; the torn rest is cut off.

    Raises InputError when the file holds something else than answers to `rows`.
    """
    text = answers.read_bytes()
    try:
        whole = text[: text.rfind(b"\n") + 1].decode("utf-8")
        if answers.suffix.lower() == ".csv":
            while whole and whole.count('"') % 2:  # a line break inside a cell: not the end of a row
                whole = whole[: whole.rfind("\n", 0, -1) + 1]
            count = max(sum(1 for _ in csv.reader(io.StringIO(whole, newline=""))) - 1, 0)
            begun = not whole or whole.startswith(_csv_line(_csv_header(rows)))
        else:
            count = whole.count("\n")
            begun = all("understood_as" in json.loads(line) for line in whole.splitlines()[:1])
    except (ValueError, TypeError, csv.Error):
        begun = False
    if not begun or count > len(rows):
        raise InputError(f"{answers} holds no answers to these questions; remove it or give the answers another name.")
    answers.write_bytes(whole.encode("utf-8") if count else b"")
    return count


def write(
    results: Iterable[Result], rows: Sequence[Row], file: TextIO, suffix: str, done: int, progress: Progress
) -> int:
    """Writes and flushes result by result; gives the number of rows in error."""
    put = _csv_writer(rows, file, header=not done) if suffix.lower() == ".csv" else _json_writer(file)
    errors = 0
    for count, result in enumerate(results, done + 1):
        put(result)
        file.flush()
        errors += bool(result.error)
        progress(count, len(rows))
    return errors


def _json_writer(file: TextIO) -> Callable[[Result], object]:
    return lambda result: file.write(json.dumps(to_record(result), ensure_ascii=False) + "\n")


def _csv_writer(rows: Sequence[Row], file: TextIO, header: bool) -> Callable[[Result], object]:
    names = _csv_header(rows)
    columns = names[: -len(CSV_COLUMNS)]
    if header:
        file.write(_csv_line(names))

    def put(result: Result) -> None:
        cells = to_cells(result)
        kept = (_cell(result.row.columns.get(name, "")) for name in columns)
        file.write(_csv_line([*kept, *(cells[name] for name in CSV_COLUMNS)]))

    return put


def _csv_header(rows: Iterable[Row]) -> list[str]:
    """Input columns, in their order; ours after them, as `answer_NAME` where the input has the name itself."""
    columns = list(dict.fromkeys(name for row in rows for name in row.columns))
    return [*columns, *(f"answer_{name}" if name in columns else name for name in CSV_COLUMNS)]


def _csv_line(cells: Sequence[str]) -> str:
    """One row; `csv` quotes a carriage return inside a cell only where the row ends with one (Python below 3.13)."""
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n") + "\n"


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
