"""What loading a model would have to work out, written beside its weights: the trie and the table of code points.

`matching.safetensors` is mapped and used as it lies. Its header holds the checksums of its own content and of the
tokenizer it was made from, and the fingerprint of the model with a checksum of a sample of the weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from embeddings.errors import ModelLoadError
from embeddings.folding import POINTS, Folding, Spelled
from embeddings.matching import Matcher
from embeddings.tensors import Array, read_tensors
from embeddings.trie import Trie

MATCHING, TOKENIZER, WEIGHTS = "matching.safetensors", "tokenizer.json", "model.safetensors"
_FORMAT = "1"
_BEGINNING, _BLOCK, _BLOCKS = 1 << 18, 1 << 12, 64  # bytes of the weights that are looked at to tell models apart


@dataclass(frozen=True)
class Prepared:
    """`tokens` is the size of the vocabulary; `fingerprint` is that of the model if `sample` is that of its weights."""

    matcher: Matcher
    tokens: int
    fingerprint: str
    sample: str


def read_prepared(folder: Path) -> Prepared | None:
    """None where nothing was prepared, or for another tokenizer. Raises ModelLoadError when the file is damaged."""
    path = folder / MATCHING
    if not path.is_file():
        return None
    arrays, told, content = read_tensors(path)
    if told.get("format") != _FORMAT or told.get("tokenizer") != sha256(folder / TOKENIZER):
        return None
    if told.get("checksum") != _checksum(arrays, told, content):
        raise ModelLoadError(
            f"the file {path} is damaged; install the model again, or delete this file to do without it"
        )
    try:
        return Prepared(_matcher(arrays, told), int(told["tokens"]), told["fingerprint"], told["sample"])
    except (LookupError, ValueError) as error:
        raise ModelLoadError(f"the file {path} is not complete ({error}); delete this file to do without it") from error


def write_prepared(folder: Path, matcher: Matcher, tokens: int, fingerprint: str, counts: str) -> None:
    """Writes the file for the model in `folder`, whose other files are there."""
    from safetensors.numpy import save_file

    matcher.folding.learn_all()
    spelled, trie = matcher.folding.spelled, matcher.trie
    arrays = {"base": trie.base, "parent": trie.parent, "row": trie.row}
    arrays |= {"points": matcher.folding.table, "sizes": spelled.sizes, "letters": spelled.letters}
    told = {"format": _FORMAT, "tokens": str(tokens), "longest_run": str(matcher.longest_run)}
    told |= {"tokenizer": sha256(folder / TOKENIZER), "fingerprint": fingerprint}
    told["sample"] = sample(folder / WEIGHTS, counts)
    compact = {name: _compact(array) for name, array in arrays.items()}
    fresh = folder / f"{MATCHING}.new"
    save_file(compact, fresh, metadata=told)
    save_file(compact, fresh, metadata=told | {"checksum": _checksum(*read_tensors(fresh))})
    fresh.replace(folder / MATCHING)


def _checksum(arrays: Mapping[str, Array], told: Mapping[str, str], content: memoryview) -> str:
    """Of all that the file says but itself."""
    shapes = sorted((name, str(array.dtype), array.shape) for name, array in arrays.items())
    words = sorted((name, value) for name, value in told.items() if name != "checksum")
    digest = hashlib.sha256(content)
    digest.update(repr((shapes, words)).encode())
    return digest.hexdigest()


def _matcher(arrays: Mapping[str, Array], told: Mapping[str, str]) -> Matcher:
    base, parent, row, points, sizes, letters = (
        arrays[name].astype(np.int32, copy=False) for name in ("base", "parent", "row", "points", "sizes", "letters")
    )
    if points.shape != (POINTS + 1,) or letters.shape[:1] != sizes.shape or not len(base) == len(parent) == len(row):
        raise ValueError("arrays that do not fit")
    return Matcher(Trie(base, parent, row), Folding(points, Spelled(sizes, letters)), int(told["longest_run"]))


def _compact(array: npt.NDArray[np.int32]) -> Array:
    short = np.iinfo(np.int16)
    fits = array.size == 0 or (short.min <= array.min() and array.max() <= short.max)
    return np.ascontiguousarray(array.astype(np.int16) if fits else array)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sample(path: Path, counts: str) -> str:
    """Checksum of how tokens count, and of a file's length, beginning (header and scales) and blocks all over it.

    Tells models apart in a fiftieth of the time that reading all of one takes.
    """
    digest = hashlib.sha256(counts.encode())
    with path.open("rb") as file:
        size = file.seek(0, 2)
        digest.update(str(size).encode())
        file.seek(0)
        digest.update(file.read(_BEGINNING))
        for number in range(1, _BLOCKS + 1):
            file.seek(max(0, size - _BLOCK) * number // _BLOCKS)
            digest.update(file.read(_BLOCK))
    return digest.hexdigest()
