"""What an update works out for all pages at once, against the plain definition of it."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import duplicates
from qa.copies import groups_of
from qa.duplicates import find_twins
from qa.store import JoinedTables, Tables, write_copies, write_tables
from qa.store.copies import Copies
from qa.store.numbering import Numbering, Place
from tests.test_segments_as_one import reading

LENGTHS = st.lists(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=5), max_size=4)


@given(LENGTHS)
@settings(max_examples=80, deadline=None)
def test_rows_and_positions_of_all_are_those_of_each(segments: list[list[tuple[int, bool]]]) -> None:
    choose, places, dropped = random.Random(len(segments)), [], []
    for number, pages in enumerate(segments):
        first, here = 0, list[Place]()
        for page, (length, _) in enumerate(pages):
            here.append((f"{choose.random()} {number} {page}", first, length, page))
            first += length
        places.append(here)
        dropped.append([page for page, (_, gone) in enumerate(pages) if gone])
    numbering = Numbering(places, dropped)
    assert numbering.position_of_each.tolist() == numbering.to_positions(np.arange(len(numbering))).tolist()
    assert numbering.row_of_each.tolist() == numbering.to_rows(np.arange(numbering.size)).tolist()


def scans(choose: random.Random, count: int) -> dict[str, duplicates.Signature]:
    """Signatures, some of which have a share of their bins from another one."""
    found: dict[str, duplicates.Signature] = {}
    for number in range(count):
        one = np.array([choose.randrange(2**31) for _ in range(384)], np.uint32)
        if found and choose.random() < 0.6:
            other = found[choose.choice(sorted(found))]
            same = np.array([choose.random() < choose.choice([0.05, 0.3, 0.9]) for _ in range(384)])
            one = np.where(same, other, one)
        found[f"{number:03}"] = one if choose.random() < 0.9 else np.full(384, 2**32 - 1, np.uint32)
    return found


@pytest.mark.parametrize("fresh", [0, 1, 3, 8, 9, 14, 30])
def test_twins_of_few_pages_are_those_found_among_all(fresh: int) -> None:
    choose = random.Random(fresh)
    signatures = scans(choose, 30)
    names = choose.sample(sorted(signatures), fresh)
    expected = [pair for pair in find_twins(signatures) if set(pair) & set(names)]
    assert find_twins(signatures, names) == expected
    assert expected or fresh < 12


def test_a_chain_of_copies_of_any_length_leads_to_its_end() -> None:
    count = 40
    pointers = np.array([-1, *range(count - 1)], np.int64)
    assert groups_of(pointers, np.arange(count)) == [list(range(count))]
    assert groups_of(np.full(5, -1), np.arange(5)) == []


@given(st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=5), max_size=6), st.randoms())
@settings(max_examples=40, deadline=None)
def test_tables_of_copies_hold_every_item_once_and_in_order(lists: list[list[int]], choose: random.Random) -> None:
    import tempfile

    heads = choose.sample(range(100), len(lists))
    with tempfile.TemporaryDirectory() as folder:
        write_copies(Path(folder), lists, dict(zip(heads, lists, strict=True)))
        written = Copies(Path(folder))
        groups = sorted((row, group[0], place) for group in lists for place, row in enumerate(group))
        assert written.copies.tolist() == [list(one) for one in groups]
        shared = [(head, row, place) for head, rows in zip(heads, lists, strict=True) for place, row in enumerate(rows)]
        assert written.overlaps.tolist() == [list(one) for one in sorted(shared)]


def test_tables_that_were_lent_are_read_and_stay_open(tmp_path: Path) -> None:
    for name, source in (("s1", "a.txt"), ("s2", "b.txt")):
        (tmp_path / name).mkdir()
        write_tables(tmp_path / name / "t", [reading(source, 3)])
    lent = Tables(tmp_path / "s1" / "t")
    (tmp_path / "s1" / "t").unlink()  # so that it can only be read through what is open
    joined = JoinedTables([tmp_path / name / "t" for name in ("s1", "s2")], tmp_path, known={"s1": lent})
    assert joined.sources() == ["a.txt", "b.txt"] and joined.passage_count == 6
    assert [p.source for p in joined.passages([0, 5])] == ["a.txt", "b.txt"]
    joined.close()
    assert lent.sources() == ["a.txt"]
    lent.close()
