"""The chat page under attack and under load, lines S8 to S13 of the scoreboard: `python -m qa.benchmark chat`.

A server of its own is started over a folder of pages (default: seeds/), another over hostile ones; nothing leaves this
machine. With `--json` one object with every number. Lines that need a browser are left out, and said to be, where
there is no Chromium or Playwright.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from qa.benchmark.chat import hostile, load, orders, probes, speed
from qa.benchmark.chat.serving import Line, browser_is_there, served

__all__ = ["main"]


def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark chat", description=__doc__)
    parser.add_argument("--pages", default="seeds", metavar="FOLDER", help="what is indexed and asked (default: seeds)")
    parser.add_argument("--minutes", type=float, default=10, help="how long people ask (default: 10)")
    parser.add_argument("--people", type=int, default=50, help="how many ask at the same time (default: 50)")
    parser.add_argument(
        "--pause", type=float, default=5, help="seconds each reads before the next question (default: 5)"
    )
    parser.add_argument("--surge", type=int, default=1000, help="how many arrive at once (default: 1000)")
    parser.add_argument("--asked", type=int, default=50, help="answers timed in the browser (default: 50)")
    parser.add_argument("--only", default="", metavar="S8,S11", help="only these lines")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options, before = options_of(arguments), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="wenbao-") as folder:
        lines = run(options, Path(folder))
    if options.json:
        print(json.dumps([asdict(line) for line in lines], ensure_ascii=False))
    else:
        print(f"load of the machine before and after: {before:.1f}, {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print("\n".join(f"{line.name:<24}{'ok ' if line.good else 'BAD'}  {line.words}" for line in lines))
    return int(not all(line.good for line in lines))


def run(options: argparse.Namespace, folder: Path) -> list[Line]:
    wanted = {name.strip() for name in options.only.split(",") if name.strip()}
    lines: list[Line] = []

    def measure(name: str, work: Callable[[], Line], browser: bool = False) -> None:
        if wanted and name.split()[0] not in wanted:
            return
        if browser and not browser_is_there():
            lines.append(Line(name, True, "left out: no Chromium or no Playwright here"))
        else:
            lines.append(work())

    measure("S8 hostile texts", lambda: hostile.measure(folder / "hostile"), browser=True)
    measure("start", lambda: speed.start(Path(options.pages), folder / "start"), browser=True)
    with served([options.pages], folder / "plain") as server:
        measure("time", lambda: speed.answers(server, options.asked), browser=True)
        measure("S9 names looked up", lambda: speed.looked_up(server), browser=True)
        measure("S10 hostile requests", lambda: probes.measure(server))
        measure("S11 load", lambda: load.crowd(server, options.people, options.minutes, options.pause))
        measure("S12 surge", lambda: load.surge(server, options.surge))
    measure("S13 orders in articles", lambda: orders.measure(folder / "orders"))
    return lines
