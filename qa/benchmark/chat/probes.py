"""S10: requests that the page never makes. Each must be refused, and no answer may open the page to other sites."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from qa.benchmark.chat.serving import Line, Server

REFUSED = (400, 403, 404, 405, 413, 422)
REQUIRED = ("content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy")
_FILES = (
    "gradio_api/file=/etc/passwd", "file=/etc/passwd", "gradio_api/file=https://evil.example/x", "gradio_api/file/x",
    "gradio_api/proxy=https://evil.example/", "proxy=http://169.254.169.254/", "gradio_api/file=C:/Windows/win.ini",
    "gradio_api/stream/a/b/c/playlist.m3u8", "assets/..%2f..%2fetc/passwd", "static/%2e%2e/%2e%2e/etc/passwd",
    "assets//etc/passwd", "static/..%5csecret", ".env", ".git/config", "custom_component/x/y/z",
    "gradio_api/custom_component/1/client/component/index.js", "gradio_api/heartbeat/..%2f..%2fconfig",
    "gradio_api/file=.env", "gradio_api/file=feedback.jsonl", "index/CURRENT",
)  # fmt: skip
_PAGES = (
    "gradio_api/run/ask", "run/predict", "gradio_api/run/predict", "api/predict", "gradio_api/component_server",
    "gradio_api/reset", "gradio_api/deep_link", "gradio_api/process_recording", "gradio_api/vibe-editor", "monitoring",
    "gradio_api/monitoring", "monitoring/summary", "openapi.json", "gradio_api/openapi.json", "docs", "redoc", "logout",
    "gradio_api/runs", "gradio_api/call/opened/1", "gradio_api/call/speak/1", "dev/reload", "login/callback",
    "gradio_api/upload", "gradio_api/queue/join",
)  # fmt: skip
_CALLS = (
    "run/ask",
    "run/predict",
    "api/ask",
    "call/bring",
    "call/restore",
    "component_server",
    "reset",
    "process_recording",
)


class Probe(NamedTuple):
    """A request that must be refused."""

    method: str
    path: str
    options: Mapping[str, Any] = MappingProxyType({})


def probes() -> list[Probe]:
    """Sixty requests: files, closed pages, private calls, other sites, other hosts, bodies too large."""
    foreign = [
        {"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
    ]  # fmt: skip
    hosts = ["evil.example", "127.0.0.1.evil.example", "wenbao.evil.example:7860"]
    ask = {"data": ["x"]}
    found = [Probe("GET", path) for path in (*_FILES, *_PAGES)]
    found += [Probe("POST", f"gradio_api/{path}", {"json": ask}) for path in _CALLS]
    found += [Probe("POST", "gradio_api/call/ask", {"json": ask, "headers": headers}) for headers in foreign]
    found += [Probe("GET", "", {"headers": {"host": host}}) for host in hosts]
    found += [Probe("POST", "gradio_api/call/ask", {"content": b"0" * 2_000_000})]
    found += [Probe(method, "", {}) for method in ("PUT", "DELETE", "PATCH", "OPTIONS")]
    return found


def measure(server: Server) -> Line:
    import httpx

    sent, passed, bare = probes(), list[str](), list[str]()
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for probe in sent:
            answer = client.request(probe.method, probe.path, **probe.options)
            if answer.status_code not in REFUSED:
                passed.append(f"{probe.method} /{probe.path} {answer.status_code}")
            bare += [probe.path] if _open_to_others(answer.headers) else []
        page = client.get("", headers={"origin": "https://evil.example"})
        alive = page.status_code == 200 and not _open_to_others(page.headers)
    refused = len(sent) - len(passed)
    told = f"{refused} of {len(sent)} refused; headers open to others: {len(bare)}; page still served: {alive}"
    told += f"; let through: {', '.join(passed)}" if passed else ""
    numbers = {"sent": len(sent), "let_through": len(passed), "open_headers": len(bare)}
    return Line("S10 hostile requests", alive and not passed and not bare, told, numbers)


def _open_to_others(headers: Any) -> bool:
    cors = any(name.lower().startswith("access-control-") for name in headers)
    return cors or any(name not in headers for name in REQUIRED)
