"""How many threads one search may use: QA_THREADS, one if it is not set.

FAISS and BLAS keep to one (`qa.threads`); what a search does at the same time are whole steps. Where no other thread is
free a step is not waited for, but done by the thread that asks.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

_First = TypeVar("_First")
_Second = TypeVar("_Second")


def together(first: Callable[[], _First], second: Callable[[], _Second]) -> tuple[_First, _Second]:
    """The results of both, which run at the same time where two threads are allowed.

    `second` must use neither this nor `spread`.
    """
    collect = _aside(second)
    try:
        value = first()
    except BaseException:
        collect(wanted=False)
        raise
    return value, collect()


def spread(work: Callable[[_First], _Second], items: Sequence[_First]) -> list[_Second]:
    """`work` of each of `items`, in order; each thread that is free takes the next one.

    `work` must use neither this nor `together`.
    """
    found: dict[int, _Second] = {}
    places = itertools.count()  # which gives every thread another number

    def drain() -> None:
        while (place := next(places)) < len(items):
            found[place] = work(items[place])

    others = [_aside(drain) for _ in range(min(_bound(), len(items)) - 1)]
    try:
        drain()
    finally:
        for collect in others:
            collect()
    return [found[place] for place in range(len(items))]


def _aside(action: Callable[[], _First]) -> Callable[..., Any]:
    """Has another thread do `action`; what is returned gives its result, and does it where no thread has begun to."""
    if _bound() < 2:
        return lambda wanted=True: action() if wanted else None
    future = _helpers(_bound() - 1).submit(action)

    def collect(wanted: bool = True) -> Any:
        if future.cancel():
            return action() if wanted else None
        return future.result() if wanted else future.exception()  # nothing runs on when this ends, however it ends

    return collect


@cache
def _helpers(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, "wenbao-search", keep_faiss_to_one)


def keep_faiss_to_one() -> None:
    """Bounds FAISS in the thread that asks; it has a bound for every thread."""
    import faiss

    faiss.omp_set_num_threads(1)


def _bound() -> int:
    value = os.environ.get("QA_THREADS", "1")
    return int(value) if value.isdecimal() and int(value) > 0 else 1
