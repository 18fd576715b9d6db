"""A chat page served by a process of its own, and a Chromium to look at it with."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def swept() -> Iterator[None]:
    """At the end, collects what Gradio and its client leave open (event loops and their sockets) without complaint."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@contextmanager
def served(command: list[str], index: Path) -> Iterator[str]:
    """The address of the page that `command` serves over the index folder; stopped at the end."""
    environment = {
        **os.environ,
        "QA_INDEX": str(index),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(index.parent),
    }
    log = index.parent / "server.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=index.parent,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert process.stdout is not None
        try:
            found = next((m for line in process.stdout if (m := re.search(r"http://127\.0\.0\.1:\d+/", line))), None)
            assert found, log.read_text(encoding="utf-8")
            yield found[0]
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()
    assert not list(index.parent.glob("wenbao-gradio-*")), "the server leaves nothing behind"
    assert "Traceback" not in log.read_text(encoding="utf-8"), log.read_text(encoding="utf-8")
