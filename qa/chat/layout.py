"""Which component of Gradio stands where on the page."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from qa.chat.uploads import KINDS, Uploads
from qa.render import DEFAULT, LANGUAGES, say


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
    upload: gr.UploadButton
    remove: gr.Button
    uploaded: gr.Markdown
    page: gr.Dropdown
    contents: gr.Markdown
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
    wake: gr.Button
    halt: gr.Button
    withdraw: gr.Button


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
                (conversation, question, send, new, filters, sources, upload, remove, uploaded) = lay_out_asking(
                    names, bool(desks)
                )
            with gr.Tab(say("tab_browse"), id="browse") as browse_tab:
                page, contents, query, found = lay_out_browsing(names)
            with gr.Tab(say("tab_history"), id="history") as history_tab:
                history = html("wb-history")
        with gr.Column(scale=5, elem_classes="wb-right", min_width=280):
            pane = html("wb-pane")
    names = ["open", "redo", "restore", "judge", "ideas", "wake", "halt", "withdraw"]
    hidden = {name: gr.Button(elem_id=f"wb-{name}", visible="hidden") for name in names}
    command = gr.Textbox(elem_id="wb-command", visible="hidden", show_label=False)
    return Parts(
        answers, desk, masthead, language, ask_tab, browse_tab, history_tab, conversation, question, send, new, filters,
        sources, upload, remove, uploaded, page, contents, query, found, history, pane, command, **hidden,
    )  # fmt: skip


def lay_out_asking(names: list[str], uploads: bool) -> tuple[Any, ...]:
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
    with gr.Row(elem_classes="wb-below", visible=uploads):
        upload = gr.UploadButton(
            say("upload"), file_count="multiple", file_types=list(KINDS), elem_id="wb-upload", size="sm"
        )
        remove = gr.Button(say("remove_mine"), elem_id="wb-remove", size="sm")
    uploaded = html("wb-uploaded")
    return conversation, question, send, new, filters, sources, upload, remove, uploaded


def lay_out_browsing(names: list[str]) -> tuple[Any, ...]:
    query = gr.Textbox(
        elem_id="wb-query", label=say("search"), placeholder=say("search_hint"), max_lines=1, container=False
    )
    found = html("wb-found")
    page = gr.Dropdown(names, value=names[0] if names else None, label=say("page"), elem_id="wb-page")
    contents = html("wb-contents")
    return page, contents, query, found
