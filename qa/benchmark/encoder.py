"""`python -m qa.benchmark encoder`: passages a second and time to load, ours beside other loaders and models.

All in one run and on one thread. Passages are cut to one length from the stories of `--data`; times are CPU times of
the process, the best of several rounds; loading is measured in a process of its own, with and without its imports.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped,unused-ignore]

from embeddings import BUNDLED, load_encoder
from qa.benchmark._corpus import read_stories
from qa.errors import InputError

Encode = Callable[[Sequence[str]], object]

_ROUNDS = 3
_TRANSFORMER = "from sentence_transformers import SentenceTransformer as load"
_LOADERS = {
    "wenbao": "from embeddings import load_encoder as load",
    "sentence-transformers": _TRANSFORMER,
    "model2vec": "from model2vec import StaticModel; load = StaticModel.from_pretrained",
}
_TIMED = """
import sys, time
import numpy
begun = time.process_time()
{imports}
imported = time.process_time()
load(sys.argv[1]).{method}(["一"])
print(imported - begun, time.process_time() - imported)
"""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark encoder", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="stories as gzipped JSON lines, with title and body")
    parser.add_argument("--transformer", help="a sentence-transformers model to compare with, a folder or a name")
    parser.add_argument("--passages", type=int, default=8192)
    parser.add_argument("--length", type=int, default=300, help="characters of a passage (default 300)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        texts = passages([body for _, body in read_stories(options.data)], options.passages, options.length)
        report = measure(texts, options.transformer)
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(report, ensure_ascii=False) if options.json else as_table(report))
    return 0


def passages(bodies: Sequence[str], count: int, length: int) -> list[str]:
    """`count` texts of `length` characters, cut from `bodies` end to end, from the start again where they run out.

    Raises InputError when there is no text at all.
    """
    text = "".join(bodies)
    if not text:
        raise InputError("there are no words in the stories; name a file with bodies with --data")
    if len(text) < length:
        text *= length // len(text) + 1
    starts = [number * length % (len(text) - length + 1) for number in range(count)]
    return [text[start : start + length] for start in starts]


def measure(texts: Sequence[str], transformer: str | None) -> dict[str, dict[str, float]]:
    """For each encoder passages a second, and seconds to import what it needs and to load up to the first vector."""
    import torch
    from model2vec import StaticModel
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    ours = load_encoder()
    theirs = SentenceTransformer(str(BUNDLED), device="cpu")
    plan: dict[str, tuple[Encode, Sequence[str]]] = {
        "wenbao": (ours.encode_document, texts),
        "sentence-transformers": (lambda some: theirs.encode(some, batch_size=1024, show_progress_bar=False), texts),
        "model2vec": (StaticModel.from_pretrained(BUNDLED, force_download=False).encode, texts[: len(texts) // 2]),
    }
    if transformer:
        other = SentenceTransformer(transformer, device="cpu")
        plan[Path(transformer).name] = (lambda some: other.encode(some, show_progress_bar=False), texts[:64])
    report = {}
    with threadpool_limits(1):
        for name, (encode, some) in plan.items():
            report[name] = {"passages_per_second": rate(encode, some)}
            report[name] |= loading(name, BUNDLED if name in _LOADERS else transformer or "")
    report["wenbao"]["ids_per_second"] = rate(ours.token_ids, texts)
    return report


def rate(encode: Encode, texts: Sequence[str]) -> float:
    """Texts a second of CPU time, best of several rounds after one to warm up."""
    encode(texts)
    times = []
    for _ in range(_ROUNDS):
        begun = time.process_time()
        encode(texts)
        times.append(time.process_time() - begun)
    return len(texts) / max(min(times), 1e-9)


def loading(name: str, folder: Path | str = BUNDLED) -> dict[str, float]:
    """CPU seconds to import what `name` needs and to load `folder` up to its first vector: medians.

    NumPy, which all of them need, is imported before the clock starts.
    """
    method = "encode_query" if name == "wenbao" else "encode"
    code = _TIMED.format(imports=_LOADERS.get(name, _TRANSFORMER), method=method)
    command = [sys.executable, "-W", "ignore", "-c", code, str(folder)]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() for _ in range(_ROUNDS)]
    imports, load = np.median(np.array([run[-2:] for run in runs], np.float64), axis=0)
    return {"import_seconds": float(imports), "load_seconds": float(load)}


def as_table(report: dict[str, dict[str, float]]) -> str:
    """The report as a Markdown table."""
    lines = ["| one thread, CPU time | passages a second | import, s | load, s |", "|---|---|---|---|"]
    for name, values in report.items():
        parts = [f"{values[key]:.3f}" if key in values else "" for key in ("import_seconds", "load_seconds")]
        lines.append(f"| {name} | {values['passages_per_second']:,.0f} | {' | '.join(parts)} |")
    lines.append(f"\nwenbao, token ids alone: {report['wenbao']['ids_per_second']:,.0f} a second")
    return "\n".join(lines)
