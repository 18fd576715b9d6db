"""Bytes to text, worked by hand: encodings byte by byte, plausibility counted, archives and pages of HTML."""

from __future__ import annotations

import codecs
import io
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qa.decoding import decode, plausibility
from qa.errors import InputError, UndecodableFile
from qa.formats import FORMATS, extract
from qa.formats.unzip import ENTRIES, RATIO, unzip
from qa.formats.worker import read_html
from tests import files

NEWS = "本报讯 昨天上午,市图书馆新馆开馆,三万册图书免费借阅,市民可以凭身份证入场。"
COMMON = [chr(code) for code in range(0x4E00, 0x9FA6) if 0xB0 <= chr(code).encode("gb18030")[0] <= 0xD7
          and len(chr(code).encode("gb18030")) == 2 and chr(code).encode("gb18030")[1] >= 0xA1]  # fmt: skip


# --- encodings --------------------------------------------------------------------------------------------------------


def test_the_common_characters_are_those_of_level_one() -> None:
    assert len(COMMON) == 3755 and plausibility("".join(COMMON)) == 1.0


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from(COMMON), min_size=30, max_size=80).map("".join),
    st.sampled_from(["gb18030", "utf-16-le", "utf-16-be", "utf-8"]),
)
def test_everyday_chinese_comes_back_from_every_encoding(text: str, encoding: str) -> None:
    text = f"{text[:15]},{text[15:]}。1949\n"
    assert decode(text.encode(encoding), "x") == (text, encoding, 0)


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from([
        (codecs.BOM_UTF8, "utf-8", "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"), (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
    ]),
)  # fmt: skip
def test_a_mark_is_believed_and_dropped(text: str, kind: tuple[bytes, str, str]) -> None:
    mark, encoding, name = kind
    assume(not (name == "utf-16" and text.startswith("\0")))  # that is the mark of the longer encoding
    assert decode(mark + text.encode(encoding), "x") == (text, name, 0)


@pytest.mark.parametrize("faults", [1, 2, 3])
def test_every_replaced_byte_of_a_utf8_file_is_counted(faults: int) -> None:
    parts = [NEWS.encode()] * (faults + 1)
    text, encoding, replaced = decode(b"\xff".join(parts), "x")
    assert (text, encoding, replaced) == ("\ufffd".join([NEWS] * (faults + 1)), "utf-8", faults)


def test_a_file_longer_than_the_sample_is_judged_by_its_beginning() -> None:
    long = NEWS * 1200
    assert len(long.encode("gb18030")) > 2**16
    assert decode(long.encode("gb18030"), "x") == (long, "gb18030", 0)
    text, encoding, replaced = decode(long.encode("gb18030") + b"\xff", "x")
    assert encoding == "gb18030" and text == long + "\ufffd" and replaced == 1


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("", 1.0),
        ("plain English", 1.0),
        ("a\x01b", 0.0),
        ("工会,工会", 1.0),
        ("工会龘龘", 0.5),  # two of four are in no everyday text
        ("工会\ufffd\ufffd", 0.5),
        ("工会\x01", 2 / 5),  # a control character counts as three wrong ones
        ("工会。《》……", 1.0),
        ("工會", 1.0),  # compared in simplified script
    ],
)
def test_plausibility_is_the_share_of_everyday_characters(text: str, share: float) -> None:
    assert plausibility(text) == pytest.approx(share)


@pytest.mark.parametrize("control", [1, 2])
def test_a_few_control_characters_are_text_and_many_are_not(control: int) -> None:
    data = (b"a" * (100 - control) + b"\x02" * control) * 2
    assert decode(data, "x")[0] == data.decode()
    with pytest.raises(UndecodableFile, match=r"^x is a binary file; only text can be indexed\.$"):
        decode(b"a" * 97 + b"\x02" * 3, "x")


# --- archives ---------------------------------------------------------------------------------------------------------


def unpacked(data: bytes, file_limit: int = 1000, limit: int = 5000) -> list[tuple[str, bytes]]:
    return list(unzip(data, "a.zip", (".txt",), file_limit, limit))


def test_files_come_in_their_order_and_other_kinds_stay_away() -> None:
    members = {"b/二.txt": b"2", "a.TXT": b"1", "c.jpg": b"3", ".d.txt": b"4", "e.zip": b"5", "f/": b""}
    assert unpacked(files.packed(members)) == [("b/二.txt", b"2"), ("a.TXT", b"1")]


@pytest.mark.parametrize(("sizes", "good"), [([1000], True), ([1001], False), ([900] * 5, True), ([900] * 6, False)])
def test_limits_are_counted_for_each_file_and_for_all(sizes: list[int], good: bool) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for number, size in enumerate(sizes):
            archive.writestr(f"{number}.txt", b"x" * size)
    if good:
        assert [len(content) for _, content in unpacked(stream.getvalue())] == sizes
    else:
        with pytest.raises(InputError, match=r"^a\.zip/\d\.txt unpacks to more than [\d,]+ bytes"):
            unpacked(stream.getvalue())


def test_an_archive_that_lies_about_its_sizes_is_counted_while_it_is_read() -> None:
    data = bytearray(files.packed({"a.txt": b"x" * 3000}))
    for place in (data.index(b"PK\x01\x02") + 24, data.index(b"PK\x03\x04") + 22):  # the unpacked size, twice
        data[place : place + 4] = (10).to_bytes(4, "little")
    with pytest.raises(InputError, match=r"^a\.zip"):
        unpacked(bytes(data), 1000)


def test_what_unpacks_to_hundreds_of_times_its_size_is_left_alone() -> None:
    data = files.packed({"a.txt": bytes(3 * 2**20)})
    assert len(data) * RATIO < 3 * 2**20
    with pytest.raises(InputError, match="unpacks to far more than it should"):
        unpacked(data, 2**24, 2**24)


def test_too_many_entries_are_refused_before_any_is_read() -> None:
    data = files.packed({f"{n}.txt": b"" for n in range(ENTRIES + 1)})
    with pytest.raises(InputError, match=r"holds 1,001 files; at most 1,000 are looked at"):
        unpacked(data)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=80) | st.tuples(st.integers(0, 140), st.binary(min_size=1, max_size=4)))
def test_any_damage_to_an_archive_is_one_sentence_or_harmless(damage: bytes | tuple[int, bytes]) -> None:
    whole = files.packed({"a.txt": NEWS.encode(), "b.txt": b"b"})
    data = damage if isinstance(damage, bytes) else whole[: damage[0]] + damage[1] + whole[damage[0] + len(damage[1]) :]
    try:
        found = unpacked(data)
    except InputError as error:
        assert str(error).startswith("a.zip") and "\n" not in str(error)
    else:
        assert all(content in (NEWS.encode(), b"b") for _, content in found)


# --- HTML -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h2>灯会</h2><p>今晚<b>开</b>幕。</p>", "## 灯会\n\n今晚开幕。\n"),
        ("<p>一</p><!-- 不见 --><p>二<br>三", "一\n\n二\n三\n"),
        ("<title> 题  目 </title><p>文", "# 题 目\n\n文\n"),
        ("<title>题目</title><h1>真题</h1><p>文", "# 真题\n\n文\n"),
        ("<table><tr><td>甲<td>1<tr><td>乙<td>2</table>", "甲\t1\n乙\t2\n"),
        ("<p hidden>不见</p><nav>不见</nav><script>x</script><p>见", "见\n"),
        ("<div><div><p>深</p></div></div>", "深\n"),
        ("<p>a &lt;b&gt; &amp;amp; c", "a <b> &amp; c\n"),
        ("", "\n"),
    ],
)
def test_html_gives_what_a_reader_sees(html: str, text: str) -> None:
    found = read_html(html.encode())
    assert [line.rstrip("\t") for line in found.split("\n")] == text.split("\n")


def test_html_nested_five_thousand_deep_is_read() -> None:
    assert read_html(b"<div>" * 5_000 + "到底".encode()) == "到底\n"


SAFE = st.text(st.characters(categories=["L", "N"], max_codepoint=0x9FFF), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAFE, min_size=1, max_size=5), st.sampled_from(["p", "div", "section", "blockquote", "li"]))
def test_every_block_keeps_its_words_in_order(words: list[str], tag: str) -> None:
    html = "".join(f"<{tag}>{word}</{tag}>" for word in words)
    assert read_html(html.encode()) == "\n\n".join(words) + "\n"


def broken() -> Iterator[tuple[str, bytes, str]]:
    yield "PDF", b"%PDF-1.7 nothing more", "damaged or no PDF file"
    yield "DOCX", b"PK\x03\x04 nothing more", "damaged or no DOCX file"
    yield "DOCX", b"\xd0\xcf\x11\xe0" + bytes(600), "protected by a password"
    yield "PDF", files.pdf([[], []]), "holds pictures of pages and no text"


@pytest.mark.parametrize(("format", "data", "why"), list(broken()))
def test_a_file_that_gives_no_text_is_one_sentence(format: str, data: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why) as told:
        extract(data, format, "letter")
    assert str(told.value).startswith("letter ") and str(told.value).endswith(".") and "\n" not in str(told.value)
    assert format in FORMATS.values()
