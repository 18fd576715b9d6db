"""What a question names: words that no other words can stand for.

A name is what remains of a question when the words of the common language are taken out: runs of two and more
characters that no dictionary knows, figures and Latin words; and whatever stands in quotation marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from qa.conversation.question import Question
from qa.glosses import common_words
from qa.text import CJK, is_han

_RUN: Final = re.compile(rf"[{CJK}]+|[a-z0-9]+(?:[.\-][a-z0-9]+)*")
EDGES: Final = (  # single words that begin and end runs, and no names
    "一二三四五六七八九十个名位年月日次最后前上下里中内外不没会能要把被来去到从让得就都又再也很更还只才说"
    "做用给向对与和同在跟为以是有将"
)
_LONGEST: Final = 3  # characters of a common word


def names_of(question: Question) -> list[str]:
    """The names in `question`, folded; none of an English one, whose every word is strange here."""
    if question.lang == "en":
        return list(question.names)
    content = question.content
    for name in question.names:
        content = content.replace(name, " " * len(name))
    return list(dict.fromkeys([*question.names, *strange_runs(content)]))


def strange_runs(text: str) -> Iterator[str]:
    """The runs of `text` that hold no word of the common language, read by the longest match forward."""
    for run in _RUN.findall(text):
        if not is_han(run[0]):
            yield run
            continue
        blanked = "".join(" " * len(piece) if len(piece) > 1 else piece for piece in _pieces(run))
        yield from (left for part in blanked.split() if len(left := part.strip(EDGES)) > 1)


def _pieces(run: str) -> Iterator[str]:
    start, common = 0, common_words()
    while start < len(run):
        size = next((n for n in range(_LONGEST, 1, -1) if run[start : start + n] in common), 1)
        yield run[start : start + size]
        start += size


def held_share(names: Sequence[str], text: str) -> float:
    """How much of the names stands in `text`: the mean share of their pairs of characters; 1 without names."""
    return sum(_held(name, text) for name in names) / len(names) if names else 1.0


def _held(name: str, text: str) -> float:
    if name in text:
        return 1.0
    pairs = [name[i : i + 2] for i in range(len(name) - 1)] if is_han(name[0]) else []
    return sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0
