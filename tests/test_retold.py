"""Training questions in other words: what changes, what stays, and what is left out."""

from __future__ import annotations

import gzip
import random

import pytest

from qa.answers.corpus import plain_corpus
from qa.answers.evidence import static_encoder
from qa.answers.learning import Asked, ask, ask_all, lost
from qa.answers.retold import Retelling
from qa.answers.samples import Example
from qa.conversation import analyse

SETS = [["员工", "职工", "雇员"], ["公司", "企业"], ["医生", "大夫"], ["学校", "学堂"], ["字", "词"] * 20]
QUESTION = "赵小兰给公司的员工安排了什么工作?"


@pytest.fixture(scope="module")
def retelling(tmp_path_factory: pytest.TempPathFactory) -> Retelling:
    folder = tmp_path_factory.mktemp("data")
    with gzip.open(folder / "cilin.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines("\t".join(words) + "\n" for words in SETS)
    return Retelling(folder, static_encoder())


def told(retelling: Retelling, question: str, times: int = 60) -> list[str]:
    made = [retelling.question(question, random.Random(seed)) for seed in range(times)]
    return [one for one in made if one]


def test_synonyms_are_of_like_meaning_and_never_the_word_itself(retelling: Retelling) -> None:
    assert {"职工", "雇员"} <= set(retelling.synonyms("员工"))
    assert "员工" not in retelling.synonyms("员工")
    assert "标尺" not in retelling.synonyms("员工")  # shares the gloss "staff" and no meaning


def test_places_and_words_of_crowded_classes_are_not_exchanged(retelling: Retelling) -> None:
    assert retelling.synonyms("杭州") == ()
    assert "词" not in retelling.synonyms("字")


def test_a_question_is_told_in_many_ways_each_with_other_words(retelling: Retelling) -> None:
    ways = told(retelling, QUESTION)
    assert len(set(ways)) > 20
    assert not any(all(word in way for word in ("公司", "员工", "安排", "工作")) for way in ways)
    assert any("职工" in way or "雇员" in way for way in ways)


def test_a_name_stays_or_goes_but_never_becomes_another(retelling: Retelling) -> None:
    ways = told(retelling, QUESTION)
    named = [way for way in ways if "赵小兰" in way]
    assert 0 < len(named) < len(ways)
    assert not any("赵" in way or "兰" in way for way in ways if way not in named)


def test_what_is_asked_stays_what_is_asked(retelling: Retelling) -> None:
    for question in ("公司的医生几时到学校安排工作?", "公司的员工在哪里见学校的医生?"):
        kinds = [analyse(way).kind for way in told(retelling, question)]
        assert kinds.count(analyse(question).kind) > 0.9 * len(kinds)


def test_a_question_of_names_cannot_be_retold(retelling: Retelling) -> None:
    assert told(retelling, "赵小兰是谁?") == []


def test_the_example_keeps_its_answer_and_is_marked(retelling: Retelling) -> None:
    example = Example(QUESTION, "a", ("整理档案",), "员工整理档案。")
    new = next(one for seed in range(20) if (one := retelling.example(example, random.Random(seed))))
    assert new.retold and not example.retold
    assert (new.source, new.gold, new.sentence) == (example.source, example.gold, example.sentence)
    assert new.question != example.question


def test_a_retold_question_that_lost_its_text_teaches_nothing() -> None:
    corpus = plain_corpus(
        {f"{i}": f"第{i}个灯会在湖边举行。" for i in range(30)} | {"a": "员工整理档案。"}, static_encoder()
    )
    missed = ask(corpus, Example("湖边灯会?", "a", ("整理档案",), retold=True))
    plain = ask(corpus, Example("湖边灯会?", "a", ("整理档案",)))
    refused = ask(corpus, Example("湖边灯会?", "a", (), trick="word", retold=True))
    assert [lost(one) for one in (missed, plain, refused)] == [True, False, False]


def test_some_of_the_training_questions_are_retold(retelling: Retelling) -> None:
    text = "公司的员工安排了工作。赵小兰整理档案。"
    texts = [(text + str(i), [Example(QUESTION, f"x:{i}", ("档案",), "赵小兰整理档案。")]) for i in range(40)]
    asked: list[Asked] = list(ask_all(texts, static_encoder(), 1, retelling=retelling))
    share = sum(one.example.retold for one in asked) / len(asked)
    assert 0.1 < share < 0.5
    assert not any(one.example.retold for one in ask_all(texts, static_encoder(), 1))
