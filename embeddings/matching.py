"""Longest-match tokens of many texts at once: the same ids as `tokenizers`, several times as fast.

`tokenizers` carries the offset of every character through every stage, which costs more than the look-ups. Here a batch
is one row of code points: a table folds each, a trie gives the longest token at every place, and all runs of letters
are walked together. What a table of single code points cannot say (combining marks, letters without a token, runs that
the tokenizer cuts) is left to `tokenizers`, text by text.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from embeddings.trie import Ints, Trie

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Places = npt.NDArray[np.int64]

_SPACE, _ODD, _NEW = 0, -1, -2  # what a code point becomes besides a letter (> 0); below _NEW: several letters
_CAPITAL = "A"


def matcher_of(tokenizer: Tokenizer) -> Matcher | None:
    """A matcher with the ids of `tokenizer`; None where that does more than fold, split at space and match."""
    parts = json.loads(tokenizer.to_str())
    model, split, folding = parts["model"], parts["pre_tokenizer"] or {}, parts["normalizer"] or {}
    steps = [step.get("type") for step in split.get("pretokenizers", [])]
    plain = model.get("type") == "WordPiece" and model.get("continuing_subword_prefix") == ""
    if not plain or folding.get("type") != "Precompiled" or steps != ["WhitespaceSplit", "FixedLength"]:
        return None
    if parts["added_tokens"] or tokenizer.normalizer.normalize_str(_CAPITAL) == _CAPITAL:
        return None
    vocabulary = {word: row for word, row in model["vocab"].items() if word != model["unk_token"]}
    longest = min(int(split["pretokenizers"][1]["length"]), int(model["max_input_chars_per_word"]))
    return Matcher(tokenizer, vocabulary, longest)


class Matcher:
    """Longest match over `vocabulary`, whose letters are its words of one character. Thread-safe."""

    def __init__(self, tokenizer: Tokenizer, vocabulary: Mapping[str, int], longest_run: int) -> None:
        singles = [word for word in vocabulary if len(word) == 1]
        self._letters = {letter: code for code, letter in enumerate(singles, start=1)}
        spelled = {word: row for word, row in vocabulary.items() if word and self._letters.keys() >= set(word)}
        self._trie = Trie.build(spelled, self._letters)
        self._normalizer = tokenizer.normalizer
        self._longest_run = longest_run
        self._learning = threading.Lock()
        self._table = np.full(0x110000, _NEW, np.int32)
        self._table[0xD800:0xE000] = _SPACE  # halves of surrogate pairs
        self._several: list[tuple[int, ...]] = []

    def ids(self, texts: Sequence[str]) -> tuple[Ints, Places, list[int]]:
        """(ids of all texts one after the other, where each text ends among them, the texts left out).

        A text that is left out has no ids here and must go through `tokenizers`.
        """
        points = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), np.uint32)
        codes, ends = self._codes(points), np.cumsum([len(text) + 1 for text in texts])
        odd = _texts_at(np.flatnonzero(codes == _ODD), ends)
        codes, ends = self._spread(codes, ends)
        odd |= _texts_at(_long_runs(codes, self._longest_run), ends)
        for text in odd:
            codes[ends[text - 1] if text else 0 : ends[text]] = _SPACE
        places, found = self._walk(codes)
        return found, np.searchsorted(places, ends), sorted(odd)

    def _codes(self, points: npt.NDArray[np.uint32]) -> Ints:
        codes = self._table[points]
        if not (codes == _NEW).any():
            return codes
        with self._learning:
            for point in np.unique(points[codes == _NEW]).tolist():
                self._table[point] = self._learned(chr(point))
        return self._table[points]

    def _learned(self, character: str) -> int:
        folded, capital = self._normalizer.normalize_str(character), self._normalizer.normalize_str(_CAPITAL)
        joined = (
            self._normalizer.normalize_str(_CAPITAL + character),
            self._normalizer.normalize_str(character + _CAPITAL),
        )
        if not folded or joined != (capital + folded, folded + capital):
            return _ODD  # it makes one character of itself and a neighbour
        codes = tuple(_SPACE if _is_space(one) else self._letters.get(one, _ODD) for one in folded)
        if _ODD in codes:
            return _ODD
        if not any(codes) or len(codes) == 1:
            return codes[0]
        if codes not in self._several:
            self._several.append(codes)
        return _NEW - 1 - self._several.index(codes)

    def _spread(self, codes: Ints, ends: Places) -> tuple[Ints, Places]:
        """`codes` and `ends` with several letters in place of the code that stands for them."""
        at = np.flatnonzero(codes < _NEW)
        if not len(at):
            return codes, ends
        several = self._several[:]
        sizes = np.array([len(one) for one in several])
        letters = np.array([[*one, *[_SPACE] * (sizes.max() - len(one))] for one in several], np.int32)
        which = _NEW - 1 - codes[at]
        added = np.zeros(len(codes), np.int64)
        added[at] = sizes[which] - 1
        shift = np.cumsum(added)
        spread = np.zeros(len(codes) + int(shift[-1]), np.int32)
        first = np.arange(len(codes)) + shift - added
        spread[first] = codes
        for place in range(int(sizes.max())):
            long = sizes[which] > place
            spread[first[at[long]] + place] = letters[which[long], place]
        return spread, ends + shift[ends - 1]

    def _walk(self, codes: Ints) -> tuple[Places, Ints]:
        """Where the tokens begin and which they are, all runs at the same time."""
        lengths, rows = self._trie.longest(codes)
        begins = np.zeros(len(codes), bool)
        inside = codes > 0
        at = np.flatnonzero(inside & ~np.concatenate([[False], inside[:-1]]))
        while len(at):
            begins[at] = True
            at = at + lengths[at]
            at = at[inside[at]]
        places = np.flatnonzero(begins)
        return places, rows[places]


def _texts_at(places: Places, ends: Places) -> set[int]:
    return set(np.searchsorted(ends, places, side="right").tolist())


def _long_runs(codes: Ints, longest: int) -> Places:
    """Where the runs of letters begin that are longer than `longest`."""
    spaces = np.concatenate([[-1], np.flatnonzero(codes == _SPACE)])
    return spaces[:-1][np.diff(spaces) - 1 > longest] + 1


def _is_space(character: str) -> bool:
    """White space as Unicode has it: four separators of files count for Python alone."""
    return character.isspace() and not "\x1c" <= character <= "\x1f"
