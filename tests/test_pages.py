"""Reading: every file is either decoded to exactly its text or reported with a reason."""

from __future__ import annotations

import hashlib
import os
import random
import socket
import time
from pathlib import Path

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import pages
from qa.decoding import decode, plausibility
from qa.errors import InputError, UndecodableFile
from qa.pages import find_files, printable, read_page

SEEDS = sorted((Path(__file__).parent.parent / "seeds").glob("*.txt"))
NEWS = "数据显示,上半年,该街道总工会组织志愿者1020人,\r\n相继举办各类职工服务活动1806场,参与人次达90300人以上。\n"
TRADITIONAL = "臺灣的報紙報導了這個消息,市民們都覺得非常高興,學校與醫院也參加了活動。\n"


def write(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def reasons(skipped: list[tuple[str, str]]) -> dict[str, str]:
    return {Path(path).name: reason for path, reason in skipped}


# --- decoding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "gbk", "utf-16-le", "utf-16-be"]
)
def test_chinese_news_is_read_the_same_in_every_encoding(encoding: str) -> None:
    assert decode(NEWS.encode(encoding), "x")[0] == NEWS


@pytest.mark.parametrize("encoding", ["big5", "gb18030", "utf-16-le", "utf-8"])
def test_traditional_chinese_is_read_the_same_in_every_encoding(encoding: str) -> None:
    assert decode(TRADITIONAL.encode(encoding), "x")[0] == TRADITIONAL


def test_short_cuttings_of_real_pages_are_decoded_rightly_from_all_encodings() -> None:
    to_traditional = opencc.OpenCC("s2t")
    texts = [path.read_text(encoding="utf-8") for path in SEEDS]
    choose = random.Random(7)
    for _ in range(200):
        text = choose.choice(texts)
        start = choose.randrange(len(text) - 60)
        cutting = text[start : start + 40]
        for encoding in ("gb18030", "utf-16-le", "utf-16-be", "utf-8"):
            assert decode(cutting.encode(encoding), "x")[0] == cutting
        big5 = to_traditional.convert(cutting).encode("big5hkscs", "ignore")
        assert decode(big5, "x")[0] == big5.decode("big5hkscs")


def test_big_endian_marks_are_understood_and_dropped() -> None:
    assert decode(b"\xfe\xff" + NEWS.encode("utf-16-be"), "x")[:2] == (NEWS, "utf-16")
    assert decode(b"\x00\x00\xfe\xff" + NEWS.encode("utf-32-be"), "x")[:2] == (NEWS, "utf-32")


def test_plain_english_and_windows_french_and_russian_are_read() -> None:
    assert decode(b"The union held 1806 events.", "x") == ("The union held 1806 events.", "utf-8", 0)
    russian = "Съешь ещё этих мягких французских булок, да выпей чаю."
    assert decode(russian.encode("cp1251"), "x")[0] == russian


def test_japanese_is_not_taken_for_chinese() -> None:
    japanese = "東京都は新型コロナウイルスの感染者が増加していると発表しました。"
    assert decode(japanese.encode("shift_jis"), "x")[0] == japanese
    assert decode(japanese.encode("euc_jp"), "x")[0] == japanese


def test_faulty_bytes_are_replaced_and_counted_not_lost() -> None:
    text, encoding, replaced = decode("报纸".encode() + b"\xff" + NEWS.encode(), "x")
    assert (text, encoding, replaced) == ("报纸\ufffd" + NEWS, "utf-8", 1)
    text, encoding, replaced = decode(NEWS.encode("gb18030") * 3 + b"\xff\xff", "x")
    assert encoding == "gb18030" and replaced >= 1 and text.startswith(NEWS * 3)


def test_a_cut_utf16_file_reports_its_last_half_character() -> None:
    text, _, replaced = decode(NEWS.encode("utf-16")[:-1], "x")
    assert replaced == 1 and text == NEWS[:-1] + "\ufffd"


def test_a_replacement_character_that_stands_in_the_file_is_not_counted() -> None:
    assert decode("报纸\ufffd".encode(), "x") == ("报纸\ufffd", "utf-8", 0)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 4,
        b"\x7fELF\x02\x01\x01" + bytes(64),
        b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(256)),
        bytes(100),
        b"\x01\x02\x03\x04\x05\x06" * 50,
        random.Random(3).randbytes(4000),
    ],
)
def test_binary_files_are_refused_with_their_name(data: bytes) -> None:
    with pytest.raises(UndecodableFile, match=r"photo\.txt is"):
        decode(data, "photo.txt")


def test_no_surrogate_ever_leaves_the_decoder() -> None:
    lonely = b"\xff\xfe" + NEWS.encode("utf-16-le") + b"\x00\xd8" + "完".encode("utf-16-le")
    text, _, replaced = decode(lonely, "x")
    assert replaced >= 1
    text.encode("utf-8")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_any_utf8_text_comes_back_exactly(text: str) -> None:
    assert decode(text.encode("utf-8-sig"), "x") == (text, "utf-8-sig", 0)
    if not text.encode().startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        assert decode(text.encode(), "x") == (text, "utf-8", 0)


@given(st.binary(max_size=300))
def test_any_bytes_are_decoded_or_refused_but_never_crash(data: bytes) -> None:
    try:
        text, _, replaced = decode(data, "x")
    except UndecodableFile:
        return
    text.encode("utf-8")
    assert replaced <= text.count("\ufffd")


def test_plausible_chinese_scores_high_and_its_wrong_decoding_low() -> None:
    assert plausibility(NEWS) > 0.95
    assert plausibility(NEWS.encode("gb18030").decode("utf-16-le", "replace")) < 0.5
    assert plausibility(NEWS.encode().decode("gb18030", "replace")) < 0.5


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_a_seed_page_is_its_file_character_for_character(path: Path) -> None:
    page = read_page(path, path.name)
    assert page.text == path.read_bytes().decode("utf-8") and page.replaced == 0
    assert page.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (page.source, page.path, page.encoding) == (path.name, str(path), "utf-8")


def test_line_ends_are_not_translated(tmp_path: Path) -> None:
    text = "一\r\n二\r三\n四\u2028五"
    assert read_page(write(tmp_path / "a.txt", text), "a.txt").text == text


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"\xef\xbb\xbf", "\u3000\u3000\n".encode()])
def test_an_empty_file_is_reported_as_empty(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match=r"a\.txt is empty"):
        read_page(write(tmp_path / "a.txt", data), "a.txt")


def test_a_file_over_the_limit_is_refused_and_the_limit_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "SIZE_LIMIT", 2**20)
    write(tmp_path / "fits.txt", b"a" * 2**20)
    assert len(read_page(tmp_path / "fits.txt", "fits.txt").text) == 2**20
    with pytest.raises(InputError, match="larger than 1 MiB"):
        read_page(write(tmp_path / "big.txt", b"a" * (2**20 + 1)), "big.txt")


def test_a_sparse_file_of_a_terabyte_costs_no_more_than_the_limit(tmp_path: Path) -> None:
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(InputError, match="larger than 64 MiB"):
        read_page(tmp_path / "huge.txt", "huge.txt")


def test_a_pipe_does_not_block_the_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    start = time.monotonic()
    with pytest.raises(InputError, match="no regular file"):
        read_page(tmp_path / "pipe.txt", "pipe.txt")
    assert time.monotonic() - start < 1


def test_a_folder_a_device_and_a_missing_file_are_no_pages(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/zero"), tmp_path / "missing.txt"):
        with pytest.raises(InputError, match=r"cannot be read|no regular file"):
            read_page(path, "x")


# --- finding ----------------------------------------------------------------------------------------------------------


def test_folders_are_searched_to_the_bottom_in_order_of_name(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.md", "a/b/deep.TEXT", "z.markdown"):
        write(tmp_path / name, "x")
    files, skipped = find_files([tmp_path])
    assert list(files) == ["b.txt", "z.markdown", "a/c.md", "a/b/deep.TEXT"] and not skipped
    assert files["a/b/deep.TEXT"] == tmp_path / "a/b/deep.TEXT"


def test_what_is_left_out_is_listed_with_its_reason(tmp_path: Path) -> None:
    left_out = [".hidden.txt", "README.md", "LICENSE.txt", "CHANGELOG.md", "photo.jpg"]
    for name in [*left_out, ".git/a.txt", "page.txt"]:
        write(tmp_path / name, "x")
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.txt")
    files, skipped = find_files([tmp_path])
    assert list(files) == ["page.txt"]
    why = reasons(skipped)
    assert set(why) == {
        ".hidden.txt",
        ".git",
        "README.md",
        "LICENSE.txt",
        "CHANGELOG.md",
        "photo.jpg",
        "link.txt",
        "loop",
        "pipe.txt",
    }
    assert "hidden" in why[".git"] and "link" in why["loop"] and "regular" in why["pipe.txt"]


def test_a_file_named_itself_is_always_tried(tmp_path: Path) -> None:
    readme, data = write(tmp_path / "README.md", "x"), write(tmp_path / "page.dat", "x")
    files, skipped = find_files([readme, data])
    assert files == {"README.md": readme, "page.dat": data} and not skipped


def test_a_missing_path_is_reported_and_the_rest_is_found(tmp_path: Path) -> None:
    page = write(tmp_path / "page.txt", "x")
    files, skipped = find_files([tmp_path / "nowhere", page])
    assert files == {"page.txt": page}
    assert skipped == [(str(tmp_path / "nowhere"), "it does not exist")]


def test_an_unreadable_folder_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "open/a.txt", "x")
    write(tmp_path / "shut/b.txt", "x")
    scan = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(pages.os, "scandir", refuse)
    files, skipped = find_files([tmp_path])
    assert list(files) == ["open/a.txt"]
    assert reasons(skipped) == {"shut": "the folder cannot be read: Permission denied"}


def test_the_same_file_given_twice_is_found_once(tmp_path: Path) -> None:
    page = write(tmp_path / "a/page.txt", "x")
    files, _ = find_files([tmp_path, page, tmp_path / "a", tmp_path / "a/../a/page.txt"])
    assert files == {"a/page.txt": page}


def test_two_files_of_one_name_take_their_parent_folders_in(tmp_path: Path) -> None:
    one, two = write(tmp_path / "x/monday/p.txt", "1"), write(tmp_path / "y/monday/p.txt", "2")
    other = write(tmp_path / "y/monday/q.txt", "3")
    files, _ = find_files([one.parent, two.parent])
    assert files == {"x/monday/p.txt": one, "y/monday/p.txt": two, "q.txt": other}


def test_a_known_file_keeps_its_name_and_a_new_one_gives_way(tmp_path: Path) -> None:
    old, new = write(tmp_path / "old/p.txt", "1"), write(tmp_path / "new/p.txt", "2")
    assert find_files([new], {str(old): "p.txt"})[0] == {"new/p.txt": new}
    assert find_files([old, new], {str(old): "p.txt"})[0] == {"p.txt": old, "new/p.txt": new}


def test_names_with_control_characters_are_escaped_and_stay_apart(tmp_path: Path) -> None:
    newline, escaped = write(tmp_path / "a\nb.txt", "1"), write(tmp_path / "a\\nb.txt", "2")
    undecodable = tmp_path / os.fsdecode(b"\xff\xfe.txt")
    undecodable.write_text("3")
    files, _ = find_files([tmp_path])
    assert set(files.values()) == {newline, escaped, undecodable} and len(files) == 3
    for name in files:
        name.encode("utf-8")
        assert printable(name) == name


def test_a_right_to_left_override_cannot_disguise_a_name() -> None:
    assert printable("annual\u202etxt.exe") == "annual\\u202etxt.exe"
    assert printable("报纸 第一版.txt") == "报纸 第一版.txt"


def test_folders_five_hundred_deep_are_no_trouble(tmp_path: Path) -> None:
    here = tmp_path
    for _ in range(500):
        here = here / "d"
    write(here / "page.txt", "x")
    files, skipped = find_files([tmp_path])
    assert list(files) == ["d/" * 500 + "page.txt"] and not skipped


def test_a_socket_is_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.txt")
        files, skipped = find_files([tmp_path])
    assert not files and reasons(skipped) == {"s.txt": "it is no regular file"}
