"""The chat page without a browser: its guard, its port, its handlers, its examples, its HTML."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from qa.benchmark.chat.payloads import XSS_PAYLOADS
from qa.chat import view
from qa.chat.examples import POOL, Example, Examples, candidates, one_of_each, questions_of
from qa.chat.guard import LOGINS, MAX_BODY, Guard
from qa.chat.handlers import KEPT, MAX_QUESTION, STORIES, Handlers
from qa.chat.records import MAX_COMMENT, MAX_FILE, Verdicts
from qa.chat.server import ENDPOINTS, listen
from qa.chat.service import MAX_API_QUESTION, Service
from qa.collation import Collation, collate
from qa.datatypes import Answer, Article, Citation, Fact, Hit, Page, Paragraph, Passage, Witness
from qa.errors import InputError
from qa.render import answer_text, say

ROOT = Path(__file__).resolve().parent.parent

# ---- the guard ------------------------------------------------------------------------------------------------


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Reads the whole body, then answers 200 with the headers of a careless server and what it was sent."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    names = b",".join(name for name, _ in scope["headers"])
    careless = [(b"access-control-allow-origin", b"*"), (b"server", b"uvicorn"), (b"x-seen", names)]
    await send({"type": "http.response.start", "status": 200, "headers": careless})
    await send({"type": "http.response.body", "body": body})


async def patient(scope: Any, receive: Any, send: Any) -> None:
    """As frameworks do: turns whatever goes wrong while the body is read into its own answer."""
    try:
        await echo(scope, receive, send)
    except Exception:
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def call(
    guard: Guard, path: str, method: str = "GET", body: Sequence[bytes] = (b"",), **headers: str
) -> tuple[int, dict[str, str]]:
    """Status and headers of one request to `guard`."""
    sent: list[Any] = []
    parts = [{"type": "http.request", "body": part, "more_body": i < len(body) - 1} for i, part in enumerate(body)]

    async def receive() -> Any:
        return parts.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = {"host": "127.0.0.1:7860", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in pairs.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw, "client": ("10.0.0.9", 1)}
    asyncio.run(guard(scope, receive, send))
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


GUARD = Guard(echo, hosts=frozenset({"press.example"}), api=ENDPOINTS)
NEEDED = [
    "/",
    "/config",
    "/theme.css",
    "/favicon.ico",
    "/assets/index-Dph_1.js",
    "/static/js/iframeResizer.contentWindow.min.js",
    "/gradio_api/info",
    "/gradio_api/queue/data",
    "/gradio_api/heartbeat/abc123",
    "/gradio_api/call/ask/0f3",
    "/gradio_api/call/search/0f3",
    "/gradio_api/startup-events",
    "/manifest.json",
]
CLOSED = [
    "/gradio_api/upload",
    "/upload",
    "/gradio_api/upload_progress",
    "/gradio_api/file=/etc/passwd",
    "/file=/etc/passwd",
    "/gradio_api/file=https://evil.example/x",
    "/gradio_api/file/x",
    "/gradio_api/proxy=https://evil.example/",
    "/proxy=http://169.254.169.254/",
    "/gradio_api/stream/a/b/c/playlist.m3u8",
    "/gradio_api/run/ask",
    "/run/predict",
    "/gradio_api/run/predict",
    "/api/predict",
    "/gradio_api/component_server",
    "/gradio_api/reset",
    "/gradio_api/deep_link",
    "/gradio_api/process_recording",
    "/gradio_api/vibe-editor",
    "/gradio_api/vibe-code",
    "/gradio_api/vibe-starter-queries",
    "/monitoring",
    "/gradio_api/monitoring",
    "/monitoring/summary",
    "/gradio_api/monitoring/summary",
    "/openapi.json",
    "/gradio_api/openapi.json",
    "/docs",
    "/redoc",
    "/logout",
    "/gradio_api/runs",
    "/runs",
    "/gradio_api/call/opened",
    "/gradio_api/call/speak/1",
    "/gradio_api/mcp",
    "/gradio_api/mcp/sse",
    "/gradio_api/mcp/http",
    "/dev/reload",
    "/assets/../../etc/passwd",
    "/static/..%2f..%2fetc/passwd",
    "/assets//etc/passwd",
    "/static/\\..\\secret",
    "/.env",
    "/.git/config",
    "/custom_component/x/y/z",
    "/gradio_api/custom_component/1/client/component/index.js",
    "/robots.txt/../config",
    "/login/callback",
    "/gradio_api/heartbeat/../../config",
    "/gradio_api/cancel",
    "/gradio_api/queue/join",
    "/login",
]


@pytest.mark.parametrize("path", NEEDED)
def test_the_routes_the_page_needs_are_open(path: str) -> None:
    assert call(GUARD, path)[0] == 200


@pytest.mark.parametrize("path", CLOSED)
def test_every_other_route_is_not_found(path: str) -> None:
    assert call(GUARD, path)[0] == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get"])
def test_other_methods_are_not_found(method: str) -> None:
    assert call(GUARD, "/", method)[0] == 404


@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/call/ask", "/gradio_api/cancel"])
def test_the_page_and_programs_may_post(path: str) -> None:
    assert call(GUARD, path, "POST", origin="http://127.0.0.1:7860", sec_fetch_site="same-origin")[0] == 200
    assert call(GUARD, path, "POST")[0] == 200


@pytest.mark.parametrize(
    "path", ["/gradio_api/upload", "/gradio_api/run/ask", "/gradio_api/call/opened", "/", "/config"]
)
def test_nothing_else_may_be_posted_to(path: str) -> None:
    assert call(GUARD, path, "POST")[0] == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://127.0.0.1:7860.evil.example"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_another_site_may_not_post(headers: dict[str, str]) -> None:
    assert call(GUARD, "/gradio_api/queue/join", "POST", **headers)[0] == 403


@pytest.mark.parametrize(
    "host", ["127.0.0.1:7860", "localhost", "[::1]:7860", "192.168.1.7:80", "press.example:443", "PRESS.EXAMPLE"]
)
def test_the_server_answers_to_addresses_and_its_own_names(host: str) -> None:
    assert call(GUARD, "/", host=host)[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "", "127.0.0.1.evil.example", "localhost.evil.example", "a b", "[::1", "user@evil.example"]
)
def test_a_name_that_was_pointed_at_us_is_refused(host: str) -> None:
    assert call(GUARD, "/", host=host)[0] == 403


def test_a_large_body_is_refused_by_its_length_and_by_counting() -> None:
    post = {"path": "/gradio_api/queue/join", "method": "POST"}
    assert call(GUARD, **post, content_length=str(MAX_BODY + 1))[0] == 413
    assert call(GUARD, **post, content_length="-1")[0] == 413
    assert call(GUARD, **post, content_length="9" * 400)[0] == 413
    assert call(Guard(patient), **post, body=[b"x" * 400_000] * 3)[0] == 413
    assert call(GUARD, **post, body=[b"x" * 300_000] * 3)[0] == 200


def test_every_answer_carries_the_strict_headers_and_none_that_open_it() -> None:
    for path in ("/", "/nowhere"):
        headers = call(GUARD, path)[1]
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe-eval" not in policy
        assert not re.search(r"https?:|\*", policy)
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers and "server" not in headers


def test_headers_of_proxies_that_anybody_can_send_do_not_reach_gradio() -> None:
    seen = call(
        GUARD, "/", x_forwarded_host="evil.example", x_forwarded_for="1.2.3.4", forwarded="host=evil", accept="*/*"
    )
    assert seen[1]["x-seen"] == "host,accept"


def test_guessing_passwords_is_slowed_down() -> None:
    guard = Guard(echo)
    statuses = [call(guard, "/login", "POST")[0] for _ in range(LOGINS + 3)]
    assert statuses == [200] * LOGINS + [429] * 3


def test_tools_for_assistants_are_reached_only_where_they_are_offered() -> None:
    guard = Guard(echo, open_paths=("/gradio_api/mcp",))
    assert [call(guard, path, "POST")[0] for path in ("/gradio_api/mcp", "/gradio_api/mcp/")] == [200, 200]
    assert [call(guard, path)[0] for path in ("/gradio_api/mcpx", "/gradio_api/mcp/../upload")] == [404, 404]
    assert call(guard, "/gradio_api/mcp/", "POST", origin="https://evil.example")[0] == 403


def test_web_sockets_are_not_answered() -> None:
    async def never(*_: Any) -> Any:
        raise AssertionError("nothing may be passed on")

    asyncio.run(Guard(never)({"type": "websocket", "path": "/"}, never, never))


# ---- the port ---------------------------------------------------------------------------------------------------


def test_a_port_in_use_is_one_clear_sentence_and_never_another_port() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(InputError, match=rf"Port {port} on 127\.0\.0\.1 is in use.*--port"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("no.such.host.invalid", 1, "no.such.host.invalid"),
        ("127.0.0.1", 70000, "1 to 65535"),
        ("127.0.0.1", -1, "1 to 65535"),
        ("203.0.113.9", 0, "cannot be opened"),
        ("a" * 70, 0, "no address"),
    ],
)
def test_a_place_that_cannot_be_had_is_one_clear_sentence(host: str, port: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        listen(host, port)


def test_port_zero_is_any_free_port() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0


def test_importing_the_chat_package_does_not_import_gradio() -> None:
    code = "import sys, qa.chat; print('gradio' in sys.modules, 'uvicorn' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False False"


# ---- a small archive, so that every answer is known ----------------------------------------------------------------

TEXT = "副刊\n\n“桥头市集”开张\n\n记者李四报道 “桥头市集”每周六开放,共有12个摊位。\n\n“桥头市集”由村委会管理。\n"


def traced(words: str) -> tuple[tuple[int, int], ...]:
    at = TEXT.index(words)
    return ((at, at + len(words)),)


HEAD, FIRST, SECOND = "“桥头市集”开张", "“桥头市集”每周六开放,共有12个摊位。", "“桥头市集”由村委会管理。"
MARKET = Article(
    "a.txt",
    HEAD,
    (Paragraph(HEAD, traced(HEAD), "headline"), Paragraph(FIRST, traced(FIRST)), Paragraph(SECOND, traced(SECOND))),
    section="副刊",
    byline="记者李四",
    facts=(Fact("reporter", "李四", 5, 1.0),),
)
WITNESS = Witness("b.txt", (1, 1), ((0, 22),), "“桥头市集”每周日开放,共有12个摊位。")
CITATIONS = (
    Citation(1, "a.txt", HEAD, (5, 5), traced(FIRST), FIRST, (WITNESS,)),
    Citation(2, "a.txt", HEAD, (7, 7), traced(SECOND), SECOND),
)


class SmallArchive:
    """One page, one article. Every question with 市集 in it is answered, 坏 goes wrong, nothing else is found."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, ...], Any]] = []

    def ask(self, question: str, history: Sequence[str] = (), k: int = 5, sources: Any = None) -> Answer:
        self.asked.append((question, tuple(history), sources))
        if "坏" in question:
            raise RuntimeError("a defect") if "很坏" in question else InputError("That question is refused.")
        if "市集" in question or "李四" in question or HEAD in question:
            return Answer(question, question, "answered", FIRST + SECOND, "12个", 0.9, CITATIONS)
        return Answer(question, question, "not_found", passages=tuple(self.search(question)), missing=("火星",))

    def search(self, query: str, k: int = 5, mode: str = "hybrid", sources: Any = None) -> list[Hit]:
        return [Hit(Passage(SECOND, traced(SECOND), 0, "a.txt", HEAD, lines=(7, 7)), 1.0, 1)]

    def sources(self) -> list[str]:
        return ["a.txt"]

    def page(self, source: str) -> Page:
        if source != "a.txt":
            raise InputError(f"There is no page {source!r} in the index.")
        return Page("a.txt", TEXT)

    def articles(self, source: str | None = None) -> list[Article]:
        return [MARKET]

    def collate(self, article: Article) -> Collation:
        return collate(article, TEXT, [])

    def status(self) -> dict[str, Any]:
        return {"pages": 1, "articles": 1, "passages": 2}


@pytest.fixture
def small() -> SmallArchive:
    return SmallArchive()


@pytest.fixture
def handlers(small: SmallArchive) -> Handlers:
    examples = Examples(small)  # type: ignore[arg-type]
    examples.fill()
    small.asked.clear()
    return Handlers(small, examples)  # type: ignore[arg-type]


def last(turns: Iterator[Any]) -> Any:
    return list(turns)[-1]


def commands(html: str, name: str) -> list[Any]:
    return [json.loads(unescape(v)) for v in re.findall(rf'<button[^>]*class="{name}[^"]*" value="([^"]*)"', html)]


class SlowArchive(SmallArchive):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def ask(self, question: str, history: Sequence[str] = (), k: int = 5, sources: Any = None) -> Answer:
        assert self.go.wait(30)
        return super().ask(question, history, k, sources)


def test_a_question_that_takes_longer_stands_on_the_page_while_it_is_answered(handlers: Handlers) -> None:
    slow = SlowArchive()
    turns = replace(handlers, archive=slow, patience=0.01).ask(" 市集几时开? ", (), [], "zh-Hans")  # type: ignore[arg-type]
    first = next(turns)
    assert "市集几时开?" in first[0] and say("reading") in first[0] and first[2] == ""
    slow.go.set()
    (second,) = turns
    assert FIRST in unescape(second[0]) and say("reading") not in second[0]


def test_a_quick_answer_comes_at_once_with_its_first_source(handlers: Handlers) -> None:
    (second,) = replace(handlers, patience=30).ask(" 市集几时开? ", (), [], "zh-Hans")
    assert second[2] == ""
    assert FIRST in unescape(second[0]) and len(second[1]) == 1
    assert '<mark class="wb-cited">' + FIRST in unescape(second[3])


def test_earlier_questions_and_the_source_filter_reach_the_archive(handlers: Handlers, small: SmallArchive) -> None:
    answers = last(handlers.ask("市集几时开?", (), [], "en"))[1]
    last(handlers.ask("市集谁管?", answers, ["a.txt"], "en"))
    assert small.asked == [("市集几时开?", (), None), ("市集谁管?", ("市集几时开?",), ["a.txt"])]


@pytest.mark.parametrize("question", ["", "  \n ", "\u3000"])
def test_an_empty_question_is_not_asked(question: str, handlers: Handlers, small: SmallArchive) -> None:
    shown = last(handlers.ask(question, (), [], "en"))[0]
    assert say("empty_question", "en") in shown and small.asked == []


def test_a_question_over_the_limit_is_refused_with_both_numbers(handlers: Handlers, small: SmallArchive) -> None:
    shown = last(handlers.ask("长" * (MAX_QUESTION + 1), (), [], "zh-Hans"))[0]
    assert "2001" in shown and "2000" in shown and small.asked == []
    assert len(last(handlers.ask("市" * MAX_QUESTION, (), [], "zh-Hans"))[1]) == 1


def test_an_error_keeps_the_question_and_shows_a_sentence_without_a_traceback(handlers: Handlers) -> None:
    for question, words in (("坏", "That question is refused."), ("很坏", say("failed", "en"))):
        shown, answers, box, _ = last(handlers.ask(question, (), [], "en"))
        assert words in shown and box == question and answers == ()
        assert "Traceback" not in shown and "defect" not in shown


def test_not_found_looks_different_and_offers_the_nearest_passages(handlers: Handlers) -> None:
    shown = last(handlers.ask("谁去了那里?", (), [], "zh-Hans"))[0]
    assert 'class="wb-answer wb-not_found"' in shown and say("nearest") in shown
    assert commands(shown, "wb-hit") == [["at", "a.txt", [list(traced(SECOND)[0])]]]


def test_a_conversation_keeps_its_last_turns_only(handlers: Handlers) -> None:
    answers: Any = (Answer("旧", "旧", "answered", "旧"),) * KEPT
    answers = last(handlers.ask("市集?", answers, [], "en"))[1]
    assert len(answers) == KEPT and answers[-1].question == "市集?"


def test_retry_asks_again_and_edit_gives_the_question_back(handlers: Handlers, small: SmallArchive) -> None:
    answers = last(handlers.ask("市集一?", (), [], "en"))[1]
    answers = last(handlers.ask("市集二?", answers, [], "en"))[1]
    retried = last(handlers.redo('["retry", 0]', answers, [], "en"))
    assert [a.question for a in retried[1]] == ["市集一?"] and small.asked[-1][:2] == ("市集一?", ())
    edited = last(handlers.redo('["edit", 1]', answers, [], "en"))
    assert [a.question for a in edited[1]] == ["市集一?"] and edited[2] == "市集二?"


@pytest.mark.parametrize(
    "command",
    ["", "x", "{}", "[]", "[1,2,3]", '["retry"]', '["retry", 9]', '["edit", -1]', '["edit","0"]', "[" * 99999],
)
def test_a_forged_command_changes_nothing(command: str, handlers: Handlers) -> None:
    answers = last(handlers.ask("市集?", (), [], "en"))[1]
    assert list(handlers.redo(command, answers, [], "en")) == []


def test_clicking_a_number_opens_the_article_at_the_cited_words(handlers: Handlers) -> None:
    answers = last(handlers.ask("市集?", (), [], "zh-Hans"))[1]
    pane = unescape(handlers.open('["cite", 0, 2]', answers, "zh-Hans") or "")
    assert f'<mark class="wb-cited">{SECOND}</mark>' in pane
    assert HEAD in pane and "副刊" in pane and "a.txt · 第 7 行" in pane


def test_the_untouched_page_is_one_click_away(handlers: Handlers) -> None:
    answers = last(handlers.ask("市集?", (), [], "zh-Hans"))[1]
    pane = handlers.open('["cite", 0, 1]', answers, "zh-Hans") or ""
    assert ["cite", 0, 1, "page"] in commands(pane, "wb-open wb-view")
    whole = handlers.open('["cite", 0, 1, "page"]', answers, "zh-Hans") or ""
    assert whole.count("<li class=") >= TEXT.count("\n") and FIRST in unescape(whole)


def test_a_story_is_merged_once_however_often_it_is_opened(handlers: Handlers, small: SmallArchive) -> None:
    merged: list[str] = []

    def collate_noted(article: Article) -> Collation:
        merged.append(article.source)
        return collate(article, TEXT, [])

    small.collate = collate_noted  # type: ignore[method-assign]
    for _ in range(3):
        assert handlers.placed("a.txt", [(0, 3)], "article", "en")
        assert handlers.placed("a.txt", CITATIONS[0].spans, "article", "en")
    assert merged == ["a.txt"]
    for number in range(200):
        handlers.merged(replace(MARKET, source=f"{number}.txt"))
    assert 0 < len(handlers.stories) <= STORIES and len(merged) == 201


def test_the_pane_steps_from_citation_to_citation(handlers: Handlers) -> None:
    answers = last(handlers.ask("市集?", (), [], "en"))[1]
    assert commands(handlers.open('["cite", 0, 1]', answers, "en") or "", "wb-open wb-step") == [
        ["cite", 0, 2, "article"]
    ]
    assert commands(handlers.open('["cite", 0, 2, "page"]', answers, "en") or "", "wb-open wb-step") == [
        ["cite", 0, 1, "page"]
    ]


def test_other_witnesses_stand_below_with_their_differences_and_every_way_to_cite(handlers: Handlers) -> None:
    pane = handlers.cited(last(handlers.ask("市集?", (), [], "en"))[1], 0, 1, "en")
    assert '每周<mark class="wb-differs">日</mark>开放' in pane and "b.txt line 1" in pane
    copied = [unescape(text) for text in re.findall(r'class="wb-copy wb-link" value="([^"]*)"', pane)]
    assert len(copied) == 3 and copied[0].startswith(FIRST) and copied[1].startswith("> ")
    assert copied[2] == f"李四. {HEAD}[N]. a.txt: 第 5 行."


@pytest.mark.parametrize(
    "command",
    [
        "",
        "[]",
        '["cite"]',
        '["cite", 0, 9]',
        '["cite", 7, 1]',
        '["cite", "0", "1"]',
        '["at"]',
        '["at", "nowhere.txt", []]',
        '["at", "../etc/passwd", []]',
        '["at", "a.txt", [["x", 1]]]',
        '["at", "a.txt", [[1]]]',
        '["at", "a.txt", 5]',
        '["at", null, null]',
    ],
)
def test_a_forged_place_opens_nothing(command: str, handlers: Handlers) -> None:
    answers = last(handlers.ask("市集?", (), [], "en"))[1]
    assert handlers.open(command, answers, "en") is None


def test_spans_outside_the_page_mark_nothing(handlers: Handlers) -> None:
    pane = handlers.open('["at", "a.txt", [[-5, -1], [900000, 900009]]]', (), "en")
    assert pane is not None and "<mark" not in pane


def test_contents_and_headlines_open_their_articles(handlers: Handlers) -> None:
    for html in (handlers.contents("a.txt", "en"), handlers.contents("gone.txt", "en"), handlers.front("en")):
        (command,) = commands(html, "wb-open wb-headline")
        assert HEAD in unescape(handlers.open(json.dumps(command), (), "en") or "")


def test_the_contents_name_every_block_of_lines_of_an_article(handlers: Handlers, small: SmallArchive) -> None:
    torn = Article("a.txt", HEAD, (Paragraph(HEAD, traced(HEAD), "headline"), Paragraph(SECOND, traced(SECOND))))
    small.articles = lambda source=None: [torn]  # type: ignore[method-assign]
    assert "第 3 行, 第 7 行" in handlers.contents("a.txt", "zh-Hans")
    small.articles = lambda source=None: [MARKET]  # type: ignore[method-assign]
    assert "第 3–7 行" in handlers.contents("a.txt", "zh-Hans")


def test_searching_needs_no_question(handlers: Handlers) -> None:
    assert SECOND in unescape(handlers.search("村委会", [], "zh-Hans"))
    assert handlers.search("  ", [], "zh-Hans") == ""
    assert "2000" in handlers.search("长" * 3000, [], "zh-Hans")


def test_no_html_of_the_page_holds_a_line_break(handlers: Handlers) -> None:
    answers = last(handlers.ask("市集?\n几时?", (), [], "zh-Hant"))[1]
    pane = handlers.open('["cite", 0, 1, "page"]', answers, "zh-Hant") or ""
    for html in (
        pane,
        handlers.talk(answers, "en"),
        handlers.contents("a.txt", "en"),
        handlers.front("en"),
        handlers.masthead("en"),
    ):
        assert html and "\n" not in html and "\r" not in html


@pytest.mark.parametrize("payload", XSS_PAYLOADS)
def test_a_hostile_question_becomes_no_tag(payload: str, handlers: Handlers) -> None:
    plain, hostile = (last(handlers.ask(q, (), [], "en"))[0] for q in ("谁?", payload))
    assert len(re.findall("<[a-z]", hostile)) == len(re.findall("<[a-z]", plain))


# ---- conversations that come back, and verdicts ---------------------------------------------------------------------


def kept_records(html: str) -> Any:
    return json.loads(unescape(re.findall(r'<span class="wb-record" title="([^"]*)"', html)[-1]))


def test_a_kept_conversation_comes_back_as_it_was(handlers: Handlers) -> None:
    answers = last(handlers.ask("市集?", (), [], "en"))[1]
    shown, answers = last(handlers.ask("谁?", answers, [], "en"))[:2]
    kept = kept_records(shown)
    assert kept["turn"] == 1 and kept["record"]["question"] == "谁?" and kept["markdown"].startswith("## 谁?")
    again, restored = handlers.restore(json.dumps([answer.to_dict() for answer in answers]), (), "en")
    assert [a.to_dict() for a in restored] == [a.to_dict() for a in answers]
    assert again == handlers.talk(answers, "en")


@pytest.mark.parametrize(
    "command",
    [
        "",
        "null",
        "{}",
        "[1]",
        "[{}]",
        "[" * 100_000,
        '[{"question": 1}]',
        '[{"question": "q", "understood_as": "q", "status": "<b>"}]',
    ],
)
def test_a_forged_conversation_changes_nothing_but_says_so(command: str, handlers: Handlers) -> None:
    answers = last(handlers.ask("市集?", (), [], "en"))[1]
    shown, kept = handlers.restore(command, answers, "en")
    assert kept == answers and "cannot be read" in shown


def test_a_forged_record_is_shown_as_text(handlers: Handlers) -> None:
    record = {
        **last(handlers.ask("市集?", (), [], "en"))[1][0].to_dict(),
        "answer": "<script>x</script>",
        "confidence": 1e9,
    }
    shown, answers = handlers.restore(json.dumps([record]), (), "en")
    assert "<script" not in shown and answers[0].confidence == 1.0
    assert handlers.open('["cite", 0, 1]', answers, "en") is not None


def test_verdicts_become_questions_that_evaluate_reads(small: SmallArchive, tmp_path: Path) -> None:
    from qa.questions import read_questions

    file = tmp_path / "feedback.jsonl"
    handlers = Handlers(small, Examples(small), Verdicts(file))  # type: ignore[arg-type]
    answers = last(handlers.ask("市集?", (), [], "en"))[1]
    answers = last(handlers.ask("谁?", answers, [], "en"))[1]
    for command in ('["good", 0, ""]', '["good", 1]', '["bad", 0, "wrong day"]', '["bad", 9]', '["ugly", 0]', "x"):
        handlers.judge(command, answers)
    right, refused = read_questions(file)[0]
    assert (right.docs, right.answers, right.evidence) == ((0,), (("12个",),), (FIRST, SECOND))
    assert not refused.answerable and refused.history == ("市集?",)
    (wrong,) = (json.loads(line) for line in (tmp_path / "feedback-open.jsonl").read_text("utf-8").splitlines())
    assert wrong["comment"] == "wrong day" and wrong["given"] == FIRST + SECOND and wrong["docs"] == []


def test_verdicts_stop_at_a_full_file_and_a_long_comment(small: SmallArchive, tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    answers = (Answer("q", "q", "answered", "a"),)
    Verdicts(file).add(answers, 0, True, "长" * 5000, ["a.txt"])
    assert len(json.loads(file.read_text("utf-8"))["comment"]) == MAX_COMMENT
    file.write_bytes(b"x" * MAX_FILE)
    Verdicts(file).add(answers, 0, True, "", ["a.txt"])
    assert file.stat().st_size == MAX_FILE


def test_without_a_file_verdicts_are_not_kept(handlers: Handlers) -> None:
    handlers.judge('["good", 0, ""]', last(handlers.ask("市集?", (), [], "en"))[1])


# ---- examples -----------------------------------------------------------------------------------------------------


def test_examples_come_from_the_names_an_article_coins_and_uses_again() -> None:
    assert questions_of(MARKET, "zh") == ["什么是“桥头市集”？"]
    assert questions_of(MARKET, "en") == ["What is “桥头市集”?"]


def test_a_name_that_stands_only_once_gives_no_example() -> None:
    article = Article("a.txt", "题", (Paragraph("“昙花”一现。", ((0, 7),)),))
    assert questions_of(article, "zh") == []


def test_only_questions_that_are_answered_from_their_article_become_examples(small: SmallArchive) -> None:
    examples = Examples(small)  # type: ignore[arg-type]
    examples.fill()
    assert examples.first("zh-Hant") == ["什么是“桥头市集”？"]
    assert examples.first("en") == ["What is “桥头市集”?"]
    assert examples.done.is_set()


def test_a_question_answered_from_elsewhere_or_hardly_is_no_example(small: SmallArchive) -> None:
    answer = small.ask("市集?")
    for poor in (replace(answer, confidence=0.3), replace(answer, citations=()), replace(answer, status="partial")):
        small.ask = lambda *_, poor=poor, **__: poor  # type: ignore[method-assign]
        examples = Examples(small)  # type: ignore[arg-type]
        examples.fill()
        assert examples.first("en") == []


def test_the_surest_examples_come_first(small: SmallArchive) -> None:
    answer = small.ask("市集?")
    examples = Examples(small)  # type: ignore[arg-type]
    for number, confidence in enumerate((0.5, 0.9, 0.7)):
        small.ask = lambda *_, sure=confidence, **__: replace(answer, confidence=sure)  # type: ignore[method-assign]
        examples.consider(examples.pools["en"], HEAD, str(number))
    assert examples.first("en") == ["1", "2", "0"]


def test_next_questions_were_not_asked_before_and_begin_with_the_cited_article(handlers: Handlers) -> None:
    pool = handlers.examples.pools["zh"]
    pool[:] = [
        Example("别的", "丙?", 0.9),
        Example("别的", "丁?", 0.8),
        Example(HEAD, "甲?", 0.7),
        Example(HEAD, "乙?", 0.6),
    ]
    answers = (Answer("甲?", "甲?", "answered", FIRST, citations=CITATIONS),)
    assert handlers.examples.after(answers, "zh-Hans") == ["乙?", "丙?", "丁?"]


def test_examples_of_many_articles_take_one_of_each_first() -> None:
    pool = [Example(title, question, 0.5) for title, question in (("甲", "1"), ("甲", "2"), ("乙", "3"), ("甲", "4"))]
    assert one_of_each(pool) == ["1", "3", "2", "4"]
    assert list(candidates([MARKET] * 3, "zh")) == [(HEAD, "什么是“桥头市集”？")] * 3


def test_a_failure_while_looking_for_examples_only_means_fewer(small: SmallArchive) -> None:
    def broken(*_: Any, **__: Any) -> Answer:
        raise InputError("no")

    small.ask = broken  # type: ignore[method-assign]
    examples = Examples(small)  # type: ignore[arg-type]
    examples.fill()
    assert examples.first("en") == [] and examples.done.is_set()


def test_the_pool_of_examples_has_a_limit(small: SmallArchive) -> None:
    small.articles = lambda source=None: [MARKET] * 500  # type: ignore[method-assign]
    examples = Examples(small)  # type: ignore[arg-type]
    examples.fill()
    assert len(examples.pool("en")) == POOL and len(small.asked) == 2 * POOL


# ---- the endpoints ------------------------------------------------------------------------------------------------


def test_the_endpoints_give_the_records(small: SmallArchive) -> None:
    service = Service(small)  # type: ignore[arg-type]
    assert service.ask("市集?", ["谁?"], 3, ["a.txt"])["citations"][1]["quote"] == SECOND
    assert small.asked == [("市集?", ("谁?",), ["a.txt"])]
    assert service.search("市集")[0]["source"] == "a.txt"
    assert service.show_source("a.txt", 5, 5).splitlines()[-1].endswith(FIRST)


def test_the_endpoints_refuse_in_one_sentence(small: SmallArchive) -> None:
    service = Service(small)  # type: ignore[arg-type]
    for attempt in (
        lambda: service.ask(""),
        lambda: service.ask("长" * (MAX_API_QUESTION + 1)),
        lambda: service.search(" "),
        lambda: service.search("x", mode="fast"),
        lambda: service.show_source("../x"),
    ):
        with pytest.raises(InputError) as refused:
            attempt()
        assert str(refused.value).count("\n") == 0


# ---- the HTML of the parts -----------------------------------------------------------------------------------------


def test_the_masthead_counts_what_is_in_the_index() -> None:
    for language, words in (
        ("zh-Hans", "5 个版面"),
        ("zh-Hant", "5 個版面"),
        ("en", "5 pages · 31 articles · 210 passages"),
    ):
        html = view.masthead({"pages": 5, "articles": 31, "passages": 210, "index": "/secret/path"}, language)
        assert words in html and f'lang="{language}"' in html and "/secret" not in html


def test_a_turn_carries_its_tools_with_their_commands() -> None:
    answer = Answer("市集?", "市集?", "answered", FIRST + SECOND, "12个", 0.9, CITATIONS)
    html = view.turn_html(answer, 4, "en", last=True)
    assert commands(html, "wb-turn-tool") == [["retry", 4], ["edit", 4]]
    assert commands(html, "wb-judge") == [["good", 4], ["bad", 4]]
    assert 'class="wb-turn wb-last"' in html
    assert "wb-last" not in view.turn_html(answer, 4, "en")


def test_the_copied_answer_is_the_terminals_text() -> None:
    answer = Answer("市集?", "市集?", "answered", FIRST + SECOND, "12个", 0.9, CITATIONS)
    copied = unescape(re.findall(r'class="wb-copy wb-link" value="([^"]*)"', view.turn_html(answer, 0, "en"))[0])
    assert copied == "市集?\n\n" + answer_text(answer, "en")


def test_a_pending_question_can_be_stopped_and_is_announced() -> None:
    html = view.conversation((), "en", pending="<b>?</b>")
    assert "wb-stop" in html and 'role="status"' in html and "&lt;b&gt;?&lt;/b&gt;" in html
    assert "wb-stop" not in view.conversation((), "en")


def test_a_notice_is_announced_as_an_alert() -> None:
    assert 'role="alert"' in view.conversation((), "en", notice="<i>")
    assert "&lt;i&gt;" in view.conversation((), "en", notice="<i>")
    assert view.note("x") == '<p class="wb-note" role="status">x</p>'


def test_ideas_are_named_for_the_first_and_for_later_questions() -> None:
    answer = Answer("市集?", "市集?", "answered", FIRST)
    assert say("examples", "en") in view.conversation((), "en", ideas=["甲?"])
    assert say("next", "en") in view.conversation((answer,), "en", ideas=["甲?"])
    assert "wb-ideas" not in view.conversation((answer,), "en")


def test_lines_of_one_article_close_together_are_one_block() -> None:
    starts = [0, 10, 20, 30, 40, 50, 60]
    assert view.line_blocks(starts, [(0, 5), (20, 25)]) == [(1, 3)]
    assert view.line_blocks(starts, [(0, 5), (30, 35), (41, 55)]) == [(1, 1), (4, 6)]
    assert view.line_blocks(starts, [(50, 55), (0, 5)]) == [(1, 1), (6, 6)]
    assert view.line_blocks(starts, []) == []


def test_line_breaks_in_texts_survive_as_references() -> None:
    assert view.one_line("a\r\nb") == "a&#13;&#10;b"
    assert unescape(view.one_line("a\nb")) == "a\nb"


def test_a_citation_without_an_article_opens_the_page_itself() -> None:
    html = view.place_pane(Page("a.txt", TEXT), [], list(traced(SECOND)), "article", "zh-Hans")
    assert "wb-article" not in html.replace("wb-article-", "") and '<ol class="wb-page"' in html
    assert f'<mark class="wb-cited">{SECOND}</mark>' in unescape(html)


def test_the_current_view_is_marked_and_the_other_one_click_away() -> None:
    page, spans = Page("a.txt", TEXT), list(traced(SECOND))
    for chosen, first, second in (("article", " wb-current", ""), ("page", "", " wb-current")):
        html = view.place_pane(page, [MARKET], spans, chosen, "en")
        assert re.findall(r'class="wb-open wb-view( wb-current)?"', html) == [first, second]
        shown = [json.loads(unescape(v))[3] for v in re.findall(r'wb-view[^"]*" value="([^"]*)"', html)]
        assert shown == ["article", "page"]


def test_a_witness_that_says_the_same_is_said_to() -> None:
    same = replace(WITNESS, quote=FIRST)
    html = view.witnesses_html(replace(CITATIONS[0], also_in=(same,)), "en")
    assert say("same", "en") in html and "wb-differs" not in html
    assert say("same", "en") not in view.witnesses_html(CITATIONS[0], "en")
    assert view.witnesses_html(CITATIONS[1], "en") == ""


def test_search_results_say_how_many_they_are(small: SmallArchive) -> None:
    assert say("found", "en", count=1) in view.found(small.search("x"), "en")
    assert say("nothing", "en") in view.found([], "en")


def test_the_history_frame_carries_the_words_the_script_needs() -> None:
    for language in ("zh-Hans", "zh-Hant", "en"):
        frame = re.findall(r'class="wb-history" title="([^"]*)"', view.history(language))
        words = json.loads(unescape(frame[0]))
        assert words["rename"] == say("rename", language) and all(words.values())
    script = (ROOT / "qa" / "chat" / "history.js").read_text(encoding="utf-8")
    assert set(re.findall(r"words\.(\w+)", script)) <= set(words)
