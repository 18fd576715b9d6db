"""Shared by the tests: the five pages as one index, built once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.browsing import browser, contexts, visit  # noqa: F401 - fixtures for all tests
from tests.serving import swept

if TYPE_CHECKING:
    from qa.archive import Archive

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"


settings.register_profile("untimed", deadline=None)  # what is loaded at first use is slow once
settings.load_profile("untimed")

SERVED = ("test_browser", "test_chat", "test_door", "test_page", "test_uploads", "test_writing")


@pytest.fixture(scope="module", autouse=True)
def nothing_left_of_gradio(request: pytest.FixtureRequest) -> Iterator[None]:
    """Event loops that Gradio leaves open are not held against the module that comes next."""
    if not request.module.__name__.rpartition(".")[2].startswith(SERVED):
        yield
        return
    with swept():
        yield


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
