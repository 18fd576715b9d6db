"""The pictures of the chat page in docs/: `python -m tests.screenshots` makes them anew over seeds/."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from qa.benchmark.chat.serving import CHROMIUM, FLAGS
from tests.serving import ROOT, served

DOCS = ROOT / "docs"
QUESTION = "丰门街道总工会上半年举办了多少场职工服务活动?"


def take(url: str) -> None:
    """Pictures: an answer with its source, in Chinese and light; browsing; a refusal in English, dark, on a phone."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        def visit(language: str, width: int, height: int, scheme: Any) -> Any:
            size = {"width": width, "height": height}
            page = browser.new_context(locale=language, viewport=size, color_scheme=scheme).new_page()  # type: ignore[arg-type]
            page.goto(url)
            page.locator(".wb-idea").nth(2).wait_for()
            return page

        def ask(page: Any, question: str) -> None:
            before = page.locator(".wb-answer").count()
            page.fill("#wb-question textarea", question)
            page.press("#wb-question textarea", "Enter")
            page.locator(".wb-answer").nth(before).wait_for()
            page.wait_for_timeout(900)

        page = visit("zh-CN", 1280, 860, "light")
        page.screenshot(path=DOCS / "start.png")
        ask(page, QUESTION)
        page.screenshot(path=DOCS / "answer.png")
        page.get_by_role("tab").nth(1).click()
        page.locator(".wb-contents .wb-link").first.click()
        page.wait_for_timeout(900)
        page.screenshot(path=DOCS / "browse.png")
        page = visit("en-US", 390, 844, "dark")
        ask(page, "Who is the head of the Mars settlement office?")
        page.screenshot(path=DOCS / "phone.png")
        browser.close()


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        served([str(ROOT / "app.py"), "--port", "0"], Path(folder) / "index") as url,
    ):
        take(url)


if __name__ == "__main__":
    main()
