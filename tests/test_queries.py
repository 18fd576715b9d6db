"""Queries are encoded once, alone or many together, with and without tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from qa.archive.queries import Queries


class Counting:
    """A model that tells the length of a text, and which texts it was given. Its tokens are code points."""

    def __init__(self, *, has_tokens: bool) -> None:
        self.has_tokens = has_tokens
        self.given: list[str] = []

    def token_ids(self, texts: Sequence[str]) -> list[Any]:
        self.given += texts
        return [np.array([ord(character) for character in text], np.int32) for text in texts]

    def pool(self, ids: Sequence[Any]) -> Any:
        return np.array([[len(one), 1] for one in ids], np.float32)

    def encode_query(self, texts: Sequence[str]) -> Any:
        self.given += texts
        return np.array([[len(text), 0] for text in texts], np.float32)


@pytest.mark.parametrize("has_tokens", [True, False])
def test_a_query_is_encoded_once(has_tokens: bool) -> None:
    model: Any = Counting(has_tokens=has_tokens)
    queries = Queries(10)
    for _ in range(3):
        vector, tokens = queries.encoded("工会", model)
        assert vector.tolist() == [2, int(has_tokens)]
        assert (tokens.tolist() if tokens is not None else None) == ([24037, 20250] if has_tokens else None)
    queries.prepare(["工会", "奉化", "工会", "奉化"], model)
    queries.encoded("奉化", model)
    assert model.given == ["工会", "奉化"]


def test_what_was_prepared_together_is_what_each_query_gives_alone() -> None:
    model: Any = Counting(has_tokens=True)
    together, alone = Queries(10), Queries(10)
    asked = ["一", "二三", "", "四五六"]
    together.prepare(asked, model)
    for query in asked:
        vector, tokens = together.encoded(query, model)
        expected = alone.encoded(query, model)
        assert vector.tolist() == expected[0].tolist()
        assert tokens is not None and expected[1] is not None and tokens.tolist() == expected[1].tolist()


def test_no_more_are_kept_than_there_is_room_for() -> None:
    model: Any = Counting(has_tokens=False)
    queries = Queries(2)
    for query in ("一", "二", "三", "四"):
        queries.encoded(query, model)
    assert len(queries._known) <= 3
    assert queries.encoded("一", model)[0].tolist() == [1, 0] and model.given.count("一") == 2


def test_nothing_is_asked_of_the_model_where_nothing_is_new() -> None:
    model: Any = Counting(has_tokens=True)
    queries = Queries(5)
    queries.prepare([], model)
    queries.prepare(["一"], model)
    queries.prepare(["一", "一"], model)
    assert model.given == ["一"]
