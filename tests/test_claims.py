"""Several reports of one fact: agreeing ones are cited and counted, different values stand side by side."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import cli, render
from qa.answers.claims import same_value
from qa.archive import Archive
from qa.benchmark import claims as benchmark
from qa.chat.records import answers_of
from qa.datatypes import Answer

FIRST = """# 柳湾街道工会服务进企业

本报讯 记者从柳湾街道总工会了解到,今年以来街道工会不断创新服务方式。数据显示,柳湾街道总工会上半年组织志愿者1020人,
相继举办各类职工服务活动1806场,受到职工欢迎。街道总工会主席赵明远说,下一步将继续送服务进企业。
"""
SECOND = """# 送到职工身边的服务

柳湾街道有企业三千多家,职工人数众多。上半年,柳湾街道总工会举办的各类职工服务活动达{count}场,参加的志愿者有1020人,
许多职工第一次走进了书画、插花等课堂。主席{chair}介绍,街道总工会下一步还要把服务送进更多企业。
"""
OTHER_YEAR = SECOND.replace("上半年,柳湾", "2019年上半年,柳湾")
QUESTION = "柳湾街道总工会上半年举办了多少场职工服务活动?"


def asked(folder: Path, question: str, **pages: str) -> Answer:
    for name, text in pages.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    with Archive.build([str(folder)], folder / "index") as archive:
        return archive.ask(question)


def second(count: str = "1806", chair: str = "赵明远") -> str:
    return SECOND.format(count=count, chair=chair)


def test_two_reports_that_say_the_same_are_both_cited_and_counted(tmp_path: Path) -> None:
    answer = asked(tmp_path, QUESTION, a=FIRST, b=second())
    (claim,) = answer.claims
    assert claim.value == answer.short_answer == "1806场"
    cited = {citation.n: citation.source for citation in answer.citations}
    assert {cited[n] for n in claim.citations} == {"a.txt", "b.txt"}
    assert "2 篇报道都说：1806场[1][" in render.answer_text(answer)
    assert "2 reports say: 1806场" in render.answer_html(answer, "en")


def test_two_values_stand_side_by_side_with_their_sources(tmp_path: Path) -> None:
    answer = asked(tmp_path, QUESTION, a=FIRST, b=second("1086"))
    assert {claim.value for claim in answer.claims} == {"1806场", "1086场"}
    assert answer.short_answer in ("1806场 / 1086场", "1086场 / 1806场")
    assert "1806场" in answer.answer and "1086场" in answer.answer
    for claim in answer.claims:
        quotes = [citation.quote for citation in answer.citations if citation.n in claim.citations]
        assert len(quotes) == 1 and claim.value in quotes[0]
    assert "各家说法不一" in render.answer_text(answer) and "The reports disagree" in render.answer_markdown(
        answer, "en"
    )


def test_the_same_number_written_otherwise_is_the_same(tmp_path: Path) -> None:
    answer = asked(tmp_path, QUESTION, a=FIRST, b=second("一千八百零六"))
    assert len(answer.claims) == 1 and len(answer.claims[0].citations) == 2


@pytest.mark.parametrize(
    "other",
    [
        FIRST,
        FIRST.replace("受到职工欢迎", "很受职工欢迎"),
        FIRST.replace("1806场", "1086场"),
        OTHER_YEAR.format(count="1086", chair="赵明远").replace("上半年", "上半年", 1),
        second("1086").replace("柳湾", "青石"),
        "# 天气\n\n今天有雨,各地活动1086场改期,柳湾街道提醒市民带伞。\n",
    ],
    ids=["scan", "scan with an error", "scan with another number", "another year", "another place", "another matter"],
)
def test_a_scan_and_reports_of_other_facts_are_no_second_source(tmp_path: Path, other: str) -> None:
    first = FIRST.replace("上半年组织", "2021年上半年组织") if "2019年" in other else FIRST
    answer = asked(tmp_path, QUESTION, a=first, b=other)
    assert answer.claims == () and " / " not in answer.short_answer


def test_the_record_carries_the_claims_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(tmp_path, QUESTION, a=FIRST, b=second("1086"))
    assert cli.main(["ask", QUESTION, "--index", str(tmp_path / "index"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert sorted(claim["value"] for claim in record["claims"]) == ["1086场", "1806场"]
    (kept,) = answers_of(json.dumps([record]), 3)
    assert kept.to_dict()["claims"] == record["claims"]
    alone = asked(tmp_path, "柳湾街道有多少家企业?", a=FIRST, b=second("1086"))
    assert "claims" not in alone.to_dict()


def test_no_disagreement_is_invented_on_the_five_pages(seeds_archive: Archive) -> None:
    for line in Path(__file__).parent.parent.joinpath("seeds/questions/dev.jsonl").read_text("utf-8").splitlines():
        question = json.loads(line)
        assert seeds_archive.ask(question["question"], question["history"]).claims == (), question["id"]


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("number", "1806场", "1,806场", True),
        ("number", "1806场", "1086场", False),
        ("number", "16.65万人", "166500人", True),
        ("number", "80场", "180场", False),
        ("when", "7月", "2020年7月", True),
        ("when", "7月3日", "7月4日", False),
        ("who", "赵明远", "赵明远", True),
        ("who", "赵明远", "钱小平", False),
        ("where", "瑞安", "瑞安市", True),
    ],
)
def test_when_two_values_are_one(kind: str, one: str, other: str, same: bool) -> None:
    assert same_value(kind, one, other) is same is same_value(kind, other, one)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_numbers_are_one_exactly_when_they_are_equal(one: int, other: int) -> None:
    assert same_value("number", f"{one}场", f"{other}场") == (one == other)


# ---- the benchmark --------------------------------------------------------------------------------------------


def test_a_sentence_is_retold_without_touching_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    import random

    monkeypatch.setattr(benchmark, "_CHANGED", 1.0)
    words = {"举办": "举行", "活动": "行动"}
    told = benchmark.retold("上半年,工会举办活动1806场,大家都来。", "活动1806场", words, random.Random(2))
    assert told.startswith("据了解,") and "举行活动1806场" in told and told.endswith("。")


def test_other_values_have_the_same_form() -> None:
    import random

    chance = random.Random(1)
    assert (
        benchmark.other_value("1806场", [], chance).endswith("场")
        and benchmark.other_value("1806场", [], chance) != "1806场"
    )
    assert benchmark.other_value("赵明远", ["钱小平", "赵一"], chance) == "钱小平"
    assert benchmark.other_value("赵明远", [], chance) == ""


def test_the_benchmark_prints_three_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"alone": Counter({"one report": 3}), "agreeing": Counter(counted=2), "disagreeing": Counter()}
    monkeypatch.setattr(benchmark, "run", lambda *_: counts)
    assert benchmark.main(["--data", "."]) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["alone", "3", "one", "report", "3"]
    assert benchmark.main(["--data", ".", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["agreeing"] == {"counted": 2}


def test_judging_an_answer_of_two_reports(tmp_path: Path) -> None:
    both = asked(tmp_path, QUESTION, a=FIRST, b=second("1086"))
    assert benchmark.judge(both, "1806场", "1086场") == "both values"
    assert benchmark.judge(both, "1806场", "999场") == "other values"
    (tmp_path / "b.txt").unlink()
    one = asked(tmp_path, QUESTION, a=FIRST, b=FIRST)
    assert benchmark.judge(one, "1806场", "1086场") == "one report"
