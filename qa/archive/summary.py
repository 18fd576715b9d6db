"""What a run of indexing did, and what an index holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.archive.parts import Parts
from qa.pages import Skipped
from qa.store import FORMAT


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run of `build` did: numbers of files, and of articles and passages now in the index."""

    added: int
    changed: int
    unchanged: int
    removed: int
    skipped: tuple[Skipped, ...]
    replaced: int  # undecodable characters in the files read now
    articles: int
    passages: int
    generation: int


def status_of(index: Path, parts: Parts) -> dict[str, Any]:
    """What is in the index.

    `recall_at_10` is the share of the ten nearest vectors that the search finds, measured when it was
    `recall_measured_at` passages large; `memory_for_vectors` is in bytes, what is memory-mapped aside.
    """
    generation = parts.generation
    model, vectors = generation.description["model"], generation.description["vectors"]
    exact = vectors["search"] == "exact"
    held = {"exact": 2 * model["dim"], "short codes": model["dim"] // 8 + 8}.get(vectors["search"], 0)
    return {
        "index": str(index),
        "format": FORMAT,
        "generation": generation.number,
        "segments": len(parts.segments),
        **generation.description["counts"],
        "model": model["name"],
        "dimensions": model["dim"],
        "fingerprint": model["fingerprint"],
        "vector_search": vectors["search"],
        "recall_at_10": vectors["recall"],
        "recall_measured_at": vectors["recall_of"],
        "lists_probed": None if exact else f"{vectors['probes']} of {vectors['lists']}",
        "memory_for_vectors": parts.tables.passage_count * held,
        "bytes": sum(file["size"] for file in generation.files.values()),
    }
