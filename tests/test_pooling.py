"""Bags of tokens and their sums against a loop over tokens."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import BUNDLED, ModelLoadError, load_encoder
from embeddings.pooling import COUNTS, Ints, bags, numbered, sums

TEXTS = st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=80)
TABLE = np.random.default_rng(0).standard_normal((31, 5)).astype(np.float32)


def arrays(texts: list[list[int]]) -> list[Ints]:
    return [np.array(text, np.int32) for text in texts]


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from(COUNTS))
def test_each_distinct_token_counts_once_with_its_weight(texts: list[list[int]], counts: str) -> None:
    found = bags(arrays(texts), counts)
    assert len(found.starts) == len(texts) + 1
    for text, first, last in zip(texts, found.starts, found.starts[1:], strict=False):
        wanted = {token: times if counts == "linear" else times**0.5 for token, times in Counter(text).items()}
        got = dict(zip(found.tokens[first:last].tolist(), found.weights[first:last].tolist(), strict=True))
        assert got == pytest.approx(wanted)
        assert found.tokens[first:last].tolist() == sorted(set(text))


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from(COUNTS))
def test_sums_are_those_of_a_loop_whatever_the_number_of_texts(texts: list[list[int]], counts: str) -> None:
    got = sums(bags(arrays(texts), counts), lambda ids: TABLE[ids], 5)
    assert got.shape == (len(texts), 5)
    for text, vector in zip(texts, got, strict=True):
        wanted = np.zeros(5)
        for token, times in Counter(text).items():
            wanted += (times if counts == "linear" else times**0.5) * TABLE[token]
        np.testing.assert_allclose(vector, wanted, atol=1e-4)


@given(st.lists(st.integers(0, 50), min_size=1))
def test_numbering_is_that_of_unique(ids: list[int]) -> None:
    used, places = numbered(np.array(ids, np.int32))
    wanted, inverse = np.unique(ids, return_inverse=True)
    assert used.tolist() == wanted.tolist()
    assert places.tolist() == inverse.tolist()


def with_settings(folder: Path, content: str) -> Path:
    shutil.copytree(BUNDLED, folder)
    (folder / "config.json").write_text(content, encoding="utf-8")
    return folder


def test_a_model_says_how_repeated_tokens_count(tmp_path: Path) -> None:
    linear = load_encoder(str(with_settings(tmp_path / "a", "{}")))
    root = load_encoder(str(with_settings(tmp_path / "b", '{"token_counts": "sqrt"}')))
    once, often = "工会活动", "工会工会工会工会活动"
    for encoder, weight in ((linear, 4.0), (root, 2.0)):
        first, second = (encoder.token_vectors(encoder.token_ids([word])[0]).sum(axis=0) for word in ("工会", "活动"))
        wanted = weight * first + second
        np.testing.assert_allclose(encoder.encode_query([often])[0], wanted / np.linalg.norm(wanted), atol=1e-5)
    np.testing.assert_allclose(linear.encode_query([once]), root.encode_query([once]), atol=1e-6)
    assert linear.fingerprint != root.fingerprint


@pytest.mark.parametrize("content", ['{"token_counts": "cube"}', "[]", "{", json.dumps({"token_counts": None})])
def test_settings_that_are_none_are_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ModelLoadError, match=r"config\.json"):
        load_encoder(str(with_settings(tmp_path / "a", content)))


def test_a_vector_does_not_depend_on_what_it_is_encoded_with() -> None:
    """To the last bit: an index that grows page by page must hold what one built at once holds."""
    from embeddings import load_encoder

    encoder = load_encoder()
    texts = [f"第{n}条:市图书馆从{n}月起延长开放时间,每晚{n}点闭馆。" * (1 + n % 5) for n in range(200)]
    together = encoder.encode_document(texts)
    alone = np.concatenate([encoder.encode_document([text]) for text in texts])
    assert np.array_equal(together, alone)
