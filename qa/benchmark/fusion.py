"""`python -m qa.benchmark fusion`: learns how what is found for a question in a foreign language is ranked.

Public questions put into English word by word, and news sentences with parts of them, look for their passages, alone
and among passages of other news. Half of the questions is learned from; prints nDCG@10 of the other half.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from embeddings import Encoder, load_encoder
from embeddings.late import late_interaction
from embeddings.train.evaluation import held_out_tasks
from embeddings.train.reading import wmt
from qa.archive.searching import CANDIDATES, CLOSEST, closest
from qa.benchmark._corpus import endless, read_stories
from qa.errors import InputError, QAError
from qa.fusion import Asked, Judge, Scores, evidence, familiar, foreign_judge, fuse, judged, share_known, weights
from qa.lexical import LexicalIndex, write_lexical
from qa.text import sentences, terms

_BLOCK = 4  # neighbouring rows of news: four passages, or one
_LONG = 240  # characters of a passage of the crowd
_UNITS, _STEPS, _RATE, _DECAY = 24, 600, 0.02, 3e-4
_SINGLE = 300  # sentences in a collection of nothing else
_WHOLE = 2.0  # what whole sentences count


@dataclass
class Sought:
    """Passages, and questions with the place of the one that is right, by kind."""

    passages: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, int]] = field(default_factory=list)  # kind, question, place

    def add(self, kind: str, question: str, place: int) -> None:
        if question.strip():
            self.asked.append((kind, question, place))


@dataclass(frozen=True)
class Case:
    """What was found for a question: all scores of its candidates, and which of them is right, bool[n]."""

    kind: str
    asked: Asked
    scores: dict[str, Scores]
    lengths: list[int]
    right: npt.NDArray[np.bool_]


def by_dictionary(folder: Path) -> Sought:
    """Questions put into English word by word."""
    sought = Sought()
    for task in held_out_tasks(folder):
        if "dictionary" in task.name:
            first = len(sought.passages)
            sought.passages += task.passages
            for question, place in zip(task.questions, task.relevant, strict=True):
                sought.add(task.name, question, first + place)
    return sought


def news(folder: Path, asked: int) -> Sought:
    """Sentences of the news, and parts of them, look for their translation; column `asked` is the asking language.

    Every second time four of them in a row are one passage, so that no length of a passage is a sign.
    """
    sought, rows, name = Sought(), wmt(folder)[1], ("English", "Chinese")[asked]
    for number, first in enumerate(range(0, len(rows) - _BLOCK + 1, _BLOCK)):
        block = rows[first : first + _BLOCK]
        place = len(sought.passages)
        found = [row[1 - asked] for row in block]
        sought.passages += found if number % 2 else [("" if asked == 0 else " ").join(found)]
        for i, row in enumerate(block):
            right, text = place + i * (number % 2), row[asked]
            sought.add(f"{name} sentences", text, right)
            sought.add(f"{name} parts", " ".join(text.split()[1:9]) if asked == 0 else text[2:16], right)
    return sought


def single_sentences(folder: Path, asked: int) -> Iterator[Sought]:
    """Whole sentences look for their translation among translations alone: all of them, and some at a time."""
    rows, name = wmt(folder)[1], ("English", "Chinese")[asked]
    starts = range(0, len(rows) - _SINGLE + 1, _SINGLE)
    for block in (rows, *(rows[first : first + _SINGLE] for first in starts)):
        sought = Sought([row[1 - asked] for row in block])
        for place, row in enumerate(block):
            sought.add(f"{name} sentences, {'all' if block is rows else 'some'} single", row[asked], place)
        yield sought


def crowd(path: Path, count: int) -> Iterator[str]:
    """`count` passages of news, one after the other."""
    for _, body in endless(read_stories(path)):
        start = 0
        for _, end in sentences(body):
            if end - start >= _LONG:
                if count <= 0:
                    return
                count -= 1
                yield body[start:end]
                start = end


def joined(*parts: Sought) -> Sought:
    """All passages, and all questions with the places of theirs among them."""
    whole = Sought()
    for part in parts:
        first = len(whole.passages)
        whole.passages += part.passages
        whole.asked += [(kind, question, first + place) for kind, question, place in part.asked]
    return whole


def cases(encoder: Encoder, sought: Sought, others: Sequence[str]) -> Iterator[Case]:
    """What a search finds for each question among the passages and `others`, as `qa.archive.searching` does it."""
    passages = [*sought.passages, *others]
    vectors, tokens = encoder.encode_document(passages), encoder.token_ids(passages)
    with tempfile.TemporaryDirectory(prefix="wenbao-") as folder:
        write_lexical(Path(folder), ((row, terms(passage)) for row, passage in enumerate(passages)))
        index = LexicalIndex(Path(folder))
        for kind, question, place in sought.asked:
            found, (asked,) = terms(question), encoder.token_ids([question])
            dense = vectors @ encoder.encode_query([question])[0]
            best = np.argpartition(-dense, min(CANDIDATES, len(dense) - 1))[:CANDIDATES]
            rows = np.union1d(best, index.search(found, CANDIDATES)[0])
            known, sparse = share_known(index, found), index.score(found, rows.tolist())
            halves: dict[str, Scores] = {"dense": dense[rows], "sparse": sparse}
            rows, scores = closest(rows, halves, known, CLOSEST)
            texts = [tokens[row] for row in rows]
            scores["late"] = late_interaction(encoder, asked, texts)
            yield Case(kind, Asked(known, len(asked), len(index)), scores, [*map(len, texts)], rows == place)


def gain(scores: Scores, right: npt.NDArray[np.bool_]) -> float:
    """nDCG@10 of a question of which one candidate at most is right."""
    rank = int((scores > scores[right][0]).sum()) if right.any() else 10
    return 1 / math.log2(rank + 2) if rank < 10 else 0.0


def fit(lessons: Sequence[Case], seed: int = 0, steps: int = _STEPS) -> Judge:
    """Least surprise at which candidate is right (Cao et al. 2007), each kind counting about the same; Adam."""
    torch.manual_seed(seed)
    usable = [case for case in lessons if case.right.any() and familiar(case.asked.known) < 1]
    rows, right, barred = _padded(usable)
    kinds = [case.kind for case in usable]
    worth = torch.tensor([(_WHOLE if "sentences" in kind else 1.0) / kinds.count(kind) for kind in kinds])
    hidden, out = nn.Linear(rows.shape[2], _UNITS), nn.Linear(_UNITS, 1, bias=False)
    direct = nn.Linear(rows.shape[2], 1, bias=False)
    nn.init.zeros_(out.weight)
    optimiser = torch.optim.Adam([*hidden.parameters(), *out.parameters(), *direct.parameters()], _RATE)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = _RATE * (1 + math.cos(math.pi * step / steps)) / 2
        scores = (out(torch.tanh(hidden(rows))) + direct(rows))[:, :, 0].masked_fill(barred, -1e9)
        surprise = -torch.logsumexp(torch.log_softmax(scores, 1).masked_fill(~right, -1e9), 1)
        cost = (worth * surprise).sum() / worth.sum() + _DECAY * ((hidden.weight**2).sum() + (out.weight**2).sum())
        optimiser.zero_grad()
        cost.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    tables = (hidden.weight.T, hidden.bias, out.weight[0], direct.weight[0])
    return Judge(*(np.round(table.detach().double().numpy(), 4).astype(np.float32) for table in tables))


def _padded(usable: Sequence[Case]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Evidence, which candidates are right, and which places of a row hold none."""
    size = max(len(case.right) for case in usable)
    seen = [evidence(case.scores, case.asked, case.lengths) for case in usable]
    rows = np.stack([np.pad(one, ((0, size - len(one)), (0, 0))) for one in seen])
    right = np.stack([np.pad(case.right, (0, size - len(case.right))) for case in usable])
    return torch.tensor(rows), torch.tensor(right), torch.tensor([[i >= len(one) for i in range(size)] for one in seen])


def halves(found: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """Those to learn from and those to measure with: of each kind two and two in turn."""
    seen: Counter[str] = Counter()
    parts: tuple[list[Case], list[Case]] = ([], [])
    for case in found:
        parts[seen[case.kind] // 2 % 2].append(case)
        seen[case.kind] += 1
    return parts


def as_table(measured: Sequence[Case], judge: Judge) -> str:
    """nDCG@10 of each kind by single scores, by their sum, and as `judged`."""
    rows: dict[str, list[tuple[float, ...]]] = {}
    for case in measured:
        total = fuse(case.scores, weights(case.asked.known, late=True))
        by = [case.scores["dense"], case.scores["late"], total, judged(case.scores, case.asked, case.lengths, judge)]
        rows.setdefault(case.kind, []).append(tuple(gain(one, case.right) for one in by))
    lines = ["| nDCG@10 | questions | mean vector | late | sum | network |", "|---|---|---|---|---|---|"]
    for kind, gains in rows.items():
        cells = " | ".join(f"{value:.3f}" for value in np.mean(gains, axis=0))
        lines.append(f"| {kind} | {len(gains)} | {cells} |")
    return "\n".join(lines)


def every_case(encoder: Encoder, data: Path, count: int) -> Iterator[Case]:
    """Those of small collections, and of the Chinese one among `count` other passages."""
    chinese, english = joined(by_dictionary(data), news(data, 0)), news(data, 1)
    if not chinese.asked:
        raise InputError(f"{data} holds none of cmrc2018_trial, drcd_test and wmt_news_en_zh")
    yield from cases(encoder, chinese, [])
    yield from cases(encoder, english, [])
    for asked in (0, 1):
        for sought in single_sentences(data, asked):
            yield from cases(encoder, sought, [])
    others = list(crowd(data / "xwlb_news.jsonl.gz", count))
    for case in cases(encoder, chinese, others):
        yield replace(case, kind=f"{case.kind}, among {len(others)} others")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark fusion", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with cmrc2018_trial.jsonl.gz and its like")
    parser.add_argument("--others", type=int, default=100_000, help="passages of other news (default 100000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dry", action="store_true", help="measure the network that there is, and write none")
    options = parser.parse_args(arguments)
    try:
        lessons, measured = halves(list(every_case(load_encoder(None), options.data, options.others)))
    except (QAError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    judge = foreign_judge() if options.dry else fit(lessons, options.seed)
    if not options.dry:
        told = {name: table.astype(float).round(4).tolist() for name, table in vars(judge).items()}
        text = ",\n".join(f' "{name}": {json.dumps(table)}' for name, table in told.items())
        Path(str(files("qa"))).joinpath("fusion.json").write_text(f"{{\n{text}\n}}\n", encoding="utf-8")
    print(as_table(measured, judge))
    return 0
