"""The command line as a user types it: every command, with and without --json, and everything that can go wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from qa import cli
from tests.conftest import ROOT, SEEDS

QUESTION = "丰门街道总工会上半年举办了多少场职工服务活动?"


class Outcome:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str) -> Outcome:
        try:
            code = cli.main(arguments)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


def refused(outcome: Outcome, code: int, *words: str) -> None:
    """One clear sentence on standard error, nothing on standard output."""
    assert outcome.code == code and outcome.out == ""
    assert len(outcome.err.strip().splitlines()) == 1, outcome.err
    assert "Traceback" not in outcome.err
    for word in words:
        assert word in outcome.err, outcome.err


def test_ask_prints_the_answer_and_where_it_stands(run: Any, seeds_index: Path) -> None:
    outcome = run("ask", QUESTION, "--index", str(seeds_index))
    assert outcome.code == 0
    assert "1806场" in outcome.out and "[1]" in outcome.out and "56cfcd67497d7137.txt" in outcome.out


def test_ask_json_is_the_record_and_its_spans_give_the_quote(run: Any, seeds_index: Path) -> None:
    record = run("ask", QUESTION, "--index", str(seeds_index), "--json").json()
    assert record["status"] == "answered" and "1806场" in record["answer"]
    for citation in record["citations"]:
        for place in (citation, *citation["also_in"]):
            text = (SEEDS / place["source"]).read_bytes().decode("utf-8-sig")
            joined = "".join(text[a:b] for a, b in place["spans"])
            assert "".join(joined.split()) == "".join(place["quote"].split())
            first, last = place["lines"]
            assert "".join(joined.split()) in "".join("".join(text.split("\n")[first - 1 : last]).split())


def test_a_follow_up_takes_its_subject_from_the_history(run: Any, seeds_index: Path) -> None:
    history = ["--history", "丰门街道有多少家基层工会?"]
    record = run("ask", "那里有多少会员?", *history, "--index", str(seeds_index), "--json").json()
    assert "16.65万人" in record["answer"] and "丰门" in record["understood_as"]


def test_an_unanswered_question_is_no_error(run: Any, seeds_index: Path) -> None:
    outcome = run("ask", "如何做红烧肉?", "--index", str(seeds_index), "--json")
    record = outcome.json()
    assert outcome.code == 0 and record["status"] == "not_found"
    assert record["answer"] == "" and record["citations"] == []


@pytest.mark.parametrize("mode", ["hybrid", "dense", "sparse"])
def test_search_finds_the_passage_in_every_mode(run: Any, seeds_index: Path, mode: str) -> None:
    outcome = run("search", "链式助学政策", "-k", "3", "--mode", mode, "--index", str(seeds_index), "--json")
    hits = [json.loads(line) for line in outcome.out.splitlines()]
    assert [hit["rank"] for hit in hits] == list(range(1, len(hits) + 1)) and 1 <= len(hits) <= 3
    assert any("链式助学" in hit["text"] for hit in hits)
    assert "链式助学" in run("search", "链式助学政策", "--mode", mode, "--index", str(seeds_index)).out


def test_an_index_can_be_named_by_the_environment(run: Any, seeds_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_INDEX", str(seeds_index))
    status = run("status", "--json").json()
    assert "passages" in json.dumps(status)
    assert run("verify").code == 0 and run("verify", "--deep", "--json").json() == {"ok": True, "problems": []}


def test_articles_are_listed_from_files_without_an_index(run: Any) -> None:
    page = next(SEEDS.glob("004*.txt"))
    listed = run("articles", str(page), "--json").json()
    assert list(listed) == [page.name]
    first = listed[page.name][0]
    assert set(first) >= {"title", "byline", "section", "lines", "repeats", "text"}
    assert len(listed[page.name]) == 8
    printed = run("articles", str(page)).out
    assert first["title"] in printed and "byline:" in printed


def test_articles_of_the_index_are_those_of_the_files(run: Any, seeds_index: Path) -> None:
    assert run("articles", "--index", str(seeds_index), "--json").json() == run("articles", str(SEEDS), "--json").json()


def test_show_prints_the_very_lines_of_the_file(run: Any, seeds_index: Path) -> None:
    page = next(SEEDS.glob("001*.txt"))
    lines = page.read_text("utf-8").split("\n")
    shown = run("show", f"{page.name}:22-24", "--index", str(seeds_index), "--json").json()
    assert [line["text"] for line in shown["lines"]] == lines[21:24]
    assert [line["number"] for line in shown["lines"]] == [22, 23, 24]
    assert "五共" in shown["lines"][1]["article"]
    assert lines[22] in run("show", f"{page.name[:5]}:23", "--index", str(seeds_index)).out


def test_batch_prints_json_lines_without_an_output_file(run: Any, seeds_index: Path, tmp_path: Path) -> None:
    questions = tmp_path / "q.txt"
    questions.write_text(f"{QUESTION}\n如何做红烧肉?\n", "utf-8")
    outcome = run("batch", str(questions), "--index", str(seeds_index))
    statuses = [json.loads(line)["status"] for line in outcome.out.splitlines()]
    assert outcome.code == 0 and statuses == ["answered", "not_found"]


def test_a_batch_with_a_bad_row_answers_the_others_and_says_so(run: Any, seeds_index: Path, tmp_path: Path) -> None:
    questions, answers = tmp_path / "q.jsonl", tmp_path / "a.jsonl"
    questions.write_text('{"question": "' + QUESTION + '"}\nnothing\n', "utf-8")
    refused(run("batch", str(questions), "-o", str(answers), "--index", str(seeds_index)), 1, "1 of 2 rows")
    assert [json.loads(line)["status"] for line in answers.read_text("utf-8").splitlines()] == ["answered", "error"]


def test_evaluate_prints_the_measures_and_compares(run: Any, seeds_index: Path, tmp_path: Path) -> None:
    questions = str(SEEDS / "questions" / "dev.jsonl")
    outcome = run("evaluate", questions, "--limit", "4", "--index", str(seeds_index), "--json")
    earlier = tmp_path / "earlier.json"
    earlier.write_text(outcome.out, "utf-8")
    assert 0 <= outcome.json()["all"]["hit_at_1"]["mean"] <= 1
    printed = run("evaluate", questions, "--limit", "4", "--index", str(seeds_index), "--compare", str(earlier)).out
    assert "hit@5" in printed and "minus" in printed and "+0.000" in printed


def test_evaluate_builds_the_corpus_of_a_squad_file(run: Any, tmp_path: Path) -> None:
    contexts = [
        ("青溪大桥全长1200米,于1998年建成通车,连接南北两岸。", "青溪大桥全长多少米?", "1200米"),
        ("白云茶厂共有职工350人,主要生产绿茶和红茶。", "白云茶厂有多少职工?", "350人"),
    ]
    paragraphs = [
        {"context": c, "qas": [{"id": q, "question": q, "answers": [{"text": a, "answer_start": c.index(a)}]}]}
        for c, q, a in contexts
    ]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": [{"title": "t", "paragraphs": paragraphs}]}), "utf-8")
    report = run("evaluate", str(path), "--json").json()
    assert report["questions"] == 2 and report["all"]["hit_at_1"]["mean"] == 1.0


def test_the_index_command_adds_changes_and_removes(run: Any, tmp_path: Path) -> None:
    pages, index = tmp_path / "pages", str(tmp_path / "index")
    shutil.copytree(SEEDS, pages, ignore=shutil.ignore_patterns("questions"))
    assert "5 files added" in run("index", str(pages), "--index", index).out
    assert "5 unchanged" in run("index", str(pages), "--index", index).out
    changed, removed = sorted(pages.glob("*.txt"))[:2]
    changed.write_text("新桥通车\n\n本报讯 记者王小明报道 新桥昨日通车,全长88米。\n", "utf-8")
    removed.unlink()
    summary = run("index", str(pages), "--index", index, "--prune", "--json").json()
    assert (summary["changed"], summary["removed"], summary["unchanged"]) == (1, 1, 3)
    assert "88米" in run("ask", "新桥全长多少米?", "--index", index).out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ask", "x", "-k", "0"], 2, ["1 to 100", "'0'"]),
        (["ask", "x", "-k", "ten"], 2, ["1 to 100"]),
        (["ask"], 2, ["QUESTION"]),
        (["search", "x", "--mode", "magic"], 2, ["magic"]),
        (["nonsense"], 2, ["nonsense"]),
        ([], 2, ["COMMAND"]),
        (["chat", "--port", "99999"], 2, ["1 to 65535"]),
        (["ask", "x", "--index", "/nonexistent/index"], 1, ["/nonexistent/index"]),
        (["index", "/nonexistent/pages", "--index", "{tmp}/i"], 1, ["/nonexistent/pages"]),
        (["batch", "/nonexistent/q.csv", "--index", "{seeds}"], 1, ["/nonexistent/q.csv"]),
        (["evaluate", "/nonexistent/q.jsonl", "--index", "{seeds}"], 1, ["/nonexistent/q.jsonl"]),
        (["evaluate", "{tmp}/one.jsonl", "--plot", "{tmp}/no/x.png", "--index", "{seeds}"], 1, ["{tmp}/no/x.png"]),
        (["ask", "\ud800", "-k", "0"], 2, ["-k"]),
        (["articles", "/nonexistent/page.txt"], 1, ["/nonexistent/page.txt"]),
        (["ask", "", "--index", "{seeds}"], 1, ["question"]),
        (["ask", " \n ", "--index", "{seeds}"], 1, ["question"]),
        (["ask", "长" * 100_000, "--index", "{seeds}"], 1, ["10,000"]),
        (["show", "nothing.txt", "--index", "{seeds}"], 1, ["nothing.txt", "articles"]),
        (["show", "001:9-3", "--index", "{seeds}"], 1, ["9-3"]),
        (["show", "001:99999", "--index", "{seeds}"], 1, ["99999"]),
        (["show", "0", "--index", "{seeds}"], 1, ["several"]),
        (["chat", "--auth", "nobody", "--index", "{seeds}"], 1, ["USER:PASSWORD"]),
        (["index", "{tmp}", "--index", "{tmp}/i"], 1, ["{tmp}"]),
        (["status", "--index", "{tmp}"], 1, ["{tmp}"]),
    ],
)
def test_bad_input_gets_one_sentence_and_an_exit_code(
    run: Any, seeds_index: Path, tmp_path: Path, arguments: list[str], code: int, words: list[str]
) -> None:
    (tmp_path / "one.jsonl").write_text('{"question": "甲?"}', "utf-8")

    def filled(text: str) -> str:
        return text.replace("{tmp}", str(tmp_path)).replace("{seeds}", str(seeds_index))

    refused(run(*map(filled, arguments)), code, *map(filled, words))


@pytest.mark.parametrize(
    "command",
    ["index", "ask", "search", "batch", "evaluate", "articles", "show", "status", "verify", "repair", "chat"],
)
def test_every_command_has_help_and_the_common_options(run: Any, command: str) -> None:
    outcome = run(command, "--help")
    assert outcome.code == 0 and "--index" in outcome.out and "--json" in outcome.out


def python_m_qa(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "qa", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, **options
    )


def test_output_is_utf_8_whatever_the_locale(seeds_index: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}
    done = python_m_qa("ask", QUESTION, "--index", str(seeds_index), env=environment, encoding="utf-8")
    assert done.returncode == 0 and "1806场" in done.stdout


def test_a_reader_that_stops_reading_gets_no_traceback(seeds_index: Path) -> None:
    command = f"{sys.executable} -m qa articles --index {seeds_index} | head -c 10"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""


def test_stopping_by_hand_is_no_traceback(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    for number in range(300):
        pages.joinpath(f"{number}.txt").write_text(
            f"第{number}页的标题\n\n" + f"第{number}段正文在这里。" * 400, "utf-8"
        )
    child = subprocess.Popen(
        [sys.executable, "-m", "qa", "index", str(pages), "--index", str(tmp_path / "i")],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which a job in the background may ignore
    )
    time.sleep(1.5)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode in (0, 130) and "Traceback" not in err


def test_repair_goes_back_to_the_last_whole_state(run: Any, tmp_path: Path) -> None:
    papers, index = tmp_path / "papers", str(tmp_path / "index")
    papers.mkdir()
    for name in ("first.txt", "second.txt"):
        (papers / name).write_text(f"# 消息\n\n本报讯 {name}里的新桥昨天通车,全长八百米。\n", encoding="utf-8")
        assert run("index", str(papers), "--index", index).code == 0
    assert "stays current" in run("repair", "--index", index).out
    (tmp_path / "index" / "gen-00000002" / "s00000002" / "vectors.npy").write_bytes(b"damaged")
    refused(run("status", "--index", index), 1, "vectors.npy is damaged", "python -m qa repair")
    assert "back at generation 1" in run("repair", "--index", index, "--json").json()["done"]
    assert run("status", "--index", index, "--json").json()["pages"] == 1
    refused(run("repair", "--index", str(tmp_path / "nothing")), 1, "There is no index")


def test_status_says_how_vectors_are_searched(run: Any, seeds_index: Path) -> None:
    status = run("status", "--index", str(seeds_index), "--json").json()
    assert (status["vector_search"], status["recall_at_10"], status["lists_probed"]) == ("exact", 1.0, None)
    assert status["memory_for_vectors"] == status["passages"] * status["dimensions"] * 2
    assert status["segments"] == 1 and status["recall_measured_at"] == status["passages"]
