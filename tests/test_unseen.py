"""The benchmark over questions that nothing has learned from."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from qa.answers.papers import Paper, papers
from qa.answers.samples import Example
from qa.archive import Archive
from qa.benchmark import unseen
from qa.evaluation import Judgement, Report

OFFICE = "市就业服务中心搬家\n\n本报讯 市就业服务中心三月一日搬到建设路十八号。中心主任是罗文海。\n搬迁用去26万元。\n"
SCHOOL = "第二小学添食堂\n\n本报讯 第二小学的新食堂能坐三百人。食堂由校友何秀兰捐建。\n"
QUESTIONS: list[dict[str, object]] = [
    {"question": "市就业服务中心主任是谁?", "pages": [0], "answers": ["罗文海"]},
    {"question": "第二小学的新食堂能坐多少人?", "pages": [1], "answers": ["三百人"]},
    {"question": "第二小学校长的电话号码是多少?", "pages": [], "answers": []},
]


def stored(folder: Path, questions: list[dict[str, object]]) -> Path:
    file = folder / "own.jsonl.gz"
    record = {"pages": [OFFICE, SCHOOL], "questions": questions}
    file.write_bytes(gzip.compress(json.dumps(record, ensure_ascii=False).encode()))
    return file


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    (found,) = papers(stored(tmp_path, QUESTIONS))
    return found


def test_questions_of_a_paper_name_the_pages_that_answer(paper: Paper) -> None:
    first, second, missing = unseen.questions_of(paper)
    assert (first.docs, first.answers, first.type) == ((0,), (("罗文海",),), "answerable")
    assert (second.docs, second.evidence) == ((1,), ("三百人",))
    assert (missing.answerable, missing.answers, missing.type) == (False, (), "near miss")


def test_each_paper_is_asked_by_itself_and_judged_as_evaluate_does(paper: Paper) -> None:
    (report,) = unseen.measured([paper])
    assert [one.right for one in report.judgements] == [True, True, True]
    assert [one.false_answer for one in report.judgements] == [None, None, 0.0]


def test_questions_of_another_paper_are_asked_and_counted_by_themselves(paper: Paper) -> None:
    page = "花鼓镇端午赛舟\n\n本报讯 花鼓镇昨天赛舟,下河村的队伍得了头名。\n"
    other = Paper({"000.txt": page}, (Example("花鼓镇赛舟哪个村得了头名?", "000.txt", ("下河村",)),))
    first, second = unseen.measured([paper, other])
    types = [one.type for one in first.judgements]
    assert types == ["answerable", "answerable", "near miss", "another paper's"]
    assert first.judgements[3].false_answer == 0.0
    assert [one.type for one in second.judgements] == ["answerable", "another paper's", "another paper's"]


def test_the_shares_are_those_of_a_worked_example() -> None:
    def judged(kind: str, right: bool, **more: float) -> Judgement:
        return Judgement("q", kind, "answered", 1.0 if right else 0.0, right, **more)

    report = Report(
        (
            judged("answerable", True, hit_1=1.0, false_refusal=0.0),
            judged("answerable", False, hit_1=0.0, false_refusal=1.0),
            judged("near miss", False, false_answer=1.0),
            judged("near miss", True, false_answer=0.0),
            judged("near miss", True, false_answer=0.0),
            judged("another paper's", True, false_answer=0.0),
            judged("another paper's", False, false_answer=1.0),
        ),
        1.0,
    )
    found = unseen.shares(report)
    assert found["questions"] == {"answerable": 2, "near miss": 3, "another paper's": 2}
    assert (found["answer_accuracy"], found["false_refusal_rate"], found["others_answered"]) == (0.5, 0.5, 0.5)
    assert found["near_misses_answered"] == pytest.approx(1 / 3)


def test_the_command_prints_a_line_for_each_paper_and_one_for_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = stored(tmp_path, QUESTIONS)
    assert unseen.main(["--file", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "paper 1   2 answerable, 1 near miss",
        "all       2 answerable, 1 near miss",
    ]
    assert unseen.main(["--file", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "others_answered" not in found["all"]
    assert found["all"]["answer_accuracy"] == found["paper 1"]["answer_accuracy"] == 1.0


def test_nearly_all_questions_of_papers_that_are_not_there_are_refused(seeds_archive: Archive) -> None:
    asked = [one.question for paper in papers(unseen.UNSEEN) for one in paper.asked if one.gold][::4]
    answered = [one for one in asked if seeds_archive.ask(one).status != "not_found"]
    assert len(asked) == 128 and len(answered) <= 12, answered


@pytest.mark.parametrize("content", [b"", b"not gzip", gzip.compress(b"[1]"), gzip.compress(b"{}")[:-4]])
def test_a_file_of_another_kind_is_named_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    file = tmp_path / "other.jsonl.gz"
    file.write_bytes(content)
    assert unseen.main(["--file", str(file)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert unseen.main(["--file", str(tmp_path / "none.gz")]) == 1
    assert "none.gz" in capsys.readouterr().err
