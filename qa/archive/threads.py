"""How many threads one search may use in FAISS and BLAS: QA_THREADS, one if it is not set.

A search is a few milliseconds of work. Spread over all cores of a busy machine it takes three times the wall-clock
time and four times the CPU, because every thread waits for the slowest; several questions at once are the better use.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def bounded_threads() -> AbstractContextManager[Any]:
    """A context in which the numeric libraries keep to the bound; 0.04 ms to enter."""
    limit: AbstractContextManager[Any] = _controller().limit(limits=_bound())
    return limit


@cache
def _controller() -> Any:
    import faiss  # noqa: F401 - only libraries that are loaded can be bounded
    import threadpoolctl  # type: ignore[import-untyped,unused-ignore]

    return threadpoolctl.ThreadpoolController()


def _bound() -> int:
    value = os.environ.get("QA_THREADS", "1")
    return int(value) if value.isdecimal() and int(value) > 0 else 1
