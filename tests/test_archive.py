"""The façade: what goes in comes out, updates equal rebuilds, refusals are sentences, and readers are undisturbed."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa import archive as archive_module
from qa.archive import Archive
from qa.datatypes import Hit
from qa.errors import IndexDamaged, IndexFolderError, IndexModel, InputError, ModelError, NoIndex
from qa.store import FORMAT
from qa.text import squeeze
from tests.conftest import ROOT, SEEDS

SEGMENT = "s00000001"
PAGES = sorted(SEEDS.glob("*.txt"))
QUESTIONS = [
    "奉化链式助学是什么",
    "丰门街道有多少家制鞋相关企业?",
    "奉化区總工會副主席是誰?",
    "How many companies make shoes in Fengmen?",
    "5G-WIFI 为谁定制",
    "天气",
]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for path in PAGES:
        shutil.copy(path, folder)
    return folder


def contents(archive: Archive) -> Any:
    """Everything a user can get out of an archive but the paths of its files."""
    hits = [
        [(hit.passage, round(hit.score, 4), hit.ranks) for hit in archive.search(question, 10, mode=mode)]
        for question in QUESTIONS
        for mode in ("hybrid", "dense", "sparse")
    ]
    pages = [(page.source, page.text, page.sha256, page.encoding) for page in map(archive.page, archive.sources())]
    return pages, archive.articles(), archive.passages(), hits


def same_as_rebuilt(archive: Archive, corpus: Path, scratch: Path) -> None:
    with Archive.build([corpus], scratch / f"fresh{random.random()}") as rebuilt:
        assert contents(archive) == contents(rebuilt)


# --- building ---------------------------------------------------------------------------------------------------------


def test_the_five_pages_are_indexed_and_summed_up(corpus: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    with Archive.build([corpus], tmp_path / "index", progress=lambda *step: steps.append(step)) as archive:
        summary = archive.summary
        assert summary is not None
        assert (summary.added, summary.changed, summary.unchanged, summary.removed, summary.skipped) == (5, 0, 0, 0, ())
        assert summary.articles == len(archive.articles()) > 20
        assert summary.passages == len(archive.passages()) == archive.passage_count > 60
        assert steps[-1] == (summary.passages, summary.passages)
        assert archive.sources() == [path.name for path in PAGES]
        assert archive.verify(deep=True) == []


def test_every_passage_is_its_file_at_its_spans(seeds_archive: Archive) -> None:
    for passage in seeds_archive.passages():
        text = (SEEDS / passage.source).read_text(encoding="utf-8")
        assert squeeze("".join(text[first:last] for first, last in passage.spans)) == squeeze(passage.text)
        touched = {text.count("\n", 0, place) + 1 for span in passage.spans for place in (span[0], span[1] - 1)}
        assert passage.lines == (min(touched), max(touched))


def test_an_unchanged_folder_makes_no_new_generation(corpus: Path, tmp_path: Path) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    with Archive.build([corpus], tmp_path / "index") as again:
        assert again.summary is not None
        assert (again.summary.unchanged, again.summary.generation) == (5, 1)
        assert again.summary.passages == again.passage_count


def test_adding_changing_and_removing_files_equals_building_from_nothing(corpus: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    shutil.move(corpus / PAGES[1].name, away)
    shutil.move(corpus / PAGES[3].name, away)
    index = tmp_path / "index"
    Archive.build([corpus], index).close()
    for name in (PAGES[1].name, PAGES[3].name):
        shutil.move(away / name, corpus)
        with Archive.build([corpus], index) as archive:
            assert archive.summary is not None and archive.summary.added == 1
            same_as_rebuilt(archive, corpus, tmp_path)
    changed = corpus / PAGES[0].name
    changed.write_text(changed.read_text(encoding="utf-8").replace("1806场", "1860场"), encoding="utf-8")
    with Archive.build([corpus], index) as archive:
        assert archive.summary is not None and (archive.summary.changed, archive.summary.unchanged) == (1, 4)
        same_as_rebuilt(archive, corpus, tmp_path)
        assert archive.verify(deep=True) == []
    changed.unlink()
    with Archive.build([corpus], index, prune=True) as archive:
        assert archive.summary is not None and archive.summary.removed == 1
        same_as_rebuilt(archive, corpus, tmp_path)


def test_any_order_of_updates_equals_building_from_nothing(tmp_path: Path) -> None:
    choose, corpus, index = random.Random(11), tmp_path / "papers", tmp_path / "index"
    corpus.mkdir()
    paragraphs = [p for path in PAGES for p in path.read_text(encoding="utf-8").split("\n\n") if len(p) > 60]
    for round_ in range(6):
        for name in choose.sample(["甲.txt", "乙.txt", "丙.md"], 2):
            (corpus / name).write_text("\n\n".join(choose.sample(paragraphs, 5)), encoding="utf-8")
        if round_ % 2 and len(list(corpus.iterdir())) > 1:
            choose.choice(sorted(corpus.iterdir())).unlink()
        with Archive.build([corpus], index, prune=True) as archive:
            same_as_rebuilt(archive, corpus, tmp_path)


def test_only_changed_text_is_encoded_again(corpus: Path, tmp_path: Path, encoded: list[str]) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    everything = len(encoded)
    news = "## 新来的报道\n\n这一篇报道是后来才加进去的,讲的是图书馆延长开放时间。\n"
    (corpus / "new.txt").write_text(news, encoding="utf-8")
    Archive.build([corpus], tmp_path / "index").close()
    assert everything > 60 and len(encoded) - everything <= 2


def test_a_model_slower_than_a_table_is_never_asked_twice(corpus: Path, tmp_path: Path, slowly: list[str]) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    everything = len(slowly)
    Archive.build([corpus], tmp_path / "index", rebuild=True).close()
    assert everything > 60 and len(slowly) == everything


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the real encoder is given as documents."""
    return watch(monkeypatch)


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The same for an encoder that is no table of token vectors."""
    return watch(monkeypatch, has_tokens=False)


def watch(monkeypatch: pytest.MonkeyPatch, *, has_tokens: bool = True) -> list[str]:
    seen: list[str] = []
    load = archive_module.load_encoder

    def watched(model: str | None) -> Any:
        encoder: Any = load(model)
        name = "token_ids" if has_tokens else "encode_document"
        method = getattr(encoder, name)
        setattr(encoder, name, lambda texts: (seen.extend(texts), method(texts))[1])
        encoder.has_tokens = has_tokens
        return encoder

    monkeypatch.setattr(archive_module, "load_encoder", watched)
    return seen


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_run_killed_while_encoding_loses_one_batch_at_most(
    corpus: Path, tmp_path: Path, slowly: list[str], monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    from qa.archive import segments

    monkeypatch.setattr(segments, "BATCH", 8)
    with Archive.build([corpus], tmp_path / "whole") as whole:
        total, expected = len(slowly), contents(whole)
    slowly.clear()

    def kill(done: int, of: int) -> None:
        if done >= share * of:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Archive.build([corpus], tmp_path / "index", progress=kill)
    before = len(slowly)
    with Archive.build([corpus], tmp_path / "index") as resumed:
        assert contents(resumed) == expected
    assert before >= share * total - 40 and len(slowly) <= total + 8


def test_a_bad_file_is_reported_and_the_others_are_indexed(corpus: Path, tmp_path: Path) -> None:
    (corpus / "photo.txt").write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(1000))
    (corpus / "empty.txt").write_bytes(b"")
    (corpus / "fault.txt").write_bytes("半个字\xff。".encode() + b"\xff" + "工会主席报告了今年的工作情况。".encode())
    with Archive.build([corpus], tmp_path / "index") as archive:
        summary = archive.summary
        assert summary is not None and summary.added == 6 and summary.replaced == 1
        assert {Path(path).name: reason.split(" ", 1)[1][:11] for path, reason in summary.skipped} == {
            "photo.txt": "is a binary",
            "empty.txt": "is empty; n",
        }
        assert archive.page("fault.txt").replaced == 1


def test_a_file_that_turned_bad_keeps_its_old_page_until_pruned(corpus: Path, tmp_path: Path) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    (corpus / PAGES[2].name).write_bytes(b"")
    with Archive.build([corpus], tmp_path / "index") as archive:
        assert len(archive.sources()) == 5 and archive.changed(PAGES[2].name)
    with Archive.build([corpus], tmp_path / "index", prune=True) as archive:
        assert PAGES[2].name not in archive.sources()


def test_pruning_is_confined_to_the_paths_given(corpus: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "o.txt").write_text("另外一个文件夹里的报道。", encoding="utf-8")
    Archive.build([corpus, other], tmp_path / "index").close()
    (other / "o.txt").unlink()
    with Archive.build([corpus], tmp_path / "index", prune=True) as archive:
        assert "o.txt" in archive.sources()
    with Archive.build([other], tmp_path / "index", prune=True) as archive:
        assert "o.txt" not in archive.sources() and len(archive.sources()) == 5


def test_a_folder_that_moved_keeps_its_names(corpus: Path, tmp_path: Path) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    moved = corpus.rename(tmp_path / "moved")
    with Archive.build([moved], tmp_path / "index") as archive:
        assert archive.sources() == [path.name for path in PAGES]
        assert archive.page(PAGES[0].name).path == str(moved / PAGES[0].name)


def test_nothing_to_index_is_one_sentence_and_leaves_no_index(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "blank.txt").write_text(" \n")
    for paths in ([], [tmp_path / "empty"], [tmp_path / "nowhere"], [tmp_path / "blank.txt"]):
        with pytest.raises(InputError, match=r"^There is no text to index in .*name text files"):
            Archive.build(paths, tmp_path / "index")
        with pytest.raises(NoIndex):
            Archive.open(tmp_path / "index")


def test_an_index_inside_the_folder_that_is_indexed_is_not_read(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(corpus)
    for _ in range(2):
        with Archive.build(["."], "index") as archive:
            assert archive.summary is not None and archive.summary.skipped == ()
            assert archive.sources() == [path.name for path in PAGES]


def test_one_path_may_be_given_without_a_list(corpus: Path, tmp_path: Path) -> None:
    with Archive.build(str(corpus), tmp_path / "index") as archive:
        assert len(archive.sources()) == 5


def test_a_changed_reader_reads_all_pages_again(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from qa.archive import building

    Archive.build([corpus], tmp_path / "index").close()
    monkeypatch.setattr(building, "reader_fingerprint", lambda: "another version")
    (corpus / PAGES[0].name).unlink()
    with Archive.build([corpus], tmp_path / "index") as archive:
        assert archive.summary is not None and archive.summary.generation == 2
        assert len(archive.sources()) == 5 and archive.verify(deep=True) == []


def test_a_page_is_read_again_when_its_second_scan_changes(corpus: Path, tmp_path: Path) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    with Archive.open(tmp_path / "index") as archive:
        before = archive._parts.tables.twins()
    assert before[PAGES[0].name] == (f"{PAGES[1].name} {hashlib.sha256(PAGES[1].read_bytes()).hexdigest()}",)
    assert before[PAGES[2].name] == ()
    (corpus / PAGES[1].name).unlink()
    with Archive.build([corpus], tmp_path / "index", prune=True) as archive:
        assert archive._parts.tables.twins()[PAGES[0].name] == ()
        same_as_rebuilt(archive, corpus, tmp_path)


def test_removing_every_page_leaves_an_empty_index_that_answers_nothing(corpus: Path, tmp_path: Path) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    for path in corpus.iterdir():
        path.unlink()
    with Archive.build([corpus], tmp_path / "index", prune=True) as archive:
        assert archive.passage_count == 0 and archive.sources() == [] and archive.verify(deep=True) == []
        for mode in ("hybrid", "dense", "sparse"):
            assert archive.search("工会", mode=mode) == []


# --- searching --------------------------------------------------------------------------------------------------------


def test_the_best_passage_comes_first_in_every_mode(seeds_archive: Archive) -> None:
    for mode in ("hybrid", "sparse"):
        hits = seeds_archive.search("丰门街道有多少家制鞋相关企业?", mode=mode)
        assert "1500余家" in hits[0].passage.text
    assert any("1500余家" in hit.passage.text for hit in seeds_archive.search("制鞋相关企业1500余家", mode="dense"))


def test_scores_fall_and_ranks_count_from_one(seeds_archive: Archive) -> None:
    for question in QUESTIONS:
        for mode in ("hybrid", "dense", "sparse"):
            hits = seeds_archive.search(question, 20, mode=mode)
            assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
            assert all(one.score >= other.score for one, other in itertools.pairwise(hits))


def test_dense_scores_are_cosines_worked_out_by_brute_force(seeds_archive: Archive) -> None:
    from qa.archive.parts import indexed_text

    passages, encoder = seeds_archive.passages(), seeds_archive.encoder
    vectors = encoder.encode_document([indexed_text(passage) for passage in passages])
    for question in QUESTIONS:
        cosines = vectors @ encoder.encode_query([question])[0]
        hits = seeds_archive.search(question, 100, mode="dense")
        assert [hit.score for hit in hits] == pytest.approx([cosines[hit.passage.id] for hit in hits], abs=1e-4)
        best = int(cosines.argmax())
        assert seeds_archive._parts.tables.keepers([best]).get(best, best) in {hit.passage.id for hit in hits}


def test_copies_take_one_place_and_are_named_as_witnesses(seeds_archive: Archive) -> None:
    for question in QUESTIONS:
        hits = seeds_archive.search(question, 5)
        places = [(hit.passage.source, hit.passage.spans) for hit in hits]
        witnesses = [(witness.source, witness.spans) for hit in hits for witness in hit.passage.also_in]
        assert len(set(places)) == len(places) and not set(places) & set(witnesses)
    assert any(hit.passage.also_in for question in QUESTIONS for hit in seeds_archive.search(question))


def test_a_source_filter_is_exact_in_every_mode(seeds_archive: Archive) -> None:
    chosen = [PAGES[1].name, PAGES[3].name]
    for mode in ("hybrid", "dense", "sparse"):
        hits = seeds_archive.search("工会服务职工", 100, mode=mode, sources=chosen)
        assert {hit.passage.source for hit in hits} == set(chosen)
        assert seeds_archive.search("工会", 5, mode=mode, sources=[]) == []
    with pytest.raises(InputError, match=r"no source 'nowhere\.txt'"):
        seeds_archive.search("工会", sources=["nowhere.txt"])


@pytest.mark.parametrize(("k", "expected"), [(0, 1), (-1, 1), (1, 1), (7, 7), (10**9, None), (2**63, None)])
def test_k_is_kept_between_one_and_a_hundred(seeds_archive: Archive, k: int, expected: int | None) -> None:
    hits = seeds_archive.search("工会", k)
    assert len(hits) == (expected or min(100, len(hits))) and len(hits) > 0


@pytest.mark.parametrize("k", [float("nan"), float("inf"), None, "many", [5]])
def test_a_k_that_is_no_number_is_one_sentence(seeds_archive: Archive, k: Any) -> None:
    with pytest.raises(InputError, match="give a whole number from 1 to 100"):
        seeds_archive.search("工会", k)


@pytest.mark.parametrize("question", ["", " \n\t", "\u3000"])
def test_an_empty_question_is_refused(seeds_archive: Archive, question: str) -> None:
    for ask in (seeds_archive.search, seeds_archive.ask):
        with pytest.raises(InputError, match="The question is empty"):
            ask(question)


def test_a_question_of_a_hundred_thousand_characters_is_refused_and_the_limit_named(seeds_archive: Archive) -> None:
    with pytest.raises(InputError, match="100,000 characters, and at most 10,000"):
        seeds_archive.search("工" * 100_000)
    assert len(seeds_archive.search("工会" * 5_000)) == 5


ODD = ["😀", "\0", "\ud800", '"', "* AND (", "'; DROP TABLE pages;--", "../../etc/passwd"]


@pytest.mark.parametrize("question", ODD)
def test_odd_questions_find_something_or_nothing_but_never_fail(seeds_archive: Archive, question: str) -> None:
    for mode in ("hybrid", "dense", "sparse"):
        assert all(np.isfinite(hit.score) for hit in seeds_archive.search(question, mode=mode))


def test_an_unknown_mode_is_refused(seeds_archive: Archive) -> None:
    with pytest.raises(InputError, match="'fuzzy' is unknown; use one of hybrid, dense, sparse"):
        seeds_archive.search("工会", mode="fuzzy")  # type: ignore[arg-type]


def test_many_threads_find_what_one_finds(seeds_index: Path) -> None:
    with Archive.open(seeds_index) as archive:

        def find(question: str) -> list[Hit]:
            return archive.search(question)

        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(find, QUESTIONS * 6))
        assert together == [find(question) for question in QUESTIONS] * 6


def test_an_open_archive_keeps_its_state_while_files_and_index_change(corpus: Path, tmp_path: Path) -> None:
    with Archive.build([corpus], tmp_path / "index") as before:
        expected = contents(before)
        for number in range(4):
            (corpus / f"new{number}.txt").write_text(f"奉化链式助学第{number}次报道,学校又扩了班级。", encoding="utf-8")
            Archive.build([corpus], tmp_path / "index").close()
        assert contents(before) == expected
    with Archive.open(tmp_path / "index") as after:
        assert len(after.sources()) == 9


# --- looking ----------------------------------------------------------------------------------------------------------


def test_articles_pages_and_passages_belong_together(seeds_archive: Archive) -> None:
    for source in seeds_archive.sources():
        assert seeds_archive.page(source).text == (SEEDS / source).read_text(encoding="utf-8")
        assert all(article.source == source for article in seeds_archive.articles(source))
        for passage in seeds_archive.passages(source):
            article = seeds_archive.article_of(passage)
            assert article == seeds_archive.articles(source)[passage.number]
            assert article.title == passage.article and squeeze(passage.text)[:20] in squeeze(article.text)
    assert [a for source in seeds_archive.sources() for a in seeds_archive.articles(source)] == seeds_archive.articles()


def test_document_frequency_counts_passages(seeds_archive: Archive) -> None:
    from qa.archive.parts import indexed_text
    from qa.text import terms

    documents = [set(terms(indexed_text(passage))) for passage in seeds_archive.passages()]
    for term in ("工会", "鞋", "奉化", "5", "g", "龘"):
        assert seeds_archive.document_frequency(term) == sum(term in document for document in documents)


def test_an_unknown_source_is_refused_by_name(seeds_archive: Archive) -> None:
    with pytest.raises(InputError, match=r"no source 'x\.txt'"):
        seeds_archive.page("x.txt")
    assert seeds_archive.articles("x.txt") == [] and seeds_archive.passages("x.txt") == []


def test_a_changed_or_vanished_file_is_noticed(corpus: Path, tmp_path: Path) -> None:
    with Archive.build([corpus], tmp_path / "index") as archive:
        name = PAGES[0].name
        assert not any(archive.changed(source) for source in archive.sources())
        data = (corpus / name).read_bytes()
        (corpus / name).write_bytes(data + b"\n")
        assert archive.changed(name)
        (corpus / name).write_bytes(data)
        assert not archive.changed(name)
        (corpus / name).unlink()
        assert archive.changed(name)


def test_status_tells_what_is_there(seeds_archive: Archive) -> None:
    status = seeds_archive.status()
    assert (status["pages"], status["passages"], status["generation"]) == (5, seeds_archive.passage_count, 1)
    assert status["model"] == "bundled" and status["dimensions"] == seeds_archive.encoder.dim
    assert status["bytes"] > 100_000


def test_a_large_index_uses_an_inverted_file_and_says_so(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa.archive import lists

    with Archive.build([corpus / PAGES[0].name], tmp_path / "small") as small:
        assert (small.status()["vector_search"], small.status()["recall_at_10"]) == ("exact", 1.0)
    monkeypatch.setattr(lists, "LARGE", 50)
    with Archive.build([corpus], tmp_path / "index") as archive, Archive.build([corpus], tmp_path / "again") as again:
        assert archive.status()["vector_search"] == "inverted file" and archive.status()["recall_at_10"] >= 0.98
        assert archive.verify(deep=True) == []
        assert contents(archive) == contents(again)
        monkeypatch.setattr(lists, "LARGE", 10**9)
        with Archive.build([corpus], tmp_path / "exact") as exact:
            for question in QUESTIONS:
                found, wanted = (one.search(question, 5, mode="dense") for one in (archive, exact))
                assert [hit.passage for hit in found] == [hit.passage for hit in wanted]
                assert archive.search(question, 1)[0].passage == exact.search(question, 1)[0].passage


def test_answers_of_many_questions_are_those_of_single_ones(seeds_archive: Archive) -> None:
    questions = QUESTIONS[:3]
    many = seeds_archive.ask_many(questions)
    assert [answer.question for answer in many] == questions
    for one, question in zip(many, questions, strict=True):
        alone = seeds_archive.ask(question)
        assert (one.answer, one.citations, one.confidence) == (alone.answer, alone.citations, alone.confidence)


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_opening_what_is_no_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoIndex, match="python -m qa index PATH"):
        Archive.open(tmp_path / "none")
    with pytest.raises(NoIndex, match="is no index"):
        Archive.open(SEEDS)
    with pytest.raises(NoIndex, match="is no index"):
        Archive.build([SEEDS], SEEDS)


def static_model(folder: Path, dim: int) -> Path:
    """A real static model of random numbers, as sentence-transformers lays it out."""
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer

    shutil.copytree(ROOT / "embeddings" / "bundled", folder)
    words = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab_size()
    table = np.random.default_rng(dim).normal(size=(words, dim)).astype(np.float32)
    (folder / "model.safetensors").unlink()
    save_file({"embedding.weight": table}, folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {key: dim for key in config if "dim" in key}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def test_an_index_refuses_another_model_and_names_both(seeds_index: Path, corpus: Path, tmp_path: Path) -> None:
    model = static_model(tmp_path / "model", 64)
    with pytest.raises(IndexModel, match=r"the model bundled \(\d+ dim.*not with .*model \(64 dim.*--rebuild"):
        Archive.open(seeds_index, model=str(model))
    Archive.build([corpus], tmp_path / "index", model=str(model)).close()
    with Archive.open(tmp_path / "index") as archive:
        assert archive.encoder.dim == 64 and len(archive.search("工会")) == 5
    with pytest.raises(IndexModel):
        Archive.build([corpus], tmp_path / "index", model="bundled")
    with Archive.build([corpus], tmp_path / "index", model="bundled", rebuild=True) as archive:
        assert archive.encoder.name == "bundled" and archive.verify() == []


def test_a_model_whose_weights_have_changed_is_refused(corpus: Path, tmp_path: Path) -> None:
    model = static_model(tmp_path / "model", 64)
    Archive.build([corpus], tmp_path / "index", model=str(model)).close()
    weights = bytearray((model / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (model / "model.safetensors").write_bytes(weights)
    with Archive.open(tmp_path / "index") as archive:
        assert len(archive.search("工会", mode="sparse")) == 5
        with pytest.raises(IndexModel, match="--rebuild"):
            archive.search("工会")


def test_a_model_that_cannot_be_loaded_is_one_sentence(seeds_index: Path, tmp_path: Path) -> None:
    model = static_model(tmp_path / "model", 64)
    (model / "model.safetensors").write_bytes(b"rubbish")
    with pytest.raises(ModelError, match=r"^[A-Z].*model.*\.$"):
        Archive.open(seeds_index, model=str(model))


@pytest.fixture
def copy(seeds_index: Path, tmp_path: Path) -> Path:
    shutil.copytree(seeds_index, tmp_path / "index")
    return tmp_path / "index"


def test_one_flipped_byte_in_any_file_of_a_real_index_is_refused(copy: Path, record_property: Any) -> None:
    files = [path for path in (copy / "gen-00000001").rglob("*") if path.is_file()] + [copy / "CURRENT"]
    assert len(files) > 12
    choose = random.Random(4)
    record_property("S4 damaged files", 9 * len(files))
    for path in files:
        data = path.read_bytes()
        for place in [0, *(choose.randrange(len(data)) for _ in range(8))]:
            path.write_bytes(data[:place] + bytes([data[place] ^ (1 << choose.randrange(8))]) + data[place + 1 :])
            with pytest.raises(IndexDamaged, match=path.name.replace(".", r"\.")):
                Archive.open(copy)
        path.write_bytes(data)
    Archive.open(copy).close()


def republish(index: Path, name: str, data: bytes) -> None:
    """Replaces a file and makes manifest and pointer agree with it, as a bug in the writer would."""
    generation = index / "gen-00000001"
    (generation / name).write_bytes(data)
    manifest = json.loads((generation / "MANIFEST.json").read_text(encoding="utf-8"))
    manifest["files"][name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    text = json.dumps(manifest, ensure_ascii=False).encode()
    (generation / "MANIFEST.json").write_bytes(text)
    line = json.dumps({"format": FORMAT, "generation": 1, "manifest_sha256": hashlib.sha256(text).hexdigest()}).encode()
    (index / "CURRENT").write_bytes(line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n")


def test_verify_finds_vectors_that_are_not_those_of_the_model(copy: Path) -> None:
    data = bytearray((copy / "gen-00000001" / SEGMENT / "vectors.npy").read_bytes())
    data[-1000:] = bytes(1000)
    republish(copy, f"{SEGMENT}/vectors.npy", bytes(data))
    with Archive.open(copy) as archive:
        assert any("vector of passage" in problem for problem in archive.verify(deep=True))


def test_verify_finds_passages_that_are_not_in_their_page(copy: Path) -> None:
    path = copy / "gen-00000001" / SEGMENT / "pages.sqlite"
    database = sqlite3.connect(path)
    database.execute("UPDATE pages SET text = replace(text, '1806', '1860')")
    database.commit()
    database.close()
    republish(copy, f"{SEGMENT}/pages.sqlite", path.read_bytes())
    with Archive.open(copy) as archive:
        assert any("is not what" in problem for problem in archive.verify())


def test_parts_that_are_out_of_step_are_refused_before_they_are_used(copy: Path) -> None:
    file = io.BytesIO()
    np.save(file, np.eye(Archive.open(copy).encoder.dim, dtype=np.float16)[:7], allow_pickle=False)
    republish(copy, f"{SEGMENT}/vectors.npy", file.getvalue())
    with Archive.open(copy) as archive:
        with pytest.raises(IndexDamaged, match=r"passages but 7 in its vectors"):
            archive.search("工会")
        assert any("7" in problem for problem in archive.verify())


def test_verify_notices_damage_done_after_opening(copy: Path) -> None:
    with Archive.open(copy) as archive:
        assert archive.verify() == []
        (copy / "gen-00000001" / SEGMENT / "tokens.npy").write_bytes(b"rubbish")
        assert any("tokens.npy" in problem for problem in archive.verify())


def test_repair_after_damage_goes_back_and_answers_again(corpus: Path, tmp_path: Path) -> None:
    Archive.build([corpus], tmp_path / "index").close()
    (corpus / "new.txt").write_text("后来加的一篇报道。", encoding="utf-8")
    Archive.build([corpus], tmp_path / "index").close()
    (tmp_path / "index" / "gen-00000002" / "s00000002" / "vectors.npy").write_bytes(b"x")
    with pytest.raises(IndexDamaged, match=r"vectors\.npy is damaged"):
        Archive.open(tmp_path / "index")
    assert "generation 1" in Archive.repair(tmp_path / "index")
    with Archive.open(tmp_path / "index") as archive:
        assert len(archive.sources()) == 5 and archive.verify() == []


# --- disks ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def nobody(copy: Path, tmp_path: Path) -> Iterator[Path]:
    """A read-only copy of the index, and a user who may not write there."""
    for path in [*tmp_path.parents][: len(tmp_path.parents) - 2]:
        if path.stat().st_uid == os.getuid() and "pytest" in path.name:
            path.chmod(0o755)
    tmp_path.chmod(0o755)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield copy
    if root:
        os.seteuid(0)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture
def expected(seeds_archive: Archive) -> list[Hit]:
    return seeds_archive.search("奉化链式助学")


def test_a_read_only_index_answers_and_is_not_touched(
    seeds_archive: Archive, expected: list[Hit], nobody: Path
) -> None:
    before = sorted((path.name, path.stat().st_mtime_ns) for path in nobody.rglob("*"))
    with Archive.open(nobody) as archive:
        archive._encoder = seeds_archive.encoder
        assert archive.search("奉化链式助学") == expected
    assert sorted((path.name, path.stat().st_mtime_ns) for path in nobody.rglob("*")) == before


def test_indexing_into_a_read_only_folder_says_what_it_cannot_write(nobody: Path) -> None:
    with pytest.raises(IndexFolderError, match=r"index cannot be written: Permission denied"):
        Archive.build([SEEDS], nobody)


SMALL_DISK = """
import resource, sys
from qa.archive import Archive
from qa.errors import QAError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    Archive.build([sys.argv[1]], sys.argv[2])
    print("built")
except QAError as error:
    print(error)
"""


@pytest.mark.parametrize("limit", [4_000, 60_000, 150_000])
def test_a_full_disk_is_one_sentence_and_the_old_index_answers(corpus: Path, tmp_path: Path, limit: int) -> None:
    index = tmp_path / "index"
    with Archive.build([corpus / PAGES[4].name], index) as archive:
        expected = contents(archive)
    command = [sys.executable, "-c", SMALL_DISK, str(corpus), str(index), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "could not be written" in done.stdout and done.stdout.count("\n") == 1
    assert not list(index.glob("tmp-*"))
    with Archive.open(index) as archive:
        assert contents(archive) == expected


def test_opening_and_searching_loads_nothing_heavy(seeds_index: Path) -> None:
    code = (
        "import sys; from qa.archive import Archive; Archive.open(sys.argv[1]).search('工会');"
        "print([m for m in ('torch', 'sentence_transformers', 'gradio', 'transformers', 'scipy', 'sklearn',"
        " 'datasketch', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(seeds_index)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"
