"""Whatever the text: HTML and Markdown, read back by parsers that are not ours, show it and hold only known tags."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.datatypes import Answer, Article, Citation, Hit, Page, Paragraph, Passage, Traced, Witness
from qa.render import (
    answer_html,
    answer_markdown,
    answer_text,
    article_of,
    citation_gbt7714,
    difference_html,
    escape_html,
    escape_markdown,
    hits_html,
    page_html,
    page_text,
    shorten,
    visible,
)
from qa.render.answer import command_button, numbered
from qa.render.citation import marked_html
from qa.render.source import WINDOW, line_owners, marks_within, merged, window

KNOWN = {"article", "br", "button", "div", "h3", "li", "mark", "ol", "p", "small", "span", "strong"}
# Text as an attacker writes it: markup in pieces, hidden characters, and anything else.
SIGNS = st.sampled_from(
    [*"<>&\"'/=`#;-![]*_\\\r\n\t ", "<script>", "&lt;", "&#60;", "</p>", "\u202e", "\x00", "甲", "。"]
)
TEXT = st.lists(SIGNS | st.text(max_size=3), max_size=12).map("".join)
WORDS = TEXT.filter(str.strip)
SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda pair: (pair[0], pair[0] + pair[1])))


class Parsed(HTMLParser):
    """The HTML as the standard library reads it: (open tags with their class, text) of each piece of text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.pieces: list[tuple[tuple[str, ...], str]] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag == "br":
            self.handle_data("\n")
        else:
            self.open.append(f"{tag}.{dict(attrs).get('class') or ''}")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().split(".")[0] == tag

    def handle_data(self, data: str) -> None:
        self.pieces.append((tuple(self.open), data))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.seen}

    def text(self, inside: str = "", outside: str = "\0") -> str:
        """The text within a tag (`p.wb-text`) and not within another."""
        found = [text for tags, text in self.pieces if not any(tag.startswith(outside) for tag in tags)]
        if inside:
            found = [
                text
                for tags, text in self.pieces
                if any(tag.startswith(inside) for tag in tags) and not any(tag.startswith(outside) for tag in tags)
            ]
        return "".join(found)


def citation(n: int, quote: str, title: str = "题", also_in: tuple[Witness, ...] = ()) -> Citation:
    return Citation(n, "a.txt", title, (1, 2), ((0, 5),), quote, also_in)


@given(TEXT)
def test_escaped_text_is_one_text_and_one_attribute(text: str) -> None:
    read = Parsed(f'<p title="{escape_html(text)}">{escape_html(text)}</p>')
    assert read.seen == [("p", {"title": visible(text)})]
    assert read.text() == visible(text)


@given(TEXT)
def test_making_hidden_characters_visible_twice_is_making_them_visible_once(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text) and visible(shown) == shown
    assert all(old == new or new == "\ufffd" for old, new in zip(text, shown, strict=True))


@given(st.lists(st.integers() | TEXT | st.none(), max_size=4))
def test_a_command_comes_back_from_the_value_of_its_button(command: list[object]) -> None:
    (tag, attributes), *more = Parsed(command_button(command, "wb-cite", "1")).seen
    assert (tag, more, set(attributes)) == ("button", [], {"type", "class", "value"})
    assert json.loads(attributes["value"] or "") == command


@given(TEXT, st.lists(TEXT, max_size=4))
def test_numbering_cuts_an_answer_without_changing_it(answer: str, quotes: list[str]) -> None:
    cited = tuple(citation(n, quote) for n, quote in enumerate(quotes, 1))
    pieces = numbered(Answer("q", "q", "answered", answer, citations=cited))
    assert "".join(piece for piece, _ in pieces) == answer
    if answer:
        assert sorted(n for _, numbers in pieces for n in numbers) == list(range(1, len(quotes) + 1))


@given(st.lists(st.text("甲乙丙丁戊己庚辛", min_size=3, max_size=9), min_size=1, max_size=5, unique=True))
def test_sentences_cited_in_turn_carry_their_own_numbers(words: list[str]) -> None:
    sentences = [f"{n}{word}。" for n, word in enumerate(words, 1)]
    cited = tuple(citation(n, sentence) for n, sentence in enumerate(sentences, 1))
    pieces = numbered(Answer("q", "q", "answered", "".join(sentences), citations=cited))
    assert pieces == [(sentence, [n]) for n, sentence in enumerate(sentences, 1)]


@given(WORDS, WORDS, TEXT, TEXT, st.sampled_from(["answered", "partial", "not_found", "error"]))
@settings(max_examples=60)
def test_an_answer_shows_its_words_and_nothing_becomes_a_tag(
    answer: str, short: str, title: str, quote: str, status: str
) -> None:
    witness = Witness(title, (3, 4), ((0, 1),), quote)
    hit = Hit(Passage(quote, ((0, 1),), 0, title, title, lines=(1, 1)), 0.5, 1)
    cited = (citation(1, quote, title, (witness,)),)
    said = Answer(quote, title, status, answer, short, 0.5, cited, (hit,), (title,))  # type: ignore[arg-type]
    for language in ("zh-Hans", "zh-Hant", "en"):
        read = Parsed(answer_html(said, language, turn=7))
        assert read.tags <= KNOWN
        assert read.text("p.wb-text", "button") == visible(answer)
        assert read.text("strong") == visible(short)
        assert [json.loads(a["value"] or "")[0] for tag, a in read.seen if tag == "button"] == (
            ["cite", "cite", "at"] if status == "not_found" else ["cite", "cite"]
        )


@given(WORDS, TEXT)
def test_a_found_passage_shows_the_beginning_of_its_text_and_opens_its_spans(text: str, source: str) -> None:
    passage = Passage(text, ((3, 9), (12, 14)), 0, source, "题", lines=(1, 2))
    read = Parsed(hits_html([Hit(passage, 0.5, 1)]))
    assert read.text("p.") == visible(shorten(text, 120))
    ((_, button),) = [one for one in read.seen if one[0] == "button"]
    assert json.loads(button["value"] or "") == ["at", source, [[3, 9], [12, 14]]]


@given(TEXT, st.integers(1, 20))
def test_shortening_keeps_the_beginning_and_says_that_it_cut(text: str, length: int) -> None:
    short, words = shorten(text, length), " ".join(text.split())
    if len(words) <= length:
        assert short == words
    else:
        assert short[-1] == "…" and words.startswith(short[:-1]) and len(short) == length + 1


@given(TEXT, TEXT)
def test_the_terminal_never_gets_a_control_character(answer: str, title: str) -> None:
    said = Answer(title, answer, "answered", answer, title, 0.9, (citation(1, answer, title),), missing=(title,))
    for shown in (answer_text(said), page_text(Page(title, answer), []), citation_gbt7714(said.citations[0])):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", shown)


# --- Markdown ---------------------------------------------------------------------------------------------------------


@given(TEXT)
@settings(max_examples=80)
def test_escaped_text_is_one_paragraph_to_two_markdown_dialects(text: str) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    for dialect in ("commonmark", "js-default"):
        read = Parsed(markdown_it.MarkdownIt(dialect, {"html": True}).render(escape_markdown(text)))
        assert read.tags <= {"p"}
        assert read.text().strip() == " ".join(visible(text).split())


@given(WORDS, WORDS, WORDS)
@settings(max_examples=60)
def test_an_exported_answer_has_the_structure_of_an_answer_whatever_it_says(
    question: str, short: str, quote: str
) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    said = Answer(question, question, "answered", quote, short, 0.9, (citation(1, quote),))
    read = Parsed(markdown_it.MarkdownIt("commonmark", {"html": True}).render(answer_markdown(said)))
    assert [tag for tag, _ in read.seen] == ["h2", "p", "strong", "p", "blockquote", "p", "p"]
    assert read.text("h2").strip() == " ".join(visible(question).split())
    assert read.text("strong") == " ".join(visible(short).split())
    assert read.text("blockquote").strip().startswith(" ".join(visible(quote).split()))


# --- marks ------------------------------------------------------------------------------------------------------------


def filled(places: set[int]) -> set[int]:
    """The places with every lone hole between two of them filled."""
    return places | {place + 1 for place in places if place + 2 in places}


def places_of(spans: Sequence[tuple[int, int]]) -> set[int]:
    return {place for first, last in spans for place in range(first, last)}


@given(SPANS)
def test_merging_covers_the_same_places_and_single_holes(spans: list[tuple[int, int]]) -> None:
    result = merged(spans)
    assert places_of(result) == filled(places_of(spans))
    assert all(a[1] + 1 < b[0] for a, b in pairwise(result))


@given(st.text('甲<&>"乙\n', min_size=40, max_size=60), SPANS)
def test_marks_hold_exactly_the_characters_of_the_spans(text: str, spans: list[tuple[int, int]]) -> None:
    places = filled(places_of(spans))
    read = Parsed(marked_html(text, merged(spans), '<mark class="wb-cited">'))
    assert read.text() == text
    assert read.text("mark") == "".join(character for place, character in enumerate(text) if place in places)


@given(
    st.lists(st.tuples(st.text("甲乙丙丁", min_size=1, max_size=6), st.integers(1, 4), st.sampled_from(["", " "]))),
    SPANS,
    st.randoms(use_true_random=False),
)
def test_file_spans_are_found_in_a_text_put_together_in_any_order(
    pieces: list[tuple[str, int, str]], wanted: list[tuple[int, int]], choose: object
) -> None:
    laid, at = [], 0
    for words, gap, seam in pieces:
        laid.append((words, at + gap, seam))
        at += gap + len(words)
    choose.shuffle(laid)  # type: ignore[attr-defined]
    text = ""
    offsets: list[int] = []
    for words, first, seam in laid:
        if text:
            text, offsets = text + seam, offsets + [-1] * len(seam)
        text, offsets = text + words, [*offsets, *range(first, first + len(words))]
    traced = Traced(text, tuple((first, first + len(words)) for words, first, _ in laid))
    inside = {place for place, offset in enumerate(offsets) if offset in places_of(wanted)}
    assert places_of(marks_within(traced, wanted)) == filled(inside)


def distance(first: str, second: str) -> int:
    """Levenshtein's distance by his recurrence."""
    row = list(range(len(second) + 1))
    for i, one in enumerate(first, 1):
        last, row = row, [i]
        for j, other in enumerate(second, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (one != other)))
    return row[-1]


@given(st.text("甲乙丙<&", max_size=10), st.text("甲乙丙<&", max_size=10))
def test_a_difference_shows_the_other_text_and_no_more_changes_than_there_are(quote: str, other: str) -> None:
    read = Parsed(difference_html(quote, other))
    assert read.tags <= {"mark", "del"}
    assert read.text(outside="del") == other
    assert len(read.text("mark")) + len(read.text("del")) == distance(quote, other)


# --- pages ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.text('甲<&" \t', max_size=5), min_size=1, max_size=9), st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_line_of_a_page_stands_on_its_own_row_with_its_number(lines: list[str], end: str) -> None:
    read = Parsed(page_html(Page("a.txt", end.join(lines)), []))
    rows = [attributes["value"] for tag, attributes in read.seen if tag == "li"]
    assert rows == [str(number) for number in range(1, len(lines) + 1)]
    assert read.text() == "".join(lines)
    shown = page_text(Page("a.txt", end.join(lines)), []).split("\n")
    assert shown[1:] == [f"{number:>6} │ {line}" for number, line in enumerate(lines, 1)]


@given(st.integers(1, 3000), st.data())
def test_the_window_holds_the_wanted_line_and_as_much_as_it_may(total: int, data: st.DataObject) -> None:
    line = data.draw(st.integers(1, total))
    first, last = window(total, line)
    assert 1 <= first <= line <= last <= total
    assert last - first + 1 == min(total, WINDOW)


@given(st.lists(st.sampled_from([0, 1, 2, -1]), min_size=1, max_size=12))
def test_every_line_has_the_article_it_was_given_to(owners: list[int]) -> None:
    """Line i of three characters belongs to article 1 or 2 (first or second), is a repeat of the first, or nobody's."""
    page = Page("a.txt", "\n".join("甲乙丙" for _ in owners))
    spans = [(4 * i, 4 * i + 3) for i in range(len(owners))]

    def of(wanted: int) -> tuple[tuple[int, int], ...]:
        return tuple(span for span, owner in zip(spans, owners, strict=True) if owner == wanted)

    articles = [
        Article("other.txt", "", (Paragraph("甲", (spans[0],)),)),
        Article("a.txt", "一", tuple(Paragraph("甲乙丙", (span,)) for span in of(1)), repeats=of(-1)),
        Article("a.txt", "二", tuple(Paragraph("甲乙丙", (span,)) for span in of(2))),
    ]
    assert line_owners(page, articles) == {line: owner for line, owner in enumerate(owners, 1) if owner}
    for line, owner in enumerate(owners):
        found = article_of(articles, "a.txt", [spans[line]])
        assert found is (articles[owner] if owner > 0 else None)
