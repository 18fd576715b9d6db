"""Two scans of one page, cut at other places: every passage knows where its sentences stand in the other scan."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from qa.archive.overlaps import overlapping
from qa.datatypes import Article, Page, Passage
from qa.store import JoinedTables, Reading, write_tables
from tests.conftest import ROOT

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
    tables = JoinedTables([tmp_path / "t"], tmp_path)
    try:
        found = overlapping(tables, tables.sources())
        for source in tables.sources():
            part = overlapping(tables, [source])
            assert part == {row: found[row] for row in range(*tables.span(source)) if row in found}
        return found
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


def test_passages_that_share_as_much_stand_in_order_of_rows_in_every_process(tmp_path: Path) -> None:
    """The order of a set of strings changes with the seed of their hashes, that of an index must not."""
    cuts = [
        f"{name}昨天在市图书馆门前的广场上举行了开馆仪式" for name in ("市长", "馆长", "校长", "团长", "队长", "会长")
    ]
    twins = [["".join(cuts)], cuts]
    code = """if True:
        import sys
        from pathlib import Path
        from qa.archive.overlaps import overlapping
        from qa.store import JoinedTables
        tables = JoinedTables([Path(sys.argv[1])], Path(sys.argv[1]).parent)
        print(overlapping(tables, tables.sources())[0])
    """
    write_tables(tmp_path / "t", [scan("a.txt", twins[0], "b.txt"), scan("b.txt", twins[1], "a.txt")])
    for seed in ("1", "2", "3"):
        command = [sys.executable, "-c", code, str(tmp_path / "t")]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        assert run.stdout.strip() == "[1, 2, 3, 4, 5, 6]"
