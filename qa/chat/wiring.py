"""Which handler each event of the page calls, and what it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import gradio as gr

from qa.chat import view
from qa.chat.handlers import Answers, Handlers
from qa.chat.layout import Parts
from qa.render import LANGUAGES, choose_language, say

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


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
    more = p.ideas.click(talk_when(handlers, begun=False), [p.answers, p.language], p.conversation, **QUIET)
    more.then(talk_when(handlers, begun=True), [p.answers, p.language], p.conversation, **QUIET)
    p.wake.click(lambda: None, None, None, trigger_mode="multiple", **QUIET)
    p.halt.click(handlers.talk, [p.answers, p.language], p.conversation, cancels=running, **QUIET)
    p.open.click(answer(handlers, "open"), kept, p.pane, **QUIET)
    p.page.input(answer(handlers, "contents"), [p.desk, p.page, p.language], p.contents, **QUIET)
    p.query.submit(answer(handlers, "search"), [p.desk, p.query, p.sources, p.language], p.found, **QUIET)
    wire_language(page, parts, handlers)
    wire_uploads(parts, handlers)


def talk_when(handlers: Handlers, begun: bool) -> Callable[[Answers, str], Any]:
    """Draws the conversation only if it has begun, or only if not: example questions are for its start, and who was
    answered while they were on their way keeps the answer."""
    return lambda answers, language: handlers.talk(answers, language) if bool(answers) is begun else gr.skip()


def wire_uploads(parts: Parts, handlers: Handlers) -> None:
    """Files come and go; the lists of pages follow."""
    p = parts
    lists = [p.sources, p.page, p.contents, p.masthead, p.uploaded, p.desk]

    def listed(desk: str, words: str, language: str) -> list[Any]:
        here = handlers.at(desk)
        names = here.archive.sources()
        # Gradio warns of a list of values where it does not know that several may be chosen.
        sources = gr.Dropdown(choices=names, value=[], multiselect=True)
        pages = gr.Dropdown(choices=names, value=names[0] if names else None)
        return [sources, pages, here.contents(None, language), here.masthead(language), words, desk]

    def bring(desk: str, files: list[str] | None, language: str) -> Iterator[list[Any]]:
        for words, here in handlers.bring(desk, files, language):
            yield [*[gr.skip()] * 4, words, here]
        yield listed(here, words, language)

    def remove(desk: str, language: str) -> list[Any]:
        if handlers.uploads:
            handlers.uploads.remove(desk)
        return listed("", handlers.hint(language), language)

    def withdraw(desk: str, command: str, language: str) -> list[Any]:
        words, left = handlers.withdraw(desk, command, language)
        return listed(left, words, language)

    one: dict[str, Any] = {"concurrency_id": "uploads", "concurrency_limit": 1, **QUIET}
    p.upload.upload(bring, [p.desk, p.upload, p.language], lists, **one)
    p.remove.click(remove, [p.desk, p.language], lists, **one)
    p.withdraw.click(withdraw, [p.desk, p.command, p.language], lists, **one)


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

    def settle(desk: str, answers: Answers, language: str) -> tuple[Any, Any]:
        """Who asked while the page was still being put into a language keeps the answer."""
        if not answers:
            return gr.skip(), gr.skip()
        here, cited = handlers.at(desk), answers[-1].citations
        source = here.cited(answers, len(answers) - 1, cited[0].n, language) if cited else None
        return here.talk(answers, language), source or gr.skip()

    spoken = [*words, p.conversation, p.contents, p.pane, p.found]
    p.language.input(speak, [p.desk, p.language, p.answers, p.page], spoken, **QUIET)
    begun = page.load(start, [p.desk, p.answers, p.page], [p.language, *spoken], **QUIET)
    begun.then(settle, [p.desk, p.answers, p.language], [p.conversation, p.pane], **QUIET)


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
        handlers.hint(language),
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
