"""BM25 against its formula, worked out in plain Python."""

from __future__ import annotations

import gzip
import json
import math
import os
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from qa import lexical
from qa.lexical import LexicalIndex, write_lexical
from qa.text import terms

SEEDS = sorted((Path(__file__).parent.parent / "seeds").glob("*.txt"))
PARAGRAPHS = [
    (number, paragraph)
    for number, path in enumerate(SEEDS)
    for paragraph in path.read_text(encoding="utf-8").split("\n\n")
    if len(paragraph) > 40
]


def build(folder: Path, documents: Sequence[tuple[int, str]]) -> LexicalIndex:
    folder.mkdir()
    write_lexical(folder, ((page, terms(text)) for page, text in documents))
    return LexicalIndex(folder)


def bm25(query: Sequence[str], documents: Sequence[Sequence[str]]) -> list[float]:
    """The textbook formula, exact lengths."""
    counts = [Counter(document) for document in documents]
    average = sum(map(len, documents)) / len(documents)
    scores = [0.0] * len(documents)
    for term in query:
        n = sum(term in count for count in counts)
        idf = math.log(1 + (len(documents) - n + 0.5) / (n + 0.5))
        for i, count in enumerate(counts):
            tf = count[term]
            scores[i] += idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * len(documents[i]) / average))
    return scores


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return build(tmp_path_factory.mktemp("lexical") / "bm25", PARAGRAPHS)


def questions(count: int) -> list[str]:
    choose = random.Random(5)
    cuttings = []
    for _ in range(count):
        text = choose.choice(PARAGRAPHS)[1]
        start = choose.randrange(len(text) - 20)
        cuttings.append(text[start : start + 12])
    return cuttings


def test_scores_are_those_of_the_formula_but_for_rounded_lengths(index: LexicalIndex) -> None:
    documents = [terms(text) for _, text in PARAGRAPHS]
    for question in questions(40):
        exact = bm25(terms(question), documents)
        rows, scores = index.search(terms(question), 10)
        for row, score in zip(rows, scores, strict=True):
            assert score == pytest.approx(exact[row], rel=0.08)
        assert exact[rows[0]] >= 0.95 * max(exact)


def test_the_ranking_is_that_of_the_formula(index: LexicalIndex) -> None:
    documents = [terms(text) for _, text in PARAGRAPHS]
    same = 0
    for question in questions(60):
        exact = bm25(terms(question), documents)
        same += int(index.search(terms(question), 1)[0][0]) == max(range(len(exact)), key=lambda i: (exact[i], -i))
    assert same >= 57


def test_every_paragraph_finds_itself_first(index: LexicalIndex) -> None:
    for row, (_, text) in enumerate(PARAGRAPHS):
        found = index.search(terms(text), 1)[0]
        assert row == found[0] or terms(PARAGRAPHS[found[0]][1]) == terms(text)


def test_scores_fall_and_ties_stand_in_order_of_rows(tmp_path: Path) -> None:
    index = build(tmp_path / "x", [(0, "工会主席"), (0, "工会主席"), (0, "天气预报"), (0, "工会主席")])
    rows, scores = index.search(terms("工会"), 10)
    assert rows.tolist() == [0, 1, 3] and len(set(scores.tolist())) == 1


def test_document_frequency_counts_documents_not_occurrences(tmp_path: Path) -> None:
    index = build(tmp_path / "x", [(0, "工会工会工会"), (0, "工会"), (1, "5G 网络 1.5 Union")])
    expected = {"工会": 2, "会工": 1, "union": 1, "1.5": 1, "5": 1, "校": 0}
    assert {term: index.document_frequency(term) for term in expected} == expected
    assert len(index) == 3


def test_a_page_filter_is_exact(index: LexicalIndex) -> None:
    query = terms("街道总工会服务")
    everywhere = dict(zip(*(part.tolist() for part in index.search(query, len(PARAGRAPHS))), strict=True))
    for pages in ([0], [1, 3], [4, 2, 0]):
        rows, scores = index.search(query, len(PARAGRAPHS), pages)
        assert set(rows.tolist()) == {row for row in everywhere if PARAGRAPHS[row][0] in pages}
        assert scores == pytest.approx([everywhere[row] for row in rows.tolist()], abs=1e-4)
    assert len(index.search(query, 5, [])[0]) == 0


def test_given_rows_are_scored_in_their_order(index: LexicalIndex) -> None:
    query = terms("街道总工会服务")
    rows, scores = index.search(query, 20)
    shuffled = random.Random(1).sample(range(20), 20)
    wanted = rows[shuffled].tolist()
    assert index.score(query, wanted) == pytest.approx(scores[shuffled], abs=1e-4)
    missing = next(row for row in range(len(PARAGRAPHS)) if not set(query) & set(terms(PARAGRAPHS[row][1])))
    assert index.score(query, [missing, wanted[0]])[0] == 0.0


def test_a_repeated_query_term_counts_as_often_as_it_stands_there(index: LexicalIndex) -> None:
    once, twice = index.search(["会"], 5)[1], index.search(["会", "会"], 5)[1]
    assert twice == pytest.approx(2 * once, rel=1e-5)


@pytest.mark.parametrize("query", ['"', "*", "AND OR NOT", "terms:工会", "a' OR 1=1 --", "(", "[1 TO 9]", "\0", "😀"])
def test_query_syntax_means_nothing(index: LexicalIndex, query: str) -> None:
    rows, scores = index.search(terms(query), 5)
    assert len(rows) == len(scores) <= 5


def test_an_unknown_or_empty_query_finds_nothing(index: LexicalIndex) -> None:
    for query in ([], ["没有的词"]):
        rows, scores = index.search(query, 5)
        assert rows.shape == scores.shape == (0,)
    assert len(index.search(["会"], 0)[0]) == 0


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = build(tmp_path / "x", [])
    assert len(index) == 0 and len(index.search(["会"], 5)[0]) == 0


def test_frequent_terms_are_dropped_only_when_the_index_is_large_and_others_remain(
    index: LexicalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = ["会", "鞋都"]
    assert set(index.telling(query)) == {"会", "鞋都"}
    monkeypatch.setattr(lexical, "_LARGE", 10)
    assert set(index.telling(query)) == {"鞋都"}
    assert set(index.telling(["会"])) == {"会"}


def test_a_hundred_thousand_terms_are_searched_in_bounded_time(index: LexicalIndex) -> None:
    rows, _ = index.search(terms("工会服务职工" * 20000), 5)
    assert len(rows) == 5
    everything = [term for _, text in PARAGRAPHS for term in terms(text)]
    assert len(index.telling(everything)) <= 512


def test_searching_from_many_threads_gives_the_same_as_from_one(index: LexicalIndex) -> None:
    asked = [terms(question) for question in questions(40)]
    alone = [index.search(query, 5)[0].tolist() for query in asked]
    with ThreadPoolExecutor(8) as pool:
        assert [rows.tolist() for rows, _ in pool.map(lambda query: index.search(query, 5), asked)] == alone


def test_opening_writes_nothing_into_the_folder(tmp_path: Path) -> None:
    index = build(tmp_path / "x", PARAGRAPHS[:20])
    before = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "x").iterdir()}
    index.search(terms("工会"), 5)
    LexicalIndex(tmp_path / "x").search(terms("工会"), 5)
    assert {file.name: file.stat().st_mtime_ns for file in (tmp_path / "x").iterdir()} == before
    assert not any("lock" in name for name in before)
    assert all(file.stat().st_mode & 0o444 == 0o444 for file in (tmp_path / "x").iterdir())


def test_a_lock_file_left_in_the_folder_is_no_hindrance(tmp_path: Path) -> None:
    build(tmp_path / "x", PARAGRAPHS[:20])
    lock = tmp_path / "x" / ".tantivy-meta.lock"
    lock.touch(mode=0o000)
    assert len(LexicalIndex(tmp_path / "x").search(terms("工会"), 5)[0]) == 5
    assert lock.stat().st_mode & 0o777 == 0


def test_no_temporary_folder_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(lexical.tempfile, "tempdir", str(tmp_path / "tmp"))
    index = build(tmp_path / "x", PARAGRAPHS[:20])
    assert list((tmp_path / "tmp").iterdir()) == []
    assert len(index.search(terms("工会"), 5)[0]) == 5


PUBLIC = Path(os.environ.get("QA_PUBLIC_DATA", "none"))


@pytest.mark.skipif(not (PUBLIC / "drcd_test.jsonl.gz").exists(), reason="QA_PUBLIC_DATA names no folder with DRCD")
def test_traditional_questions_find_their_paragraph(tmp_path: Path) -> None:
    with gzip.open(PUBLIC / "drcd_test.jsonl.gz", "rt", encoding="utf-8") as file:
        contexts = [json.loads(line) for line in file]
    index = build(tmp_path / "x", [(0, context["context"]) for context in contexts])
    first = [int(index.search(terms(c["qas"][0]["question"]), 1)[0][0]) == row for row, c in enumerate(contexts)]
    assert np.mean(first) > 0.9
