"""S8: hostile texts on every surface of the page, shown letter for letter, with nothing run and nothing fetched."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qa.benchmark.chat.payloads import XSS_PAYLOADS
from qa.benchmark.chat.serving import Line, ask, browsing, insist, served
from qa.pages import printable
from qa.render import visible

DANGEROUS = "script, img, iframe, form, a[href], svg, object, embed, video, audio, link, style, input, base, meta"
_CHARACTERS = "天地人山水风云日月星春夏秋冬东南西北市民工农学商医路桥船车书画歌舞茶米花草林田河海城乡村街巷门窗灯火"
Shown = dict[str, set[int]]  # surface to the numbers of the payloads that were shown there letter for letter


def place(number: int) -> str:
    """A name of its own for each of sixty numbers: a year of the sexagenary cycle."""
    return "甲乙丙丁戊己庚辛壬癸"[number % 10] + "子丑寅卯辰巳午未申酉戌亥"[number % 12]


def squeezed(text: str) -> str:
    return "".join(text.split())


def write_pages(folder: Path) -> list[str]:
    """One file for each payload, which stands in its name, its headline and its text; the names of the files."""
    folder.mkdir(parents=True)
    names = []
    for number, payload in enumerate(XSS_PAYLOADS):
        names.append(f"{number:02}{payload.replace('/', '_')[:60]}.txt")
        rng = random.Random(number)  # pages that are nearly the same would count as copies of one
        others = ["".join(rng.choices(_CHARACTERS, k=30)) for _ in range(4)]
        body = f"本报讯 {place(number)}镇的告示写着{payload}这些字。{'。'.join(others)}。"
        (folder / names[-1]).write_text(f"# {place(number)}镇告示{payload}的由来\n\n{body}\n", encoding="utf-8")
    return names


def measure(folder: Path, count: int = len(XSS_PAYLOADS)) -> Line:
    """Shows the first `count` payloads on all surfaces; raises nothing, whatever the page does with them."""
    names = write_pages(folder / "pages")
    outside: list[str] = []
    with served([str(folder / "pages")], folder / "server") as server, browsing(server.url, outside) as page:
        shown = look(page, names[:count])
        ran = page.evaluate("window.pwned") is not None
        live = page.locator("#wb-conversation, #wb-pane, #wb-contents, #wb-found").locator(DANGEROUS).count()
    right = sum(map(len, shown.values()))
    total = count * len(shown)
    words = ", ".join(f"{surface} {len(numbers)}" for surface, numbers in shown.items())
    told = f"{right} of {total} letter for letter ({words}); scripts run: {int(ran)}; live elements: {live}; "
    good = right == total and not ran and not live and not outside
    numbers = {"shown": right, "of": total, "scripts": int(ran), "elements": live, "outside": len(outside)}
    return Line("S8 hostile texts", good, f"{told}requests to others: {len(outside)}", numbers)


def look(page: Any, names: list[str]) -> Shown:
    """Brings every payload to every surface of the page."""
    surfaces = ("file name", "headline", "article", "page text", "question", "search")
    shown: Shown = {surface: set() for surface in surfaces}

    def check(surface: str, number: int, place: str, text: str) -> None:
        if squeezed(visible(text)) in squeezed(page.locator(place).inner_text()):
            shown[surface].add(number)

    for number, name in enumerate(names):
        payload = XSS_PAYLOADS[number]
        check("file name", number, ".wb-front", printable(name))  # as the index names it
        check("headline", number, ".wb-front", f"{place(number)}镇告示{payload}")
    for number, name in enumerate(names):
        headline = page.locator("#wb-pane .wb-front .wb-headline", has_text=f"{place(number)}镇").first
        _press(page, headline, ".wb-pane-head .wb-file", name[:2])
        check("article", number, "#wb-pane .wb-article", XSS_PAYLOADS[number])
        _press(page, page.locator("#wb-pane .wb-view").nth(1), "#wb-pane ol.wb-page")
        check("page text", number, "#wb-pane ol.wb-page", XSS_PAYLOADS[number])
        _press(page, page.locator("#wb-new"), "#wb-pane .wb-front")
    _ask_and_search(page, len(names), check)
    return shown


def _press(page: Any, button: Any, place: str, text: str = "") -> None:
    """Presses `button` until `place`, with `text` in it, is on the page."""
    shown = page.locator(place, has_text=text)
    insist(page, lambda: button.click() if button.count() else None, lambda: shown.count() > 0)


def _ask_and_search(page: Any, count: int, check: Callable[[str, int, str, str], None]) -> None:
    for number, payload in enumerate(XSS_PAYLOADS[:count]):
        if number % 10 == 0:
            page.locator("#wb-new").click()
            page.locator(".wb-turn").first.wait_for(state="detached")
        ask(page, payload)
        check("question", number, "#wb-conversation", payload)
    page.get_by_role("tab").nth(1).click()
    box = "#wb-query textarea, #wb-query input"
    for number, payload in enumerate(XSS_PAYLOADS[:count]):
        page.fill(box, f"{place(number)}镇的告示")
        hits = page.locator(".wb-found .wb-hit", has_text=f"{place(number)}镇")
        insist(page, lambda: page.press(box, "Enter"), lambda hits=hits: hits.count() > 0)  # type: ignore[misc]
        check("search", number, "#wb-found", payload)
