"""What stands between the network and Gradio: only known routes, known hosts, small bodies, and strict headers."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
Headers = dict[str, str]

MAX_BODY = 1_000_000  # bytes of a request body, uploads aside
UPLOAD = "/gradio_api/upload"
LOGINS = 10  # attempts a minute and address
# Gradio needs these and no others; uploads, file and proxy routes, monitoring, runs and API pages answer 404.
_GET = re.compile(
    r"/(config|theme\.css|favicon\.ico|robots\.txt|manifest\.json|pwa_icon(/\d+)?|login_check|user|token|app_id"
    r"|(assets|static|svelte)/[\w./@+-]+"
    r"|gradio_api/(info|config|startup-events|app_id|login_check|user|token|queue/(data|status)|heartbeat/\w+"
    r"|call/\w+/\w+))?/?"
)
_POST = re.compile(r"/(login|gradio_api/(queue/join|cancel|call/\w+))/?")
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'self'; object-src 'none'"
)
_ADDED = {
    b"content-security-policy": _POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
}
_STRIPPED = (b"access-control-", b"server", b"x-powered-by")
_REASONS = {
    400: "Bad request",
    403: "Not allowed from there",
    404: "Not found",
    413: "Too large",
    429: "Too many tries",
    503: "Too many questions are waiting; please come back in a few seconds",
}
LATER = 5  # seconds after which a program may ask again


class TooLarge(Exception):
    """A body grew beyond its limit while it was read."""


@dataclass
class Guard:
    """An ASGI application around `app`.

    `hosts` are further names the Host header may carry; IP addresses and localhost always may, since no other
    site's name can point a browser at them. `api` are the endpoints that may be called by name; `open_paths`
    are route prefixes that are allowed besides the list above (used for MCP).
    """

    app: App
    hosts: frozenset[str] = frozenset()
    api: frozenset[str] = frozenset()
    open_paths: tuple[str, ...] = ()
    max_body: int = MAX_BODY
    max_upload: int = 0  # bytes of an upload; 0 closes that route
    tries: dict[str, list[float]] = field(default_factory=dict)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        status = self.verdict(scope, headers)
        if status:
            await refuse(status, send)
            return
        scope = {**scope, "headers": [pair for pair in scope["headers"] if not _forwarded(pair[0])]}
        await self._pass_on(scope, receive, send)

    def verdict(self, scope: Message, headers: Headers) -> int:
        """0 to let the request pass, else the status it is refused with."""
        host = headers.get("host", "")
        if not self.knows(host):
            return 403
        if not self.route_allowed(scope["method"], scope["path"]):
            return 404
        if scope["method"] == "POST" and not same_origin(headers, host):
            return 403
        if _length(headers) > self.limit(scope["path"]):
            return 413
        if scope["method"] == "POST" and scope["path"].rstrip("/") == "/login":
            return self._login_verdict(str((scope.get("client") or ("",))[0]))
        return 0

    def limit(self, path: str) -> int:
        """Bytes that a body sent to `path` may have."""
        return self.max_upload if path.rstrip("/") == UPLOAD else self.max_body

    def knows(self, host: str) -> bool:
        """Whether a Host header names this server."""
        try:
            name = urlsplit("//" + host).hostname or ""
            return name in self.hosts or name == "localhost" or bool(ipaddress.ip_address(name))
        except ValueError:
            return False

    def route_allowed(self, method: str, path: str) -> bool:
        """Whether `method path` is one of the routes the page and the API need."""
        if ".." in path or "//" in path or "\\" in path:
            return False
        if any(path == prefix or path.startswith(prefix + "/") for prefix in self.open_paths):
            return method in ("GET", "HEAD", "POST", "DELETE")
        if path.rstrip("/") == UPLOAD:
            return method == "POST" and self.max_upload > 0
        called = re.match(r"/(?:gradio_api/)?call/(\w+)", path)
        if called and called[1] not in self.api:
            return False
        allowed = _GET if method in ("GET", "HEAD") else _POST if method == "POST" else None
        return allowed is not None and allowed.fullmatch(path) is not None

    def _login_verdict(self, address: str) -> int:
        now = time.monotonic()
        recent = [moment for moment in self.tries.get(address, []) if now - moment < 60]
        if len(self.tries) > 10_000:
            self.tries.clear()
        self.tries[address] = [*recent, now]
        return 429 if len(recent) >= LOGINS else 0

    async def _pass_on(self, scope: Message, receive: Receive, send: Send) -> None:
        size, limit = 0, self.limit(scope["path"])

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > limit:
                raise TooLarge
            return message

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = 413 if size > limit else message["status"]
                message = {**message, "status": status, "headers": strict_headers(message.get("headers", []))}
            await send(message)

        await self.app(scope, counted, headed)


def strict_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Response headers without any that open the page to other sites, with those that close it."""
    kept = [pair for pair in headers if not pair[0].lower().startswith(_STRIPPED) and pair[0].lower() not in _ADDED]
    return [*kept, *_ADDED.items()]


def same_origin(headers: Headers, host: str) -> bool:
    """Whether a POST comes from our own page or from a program (which sends neither header)."""
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return False
    return headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def _forwarded(name: bytes) -> bool:
    return name.lower().startswith(b"x-forwarded-") or name.lower() in (b"forwarded", b"x-direct-url")


def _length(headers: Headers) -> int:
    value = headers.get("content-length", "0")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else MAX_BODY * 1000


async def refuse(status: int, send: Send) -> None:
    """Answers with `status` and a short plain sentence."""
    body = _REASONS[status].encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    headers += [(b"retry-after", str(LATER).encode())] if status == 503 else []
    headers = strict_headers(headers)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
