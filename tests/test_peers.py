"""Other engines: what is measured around them, with a small exact one in their place; those installed, for real."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa.benchmark import _comparing, peers
from qa.benchmark._adapters import PEERS, Corpus, Peer, Search, batches, bigrams

TEXTS = ["".join(chr(0x4E00 + 61 * n + i) for i in range(40)) for n in range(30)]
PAIRS = [(text[3:13], text[25:35]) for text in TEXTS[:25]]


def vectors(count: int) -> Any:
    made = np.random.default_rng(0).normal(size=(count, 16)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    (tmp_path / "texts.json").write_text(json.dumps(TEXTS), encoding="utf-8")
    (tmp_path / "pairs.json").write_text(json.dumps(PAIRS), encoding="utf-8")
    np.save(tmp_path / "vectors.npy", vectors(len(TEXTS)))
    np.save(tmp_path / "queries.npy", vectors(len(TEXTS))[: len(PAIRS)])
    return Corpus(tmp_path)


def build_exact(corpus: Corpus, folder: Path) -> None:
    np.save(folder / "vectors.npy", corpus.vectors)
    (folder / "texts.json").write_text(json.dumps(corpus.texts), encoding="utf-8")


def open_exact(corpus: Corpus, folder: Path) -> dict[str, Search]:
    held, texts = np.load(folder / "vectors.npy"), json.loads((folder / "texts.json").read_text(encoding="utf-8"))

    def dense(i: int) -> list[str]:
        return [texts[row] for row in np.argsort(-(held @ corpus.vector(corpus.questions[i])))[:10]]

    def sparse(i: int) -> list[str]:
        asked = set(bigrams(corpus.questions[i]))
        return sorted(texts, key=lambda text: -len(asked & set(bigrams(text))))[:10]

    return {"dense": dense, "sparse": sparse, "blind": lambda i: []}


EXACT = Peer("numpy", ("numpy", "json"), build_exact, open_exact)


def test_an_engine_is_measured_from_building_to_finding(corpus: Corpus, tmp_path: Path) -> None:
    built = peers.measure_building(EXACT, corpus, tmp_path / "exact")
    assert built["passages"] == 30 and built["build_peak_MB"] >= 0
    assert built["index_MB"] == round(sum(f.stat().st_size for f in (tmp_path / "exact").iterdir()) / 1e6, 1)
    found = peers.measure_opening(EXACT, corpus, tmp_path / "exact")
    assert found["open_s"] >= 0 and found["resident_MB"] > found["own_MB"] > 0
    assert found["dense"]["found_in_10"] == found["sparse"]["found_in_10"] == 1.0
    assert found["blind"]["found_in_10"] == 0.0
    for mode in ("dense", "sparse", "blind"):
        assert found[mode]["questions"] == 25 and found[mode]["p50"] <= found[mode]["p99"]


def test_a_slow_engine_is_broken_off_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "PATIENCE", 0.0)
    assert peers.measure_search(lambda i: [TEXTS[i]], PAIRS)["questions"] == peers.FEWEST
    monkeypatch.setattr(peers, "PATIENCE", 1e9)
    assert peers.measure_search(lambda i: [TEXTS[i]], PAIRS)["questions"] == 25


def test_each_question_has_its_own_vector(corpus: Corpus) -> None:
    for i, question in enumerate(corpus.questions):
        assert corpus.vector(question) == vectors(len(TEXTS))[i].tolist()


def test_bigrams_and_batches_cover_everything() -> None:
    assert bigrams("链式助学") == ["链式", "式助", "助学"] and bigrams("链") == []
    numbers = list(range(12_001))
    assert [n for part in batches(len(numbers)) for n in numbers[part]] == numbers


@pytest.mark.parametrize("name", PEERS)
def test_what_is_not_installed_is_left_out_with_one_sentence(
    name: str, corpus: Corpus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    assert peers.main([str(corpus.folder), name]) == 0
    told = json.loads(capsys.readouterr().out)
    packages = ", ".join(PEERS[name].packages)
    assert told == {"peer": name, "skipped": f"{name} is left out: install {packages} to measure it."}


@pytest.mark.parametrize("name", PEERS)
def test_those_that_are_installed_find_the_passages(name: str, corpus: Corpus) -> None:
    if PEERS[name].missing():
        pytest.skip(f"{name} is not installed")
    told = peers.measure(corpus.folder, name)
    assert "skipped" not in told and told["passages"] == 30
    assert all(told[mode]["found_in_10"] > 0.9 for mode in ("dense", "sparse", "hybrid") if mode in told)


def test_an_engine_that_fails_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PEERS, "chroma", Peer("numpy", ("numpy",), build_exact, open_exact))
    told = peers.measure(tmp_path / "nowhere", "chroma")
    assert told["skipped"].startswith("chroma did not get through `build`: ")
    assert "\n" not in told["skipped"]


def test_wrong_arguments_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["folder"], ["folder", "unknown"]):
        assert peers.main(arguments) == 2
        assert "NAME one of: txtai, langchain, llamaindex, chroma, lancedb" in capsys.readouterr().err


def test_the_passages_and_vectors_of_an_index_are_handed_over(
    seeds_index: Path, seeds_archive: Any, tmp_path: Path
) -> None:
    _comparing.prepare(seeds_index, tmp_path / "peers")
    corpus = Corpus(tmp_path / "peers")
    assert corpus.texts == ["".join(passage.text.split()) for passage in seeds_archive.passages()]
    assert np.allclose(corpus.vectors, seeds_archive.encoder.encode_document(corpus.texts), atol=1e-6)
    assert np.allclose(corpus.queries, seeds_archive.encoder.encode_query(corpus.questions), atol=1e-6)
    assert all(any(a in text and b in text for text in corpus.texts) for a, b in corpus.pairs)
    before = (tmp_path / "peers" / "queries.npy").stat().st_mtime_ns
    _comparing.prepare(seeds_index, tmp_path / "peers")
    assert (tmp_path / "peers" / "queries.npy").stat().st_mtime_ns == before
