"""Merged scans as they are shown: on the chat page, in `show`, in `articles`, behind a citation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from qa import listing
from qa.chat.examples import Examples
from qa.chat.handlers import Handlers
from qa.chat.records import answer_of
from qa.cli import main
from qa.collation import Collation, Scan, collate
from qa.datatypes import Answer, Article, Citation, Difference, Page, Paragraph, Witness
from qa.render import LANGUAGES, answer_html, answer_text, differences_words, merged_html, say
from qa.text import line_starts

FIRST = "江南桥昨日正式通车,两岸居民结束了靠渡船过江的历史。"
LOST = "大桥全长三百二十米,宽二十四米,总投资一亿八千万元,历时三年建成。"
NAMED = "县交通局副局长许{}表示,下一步将在桥头修建公交站和停车场,方便村民。"
LAST = "家住桥南的退休教师周秀英说,她等这座桥等了整整二十年了。"
STRANGE = '别本独有的一段<b onclick="x()">不可</b>当真,引号"与\'也照样显示出来,一字不差。'


def page_of(source: str, *lines: str) -> tuple[Page, Article]:
    paragraphs, text = [], ""
    for line in lines:
        paragraphs.append(Paragraph(line, ((len(text), len(text) + len(line)),)))
        text += line + "\n\n"
    title = Paragraph(lines[0], paragraphs[0].spans, "headline")
    return Page(source, text), Article(source, lines[0], (title, *paragraphs[1:]))


OWN, STORY = page_of("own.txt", "江南桥通车", FIRST, NAMED.format("被"), LAST)
OTHER, TWIN = page_of("other.txt", "江南桥通车", FIRST, LOST, STRANGE, NAMED.format("祯"), LAST)
PAGES = {"own.txt": OWN, "other.txt": OTHER}
MERGED = collate(STORY, OWN.text, [Scan.of("other.txt", [TWIN])])
STARTS = {source: line_starts(page.text) for source, page in PAGES.items()}


class TwoScans:
    """Just enough of an archive for a source pane."""

    def ask(self, question: str, history: Sequence[str] = (), k: int = 5, sources: Any = None) -> Answer:
        return Answer(question, question, "not_found")

    def sources(self) -> list[str]:
        return list(PAGES)

    def page(self, source: str) -> Page:
        return PAGES[source]

    def articles(self, source: str | None = None) -> list[Article]:
        return [story for story in (STORY, TWIN) if source in (None, story.source)]

    def collate(self, article: Article) -> Collation:
        scans = [Scan.of(one.source, [one]) for one in (STORY, TWIN) if one is not article]
        return collate(article, PAGES[article.source].text, scans)


@pytest.fixture
def handlers() -> Handlers:
    archive = TwoScans()
    return Handlers(archive, Examples(archive))  # type: ignore[arg-type]


# --- the merged story ----------------------------------------------------------------------------------------------


def test_both_readings_stand_side_by_side_and_name_their_files() -> None:
    html = merged_html(MERGED, STARTS)
    (one,) = MERGED.disagreements
    assert f'</mark><small class="wb-other">〔{one.others[0].text}〕</small>' in html
    assert "own.txt: 被; other.txt: 祯" in html


def test_a_filled_gap_is_framed_and_opens_its_file() -> None:
    html = merged_html(MERGED, STARTS)
    assert f'<span class="wb-filled">{LOST}</span>' in html
    value = unescape(html.split('wb-origin" value="')[1].split('"')[0])
    kind, source, spans = json.loads(value)
    assert (kind, source) == ("at", "other.txt")
    assert "".join(OTHER.text[a:b] for a, b in spans) == LOST
    assert "第 5 行" in html


def test_whatever_the_words_are_they_are_no_markup() -> None:
    html = merged_html(MERGED, STARTS)
    assert "<b onclick" not in html and "&lt;b onclick" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_words(language: str) -> None:
    html = merged_html(MERGED, STARTS, language)
    assert say("merged_note", language, files="other.txt") in unescape(html)
    for why in ("majority", "words", "own"):
        assert say(f"why_{why}", language)


# --- the source pane -----------------------------------------------------------------------------------------------


def test_the_pane_offers_the_merged_reading_where_there_is_another_scan(handlers: Handlers) -> None:
    pane = handlers.open(json.dumps(["at", "own.txt", [list(STORY.spans[0])], "article"]), (), "en")
    assert pane and "Scans merged" in pane and "wb-merged" not in pane
    merged = handlers.open(json.dumps(["at", "own.txt", [list(STORY.spans[0])], "merged"]), (), "en")
    assert merged and "wb-merged" in merged and LOST in merged and merged.count("wb-current") == 1


def test_the_whole_page_has_no_merged_reading(handlers: Handlers) -> None:
    pane = handlers.open(json.dumps(["at", "own.txt", [], "merged"]), (), "en")
    assert pane and "Scans merged" not in pane and "wb-page" in pane


def test_a_cited_story_can_be_read_merged(handlers: Handlers) -> None:
    spans = STORY.paragraphs[2].spans
    cited = Citation(1, "own.txt", STORY.title, (5, 5), spans, STORY.paragraphs[2].text)
    answer = Answer("谁?", "谁?", "answered", cited.quote, "许被", 0.9, (cited,))
    pane = handlers.open(json.dumps(["cite", 0, 1, "merged"]), (answer,), "zh-Hans")
    assert pane and "wb-merged" in pane and "祯" in pane and "\n" not in pane


def test_a_story_without_another_scan_offers_none(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TwoScans, "collate", lambda _, article: collate(article, OWN.text, []))
    pane = handlers.open(json.dumps(["at", "own.txt", [list(STORY.spans[0])], "merged"]), (), "en")
    assert pane and "Scans merged" not in pane and "wb-article" in pane


# --- show and articles ---------------------------------------------------------------------------------------------


def test_lines_carry_what_the_other_scan_has_otherwise() -> None:
    notes = listing.notes_of([MERGED], PAGES.__getitem__)
    lines = listing.lines_with_articles(OWN, [STORY], 1, 0, notes)
    told = {line.number: [(note.kind, note.text, note.other, note.lines) for note in line.notes] for line in lines}
    assert told[5] == [("differs", "被", "祯", (9, 9))]
    assert told[3] == [("gap", "", LOST, (5, 5)), ("gap", "", STRANGE, (7, 7))]
    assert not any(told[n] for n in told if n not in (3, 5))
    for line in lines:
        for note in line.notes:
            assert "".join(OTHER.text[a:b] for a, b in note.spans) == note.other
    text = listing.lines_text(lines)
    assert "≠ other.txt:9 被 | 祯" in text and f"+ other.txt:5 {LOST}" in text


def test_files_are_listed_with_their_merged_reading(tmp_path: Path) -> None:
    for page in PAGES.values():
        (tmp_path / page.source).write_text(page.text, "utf-8")
    found = listing.of_files([str(tmp_path)])
    records = {source: [listing.to_dict(one) for one in entries] for source, entries in found.items()}
    merged = [entry["merged"] for entry in records["own.txt"] if entry["merged"]]
    assert merged and merged[0]["witnesses"] == ["other.txt"]
    assert any(LOST in "".join(r["text"] for r in one["readings"]) for entry in merged for one in entry["filled"])
    assert "also in: other.txt" in listing.to_text(found)
    json.dumps(records)


def test_show_prints_the_other_reading(seeds_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "000:68", "--index", str(seeds_index)]) == 0
    assert "被 | 祯" in capsys.readouterr().out
    assert main(["show", "000:68", "--index", str(seeds_index), "--json"]) == 0
    (line,) = json.loads(capsys.readouterr().out)["lines"]
    assert {(note["text"], note["other"]) for note in line["notes"]} >= {("被", "祯")}


# --- citations -----------------------------------------------------------------------------------------------------

DIFFERS = tuple(Difference(a, ((0, 1),), b, ((0, len(b)),)) for a, b in (("祯", "被"), ("校", ""), ("", "员")))


def test_differences_in_words() -> None:
    assert differences_words(DIFFERS[:1]) == "“祯”作“被”"
    assert differences_words(DIFFERS, "en") == "“祯” reads “被”, lacks “校”, adds “员”"
    assert differences_words(()) == ""
    assert differences_words(DIFFERS * 3).endswith("另有 3 处")


def test_an_answer_names_what_its_witness_prints_otherwise() -> None:
    witness = Witness("other.txt", (9, 9), ((0, 2),), "许被", DIFFERS[:1])
    cited = Citation(1, "own.txt", "题", (1, 1), ((0, 2),), "许祯", (witness,))
    answer = Answer("谁?", "谁?", "answered", "许祯", "许祯", 0.9, (cited,))
    assert "又见 other.txt 第 9 行: “祯”作“被”" in answer_text(answer)
    assert "“祯”作“被”" in unescape(answer_html(answer))
    back = answer_of(json.loads(json.dumps(answer.to_dict())))
    assert back.citations[0].also_in[0].quote == "许被"
