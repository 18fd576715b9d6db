"""Features by numbers are those that strings would give, and weigh what single names weigh."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.articles.features import PageView, held_features, page_features
from qa.articles.forms import Forms, Held, Rows, Value
from qa.articles.lines import read_lines
from qa.articles.tagger import load_weights, viterbi

SEEDS = sorted((Path(__file__).parents[1] / "seeds").glob("*.txt"))
LINES = st.lists(st.tuples(st.sampled_from([1, 2, 3, None]), st.sampled_from(["a", "b", ""])), max_size=8)


@given(LINES)
def test_a_form_is_filled_with_the_values_of_its_line_and_of_those_beside_it(
    lines: list[tuple[int | None, str]],
) -> None:
    forms = Forms("bias", "n={n}", "both={n} {s}", "below={next s}", "far={third n} {s}", "above={prev s}{n}")
    held = forms.held({"n": [n for n, _ in lines], "s": [s for _, s in lines]})
    expected = []
    for i, (n, s) in enumerate(lines):
        names = ["bias"] + ([] if n is None else [f"n={n}", f"both={n} {s}"])
        names += [f"below={lines[i + 1][1]}"] if i + 1 < len(lines) else []
        names += [f"far={lines[i + 3][0]} {s}"] if i + 3 < len(lines) and lines[i + 3][0] is not None else []
        expected.append(names + ([f"above={lines[i - 1][1]}{n}"] if i and n is not None else []))
    assert list(held) == expected


def test_a_name_keeps_its_number_from_page_to_page() -> None:
    forms = Forms("x={x}")
    first = forms.held({"x": ["a", "b"]}).numbers.copy()
    assert forms.held({"x": ["b", "c", "a"]}).numbers[[2, 0]].tolist() == first.tolist()


def test_a_column_of_too_many_values_is_refused_however_often() -> None:
    forms = Forms("x={x}")
    for _ in range(2):
        with pytest.raises(ValueError, match="too many values"):
            forms.held({"x": list(range(17))})


def test_many_threads_give_every_name_one_number() -> None:
    forms = Forms("x={x}", "{x} {y}")
    pages: list[dict[str, list[Value]]] = [{"x": [n % 7, n % 5], "y": [f"{n % 9}", "z"]} for n in range(60)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(forms.held, pages))
    names = [[f"x={page['x'][i]}", f"{page['x'][i]} {page['y'][i]}"] for page in pages for i in (0, 1)]
    assert [line for held in found for line in held] == names
    assert len(set(found[0].names)) == len(found[0].names)


@given(st.lists(st.lists(st.sampled_from("abcxy"), max_size=6), min_size=1, max_size=5))
def test_sums_are_those_of_the_known_names(lines: list[list[str]]) -> None:
    weights = {"a": [1.0, 2.0], "b": [0.5, -1.0], "c": [0.0, 8.0]}
    rows = Rows({name: n for n, name in enumerate(weights)}, np.array(list(weights.values())))
    expected = [[sum(weights[name][k] for name in line if name in weights) for k in (0, 1)] for line in lines]
    assert rows.sums(lines).tolist() == expected


def test_rows_learn_the_names_that_come_later() -> None:
    forms, rows = Forms("x={x}"), Rows({"x=1": 0, "x=2": 1}, np.array([3.0, 5.0]))
    assert [rows.sums(forms.held({"x": [n, 9]})).tolist() for n in (1, 2, 3)] == [[3.0, 0.0], [5.0, 0.0], [0.0, 0.0]]


def test_a_page_of_many_lines_is_summed_block_by_block() -> None:
    rows = Rows({"a": 0}, np.array([[1, 10]]))
    assert rows.sums([["a"] * (n % 3) for n in range(700)]).tolist() == [[n % 3, 10 * (n % 3)] for n in range(700)]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_numbers_and_names_weigh_the_same_to_the_last_bit(path: Path) -> None:
    lines, weights = read_lines(path.read_text(encoding="utf-8")), load_weights()
    own, pairs = page_features(lines)
    numbered = held_features(PageView(lines))
    assert [list(held) for held in numbered] == [own, pairs]
    assert (weights.page(numbered[0]) == weights.page(own)).all()
    assert (weights.steps(numbered[1]) == weights.steps(pairs)).all()
    assert viterbi(weights, *numbered) == viterbi(weights, own, pairs)


def test_no_blur_takes_a_value_out_of_its_column() -> None:
    lines, rng = read_lines(SEEDS[0].read_text(encoding="utf-8")), random.Random(5)
    for _ in range(5):
        assert all(own and "bias" in own for own in page_features(lines, rng)[0])


def test_a_page_without_lines_has_no_features() -> None:
    own, pairs = held_features(PageView([]))
    assert isinstance(own, Held) and list(own) == list(pairs) == []
