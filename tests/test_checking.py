"""`verify` must notice every way in which the parts of an index can be out of step, even when all checksums hold."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from embeddings import BUNDLED
from qa.archive import Archive
from qa.archive.checking import differs
from qa.archive.parts import indexed_text
from qa.datatypes import Page
from qa.errors import IndexDamaged
from qa.lexical import LexicalWriter
from qa.store import FORMAT
from qa.text import terms


@pytest.fixture
def index(seeds_index: Path, tmp_path: Path) -> Path:
    shutil.copytree(seeds_index, tmp_path / "index")
    return tmp_path / "index"


def generation(index: Path) -> Path:
    return index / "gen-00000001"


def segment(index: Path) -> Path:
    return generation(index) / "s00000001"


def sign(index: Path) -> None:
    """Manifest and pointer as a faulty writer would have left them: all checksums hold."""
    folder = generation(index)
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "MANIFEST.json"]
    manifest["files"] = {
        path.relative_to(folder).as_posix(): {
            "size": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in files
    }
    text = json.dumps(manifest, ensure_ascii=False).encode()
    (folder / "MANIFEST.json").write_bytes(text)
    line = json.dumps({"format": FORMAT, "generation": 1, "manifest_sha256": hashlib.sha256(text).hexdigest()}).encode()
    (index / "CURRENT").write_bytes(line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n")


def problems(index: Path, *, deep: bool = True) -> list[str]:
    sign(index)
    with Archive.open(index) as archive:
        return archive.verify(deep=deep)


def execute(index: Path, sql: str) -> None:
    with closing(sqlite3.connect(segment(index) / "pages.sqlite")) as database:
        database.execute(sql)
        database.commit()


def test_a_sound_index_has_no_problems(index: Path) -> None:
    assert problems(index) == [] and problems(index, deep=False) == []


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE pages SET text = replace(text, '1806', '1860')", "is not what"),
        ("UPDATE pages SET text = char(10) || text", "is not what"),
        ("UPDATE passages SET record = replace(record, '工会', '公会') WHERE row = 40", "Passage 40 is not what"),
        ("UPDATE articles SET number = number + 50 WHERE page = 0 AND number = 3", "is no part of article 3 of 000"),
    ],
)
def test_text_that_is_not_in_its_page_is_found(index: Path, sql: str, told: str) -> None:
    execute(index, sql)
    assert any(told in problem for problem in problems(index))


def test_a_passage_that_names_wrong_lines_is_found(index: Path) -> None:
    with closing(sqlite3.connect(segment(index) / "pages.sqlite")) as database:
        (record,) = database.execute("SELECT record FROM passages WHERE row = 7").fetchone()
        fields = json.loads(record)
        fields[4] = [fields[4][0] + 1, fields[4][1] + 1]
        database.execute("UPDATE passages SET record = ? WHERE row = 7", (json.dumps(fields, ensure_ascii=False),))
        database.commit()
    assert any("Passage 7 does not stand in the lines" in problem for problem in problems(index))


def test_a_page_that_is_missing_is_found(index: Path) -> None:
    execute(index, "DELETE FROM pages WHERE number = 4")
    assert any("but its pages have" in problem for problem in problems(index, deep=False))


def test_a_passage_that_is_missing_makes_all_parts_out_of_step(index: Path) -> None:
    execute(index, "DELETE FROM passages WHERE row = (SELECT max(row) FROM passages)")
    found = problems(index, deep=False)
    assert any("passages" in problem for problem in found)
    sign(index)
    with Archive.open(index) as archive, pytest.raises(IndexDamaged, match="--rebuild"):
        archive.search("工会")


def change_tokens(index: Path) -> None:
    path = segment(index) / "tokens.npy"
    tokens = np.load(path, allow_pickle=False)
    tokens[50:60] = tokens[50:60][::-1] + 1
    np.save(path, tokens, allow_pickle=False)


def swap_vectors(index: Path) -> None:
    path = segment(index) / "vectors.npy"
    rows = np.load(path, allow_pickle=False)
    np.save(path, np.concatenate([rows[1:2], rows[:1], rows[2:]]), allow_pickle=False)


def write_postings(index: Path, change: Callable[[list[tuple[int, list[str]]]], None]) -> None:
    with Archive.open(index) as archive:
        numbers = {source: number for number, source in enumerate(archive.sources())}
        documents = [(numbers[p.source], terms(indexed_text(p))) for p in archive.passages()]
    change(documents)
    shutil.rmtree(segment(index) / "lexical")
    (segment(index) / "lexical").mkdir()
    writer = LexicalWriter(segment(index) / "lexical")
    for row, (page, found) in enumerate(documents):
        writer.add(2**32 + row, 2**32 + page, found)
    writer.close()


def lose_terms(index: Path) -> None:
    write_postings(index, lambda documents: documents.__setitem__(9, (0, ["没有"])))


def lose_document(index: Path) -> None:
    write_postings(index, lambda documents: documents.pop())


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (change_tokens, "The tokens of passage 0 are not those of its text."),
        (swap_vectors, "The vector of passage 1 is not what the model gives for its text."),
        (lose_terms, "The terms of passage 9 are not in the lexical index."),
    ],
)
def test_contents_that_are_not_those_of_the_text_are_found(
    index: Path, damage: Callable[[Path], None], told: str
) -> None:
    damage(index)
    assert told in problems(index)


def test_a_lost_posting_list_is_refused_at_the_first_search(index: Path) -> None:
    lose_document(index)
    sign(index)
    with Archive.open(index) as archive:
        with pytest.raises(IndexDamaged, match="in its lexical"):
            archive.search("工会", mode="sparse")
        assert any("in its lexical" in problem for problem in archive.verify())


def test_rewriting_the_same_postings_is_no_problem(index: Path) -> None:
    write_postings(index, lambda documents: None)
    assert problems(index) == []


def test_weights_that_changed_where_opening_does_not_look_are_found(tmp_path: Path) -> None:
    shutil.copytree(BUNDLED, tmp_path / "model")
    (tmp_path / "page.txt").write_text("灯会昨晚在湖边开幕,来了许多人。", encoding="utf-8")
    with Archive.build([tmp_path / "page.txt"], tmp_path / "index", model=str(tmp_path / "model")) as archive:
        assert archive.verify() == []
    weights = tmp_path / "model" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[1_000_000] ^= 1
    weights.write_bytes(content)
    with Archive.open(tmp_path / "index") as archive:
        assert archive.search("灯会")
        assert any("not those that the model was saved with" in problem for problem in archive.verify())


def test_without_deep_a_sample_is_looked_at(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from qa.archive import checking

    seen: list[int] = []
    look = checking._vectors

    def watched(parts: object, encoder: object, passages: list[object]) -> Iterator[str]:
        seen.append(len(passages))
        return look(parts, encoder, passages)  # type: ignore[arg-type]

    monkeypatch.setattr(checking, "_vectors", watched)
    monkeypatch.setattr(checking, "_SAMPLE", 10)
    with Archive.open(index) as archive:
        assert archive.verify() == []
        assert 10 <= sum(seen) < archive.passage_count / 2
        seen.clear()
        assert archive.verify(deep=True) == [] and sum(seen) == archive.passage_count


def test_a_file_differs_when_its_bytes_do_or_when_it_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_bytes("甲".encode())
    page = Page("p.txt", "甲", str(path), "utf-8", hashlib.sha256("甲".encode()).hexdigest())
    assert not differs(page)
    path.write_bytes("乙".encode())
    assert differs(page)
    path.unlink()
    assert differs(page)
    path.mkdir()
    assert differs(page)
