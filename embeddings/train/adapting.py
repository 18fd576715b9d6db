"""Adapting a model to a folder of pages without labels: the pages ask their own questions.

Headlines ask for their stories, clauses for the passage they were taken from, sentences for their neighbours; names
that the model reads in pieces become tokens of their own. Every tenth story is kept out and says what it brought.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from embeddings.encoder import BUNDLED, ModelLoadError, Vectors, load_encoder
from embeddings.matching import matcher_of
from embeddings.static import read_tokenizer
from embeddings.train.evaluation import Task, as_table, evaluate
from embeddings.train.pages import read_stories, sentences
from embeddings.train.pairs import Glossary, make_glossary, make_groups, token_rows
from embeddings.train.reading import SOURCES, Corpus, read_corpus
from embeddings.train.saving import save_model
from embeddings.train.training import Settings, start, train
from embeddings.train.vocabulary import word_tokenizer

Story = tuple[str, str]
Report = Callable[[str], None]

_HELD = 10  # every tenth story measures
_PASSAGE = 300  # characters
_PASSAGES = 5000  # of other stories to be told apart from
_LONGEST_WORD = 4
_FEWEST_TIMES = 8  # that a new word must stand in the pages
_BOUND = 30.0  # times as often as its pieces would meet by chance
_MOST_WORDS = 2000
_SMALLEST_BATCH, _FEWEST_STEPS, _MOST_STEPS = 16, 40, 400
_RATE = 1e-3


def adapt(options: argparse.Namespace, report: Report) -> str:
    """Writes the adapted model to `options.out`; gives the table of what it brought on the stories kept out.

    Raises FileNotFoundError when there is nothing to learn from, ModelLoadError when the model cannot be adapted.
    """
    import torch

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    stories = read_stories(options.add)
    held = stories[_HELD // 2 :: _HELD] or stories[-1:]
    learned = [story for story in stories if story not in set(held)] or stories
    old, table = _read(options.model)
    words = new_words(old, [f"{title}\n{text}" for title, text in learned])
    tokenizer, table = extended(old, table, words)
    report(f"read {len(stories)} stories, {len(held)} kept out; {len(words)} new words, such as {' '.join(words[:8])}")
    groups = make_groups(_pairs(learned), tokenizer)
    settings = _settings(options, min((len(group.queries) for group in groups), default=0), len(learned))
    report("pairs: " + ", ".join(f"{len(group.queries)} {group.name}" for group in groups))
    with tempfile.TemporaryDirectory() as scratch:
        glossary = _glossary(options.data, tokenizer)
        vectors = train(start(table), groups, glossary, [settings], Path(scratch) / "checkpoint.safetensors", report)
    save_model(options.out, tokenizer, vectors)
    tasks = tasks_of(held, learned)
    measured = [_named(name, evaluate(load_encoder(model), tasks)) for name, model in _compared(options)]
    report(f"{options.out}: measured\n" + (shown := as_table([row for rows in measured for row in rows])))
    return shown


def _compared(options: argparse.Namespace) -> list[tuple[str, str | None]]:
    return [("before", options.model), ("after", str(options.out))]


def _named(name: str, rows: Sequence[tuple[str, float, float, float]]) -> list[tuple[str, float, float, float]]:
    return [(f"{task}, {name}", *values) for task, *values in rows]  # type: ignore[misc]


def _read(name: str | None) -> tuple[Tokenizer, Vectors]:
    folder = BUNDLED if name is None else Path(name)
    encoder = load_encoder(name)
    if not encoder.has_tokens or matcher_of(tokenizer := read_tokenizer(folder)) is None:
        raise ModelLoadError(f"{folder} was not made by this recipe; only such models can be adapted")
    return tokenizer, encoder.token_vectors(np.arange(tokenizer.get_vocab_size()))


def _settings(options: argparse.Namespace, smallest: int, stories: int) -> Settings:
    steps = options.steps if options.steps else min(_MOST_STEPS, max(_FEWEST_STEPS, stories // 2))
    batch = min(256, max(_SMALLEST_BATCH, smallest))
    return Settings(steps, options.minutes, rate=_RATE, hard=0.3, seed=options.seed, batch=batch, late_batch=64)


def _pairs(stories: Sequence[Story]) -> Corpus:
    """Headline (or first sentence) and text; neighbouring sentences, of which each asks for the other."""
    opened = [(title or (sentences(text) or [text])[0], text) for title, text in stories]
    neighbours = [pair for _, text in stories for pair in pairwise(sentences(text))]
    return Corpus(articles=opened, paraphrases=neighbours)


def _glossary(data: Path | None, tokenizer: Tokenizer) -> Glossary:
    """With the dictionary of the training data, English keeps up with what Chinese tokens learn."""
    if data is None:
        return Glossary({}, np.zeros(0, np.int32))
    return make_glossary(read_corpus(data, [name for name in SOURCES if name != "cedict"]), tokenizer)


def new_words(tokenizer: Tokenizer, texts: Sequence[str]) -> list[str]:
    """Words that the model reads in two pieces, one of them a single character, most frequent first.

    Two pieces are a word when they meet far more often than chance has it (pointwise mutual information).
    """
    runs = Counter(run for text in texts for run in tokenizer.normalizer.normalize_str(text).split())
    encoded = [encoding.tokens for encoding in tokenizer.encode_batch(list(runs), add_special_tokens=False)]
    single: Counter[str] = Counter()
    joined: Counter[tuple[str, str]] = Counter()
    for tokens, times in zip(encoded, runs.values(), strict=True):
        single.update({token: times * count for token, count in Counter(tokens).items()})
        joined.update({pair: times * count for pair, count in Counter(pairwise(tokens)).items()})
    total = sum(single.values())
    words: dict[str, None] = {}
    for (first, second), times in joined.most_common():
        word, chance = first + second, single[first] * single[second] / total
        if times >= _FEWEST_TIMES and times >= _BOUND * chance and _is_word(first, second):
            words.setdefault(word)
    return [word for word in words if tokenizer.token_to_id(word) is None][:_MOST_WORDS]


def _is_word(first: str, second: str) -> bool:
    letters = not any(part.isascii() for part in (first, second))  # which also keeps the unknown token out
    return letters and min(len(first), len(second)) == 1 and len(first + second) <= _LONGEST_WORD


def extended(tokenizer: Tokenizer, table: Vectors, words: Sequence[str]) -> tuple[Tokenizer, Vectors]:
    """The tokenizer with `words` behind its own tokens, and the table with the sum of their pieces for each."""
    if not words:
        return tokenizer, table
    known = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    rows = [table[ids].sum(axis=0) for ids in token_rows(tokenizer, words)]
    return word_tokenizer([token for token, _ in known[1:]] + list(words)), np.concatenate([table, np.stack(rows)])


def tasks_of(held: Sequence[Story], learned: Sequence[Story]) -> list[Task]:
    """Headlines find the beginning of their story, and sentences the story they were taken out of."""
    others = [text[:_PASSAGE] for _, text in learned[:: max(1, len(learned) // _PASSAGES)]]
    titled = [(title, text[:_PASSAGE]) for title, text in held if title]
    taken = []
    for _, text in held:
        if len(parts := sentences(text)) >= 3:
            asked = parts[len(parts) // 2]
            taken.append((asked[len(asked) // 4 :][:30], text.replace(asked, "")[:_PASSAGE]))
    plan = (("headlines", titled), ("sentences", taken))
    return [
        Task(name, [asked for asked, _ in pairs], [text for _, text in pairs] + others, list(range(len(pairs))))
        for name, pairs in plan
        if pairs
    ]
