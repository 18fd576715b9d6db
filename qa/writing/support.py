"""Whether quotes support a sentence: its figures, names and negations must stand in them, and its words or their like.

The first three are rules, because static vectors hardly tell 三 from 五, one name from another, or 能 from 不能. The
words are judged by shared pairs of characters and by late interaction of the bundled encoder (MaxSim; Khattab and
Zaharia 2020). The bounds are set by `python -m qa.benchmark support`; docs/experiments/answers.md has the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from qa import glosses
from qa.answers.evidence import static_encoder
from qa.answers.spans import typed_spans
from qa.conversation import analyse
from qa.figures import missing_figures, without_figures
from qa.text import fold, is_han, language, squeeze

Rows = npt.NDArray[np.float32]
Fault = Literal["", "quote", "figure", "name", "negation", "words"]

LIKENESS: Final = 0.60  # mean likeness of the content words of a sentence to the quotes
ODDEST: Final = 0.25  # likeness of the least like of them
KNOWN: Final = 0.5  # share of the content words of an English sentence that the quotes hold by their glosses
_SURE: Final = 0.5  # weight from which a span is a name
_NAMED: Final = ("who", "name", "body", "where")
_NOT: Final = re.compile(
    r"不(?!仅|但|断|久|少|同|过(?!去)|只|论|管|愧)|没有?|未(?!来)|无(?!论|锡|人机)|禁止|拒绝|取消|停止|并非|从未|尚未"
)
_EMPTY: Final = frozenset("能会可是用有到得了在要以人被与及一上下出想知法")  # alone they stand in too many words
_LED: Final = re.compile(r"^[^·・]*[的是由被和与在为](?=[^·・]+[·・])")  # of 的人是赫尔曼·施陶丁格
_LATIN: Final = re.compile(r"[a-z][a-z0-9\-]+")
_CAPITAL: Final = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+(?:[ \-][A-Z]?[a-z]+)*?(?= [a-z]|[,.;]|$)|[A-Z]{2,}")
_OPPOSITES: Final = (
    ("增", "减"), ("升", "降"), ("涨", "跌"), ("高于", "低于"), ("多于", "少于"), ("最高", "最低"), ("最多", "最少"),
    ("最大", "最小"), ("扩大", "缩小"), ("同意", "反对"), ("支持", "反对"), ("成功", "失败"), ("允许", "禁止"),
    ("盈利", "亏损"), ("开放", "关闭"), ("开工", "停工"), ("以前", "以后"), ("之前", "之后"), ("男", "女"),
    ("进口", "出口"), ("胜", "负于"), ("获得", "失去"), ("通过", "否决"), ("上午", "下午"), ("上半年", "下半年"),
)  # fmt: skip
_NOT_ENGLISH: Final = re.compile(r"\b(?:not|no|never|without|cannot|nor|neither)\b|n't\b")


def fault(sentence: str, quotes: Sequence[str]) -> Fault:
    """What `sentence` says that `quotes` do not; "" when they support it."""
    if not any(quotes):
        return "quote"
    if not squeeze(sentence):
        return "words"
    text = "\n".join(quotes)
    if missing_figures(sentence, text):
        return "figure"
    if language(sentence) == "en" and language(text) == "zh":
        return _fault_of_english(sentence, text)
    held = squeeze(fold(text))
    if any(not _names(name, held) for name in names(sentence)):
        return "name"
    said = squeeze(fold(sentence))
    if negations_differ(said, held) or opposed(said, held):
        return "negation"
    mean, least = likeness(sentence, text)
    return "" if mean >= LIKENESS and least >= ODDEST else "words"


def names(sentence: str) -> list[str]:
    """The persons, places, bodies and quoted names of `sentence`, and its Latin words, folded."""
    folded = fold(sentence)
    spans = [span for span in typed_spans(folded) if span.kind in _NAMED and span.weight >= _SURE]
    return [_LED.sub("", folded[span.start : span.end]) for span in spans] + _LATIN.findall(folded)


def _names(name: str, held: str) -> bool:
    """Whether the quotes hold a name: whole or, where it is long, all of it but single characters between."""
    bare = squeeze(name)
    return bare in held or (len(bare) > 4 and is_han(bare[0]) and all(len(run[0]) < 2 for run in _new(bare, held)))


def negations_differ(sentence: str, quotes: str) -> bool:
    """Whether what one text negates stands in the other without negation, or not at all."""
    added = any(not _negated(quotes, after) for after in _after_negation(sentence))
    denied = {part for after in _after_negation(quotes) for part in (after, after[0]) if part not in _EMPTY}
    return added or any(
        part in sentence and not _negated(sentence, part) and not _plain(quotes, part) for part in denied
    )


def _after_negation(text: str) -> list[str]:
    """The two characters that follow each negation."""
    return [text[match.end() : match.end() + 2] for match in _NOT.finditer(text) if len(text) > match.end() + 1]


def _negated(text: str, after: str) -> bool:
    return any(after[0] in text[match.end() : match.end() + 3] for match in _NOT.finditer(text))


def _plain(text: str, after: str) -> bool:
    starts = [match.start() for match in re.finditer(re.escape(after), text)]
    ends = {match.end() for match in _NOT.finditer(text)}
    return any(start not in ends for start in starts)


def opposed(sentence: str, quotes: str) -> bool:
    """Whether one says the opposite of the other (上升 for 下降): vectors of opposites are alike."""
    both = [*_OPPOSITES, *((other, one) for one, other in _OPPOSITES)]
    return any(
        one in sentence and one not in quotes and other in quotes and other not in sentence for one, other in both
    )


def likeness(sentence: str, quotes: str) -> tuple[float, float]:
    """How like the quotes the content words of `sentence` are, 0 to 1: on average over their letters, and the least.

    1 for letters that stand in the quotes beside the same neighbour, else the best cosine of theirs, or of the word
    that they make with a neighbour, with one of the quotes' tokens. Figures do not count.
    """
    encoder, held = static_encoder(), squeeze(fold(quotes))
    words = analyse(without_figures(sentence)).words
    letters, new = sum(map(len, words)), [run for word in words for run in _new(word, held)]
    ids = encoder.token_ids([fold(quotes)])[0]
    if not letters or not len(ids):
        return 0.0, 0.0
    theirs = _unit(encoder.token_vectors(np.unique(ids)))
    best = [max(_best(part, theirs) for part in parts) for parts in new]
    # A lone character (共, 约) is no word yet: it lowers the mean, and alone decides nothing.
    best = [max(like, ODDEST) if len(parts[0]) == 1 else like for parts, like in zip(new, best, strict=True)]
    lost = sum(len(parts[0]) * (1 - like) for parts, like in zip(new, best, strict=True))
    return 1 - lost / letters, min(best, default=1.0)


def _new(word: str, held: str) -> list[tuple[str, ...]]:
    """The stretches of `word` that share no pair of neighbours with the quotes, each alone and with its neighbours."""
    if len(word) == 1 or not is_han(word[0]):
        return [] if word in held else [(word,)]
    known = [word[i : i + 2] in held for i in range(len(word) - 1)]
    free = "".join("." if any(known[max(0, i - 1) : i + 1]) else "x" for i in range(len(word)))
    spans = [match.span() for match in re.finditer("x+", free)]
    return [(word[a:b], word[max(0, a - 1) : b], word[a : b + 1]) for a, b in spans]


def _best(part: str, theirs: Rows) -> float:
    """The likeness of the least like token of `part`."""
    encoder = static_encoder()
    ids = encoder.token_ids([part])[0]
    return float(np.clip((_unit(encoder.token_vectors(ids)) @ theirs.T).max(axis=1), 0, 1).min()) if len(ids) else 0.0


def _unit(rows: Rows) -> Rows:
    scaled: Rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return scaled


def _fault_of_english(sentence: str, quotes: str) -> Fault:
    """The check of an English sentence about Chinese quotes, by glosses and pinyin: looser than for a Chinese one."""
    held = squeeze(fold(quotes))
    for name in _CAPITAL.findall(sentence):
        if not all(any(form in held for form in group) for group in _forms(name.lower().split(), held)):
            return "name"
    if bool(_NOT_ENGLISH.search(sentence.lower())) and not _NOT.search(held):
        return "negation"
    words = [word for word in analyse(sentence).words if not word[0].isdigit()]
    found = [any(form in held for form in group) for group in _forms(words, held)]
    return "" if not found or sum(found) >= KNOWN * len(found) else "words"


def _forms(words: Sequence[str], held: str) -> list[tuple[str, ...]]:
    """The phrases that the words make, each with the Chinese words it may stand for."""
    return [(phrase, *forms) for phrase, forms in glosses.variants(words, lambda pair: pair in held)]
