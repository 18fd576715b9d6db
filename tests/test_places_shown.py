"""Places and reports in words, in every language: claims, retellings, sheets of a PDF, authors, lines and windows."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.datatypes import Answer, Article, Citation, Claim, Difference, Fact, Hit, Page, Paragraph, Passage, Written
from qa.render import (
    LANGUAGES,
    answer_html,
    answer_markdown,
    answer_text,
    article_html,
    article_of,
    citation_gbt7714,
    citation_markdown,
    citation_text,
    differences_words,
    page_html,
    page_text,
    say,
    shorten,
)
from qa.render.answer import claims_words, numbered, status_words, understood_words, written_words
from qa.render.citation import SHOWN, place_words, title_words
from qa.render.source import line_owners, line_text
from qa.text import line_starts

languages = pytest.mark.parametrize("language", LANGUAGES)
CITED = tuple(
    Citation(n, f"{n}.txt", "题", (n, n + 1), ((0, 2),), quote) for n, quote in ((1, "甲来。"), (2, "乙来。"))
)
ANSWER = Answer("谁来?", "谁来?", "answered", "甲来。乙来。", "甲", 0.62, CITED)


def tags_aside(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


# ---- what several reports say ---------------------------------------------------------------------------------


@languages
def test_reports_that_agree_are_counted_with_their_numbers(language: str) -> None:
    words = claims_words(replace(ANSWER, claims=(Claim("1806场", (1, 2)),)), language)
    assert words.endswith("1806场[1][2]") and "2" in words.partition("1806场")[0]
    assert say("disagreed", language) not in words


@languages
def test_values_that_differ_stand_in_order_with_the_reports_that_give_them(language: str) -> None:
    words = claims_words(replace(ANSWER, claims=(Claim("1806场", (1,)), Claim("1086场", (2, 3)))), language)
    assert words.startswith(say("disagreed", language))
    assert re.findall(r"(\d+)场((?:\[\d\])+)", words) == [("1806", "[1]"), ("1086", "[2][3]")]
    assert claims_words(ANSWER, language) == ""


@languages
def test_claims_are_told_on_every_surface(language: str) -> None:
    told = replace(ANSWER, claims=(Claim("甲", (1,)), Claim("乙", (2,))))
    words = claims_words(told, language)
    assert words in answer_text(told, language).splitlines()
    assert words in tags_aside(answer_html(told, language))
    plain = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), answer_markdown(told, language))
    assert f"*{words}*" in plain


# ---- who told it ----------------------------------------------------------------------------------------------


@languages
def test_a_retelling_names_its_model_and_counts_what_was_left_out(language: str) -> None:
    whole, less = (replace(ANSWER, written=Written("small-7b", dropped)) for dropped in ((), ("x", "y", "z")))
    assert "small-7b" in written_words(whole, language)
    assert written_words(less, language).startswith(written_words(whole, language))
    assert "3" in written_words(less, language)[len(written_words(whole, language)) :]
    assert written_words(ANSWER, language) == ""


def test_a_retold_answer_has_its_numbers_where_the_model_put_them() -> None:
    told = replace(ANSWER, answer="先来了甲。[1]后来了甲和乙。[1][2]完", written=Written("m"))
    assert numbered(told) == [("先来了甲。", [1]), ("后来了甲和乙。", [1, 2]), ("完", [])]
    failed = replace(ANSWER, written=Written("m", failure="slow"))
    assert numbered(failed) == [("甲来。", [1]), ("乙来。", [2])], "the quotes stand, with their own ends"


@given(st.lists(st.tuples(st.text("甲乙。a \n", min_size=1, max_size=8), st.lists(st.integers(1, 30), max_size=3))))
def test_cutting_a_retold_answer_loses_nothing(parts: list[tuple[str, list[int]]]) -> None:
    text = "".join(words + "".join(f"[{n}]" for n in numbers) for words, numbers in parts)
    found = numbered(replace(ANSWER, answer=text, written=Written("m")))
    assert "".join(words + "".join(f"[{n}]" for n in numbers) for words, numbers in found) == text


# ---- what a status means --------------------------------------------------------------------------------------


@languages
def test_only_a_whole_answer_goes_without_a_warning(language: str) -> None:
    partial = replace(ANSWER, status="partial", missing=("造价", "工期"))
    words = {
        "answered": status_words(ANSWER, language),
        "partial": status_words(partial, language),
        "plain": status_words(replace(partial, missing=()), language),
        "not_found": status_words(replace(ANSWER, status="not_found"), language),
        "error": status_words(replace(ANSWER, status="error"), language),
    }
    assert words.pop("answered") == "" and all(words.values()) and len(set(words.values())) == 4
    assert "造价" in words["partial"] and "工期" in words["partial"] and "造价" not in words["plain"]


@languages
def test_a_question_is_told_back_only_where_it_was_understood_otherwise(language: str) -> None:
    assert understood_words(ANSWER, language) == understood_words(replace(ANSWER, understood_as=" 谁 来?"), language)
    assert understood_words(ANSWER, language) == "" == understood_words(replace(ANSWER, understood_as=""), language)
    assert "甲乙谁来?" in understood_words(replace(ANSWER, understood_as="甲乙谁来?"), language)


@languages
def test_what_was_not_found_shows_the_nearest_and_no_confidence(language: str) -> None:
    passage = Passage("孩子们回来了。" * 40, ((0, 280),), 0, "p.txt", "开学", lines=(3, 9))
    nothing = Answer("谁唱歌?", "谁唱歌?", "not_found", passages=(Hit(passage, 0.1, 1),), missing=("唱歌",))
    for shown in (answer_text(nothing, language), tags_aside(answer_html(nothing, language))):
        assert say("nearest", language) in shown and "唱歌" in shown
        assert say("confidence", language) not in shown and passage.text not in shown
        assert shorten(passage.text, 90)[:90] in shown
    assert say("nearest", language) not in answer_text(replace(nothing, status="answered"), language)


# ---- citations ------------------------------------------------------------------------------------------------


@languages
def test_a_place_names_file_sheet_and_lines(language: str) -> None:
    plain, sheet = CITED[0], replace(CITED[0], source="a.pdf", sheet=12, lines=(3, 3))
    assert place_words(plain, language).startswith("1.txt ") and "12" not in place_words(plain, language)
    assert say("sheet", language, n=12) in place_words(sheet, language)
    for words in (citation_text(sheet, language), citation_markdown(sheet, language)):
        assert place_words(sheet, language) in words and title_words("题", language) in words
    assert title_words("  ", language) == say("untitled", language)


def test_a_quote_of_two_lines_is_one_line_of_markdown() -> None:
    shown = citation_markdown(replace(CITED[0], quote="甲\n> 乙\n\n丙"))
    assert shown.split("\n")[0] == "> 甲 &#62; 乙 丙" and len(shown.split("\n")) == 3


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ([("author", "甲")], "甲. 题[N]. 1.txt: 第 1–2 行."),
        ([("reporter", "甲"), ("correspondent", "乙"), ("reporter", "甲")], "甲, 乙. 题[N]. 1.txt: 第 1–2 行."),
        ([("photographer", "甲"), ("organisation", "某社")], "题[N]. 1.txt: 第 1–2 行."),
        ([("relative_date", "昨天"), ("date", "5月3日"), ("date", "5月4日")], "题[N]. 1.txt, 5月3日: 第 1–2 行."),
        ([("date", "近日")], "题[N]. 1.txt: 第 1–2 行."),
    ],
)
def test_gbt7714_gives_what_the_page_shows_and_no_more(facts: list[tuple[str, str]], shown: str) -> None:
    article = Article("1.txt", "题", (), facts=tuple(Fact(kind, value, 1, 1.0) for kind, value in facts))
    assert citation_gbt7714(CITED[0], article) == shown


def test_gbt7714_without_a_title_says_so_and_names_the_page_of_a_pdf() -> None:
    shown = citation_gbt7714(replace(CITED[0], article="", sheet=3))
    assert shown == f"{say('untitled')}[N]. 1.txt: 第 3 页 第 1–2 行."


@languages
@given(count=st.integers(0, 20))
def test_differences_are_named_up_to_a_bound_and_the_rest_counted(language: str, count: int) -> None:
    differs = [Difference(f"甲{n}", (), f"乙{n}", ()) for n in range(count)]
    words = differences_words(differs, language)
    assert [f"甲{n}" in words for n in range(min(count, SHOWN))] == [True] * min(count, SHOWN)
    assert f"甲{SHOWN}" not in words
    assert (say("more", language, count=count - SHOWN) in words) == (count > SHOWN)


# ---- pages ----------------------------------------------------------------------------------------------------


def test_a_break_between_pages_of_a_pdf_is_shown_as_the_page_it_begins() -> None:
    page = Page("a.pdf", "甲\n\f\n乙\n\f\n丙")
    rows = page_text(page, []).splitlines()
    assert rows[1:] == ["     1 │ 甲", "     2 │ 第 2 页", "     3 │ 乙", "     4 │ 第 3 页", "     5 │ 丙"]
    html = page_html(page, [], [(4, 5)], "en")
    assert re.findall(r'class="wb-sheet" value="(\d)">([^<]*)<', html) == [("2", "page 2"), ("4", "page 3")]
    assert '<mark class="wb-cited">乙</mark>' in html


@given(st.lists(st.text("甲乙 <\t", max_size=6), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_a_line_is_the_files_line_without_its_end(lines: list[str], end: str) -> None:
    page = Page("p", end.join(lines))
    starts = line_starts(page.text)
    assert [line_text(page, starts, n) for n in range(1, len(starts) + 1)] == lines


@given(st.lists(st.integers(0, 9), max_size=4, unique=True), st.lists(st.integers(0, 9), min_size=1, max_size=5))
def test_spans_belong_to_the_article_that_shares_most_of_them(bounds: list[int], wanted: list[int]) -> None:
    cuts = [0, *sorted({bound + 1 for bound in bounds}), 11]
    stories = [Article("p", str(n), (Paragraph("x" * (b - a), ((a, b),)),)) for n, (a, b) in enumerate(pairwise(cuts))]
    spans = [(at, at + 1) for at in set(wanted)]
    shares = [sum(a <= at < b for at in set(wanted)) for a, b in pairwise(cuts)]
    found = article_of(stories, "p", spans)
    assert found is not None and shares[int(found.title)] == max(shares) > 0
    assert article_of(stories, "q", spans) is None


def test_words_printed_twice_belong_to_nobody_unless_a_story_holds_their_line() -> None:
    page = Page("p", "甲\n乙\n甲\n")
    story = Article("p", "t", (Paragraph("甲", ((0, 1),)),), repeats=((4, 5),))
    assert line_owners(page, [story]) == {1: 0, 3: -1}
    other = Article("p", "u", (Paragraph("甲", ((4, 5),)),))
    assert line_owners(page, [story, other]) == {1: 0, 3: 1}
    assert line_owners(page, [replace(story, source="q")]) == {}


def test_headlines_and_sub_heads_are_headings_of_their_rank() -> None:
    texts = ("题引", "大题", "小题", "正文。")
    page = Page("p", "\n".join(texts))
    spans = [(page.text.index(text), page.text.index(text) + len(text)) for text in texts]
    kinds = ("headline", "headline", "subhead", "body")
    parts = tuple(
        Paragraph(text, (span,), kind)  # type: ignore[arg-type]
        for text, span, kind in zip(texts, spans, kinds, strict=True)
    )
    html = article_html(page, Article("p", "大题", parts))
    assert re.findall(r"<(h\d|p) class=\"wb-(\w+)\"", html) == [
        ("h4", "headline"), ("h3", "headline"), ("h5", "subhead"), ("p", "body"),
    ]  # fmt: skip
    assert re.findall(r'class="wb-line"[^>]*>(\d)<', html) == ["1", "2", "3", "4"]
