"""Records that come back from a browser, and desks of files: nothing lost, nothing believed, nothing left behind."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.archive import Archive
from qa.chat.records import MAX_COMMENT, Verdicts, answer_of, answers_of, gold, record_of
from qa.chat.uploads import KINDS, Both, Desk, Uploads, _fault, _files, _plain, free_name
from qa.datatypes import Answer, Citation, Claim, Difference, Failure, Hit, Passage, Witness, Written
from qa.errors import InputError
from qa.pages import SUFFIXES, read_page
from qa.render import visible

LETTER = "# 青石镇桥梁通车\n\n本报讯 青石镇的白鹭桥昨天通车,全长321米,由镇政府投资修建。\n"

WORDS = st.text(max_size=6).map(visible)
SPANS = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=2).map(tuple)
DIFFERENCES = st.lists(st.builds(Difference, WORDS, SPANS, WORDS, SPANS), max_size=2).map(tuple)
WITNESSES = st.lists(st.builds(Witness, WORDS, st.just((1, 2)), SPANS, WORDS, DIFFERENCES), max_size=2).map(tuple)
CITATIONS = st.builds(
    Citation,
    st.integers(1, 9),
    WORDS,
    WORDS,
    st.just((1, 2)),
    SPANS,
    WORDS,
    WITNESSES,
    st.booleans(),
    st.integers(0, 9),
)
CLAIMS = st.lists(st.builds(Claim, WORDS, st.lists(st.integers(1, 9), max_size=3).map(tuple)), max_size=2).map(tuple)
WRITTEN = st.none() | st.builds(
    Written, WORDS, st.lists(WORDS, max_size=2).map(tuple), st.sampled_from(get_args(Failure))
)


# --- records ----------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(CITATIONS, max_size=2).map(tuple), CLAIMS, WRITTEN)
def test_readings_claims_and_retellings_survive_the_browser_too(
    citations: tuple[Citation, ...], claims: tuple[Claim, ...], written: Written | None
) -> None:
    answer = Answer("问", "问", "partial", "答", "", 0.5, citations, claims=claims, written=written)
    kept = json.loads(record_of(answer, 0, "zh-Hans"))["record"]
    assert answer_of(kept) == answer and answer_of(kept).to_dict() == kept


FOUND = Hit(Passage("句。", ((0, 2),), source="a.txt", lines=(1, 1)), 0.25, 1)
ANSWER = Answer("问", "问", "answered", "句。", "", 0.75, passages=(FOUND,))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", '"x"', "null", "[]"])
@pytest.mark.parametrize("field", ["0.75", "0.25"])
def test_numbers_that_json_has_no_words_for_are_refused(field: str, number: str) -> None:
    """The record is written as JSON again, which a browser could not read with such a number in it."""
    text = json.dumps([ANSWER.to_dict()])
    with pytest.raises(InputError, match="expected a list of answer records"):
        answers_of(text.replace(field, number, 1), 5)


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_a_confidence_is_a_share_and_a_score_any_number(confidence: float, score: float) -> None:
    record = replace(ANSWER, confidence=confidence, passages=(replace(FOUND, score=score),)).to_dict()
    (found,) = answers_of(json.dumps([record]), 5)
    assert 0.0 <= found.confidence <= 1.0 and found.passages[0].score == score
    assert found.confidence == confidence or not 0.0 <= confidence <= 1.0
    assert math.isfinite(json.loads(json.dumps(found.to_dict(), allow_nan=False))["confidence"])


@pytest.mark.parametrize(
    "change",
    [{"status": "sure"}, {"written": {"by": "m", "dropped": [], "failure": "tired"}}, {"question": 3}, {"claims": 1}],
)
def test_words_that_no_answer_has_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="expected a list of answer records"):
        answers_of(json.dumps([ANSWER.to_dict() | change]), 5)


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(1, 9))
def test_the_last_turns_are_kept_and_earlier_ones_go(most: int, count: int) -> None:
    records = [replace(ANSWER, question=f"问{n}").to_dict() for n in range(count)]
    assert [a.question for a in answers_of(json.dumps(records), most)] == [f"问{n}" for n in range(count)][-most:]


def test_a_verdict_names_the_pages_of_witnesses_and_keeps_a_long_comment_short(tmp_path: Path) -> None:
    witness = Witness("a.txt", (1, 1), ((0, 1),), "句。")
    answer = replace(ANSWER, citations=(Citation(1, "c.txt", "题", (1, 1), ((0, 2),), "句。", (witness,)),))
    assert gold(answer, ["c.txt", "b.txt", "a.txt"]) == {"docs": [0, 2], "answers": ["句。"], "evidence": ["句。"]}
    verdicts = Verdicts(tmp_path / "v.jsonl")
    verdicts.add([ANSWER, answer], 1, True, "好" * (MAX_COMMENT + 5), ["c.txt"])
    (line,) = [json.loads(line) for line in verdicts.file.read_text(encoding="utf-8").splitlines()]
    assert line["history"] == ["问"] and line["comment"] == "好" * MAX_COMMENT and line["docs"] == [0]
    assert not (tmp_path / "v-open.jsonl").exists()


# --- two archives as one ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(seeds_archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("own")
    (folder / "letter.txt").write_text(LETTER, encoding="utf-8")
    with Archive.build([folder / "letter.txt"], folder / "index") as own:
        yield Both(own, seeds_archive)


def test_the_surer_of_two_answers_is_given(both: Both) -> None:
    for question in ("白鹭桥全长多少米?", "丰门街道总工会上半年举办了多少场职工服务活动?", "火星移民局局长叫什么名字?"):
        answer = both.ask(question)
        alone = [both.own.ask(question), both.shared.ask(question)]
        rank = {"answered": 2, "partial": 1, "not_found": 0}
        assert (answer.status, answer.answer) in [(one.status, one.answer) for one in alone]
        assert all(rank[answer.status] >= rank[one.status] for one in alone)
        assert all(rank[answer.status] > rank[one.status] or answer.confidence >= one.confidence for one in alone)


def test_a_search_takes_from_both_in_turn_and_a_filter_keeps_to_its_pages(both: Both) -> None:
    hits = both.search("工会 白鹭桥", 6)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1)) and len(hits) == 6
    own = [hit for hit in hits if hit.passage.source == "letter.txt"]
    assert [hit.passage for hit in own] == [hit.passage for hit in both.own.search("工会 白鹭桥", 6)]
    for source in (both.own.sources()[0], both.shared.sources()[2]):
        assert {hit.passage.source for hit in both.search("工会 白鹭桥", 5, sources=[source])} <= {source}
    with pytest.raises(InputError, match=r"There is no source 'nowhere\.txt'"):
        both.search("工会", 5, sources=["nowhere.txt"])


def test_pages_and_articles_come_from_where_they_are(both: Both) -> None:
    assert both.sources() == [*both.own.sources(), *both.shared.sources()]
    assert both.page("letter.txt").text == LETTER
    assert both.page(both.shared.sources()[0]) == both.shared.page(both.shared.sources()[0])
    assert both.articles() == [*both.own.articles(), *both.shared.articles()]
    assert both.articles("letter.txt") == both.own.articles() and both.articles("nowhere.txt") == []
    status = both.status()
    assert status["pages"] == 6 and status["passages"] == both.own.passage_count + both.shared.passage_count
    (article,) = both.articles("letter.txt")
    assert both.collate(article).source == "letter.txt"


# --- desks ------------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30), st.integers(0, 4))
def test_a_free_name_is_taken_by_nobody_and_keeps_its_ending(stem: str, used: int) -> None:
    name = f"{stem.replace('/', '_')}.txt"
    taken = {name, *(f"{Path(name).stem}-{n}.txt" for n in range(2, used + 2))}
    found = free_name(name, taken)
    assert found not in taken and Path(found).suffix == Path(name).suffix
    assert found == f"{Path(name).stem}-{used + 2}.txt" and free_name(name, set()) == name


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_a_plain_name_shows_all_its_characters(name: str) -> None:
    plain = _plain(name)
    assert len(plain) <= 81 and not plain.startswith(".") and visible(plain) == plain
    assert not any(ord(character) < 32 for character in plain)


def test_the_fault_of_a_file_is_that_of_the_reader_without_the_folder(tmp_path: Path) -> None:
    for name, content in (
        ("empty.txt", b""),
        ("photo.txt", b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(900)),
        ("good.txt", b"x"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        fault = _fault(path, tmp_path)
        assert str(tmp_path) not in fault
        if content == b"x":
            assert fault == ""
        else:
            with pytest.raises(InputError) as told:
                read_page(path, name)
            assert str(told.value).replace(f"{tmp_path}/", "") == fault


def test_files_left_by_a_refusal_go_with_their_empty_folders_only(seeds_archive: Archive, tmp_path: Path) -> None:
    uploads = Uploads(seeds_archive, tmp_path)
    pages = tmp_path / "desk" / "pages"
    for name in ("a.zip/x/1.txt", "a.zip/2.txt", "b.txt"):
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        (pages / name).write_text("x", encoding="utf-8")
    uploads._undo([pages / "a.zip/x/1.txt"], None)
    assert [path.relative_to(pages).as_posix() for path in _files(pages)] == ["a.zip/2.txt", "b.txt"]
    assert not (pages / "a.zip/x").exists() and pages.is_dir()
    uploads._undo([pages / "a.zip/2.txt", pages / "b.txt"], None)
    assert _files(pages) == [] and (tmp_path / "desk").is_dir()


@pytest.mark.parametrize("common", [False, True])
def test_a_desk_counts_as_used_when_it_is_looked_at(seeds_archive: Archive, tmp_path: Path, common: bool) -> None:
    uploads = Uploads(seeds_archive, tmp_path, common)
    key = "shared" if common else "mine"
    uploads.desks[key] = Desk(tmp_path / key, seeds_archive, used=-1e9)
    assert (uploads.desk("another") is None) is not common
    desk = uploads.desk("mine")
    assert desk is not None and desk.used > -1e9


def test_folders_of_visitors_are_theirs_alone(seeds_archive: Archive, tmp_path: Path) -> None:
    uploads = Uploads(seeds_archive, tmp_path)
    folders = [uploads._new_folder() for _ in range(3)]
    assert len({folder.name for folder in folders}) == 3 and all(len(folder.name) >= 32 for folder in folders)
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in folders)
    assert set(SUFFIXES) < set(KINDS)
