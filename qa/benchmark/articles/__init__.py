"""`python -m qa.benchmark articles`: newspaper pages made from real stories, rebuilt and compared with the truth."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from qa.articles import reconstruct
from qa.benchmark.articles.baselines import blank_line_paragraphs, markdown_headings
from qa.benchmark.articles.corpus import Source, load_sources
from qa.benchmark.articles.layout import Sheet, compose
from qa.benchmark.articles.measures import Found, Tally, as_found, score_page
from qa.benchmark.articles.scans import choose, score_scans
from qa.datatypes import Page
from qa.errors import QAError

NOISE = (0.0, 0.01, 0.02, 0.05)


def rebuilt(page: Page) -> list[Found]:
    return [as_found(article, page.text) for article in reconstruct(page)]


def make_sheets(sources: Sequence[Source], pages: int, seed: int, noise: float) -> Iterable[Sheet]:
    """`pages` pages of three to eight stories each, the same for the same arguments."""
    for n in range(pages):
        rng = random.Random(f"{seed}-{n}")
        chosen = choose(sources, rng)
        yield compose(f"page-{n:05d}.txt", chosen, rng, noise)


def measure(sheets: Iterable[Sheet], method: Callable[[Page], list[Found]]) -> dict[str, float]:
    tally, characters, seconds = Tally(), 0, 0.0
    for sheet in sheets:
        start = time.process_time()
        found = method(sheet.page)
        seconds += time.process_time() - start
        characters += len(sheet.page.text)
        score_page(tally, sheet, found)
    return {**tally.report(), "characters_per_minute": 60 * characters / max(seconds, 1e-9)}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark articles", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds xwlb_news.jsonl.gz")
    parser.add_argument("--pages", type=int, default=1000, help="pages for each noise rate (default 1000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        sources = load_sources(options.data, max(40, 3 * options.pages), options.seed)
    except QAError as error:
        print(error, file=sys.stderr)
        return 1
    report = run(sources, options.pages, options.seed)
    print(json.dumps(report, ensure_ascii=False) if options.json else table(report))
    return 0


def run(sources: Sequence[Source], pages: int, seed: int) -> dict[str, dict[str, float]]:
    report = {}
    for noise in NOISE:
        report[f"noise {noise:.0%}"] = measure(make_sheets(sources, pages, seed, noise), rebuilt)
        report[f"noise {noise:.0%}"] |= score_scans(sources, max(4, pages // 10), seed, noise)
    for method in (blank_line_paragraphs, markdown_headings):
        report[method.__name__] = measure(make_sheets(sources, pages, seed, 0.0), method)
    return report


def table(report: dict[str, dict[str, float]]) -> str:
    rows = list(dict.fromkeys(name for column in report.values() for name in column))
    lines = [f"{'':24}" + "".join(f"{name[:22]:>24}" for name in report)]
    for row in rows:
        cells = (f"{column[row]:24,.4f}" if row in column else f"{'':24}" for column in report.values())
        lines.append(f"{row:24}" + "".join(cells))
    return "\n".join(lines)
