"""How cost grows with size: build rate, bytes, memory, time to open, latencies, and the cost of one page more.

`python -m qa.benchmark engine --data STORIES.jsonl.gz --sizes 10000 100000`: `--data` holds one story a line, with
"title" and "body". Stories are set as pages of twenty; where they do not suffice, sentences are recombined. Every size
is measured in processes of its own. Prints a table, or one JSON object a size with `--json`; `--plot FILE.png` draws
how cost grows, of sizes measured earlier (`--results FILE.jsonl`) too. With `--whole` every page counts as one article,
so that only the engine is measured. `--scratch FOLDER` keeps what is built there and builds nothing twice; a build that
was killed goes on. `--peers` measures what one might use instead, as far as it is installed. CPU times, of all
processes together, tell more than wall-clock on a busy machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np

from qa.benchmark._comparing import compare
from qa.benchmark._corpus import is_found, pairs_of, read_stories, recombined, write_page, write_pages
from qa.benchmark._drawing import plot
from qa.benchmark._timing import cpu, held, percentiles, timed
from qa.datatypes import Mode

if TYPE_CHECKING:
    from qa.archive import Archive

Result = dict[str, Any]
MODES: tuple[Mode, ...] = ("dense", "sparse", "hybrid")
_QUESTIONS, _ANSWERS = 300, 100  # searches of each mode, and whole answers
_THREADS = (1, 2)


# --- building ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def pages_as_articles() -> Iterator[None]:
    """Nothing is read from pages but their text; the processes of a build do the same (`qa.benchmark._unread`)."""
    from qa.archive import building, segments, workers

    unread = mock.patch.object(segments, "reconstruct", lambda *_, **__: ())
    likewise = mock.patch.object(workers, "MODULE", "qa.benchmark._unread")
    with unread, likewise, mock.patch.object(building, "reader_fingerprint", lambda: "pages as articles"):
        yield


def build(stories: Sequence[tuple[str, str]], size: int, folder: Path) -> Result:
    """Writes the pages and indexes them, unless that was done before."""
    from qa.archive import Archive

    done = folder / "built.json"
    if done.exists():
        result: Result = json.loads(done.read_text(encoding="utf-8"))
        return result
    pages = write_pages(stories, size, folder / "corpus")
    before = cpu()
    built, _, archive = timed(lambda: Archive.build([folder / "corpus"], folder / "index"))
    worked, passages = cpu() - before, archive.passage_count
    archive.close()
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    result = {
        "passages": passages,
        "pages": pages,
        "build_s": round(built, 1),
        "passages_per_s": round(passages / built),
        "cpu_ms_a_passage": round(1000 * worked / passages, 3),
        "build_peak_MB": peak // 1024,
    }
    done.write_text(json.dumps(result), encoding="utf-8")
    return result


def looked_at(index: Path) -> Result:
    """What the index says of itself. Opened here, its large files have been checked within a day."""
    from qa.archive import Archive

    with Archive.open(index) as archive:
        status = archive.status()
    told = {name: status[name] for name in ("segments", "vector_search", "recall_at_10", "lists_probed")}
    return {"index_MB": round(status["bytes"] / 1e6, 1)} | told


def grow(stories: Sequence[tuple[str, str]], folder: Path) -> Result:
    """What one page more costs, one with another text and one that is a second scan of an old page."""
    from qa.archive import Archive

    number = sum(1 for _ in folder.glob("more/*"))
    old = next(iter(sorted((folder / "corpus").rglob("*.txt"))[number:])).read_text(encoding="utf-8")
    scan = "".join(character for i, character in enumerate(old) if i % 50 != 7)
    result: Result = {}
    for name, text in (("add_page", write_page(recombined(stories, number))), ("add_scan", scan)):
        target = folder / "more" / f"{number:04d} {name}.txt"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
        before = cpu()
        took, _, archive = timed(partial(Archive.build, [target], folder / "index"))
        result |= {f"{name}_s": round(took, 2), f"{name}_cpu_s": round(cpu() - before, 2)}
        archive.close()
    return result


# --- reading ----------------------------------------------------------------------------------------------------------


def search_times(archive: Archive, pairs: Sequence[tuple[str, str]]) -> Result:
    """Milliseconds a query by mode, each mode with questions of its own, and how often the passage is among ten."""
    found: Result = {}
    for place, mode in enumerate(MODES):
        archive.search("热身", mode=mode)
        own = pairs[place :: len(MODES)]
        times = [timed(partial(archive.search, "".join(pair), 10, mode=mode)) for pair in own]
        hits = [is_found(pair, texts_of(time[2])) for pair, time in zip(own, times, strict=True)]
        found[mode] = percentiles(times) | {"found_in_10": round(float(np.mean(hits)), 3)}
    return found


def texts_of(hits: Sequence[Any]) -> list[str]:
    """The texts shown: of the hits and of their witnesses."""
    shown = [text for hit in hits for text in (hit.passage.text, *(one.quote for one in hit.passage.also_in))]
    return ["".join(text.split()) for text in shown]


def measure_reading(index: Path) -> Result:
    """Time to open, latencies and resident memory of a process that only reads."""
    from qa.archive import Archive

    opened, opening, archive = timed(lambda: Archive.open(index))
    first, _, _ = timed(lambda: archive.search("第一个问题"))
    pairs = pairs_of(archive, _QUESTIONS * len(MODES))
    by_mode = search_times(archive, pairs)
    memory = held()
    answers = percentiles([timed(partial(archive.ask, f"{pair[0]}是怎么回事?")) for pair in pairs[:_ANSWERS]])
    archive.close()
    times = {"open_s": round(opened, 3), "open_cpu_s": round(opening, 3), "first_search_s": round(first, 3)}
    return {**times, **memory, **by_mode, "answer": answers}


def measure(data: Path, size: int, folder: Path, whole: bool) -> Result:
    """All measures at one size."""
    stories = read_stories(data)
    with pages_as_articles() if whole else contextlib.nullcontext():
        built = build(stories, size, folder)
        told = looked_at(folder / "index")
        reading = {
            f"threads_{n}": in_process({"QA_THREADS": str(n)}, "--open", str(folder / "index")) for n in _THREADS
        }
        load = {"load": round(os.getloadavg()[0], 1)}
        return {"whole": whole, **built, **told, **grow(stories, folder), **reading, **load}


def in_process(environment: dict[str, str], *arguments: str) -> Result:
    command = [sys.executable, "-m", "qa.benchmark", "engine", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | environment)
    result: Result = json.loads(done.stdout)
    return result


# --- the command ------------------------------------------------------------------------------------------------------


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark engine", description=__doc__)
    parser.add_argument("--data", type=Path, metavar="STORIES.jsonl.gz")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000], metavar="N")
    parser.add_argument("--whole", action="store_true", help="take every page as one article")
    parser.add_argument("--scratch", type=Path, metavar="FOLDER", help="keep what is built, and use it again")
    parser.add_argument("--peers", nargs="*", metavar="NAME", help="measure other engines too: all, or those named")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has the other engines")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--plot", type=Path, metavar="FILE.png")
    parser.add_argument("--results", type=Path, metavar="FILE.jsonl", help="measured earlier; new ones are added")
    for hidden in ("--one", "--open"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if not options.open and options.sizes and (options.data is None or not options.data.is_file()):
        parser.error("--data must name a file of stories")
    return options


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.open:
        print(json.dumps(measure_reading(Path(options.open))))
        return 0
    if options.one:
        print(json.dumps(measure(options.data, int(options.one), options.scratch, options.whole)))
        return 0
    results = _earlier(options.results)
    with tempfile.TemporaryDirectory(prefix="wenbao-") as aside:
        for size in options.sizes:
            folder = (options.scratch or Path(aside)) / f"{'whole' if options.whole else 'read'}-{size}"
            for result in _measured(options, size, folder):
                results.append(result)
                _tell(result, options)
    if options.plot:
        plot(results, options.plot)
    return 0


def _measured(options: argparse.Namespace, size: int, folder: Path) -> Iterator[Result]:
    folder.mkdir(parents=True, exist_ok=True)
    whole = ["--whole"] if options.whole else []
    told = ["--data", str(options.data), "--one", str(size), "--scratch", str(folder), *whole]
    ours = in_process({}, *told)
    yield ours
    if options.peers is not None:
        yield from compare(folder, options.peers, options.python)


def _earlier(path: Path | None) -> list[Result]:
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _tell(result: Result, options: argparse.Namespace) -> None:
    print(json.dumps(result) if options.json else table(result), flush=True)
    if options.results:
        with options.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")


def table(result: Result) -> str:
    """One line a measure, those by mode or by number of threads as JSON."""
    flat = {
        f"{name} {key}" if isinstance(value, dict) else name: inner
        for name, value in result.items()
        for key, inner in (value.items() if isinstance(value, dict) else [("", value)])
    }
    return "\n".join(f"{name:<24}{json.dumps(v) if isinstance(v, dict) else v}" for name, v in flat.items()) + "\n"
