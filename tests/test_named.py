"""What a question names, and how much of it a text holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.answers.named import held_share, names_of, strange_runs
from qa.conversation import analyse
from qa.glosses import common_words

TEXT = "赵小兰是城南街道的主席,2021年起任职。"
pieces = st.lists(st.sampled_from(["工作", "学校", "赵小兰", "的", "2021", "澄湖", "老师", "ABC"]), max_size=8)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("赵小兰的丈夫叫什么名字?", ["赵小兰"]),
        ("澄湖图书馆2022年来了多少读者?", ["澄湖", "2022"]),
        ("员工给企业出主意能换什么?", []),
        ("“一湖双桥”工程花了多少钱?", ["一湖双桥"]),
        ("T2路公交全长多少公里?", ["t2"]),
    ],
)
def test_names_are_what_no_dictionary_knows(question: str, names: list[str]) -> None:
    assert names_of(analyse(question)) == names


def test_every_word_of_an_english_question_is_strange_so_only_quotes_count() -> None:
    assert names_of(analyse('Who wrote "Silver Lake"?')) == ["silver lake"]
    assert names_of(analyse("Who leads the library?")) == []


@settings(deadline=None)
@given(pieces.map(" ".join))
def test_no_name_is_a_common_word_and_all_stand_in_the_text(text: str) -> None:
    for name in strange_runs(text):
        assert name in text
        assert name not in common_words()


@pytest.mark.parametrize(
    ("names", "share"),
    [([], 1.0), (["赵小兰"], 1.0), (["赵小梅"], 0.5), (["钱大海"], 0.0), (["赵小兰", "钱大海"], 0.5), (["2022"], 0.0)],
)
def test_the_share_of_the_names_that_a_text_holds(names: list[str], share: float) -> None:
    assert held_share(names, TEXT) == share


@settings(deadline=None)
@given(st.lists(st.sampled_from(["赵小兰", "街道", "2021", "海东", "xyz"]), max_size=4), pieces.map("".join))
def test_more_text_never_holds_less(names: list[str], more: str) -> None:
    assert 0.0 <= held_share(names, TEXT) <= held_share(names, TEXT + more) <= 1.0
