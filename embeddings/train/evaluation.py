"""How good a model is on questions it has not seen: nDCG@10 of the passage each question was asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Encoder, Vectors
from embeddings.late import late_interactions
from embeddings.train.reading import inverted_wiktionary, squad, table, wmt

_LONGEST_WORD = 7
_PARAGRAPH = 4


@dataclass(frozen=True)
class Task:
    """`relevant[i]` is the row in `passages` that answers `questions[i]`."""

    name: str
    questions: list[str]
    passages: list[str]
    relevant: list[int]


def held_out_tasks(folder: Path, limit: int = 1000) -> list[Task]:
    """Chinese questions, the same put into English word by word, and news sentences in both directions.

    The English of the questions comes from Wiktionary first, while training uses CC-CEDICT's senses.
    """
    tasks = []
    translate = _translator(folder)
    for name in ("cmrc2018_trial", "drcd_test"):
        chinese = squad_task(folder, name, limit)
        tasks.append(chinese)
        english = [translate(question) for question in chinese.questions]
        tasks.append(Task(f"{name}, English by dictionary", english, chinese.passages, chinese.relevant))
    held = wmt(folder)[1][:limit]
    tasks.append(_paired("wmt, English to Chinese", [(row[0], row[1]) for row in held]))
    tasks.append(_paired("wmt, Chinese to English", [(row[1], row[0]) for row in held]))
    tasks += paragraph_tasks([(row[0], row[1]) for row in held])
    return [task for task in tasks if task.questions]


def _paired(name: str, pairs: Sequence[tuple[str, str]]) -> Task:
    """The first of each pair looks for the second, which is a passage once however often it was written."""
    rows = {text: row for row, text in enumerate(dict.fromkeys(text for _, text in pairs))}
    return Task(name, [asked for asked, _ in pairs], list(rows), [rows[text] for _, text in pairs])


def paragraph_tasks(rows: Sequence[tuple[str, str]]) -> list[Task]:
    """Parts of news sentences find the paragraph they are from, in English and across the languages.

    A paragraph is four neighbouring rows, English and Chinese; the part is what follows the first third of a sentence,
    at most twelve words or eighteen characters.
    """
    blocks = [rows[first : first + _PARAGRAPH] for first in range(0, len(rows) - _PARAGRAPH + 1, _PARAGRAPH)]
    english, chinese = (
        [" ".join(row[0] for row in block) for block in blocks],
        ["".join(row[1] for row in block) for block in blocks],
    )
    words = [(row[0].split(), number) for number, block in enumerate(blocks) for row in block]
    letters = [(row[1], number) for number, block in enumerate(blocks) for row in block]
    asked = [(" ".join(part[len(part) // 3 :][:12]), number) for part, number in words if len(part) >= 9]
    sought = [(part[len(part) // 3 :][:18], number) for part, number in letters if len(part) >= 15]
    plan = (
        ("English part to English paragraph", asked, english),
        ("English part to Chinese paragraph", asked, chinese),
        ("Chinese part to English paragraph", sought, english),
    )
    return [
        Task(f"wmt, {name}", [part for part, _ in parts], passages, [number for _, number in parts])
        for name, parts, passages in plan
    ]


def squad_task(folder: Path, name: str, limit: int | None = None) -> Task:
    """Every question against all contexts of the file, `limit` of the questions spread evenly."""
    triples = list(squad(folder, name))
    rows = {context: row for row, context in enumerate(dict.fromkeys(context for _, context, _ in triples))}
    chosen = triples[:: max(1, len(triples) // (limit or len(triples) or 1))]
    return Task(name, [question for question, _, _ in chosen], list(rows), [rows[context] for _, context, _ in chosen])


def _translator(folder: Path) -> Callable[[str], str]:
    english: dict[str, str] = {}
    for translation, word in inverted_wiktionary(folder):
        english.setdefault(word, translation)
    for simplified, traditional, _, gloss in table(folder, "cedict"):
        for word in (simplified, traditional):
            english.setdefault(word, gloss.split("/")[0].split("(")[0])

    def translate(text: str) -> str:
        words: list[str] = []
        while text:
            size = next((size for size in range(_LONGEST_WORD, 1, -1) if text[:size] in english), 1)
            words.append(english.get(text[:size], text[0] if text[0].isascii() else ""))
            text = text[size:]
        return " ".join(words)

    return translate


def ndcg(scores: npt.NDArray[np.float32], relevant: Sequence[int]) -> float:
    """Mean nDCG@10 where each row of `scores` has one relevant column (Järvelin and Kekäläinen 2002).

    Columns with the score of the relevant one stand in any order: the mean over all orders (McSherry and Najork 2008).
    """
    right = scores[np.arange(len(relevant)), list(relevant)][:, None]
    better, alike = (scores > right).sum(axis=1), (scores == right).sum(axis=1)
    sums = np.concatenate([[0.0], np.cumsum(1.0 / np.log2(np.arange(2, 12)))])
    return float(((sums[np.minimum(better + alike, 10)] - sums[np.minimum(better, 10)]) / np.maximum(alike, 1)).mean())


def standardised(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Each row with mean zero and deviation one."""
    centred: npt.NDArray[np.float32] = scores - scores.mean(axis=1, keepdims=True)
    deviation: npt.NDArray[np.float32] = np.maximum(scores.std(axis=1, keepdims=True), 1e-9)
    return np.divide(centred, deviation)


def score_matrices(encoder: Encoder, task: Task) -> tuple[Vectors, Vectors]:
    """Mean-vector and late-interaction scores, float32[questions, passages] each."""
    dense: Vectors = encoder.encode_query(task.questions) @ encoder.encode_document(task.passages).T
    late = late_interactions(encoder, encoder.token_ids(task.questions), encoder.token_ids(task.passages))
    return dense, late


def evaluate(encoder: Encoder, tasks: Sequence[Task]) -> list[tuple[str, float, float, float]]:
    """For each task its name and nDCG@10 with the mean vector, with late interaction and with the sum of both."""
    rows = []
    for task in tasks:
        dense, late = score_matrices(encoder, task)
        both = ndcg(standardised(dense) + standardised(late), task.relevant)
        rows.append((task.name, ndcg(dense, task.relevant), ndcg(late, task.relevant), both))
    return rows


def as_table(rows: Sequence[tuple[str, float, float, float]]) -> str:
    """`evaluate`'s result as a Markdown table."""
    lines = ["| nDCG@10 | mean vector | late interaction | both |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {name} | {a:.3f} | {b:.3f} | {c:.3f} |" for name, a, b, c in rows])
