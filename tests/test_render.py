"""Rendering: what is shown is what is written, letter for letter, on every surface and in three languages."""

from __future__ import annotations

import json
import re
import string
import sys
import unicodedata
from html import unescape
from html.parser import HTMLParser

import pytest

from qa.benchmark.chat.payloads import XSS_PAYLOADS
from qa.datatypes import Answer, Article, Citation, Fact, Hit, Page, Paragraph, Passage, Witness
from qa.render import (
    LANGUAGES,
    answer_html,
    answer_markdown,
    answer_text,
    article_html,
    article_of,
    choose_language,
    citation_gbt7714,
    citation_markdown,
    citation_text,
    difference_html,
    escape_html,
    escape_markdown,
    hits_html,
    page_html,
    page_text,
    say,
    visible,
)
from qa.render.answer import numbered
from qa.render.source import COLOURS, WINDOW, marks_within, merged, window
from qa.render.words import WORDS, confidence_words

TEXT = "甲版\n\n# 河边修桥\n\n记者李四报道 昨天,村里修\n\n"
TEXT += "了一座桥。桥长12米。\n\n# 学校开学\n\n孩子们回来了。\n\n孩子们回来了。\n"
PAGE = Page("p.txt", TEXT)


def span_of(words: str, start: int = 0) -> tuple[int, int]:
    at = TEXT.index(words, start)
    return at, at + len(words)


def paragraph(kind: str, *parts: str) -> Paragraph:
    return Paragraph("".join(parts), tuple(span_of(part) for part in parts), kind)  # type: ignore[arg-type]


BRIDGE = Article(
    "p.txt",
    "河边修桥",
    (
        paragraph("headline", "河边修桥"),
        paragraph("byline", "记者李四报道"),
        paragraph("body", "昨天,村里修", "了一座桥。桥长12米。"),
    ),
    section="甲版",
    byline="记者李四报道",
    facts=(Fact("reporter", "李四", 5, 0.9),),
)
SCHOOL = Article(
    "p.txt",
    "学校开学",
    (paragraph("headline", "学校开学"), paragraph("body", "孩子们回来了。")),
    repeats=(span_of("孩子们回来了。", TEXT.index("孩子们回来了。") + 1),),
)
BUILT = (span_of("昨天,村里修"), span_of("了一座桥。"))
LONG = (span_of("桥长12米。"),)
WITNESS = Witness("q.txt", (2, 2), ((9, 20),), "昨天,村里修了一坐桥。")
CITED = (
    Citation(1, "p.txt", "河边修桥", (5, 7), BUILT, "昨天,村里修了一座桥。", (WITNESS,)),
    Citation(2, "p.txt", "河边修桥", (7, 7), LONG, "桥长12米。"),
)
ANSWER = Answer("桥多长?", "河边的桥多长?", "answered", "昨天,村里修了一座桥。桥长12米。", "12米", 0.9, CITED)
PASSAGE = Passage("孩子们回来了。", (span_of("孩子们回来了。"),), 0, "p.txt", "学校开学", lines=(11, 11))
NOT_FOUND = Answer("谁唱歌?", "谁唱歌?", "not_found", passages=(Hit(PASSAGE, 0.1, 1),), missing=("唱歌",))


class Reader(HTMLParser):
    """What a browser would make of the HTML: its text, its tags, and which text stands inside <mark>."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.marked: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not [name for name, _ in attrs if name.startswith("on")], attrs
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if "mark" in self.open:
            self.marked.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def test_each_sentence_carries_the_number_of_its_citation() -> None:
    assert numbered(ANSWER) == [("昨天,村里修了一座桥。", [1]), ("桥长12米。", [2])]


def test_a_quote_that_differs_in_white_space_is_still_found() -> None:
    answer = Answer("q", "q", "answered", "昨天, 村里修 了一座桥。\n桥长12米。", citations=CITED)
    assert [numbers for _, numbers in numbered(answer)] == [[1], [2]]
    assert "".join(piece for piece, _ in numbered(answer)) == answer.answer


def test_a_citation_that_is_not_quoted_stands_at_the_end() -> None:
    answer = Answer("q", "q", "answered", "桥长12米。完。", citations=CITED)
    assert numbered(answer) == [("桥长12米。", [2]), ("完。", [1])]


def test_an_answer_without_citations_keeps_its_text_whole() -> None:
    assert numbered(Answer("q", "q", "answered", "一句话。")) == [("一句话。", [])]


def test_the_terminal_shows_answer_citation_lines_witness_and_confidence() -> None:
    shown = answer_text(ANSWER)
    assert "昨天,村里修了一座桥。[1]桥长12米。[2]" in shown
    assert "简答  12米" in shown
    assert "[1] p.txt 第 5–7 行 《河边修桥》" in shown
    assert "又见 q.txt 第 2 行" in shown
    assert "很有把握 (90%)" in shown


def test_the_terminal_names_the_understood_question_only_when_it_differs() -> None:
    assert "理解为：河边的桥多长?" in answer_text(ANSWER)
    assert "理解为" not in answer_text(Answer("桥多长?", "桥 多长?", "answered", "12米"))


def test_not_found_shows_the_nearest_passages_as_such_and_the_missing_words() -> None:
    shown = answer_text(NOT_FOUND)
    assert "没有找到能回答这个问题的文字" in shown and "唱歌" in shown
    assert shown.index("最接近的段落（不是答案）") < shown.index("1. p.txt 第 11 行 《学校开学》")


def test_one_missing_word_is_not_said_to_be_missing_together_with_others() -> None:
    assert "没有一篇报道提到：唱歌" in answer_text(NOT_FOUND)
    two = Answer("谁唱歌?", "谁唱歌?", "not_found", missing=("唱歌", "跳舞"))
    assert "没有一篇报道同时提到：唱歌、跳舞" in answer_text(two)


def test_a_partial_answer_names_what_is_missing() -> None:
    answer = Answer("q", "q", "partial", "桥长12米。", citations=CITED[1:], missing=("造价", "工期"))
    assert "造价、工期" in answer_text(answer)
    assert "造价, 工期" in answer_text(answer, "en")
    assert 'class="wb-answer wb-partial"' in answer_html(answer)


def test_a_changed_file_is_pointed_out_everywhere() -> None:
    changed = Citation(1, "p.txt", "t", (1, 1), ((0, 2),), "甲版", changed=True)
    answer = Answer("q", "q", "answered", "甲版", citations=(changed,))
    assert say("changed") in answer_text(answer)
    assert say("changed", "en") in answer_html(answer, "en")


def commands(html: str) -> list[list[object]]:
    return [json.loads(unescape(value)) for value in re.findall(r'<button[^>]* value="([^"]*)"', html)]


def test_the_page_shows_numbers_as_buttons_that_know_their_turn() -> None:
    html = answer_html(ANSWER, turn=3)
    assert commands(html) == [["cite", 3, n] for n in (1, 2, 1, 2)]
    assert Reader(html).tags.count("button") == 4


def test_nearest_passages_are_buttons_that_know_their_place() -> None:
    html = hits_html(NOT_FOUND.passages)
    assert commands(html) == [["at", "p.txt", [list(PASSAGE.spans[0])]]]
    assert "《学校开学》" in Reader(html).text


def test_a_witness_shows_where_its_characters_differ_and_what_it_lacks() -> None:
    html = difference_html("昨天,村里修了一座<b>桥。", "昨天,村里修一坐<b>桥。")
    assert html == '昨天,村里修<del>了</del>一<mark class="wb-differs">坐</mark>&lt;b&gt;桥。'
    assert difference_html("一字不差", "一字 不差") == "一字 不差"


@pytest.mark.parametrize("payload", XSS_PAYLOADS)
def test_hostile_text_is_shown_letter_for_letter_in_every_html(payload: str) -> None:
    citation = Citation(1, payload, payload, (1, 1), ((0, len(payload)),), payload)
    hit = Hit(Passage(payload, ((0, len(payload)),), 0, payload, payload, lines=(1, 1)), 1.0, 1)
    answer = Answer(payload, payload + "?", "not_found", payload, payload, 0.5, (citation,), (hit,), (payload,))
    article = Article(payload, payload, (Paragraph(payload, ((0, len(payload)),)),), section=payload)
    page = Page(payload, payload)
    plain = visible(payload)
    for html in (answer_html(answer), article_html(page, article), page_html(page, [article], [(1, 3)])):
        reader = Reader(html)
        assert plain in reader.text
        assert not {"script", "img", "iframe", "form", "a", "svg", "style", "object", "input"} & set(reader.tags)


@pytest.mark.parametrize("payload", XSS_PAYLOADS)
def test_hostile_text_is_shown_letter_for_letter_by_a_markdown_renderer(payload: str) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    for renderer in ("commonmark", "js-default"):
        html = markdown_it.MarkdownIt(renderer, {"html": True, "linkify": False}).render(escape_markdown(payload))
        reader = Reader(html)
        assert set(reader.tags) <= {"p"}
        assert reader.text.strip() == " ".join(visible(payload).split())


def test_every_ascii_sign_survives_markdown() -> None:
    markdown_it = pytest.importorskip("markdown_it")
    for text in (string.punctuation, "1. one", "- a", "+ b", "===", "---", "    indented", "# head", "> quote"):
        assert Reader(markdown_it.MarkdownIt("js-default").render(escape_markdown(text))).text.strip() == text.strip()


def test_every_hidden_character_becomes_visible_and_the_length_stays() -> None:
    hidden = [
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp") and chr(code) not in "\t\n"
    ]
    assert [character for character in hidden if visible(character) != "\ufffd"] == []
    assert visible("甲\u202e乙\x1b[0m") == "甲\ufffd乙\ufffd[0m"


def test_ordinary_characters_are_left_alone() -> None:
    text = "许祯，𠮷野家 “链式” ０１ é\t\n😀 ㄅ"
    assert visible(text) == text
    assert escape_html("甲<乙>&\"'") == "甲&lt;乙&gt;&amp;&quot;&#x27;"


def test_citations_come_as_plain_text_markdown_and_gbt7714() -> None:
    assert citation_text(CITED[0]) == "昨天,村里修了一座桥。\n—— 《河边修桥》, p.txt 第 5–7 行"
    assert citation_markdown(CITED[1], "en") == "> 桥长12米。\n>\n> \\[2\\] “河边修桥”, p.txt line 7"
    assert citation_gbt7714(CITED[0], BRIDGE) == "李四. 河边修桥[N]. p.txt: 第 5–7 行."
    assert citation_gbt7714(CITED[0]) == "河边修桥[N]. p.txt: 第 5–7 行."


def test_gbt7714_names_three_authors_and_then_others() -> None:
    facts = tuple(Fact("reporter", name, 1, 1.0) for name in ("甲", "乙", "丙", "丁"))
    article = Article("p.txt", "题", (), facts=(*facts, Fact("date", "2021-05-13", 1, 1.0)))
    assert citation_gbt7714(CITED[0], article) == "甲, 乙, 丙, 等. 河边修桥[N]. p.txt, 2021-05-13: 第 5–7 行."


def test_markdown_export_holds_question_answer_numbers_and_quotes() -> None:
    shown = answer_markdown(ANSWER)
    assert shown.startswith("## 桥多长?\n")
    assert "昨天,村里修了一座桥。 \\[1\\]桥长12米。 \\[2\\]" in shown
    assert "> 桥长12米。" in shown
    assert "学校开学" in answer_markdown(NOT_FOUND)


def test_cited_characters_are_marked_across_a_column_break() -> None:
    html = article_html(PAGE, BRIDGE, BUILT)
    reader = Reader(html)
    assert "".join(reader.marked) == "昨天,村里修了一座桥。"
    assert html.count("<mark") == 1


def test_marks_follow_the_spans_even_when_reading_order_is_not_file_order() -> None:
    swapped = Paragraph("了一座桥。桥长12米。 昨天,村里修", (span_of("了一座桥。桥长12米。"), span_of("昨天,村里修")))
    for words in ("桥长12米", "昨天"):
        ((start, end),) = marks_within(swapped, [span_of(words)])
        assert swapped.text[start:end] == words


def test_the_article_shows_headline_section_byline_and_line_numbers() -> None:
    html = article_html(PAGE, BRIDGE)
    assert "<h3" in html and "甲版" in html and "记者李四报道" in html
    assert ">5–7</span>" in html and 'title="第 5–7 行"' in html


def test_an_article_without_a_headline_says_so() -> None:
    article = Article("p.txt", "", (paragraph("body", "孩子们回来了。"),))
    assert say("untitled", "en") in article_html(PAGE, article, language="en")


def test_a_citation_finds_the_article_that_holds_most_of_it() -> None:
    assert article_of([BRIDGE, SCHOOL], "p.txt", BUILT) is BRIDGE
    assert article_of([BRIDGE, SCHOOL], "p.txt", PASSAGE.spans) is SCHOOL
    assert article_of([BRIDGE], "other.txt", BUILT) is None
    assert article_of([BRIDGE, SCHOOL], "p.txt", [(1, 2)]) is None


def test_the_page_view_numbers_lines_colours_articles_and_marks_the_cited_characters() -> None:
    html = page_html(PAGE, [BRIDGE, SCHOOL], BUILT)
    assert Reader(html).marked == ["昨天,村里修", "了一座桥。"]
    assert re.search(r'<li class="wb-a0" value="5">', html)
    assert re.search(r'<li class="wb-a1" value="9">', html)
    assert re.search(r'<li class="wb-repeat" value="13">', html)
    assert re.search(r'<li class="wb-none" value="1">', html)
    assert html.count("<li") == TEXT.count("\n") + 1


def test_the_page_view_loses_no_character_of_the_page() -> None:
    reader = Reader(page_html(PAGE, [BRIDGE], BUILT))
    assert reader.text == TEXT.replace("\n", "")


def test_articles_beyond_the_last_colour_start_again() -> None:
    article = Article("p.txt", "t", (paragraph("body", "孩子们回来了。"),))
    others = [Article("p.txt", "o", ())] * COLOURS
    assert '<li class="wb-a0" value="11">' in page_html(PAGE, [*others, article])


def test_a_very_long_page_is_cut_to_the_lines_around_the_citation_and_says_so() -> None:
    page = Page("long.txt", "".join(f"line {n}\n" for n in range(1, 50_001)))
    at = page.text.index("line 30000")
    html = page_html(page, [], [(at, at + 10)])
    assert html.count("<li") == WINDOW
    assert Reader(html).marked == ["line 30000"]
    assert "共 50001 行" in html


@pytest.mark.parametrize(
    ("total", "line", "expected"), [(10, 5, (1, 10)), (1000, 0, (1, 400)), (1000, 999, (601, 1000))]
)
def test_the_window_stays_within_the_page(total: int, line: int, expected: tuple[int, int]) -> None:
    assert window(total, line) == expected


def test_show_prints_lines_under_their_articles() -> None:
    rows = page_text(PAGE, [BRIDGE, SCHOOL], 3, 11).splitlines()
    assert rows[0] == "p.txt 第 3–11 行"
    assert rows[1] == "── 《河边修桥》"
    assert rows[2] == "     3 │ # 河边修桥"
    assert rows.index("── 《学校开学》") == rows.index("     9 │ # 学校开学") - 1


def test_show_beyond_the_end_stops_at_the_last_line_and_hides_no_escape() -> None:
    page = Page("p.txt", "a\x1b[31mb\r\nc")
    rows = page_text(page, [], 1, 99).splitlines()
    assert rows == ["p.txt 第 1–2 行", "     1 │ a\ufffd[31mb", "     2 │ c"]


def test_overlapping_spans_become_one() -> None:
    assert merged([(5, 7), (0, 3), (2, 4), (20, 30)]) == [(0, 7), (20, 30)]


def test_every_string_exists_in_three_languages_with_the_same_blanks() -> None:
    for key, columns in WORDS.items():
        blanks = [sorted(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in columns]
        assert len(columns) == len(LANGUAGES) and all(columns), key
        assert blanks[0] == blanks[1] == blanks[2], key
        assert not re.search("[\u4e00-\u9fff]", columns[2]), key


def test_the_traditional_column_holds_no_simplified_character() -> None:
    opencc = pytest.importorskip("opencc")
    to_traditional = opencc.OpenCC("s2t").convert
    for key, (_, traditional, _) in WORDS.items():
        assert (
            to_traditional(traditional).translate(str.maketrans("纔喫羣裏爲着彙", "才吃群裡為著匯")) == traditional
        ), key


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-TW,zh;q=0.9", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("en-US,en;q=0.9,zh;q=0.1", "en"),
        ("fr-FR,fr;q=0.9,zh-CN;q=0.5", "zh-Hans"),
        ("de", "en"),
        ("", "zh-Hans"),
        ("*", "zh-Hans"),
    ],
)
def test_the_browsers_language_chooses_the_interface(header: str, language: str) -> None:
    assert choose_language(header) == language


def test_confidence_in_words_never_falls_when_confidence_rises() -> None:
    order = [say(f"sure_{level}") for level in (1, 2, 3, 4)]
    levels = [order.index(confidence_words(percent / 100)) for percent in range(101)]
    assert levels == sorted(levels) and set(levels) == {0, 1, 2, 3}


def test_an_unknown_language_means_simplified_chinese() -> None:
    assert say("send", "xx") == say("send", "zh-Hans")
