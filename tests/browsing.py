"""A real Chromium for tests: pages are opened by `visit`, which counts every request that leaves 127.0.0.1."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from qa.benchmark.chat.serving import CHROMIUM, FLAGS

WAIT = 10_000  # milliseconds; the machine may be busy
needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium is installed (Debian: apt-get install chromium)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


Open = Callable[..., Any]


@pytest.fixture(scope="module")
def contexts(browser: Any) -> dict[tuple[str, bool], Any]:
    """One browser profile for each language and colour scheme, so that the page's files are fetched once."""
    return {}


@pytest.fixture
def visit(browser: Any, contexts: dict[tuple[str, bool], Any]) -> Iterator[Open]:
    """Opens a page; afterwards no request may have gone anywhere but to 127.0.0.1, and no script may have failed."""
    outside: list[str] = []
    faults: list[str] = []
    pages: list[Any] = []

    def inspect(request: Any) -> None:
        if not re.match(r"(http://127\.0\.0\.1:\d+/|data:|blob:)", request.url):
            outside.append(request.url)

    def open_page(url: str, language: str = "zh-CN", width: int = 1280, dark: bool = False) -> Any:
        if (language, dark) not in contexts:
            scheme = "dark" if dark else "light"
            context = browser.new_context(locale=language, color_scheme=scheme)
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            context.set_default_timeout(WAIT)
            contexts[language, dark] = context
        page = contexts[language, dark].new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": 860})
        page.on("request", inspect)
        page.on("websocket", inspect)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
        page.goto(url)
        page.wait_for_selector(".wb-mast")
        page.wait_for_selector(".wb-pane")
        return page

    yield open_page
    for page in pages:
        page.evaluate("localStorage.clear()")
        page.context.clear_cookies()
        page.close()
    assert outside == []
    assert faults == []


def ask(page: Any, question: str) -> None:
    """Types the question, sends it with Enter and waits for its answer."""
    before = page.locator(".wb-answer").count()
    page.fill("#wb-question textarea", question)
    page.press("#wb-question textarea", "Enter")
    page.locator(".wb-answer").nth(before).wait_for()


def squeezed(text: str) -> str:
    return "".join(text.split())


def overflow(page: Any) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def brightness(page: Any) -> int:
    """Red, green and blue of the page's ground, added up."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(number) for number in re.findall(r"\d+", colour)[:3])
