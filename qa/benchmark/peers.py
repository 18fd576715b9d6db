"""What one might use in place of our engine, each over the same passages and the same vectors.

`python -m qa.benchmark peers FOLDER NAME` measures one of them, as far as it is installed (`pip install '.[peers]'`),
and prints one JSON object; `python -m qa.benchmark engine --peers` prepares the FOLDER and does all. One thread each.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from qa.benchmark._adapters import PEERS, Corpus, Peer, Search
from qa.benchmark._corpus import is_found
from qa.benchmark._timing import held, memory, percentiles, timed

PATIENCE = 30.0  # seconds after which the questions of one mode are broken off
FEWEST = 20  # questions that are asked all the same


def measure_search(search: Search, pairs: list[tuple[str, str]]) -> dict[str, float]:
    """Latencies of as many questions as patience allows, and the share whose passage is among the ten."""
    search(0)
    times: list[tuple[float, float, Any]] = []
    begun = time.perf_counter()
    for i in range(len(pairs)):
        times.append(timed(partial(search, i)))
        if i + 1 >= FEWEST and time.perf_counter() - begun > PATIENCE:
            break
    hits = [is_found(pair, texts) for pair, (_, _, texts) in zip(pairs, times, strict=False)]
    return percentiles(times) | {"found_in_10": round(float(np.mean(hits)), 3), "questions": len(times)}


def measure_building(peer: Peer, corpus: Corpus, folder: Path) -> dict[str, float]:
    """Memory is what comes on top of the texts and vectors that are given."""
    count = min(len(corpus.texts), len(corpus.vectors))
    before = memory()
    folder.mkdir(parents=True, exist_ok=True)
    took, work, _ = timed(lambda: peer.build(corpus, folder))
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {
        "passages": count,
        "build_s": round(took, 1),
        "cpu_ms_a_passage": round(1000 * work / count, 3),
        "build_peak_MB": memory("VmHWM") - before,
        "index_MB": round(size / 1e6, 1),
    }


def measure_opening(peer: Peer, corpus: Corpus, folder: Path) -> dict[str, Any]:
    """Of a process that holds nothing but the questions. The time to import the packages is not counted."""
    corpus.prepare()
    for package in peer.packages:
        importlib.import_module(package)
    opened, opening, modes = timed(lambda: peer.open(corpus, folder))
    found = {mode: measure_search(search, corpus.pairs) for mode, search in modes.items()}
    return {"open_s": round(opened, 3), "open_cpu_s": round(opening, 3), **held(), **found}


def measure(folder: Path, name: str) -> dict[str, Any]:
    """All numbers of one peer, or {"peer", "skipped": a sentence}. Building and reading have a process each."""
    if missing := PEERS[name].missing():
        return {"peer": name, "skipped": f"{name} is left out: install {', '.join(missing)} to measure it."}
    found: dict[str, Any] = {"peer": name, "version": version(PEERS[name].distribution)}
    for step in ("build", "open"):
        done = subprocess.run(
            [sys.executable, "-m", "qa.benchmark", "peers", str(folder), name, step],
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = (done.stderr.strip() or "it ended without a word").splitlines()[-1]
            return found | {"skipped": f"{name} did not get through `{step}`: {reason}"}
        found |= json.loads(done.stdout.splitlines()[-1])
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) not in (2, 3) or arguments[1] not in PEERS:
        print(f"usage: python -m qa.benchmark peers FOLDER NAME, NAME one of: {', '.join(PEERS)}", file=sys.stderr)
        return 2
    folder, name = Path(arguments[0]), arguments[1]
    if len(arguments) == 2:
        print(json.dumps(measure(folder, name)))
        return 0
    measured = {"build": measure_building, "open": measure_opening}[arguments[2]]
    print(json.dumps(measured(PEERS[name], Corpus(folder), folder / name)))
    return 0
