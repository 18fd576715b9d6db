"""Hybrid search against a slow and simple one written out here: every passage scored three ways."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.archive import Archive, lists, searching, threads
from qa.archive.parts import STARTS, TOKENS, VECTORS, indexed_text
from qa.datatypes import Passage
from qa.fusion import Asked, fuse, judged, share_known, weights
from qa.text import terms
from qa.threads import _controller, bounded_threads
from tests.conftest import SEEDS

QUESTIONS = [
    "奉化链式助学是什么",
    "丰门街道总工会上半年举办了多少场职工服务活动?",
    "Who is the vice chairman of the Fenghua trade union?",
    "職工子女就學有什麼困難",
    "5G-WIFI",
]


@dataclass
class Reference:
    """All passages of an archive with what the slow search needs of them."""

    passages: list[Passage]
    terms: list[Counter[str]]
    vectors: Any
    tokens: list[Any]
    encoder: Any

    def dense(self, question: str) -> Any:
        return self.vectors @ self.encoder.encode_query([question])[0]

    def sparse(self, question: str) -> Any:
        count = len(self.terms)
        average = sum(map(Counter.total, self.terms)) / count
        scores = np.zeros(count)
        for term in terms(question):
            n = sum(term in document for document in self.terms)
            for i, document in enumerate(self.terms):
                tf = document[term]
                length = 1.2 * (0.25 + 0.75 * document.total() / average)
                scores[i] += math.log(1 + (count - n + 0.5) / (n + 0.5)) * tf * 2.2 / (tf + length)
        return scores

    def late(self, question: str) -> Any:
        asked = self.encoder.token_vectors(self.encoder.token_ids([question])[0]).astype(np.float64)
        weights = np.linalg.norm(asked, axis=1)
        scores = np.zeros(len(self.tokens))
        for i, ids in enumerate(self.tokens):
            stored = self.encoder.token_vectors(ids).astype(np.float64)
            stored /= np.linalg.norm(stored, axis=1, keepdims=True)
            for vector, weight in zip(asked, weights, strict=True):
                scores[i] += weight * max(stored @ (vector / weight)) / weights.sum()
        return scores


@pytest.fixture(scope="module")
def reference(seeds_archive: Archive) -> Reference:
    passages, encoder = seeds_archive.passages(), seeds_archive.encoder
    texts = [indexed_text(passage) for passage in passages]
    counters = [Counter(terms(text)) for text in texts]
    return Reference(passages, counters, encoder.encode_document(texts), encoder.token_ids(texts), encoder)


def standardised(scores: Any) -> Any:
    return (scores - scores.mean()) / scores.std() if scores.std() else scores * 0


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_score_of_a_hit_is_the_one_worked_out_slowly(
    seeds_archive: Archive, reference: Reference, question: str
) -> None:
    slow = {name: getattr(reference, name)(question) for name in ("dense", "sparse", "late")}
    for hit in seeds_archive.search(question, 20):
        row, scores = hit.passage.id, dict(hit.scores)
        assert scores["dense"] == pytest.approx(slow["dense"][row], abs=1e-4)
        assert scores["late"] == pytest.approx(slow["late"][row], abs=1e-3)
        assert scores["sparse"] == pytest.approx(slow["sparse"][row], rel=0.1, abs=0.05)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_order_is_that_of_the_slow_search(
    seeds_archive: Archive, reference: Reference, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "CANDIDATES", 1000)
    monkeypatch.setattr(searching, "CLOSEST", 1000)
    different = set(terms(question))
    known = sum(any(term in document for document in reference.terms) for term in different) / len(different)
    fading = min(max((known - 0.4) / 0.3, 0), 1)
    dense = 0.5 - 0.25 * fading
    slow = dense * standardised(reference.dense(question)) + standardised(reference.late(question))
    slow += fading * standardised(reference.sparse(question))
    hits = seeds_archive.search(question, 10)
    best = np.argsort(-slow, kind="stable").tolist()
    assert hits[0].passage.id in best[:2] and len({hit.passage.id for hit in hits} & set(best[:15])) >= 9
    for hit in hits:
        assert hit.score == pytest.approx(slow[hit.passage.id], abs=0.15)


@given(st.integers(0, 10**6), st.integers(1, 40), st.floats(0, 1))
def test_the_closest_are_the_best_sums_and_where_words_are_known_the_first_by_terms(
    seed: int, count: int, known: float
) -> None:
    chance = np.random.default_rng(seed)
    rows = np.sort(chance.permutation(1000)[:40])
    sparse = np.where(chance.random(40) < 0.2, chance.random(40), 0).astype(np.float32)
    scores = {"dense": chance.random(40).astype(np.float32), "sparse": sparse}
    kept, found = searching.closest(rows, dict(scores), known, count)
    total = fuse(scores, weights(known, late=False))
    sure = [int(i) for i in np.argsort(-sparse, kind="stable")[:5] if sparse[i] > 0] if known >= 0.7 else []
    others = [int(i) for i in np.argsort(-total, kind="stable") if i not in sure]
    wanted = sorted([*sure, *others][:count]) if len(sure) <= count else None
    assert len(kept) == count and (wanted is None or kept.tolist() == rows[wanted].tolist())
    places = np.searchsorted(rows, kept)
    assert all(found[name].tolist() == scores[name][places].tolist() for name in scores)


@pytest.mark.parametrize("question", QUESTIONS)
def test_late_interaction_is_asked_about_the_best_by_vectors_and_terms(
    seeds_archive: Archive, reference: Reference, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all passages: so many stay, none of which is clearly behind one that does not, but for the first by terms."""
    asked: list[int] = []
    score = searching._score_by_tokens

    def listening(parts: Any, encoder: Any, tokens: Any, rows: Any) -> Any:
        asked.extend(rows.tolist())
        return score(parts, encoder, tokens, rows)

    monkeypatch.setattr(searching, "_score_by_tokens", listening)
    monkeypatch.setattr(searching, "CANDIDATES", 1000)
    hits = seeds_archive.search(question, 10)
    assert len(asked) == 40 and asked == sorted(set(asked)) and {hit.passage.id for hit in hits} <= set(asked)
    known = share_known(seeds_archive._parts.lexical, terms(question))
    sums = 1.25 * standardised(reference.dense(question))
    sums += min(max((known - 0.4) / 0.3, 0), 1) * standardised(reference.sparse(question))
    left = [row for row in range(len(sums)) if row not in set(asked)]
    first = np.argsort(-reference.sparse(question))[:8] if known >= 0.7 else []
    assert sums[[row for row in asked if row not in set(first)]].min() > sums[left].max() - 0.1
    asked.clear()
    seeds_archive.search(question, 20)
    assert len(asked) == 60, "three for each hit that is wanted"


def test_the_network_is_told_how_long_the_candidates_are_and_how_large_the_index(
    seeds_archive: Archive, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []

    def listening(scores: Any, asked: Asked, lengths: list[int]) -> Any:
        told.append((scores, asked, lengths))
        return judged(scores, asked, lengths)

    monkeypatch.setattr(searching, "judged", listening)
    question = QUESTIONS[2]
    hits = seeds_archive.search(question, 10)
    ((scores, asked, lengths),) = told
    assert asked.passages == len(reference.passages)
    assert asked.tokens == len(reference.encoder.token_ids([question])[0])
    assert asked.known == share_known(seeds_archive._parts.lexical, terms(question)) < 0.4
    assert len(lengths) == 40 and sorted(set(lengths)) == sorted({len(ids) for ids in reference.tokens} & set(lengths))
    best = int(np.argmax(judged(scores, asked, lengths)))
    assert len(reference.tokens[hits[0].passage.id]) == lengths[best]


@pytest.mark.parametrize("seed", range(20))
def test_scores_that_are_known_are_kept_and_the_others_worked_out(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = np.sort(chance.permutation(100)[: seed * 3])
    found = chance.permutation(100)[:seed]
    scores = chance.random(len(found)).astype(np.float32)
    known = dict(zip(found.tolist(), scores.tolist(), strict=True))
    worked_out: list[int] = []

    def score(others: Any) -> Any:
        worked_out.extend(others.tolist())
        return -others.astype(np.float32)

    completed = searching._completed(rows, (found, scores), score)
    assert completed.tolist() == [known.get(row, -row) for row in rows.tolist()]
    assert worked_out == [row for row in rows.tolist() if row not in known]


@pytest.mark.parametrize("question", QUESTIONS)
def test_rows_that_their_terms_did_not_find_are_scored_as_all_are(seeds_archive: Archive, question: str) -> None:
    """Whichever share of the candidates the lexical half has found."""
    parts, found = seeds_archive._parts, terms(question)
    rows = np.arange(0, seeds_archive.passage_count, 2)
    wanted = parts.lexical.score(found, rows.tolist())
    best, scores = parts.lexical.search(found, 1000)
    known = np.isin(best, rows)
    for few in (0, 1, 5, 1000):
        matched = best[known][:few], scores[known][:few]
        completed = searching._completed(rows, matched, lambda others: parts.lexical.score(found, others.tolist()))
        assert completed == pytest.approx(wanted, abs=2e-3)


def test_witnesses_of_many_rows_are_those_of_each_alone(seeds_archive: Archive) -> None:
    copies, rows = seeds_archive._parts.tables.copies, range(seeds_archive.passage_count)
    together = copies.witnesses(rows)
    assert together and set(together) < set(rows)
    for row in rows:
        assert copies.witnesses([row]) == ({row: together[row]} if row in together else {})
    for row, found in together.items():
        assert found and row not in found and len(set(found)) == len(found)


def test_ranks_are_places_among_the_candidates(seeds_archive: Archive) -> None:
    for question in QUESTIONS:
        hits = seeds_archive.search(question, 100)
        for name in ("dense", "late"):
            by_rank = sorted(hits, key=lambda hit: dict(hit.ranks)[name])
            scores = [dict(hit.scores)[name] for hit in by_rank]
            assert scores == sorted(scores, reverse=True)
            assert len({dict(hit.ranks)[name] for hit in hits}) == len(hits)


def test_of_a_group_of_copies_only_the_best_witness_is_shown(
    seeds_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, tables = seeds_archive, seeds_archive._parts.tables

    def find(question: str) -> list[int]:
        encoder = archive.encoder
        hits = searching.search(archive._parts, lambda: encoder, archive._queries, question, 1000, "hybrid", None)
        return [hit.passage.id for hit in hits]

    for question in QUESTIONS:
        collapsed = find(question)
        with monkeypatch.context() as patch:
            patch.setattr(type(tables), "betters", lambda self, rows: {})
            everything = find(question)
        keepers = tables.keepers(everything)
        assert set(everything) == set(range(tables.passage_count))
        assert collapsed == [row for row in everything if keepers.get(row, row) == row]


def test_a_copy_is_shown_when_its_best_witness_is_filtered_out(seeds_archive: Archive) -> None:
    worse = seeds_archive.sources()[0]
    rows = range(*seeds_archive._parts.tables.span(worse))
    copies = [row for row, keeper in seeds_archive._parts.tables.keepers(rows).items() if keeper not in rows]
    shown = {hit.passage.id for hit in seeds_archive.search("工会服务职工", 100, sources=[worse])}
    assert copies and shown & set(copies)


def test_every_sentence_of_a_second_scan_has_its_witness(seeds_archive: Archive) -> None:
    """The two scans of one page: a sentence that both hold letter for letter must be named as one witness."""
    from qa.text import sentences, squeeze

    first, second = seeds_archive.sources()[:2]
    other = squeeze(seeds_archive.page(first).text)
    for passage in seeds_archive.passages(second):
        witnessed = "".join(squeeze(witness.quote) for witness in passage.also_in if witness.source == first)
        for start, end in sentences(passage.text):
            sentence = squeeze(passage.text[start:end])
            if len(sentence) >= 30 and sentence in other:
                assert sentence[5:25] in witnessed


def test_the_share_of_known_terms_tells_languages_apart(seeds_archive: Archive) -> None:
    lexical = seeds_archive._parts.lexical
    assert share_known(lexical, terms("丰门街道总工会服务职工")) > 0.9
    assert share_known(lexical, terms("What does the trade union offer its members?")) < 0.4
    assert share_known(lexical, []) == 0


def test_an_english_question_is_not_drowned_by_the_lexical_half(seeds_archive: Archive) -> None:
    question = "How many shoe manufacturing companies are there?"
    hits = seeds_archive.search(question, 10)
    fused = [0.25 * dict(hit.scores)["dense"] for hit in hits]
    assert len(fused) == 10
    assert any("制鞋" in hit.passage.text for hit in hits[:5])


def test_a_filter_changes_no_score_of_a_half(seeds_archive: Archive) -> None:
    source = seeds_archive.sources()[2]
    question = "工会怎样服务职工"
    everywhere = {hit.passage.id: dict(hit.scores) for hit in seeds_archive.search(question, 100)}
    for hit in seeds_archive.search(question, 100, sources=[source]):
        if hit.passage.id in everywhere:
            assert dict(hit.scores) == pytest.approx(everywhere[hit.passage.id], abs=1e-3)


def test_a_source_named_twice_counts_once(seeds_archive: Archive) -> None:
    source = seeds_archive.sources()[0]
    for mode in ("hybrid", "dense", "sparse"):
        once = seeds_archive.search("工会", 9, mode=mode, sources=[source])
        assert seeds_archive.search("工会", 9, mode=mode, sources=[source, source]) == once


def test_the_same_question_gives_the_same_answer_every_time(seeds_archive: Archive) -> None:
    for question in QUESTIONS:
        assert seeds_archive.search(question, 20) == seeds_archive.search(question, 20)


@pytest.mark.parametrize(("setting", "expected"), [("", 1), ("3", 3), ("0", 1), ("-2", 1), ("many", 1)])
def test_threads_are_bounded_and_settable(monkeypatch: pytest.MonkeyPatch, setting: str, expected: int) -> None:
    import threadpoolctl  # type: ignore[import-untyped,unused-ignore]

    monkeypatch.setenv("QA_THREADS", setting)
    _controller.cache_clear()  # other tests may have loaded libraries that a search does not use
    before = [library["num_threads"] for library in threadpoolctl.threadpool_info()]
    with bounded_threads():
        assert threads._bound() == expected
        assert all(library["num_threads"] == 1 for library in threadpoolctl.threadpool_info())
    assert [library["num_threads"] for library in threadpoolctl.threadpool_info()] == before


@pytest.mark.parametrize("setting", ["1", "2"])
def test_two_halves_at_the_same_time_give_what_they_give_in_turn(
    seeds_archive: Archive, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    wanted = [seeds_archive.search(question, 10) for question in QUESTIONS]
    monkeypatch.setenv("QA_THREADS", setting)
    assert [seeds_archive.search(question, 10) for question in QUESTIONS] == wanted


@pytest.mark.parametrize("setting", ["1", "2", "5"])
def test_work_spread_over_threads_comes_back_in_order(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv("QA_THREADS", setting)

    def square(number: int) -> tuple[int, str]:
        time.sleep(0.002)
        return number * number, threading.current_thread().name

    for count in (0, 1, 3, 20):
        found = threads.spread(square, list(range(count)))
        assert [value for value, _ in found] == [number * number for number in range(count)]
        assert len({name for _, name in found}) <= int(setting)
    if int(setting) > 1:  # two that wait for each other
        barrier = threading.Barrier(2, timeout=60)
        assert sorted(threads.spread(lambda _: barrier.wait(), range(2))) == [0, 1]
    with pytest.raises(ZeroDivisionError):
        threads.spread(lambda number: 1 // (number - 3), range(6))


def test_many_searches_at_once_never_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """All helpers are held up: whoever asks does all of the work."""
    monkeypatch.setenv("QA_THREADS", "2")
    held = threading.Event()
    busy = [threads._helpers(1).submit(held.wait) for _ in range(4)]
    try:
        assert threads.together(lambda: threads.spread(str, range(9)), lambda: 2) == ([*"012345678"], 2)
    finally:
        held.set()
    assert all(one.result() for one in busy)


@pytest.mark.parametrize("setting", ["1", "2"])
def test_what_goes_wrong_in_either_half_is_told(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv("QA_THREADS", setting)
    assert threads.together(lambda: 1, lambda: "two") == (1, "two")
    for halves in ((lambda: 1, lambda: 1 // 0), (lambda: 1 // 0, lambda: 1)):
        with pytest.raises(ZeroDivisionError):
            threads.together(*halves)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_small_index_finds_what_a_large_one_would(
    seeds_archive: Archive, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all passages scored at once, and with those looked for again that terms alone did not find."""
    small = [(hit.passage.id, hit.score, hit.scores) for hit in seeds_archive.search(question, 30)]
    monkeypatch.setattr(searching, "_SMALL", 0)
    monkeypatch.setattr(searching, "CANDIDATES", 12)
    large = [(hit.passage.id, hit.score, hit.scores) for hit in seeds_archive.search(question, 4)]
    monkeypatch.setattr(searching, "_SMALL", 10_000)
    assert [(hit.passage.id, hit.score, hit.scores) for hit in seeds_archive.search(question, 4)] == large
    monkeypatch.setattr(searching, "CANDIDATES", 50)
    assert [(hit.passage.id, hit.score, hit.scores) for hit in seeds_archive.search(question, 30)] == small


def test_passages_that_are_kept_are_those_that_are_read(
    seeds_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa.store import joined

    tables = seeds_archive._parts.tables
    monkeypatch.setattr(joined, "_KEPT", 5)
    monkeypatch.setattr(tables, "_kept", {})
    for rows in ([3, 1, 4], [1, 5, 9, 2, 6], [5, 3, 5], list(range(20)), [30, 3], []):
        assert tables.witnessed(rows) == tables.with_witnesses(tables.passages(rows))
    assert set(tables._kept) == {3, 30}
    assert tables.witnessed([3])[0] is tables.witnessed([0, 3])[1]


# --- mapped files -----------------------------------------------------------------------------------------------------


def flags(path: Path) -> set[str]:
    """What the system was told about the mapping of a file: "rr" for read at random."""
    told = Path("/proc/self/smaps").read_text().split(str(path))[1].split("VmFlags:")[1]
    return set(told.split("\n")[0].split())


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs Linux")
@pytest.mark.parametrize("large", [False, True])
def test_only_files_of_large_indexes_are_read_here_and_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    monkeypatch.setattr(lists, "LARGE", 20 if large else 10**6)
    with Archive.build([SEEDS], tmp_path / "index") as archive:
        assert archive.search("奉化链式助学是什么")
        for name in (VECTORS, TOKENS, STARTS):
            (file,) = archive._parts.files(name)
            assert ("rr" in flags(file)) is large
