"""Two scans of one page, cut at other places: every passage knows where its sentences stand in the other scan."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from qa.archive.overlaps import overlapping
from qa.datatypes import Article, Page, Passage
from qa.store import Reading, Tables, write_tables

PLACES = [("奉化", "子女上学"), ("鹿城", "租房住宿"), ("临平", "技能培训"), ("秀洲", "看病就医"), ("嘉善", "法律援助")]
SENTENCES = [
    f"第{n}条:{place}的职工服务中心在{n + 2}月里接待了{n * 37}名职工,帮他们解决了{thing}的问题。"
    for n, (place, thing) in enumerate(PLACES, start=1)
]


def scan(source: str, cuts: list[str], twin: str = "") -> Reading:
    text = "\n".join(cuts)
    passages, start = [], 0
    for cut in cuts:
        passages.append(Passage(cut, ((start, start + len(cut)),), source=source, lines=(1, 1)))
        start += len(cut) + 1
    twins = (f"{twin} 00ff",) if twin else ()
    return Reading(Page(source, text), b"", twins, (Article(source, "", ()),), tuple(passages))


def overlaps(tmp_path: Path, *scans: Reading) -> dict[int, list[int]]:
    write_tables(tmp_path / "t", scans)
    tables = Tables(tmp_path / "t")
    try:
        return overlapping(tables)
    finally:
        tables.close()


def test_passages_cut_otherwise_find_each_other_fullest_first(tmp_path: Path) -> None:
    a, b, c, d, e = SENTENCES
    one = scan("one scan.txt", [a + b, c + d + e], "two.txt")
    two = scan("two.txt", [a, b + c, d + e], "one scan.txt")
    found = overlaps(tmp_path, one, two)
    assert {row: set(others) for row, others in found.items()} == {0: {2, 3}, 1: {4, 3}, 2: {0}, 3: {0, 1}, 4: {1}}
    assert found[1] == [4, 3]


def test_pages_that_are_no_twins_are_not_compared(tmp_path: Path) -> None:
    assert overlaps(tmp_path, scan("a.txt", SENTENCES), scan("b.txt", SENTENCES)) == {}


@pytest.mark.parametrize("seed", range(3))
def test_five_wrong_characters_in_a_hundred_do_not_matter(tmp_path: Path, seed: int) -> None:
    choose = random.Random(seed)
    faulty = ["".join("口" if choose.random() < 0.05 else character for character in s) for s in SENTENCES]
    found = overlaps(tmp_path, scan("a.txt", SENTENCES, "b.txt"), scan("b.txt", faulty, "a.txt"))
    assert sum(5 + row in found.get(row, []) for row in range(5)) >= 4


def test_line_breaks_spaces_and_width_do_not_matter(tmp_path: Path) -> None:
    other = [" ".join(sentence).replace(",", "，").replace("1", "１") for sentence in SENTENCES]
    found = overlaps(tmp_path, scan("a.txt", SENTENCES, "b.txt"), scan("b.txt", other, "a.txt"))
    assert {row: others[0] for row, others in found.items()} == {row: (row + 5) % 10 for row in range(10)}


def test_different_news_of_twin_pages_do_not_overlap(tmp_path: Path) -> None:
    found = overlaps(tmp_path, scan("a.txt", SENTENCES[:2], "b.txt"), scan("b.txt", SENTENCES[2:], "a.txt"))
    assert found == {}
