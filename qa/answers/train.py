"""Learn which sentence answers, and when to refuse: `python -m qa.answers.train --data FOLDER`.

FOLDER holds SQuAD-like JSON lines (CMRC 2018, Cui et al. 2019; DRCD, Shao et al. 2018; CAIL 2019), news to make clozes
of (`xwlb_news.jsonl.gz`) and CC-CEDICT for English questions (`cedict.tsv.gz`). Of the news, and of invented pages of
papers, there are also questions written for this purpose, near misses among them. Questions are asked in open
retrieval over corpora of several sizes; unanswerable ones are made by taking away the text, or only the sentence, that
answers, and by exchanging a word. The reader learns from most of the texts and from the papers, the trees from the
rest, which the reader has not seen. Needs scikit-learn; about an hour on one idle core, most of it for the reader.
`--go-on` lets the shipped reader learn further, `--keep-reader` leaves it as it is and takes a few minutes: enough when
the bundled encoder changes.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors.numpy import load_file, save

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
from qa.answers.papers import Paper, ask_papers, is_of_paper, papers, with_strangers
from qa.answers.pseudo import English, news
from qa.answers.reader import WEIGHTS as READER
from qa.answers.reader import reader
from qa.answers.retold import Retelling
from qa.answers.samples import read
from qa.answers.scoring import COLUMNS, SUMMARY, Weights, weights
from qa.answers.written import Text, ask_written, is_written, story_of, written

SHARES: Final = {"cmrc2018_train.jsonl.gz": 0.16, "drcd_dev.jsonl.gz": 0.4, "cail2019_dev.jsonl.gz": 0.06}
READ_TEXTS: Final = {"cmrc2018_train.jsonl.gz": 2100, "drcd_dev.jsonl.gz": 600, "cail2019_dev.jsonl.gz": 120}
NEWS_READ: Final = 1600  # news items the reader learns from
LESSON_SHARES: Final = Shares(misses=0.5, english=0.06, retold=0.15)
EPOCHS: Final = 4
NEAR: Final = 8  # texts beside each other in a file, perhaps of one article, that are kept in one half
NEWS: Final = 700  # news items, with up to three questions each
LATER_SHARE: Final = 0.2  # of the public texts when the shipped reader learns further, mostly from questions about news
WRITTEN_WEIGHT: Final = 2.0  # of a question about news, for confidence and refusal
PAPERS_WEIGHT: Final = 0.3  # of one about a paper, whose near misses are harder than most that people ask
STRANGERS: Final = 100  # questions of other papers asked of each, which none of its pages answers
SIBLINGS: Final = "drcd_dev"  # whose texts come several to an article, so that a near miss is hard to tell
SIBLINGS_WEIGHT: Final = 3.0  # of its questions, for refusal
SLOPE: Final = 0.75  # to other papers: between the best for the five pages and for those of four other authors
OFFSET: Final = 1.05
THRESHOLD: Final = 0.3  # of the support: where a right answer more costs a false one more, over these sets
WEIGHTS: Final = Path(__file__).parent / "weights.json"


def shared(folder: Path, name: str, seed: int) -> tuple[list[Text], list[Text]]:
    """The texts of a file, shuffled: those to weigh with, and those to read."""
    texts = read(folder / name)
    random.Random(seed).shuffle(texts)
    count = max(1, int(len(texts) * SHARES[name]))
    return texts[:count], texts[count:]


def ask_everything(folder: Path, share: float, seed: int, kept: ExitStack) -> list[Asked]:
    """All questions to weigh with put to their corpora, open as long as `kept`; `share` scales how many texts."""
    encoder, english, asked = static_encoder(), English(folder), list[Asked]()
    retelling = Retelling(folder, encoder)
    for name in SHARES:
        texts, rest = shared(folder, name, seed)
        part = texts[: max(1, int(len(texts) * share))]
        asked += ask_all(part, encoder, seed, english, False, retelling, beside=rest)
    asked += ask_all(news(folder, int(NEWS * share), seed), encoder, seed, english, True, retelling)
    stories = [text for text in written(folder) if not _is_read(text)]
    asked += ask_written(stories[: int(len(stories) * share)], kept)
    return [*asked, *ask_papers(_papers(share, seed, read=False), kept)]


def lessons_from(folder: Path, share: float, seed: int, first: Trees, public: float = 1.0) -> list[Lesson]:
    """Lessons of the texts that nothing is weighed with, of the public sets the share `public`."""
    encoder, english, found = static_encoder(), English(folder), list[Lesson]()
    retelling = Retelling(folder, encoder)
    sets = [(shared(folder, name, seed)[1][:most], False) for name, most in READ_TEXTS.items()]
    sets.append((news(folder, NEWS + NEWS_READ, seed)[NEWS:], True))
    for texts, titled in sets:
        part = texts[: max(1, int(len(texts) * share * public))]
        asked = ask_all(part, encoder, seed + 1, english, titled, retelling, LESSON_SHARES)
        found += [one for one in (lesson_of(question, first) for question in asked) if one]
    stories = [text for text in written(folder) if _is_read(text)]
    with ExitStack() as kept:
        told = ask_papers(_papers(share, seed, read=True), kept)
        asked = chain(ask_written(stories[: int(len(stories) * share)], kept), told)
        return found + [one for one in (lesson_of(question, first) for question in asked) if one]


def _papers(share: float, seed: int, read: bool) -> list[Paper]:
    """The papers that the reader learns from, three of four, or the others, which the trees are learned from; with
    questions of one another."""
    found = papers()
    part = found[: max(1, int(len(found) * share))]
    return with_strangers([one for number, one in enumerate(part) if (number % 4 < 3) == read], STRANGERS, seed)


def _is_read(text: Text) -> bool:
    """Whether the reader learns from this written story: from three of five; the others are for the trees."""
    return story_of(text) % 5 > 1


def weigh(asked: Sequence[Asked], fingerprint: str, seed: int, kept: Weights | None = None) -> dict[str, Any]:
    """Two halves by source: what is learned from each is judged on the other, so that the confidence is honest.

    The trees that choose sentences are those of `kept`, if it is given.
    """
    halves = [[one for one in asked if hash_of(one.example.source) // NEAR % 2 == half] for half in (0, 1)]
    looks = [kept.first if kept else trees_from(first_look(half, seed)) for half in halves]
    answered = [[read_again(one, looks[1 - i]) for one in half] for i, half in enumerate(halves)]
    scorers = [kept.evidence if kept else trees_from(second_look(half)) for half in answered]
    judged = [confidence_rows(answered[1 - i], scorer) for i, scorer in enumerate(scorers)]
    rows, right = (np.concatenate([pair[i] for pair in judged]) for i in (0, 1))
    examples = [one.example for half in (answered[1], answered[0]) for one in half]
    answerable = np.array([bool(one.gold) for one in examples])
    own = np.where([is_written(one) for one in examples], WRITTEN_WEIGHT, 1.0)
    own *= np.where([is_of_paper(one) for one in examples], PAPERS_WEIGHT, 1.0)
    siblings = np.where([one.source.startswith(SIBLINGS) for one in examples], SIBLINGS_WEIGHT, 1.0)
    confidence = fit(rows, right, rounds=160, leaves=8, weight=own)
    support = fit(rows, answerable, rounds=160, leaves=8, weight=own * siblings)
    return {
        "features": list(COLUMNS),
        "summary": list(SUMMARY),
        "encoder": fingerprint,
        "slope": SLOPE,
        "offset": OFFSET,
        "threshold": THRESHOLD,
        **(_sentence_trees() if kept else _sentences_learned(asked, answered, seed)),
        "confidence": confidence,
        "support": support,
    }


def _sentences_learned(asked: Sequence[Asked], answered: Sequence[list[Answered]], seed: int) -> dict[str, Any]:
    evidence = second_look([one for half in answered for one in half])
    return {"first": first_look(asked, seed), "evidence": evidence}


def _sentence_trees() -> dict[str, Any]:
    """The shipped trees that choose sentences."""
    record = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {name: record[name] for name in ("first", "evidence")}


def first_look(asked: Sequence[Asked], seed: int) -> dict[str, Any]:
    return fit(*evidence_rows(asked, seed), rounds=120, leaves=12)


def second_look(answered: Sequence[Answered]) -> dict[str, Any]:
    return fit(*second_rows(answered), rounds=100, leaves=12)


def hash_of(source: str) -> int:
    return int(source.rpartition(":")[2].partition(".")[0])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the question files")
    parser.add_argument("--share", type=float, default=1.0, help="share of the texts to learn from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="how often the reader sees its questions")
    parser.add_argument("--keep-reader", action="store_true", help="learn the trees alone")
    parser.add_argument("--go-on", action="store_true", help="the shipped reader learns further")
    parser.add_argument("--keep-sentences", action="store_true", help="learn confidence and refusal alone")
    parser.add_argument("--output", type=Path, default=WEIGHTS.parent, help="folder for weights.json and the reader")
    given = parser.parse_args(arguments)
    if given.output != WEIGHTS.parent and not given.keep_reader:
        parser.error("--output was given without --keep-reader; the trees are learned around the reader of the package")
    with ExitStack() as kept:
        learn(given, ask_everything(given.data, given.share, given.seed, kept))


def learn(given: argparse.Namespace, asked: Sequence[Asked]) -> None:
    """Reader and trees from the questions `asked`, written to the folder `given`."""
    if not given.keep_reader:
        first = trees_from(first_look(asked, given.seed))
        lessons = lessons_from(given.data, given.share, given.seed, first, LATER_SHARE if given.go_on else 1.0)
        start = load_file(READER) if given.go_on else None
        tensors = teach(lessons, static_encoder(), given.epochs, given.seed, print, start)
        (given.output / READER.name).write_bytes(save(tensors))
        reader.cache_clear()
    record = weigh(asked, static_encoder().fingerprint, given.seed, weights() if given.keep_sentences else None)
    text = json.dumps(record, separators=(",", ":"))
    (given.output / WEIGHTS.name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
