"""The passages and vectors of an index of ours, handed to other engines, and what they make of them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qa.benchmark._adapters import PEERS
from qa.benchmark._corpus import pairs_of

_QUESTIONS = 300


def compare(folder: Path, names: Sequence[str], python: str) -> Iterator[dict[str, Any]]:
    """Measures each of the named peers, or all, over what stands in `folder / "index"`; `python` has their packages."""
    shared = folder / "peers"
    prepare(folder / "index", shared)
    for name in names or PEERS:
        command = [python, "-m", "qa.benchmark", "peers", str(shared), name]
        found = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | {"PYTHONPATH": found}
        )
        yield json.loads(done.stdout) | {"load": round(os.getloadavg()[0], 1)}


def prepare(index: Path, folder: Path) -> None:
    """Writes the texts of all passages, their vectors, and questions with theirs, unless they are there."""
    from qa.archive import Archive

    if (folder / "queries.npy").exists():
        return
    folder.mkdir(exist_ok=True)
    with Archive.open(index) as archive:
        texts = ["".join(passage.text.split()) for passage in archive.passages()]
        pairs = pairs_of(archive, _QUESTIONS)
        encoder = archive.encoder
    for name, value in (("texts", texts), ("pairs", pairs)):
        (folder / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    np.save(folder / "vectors.npy", encoder.encode_document(texts), allow_pickle=False)
    np.save(folder / "queries.npy", encoder.encode_query([a + b for a, b in pairs]), allow_pickle=False)
