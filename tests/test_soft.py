"""Counterparts of a question's words: what like meaning, strange words and names do to the features."""

from __future__ import annotations

import numpy as np
import pytest

from qa.answers.corpus import Corpus, plain_corpus
from qa.answers.evidence import candidates, static_encoder
from qa.answers.features import NAMES, feature_rows
from qa.answers.soft import SOFT, SOFT_FALLING, SOFT_RISING, standard
from qa.conversation import analyse
from qa.glosses import every_word

LOAN = "宏达公司为职工提供免息贷款购房。"
LAKE = "湖边的灯会昨晚开幕,游客很多。"
CROPS = "村里的稻田今年收成不错。"


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return plain_corpus({"a": LOAN, "b": LAKE, "c": CROPS}, static_encoder())


def value(corpus: Corpus, question: str, name: str, text: str) -> float:
    """The feature `name` of the sentence `text`."""
    pool = candidates(corpus.search(question))
    rows = feature_rows(corpus, analyse(question), pool)
    (number,) = [i for i, one in enumerate(pool) if one.hit.passage.text == text]
    return float(rows[number, NAMES.index(name)])


def test_every_name_is_a_feature_and_has_one_direction() -> None:
    assert set(SOFT) <= set(NAMES)
    assert not SOFT_RISING & SOFT_FALLING
    assert set(SOFT) >= (SOFT_RISING | SOFT_FALLING)


def test_words_of_like_meaning_come_nearer_than_others(corpus: Corpus) -> None:
    question = "企业借钱给员工买房吗?"
    for name in ("soft_sentence", "soft_near", "soft_passage", "soft_new"):
        assert value(corpus, question, name, LOAN) > value(corpus, question, name, LAKE)


def test_the_passage_that_fits_stands_out(corpus: Corpus) -> None:
    question = "企业借钱给员工买房吗?"
    stands = {text: value(corpus, question, "soft_stands", text) for text in (LOAN, LAKE, CROPS)}
    assert max(stands, key=lambda text: stands[text]) == LOAN
    assert sum(stands.values()) == pytest.approx(0.0, abs=1e-4)


def test_the_same_words_leave_nothing_lonely(corpus: Corpus) -> None:
    assert value(corpus, "免息贷款购房", "soft_sentence", LOAN) == pytest.approx(1.0)
    assert value(corpus, "免息贷款购房", "soft_lonely", LOAN) == 0.0
    assert value(corpus, "免息贷款购房", "changed", LOAN) == 0.0
    assert value(corpus, "免息贷款购房", "soft_new", LOAN) == 1.0


def test_a_word_without_counterpart_is_lonely(corpus: Corpus) -> None:
    here, with_more = (value(corpus, q, "soft_lonely", LOAN) for q in ("免息贷款", "免息贷款潜水艇"))
    assert here == 0.0 < with_more
    assert value(corpus, "免息贷款潜水艇", "soft_worst", LOAN) < value(corpus, "免息贷款", "soft_worst", LOAN)


def test_what_is_asked_for_counts_by_itself(corpus: Corpus) -> None:
    held, missing = (value(corpus, f"宏达公司的{asked}是多少?", "soft_asked_near", LOAN) for asked in ("贷款", "海拔"))
    assert held > missing + 0.2


def test_a_name_has_no_counterpart_but_itself(corpus: Corpus) -> None:
    ours, other = (value(corpus, f"{name}公司给员工什么?", "named_article", LOAN) for name in ("宏达", "永昌鑫"))
    assert (ours, other) == (1.0, 0.0)
    assert value(corpus, "宏达公司给员工什么?", "named_anywhere", LAKE) == 1.0
    assert value(corpus, "宏达公司给员工什么?", "named_article", LAKE) == 0.0
    assert value(corpus, "公司给员工什么?", "named_article", LAKE) == 1.0


def test_a_question_without_content_has_rows_all_the_same(corpus: Corpus) -> None:
    pool = candidates(corpus.search("贷款"))
    rows = feature_rows(corpus, analyse("?"), pool)
    assert rows.shape == (len(pool), len(NAMES))
    assert np.isfinite(rows).all()


def test_the_standard_is_that_of_words_in_general() -> None:
    encoder = static_encoder()
    query = encoder.token_vectors(encoder.token_ids(["贷款"])[0][:1])
    mean, deviation = standard(encoder, query)
    ids = np.unique(np.concatenate(encoder.token_ids(every_word())))
    words = encoder.token_vectors(ids)
    cosines = words @ query[0] / np.maximum(np.linalg.norm(words, axis=1), 1e-9) / np.linalg.norm(query[0])
    assert mean[0] == pytest.approx(cosines.mean(), abs=0.02)
    assert deviation[0] == pytest.approx(cosines.std(), rel=0.2)
