"""Memory-mapped arrays of which a few rows are read here and there: what was read does not stay in memory for ever."""

from __future__ import annotations

import mmap
import threading
from collections import deque
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

_LARGE = 1 << 27  # bytes of mapped files from which on what was read is given back


class Lent:
    """Gives the files that read-only `arrays` are mapped from back to the system, as they are read.

    What was read stays in the system's cache, but is no memory of this process. Every file is given back once in
    `often` rows read, for each of which sixteen pages are mapped. Small files and arrays in memory are left alone.
    """

    def __init__(self, arrays: Iterable[npt.NDArray[Any]], often: int) -> None:
        held = [*arrays]
        large = sum(array.nbytes for array in held) > _LARGE
        self._maps = deque([found for array in held if (found := _mapping(array))] if large else [])
        self._share = max(often // max(len(self._maps), 1), 1)
        self._read = 0
        self._guard = threading.Lock()

    def was_read(self, rows: int) -> None:
        """To be called after reading; one file after the other is given back, as all at once would be felt."""
        if not self._maps:
            return
        with self._guard:
            self._read += rows
            while self._read >= self._share:
                self._read -= self._share
                self._maps.rotate()
                self._maps[0].madvise(mmap.MADV_DONTNEED)


def _mapping(array: npt.NDArray[Any]) -> mmap.mmap | None:
    """The file that a read-only array is mapped from, where the system can be told about it."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    usable = isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED") and not array.flags.writeable
    return base if usable else None
