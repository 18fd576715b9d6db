"""A traced text can be cut anywhere and still knows its places in the file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.datatypes import Answer, Citation, Hit, Passage, Traced, Witness
from qa.text import squeeze

WORD = st.text(st.sampled_from("甲乙丙丁ab1。"), min_size=1, max_size=6)


@st.composite
def traced_texts(draw: st.DrawFn) -> tuple[str, Traced]:
    """A file and a text joined from pieces of it, in any order, with or without a seam character."""
    words = draw(st.lists(WORD, min_size=1, max_size=6))
    file, places = "", []
    for word in words:
        file += "\n\n" + word
        places.append((len(file) - len(word), len(file)))
    order = draw(st.permutations(places))
    joined = ""
    for first, last in order:
        joined += draw(st.sampled_from(["", " ", "\n"])) if joined else ""
        joined += file[first:last]
    return file, Traced(joined, tuple(order))


@given(traced_texts(), st.integers(0, 40), st.integers(0, 40))
def test_any_slice_is_the_files_text_at_its_spans(case: tuple[str, Traced], a: int, b: int) -> None:
    file, traced = case
    start, end = sorted((min(a, len(traced.text)), min(b, len(traced.text))))
    part = traced.slice(start, end)
    assert part.text == traced.text[start:end].strip()
    assert "".join(file[x:y] for x, y in part.spans) == squeeze(part.text)
    assert all(x < y for x, y in part.spans)


def test_a_slice_over_a_seam_keeps_both_pieces() -> None:
    traced = Traced("甲乙丙丁", ((10, 12), (3, 5)))
    assert traced.slice(1, 3).spans == ((11, 12), (3, 4))
    assert traced.slice(2, 4).spans == ((3, 5),)


def test_an_inserted_space_belongs_to_no_span() -> None:
    traced = Traced("one two", ((0, 3), (9, 12)))
    assert traced.slice(3, 7) == Traced("two", ((9, 12),))
    assert traced.slice(2, 5) == Traced("e t", ((2, 3), (9, 10)))


def test_the_answer_record_has_the_fields_of_the_contract() -> None:
    witness = Witness("b.txt", (2, 2), ((5, 9),), "甲乙丙。")
    citation = Citation(1, "a.txt", "题", (3, 4), ((0, 2), (4, 6)), "甲乙丙。", (witness,))
    hit = Hit(Passage("甲乙丙。", ((0, 2), (4, 6)), source="a.txt", article="题", lines=(3, 4)), 1.5, 1)
    record = Answer("问?", "问?", "answered", "甲乙丙。", "", 0.9, (citation,), (hit,)).to_dict()
    assert list(record) == [
        "question",
        "understood_as",
        "status",
        "answer",
        "short_answer",
        "confidence",
        "citations",
        "passages",
        "missing",
        "timings_ms",
    ]
    assert list(record["citations"][0]) == ["n", "source", "article", "lines", "spans", "quote", "also_in"]
    assert record["citations"][0]["spans"] == [[0, 2], [4, 6]]
    assert record["citations"][0]["also_in"][0]["source"] == "b.txt"
    assert {"rank", "score", "source", "article", "lines", "spans", "text"} <= set(record["passages"][0])


def test_a_citation_of_a_changed_file_says_so() -> None:
    citation = Citation(1, "a.txt", "", (1, 1), ((0, 1),), "甲", changed=True)
    assert citation.to_dict()["changed"] is True
