"""Words, names and their likes: glosses, synonyms, strange words and retold questions against slow definitions."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import glosses
from qa.answers.corpus import plain_corpus
from qa.answers.evidence import candidates, static_encoder
from qa.answers.features import NAMES, feature_rows
from qa.answers.named import held_share, names_of, strange_runs
from qa.answers.retold import Retelling
from qa.answers.soft import SOFT, standard
from qa.conversation import analyse
from qa.glosses import common_words, every_word, known_words, likely_synonyms, same_sound
from qa.text import fold, is_han

TABLE = json.loads(files("qa.glosses").joinpath("glosses.json").read_text(encoding="utf-8"))
PLAIN = [word for word in TABLE["words"] if word.isalpha() and len(word) > 3 and word[-1] in "bdgklmnprtw"]
SYLLABLES = TABLE["pinyin"]
plain = st.integers(0, len(PLAIN) - 1).map(PLAIN.__getitem__)
chinese = st.integers(0, len(every_word()) - 1).map(every_word().__getitem__)
mixed = st.lists(st.one_of(chinese, st.sampled_from([*"的和在,。是a3"])), max_size=8).map("".join)


# ---- glosses --------------------------------------------------------------------------------------------------


@given(plain)
def test_a_plural_has_the_likeliest_gloss_of_its_word_and_capitals_change_nothing(word: str) -> None:
    first = TABLE["words"][word].split()[0]
    assert first in glosses.glosses(word) and first in glosses.glosses(f"{word}s")
    assert glosses.glosses(word.upper()) == glosses.glosses(word)


@given(plain, st.sampled_from(["s", "ed", "ing", "er", "est", "ies", "xyz"]))
def test_glosses_are_few_different_and_chinese(word: str, ending: str) -> None:
    found = glosses.glosses(word + ending)
    assert len(found) == len(set(found)) <= 12 and all(all(map(is_han, one)) for one in found)


@given(st.lists(st.sampled_from(["yang", "xi", "an", "fang", "gan", "lv", "e"]), min_size=1, max_size=4))
def test_every_cut_of_a_name_is_of_syllables_and_gives_the_name_back(parts: list[str]) -> None:
    name = "".join(parts)
    found = glosses.syllables(name)
    assert tuple(parts) in found and len(found) == len(set(found))
    assert all("".join(cut) == name and set(cut) <= set(SYLLABLES) and len(cut) <= 4 for cut in found)
    assert [len(cut) for cut in found] == sorted(len(cut) for cut in found)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["zhang", "xiao", "hong", "li"]), min_size=2, max_size=3), st.integers(0, 10**6))
def test_readings_are_all_words_of_those_sounds_whose_pairs_are_held(parts: list[str], seed: int) -> None:
    chance = random.Random(seed)
    words = ["".join(chance.choice(SYLLABLES[part]) for part in parts) for _ in range(4)]
    held = {a + b for word in words for a, b in itertools.pairwise(word)}
    found = glosses.readings("".join(parts), held.__contains__)
    assert set(words) <= set(found)
    for word in found:
        assert all(a + b in held for a, b in itertools.pairwise(word))
        assert any(
            all(letter in SYLLABLES[syllable] for letter, syllable in zip(word, cut, strict=True))
            for cut in glosses.syllables("".join(parts))
            if len(cut) == len(word)
        )


@given(chinese, st.data())
def test_to_be_synonyms_goes_both_ways_and_never_to_oneself(word: str, data: st.DataObject) -> None:
    found = likely_synonyms(word)
    assert word not in found and len(found) == len(set(found)) and found
    assert word in likely_synonyms(data.draw(st.sampled_from(found)))


@given(mixed)
def test_known_words_are_the_longest_from_the_left(text: str) -> None:
    every, expected, start = set(every_word()), [], 0
    while start < len(text):
        longest = max(
            (n for n in range(2, 7) if start + n <= len(text) and text[start : start + n] in every), default=0
        )
        expected += [text[start : start + longest]] if longest else []
        start += longest or 1
    assert known_words(text) == expected


def test_common_words_are_two_or_three_characters_and_no_names() -> None:
    common = common_words()
    assert all(2 <= len(word) <= 3 and all(map(is_han, word)) for word in common)
    assert not common & {"北京", "杭州", "浙江", "上海", "鲁迅"} and {"工作", "学校", "老师"} <= common


@given(st.sampled_from("链练莲工公宫行航长"))
def test_characters_of_one_sound_share_a_syllable(letter: str) -> None:
    for other in same_sound(letter):
        assert other != letter
        assert any(letter in letters and other in letters for letters in SYLLABLES.values())


# ---- names ----------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(mixed, st.sampled_from(["澄湖溪", "T2-a", "2021"]))
def test_what_is_quoted_is_a_name_and_every_name_stands_in_the_question(text: str, quoted: str) -> None:
    question = f"{text}“{quoted}”在哪里?"
    found = names_of(analyse(question))
    assert fold(quoted) in found and len(found) == len(set(found))
    assert all(name in fold(question) for name in found)


@given(mixed)
def test_strange_runs_stand_in_order_and_hold_no_known_piece_whole(text: str) -> None:
    at = 0
    for run in strange_runs(fold(text)):
        place = fold(text).index(run, at)
        at = place + len(run)
        assert run not in common_words()


@given(st.lists(st.text("甲乙丙", min_size=1, max_size=4), max_size=4), st.text("甲乙丙", max_size=10))
def test_the_share_of_names_is_the_mean_of_their_pairs(names: list[str], text: str) -> None:
    def share(name: str) -> float:
        pairs = list(itertools.pairwise(name))
        held = sum(f"{a}{b}" in text for a, b in pairs)
        return 1.0 if name in text else held / len(pairs) if pairs else 0.0

    expected = sum(map(share, names)) / len(names) if names else 1.0
    assert held_share(names, text) == pytest.approx(expected)


# ---- counterparts ---------------------------------------------------------------------------------------------

TEXTS = ("宏达公司为职工提供免息贷款购房。", "湖边的灯会昨晚开幕,游客很多。", "村里的稻田今年收成不错。")
QUESTIONS = ("企业借钱给员工买房吗?", "灯会来了多少客人?", "农民的粮食丰收了吗?")


def columns(texts: dict[str, str], question: str) -> dict[str, npt.NDArray[np.float64]]:
    """The features of counterparts, by the text of the sentence."""
    corpus = plain_corpus(texts, static_encoder())
    pool = candidates(corpus.search(question))
    rows = feature_rows(corpus, analyse(question), pool)[:, [NAMES.index(name) for name in SOFT]]
    return {one.hit.passage.text: row for one, row in zip(pool, rows, strict=True)}


@pytest.mark.parametrize("question", QUESTIONS)
def test_counterparts_do_not_depend_on_the_order_of_the_archive(question: str) -> None:
    one = columns(dict(zip("abc", TEXTS, strict=True)), question)
    other = columns(dict(zip("cab", TEXTS[::-1], strict=True)), question)
    assert set(one) == set(other) == set(TEXTS)
    for text in TEXTS:
        assert one[text] == pytest.approx(other[text], abs=1e-5)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_sentence_that_says_more_is_no_less_like(question: str) -> None:
    place = SOFT.index("soft_sentence")
    plain_one = columns({"a": TEXTS[0], "b": TEXTS[1]}, question)[TEXTS[0]][place]
    longer = TEXTS[0].rstrip("。") + ",农民的粮食也丰收了。"
    assert columns({"a": longer, "b": TEXTS[1]}, question)[longer][place] >= plain_one - 1e-6


@pytest.mark.parametrize("question", QUESTIONS)
def test_shares_stay_shares(question: str) -> None:
    for row in columns(dict(zip("abc", TEXTS, strict=True)), question).values():
        named = dict(zip(SOFT, row, strict=True))
        for name in (
            "soft_sentence",
            "soft_passage",
            "soft_worst",
            "soft_lonely",
            "soft_new",
            "changed",
            "named_article",
        ):
            assert -1e-6 <= named[name] <= 1 + 1e-6, name
        assert (
            named["soft_sentence"] <= named["soft_passage"] + 1e-6
            and named["soft_worst"] <= named["soft_second"] + 1e-6
        )


def test_the_standard_of_a_vector_does_not_depend_on_its_length() -> None:
    encoder = static_encoder()
    vectors = encoder.token_vectors(encoder.token_ids(["贷款购房"])[0])
    mean, deviation = standard(encoder, vectors)
    longer = standard(encoder, (vectors * 7).astype(np.float32))
    assert longer[0] == pytest.approx(mean, abs=1e-5) and longer[1] == pytest.approx(deviation, abs=1e-5)
    assert (deviation > 0).all() and (np.abs(mean) <= 1).all()


# ---- retold questions -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def retelling(tmp_path_factory: pytest.TempPathFactory) -> Retelling:
    folder: Path = tmp_path_factory.mktemp("words")
    with gzip.open(folder / "cilin.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("员工\t职工\t雇员\n公司\t企业\n医生\t大夫\n学校\t学堂\n安排\t布置\n")
    return Retelling(folder, static_encoder())


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6), text=st.sampled_from(["公司2021年给员工安排了什么工作?", "学校的医生在哪里安排活动?"])
)
def test_a_retelling_is_decided_by_its_seed_and_invents_nothing(retelling: Retelling, seed: int, text: str) -> None:
    told = retelling.question(text, random.Random(seed))
    assert told == retelling.question(text, random.Random(seed))
    assert told == "" or (told != text and analyse(told).content.strip())
    assert all(letter in text for letter in told if letter.isascii() and letter.isalnum())
