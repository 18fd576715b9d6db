"""Question files with known answers: our own JSON lines, and SQuAD files that bring their corpus along."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import InputError

LINE_END = re.compile(r"\r\n|[\r\n]")  # str.splitlines cuts at U+2028 too, which a JSON string may hold


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a question file. `docs` are positions in the sorted sources; `answers` holds lists of strings
    that must all be there, any one list being enough."""

    id: str
    type: str
    question: str
    history: tuple[str, ...]
    docs: tuple[int, ...]
    answers: tuple[tuple[str, ...], ...]
    evidence: tuple[str, ...]

    @property
    def answerable(self) -> bool:
        return bool(self.docs)


def read_questions(path: Path) -> tuple[list[Question], list[str]]:
    """The questions of a file, and the corpus it brings (the contexts of a SQuAD file; else none).

    Raises InputError naming the line that is no question, or for a file without any.
    """
    questions, contexts = _questions(path)
    if not questions:
        raise InputError(f"{path} holds no question; expected one a line, see seeds/README.md, or SQuAD JSON.")
    return questions, contexts


def check_pages(questions: Iterable[Question], pages: int) -> None:
    """Raises InputError for a question whose "docs" an archive of so many pages does not have."""
    for one in questions:
        if any(doc >= pages for doc in one.docs):
            raise InputError(
                f'Question {one.id!r} names page {max(one.docs)} in "docs", and the index has {pages} (from 0); '
                "are these questions about other pages?"
            )


def _questions(path: Path) -> tuple[list[Question], list[str]]:
    raw = _read_text(path)
    try:
        whole = json.loads(raw)
    except (ValueError, RecursionError):
        whole = None
    if isinstance(whole, dict) and "data" in whole:
        return _squad(path, (c for article in whole["data"] for c in article["paragraphs"]))
    rows = whole if isinstance(whole, list) else list(_json_lines(path, raw))
    if rows and all(isinstance(row, dict) and "context" in row for row in rows):
        return _squad(path, rows)
    return [_question(path, number, row) for number, row in enumerate(rows, 1)], []


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(
            f"Cannot read the questions in {path} ({error}); expected a UTF-8 file of JSON lines or SQuAD JSON."
        ) from None


def _json_lines(path: Path, raw: str) -> Iterator[Any]:
    for number, line in enumerate(LINE_END.split(raw), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                raise InputError(
                    f"{path}, line {number}: not a JSON object; expected one question a line, see seeds/README.md."
                ) from None


def _question(path: Path, number: int, row: Any) -> Question:
    if not isinstance(row, dict) or not isinstance(row.get("question"), str) or not row["question"].strip():
        raise InputError(f'{path}, question {number}: no "question" text; expected the fields of seeds/README.md.')
    try:
        if any(isinstance(row.get(name), str | dict) for name in ("history", "docs", "answers", "evidence")):
            raise TypeError
        answers = tuple((a,) if isinstance(a, str) else tuple(map(str, a)) for a in row.get("answers", ()))
        docs = tuple(map(int, row.get("docs", ())))
        if any(doc < 0 for doc in docs):
            raise ValueError
        return Question(
            id=str(row.get("id", number)),
            type=str(row.get("type", "question")),
            question=row["question"],
            history=tuple(map(str, row.get("history", ()))),
            docs=docs,
            answers=answers,
            evidence=tuple(map(str, row.get("evidence", ()))),
        )
    except (TypeError, ValueError):
        raise InputError(
            f'{path}, question {number}: "docs" must be a list of numbers; "history", "answers", "evidence" lists.'
        ) from None


def _squad(path: Path, entries: Iterable[Any]) -> tuple[list[Question], list[str]]:
    try:
        questions, contexts = _from_contexts(entries)
        if all(isinstance(text, str) for one in questions for text in (one.question, *one.evidence, *contexts)):
            return questions, contexts
    except (KeyError, TypeError, AttributeError):
        pass
    raise InputError(
        f'{path} is not SQuAD JSON; expected "data" of "paragraphs", each with a "context" and "qas" of a "question" '
        'and "answers".'
    )


def _from_contexts(entries: Iterable[Any]) -> tuple[list[Question], list[str]]:
    """Questions over SQuAD's contexts, all contexts of the file being the corpus (open retrieval)."""
    contexts: dict[str, int] = {}
    questions: list[Question] = []
    for entry in entries:
        doc = contexts.setdefault(entry["context"], len(contexts))
        for one in entry["qas"]:
            texts = [] if one.get("is_impossible", one.get("impossible")) else [a["text"] for a in one["answers"]]
            answers = tuple(dict.fromkeys(text for text in texts if text.strip()))
            questions.append(
                Question(
                    id=str(one.get("id", len(questions))),
                    type="answerable" if answers else "unanswerable",
                    question=one["question"],
                    history=(),
                    docs=(doc,) if answers else (),
                    answers=tuple((text,) for text in answers),
                    evidence=answers,
                )
            )
    return questions, list(contexts)
