"""Serving the page: the settings of a safe Gradio, the guard around it, and a port that is ours or nobody's."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import InputError
from qa.threads import keep_to_one_thread

if TYPE_CHECKING:
    from qa.archive import Archive
    from qa.writing import Writer

Auth = tuple[str, str] | Sequence[tuple[str, str]]
TEMPORARY = "wenbao-gradio-"  # how the names of our temporary folders begin
MCP = "/gradio_api/mcp"
SWITCH = 0.001  # seconds a thread that answers may keep the interpreter while requests wait; Python's own is 0.005
ENDPOINTS = frozenset({"ask", "search", "show_source"})
# Read by Gradio when it is imported or started. Analytics ask two hosts for news; the cache of events costs more
# with every answer; the others could open files, a tunnel or a recording that nobody asked for.
_SETTINGS = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_RUN_HISTORY": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
_REMOVED = ("GRADIO_ALLOWED_PATHS", "GRADIO_SHARE", "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "GRADIO_ROOT_PATH")


def prepare() -> None:
    """Sets what Gradio reads from the environment; must run before its first import."""
    os.environ.update(_SETTINGS)
    for name in _REMOVED:
        os.environ.pop(name, None)
    if "GRADIO_TEMP_DIR" not in os.environ:
        folder = os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix=TEMPORARY)  # 0700
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


@asynccontextmanager
async def tidy(_: Any) -> AsyncIterator[None]:
    """Removes our temporary folder when the server stops, by a signal too."""
    yield
    folder = Path(os.environ["GRADIO_TEMP_DIR"])
    if folder.name.startswith(TEMPORARY):
        shutil.rmtree(folder, ignore_errors=True)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket at `host:port` (port 0: any free one). Raises `InputError` when it cannot be had."""
    if not 0 <= port <= 65535:
        raise InputError(f"The port is {port}; expected 1 to 65535.")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise InputError(
            f"The host {host!r} is no address of this machine; use 127.0.0.1, 0.0.0.0 or a name."
        ) from None
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        reason = "is in use by another program" if error.errno == 98 else f"cannot be opened ({error.strerror})"
        raise InputError(f"Port {port} on {host} {reason}; choose another one with --port.") from None
    return listener


def application(
    archive: Archive,
    hosts: Sequence[str] = (),
    auth: Auth | None = None,
    verdicts: Path | None = None,
    uploads: bool = False,
    shared_uploads: bool = False,
    writer: Writer | None = None,
) -> Any:
    """The page and its API as one ASGI application inside its guard."""
    prepare()
    import gradio as gr
    from fastapi import FastAPI

    from qa.chat import page
    from qa.chat.door import Door, forget
    from qa.chat.guard import Guard
    from qa.chat.uploads import MAX_BYTES, MAX_TOTAL

    closed: dict[str, Any] = {"openapi_url": None, "docs_url": None, "redoc_url": None}
    # Gradio lets tools be called without a login, so they are offered only where there is none.
    mcp = auth is None and find_spec("mcp") is not None
    desks = Path(os.environ["GRADIO_TEMP_DIR"]) / "desks" if uploads or shared_uploads else None
    blocks = page.build(archive, verdicts, desks, shared_uploads, writer)
    app = gr.mount_gradio_app(
        FastAPI(lifespan=tidy, **closed), blocks, path="/", app_kwargs=dict(closed), auth=auth,
        allowed_paths=[], blocked_paths=["/"], max_file_size=MAX_BYTES, mcp_server=mcp, show_error=False,
        ssr_mode=False, enable_monitoring=False, pwa=False, run_history=False, footer_links=[],
        theme=page.theme(), css_paths=[page.HERE / "style.css"], head=page.head(),
    )  # fmt: skip
    if mcp:
        blocks.mcp_server_obj.postprocess_output_data = as_json  # type: ignore[union-attr,method-assign,unused-ignore]
    guard = Guard(
        app,
        hosts=frozenset(name.lower() for name in hosts),
        api=ENDPOINTS,
        open_paths=(MCP,) if mcp else (),
        max_upload=MAX_TOTAL if desks else 0,
    )
    return Door(guard, waiting=blocks._queue.__len__, answered=partial(forget, blocks))


def as_json(data: Sequence[Any], root_url: str) -> list[Any]:
    """What tools hand out, as JSON text; Gradio would print Python's notation."""
    from mcp.types import TextContent

    texts = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in data)
    return [TextContent(type="text", text=text) for text in texts]


def serve(
    archive: Archive,
    host: str = "127.0.0.1",
    port: int = 7860,
    auth: Auth | None = None,
    share: bool = False,
    hosts: Sequence[str] = (),
    verdicts: str | Path = "feedback.jsonl",
    uploads: bool = False,
    shared_uploads: bool = False,
    writer: Writer | None = None,
) -> None:
    """Serves the page until it is stopped. Raises `InputError` when the port is in use or the host is unknown.

    `hosts` are names other than IP addresses and localhost under which the page may be called; readers'
    verdicts on answers are appended to the file `verdicts`, made when the first is given.
    With `uploads`, visitors may add files that only they see; with `shared_uploads`, files that everybody sees;
    with neither, the upload route is closed. With a `writer`, its language model retells the answers.
    """
    import uvicorn

    from qa.chat.door import limit_arenas

    limit_arenas()
    keep_to_one_thread()
    sys.setswitchinterval(SWITCH)
    listener = listen(host, port)
    try:
        names = [host, socket.gethostname(), *hosts]
        place = listener.getsockname()[:2]
        names += [publish(place)] if share else []
        app = application(archive, names, auth, Path(verdicts), uploads, shared_uploads, writer)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, proxy_headers=False, ws="none",
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        print(f"问报 Wenbao: http://{_shown(place[0])}:{place[1]}/ (Ctrl+C stops it)", flush=True)
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])
    finally:
        listener.close()


def _shown(address: str) -> str:
    if address in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{address}]" if ":" in address else address


def publish(place: tuple[str, int]) -> str:
    """Opens Gradio's public tunnel to `place`, prints its address and gives its host name."""
    prepare()
    import secrets
    from urllib.parse import urlsplit

    from gradio import networking

    try:
        address = networking.setup_tunnel("127.0.0.1", place[1], secrets.token_urlsafe(32), None, None)
    except Exception as error:
        raise InputError(f"The public tunnel could not be opened ({error}); start without --share.") from None
    print(f"问报 Wenbao: {address} (public, for one week)", flush=True)
    return urlsplit(address).hostname or ""
