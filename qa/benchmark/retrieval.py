"""`python -m qa.benchmark retrieval`: public question sets, all passages of a set for each question, any models."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from embeddings import Encoder, ModelLoadError, load_encoder
from embeddings.late import late_interactions
from embeddings.train.evaluation import Task, held_out_tasks, ndcg
from qa.archive.searching import CANDIDATES, CLOSEST, closest
from qa.errors import InputError, QAError
from qa.fusion import Asked, Scores, fuse, judged, share_known, weights
from qa.lexical import LexicalIndex, write_lexical
from qa.text import terms

_COLUMNS = ("mean", "late", "dense", "sparse", "hybrid")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark retrieval", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with cmrc2018_trial.jsonl.gz and its like")
    parser.add_argument("--squad", type=Path, action="append", default=[], help="a SQuAD JSON file, such as XQuAD's")
    parser.add_argument("--model", action="append", default=[], help="a model to compare (default: the bundled one)")
    parser.add_argument("--questions", type=int, default=1000, help="at most so many of each set (default 1000)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        tasks = _tasks(options.data, options.squad, options.questions)
        report = {name or "bundled": measure(name, tasks) for name in options.model or [None]}
    except (QAError, ModelLoadError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(report, ensure_ascii=False) if options.json else as_table(report))
    return 0


def _tasks(data: Path | None, squad: Sequence[Path], limit: int) -> list[Task]:
    tasks = held_out_tasks(data, limit) if data else []
    tasks += [squad_json(path, limit) for path in squad]
    if not tasks:
        raise InputError("no question set was found; name a folder with --data or a SQuAD JSON file with --squad")
    return tasks


def squad_json(path: Path, limit: int) -> Task:
    """The answerable questions of a SQuAD file against its contexts. Raises InputError when it is none."""
    try:
        paragraphs = [one for article in json.loads(path.read_bytes())["data"] for one in article["paragraphs"]]
        rows = {context: row for row, context in enumerate(dict.fromkeys(one["context"] for one in paragraphs))}
        asked = [(qa["question"], rows[one["context"]]) for one in paragraphs for qa in one["qas"] if qa["answers"]]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"{path} is no SQuAD JSON file ({type(error).__name__})") from error
    chosen = asked[:: max(1, len(asked) // limit)]
    return Task(path.stem, [question for question, _ in chosen], list(rows), [row for _, row in chosen])


def measure(name: str | None, tasks: Sequence[Task]) -> dict[str, dict[str, float]]:
    """nDCG@10 of each set by each score, and passages a second of 300 characters. Raises ModelLoadError."""
    encoder = load_encoder(name)
    report = {task.name: _measured(encoder, task) for task in tasks}
    passages = [(passage * 3)[:300] for task in tasks for passage in task.passages][:2000]
    encoder.encode_document(passages[:10])
    begun = time.perf_counter()
    encoder.encode_document(passages)
    report["speed"] = {"passages_per_second": len(passages) / (time.perf_counter() - begun)}
    return report


def _measured(encoder: Encoder, task: Task) -> dict[str, float]:
    mean = encoder.encode_query(task.questions) @ encoder.encode_document(task.passages).T
    scores = {"dense": mean}
    lengths, asked = [[0] * len(texts) for texts in (task.passages, task.questions)]
    if encoder.has_tokens:
        questions, passages = encoder.token_ids(task.questions), encoder.token_ids(task.passages)
        scores["late"] = late_interactions(encoder, questions, passages)
        lengths, asked = [*map(len, passages)], [*map(len, questions)]
    scores["sparse"], known = _sparse(task)
    ranked = {"mean": mean, "sparse": scores["sparse"]}
    ranked |= {"late": scores["late"]} if encoder.has_tokens else {}
    each = [{name: one[row] for name, one in scores.items()} for row in range(len(mean))]
    ranked["dense"] = np.stack([fuse(one, weights(0.0, late=encoder.has_tokens)) for one in each])
    queries = [Asked(share, tokens, len(lengths)) for share, tokens in zip(known, asked, strict=True)]
    ranked["hybrid"] = np.stack([_hybrid(one, query, lengths) for one, query in zip(each, queries, strict=True)])
    return {column: ndcg(ranked[column], task.relevant) for column in _COLUMNS if column in ranked}


def _hybrid(scores: dict[str, Scores], asked: Asked, lengths: Sequence[int]) -> Scores:
    """As a search does it: candidates of both halves, the best of them judged. What it does not look at comes last."""
    best = [np.argsort(-scores[half], kind="stable")[:CANDIDATES] for half in ("dense", "sparse")]
    rows = np.union1d(best[0], best[1][scores["sparse"][best[1]] > 0])
    rows, found = closest(rows, {half: scores[half][rows] for half in ("dense", "sparse")}, asked.known, CLOSEST)
    found |= {"late": scores["late"][rows]} if "late" in scores else {}
    ranked = np.full(len(lengths), -np.inf, np.float32)
    ranked[rows] = judged(found, asked, [lengths[row] for row in rows])
    return ranked


def _sparse(task: Task) -> tuple[Scores, list[float]]:
    """BM25 of every question with every passage, and the share of each question's terms that any passage holds."""
    scores = np.zeros((len(task.questions), len(task.passages)), np.float32)
    with tempfile.TemporaryDirectory(prefix="wenbao-") as folder:
        write_lexical(Path(folder), ((row, terms(passage)) for row, passage in enumerate(task.passages)))
        index = LexicalIndex(Path(folder))
        known = []
        for number, question in enumerate(task.questions):
            found = terms(question)
            rows, values = index.search(found, len(task.passages))
            scores[number, rows] = values
            known.append(share_known(index, found))
    return scores, known


def as_table(report: dict[str, dict[str, dict[str, float]]]) -> str:
    """The report as a Markdown table."""
    lines = ["| nDCG@10 | model | " + " | ".join(_COLUMNS) + " |", "|---|---|" + "---|" * len(_COLUMNS)]
    for model, measured in report.items():
        for task, values in measured.items():
            if task != "speed":
                cells = [f"{values[column]:.3f}" if column in values else "" for column in _COLUMNS]
                lines.append(f"| {task} | {model} | " + " | ".join(cells) + " |")
        lines.append(f"\n{model}: {measured['speed']['passages_per_second']:.0f} passages of 300 characters a second")
    return "\n".join(lines)
