"""`python -m qa.benchmark ends`: learns which block goes on a story that stops in mid-sentence."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np

from qa.articles.ends import Pair, pairs
from qa.articles.lines import read_lines
from qa.articles.repeats import repeated_lines
from qa.articles.stories import correct_tags, split_stories
from qa.articles.tagger import tag_lines
from qa.benchmark.articles import make_sheets
from qa.benchmark.articles.corpus import load_sources
from qa.benchmark.articles.layout import Sheet
from qa.errors import QAError

_DROPPED = 0.1  # of the features, at random, so that none is indispensable


def examples(sheet: Sheet) -> Iterator[tuple[Pair, bool]]:
    """Every open end of the page with every start, and whether the text truly goes on there."""
    lines = read_lines(sheet.page.text)
    if len(lines) != len(sheet.rows):
        return
    tags = correct_tags(lines, tag_lines(lines))
    copies = repeated_lines(lines, tags)
    kept = [i for i in range(len(lines)) if i not in copies]
    rows = {line.number: row for line, row in zip(lines, sheet.rows, strict=True)}
    flow = sorted((row.story, row.order, n) for n, row in rows.items() if row.part >= 0 and not row.repeat)
    follows = {(a, b) for (s, _, a), (t, _, b) in pairwise(flow) if s == t}
    for pair in pairs(split_stories([lines[i] for i in kept], [tags[i] for i in kept])):
        yield pair, (pair.end, pair.start) in follows


def train(found: Sequence[tuple[Pair, bool]], rng: random.Random, epochs: int = 12) -> dict[str, float]:
    """Logistic regression by stochastic gradient descent, averaged over its steps."""
    weights: dict[str, float] = defaultdict(float)
    sums: dict[str, float] = defaultdict(float)
    lessons, step = list(found), 0
    for epoch in range(epochs):
        rng.shuffle(lessons)
        for pair, right in lessons:
            step += 1
            names = [name for name in pair.features if rng.random() > _DROPPED]
            chance = 1 / (1 + float(np.exp(-sum(weights[name] for name in names))))
            change = 0.1 / (1 + epoch / 4) * (right - chance)
            for name in names:
                weights[name] += change
                sums[name] += change * step
    return {name: round(weights[name] - sums[name] / (step + 1), 3) for name in sorted(weights)}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark ends", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds xwlb_news.jsonl.gz")
    parser.add_argument("--pages", type=int, default=3000, help="generated pages")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    try:
        sources = load_sources(options.data, 3 * options.pages, options.seed, "train")
    except QAError as error:
        print(error, file=sys.stderr)
        return 1
    sheets = [s for n in (0.0, 0.02) for s in make_sheets(sources, options.pages // 2, rng.randrange(10**6), n)]
    weights = train([example for sheet in sheets for example in examples(sheet)], rng)
    path = Path(str(files("qa.articles"))) / "ends.json"
    path.write_text(json.dumps(weights, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    return 0
