"""The five pages as files that a test may change, and their paragraphs to make pages of."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.conftest import SEEDS

PAGES = sorted(SEEDS.glob("*.txt"))
PARAGRAPHS = [p for path in PAGES for p in path.read_text(encoding="utf-8").split("\n\n") if len(p) > 60]


def copied(folder: Path) -> Path:
    """The folder, made and filled with the five pages."""
    folder.mkdir(exist_ok=True)
    for path in PAGES:
        shutil.copy(path, folder)
    return folder
