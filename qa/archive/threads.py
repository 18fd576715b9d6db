"""How many threads one search may use in FAISS and BLAS: QA_THREADS, one if it is not set.

A search is a few milliseconds of work. Spread over all cores of a busy machine it takes three times the wall-clock
time and four times the CPU, because every thread waits for the slowest; several questions at once are the better use.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, TypeVar

_First = TypeVar("_First")
_Second = TypeVar("_Second")


def bounded_threads(share: int = 1) -> AbstractContextManager[Any]:
    """A context in which the numeric libraries keep to the bound, or to a share of it; 0.04 ms to enter."""
    limit: AbstractContextManager[Any] = _controller().limit(limits=max(_bound() // share, 1))
    return limit


def together(first: Callable[[], _First], second: Callable[[], _Second]) -> tuple[_First, _Second]:
    """The results of both, which run at the same time where two threads are allowed; not to be nested."""
    if _bound() < 2:
        return first(), second()

    def aside() -> _First:
        with bounded_threads(2):  # FAISS keeps a bound for every thread
            return first()

    waiting = _helpers().submit(aside)
    try:
        with bounded_threads(2):
            value = second()
    finally:
        waiting.exception()  # nothing runs on when this ends, however it ends
    return waiting.result(), value


@cache
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), "wenbao-search")


@cache
def _controller() -> Any:
    import faiss  # noqa: F401 - only libraries that are loaded can be bounded
    import threadpoolctl  # type: ignore[import-untyped,unused-ignore]

    return threadpoolctl.ThreadpoolController()


def _bound() -> int:
    value = os.environ.get("QA_THREADS", "1")
    return int(value) if value.isdecimal() and int(value) > 0 else 1
