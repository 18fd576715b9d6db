"""Questions written over invented pages: the shipped file, and archives of the pages that are asked."""

from __future__ import annotations

import gzip
import json
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from qa.answers.learning import lesson_of
from qa.answers.papers import PAPERS, Paper, ask_papers, papers, with_strangers
from qa.answers.samples import Example, is_right
from qa.answers.scoring import weights
from qa.text import fold, squeeze

LIBRARY = "海东县图书馆开馆\n\n本报讯 海东县图书馆昨天开馆,新馆藏书三十万册。\n建设共用去31万元。周一闭馆。\n"
THEATRE = "青山剧院翻修\n\n　　本报讯 青山剧院的舞台换上了新灯。翻修共用去38\n万元。首场演出定在中秋夜。\n"
QUESTIONS = [
    {"question": "图书馆盖新馆花了多少钱?", "pages": [0, 2], "answers": ["31万元"]},
    {"question": "青山剧院翻修用了多少钱?", "pages": [1], "answers": ["38万元"]},
    {"question": "青山剧院的经理是谁?", "pages": [], "answers": []},
]


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    """Three pages, the last a second scan of the first with a letter misread."""
    record = {"pages": [LIBRARY, THEATRE, LIBRARY.replace("昨天", "昨夭")], "questions": QUESTIONS}
    file = tmp_path / "papers.jsonl.gz"
    file.write_bytes(gzip.compress(json.dumps(record, ensure_ascii=False).encode()))
    (found,) = papers(file)
    return found


def test_a_paper_has_its_pages_as_files_and_its_questions_with_the_pages_that_answer(paper: Paper) -> None:
    assert paper.pages == {"000.txt": LIBRARY, "001.txt": THEATRE, "002.txt": LIBRARY.replace("昨天", "昨夭")}
    library, theatre, missing = paper.asked
    assert (library.source, library.elsewhere, library.gold) == ("000.txt", ("002.txt",), ("31万元",))
    assert (theatre.source, theatre.elsewhere, theatre.trick) == ("001.txt", (), "")
    assert (missing.gold, missing.trick) == ((), "given")


def test_its_questions_are_asked_of_its_pages_and_any_page_that_answers_is_right(paper: Paper) -> None:
    with ExitStack() as kept:
        library, theatre, missing = ask_papers([paper], kept)
        for asked in (library, theatre):
            right = [asked.found[i] for i in np.flatnonzero(asked.right)]
            sources = {asked.example.source, *asked.example.elsewhere}
            assert right and {one.hit.passage.source for one in right} <= sources
            assert all(is_right(one.sentence.text, asked.example) for one in right)
        assert not missing.right.any()


def test_they_make_lessons_of_which_those_without_an_answer_are_for_refusing(paper: Paper) -> None:
    with ExitStack() as kept:
        lessons = [lesson_of(asked, weights().first) for asked in ask_papers([paper], kept)]
    assert [bool(one.right.any()) for one in lessons if one] == [True, True, False]
    assert [bool(one.spans) for one in lessons if one] == [True, True, False]


def test_questions_of_other_papers_are_asked_too_and_have_no_answer(paper: Paper) -> None:
    other = Paper(
        {"000.txt": THEATRE}, (Example("青山剧院首场演出定在哪天?", "000.txt", ("中秋夜",)), Example("电话?", "", ()))
    )
    first, second = with_strangers([paper, other], 5, 1)
    assert first.asked[:3] == paper.asked and second.asked[:2] == other.asked
    (strange,) = first.asked[3:]
    assert (strange.question, strange.gold, strange.trick) == ("青山剧院首场演出定在哪天?", (), "given")
    assert sorted(one.question for one in second.asked[2:]) == sorted(one.question for one in paper.asked[:2])
    assert with_strangers([paper, other], 1, 1)[1].asked[2:] in (second.asked[2:3], second.asked[3:])
    with ExitStack() as kept:
        assert not any(asked.right.any() for asked in ask_papers([second], kept) if not asked.example.gold)


UNSEEN = PAPERS.with_name("unseen.jsonl.gz")


@pytest.mark.parametrize(("file", "authors", "questions"), [(PAPERS, 27, 12270), (UNSEEN, 2, 768)])
def test_the_shipped_papers_hold_every_answer_on_the_pages_named(file: Path, authors: int, questions: int) -> None:
    found = papers(file)
    asked = [one for paper in found for one in paper.asked]
    assert len(found) == authors and all(len(paper.pages) >= 3 for paper in found)
    assert len(asked) == questions
    assert 0.6 < sum(bool(one.gold) for one in asked) / len(asked) < 0.7
    for paper in found:
        printed = {name: squeeze(fold(text)) for name, text in paper.pages.items()}
        for one in paper.asked:
            places = [printed[name] for name in (one.source, *one.elsewhere)]
            assert all(any(squeeze(fold(gold)) in text for text in places) for gold in one.gold), one


def test_what_is_kept_to_measure_with_is_not_learned() -> None:
    learned, kept = ({one.question for paper in papers(file) for one in paper.asked} for file in (PAPERS, UNSEEN))
    pages, others = ({text for paper in papers(file) for text in paper.pages.values()} for file in (PAPERS, UNSEEN))
    assert not learned & kept and not pages & others


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        papers(tmp_path / "none.jsonl.gz")
