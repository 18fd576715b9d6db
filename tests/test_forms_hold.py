"""Questions in other forms and sentences made false: what each form keeps, and what each falsification changes."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.answers.samples import Example
from qa.benchmark import forms
from qa.benchmark.support import Case, around, cases, judged, statement
from qa.conversation import analyse
from qa.figures import figures
from qa.glosses import same_sound
from qa.questions import Question
from qa.text import fold, is_han, sentences, squeeze
from qa.writing.support import fault

subjects = st.sampled_from(["丰门街道总工会", "奉化链式助学", "瑞安市图书馆", "柳湾镇中心小学", "“建才之家”"])
asks = st.sampled_from(
    ["上半年举办了多少场活动", "什么时候揭牌", "是谁主持的", "在哪里开工", "有3.5万名会员吗", "是什么"]
)
ends = st.sampled_from(["?", "？", "", "？！ ", "。"])
asked = st.builds("{}{}{}".format, subjects, asks, ends)
seeds = st.integers(0, 10**6)


def letters(text: str) -> str:
    """What is left of a text without marks and white space."""
    return "".join(letter for letter in fold(text) if letter.isalnum())


def question(text: str, *answers: str, docs: tuple[int, ...] = (0,), number: int = 1) -> Question:
    return Question(f"q{number}", "number", text, (), docs, tuple((one,) for one in answers), answers[:1])


# ---- forms ----------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(asked, seeds)
def test_print_and_marks_change_no_letter(text: str, seed: int) -> None:
    for name in ("as it is", "Traditional", "no punctuation", "spaced", "full width"):
        made = forms.FORMS[name](text, random.Random(seed))
        assert letters(made) == letters(text), name
    for name in ("quoted", "book-title marks"):
        made = forms.FORMS[name](text, random.Random(seed))
        assert made == "" or letters(made) == letters(text), name


@settings(max_examples=40, deadline=None)
@given(asked, seeds)
def test_courtesy_stands_around_the_question_and_its_end_is_gone(text: str, seed: int) -> None:
    core = re.sub(r"[?？。!！\s]+$", "", text)
    for form in (forms.polite, forms.colloquial):
        assert form(text, random.Random(seed)).count(core) == 1
        assert analyse(form(text, random.Random(seed))).kind == analyse(text).kind


@settings(max_examples=60, deadline=None)
@given(asked, seeds)
def test_one_character_of_a_long_word_is_misspelled_and_neither_its_first_nor_its_last(text: str, seed: int) -> None:
    wrong = forms.misspelled(text, random.Random(seed))
    if not wrong:
        return
    ((place, letter),) = [(i, b) for i, (a, b) in enumerate(zip(text, wrong, strict=True)) if a != b]
    assert letter in same_sound(text[place])
    words = [word for word in analyse(text).words if len(word) > 3 and is_han(word[0])]
    inside = {text.index(word) + i for word in words if word in text for i in range(1, len(word) - 1)}
    assert place in inside


@pytest.mark.parametrize(("text", "kept"), [("有3.5万人吗?", "3.5"), ("有1,020人吗?", "1,020"), ("增长3.5%吗?", "3.5")])
def test_a_number_stays_a_number_without_punctuation(text: str, kept: str) -> None:
    made = forms.bare(text, random.Random(1))
    assert kept in made and made[-1] not in "?？" and figures(made)[0][0] == figures(text)[0][0]


@given(asked)
def test_keywords_hold_no_asking_word_and_nothing_new(text: str) -> None:
    found = forms.keywords(text, random.Random(1))
    assert all(squeeze(word) in squeeze(fold(text)) for word in found.split())
    assert not re.search("多少|什么|是谁|哪里", found)


@settings(max_examples=25, deadline=None)
@given(st.lists(asked, max_size=6), seeds, st.sampled_from(sorted(forms.FORMS)))
def test_a_question_in_another_form_keeps_its_answer_and_its_place(texts: list[str], seed: int, name: str) -> None:
    questions = [question(text, "答", number=n) for n, text in enumerate(texts)]
    made = forms.variants([*questions, question("Who came?", "Li", number=99)], forms.FORMS[name], seed)
    by_id = {one.id: one for one in questions}
    assert [one.id for one in made] == [one.id for one in questions if one.id in {other.id for other in made}]
    assert all(one.question.strip() and replace(one, question=by_id[one.id].question) == by_id[one.id] for one in made)
    assert made == forms.variants(questions, forms.FORMS[name], seed), "an English one is left out, a seed decides"


@given(st.lists(st.booleans(), max_size=7), seeds)
def test_pairs_are_of_answerable_questions_and_each_is_asked_once(answerable: list[bool], seed: int) -> None:
    questions = [
        question(f"第{n}个?", f"甲{n}", f"乙{n}", docs=(n,) if yes else (), number=n)
        for n, yes in enumerate(answerable)
    ]
    both = forms.doubled(questions, seed)
    assert len(both) == sum(answerable) // 2
    used = [n for one in both for n in map(int, re.findall(r"\d+", one.question))]
    assert len(used) == len(set(used)) and all(answerable[n] for n in used)
    for one in both:
        first, second = map(int, re.findall(r"\d+", one.question))
        expected = {(f"{a}{first}", f"{b}{second}") for a in "甲乙" for b in "甲乙"}
        assert set(one.answers) == expected and set(one.docs) == {first, second}


# ---- true and false sentences ---------------------------------------------------------------------------------

CONTEXT = (
    "镇工会今年举办了36场活动,由王建国主持,职工可以免费参加。"
    "学校于2019年5月成立,校长李晓明获得了全市表彰。"
    "天气没有影响开工,大家都很高兴。"
)
PARTS = [CONTEXT[start:end] for start, end in sentences(CONTEXT)]
EXAMPLES = [
    Example("镇工会今年举办了多少场活动?", "a", ("36场",), PARTS[0]),
    Example("学校什么时候成立?", "a", ("2019年5月",), PARTS[1]),
    Example("谁获得了全市表彰?", "a", ("李晓明",), PARTS[1]),
]
OTHER = "外地的一则消息。河水涨了三尺。船停了。"


def made(seed: int) -> list[Case]:
    return list(cases([(CONTEXT, EXAMPLES), (OTHER, [Example("船怎么了?", "b", ("停了",), "船停了。")])], seed))


@pytest.mark.parametrize(
    ("asked_", "gold", "expected"),
    [
        ("镇工会举办了多少场活动?", "36场", "镇工会举办了36场活动。"),
        ("镇工会举办了多少场活动?", "36", "镇工会举办了36场活动。"),
        ("学校什么时候成立？", "2019年5月", "学校2019年5月成立。"),
        ("谁主持了活动?", "王建国", "王建国主持了活动。"),
        ("活动在哪里举行?", "文化宫", "活动在文化宫举行。"),
        ("为什么停工?", "下雨", ""),
        ("谁在什么时候来?", "王建国", ""),
        ("多少人来了多少次?", "36", ""),
        ("谁来了?", "2019年", ""),
        ("活动举办了吗?", "是", ""),
    ],
)
def test_a_question_with_its_answer_put_in_is_a_statement_where_that_can_be(
    asked_: str, gold: str, expected: str
) -> None:
    assert statement(Example(asked_, "a", (gold,), "")) == expected
    assert statement(Example(asked_, "a", (), "")) == ""


@given(st.lists(st.sampled_from(["甲来了。", "乙走了!", "丙呢?"]), min_size=1, max_size=6), st.data())
def test_a_sentence_stands_between_its_neighbours(parts: list[str], data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(parts))
    found = around("".join(parts), chosen)
    at = parts.index(chosen)
    assert found == parts[max(0, at - 1) : at + 2]
    assert around("".join(parts), "丁来了。") == []


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_what_is_false_differs_from_what_is_true_in_the_thing_it_is_called_after(seed: int) -> None:
    found = made(seed)
    true = {case.sentence for case in found if case.true}
    for case in (case for case in found if not case.true):
        _, _, change = case.kind.partition(", ")
        if change == "other text":
            assert case.sentence in true and not any(quote in CONTEXT for quote in case.quotes)
            continue
        assert case.sentence not in "".join(case.quotes)
        if change == "number":
            numbers = [re.sub(r"\d+(?:\.\d+)?", "#", one) for one in (case.sentence, *true)]
            assert numbers[0] in numbers[1:] and case.sentence not in true
        elif change == "negation put in":
            assert case.sentence.replace("没有", "", 1) in true
        elif change == "negation left out":
            assert case.sentence in {one.replace("没有", "", 1) for one in true}
        else:
            assert case.sentence not in true
    assert {"stated, number", "copied, number", "copied, negation put in"} <= {case.kind for case in found}


@given(
    st.lists(
        st.sampled_from(["镇工会今年举办了36场活动。", "镇工会今年举办了63场活动。", "职工可以免费参加。"]), max_size=6
    )
)
def test_judgements_are_counted_by_kind_and_fault(chosen: list[str]) -> None:
    quotes = (CONTEXT[: CONTEXT.index("。") + 1],)
    found = judged([Case("stated", "63" not in one, one, quotes) for one in chosen])
    assert sum(counts.total() for counts in found.values()) == len(chosen)
    for name, counts in found.items():
        faults = [fault(one, quotes) for one in chosen if ("63" not in one) == name.startswith("true")]
        assert dict(counts) == {one: faults.count(one) for one in faults}
