"""Questions that nothing has learned from, a third of them near misses: `seeds/questions/unseen.jsonl.gz`.

Each paper is rebuilt into an archive of its own and asked its questions, by the rules of `python -m qa evaluate`, and
questions of the other papers, which it cannot answer.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from qa import evaluation
from qa.answers.papers import PAPERS, Paper, papers, with_strangers
from qa.answers.written import archive_of
from qa.evaluation import Report
from qa.questions import Question

UNSEEN: Final = PAPERS.with_name("unseen.jsonl.gz")
_STRANGERS: Final = 200  # questions of other papers asked of each


def questions_of(paper: Paper, own: int | None = None) -> list[Question]:
    """The questions of `paper` as those of a question file; from number `own` on they are other papers'."""
    names = sorted(paper.pages)
    return [
        Question(
            id=f"q{number}",
            type="answerable" if one.gold else "near miss" if own is None or number <= own else "another paper's",
            question=one.question,
            history=(),
            docs=tuple(names.index(name) for name in (one.source, *one.elsewhere)) if one.gold else (),
            answers=tuple((gold,) for gold in one.gold),
            evidence=one.gold,
        )
        for number, one in enumerate(paper.asked, 1)
    ]


def measured(found: list[Paper]) -> list[Report]:
    """One report for each paper."""
    with ExitStack() as kept:
        return [
            evaluation.evaluate(archive_of(paper.pages, kept), questions_of(asked, len(paper.asked)))
            for paper, asked in zip(found, with_strangers(found, _STRANGERS, 1), strict=True)
        ]


def shares(report: Report) -> dict[str, Any]:
    """How many questions of each type, shares of right answers, false answers and false refusals, and the calibration
    error over the paper's own questions; without the shares of a type that was not asked."""
    types = Counter(one.type for one in report.judgements)
    wanted = {
        "answer_accuracy": ("answerable", "answer_accuracy"),
        "false_refusal_rate": ("answerable", "false_refusal_rate"),
        "near_misses_answered": ("near miss", "false_answer_rate"),
        "others_answered": ("another paper's", "false_answer_rate"),
    }
    found = {name: evaluation.summarise(report, kind)[key].mean for name, (kind, key) in wanted.items() if types[kind]}
    own = Report(tuple(one for one in report.judgements if one.type != "another paper's"), report.seconds)
    return {"questions": dict(types)} | found | {"ece": evaluation.risk_of(own)["ece"]}


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
        counts = ", ".join(f"{count} {kind}" for kind, count in row["questions"].items())
        values = ", ".join(f"{key.replace('_', ' ')} {row[key]:.3f}" for key in list(row)[1:])
        print(f"{name:<10}{counts}: {values}")
    return 0
