"""Before anything else: how many questions may wait, and what is kept of a program's question once it is answered."""

from __future__ import annotations

import ctypes
import re
from asyncio import Semaphore
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from qa.chat.guard import MAX_BODY, App, Message, Receive, Send, refuse

MOST = 400  # questions that may wait for their turn
AT_ONCE = 4  # questions that Gradio takes in at one time; the page and refusals are served between them
ARENAS = 2  # heaps that the C library keeps for all threads; each keeps what was once freed in it
_M_ARENA_MAX = -8  # of <malloc.h>
_JOIN = re.compile(r"/gradio_api/(queue/join|call/\w+)/?")
_RESULT = re.compile(r"/gradio_api/call/\w+/(\w+)/?")


@dataclass
class Door:
    """An ASGI application around `app` that tells a question to come later (503) when `most` wait already.

    Gradio never sees a question that is refused and takes only AT_ONCE at a time, so a refusal takes no longer when
    thousands arrive. `waiting` counts the questions in the queue; `answered` is called with the name of a
    program's question when its result was fetched or given up.
    """

    app: App
    waiting: Callable[[], int]
    answered: Callable[[str], None]
    most: int = MOST
    inside: int = 0  # questions let in that are not in the queue yet
    reading: Semaphore = field(default_factory=lambda: Semaphore(AT_ONCE))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        method, path = (scope["method"], scope["path"]) if scope["type"] == "http" else ("", "")
        if method == "POST" and _JOIN.fullmatch(path):
            await self._join(scope, receive, send)
            return
        await self.app(scope, receive, send)
        if method == "GET" and (result := _RESULT.fullmatch(path)):
            self.answered(result[1])

    async def _join(self, scope: Message, receive: Receive, send: Send) -> None:
        read = [] if self._full() else await body_of(receive)  # before it takes a place: a slow sender holds up nobody
        if self._full():
            await refuse(503, send)
            return

        async def replayed() -> Message:
            return read.pop(0) if read else await receive()

        self.inside += 1
        try:
            async with self.reading:
                await self.app(scope, replayed, send)
        finally:
            self.inside -= 1

    def _full(self) -> bool:
        return self.inside + self.waiting() >= self.most


async def body_of(receive: Receive, most: int = MAX_BODY) -> list[Message]:
    """The messages of a request's body, up to the one with which it is larger than `most` bytes."""
    messages, size, more = list[Message](), 0, True
    while more and size <= most:
        messages.append(await receive())
        size += len(messages[-1].get("body", b""))
        more = messages[-1].get("more_body", False)
    return messages


def forget(blocks: Any, event: str) -> None:
    """Drops what Gradio keeps of the session `event`: a call from a program is a session of its own, named as its
    event, that nobody can come back to; some 140 kB of it would stay until 500 others have come."""
    queue = blocks._queue
    holders = (blocks.state_holder.session_data, blocks.state_holder.time_last_used)
    for kept in (*holders, queue.pending_messages_per_session, queue.pending_event_ids_session):
        with suppress(KeyError):
            del kept[event]


def limit_arenas() -> bool:
    """Keeps the C library from giving each thread a heap of its own; False where it has no such setting."""
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS))
    except (OSError, AttributeError, TypeError):  # not glibc
        return False
