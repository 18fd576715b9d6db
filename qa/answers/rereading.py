"""The likeliest sentences read once more by the reader: what it says of them, as features beside the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from qa.answers.evidence import Candidate
from qa.answers.protocol import Archive
from qa.answers.reader import Read, answer_span, reader
from qa.answers.reading import Reading, reading
from qa.answers.weighing import Weighted
from qa.conversation.question import Question

Floats = npt.NDArray[np.float64]
MOST: Final = 12  # sentences that are read
READ: Final = ("first", "first_behind", "read", "read_behind", "read_ahead", "read_sure")
RISING_READ: Final = frozenset({"first", "first_behind", "read", "read_behind"})


@dataclass(frozen=True, slots=True)
class Span:
    """The likeliest answer in a sentence: half-open offsets into it, and its probability among all spans there."""

    start: int
    end: int
    chance: float


@dataclass(frozen=True, slots=True, eq=False)
class Reread:
    """Which of the candidates were read, their columns of READ (float64[read, READ]), and their answers."""

    chosen: npt.NDArray[np.int64]
    columns: Floats
    spans: tuple[Span, ...]


def likeliest(scores: npt.NDArray[np.floating], texts: Sequence[str]) -> list[int]:
    """The best candidates by score, each text once."""
    chosen: dict[str, int] = {}
    for i in np.argsort(-scores, kind="stable"):
        if len(chosen) == MOST:
            break
        chosen.setdefault(texts[i], int(i))
    return list(chosen.values())


def reread(
    archive: Archive, question: Question, found: Sequence[Candidate], weighted: Weighted, scores: Floats
) -> Reread:
    """The best of `found` by `scores` read again; sentences that stand there twice are read once."""
    texts = [one.sentence.text for one in found]
    chosen = likeliest(scores, texts)
    seen = reading(archive, question, [found[i] for i in chosen], weighted)
    read = reader().read(seen)
    place = {texts[i]: number for number, i in enumerate(chosen)}
    every = np.array([i for i, text in enumerate(texts) if text in place], np.int64)
    which = [place[texts[i]] for i in every]
    spans = _spans(read, seen)
    columns = np.column_stack([columns_of(scores[chosen], read.scores), [span.chance for span in spans]])
    columns = columns[which]
    columns[:, 0] = scores[every]
    return Reread(every, columns, tuple(spans[number] for number in which))


def columns_of(first: Floats, read: npt.NDArray[np.float32]) -> Floats:
    """All of READ but the last, for sentences that were read together: each score, how far it lies behind the best, and
    how far the reader's lies ahead of the best other."""
    odds = read.astype(np.float64)
    order = np.sort(odds)
    rival = np.where(odds == order[-1], order[-2] if len(order) > 1 else -9.0, order[-1])
    return np.column_stack([first, first - first.max(), odds, odds - odds.max(), odds - rival])


def _spans(read: Read, seen: Reading) -> list[Span]:
    lies = zip(seen.starts.tolist(), seen.lengths.tolist(), strict=True)
    return [Span(*answer_span(read, start, length)) for start, length in lies]
