"""A chat page in a process of its own, watched from outside, and a Chromium that can reach nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # whatever else is asked for cannot be reached
]
INSIDE = re.compile(r"(http://127\.0\.0\.1:\d+/|data:|blob:)")
_CODE = """
import socket, sys
from pathlib import Path
log, index, *pages = sys.argv[1:]
look_up = socket.getaddrinfo
def noted(host, *rest, **options):
    if host not in (None, "", "127.0.0.1", "localhost"):
        with Path(log).open("a", encoding="utf-8") as lines:
            lines.write(f"{host}\\n")
    return look_up(host, *rest, **options)
socket.getaddrinfo = noted
from qa import chat
from qa.archive import Archive
chat.serve(Archive.build(pages, index), port=0, uploads=True)
"""


@dataclass(frozen=True)
class Line:
    """One line of the scoreboard: whether the goal was met, and what was counted."""

    name: str
    good: bool
    words: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Server:
    url: str
    pid: int
    names: Path  # the file of host names that the server looked up

    def memory(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    def seconds(self) -> float:
        """CPU time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(pages: Sequence[str], folder: Path) -> Iterator[Server]:
    """A server over `pages` with its index in `folder`, stopped at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    names = folder / "names.txt"
    paths = [str(Path(page).absolute()) for page in pages]
    command = [sys.executable, "-c", _CODE, str(names), str(folder / "index"), *paths]
    root = str(Path(__file__).resolve().parents[3])
    environment = {**os.environ, "PYTHONPATH": root, "PYTHONUNBUFFERED": "1", "TMPDIR": str(folder)}
    with (folder / "log.txt").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, encoding="utf-8"
        )
    try:
        assert process.stdout is not None
        found = next((m for line in process.stdout if (m := re.search(r"http://127\.0\.0\.1:\d+/", line))), None)
        if not found:
            raise RuntimeError((folder / "log.txt").read_text(encoding="utf-8")[-2000:])
        yield Server(found[0], process.pid, names)
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout:
            process.stdout.close()


def browser_is_there() -> bool:
    return CHROMIUM is not None and find_spec("playwright") is not None


@contextmanager
def browsing(url: str, outside: list[str], language: str = "zh-CN") -> Iterator[Any]:
    """The page at `url`, open in Chromium and ready; addresses other than the server's are added to `outside`."""
    from playwright.sync_api import sync_playwright

    def inspect(request: Any) -> None:
        if not INSIDE.match(request.url):
            outside.append(request.url)

    with sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = chromium.new_page(locale=language, viewport={"width": 1280, "height": 860})
        page.set_default_timeout(60_000)
        page.on("request", inspect)
        page.on("websocket", inspect)
        page.goto(url)
        page.locator(".wb-pane").wait_for()
        yield page
        chromium.close()


def ask(page: Any, question: str) -> None:
    """Types the question, sends it with Enter and waits for its answer."""
    before = page.locator(".wb-answer").count()
    page.fill("#wb-question textarea", question)

    def send() -> None:
        if page.input_value("#wb-question textarea") == question:
            page.press("#wb-question textarea", "Enter")

    insist(page, send, lambda: page.locator(".wb-answer").count() > before)


def insist(page: Any, act: Callable[[], object], seen: Callable[[], bool]) -> None:
    """Acts, and acts again every few seconds, until the page shows it.

    Gradio drops what is sent in the moment between the display of a result and the end of its event; a reader who
    sees nothing happen presses once more.
    """
    for _ in range(20):
        act()
        for _ in range(60):
            if seen():
                return
            page.wait_for_timeout(50)
    raise TimeoutError("the page did not show what was asked for")
