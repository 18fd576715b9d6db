"""A small server that speaks the OpenAI protocol over HTTP, well or badly, on a port of 127.0.0.1."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Way = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Model:
    """What the server was asked, with which headers, and its address."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """The JSON object in the last user message."""
        data: dict[str, Any] = json.loads(self.asked[-1]["messages"][-1]["content"])
        return data


@contextmanager
def model(way: Way) -> Iterator[Model]:
    """A server that answers every chat completion in this `way`."""
    seen = Model()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.asked.append(json.loads(body) | {"path": self.path})
            seen.headers.append({name.lower(): value for name, value in self.headers.items()})
            way(self)

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, TimeoutError):  # the client has had enough
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    seen.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def says(text: str, size: int = 3, pause: float = 0.0, finish: bool = True, cut: bool = False) -> Way:
    """Streams `text` in pieces of `size` characters; without `finish` no reason to stop is given, with `cut` the line
    breaks in the middle of the body."""

    def way(handler: BaseHTTPRequestHandler) -> None:
        _open(handler)
        for start in range(0, len(text), size):
            _event(handler, _chunk({"content": text[start : start + size]}))
            time.sleep(pause)
        if cut:
            handler.wfile.flush()
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if finish:
            _event(handler, _chunk({}, "stop"))
        _event(handler, "[DONE]")
        _write(handler, b"")

    return way


def fails(status: int, body: str = '{"error": {"message": "no"}}') -> Way:
    def way(handler: BaseHTTPRequestHandler) -> None:
        _whole(handler, status, body, "application/json")

    return way


def answers_with(body: str, kind: str = "text/event-stream") -> Way:
    """Status 200 and a body that may be anything."""
    return lambda handler: _whole(handler, 200, body, kind)


def breathes(seconds: float) -> Way:
    """Nothing but signs of life, as a proxy sends them."""

    def way(handler: BaseHTTPRequestHandler) -> None:
        _open(handler)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            _write(handler, b": ping\n\n")
            time.sleep(0.05)

    return way


def sleeps(seconds: float) -> Way:
    return lambda handler: time.sleep(seconds)


def _chunk(delta: dict[str, str], reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    record = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "small", "choices": [choice]}
    return json.dumps(record, ensure_ascii=False)


def _open(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()


def _event(handler: BaseHTTPRequestHandler, data: str) -> None:
    _write(handler, f"data: {data}\n\n".encode())


def _write(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    handler.wfile.flush()


def _whole(handler: BaseHTTPRequestHandler, status: int, body: str, kind: str) -> None:
    data = body.encode()
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def events(*bodies: Any) -> str:
    """Server-sent events with these JSON bodies."""
    return "".join(f"data: {json.dumps(body)}\n\n" for body in bodies)


def pieces(text: str, sizes: Sequence[int]) -> list[str]:
    """`text` cut into pieces of these sizes, again and again."""
    found, at, turn = [], 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        found.append(text[at : at + size])
        at, turn = at + size, turn + 1
    return found
