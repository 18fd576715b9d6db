"""How the vectors of a generation are searched: exactly, or, when there are many, by short codes of each segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qa.archive.parts import JOINED, LISTS, VECTORS, Joined, Parts, lists_of
from qa.store import files

if TYPE_CHECKING:
    from embeddings.vectors import Blocks

LARGE = 50_000  # passages from which on exact search, some 10 ms there, gives way to short codes
_GROWTH = 4  # so many times more passages than the codes were learned from, and they are learned again
_TRAINED = "trained"


def write_lists(
    folder: Path, names: Sequence[str], old: Parts | None, dim: int, known: dict[str, dict[str, Any]], groups: Joined
) -> dict[str, Any]:
    """Writes the codes of every segment, if there are many passages; returns how to search, for the manifest.

    Those of segments that have one are linked. Segments that share postings, `groups`, share lists of codes too.
    `recall_of` says at how many passages the recall was measured.
    """
    from embeddings.codes import filled, read_lists, train, write_lists

    blocks = _blocks(folder, names, dim)
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
    for name, array in zip(names, blocks.arrays, strict=True):
        if not (folder / LISTS / name).exists():
            write_lists(filled(trained, array), folder / LISTS / name)
    shared = groups if hasattr(trained, "nlist") else {}
    arrays = dict(zip(names, blocks.arrays, strict=True))
    _share(folder, trained, shared, arrays, old if usable else None, known)
    return dict(described) if usable else _measured(folder, blocks, lists_of(names, shared))


def _blocks(folder: Path, names: Sequence[str], dim: int) -> Blocks:
    from embeddings.vectors import Blocks

    arrays = [np.load(folder / name / VECTORS, mmap_mode="r", allow_pickle=False).view(np.ndarray) for name in names]
    return Blocks(arrays, dim)


def _share(
    folder: Path,
    trained: Any,
    groups: Joined,
    arrays: Mapping[str, npt.NDArray[np.float16]],
    old: Parts | None,
    known: dict[str, dict[str, Any]],
) -> None:
    """Writes the lists of each group, or links them where there are such; `arrays` are the vectors of each segment."""
    from embeddings.codes import filled, write_lists

    if groups:
        (folder / LISTS / JOINED).mkdir()
    before = old.generation.description.get("joined", {}) if old else {}
    for name, group in groups.items():
        file = f"{JOINED}/{name}"
        if old and before.get(name) == group and f"{LISTS}/{file}" in old.generation.files:
            known.update(_link(old, [file], folder))
        else:
            write_lists(filled(trained, *(arrays[segment] for segment in group)), folder / LISTS / file)


def _measured(folder: Path, blocks: Blocks, held: Mapping[str, list[int]]) -> dict[str, Any]:
    """How much must be looked at for the recall that is promised."""
    from embeddings.codes import read_lists
    from embeddings.inverted import PROBES, InvertedIndex

    lists = [read_lists(folder / file, blocks.dim) for file in held]
    index = InvertedIndex(blocks, lists, PROBES, held=[*held.values()])
    recall = round(index.probe_enough(), 4)
    counted = {"recall_of": len(blocks), "trained_on": len(blocks)}
    looked_at = {"probes": min(index.probes, index.lists), "lists": index.lists, "ranked": index.ranked}
    search = "short codes" if any(hasattr(one, "pq") for one in lists) else "inverted file"
    return {"search": search, "recall": recall, **looked_at, **counted}


def _link(old: Parts, names: Sequence[str], folder: Path) -> dict[str, dict[str, Any]]:
    said = {f"{LISTS}/{name}": old.generation.files[f"{LISTS}/{name}"] for name in names}
    for file in said:
        files.link(old.generation.folder / file, folder / file)
    return said
