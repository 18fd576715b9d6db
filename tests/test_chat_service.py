"""The chat page as it is built and served, without a browser: settings, routes, what it says to whom, many at once."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from qa.chat.handlers import Handlers
from qa.chat.server import ENDPOINTS, as_json, prepare
from qa.render import LANGUAGES
from qa.render.words import WORDS
from tests.serving import ROOT, served

CHAT = ROOT / "qa" / "chat"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:websockets", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def blocks(seeds_archive: Any) -> Any:
    """The page over the five pages, as Gradio holds it."""
    from qa.chat import build_page

    return build_page(seeds_archive)


@pytest.fixture(scope="module")
def config(blocks: Any) -> dict[str, Any]:
    found: dict[str, Any] = blocks.get_config_file()
    return found


# ---- what is built --------------------------------------------------------------------------------------------------


def test_gradio_is_told_to_be_quiet_before_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GRADIO_SHARE", "GRADIO_ALLOWED_PATHS", "GRADIO_ROOT_PATH"):
        monkeypatch.setenv(name, "True")
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "True")
    prepare()
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert not {"GRADIO_SHARE", "GRADIO_ALLOWED_PATHS", "GRADIO_ROOT_PATH"} & set(os.environ)
    assert Path(os.environ["GRADIO_TEMP_DIR"]).stat().st_mode & 0o077 == 0


def test_only_the_three_endpoints_are_public(config: dict[str, Any]) -> None:
    public = {event["api_name"] for event in config["dependencies"] if event["api_visibility"] == "public"}
    assert public == set(ENDPOINTS)


def test_the_queue_cannot_be_gone_round_and_has_an_end(blocks: Any) -> None:
    assert blocks.api_open is False
    assert 0 < blocks._queue.max_size <= 500
    assert blocks._queue.live_updates is False
    assert blocks.analytics_enabled is False
    assert blocks.state_session_capacity <= 1000
    assert blocks.delete_cache == (600, 3600)


def test_every_place_for_html_is_sanitised_and_none_compiles_a_template(config: dict[str, Any]) -> None:
    kinds = [component["type"] for component in config["components"]]
    assert "html" not in kinds and "chatbot" not in kinds
    places = [component["props"] for component in config["components"] if component["type"] == "markdown"]
    assert len(places) >= 7
    assert all(place["sanitize_html"] is True and place["latex_delimiters"] == [] for place in places)


def test_hidden_parts_stay_out_of_the_readers_way(config: dict[str, Any]) -> None:
    hidden = {c["props"]["elem_id"]: c["props"]["visible"] for c in config["components"] if "elem_id" in c["props"]}
    for name in ("open", "redo", "restore", "judge", "ideas", "wake", "halt", "command"):
        assert hidden[f"wb-{name}"] == "hidden"


def test_every_label_has_words_before_the_language_is_known(config: dict[str, Any]) -> None:
    simplified = {column[0] for column in WORDS.values()}
    labels = [
        c["props"].get("label") for c in config["components"] if c["type"] in ("tabitem", "accordion", "dropdown")
    ]
    assert labels and all(label in simplified for label in labels)


def test_the_theme_asks_for_no_font_of_others() -> None:
    prepare()
    from qa.chat import page

    theme = page.theme()
    assert theme._stylesheets == []
    assert not re.search(r"https?://", page.head())


@pytest.mark.parametrize("name", ["page.js", "history.js", "style.css", "base.css"])
def test_our_own_scripts_and_styles_name_no_address_and_run_no_text(name: str) -> None:
    text = (CHAT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text.replace("// ", ""))
    assert not re.search(r"\beval\b|innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|new Function", text)


def test_no_source_of_the_page_switches_a_safeguard_off() -> None:
    for path in [*CHAT.glob("*.py"), *(ROOT / "qa" / "render").glob("*.py")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"sanitize_html=False|gr\.HTML|share=True|allow_tags|\{\{value", text), path


def test_every_class_the_script_looks_for_is_drawn_somewhere() -> None:
    python = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("qa/*/*.py"))
    for name in ("page.js", "history.js"):
        script = (CHAT / name).read_text(encoding="utf-8")
        wanted = set(re.findall(r'"(wb-[a-z_-]+)"', script)) | set(re.findall(r"\.(wb-[a-z_-]+)", script))
        own = {"wb-copied", "wb-dark", "wb-drop", "wb-headline", "wb-link"}
        ids = {"wb-send", "wb-question", "wb-command", "wb-language", "wb-pane", "wb-tabs", "wb-conversation"}
        buttons = {f"wb-{name}" for name in ("open", "redo", "restore", "judge", "ideas", "wake", "halt", "withdraw")}
        assert {word for word in wanted - own - ids - buttons if word not in python} == set()


def test_tools_hand_out_json_and_plain_text_as_it_is() -> None:
    pytest.importorskip("mcp")
    record, lines = as_json([{"答": [1, None]}, "第 1 行"], "http://x")
    assert json.loads(record.text) == {"答": [1, None]} and lines.text == "第 1 行"


# ---- three languages, over the real pages ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def handlers(seeds_archive: Any) -> Handlers:
    from qa.chat.examples import Examples

    return Handlers(seeds_archive, Examples(seeds_archive))


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_part_of_the_page_speaks_the_language(handlers: Handlers, language: str) -> None:
    *_, (shown, answers, _, pane) = handlers.ask("火星移民局局长叫什么名字?", (), [], language)
    parts = [
        shown,
        pane or "",
        handlers.masthead(language),
        handlers.front(language),
        handlers.contents(None, language),
    ]
    for part in parts:
        assert f'lang="{language}"' in part or "wb-contents" in part
    assert answers[0].status == "not_found"
    assert WORDS["not_found"][list(LANGUAGES).index(language)] in shown


def test_the_front_shows_the_headlines_of_all_pages(handlers: Handlers, seeds_archive: Any) -> None:
    front = handlers.front("zh-Hans")
    for source in seeds_archive.sources():
        assert f">{source}<" in front
    titles = [article.title for article in seeds_archive.articles() if article.title]
    assert front.count("wb-headline") == len(titles)


def test_every_article_of_every_page_opens_and_loses_no_character(handlers: Handlers, seeds_archive: Any) -> None:
    for source in seeds_archive.sources():
        for article in seeds_archive.articles(source):
            command = json.dumps(["at", source, article.spans[:1], "article"])
            pane = handlers.open(command, (), "zh-Hans")
            assert pane is not None
            shown = re.sub(r"<[^>]*>|&[^;]*;|\s", "", pane)
            for paragraph in article.paragraphs:
                assert re.sub(r"[<>&\"'\s]", "", paragraph.text) in re.sub(r"[<>&\"']", "", shown)


def test_every_page_opens_whole_with_its_lines_in_order(handlers: Handlers, seeds_archive: Any) -> None:
    for source in seeds_archive.sources():
        pane = handlers.open(json.dumps(["at", source, [], "page"]), (), "en") or ""
        numbers = [int(number) for number in re.findall(r'<li class="wb-[a-z0-9]+" value="(\d+)"', pane)]
        assert numbers == list(range(1, seeds_archive.page(source).text.count("\n") + 2))


def test_every_citation_of_an_answer_is_marked_word_for_word(handlers: Handlers) -> None:
    *_, (_, answers, _, _) = handlers.ask("丰门街道总工会上半年举办了多少场职工服务活动?", (), [], "zh-Hans")
    assert answers[0].citations
    for citation in answers[0].citations:
        for view in ("article", "page"):
            pane = handlers.cited(answers, 0, citation.n, "zh-Hans", view)
            marked = "".join(re.findall(r'<mark class="wb-cited">(.*?)</mark>', pane))
            assert "".join(marked.split()) == "".join(citation.quote.split())


def test_the_source_filter_is_respected(handlers: Handlers, seeds_archive: Any) -> None:
    source = seeds_archive.sources()[-1]
    *_, (_, answers, _, _) = handlers.ask("嘉善县总工会主席是谁?", (), [source], "zh-Hans")
    assert {hit.passage.source for hit in answers[0].passages} <= {source}
    assert {citation.source for citation in answers[0].citations} <= {source}


def test_nothing_is_kept_of_a_programs_call_once_its_result_was_fetched(
    seeds_archive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gradio as gr
    from fastapi.testclient import TestClient

    from qa.chat import page
    from qa.chat.server import application

    made: list[gr.Blocks] = []
    build = page.build

    def noted(*inputs: Any) -> gr.Blocks:
        made.append(build(*inputs))
        return made[-1]

    monkeypatch.setattr(page, "build", noted)
    with TestClient(application(seeds_archive), base_url="http://127.0.0.1:7860") as client:
        for _ in range(3):
            posted = client.post("gradio_api/call/search", json={"data": ["链式助学", 2, "sparse", None]})
            fetched = client.get(f"gradio_api/call/search/{posted.json()['event_id']}")
            assert fetched.text.startswith("event: complete")
        queue, holder = made[0]._queue, made[0].state_holder
        assert not holder.session_data and not holder.time_last_used
        assert not queue.pending_messages_per_session and not queue.pending_event_ids_session


# ---- what is served -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def service_url(seeds_index: Path) -> Iterator[str]:
    code = (
        "import sys; from qa import chat; from qa.archive import Archive; chat.serve(Archive.open(sys.argv[1]), port=0)"
    )
    with served(["-c", code, str(seeds_index)], seeds_index) as url:
        yield url


def call(url: str, name: str, *data: Any) -> str:
    """One call of an endpoint as a program without our client would make it; the text of the event stream."""
    import httpx

    with httpx.Client(base_url=url, timeout=60) as client:
        event = client.post(f"gradio_api/call/{name}", json={"data": list(data)}).json()["event_id"]
        return client.get(f"gradio_api/call/{name}/{event}").text


def test_real_gradio_answers_no_closed_route(service_url: str) -> None:
    import httpx

    with httpx.Client(base_url=service_url) as client:
        for path in ("gradio_api/file=/etc/passwd", "openapi.json", "docs", "monitoring", "logout", "gradio_api/runs"):
            assert client.get(path).status_code == 404, path
        assert client.post("gradio_api/run/ask", json={"data": ["x"]}).status_code == 404
        files = {"files": ("a.txt", b"x")}
        assert client.post("gradio_api/upload", files=files).status_code == 404
        assert client.get("/", headers={"host": "evil.example"}).status_code == 403
        page = client.get("/", headers={"origin": "https://evil.example"})
    assert page.status_code == 200 and "access-control-allow-origin" not in page.headers
    assert "unsafe-eval" not in page.headers["content-security-policy"]


def test_forwarded_hosts_do_not_change_where_the_page_sends_questions(service_url: str) -> None:
    import httpx

    shown = httpx.get(
        service_url + "config", headers={"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}
    )
    assert "evil.example" not in shown.text


def test_the_endpoints_answer_plain_http(service_url: str) -> None:
    events = call(service_url, "search", "链式助学", 2, "hybrid", None)
    assert events.startswith("event: complete")
    assert [hit["rank"] for hit in json.loads(events.split("data: ", 1)[1])[0]] == [1, 2]


def test_an_error_over_plain_http_is_a_sentence(service_url: str) -> None:
    events = call(service_url, "show_source", "../../etc/passwd", 1, 5)
    assert events.startswith("event: error") and "etc/passwd" in events and "Traceback" not in events


def test_fifty_people_at_once_are_all_answered(service_url: str) -> None:
    questions = ["链式助学", "丰门红港", "服务活动", "羽毛球", "大病"] * 10
    with ThreadPoolExecutor(50) as people:
        answers = list(people.map(lambda q: call(service_url, "search", q, 3, "sparse", None), questions))
    assert all(answer.startswith("event: complete") for answer in answers)
    for first, later in zip(answers[:5], answers[-5:], strict=True):
        assert first == later
