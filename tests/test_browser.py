"""The served page in a real Chromium, and its API through gradio_client. Nothing may leave 127.0.0.1."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from qa.benchmark.chat.payloads import XSS_PAYLOADS
from tests.browsing import Open, ask, brightness, needs_browser, overflow, squeezed
from tests.serving import ROOT, served

QUESTION = "丰门街道总工会上半年举办了多少场职工服务活动?"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:websockets", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def page_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the server runs."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="module")
def page_url(page_folder: Path) -> Iterator[str]:
    """`python app.py` as a newcomer runs it: no index yet, so it indexes seeds/ first."""
    index = page_folder / "index"
    with served([str(ROOT / "app.py"), "--port", "0"], index) as url:
        yield url


# ---- asking and reading -------------------------------------------------------------------------------------------


@needs_browser
def test_a_question_is_answered_with_a_citation_that_opens_the_highlighted_source(page_url: str, visit: Open) -> None:
    page = visit(page_url)
    ask(page, "奉化链式助学是什么")
    answer = page.locator(".wb-text").inner_text()
    assert "链式助学" in answer
    page.locator(".wb-text .wb-cite").first.click()
    marked = page.locator("#wb-pane mark.wb-cited")
    marked.first.wait_for()
    assert squeezed("".join(marked.all_inner_texts()))[:20] in squeezed(answer)
    assert re.search(r"00\d_\w+\.txt · 第 \d+(–\d+)? 行", page.locator("#wb-pane .wb-file").inner_text())
    assert marked.first.is_visible()


@needs_browser
def test_the_untouched_page_shows_the_same_words_of_the_file(page_url: str, visit: Open) -> None:
    page = visit(page_url)
    ask(page, QUESTION)
    page.locator("#wb-pane mark.wb-cited").first.wait_for()
    in_article = squeezed("".join(page.locator("#wb-pane mark.wb-cited").all_inner_texts()))
    page.locator("#wb-pane .wb-view").nth(1).click()
    page.locator("#wb-pane ol.wb-page").wait_for()
    assert squeezed("".join(page.locator("#wb-pane mark.wb-cited").all_inner_texts())) == in_article
    source = page.locator("#wb-pane .wb-file").inner_text().split(" ")[0]
    line = page.locator("#wb-pane ol.wb-page li", has=page.locator("mark.wb-cited")).first
    number = int(line.get_attribute("value"))
    text = (ROOT / "seeds" / source).read_text(encoding="utf-8-sig").splitlines()[number - 1]
    assert squeezed(line.inner_text()) == squeezed(text)


CLOSED_EARLY = """() => {
  const fetch = window.fetch;
  window.fetch = (...request) => {
    const url = request[0].url || String(request[0]);
    if (!url.includes("queue/data")) return fetch(...request);
    window.fetch = fetch;
    const closed = 'data: {"msg": "close_stream", "event_id": null}\\n\\n';
    return Promise.resolve(new Response(closed, { headers: { "content-type": "text/event-stream" } }));
  };
}"""


@needs_browser
def test_an_answer_whose_stream_was_closed_too_early_still_comes(page_url: str, visit: Open) -> None:
    page = visit(page_url)
    page.wait_for_timeout(3000)  # nothing else is on its way that could bring the answer
    page.evaluate(CLOSED_EARLY)
    ask(page, QUESTION)
    assert "1806" in page.locator(".wb-text").inner_text()


@needs_browser
def test_the_example_questions_of_the_page_are_answered(page_url: str, visit: Open) -> None:
    page = visit(page_url)
    page.locator(".wb-idea").first.wait_for()
    question = page.locator(".wb-idea").first.inner_text()
    page.locator(".wb-idea").first.click()
    page.locator(".wb-answer.wb-answered").wait_for()
    assert question in page.locator(".wb-question").inner_text()
    assert page.locator(".wb-text .wb-cite").count() >= 1


@needs_browser
def test_what_the_pages_do_not_say_looks_different_and_offers_the_nearest(page_url: str, visit: Open) -> None:
    page = visit(page_url)
    ask(page, "火星移民局局长叫什么名字?")
    refused = page.locator(".wb-answer.wb-not_found")
    assert "没有找到" in refused.inner_text()
    assert page.locator(".wb-text").count() == 0
    assert refused.evaluate("e => getComputedStyle(e).borderLeftStyle") == "double"
    refused.locator(".wb-hit").first.click()
    page.locator("#wb-pane mark.wb-cited").first.wait_for()


@needs_browser
def test_a_question_that_is_too_long_gets_a_sentence(page_url: str, visit: Open) -> None:
    page = visit(page_url)
    page.fill("#wb-question textarea", "长" * 2001)
    page.locator("#wb-send").click()
    assert "2001" in page.locator(".wb-notice").inner_text()


@needs_browser
def test_a_turn_can_be_copied_edited_retried_and_cleared(page_url: str, visit: Open) -> None:
    page = visit(page_url)
    ask(page, QUESTION)
    page.locator(".wb-turn .wb-copy").first.click()
    page.locator(".wb-turn .wb-copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith(QUESTION + "\n")
    page.locator(".wb-turn-tool").nth(0).click()
    page.wait_for_selector(".wb-copied", state="detached")  # the turn is drawn anew
    page.wait_for_selector(".wb-reading", state="detached")
    assert page.locator(".wb-turn").count() == 1
    page.locator(".wb-turn-tool").nth(1).click()
    page.wait_for_selector(".wb-turn", state="detached")
    assert page.input_value("#wb-question textarea") == QUESTION
    page.press("#wb-question textarea", "Enter")
    page.locator(".wb-text").wait_for()
    page.locator("#wb-new").click()
    page.wait_for_selector(".wb-turn", state="detached")


@needs_browser
def test_articles_are_browsed_and_passages_searched_without_a_question(page_url: str, visit: Open) -> None:
    page = visit(page_url)
    page.get_by_role("tab").nth(1).click()
    headline = page.locator(".wb-contents .wb-headline").first
    title = headline.inner_text()
    headline.click()
    page.locator("#wb-pane .wb-article").wait_for()
    assert squeezed(title) in squeezed(page.locator("#wb-pane .wb-article").inner_text())
    page.fill("#wb-query textarea, #wb-query input", "链式助学")
    page.press("#wb-query textarea, #wb-query input", "Enter")
    page.locator(".wb-found .wb-hit").first.click()
    page.locator("#wb-pane mark.wb-cited").first.wait_for()
    page.locator(".wb-contents .wb-link").first.click()
    page.locator("#wb-pane ol.wb-page li.wb-a0").first.wait_for()
    assert page.locator("#wb-pane ol.wb-page li.wb-a1").count() > 0


@needs_browser
def test_everything_works_from_the_keyboard(page_url: str, visit: Open) -> None:
    page = visit(page_url)
    page.locator("#wb-question textarea").focus()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".wb-text .wb-cite").first.wait_for()
    page.locator(".wb-text .wb-cite").first.focus()
    page.keyboard.press("Enter")
    page.locator("#wb-pane mark.wb-cited").first.wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@needs_browser
def test_conversations_stay_in_the_browser_until_they_are_deleted(page_url: str, visit: Open) -> None:
    page = visit(page_url)
    ask(page, QUESTION)
    ask(page, "火星移民局局长叫什么名字?")
    page.reload()
    page.get_by_role("tab").nth(2).click()
    page.locator(".wb-history .wb-headline").click()
    page.locator(".wb-turn").nth(1).wait_for()
    assert "1806" in page.locator(".wb-text").inner_text()
    page.locator(".wb-text .wb-cite").first.click()
    page.locator("#wb-pane mark.wb-cited").first.wait_for()
    page.get_by_role("tab").nth(2).click()
    page.once("dialog", lambda dialog: dialog.accept("助学"))
    page.locator(".wb-history .wb-link").nth(0).click()
    assert page.locator(".wb-history .wb-headline").inner_text() == "助学"
    texts = []
    for button in (2, 3):
        with page.expect_download() as download:
            page.locator(".wb-history .wb-link").nth(button).click()
        texts.append(Path(download.value.path()).read_text(encoding="utf-8"))
    assert texts[0].startswith(f"## {QUESTION}") and "\n> " in texts[0]
    records = json.loads(texts[1])
    assert [record["status"] for record in records][1] == "not_found" and records[0]["citations"][0]["spans"]
    page.locator(".wb-history .wb-link").nth(1).click()
    assert page.locator(".wb-history .wb-headline").count() == 0


@needs_browser
def test_a_verdict_becomes_a_line_of_the_feedback_file(page_url: str, visit: Open, page_folder: Path) -> None:
    page = visit(page_url)
    ask(page, QUESTION)
    page.locator(".wb-judge").first.click()
    page.wait_for_timeout(500)
    ask(page, "“中国鞋都”是哪里?")
    page.once("dialog", lambda dialog: dialog.accept("太长"))
    page.locator(".wb-judge").last.click()
    page.wait_for_timeout(500)
    (line,) = (page_folder / "feedback.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["question"] == QUESTION
    assert "太长" in (page_folder / "feedback-open.jsonl").read_text(encoding="utf-8")


# ---- languages, sizes, colours --------------------------------------------------------------------------------------


@needs_browser
def test_an_english_reader_sees_no_chinese_of_ours(page_url: str, visit: Open) -> None:
    page = visit(page_url, "en-US")
    page.wait_for_selector("html[lang='en']")
    assert page.locator("#wb-send").inner_text() == "Ask"
    assert page.get_by_role("tab").all_inner_texts() == ["Ask", "Browse", "Earlier"]
    assert "5 pages" in page.locator(".wb-mast").inner_text()
    ask(page, "What is the chain-style schooling policy of Fenghua?")
    labels = page.locator(".wb-label, .wb-tools, .wb-confidence, .wb-status, .wb-view, .wb-note").all_inner_texts()
    assert not re.search("[\u4e00-\u9fff]", " ".join(labels)), labels


@needs_browser
def test_the_language_switch_changes_every_label_and_is_remembered(page_url: str, visit: Open) -> None:
    page = visit(page_url)
    ask(page, QUESTION)
    page.locator("#wb-language label").nth(1).click()
    page.wait_for_selector("html[lang='zh-Hant']")
    assert page.locator("#wb-send").inner_text() == "提問"
    assert "修改問題" in page.locator(".wb-tools").first.inner_text()
    page.reload()
    page.wait_for_selector("html[lang='zh-Hant']")


@needs_browser
@pytest.mark.parametrize(("language", "dark"), [("zh-CN", False), ("en-US", True)])
def test_a_phone_needs_no_sideways_scrolling(page_url: str, visit: Open, language: str, dark: bool) -> None:
    page = visit(page_url, language, 360, dark)
    assert overflow(page) <= 0
    ask(page, QUESTION)
    page.locator("#wb-pane mark.wb-cited").first.wait_for()
    assert overflow(page) <= 0
    page.locator("#wb-pane .wb-view").nth(1).click()
    page.locator("#wb-pane ol.wb-page").wait_for()
    assert overflow(page) <= 0
    answer, pane = page.locator(".wb-text").bounding_box(), page.locator("#wb-pane").bounding_box()
    assert pane["y"] >= answer["y"] + answer["height"], "the source stands under the answer"


@needs_browser
def test_dark_and_light_follow_the_system_and_the_switch_is_remembered(page_url: str, visit: Open) -> None:
    page = visit(page_url, dark=True)
    assert brightness(page) < 200
    page.locator(".wb-theme").click()
    assert brightness(page) > 600
    page.reload()
    page.wait_for_selector(".wb-mast")
    page.wait_for_timeout(700)
    assert brightness(page) > 600


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, fetched by npm into a temporary folder."""
    npm, folder = shutil.which("npm"), tmp_path_factory.mktemp("axe")
    if npm is None:
        pytest.skip("npm is not installed, so axe-core cannot be had")
    pack = subprocess.run([npm, "pack", "axe-core@4"], cwd=folder, capture_output=True, text=True, timeout=60)
    if pack.returncode:
        pytest.skip("axe-core cannot be fetched: no npm registry is reachable")
    with tarfile.open(folder / pack.stdout.split()[-1]) as package:
        member = package.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


@needs_browser
@pytest.mark.parametrize(("language", "dark"), [("zh-CN", False), ("en-US", True)])
def test_axe_finds_nothing_serious(page_url: str, visit: Open, axe: str, language: str, dark: bool) -> None:
    page = visit(page_url, language, dark=dark)
    ask(page, QUESTION)
    ask(page, "火星移民局局长叫什么名字?")
    found = []
    for tab in (0, 1, 2):
        page.get_by_role("tab").nth(tab).click()
        page.wait_for_timeout(500)
        page.evaluate(axe)
        result = page.evaluate("axe.run()")
        assert len(result["passes"]) > 20
        found += [(tab, v["impact"], v["id"]) for v in result["violations"] if v["impact"] in ("serious", "critical")]
    assert found == []


# ---- safety ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page whose articles are full of markup, in the headline, in the text and in the file name."""
    folder = tmp_path_factory.mktemp("hostile")
    body = "\n\n".join(f"第{n}号告示写着{payload}这些字,供读者辨认。" for n, payload in enumerate(XSS_PAYLOADS, 1))
    name = "<img src=x onerror=window.pwned=1>.txt"
    (folder / name).write_text(f"# 告示<script>window.pwned=1</script>大全\n\n本报讯 {body}\n", encoding="utf-8")
    index = folder / "index"
    code = "import sys; from qa import chat; from qa.archive import Archive;"
    code += "chat.serve(Archive.build([sys.argv[1]], sys.argv[2]), port=0, uploads=True)"
    with served(["-c", code, str(folder / name), str(index)], index) as url:
        yield url


@needs_browser
def test_hostile_pages_are_shown_letter_for_letter_and_run_nothing(hostile_url: str, visit: Open) -> None:
    from qa.render import visible

    page = visit(hostile_url)
    page.get_by_role("tab").nth(1).click()
    page.locator(".wb-contents .wb-link").first.click()
    page.locator("#wb-pane ol.wb-page").wait_for()
    shown = squeezed(page.locator("#wb-pane").inner_text())
    missing = [payload for payload in XSS_PAYLOADS if squeezed(visible(payload)) not in shown]
    assert missing == []
    assert page.evaluate("window.pwned") is None
    dangerous = "script, img, iframe, form, a[href], svg, object, embed, video, audio, link, style, input"
    assert page.locator("#wb-pane").locator(dangerous).count() == 0


@needs_browser
def test_hostile_questions_are_shown_letter_for_letter(hostile_url: str, visit: Open) -> None:
    from qa.render import visible

    page = visit(hostile_url)
    for number, payload in enumerate(XSS_PAYLOADS[::5]):
        page.fill("#wb-question textarea", payload)
        page.locator("#wb-send").click()
        page.locator(".wb-answer").nth(number).wait_for()
        assert squeezed(visible(payload)) in squeezed(page.locator("#wb-conversation").inner_text())
    assert page.evaluate("window.pwned") is None


# ---- the API --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(page_url: str) -> Any:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    gradio_client = pytest.importorskip("gradio_client")
    return gradio_client.Client(page_url, verbose=False)


def test_programs_ask_search_and_read_sources(client: Any) -> None:
    answer = client.predict("奉化链式助学是什么", api_name="/ask")
    assert answer["status"] == "answered" and "链式助学" in answer["answer"]
    citation = answer["citations"][0]
    text = (ROOT / "seeds" / citation["source"]).read_text(encoding="utf-8-sig")
    assert squeezed("".join(text[a:b] for a, b in citation["spans"])) == squeezed(citation["quote"])
    hits = client.predict("链式助学", 3, "sparse", api_name="/search")
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    lines = client.predict(citation["source"], *citation["lines"], api_name="/show_source")
    assert squeezed(citation["quote"])[:12] in squeezed(lines)


def test_a_follow_up_over_the_api_uses_the_history(client: Any) -> None:
    answer = client.predict("它圆了谁的团聚梦?", ["奉化链式助学是什么"], api_name="/ask")
    assert answer["question"] == "它圆了谁的团聚梦?"
    assert set(answer) >= {"understood_as", "status", "citations", "passages", "missing", "timings_ms"}


@pytest.mark.parametrize(
    ("arguments", "name", "words"),
    [
        (("",), "/ask", "question"),
        (("长" * 10_001,), "/ask", "10001"),
        (("x", 3, "fast"), "/search", "hybrid"),
        (("../etc/passwd",), "/show_source", "passwd"),
    ],
)
def test_the_api_refuses_with_one_sentence(client: Any, arguments: tuple[Any, ...], name: str, words: str) -> None:
    with pytest.raises(Exception, match=words) as refused:
        client.predict(*arguments, api_name=name)
    assert "Traceback" not in str(refused.value)


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_examples_for_programs_in_the_readme_run(page_url: str, client: Any, name: str) -> None:
    readme = (ROOT / name).read_text(encoding="utf-8")
    (example,) = re.findall(r"```py\n(.*?)```", readme, re.DOTALL)
    values: dict[str, Any] = {}
    exec(compile(example.replace("http://127.0.0.1:7860/", page_url), name, "exec"), values)
    assert values["answer"]["status"] == "answered" and len(values["hits"]) == 3
    assert "链式助学" in values["lines"]
    (settings,) = re.findall(r"```json\n(.*?)```", readme, re.DOTALL)
    address = json.loads(settings)["mcpServers"]["wenbao"]["url"].replace("http://127.0.0.1:7860/", page_url)
    assert [tool for tool in tools_at(address) if tool == "ask"]


def tools_at(address: str) -> list[str]:
    """The names of the tools that an MCP server offers."""
    mcp = pytest.importorskip("mcp")
    from mcp.client import streamable_http

    connect = getattr(streamable_http, "streamable_http_client", None) or streamable_http.streamablehttp_client

    async def talk() -> list[str]:
        async with connect(address) as (reader, writer, _), mcp.ClientSession(reader, writer) as session:
            await session.initialize()
            return [tool.name for tool in (await session.list_tools()).tools]

    with ThreadPoolExecutor(1) as other_thread:  # the browser's own loop runs in this one
        return other_thread.submit(asyncio.run, talk()).result(60)


def test_only_the_three_endpoints_are_offered(client: Any) -> None:
    offered = client.view_api(return_format="dict", print_info=False)
    assert sorted(offered["named_endpoints"]) == ["/ask", "/search", "/show_source"]


def test_assistants_find_the_same_three_as_tools_and_get_the_same_record(page_url: str, client: Any) -> None:
    mcp = pytest.importorskip("mcp")
    from mcp.client import streamable_http

    connect = getattr(streamable_http, "streamable_http_client", None) or streamable_http.streamablehttp_client

    async def talk() -> tuple[list[str], Any, Any]:
        async with (
            connect(f"{page_url}gradio_api/mcp/") as (reader, writer, _),
            mcp.ClientSession(reader, writer) as session,
        ):
            await session.initialize()
            tools = await session.list_tools()
            answer = await session.call_tool("ask", {"question": "奉化链式助学是什么"})
            refused = await session.call_tool("ask", {"question": " "})
            return [tool.name for tool in tools.tools if "newspaper page" in tool.description], answer, refused

    with ThreadPoolExecutor(1) as other_thread:  # the browser's own loop runs in this one
        names, answer, refused = other_thread.submit(asyncio.run, talk()).result(60)
    assert names == ["ask", "search", "show_source"]
    same = client.predict("奉化链式助学是什么", api_name="/ask")
    assert {**json.loads(answer.content[0].text), "timings_ms": 0} == {**same, "timings_ms": 0}
    assert refused.isError and "write a question" in refused.content[0].text


# ---- app.py ---------------------------------------------------------------------------------------------------------


def test_a_port_in_use_ends_with_one_sentence(page_url: str, seeds_index: Path) -> None:
    port = page_url.rstrip("/").rsplit(":", 1)[1]
    environment = {**os.environ, "QA_INDEX": str(seeds_index)}
    run = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "--port", port],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("wenbao: Port") and run.stderr.count("\n") == 1
