"""Searches and answers keep the numeric libraries to one thread, however many ask, and give them back afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import faiss  # noqa: F401 - brings an OpenMP and a BLAS to be bounded
import numpy as np
import pytest
import threadpoolctl  # type: ignore[import-untyped,unused-ignore]

from qa import answers, evaluation
from qa.archive import Archive
from qa.datatypes import Answer
from qa.questions import Question
from qa.threads import bounded_threads

SEVERAL = 3


def bounds() -> set[int]:
    """The bounds of all numeric libraries, for the thread that asks."""
    return {one["num_threads"] for one in threadpoolctl.threadpool_info()}


@pytest.fixture
def several() -> Iterator[None]:
    """All libraries may use several threads, as they do where nobody tells them otherwise."""
    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpoolctl.threadpool_limits(SEVERAL):
        yield


def test_libraries_are_bounded_inside_and_free_again_outside(several: None) -> None:
    assert bounds() == {SEVERAL}
    with bounded_threads():
        assert bounds() == {1}
    assert bounds() == {SEVERAL}


def test_a_bound_within_a_bound_ends_with_the_outer_one(several: None) -> None:
    with bounded_threads():
        with bounded_threads():
            assert bounds() == {1}
        assert bounds() == {1}
    assert bounds() == {SEVERAL}


def test_a_bound_ends_with_an_error_too(several: None) -> None:
    with pytest.raises(ZeroDivisionError), bounded_threads():
        raise ZeroDivisionError
    assert bounds() == {SEVERAL}


def test_a_program_that_only_answers_is_bounded_in_every_thread() -> None:
    code = (
        "import threading, threadpoolctl; from qa.threads import keep_to_one_thread; keep_to_one_thread()\n"
        "def blas(): return [one for one in threadpoolctl.threadpool_info() if one['user_api'] == 'blas']\n"
        "def tell(): print(*{one['num_threads'] for one in blas()})\n"
        "tell(); other = threading.Thread(target=tell); other.start(); other.join()"
    )
    free = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", code], env=free, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "1"]


@pytest.mark.parametrize("evaluated", [False, True])
def test_answers_are_made_with_one_thread(
    seeds_archive: Archive, several: None, monkeypatch: pytest.MonkeyPatch, evaluated: bool
) -> None:
    made, seen = answers.answer, list[set[int]]()

    def watched(*given: object, **named: object) -> Answer:
        seen.append(bounds())
        return made(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(answers, "answer", watched)
    if evaluated:
        evaluation.evaluate(
            seeds_archive, [Question("1", "definition", "链式助学是什么", (), (0,), (("助学",),), ("助学",))]
        )
    else:
        seeds_archive.ask("链式助学是什么")
    assert seen == [{1}]
    assert bounds() == {SEVERAL}
