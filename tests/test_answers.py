"""Answers over the five pages: quoted exactly, cited, or honestly refused."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qa.answers import answer
from qa.answers.citations import cite, holds
from qa.answers.compose import run_of
from qa.answers.respond import merge, split
from qa.datatypes import Answer, Citation, Passage, Witness

if TYPE_CHECKING:
    from qa.archive import Archive

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "seeds" / "questions"


def questions(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (QUESTIONS / name).read_text(encoding="utf-8").splitlines()]


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def is_right(record: dict[str, Any], given: Answer) -> bool:
    """The rule of the question files: an acceptable string, every part of it, stands in the answer."""
    if not record["docs"]:
        return given.status == "not_found"
    wanted = [[one] if isinstance(one, str) else one for one in record["answers"]]
    return any(all(squeezed(part) in squeezed(given.answer) for part in parts) for parts in wanted)


def test_every_quote_stands_in_its_page_at_its_spans_and_lines(seeds_archive: Archive) -> None:
    for record in questions("dev.jsonl"):
        given = answer(seeds_archive, record["question"], record["history"])
        for citation in given.citations:
            for one in (citation, *citation.also_in):
                text = (ROOT / "seeds" / one.source).read_bytes().decode("utf-8")
                assert squeezed("".join(text[a:b] for a, b in one.spans)) == squeezed(one.quote)
                touched = [text[:offset].count("\n") + 1 for a, b in one.spans for offset in (a, b - 1)]
                assert one.lines == (min(touched), max(touched))


def test_an_answer_is_its_quotes_and_a_refusal_is_empty(seeds_archive: Archive) -> None:
    for record in questions("dev.jsonl"):
        given = answer(seeds_archive, record["question"], record["history"])
        assert given.question == record["question"]
        assert 0 <= given.confidence <= 1
        assert [citation.n for citation in given.citations] == list(range(1, len(given.citations) + 1))
        assert squeezed(given.answer) == squeezed("".join(citation.quote for citation in given.citations))
        assert (given.status == "not_found") == (not given.citations)
        assert squeezed(given.short_answer).replace(";", "") in squeezed(given.answer)
        assert len(given.passages) == 5


def test_known_questions_are_answered_and_unanswerable_ones_refused(seeds_archive: Archive) -> None:
    records = [*questions("dev.jsonl"), *questions("extra.jsonl")]
    judged = [(bool(r["docs"]), is_right(r, answer(seeds_archive, r["question"], r["history"]))) for r in records]
    answered = [right for answerable, right in judged if answerable]
    refused = [right for answerable, right in judged if not answerable]
    assert sum(answered) / len(answered) >= 0.82
    assert sum(refused) / len(refused) >= 0.88


@pytest.mark.parametrize(
    "question",
    [
        "明天会下雪吗?",
        "怎么做番茄炒蛋?",
        "Who painted the Mona Lisa?",
        "用C++怎么写链表?",
        "太阳到地球有多远?",
        "?",
        "🙂",
    ],
)
def test_what_no_newspaper_page_holds_is_refused(seeds_archive: Archive, question: str) -> None:
    given = answer(seeds_archive, question)
    assert given.status == "not_found"
    assert given.answer == given.short_answer == ""


def test_a_refusal_names_what_no_article_holds(seeds_archive: Archive) -> None:
    assert "深圳" in "".join(answer(seeds_archive, "深圳的链式助学政策是什么?").missing)
    assert answer(seeds_archive, "糖醋排骨怎么做?").missing == ("糖醋排骨",)


def test_the_second_scan_is_a_witness_and_no_second_source(seeds_archive: Archive) -> None:
    given = answer(seeds_archive, "丰门街道下辖多少家基层工会?")
    assert given.short_answer.startswith("320家")
    assert len(given.citations) == 1
    pages = {given.citations[0].source, *(other.source for other in given.citations[0].also_in)}
    assert {page[:3] for page in pages} == {"000", "001"}
    assert all("320家" in other.quote for other in given.citations[0].also_in)


def test_sources_keep_the_answer_to_the_pages_asked_for(seeds_archive: Archive) -> None:
    page = next(source for source in seeds_archive.sources() if source.startswith("004"))
    given = answer(seeds_archive, "嘉善县总工会主席是谁?", sources=[page])
    assert {citation.source for citation in given.citations} <= {page}
    assert {hit.passage.source for hit in given.passages} == {page}


def test_the_number_of_passages_is_what_was_asked_for(seeds_archive: Archive) -> None:
    assert [len(answer(seeds_archive, "链式助学", k=k).passages) for k in (0, 1, 7)] == [0, 1, 7]


def test_a_follow_up_shows_what_it_was_understood_as(seeds_archive: Archive) -> None:
    given = answer(seeds_archive, "那里有多少会员?", ["丰门街道有多少家基层工会?"])
    assert given.understood_as == "丰门街道有多少会员?"
    assert "16.65万" in given.answer


def test_several_questions_are_answered_one_by_one(seeds_archive: Archive) -> None:
    given = answer(seeds_archive, "嘉善县总工会主席是谁?“清波职工学堂”第一课是什么时候开班的?")
    assert given.status == "answered"
    assert len(given.citations) >= 2
    assert "戴雨频" in given.answer
    assert "2018年3月30日" in given.answer


def test_a_question_half_supported_is_partial(seeds_archive: Archive) -> None:
    given = answer(seeds_archive, "“清波职工学堂”第一课是什么时候开班的?糖醋排骨怎么做?")
    assert given.status == "partial"
    assert given.missing == ("糖醋排骨怎么做",)


def test_only_a_text_that_asks_twice_is_split() -> None:
    assert split("谁来了?有多少人?") == ["谁来了", "有多少人"]
    assert split("谁来了?") == ["谁来了?"]
    assert split("谁来了?\r\n有多少人") == ["谁来了", "有多少人"] == split("谁来了\n有多少人")
    assert split("村里热闹;很多人;谁来了?") == ["村里热闹;很多人;谁来了?"]


def test_merged_answers_count_their_citations_through() -> None:
    one = Citation(1, "a.txt", "", (1, 1), ((0, 2),), "甲。")
    found = Answer("甲?", "甲?", "answered", "甲。", "甲", 0.9, (one,))
    lost = Answer("乙?", "乙?", "not_found", confidence=0.1, missing=("乙",))
    both = merge("甲?甲?", [found, found])
    assert [citation.n for citation in both.citations] == [1, 2]
    assert (both.status, both.short_answer) == ("answered", "甲; 甲")
    assert merge("甲?乙?", [found, lost]).missing == ("乙?",)
    assert merge("乙?乙?", [lost, lost]).status == "not_found"


def test_a_quote_that_the_page_does_not_hold_is_dropped(seeds_archive: Archive) -> None:
    passage = seeds_archive.passages()[0]
    kept = cite(seeds_archive, 1, passage, 0, 20)
    assert kept is not None
    moved = Passage(passage.text, tuple((a + 3, b + 3) for a, b in passage.spans), source=passage.source)
    assert cite(seeds_archive, 1, moved, 0, 20) is None


def test_a_witness_that_its_page_does_not_hold_is_dropped(seeds_archive: Archive) -> None:
    passage = next(p for p in seeds_archive.passages() if p.also_in)
    other = passage.also_in[0]
    wrong = Witness(other.source, other.lines, tuple((a + 5, b + 5) for a, b in other.spans), other.quote)
    lying = Passage(passage.text, passage.spans, source=passage.source, also_in=(wrong,))
    cited = cite(seeds_archive, 1, lying, 0, len(passage.text))
    assert cited is not None
    assert cited.also_in == ()


def test_white_space_at_a_seam_is_no_difference() -> None:
    assert holds("甲乙\n丙丁", [(0, 2), (3, 5)], "甲乙丙丁")
    assert holds("甲乙\n丙丁", [(0, 5)], "甲乙 丙丁")
    assert not holds("甲乙\n丙丁", [(0, 2)], "甲乙丙丁")


def test_steps_are_quoted_together(seeds_archive: Archive) -> None:
    given = answer(seeds_archive, "奉化“链式助学”政策分哪几步?")
    for step in ("首先", "其次", "最后"):
        assert step in given.answer


def test_run_of_is_about_the_best_sentence() -> None:
    from qa.answers.evidence import Candidate, analysed
    from qa.answers.scoring import Scored
    from qa.conversation import analyse
    from qa.datatypes import Hit

    text = "村里有三所学校。首先,登记姓名。其次,交验证件。最后,领取通知。天气很好。"
    passage = Passage(text, ((0, len(text)),))
    hit = Hit(passage, 1.0, 1)
    found = [Candidate(hit, analysed(passage), i) for i in range(5)]
    scores = [-3.0, 2.0, -3.0, -3.0, -3.0]
    scored = [Scored(found[i], scores[i], None) for i in (1, 0, 2, 3, 4)]  # type: ignore[arg-type]
    _, start, end = run_of(analyse("新生入学分哪几步?"), scored)
    assert text[start:end] == "首先,登记姓名。其次,交验证件。最后,领取通知。"
    _, start, end = run_of(analyse("谁登记姓名?"), scored)
    assert text[start:end] == "首先,登记姓名。"
