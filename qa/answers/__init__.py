"""Hits -> answer: the sentences that answer, quoted exactly, with one calibrated confidence, or a refusal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from qa.answers.calibration import applied, calibrate
from qa.answers.protocol import Archive
from qa.answers.respond import best_finding, merge, respond, split
from qa.answers.scoring import weights
from qa.conversation import understand
from qa.datatypes import Answer
from qa.store import Calibration

__all__ = ["Archive", "Calibration", "answer", "calibrate"]


def answer(
    archive: Archive,
    question: str,
    history: Sequence[str] = (),
    k: int = 5,
    sources: Sequence[str] | None = None,
) -> Answer:
    """The answer to `question`, asked after the questions of `history` (oldest first), with the `k` nearest passages.

    `sources` keeps to these sources. An answer quotes the archive or, where nothing supports one, is `not_found`.
    """
    learned, started = applied(weights(), getattr(archive, "calibration", None)), time.perf_counter()
    parts, findings = split(question), []
    for number, part in enumerate(parts):
        readings = understand(archive, part, [*history, *parts[:number]])
        findings.append(best_finding(archive, readings, sources, learned))
    answers = [respond(archive, finding, learned) for finding in findings]
    whole = answers[0] if len(answers) == 1 else merge(question, answers)
    spent = (time.perf_counter() - started) * 1000
    hits = tuple(findings[0].hits[: max(k, 0)])
    return replace(whole, question=question, passages=hits, timings_ms=(("answer", spent),))
