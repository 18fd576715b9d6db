"""How the vectors of a generation are searched: exactly, or, when there are many, by short codes of each segment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qa.archive.parts import LISTS, VECTORS, Parts
from qa.store import files

LARGE = 50_000  # passages from which on exact search, some 10 ms there, gives way to short codes
_GROWTH = 4  # so many times more passages than the codes were learned from, and they are learned again
_TRAINED = "trained"


def write_lists(
    folder: Path, names: Sequence[str], old: Parts | None, dim: int, known: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Writes the codes of every segment, if there are many passages; returns how to search, for the manifest.

    Those of segments that have one are linked. `recall_of` says at how many passages the recall was measured.
    """
    from embeddings.inverted import PROBES, InvertedIndex, filled, read_lists, train, write_lists
    from embeddings.vectors import Blocks

    arrays = [np.load(folder / name / VECTORS, mmap_mode="r", allow_pickle=False).view(np.ndarray) for name in names]
    blocks = Blocks(arrays, dim)
    if len(blocks) < LARGE:
        return {"search": "exact", "recall": 1.0, "recall_of": len(blocks)}
    (folder / LISTS).mkdir()
    described = old.generation.description["vectors"] if old else {}
    usable = described.get("search", "exact") != "exact" and len(blocks) <= _GROWTH * described["trained_on"]
    if old and usable:
        known.update(_link(old, [_TRAINED, *set(names) & set(old.segments)], folder))
    else:
        write_lists(train(blocks), folder / LISTS / _TRAINED)
    trained = read_lists(folder / LISTS / _TRAINED, dim)
    for name, array in zip(names, arrays, strict=True):
        if not (folder / LISTS / name).exists():
            write_lists(filled(trained, array), folder / LISTS / name)
    if usable:
        return dict(described)
    index = InvertedIndex(blocks, [read_lists(folder / LISTS / name, dim) for name in names], PROBES)
    recall = round(index.probe_enough(), 4)
    counted = {"recall_of": len(blocks), "trained_on": len(blocks)}
    looked_at = {"probes": min(index.probes, index.lists), "lists": index.lists, "ranked": index.ranked}
    return {"search": "inverted file" if index.lists > 1 else "short codes", "recall": recall, **looked_at, **counted}


def _link(old: Parts, names: Sequence[str], folder: Path) -> dict[str, dict[str, Any]]:
    said = {f"{LISTS}/{name}": old.generation.files[f"{LISTS}/{name}"] for name in names}
    for file in said:
        files.link(old.generation.folder / file, folder / file)
    return said
