"""The words of a question as they can stand in a text, each with its rarity in the archive."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa import glosses
from qa.answers.evidence import Sentence
from qa.answers.protocol import Archive
from qa.conversation.question import Question
from qa.text import is_han, terms

Floats = npt.NDArray[np.float64]
Held = npt.NDArray[np.bool_]
Group = tuple[str, ...]
_MOST = 200  # terms of a question that are weighed


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """Terms of a question: pairs of characters, Latin words, numbers; then single characters.

    Each is a group of forms, any of which will do: one for a Chinese term, the glosses of an English word. Rarity
    goes from 0 (in every passage) to 1 (in one or none).
    """

    grams: tuple[Group, ...]
    rarity: Floats
    chars: tuple[Group, ...]
    char_rarity: Floats
    unknown: Held  # which grams no passage holds
    exact: Held  # which grams are numbers or Latin words, to be found as they are
    chinese: str = ""  # of an English question, the Chinese words that its words may stand for

    def held(self, texts: Sequence[tuple[str, frozenset[str]]]) -> Held:
        """Which grams, then which chars, each text (folded, with its terms) holds: bool[texts, grams + chars]."""
        groups = (*self.grams, *self.chars)
        if all(len(group) == 1 and (len(group[0]) < 3 or not is_han(group[0][0])) for group in groups):
            wanted = [group[0] for group in groups]
            found = [[term in held for term in wanted] for _, held in texts]
        else:
            found = [[_holds(group, text, held) for group in groups] for text, held in texts]
        return np.array(found, bool).reshape(len(texts), len(groups))

    def places(self, sentence: Sentence) -> list[int]:
        """Where the grams stand in `sentence`."""
        found = (sentence.text.find(form) for group in self.grams for form in group)
        return [place for place in found if place >= 0]


def _holds(group: Group, text: str, held: frozenset[str]) -> bool:
    return any(form in held if len(form) < 3 or not is_han(form[0]) else form in text for form in group)


def weigh(archive: Archive, question: Question) -> Weighted:
    """The terms of `question` weighed by `archive`; the words of an English question with their Chinese glosses."""
    english = [word for word in question.words if not is_han(word[0])] if question.lang == "en" else []
    glossed = english_groups(archive, english)
    found = [term for word in question.words if word not in english for term in terms(word)]
    pairs = [(term,) for term in found if len(term) > 1 or not is_han(term)]
    singles = [(term,) for term in found if len(term) == 1 or not is_han(term[0])]
    grams = tuple(dict.fromkeys([*pairs, *glossed] or singles))[:_MOST]
    chars = tuple(dict.fromkeys([*singles, *glossed]))[:_MOST]
    counts = [_frequency(archive, group) for group in grams]
    kept = [i for i in range(len(grams)) if not _bridges(grams, counts, i)]
    grams, counts = tuple(grams[i] for i in kept), [counts[i] for i in kept]
    single = [_frequency(archive, group) for group in chars]
    total = max(archive.passage_count, 1)
    exact = [len(group) == 1 and not is_han(group[0][0]) for group in grams]
    unknown, more = np.array(counts, float) <= 0, _expansion(question, glossed)
    return Weighted(grams, _rarity(counts, total), chars, _rarity(single, total), unknown, np.array(exact, bool), more)


def _bridges(grams: Sequence[Group], counts: Sequence[int], i: int) -> bool:
    """Whether an unknown pair only joins two known ones: the end of one word and the beginning of the next."""
    if counts[i] or not 0 < i < len(grams) - 1:
        return False
    left, here, right = (grams[j][0] for j in (i - 1, i, i + 1))
    together = left[-1:] == here[0] and here[-1:] == right[0] and is_han(here[0]) and is_han(here[-1])
    return together and counts[i - 1] > 0 and counts[i + 1] > 0


def english_groups(archive: Archive, words: Sequence[str]) -> list[Group]:
    """The forms of each phrase of an English question that the archive holds, and the phrase itself."""
    found = [
        (phrase, [form for form in forms if len(form) > 1] or forms)  # 法 for France says little where 法国 is at hand
        for phrase, forms in glosses.variants(words, lambda pair: archive.document_frequency(pair) > 0)
    ]
    return [
        tuple(form for form in (phrase, *forms) if form == phrase or _frequency(archive, (form,)))
        for phrase, forms in found
    ]


def expansion(archive: Archive, question: Question) -> str:
    """The Chinese words that the words of an English question may stand for and that the archive holds, or ""."""
    if question.lang != "en":
        return ""
    return _expansion(question, english_groups(archive, [word for word in question.words if not is_han(word[0])]))


def _expansion(question: Question, groups: Sequence[Group]) -> str:
    if question.lang != "en":
        return ""
    chinese = [word for word in question.words if is_han(word[0])]
    return " ".join([*chinese, *(form for group in groups for form in group[:4])])


def _frequency(archive: Archive, group: Group) -> int:
    """About how many passages hold one of the forms: the rarest pair of each speaks for it."""
    return sum(min(archive.document_frequency(term) for term in _pairs(form)) for form in group)


def _pairs(form: str) -> list[str]:
    found = terms(form)
    return [term for term in found if len(term) > 1] or found or [form]


def _rarity(counts: Sequence[int], total: int) -> Floats:
    """Robertson's inverse document frequency, scaled by that of a term in one passage."""
    number = np.clip(np.array(counts, float), 1, total)
    value = np.log1p((total - number + 0.5) / (number + 0.5)) / math.log1p((total - 0.5) / 1.5 + 1e-9)
    result: Floats = np.clip(value, 0.0, 1.0)
    return result
