"""From examples to weights: feature rows, boosted trees with scikit-learn, their JSON form."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Encoder
from qa.answers.compose import close
from qa.answers.corpus import Corpus, plain_corpus
from qa.answers.evidence import Candidate, candidates
from qa.answers.expectation import expectation
from qa.answers.features import FALLING, NAMES, RISING, feature_rows
from qa.answers.lessons import Lesson, lesson
from qa.answers.model import Trees
from qa.answers.protocol import Archive
from qa.answers.pseudo import English
from qa.answers.reading import reading
from qa.answers.rereading import RISING_READ, likeliest, reread
from qa.answers.respond import retrieve
from qa.answers.retold import Retelling
from qa.answers.samples import Example, Without, corpora, is_right, near_miss
from qa.answers.scoring import COLUMNS, SUMMARY, blended, summary_row, widened
from qa.answers.weighing import Weighted, weigh
from qa.conversation.question import Question, analyse

Floats = npt.NDArray[np.float64]
_LESSON: Final = 8  # sentences of one lesson
_NEGATIVES: Final = 24  # wrong sentences kept of one question


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of the questions that are asked once more as near misses, in English, and in other words."""

    misses: float
    english: float
    retold: float


SHARES: Final = Shares(misses=0.7, english=0.15, retold=0.25)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """An example put to its corpus: the candidates, their features, and which of them are right."""

    example: Example
    archive: Archive
    question: Question
    weighted: Weighted
    found: tuple[Candidate, ...]
    rows: Floats
    right: npt.NDArray[np.bool_]

    @property
    def texts(self) -> list[str]:
        return [one.sentence.text for one in self.found]


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """An example with its sentences after both looks: features as in COLUMNS, `read` those the reader has seen."""

    example: Example
    rows: Floats
    read: npt.NDArray[np.int64]
    right: npt.NDArray[np.bool_]
    texts: tuple[str, ...]


def ask_all(
    texts: Sequence[tuple[str, list[Example]]],
    encoder: Encoder,
    seed: int,
    english: English | None = None,
    titled: bool = False,
    retelling: Retelling | None = None,
    shares: Shares = SHARES,
    beside: Sequence[tuple[str, list[Example]]] = (),
) -> Iterator[Asked]:
    """Every question of `texts` asked in open retrieval; `shares` of them once more as near misses, in other words.

    Texts of `beside` from the same places are searched too.
    """
    chance = random.Random(seed)
    for corpus_texts, questions in corpora(texts, seed, beside):
        corpus = plain_corpus(corpus_texts, encoder, titled)
        others = [one.question for one in questions]
        for example in questions:
            if example.trick == "skip":
                continue
            missing = near_miss(example, others, chance) if example.gold and chance.random() < shares.misses else None
            examples = [example, missing] if missing else [example]
            way = chance.random()
            if english and way < shares.english:
                examples = [spoken for one in examples if (spoken := english.example(one, chance))]
            elif retelling and way < shares.english + shares.retold:
                examples = [told for one in examples if (told := retelling.example(one, chance))]
            asked = (ask(_view(corpus, one), one) for one in examples)
            yield from (one for one in asked if len(one.rows) and not lost(one))


def lost(asked: Asked) -> bool:
    """Whether a retold question no longer finds its text: nothing can be learned of when to refuse from it."""
    return asked.example.retold and bool(asked.example.gold) and not asked.right.any()


def _view(corpus: Corpus, example: Example) -> Archive:
    """The corpus as `example` needs it: without the text, or the sentence, that answers."""
    if example.trick in ("text", "sentence"):
        return Without(corpus, example.source, example.sentence if example.trick == "sentence" else "")
    return corpus


def ask(view: Archive, example: Example) -> Asked:
    """`example` put to `view`; a sentence is right in the texts that answer it, and wherever it is copied."""
    question = analyse(example.question)
    weighted = weigh(view, question)
    pool = candidates(retrieve(view, question, None))
    rows = feature_rows(view, question, pool, weighted) if pool else np.zeros((0, len(NAMES)))
    sources = {example.source, *example.elsewhere}
    answers = [one.hit.passage.source in sources and is_right(one.sentence.text, example) for one in pool]
    texts = {one.sentence.text for one, right in zip(pool, answers, strict=True) if right}
    right = np.array([one.sentence.text in texts for one in pool], bool)  # a copy elsewhere answers as well
    return Asked(example, view, question, weighted, tuple(pool), rows, right)


def read_again(asked: Asked, first: Trees) -> Answered:
    """What the reader makes of the sentences that `first` ranks highest."""
    scores = first.raw(asked.rows) + expectation(asked.rows)
    again = reread(asked.archive, asked.question, asked.found, asked.weighted, scores)
    return Answered(asked.example, widened(asked.rows, scores, again), again.chosen, asked.right, tuple(asked.texts))


def lesson_of(asked: Asked, first: Trees) -> Lesson | None:
    """What the reader can learn of it: the sentences that `first` ranks highest, and one that is right among them."""
    if asked.example.gold and not asked.right.any():
        return None
    chosen = likeliest(first.raw(asked.rows) + expectation(asked.rows), asked.texts)[:_LESSON]
    if asked.right.any() and not asked.right[chosen].any():
        chosen[-1] = int(np.flatnonzero(asked.right)[0])
    found = [asked.found[i] for i in chosen]
    seen = reading(asked.archive, asked.question, found, asked.weighted)
    return lesson(seen, [one.sentence.text for one in found], asked.right[chosen].tolist(), asked.example)


def evidence_rows(asked: Iterable[Asked], seed: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Rows to learn the evidence from: all right sentences, the strongest wrong ones and some at random."""
    chance = np.random.default_rng(seed)
    rows, right = [], []
    for one in asked:
        if not one.right.any():
            continue
        wrong = np.flatnonzero(~one.right)
        strongest = wrong[np.argsort(-one.rows[wrong, 0])][: _NEGATIVES // 2]
        chosen = np.union1d(strongest, chance.permutation(wrong)[: _NEGATIVES // 2])
        keep = np.concatenate([np.flatnonzero(one.right), chosen])
        rows.append(one.rows[keep])
        right.append(one.right[keep])
    return np.concatenate(rows), np.concatenate(right)


def second_rows(answered: Iterable[Answered]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Rows to learn the second look from: the sentences that were read, where one of them is right."""
    chosen = [one for one in answered if one.right[one.read].any()]
    return np.concatenate([one.rows[one.read] for one in chosen]), np.concatenate([o.right[o.read] for o in chosen])


def confidence_rows(answered: Sequence[Answered], trees: Trees) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Rows to learn the confidence from: one a question, right when one of the quoted sentences is."""
    rows, right = [], []
    for one in answered:
        scores = blended(one.rows[one.read], trees)
        order = one.read[np.argsort(-scores, kind="stable")]
        texts, falling = [one.texts[i] for i in order], np.sort(scores)[::-1]
        rows.append(summary_row(falling, one.rows[order], texts))
        right.append(bool(one.right[order[close(falling.tolist(), texts)]].any()))
    return np.stack(rows), np.array(right)


def fit(
    rows: Floats, right: npt.NDArray[np.bool_], rounds: int, leaves: int, weight: Floats | None = None
) -> dict[str, Any]:
    """Gradient boosted trees (Friedman 2001) as a JSON record for `qa.answers.model.trees_from`.

    A row counts as many times as its `weight` says, by default once.

    Columns in RISING may only raise the odds and those in FALLING lower them, whatever the training sets hold by
    chance: newspapers are not encyclopedias.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=rounds,
        max_leaf_nodes=leaves,
        learning_rate=0.1,
        min_samples_leaf=40,
        l2_regularization=5.0,
        random_state=1,
        monotonic_cst=directions(rows.shape[1]),
    )
    model.fit(rows, right, sample_weight=weight)
    return export(model)


def directions(count: int) -> list[int]:
    """For each of the first `count` features 1 where it may only help, -1 where it may only hurt, else 0."""
    names = (*COLUMNS, *SUMMARY)[:count]
    rising = RISING | RISING_READ | {"evidence", "margin", "mean_of_five", "read_best", "read_any"}
    falling = FALLING | {"others"}
    return [(name in rising) - (name in falling) for name in names]


def export(model: Any) -> dict[str, Any]:
    """The trees of a fitted scikit-learn model: a leaf is [value], another node [feature, threshold, left, right]."""
    trees = [predictors[0].nodes for predictors in model._predictors]
    base = float(np.ravel(model._baseline_prediction)[0])
    return {
        "base": base,
        "depth": int(max(nodes["depth"].max() for nodes in trees)),
        "trees": [_nodes(nodes) for nodes in trees],
    }


def _nodes(nodes: Any) -> list[list[float]]:
    return [
        [round(float(node["value"]), 5)]
        if node["is_leaf"]
        else [int(node["feature_idx"]), float(f"{node['num_threshold']:.6g}"), int(node["left"]), int(node["right"])]
        for node in nodes
    ]
