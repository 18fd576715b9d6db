"""Tokens of many texts at once against the tokenizer itself, character by character and on any text."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from embeddings import BUNDLED, load_encoder
from embeddings.matching import Matcher, matcher_of
from embeddings.prepared import read_prepared
from embeddings.trie import Trie

PASSAGE = "丰门街道总工会2024年7月5日举办职工服务活动1806场,Trade Union of Fenghua 参与人次达90300人以上。"


@cache
def bundled() -> Tokenizer:
    return Tokenizer.from_file(str(BUNDLED / "tokenizer.json"))


@cache
def matchers() -> tuple[Matcher, Matcher]:
    """Built from the tokenizer, and as it lies beside the weights."""
    built, prepared = matcher_of(bundled()), read_prepared(BUNDLED)
    assert built is not None and prepared is not None
    return built, prepared.matcher


def expected_ids(texts: Sequence[str]) -> list[list[int]]:
    whole = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    unknown = bundled().token_to_id("[UNK]")
    return [[row for row in bundled().encode(text, add_special_tokens=False).ids if row != unknown] for text in whole]


def matched_ids(texts: Sequence[str]) -> tuple[list[list[int]], list[int]]:
    (flat, ends, rest), prepared = (matcher.ids(texts) for matcher in matchers())
    assert (flat.tolist(), ends.tolist(), rest) == (prepared[0].tolist(), prepared[1].tolist(), prepared[2])
    return [flat[first:last].tolist() for first, last in zip([0, *ends[:-1]], ends, strict=True)], rest


def assert_same(texts: Sequence[str]) -> list[int]:
    found, rest = matched_ids(texts)
    wanted = expected_ids(texts)
    for number, text in enumerate(texts):
        if number in rest:
            assert found[number] == []
        else:
            assert found[number] == wanted[number], text.encode("unicode_escape")
    return rest


def test_plain_text_is_matched_here_and_not_left_to_the_tokenizer() -> None:
    texts = [
        PASSAGE,
        "What did the trade union do in 2024?",
        "",
        " \n",
        "數據顯示,該街道總工會。",
        "气温38.5℃,面积120㎡",
    ]
    assert assert_same(texts) == []
    assert len(matched_ids(texts)[0][0]) > 20


CODES = [code for code in range(sys.maxunicode + 1) if not 0x323B0 <= code < 0xE0000]


@pytest.mark.parametrize("part", range(8))
def test_every_code_point_gives_the_tokens_of_the_tokenizer(part: int) -> None:
    codes = CODES[part::8] if part else CODES[::8]
    codes = [code for code in codes if code < 0x20000 or code % 16 == 0]  # the far planes are all alike
    texts = [f"总工{chr(code)}会Ab{chr(code)}{chr(code)}9" for code in codes]
    rest = assert_same(texts)
    assert len(rest) < len(texts)


WORDS_OF_MANY_KINDS = [
    "总工会",
    "江城的图书馆",
    "Trade",
    "UNION",
    "ing",
    "2024",
    "3.14%",
    "臺灣",
    "ＡＢＣ",
    "𠀀",
    "각",
    "नि",
]
LONG = ["a" * 70, "长" * 65, "长" * 64]
SPACES = [" ", "\u3000", "\u00a0", "\u2028", "\r\n", "\r", "\x00", "\x1c", "…", "——", "《", "》"]
COMPOSED = ["℃", "㎡", "ﬁ", "½", "⑩", "ﷺ", "é", "e\u0301", "E\u0301", "\u1100\u1161", "\u0600", "\u0e33", "ﾊﾞ"]
JOINED = ["\u200d", "\ufe0f", "❤️", "👨\u200d👩\u200d👧", "🇨🇳", "\ud800"]
PIECES = st.sampled_from([*WORDS_OF_MANY_KINDS, *LONG, *SPACES, *COMPOSED, *JOINED])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=60)), min_size=1, max_size=6))
def test_any_texts_give_the_tokens_of_the_tokenizer(texts: list[str]) -> None:
    assert_same(texts)


@pytest.mark.parametrize("size", [63, 64, 65, 130])
def test_a_run_as_long_as_the_tokenizer_takes_is_matched(size: int) -> None:
    rest = assert_same(["长" * size, "好 " + "ab" * (size // 2), "好"])
    assert (0 in rest) == (size > 64)
    assert 2 not in rest


def test_what_is_left_out_does_not_disturb_its_neighbours() -> None:
    texts = ["工会", "e\u0301" * 3 + "E\u0301", PASSAGE, "长" * 200, "", PASSAGE]
    assert assert_same(texts) == [1, 3]


def test_threads_that_learn_at_once_agree() -> None:
    fresh = matcher_of(bundled())
    assert fresh is not None
    texts = [PASSAGE, "㎏ ½ ⑩ ℃ ﷺ", "臺灣 ＡＢＣ １２３", "Ünïcödé Œuvre ß"]
    wanted = fresh_ids(matchers()[1], texts)
    with ThreadPoolExecutor(8) as pool:
        assert all(found == wanted for found in pool.map(lambda _: fresh_ids(fresh, texts), range(32)))


def fresh_ids(one: Matcher, texts: Sequence[str]) -> list[int]:
    flat: list[int] = one.ids(texts)[0].tolist()
    return flat


def test_without_a_prepared_file_the_encoder_takes_the_fast_way_for_many_texts(tmp_path: Path) -> None:
    texts = [f"{PASSAGE}{i} e\u0301{'长' * (i % 80)} {chr(0x4E00 + i)}" for i in range(1600)]
    shutil.copytree(BUNDLED, tmp_path / "model", ignore=shutil.ignore_patterns("matching.safetensors"))
    encoder: Any = load_encoder(str(tmp_path / "model"))
    slow = encoder._slow_ids(texts)
    few = encoder.encode_document(texts[:5])
    assert "_matcher" not in vars(encoder)
    fast = encoder.token_ids(texts)
    assert "_matcher" in vars(encoder)
    assert [one.tolist() for one in fast] == [one.tolist() for one in slow]
    vectors = encoder.encode_document(texts)
    np.testing.assert_allclose(vectors[:5], few, atol=1e-6)
    np.testing.assert_array_equal(vectors, encoder.pool(fast))
    np.testing.assert_array_equal(vectors, load_encoder().encode_document(texts))


def tokenizer(**changes: Any) -> Tokenizer:
    made = Tokenizer(models.WordPiece({"[UNK]": 0, "a": 1, "b": 2, "ab": 3}, unk_token="[UNK]", **changes))
    made.normalizer = bundled().normalizer
    made.pre_tokenizer = bundled().pre_tokenizer
    return made


def test_a_tokenizer_that_does_more_is_left_alone() -> None:
    assert matcher_of(tokenizer(continuing_subword_prefix="")) is not None
    assert matcher_of(tokenizer(continuing_subword_prefix="##")) is None
    other = tokenizer(continuing_subword_prefix="")
    other.pre_tokenizer = pre_tokenizers.Whitespace()
    assert matcher_of(other) is None
    other = tokenizer(continuing_subword_prefix="")
    other.normalizer = normalizers.Lowercase()
    assert matcher_of(other) is None
    other = tokenizer(continuing_subword_prefix="")
    other.add_tokens(["whole"])
    assert matcher_of(other) is None
    assert matcher_of(Tokenizer(models.BPE())) is None


WORDS = st.lists(st.text("abcde", min_size=1, max_size=5), max_size=40)


@settings(max_examples=200, deadline=None)
@given(WORDS, st.text("abcdef", max_size=60))
def test_the_longest_word_at_every_place_is_found(words: list[str], text: str) -> None:
    rows = {word: row for row, word in enumerate(dict.fromkeys([*words, *"abcde"]))}
    letters = {letter: code for code, letter in enumerate("abcde", start=1)}
    codes = np.array([letters.get(letter, 0) for letter in text], np.int32)
    lengths, found = Trie.build(rows, letters).longest(codes)
    for place in range(len(text)):
        fitting = [word for word in rows if text.startswith(word, place)]
        longest = max(fitting, key=len, default="")
        assert (int(lengths[place]), int(found[place])) == (len(longest), rows.get(longest, -1))


def test_a_trie_of_many_random_words_holds_each_of_them_and_no_other() -> None:
    random = np.random.default_rng(0)
    letters = {chr(0x4E00 + i): i + 1 for i in range(500)}
    names = list(letters)
    spelled = ["".join(names[i] for i in random.integers(0, 500, random.integers(2, 5))) for _ in range(20_000)]
    rows = {word: row for row, word in enumerate(dict.fromkeys([*names, *spelled[:15_000]]))}
    trie = Trie.build(rows, letters)
    for word in [*spelled[:15_000:7], *spelled[15_000::7]]:
        codes = np.array([letters[letter] for letter in word], np.int32)
        lengths, found = trie.longest(codes)
        wanted = next(word[:size] for size in range(len(word), 0, -1) if word[:size] in rows)
        assert (int(lengths[0]), int(found[0])) == (len(wanted), rows[wanted])
