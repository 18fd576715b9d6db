"""The events of the page, called as Gradio calls them: what each reads, changes and leaves alone, for whose desk."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa.chat.layout import Parts
from qa.chat.uploads import KINDS
from qa.render import LANGUAGES, say
from tests.serving import ROOT

CHAT = ROOT / "qa" / "chat"
LETTER = "# 青石镇桥梁通车\n\n本报讯 青石镇的白鹭桥昨天通车,全长321米,由镇政府投资修建。\n"
QUESTION = "白鹭桥全长多少米?"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:websockets", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def blocks(seeds_archive: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The page over the five pages, to which visitors bring files; few examples are looked for behind it."""
    from qa.chat.server import prepare

    prepare()
    from qa.chat import examples, page

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(examples, "TRIED", 3)
        yield page.build(seeds_archive, uploads=tmp_path_factory.mktemp("desks"))
        for thread in threading.enumerate():
            if thread.name == "examples":
                thread.join(60)


def events_of(blocks: Any, one: Any) -> list[tuple[str, str]]:
    """The components and their events that call it; the page itself is no component."""
    return [(blocks.blocks[number].elem_id, on) for number, on in one.targets if number in blocks.blocks]


class Wired:
    """One event of the page."""

    def __init__(self, blocks: Any, name: str, event: str) -> None:
        self.found = next(one for one in blocks.fns.values() if one.fn and (name, event) in events_of(blocks, one))
        self.outputs = [one.elem_id or type(one).__name__ for one in self.found.outputs]

    def __call__(self, *inputs: Any) -> Any:
        assert len(inputs) == len(self.found.inputs)
        return self.found.fn(*inputs)


def skipped(value: Any) -> bool:
    import gradio as gr

    return bool(value == gr.skip())


# --- what stands where ------------------------------------------------------------------------------------------------


def test_every_part_has_its_component_and_hidden_buttons_their_events(blocks: Any) -> None:
    names = {block.elem_id for block in blocks.blocks.values() if block.elem_id}
    places = set(Parts._fields) - {"answers", "desk", "ask_tab", "browse_tab", "history_tab", "filters"}
    assert {f"wb-{name}" for name in places} | {"wb-filter", "wb-tabs"} <= names
    clicked = {name for one in blocks.fns.values() for name, on in events_of(blocks, one) if on == "click"}
    hidden = {b.elem_id for b in blocks.blocks.values() if type(b).__name__ == "Button" and b.visible == "hidden"}
    assert len(hidden) >= 6 and hidden | {"wb-send", "wb-new", "wb-remove"} == clicked


def test_every_place_that_the_script_looks_for_is_on_the_page(blocks: Any) -> None:
    script = "".join((CHAT / name).read_text(encoding="utf-8") for name in ("page.js", "history.js"))
    asked = set(re.findall(r"""["'`]#(wb-[a-z]+)""", script))
    assert len(asked) > 3 and asked <= {block.elem_id for block in blocks.blocks.values()}


def test_every_event_of_the_page_is_private_and_asking_can_be_stopped(blocks: Any) -> None:
    private = [one for one in blocks.fns.values() if one.api_visibility == "private"]
    assert len(blocks.fns) - len(private) == 3 and len(private) >= 15
    (halt,) = [one for one in private if one.cancels]
    asking = {Wired(blocks, name, on).found._id for name, on in (
        ("wb-question", "submit"), ("wb-send", "click"), ("wb-redo", "click"))}  # fmt: skip
    assert set(halt.cancels) == asking


def test_files_come_one_after_the_other(blocks: Any) -> None:
    both = [Wired(blocks, "wb-upload", "upload").found, Wired(blocks, "wb-remove", "click").found]
    assert {one.concurrency_id for one in both} == {"uploads"} and {one.concurrency_limit for one in both} == {1}
    button = next(block for block in blocks.blocks.values() if block.elem_id == "wb-upload")
    assert button.file_types == list(KINDS) and button.file_count == "multiple"


def test_questions_and_restored_conversations_start_empty(blocks: Any) -> None:
    states = [block for block in blocks.blocks.values() if type(block).__name__ == "State"]
    assert sorted(map(repr, (block.value for block in states))) == ["''", "()"]
    assert all(block.time_to_live <= 86_400 for block in states)


# --- what happens -----------------------------------------------------------------------------------------------------


def test_a_question_clears_the_box_and_fills_conversation_and_pane(blocks: Any) -> None:
    ask = Wired(blocks, "wb-send", "click")
    assert ask.outputs == ["wb-conversation", "State", "wb-question", "wb-pane"]
    *_, (shown, answers, box, pane) = ask("", "奉化链式助学是什么", (), [], "zh-Hans")
    assert "链式助学" in shown and answers[0].status == "answered" and box == "" and "wb-" in pane
    *_, (told, kept, box, pane) = ask("", "", answers, [], "zh-Hans")  # nothing was asked
    assert kept == answers and skipped(box) and skipped(pane) and "链式助学" in told
    shown, answers, box, pane = Wired(blocks, "wb-new", "click")("", "en")
    assert answers == () and skipped(box) and "wb-answer" not in shown and 'lang="en"' in pane


def test_a_conversation_goes_to_the_browser_and_comes_back(blocks: Any) -> None:
    *_, (_, answers, _, _) = Wired(blocks, "wb-question", "submit")("", "奉化链式助学是什么", (), [], "en")
    records = json.dumps([answer.to_dict() for answer in answers], ensure_ascii=False)
    shown, restored = Wired(blocks, "wb-restore", "click")("", records, (), "en")
    assert [one.answer for one in restored] == [one.answer for one in answers] and answers[0].answer[:9] in shown
    pane = Wired(blocks, "wb-open", "click")("", json.dumps(["cite", 0, answers[0].citations[0].n]), restored, "en")
    assert answers[0].citations[0].source in pane


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_language_gives_every_label_its_words(blocks: Any, language: str) -> None:
    speak = Wired(blocks, "wb-language", "input")
    values = speak("", language, (), None)
    assert len(values) == len(speak.outputs) == len(set(speak.outputs) - {"Tab"}) + 3
    told = dict(zip(speak.outputs, values, strict=True))
    assert told["wb-send"].value == say("send", language) and told["wb-new"].value == say("new", language)
    assert told["wb-filter"].label == say("filter", language) and told["wb-query"].label == say("search", language)
    assert told["wb-question"].placeholder == say("question_hint", language) and told["wb-found"] == ""
    tabs = [value.label for name, value in zip(speak.outputs, values, strict=True) if name == "Tab"]
    assert tabs == [say(f"tab_{name}", language) for name in ("ask", "browse", "history")]


def test_files_are_the_visitors_own_from_bringing_to_removing(blocks: Any, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text(LETTER, encoding="utf-8")
    bring = Wired(blocks, "wb-upload", "upload")
    steps = list(bring("", [str(path)], "en"))
    assert all(all(skipped(value) for value in step[:4]) for step in steps[:-1]) and "letter.txt" in steps[-1][4]
    sources, page, contents, masthead, _, desk = steps[-1]
    assert desk and sources.choices[0][0] == "letter.txt" and page.value == "letter.txt" and sources.value == []
    assert "青石镇桥梁通车" in contents and "6" in masthead
    ask = Wired(blocks, "wb-send", "click")
    *_, (_, answers, _, _) = ask(desk, QUESTION, (), [], "en")
    assert "321米" in answers[0].answer
    for stranger in ("", "another desk"):
        *_, (_, answers, _, _) = ask(stranger, QUESTION, (), [], "en")
        assert "321" not in answers[0].answer
    *_, last = Wired(blocks, "wb-remove", "click")(desk, "en")
    assert last == ""
    *_, (_, answers, _, _) = ask(desk, QUESTION, (), [], "en")
    assert "321" not in answers[0].answer


def test_browsing_and_searching_show_what_was_asked_for(blocks: Any, seeds_archive: Any) -> None:
    name = seeds_archive.sources()[2]
    contents = Wired(blocks, "wb-page", "input")("", name, "en")
    titles = [article.title for article in seeds_archive.articles(name) if article.title]
    assert titles and all(title.split()[0] in contents for title in titles)
    search = Wired(blocks, "wb-query", "submit")
    found = search("", "工会", [name], "en")
    assert name in found and not any(other in found for other in seeds_archive.sources() if other != name)


def test_an_answer_that_came_before_the_page_had_its_language_is_drawn_again(blocks: Any, seeds_archive: Any) -> None:
    settle = next(one for one in blocks.fns.values() if one.fn and one.fn.__name__ == "settle")
    assert [one.elem_id for one in settle.outputs] == ["wb-conversation", "wb-pane"]
    assert all(skipped(one) for one in settle.fn("", (), "en"))
    answered = seeds_archive.ask("奉化链式助学是什么")
    conversation, pane = settle.fn("", (answered,), "en")
    assert "wb-turn" in conversation and answered.citations[0].source in pane
    refused = seeds_archive.ask("火星上有几座寺庙?")
    conversation, pane = settle.fn("", (answered, refused), "en")
    assert conversation.count("wb-question") == 2 and skipped(pane)
