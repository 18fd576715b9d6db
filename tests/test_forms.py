"""Questions in other forms: each keeps what was asked, and the forms together are measured on a small archive."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from qa.archive import Archive
from qa.benchmark import forms
from qa.conversation import analyse
from qa.questions import Question
from qa.text import fold
from tests.conftest import SEEDS

QUESTION = "丰门街道总工会上半年举办了多少场职工服务活动?"
CHANCE = random.Random(4)


def question(text: str, answer: str = "1806场", number: int = 1) -> Question:
    return Question(f"q{number}", "number", text, (), (0, 1), ((answer,),), (answer,))


def test_traditional_and_full_width_fold_back_to_the_question() -> None:
    assert forms.traditional(QUESTION, CHANCE) != QUESTION and fold(forms.traditional(QUESTION, CHANCE)) == QUESTION
    assert fold(forms.wide("APP有3个?", CHANCE)) == fold("APP有3个?")


def test_one_character_is_misspelled_and_sounds_the_same() -> None:
    wrong = forms.misspelled(QUESTION, CHANCE)
    differing = [(a, b) for a, b in zip(QUESTION, wrong, strict=True) if a != b]
    assert len(differing) == 1 and differing[0][1] in forms.same_sound(differing[0][0])
    assert forms.misspelled("谁来了?", CHANCE) == ""


def test_marks_stand_around_a_word_of_the_question() -> None:
    marked = forms.titled(QUESTION, CHANCE)
    assert marked.replace("《", "").replace("》", "") == QUESTION and marked.index("《") < marked.index("》")
    assert forms.quoted("谁雕刻了“江南忆”?", CHANCE) == ""


@pytest.mark.parametrize("form", [forms.polite, forms.colloquial, forms.spaced, forms.bare])
def test_wrapping_a_question_leaves_its_kind_and_words(form: forms.Form) -> None:
    asked, plain = analyse(form(QUESTION, CHANCE)), analyse(QUESTION)
    assert asked.kind == plain.kind and "".join(asked.words) == "".join(plain.words)


def test_keywords_hold_the_words_and_what_is_counted() -> None:
    assert forms.keywords(QUESTION, CHANCE).startswith(" ".join(analyse(QUESTION).words))
    assert "?" not in forms.keywords(QUESTION, CHANCE)


def test_two_questions_in_one_need_both_answers() -> None:
    both = forms.doubled([question("谁来了?", "甲", 1), question("谁走了?", "乙", 2)])
    (one,) = both
    assert sorted(one.answers[0]) == ["乙", "甲"] and one.question.count("?") == 2
    assert forms.doubled([replace(question("谁来了?"), history=("什么?",))] * 2) == []


def test_every_form_is_measured(
    seeds_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = SEEDS.joinpath("questions/dev.jsonl").read_text("utf-8").splitlines()[3:5]
    file = tmp_path / "few.jsonl"
    file.write_text("\n".join(chosen), "utf-8")
    assert forms.main([str(file), "--index", str(seeds_index), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {*forms.FORMS, "two in one"}
    assert all(
        found[name] == [2, 2, 0, 0] for name in ("as it is", "Traditional", "polite", "colloquial", "full width")
    )


def test_forms_keep_the_archive_honest(seeds_archive: Archive) -> None:
    nothing = [Question("n", "near miss", "丰门街道总工会的电话是多少?", (), (), (), ())]
    found = forms.measured(seeds_archive, nothing)
    assert all(refused == others for _, _, refused, others in found.values())
