"""Which large files were checked against their sha256 lately, so that a large index opens at once.

A file that is not changed keeps its device, inode, size and time of modification: whatever writes to it changes the
last. A file counts as checked when it was read with these marks within a day, and was not young then: within the
grain of the clock a second write could leave the time as it is. The list carries its own checksum; losing it costs
time only. Small indexes are read whole at every opening.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import time
from pathlib import Path

SMALL = 2**28  # bytes of a generation up to which every file is read at every opening, a fifth of a second
_LIFETIME = 24 * 3600.0  # seconds that a check counts: disks forget
_YOUNG = 2.0  # seconds since the last change within which a check is not remembered
_NAME = "VERIFIED"


class Verified:
    """The list beside the generations of `index`."""

    def __init__(self, index: Path) -> None:
        self._path = index / _NAME
        self._known = _read(self._path)
        self._changed = False

    def holds(self, status: os.stat_result, sha256: str) -> bool:
        """Whether the file with this status was found to have this checksum."""
        digest, when = self._known.get(_marks(status), ("", 0.0))
        return digest == sha256 and 0 <= time.time() - when < _LIFETIME

    def remember(self, status: os.stat_result, sha256: str) -> None:
        """`status` was taken before the file was read and found to have this checksum."""
        if time.time() - status.st_mtime > _YOUNG:
            self._known[_marks(status)] = (sha256, time.time())
            self._changed = True

    def save(self) -> None:
        """Never raises: a folder that cannot be written is checked whole every time."""
        if not self._changed:
            return
        fresh = {marks: known for marks, known in self._known.items() if time.time() - known[1] < _LIFETIME}
        line = json.dumps(fresh).encode()
        aside = self._path.with_name(f"{_NAME}.{os.getpid()}{threading.get_ident()}")
        with contextlib.suppress(OSError):
            try:
                aside.write_bytes(line + b"\n" + hashlib.sha256(line).hexdigest().encode())
                aside.replace(self._path)
            finally:
                aside.unlink(missing_ok=True)
        self._changed = False


def _marks(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"


def _read(path: Path) -> dict[str, tuple[str, float]]:
    try:
        line, _, digest = path.read_bytes().partition(b"\n")
        if digest.decode("ascii") != hashlib.sha256(line).hexdigest():
            return {}
        return {str(marks): (str(sha256), float(when)) for marks, (sha256, when) in json.loads(line).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
