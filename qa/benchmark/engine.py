"""How cost grows with size: build rate, bytes, memory, time to open, latencies, and the cost of one page more.

`python -m qa.benchmark engine --data STORIES.jsonl.gz --sizes 10000 100000`: `--data` holds one story a line, with
"title" and "body". Stories are set as pages of twenty; where they do not suffice, sentences are recombined. Every size
is measured in a process of its own. Prints a table, or one JSON object a size with `--json`; `--plot FILE.png` draws
how cost grows. CPU times, of all processes together, tell more than wall-clock on a busy machine.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qa.errors import InputError

_PER_PASSAGE = 290  # characters, about
_STORIES_A_PAGE = 20
_QUERIES = 300


def read_stories(path: Path) -> list[tuple[str, str]]:
    """Title and body of each story."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [(row["title"], row["body"]) for row in rows if len(row["body"]) > 60]


def endless(stories: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The stories, then new ones made of their sentences."""
    yield from stories
    choose = random.Random(1)
    sentences = [s + "。" for _, body in stories for s in body.split("。") if len(s) > 8]
    while True:
        yield choose.choice(stories)[0], "".join(choose.choices(sentences, k=12))


def write_pages(stories: Sequence[tuple[str, str]], passages: int, folder: Path) -> int:
    """Text files that hold about `passages` passages; returns their number."""
    left, number, source = passages * _PER_PASSAGE, 0, endless(stories)
    while left > 0:
        page = "\n\n".join(f"# {title}\n\n{body}" for title, body in itertools.islice(source, _STORIES_A_PAGE))
        target = folder / f"{number // 1000:04d}" / f"{number:07d}.txt"
        target.parent.mkdir(exist_ok=True)
        target.write_text(page, encoding="utf-8")
        left, number = left - len(page), number + 1
    return number


def questions(stories: Sequence[tuple[str, str]]) -> list[str]:
    """Titles and cuttings of sentences, half and half."""
    choose = random.Random(2)
    picked = choose.sample(list(stories), min(_QUERIES, len(stories)))
    starts = [choose.randrange(max(len(body) - 30, 1)) for _, body in picked]
    return [t if i % 2 else b[s : s + 18] for i, ((t, b), s) in enumerate(zip(picked, starts, strict=True))]


def timed(action: Any) -> tuple[float, Any]:
    start = time.perf_counter()
    value = action()
    return time.perf_counter() - start, value


def cpu() -> float:
    """CPU seconds of this process and of those it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def latencies(archive: Any, asked: Sequence[str]) -> dict[str, dict[str, float]]:
    """Milliseconds a query, by mode."""
    found = {}
    for mode in ("dense", "sparse", "hybrid"):
        archive.search(asked[0], mode=mode)
        times = [1000 * timed(lambda q=q, m=mode: archive.search(q, 10, mode=m))[0] for q in asked]
        found[mode] = {f"p{p}": round(float(np.percentile(times, p)), 2) for p in (50, 95, 99)}
    return found


def measure(data: Path, size: int) -> dict[str, Any]:
    """All measures at one size."""
    from qa.archive import Archive

    stories = read_stories(data)
    with tempfile.TemporaryDirectory(prefix="wenbao-") as scratch:
        corpus, index = Path(scratch, "corpus"), Path(scratch, "index")
        corpus.mkdir()
        pages = write_pages(stories, size, corpus)
        before = cpu()
        built, archive = timed(lambda: Archive.build([corpus], index))
        worked, passages = cpu() - before, archive.passage_count
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        archive.close()
        asked = Path(scratch, "questions.json")
        asked.write_text(json.dumps(questions(stories)), encoding="utf-8")
        reading = in_process("--open", str(index), "--questions", str(asked))
        (corpus / "one more.txt").write_text(f"# 新的一页\n\n{stories[0][1]}", encoding="utf-8")
        before = cpu()
        added, archive = timed(lambda: Archive.build([corpus / "one more.txt"], index))
        adding = cpu() - before
        status = archive.status()
        archive.close()
    return {
        "passages": passages,
        "pages": pages,
        "build_s": round(built, 1),
        "passages_per_s": round(passages / built),
        "cpu_ms_a_passage": round(1000 * worked / passages, 3),
        "build_peak_MB": peak // 1024,
        "index_MB": round(status["bytes"] / 1e6, 1),
        "add_page_s": round(added, 2),
        "add_page_cpu_s": round(adding, 2),
        **{name: status[name] for name in ("segments", "vector_search", "recall_at_10", "lists_probed")},
        **reading,
    }


def measure_reading(index: Path, asked: Path) -> dict[str, Any]:
    """Time to open, latencies and resident memory of a process that only reads."""
    from qa.archive import Archive

    opened, archive = timed(lambda: Archive.open(index))
    first, _ = timed(lambda: archive.search("第一个问题"))
    by_mode = latencies(archive, json.loads(asked.read_text(encoding="utf-8")))
    memory = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    archive.close()
    return {
        "open_s": round(opened, 3),
        "first_search_s": round(first, 3),
        "resident_MB": int(memory.split()[1]) // 1024,
        **by_mode,
    }


def in_process(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "qa.benchmark", "engine", *arguments]
    result: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return result


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark engine", description=__doc__)
    parser.add_argument("--data", type=Path, metavar="STORIES.jsonl.gz")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], metavar="N")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--plot", type=Path, metavar="FILE.png")
    for hidden in ("--one", "--open", "--questions"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.open:
        print(json.dumps(measure_reading(Path(options.open), Path(options.questions))))
        return 0
    if options.data is None or not options.data.is_file():
        parser.error("--data must name a file of stories")
    if options.one:
        print(json.dumps(measure(options.data, int(options.one))))
        return 0
    results = []
    for size in options.sizes:
        results.append(in_process("--data", str(options.data), "--one", str(size)))
        print(json.dumps(results[-1]) if options.json else table(results[-1]), flush=True)
    if options.plot:
        plot(results, options.plot)
    return 0


def table(result: dict[str, Any]) -> str:
    rows = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in result.items()}
    return "\n".join(f"{name:<16}{value}" for name, value in rows.items()) + "\n"


def plot(results: Sequence[dict[str, Any]], path: Path) -> None:
    """Draws latencies, build and update times over the number of passages. Raises InputError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("Drawing needs matplotlib: install it with `pip install '.[plot]'`.") from error
    sizes = [result["passages"] for result in results]
    figure = Figure(figsize=(10, 4), layout="constrained")
    search, build = figure.subplots(1, 2)
    for mode in ("dense", "sparse", "hybrid"):
        (line,) = search.plot(sizes, [result[mode]["p50"] for result in results], marker="o", label=f"{mode}, median")
        search.plot(
            sizes, [result[mode]["p99"] for result in results], ":", color=line.get_color(), label=f"{mode}, p99"
        )
    for name, label in (("cpu_ms_a_passage", "build, CPU ms a passage"), ("add_page_cpu_s", "one page more, CPU s")):
        build.plot(sizes, [result[name] for result in results], marker="o", label=label)
    search.set(ylabel="ms a query")
    for axes in (search, build):
        axes.set(xscale="log", yscale="log", xlabel="passages")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    figure.savefig(path, dpi=120)
