"""Vectors already computed, by content: only text that has changed is encoded again.

`cache.sqlite` stands beside the generations and outlives a killed run. Losing it costs nothing but time; every value
carries its checksum, and one that does not hold is computed again. Vectors are kept, and handed out, in half precision,
so that it makes no difference whether one was computed now or before.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
_BATCH = 1024


def key(fingerprint: str, text: str) -> bytes:
    return hashlib.sha256(f"{fingerprint}\n{text}".encode()).digest()[:20]


class VectorCache:
    """One run's view of the cache; a file that is damaged is replaced. Use as a context manager."""

    def __init__(self, path: Path, fingerprint: str, dim: int) -> None:
        self._fingerprint, self._dim = fingerprint, dim
        try:
            self._database = _open(path)
        except sqlite3.DatabaseError:
            for leftover in path.parent.glob(path.name + "*"):
                leftover.unlink()
            self._database = _open(path)

    def __enter__(self) -> VectorCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def encode(self, texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """Vectors of `texts`, from the cache where it has them, else by `encode` and kept: float32[n, dim]."""
        keys = [key(self._fingerprint, text) for text in texts]
        vectors = np.zeros((len(texts), self._dim), np.float32)
        unknown = []
        for i, known in enumerate(self._get(one) for one in keys):
            if known is None:
                unknown.append(i)
            else:
                vectors[i] = known
        for start in range(0, len(unknown), _BATCH):
            part = unknown[start : start + _BATCH]
            fresh = encode([texts[i] for i in part]).astype(np.float16)
            vectors[part] = fresh
            self._put([(keys[i], vector) for i, vector in zip(part, fresh, strict=True)])
        return vectors

    def _get(self, wanted: bytes) -> Vectors | None:
        found = self._database.execute("SELECT vector, crc FROM vectors WHERE key = ?", (wanted,)).fetchone()
        if not found or len(found[0]) != 2 * self._dim or zlib.crc32(wanted + found[0]) != found[1]:
            return None
        return np.frombuffer(found[0], np.float16).astype(np.float32)

    def _put(self, rows: Sequence[tuple[bytes, npt.NDArray[np.float16]]]) -> None:
        values = [(key, vector.tobytes(), zlib.crc32(key + vector.tobytes())) for key, vector in rows]
        self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", values)
        self._database.commit()

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM vectors").fetchone()[0])

    def keep_only(self, texts: Sequence[str]) -> None:
        """Forgets everything but the vectors of `texts`."""
        self._database.execute("CREATE TEMP TABLE used (key BLOB PRIMARY KEY) WITHOUT ROWID")
        used = ((key(self._fingerprint, text),) for text in texts)
        self._database.executemany("INSERT OR IGNORE INTO used VALUES (?)", used)
        self._database.execute("DELETE FROM vectors WHERE key NOT IN (SELECT key FROM used)")
        self._database.execute("DROP TABLE used")
        self._database.commit()


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB, crc INTEGER)")
        database.execute("SELECT key, vector, crc FROM vectors LIMIT 1").fetchone()
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            database.close()
        raise
    return database
