"""The encoder: what every model must give, the bundled one against its two other loaders, and a tiny transformer."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import BUNDLED, Encoder, ModelLoadError, load_encoder

TEXTS = [
    "奉化链式助学是什么?",
    "數據顯示,該街道總工會相繼舉辦各類職工服務活動1806場。",
    "ＦＵＬＬ　ｗｉｄｔｈ and half width, Café, ﬁne",
    "What did the trade union of Fenghua do in 2024?",
    "",
    " \n\t",
    "？！…《》",
    "🙂 emoji and \u0000 control",
    "长" * 3000,
    "a" * 500,
    "3.14% 1,806 2024年7月5日",
]


@pytest.fixture(scope="module")
def bundled() -> Encoder:
    return load_encoder()


def cosine(encoder: Encoder, first: str, second: str) -> float:
    a, b = encoder.encode_document([first, second])
    return float(a @ b)


def test_vectors_have_length_one_and_empty_texts_are_zero(bundled: Encoder) -> None:
    for encode in (bundled.encode_query, bundled.encode_document):
        vectors = encode(TEXTS)
        assert vectors.shape == (len(TEXTS), bundled.dim)
        assert vectors.dtype == np.float32
        expected = [0.0 if text in ("", " \n\t", "？！…《》") else 1.0 for text in TEXTS]
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), expected, atol=1e-5)


def test_no_texts_give_no_rows(bundled: Encoder) -> None:
    assert bundled.encode_query([]).shape == (0, bundled.dim)
    assert bundled.encode_document([]).shape == (0, bundled.dim)
    assert bundled.token_ids([]) == []


def test_the_order_and_the_size_of_the_batch_change_nothing(bundled: Encoder) -> None:
    texts = [f"第{i}条 街道总工会 {i * 7} event" for i in range(1500)]
    together = bundled.encode_document(texts)
    alone = np.concatenate([bundled.encode_document([text]) for text in texts[::211]])
    np.testing.assert_allclose(together[::211], alone, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gives_finite_numbers(text: str) -> None:
    vector = load_encoder_once().encode_query([text])[0]
    assert np.isfinite(vector).all()
    assert abs(float(np.linalg.norm(vector)) - 1.0) < 1e-4 or not vector.any()


_LOADED: list[Encoder] = []


def load_encoder_once() -> Encoder:
    if not _LOADED:
        _LOADED.append(load_encoder())
    return _LOADED[0]


def loaded_by_others(folder: Path) -> list[Callable[[list[str]], Any]]:
    """`encode` of sentence-transformers and of model2vec, which know no token counts but linear ones."""
    from model2vec import StaticModel
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    return [
        lambda texts: model.encode(texts, convert_to_numpy=True, show_progress_bar=False),
        lambda texts: StaticModel.from_pretrained(folder, force_download=False).encode(texts),
    ]


def with_counts(folder: Path, counts: str) -> Path:
    copy_of_bundled(folder)
    written = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(written | {"token_counts": counts}), encoding="utf-8")
    return folder


def test_other_loaders_give_the_same_vectors_where_repeated_tokens_count_fully(tmp_path: Path) -> None:
    linear = load_encoder(str(folder := with_counts(tmp_path / "model", "linear")))
    for encode in loaded_by_others(folder):
        np.testing.assert_allclose(linear.encode_document(TEXTS), encode(TEXTS), atol=1e-5)


def test_other_loaders_stay_near_where_repeated_tokens_count_by_their_root(tmp_path: Path) -> None:
    rooted = load_encoder(str(folder := with_counts(tmp_path / "model", "sqrt")))
    repeating = "丰门街道总工会组织志愿者1020人,相继举办职工服务活动1806场。总工会说,职工服务活动将继续举办。"
    once = [text for text in TEXTS if len(ids := rooted.token_ids([text])[0].tolist()) == len(set(ids))]
    assert len(once) >= 5
    for encode in loaded_by_others(folder):
        np.testing.assert_allclose(rooted.encode_document(once), encode(once), atol=1e-5)
        assert 0.9 < float(rooted.encode_document([repeating])[0] @ encode([repeating])[0]) < 0.9999


def test_model2vec_gives_the_same_token_vectors(bundled: Encoder) -> None:
    from model2vec import StaticModel

    model = StaticModel.from_pretrained(BUNDLED, force_download=False)
    for text, expected in zip(TEXTS, model.encode_as_sequence(TEXTS), strict=True):
        np.testing.assert_allclose(bundled.token_vectors(bundled.token_ids([text])[0]), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("first", "second"),
    [("臺灣的國慶節與總統選舉", "台湾的国庆节与总统选举"), ("ＡＢＣ１２３", "abc123"), ("Trade Union", "trade  union")],
)
def test_script_width_and_case_make_no_difference(bundled: Encoder, first: str, second: str) -> None:
    assert cosine(bundled, first, second) == pytest.approx(1.0, abs=1e-5)


def test_digits_are_read_one_by_one(bundled: Encoder) -> None:
    assert len(bundled.token_ids(["1806"])[0]) == 4
    np.testing.assert_array_equal(bundled.token_ids(["1806"])[0], bundled.token_ids(["1,806"])[0])


def test_no_character_of_a_long_run_is_lost(bundled: Encoder) -> None:
    assert len(bundled.token_ids(["长" * 3000])[0]) >= 1000


@pytest.mark.parametrize("strange", ["🙂", "㐂", "가", "𠀀", "\u0e01", "\U0001f600", "\ue000", "★"])
def test_an_unknown_character_costs_nothing_but_itself(bundled: Encoder, strange: str) -> None:
    whole, first, second = bundled.token_ids([f"总工会{strange}活动", "总工会", "活动"])
    kept = [token for token in whole.tolist() if token not in bundled.token_ids([strange])[0].tolist()]
    assert kept == [*first.tolist(), *second.tolist()]


@pytest.mark.parametrize("half", ["\ud800", "\udcff"])
def test_half_a_surrogate_pair_is_skipped(bundled: Encoder, half: str) -> None:
    np.testing.assert_array_equal(bundled.token_ids([f"工会{half}"])[0], bundled.token_ids(["工会"])[0])


@pytest.mark.parametrize("text", ["长" * 100_000, "a" * 100_000, "é\u0301" * 20_000, "1" * 100_000])
def test_a_very_long_run_takes_no_more_than_seconds(bundled: Encoder, text: str) -> None:
    begun = time.process_time()
    assert bundled.encode_query([text]).any()
    assert time.process_time() - begun < 5.0


def test_nearest_in_meaning_across_languages(bundled: Encoder) -> None:
    passages = ["昨天夜里河水上涨,洪水淹没了村庄。", "银行降低了贷款利率。", "医生为孩子们接种疫苗。"]
    questions = ["flood in the village", "bank loan interest rate", "children receive vaccine from doctors"]
    scores = bundled.encode_query(questions) @ bundled.encode_document(passages).T
    assert scores.argmax(axis=1).tolist() == [0, 1, 2]


def test_a_vector_is_the_mean_of_its_token_vectors(bundled: Encoder) -> None:
    text = "志愿者相继举办各类职工服务活动"
    mean = bundled.token_vectors(bundled.token_ids([text])[0]).mean(axis=0)
    np.testing.assert_allclose(bundled.encode_query([text])[0], mean / np.linalg.norm(mean), atol=1e-5)


def test_threads_may_share_the_encoder(bundled: Encoder) -> None:
    expected = bundled.encode_document(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(lambda _: bundled.encode_document(TEXTS), range(12)):
            np.testing.assert_array_equal(vectors, expected)


def test_loading_and_encoding_import_nothing_heavy() -> None:
    code = (
        "import sys, embeddings; embeddings.load_encoder().encode_query(['a']);"
        "print([m for m in ('torch', 'sentence_transformers', 'transformers', 'scipy', 'faiss') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_bundled_folder_stays_below_thirty_megabytes() -> None:
    assert sum(file.stat().st_size for file in BUNDLED.rglob("*") if file.is_file()) <= 30_000_000


def copy_of_bundled(folder: Path) -> Path:
    shutil.copytree(BUNDLED, folder)
    return folder


def test_the_fingerprint_tells_other_weights_apart(tmp_path: Path, bundled: Encoder) -> None:
    folder = copy_of_bundled(tmp_path / "model")
    assert load_encoder(str(folder)).fingerprint == bundled.fingerprint
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1000] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    assert load_encoder(str(folder)).fingerprint != bundled.fingerprint


def test_the_name_is_the_one_asked_for(tmp_path: Path, bundled: Encoder) -> None:
    folder = copy_of_bundled(tmp_path / "model")
    assert bundled.name == "bundled"
    assert load_encoder(str(folder)).name == str(folder)


def cut_weights(folder: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])


def break_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")


def break_modules(folder: Path) -> None:
    (folder / "modules.json").write_text('{"no": "list"}', encoding="utf-8")


def drop_rows(folder: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"embeddings": np.ones((7, 4), np.float32)}, folder / "model.safetensors")


def rename_table(folder: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"other": np.ones((7, 4), np.float32)}, folder / "model.safetensors")


@pytest.mark.parametrize("damage", [cut_weights, break_tokenizer, break_modules, drop_rows, rename_table])
def test_a_damaged_folder_is_refused_in_one_sentence(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    folder = copy_of_bundled(tmp_path / "model")
    damage(folder)
    with pytest.raises(ModelLoadError) as refused:
        load_encoder(str(folder))
    assert str(folder) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_folder_is_refused_without_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(ModelLoadError, match="there is no folder"):
        load_encoder(str(tmp_path / "none"))


def test_a_name_that_the_hub_does_not_know_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelLoadError, match="wenbao-tests/no-such-model"):
        load_encoder("wenbao-tests/no-such-model")


def save_tiny_transformer(folder: Path, seed: int) -> None:
    """A two-layer BERT over letters with random weights and a prompt for queries and one for documents."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.manual_seed(seed)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz:奉化链式助学是什么"]
    words += [f"##{word}" for word in words[5:]]
    source = folder / "source"
    source.mkdir(parents=True)
    (source / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    size: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    size |= {"intermediate_size": 32, "vocab_size": len(words), "max_position_embeddings": 64}
    BertModel(BertConfig(**size)).save_pretrained(source)
    BertTokenizer(str(source / "vocab.txt")).save_pretrained(source)
    transformer = Transformer(str(source), max_seq_length=64)
    model = SentenceTransformer(
        modules=[transformer, Pooling(16, "mean")], prompts={"query": "query: ", "document": "passage: "}, device="cpu"
    )
    model.save(str(folder / "model"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    save_tiny_transformer(folder, seed=1)
    return folder / "model"


def test_another_model_uses_its_prompts(tiny: Path) -> None:
    from sentence_transformers import SentenceTransformer

    encoder, model = load_encoder(str(tiny)), SentenceTransformer(str(tiny), device="cpu")
    texts = ["abc 奉化", "链式助学是什么", "hello"]
    for encode, prompt in ((encoder.encode_query, "query: "), (encoder.encode_document, "passage: ")):
        plain = model.encode([prompt + text for text in texts], convert_to_numpy=True, show_progress_bar=False)
        expected = plain / np.linalg.norm(plain, axis=1, keepdims=True)
        np.testing.assert_allclose(encode(texts), expected, atol=1e-5)
    assert not np.allclose(encoder.encode_query(texts), encoder.encode_document(texts), atol=1e-3)


def test_another_model_keeps_the_promises_of_an_encoder(tiny: Path) -> None:
    encoder = load_encoder(str(tiny))
    vectors = encoder.encode_document(["abc", "", " "])
    assert encoder.dim == vectors.shape[1] == 16
    assert encoder.name == str(tiny)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1.0, 0.0, 0.0], atol=1e-5)
    assert encoder.encode_query([]).shape == (0, 16)


def test_another_model_has_no_token_vectors_and_says_so(tiny: Path, bundled: Encoder) -> None:
    encoder = load_encoder(str(tiny))
    assert bundled.has_tokens
    assert not encoder.has_tokens
    with pytest.raises(ModelLoadError, match="single tokens"):
        encoder.token_ids(["abc"])
    with pytest.raises(ModelLoadError, match="single tokens"):
        encoder.token_vectors([1])
    with pytest.raises(ModelLoadError, match="single tokens"):
        encoder.cosines(np.array([1], np.int32), np.ones((1, 16), np.float32))


def test_the_fingerprint_of_another_model_depends_on_its_weights_and_prompts(tiny: Path, tmp_path: Path) -> None:
    save_tiny_transformer(tmp_path / "second", seed=2)
    prints = {load_encoder(str(tiny)).fingerprint, load_encoder(str(tmp_path / "second" / "model")).fingerprint}
    other = tmp_path / "prompts"
    shutil.copytree(tiny, other)
    settings_file = other / "config_sentence_transformers.json"
    written = json.loads(settings_file.read_text(encoding="utf-8"))
    written["prompts"]["query"] = "ask: "
    settings_file.write_text(json.dumps(written), encoding="utf-8")
    prints.add(load_encoder(str(other)).fingerprint)
    assert len(prints) == 3
    assert load_encoder(str(tiny)).fingerprint in prints


def test_code_in_a_model_folder_is_never_run(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    code = "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\n"
    (folder / "evil.py").write_text(code, encoding="utf-8")
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[0]["type"] = "evil.Evil"
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    with pytest.raises(ModelLoadError):
        load_encoder(str(folder))
    assert not list(tmp_path.rglob("ran"))
