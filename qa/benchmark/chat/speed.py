"""How long a reader waits: from starting the server to the first answer, and for an answer when all is warm."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from qa.benchmark.chat.load import QUESTIONS
from qa.benchmark.chat.serving import Line, Server, ask, browsing, served

# In the page: writes the question, presses Enter, and waits for the frame in which its whole answer stands.
_TIMED = """
async (question) => {
  const box = document.querySelector("#wb-question textarea");
  const turns = document.querySelectorAll(".wb-turn .wb-answer").length;
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, question);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((done) => setTimeout(done, 100));
  const begun = performance.now();
  for (const type of ["keydown", "keypress"])
    box.dispatchEvent(new KeyboardEvent(type, { key: "Enter", bubbles: true }));
  const there = () =>
    document.querySelectorAll(".wb-turn .wb-answer").length > turns && !document.querySelector(".wb-reading");
  while (!there()) await new Promise((done) => setTimeout(done, 2));
  const seen = await new Promise((done) => requestAnimationFrame(() => done(performance.now())));
  await new Promise((done) => setTimeout(done, 250));
  return seen - begun;
}
"""
GOAL = 150  # milliseconds, the median


def start(pages: Path, folder: Path) -> Line:
    """Process start to first answer on the page, without an index and then with one."""
    told = []
    for name in ("first start", "next start"):
        begun = time.monotonic()
        with served([str(pages)], folder) as server:
            listening = time.monotonic() - begun
            with browsing(server.url, []) as page:
                drawn = time.monotonic() - begun
                ask(page, QUESTIONS[0])
                told.append((name, listening, drawn, time.monotonic() - begun))
    words = "; ".join(f"{n}: listening {a:.1f} s, page drawn {b:.1f} s, first answer {c:.1f} s" for n, a, b, c in told)
    return Line("start", True, words, {f"{name} to answer_s": seconds for name, _, _, seconds in told})


def answers(server: Server, count: int) -> Line:
    """`count` questions in Chromium, a new conversation after every five; the first five only warm up."""
    times = []
    with browsing(server.url, []) as page:
        page.locator(".wb-idea").first.wait_for()
        page.wait_for_timeout(3_000)  # the server looks for example questions meanwhile
        for number in range(count + 5):
            if number % 5 == 0:
                page.locator("#wb-new").click()
                page.locator(".wb-turn").first.wait_for(state="detached")
                page.wait_for_timeout(300)
            times.append(float(page.evaluate(_TIMED, QUESTIONS[number % 5])))
    warm = sorted(times[5:])
    median, late = statistics.median(warm), warm[int(0.9 * (len(warm) - 1))]
    words = f"answer in the browser, {len(warm)} times: median {median:.0f} ms, nine of ten under {late:.0f} ms"
    return Line("time", median < GOAL, words, {"median_ms": median, "p90_ms": late})


def looked_up(server: Server) -> Line:
    """S9: names that the server looked up since it started, and addresses that the browser asked for."""
    outside: list[str] = []
    with browsing(server.url, outside, "en-US") as page:
        ask(page, QUESTIONS[0])
        for number in (1, 2):
            page.get_by_role("tab").nth(number).click()
            page.wait_for_timeout(300)
    names = server.names.read_text(encoding="utf-8").split() if server.names.exists() else []
    words = f"{len(names)} names looked up by the server, {len(outside)} addresses asked for by the page"
    words += f": {', '.join(sorted({*names, *outside}))}" if names or outside else ""
    numbers = {"names": len(names), "addresses": len(outside)}
    return Line("S9 names looked up", not names and not outside, words, numbers)
