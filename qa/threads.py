"""How many threads the numeric libraries may use: one, since a search or an answer is too little work to share.

Spread over all cores of a busy machine an answer took ten times as long: every thread waits for the slowest.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def bounded_threads() -> AbstractContextManager[Any]:
    """A context in which the numeric libraries keep to one thread; 0.04 ms to enter.

    BLAS has one bound for all threads, which only the first thread that sets it can change while it lives.
    """
    limit: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limit


def keep_to_one_thread() -> None:
    """Bounds BLAS for the rest of the process, whichever thread asks: for programs that do nothing but answer."""
    import numpy  # noqa: F401 - only libraries that are loaded can be bounded
    import threadpoolctl  # type: ignore[import-untyped,unused-ignore]

    threadpoolctl.threadpool_limits(1, user_api="blas")


@cache
def _controller() -> Any:
    import faiss  # noqa: F401 - only libraries that are loaded can be bounded
    import threadpoolctl

    return threadpoolctl.ThreadpoolController()
