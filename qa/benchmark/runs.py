"""`python -m qa.benchmark runs --data FOLDER`: learns over which lines a headline is printed.

From headline groups written for it (seeds/headlines.jsonl.gz), laid out with and without marks and blank
lines, and from generated pages, whose kickers and decks are no part of a headline.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from qa.articles.lines import Line, read_lines
from qa.articles.runs import load_weights, printed_over, run_features, runs_around
from qa.benchmark.articles import make_sheets
from qa.benchmark.articles.corpus import load_sources
from qa.benchmark.articles.rows import RANKS
from qa.benchmark.learning import part_way, train_ranking
from qa.benchmark.tagger import headline_groups
from qa.datatypes import Span
from qa.errors import QAError
from qa.text import fold

_SETTINGS = 4  # ways in which every written group is laid out
_SHARE = 0.7  # of the lessons are written groups
_EPOCHS = 6
_BLURRED = 0.7
_LEAST = 0.02  # of a weight that is kept
_WAY = 0.6  # from the weights of before to those learned

Lesson = tuple[list[list[str]], list[float]]


@dataclass(frozen=True)
class Written:
    """One headline group: its lines from top to bottom, the first and last of its headline, and what stands below."""

    author: int
    lines: tuple[tuple[str, str], ...]  # (section, kicker, headline or deck; text)
    headline: Span
    body: str  # folded


def load_written(path: Path) -> list[Written]:
    """All groups of two lines or more.

    Raises:
        OSError: the file cannot be read.
    """
    with gzip.open(path, "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    found = []
    for record in records:
        own = [i for i, (role, _) in enumerate(record["group"]) if role == "headline"]
        lines = tuple((role, text) for role, text in record["group"])
        if len(lines) > 1 and own:
            body = fold("".join([record["byline"], *record["text"]]))
            found.append(Written(record["author"], lines, (own[0], own[-1]), body))
    return found


def laid_out(group: Written, rng: random.Random) -> list[Line]:
    """The lines as one page sets them: without marks or with Markdown ranks, between blank lines or not."""
    rank = rng.choice((0, 0, 0, 1, 1, 2, 3))
    all_marked = rng.random() < 0.8
    texts = []
    for i, (role, text) in enumerate(group.lines):
        own = role == "headline"
        level = max(1, rank + (0 if own else rng.choice(RANKS[role])))
        bare = (own and i > group.headline[0] and not all_marked) or (not own and rng.random() < 0.3)
        texts.append(text if bare or not rank else f"{'#' * level} {text}")
    return read_lines(rng.choice(("\n", "\n\n")).join(texts))


def written_lessons(groups: Iterable[Written], rng: random.Random) -> Iterator[Lesson]:
    """The runs around every line of a headline, that of the whole headline worth 1."""
    for group in groups:
        for _ in range(_SETTINGS):
            heads = laid_out(group, rng)
            for title in range(group.headline[0], group.headline[1] + 1):
                yield from _lesson(heads, title, group.headline, group.body, rng)


def _lesson(heads: Sequence[Line], title: int, headline: Span, body: str, rng: random.Random) -> Iterator[Lesson]:
    runs = runs_around(heads, title)
    if len(runs) > 1 and headline in runs:
        names = run_features(heads, runs, body, rng if rng.random() < _BLURRED else None)
        yield names, [float(run == headline) for run in runs]


def printed_lessons(folder: Path, pages: int, rng: random.Random) -> list[Lesson]:
    """Groups of generated pages: their headline is one line."""
    sources = load_sources(folder, 3 * pages, rng.randrange(10**6), "train")
    found: list[Lesson] = []
    for sheet in make_sheets(sources, pages, rng.randrange(10**6), 0.0):
        if len(read_lines(sheet.page.text)) == len(sheet.rows):
            for group in headline_groups(sheet):
                title = group.worth.index(max(group.worth))
                found.extend(_lesson(group.heads, title, (title, title), group.body, rng))
    return found


def learn(
    written: Sequence[Written], printed: Sequence[Lesson], rng: random.Random, before: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Weights of the features; generated groups are left out until the share is right.

    Where there are weights of `before`, only part of the way from them is gone.
    """
    own = list(written_lessons(written, rng))
    wanted = round(len(own) * (1 - _SHARE) / _SHARE)
    lessons = own + rng.sample(list(printed), min(wanted, len(printed)))
    weights = train_ranking(lessons, rng, _EPOCHS)
    if before is not None:
        weights = part_way(before, weights, _WAY)
    return {name: round(weight, 2) for name, weight in weights.items() if abs(weight) >= _LEAST}


def found_whole(groups: Sequence[Written], weights: Mapping[str, float], rng: random.Random) -> tuple[float, float]:
    """Shares of the groups whose headline is found from one of its lines, and in which too many lines are taken."""
    whole = wide = 0
    for group in groups:
        title = rng.randint(*group.headline)
        first, last = printed_over(laid_out(group, rng), title, group.body, weights)
        whole += (first, last) == group.headline
        wide += first < group.headline[0] or last > group.headline[1]
    return whole / len(groups), wide / len(groups)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark runs", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds xwlb_news.jsonl.gz")
    parser.add_argument("--groups", type=Path, default=Path("seeds/headlines.jsonl.gz"))
    parser.add_argument("--pages", type=int, default=1000, help="generated pages")
    parser.add_argument("--start", type=Path, help="weights of which only part of the way is gone")
    parser.add_argument("--author", type=int, help="leave this one out, measure with that one and store nothing")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    try:
        before = json.loads(options.start.read_text("utf-8")) if options.start else None
        groups = load_written(options.groups)
        printed = printed_lessons(options.data, options.pages, rng)
    except (QAError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    weights = learn([one for one in groups if one.author != options.author], printed, rng, before)
    if options.author is None:
        text = json.dumps(weights, ensure_ascii=False, separators=(",", ":"))
        Path(str(files("qa.articles"))).joinpath("runs.json").write_text(text, encoding="utf-8")
        load_weights.cache_clear()
        return 0
    shares = found_whole([one for one in groups if one.author == options.author], weights, rng)
    print("author {}: found {:.3f}, too wide {:.3f}".format(options.author, *shares))
    return 0
