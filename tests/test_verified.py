"""A large index is not read whole at every opening, and yet no damaged file is ever used."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest

from qa.errors import IndexDamaged
from qa.store import files, open_current, publish, verified, writing
from qa.store.generations import problems
from tests.faults import damage

NAMES = ("passages", "vectors", "lexical/terms")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A published generation that counts as large, written some time ago."""
    monkeypatch.setattr(verified, "SMALL", 100)

    def fill(folder: Path) -> dict[str, Any]:
        files.make_folder(folder / "lexical")
        for name in NAMES:
            files.write(folder / name, f"{name} ".encode() * 500)
            os.utime(folder / name, (time.time() - 60, time.time() - 60))
        return {}

    with writing(tmp_path / "index"):
        publish(tmp_path / "index", fill)
    return tmp_path / "index"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose content is read for their checksum."""
    seen: list[str] = []
    sha256 = files.sha256
    monkeypatch.setattr(files, "sha256", lambda path: (seen.append(path.name), sha256(path))[1])
    return seen


def opened(index: Path) -> None:
    open_current(index).close()


def test_a_file_is_read_at_the_first_opening_and_not_at_the_next(index: Path, read: list[str]) -> None:
    opened(index)
    assert sorted(read) == ["passages", "terms", "vectors"]
    read.clear()
    opened(index)
    assert read == []


def test_a_small_index_is_read_whole_every_time(index: Path, read: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verified, "SMALL", 2**20)
    for _ in range(2):
        read.clear()
        opened(index)
        assert len(read) == 3
    assert not (index / "VERIFIED").exists()


@pytest.mark.parametrize("name", NAMES)
def test_any_damage_is_refused_though_the_file_was_checked_before(index: Path, name: str) -> None:
    choose, path = random.Random(1), index / "gen-00000001" / name
    opened(index)
    whole, status = path.read_bytes(), path.stat()
    for _ in range(30):
        damaged = damage(whole, choose)
        path.write_bytes(damaged)
        if damaged != whole:
            with pytest.raises(IndexDamaged, match=f"{path.name} is damaged"):
                opened(index)
        path.write_bytes(whole)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        opened(index)


def test_a_file_in_the_place_of_another_is_read(index: Path, read: list[str]) -> None:
    opened(index)
    path = index / "gen-00000001" / "vectors"
    status, other = path.stat(), path.with_name("other")
    other.write_bytes(path.read_bytes()[:-1] + b"x")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)
    with pytest.raises(IndexDamaged, match="vectors is damaged"):
        opened(index)


def test_a_young_file_is_read_again(index: Path, read: list[str]) -> None:
    os.utime(index / "gen-00000001" / "vectors")
    for _ in range(2):
        read.clear()
        opened(index)
        assert "vectors" in read


def test_a_check_counts_for_a_day_and_never_from_the_future(
    index: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(index)
    now = time.time()
    for passed, again in ((3600, 0), (25 * 3600, 3), (-3600, 3)):
        read.clear()
        with monkeypatch.context() as patch:
            patch.setattr(verified.time, "time", lambda passed=passed: now + passed)
            patch.setattr(verified.Verified, "save", lambda self: None)
            opened(index)
        assert len(read) == again


@pytest.mark.parametrize("content", [b"", b"{}", b"null\n", b"rubbish", b'{"a": 1}\n' + b"0" * 64])
def test_a_list_that_is_damaged_is_no_list(index: Path, read: list[str], content: bytes) -> None:
    opened(index)
    (index / "VERIFIED").write_bytes(content)
    read.clear()
    opened(index)
    assert len(read) == 3


def test_one_flipped_bit_in_the_list_makes_every_file_be_read(index: Path, read: list[str]) -> None:
    opened(index)
    data = bytearray((index / "VERIFIED").read_bytes())
    data[len(data) // 3] ^= 1
    (index / "VERIFIED").write_bytes(data)
    read.clear()
    opened(index)
    assert len(read) == 3


def test_verify_reads_everything_whatever_was_checked(index: Path, read: list[str]) -> None:
    generation = open_current(index)
    read.clear()
    assert list(problems(generation)) == [] and len(read) == 3
    generation.close()


def test_a_folder_that_cannot_be_written_is_opened_all_the_same(
    index: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    for _ in range(2):
        read.clear()
        opened(index)
        assert len(read) == 3


def test_the_list_is_no_strange_file_to_a_writer(index: Path) -> None:
    opened(index)
    assert (index / "VERIFIED").exists()
    with writing(index):
        pass
    (index / "CURRENT").unlink()
    with pytest.raises(Exception, match="There is no index"):
        opened(index)
