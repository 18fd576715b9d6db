"""Longest match over vocabularies of every shape: against the tokenizer, a plain loop, and the layout of the trie."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from embeddings import BUNDLED
from embeddings.matching import Matcher, _long_runs, _texts_at, matcher_of
from embeddings.trie import Trie, _bases, _nested

UNKNOWN = "[UNK]"


@cache
def folding() -> normalizers.Normalizer:
    """The table of the bundled tokenizer: lower case, full width to half width, composed characters taken apart."""
    found: normalizers.Normalizer = Tokenizer.from_file(str(BUNDLED / "tokenizer.json")).normalizer
    return found


def tokenizer_of(words: Sequence[str], longest: int = 64, most: int = 100) -> Tokenizer:
    vocabulary = {word: row for row, word in enumerate([UNKNOWN, *dict.fromkeys(words)])}
    model = models.WordPiece(vocabulary, unk_token=UNKNOWN, continuing_subword_prefix="", max_input_chars_per_word=most)
    made = Tokenizer(model)
    made.normalizer = folding()
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.FixedLength(longest)]
    )
    return made


def theirs(tokenizer: Tokenizer, text: str) -> list[int]:
    return [row for row in tokenizer.encode(text, add_special_tokens=False).ids if row != 0]


def ours(matcher: Matcher, texts: Sequence[str]) -> list[list[int] | None]:
    """The ids of each text; None for one that is left to the tokenizer."""
    flat, ends, rest = matcher.ids(texts)
    starts = [0, *ends.tolist()[:-1]]
    found = [flat[first:last].tolist() for first, last in zip(starts, ends.tolist(), strict=True)]
    return [None if number in rest else ids for number, ids in enumerate(found)]


def greedy(words: Mapping[str, int], text: str) -> list[int]:
    """Longest match by definition; every letter is a word of its own."""
    found, place = [], 0
    while place < len(text):
        if text[place] == " ":
            place += 1
            continue
        word = next(text[place:end] for end in range(len(text), place, -1) if text[place:end] in words)
        found.append(words[word])
        place += len(word)
    return found


LETTERS = "abc工会"
WORDS = st.lists(st.text(LETTERS, min_size=2, max_size=6), max_size=25)


@settings(max_examples=150, deadline=None)
@given(WORDS, st.lists(st.text(LETTERS + " ", max_size=40), min_size=1, max_size=5))
def test_any_vocabulary_matches_as_the_tokenizer_and_as_a_loop_do(words: list[str], texts: list[str]) -> None:
    tokenizer = tokenizer_of([*LETTERS, *words])
    matcher = matcher_of(tokenizer)
    assert matcher is not None
    rows = {word: row for word, row in tokenizer.get_vocab().items() if word != UNKNOWN}
    found = ours(matcher, texts)
    assert found == [theirs(tokenizer, text) for text in texts] == [greedy(rows, text) for text in texts]


@settings(max_examples=80, deadline=None)
@given(WORDS, st.lists(st.text("abxyＡ１½é 　", max_size=20), min_size=1, max_size=5))
def test_a_text_with_a_letter_without_a_token_is_left_to_the_tokenizer_and_others_are_not(
    words: list[str], texts: list[str]
) -> None:
    tokenizer = tokenizer_of([*LETTERS, "1", "2", *words])
    matcher = matcher_of(tokenizer)
    assert matcher is not None
    for text, ids in zip(texts, ours(matcher, texts), strict=True):
        unknown = not set(folding().normalize_str(text)) <= set(LETTERS + "12 ")
        assert ids is None if unknown else ids == theirs(tokenizer, text)


@pytest.mark.parametrize(("longest", "most", "bound"), [(5, 100, 5), (9, 4, 4), (3, 3, 3)])
def test_runs_that_the_tokenizer_cuts_are_left_to_it(longest: int, most: int, bound: int) -> None:
    tokenizer = tokenizer_of([*LETTERS, "ab", "abc"], longest, most)
    matcher = matcher_of(tokenizer)
    assert matcher is not None
    texts = ["abc" * 4, "a" * bound, "a" * (bound + 1), "ab c", f"{'b' * bound} {'c' * bound}", ""]
    found = ours(matcher, texts)
    assert [number for number, ids in enumerate(found) if ids is None] == [0, 2]
    assert all(ids is None or ids == theirs(tokenizer, text) for text, ids in zip(texts, found, strict=True))


def test_a_word_with_a_letter_that_is_no_token_is_never_found() -> None:
    """What `tokenizers` makes of such a word is its own affair: the text goes there."""
    tokenizer = tokenizer_of(["a", "b", "axb"])
    matcher = matcher_of(tokenizer)
    assert matcher is not None
    assert ours(matcher, ["axb", "ab", "ba"]) == [None, [1, 2], [2, 1]]


def test_one_character_that_folds_to_several_keeps_the_texts_apart() -> None:
    tokenizer = tokenizer_of([*"kgabc12", "akg", "gk", "kgk"])
    matcher = matcher_of(tokenizer)
    assert matcher is not None
    texts = ["a㎏a", "㎏㎏", "", "b", "㎏", "c㎏ ㎏b", "½a"]
    assert ours(matcher, texts) == [theirs(tokenizer, text) for text in texts]
    assert folding().normalize_str("㎏") == "kg"
    rows = tokenizer.get_vocab()
    assert ours(matcher, ["a㎏㎏"]) == [[rows["akg"], rows["k"], rows["g"]]]


def test_no_texts_have_no_ids() -> None:
    matcher = matcher_of(tokenizer_of(LETTERS))
    assert matcher is not None
    flat, ends, rest = matcher.ids([])
    assert (flat.tolist(), ends.tolist(), rest) == ([], [], [])
    assert ours(matcher, ["", "", " "]) == [[], [], []]


def test_a_tokenizer_that_splits_elsewhere_or_keeps_case_has_no_matcher() -> None:
    other = tokenizer_of(LETTERS)
    other.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex("a"), "isolated"), pre_tokenizers.FixedLength(5)]
    )
    assert matcher_of(other) is None
    other.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit()])
    assert matcher_of(other) is None
    bare = tokenizer_of(LETTERS)
    bare.normalizer = None
    assert matcher_of(bare) is None


# --- where things stand -----------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), max_size=60), st.integers(1, 5))
def test_long_runs_begin_where_a_loop_finds_them(codes: list[int], longest: int) -> None:
    closed = [*codes, 0]
    wanted, begin = [], 0
    for place, code in enumerate(closed):
        if code == 0:
            wanted += [begin] if place - begin > longest else []
            begin = place + 1
    assert _long_runs(np.array(closed, np.int32), longest).tolist() == wanted


@settings(deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=8), st.data())
def test_places_are_counted_to_the_text_they_stand_in(sizes: list[int], data: st.DataObject) -> None:
    owner = [number for number, size in enumerate(sizes) for _ in range(size)]
    places = data.draw(st.lists(st.integers(0, len(owner) - 1), max_size=6))
    assert _texts_at(np.array(places, np.int64), np.cumsum(sizes)) == {owner[place] for place in places}


# --- the trie ---------------------------------------------------------------------------------------------------------

SMALL = {letter: code for code, letter in enumerate(string.ascii_lowercase[:6], start=1)}
SPELLED = st.lists(st.text("abcdef", min_size=1, max_size=5), max_size=60).map(lambda words: dict.fromkeys(words))


@settings(max_examples=150, deadline=None)
@given(SPELLED)
def test_no_two_nodes_of_a_trie_share_a_place(words: dict[str, None]) -> None:
    rows = {word: row for row, word in enumerate(words)}
    children, ends = _nested(rows, SMALL)
    bases, size = _bases(children, len(SMALL))
    places = [int(bases[node]) + code for node, below in enumerate(children) for code in below]
    assert len(places) == len(set(places)) == len(children) - 1
    assert all(0 < place < size for place in places)
    prefixes = {word[:end] for word in words for end in range(1, len(word) + 1)}
    assert len(children) == 1 + len(prefixes) and sorted(row for row in ends if row >= 0) == sorted(rows.values())


@settings(max_examples=150, deadline=None)
@given(SPELLED, st.text("abcdef", max_size=6))
def test_walking_the_trie_reads_exactly_the_prefixes(words: dict[str, None], spelled: str) -> None:
    rows = {word: row for row, word in enumerate(words)}
    trie = Trie.build(rows, SMALL)
    node, read = 0, ""
    for letter in spelled:
        code = SMALL[letter]
        following = int(trie.base[node]) + code
        known = following < len(trie.parent) and (node == 0 or int(trie.parent[following]) == node)
        here = any(word.startswith(read + letter) for word in words)
        if node:
            assert known == here
        if not here:
            break
        node, read = following, read + letter
        assert int(trie.row[node]) == rows.get(read, -1)


@settings(max_examples=100, deadline=None)
@given(SPELLED, st.lists(st.integers(0, 6), max_size=40))
def test_letters_that_are_no_word_by_themselves_still_begin_words(words: dict[str, None], codes: list[int]) -> None:
    rows = {word: row for row, word in enumerate(words)}
    lengths, found = Trie.build(rows, SMALL).longest(np.array(codes, np.int32))
    text = "".join(" abcdef"[code] for code in codes)
    for place in range(len(text)):
        best = max((word for word in words if text.startswith(word, place)), key=len, default="")
        assert (int(lengths[place]), int(found[place])) == (len(best), rows.get(best, -1))


def test_an_empty_trie_finds_nothing() -> None:
    lengths, found = Trie.build({}, SMALL).longest(np.array([0, 1, 2, 6], np.int32))
    assert lengths.tolist() == [0] * 4 and found.tolist() == [-1] * 4
    assert Trie.build({"a": 7}, SMALL).longest(np.zeros(0, np.int32))[0].shape == (0,)


@pytest.mark.parametrize("branches", [300, 900])
def test_a_node_with_more_children_than_a_window_has_its_own_room(branches: int) -> None:
    letters = {chr(0x4E00 + number): number + 1 for number in range(branches)}
    names = list(letters)
    rows = {word: row for row, word in enumerate([*names, *(names[0] + name for name in names), names[1] + names[2]])}
    trie = Trie.build(rows, letters)
    codes = np.array([1, branches, 0, 2, 3, 1], np.int32)
    lengths, found = trie.longest(codes)
    assert lengths.tolist() == [2, 1, 0, 2, 1, 1]
    assert found.tolist() == [2 * branches - 1, branches - 1, -1, 2 * branches, 2, 0]
