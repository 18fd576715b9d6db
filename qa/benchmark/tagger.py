"""`python -m qa.benchmark tagger --data FOLDER`: train the models that read the lines of a page."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.articles import ngrams
from qa.articles.context import stored
from qa.articles.features import page_features
from qa.articles.lines import Line, read_lines
from qa.articles.tagger import TAGS, Tag, Weights
from qa.articles.titles import Habits, group_features
from qa.benchmark.articles import make_sheets
from qa.benchmark.articles.corpus import Source, load_sources
from qa.benchmark.articles.headlines import headline_group
from qa.benchmark.articles.layout import Sheet
from qa.benchmark.articles.rows import Row
from qa.benchmark.learning import Numbers, learned, train, train_ranking, without_rare
from qa.errors import QAError
from qa.text import fold

Vector = NDArray[np.float32]
_ALSO = 0.15  # how much a line that may as well be the headline is worth, beside it


def seam_examples(sources: Sequence[Source], rng: random.Random) -> Iterator[tuple[str, str, int]]:
    """(end, start, 1 if the second goes on the first) from the stories."""
    for source in sources:
        other = rng.choice(sources)
        for kind, text in source.parts:
            plain = fold(text)
            if kind != "body" or len(plain) < 20:
                continue
            for _ in range(1 + len(plain) // 12):
                cut = rng.randint(2, len(plain) - 2)
                end, start = plain[max(0, cut - 3) : cut], plain[cut : cut + 3]
                elsewhere = rng.choice((0, rng.randint(1, len(plain) - 2)))
                yield end, start, 1
                yield end, _other_start(other, rng)[:3], 0
                yield _other_end(source, rng)[-3:], plain[elsewhere : elsewhere + 3], 0


def _other_start(source: Source, rng: random.Random) -> str:
    """Where something else begins: a title, a paragraph, or the middle of a sentence."""
    text = fold(rng.choice((source.title, rng.choice(source.parts)[1], rng.choice(source.parts)[1])))
    return text[rng.randint(0, max(0, len(text) - 3)) :] if rng.random() < 0.5 else text


def _other_end(source: Source, rng: random.Random) -> str:
    text = fold(rng.choice((source.title, rng.choice(source.parts)[1])))
    return text[: rng.randint(3, max(3, len(text)))] if rng.random() < 0.5 else text


def heading_examples(sources: Sequence[Source], rng: random.Random) -> Iterator[tuple[str, int]]:
    for source in sources:
        heads = [head.text for head in headline_group(source, rng, 3, rng.choice(("", source.label)))]
        heads += [source.title, *source.title.split(" "), *(t for kind, t in source.parts if kind == "subhead")]
        for head in heads:
            if len(head) < 3:
                continue
            yield fold(head), 1
            text = fold(rng.choice([t for kind, t in source.parts if kind == "body"]))
            start = rng.choice((0, rng.randint(0, max(0, len(text) - len(head)))))
            yield text[start : start + len(head) + rng.randint(-2, 2)], 0


def credit_examples(sheets: Sequence[Sheet]) -> Iterator[tuple[str, int]]:
    """Lines that open with a byline or are one, against all others."""
    for sheet in sheets:
        for line, row in zip(read_lines(sheet.page.text), sheet.rows, strict=True):
            yield line.plain[: ngrams.CREDIT_REACH], int(row.kind in ("byline", "signature"))


def train_seam(sources: Sequence[Source], rng: random.Random, epochs: int = 3) -> Vector:
    """Logistic regression by stochastic gradient descent: float32[buckets + 1], the bias last."""
    examples = list(seam_examples(sources, rng))
    rng.shuffle(examples)
    buckets = ngrams.seam_buckets([e[0] for e in examples], [e[1] for e in examples])
    labels = np.array([e[2] for e in examples], dtype=np.float32)
    weights = np.zeros(2**ngrams.SEAM_BITS + 1, dtype=np.float32)
    for epoch in range(epochs):
        for first in range(0, len(labels), 1024):
            batch, truth = buckets[first : first + 1024], labels[first : first + 1024]
            score = weights[batch].sum(axis=1) + weights[-1]
            error = truth - 1 / (1 + np.exp(-score))
            rate = 0.1 / (1 + epoch)
            np.add.at(weights, batch, rate * error[:, None])
            weights[-1] += rate * float(error.mean())
    return weights


def train_lines(examples: list[tuple[str, int]], rng: random.Random, epochs: int = 4) -> Vector:
    """Logistic regression over the n-grams of single lines: float32[buckets + 1], the bias last."""
    rng.shuffle(examples)
    rows = [ngrams.heading_buckets(text) for text, _ in examples]
    weights = np.zeros(2**ngrams.HEADING_BITS + 1, dtype=np.float32)
    for epoch in range(epochs):
        for row, (_, truth) in zip(rows, examples, strict=True):
            score = weights[row].sum() + weights[-1]
            error = truth - 1 / (1 + np.exp(-score))
            np.add.at(weights, row, 0.05 / (1 + epoch) * error)
            weights[-1] += 0.005 * error
    return weights


_SIMPLE: dict[str, Tag] = {
    "section": "headline", "headline": "headline", "subhead": "subhead", "byline": "byline", "caption": "caption",
    "signature": "closing", "furniture": "furniture",
}  # fmt: skip


def true_tags(sheet: Sheet) -> list[Tag]:
    """The tag of every printed row of a generated page."""
    tags: list[Tag] = []
    body = Row(-1, "", "")  # the running text before this row
    for row in sheet.rows:
        kind = row.kind.split(":")[0]
        if kind in _SIMPLE:
            tags.append(_SIMPLE[kind])
        elif row.torn:
            goes_on = (body.story, body.part) == (row.story, row.part) and body.order < row.order
            tags.append("continues" if goes_on else "detached")
        else:
            tags.append("opens" if row.order == 0 and not row.repeat else "begins")
        body = row if row.part >= 0 else body
    return tags


def train_tagger(passes: Iterable[Sequence[Sheet]], rng: random.Random) -> Weights:
    """Linear weights and the network, learned together from the pages of all passes; most pages are blurred."""
    numbers, lessons, sizes = Numbers({}, {}), [], []
    for sheets in passes:
        for sheet in sheets:
            own, pairs = page_features(read_lines(sheet.page.text), rng if rng.random() < 0.7 else None)
            lessons.append(numbers.lesson(own, pairs, [TAGS.index(tag) for tag in true_tags(sheet)]))
        sizes.append(len(sheets))
    lessons, numbers = without_rare(lessons, numbers)
    rest = iter(lessons)
    return learned(train([list(islice(rest, size)) for size in sizes], numbers, rng), numbers)


@dataclass(frozen=True)
class Group:
    """The headlines of one story with two lines or more, and what is known where they stand."""

    heads: list[Line]
    body: str
    habits: Habits
    worth: tuple[float, ...]  # of each line as the headline, 1 in all


def headline_groups(sheet: Sheet) -> Iterator[Group]:
    """All groups of a page in which a headline is known; a line that may as well be it is worth a part."""
    stories: dict[int, tuple[list[Line], list[Row], list[str]]] = {}
    for line, row in zip(read_lines(sheet.page.text), sheet.rows, strict=True):
        heads, rows, texts = stories.setdefault(row.story, ([], [], []))
        if row.kind.split(":")[0] not in ("section", "headline"):
            texts.append(line.plain)
        elif heads and row.tied:
            text = f"{heads[-1].text} {line.text}"
            heads[-1] = replace(heads[-1], text=text, plain=fold(text))
        else:
            heads.append(line)
            rows.append(row)
    habits = Habits.of(heads for heads, _, _ in stories.values())
    marked = any(line.level for heads, _, _ in stories.values() for line in heads)
    for heads, rows, texts in stories.values():
        titles = [1.0 if row.kind == "headline:title" else _ALSO * (row.also and not marked) for row in rows]
        if len(heads) > 1 and 1.0 in titles:
            yield Group(heads, "".join(texts[:20]), habits, tuple(worth / sum(titles) for worth in titles))


def train_titles(sheets: Iterable[Sheet], rng: random.Random, epochs: int = 8) -> dict[str, float]:
    """Weights of the features of headlines, from all groups of `sheets`; most are blurred."""
    lessons = [
        (group_features(one.heads, one.body, one.habits, rng if rng.random() < 0.7 else None), one.worth)
        for sheet in sheets
        for one in headline_groups(sheet)
    ]
    return train_ranking(lessons, rng, epochs)


def quantised(weights: Vector) -> str:
    return ngrams.pack(np.clip(np.round(weights * ngrams.SCALE), -127, 127).astype(np.int8))


def train_ngrams(sources: Sequence[Source], rng: random.Random) -> dict[str, str]:
    sheets = [sheet for noise in (0.0, 0.02, 0.04) for sheet in _sheets(sources, 600, rng, noise)]
    return {
        "seam": quantised(train_seam(sources, rng)),
        "heading": quantised(train_lines(list(heading_examples(sources, rng)), rng)),
        "credit": quantised(train_lines(list(credit_examples(sheets)), rng, 2)),
    }


def _sheets(sources: Sequence[Source], pages: int, rng: random.Random, noise: float) -> list[Sheet]:
    made = make_sheets(sources, pages, rng.randrange(10**6), noise)
    return [sheet for sheet in made if len(read_lines(sheet.page.text)) == len(sheet.rows)]


def all_sheets(sources: Sequence[Source], pages: int, rng: random.Random) -> list[Sheet]:
    """Pages of all rates of misread letters, half of them without any."""
    return [s for noise in (0.0, 0.0, 0.02, 0.05) for s in _sheets(sources, pages // 4, rng, noise)]


def written(weights: Weights) -> dict[str, object]:
    tables = {"line": weights.line, "pair": weights.pair}
    rows: dict[str, object] = {
        name: {key: [round(float(x), 2) for x in table[key].ravel()] for key in sorted(table)}
        for name, table in tables.items()
    }
    return rows if weights.context is None else rows | {"context": stored(weights.context)}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark tagger", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds xwlb_news.jsonl.gz")
    parser.add_argument("--sources", type=int, default=24000, help="stories for the n-gram models")
    parser.add_argument("--pages", type=int, default=2000, help="generated pages for the tagger")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--only", choices=("ngrams", "tagger"), help="train one of the two steps")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    folder, rng = Path(str(files("qa.articles"))), random.Random(options.seed)
    try:
        sources = load_sources(options.data, options.sources, options.seed, "train")
    except QAError as error:
        print(error, file=sys.stderr)
        return 1
    if options.only != "tagger":
        _write(folder / "ngrams.json", train_ngrams(sources, rng))
        ngrams.load_weights.cache_clear()
    if options.only != "ngrams":
        _write(folder / "titles.json", train_titles(all_sheets(sources, options.pages, rng), rng))
        passes = (all_sheets(sources, options.pages, rng) for _ in range(options.epochs))
        _write(folder / "tagger.json", written(train_tagger(passes, rng)))
    return 0


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
