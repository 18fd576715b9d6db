"""Asking and searching an archive: what must agree with what; and the model's scores against slow definitions."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import load_encoder
from embeddings.codes import read_lists, write_lists
from embeddings.encoder import Encoder, ModelLoadError, unit
from embeddings.inverted import InvertedIndex
from embeddings.late import late_interaction, late_interactions
from embeddings.train.evaluation import Task, evaluate, ndcg, standardised
from embeddings.vectors import Blocks
from qa.archive import LONGEST_QUESTION, Archive
from qa.archive.numbered import NumberedTokens
from qa.archive.parts import indexed_text
from qa.archive.segments import write_tokens
from qa.datatypes import Passage
from qa.errors import InputError
from qa.fusion import fuse
from qa.store.numbering import Numbering
from qa.text import squeeze, terms

QUESTIONS = ["奉化链式助学是什么?", "How many shoe companies are there in Fengmen?", "天气", "火星上有人吗?"]
MODES = ("hybrid", "dense", "sparse")


def found(hits: Any) -> list[tuple[Any, ...]]:
    return [(hit.rank, hit.passage, round(hit.score, 5)) for hit in hits]


# --- asking -----------------------------------------------------------------------------------------------------------


def test_many_questions_at_once_are_answered_like_one_after_the_other(seeds_archive: Archive) -> None:
    asked = [*QUESTIONS, QUESTIONS[0], QUESTIONS[2]]
    together = seeds_archive.ask_many(asked, k=3)
    with Archive.open(seeds_archive.index) as other:
        alone = [other.ask(question, k=3) for question in asked]
    for one, many in zip(alone, together, strict=True):
        assert one.to_dict() | {"timings_ms": {}} == many.to_dict() | {"timings_ms": {}}
    assert [answer.question for answer in together] == asked
    assert seeds_archive.ask_many([]) == []


def test_many_questions_to_some_pages_are_answered_from_those(seeds_archive: Archive) -> None:
    asked = QUESTIONS[:2]
    for source in seeds_archive.sources():
        for question, answer in zip(asked, seeds_archive.ask_many(asked, sources=[source]), strict=True):
            assert answer.to_dict()["citations"] == seeds_archive.ask(question, sources=[source]).to_dict()["citations"]
            assert {c.source for c in answer.citations} | {h.passage.source for h in answer.passages} <= {source}


@pytest.mark.parametrize("bad", ["", " \n", "问" * (LONGEST_QUESTION + 1), None, 7])
def test_one_bad_question_among_many_is_refused_before_any_is_answered(
    seeds_archive: Archive, bad: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Archive, "ask", lambda *arguments, **_: asked.append(arguments[1]))
    with pytest.raises(InputError, match=r"^The question (is empty|has 10,001 characters)"):
        seeds_archive.ask_many([QUESTIONS[0], bad, QUESTIONS[1]])
    assert asked == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("question", QUESTIONS[:3])
def test_asking_for_fewer_passages_gives_the_beginning_of_the_same_list(
    seeds_archive: Archive, question: str, mode: Any
) -> None:
    most = found(seeds_archive.search(question, 12, mode=mode))
    for k in (1, 2, 7):
        assert found(seeds_archive.search(question, k, mode=mode)) == most[:k]


@pytest.mark.parametrize("mode", MODES)
def test_all_sources_are_no_filter_and_no_sources_find_nothing(seeds_archive: Archive, mode: Any) -> None:
    every = seeds_archive.sources()
    for question in QUESTIONS:
        unfiltered = found(seeds_archive.search(question, 10, mode=mode))
        assert found(seeds_archive.search(question, 10, mode=mode, sources=every)) == unfiltered
        assert found(seeds_archive.search(question, 10, mode=mode, sources=every[::-1])) == unfiltered
        assert seeds_archive.search(question, 10, mode=mode, sources=[]) == []


def test_a_dense_search_of_one_page_is_brute_force_over_its_rows(seeds_archive: Archive) -> None:
    passages = seeds_archive.passages()
    vectors = seeds_archive.encoder.encode_document([indexed_text(passage) for passage in passages])
    for source in seeds_archive.sources():  # one page at a time: copies stand on other pages
        rows = [passage.id for passage in passages if passage.source == source]
        for question in QUESTIONS:
            scores = vectors[rows] @ seeds_archive.encoder.encode_query([question])[0]
            hits = seeds_archive.search(question, 5, mode="dense", sources=[source])
            assert [hit.passage.id for hit in hits] == [rows[place] for place in np.argsort(-scores)[:5]]
            np.testing.assert_allclose([hit.score for hit in hits], np.sort(scores)[::-1][:5], atol=1e-4)


def test_a_filtered_sparse_search_finds_every_page_that_holds_a_word(seeds_archive: Archive) -> None:
    passages = seeds_archive.passages()
    for question in QUESTIONS[:3]:
        wanted = set(terms(question))
        for source in seeds_archive.sources():
            holding = {p.id for p in passages if p.source == source and wanted & set(terms(indexed_text(p)))}
            hits = seeds_archive.search(question, 100, mode="sparse", sources=[source])
            assert {hit.passage.id for hit in hits} <= holding
            assert bool(hits) == bool(holding)


def test_a_question_with_half_a_character_is_asked_as_if_it_were_a_question_mark(seeds_archive: Archive) -> None:
    assert found(seeds_archive.search("链式助学\ud83d", 5)) == found(seeds_archive.search("链式助学?", 5))


def test_every_passage_belongs_to_an_article_that_holds_its_words(seeds_archive: Archive) -> None:
    for passage in seeds_archive.passages():
        article = seeds_archive.article_of(passage)
        assert article.source == passage.source and article.title == passage.article
        assert squeeze(passage.text) in squeeze(article.text)
        assert article in seeds_archive.articles(passage.source)


@pytest.mark.parametrize("stranger", [Passage("文", ((0, 1),), source="nowhere"), Passage("文", ((0, 1),), number=999)])
def test_a_passage_from_elsewhere_has_no_article(seeds_archive: Archive, stranger: Passage) -> None:
    with pytest.raises(InputError, match="There is no article"):
        seeds_archive.article_of(stranger)


def test_the_size_in_the_status_is_that_of_the_files(seeds_archive: Archive, seeds_index: Path) -> None:
    status = seeds_archive.status()
    folder = seeds_index / f"gen-{status['generation']:08d}"
    sizes = [p.stat().st_size for p in folder.rglob("*") if p.is_file() and p.name != "MANIFEST.json"]
    assert status["bytes"] == sum(sizes)
    assert status["articles"] == sum(len(seeds_archive.articles(source)) for source in seeds_archive.sources())
    assert status["passages"] == sum(len(seeds_archive.passages(source)) for source in seeds_archive.sources())


# --- token ids and vectors --------------------------------------------------------------------------------------------

BAGS = st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=1, max_size=6)


class Toy:
    """Ten tokens in three dimensions, of different lengths; token 9 has no vector. What late interaction needs."""

    table = np.random.default_rng(3).normal(size=(10, 3)).astype(np.float32) * np.arange(1, 11)[:, None]
    table[9] = 0

    def token_vectors(self, ids: Any) -> Any:
        return self.table[np.asarray(ids, np.int64)].astype(np.float32)

    def cosines(self, ids: Any, directions: Any) -> Any:
        rows = self.token_vectors(ids)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.where(lengths > 0, rows @ directions.T / np.maximum(lengths, 1e-9), 0)


def rows_of(bags: list[list[int]]) -> list[Any]:
    return [np.array(bag, np.int32) for bag in bags]


def slow_late(query: list[int], document: list[int]) -> float:
    def cosine(a: int, b: int) -> float:
        lengths = math.dist(Toy.table[a], (0, 0, 0)) * math.dist(Toy.table[b], (0, 0, 0))
        return float(Toy.table[a] @ Toy.table[b]) / lengths if lengths else 0.0

    weights = [math.dist(Toy.table[token], (0, 0, 0)) for token in query]
    if not document or not sum(weights):
        return 0.0
    best = (weight * max(cosine(a, b) for b in document) for a, weight in zip(query, weights, strict=True))
    return sum(best) / sum(weights)


@given(BAGS, BAGS)
@settings(max_examples=60)
def test_late_interaction_is_its_definition_for_any_bags_of_tokens(queries: list[Any], documents: list[Any]) -> None:
    toy: Any = Toy()
    scores = late_interactions(toy, rows_of(queries), rows_of(documents))
    expected = [[slow_late(query, document) for document in documents] for query in queries]
    np.testing.assert_allclose(scores, expected, atol=1e-5)


@given(BAGS, st.lists(st.integers(0, 8), min_size=1, max_size=5), st.integers(0, 8))
def test_a_further_token_never_makes_a_passage_match_worse(documents: list[Any], query: list[int], token: int) -> None:
    toy: Any = Toy()
    filled = [document or [0] for document in documents]
    asked = np.array(query, np.int32)
    before = late_interaction(toy, asked, rows_of(filled))
    after = late_interaction(toy, asked, rows_of([[*document, token] for document in filled]))
    assert (after >= before - 1e-6).all()


@given(BAGS)
@settings(max_examples=40)
def test_stored_token_ids_come_back_row_by_row_in_any_order(bags: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_tokens(Path(folder), rows_of(bags))
        arrays = np.load(Path(folder) / "tokens.npy"), np.load(Path(folder) / "token_starts.npy")
    tokens = NumberedTokens(Numbering([[("p.txt", 0, len(bags), 0)]]), [arrays])
    order = [*range(len(bags)), 0, *reversed(range(len(bags)))]
    assert [ids.tolist() for ids in tokens.of(order)] == [bags[row] for row in order]
    assert len(tokens) == len(bags)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


@pytest.mark.parametrize(
    ("one", "other"), [("桥头的市集", "每周六开放"), ("The market", "opens on Saturday"), ("一", "!")]
)
def test_the_vector_of_two_texts_points_to_the_sum_of_both(encoder: Encoder, one: str, other: str) -> None:
    sums = [encoder.token_vectors(ids).sum(axis=0) for ids in encoder.token_ids([one, other])]
    np.testing.assert_allclose(encoder.encode_query([f"{one}\n{other}"])[0], unit(sum(sums)[None])[0], atol=1e-5)


@pytest.mark.parametrize(
    "rows", [[[3.0, 4.0], [0.0, 0.0]], [[math.nan, 0.0], [math.inf, 0.0]], [[-2.0, 0.0], [0, 1e-12]]]
)
def test_unit_rows_have_length_one_or_are_zero(rows: Any) -> None:
    scaled = unit(np.array(rows, np.float32))
    for row, result in zip(rows, scaled, strict=True):
        length = math.hypot(*row)
        expected = [number / length for number in row] if 0 < length < math.inf else [0, 0]
        np.testing.assert_allclose(result, expected, atol=1e-6)


# --- the inverted file ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 7, 130])
def test_a_small_inverted_file_finds_what_brute_force_finds(count: int, tmp_path: Path) -> None:
    vectors = unit(np.random.default_rng(count).normal(size=(count, 16)))
    blocks = Blocks([vectors.astype(np.float16)], 16)
    built = InvertedIndex.build(blocks)
    write_lists(built._parts[0].index, tmp_path / "lists")
    halves = vectors.astype(np.float16).astype(np.float32)
    for index in (built, InvertedIndex(blocks, [read_lists(tmp_path / "lists", 16)], built.probes)):
        assert len(index) == count and index.probe_enough() >= 0.98
        for allowed in ([], [0], [count - 1, 0, 0], list(range(0, count, 3))):
            for rows, scores in index.search(vectors[:5], 4, allowed):
                assert rows.tolist() == list(dict.fromkeys(rows.tolist())) and set(rows.tolist()) <= set(allowed)
                assert len(rows) == min(4, len(set(allowed))) and (np.diff(scores) <= 0).all()
        for query in vectors[:5]:
            ((rows, scores),) = index.search(query[None], 3, range(count))
            assert rows.tolist() == np.argsort(-(halves @ query), kind="stable")[:3].tolist()
            np.testing.assert_allclose(scores, (halves @ query)[rows], atol=1e-6)
    with pytest.raises(ModelLoadError, match="16 dimensions"):
        built.search(np.zeros((1, 15)), 3)


# --- measuring --------------------------------------------------------------------------------------------------------


@given(st.lists(st.permutations(range(14)), min_size=1, max_size=5), st.data())
def test_ndcg_is_the_discount_at_the_place_of_the_right_passage(orders: list[list[int]], data: st.DataObject) -> None:
    relevant = [data.draw(st.integers(0, 13)) for _ in orders]
    scores = np.zeros((len(orders), 14), np.float32)
    gains = []
    for row, (order, right) in enumerate(zip(orders, relevant, strict=True)):
        scores[row, order] = -np.arange(14)
        gains.append(1 / math.log2(2 + order.index(right)) if order.index(right) < 10 else 0)
    assert ndcg(scores, relevant) == pytest.approx(sum(gains) / len(gains))
    assert ndcg(standardised(scores * 7 + 3), relevant) == pytest.approx(sum(gains) / len(gains))


@given(st.lists(st.integers(0, 2), min_size=1, max_size=14), st.data())
def test_ndcg_of_passages_with_one_score_is_the_mean_over_their_orders(values: list[int], data: st.DataObject) -> None:
    """A ranking that cannot tell passages apart must not be given the best of their places."""
    right = data.draw(st.integers(0, len(values) - 1))
    places = [place for place, value in enumerate(sorted(values, reverse=True)) if value == values[right]]
    expected = sum(1 / math.log2(2 + place) if place < 10 else 0.0 for place in places) / len(places)
    assert ndcg(np.array([values], np.float32), [right]) == pytest.approx(expected)


def test_ndcg_of_a_question_that_finds_nothing_is_chance() -> None:
    assert ndcg(np.zeros((2, 1000), np.float32), [0, 999]) < 0.01
    assert ndcg(np.full((1, 5), np.nan, np.float32), [0]) == 0.0


def test_a_model_is_measured_on_questions_asked_of_all_passages(encoder: Encoder) -> None:
    passages = ["桥头市集每周六开放。", "学校在九月开学。", "医院新添了救护车。"]
    task = Task("own words", list(passages), passages, [0, 1, 2])
    wrong = Task("wrong words", list(passages), passages, [1, 2, 0])
    assert evaluate(encoder, [task]) == [("own words", 1.0, 1.0, 1.0)]
    ((_, dense, late, both),) = evaluate(encoder, [wrong])
    assert all(0.5 <= value <= 1 / math.log2(3) + 1e-6 for value in (dense, late, both))


@given(st.lists(st.lists(st.integers(-50, 50), min_size=5, max_size=5), min_size=1, max_size=3))
def test_fusing_does_not_care_for_the_scale_of_its_scores(rows: list[list[int]]) -> None:
    named = {str(i): np.array(row, np.float32) for i, row in enumerate(rows)}
    weights = {name: 0.5 + int(name) for name in named}
    scaled = {name: one * 4 + 10 for name, one in named.items()}
    np.testing.assert_allclose(fuse(named, weights), fuse(scaled, weights), atol=1e-4)
    expected = [0.0] * 5
    for weight, row in zip(weights.values(), rows, strict=True):
        mean = sum(row) / 5
        spread = math.sqrt(sum((x - mean) ** 2 for x in row) / 5)
        expected = [old + (weight * (x - mean) / spread if spread else 0) for old, x in zip(expected, row, strict=True)]
    np.testing.assert_allclose(fuse(named, weights), expected, atol=1e-4)
