"""Lists of articles and lines: places named in every way, what other scans print, and the words on the screen."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import listing
from qa.archive import Archive
from qa.collation import Collation, MergedParagraph, Reading, Stretch
from qa.datatypes import Article, Fact, Hit, Page, Paragraph, Passage
from qa.errors import InputError
from qa.listing import Line, Listed, Note
from tests.conftest import SEEDS

names = st.lists(st.text("ab:.-1", min_size=1, max_size=6), min_size=1, max_size=5, unique=True)


def page_of(source: str, *lines: str) -> Page:
    return Page(source, "\n".join(lines))


def span(page: Page, words: str) -> tuple[int, int]:
    start = page.text.index(words)
    return start, start + len(words)


def article(page: Page, title: str, *parts: str) -> Article:
    return Article(page.source, title, tuple(Paragraph(part, (span(page, part),)) for part in parts))


# ---- places ---------------------------------------------------------------------------------------------------


@given(names, st.data())
def test_the_whole_name_of_a_source_always_names_it(sources: list[str], data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(sources))
    assert listing.parse_place(source, sources) == (source, 1, 0)


@given(names, st.integers(1, 999), st.integers(0, 999), st.data())
def test_lines_behind_a_whole_name_are_read_unless_they_belong_to_a_name(
    sources: list[str], first: int, more: int, data: st.DataObject
) -> None:
    source = data.draw(st.sampled_from(sources))
    for place, last in ((f"{source}:{first}-{first + more}", first + more), (f"{source}:{first}", first)):
        if place in sources:
            assert listing.parse_place(place, sources) == (place, 1, 0)
        else:
            assert listing.parse_place(place, sources) == (source, first, last)


@given(names, st.text("ab.", min_size=1, max_size=4))
def test_a_beginning_names_the_one_source_that_begins_so(sources: list[str], start: str) -> None:
    matching = [source for source in sources if source.startswith(start)]
    if start in sources:
        assert listing.parse_place(start, sources)[0] == start
    elif len(matching) == 1:
        assert listing.parse_place(start, sources) == (matching[0], 1, 0)
    else:
        with pytest.raises(InputError, match="fits several" if matching else "is not in the index"):
            listing.parse_place(start, sources)


@pytest.mark.parametrize("lines", ["0", "0-4", "7-6", "00"])
def test_lines_that_are_no_range_are_refused_with_the_reason(lines: str) -> None:
    with pytest.raises(InputError, match="are no range"):
        listing.parse_place(f"a.txt:{lines}", ["a.txt"])


def test_a_very_long_name_is_refused_in_short() -> None:
    with pytest.raises(InputError) as refused:
        listing.parse_place("x" * 10_000, ["a.txt"])
    assert len(str(refused.value)) < 300


# ---- lines ----------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["甲", "乙乙", "", " 丙 "]), min_size=1, max_size=9), st.data())
def test_lines_asked_for_are_the_lines_of_the_file(lines: list[str], data: st.DataObject) -> None:
    page = page_of("p", *lines)
    first = data.draw(st.integers(1, len(lines)))
    last = data.draw(st.integers(first, len(lines) + 5))
    found = listing.lines_with_articles(page, [], first, last)
    assert [(line.number, line.text) for line in found] == list(enumerate(lines, 1))[first - 1 : last]
    assert all(line.article is None and line.notes == () for line in found)
    assert listing.lines_with_articles(page, [], first, 0) == listing.lines_with_articles(page, [], first, 99)


def test_titles_stand_before_the_lines_of_their_article_and_once() -> None:
    page = page_of("p", "甲一", "甲二", "", "乙一", "甲三", "丙")
    stories = [article(page, "甲", "甲一", "甲二", "甲三"), article(page, "", "乙一")]
    shown = listing.lines_text(listing.lines_with_articles(page, stories, 1, 0)).splitlines()
    assert shown == [
        "      [甲]", "    1 甲一", "    2 甲二", "    3 ", "      [no headline]", "    4 乙一",
        "      [甲]", "    5 甲三", "    6 丙",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (Note("differs", "被", "q.txt", (7, 7), ((1, 2),), "祯"), "≠ q.txt:7 被 | 祯"),
        (Note("differs", "", "q.txt", (7, 9), ((1, 2),), "祯"), "≠ q.txt:7-9 (nothing) | 祯"),
        (Note("differs", "被", "q.txt", (7, 7), ((1, 1),), ""), "≠ q.txt:7 被 | (nothing)"),
        (Note("gap", "", "q.txt", (2, 3), ((1, 9),), "丢了的话"), "+ q.txt:2-3 丢了的话"),
    ],
)
def test_a_note_names_the_other_file_and_both_readings(note: Note, words: str) -> None:
    assert listing.lines_text([Line(1, "许被", None, (note,))]).splitlines() == ["    1 许被", f"      {words}"]


def test_notes_stand_at_the_line_of_the_own_file_and_name_the_lines_of_the_other() -> None:
    own, other = page_of("own", "甲乙", "丙丁", "戊己"), page_of("other", "页眉", "甲乙", "丙X", "新的", "戊己")

    def reading(page: Page, words: str) -> Reading:
        return Reading(words, (span(page, words),), page.source)

    agreed = Stretch((reading(own, "甲乙"), reading(other, "甲乙")))
    differs = Stretch((reading(own, "丁"), reading(other, "X")), 1, "words")
    gap = Stretch((reading(other, "新的"),), 0, "gap")
    last = Stretch((reading(own, "戊己"), reading(other, "戊己")))
    parts = (MergedParagraph("body", (agreed, differs, gap)), MergedParagraph("body", (last,)))
    collation = Collation("own", "t", ("other",), parts)
    notes = listing.notes_of([collation], {"own": own, "other": other}.__getitem__)
    assert {line: [(n.kind, n.text, n.other, n.lines) for n in found] for line, found in notes.items()} == {
        2: [("differs", "丁", "X", (3, 3)), ("gap", "", "新的", (4, 4))]
    }
    lines = listing.lines_with_articles(own, [], 2, 2, notes)
    assert [note.kind for note in lines[0].notes] == ["differs", "gap"]
    assert json.loads(json.dumps(dataclasses.asdict(lines[0])))["notes"][1]["other"] == "新的"


# ---- articles -------------------------------------------------------------------------------------------------


def test_an_article_is_listed_with_what_is_known_of_it_and_nothing_else() -> None:
    page = page_of("p", "题目", "正文一。", "正文二。")
    bare = Listed(article(page, "", "正文一。"), ((2, 2),), ())
    full = Listed(
        Article(
            "p", "题目", article(page, "题目", "正文一。", "正文二。").paragraphs, "要闻", "记者甲",
            facts=(Fact("date", "5月", 2, 0.876),),
        ),
        ((1, 1), (3, 4)),
        ((6, 6),),
    )  # fmt: skip
    assert listing.to_text({"p": [bare]}).splitlines() == [
        "== p: 1 articles", "", "(no headline)", "lines: 2-2", "    正文一。",
    ]  # fmt: skip
    shown = listing.to_text({"p": [full]}).splitlines()[2:]
    assert shown == [
        "题目", "section: 要闻", "byline: 记者甲", "lines: 1-1, 3-4   repeats: 6-6", "    正文一。", "    正文二。",
    ]  # fmt: skip
    record = listing.to_dict(full)
    assert record["lines"] == [[1, 1], [3, 4]] and record["repeats"] == [[6, 6]] and record["merged"] is None
    assert record["facts"] == [{"kind": "date", "value": "5月", "line": 2, "confidence": 0.88}]
    assert record["text"] == "正文一。\n正文二。" and json.loads(json.dumps(record)) == record


def test_the_lines_of_every_listed_article_hold_its_words(seeds_archive: Archive) -> None:
    found = listing.of_archive(seeds_archive)
    assert list(found) == sorted(seeds_archive.sources()) and all(found.values())
    for source, entries in found.items():
        lines = seeds_archive.page(source).text.split("\n")
        for one in entries:
            there = "".join("".join(lines[first - 1 : last]) for first, last in one.lines)
            assert set("".join(one.article.text.split())) <= set(there)
            assert all(first <= last for first, last in (*one.lines, *one.repeats))


def test_the_files_and_their_index_list_the_same(seeds_archive: Archive, tmp_path: Path) -> None:
    """The first two pages are scans of one page: reading both gives each the other as its witness."""
    few = sorted(SEEDS.glob("0*.txt"))[:2]
    found = listing.of_files([str(path) for path in few])
    indexed = listing.of_archive(seeds_archive)
    assert [[one.article.title for one in entries] for entries in found.values()] == [
        [one.article.title for one in indexed[source]] for source in found
    ]
    merged = [one.collation for entries in found.values() for one in entries if one.collation]
    assert merged and all(set(one.witnesses) == {path.name for path in few} - {one.source} for one in merged)


@pytest.mark.parametrize(("rank", "score", "shown"), [(1, 0.98765, "(0.988)"), (12, -1.5, "(-1.500)")])
def test_a_hit_names_rank_place_title_and_score_above_its_words(rank: int, score: float, shown: str) -> None:
    passage = Passage("新桥通车。\n市民高兴。", ((0, 11),), 0, "a.txt", "新桥", lines=(3, 4))
    head, *body = listing.hit_text(Hit(passage, score, rank)).split("\n")
    assert head == f"{rank}. a.txt:3-4  新桥  {shown}" and body == ["新桥通车。", "市民高兴。"]
