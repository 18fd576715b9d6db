"""What lies beside a model so that it loads fast: the same ids, and refused or left alone where it does not fit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from embeddings import BUNDLED, Encoder, ModelLoadError, load_encoder
from embeddings.encoder import damage
from embeddings.matching import matcher_of
from embeddings.prepared import MATCHING, TOKENIZER, WEIGHTS, read_prepared, sample
from embeddings.static import fingerprint_of
from embeddings.train.saving import prepare, save_model

TEXTS = [
    "总工会举办活动1806场",
    "Trade Union of Fenghua",
    "ＡＢ℃㎏ 臺灣",
    "e\u0301 é 👨\u200d👩",
    "长" * 70,
    "",
    "\ud800工会",
]


@cache
def folding() -> normalizers.Normalizer:
    found: normalizers.Normalizer = Tokenizer.from_file(str(BUNDLED / TOKENIZER)).normalizer
    return found


def tokenizer(words: str = "a b c ab abc k g 总 工 会 总工会 1 8", longest: int = 64) -> Tokenizer:
    vocabulary = {word: row for row, word in enumerate(["[UNK]", *words.split()])}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", continuing_subword_prefix=""))
    made.normalizer = folding()
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.FixedLength(longest)]
    )
    return made


def saved(folder: Path, seed: int = 0, **made: Any) -> Path:
    small = tokenizer(**made)
    table = np.random.default_rng(seed).standard_normal((small.get_vocab_size(), 8)).astype(np.float32)
    save_model(folder, small, table)
    return folder


def ids_of(encoder: Encoder, texts: list[str] = TEXTS) -> list[list[int]]:
    return [ids.tolist() for ids in encoder.token_ids(texts)]


def test_the_bundled_file_is_what_its_tokenizer_gives() -> None:
    found, fresh = read_prepared(BUNDLED), matcher_of(Tokenizer.from_file(str(BUNDLED / TOKENIZER)))
    assert found is not None and fresh is not None
    fresh.folding.learn_all()
    for part in ("base", "parent", "row"):
        np.testing.assert_array_equal(getattr(found.matcher.trie, part), getattr(fresh.trie, part))
    # Learned in the order of the code points here as there, so even the rows of several letters are alike.
    np.testing.assert_array_equal(found.matcher.folding.table, fresh.folding.table)
    np.testing.assert_array_equal(found.matcher.folding.spelled.letters, fresh.folding.spelled.letters)
    np.testing.assert_array_equal(found.matcher.folding.spelled.sizes, fresh.folding.spelled.sizes)
    assert (found.matcher.longest_run, found.tokens) == (fresh.longest_run, 50_000)
    assert found.sample == sample(BUNDLED / WEIGHTS, "sqrt")
    assert found.fingerprint == fingerprint_of(BUNDLED) == load_encoder().fingerprint
    assert damage(load_encoder()) == ""


def test_a_model_without_the_file_gives_the_same(tmp_path: Path) -> None:
    with_it = saved(tmp_path / "with")
    shutil.copytree(with_it, tmp_path / "without")
    (tmp_path / "without" / MATCHING).unlink()
    fast, slow = load_encoder(str(with_it)), load_encoder(str(tmp_path / "without"))
    assert ids_of(fast) == ids_of(slow)
    np.testing.assert_array_equal(fast.encode_document(TEXTS), slow.encode_document(TEXTS))
    assert fast.fingerprint == slow.fingerprint
    many = TEXTS * 300  # from the 1,500th text on it builds a matcher of its own
    assert ids_of(slow, many) == ids_of(fast) * 300


def test_loading_and_a_first_text_need_neither_tokenizers_nor_safetensors() -> None:
    code = (
        "import sys, embeddings; encoder = embeddings.load_encoder(); encoder.encode_query(['总工会 1806 Union ㎏'])\n"
        "encoder.fingerprint\n"
        "print([name for name in ('tokenizers', 'safetensors') if name in sys.modules])\n"
        "encoder.encode_query(['e\u0301'])\n"
        "print('tokenizers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "True"]


def test_nothing_is_copied_and_nothing_can_be_written() -> None:
    encoder: Any = load_encoder()
    assert not encoder._rows.flags.writeable and not encoder._rows.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        encoder._rows[0, 0] = 1


def test_a_file_made_for_another_tokenizer_is_left_alone(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    before = ids_of(load_encoder(str(folder)), ["abc总工会"])
    tokenizer("c b a ab abc k g 总 工 会 总工会 1 8").save(str(folder / TOKENIZER), pretty=False)
    after = ids_of(load_encoder(str(folder)), ["abc总工会"])
    assert after == before == [[5, 11]]  # longer words kept their rows
    assert ids_of(load_encoder(str(folder)), ["a c"]) == [[3, 1]]
    assert read_prepared(folder) is None


def test_a_file_of_another_format_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embeddings.prepared._FORMAT", "0")
    folder = saved(tmp_path / "model")
    monkeypatch.undo()
    assert read_prepared(folder) is None
    assert ids_of(load_encoder(str(folder)), ["ab c"]) == [[4, 3]]


def test_a_table_of_another_size_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    other = saved(tmp_path / "other", words="a b c")
    shutil.copy(other / WEIGHTS, folder / WEIGHTS)
    with pytest.raises(ModelLoadError, match="4 vectors for 14 tokens"):
        load_encoder(str(folder))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("models") / "model")


def check_damaged(folder: Path, name: str, content: bytes) -> None:
    """Refused in one sentence that names the folder, or as right as before."""
    whole = (folder / name).read_bytes()
    wanted = ids_of(load_encoder(str(folder)))
    (folder / name).write_bytes(content)
    try:
        assert ids_of(load_encoder(str(folder))) == wanted
    except ModelLoadError as error:
        assert str(folder) in str(error) and "\n" not in str(error)
    finally:
        (folder / name).write_bytes(whole)


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, 2000), bit=st.integers(0, 7))
def test_a_flipped_bit_in_the_header_gives_no_wrong_ids(small: Path, place: int, bit: int) -> None:
    content = bytearray((small / MATCHING).read_bytes())
    content[place] ^= 1 << bit
    check_damaged(small, MATCHING, bytes(content))


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_in_the_content_is_refused(small: Path, place: float, bit: int) -> None:
    whole = (small / MATCHING).read_bytes()
    content, begin = bytearray(whole), 8 + int.from_bytes(whole[:8], "little")
    content[begin + int(place * (len(whole) - begin))] ^= 1 << bit
    (small / MATCHING).write_bytes(content)
    with pytest.raises(ModelLoadError, match="is damaged"):
        load_encoder(str(small))
    (small / MATCHING).write_bytes(whole)


@pytest.mark.parametrize("name", [MATCHING, WEIGHTS])
@pytest.mark.parametrize("length", [0, 3, 8, 20, 200, -1])
def test_a_cut_file_is_refused(small: Path, name: str, length: int) -> None:
    whole = (small / name).read_bytes()
    (small / name).write_bytes(whole[:length])
    with pytest.raises(ModelLoadError, match=name):
        load_encoder(str(small))
    (small / name).write_bytes(whole)


def test_arrays_that_do_not_fit_each_other_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a bug in the writer would leave them: the checksum is right."""
    monkeypatch.setattr("embeddings.prepared._compact", lambda array: array[:-1])
    folder = saved(tmp_path / "model")
    with pytest.raises(ModelLoadError, match="not complete"):
        load_encoder(str(folder))


# --- which model it is ------------------------------------------------------------------------------------------------


def with_flipped_byte(folder: Path, place: int) -> None:
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[place] ^= 1
    (folder / WEIGHTS).write_bytes(content)


@pytest.mark.parametrize("place", [300, 5000, 150_000, -1])
def test_other_weights_have_another_fingerprint(tmp_path: Path, place: int) -> None:
    shutil.copytree(BUNDLED, tmp_path / "model")
    with_flipped_byte(tmp_path / "model", place)
    encoder = load_encoder(str(tmp_path / "model"))
    assert encoder.fingerprint == fingerprint_of(tmp_path / "model") != load_encoder().fingerprint
    assert damage(encoder) == ""  # it is a model of its own


def test_a_byte_outside_of_the_sample_is_found_when_all_is_read(tmp_path: Path) -> None:
    shutil.copytree(BUNDLED, tmp_path / "model")
    with_flipped_byte(tmp_path / "model", 1_000_000)
    encoder = load_encoder(str(tmp_path / "model"))
    assert encoder.fingerprint == load_encoder().fingerprint
    assert str(tmp_path / "model") in damage(encoder)


def test_a_model_trained_again_is_another_though_its_tokenizer_stayed(tmp_path: Path) -> None:
    first, second = saved(tmp_path / "first"), saved(tmp_path / "second", seed=1)
    shutil.copy(second / WEIGHTS, first / WEIGHTS)
    encoder = load_encoder(str(first))
    assert encoder.fingerprint == load_encoder(str(second)).fingerprint == fingerprint_of(second)
    assert ids_of(encoder) == ids_of(load_encoder(str(second)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 9_999), st.integers(1, 255))
def test_every_byte_of_a_small_file_is_in_the_sample(
    tmp_path_factory: pytest.TempPathFactory, at: int, by: int
) -> None:
    path = tmp_path_factory.mktemp("sampled") / "file"
    path.write_bytes(bytes(10_000))
    before = sample(path, "sqrt")
    content = bytearray(10_000)
    content[at] = by
    path.write_bytes(content)
    assert sample(path, "sqrt") != before
    assert sample(path, "linear") != sample(path, "sqrt")


# --- writing ----------------------------------------------------------------------------------------------------------


def test_an_encoder_in_use_keeps_its_weights_when_the_model_is_saved_again(tmp_path: Path) -> None:
    encoder = load_encoder(str(saved(tmp_path / "model")))
    before = encoder.encode_query(["总工会 abc"])
    saved(tmp_path / "model", seed=5)
    np.testing.assert_array_equal(encoder.encode_query(["总工会 abc"]), before)
    assert not np.allclose(load_encoder(str(tmp_path / "model")).encode_query(["总工会 abc"]), before)
    assert {file.name for file in (tmp_path / "model").iterdir()} == {
        "config.json", "modules.json", MATCHING, TOKENIZER, WEIGHTS,
    }  # fmt: skip


def test_a_tokenizer_that_does_more_gets_no_file(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    assert (folder / MATCHING).is_file()
    other = tokenizer()
    other.pre_tokenizer = pre_tokenizers.Whitespace()
    other.save(str(folder / TOKENIZER), pretty=False)
    prepare(folder)
    assert not (folder / MATCHING).exists()
    assert ids_of(load_encoder(str(folder)), ["ab c"]) == [[4, 3]]


@pytest.mark.parametrize("longest", [5, 64])
def test_the_longest_run_is_kept(tmp_path: Path, longest: int) -> None:
    encoder: Any = load_encoder(str(saved(tmp_path / "model", longest=longest)))
    texts = ["a" * (longest + 1), "a" * longest]
    assert encoder._matcher.ids(texts)[2] == [0]
    assert [len(ids) for ids in encoder.token_ids(texts)] == [longest + 1, longest]


def test_the_settings_count_into_the_sample(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    before = load_encoder(str(folder)).fingerprint
    written = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(written | {"token_counts": "linear"}), encoding="utf-8")
    assert before != load_encoder(str(folder)).fingerprint == fingerprint_of(folder)
