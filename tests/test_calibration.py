"""Confidence and refusal fitted to an archive: what is fitted, what is kept, where it is kept and what it survives."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa import cli, report
from qa.answers import calibration as fitting
from qa.answers.calibration import Judged, best_threshold, judged, measured, trust
from qa.answers.model import sigmoid
from qa.answers.scoring import weights
from qa.archive import Archive
from qa.errors import IndexDamaged, IndexLocked
from qa.questions import read_questions
from qa.store import Calibration, read_calibration, remove_calibration, write_calibration
from qa.store.calibration import NAME
from qa.store.publishing import writing
from tests.conftest import SEEDS

QUESTIONS = SEEDS / "questions" / "extra.jsonl"


def made(count: int, slope: float, offset: float, seed: int = 3) -> Judged:
    """Questions whose chance of being right is known; those of a support below 0.5 have no answer here."""
    chance = np.random.default_rng(seed)
    odds = chance.normal(0.5, 1.5, count)
    support = chance.random(count)
    answerable = support > 0.5
    right = (chance.random(count) < sigmoid(slope * odds + offset)) & answerable
    return Judged(sigmoid(odds), support, right, answerable)


def test_a_fit_brings_confidence_to_what_comes_true_on_questions_it_has_not_seen() -> None:
    asked = made(4000, 0.4, 1.0)
    fit = measured(asked, with_threshold=True)
    assert fit.changes and fit.before.error > 0.08 and fit.after.error < 0.04
    assert (fit.calibration.error_before, fit.calibration.error_after) == (fit.before.error, fit.after.error)
    assert fit.after.wrong < fit.before.wrong, "half of these questions have no answer, and the threshold moves there"
    assert fit.calibration.threshold == pytest.approx(0.5, abs=0.06)


def test_made_questions_move_no_threshold() -> None:
    assert measured(made(1000, 0.4, 1.0), with_threshold=False).calibration.threshold is None


def test_a_fit_that_is_worth_nothing_changes_nothing() -> None:
    chance = np.random.default_rng(1)
    sure = np.full(60, 0.7)
    asked = Judged(sure, np.full(60, 0.9), chance.permutation(np.arange(60) < 42), np.ones(60, bool))
    fit = measured(asked, with_threshold=True)
    assert not fit.changes and fit.before == fit.after


def test_a_handful_of_questions_moves_no_threshold() -> None:
    asked = made(30, 1.0, 0.0)
    assert best_threshold(asked) is None


def test_trust_counts_what_a_reader_sees() -> None:
    asked = Judged(
        np.array([0.9, 0.9, 0.9, 0.9]),
        np.array([0.8, 0.8, 0.1, 0.8]),
        np.array([True, False, True, False]),
        np.array([True, True, True, False]),
    )
    found = trust(asked, asked.chance, np.full(4, 0.3))
    assert (found.risk, found.false_refusals, found.false_answers) == (pytest.approx(2 / 3), pytest.approx(1 / 3), 1.0)
    assert found.wrong == pytest.approx(3 / 4) and found.error == pytest.approx(0.9 - 1 / 3)


def test_labelled_questions_are_right_when_all_parts_are_quoted(seeds_archive: Archive) -> None:
    (question, *_), _ = read_questions(QUESTIONS)
    other = replace(question, answers=((*question.answers[0], "此语不在任何一页"),))
    found = judged(seeds_archive, [question, other, replace(question, answers=())])
    assert found.right.tolist() == [True, False, False] and found.answerable.tolist() == [True, True, False]


def test_a_calibration_for_other_weights_rests() -> None:
    learned = weights()
    one = Calibration(2.0, 1.0, threshold=0.9, weights=fitting.fingerprint())
    assert fitting.applied(learned, one).threshold == 0.9
    assert fitting.applied(learned, one).slope == 2 * learned.slope
    assert fitting.applied(learned, replace(one, weights="of another version")) is learned


# ---- with the index -------------------------------------------------------------------------------------------


@pytest.fixture
def index(tmp_path: Path, seeds_index: Path) -> Path:
    shutil.copytree(seeds_index, tmp_path / "index")
    return tmp_path / "index"


ONE = Calibration(0.5, -1.0, 40, 0.2, 0.1, None, fitting.fingerprint())


def test_what_is_kept_is_read_and_used_and_removed(index: Path) -> None:
    question = "丰门街道总工会上半年举办了多少场职工服务活动?"
    with Archive.open(index) as archive:
        before = archive.ask(question)
        assert archive.calibration is None and archive.status()["calibration"] is None
    write_calibration(index, ONE)
    assert read_calibration(index) == ONE
    with Archive.open(index) as archive:
        after = archive.ask(question)
        assert archive.status()["calibration"] == ONE.to_dict()
        assert archive.verify(deep=True) == []
    assert after.confidence < before.confidence and after.answer == before.answer
    assert remove_calibration(index) and not remove_calibration(index)
    with Archive.open(index) as archive:
        assert archive.ask(question).confidence == before.confidence


def test_it_survives_updates_and_a_rebuild(index: Path, tmp_path: Path) -> None:
    write_calibration(index, ONE)
    page = tmp_path / "new.txt"
    page.write_text("# 新闻\n\n镇里新建了一所学校,今年九月开学。\n", "utf-8")
    with Archive.build([str(page)], index) as archive:
        assert archive.calibration == ONE and archive.summary.added == 1
    with Archive.build([str(SEEDS)], index, rebuild=True) as archive:
        assert archive.calibration == ONE


@pytest.mark.parametrize("flipped", [0, 20, -2])
def test_a_damaged_one_is_refused_with_what_mends_it(index: Path, flipped: int, capsys: Any) -> None:
    write_calibration(index, ONE)
    data = bytearray((index / NAME).read_bytes())
    data[flipped] ^= 1
    (index / NAME).write_bytes(bytes(data))
    with pytest.raises(IndexDamaged, match="calibrate --reset"):
        Archive.open(index)
    assert cli.main(["calibrate", "--reset", "--index", str(index)]) == 0
    Archive.open(index).close()


def test_nothing_is_written_beside_another_writer_and_a_torn_file_is_cleared(index: Path) -> None:
    with writing(index), pytest.raises(IndexLocked):
        write_calibration(index, ONE)
    (index / f"tmp-{NAME}").write_bytes(b"{")
    Archive.open(index).close()
    write_calibration(index, ONE)
    assert not (index / f"tmp-{NAME}").exists() and read_calibration(index) == ONE


def half_wrong(folder: Path) -> Path:
    """The questions with labels that every second answer is held against: the shipped confidence is far too high."""
    records = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    for record in records[::2]:
        record["answers"] = ["这些页上没有印的字"] if record["answers"] else []
    file = folder / "half.jsonl"
    file.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return file


def test_the_command_fits_keeps_shows_and_resets(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--index", str(index)]
    assert cli.main(["calibrate", str(half_wrong(tmp_path)), *where, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["kept"] and record["after"]["error"] < record["before"]["error"]
    assert record["calibration"]["questions"] == 148
    assert cli.main(["status", *where]) == 0
    assert "on 148 questions" in capsys.readouterr().out
    assert cli.main(["calibrate", "--reset", *where]) == 0
    assert "as shipped again" in capsys.readouterr().out
    assert cli.main(["calibrate", "--reset", *where]) == 0
    assert cli.main(["status", *where]) == 0
    assert "as shipped" in capsys.readouterr().out.replace("Nothing to reset", "")


def test_without_labels_the_archive_asks_itself(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["calibrate", "--index", str(index)]) == 0
    printed = capsys.readouterr().out
    assert "held-out halves" in printed and "calibration error" in printed
    assert (read_calibration(index) is None) == ("nothing is worth changing" in printed)


def test_too_few_questions_and_foreign_corpora_are_refused(index: Path, tmp_path: Path, capsys: Any) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(QUESTIONS.read_text("utf-8").splitlines()[:3]), "utf-8")
    squad = tmp_path / "squad.json"
    squad.write_text(
        json.dumps({"data": [{"paragraphs": [{"context": "甲。", "qas": [{"question": "甲?", "answers": []}]}]}]}),
        "utf-8",
    )
    for path, words in ((few, "at least"), (squad, "its own corpus"), (tmp_path / "none.jsonl", "Cannot read")):
        assert cli.main(["calibrate", str(path), "--index", str(index)]) == 1
        error = capsys.readouterr().err
        assert words in error and len(error.splitlines()) == 1
    assert read_calibration(index) is None


def test_the_table_shows_before_and_after() -> None:
    fit = measured(made(400, 0.4, 1.0), with_threshold=True)
    lines = report.format_fit(fit).splitlines()
    assert len(lines) == 5 and f"{fit.before.error:.3f}" in lines[1] and f"{fit.after.error:.3f}" in lines[1]
