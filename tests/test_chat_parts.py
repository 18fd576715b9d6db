"""The parts of the chat page one by one: the guard's tables, forged records, example pools, pieces of HTML."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.chat import view
from qa.chat.examples import Example, Examples, candidates, one_of_each, questions_of
from qa.chat.guard import LOGINS, MAX_BODY, Guard, refuse, same_origin, strict_headers
from qa.chat.handlers import MAX_QUESTION, Handlers, question_problem
from qa.chat.records import Verdicts, answer_of, answers_of, gold, record_of
from qa.datatypes import Answer, Article, Citation, Hit, Page, Paragraph, Passage, Witness
from qa.errors import InputError
from qa.render import LANGUAGES, say, visible

# ---- the guard ------------------------------------------------------------------------------------------------

SENT = [
    b"Access-Control-Allow-Origin",
    b"SERVER",
    b"content-type",
    b"etag",
    b"X-Frame-Options",
    b"Content-Security-Policy",
    b"x-powered-by",
    b"set-cookie",
]


async def nothing(*_: Any) -> None:
    raise AssertionError("a refused request reached the page")


GUARD = Guard(nothing, frozenset({"press.example"}), frozenset({"ask"}), ("/gradio_api/mcp",), max_upload=5_000_000)


def verdict(path: str = "/", method: str = "GET", client: Any = ("10.0.0.1", 1), **headers: str) -> int:
    named = {"host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return GUARD.verdict({"method": method, "path": path, "client": client}, named)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost", True),
        ("LOCALHOST:7860", True),
        ("127.0.0.1", True),
        ("192.168.1.20:8080", True),
        ("[::1]", True),
        ("[fe80::1]:7860", True),
        ("press.example", True),
        ("Press.Example:443", True),
        ("", False),
        (":7860", False),
        ("press.example.evil.org", False),
        ("evil.org", False),
        ("www.press.example", False),
        ("localhost.evil.org", False),
        ("127.0.0.1.evil.org", False),
        ("127.1", False),
        ("2130706433", False),
        ("[::1", False),
        ("evil.org#localhost", False),
        ("evil.org/localhost", False),
    ],
)
def test_hosts_are_addresses_and_our_own_names(host: str, known: bool) -> None:
    assert GUARD.knows(host) is known
    assert verdict(host=host) == (0 if known else 403)


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"origin": "http://press.example"}, True),
        ({"origin": "https://PRESS.example"}, True),
        ({"origin": "http://press.example:81"}, False),
        ({"origin": "http://evil.org"}, False),
        ({"origin": "http://press.example.evil.org"}, False),
        ({"origin": "http://press.example@evil.org"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://press.example", "sec-fetch-site": "cross-site"}, False),
    ],
)
def test_a_post_comes_from_our_page_or_from_a_program(headers: dict[str, str], ours: bool) -> None:
    assert same_origin(headers, "press.example") is ours


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/gradio_api/queue/join", str(MAX_BODY), 0),
        ("/gradio_api/queue/join", str(MAX_BODY + 1), 413),
        ("/gradio_api/queue/join", "0" * 9 + "7", 0),
        ("/gradio_api/queue/join", "-1", 413),
        ("/gradio_api/queue/join", "1e3", 413),
        ("/gradio_api/queue/join", "", 413),
        ("/gradio_api/queue/join", " 7", 413),
        ("/gradio_api/queue/join", "9" * 400, 413),
        ("/gradio_api/upload", "5000000", 0),
        ("/gradio_api/upload/", "5000000", 0),
        ("/gradio_api/upload", "5000001", 413),
        ("/gradio_api/uploads", "1", 404),
    ],
)
def test_the_length_of_a_body_is_a_number_below_its_limit(path: str, length: str, status: int) -> None:
    assert verdict(path, "POST", content_length=length) == status


@pytest.mark.parametrize(
    ("method", "path", "open_"),
    [
        ("POST", "/gradio_api/mcp", True),
        ("DELETE", "/gradio_api/mcp/", True),
        ("GET", "/gradio_api/mcp/sse", True),
        ("PUT", "/gradio_api/mcp", False),
        ("GET", "/gradio_api/mcpx", False),
        ("GET", "/gradio_api/mcp/../config", False),
        ("GET", "/gradio_api/mcp//x", False),
        ("GET", "/GRADIO_API/mcp", False),
        ("POST", "/gradio_api/call/ask", True),
        ("POST", "/gradio_api/call/ask/", True),
        ("POST", "/gradio_api/call/asked", False),
        ("GET", "/gradio_api/call/ask/0ff", True),
        ("GET", "/gradio_api/call/search/0ff", False),
        ("POST", "/call/ask", False),
        ("HEAD", "/config", True),
        ("POST", "/config", False),
        ("GET", "/gradio_api/upload", False),
        ("GET", "/assets/a b.js", False),
        ("GET", "/assets/%2e%2e/x", False),
        ("GET", "/assets/..\\x", False),
        ("GET", "/config\n", False),
        ("GET", "", False),
    ],
)
def test_routes_are_open_by_name_and_method_only(method: str, path: str, open_: bool) -> None:
    assert GUARD.route_allowed(method, path) is open_


@given(st.text(max_size=12), st.sampled_from(["..", "//", "\\"]), st.text(max_size=12))
def test_no_path_climbs_or_doubles_its_slashes(head: str, evil: str, tail: str) -> None:
    for method in ("GET", "HEAD", "POST"):
        for prefix in ("/", "/assets/", "/gradio_api/mcp/"):
            assert not GUARD.route_allowed(method, prefix + head + evil + tail)


def test_ten_passwords_a_minute_and_address_may_be_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("qa.chat.guard.time.monotonic", lambda: now[0])
    GUARD.tries.clear()
    found = [verdict("/login", "POST", ("10.0.0.7", 5)) for _ in range(LOGINS + 2)]
    assert found == [0] * LOGINS + [429, 429]
    assert verdict("/login", "POST", ("10.0.0.8", 5)) == 0, "another address is not made to wait"
    assert verdict("/login/", "POST", ("10.0.0.7", 6)) == 429, "nor does another port or slash help"
    now[0] += 61
    assert verdict("/login", "POST", ("10.0.0.7", 5)) == 0
    assert verdict("/login", "POST", None) == 0, "an address that is not known counts as one"


@given(st.lists(st.tuples(st.sampled_from(SENT), st.binary(max_size=4))))
def test_strict_headers_stand_once_and_harmless_ones_stay(headers: list[tuple[bytes, bytes]]) -> None:
    result = strict_headers(headers)
    names = Counter(name.lower() for name, _ in result)
    for name in (b"content-security-policy", b"x-frame-options", b"x-content-type-options", b"referrer-policy"):
        assert names[name] == 1
    assert dict(result)[b"x-frame-options"] == b"DENY"
    assert not [name for name in names if name.startswith(b"access-control-") or name in (b"server", b"x-powered-by")]
    harmless = (b"content-type", b"etag", b"set-cookie")
    assert [pair for pair in result if pair[0] in harmless] == [pair for pair in headers if pair[0] in harmless]


@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 503])
def test_a_refusal_is_complete_plain_text(status: int) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(refuse(status, send))
    start, body = sent
    headers = dict(start["headers"])
    assert (b"retry-after" in headers) is (status == 503)
    assert start["status"] == status and headers[b"content-type"].startswith(b"text/plain")
    assert int(headers[b"content-length"]) == len(body["body"]) > 0 and b"<" not in body["body"]


# ---- records --------------------------------------------------------------------------------------------------

WORDS = st.text(max_size=8).map(visible)
NUMBERS = st.integers(0, 10**6)
SPANS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3).map(tuple)
LINES = st.tuples(NUMBERS, NUMBERS)
WITNESSES = st.lists(st.builds(Witness, WORDS, LINES, SPANS, WORDS), max_size=2).map(tuple)
CITATIONS = st.builds(Citation, NUMBERS, WORDS, WORDS, LINES, SPANS, WORDS, WITNESSES, st.booleans())
PASSAGES = st.builds(lambda text, spans, source, title, lines: Passage(text, spans, -1, source, title, lines=lines),
    WORDS, SPANS, WORDS, WORDS, LINES)  # fmt: skip
ANSWERS = st.builds(
    Answer, WORDS, WORDS, st.sampled_from(["answered", "partial", "not_found", "error"]), WORDS, WORDS,
    st.floats(0, 1), st.lists(CITATIONS, max_size=2).map(tuple),
    st.lists(st.builds(Hit, PASSAGES, st.floats(-9, 9), NUMBERS), max_size=2).map(tuple),
    st.lists(WORDS, max_size=2).map(tuple),
)  # fmt: skip
WHATEVER = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(ANSWERS)
@settings(max_examples=60)
def test_an_answer_survives_the_browser(answer: Answer) -> None:
    kept = json.loads(record_of(answer, 3, "en"))
    assert answer_of(kept["record"]) == answer and kept["turn"] == 3
    assert answers_of(json.dumps([kept["record"]] * 3), 2) == (answer, answer)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every value inside a JSON value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, inner in steps for place in places(inner, (*way, key)))]


@given(ANSWERS, WHATEVER, st.data())
@settings(max_examples=80)
def test_a_record_changed_anywhere_is_an_answer_or_refused_in_one_sentence(
    answer: Answer, value: Any, data: st.DataObject
) -> None:
    record: Any = [answer.to_dict()]
    *way, last = data.draw(st.sampled_from(places(record)[1:]))
    inner = record
    for step in way:
        inner = inner[step]
    inner[last] = value
    try:
        restored = answers_of(json.dumps(record), 5)
    except InputError as error:
        assert "list of answer records" in str(error)
    else:
        shown = view.conversation(restored, "en")
        assert "\n" not in shown and shown.startswith("<div")


@pytest.mark.parametrize(
    "text", ["", "{}", "null", "7", '"x"', "[7]", "[[]]", "[{}]", '[{"status": "answered"}]', "[" * 9999]
)
def test_what_is_no_list_of_records_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected a list of answer records"):
        answers_of(text, 5)


def cited(n: int, source: str, quote: str, *others: str) -> Citation:
    return Citation(
        n, source, "题", (1, 1), ((0, 1),), quote, tuple(Witness(o, (1, 1), ((0, 1),), quote) for o in others)
    )


def test_gold_counts_pages_in_order_of_name_and_witnesses_too() -> None:
    answer = Answer("q", "q", "answered", "句", "短", 0.9, (cited(1, "c", "甲", "a"), cited(2, "gone", "乙")))
    assert gold(answer, ["c", "b", "a"]) == {"docs": [0, 2], "answers": ["短"], "evidence": ["甲", "乙"]}
    plain = Answer("q", "q", "answered", "句", "", 0.9, answer.citations)
    assert gold(plain, ["gone"]) == {"docs": [0], "answers": ["甲"], "evidence": ["甲", "乙"]}
    assert gold(Answer("q", "q", "not_found"), ["a"]) == {"docs": [], "answers": [], "evidence": []}


def test_verdicts_of_many_readers_at_once_are_whole_lines_in_the_right_file(tmp_path: Path) -> None:
    verdicts = Verdicts(tmp_path / "v.jsonl")
    answers = tuple(Answer(f"问{n}\n？", "", "answered", f"答{n}" * 50, "", 0.5) for n in range(4))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: verdicts.add(answers, n % 4, n % 2 == 0, f"“{n}”\n", []), range(40)))
    good, bad = (
        [json.loads(line) for line in (tmp_path / name).read_text(encoding="utf-8").splitlines()]
        for name in ("v.jsonl", "v-open.jsonl")
    )
    assert sorted(line["comment"] for line in good + bad) == sorted(f"“{n}”\n" for n in range(40))
    assert {line["question"] for line in good} == {"问0\n？", "问2\n？"} and len(good) == len(bad) == 20
    for line in bad:
        turn = int(line["question"][1])
        assert line["history"] == [answer.question for answer in answers[:turn]]
        assert line["given"] == answers[turn].answer and line["answers"] == []


# ---- questions and examples -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_may_have_just_as_many_characters_as_the_limit(language: str) -> None:
    assert question_problem("问" * MAX_QUESTION, language) == ""
    refused = question_problem("问" * (MAX_QUESTION + 1), language)
    assert str(MAX_QUESTION + 1) in refused and str(MAX_QUESTION) in refused.replace(str(MAX_QUESTION + 1), "")
    assert question_problem("\u3000\t", language) == say("empty_question", language)


POOL = st.lists(st.tuples(st.sampled_from("甲乙丙丁"), st.integers(0, 99)), unique=True, max_size=12)


@given(POOL)
def test_every_article_has_its_turn_before_any_has_its_second(pairs: list[tuple[str, int]]) -> None:
    pool = [Example(title, f"{title}{n}", 0.5) for title, n in pairs]
    order = [question[0] for question in one_of_each(pool)]
    assert sorted(one_of_each(pool)) == sorted(example.question for example in pool)
    for place, title in enumerate(order):
        before = Counter(order[:place])
        others = Counter(order)
        assert all(before[other] >= min(before[title], others[other]) for other in others)
    for title in set(order):  # within an article the surest stays first
        assert [q for q in one_of_each(pool) if q[0] == title] == [e.question for e in pool if e.title == title]


def test_the_next_questions_of_a_reader_are_new_and_near_ones_come_first() -> None:
    pool = [Example("甲", "甲1", 0.9), Example("乙", "乙1", 0.8), Example("甲", "甲2", 0.7), Example("丙", "丙1", 0.6)]
    examples = Examples(None, {"zh": pool, "en": []})  # type: ignore[arg-type]
    asked = (Answer("甲1", "", "answered", citations=(Citation(1, "a", "甲", (1, 1), ((0, 1),), "句"),)),)
    assert examples.after(asked, "zh-Hant") == ["甲2", "乙1", "丙1"]
    assert examples.after(asked, "zh-Hans", count=1) == ["甲2"]
    assert examples.after(asked, "en") == []
    examples.done.set()
    assert examples.first("zh-Hans") == ["甲1", "乙1", "丙1", "甲2"]


def test_candidates_go_round_the_articles_that_have_a_title() -> None:
    def coined(title: str, *terms: str) -> Article:
        text = "".join(f"“{term}”又“{term}”。" for term in terms)
        return Article("a", title, (Paragraph(text, ((0, len(text)),)),))

    articles = [coined("一", "甲甲", "乙乙"), coined("", "丁丁"), coined("二", "丙丙"), coined("三")]
    assert [title for title, _ in candidates(articles, "zh")] == ["一", "二", "一"]
    assert questions_of(articles[2], "zh") == ["什么是“丙丙”？"]
    assert questions_of(articles[2], "en") == ["What is “丙丙”?"]


# ---- handlers and HTML ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    ['["retry", 1]', '["retry", -1]', '["retry", null]', '["retry", "0"]', "[]", "{}", "7", "\x00", '["retry", 0.0]'],
)
def test_a_turn_that_is_not_there_is_not_asked_again(command: str) -> None:
    handlers = Handlers(None, Examples(None))  # type: ignore[arg-type]
    assert list(handlers.redo(command, (Answer("q", "q", "error"),), [], "en")) == []


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 2)), min_size=1, max_size=6, unique_by=lambda p: p[0]))
def test_blocks_of_lines_leave_out_two_lines_or_more_and_nothing_else(places: list[tuple[int, int]]) -> None:
    """Lines of two characters; every span starts at a line and may go on for two more."""
    starts = list(range(0, 45, 3))
    lines = {line + 1 + more for line, length in places for more in range(length + 1)}
    blocks = view.line_blocks(starts, [(3 * line, 3 * (line + length) + 2) for line, length in places])
    covered = {line for first, last in blocks for line in range(first, last + 1)}
    assert covered == lines | {line for line in range(15) if {line - 1, line + 1} <= lines}


@given(st.text(alphabet='甲<&"\r\n\t', max_size=12))
def test_one_line_of_html_shows_the_same_text(text: str) -> None:
    shown = view.one_line(text.replace("&", "&amp;"))
    assert "\n" not in shown and "\r" not in shown
    assert re.sub("&#1([03]);", lambda m: "\n" if m[1] == "0" else "\r", shown).replace("&amp;", "&") == text


def test_the_front_names_each_file_once_and_stops_after_so_many_headlines() -> None:
    articles = [Article(f"{n // 40}.txt", f"题<{n}>", (Paragraph("文", ((n, n + 1),)),)) for n in range(100)]
    shown = view.front_pane([Article("0.txt", "", ()), *articles], "en")
    assert unescape(shown).count("题<") == view.FRONT
    assert re.findall(r'class="wb-file">([^<]*)<', shown) == ["0.txt", "1.txt"]
    assert "题<59>" in unescape(shown) and "题<60>" not in unescape(shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_without_articles_still_opens_whole(language: str) -> None:
    page = Page("a<b>.txt", "甲\n<乙>\n")
    shown = view.contents(page, [], language)
    (command,) = re.findall(r'value="([^"]*)"', shown)
    assert json.loads(unescape(command)) == ["at", "a<b>.txt", [], "page"]
    pane = view.place_pane(page, [], [(2, 5)], "article", language)
    assert (
        '<mark class="wb-cited">&lt;乙&gt;</mark>' in pane and say("view_article", language) + "</button>" not in pane
    )


def test_an_archive_closed_while_examples_are_sought_is_told_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    class Closed:
        def articles(self) -> list[object]:
            raise ValueError("Cannot operate on a closed database.")

    examples = Examples(Closed())  # type: ignore[arg-type]
    examples.fill()
    assert examples.first("zh", wait=0) == [] and examples.done.is_set()
    assert [record.getMessage() for record in caplog.records] == [
        "no more example questions are looked for: Cannot operate on a closed database."
    ]
    assert caplog.records[0].exc_info is None
