"""Pairs and batches for the training: cutting, dictionary English, keys, and what a batch may hold."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("sentencepiece")

from embeddings.train import pairs, vocabulary
from embeddings.train.reading import Corpus

Ids = npt.NDArray[np.int32]


def rows(*ids: int) -> Ids:
    return np.array(ids, np.int32)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def glossary() -> pairs.Glossary:
    """Tokens 1 to 3 have senses, 4 has none; 90 and 91 are function words."""
    return pairs.Glossary({1: [rows(11)], 2: [rows(21, 22), rows(23)], 3: [rows(31)]}, rows(90, 91))


def test_english_keeps_the_order_of_the_words() -> None:
    english = [token for token in glossary().english(rows(1, 3, 1), generator()).tolist() if token < 90]
    assert english == [11, 31, 11]


def test_every_sense_is_used_at_some_time() -> None:
    seen = {tuple(t for t in glossary().english(rows(2), generator(seed)).tolist() if t < 90) for seed in range(40)}
    assert seen == {(21, 22), (23,)}


def test_words_without_a_sense_are_left_out_of_the_english() -> None:
    assert [token for token in glossary().english(rows(4, 1, 4), generator()).tolist() if token < 90] == [11]


def test_a_text_without_any_sense_stays_as_it_is() -> None:
    silent = pairs.Glossary({}, rows())
    assert silent.english(rows(4, 5), generator()).tolist() == [4, 5]


def test_function_words_come_in_now_and_then() -> None:
    english = glossary().english(rows(*[1] * 2000), generator()).tolist()
    share = sum(token >= 90 for token in english) / len(english)
    assert 0.04 < share < 0.16


def test_a_cut_text_gives_its_title_or_a_clause_of_its_own() -> None:
    title, text = rows(*range(900, 905)), rows(*range(400))
    kinds: Counter[str] = Counter()
    for seed in range(300):
        query, document = pairs._cut(title, text, generator(seed))
        inside = set(query.tolist()) & set(document.tolist())
        if query.tolist() == title.tolist():
            kinds["title"] += 1
            assert np.all(np.diff(document) == 1)
        elif inside:
            kinds["kept"] += 1
            assert inside == set(query.tolist())
        else:
            kinds["taken out"] += 1
            assert document[0] < query[0] or document[-1] > query[-1]
    assert min(kinds.values()) > 50
    assert len(kinds) == 3


def test_a_clause_is_of_the_length_of_a_question() -> None:
    text = rows(*range(400))
    queries = (pairs._cut(rows(900), text, generator(seed))[0] for seed in range(200))
    lengths = [len(query) for query in queries if query[0] != 900]
    assert 5 <= min(lengths) <= max(lengths) < 18


def test_a_short_text_is_paired_with_its_title() -> None:
    for seed in range(50):
        query, document = pairs._cut(rows(900), rows(1, 2, 3), generator(seed))
        assert (query.tolist(), document.tolist()) == ([900], [1, 2, 3])


@settings(max_examples=60)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=40), st.integers(0, 2**32 - 1))
def test_thinning_keeps_the_order_and_something(ids: list[int], seed: int) -> None:
    thinned = pairs._thinned(rows(*ids), generator(seed)).tolist()
    remaining = iter(ids)
    assert thinned
    assert all(token in remaining for token in thinned)


def test_thinning_takes_about_a_tenth() -> None:
    assert 850 < len(pairs._thinned(rows(*[1] * 1000), generator())) < 950


def test_all_four_pairs_of_languages_are_shown_as_often_as_planned() -> None:
    random = generator()
    seen = Counter(pairs._languages(random) for _ in range(8000))
    for query, document, share in pairs._LANGUAGES:
        assert seen[query, document] / 8000 == pytest.approx(share, abs=0.02)
    assert sum(share for _, _, share in pairs._LANGUAGES) == pytest.approx(1.0)


def group(kind: str, count: int = 100, share: float = 1.0) -> pairs.Group:
    queries = [rows(1000 + i) for i in range(count)]
    documents = [rows(2000 + i, 1) for i in range(count)]
    return pairs.Group("made up", kind, share, queries, documents, [(i, i // 2) for i in range(count)])


def test_plain_pairs_are_shown_in_both_directions() -> None:
    batch = pairs.draw([group("plain")], glossary(), 80, generator(), 0.0)
    forward = sum(int(query[0]) < 2000 for query in batch.queries)
    assert 30 < forward < 70
    for query, document in zip(batch.queries, batch.documents, strict=True):
        assert abs(int(query[0]) - int(document[0])) == 1000


def test_no_pair_stands_in_a_batch_twice() -> None:
    for hard in (0.0, 1.0):
        batch = pairs.draw([group("plain")], glossary(), 96, generator(3), hard)
        assert len({tuple(key) for key in batch.keys.tolist()}) == len(batch.queries)


def test_a_batch_is_no_larger_than_its_group_and_than_asked() -> None:
    assert len(pairs.draw([group("plain", 10)], glossary(), 64, generator(), 0.0).queries) == 10
    for hard in (0.0, 1.0):
        assert len(pairs.draw([group("plain", 1000)], glossary(), 48, generator(), hard).queries) <= 48


def test_hard_batches_are_neighbours_in_their_source() -> None:
    batch = pairs.draw([group("plain", 5000)], glossary(), 240, generator(), 1.0)
    numbers = np.sort(batch.keys[:, 0])
    assert (np.diff(numbers) == 1).mean() > 0.9
    easy = pairs.draw([group("plain", 5000)], glossary(), 240, generator(), 0.0)
    assert (np.diff(np.sort(easy.keys[:, 0])) == 1).mean() < 0.3


def test_groups_are_drawn_by_their_share() -> None:
    often, seldom = group("plain", 60, 0.75), group("plain", 30, 0.25)
    random = generator()
    sizes = Counter(len(pairs.draw([often, seldom], glossary(), 100, random, 0.0).queries) for _ in range(400))
    assert sizes[60] / 400 == pytest.approx(0.75, abs=0.08)
    assert sizes[30] / 400 == pytest.approx(0.25, abs=0.08)


def test_long_texts_are_cut_to_what_a_step_can_bear() -> None:
    texts = [rows(*range(3, 700))] * 4
    long = pairs.Group("long", "plain", 1.0, texts, texts, [(i, i) for i in range(4)])
    batch = pairs.draw([long], glossary(), 4, generator(), 0.0)
    assert max(map(len, batch.queries)) == pairs._LONGEST_QUERY
    assert max(map(len, batch.documents)) == pairs._LONGEST_DOCUMENT


def corpus() -> Corpus:
    made = Corpus()
    made.glosses = {"工会": ["trade union"], "活动": ["activity", "event"], "好": ["good"]}
    made.pinyin = {"好": "hao", "工会": "gonghui"}
    made.words = list(made.glosses)
    made.lexicon = [("trade union", "工会"), ("activity", "活动"), ("good hao event", "好")]
    made.parallel = [("The trade union.", "工会。"), ("", "空"), ("!", "活动")]
    source = "活动好工会"
    made.questions = [("工会好?", "好工会", source), ("活动好?", "活动好", source), ("好?", "好活动", "好活动")]
    return made


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return vocabulary.choose_tokenizer(corpus(), 200)[0]


def test_pairs_with_an_empty_side_are_left_out(tokenizer: Any) -> None:
    groups = {one.name: one for one in pairs.make_groups(corpus(), tokenizer)}
    assert "parallel" not in groups  # one pair is left, too few for a batch
    assert len(groups["lexicon"].queries) == 3


def test_passages_of_one_text_share_a_key_and_others_do_not(tokenizer: Any) -> None:
    questions = next(one for one in pairs.make_groups(corpus(), tokenizer) if one.name == "questions")
    first, second, third = (document for _, document in questions.keys)
    assert first == second != third


def test_every_context_is_there_once_to_be_cut_from(tokenizer: Any) -> None:
    contexts = next(one for one in pairs.make_groups(corpus(), tokenizer) if one.name == "contexts")
    assert contexts.kind == "articles"
    assert len(contexts.documents) == 2


def test_a_single_character_may_be_shown_as_its_pinyin(tokenizer: Any) -> None:
    found = pairs.make_glossary(corpus(), tokenizer)
    rows_of = tokenizer.get_vocab()
    spelled = [[tokenizer.id_to_token(int(row)) for row in sense] for sense in found.senses[rows_of["好"]]]
    assert ["good"] in spelled
    assert ["hao"] in spelled
    words = [[tokenizer.id_to_token(int(row)) for row in sense] for sense in found.senses[rows_of["工会"]]]
    assert words == [["trade", "union"]]


def test_token_rows_leave_out_the_unknown_and_what_is_too_long(tokenizer: Any) -> None:
    short, strange = pairs.token_rows(tokenizer, ["工会活动" * 50, "𠀀🙂"], longest=7)
    assert len(short) == 7
    assert len(strange) == 0
    assert short.dtype == np.int32
