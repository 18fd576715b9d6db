"""Answer records that come back from a browser, and the reader's verdicts as questions for `evaluate`."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from qa.datatypes import Answer, Citation, Claim, Difference, Failure, Hit, Passage, Span, Witness, Written
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
        confidence=min(max(_number(record["confidence"]), 0.0), 1.0),
        citations=tuple(_citation(entry) for entry in record["citations"]),
        passages=tuple(_hit(entry) for entry in record["passages"]),
        missing=tuple(_text(word) for word in record["missing"]),
        claims=tuple(Claim(_text(one["value"]), tuple(map(int, one["citations"]))) for one in record.get("claims", ())),
        written=_written(record["written"]) if record.get("written") else None,
    )


def _written(entry: Any) -> Written:
    if entry["failure"] not in get_args(Failure):
        raise ValueError(entry["failure"])
    return Written(_text(entry["by"]), tuple(_text(one) for one in entry["dropped"]), entry["failure"])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return visible(value)


def _number(value: Any) -> float:
    """A finite number: JSON, to which the record is turned again, has no others."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _spans(value: Any) -> tuple[Span, ...]:
    return tuple((int(first), int(last)) for first, last in value)


def _lines(value: Any) -> tuple[int, int]:
    first, last = value
    return int(first), int(last)


def _witness(entry: Any) -> Witness:
    differs = tuple(_difference(one) for one in entry.get("differs", ()))
    source, quote = _text(entry["source"]), _text(entry["quote"])
    return Witness(source, _lines(entry["lines"]), _spans(entry["spans"]), quote, differs)


def _difference(entry: Any) -> Difference:
    places = _spans(entry["spans"]), _spans(entry["other_spans"])
    return Difference(_text(entry["text"]), places[0], _text(entry["other"]), places[1])


def _citation(entry: Any) -> Citation:
    place = _witness(entry)
    also_in = tuple(_witness(witness) for witness in entry["also_in"])
    title, changed = _text(entry["article"]), bool(entry.get("changed"))
    sheet = int(entry.get("sheet", 0))
    return Citation(
        int(entry["n"]), place.source, title, place.lines, place.spans, place.quote, also_in, changed, sheet
    )


def _hit(entry: Any) -> Hit:
    place = _witness({**entry, "quote": entry["text"]})
    title = _text(entry["article"])
    passage = Passage(place.quote, place.spans, source=place.source, article=title, lines=place.lines)
    return Hit(passage, _number(entry["score"]), int(entry["rank"]))


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
