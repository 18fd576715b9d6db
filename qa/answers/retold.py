"""Questions told in other words, made for training: readers seldom ask with the words of the page.

Common words are exchanged for words of like meaning (Cilin; Chinese words that share an English gloss) or left out,
the asking words for those of speech; names of people, places and bodies stay or give way to a mere "that person".
"""

from __future__ import annotations

import gzip
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from embeddings.encoder import Encoder
from qa.answers.named import names_of
from qa.answers.samples import Example
from qa.answers.spans import typed_spans
from qa.conversation.patterns import words
from qa.conversation.question import analyse
from qa.glosses import common_words, likely_synonyms
from qa.text import fold, is_han

_LONGEST: Final = 5  # characters of a word
_LARGEST: Final = 14  # words of one class of Cilin that are still of like meaning
_ALIKE: Final = 0.2  # cosine below which words that a dictionary joins have little in common
_PLACES: Final = frozenset(words("places"))
_EXCHANGED: Final = 0.75  # share of the common words that are exchanged, where there are others
_DROPPED: Final = 0.15
_NAMELESS: Final = 0.75  # share of the questions that name nobody
_LEAST: Final = 0.3  # share of the content that must be new or gone
_FEWEST: Final = 5  # characters of content that must be left
_MERE: Final[dict[str, tuple[str, ...]]] = {
    "who": ("那个人", "有个人", "他", "她", "这位", "一个人"), "where": ("那个地方", "那里", "当地", "有个地方", ""),
    "body": ("那家单位", "有个单位", "他们", "这个机构", ""), "when": ("那时候", "那年", ""),
    "name": ("那个", "有个", "这个", "", ""),
}  # fmt: skip
_SPOKEN: Final = (
    (r"为什么|为何", ("为啥", "咋", "怎么", "为什么")),
    (r"怎么样|如何|怎样", ("咋", "怎么", "咋样")),
    (r"什么时候|何时", ("啥时候", "哪天", "几时", "什么时候")),
    (r"什么|何种", ("啥", "什么", "哪种")),
    (r"哪里|何处", ("哪儿", "哪里", "什么地方")),
    (r"是谁", ("是哪个", "是哪位", "是谁", "是什么人")),
    (r"多少(?=[个名人位年件家])", ("几", "多少")),
)  # fmt: skip
_ENDS: Final = ("?", "?", "", "呀?", "呢?", "啊")


class Retelling:
    """Words of like meaning from `folder` (`cilin.tsv.gz`) and from the glosses of the package."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._encoder = encoder
        self._kept: dict[str, tuple[str, ...]] = {}
        classes: dict[str, dict[str, None]] = defaultdict(dict)
        with gzip.open(folder / "cilin.tsv.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                same = [fold(word) for word in line.split()]
                for word in same if len(same) <= _LARGEST else ():
                    classes[word] |= dict.fromkeys(same)
        self._classes = {word: tuple(others) for word, others in classes.items()}

    def synonyms(self, word: str) -> tuple[str, ...]:
        """Words of like meaning, other than `word`."""
        if word not in self._kept:
            found = dict.fromkeys((*self._classes.get(word, ()), *likely_synonyms(word)))
            others = [other for other in found if other != word and other not in _PLACES]
            vectors = self._encoder.encode_query([word, *others])
            close = (vectors[1:] * vectors[0]).sum(axis=1)
            self._kept[word] = tuple(o for o, one in zip(others, close, strict=True) if one > _ALIKE)
        return self._kept[word] if word not in _PLACES else ()

    def question(self, text: str, chance: random.Random) -> str:
        """The question in other words, or "" where too few of them can change."""
        folded, parts, changed = fold(text), list[str](), 0
        pieces = list(self._pieces(folded, chance.random() < _NAMELESS, chance))
        content = sum(is_han(letter) for letter in analyse(text).content)
        for old, new in pieces:
            parts.append(new)
            changed += len(old) if new != old else 0
        asked = re.sub("[??。 ]+$", "", "".join(parts))
        left = sum(is_han(letter) for letter in analyse(asked).content)
        if changed < max(_LEAST * content, 2) or left < _FEWEST:
            return ""
        for pattern, spoken in _SPOKEN:
            asked = re.sub(pattern, chance.choice(spoken), asked) if chance.random() < 0.4 else asked
        return asked + chance.choice(_ENDS)

    def _pieces(self, folded: str, nameless: bool, chance: random.Random) -> Iterator[tuple[str, str]]:
        """The question in pieces, each with what is said instead."""
        content = analyse(folded).content
        names = _named(folded, content)
        start = 0
        while start < len(folded):
            if start in names:
                kind, end = names[start]
                yield folded[start:end], chance.choice(_MERE[kind]) if nameless else folded[start:end]
                start = end
                continue
            sizes = range(_LONGEST, 0, -1)
            edge = min((name for name in names if name > start), default=len(folded))
            size = next((n for n in sizes if start + n <= edge and self._known(content[start : start + n])), 1)
            word = folded[start : start + size]
            is_content = bool(content[start].strip()) and is_han(folded[start])
            yield word, self._instead(word, chance) if is_content else word
            start += size

    def _known(self, word: str) -> bool:
        return " " not in word and bool(self.synonyms(word))

    def _instead(self, word: str, chance: random.Random) -> str:
        others = self.synonyms(word)
        strange = [other for other in others if not set(other) & set(word)] or list(others)
        if len(word) > 1 and strange and chance.random() < _EXCHANGED:
            return chance.choice(strange if chance.random() < 0.7 else others)
        return "" if len(word) > 1 and chance.random() < _DROPPED else word

    def example(self, example: Example, chance: random.Random) -> Example | None:
        question = self.question(example.question, chance)
        return replace(example, question=question, retold=True) if question else None


def _named(folded: str, content: str) -> dict[int, tuple[str, int]]:
    """Where names begin -> what they name and where they end; the longest of those that overlap."""
    typed = [span for span in typed_spans(folded) if span.kind in _MERE]
    spans = [(s.kind, s.start, s.end) for s in typed if folded[s.start : s.end] not in common_words()]
    spans += [
        ("name", m.start(), m.end()) for name in names_of(analyse(folded)) for m in re.finditer(re.escape(name), folded)
    ]
    spans = [(kind, start, end) for kind, start, end in spans if content[start:end] == folded[start:end]]
    found: dict[int, tuple[str, int]] = {}
    taken: set[int] = set()
    for kind, start, end in sorted(spans, key=lambda span: span[1] - span[2]):
        if not taken & set(range(start, end)):
            found[start] = (kind, end)
            taken |= set(range(start, end))
    return found
