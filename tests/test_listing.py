"""What `articles` and `show` print."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa import listing
from qa.datatypes import Article, Page, Paragraph
from qa.errors import InputError

TEXT = "桥通了\n\n记者王某报道 新桥昨日通车。\n\n新桥昨日通车。\n"
PAGE = Page("p.txt", TEXT)
ARTICLE = Article(
    "p.txt",
    "桥通了",
    (Paragraph("桥通了", ((0, 3),), "headline"), Paragraph("记者王某报道 新桥昨日通车。", ((5, 19),))),
    byline="记者王某报道",
    repeats=((21, 28),),
)


def test_lines_know_their_article() -> None:
    lines = listing.lines_with_articles(PAGE, [ARTICLE], 1, 0)
    assert [line.number for line in lines] == [1, 2, 3, 4, 5, 6]
    assert [line.article for line in lines] == ["桥通了", None, "桥通了", None, "桥通了", None]
    assert [line.text for line in lines] == TEXT.split("\n")


def test_a_place_names_a_source_and_its_lines() -> None:
    sources = ["a:1.txt", "one.txt", "only.txt"]
    assert listing.parse_place("one.txt:3-5", sources) == ("one.txt", 3, 5)
    assert listing.parse_place("one.txt:3", sources) == ("one.txt", 3, 3)
    assert listing.parse_place("one.txt", sources) == ("one.txt", 1, 0)
    assert listing.parse_place("onl:2", sources) == ("only.txt", 2, 2)
    assert listing.parse_place("a:1.txt", sources) == ("a:1.txt", 1, 0)


@pytest.mark.parametrize("place", ["", "on", "none.txt", "one.txt:0-2", "one.txt:5-3"])
def test_a_place_that_is_none_is_refused(place: str) -> None:
    with pytest.raises(InputError):
        listing.parse_place(place, ["one.txt", "only.txt"])


def test_lines_beyond_the_page_are_refused() -> None:
    with pytest.raises(InputError, match="6 lines"):
        listing.lines_with_articles(PAGE, [ARTICLE], 7, 9)


def test_files_are_listed_with_their_articles(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text(TEXT, "utf-8")
    (tmp_path / "empty.txt").write_text("", "utf-8")
    found = listing.of_files([str(tmp_path)])
    assert list(found) == ["p.txt"]
    record = listing.to_dict(found["p.txt"][0])
    assert record["title"] == "桥通了" and record["lines"][0][0] == 1
    assert "桥通了" in listing.to_text(found)


def test_files_that_hold_no_page_are_refused_with_their_reasons(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text(" \n", "utf-8")
    with pytest.raises(InputError, match="empty"):
        listing.of_files([str(tmp_path)])
