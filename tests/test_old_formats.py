"""Indexes as earlier versions of this program wrote them, kept in the repository: read, or refused with what cures."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from qa.archive import Archive
from qa.cli import main
from qa.errors import IndexVersion
from qa.store import FORMAT, open_current
from tests.conftest import ROOT

STORED = ROOT / "tests" / "formats"
PAPERS = STORED / "papers"


@pytest.fixture
def stored(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of the stored index of the format that the test asks for."""
    return Path(shutil.copytree(STORED / f"format-{request.param}", tmp_path / "index"))


def sign(index: Path, manifest: bytes, version: int) -> None:
    """Makes `manifest` that of generation 1, with right checksums, in an index of that format."""
    (index / "gen-00000001" / "MANIFEST.json").write_bytes(manifest)
    pointer = {"format": version, "generation": 1, "manifest_sha256": hashlib.sha256(manifest).hexdigest()}
    line = json.dumps(pointer).encode()
    (index / "CURRENT").write_bytes(line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n")


def manifest_of(index: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((index / "gen-00000001" / "MANIFEST.json").read_bytes())
    return found


def everything(index: Path) -> dict[str, str]:
    """The text of each page, without the white space that a page may lose."""
    with Archive.open(index) as archive:
        return {source: "".join(archive.page(source).text.split()) for source in archive.sources()}


def papers() -> dict[str, str]:
    return {path.name: "".join(path.read_text(encoding="utf-8").split()) for path in PAPERS.iterdir()}


@pytest.mark.parametrize("stored", [1], indirect=True)
def test_the_first_format_is_refused_and_the_command_it_names_cures_it_without_loss(
    stored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--index", str(stored)]) == 1
    said = capsys.readouterr().err
    assert "index format 1" in said and "python -m qa index PATH... --rebuild" in said
    with pytest.raises(IndexVersion, match="index format 1, and this program reads format"):
        Archive.open(stored)
    with pytest.raises(IndexVersion, match="index format 1, and this program reads format"):
        Archive.build([PAPERS], stored)
    assert main(["index", str(PAPERS), "--rebuild", "--index", str(stored)]) == 0
    assert everything(stored) == papers()
    with Archive.open(stored) as archive:
        assert archive.status()["format"] == FORMAT
        assert archive.search("新桥有多长", 1)[0].passage.source == "桥.txt"
        assert archive.verify(deep=True) == []


@pytest.mark.parametrize("stored", [1, 2, 3], indirect=True)
def test_a_refused_or_opened_index_is_left_as_it_was(stored: Path, request: pytest.FixtureRequest) -> None:
    before = {path: path.read_bytes() for path in stored.rglob("*") if path.is_file()}
    try:
        Archive.open(stored).close()
    except IndexVersion:
        assert request.node.callspec.params["stored"] == 1
    assert {path: path.read_bytes() for path in stored.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("stored", [2, 3], indirect=True)
def test_an_older_format_is_read_and_finds_what_was_recorded(stored: Path) -> None:
    """Ranks and scores as the program of that time gave them."""
    assert everything(stored) == papers()
    with Archive.open(stored) as archive:
        hits = archive.search("新桥多长", mode="sparse")
        found = [(hit.passage.source, hit.passage.lines, round(hit.score, 3)) for hit in hits]
        assert found == [("桥.txt", (1, 3), 4.666), ("市场.txt", (1, 5), 0.379)]
        assert archive.status()["passages"] == len(archive.passages()) == 3


@pytest.mark.parametrize("stored", [2, 3], indirect=True)
def test_an_older_format_can_be_built_upon(stored: Path, tmp_path: Path, seeds_archive: Archive) -> None:
    """The stored index names the weights of its time; here it is made to name those that are bundled now."""
    manifest = manifest_of(stored)
    manifest["description"]["model"]["fingerprint"] = seeds_archive.encoder.fingerprint  # type: ignore[index]
    sign(stored, json.dumps(manifest).encode(), int(str(manifest["format"])))
    (tmp_path / "新.txt").write_text("# 新校舍落成\n\n本报讯 乡中心小学的新校舍昨天落成。\n", encoding="utf-8")
    with Archive.build([tmp_path / "新.txt"], stored) as archive:
        assert open_current(stored).number == 2
        assert {*archive.sources()} == {"桥.txt", "市场.txt", "新.txt"}
        assert archive.search("新校舍", 1, mode="sparse")[0].passage.source == "新.txt"
    pointer = json.loads((stored / "CURRENT").read_bytes().split(b"\n")[0])
    assert pointer["format"] == FORMAT


@pytest.mark.parametrize("stored", [2, 3], indirect=True)
def test_a_newer_format_is_refused_and_cured_by_the_command_it_names(
    stored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sign(stored, json.dumps(manifest_of(stored) | {"format": FORMAT + 1}).encode(), FORMAT + 1)
    assert main(["ask", "新桥有多长?", "--index", str(stored)]) == 1
    said = capsys.readouterr().err
    assert f"index format {FORMAT + 1}, and this program reads format {FORMAT}" in said and "--rebuild" in said
    assert main(["index", str(PAPERS), "--rebuild", "--index", str(stored)]) == 0
    assert everything(stored) == papers()


@pytest.mark.parametrize("stored", [2, 3], indirect=True)
def test_a_newer_manifest_behind_a_pointer_that_is_known_is_refused_too(stored: Path) -> None:
    sign(stored, json.dumps(manifest_of(stored) | {"format": FORMAT + 1}).encode(), FORMAT)
    with pytest.raises(IndexVersion, match=f"index format {FORMAT + 1}"):
        Archive.open(stored)
