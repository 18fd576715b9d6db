"""Generations: tampering that leaves checksums right or wrong, what is kept, and tables against brute force."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.datatypes import Article, Page, Paragraph, Passage, Witness
from qa.errors import IndexDamaged, IndexVersion, NoIndex
from qa.store import (
    FORMAT,
    JoinedTables,
    Reading,
    Tables,
    TableWriter,
    VectorCache,
    files,
    open_current,
    problems,
    publish,
    repair,
    write_copies,
    write_tables,
    writing,
)
from qa.store.__main__ import main
from qa.store.generations import foreign, missing, numbers, read_pointer


def commit(index: Path, label: str) -> int:
    def fill(folder: Path) -> dict[str, Any]:
        files.write(folder / "data", label.encode() * 50)
        files.make_folder(folder / "sub")
        files.write(folder / "sub" / "more", b"more of " + label.encode())
        return {"label": label}

    with writing(index):
        return publish(index, fill)


def label(index: Path) -> str:
    generation = open_current(index)
    found = str(generation.description["label"])
    assert (generation.folder / "data").read_bytes() == found.encode() * 50
    generation.close()
    return found


@pytest.fixture
def index(tmp_path: Path) -> Path:
    commit(tmp_path / "index", "one")
    return tmp_path / "index"


def sign(index: Path, manifest: bytes, **fields: Any) -> None:
    """Puts `manifest` into generation 1 and points to it with right checksums, as a faulty writer would."""
    (index / "gen-00000001" / "MANIFEST.json").write_bytes(manifest)
    digest = hashlib.sha256(manifest).hexdigest()
    line = json.dumps({"format": FORMAT, "generation": 1, "manifest_sha256": digest} | fields).encode()
    (index / "CURRENT").write_bytes(line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n")


def manifest_of(index: Path) -> Any:
    return json.loads((index / "gen-00000001" / "MANIFEST.json").read_bytes())


# --- CURRENT ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tamper",
    [
        lambda data: b"",
        lambda data: b"\n",
        lambda data: data.split(b"\n")[0],
        lambda data: data.split(b"\n")[0] + b"\n",
        lambda data: data[:-2],
        lambda data: data.split(b"\n")[1] + b"\n" + data.split(b"\n")[0],
        lambda data: b" " + data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.upper(),
        lambda data: data + data,
        lambda data: b"\n".join([data.split(b"\n")[0], b"0" * 64]),
        lambda data: b"\xef\xbb\xbf" + data,
    ],
)
def test_a_pointer_that_is_not_what_was_written_is_damage(index: Path, tamper: Callable[[bytes], bytes]) -> None:
    pointer = index / "CURRENT"
    pointer.write_bytes(tamper(pointer.read_bytes()))
    with pytest.raises(IndexDamaged, match=r"CURRENT is damaged \(its checksum does not hold\).*python -m qa repair"):
        read_pointer(index)


def test_no_single_flipped_bit_of_the_pointer_goes_unnoticed(index: Path) -> None:
    data = (index / "CURRENT").read_bytes()
    for place in range(len(data) - 1):  # the last byte is the line end
        for bit in (1, 8, 32):
            (index / "CURRENT").write_bytes(data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :])
            with pytest.raises(IndexDamaged):
                read_pointer(index)


@pytest.mark.parametrize(
    "line", ["[]", "null", "1", '"x"', "{}", f'{{"format": {FORMAT}}}', f'{{"format": {FORMAT}, "generation": null}}']
)
def test_a_pointer_of_another_shape_is_damage_though_its_checksum_holds(index: Path, line: str) -> None:
    (index / "CURRENT").write_text(f"{line}\n{hashlib.sha256(line.encode()).hexdigest()}\n", encoding="ascii")
    with pytest.raises(IndexDamaged, match="it is no pointer"):
        read_pointer(index)


@pytest.mark.parametrize("version", [0, FORMAT + 1, "1", None, [1], 1.5])
def test_every_other_format_is_named_and_not_read(index: Path, version: object) -> None:
    sign(index, b"not even a manifest", format=version)
    with pytest.raises(IndexVersion, match=f"index format {version}".replace("[", r"\[").replace(".", r"\.")):
        open_current(index)


# --- the manifest -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"3", b"{}", b'{"format": 2, "files": {}}', b"\xff\xfe"]
)
def test_a_manifest_of_another_shape_is_damage_though_its_checksum_holds(index: Path, content: bytes) -> None:
    sign(index, content)
    with pytest.raises(IndexDamaged, match=r"gen-00000001/MANIFEST\.json is damaged \(it is no manifest\)"):
        open_current(index)


def test_the_format_of_the_manifest_counts_as_well(index: Path) -> None:
    sign(index, json.dumps(manifest_of(index) | {"format": 9}).encode())
    with pytest.raises(IndexVersion, match="index format 9"):
        open_current(index)


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("data", {"size": 149}, "150 bytes instead of 149"),
        ("data", {"size": 0}, "150 bytes instead of 0"),
        ("data", {"sha256": "00" * 32}, "its checksum does not hold"),
        ("sub/more", {"sha256": ""}, "its checksum does not hold"),
        ("data", None, "it does not belong there"),
        ("sub/more", None, "it does not belong there"),
        ("ghost", {"size": 0, "sha256": ""}, "No such file"),
        ("sub", {"size": 0, "sha256": ""}, "bytes instead of 0"),
    ],
)
def test_a_manifest_that_lies_about_a_file_names_the_file(
    index: Path, name: str, change: dict[str, Any] | None, told: str
) -> None:
    manifest = manifest_of(index)
    if change is None:
        del manifest["files"][name]
    else:
        manifest["files"][name] = manifest["files"].get(name, {}) | change
    sign(index, json.dumps(manifest).encode())
    with pytest.raises(IndexDamaged, match=f"gen-00000001/{name} is damaged .*{told}"):
        open_current(index)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: (folder / "data").unlink(), [("data", "No such file or directory")]),
        (lambda folder: (folder / "data").write_bytes(b""), [("data", "0 bytes instead of 150")]),
        (lambda folder: (folder / "data").write_bytes(b"eno" * 50), [("data", "its checksum does not hold")]),
        (lambda folder: (folder / "sub" / "new").write_bytes(b""), [("sub/new", "it does not belong there")]),
        (lambda folder: (folder / "sub" / "new.lock").write_bytes(b""), []),
        (lambda folder: (folder / "data").rename(folder / "sub" / "data"), [
            ("data", "No such file or directory"), ("sub/data", "it does not belong there")]),
    ],
)  # fmt: skip
def test_problems_are_told_file_by_file(
    index: Path, damage: Callable[[Path], None], told: list[tuple[str, str]]
) -> None:
    generation = open_current(index)
    damage(generation.folder)
    assert list(problems(generation)) == told
    generation.close()


def test_a_manifest_moved_in_from_another_generation_is_noticed(index: Path) -> None:
    commit(index, "two")
    (index / "gen-00000002" / "MANIFEST.json").write_bytes((index / "gen-00000001" / "MANIFEST.json").read_bytes())
    with pytest.raises(IndexDamaged, match=r"gen-00000002/MANIFEST\.json is damaged \(its checksum"):
        open_current(index)


# --- what the folder holds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("CURRENT", True),
        ("LOCK", True),
        ("tmp-CURRENT", True),
        ("gen-00000001", True),
        ("tmp-123456789", True),
        ("del-00000010", True),
        ("cache.sqlite", True),
        ("cache.sqlite-wal", True),
        ("gen-1", False),
        ("gen-0000000x", False),
        ("gen-00000001.bak", False),
        ("current", False),
        ("old-gen-00000001", False),
        ("cache.sqlite.gz", False),
        ("notes\n", False),
        (".git", False),
    ],
)
def test_only_names_of_ours_let_a_folder_be_written(tmp_path: Path, name: str, ours: bool) -> None:
    (tmp_path / name).touch()
    assert foreign(tmp_path) == ("" if ours else name)


def test_without_a_pointer_one_generation_is_no_index_but_several_are_damage(tmp_path: Path) -> None:
    for number, kind in ((1, NoIndex), (2, IndexDamaged), (40, IndexDamaged)):
        (tmp_path / f"gen-{number:08d}").mkdir()
        assert type(missing(tmp_path)) is kind


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_the_last_two_generations_are_kept_and_nothing_else(tmp_path: Path, count: int) -> None:
    index = tmp_path / "index"
    assert [commit(index, str(n)) for n in range(1, count + 1)] == list(range(1, count + 1))
    kept = list(range(max(1, count - 1), count + 1))
    assert numbers(index) == kept and label(index) == str(count)
    assert sorted(p.name for p in index.iterdir()) == ["CURRENT", "LOCK", *(f"gen-{n:08d}" for n in kept)]


def test_after_going_back_the_damaged_generation_is_cleared_away_and_its_number_used_again(index: Path) -> None:
    commit(index, "two")
    (index / "gen-00000002" / "data").write_bytes(b"?")
    assert "generation 1" in repair(index) and label(index) == "one"
    assert commit(index, "three") == 2
    assert label(index) == "three" and numbers(index) == [1, 2]


def test_repairing_a_whole_index_says_so_and_changes_no_byte(index: Path) -> None:
    before = {path: path.read_bytes() for path in files.tree(index)}
    assert repair(index) == f"{index} is whole; generation 1 stays current."
    assert {path: path.read_bytes() for path in files.tree(index)} == before


def test_a_fill_that_fails_uses_up_no_number(index: Path) -> None:
    def fill(folder: Path) -> dict[str, Any]:
        files.write(folder / "data", b"half")
        raise ValueError("no more")

    with writing(index), pytest.raises(ValueError, match="no more"):
        publish(index, fill)
    assert numbers(index) == [1] and numbers(index, "tmp") == [] and commit(index, "two") == 2


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["--help"], 2), (["a", "b"], 2), (["missing"], 1)])
def test_the_command_refuses_what_it_does_not_take(
    arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    shown = capsys.readouterr()
    assert shown.out == "" and "python -m qa" in shown.err and list(tmp_path.iterdir()) == []


def test_removing_a_tree_removes_links_and_not_what_they_name(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "letter").write_text("dear")
    gone = tmp_path / "gone"
    (gone / "deep" / "er").mkdir(parents=True)
    (gone / "deep" / "folder").symlink_to(kept, target_is_directory=True)
    (gone / "file").symlink_to(kept / "letter")
    (gone / "dangling").symlink_to(tmp_path / "nowhere")
    assert [path.name for path in files.tree(gone)] == ["dangling", "file"]
    files.remove_tree(gone)
    assert not gone.exists() and (kept / "letter").read_text() == "dear"


def test_a_file_that_is_there_already_is_never_written_over(tmp_path: Path) -> None:
    files.write(tmp_path / "a", b"first")
    with pytest.raises(FileExistsError):
        files.write(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert files.sha256(tmp_path / "a") == hashlib.sha256(b"first").hexdigest()


# --- tables against brute force ---------------------------------------------------------------------------------------


def reading(source: str, texts: Sequence[str], mark: str = "") -> Reading:
    passages, start = [], 0
    for number, text in enumerate(texts):
        lines = (number + 1, number + 1)
        passages.append(Passage(text, ((start, start + len(text)),), -1, source, "题", "", number % 2, lines))
        start += len(text) + 1
    articles = tuple(Article(source, f"题{n}", (Paragraph("正文", ((0, 2),)),)) for n in range(2))
    return Reading(Page(source, "\n".join(texts), "", "utf-8", mark), mark.encode(), (), articles, tuple(passages))


PAGES = [reading("a", ["甲一", "甲二", "甲三"]), reading("b", []), reading("c", ["丙一", "丙二", "丙三", "丙四"])]
ROWS = st.lists(st.integers(0, 6), unique=True, max_size=4)


@given(st.permutations(range(7)), st.lists(st.integers(2, 4), max_size=2), st.dictionaries(st.integers(0, 6), ROWS))
@settings(max_examples=25, deadline=None)
def test_copies_and_overlaps_are_what_was_written(order: list[int], sizes: list[int], overlaps: Any) -> None:
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    groups = [group for s, n in zip(starts, sizes, strict=True) if len(group := order[s : s + n]) > 1]
    keeper = {row: group[0] for group in groups for row in group}
    with tempfile.TemporaryDirectory() as folder:
        write_tables(Path(folder) / "t", PAGES)
        write_copies(Path(folder), groups, overlaps)
        tables = JoinedTables([Path(folder) / "t"], Path(folder))
        everything = list(tables.between(0, 7))
        found = tables.with_witnesses(everything)
        keepers, betters, word = tables.keepers(range(7)), tables.betters(range(7)), tables.check()
        tables.close()
    assert word == "ok" and keepers == keeper
    worse = {row for row, best in keeper.items() if best != row}
    assert betters == {row: {keeper[row], *(set(overlaps.get(row, ())) - worse)} for row in worse}
    for row, passage in enumerate(found):
        if row in worse:
            others = [keeper[row]]
        else:
            others = [other for group in groups if group[0] == row for other in group[1:]]
        others = list(dict.fromkeys([*others, *overlaps.get(row, ())]))
        wanted = [everything[other] for other in others]
        assert passage.also_in == tuple(Witness(p.source, p.lines, p.spans, p.text) for p in wanted)


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_pages_taken_over_in_any_mixture_stand_as_if_written_anew(plan: list[tuple[int, bool]]) -> None:
    names = [f"{i}.txt" for i in range(len(plan))]
    old = [
        reading(name, [f"旧{name}{n}" for n in range(count)], "old")
        for name, (count, _) in zip(names, plan, strict=True)
    ]
    new = [
        reading(name, [f"新{name}{n}" for n in range(count + 1)], "new")
        for name, (count, _) in zip(names, plan, strict=True)
    ]
    fresh = [o if kept else n for o, n, (_, kept) in zip(old, new, plan, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("old", "mixed", "fresh")]
        write_tables(paths[0], old)
        write_tables(paths[2], fresh)
        before = Tables(paths[0])
        with TableWriter(paths[1]) as writer:
            for name, page, (_, kept) in zip(names, new, plan, strict=True):
                writer.take_over(before, name) if kept else writer.add(page)
            writer.close()
        before.close()
        one, other = Tables(paths[1]), Tables(paths[2])
        assert list(one.between(0, 99)) == list(other.between(0, 99))
        assert [p.text for p in one.between(0, 99)] == [p.text for page in fresh for p in page.passages]
        for name in names:
            assert (one.page(name), one.span(name), one.articles(name)) == (
                other.page(name), other.span(name), other.articles(name))  # fmt: skip
        assert one.signatures() == other.signatures() and one.stored() == other.stored()
        one.close()
        other.close()


# --- the cache against a dictionary -----------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(st.booleans(), st.lists(st.sampled_from("甲乙丙丁戊己"), unique=True, max_size=5)), max_size=8
)


@given(STEPS)
@settings(max_examples=25, deadline=None)
def test_the_cache_encodes_exactly_what_it_does_not_know(steps: list[tuple[bool, list[str]]]) -> None:
    known: set[str] = set()
    asked: list[str] = []

    def encode(texts: Sequence[str]) -> Any:
        asked.extend(texts)
        return np.array([[ord(text), 0.1, 1 / 3] for text in texts], np.float32)

    with tempfile.TemporaryDirectory() as folder:
        for forget, texts in steps:
            asked.clear()
            with VectorCache(Path(folder) / "cache.sqlite", "model", 3) as cache:
                if forget:
                    cache.keep_only(texts)
                    known &= set(texts)
                else:
                    wanted = np.array([[ord(t), 0.1, 1 / 3] for t in texts], np.float16).reshape(-1, 3)
                    assert np.array_equal(cache.encode(texts, encode), wanted.astype(np.float32))
                    assert asked == [text for text in texts if text not in known]
                    known |= set(texts)
                assert len(cache) == len(known)


@pytest.mark.parametrize(
    ("field", "value"), [("files", []), ("files", {"a": {"size": 1}}), ("files", {"a": 3}), ("description", None)]
)
def test_a_manifest_of_another_shape_is_damage_and_no_crash(field: str, value: object) -> None:
    from qa.store.generations import _parse

    record = {"format": FORMAT, "description": {}, "files": {"a": {"size": 1, "sha256": "0"}}} | {field: value}
    if field == "description":
        del record[field]
    with pytest.raises(IndexDamaged):
        _parse(Path("index"), 1, json.dumps(record).encode())
