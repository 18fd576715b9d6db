"""The chat page in Gradio: which component stands where, and which handler each event calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

import gradio as gr

from qa.chat import view
from qa.chat.examples import Examples
from qa.chat.handlers import Answers, Handlers, Service
from qa.chat.records import Verdicts
from qa.chat.uploads import KINDS, MAX_BYTES, MAX_FILES, Uploads
from qa.errors import QAError
from qa.render import DEFAULT, LANGUAGES, choose_language, say

if TYPE_CHECKING:
    from qa.archive import Archive

HERE = Path(__file__).parent
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
SERIF = ["Songti SC", "Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "SimSun", "Georgia", "serif"]


class Parts(NamedTuple):
    """The components that events read and write."""

    answers: gr.State
    desk: gr.State
    masthead: gr.Markdown
    language: gr.Radio
    ask_tab: gr.Tab
    browse_tab: gr.Tab
    history_tab: gr.Tab
    conversation: gr.Markdown
    question: gr.Textbox
    send: gr.Button
    new: gr.Button
    filters: gr.Accordion
    sources: gr.Dropdown
    page: gr.Dropdown
    contents: gr.Markdown
    uploaded: gr.Markdown
    upload: gr.UploadButton
    remove: gr.Button
    query: gr.Textbox
    found: gr.Markdown
    history: gr.Markdown
    pane: gr.Markdown
    command: gr.Textbox
    open: gr.Button
    redo: gr.Button
    restore: gr.Button
    judge: gr.Button
    ideas: gr.Button
    halt: gr.Button


def build(archive: Archive, verdicts: Path | None = None, uploads: Path | None = None) -> gr.Blocks:
    """The whole page over `archive`, not yet served.

    Readers' verdicts go to the file `verdicts`, if any; visitors may bring files when there is a folder `uploads`.
    """
    examples = Examples(archive)
    examples.start()
    kept, desks = Verdicts(verdicts) if verdicts else None, Uploads(archive, uploads) if uploads else None
    handlers = Handlers(archive, examples, kept, desks)
    with gr.Blocks(title="问报 Wenbao", analytics_enabled=False, delete_cache=(600, 3600), fill_width=True) as page:
        add_endpoints(Service(archive))  # first, so that no event of the page takes their names
        wire(page, lay_out(archive.sources(), desks), handlers)
    page.state_session_capacity = 500  # each call from a program counts as a session; the default keeps 10,000
    page.queue(status_update_rate=2, api_open=False, max_size=400, default_concurrency_limit=4)
    return page  # type: ignore[no-any-return,unused-ignore]


def html(name: str, value: str = "") -> gr.Markdown:
    """A place for HTML made of escaped text. Gradio's sanitiser stands behind the escaping; mathematics is off."""
    return gr.Markdown(value, elem_id=name, latex_delimiters=[], sanitize_html=True, container=False)


def lay_out(names: list[str], desks: Uploads | None) -> Parts:
    """All components, in Simplified Chinese until the browser's language is known."""
    answers = gr.State((), time_to_live=86_400)

    def forget(key: str) -> None:  # a function, not a method: Gradio copies what a method belongs to, archive and all
        if desks:
            desks.remove(key)

    desk = gr.State("", time_to_live=3_600, delete_callback=forget)
    masthead = html("wb-masthead")
    languages = [(name, code) for code, name in LANGUAGES.items()]
    language = gr.Radio(languages, value=DEFAULT, elem_id="wb-language", container=False, show_label=False)
    with gr.Row(elem_classes="wb-columns"):
        with gr.Column(scale=6, elem_classes="wb-left", min_width=280), gr.Tabs(elem_id="wb-tabs"):
            with gr.Tab(say("tab_ask"), id="ask") as ask_tab:
                conversation, question, send, new, filters, sources = lay_out_asking(names)
            with gr.Tab(say("tab_browse"), id="browse") as browse_tab:
                page, contents, uploaded, upload, remove, query, found = lay_out_browsing(names, bool(desks))
            with gr.Tab(say("tab_history"), id="history") as history_tab:
                history = html("wb-history")
        with gr.Column(scale=5, elem_classes="wb-right", min_width=280):
            pane = html("wb-pane")
    names = ["open", "redo", "restore", "judge", "ideas", "halt"]
    hidden = {name: gr.Button(elem_id=f"wb-{name}", visible="hidden") for name in names}
    command = gr.Textbox(elem_id="wb-command", visible="hidden", show_label=False)
    return Parts(
        answers, desk, masthead, language, ask_tab, browse_tab, history_tab, conversation, question, send, new, filters,
        sources, page, contents, uploaded, upload, remove, query, found, history, pane, command, **hidden,
    )  # fmt: skip


def lay_out_asking(names: list[str]) -> tuple[Any, ...]:
    conversation = html("wb-conversation")
    with gr.Row(elem_classes="wb-ask"):
        question = gr.Textbox(
            elem_id="wb-question", show_label=False, container=False, scale=8, lines=1, max_lines=6, autofocus=True,
            placeholder=say("question_hint"), label=say("question"),
        )  # fmt: skip
        send = gr.Button(say("send"), elem_id="wb-send", variant="primary", scale=0, min_width=88)
    with gr.Row(elem_classes="wb-below"):
        with gr.Accordion(say("filter"), open=False, elem_id="wb-filter") as filters:
            sources = gr.Dropdown(
                names, value=[], multiselect=True, label=say("filter_hint"), elem_id="wb-sources", container=False
            )
        new = gr.Button(say("new"), elem_id="wb-new", scale=0, min_width=130, size="sm")
    return conversation, question, send, new, filters, sources


def lay_out_browsing(names: list[str], uploads: bool) -> tuple[Any, ...]:
    query = gr.Textbox(
        elem_id="wb-query", label=say("search"), placeholder=say("search_hint"), max_lines=1, container=False
    )
    found = html("wb-found")
    page = gr.Dropdown(names, value=names[0] if names else None, label=say("page"), elem_id="wb-page")
    with gr.Row(elem_classes="wb-below", visible=uploads):
        upload = gr.UploadButton(
            say("upload"), file_count="multiple", file_types=list(KINDS), elem_id="wb-upload", size="sm"
        )
        remove = gr.Button(say("remove_mine"), elem_id="wb-remove", size="sm")
    uploaded = html("wb-uploaded")
    contents = html("wb-contents")
    return page, contents, uploaded, upload, remove, query, found


def wire(page: gr.Blocks, parts: Parts, handlers: Handlers) -> None:
    """Which handler each event calls. Every handler works for the visitor's own desk."""
    p = parts
    turn = [p.conversation, p.answers, p.question, p.pane]
    asked = {"inputs": [p.desk, p.question, p.answers, p.sources, p.language], "outputs": turn, **QUIET}
    ask = stream(handlers, "ask")
    running: list[dict[str, Any]] = [p.question.submit(ask, **asked), p.send.click(ask, **asked)]
    redone = {"inputs": [p.desk, p.command, p.answers, p.sources, p.language], "outputs": turn, **QUIET}
    running.append(p.redo.click(stream(handlers, "redo"), **redone))

    def fresh(desk: str, language: str) -> tuple[Any, ...]:
        here = handlers.at(desk)
        return here.talk((), language), (), gr.skip(), here.front(language)

    p.new.click(fresh, [p.desk, p.language], turn, **QUIET)
    kept = [p.desk, p.command, p.answers, p.language]
    p.restore.click(answer(handlers, "restore"), kept, [p.conversation, p.answers], **QUIET)
    p.judge.click(answer(handlers, "judge"), [p.desk, p.command, p.answers], None, **QUIET)
    p.ideas.click(handlers.talk, [p.answers, p.language], p.conversation, **QUIET)
    p.halt.click(handlers.talk, [p.answers, p.language], p.conversation, cancels=running, **QUIET)
    p.open.click(answer(handlers, "open"), kept, p.pane, **QUIET)
    p.page.input(answer(handlers, "contents"), [p.desk, p.page, p.language], p.contents, **QUIET)
    p.query.submit(answer(handlers, "search"), [p.desk, p.query, p.sources, p.language], p.found, **QUIET)
    wire_language(page, parts, handlers)
    wire_uploads(parts, handlers)


def wire_uploads(parts: Parts, handlers: Handlers) -> None:
    """Files come and go; the lists of pages follow."""
    p = parts
    lists = [p.sources, p.page, p.contents, p.masthead, p.uploaded, p.desk]

    def listed(desk: str, words: str, language: str) -> list[Any]:
        here = handlers.at(desk)
        names = here.archive.sources()
        choices = [gr.Dropdown(choices=names, value=[]), gr.Dropdown(choices=names, value=names[0] if names else None)]
        return [*choices, here.contents(None, language), here.masthead(language), words, desk]

    def bring(desk: str, files: list[str] | None, language: str) -> list[Any]:
        words, desk = handlers.bring(desk, files, language)
        return listed(desk, words, language)

    def remove(desk: str, language: str) -> list[Any]:
        if handlers.uploads:
            handlers.uploads.remove(desk)
        return listed("", "", language)

    one: dict[str, Any] = {"concurrency_id": "uploads", "concurrency_limit": 1, "api_visibility": "private"}
    p.upload.upload(bring, [p.desk, p.upload, p.language], lists, show_progress_on=p.uploaded, **one)
    p.remove.click(remove, [p.desk, p.language], lists, show_progress="hidden", **one)


def wire_language(page: gr.Blocks, parts: Parts, handlers: Handlers) -> None:
    """Every string in the reader's language: the browser's at first, then the one chosen."""
    p = parts
    words = [
        p.masthead, p.ask_tab, p.browse_tab, p.history_tab, p.history, p.question, p.send, p.new, p.filters, p.sources,
        p.page, p.query, p.upload, p.remove, p.uploaded,
    ]  # fmt: skip

    def speak(desk: str, language: str, answers: Answers, source: str | None) -> list[Any]:
        here = handlers.at(desk)
        texts = [here.talk(answers, language), here.contents(source, language), here.front(language), ""]
        return [*labels(here, language), *texts]

    def start(desk: str, answers: Answers, source: str | None, request: gr.Request) -> list[Any]:
        chosen = unquote(request.cookies.get("wenbao_language", ""))
        language = chosen if chosen in LANGUAGES else choose_language(request.headers.get("accept-language", ""))
        return [language, *speak(desk, language, answers, source)]

    spoken = [*words, p.conversation, p.contents, p.pane, p.found]
    p.language.input(speak, [p.desk, p.language, p.answers, p.page], spoken, **QUIET)
    page.load(start, [p.desk, p.answers, p.page], [p.language, *spoken], **QUIET)


def labels(handlers: Handlers, language: str) -> list[Any]:
    """The masthead and the labels of Gradio's own components."""
    return [
        handlers.masthead(language),
        gr.Tab(label=say("tab_ask", language)),
        gr.Tab(label=say("tab_browse", language)),
        gr.Tab(label=say("tab_history", language)),
        view.history(language),
        gr.Textbox(placeholder=say("question_hint", language), label=say("question", language)),
        gr.Button(value=say("send", language)),
        gr.Button(value=say("new", language)),
        gr.Accordion(label=say("filter", language)),
        gr.Dropdown(label=say("filter_hint", language)),
        gr.Dropdown(label=say("page", language)),
        gr.Textbox(label=say("search", language), placeholder=say("search_hint", language)),
        gr.UploadButton(label=say("upload", language)),
        gr.Button(value=say("remove_mine", language)),
        view.note(say("upload_hint", language, megabytes=MAX_BYTES // 1_000_000, files=MAX_FILES))
        if handlers.uploads
        else "",
    ]


def answer(handlers: Handlers, name: str) -> Callable[..., Any]:
    """The handler `name` for the visitor's own desk, the first input; its None leaves the output as it is."""

    def call(desk: str, *inputs: Any) -> Any:
        value = getattr(handlers.at(desk), name)(*inputs)
        return gr.skip() if value is None else value

    return call


def stream(handlers: Handlers, name: str) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The same for a handler that yields several outputs, step by step."""

    def steps(desk: str, *inputs: Any) -> Iterator[tuple[Any, ...]]:
        for values in getattr(handlers.at(desk), name)(*inputs):
            yield tuple(gr.skip() if value is None else value for value in values)

    return steps


def add_endpoints(service: Service) -> None:
    """The endpoints `ask`, `search` and `show_source` for gradio_client, REST and MCP."""
    for method in (service.ask, service.search, service.show_source):
        gr.api(  # type: ignore[attr-defined,unused-ignore]
            clearly(method), api_name=method.__name__, concurrency_id="api", concurrency_limit=4
        )


def clearly(method: Callable[..., Any]) -> Callable[..., Any]:
    """`method` with our errors as Gradio's, whose sentence reaches the caller and whose traceback does not."""

    @wraps(method)
    def call(*arguments: Any, **options: Any) -> Any:
        try:
            return method(*arguments, **options)
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from None

    return call


def theme() -> gr.themes.Base:
    """Paper, ink and one red; only fonts that are on the reader's machine."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.red, neutral_hue=gr.themes.colors.stone, radius_size=gr.themes.sizes.radius_none,
        font=SERIF, font_mono=["ui-monospace", "monospace"],
    ).set(body_background_fill="#f7f2e7", body_background_fill_dark="#181613")  # fmt: skip


def head() -> str:
    """The page's own styles and scripts, for the document's head."""
    base, *scripts = ((HERE / name).read_text(encoding="utf-8") for name in ("base.css", "page.js", "history.js"))
    return f"<style>{base}</style>" + "".join(f"<script>{script}</script>" for script in scripts)
