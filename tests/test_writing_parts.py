"""The steps of a retelling one by one: sentences and marks, what is sent, what is checked, what is shown."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qa.answers.evidence import static_encoder
from qa.datatypes import Answer, Citation, Claim
from qa.text import fold, squeeze
from qa.writing import Endpoint, Writer
from qa.writing.drafts import Draft, drafts
from qa.writing.prompt import messages
from qa.writing.support import fault, likeness, names, negations_differ, opposed
from qa.writing.writer import cited, joined
from tests.talking import model, says

sentence = st.sampled_from(["甲来了。", "乙走了!", "丙说:“好。”", "共3.5万元。", "大家都来了吗?", "据了解……"])
number = st.integers(1, 99)


def answer(*quotes: str, question: str = "来了几人?", claims: tuple[Claim, ...] = ()) -> Answer:
    found = tuple(
        Citation(n, "a.txt", f"题{n}", (n, n), ((0, len(quote)),), quote) for n, quote in enumerate(quotes, 1)
    )
    return Answer(question, question, "answered", "".join(quotes), "", 0.7, found, claims=claims)


# ---- sentences and their marks --------------------------------------------------------------------------------


@given(st.lists(st.tuples(sentence, st.lists(number, max_size=3, unique=True)), max_size=6))
def test_sentences_with_marks_come_back_as_they_were_written(parts: list[tuple[str, list[int]]]) -> None:
    text = "".join(words + "".join(f"[{n}]" for n in numbers) for words, numbers in parts)
    assert [(one.text, list(one.numbers)) for one in drafts(text, whole=True)] == parts


@given(st.lists(st.tuples(sentence, st.lists(number, min_size=1, max_size=3, unique=True)), min_size=1, max_size=6))
def test_what_is_joined_for_the_reader_reads_as_the_same_sentences(parts: list[tuple[str, list[int]]]) -> None:
    kept = [Draft(words, tuple(numbers)) for words, numbers in parts]
    assert drafts(joined(kept), whole=True) == kept


@pytest.mark.parametrize("mark", ["[7]", "［7］", "【7】", " [7]", "[^7]", "[ 7 ]", "[7, 7]"])
@pytest.mark.parametrize("where", ["甲来了{}。", "甲来了。{}", "甲来了。{}。"])
def test_a_mark_counts_in_every_print_before_and_behind_the_full_stop(mark: str, where: str) -> None:
    assert drafts(where.format(mark), whole=True) == [Draft("甲来了。", (7,))]


@pytest.mark.parametrize("head", ["- ", "* ", "1. ", "2) ", "3、", "## ", "> ", "• ", "- 1. "])
def test_the_head_of_a_list_is_no_part_of_the_sentence(head: str) -> None:
    assert drafts(f"{head}甲来了。[1]\n{head}**乙**走了。[2]", whole=True) == [
        Draft("甲来了。", (1,)),
        Draft("乙走了。", (2,)),
    ]


@pytest.mark.parametrize("text", ["3.5万人来了。", "12、13日放假。", "2020年开工。", "10家企业来了。"])
def test_a_figure_that_begins_a_sentence_stays(text: str) -> None:
    assert drafts(f"{text}[1]", whole=True) == [Draft(text, (1,))]


def test_a_numbered_list_is_checked_by_what_it_says_and_not_by_its_numbers() -> None:
    quotes = ("上半年该街道举办活动1806场。", "调解室由郑亚萍主持。")
    with model(says("1. 上半年举办活动1806场。[1]\n2. 调解室由郑亚萍主持。[2]")) as seen:
        after = Writer(Endpoint(seen.url, "small")).write(answer(*quotes))
    assert after.answer == "上半年举办活动1806场。[1]调解室由郑亚萍主持。[2]"
    assert after.written and after.written.dropped == ()


@pytest.mark.parametrize(
    "text",
    ["<think>甲。[1]", "<thinking>甲。[1]</thinking>", "<think>一\n二。[3]</think>", " \n", "。", "** **", "---"],
)
def test_thoughts_and_ornaments_are_no_sentences(text: str) -> None:
    assert [one for one in drafts(text, whole=True) if one.text] == []


@given(st.text("甲乙。.[]12 \n!？“”a", max_size=40), st.integers(0, 40))
def test_what_is_settled_early_is_what_the_whole_says(text: str, cut: int) -> None:
    early = drafts(text[:cut], whole=False)
    assert drafts(text, whole=True)[: len(early)] == early


# ---- what is sent ---------------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=30), max_size=4), st.text(max_size=30))
def test_whatever_the_quotes_are_they_arrive_as_the_same_strings(quotes: list[str], question: str) -> None:
    system, user = messages(answer(*quotes, question=question))
    sent = json.loads(user["content"])
    assert sent["question"] == question and [one["text"] for one in sent["quotes"]] == quotes
    assert [one["n"] for one in sent["quotes"]] == list(range(1, len(quotes) + 1))
    assert (system["role"], user["role"]) == ("system", "user")


def test_the_rules_do_not_change_with_what_is_asked() -> None:
    rules = {messages(answer("引文。", question=question))[0]["content"] for question in ("谁来了?", "何时开工?")}
    english = messages(answer("引文。", question="Who came?"))[0]["content"]
    assert len(rules) == 1 and english not in rules and english.isascii()


def test_a_follow_up_is_sent_as_it_was_understood() -> None:
    asked = Answer("那里呢?", "柳湾街道呢?", "answered", citations=answer("引文。").citations)
    assert json.loads(messages(asked)[1]["content"])["question"] == "柳湾街道呢?"


# ---- what is checked ------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 5), max_size=4))
def test_quotes_are_given_for_numbers_that_all_exist(numbers: list[int]) -> None:
    found = cited(answer("甲。", "乙。", "丙。"), numbers)
    assert found == ([f"题{n}\n{'甲乙丙'[n - 1]}。" for n in numbers] if all(1 <= n <= 3 for n in numbers) else [])


@pytest.mark.parametrize(("one", "other"), [("上升", "下降"), ("增", "减"), ("上午", "下午"), ("男", "女")])
def test_opposites_are_opposed_both_ways_and_never_to_both(one: str, other: str) -> None:
    plain = f"昨天{one}了"
    if (one, other) != ("上升", "下降"):  # these two are told by 升 and 降
        assert opposed(plain, f"昨天{other}了") and opposed(f"昨天{other}了", plain)
    assert not opposed(plain, plain)
    assert not opposed(plain, f"先{one}后{other}") and not opposed(f"先{one}后{other}", plain)


plain_text = st.text("工会举办活动职工参加学习", min_size=2, max_size=15)


@given(plain_text, plain_text)
def test_texts_without_a_negation_never_differ_in_one(one: str, other: str) -> None:
    assert not negations_differ(one, other) and not negations_differ(one, one)


@given(plain_text, st.sampled_from(["不", "没有", "未", "从未"]), st.data())
def test_a_negation_put_into_a_copy_is_found(text: str, word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 2))
    assume(text[at] not in "会参")  # 不会 alone says too little, and 参 follows 不 nowhere
    assert negations_differ(text[:at] + word + text[at:], text)
    assert not negations_differ(text[:at] + word + text[at:], text[:at] + word + text[at:])


@pytest.mark.parametrize(
    ("sentence", "affirmed", "denied"),
    [
        ("Members pay a membership fee.", "", "words"),
        ("Members do not pay a membership fee.", "negation", ""),
        ("Members never pay a membership fee.", "negation", ""),
    ],
)
def test_an_english_negation_needs_a_chinese_one(sentence: str, affirmed: str, denied: str) -> None:
    assert fault(sentence, ["会员要缴纳会费。"]) == affirmed
    if denied == "":
        assert fault(sentence, ["会员不缴纳会费。"]) == denied


@given(st.lists(st.sampled_from(["“建才之家”", "app", "《瑞安日报》", "王建国", "APP"]), max_size=3))
def test_names_are_words_of_the_folded_sentence(parts: list[str]) -> None:
    text = "记者从".join(["据了解,", *parts]) + "获悉。"
    found = names(text)
    assert all(name in fold(text) for name in found)
    assert ("app" in found) == any(part.lower() == "app" for part in parts)
    assert ("建才之家" in found) == ("“建才之家”" in parts)


@given(st.text("工会举办职工活动学习桥梁通车。,", min_size=1, max_size=20))
def test_likeness_is_a_share_and_the_least_is_no_more_than_all(text: str) -> None:
    mean, least = likeness(text, "工会举办职工活动。")
    assert 0 <= mean <= 1 and 0 <= least <= 1 + 1e-9
    assert likeness("", text) == (0.0, 0.0)


def test_likeness_falls_to_the_cosine_of_the_best_token_for_a_strange_word() -> None:
    """火箭 beside a quote that shares no pair with it: by hand, from the vectors."""
    import numpy as np

    encoder, quote = static_encoder(), "工会举办职工运动会。"
    rows = encoder.token_vectors(np.unique(encoder.token_ids([fold(quote)])[0]))
    theirs = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    ours = encoder.token_vectors(encoder.token_ids(["火箭"])[0])
    ours = ours / np.linalg.norm(ours, axis=1, keepdims=True)
    expected = float(np.clip((ours @ theirs.T).max(axis=1), 0, 1).min())
    assert list(likeness("火箭", quote)) == pytest.approx([expected, expected])
    assert expected < 0.6, "and the check refuses it"


# ---- what is shown --------------------------------------------------------------------------------------------


def test_citations_of_claims_stay_even_where_the_model_names_them_not() -> None:
    quotes = ("上半年举办活动1806场。", "上半年举办活动1086场。", "志愿者有1020人。")
    before = answer(*quotes, claims=(Claim("1806场", (1,)), Claim("1086场", (2,))))
    with model(says("志愿者有1020人。[3]")) as seen:
        after = Writer(Endpoint(seen.url, "small")).write(before)
    assert [one.n for one in after.citations] == [1, 2, 3] and after.claims == before.claims
    with model(says("上半年举办活动1806场。[1]")) as seen:
        after = Writer(Endpoint(seen.url, "small")).write(answer(*quotes))
    assert [one.n for one in after.citations] == [1]


def test_western_sentences_are_parted_by_a_space_and_chinese_ones_are_not() -> None:
    assert joined([Draft("He came.", (1,)), Draft("She left.", (2,))]) == "He came.[1] She left.[2]"
    assert joined([Draft("甲来了。", (1,)), Draft("乙走了。", ())]) == "甲来了。[1]乙走了。"


class Shelf:
    """An archive that knows one answer."""

    sources = ("a.txt",)

    def ask(self, question: str) -> Answer:
        return answer("甲来了。", question=question)

    def ask_many(self, questions: list[str]) -> list[Answer]:
        return [self.ask(one) for one in questions]


def test_an_archive_that_retells_is_the_archive_in_all_else() -> None:
    with model(says("甲来了。[1]")) as seen:
        told: Any = Writer(Endpoint(seen.url, "small")).retelling(cast(Any, Shelf()))
        assert told.sources == ("a.txt",)
        assert told.ask("谁来了?").answer == "甲来了。[1]"
        assert [one.question for one in told.ask_many(["甲?", "乙?"])] == ["甲?", "乙?"]
        with pytest.raises(AttributeError):
            _ = told.nothing_of_the_kind
    assert [json.loads(one["messages"][1]["content"])["question"] for one in seen.asked] == ["谁来了?", "甲?", "乙?"]
    assert squeeze(seen.asked[0]["model"]) == "small"
