"""Answer records that come back from a browser, and the reader's verdicts as questions for `evaluate`."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa.datatypes import Answer, Citation, Hit, Passage, Span, Witness
from qa.errors import InputError
from qa.render import answer_markdown, visible
from qa.text import language

MAX_FILE = 10_000_000  # bytes of a file of verdicts
MAX_COMMENT = 1_000  # characters of a comment


def record_of(answer: Answer, turn: int, spoken: str) -> str:
    """What the browser keeps of a turn, as JSON: its number, the answer record, the same as Markdown."""
    kept = {"turn": turn, "record": answer.to_dict(), "markdown": answer_markdown(answer, spoken)}
    return json.dumps(kept, ensure_ascii=False)


def answers_of(text: str, most: int) -> tuple[Answer, ...]:
    """The answers of a JSON list of answer records, at most the last `most`. Raises InputError for anything else."""
    try:
        records = json.loads(text)
        return tuple(answer_of(record) for record in records[-most:])
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise InputError("The kept conversation cannot be read; expected a list of answer records.") from None


def answer_of(record: Any) -> Answer:
    """The Answer whose `to_dict` gave `record`. Raises KeyError, TypeError or ValueError for anything else."""
    status = record["status"]
    if status not in ("answered", "partial", "not_found", "error"):
        raise ValueError(status)
    return Answer(
        question=_text(record["question"]),
        understood_as=_text(record["understood_as"]),
        status=status,
        answer=_text(record["answer"]),
        short_answer=_text(record["short_answer"]),
        confidence=min(max(float(record["confidence"]), 0.0), 1.0),
        citations=tuple(_citation(entry) for entry in record["citations"]),
        passages=tuple(_hit(entry) for entry in record["passages"]),
        missing=tuple(_text(word) for word in record["missing"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return visible(value)


def _spans(value: Any) -> tuple[Span, ...]:
    return tuple((int(first), int(last)) for first, last in value)


def _lines(value: Any) -> tuple[int, int]:
    first, last = value
    return int(first), int(last)


def _witness(entry: Any) -> Witness:
    return Witness(_text(entry["source"]), _lines(entry["lines"]), _spans(entry["spans"]), _text(entry["quote"]))


def _citation(entry: Any) -> Citation:
    place = _witness(entry)
    also_in = tuple(_witness(witness) for witness in entry["also_in"])
    title, changed = _text(entry["article"]), bool(entry.get("changed"))
    return Citation(int(entry["n"]), place.source, title, place.lines, place.spans, place.quote, also_in, changed)


def _hit(entry: Any) -> Hit:
    place = _witness({**entry, "quote": entry["text"]})
    title = _text(entry["article"])
    passage = Passage(place.quote, place.spans, source=place.source, article=title, lines=place.lines)
    return Hit(passage, float(entry["score"]), int(entry["rank"]))


@dataclass(frozen=True)
class Verdicts:
    """Readers' verdicts, kept in two files of JSON lines in the format of `evaluate`.

    `file` holds what readers found right: questions with their gold answer. Beside it, `NAME-open.jsonl` holds
    what they found wrong: the same fields, but docs, answers and evidence are for a person to fill in.
    """

    file: Path
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, answers: Sequence[Answer], turn: int, good: bool, comment: str, sources: Sequence[str]) -> None:
        """Appends a verdict on `answers[turn]`; a full file takes no more."""
        answer = answers[turn]
        line = {
            "id": f"reader-{time.time_ns()}",
            "type": "reader",
            "lang": language(answer.question),
            "question": answer.question,
            "history": [earlier.question for earlier in answers[:turn]],
            **(gold(answer, sources) if good else {"docs": [], "answers": [], "evidence": []}),
            "comment": comment[:MAX_COMMENT],
        }
        if not good:
            line["given"] = answer.answer
        path = self.file if good else self.file.with_name(f"{self.file.stem}-open{self.file.suffix}")
        with self.lock:
            if not path.exists() or path.stat().st_size < MAX_FILE:
                with path.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(line, ensure_ascii=False) + "\n")


def gold(answer: Answer, sources: Sequence[str]) -> dict[str, Any]:
    """What `evaluate` compares with, when the answer is right: pages by position, answers, evidence."""
    order = sorted(sources)
    named = {citation.source for citation in answer.citations}
    named |= {witness.source for citation in answer.citations for witness in citation.also_in}
    docs = sorted(order.index(source) for source in named if source in order)
    short = [answer.short_answer] if answer.short_answer else [citation.quote for citation in answer.citations[:1]]
    return {"docs": docs, "answers": short, "evidence": [citation.quote for citation in answer.citations]}
