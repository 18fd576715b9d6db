"""Scans as rows of letters, the readings of a place, and differences of two copies: every place is the file's."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.collation import Collation, MergedParagraph, Reading, Scan, Stretch, collate, differences
from qa.collation.evidence import choose, likelihood
from qa.datatypes import Article, Page, Paragraph, Traced
from qa.text import fold, squeeze

NAMES = "abcdefgh"


def story(source: str, *paragraphs: str, before: str = "") -> tuple[Page, Article]:
    """A page that holds `before` and then the paragraphs, one a line, and their story."""
    text, parts = before, []
    for words in paragraphs:
        parts.append(Paragraph(words, ((len(text), len(text) + len(words)),)))
        text += words + "\n"
    return Page(source, text), Article(source, "", tuple(parts))


def printed(page: Page, reading: Reading) -> str:
    return "".join(page.text[start:end] for start, end in reading.spans)


words = st.text("甲乙丙ab１，。 ", min_size=1, max_size=20).map(str.strip).filter(bool)


@given(st.lists(words, min_size=1, max_size=5), st.data())
def test_any_stretch_of_a_scan_reads_as_its_file_does(paragraphs: list[str], data: st.DataObject) -> None:
    page, article = story("a", *paragraphs, before="页眉\n")
    scan = Scan.of("a", [article])
    start = data.draw(st.integers(0, len(scan.letters.text)))
    end = data.draw(st.integers(start, len(scan.letters.text)))
    reading = scan.reading(start, end)
    assert fold(squeeze(reading.text)) == scan.letters.text[start:end] == fold(squeeze(printed(page, reading)))
    if start == end:
        ((at, same),) = reading.spans
        assert at == same and fold(squeeze(page.text[3:at])) == scan.letters.text[:start]


@given(st.lists(words, min_size=1, max_size=4), st.lists(words, min_size=1, max_size=4))
def test_stories_and_paragraphs_begin_at_their_first_letters(one: list[str], two: list[str]) -> None:
    page, first = story("a", *one)
    _, second = story("a", *two, before=page.text)
    scan = Scan.of("a", [first, second])
    sizes = [len(squeeze(part)) for part in (*one, *two)]
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    assert sorted(scan.kinds) == starts
    assert scan.parts == (0, starts[len(one)])


def test_a_paragraph_joined_over_a_column_break_keeps_both_places() -> None:
    text = "上栏的前半\n广告\n下栏的后半"
    paragraph = Paragraph("上栏的前半下栏的后半", ((0, 5), (9, 14)))
    scan = Scan.of("a", [Article("a", "", (paragraph,))])
    assert scan.reading(3, 7).spans == ((3, 5), (9, 11))
    assert "".join(text[a:b] for a, b in scan.reading(0, 10).spans) == paragraph.text


@pytest.mark.parametrize(
    ("parts", "spaces"),
    [
        (("新桥", "通车"), ["", "", ""]),
        (("new bridge", "opens"), ["", "", " ", "", "", "", "", "", " ", "", "", "", ""]),
        (("甲　乙", "丙"), ["　", "", ""]),
    ],
)
def test_a_line_end_is_a_space_between_latin_words_only(parts: tuple[str, ...], spaces: list[str]) -> None:
    scan = Scan.of("a", [story("a", *parts)[1]])
    assert [scan.space(n) for n in range(1, len(spaces) + 1)] == spaces
    assert scan.space(0) == "" == scan.space(len(scan.letters.text))


def test_a_scan_of_nothing_has_no_letters_and_one_empty_place() -> None:
    scan = Scan.of("a", [])
    assert scan.letters.text == "" and scan.parts == () and scan.reading(0, 0).spans == ((0, 0),)


# ---- readings -------------------------------------------------------------------------------------------------


def stretch(*texts: str, shown: int = 0) -> Stretch:
    return Stretch(tuple(Reading(text, ((0, len(text)),), NAMES[n]) for n, text in enumerate(texts)), shown, "own")


@given(st.lists(st.sampled_from(["桥", "橋", "A", "Ａ", "a", " 桥 ", "路", ""]), min_size=1, max_size=6), st.data())
def test_the_other_readings_are_each_other_wording_once(texts: list[str], data: st.DataObject) -> None:
    one = stretch(*texts, shown=data.draw(st.integers(0, len(texts) - 1)))
    said = [fold(squeeze(reading.text)) for reading in one.others]
    shown = fold(squeeze(one.reading.text))
    assert sorted({*said, shown}) == sorted({fold(squeeze(text)) for text in texts})
    assert shown not in said


@pytest.mark.parametrize("text", ["", "桥"])
def test_one_wording_that_two_scans_print_is_told_once(text: str) -> None:
    one = stretch("路", text, text)
    assert [reading.text for reading in one.others] == [text]


def test_a_collation_tells_its_disagreements_and_gaps_apart() -> None:
    agreed = Stretch((Reading("新", ((0, 1),), "a"), Reading("新", ((5, 6),), "b")))
    differs = Stretch((Reading("桥", ((1, 2),), "a"), Reading("娇", ((6, 7),), "b")), 0, "own", " ")
    gap = Stretch((Reading("通车", ((7, 9),), "b"),), 0, "gap")
    found = Collation("a", "题", ("b",), (MergedParagraph("body", (agreed, differs)), MergedParagraph("body", (gap,))))
    assert found.text == "新桥\n通车"
    assert found.disagreements == (differs,) and found.filled == (gap,)
    record = found.to_dict()
    assert json.loads(json.dumps(record)) == record
    assert record["filled"][0]["readings"] == [{"source": "b", "spans": [[7, 9]], "text": "通车"}]
    assert record["disagreements"][0]["why"] == "own" and record["witnesses"] == ["b"]


@given(st.lists(st.sampled_from("桥路街"), min_size=3, max_size=7))
def test_what_more_than_half_of_the_scans_print_is_shown(texts: list[str]) -> None:
    shown, why = choose(stretch(*texts).readings, "新建的", "通车了")
    most = max(texts.count(text) for text in texts)
    assert (why == "majority") == (2 * most > len(texts))
    if why == "majority":
        assert texts.count(texts[shown]) == most
        assert shown == texts.index(texts[shown]), "the first scan that prints it is shown"


@given(st.lists(st.sampled_from(["桥", "娇", "轿"]), min_size=2, max_size=2, unique=True))
def test_of_two_readings_the_likelier_is_shown_whichever_is_the_own(texts: list[str]) -> None:
    readings = stretch(*texts).readings
    shown, why = choose(readings, "江南大", "正式通车")
    best = max(texts, key=lambda text: likelihood("江南大", text, "正式通车"))
    assert readings[shown].text == best
    assert why == ("own" if shown == 0 else "words")


@given(st.integers(0, 50), st.integers(1, 50))
def test_pairs_that_the_archive_knows_speak_for_a_reading(count: int, more: int) -> None:
    def known(times: int) -> float:
        return likelihood("江南大", "桥", "通车", lambda pair: times if "桥" in pair else 0)

    assert known(count) < known(count + more)


# ---- differences of two copies --------------------------------------------------------------------------------


def traced(text: str, at: int = 0) -> Traced:
    return Traced(text, ((at, at + len(text)),))


letters = st.text("甲乙丙丁戊己，", min_size=1, max_size=25)


@settings(deadline=None)
@given(letters, letters, st.integers(0, 40))
def test_putting_in_the_others_letters_gives_the_other_copy(quote: str, other: str, at: int) -> None:
    found = differences(traced(quote, at), traced(other, at + 7))
    text = quote
    for one in reversed(found):
        start, end = one.spans[0][0] - at, one.spans[-1][1] - at
        assert quote[start:end] == one.text
        assert other[one.other_spans[0][0] - at - 7 : one.other_spans[-1][1] - at - 7] == one.other
        text = text[:start] + one.other + text[end:]
    assert text == other
    assert all(one.spans[-1][1] < two.spans[0][0] for one, two in pairwise(found))


@given(st.text("甲乙丙abc", max_size=20))
def test_width_case_and_white_space_are_no_difference(text: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter.isascii() else letter for letter in text.upper())
    assert differences(traced(text), traced(" ".join(wide))) == ()


def test_what_one_copy_does_not_print_has_an_empty_place() -> None:
    ((one,), (two,)) = (
        differences(traced("新桥通车", 10), traced("新桥车", 90)),
        differences(traced("桥"), traced("新桥")),
    )
    assert (one.text, one.spans, one.other, one.other_spans) == ("通", ((12, 13),), "", ((92, 92),))
    assert (two.text, two.spans, two.other, two.other_spans) == ("", ((0, 0),), "新", ((0, 1),))


def test_the_merged_text_of_two_scans_can_be_traced_through_its_spans_alone() -> None:
    sentence = "昨日上午,江南大桥正式通车,市长出席仪式并宣布通车。"
    own, article = story("a", sentence, "大桥全长三百米。", before="第一版\n")
    twin, copy = story("b", sentence.replace("大桥", "大娇"), "大桥全长三百米。", before="第二次扫描,页眉很长\n")
    found = collate(article, own.text, [Scan.of("b", [copy])])
    pages = {"a": own, "b": twin}
    for one in found.stretches:
        for reading in one.readings:
            assert printed(pages[reading.source], reading) == reading.text
    ((differing,),) = (found.disagreements,)
    assert [reading.text for reading in differing.readings] == ["桥", "娇"]
    assert differing.reading.text == "桥" and found.text == article.text
