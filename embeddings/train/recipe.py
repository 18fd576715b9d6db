"""The whole way from the data to the model folder, stage by stage; a stage whose file is there is not done again."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer

from embeddings.encoder import Vectors, load_encoder
from embeddings.train.evaluation import as_table, evaluate, held_out_tasks
from embeddings.train.initial import english_words, initial_table, teacher_folder
from embeddings.train.pairs import make_glossary, make_groups
from embeddings.train.reading import GREY, Corpus, read_corpus
from embeddings.train.saving import save_model
from embeddings.train.training import Settings, load_state, phases, start, train
from embeddings.train.vocabulary import choose_tokenizer
from embeddings.train.whitening import AFTER, BEFORE, sample, whitened

Report = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """How big the model and how long the training is."""

    tokens: int
    dim: int
    rows: int | None
    questions: int
    phases: tuple[Settings, ...]
    seed: int


def size_of(options: argparse.Namespace) -> Size:
    """The size the options ask for; --smoke makes it tiny."""
    if options.smoke:
        tiny = [replace(one, batch=32, late_batch=16, save_every=2) for one in phases(6, 1.0, options.seed)]
        return Size(3000, 32, 200, 20, tuple(tiny), options.seed)
    whole = phases(options.steps, options.minutes, options.seed)
    return Size(options.tokens, options.dim, None, 1000, whole, options.seed)


def make_model(options: argparse.Namespace, report: Report) -> str:
    """Trains and saves the model; gives the table of its measures.

    Raises FileNotFoundError when the data is missing, ModuleNotFoundError when the teacher is.
    """
    import torch

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        work: Path = options.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        size = size_of(options)
        corpus = read_corpus(options.data, _left_out(options.without), size.rows)
        report(f"read {len(corpus.articles)} articles, {len(corpus.questions)} questions, {len(corpus.parallel)} pairs")
        teacher = teacher_folder() if options.teacher == "minilm" else None
        tokenizer, counts = _tokens(work, corpus, size, teacher, report)
        groups, glossary = make_groups(corpus, tokenizer), make_glossary(corpus, tokenizer)
        report("pairs: " + ", ".join(f"{len(group.queries)} {group.name}" for group in groups))
        texts = sample(groups)
        checkpoint = work / "checkpoint.safetensors"
        if checkpoint.exists():
            state = load_state(checkpoint)
            report(f"going on from step {state.step} of phase {state.phase + 1}")
        else:
            first = _initial(work, tokenizer, counts, corpus, size, teacher, report)
            state = start(whitened(first, texts, BEFORE, keep_lengths=True))
        table = train(state, groups, glossary, size.phases, checkpoint, report)
        written = save_model(options.out, tokenizer, whitened(table, texts, AFTER))
        report(f"{options.out}: {written / 1e6:.1f} MB")
    measured = as_table(evaluate(load_encoder(str(options.out)), held_out_tasks(options.data, size.questions)))
    report("measured\n" + measured)
    return measured


def _left_out(without: str) -> list[str]:
    named = [name.strip() for name in without.split(",") if name.strip()]
    return [source for name in named for source in (GREY if name == "grey" else (name,))]


def _tokens(
    work: Path, corpus: Corpus, size: Size, teacher: Path | None, report: Report
) -> tuple[Tokenizer, list[int]]:
    tokenizer_file, counts_file = work / "tokenizer.json", work / "counts.json"
    if not counts_file.exists():
        tokenizer, counts = choose_tokenizer(corpus, size.tokens, english_words(teacher) if teacher else ())
        tokenizer.save(str(tokenizer_file))
        counts_file.write_text(json.dumps(counts), encoding="utf-8")
        report(f"tokenizer: {len(counts)} tokens")
    return Tokenizer.from_file(str(tokenizer_file)), json.loads(counts_file.read_text(encoding="utf-8"))


def _initial(
    work: Path,
    tokenizer: Tokenizer,
    counts: list[int],
    corpus: Corpus,
    size: Size,
    teacher: Path | None,
    report: Report,
) -> Vectors:
    from safetensors.numpy import load_file, save_file

    path = work / "initial.safetensors"
    if not path.exists():
        table = initial_table(tokenizer, counts, corpus, size.dim, teacher, size.seed)
        save_file({"table": table}, path)
        report(f"first vectors: {table.shape[0]} x {table.shape[1]}")
    return load_file(path)["table"]
