"""Faults for the index folder: kills, I/O errors and power cuts at every file operation."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from qa.store import files

OPERATIONS = ("make_folder", "write", "link", "sync", "rename", "unlink", "remove_folder")


class Killed(BaseException):
    """Stands for kill -9: nothing of the process runs on the disk after it, cleaning up included."""


@dataclass
class Faults:
    """Counts the file operations and lets those from `at` on fail; a failing write has written half."""

    at: int
    error: Callable[[], BaseException] = Killed
    forever: bool = True
    count: int = 0

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in OPERATIONS:
            patch.setattr(files, name, self._wrap(name, getattr(files, name)))

    def _wrap(self, name: str, do: Callable[..., None]) -> Callable[..., None]:
        def operation(*arguments: Any) -> None:
            self.count += 1
            if self.count == self.at or (self.forever and self.count > self.at):
                if name == "write" and self.count == self.at:
                    do(arguments[0], arguments[1][: len(arguments[1]) // 2])
                raise self.error()
            do(*arguments)

        return operation


# --- power cuts: what may be on the disk when the machine stops -------------------------------------------------------


@dataclass(eq=False)
class Node:
    """A file with its data, or a folder with its entries; `safe` is what is known to be on the disk."""

    data: bytes | None = None  # None: a folder
    safe: bool = False
    entries: dict[str, Node] = field(default_factory=dict)
    saved: dict[str, Node] = field(default_factory=dict)


@dataclass(eq=False)
class Change:
    """A change of the entries of one folder that may not have reached the disk."""

    parent: Node
    remove: str | None = None
    add: tuple[str, Node] | None = None

    def apply(self, entries: dict[str, Node]) -> None:
        if self.remove is not None:
            entries.pop(self.remove, None)
        if self.add:
            entries[self.add[0]] = self.add[1]


class Disk:
    """A model of a disk that keeps only what was synced for sure."""

    def __init__(self, folder: Path) -> None:
        self.root = self._load(folder)
        self.base = folder
        self.pending: list[Change] = []

    def _load(self, path: Path) -> Node:
        if not path.is_dir():
            return Node(path.read_bytes(), safe=True)
        entries = {child.name: self._load(child) for child in path.iterdir()}
        return Node(None, True, entries, dict(entries))

    def _find(self, path: Path) -> tuple[Node, str]:
        node, *rest = self.root, *path.relative_to(self.base).parts
        for name in rest[:-1]:
            node = node.entries[name]
        return node, rest[-1] if rest else ""

    def do(self, name: str, *arguments: Any) -> None:
        parent, entry = self._find(arguments[0])
        if name == "make_folder":
            self._change(Change(parent, add=(entry, Node())))
        elif name == "write":
            self._change(Change(parent, add=(entry, Node(arguments[1]))))
        elif name == "link":
            target, new = self._find(arguments[1])
            self._change(Change(target, add=(new, parent.entries[entry])))
        elif name == "rename":
            self._change(Change(parent, entry, (self._find(arguments[1])[1], parent.entries[entry])))
        elif name in ("unlink", "remove_folder"):
            self._change(Change(parent, remove=entry))
        else:
            self._sync(parent.entries[entry] if entry else self.root)

    def _change(self, change: Change) -> None:
        change.apply(change.parent.entries)
        self.pending.append(change)

    def _sync(self, node: Node) -> None:
        node.safe = True
        for change in [one for one in self.pending if one.parent is node]:
            change.apply(node.saved)
            self.pending.remove(change)

    def cut(self, target: Path, choose: random.Random, *, ordered: bool) -> None:
        """Writes to `target` what may be left: unsynced data damaged, unsynced entries partly lost."""
        kept = choose.randint(0, len(self.pending))
        survived = [change for i, change in enumerate(self.pending) if (i < kept if ordered else choose.random() < 0.5)]
        self._save(self.root, target, survived, choose)

    def _save(self, node: Node, target: Path, survived: list[Change], choose: random.Random) -> None:
        if node.data is not None:
            target.write_bytes(node.data if node.safe else damage(node.data, choose))
            return
        entries = dict(node.saved)
        for change in survived:
            if change.parent is node:
                change.apply(entries)
        target.mkdir()
        for name, child in entries.items():
            self._save(child, target / name, survived, choose)


def damage(data: bytes, choose: random.Random) -> bytes:
    """What an unsynced file may hold after a power cut."""
    kind = choose.randrange(5)
    if kind == 0 or not data:
        return b""
    if kind == 1:
        return data[: choose.randrange(len(data))]
    if kind == 2:
        return bytes(len(data))
    if kind == 3:
        place = choose.randrange(len(data))
        return data[:place] + bytes([data[place] ^ (1 << choose.randrange(8))]) + data[place + 1 :]
    return data


def record(folder: Path, patch: pytest.MonkeyPatch) -> tuple[Disk, list[tuple[Any, ...]]]:
    """The disk as it is now, and a list that every later operation is written to."""
    log: list[tuple[Any, ...]] = []

    def wrap(name: str, do: Callable[..., None]) -> Callable[..., None]:
        def operation(*arguments: Any) -> None:
            do(*arguments)
            log.append((name, *arguments))

        return operation

    for name in OPERATIONS:
        patch.setattr(files, name, wrap(name, getattr(files, name)))
    return Disk(folder), log
