"""Which sentences are quoted, and how much of their surroundings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answers.compose import CLOSE, ELSEWHERE, LONGEST, SENTENCES, close, run_of, runs_of
from qa.answers.evidence import Candidate, analysed
from qa.answers.scoring import Scored
from qa.conversation import analyse
from qa.datatypes import Hit, Passage
from qa.text import sentences

STEPS = "村里有三所学校。首先,登记姓名。其次,交验证件。最后,领取通知。天气很好。"


def passage(text: str, start: int = 0, source: str = "a.txt", number: int = 0) -> Passage:
    return Passage(text, ((start, start + len(text)),), source=source, number=number)


def scored(*parts: tuple[Passage, list[float]]) -> list[Scored]:
    """The sentences of the passages with these scores, best first."""
    found = [
        Scored(Candidate(Hit(one, 1.0, rank), analysed(one), i), score, None)  # type: ignore[arg-type]
        for rank, (one, scores) in enumerate(parts, 1)
        for i, score in enumerate(scores)
    ]
    return sorted(found, key=lambda one: -one.score)


def quoted(question: str, *parts: tuple[Passage, list[float]]) -> list[str]:
    return [one.text[start:end] for one, start, end in runs_of(analyse(question), scored(*parts))]


def test_one_sentence_far_ahead_is_quoted_alone() -> None:
    text = "村里有三所学校。学校都很新。天气很好。"
    assert quoted("谁来了?", (passage(text), [-5.0, 1.0, -5.0])) == ["学校都很新。"]


def test_a_sentence_of_another_story_is_quoted_only_when_it_answers_nearly_as_well() -> None:
    first, second = passage("村里有三所学校。天气很好。"), passage("镇上有五所学校。雨很大。", 100, "b.txt")
    found = quoted("谁来了?", (first, [2.0, -9.0]), (second, [2.1 - ELSEWHERE, -9.0]))
    assert found == ["村里有三所学校。", "镇上有五所学校。"]
    assert quoted("谁来了?", (first, [2.0, -9.0]), (second, [2.1 - CLOSE, -9.0])) == ["村里有三所学校。"]


def test_a_sentence_close_behind_in_the_same_story_is_quoted_second() -> None:
    first, second = passage("村里有三所学校。天气很好。"), passage("镇上有五所学校。雨很大。", 100)
    found = quoted("谁来了?", (first, [2.0, -9.0]), (second, [2.1 - CLOSE, -9.0]))
    assert found == ["村里有三所学校。", "镇上有五所学校。"]


def test_a_definition_is_followed_by_the_steps_and_by_nothing_else() -> None:
    first = passage("镇里推出“甲乙”办法。天气很好。")
    second = passage("首先,登记;其次,排队;最后,领证。雨很大。", 20)
    found = quoted("什么是“甲乙”?", (first, [2.0, -5.0]), (second, [-1.0, 1.8]))
    assert (
        found[0] == "镇里推出“甲乙”办法。"
        and found[-1] == "首先,登记;其次,排队;最后,领证。"
        and "雨很大。" not in "".join(found)
    )


def test_steps_that_were_announced_are_quoted_alone() -> None:
    first, second = passage("“甲乙”分三步走。天气很好。"), passage("首先,登记;其次,排队;最后,领证。雨很大。", 20)
    found = quoted("“甲乙”分哪几步?", (first, [2.0, 1.5]), (second, [1.0, -9.0]))
    assert found == ["首先,登记;其次,排队;最后,领证。"]


def test_a_sentence_further_behind_is_left_out() -> None:
    first, second = passage("村里有三所学校。天气很好。"), passage("镇上有五所学校。雨很大。", 100, "b.txt")
    assert quoted("谁来了?", (first, [2.0, -9.0]), (second, [1.9 - CLOSE, -9.0])) == ["村里有三所学校。"]


def test_neighbours_are_quoted_as_one_run() -> None:
    text = "村里有三所学校。学校都很新。天气很好。"
    assert quoted("谁来了?", (passage(text), [1.0, 0.5, -9.0])) == ["村里有三所学校。学校都很新。"]


def test_the_same_sentence_from_another_scan_is_no_second_sentence() -> None:
    first, second = passage("村里有三所学校。"), passage("村里有三所学校。", 100, "b.txt")
    assert quoted("谁来了?", (first, [2.0]), (second, [2.0])) == ["村里有三所学校。"]


@pytest.mark.parametrize("question", ["新生入学分哪几步?", "新生怎么入学?", "入学要办哪些手续?"])
def test_steps_are_quoted_to_the_last(question: str) -> None:
    one, start, end = run_of(analyse(question), scored((passage(STEPS), [-9.0, 2.0, -9.0, -9.0, -9.0])))
    assert one.text[start:end] == "首先,登记姓名。其次,交验证件。最后,领取通知。"


def test_steps_announced_are_quoted_from_the_first() -> None:
    announced = "入学手续已经公布。首先,登记姓名。其次,交验证件。最后,领取通知。"
    one, start, end = run_of(analyse("入学分哪几步?"), scored((passage(announced), [3.0, -1.0, -9.0, -9.0])))
    assert one.text[start:end].startswith("首先")
    assert one.text[start:end].endswith("领取通知。")


def test_steps_of_another_story_are_not_meant() -> None:
    home, other = passage("入学手续已经公布。"), passage("首先,登记姓名。", 50, number=1)
    one, start, end = run_of(analyse("入学分哪几步?"), scored((home, [3.0]), (other, [-1.0])))
    assert one.text[start:end] == "入学手续已经公布。"


def test_a_question_for_a_fact_takes_no_neighbour_along() -> None:
    _, start, end = run_of(analyse("谁登记姓名?"), scored((passage(STEPS), [-9.0, 2.0, -9.0, -9.0, -9.0])))
    assert STEPS[start:end] == "首先,登记姓名。"


def test_what_is_asked_about_is_quoted_with_the_sentence_after_it() -> None:
    text = "桥去年关了。桥墩被船撞裂。天气很好。"
    assert quoted("桥为什么关了?", (passage(text), [2.0, -9.0, -9.0])) == ["桥去年关了。桥墩被船撞裂。"]
    assert quoted("桥是怎么关的?", (passage(text), [2.0, -9.0, -9.0])) == ["桥去年关了。桥墩被船撞裂。"]
    told = "因为桥墩裂了,桥去年关了。雨很大。"
    assert quoted("桥为什么关了?", (passage(told), [2.0, -9.0])) == ["因为桥墩裂了,桥去年关了。"]


def test_a_definition_takes_the_explanation_along() -> None:
    text = "镇里推出夜归灯计划。这是一项照亮小巷的工程。天气很好。"
    _, start, end = run_of(analyse("夜归灯计划是什么?"), scored((passage(text), [2.0, -9.0, -9.0])))
    assert text[start:end] == "镇里推出夜归灯计划。这是一项照亮小巷的工程。"


def test_a_run_stays_short_enough_to_read() -> None:
    long = "".join(f"首先,{letter * 190}。" for letter in "甲乙丙")
    _, start, end = run_of(analyse("分哪几步?"), scored((passage(long), [2.0, 1.0, 1.0])))
    assert end - start <= LONGEST


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=12))
def test_at_most_three_are_close_and_the_best_is_among_them(scores: list[float]) -> None:
    falling = sorted(scores, reverse=True)
    chosen = close(falling, [str(i) for i in range(len(falling))])
    assert chosen[0] == 0
    assert len(chosen) <= SENTENCES
    assert all(falling[0] - falling[i] <= CLOSE for i in chosen)


@given(
    st.lists(st.floats(-5, 5), min_size=5, max_size=5), st.sampled_from(["谁?", "分哪几步?", "有哪些?", "这是什么?"])
)
def test_quotes_are_whole_sentences_and_few(scores: list[float], question: str) -> None:
    one = passage(STEPS)
    starts, ends = zip(*sentences(STEPS), strict=True)
    runs = runs_of(analyse(question), scored((one, scores)))
    for _, start, end in runs:
        assert start in starts
        assert end in ends
    assert sum(len(sentences(STEPS[start:end])) for _, start, end in runs) <= SENTENCES
    covered = [i for _, start, end in runs for i in range(start, end)]
    assert len(covered) == len(set(covered))
