"""What a run has finished, kept beside the generations until one is published, so that a killed run can go on.

A folder counts as finished when it lists its files with their checksums and every file is what the list says.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from qa.store import files

_LIST = "PART.json"  # written last
Known = dict[str, dict[str, Any]]


def complete(folder: Path) -> None:
    """Lists the files of a folder with their checksums."""
    listed = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": files.sha256(path)}
        for path in files.tree(folder)
    }
    files.write(folder / _LIST, json.dumps(listed).encode())


def is_whole(folder: Path) -> bool:
    try:
        listed = json.loads((folder / _LIST).read_bytes())
        return all(files.sha256(folder / name) == said["sha256"] for name, said in listed.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def take(finished: Path, folder: Path) -> Known:
    """Links the files of a finished folder into another; returns their checksums by name, the folder's before it."""
    listed: Known = json.loads((finished / _LIST).read_bytes())
    for name in listed:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        files.link(finished / name, folder / name)
    return {f"{folder.name}/{name}": said for name, said in listed.items()}


def empty(folder: Path) -> None:
    """Makes the folder, without anything in it."""
    if folder.exists():
        files.remove_tree(folder)
    files.make_folder(folder)


def discard(index: Path) -> None:
    """Removes all parts. Never raises: the generation is safe already, and the next one removes what is left."""
    with contextlib.suppress(OSError):
        for part in index.glob("part-*"):
            files.remove_tree(part)
