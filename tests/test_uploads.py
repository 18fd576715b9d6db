"""Files that visitors bring to the page: taken in every format, seen by their owner only, gone when removed."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from qa.chat.examples import Examples
from qa.chat.guard import MAX_BODY, Guard
from qa.chat.handlers import Handlers
from qa.chat.uploads import IDLE, MAX_DESKS, MAX_FILES, MAX_PLAIN, MAX_TOTAL, Desk, Uploads, free_name
from qa.errors import InputError
from qa.render.faults import fault_words
from qa.text import squeeze
from tests import files
from tests.test_chat import call, echo

LETTER = "# 青石镇桥梁通车\n\n本报讯 青石镇的白鹭桥昨天通车,全长321米,由镇政府投资修建。\n"
LINES = LETTER.removeprefix("# ").split("\n\n")
QUESTION = "白鹭桥全长多少米?"
KINDS = {
    "letter.txt": LETTER.encode(),
    "letter.md": LETTER.encode("gb18030"),
    "letter.html": f"<h1>{LINES[0]}</h1><p>{LINES[1]}<script>var x='坏';</script>".encode("gb18030"),
    "letter.pdf": files.pdf([["封面", "第一页没有消息。"], [LINES[0], *LINES[1].strip().split(",")]]),
    "letter.docx": files.docx([f"# {LINES[0]}", LINES[1].strip()]),
    "letters.zip": files.packed(
        {"来信/letter.txt": LETTER.encode(), "../evil.txt": b"x" * 50, "photo.jpg": b"\xff\xd8"}
    ),
}


@pytest.fixture
def uploads(seeds_archive: Any, tmp_path: Path) -> Uploads:
    return Uploads(seeds_archive, tmp_path / "desks")


@pytest.fixture
def handlers(uploads: Uploads) -> Handlers:
    return Handlers(uploads.shared, Examples(uploads.shared), uploads=uploads)


def brought(tmp_path: Path, name: str, content: str | bytes = LETTER) -> str:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def told(steps: Iterator[tuple[str, str]]) -> tuple[str, str]:
    """The last thing a visitor is told, and the key of the desk."""
    return list(steps)[-1]


# ---- taking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_every_kind_is_asked_at_once_and_its_words_are_traced(
    handlers: Handlers, tmp_path: Path, name: str
) -> None:
    words, key = told(handlers.bring("", [brought(tmp_path, name, KINDS[name])], "en"))
    assert "Ready to be asked" in words and "alert" not in words
    mine = handlers.at(key).archive
    answer = mine.ask(QUESTION)
    assert "321米" in answer.answer
    citation = answer.citations[0]
    assert citation.source.startswith(name)
    page = mine.page(citation.source)
    assert squeeze("".join(page.text[a:b] for a, b in citation.spans)) == squeeze(citation.quote)
    assert citation.sheet == (2 if name.endswith(".pdf") else 0)


def test_a_packed_folder_gives_its_pages_their_paths_and_none_outside(uploads: Uploads, tmp_path: Path) -> None:
    done = uploads.add("", [brought(tmp_path, "letters.zip", KINDS["letters.zip"])])
    assert done.names == ("letters.zip/evil.txt", "letters.zip/来信/letter.txt") and done.refused == ()
    assert not list(tmp_path.glob("**/evil.txt"))[1:]


def test_a_visitor_asks_their_own_files_and_the_shared_pages(handlers: Handlers, tmp_path: Path) -> None:
    _, key = told(handlers.bring("", [brought(tmp_path, "letter.txt")], "en"))
    mine = handlers.at(key).archive
    hits = mine.search("白鹭桥", k=4)
    assert "letter.txt" in (hits[0].passage.source, hits[1].passage.source)
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert mine.page("letter.txt").text.startswith("# 青石镇")
    assert "1806" in mine.ask("丰门街道总工会上半年举办了多少场职工服务活动?").answer
    assert mine.status()["pages"] == 6


def test_progress_is_told_until_the_files_can_be_asked(handlers: Handlers, tmp_path: Path) -> None:
    steps = [words for words, _ in handlers.bring("", [brought(tmp_path, "letter.txt")], "zh-Hans")]
    assert "正在读取 1 个文件" in steps[0]
    assert any("正在编入索引" in step for step in steps[1:-1])
    assert "可以提问了：letter.txt" in steps[-1] and all('role="status"' in step for step in steps)


def test_the_page_of_a_pdf_is_named_where_the_reader_looks(handlers: Handlers, tmp_path: Path) -> None:
    _, key = told(handlers.bring("", [brought(tmp_path, "letter.pdf", KINDS["letter.pdf"])], "en"))
    turns = list(handlers.at(key).ask(QUESTION, (), ["letter.pdf"], "zh-Hans"))
    conversation, answers, _, pane = turns[-1]
    assert answers[0].citations[0].to_dict()["sheet"] == 2
    assert "letter.pdf 第 2 页 第" in conversation
    assert pane and "letter.pdf · 第 2 页 · 第" in pane
    assert re.search(r"\[N\]\. letter\.pdf: 第 2 页 第 [56](–\d)? 行\.", pane)
    whole = handlers.at(key).open('["at", "letter.pdf", [], "page"]', (), "en")
    assert whole and '<li class="wb-sheet" value="3">page 2</li>' in whole


def test_hostile_html_is_text_and_nothing_else(handlers: Handlers, tmp_path: Path) -> None:
    hostile = (
        "<h1>告示&lt;script&gt;x()&lt;/script&gt;</h1><p>白鹭桥&lt;img src=x onerror=y()&gt;全长321米。<svg onload=z()>"
    )
    _, key = told(handlers.bring("", [brought(tmp_path, "evil.html", hostile)], "en"))
    shown = handlers.at(key).open('["at", "evil.html", [], "page"]', (), "en") or ""
    assert "&lt;img src=x onerror=y()&gt;" in shown and "&lt;script&gt;" in shown
    assert "<img" not in shown and "<script" not in shown and "z()" not in shown


def test_more_files_come_onto_the_same_desk(uploads: Uploads, tmp_path: Path) -> None:
    key = uploads.add("", [brought(tmp_path, "letter.txt")]).key
    done = uploads.add(key, [brought(tmp_path, "more.txt", LETTER + "又及。")])
    assert done.key == key and done.names == ("letter.txt", "more.txt")


def test_a_file_named_like_a_page_that_is_there_gets_another_name(uploads: Uploads, tmp_path: Path) -> None:
    name = uploads.shared.sources()[0]
    done = uploads.add("", [brought(tmp_path, name)])
    assert done.names == (name.replace(".txt", "-2.txt"),)
    assert uploads.add(done.key, [brought(tmp_path, name)]).names[-1] == name.replace(".txt", "-3.txt")
    assert free_name("a.txt", {"a.txt", "a-2.txt"}) == "a-3.txt"


@pytest.mark.parametrize("name", ["README.md", ".hidden.txt", "a\u202etxt.txt", "长" * 80 + ".txt"])
def test_no_name_keeps_a_file_from_being_asked(uploads: Uploads, tmp_path: Path, name: str) -> None:
    done = uploads.add("", [brought(tmp_path, name)])
    assert len(done.names) == 1 and done.refused == () and "\u202e" not in done.names[0]


# ---- refusing -------------------------------------------------------------------------------------------------------


def bomb() -> bytes:
    return files.packed({"a.txt": b"0" * 15_000_000})


def lying() -> bytes:
    """An archive whose directory says that its file is small."""
    data = files.packed({"a.txt": b"0" * 15_000_000})
    place = data.rindex(b"PK\x01\x02") + 24
    return data[:place] + (10).to_bytes(4, "little") + data[place + 4 :]


def locked_zip() -> bytes:
    data = bytearray(files.packed({"a.txt": LETTER.encode()}))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


FAULTS: list[tuple[str, Any, str]] = [
    ("a.exe", b"MZ", "is not taken; expected a file that ends in .txt, "),
    ("big.txt", lambda: b"x" * (MAX_PLAIN + 1), "big.txt is larger than 2 MB"),
    ("empty.txt", b"  ", "empty.txt is empty"),
    ("empty.html", b"<script>1</script>", "empty.html is empty"),
    ("photo.txt", bytes(range(256)) * 40, "photo.txt is a binary file"),
    ("locked.pdf", files.locked_pdf, "locked.pdf is protected by a password"),
    ("scan.pdf", lambda: files.pdf([[], []]), "scan.pdf holds pictures of pages and no text"),
    ("damaged.pdf", lambda: files.pdf([["字"]])[:200], "damaged.pdf cannot be read: it is damaged or no PDF file"),
    ("damaged.docx", lambda: files.docx(["字"])[:900], "damaged.docx cannot be read: it is damaged or no DOCX file"),
    ("bomb.docx", lambda: files.packed({"word/document.xml": b"0" * 15_000_000}), "unpacks to far more than it should"),
    ("old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old.docx is protected by a password"),
    ("damaged.zip", b"PK\x03\x04 no archive", "damaged.zip cannot be read: it is damaged or no ZIP file"),
    ("bomb.zip", bomb, "bomb.zip/a.txt unpacks to far more than it should"),
    ("lying.zip", lying, "lying.zip"),
    ("locked.zip", locked_zip, "locked.zip is protected by a password"),
    ("nested.zip", lambda: files.packed({"inner.zip": bomb()}), "nested.zip holds no file that ends in .txt"),
    ("many.zip", lambda: files.packed({f"{n}.txt": b"x" for n in range(1001)}), "many.zip holds 1,001 files"),
    ("crowd.zip", lambda: files.packed({f"{n}.txt": b"text" for n in range(51)}), "at most 50 files are taken in all"),
]


@pytest.mark.parametrize(("name", "content", "words"), FAULTS, ids=[name for name, _, _ in FAULTS])
def test_a_file_that_cannot_be_used_is_one_sentence_and_leaves_the_others(
    uploads: Uploads, tmp_path: Path, name: str, content: Any, words: str
) -> None:
    bad = brought(tmp_path, name, content() if callable(content) else content)
    alone = uploads.add("", [bad])
    assert (alone.key, alone.names, len(alone.refused)) == ("", (), 1)
    assert words in alone.refused[0] and alone.refused[0].endswith(".") and str(tmp_path) not in alone.refused[0]
    assert uploads.desks == {} and list(uploads.root.iterdir()) == []
    mixed = uploads.add("", [brought(tmp_path, "good.txt"), bad])
    assert mixed.names == ("good.txt",) and mixed.refused == alone.refused
    again = uploads.add(mixed.key, [bad])
    assert (again.names, again.refused) == (("good.txt",), alone.refused)
    assert [path.name for path in (uploads.desks[mixed.key].folder / "pages").rglob("*.*")] == ["good.txt"]


@pytest.mark.parametrize(("name", "content", "words"), FAULTS, ids=[name for name, _, _ in FAULTS])
def test_every_refusal_is_told_in_the_readers_language(
    handlers: Handlers, tmp_path: Path, name: str, content: Any, words: str
) -> None:
    bad = brought(tmp_path, name, content() if callable(content) else content)
    for language, full_stop in (("zh-Hans", "。"), ("zh-Hant", "。"), ("en", ".")):
        shown, _ = told(handlers.bring("", [bad], language))
        sentence = shown.partition(">")[2].partition("<")[0]
        assert sentence.startswith(name) and sentence.endswith(full_stop), sentence


def test_an_unknown_sentence_stays_and_traditional_readers_get_their_words() -> None:
    assert fault_words("Something else.", "zh-Hans") == "Something else."
    assert "檔案" in fault_words("a.exe is not taken; expected a file that ends in .txt.", "zh-Hant")


def test_a_refused_file_is_told_as_an_alert_beside_those_that_are_ready(handlers: Handlers, tmp_path: Path) -> None:
    words, key = told(handlers.bring("", [brought(tmp_path, "letter.txt"), brought(tmp_path, "a.exe")], "en"))
    assert key and words.index('role="alert"') < words.index("Ready to be asked: letter.txt")
    assert told(handlers.bring("", [], "en")) == ("", "")


def test_files_and_visitors_have_limits(uploads: Uploads, tmp_path: Path) -> None:
    letter = brought(tmp_path, "letter.txt")
    done = uploads.add("", [letter] * (MAX_FILES + 1))
    assert len(done.names) == MAX_FILES and "at most 50 files" in done.refused[0]
    key = uploads.add("", [letter]).key
    with (uploads.desks[key].folder / "pages" / "letter.txt").open("r+b") as file:
        file.truncate(MAX_TOTAL - 1)
    assert "at most 60 MB are taken in all" in uploads.add(key, [letter]).refused[0]
    uploads.desks |= dict.fromkeys(map(str, range(MAX_DESKS)), Desk(tmp_path, uploads.shared))
    with pytest.raises(InputError, match="try again later"):
        uploads.add("", [letter])


def test_too_many_visitors_are_told_so(handlers: Handlers, uploads: Uploads, tmp_path: Path) -> None:
    uploads.desks |= dict.fromkeys(map(str, range(MAX_DESKS)), Desk(tmp_path, uploads.shared))
    words, key = told(handlers.bring("", [brought(tmp_path, "letter.txt")], "en"))
    assert key == "" and "try again later" in words and 'role="alert"' in words


# ---- who sees what --------------------------------------------------------------------------------------------------


def test_nobody_else_sees_the_files_of_a_visitor(handlers: Handlers, uploads: Uploads, tmp_path: Path) -> None:
    first = uploads.add("", [brought(tmp_path, "letter.txt")]).key
    second = uploads.add("", [brought(tmp_path, "other.md", "# 别的事\n\n另一位读者带来的文字,与桥无关。\n")]).key
    assert first != second and uploads.desks[first].folder.stat().st_mode & 0o077 == 0
    for key in (second, "", "no such desk", "../desks"):
        assert "letter.txt" not in handlers.at(key).archive.sources()
    assert handlers.at(second).archive.sources()[0] == "other.md"


def test_a_common_desk_is_seen_and_cleared_by_everybody(uploads: Uploads, tmp_path: Path) -> None:
    common = Uploads(uploads.shared, tmp_path / "common", common=True)
    handlers = Handlers(common.shared, Examples(common.shared), uploads=common)
    common.add("", [brought(tmp_path, "letter.txt")])
    common.add("another visitor", [brought(tmp_path, "more.txt", LETTER + "又及。")])
    assert handlers.at("a third").archive.sources()[:2] == ["letter.txt", "more.txt"]
    common.remove("a third")
    assert "letter.txt" not in handlers.at("").archive.sources() and list(common.root.iterdir()) == []


def test_the_hint_says_what_is_taken_and_who_sees_it(uploads: Uploads, tmp_path: Path) -> None:
    def told_by(desks: Uploads | None) -> str:
        return Handlers(uploads.shared, Examples(uploads.shared), uploads=desks).hint("en")

    hint = told_by(uploads)
    assert "PDF" in hint and "20 MB" in hint and "50 files in all" in hint and "by you only" in hint
    assert "all visitors" in told_by(Uploads(uploads.shared, tmp_path, common=True))
    assert told_by(None) == ""


def test_removing_the_files_leaves_nothing(uploads: Uploads, tmp_path: Path) -> None:
    key = uploads.add("", [brought(tmp_path, "letter.txt")]).key
    for gone in (key, key, "", "no such desk"):
        uploads.remove(gone)
    assert list(uploads.root.iterdir()) == [] and uploads.desks == {}


def test_one_file_is_removed_and_the_others_stay(handlers: Handlers, uploads: Uploads, tmp_path: Path) -> None:
    market = brought(tmp_path, "market.md", "# 茶市开张\n\n本报讯 青石镇的茶市今天开张,共有48个摊位。\n")
    words, key = told(handlers.bring("", [brought(tmp_path, "letter.txt"), market], "en"))
    assert [json.loads(unescape(name)) for name in re.findall(r'wb-withdraw[^"]*" value="([^"]*)"', words)] == [
        ["letter.txt"],
        ["market.md"],
    ]
    words, left = handlers.withdraw(key, '["letter.txt"]', "en")
    assert left == key and "Ready to be asked: market.md" in words and "letter.txt" not in words
    here = handlers.at(key).archive
    assert "letter.txt" not in here.sources() and here.ask(QUESTION).citations == ()
    assert "48" in here.ask("茶市有多少个摊位?").answer
    files_left = [path.name for path in (uploads.root / key).rglob("*") if path.is_file()]
    assert "market.md" in files_left and not {"letter.txt", "removed"} & set(files_left)
    words, left = handlers.withdraw(key, '["market.md"]', "en")
    assert left == "" and "Ready" not in words and "20 MB" in words
    assert list(uploads.root.iterdir()) == [] and uploads.desks == {}


@pytest.mark.parametrize("command", ['["000.txt"]', '["../index/CURRENT"]', "[3]", "[]", "{", '["letter.txt", "x"]'])
def test_only_a_visitors_own_files_are_removed(
    command: str, handlers: Handlers, uploads: Uploads, tmp_path: Path
) -> None:
    mine = uploads.add("", [brought(tmp_path, "letter.txt")]).key
    other = uploads.add("", [brought(tmp_path, "other.txt")]).key
    for key in (other, "", "no such desk"):
        handlers.withdraw(key, command, "en")
    assert set(uploads.desks) == {mine, other}
    assert uploads.desks[mine].archive.sources() == ["letter.txt"]
    assert uploads.desks[other].archive.sources() == ["other.txt"]


def test_a_file_comes_back_when_the_others_cannot_be_indexed_without_it(
    uploads: Uploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uploads.add("", [brought(tmp_path, "letter.txt"), brought(tmp_path, "other.txt", "本报讯 茶市开张。")]).key

    def fail(*_: Any, **__: Any) -> Any:
        raise InputError("The disk is full.")

    monkeypatch.setattr("qa.archive.Archive.build", fail)
    with pytest.raises(InputError, match="disk is full"):
        uploads.withdraw(key, "letter.txt")
    assert sorted(path.name for path in (uploads.root / key / "pages").iterdir()) == ["letter.txt", "other.txt"]
    assert uploads.desks[key].archive.sources() == ["letter.txt", "other.txt"]


def test_a_desk_that_nobody_used_for_an_hour_is_cleared_for_others(uploads: Uploads, tmp_path: Path) -> None:
    letter = brought(tmp_path, "letter.txt")
    old, kept = uploads.add("", [letter]).key, uploads.add("", [letter]).key
    for key in (old, kept):
        uploads.desks[key].used -= IDLE + 1
    assert uploads.desk(kept) is not None
    new = uploads.add("", [letter]).key
    assert set(uploads.desks) == {kept, new} == {folder.name for folder in uploads.root.iterdir()}


def test_uploads_are_closed_unless_they_are_switched_on() -> None:
    length = str(MAX_BODY + 5)
    assert call(Guard(echo), "/gradio_api/upload", "POST")[0] == 404
    guard = Guard(echo, max_upload=MAX_BODY * 2)
    assert call(guard, "/gradio_api/upload", "POST", content_length=length)[0] == 200
    assert call(guard, "/gradio_api/upload", "POST", content_length=str(MAX_BODY * 2 + 1))[0] == 413
    assert call(guard, "/gradio_api/queue/join", "POST", content_length=length)[0] == 413
    assert call(guard, "/gradio_api/upload")[0] == 404
    assert call(guard, "/gradio_api/upload", "POST", origin="https://evil.example")[0] == 403


# ---- names in archives ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a/b.txt", "a/b.txt"),
        ("../../etc/b.txt", "etc/b.txt"),
        ("/etc/b.txt", "etc/b.txt"),
        ("C:\\Users\\b.txt", "Users/b.txt"),
        ("a//./b.txt", "a/b.txt"),
        ("__MACOSX/b.txt", ""),
        (".git/b.txt", ""),
        ("..", ""),
        ("来信.txt", "来信.txt"),
    ],
)
def test_names_in_archives_stay_below_the_archive(name: str, safe: str) -> None:
    from qa.formats.unzip import safe_name

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, b"x")
    with zipfile.ZipFile(stream) as archive:
        assert safe_name(archive.infolist()[0]) == safe


def test_names_written_in_gbk_are_read_as_meant() -> None:
    from qa.formats.unzip import safe_name

    entry = zipfile.ZipInfo("来信.txt".encode("gb18030").decode("cp437"))
    entry.flag_bits = 0
    assert safe_name(entry) == "来信.txt"
