"""The index folder: immutable generations and one atomic pointer to the current one.

    CURRENT           {"format", "generation", "manifest_sha256"} and, on its second line, the sha256 of the first
    LOCK              held (flock) by the writer, whose process id it names
    gen-00000012/     one generation, never changed once published
        MANIFEST.json    format, description, and size and sha256 of every other file
    tmp-00000013/     being built; the next writer removes it
    del-00000010/     being deleted; the next writer removes it
    part-0123…/       a segment, or slices of one, that a run finished; if it was killed the next one goes on there
    VERIFIED          which large files were checked lately

This module reads, `publishing` writes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa.errors import IndexDamaged, IndexFolderError, IndexVersion, NoIndex
from qa.store import files, verified

FORMAT = 4
# From a format 2 no page was ever dropped; before format 4 many vectors were searched by inverted files.
READABLE = (2, 3, 4)
_OURS = re.compile(
    r"(?:tmp-)?(?:CURRENT|calibration\.json)|LOCK|(?:gen|tmp|del)-\d{8,}|part-[0-9a-f]{16}|VERIFIED(?:\.\d+)?|"
    r"cache\.sqlite(?:-wal|-shm|-journal)?"
)
_RETRIES = 5
REBUILD = "build it again with `python -m qa index PATH... --rebuild`"
REPAIR = f"go back to the last whole generation with `python -m qa repair`, or {REBUILD}"


@dataclass
class Generation:
    """A published generation that this process holds open: no writer deletes it before `close`."""

    number: int
    folder: Path
    description: dict[str, Any]  # what the writer said about it: model, counts, parameters
    files: dict[str, dict[str, Any]]  # name to {"size", "sha256"}
    _lock: int = field(default=-1, repr=False)  # descriptor of the manifest, locked for sharing

    def close(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __del__(self) -> None:
        self.close()


def folder_of(index: Path, number: int, kind: str = "gen") -> Path:
    return index / f"{kind}-{number:08d}"


def numbers(index: Path, kind: str = "gen") -> list[int]:
    """Numbers of the generation folders of one kind, in rising order."""
    found = [re.fullmatch(rf"{kind}-(\d+)", path.name) for path in index.iterdir()] if index.is_dir() else []
    return sorted(int(match[1]) for match in found if match)


def open_current(index: Path) -> Generation:
    """The current generation, every file of it checked against its sha256.

    Raises NoIndex, IndexVersion or IndexDamaged; nothing of a refused generation has been parsed.
    """
    for _ in range(_RETRIES):
        pointer = read_pointer(index)
        try:
            return open_generation(index, *pointer)
        except IndexDamaged:
            if read_pointer(index) == pointer:  # otherwise a writer has moved on meanwhile
                raise
    raise IndexDamaged(f"{index} changes faster than it can be read; try again.")


def read_pointer(index: Path) -> tuple[int, str]:
    """The current generation's number and the sha256 of its manifest, from CURRENT."""
    try:
        data = (index / "CURRENT").read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise missing(index) from None
    except OSError as error:
        raise IndexFolderError(f"{index}/CURRENT cannot be read: {error.strerror}.") from error
    line, _, digest = data.partition(b"\n")
    if digest.strip() != hashlib.sha256(line).hexdigest().encode():
        raise IndexDamaged(f"{index}/CURRENT is damaged (its checksum does not hold); {REPAIR}.")
    try:
        pointer = json.loads(line)
        _check_format(index, pointer["format"])
        return int(pointer["generation"]), str(pointer["manifest_sha256"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise IndexDamaged(f"{index}/CURRENT is damaged (it is no pointer); {REPAIR}.") from error


def missing(index: Path) -> IndexFolderError:
    if max(numbers(index), default=0) > 1:
        return IndexDamaged(f"{index}/CURRENT is missing though there are generations; {REPAIR}.")
    if foreign(index):
        return NoIndex(f"{index} is no index: it holds {foreign(index)}; name another folder.")
    return NoIndex(f"There is no index in {index}; build one with `python -m qa index PATH...`.")


def foreign(index: Path) -> str:
    """The name of something in the folder that is not ours, or ""."""
    if index.is_dir():
        return min((path.name for path in index.iterdir() if not _OURS.fullmatch(path.name)), default="")
    return "no folder but a file" if index.exists() else ""


def _check_format(index: Path, found: object) -> None:
    if found not in READABLE or isinstance(found, bool | float):
        raise IndexVersion(
            f"{index} has index format {found}, and this program reads format {FORMAT} and those from "
            f"{READABLE[0]} on; use the program that wrote it, or {REBUILD}."
        )


def open_generation(index: Path, number: int, digest: str | None) -> Generation:
    """Generation `number`, checked against the sha256 of its manifest (None: the manifest is believed)."""
    folder = folder_of(index, number)
    try:
        lock = os.open(folder / "MANIFEST.json", os.O_RDONLY)
    except OSError as error:
        raise _damaged(index, number, "MANIFEST.json", error.strerror or "it cannot be read") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        data = (folder / "MANIFEST.json").read_bytes()
        if digest is not None and hashlib.sha256(data).hexdigest() != digest:
            raise _damaged(index, number, "MANIFEST.json", "its checksum does not hold")
        manifest = _parse(index, number, data)
        _check_format(index, manifest["format"])
        generation = Generation(number, folder, manifest["description"], manifest["files"])
        _check(index, generation)
    except OSError as error:
        os.close(lock)
        raise _damaged(index, number, "MANIFEST.json", error.strerror or "it cannot be read") from error
    except BaseException:
        os.close(lock)
        raise
    generation._lock = lock
    return generation


def _parse(index: Path, number: int, data: bytes) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(data)
        manifest["format"], manifest["description"], manifest["files"] = (
            manifest[key] for key in ("format", "description", "files")
        )
        for said in manifest["files"].values():
            int(said["size"]), str(said["sha256"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise _damaged(index, number, "MANIFEST.json", "it is no manifest") from error
    return manifest


def _damaged(index: Path, number: int, name: str, problem: str) -> IndexDamaged:
    return IndexDamaged(f"{folder_of(index, number) / name} is damaged ({problem}); {REPAIR}.")


def _check(index: Path, generation: Generation) -> None:
    """Raises IndexDamaged for the first file that is not what the manifest says."""
    large = sum(said["size"] for said in generation.files.values()) > verified.SMALL
    known = verified.Verified(index) if large else None
    for name, problem in problems(generation, known):
        raise _damaged(index, generation.number, name, problem)
    if known:
        known.save()


def problems(generation: Generation, known: verified.Verified | None = None) -> Iterator[tuple[str, str]]:
    """Each file that is not what the manifest says, with what is wrong. Files that are `known` are not read again."""
    for name, said in generation.files.items():
        path = generation.folder / name
        try:
            status = path.stat()
            if status.st_size != said["size"]:
                yield name, f"{status.st_size} bytes instead of {said['size']}"
            elif known and known.holds(status, said["sha256"]):
                continue
            elif files.sha256(path) != said["sha256"]:
                yield name, "its checksum does not hold"
            elif known:
                known.remember(status, said["sha256"])
        except OSError as error:
            yield name, error.strerror or "it cannot be read"
    there = {path.relative_to(generation.folder).as_posix() for path in files.tree(generation.folder)}
    for name in sorted(there - set(generation.files) - {"MANIFEST.json"}):
        if not name.endswith(".lock"):  # empty files that a parser of ours may leave
            yield name, "it does not belong there"
