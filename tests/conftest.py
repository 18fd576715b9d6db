"""Shared by the tests: the five pages as one index, built once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from qa.archive import Archive

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index over the five pages. Shared: nobody writes to it."""
    from qa.archive import Archive

    folder = tmp_path_factory.mktemp("seeds") / "index"
    Archive.build([str(SEEDS)], str(folder)).close()
    return folder


@pytest.fixture(scope="session")
def seeds_archive(seeds_index: Path) -> Iterator[Archive]:
    from qa.archive import Archive

    archive = Archive.open(str(seeds_index))
    yield archive
    archive.close()
