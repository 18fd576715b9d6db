"""A reader's own files in a real Chromium: brought, asked, shown, removed, and seen by nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import files
from tests.browsing import Open, ask, needs_browser, overflow
from tests.serving import ROOT, served

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:websockets", "ignore::ResourceWarning")
QUESTION = "白鹭桥全长多少米?"
LETTER = ["本报讯 青石镇的白鹭桥昨天通车,全长321米,", "由镇政府投资修建。桥面宽12米,设有人行道。"]
SHEETS = [["封面", "第一页没有消息。"], ["青石镇桥梁通车", *LETTER]]
HOSTILE = "<h1>告示<img src=x onerror=window.pwned=1></h1><p>茶市&lt;script&gt;window.pwned=1&lt;/script&gt;今天开张。"


@pytest.fixture(scope="module")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    index = tmp_path_factory.mktemp("files") / "index"
    with served([str(ROOT / "app.py"), "--port", "0"], index) as url:
        yield url


@pytest.fixture(scope="module")
def shared_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    index = tmp_path_factory.mktemp("shared") / "index"
    with served([str(ROOT / "app.py"), "--port", "0", "--shared-uploads"], index) as url:
        yield url


def bring(page: Any, *paths: Path) -> None:
    """Gives the files to the page and waits until it has said what became of them."""
    page.set_input_files("input[type=file]", [str(path) for path in paths])
    page.get_by_text("可以提问了").or_(page.locator("#wb-uploaded .wb-notice")).first.wait_for()


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@needs_browser
def test_a_pdf_is_brought_asked_shown_and_removed_unseen_by_others(page_url: str, visit: Open, tmp_path: Path) -> None:
    page, other = visit(page_url), visit(page_url, "en-US")
    bring(page, written(tmp_path / "letter.pdf", files.pdf(SHEETS)))
    ask(page, QUESTION)
    assert "321米" in page.locator(".wb-text").inner_text()
    page.locator("#wb-pane mark.wb-cited").first.wait_for()
    assert "letter.pdf · 第 2 页 · 第" in page.locator("#wb-pane .wb-file").inner_text()
    page.locator("#wb-pane .wb-view").nth(1).click()
    assert page.locator("#wb-pane ol.wb-page li.wb-sheet").inner_text() == "第 2 页"
    ask(other, QUESTION)
    assert "letter.pdf" not in other.locator("body").inner_text()
    page.locator("#wb-remove").click()
    page.get_by_text("可以提问了").wait_for(state="detached")
    page.reload()
    page.wait_for_selector(".wb-pane")
    assert "letter.pdf" not in page.locator("#wb-pane").inner_text()


@needs_browser
def test_files_of_many_kinds_are_dropped_anywhere_on_the_page(page_url: str, visit: Open, tmp_path: Path) -> None:
    page = visit(page_url)
    page.evaluate(
        """() => {
          const files = new DataTransfer();
          files.items.add(new File(["# 白鹭桥\\n\\n本报讯 白鹭桥昨天通车,全长321米。"], "dropped.md"));
          files.items.add(new File(["<h1>茶市</h1><p>青石镇的茶市今天开张,共有48个摊位。"], "market.html"));
          for (const type of ["dragover", "drop"])
            document.body.dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));
        }"""
    )
    page.get_by_text("可以提问了：dropped.md, market.html").wait_for()
    assert not page.evaluate("document.body.classList.contains('wb-drop')")
    ask(page, "茶市有多少个摊位?")
    assert "48" in page.locator(".wb-text").inner_text()
    page.locator(".wb-mine .wb-withdraw", has_text="market.html").click()
    page.get_by_text("可以提问了：dropped.md", exact=True).wait_for()
    ask(page, "茶市有多少个摊位?")
    assert "market.html" not in page.locator(".wb-last").inner_text()


@needs_browser
def test_a_document_and_a_packed_folder_stand_in_the_list_of_pages(page_url: str, visit: Open, tmp_path: Path) -> None:
    page = visit(page_url)
    document = files.docx(["# 茶市开张", "本报讯 青石镇的茶市今天开张,共有48个摊位。"])
    packed = files.packed({"来信/one.txt": "# 白鹭桥\n\n本报讯 白鹭桥昨天通车,全长321米。\n".encode()})
    bring(page, written(tmp_path / "market.docx", document), written(tmp_path / "letters.zip", packed))
    assert "letters.zip/来信/one.txt" in page.locator("#wb-uploaded").inner_text()
    page.get_by_role("tab").nth(1).click()
    page.locator("#wb-contents .wb-headline").first.wait_for()
    page.locator("#wb-page input").click()
    options = page.locator("[role=option]").all_inner_texts()
    assert {"market.docx", "letters.zip/来信/one.txt"} <= {option.strip().lstrip("✓").strip() for option in options}


@needs_browser
def test_hostile_html_stays_text(page_url: str, visit: Open, tmp_path: Path) -> None:
    page = visit(page_url)
    bring(page, written(tmp_path / "evil.html", HOSTILE))
    page.get_by_role("tab").nth(1).click()
    page.locator("#wb-contents .wb-headline", has_text="告示").wait_for()
    page.locator("#wb-contents .wb-link").first.click()
    page.locator("#wb-pane ol.wb-page").wait_for()
    assert "<script>window.pwned=1</script>今天开张" in page.locator("#wb-pane").inner_text()
    assert page.locator("#wb-pane").locator("script, img").count() == 0
    assert page.evaluate("window.pwned") is None


@needs_browser
def test_files_that_cannot_be_used_are_told_in_a_sentence_each(page_url: str, visit: Open, tmp_path: Path) -> None:
    page = visit(page_url)
    bad = [written(tmp_path / "empty.txt", "  "), written(tmp_path / "scan.pdf", files.pdf([[]]))]
    bring(page, *bad)
    notices = page.locator("#wb-uploaded .wb-notice")
    assert [notice.get_attribute("role") for notice in notices.all()] == ["alert", "alert"]
    told = page.locator("#wb-uploaded").inner_text()
    assert "empty.txt 里没有文字" in told and "请先做文字识别" in told and "/tmp" not in told


@needs_browser
def test_with_shared_uploads_every_visitor_asks_the_same_files(shared_url: str, visit: Open, tmp_path: Path) -> None:
    page, other = visit(shared_url), visit(shared_url, "en-US")
    bring(page, written(tmp_path / "letter.pdf", files.pdf(SHEETS)))
    ask(other, QUESTION)
    assert "321米" in other.locator(".wb-text").inner_text()
    assert "letter.pdf page 2 line" in other.locator(".wb-sources").inner_text()


@needs_browser
@pytest.mark.parametrize(("language", "dark"), [("zh-CN", False), ("en-US", True)])
def test_the_place_for_files_fits_a_phone(page_url: str, visit: Open, language: str, dark: bool) -> None:
    page = visit(page_url, language, 360, dark)
    page.locator("#wb-uploaded .wb-note").wait_for()
    assert "20 MB" in page.locator("#wb-uploaded").inner_text()
    assert page.locator("#wb-upload").is_visible() and overflow(page) <= 0
