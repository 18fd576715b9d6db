"""Longest-match tokens of many texts at once: the same ids as `tokenizers`, several times as fast.

`tokenizers` carries the offset of every character through every stage, which costs more than the look-ups. Here a batch
is one row of code points: a table folds each, a trie gives the longest token at every place, and all runs of letters
are walked together. What a table of single code points cannot say (combining marks, letters without a token, runs that
the tokenizer cuts) is left to `tokenizers`, text by text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from embeddings.folding import CAPITAL, ODD, SPACE, Fold, Folding, Learner
from embeddings.trie import Ints, Trie

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Places = npt.NDArray[np.int64]


def matcher_of(tokenizer: Tokenizer) -> Matcher | None:
    """A matcher with the ids of `tokenizer`; None where that does more than fold, split at space and match."""
    parts = json.loads(tokenizer.to_str())
    model, split, folding = parts["model"], parts["pre_tokenizer"] or {}, parts["normalizer"] or {}
    steps = [step.get("type") for step in split.get("pretokenizers", [])]
    plain = model.get("type") == "WordPiece" and model.get("continuing_subword_prefix") == ""
    if not plain or folding.get("type") != "Precompiled" or steps != ["WhitespaceSplit", "FixedLength"]:
        return None
    fold: Fold = tokenizer.normalizer.normalize_str
    if parts["added_tokens"] or fold(CAPITAL) == CAPITAL:
        return None
    vocabulary = {word: row for word, row in model["vocab"].items() if word != model["unk_token"]}
    longest = min(int(split["pretokenizers"][1]["length"]), int(model["max_input_chars_per_word"]))
    return Matcher.of(vocabulary, fold, longest)


class Matcher:
    """Longest match over the words of `trie`, whose letters are what `folding` makes of code points. Thread-safe."""

    def __init__(self, trie: Trie, folding: Folding, longest_run: int) -> None:
        self.trie, self.folding, self.longest_run = trie, folding, longest_run

    @classmethod
    def of(cls, vocabulary: Mapping[str, int], fold: Fold, longest_run: int) -> Matcher:
        """Over `vocabulary`; its words of one character are the letters, and words with others are never found."""
        letters = {word: code for code, word in enumerate((word for word in vocabulary if len(word) == 1), start=1)}
        spelled = {word: row for word, row in vocabulary.items() if word and letters.keys() >= set(word)}
        return cls(Trie.build(spelled, letters), Folding.unlearned(Learner(fold, letters)), longest_run)

    def ids(self, texts: Sequence[str]) -> tuple[Ints, Places, list[int]]:
        """(ids of all texts one after the other, where each text ends among them, the texts left out).

        A text that is left out has no ids here and must go through `tokenizers`.
        """
        points = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), np.uint32)
        codes, ends = self.folding.codes(points), np.cumsum([len(text) + 1 for text in texts])
        odd = _texts_at(np.flatnonzero(codes == ODD), ends)
        codes, ends = self.folding.spread(codes, ends)
        odd |= _texts_at(_long_runs(codes, self.longest_run), ends)
        for text in odd:
            codes[ends[text - 1] if text else 0 : ends[text]] = SPACE
        places, found = self._walk(codes)
        return found, np.searchsorted(places, ends), sorted(odd)

    def _walk(self, codes: Ints) -> tuple[Places, Ints]:
        """Where the tokens begin and which they are, all runs at the same time."""
        lengths, rows = self.trie.longest(codes)
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
    spaces = np.concatenate([[-1], np.flatnonzero(codes == SPACE)])
    return spaces[:-1][np.diff(spaces) - 1 > longest] + 1
