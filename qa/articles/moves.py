"""Blocks that stand after another story, and headlines printed over those of the next: they are brought home.

Two small networks over `claims`, one for blocks that go on another story and one for blocks whose headlines stand over
those of the story above, trained by `python -m qa.benchmark moves` on generated pages with such faults and others.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.articles.claims import ROW, Claims, claims_of
from qa.articles.joins import unfinished
from qa.articles.lines import Line
from qa.articles.order import is_ring
from qa.articles.seams import Floats
from qa.articles.stories import Story
from qa.articles.tagger import Tag

_MOVE_SURE, _HEAD_SURE = -0.7, 0.0  # log odds from which a block is moved: at less, sound ones go too
_REST = 1.5  # log odds: the rest of a story that breaks off is lost less often than on generated pages
_WIDEST = 6.0  # standard deviations beyond which a number tells no more


@dataclass(frozen=True)
class Judge:
    """A network of three layers: the mean and the spread of its inputs, and [inputs, outputs] and [outputs] of each."""

    mean: Floats
    spread: Floats
    layers: tuple[tuple[Floats, Floats], ...]

    def log_odds(self, rows: Floats) -> Floats:
        """float32[...] of float32[..., inputs]."""
        seen = np.clip((rows - self.mean) / self.spread, -_WIDEST, _WIDEST)
        *inner, (last, shift) = self.layers
        for weights, bias in inner:
            seen = np.maximum(seen @ weights + bias, 0)
        found: Floats = (seen @ last + shift)[..., 0]
        return found

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> Judge:
        mean, spread = (np.array(stored[name], np.float32) for name in ("mean", "spread"))
        return cls(mean, spread, tuple(_layer(entry) for entry in stored["layers"]))


def _layer(entry: Sequence[Any]) -> tuple[Floats, Floats]:
    weights, bias = entry
    return np.array(weights, np.float32), np.array(bias, np.float32)


@functools.cache
def load_judges() -> Mapping[str, Judge]:
    stored = json.loads(files("qa.articles").joinpath("moves.json").read_text("utf-8"))
    return {name: Judge.restored(entry) for name, entry in stored.items()}


@dataclass(frozen=True)
class Move:
    """The block from `place` of `story` belongs to the story `home`, or under the first `heads` headlines above it."""

    odds: float
    story: int
    place: int
    home: int = -1
    heads: int = 0


def bring_home(stories: Sequence[Story], settled: Collection[int] = ()) -> list[Story]:
    """The stories with every block where it belongs; the given ones are changed.

    `settled` are numbers of lines whose home is known from elsewhere.
    """
    found = claims_of(stories)
    moves = chosen(found) if found is not None else []
    moves = [move for move in moves if stories[move.story].body[move.place][0].number not in settled]
    headed: dict[int, list[Story]] = {}
    for move in sorted(moves, key=lambda move: (move.story, -move.place)):
        source = stories[move.story]
        block = source.body[move.place :]
        del source.body[move.place :]
        if move.heads:
            headed.setdefault(move.story, []).append(Story(source.heads[: move.heads], _begun(block)))
            del source.heads[: move.heads]
        else:
            _append(stories[move.home], block)
    return [one for n, story in enumerate(stories) for one in (*headed.get(n, ()), story)]


def chosen(claims: Claims) -> list[Move]:
    """The moves that are likely, the likeliest first; no end is continued twice, no group of headlines parted twice."""
    found: list[Move] = []
    ended: set[int] = set()
    for move in sorted(_likely(claims), key=lambda move: -move.odds):
        key = -1 - move.story if move.heads else move.home
        near = any(move.story == other.story and move.place == other.place for other in found)
        sent = move.home >= 0 and any(other.story == move.home and not other.heads for other in found)
        if key not in ended and not near and not sent:
            ended.add(key)
            found.append(move)
    return found


def _likely(claims: Claims) -> list[Move]:
    judges = load_judges()
    to, under = judges["moves"].log_odds(claims.moves), judges["heads"].log_odds(claims.heads)
    to += _REST * (_is(claims, "open there") & ~_is(claims, "open above"))
    found = []
    for n, cut in enumerate(claims.cuts):
        to[n, cut.story] = -np.inf
        home = int(to[n].argmax())
        if to[n, home] > _MOVE_SURE:
            found.append(Move(float(to[n, home]), cut.story, cut.place, home=home))
        if claims.upper[n] and under[n] > _HEAD_SURE:
            found.append(Move(float(under[n]), cut.story, cut.place, heads=claims.upper[n]))
    return found


def _is(claims: Claims, column: str) -> NDArray[np.bool_]:
    """Where a column of the choices says yes: [cuts, stories]."""
    found: NDArray[np.bool_] = claims.moves[..., ROW.index(column)] == 1
    return found


def _begun(block: list[tuple[Line, Tag]]) -> list[tuple[Line, Tag]]:
    """The block as the text of a story: its first line is no stray one any more."""
    (line, tag), *rest = block
    return block if tag == "detached" and is_ring(Story(body=block)) else [(line, _if_begun(tag)), *rest]


def _append(story: Story, block: list[tuple[Line, Tag]]) -> None:
    (line, tag), *rest = block
    if not (tag == "detached" and is_ring(Story(body=block))):  # else its two columns are in the wrong order
        block = [(line, "continues" if unfinished(story.end) else _if_begun(tag)), *rest]
    story.body.extend(block)


def _if_begun(tag: Tag) -> Tag:
    return "begins" if tag == "detached" else tag
