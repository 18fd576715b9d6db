"""An archive for one run over texts that are no files: the corpus that a SQuAD file brings along."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from qa.archive import Archive


@contextmanager
def archive_of(texts: Sequence[str], model: str | None = None) -> Iterator[Archive]:
    """An archive whose n-th source in sorted order holds the n-th text; gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="wenbao-") as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for number, text in enumerate(texts):
            corpus.joinpath(f"{number:07d}.txt").write_bytes(text.encode("utf-8", "replace"))
        with Archive.build([str(corpus)], str(Path(folder, "index")), model=model) as archive:
            yield archive
