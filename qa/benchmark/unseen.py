"""Questions that nothing has learned from, a third of them near misses: `seeds/questions/unseen.jsonl.gz`.

Each paper is rebuilt into an archive of its own and asked its questions, by the rules of `python -m qa evaluate`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from qa import evaluation
from qa.answers.papers import PAPERS, Paper, papers
from qa.answers.written import archive_of
from qa.evaluation import Report
from qa.questions import Question

UNSEEN: Final = PAPERS.with_name("unseen.jsonl.gz")


def questions_of(paper: Paper) -> list[Question]:
    """The questions of `paper` as those of a question file."""
    names = sorted(paper.pages)
    return [
        Question(
            id=f"q{number}",
            type="answerable" if one.gold else "near miss",
            question=one.question,
            history=(),
            docs=tuple(names.index(name) for name in (one.source, *one.elsewhere)) if one.gold else (),
            answers=tuple((gold,) for gold in one.gold),
            evidence=one.gold,
        )
        for number, one in enumerate(paper.asked, 1)
    ]


def measured(found: Sequence[Paper]) -> list[Report]:
    """One report for each paper."""
    with ExitStack() as kept:
        return [evaluation.evaluate(archive_of(paper.pages, kept), questions_of(paper)) for paper in found]


def shares(report: Report) -> dict[str, Any]:
    """Counts and shares of right answers, false answers and false refusals, and the calibration error."""
    measures = evaluation.summarise(report)
    chosen = ("answer_accuracy", "false_answer_rate", "false_refusal_rate")
    near = sum(one.false_answer is not None for one in report.judgements)
    counts = {"questions": len(report.judgements), "near_misses": near}
    return counts | {name: measures[name].mean for name in chosen} | {"ece": evaluation.risk_of(report)["ece"]}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark unseen", description=__doc__)
    parser.add_argument("--file", type=Path, default=UNSEEN, help="papers with their questions (default: %(default)s)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        found = papers(options.file)
        if not any(paper.asked for paper in found):
            raise ValueError("no question")
    except (OSError, EOFError, ValueError, LookupError, TypeError) as error:
        print(
            f"{options.file} cannot be read ({error}); expected papers as seeds/README.md describes.", file=sys.stderr
        )
        return 1
    reports = measured(found)
    both = Report(sum((one.judgements for one in reports), ()), sum(one.seconds for one in reports))
    rows = {f"paper {number}": shares(one) for number, one in enumerate(reports, 1)} | {"all": shares(both)}
    if options.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for name, row in rows.items():
        values = ", ".join(f"{key.replace('_', ' ')} {row[key]:.3f}" for key in list(row)[2:])
        print(f"{name:<10}{row['questions']} questions, {row['near_misses']} of them near misses: {values}")
    return 0
