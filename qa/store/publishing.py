"""Writing the index folder: one writer, recovery, and publishing by one atomic switch.

Publishing: all files synced, MANIFEST written and synced, the folder synced, renamed, index folder synced, CURRENT
written beside, synced, renamed, index folder synced. A crash at any point leaves the old or the new generation.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from qa.errors import IndexDamaged, IndexFolderError, IndexLocked, NoIndex
from qa.store import files
from qa.store.generations import (
    FORMAT,
    REBUILD,
    folder_of,
    foreign,
    missing,
    numbers,
    open_current,
    open_generation,
    read_pointer,
)

Said = dict[str, Any]  # size and sha256 of a file
KEEP = 2  # generations: the current one, and the one before it for readers and for `repair`


@contextlib.contextmanager
def writing(index: Path, *, rebuild: bool = False) -> Iterator[None]:
    """Holds the writer's lock and removes what a crashed writer has left behind.

    Raises IndexLocked when another process writes, NoIndex when the folder is something else, IndexDamaged or
    IndexVersion when it cannot be continued (unless `rebuild`).
    """
    if not (index / "CURRENT").exists() and foreign(index):
        raise missing(index)
    try:
        if not index.exists():
            index.mkdir(parents=True)
            files.sync(index.parent)
        lock = (index / "LOCK").open("a+b")
    except OSError as error:
        raise IndexFolderError(f"{index} cannot be written: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexLocked(_holder(index)) from None
        lock.truncate(0)
        lock.write(str(os.getpid()).encode())
        lock.flush()
        try:
            recover(index, rebuild=rebuild)
        except OSError as error:
            raise IndexFolderError(f"{index} cannot be written: {error.strerror}.") from error
        yield


def _holder(index: Path) -> str:
    holder = (index / "LOCK").read_text(encoding="ascii", errors="replace").strip() or "unknown"
    return f"{index} is being written by another process (id {holder}); wait until it is done, or end it."


def recover(index: Path, *, rebuild: bool = False) -> None:
    """Deletes unfinished and half-deleted generations, and those that were never made current."""
    for kind in ("tmp", "del"):
        for number in numbers(index, kind):
            files.remove_tree(folder_of(index, number, kind))
    for unfinished in index.glob("tmp-[!0-9]*"):
        files.unlink(unfinished)
    try:
        current = read_pointer(index)[0]
    except NoIndex:
        current = 0
    except IndexFolderError:
        if rebuild:
            return
        raise
    for number in numbers(index):
        if number > current:
            files.rename(folder_of(index, number), folder_of(index, number, "del"))
            files.remove_tree(folder_of(index, number, "del"))


def publish(index: Path, fill: Callable[[Path], dict[str, Any]], known: Mapping[str, Said] | None = None) -> int:
    """Makes what `fill` writes into an empty folder the next generation; `fill` returns its description.

    `known` gives size and sha256 of files that were checked before and are only linked, and may be filled by `fill`.
    Call it inside `writing`. Whatever goes wrong before the switch leaves the folder as it was. Returns the number.
    """
    number = max(numbers(index), default=0) + 1
    building = folder_of(index, number, "tmp")
    try:
        files.make_folder(building)
        description = fill(building)
        manifest = _write_manifest(building, description, known or {}, _on_disk(index))
        files.rename(building, folder_of(index, number))
        files.sync(index)
        _prepare_pointer(index, number, manifest)
    except BaseException as error:
        free = shutil.disk_usage(index).free
        _undo(index, number)
        if isinstance(error, OSError | sqlite3.Error) or free < 2**20:
            raise _not_written(index, error, free) from error
        raise
    _switch(index)
    collect(index, number)
    return number


def _not_written(index: Path, error: BaseException, free: int) -> IndexFolderError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    room = f" with {free / 2**20:.0f} MiB free; make room" if free < 2**30 else "; mend that"
    return IndexFolderError(f"{index} could not be written ({reason}){room} and run the command again.")


def _on_disk(index: Path) -> set[files.Identity]:
    """The files of published generations, which were synced then: of a further name only the folder has to be."""
    return {files.identity(path) for number in numbers(index) for path in files.tree(folder_of(index, number))}


def _write_manifest(
    building: Path, description: dict[str, Any], known: Mapping[str, Said], on_disk: Collection[files.Identity]
) -> bytes:
    """Syncs every file and folder of the generation and lists the files in MANIFEST.json, returned as bytes."""
    listed = {}
    for path in files.tree(building):
        if files.identity(path) not in on_disk:
            files.sync(path)
        name = path.relative_to(building).as_posix()
        listed[name] = known.get(name) or {"size": path.stat().st_size, "sha256": files.sha256(path)}
    for folder in sorted(path for path in building.rglob("*") if path.is_dir()):
        files.sync(folder)
    manifest = {"format": FORMAT, "description": description, "files": listed}
    data = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    files.write(building / "MANIFEST.json", data)
    files.sync(building / "MANIFEST.json")
    files.sync(building)
    return data


def _prepare_pointer(index: Path, number: int, manifest: bytes) -> None:
    pointer = {"format": FORMAT, "generation": number, "manifest_sha256": hashlib.sha256(manifest).hexdigest()}
    line = json.dumps(pointer).encode()
    files.write(index / "tmp-CURRENT", line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n")
    files.sync(index / "tmp-CURRENT")


def _switch(index: Path) -> None:
    try:
        files.rename(index / "tmp-CURRENT", index / "CURRENT")
        files.sync(index)
    except OSError as error:
        raise IndexFolderError(
            f"{index} may or may not have taken in the new generation ({error.strerror}); "
            f"both states are whole: `python -m qa status` shows which it is."
        ) from error


def _undo(index: Path, number: int) -> None:
    for path in (folder_of(index, number, "tmp"), folder_of(index, number), index / "tmp-CURRENT"):
        with contextlib.suppress(OSError):  # the next writer tries again
            if path.exists():
                files.remove_tree(path)


def collect(index: Path, current: int) -> None:
    """Deletes old generations, except the KEEP newest up to `current` and those that a reader holds.

    Never raises: the new generation is safe already, and the next writer deletes what is left.
    """
    for number in [n for n in numbers(index) if n <= current][:-KEEP]:
        with contextlib.suppress(OSError):  # BlockingIOError too: a reader holds it
            # Renamed under the lock: a reader that waited for it will find the files gone, and look again.
            with (folder_of(index, number) / "MANIFEST.json").open("rb") as manifest:
                fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
                files.rename(folder_of(index, number), folder_of(index, number, "del"))
            files.remove_tree(folder_of(index, number, "del"))


def repair(index: Path) -> str:
    """Makes the newest generation that is whole the current one, and says which. Raises IndexDamaged if none is."""
    try:
        generation = open_current(index)
        generation.close()
        return f"{index} is whole; generation {generation.number} stays current."
    except IndexDamaged as error:
        fault = error
    with writing(index, rebuild=True):
        for number in reversed(numbers(index)):
            try:
                generation = open_generation(index, number, None)
            except IndexDamaged:
                continue
            generation.close()
            _prepare_pointer(index, number, (folder_of(index, number) / "MANIFEST.json").read_bytes())
            _switch(index)
            return f"{index} is back at generation {number}; what was indexed after it has to be indexed again."
    raise IndexDamaged(f"No generation in {index} is whole; {REBUILD}.") from fault
