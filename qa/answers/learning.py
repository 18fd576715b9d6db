"""From examples to weights: feature rows, boosted trees with scikit-learn, their JSON form."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Encoder
from qa.answers.compose import close
from qa.answers.corpus import Corpus, plain_corpus
from qa.answers.evidence import candidates
from qa.answers.expectation import expectation
from qa.answers.features import FALLING, NAMES, RISING, feature_rows
from qa.answers.model import Trees
from qa.answers.protocol import Archive
from qa.answers.pseudo import English
from qa.answers.respond import retrieve
from qa.answers.samples import Example, Without, corpora, is_right, near_miss
from qa.answers.scoring import SUMMARY, summary_row
from qa.conversation.question import analyse

Floats = npt.NDArray[np.float64]
_MISSES: Final = 0.7  # share of the questions that are asked once more as near misses
_ENGLISH: Final = 0.15  # share of them that are asked in English
_NEGATIVES: Final = 24  # wrong sentences kept of one question


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """An example put to its corpus: the candidates' features, and which of them are right."""

    example: Example
    rows: Floats
    right: npt.NDArray[np.bool_]
    texts: tuple[str, ...]


def ask_all(
    texts: Sequence[tuple[str, list[Example]]],
    encoder: Encoder,
    seed: int,
    english: English | None = None,
    titled: bool = False,
) -> list[Asked]:
    """Every question of `texts` asked in open retrieval, most once more as a near miss, some in English."""
    chance, found = random.Random(seed), list[Asked]()
    for corpus_texts, questions in corpora(texts, seed):
        corpus = plain_corpus(corpus_texts, encoder, titled)
        others = [one.question for one in questions]
        for example in questions:
            if example.trick == "skip":
                continue
            missing = near_miss(example, others, chance) if example.gold and chance.random() < _MISSES else None
            asked = [example, missing] if missing else [example]
            if english and chance.random() < _ENGLISH:
                asked = [spoken for one in asked if (spoken := english.example(one, chance))]
            found += [ask(corpus, one) for one in asked]
    return [one for one in found if len(one.rows)]


def ask(corpus: Corpus, example: Example) -> Asked:
    question = analyse(example.question)
    view: Archive = corpus
    if example.trick in ("text", "sentence"):
        view = Without(corpus, example.source, example.sentence if example.trick == "sentence" else "")
    pool = candidates(retrieve(view, question, None))
    rows = feature_rows(view, question, pool) if pool else np.zeros((0, 1))
    right = [one.hit.passage.source == example.source and is_right(one.sentence.text, example) for one in pool]
    return Asked(example, rows, np.array(right, bool), tuple(one.sentence.text for one in pool))


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


def confidence_rows(asked: Sequence[Asked], trees: Trees) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Rows to learn the confidence from: one a question, right when one of the quoted sentences is."""
    rows, right = [], []
    for one in asked:
        scores = trees.raw(one.rows) + expectation(one.rows)
        order = np.argsort(-scores, kind="stable")
        rows.append(summary_row(scores[order], one.rows[order], [one.texts[i] for i in order]))
        quoted = close(scores[order].tolist(), [one.texts[i] for i in order])
        right.append(bool(one.right[order[quoted]].any()))
    return np.stack(rows), np.array(right)


def fit(rows: Floats, right: npt.NDArray[np.bool_], rounds: int, leaves: int) -> dict[str, Any]:
    """Gradient boosted trees (Friedman 2001) as a JSON record for `qa.answers.model.trees_from`.

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
    model.fit(rows, right)
    return export(model)


def directions(count: int) -> list[int]:
    """For each of the first `count` features 1 where it may only help, -1 where it may only hurt, else 0."""
    names = (*NAMES, *SUMMARY)[:count]
    rising, falling = RISING | {"evidence", "margin", "mean_of_five"}, FALLING | {"others"}
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
