"""Learn which sentence answers, and when to refuse: `python -m qa.answers.train --data FOLDER`.

FOLDER holds SQuAD-like JSON lines (CMRC 2018, Cui et al. 2019; DRCD, Shao et al. 2018; CAIL 2019), news to make clozes
of (`xwlb_news.jsonl.gz`) and CC-CEDICT for English questions (`cedict.tsv.gz`). Questions are asked in open retrieval
over corpora of several sizes; unanswerable ones are made by taking away the text, or only the sentence, that answers,
and by exchanging a word. The reader learns from most of the texts, the trees from the rest, which the reader has not
seen. Needs scikit-learn; about half an hour on one idle core, most of it for the reader (`--keep-reader` leaves the
reader as it is and takes a few minutes: enough when the bundled encoder changes).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors.numpy import save

from qa.answers.evidence import static_encoder
from qa.answers.learning import (
    Answered,
    Asked,
    Shares,
    ask_all,
    confidence_rows,
    evidence_rows,
    fit,
    lesson_of,
    read_again,
    second_rows,
)
from qa.answers.lessons import Lesson, teach
from qa.answers.model import Trees, trees_from
from qa.answers.pseudo import English, news
from qa.answers.reader import WEIGHTS as READER
from qa.answers.reader import reader
from qa.answers.retold import Retelling
from qa.answers.samples import Example, read
from qa.answers.scoring import COLUMNS, SUMMARY

SHARES: Final = {"cmrc2018_train.jsonl.gz": 0.16, "drcd_dev.jsonl.gz": 0.4, "cail2019_dev.jsonl.gz": 0.06}
READ_TEXTS: Final = {"cmrc2018_train.jsonl.gz": 2100, "drcd_dev.jsonl.gz": 600, "cail2019_dev.jsonl.gz": 120}
NEWS_READ: Final = 1600  # news items the reader learns from
LESSON_SHARES: Final = Shares(misses=0.5, english=0.06, retold=0.15)
EPOCHS: Final = 4
Text = tuple[str, list[Example]]
NEAR: Final = 8  # texts beside each other in a file, perhaps of one article, that are kept in one half
NEWS: Final = 700  # news items, with up to three questions each
SLOPE: Final = 0.9  # from encyclopedias to newspapers: least error over four sets of questions about papers
OFFSET: Final = 1.25
THRESHOLD: Final = 0.3  # of the support: where a right answer more costs a false one more, over these sets
WEIGHTS: Final = Path(__file__).parent / "weights.json"


def shared(folder: Path, name: str, seed: int) -> tuple[list[Text], list[Text]]:
    """The texts of a file, shuffled: those to weigh with, and those to read."""
    texts = read(folder / name)
    random.Random(seed).shuffle(texts)
    count = max(1, int(len(texts) * SHARES[name]))
    return texts[:count], texts[count:]


def ask_everything(folder: Path, share: float, seed: int) -> list[Asked]:
    """All questions to weigh with put to their corpora; `share` scales how many texts are used."""
    encoder, english, asked = static_encoder(), English(folder), list[Asked]()
    retelling = Retelling(folder, encoder)
    for name in SHARES:
        texts, rest = shared(folder, name, seed)
        part = texts[: max(1, int(len(texts) * share))]
        asked += ask_all(part, encoder, seed, english, False, retelling, beside=rest)
    asked += ask_all(news(folder, int(NEWS * share), seed), encoder, seed, english, True, retelling)
    return asked


def lessons_from(folder: Path, share: float, seed: int, first: Trees) -> list[Lesson]:
    """Lessons of the texts that nothing is weighed with."""
    encoder, english, found = static_encoder(), English(folder), list[Lesson]()
    retelling = Retelling(folder, encoder)
    sets = [(shared(folder, name, seed)[1][:most], False) for name, most in READ_TEXTS.items()]
    sets.append((news(folder, NEWS + NEWS_READ, seed)[NEWS:], True))
    for texts, titled in sets:
        part = texts[: max(1, int(len(texts) * share))]
        asked = ask_all(part, encoder, seed + 1, english, titled, retelling, LESSON_SHARES)
        found += [one for one in (lesson_of(question, first) for question in asked) if one]
    return found


def weigh(asked: Sequence[Asked], fingerprint: str, seed: int) -> dict[str, Any]:
    """Two halves by source: what is learned from each is judged on the other, so that the confidence is honest."""
    halves = [[one for one in asked if hash_of(one.example.source) // NEAR % 2 == half] for half in (0, 1)]
    looks = [trees_from(first_look(half, seed)) for half in halves]
    answered = [[read_again(one, looks[1 - i]) for one in half] for i, half in enumerate(halves)]
    scorers = [trees_from(second_look(half)) for half in answered]
    judged = [confidence_rows(answered[1 - i], scorer) for i, scorer in enumerate(scorers)]
    rows, right = (np.concatenate([pair[i] for pair in judged]) for i in (0, 1))
    answerable = np.array([bool(one.example.gold) for half in (answered[1], answered[0]) for one in half])
    confidence, support = (fit(rows, label, rounds=80, leaves=8) for label in (right, answerable))
    return {
        "features": list(COLUMNS),
        "summary": list(SUMMARY),
        "encoder": fingerprint,
        "slope": SLOPE,
        "offset": OFFSET,
        "threshold": THRESHOLD,
        "first": first_look(asked, seed),
        "evidence": second_look([one for half in answered for one in half]),
        "confidence": confidence,
        "support": support,
    }


def first_look(asked: Sequence[Asked], seed: int) -> dict[str, Any]:
    return fit(*evidence_rows(asked, seed), rounds=120, leaves=12)


def second_look(answered: Sequence[Answered]) -> dict[str, Any]:
    return fit(*second_rows(answered), rounds=100, leaves=12)


def hash_of(source: str) -> int:
    return int(source.rpartition(":")[2])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the question files")
    parser.add_argument("--share", type=float, default=1.0, help="share of the texts to learn from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="how often the reader sees its questions")
    parser.add_argument("--keep-reader", action="store_true", help="learn the trees alone")
    parser.add_argument("--output", type=Path, default=WEIGHTS.parent, help="folder for weights.json and the reader")
    given = parser.parse_args(arguments)
    asked = ask_everything(given.data, given.share, given.seed)
    if not given.keep_reader:
        first = trees_from(first_look(asked, given.seed))
        lessons = lessons_from(given.data, given.share, given.seed, first)
        tensors = teach(lessons, static_encoder(), given.epochs, given.seed, print)
        (given.output / READER.name).write_bytes(save(tensors))
        reader.cache_clear()
    record = weigh(asked, static_encoder().fingerprint, given.seed)
    text = json.dumps(record, separators=(",", ":"))
    (given.output / WEIGHTS.name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
