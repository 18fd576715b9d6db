"""The benchmark of encoders: its passages, its clock, and a run over a few stories."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from embeddings import BUNDLED
from qa.benchmark import encoder
from qa.benchmark.__main__ import main as benchmark
from qa.errors import InputError


@pytest.mark.parametrize("bodies", [["一二三四五六七八九十"], ["一二", "三四五", "六七八九十"], ["一"]])
def test_passages_have_one_length_and_follow_each_other(bodies: Sequence[str]) -> None:
    texts = encoder.passages(bodies, 7, 4)
    assert [len(text) for text in texts] == [4] * 7
    assert all(text in "".join(bodies) * 4 for text in texts)
    if len("".join(bodies)) > 8:
        assert texts[1] == "".join(bodies)[4:8]


@pytest.mark.parametrize("bodies", [[], [""], ["", ""]])
@pytest.mark.parametrize("length", [1, 2, 300])
def test_stories_without_a_word_are_refused(bodies: Sequence[str], length: int) -> None:
    with pytest.raises(InputError, match="no words"):
        encoder.passages(bodies, 3, length)


def test_passages_of_one_character_are_its_characters() -> None:
    assert encoder.passages(["一二", "三"], 5, 1) == ["一", "二", "三", "一", "二"]
    assert encoder.passages(["一"], 2, 1) == ["一", "一"]


def test_a_file_without_stories_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gzip.open(tmp_path / "stories.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"title": "灯会", "body": "短"}, ensure_ascii=False) + "\n")
    assert benchmark(["encoder", "--data", str(tmp_path / "stories.jsonl.gz")]) == 1
    assert "no words" in capsys.readouterr().err


def test_a_rate_is_texts_over_the_best_time() -> None:
    def busy(texts: Sequence[str]) -> None:
        end = time.process_time() + 0.01 * len(texts)
        while time.process_time() < end:
            pass

    assert encoder.rate(busy, ["a"] * 3) == pytest.approx(100.0, rel=0.3)


def test_loading_gives_seconds_of_two_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "_ROUNDS", 1)
    found = encoder.loading("wenbao", BUNDLED)
    assert set(found) == {"import_seconds", "load_seconds"}
    assert all(0.0 < seconds < 60.0 for seconds in found.values())


def test_a_run_names_every_loader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "_ROUNDS", 1)
    with gzip.open(tmp_path / "stories.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(
            json.dumps({"title": "灯会", "body": "灯会昨晚在湖边开幕,来了许多人。" * 40}, ensure_ascii=False) + "\n"
        )
    arguments = ["encoder", "--data", str(tmp_path / "stories.jsonl.gz"), "--passages", "64", "--json"]
    arguments += ["--transformer", str(BUNDLED)]
    assert benchmark(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {"wenbao", "sentence-transformers", "model2vec", "bundled"}
    wanted = {"passages_per_second", "import_seconds", "load_seconds"}
    assert all(values[key] > 0 for values in report.values() for key in wanted)
    table = encoder.as_table(report)
    assert table.count("\n| ") == 4
    assert "token ids alone" in table
