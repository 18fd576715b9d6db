"""The benchmark of sizes on a corpus of a few pages: real numbers, every one of them measured."""

from __future__ import annotations

import gzip
import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from qa.benchmark import engine

NEWS = "本台消息:第{0}条消息的内容是这样的。今天是第{0}天,天气晴好,街上行人很多。第{0}家商店开业了,顾客盈门。"
STORIES = [(f"第{i}条消息", NEWS.format(i) * 3) for i in range(50)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "stories.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for title, body in [*STORIES, ("短", "太短")]:
            file.write(json.dumps({"title": title, "body": body}, ensure_ascii=False) + "\n")
    return path


def test_stories_are_read_without_the_very_short_ones(data: Path) -> None:
    assert engine.read_stories(data) == STORIES


def test_stories_never_run_out_and_new_ones_are_made_of_old_sentences() -> None:
    many = list(itertools.islice(engine.endless(STORIES), 70))
    assert many[:50] == STORIES
    sentences = {sentence for _, body in STORIES for sentence in body.split("。")}
    assert all(set(body.rstrip("。").split("。")) <= sentences for _, body in many[50:])


def test_pages_hold_about_as_many_characters_as_the_passages_asked_for(tmp_path: Path) -> None:
    count = engine.write_pages(STORIES, 40, tmp_path)
    written = [path.read_text(encoding="utf-8") for path in sorted(tmp_path.rglob("*.txt"))]
    assert len(written) == count
    assert 40 * 290 <= sum(map(len, written)) < 40 * 290 + max(map(len, written))
    assert written[0].startswith("# 第0条消息\n\n本台消息")


def test_questions_are_titles_and_cuttings_of_the_stories() -> None:
    asked = engine.questions(STORIES)
    assert len(asked) == 50 and all(asked)
    assert all(question in {title for title, _ in STORIES} for question in asked[1::2])
    assert all(any(question in body for _, body in STORIES) for question in asked[::2])


def test_one_size_is_measured_from_files_to_latencies(data: Path) -> None:
    result = engine.measure(data, 30)
    assert result["passages"] > 10 and result["pages"] >= 1
    for name in ("build_s", "passages_per_s", "build_peak_MB", "index_MB", "open_s", "resident_MB", "add_page_s"):
        assert result[name] > 0
    for mode in ("dense", "sparse", "hybrid"):
        assert 0 < result[mode]["p50"] <= result[mode]["p95"] <= result[mode]["p99"]
    assert "hybrid" in engine.table(result) and "passages_per_s" in engine.table(result)


def test_the_command_needs_a_file_of_stories(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--data", "nowhere.jsonl.gz"]):
        with pytest.raises(SystemExit):
            engine.main(arguments)
        assert "--data must name a file of stories" in capsys.readouterr().err


def test_growing_costs_are_drawn(tmp_path: Path) -> None:
    times = {"p50": 1.0, "p95": 2.0, "p99": 3.0}
    results = [
        {
            "passages": n,
            "dense": times,
            "sparse": times,
            "hybrid": times,
            "cpu_ms_a_passage": 0.5,
            "add_page_cpu_s": n / 1e5,
        }
        for n in (1000, 10_000)
    ]
    engine.plot(results, tmp_path / "engine.png")
    assert (tmp_path / "engine.png").read_bytes().startswith(b"\x89PNG")


def test_cpu_time_counts_processes_that_were_waited_for() -> None:
    before = engine.cpu()
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    assert engine.cpu() > before
