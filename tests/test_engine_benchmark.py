"""The benchmark of sizes on a corpus of a few pages: real numbers, every one of them measured."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qa.benchmark import engine
from qa.benchmark._corpus import endless, is_found, known_items, pairs_of, read_stories, recombined, write_pages
from qa.benchmark._drawing import series
from qa.benchmark._timing import cpu, held, memory, percentiles, timed

NEWS = "本台消息:第{0}条消息的内容是这样的。今天是第{0}天,天气晴好,街上行人很多。第{0}家商店开业了,顾客盈门。"
STORIES = [(f"第{i}条消息", NEWS.format(i) * 3) for i in range(50)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "stories.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for title, body in [*STORIES, ("短", "太短")]:
            file.write(json.dumps({"title": title, "body": body}, ensure_ascii=False) + "\n")
    return path


# --- the corpus -------------------------------------------------------------------------------------------------------


def test_stories_are_read_without_the_very_short_ones(data: Path) -> None:
    assert read_stories(data) == STORIES


def test_stories_never_run_out_and_new_ones_are_made_of_old_sentences() -> None:
    many = list(itertools.islice(endless(STORIES), 70))
    assert many[:50] == STORIES
    sentences = {sentence for _, body in STORIES for sentence in body.split("。")}
    assert all(set(body.rstrip("。").split("。")) <= sentences for _, body in many[50:])


def test_recombined_stories_depend_on_their_number_alone() -> None:
    first, again, other = (list(itertools.islice(recombined(STORIES, seed), 5)) for seed in (1, 1, 2))
    assert first == again != other


def test_pages_hold_about_as_many_characters_as_the_passages_asked_for(tmp_path: Path) -> None:
    count = write_pages(STORIES, 40, tmp_path)
    written = [path.read_text(encoding="utf-8") for path in sorted(tmp_path.rglob("*.txt"))]
    assert len(written) == count
    assert 40 * 290 <= sum(map(len, written)) < 40 * 290 + max(map(len, written))
    assert written[0].startswith("# 第0条消息\n\n本台消息")


def test_pages_that_are_there_are_not_written_again(tmp_path: Path) -> None:
    write_pages(STORIES, 40, tmp_path)
    first = min(tmp_path.rglob("*.txt"))
    first.write_text("kept", encoding="utf-8")
    write_pages(STORIES, 40, tmp_path)
    assert first.read_text(encoding="utf-8") == "kept"


def test_a_known_item_stands_in_its_passage_and_in_no_other() -> None:
    passages = ["".join(chr(0x4E00 + 97 * n + i) for i in range(60)) for n in range(20)]
    pairs = known_items([*passages, "太短"], 10)
    assert len(pairs) == 10 and all(len(a) == len(b) == 10 for a, b in pairs)
    for pair in pairs:
        (home,) = [text for text in passages if is_found(pair, [text])]
        assert home.index(pair[0]) + 10 <= len(home) // 2 <= home.index(pair[1])
        assert not is_found(pair, [text for text in passages if text != home])
        assert not is_found((pair[0], "没有"), passages)


def test_questions_come_from_several_pages(seeds_archive: Any) -> None:
    pairs = pairs_of(seeds_archive, 20)
    assert len(set(pairs)) == 20 and pairs == pairs_of(seeds_archive, 20)
    texts = {
        source: ["".join(p.text.split()) for p in seeds_archive.passages(source)] for source in seeds_archive.sources()
    }
    assert all(any(is_found(pair, own) for own in texts.values()) for pair in pairs)
    assert sum(any(is_found(pair, own) for pair in pairs) for own in texts.values()) >= 3


# --- the clock --------------------------------------------------------------------------------------------------------


def test_times_are_of_the_wall_and_of_the_processor() -> None:
    wall, work, value = timed(lambda: sum(range(2_000_000)))
    assert value == 1999999000000 and 0 < work <= wall * 1.5 + 0.05
    found = percentiles([(0.001 * n, 0.0005 * n, None) for n in range(1, 101)])
    assert found["p50"] == 50.5 and found["cpu_p50"] == 25.25
    assert found["p50"] < found["p95"] < found["p99"] <= 100


def test_memory_is_that_of_this_process() -> None:
    before = memory("RssAnon")
    block = bytearray(os.urandom(1) * (64 << 20))
    assert 50 <= memory("RssAnon") - before <= 80 and len(block)
    assert memory("VmHWM") >= memory() >= held()["own_MB"] > 0


def test_cpu_time_counts_processes_that_were_waited_for() -> None:
    before = cpu()
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    assert cpu() > before


# --- measuring --------------------------------------------------------------------------------------------------------


def test_one_size_is_measured_from_files_to_latencies(data: Path, tmp_path: Path) -> None:
    result = engine.measure(data, 30, tmp_path / "scratch", False)
    assert result["passages"] > 10 and result["pages"] >= 1 and result["whole"] is False
    for name in ("build_s", "passages_per_s", "build_peak_MB", "index_MB", "add_page_cpu_s", "add_scan_cpu_s"):
        assert result[name] > 0
    for threads in ("threads_1", "threads_2"):
        reading = result[threads]
        assert reading["open_s"] > 0 and reading["resident_MB"] > reading["own_MB"] > 0
        for name in ("dense", "sparse", "hybrid", "answer"):
            assert 0 < reading[name]["p50"] <= reading[name]["p95"] <= reading[name]["p99"]
        assert reading["sparse"]["found_in_10"] > 0.5 and 0 <= reading["dense"]["found_in_10"] <= 1
    assert "threads_1 hybrid" in engine.table(result) and "passages_per_s" in engine.table(result)
    before = (tmp_path / "scratch" / "built.json").stat().st_mtime_ns
    assert engine.measure(data, 30, tmp_path / "scratch", False)["build_s"] == result["build_s"]
    assert (tmp_path / "scratch" / "built.json").stat().st_mtime_ns == before


def test_pages_as_articles_are_read_again_afterwards(tmp_path: Path) -> None:
    from qa.archive import Archive

    (tmp_path / "page.txt").write_text(
        "# 新桥通车\n\n连接两岸的新桥昨天通车。\n\n# 灯会开幕\n\n灯会昨晚开幕。\n", encoding="utf-8"
    )
    with engine.pages_as_articles(), Archive.build([tmp_path / "page.txt"], tmp_path / "index") as archive:
        assert [article.title for article in archive.articles()] == [""]
    with Archive.build([tmp_path / "page.txt"], tmp_path / "index") as archive:
        assert [article.title for article in archive.articles()] == ["新桥通车", "灯会开幕"]


def test_the_command_needs_a_file_of_stories(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--data", "nowhere.jsonl.gz"]):
        with pytest.raises(SystemExit):
            engine.main(arguments)
        assert "--data must name a file of stories" in capsys.readouterr().err


# --- the picture ------------------------------------------------------------------------------------------------------


def result(size: int, peer: str | None = None, **modes: float) -> dict[str, Any]:
    reading = {"resident_MB": 100} | {mode: {"cpu_p50": ms} for mode, ms in modes.items()}
    told = {"passages": size, "cpu_ms_a_passage": 0.5}
    return told | ({"peer": peer} | reading if peer else {"threads_1": reading})


def test_each_engine_is_drawn_by_its_best_mode_and_its_latest_result() -> None:
    results = [
        result(1000, dense=1.0, hybrid=3.0),
        result(100, dense=1.0, hybrid=2.0),
        result(1000, "other", dense=9.0),
        result(1000, dense=1.0, hybrid=4.0),
        {"peer": "missing", "skipped": "it is not there"},
    ]
    assert series(results) == {
        "wenbao": [(100, 2.0, 100, 0.5), (1000, 4.0, 100, 0.5)],
        "other": [(1000, 9.0, 100, 0.5)],
    }


def test_growing_costs_are_drawn_from_results_of_earlier_runs(tmp_path: Path) -> None:
    told = tmp_path / "results.jsonl"
    results = [result(1000, hybrid=3.0), result(9000, hybrid=5.0), result(1000, "other", dense=9.0)]
    told.write_text("".join(json.dumps(one) + "\n" for one in results), encoding="utf-8")
    assert engine.main(["--sizes", "--results", str(told), "--plot", str(tmp_path / "engine.png")]) == 0
    assert (tmp_path / "engine.png").read_bytes().startswith(b"\x89PNG")
