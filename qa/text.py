"""Text as the matcher sees it: folding, terms and sentences. Folding keeps the length, so offsets survive it."""

from __future__ import annotations

import functools
import itertools
import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import add

import numpy as np
from numpy.typing import NDArray

from qa.datatypes import Span

Codes = NDArray[np.uint32]

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f\u3007"
_TERM_RUN = re.compile(rf"[{CJK}]+|[0-9]+(?:\.[0-9]+)?|[^\W\d_{CJK}]+")
_CLOSING = "[”’」』\"'）)》]*"
_BEFORE_NAMES = "[A-Z]", "Mr|Ms|Dr|St|Mt|Lt", "Mrs|Gen|Col|Sgt|Rev|Hon|Gov|Sen", "Prof|Capt"  # by their length
_BEFORE_NUMBERS = "No", "Nos|Vol|Fig|Jan|Feb|Aug|Oct|Nov|Dec", "Sept"
_FULL_STOP = rf"\.(?={_CLOSING}(?:\s|$))(?!{_CLOSING} +[a-z])" + "".join(
    (
        *(rf"(?<!\b(?:{words})\.)" for words in _BEFORE_NAMES),
        *(rf"(?!(?<=\b(?:{words})\.) \d)" for words in _BEFORE_NUMBERS),
    )
)
# What an end can begin with stands first: most places of a text are done with at once.
_SENTENCE_END = re.compile(rf"(?=[。!?！？….\n])(?:(?:[。!?！？]+|…+|{_FULL_STOP}){_CLOSING}|\n)")
_HAN = re.compile(rf"[{CJK}]")


def is_han(character: str) -> bool:
    return _HAN.match(character) is not None


def code_points(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


@functools.cache
def _fold_table() -> Codes:
    """For every code point one other: full to half width, lower case, Traditional to Simplified (OpenCC's t2s)."""
    import opencc  # type: ignore[import-untyped,unused-ignore]

    blocks = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))
    han = [chr(code) for first, last in blocks for code in range(first, last)]
    simplified = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    table = np.arange(sys.maxunicode + 1, dtype="<u4")
    for old, new in zip(han, simplified, strict=True):
        if len(new) == 1:
            table[ord(old)] = ord(new)
    for code in range(0x20, 0x10000):
        if not 0x3400 <= code < 0xA000 and not 0xD800 <= code < 0xE000:
            folded = unicodedata.normalize("NFKC", chr(code)).lower()
            if len(folded) == 1:
                table[code] = table[ord(folded)]
    return table


def fold(text: str) -> str:
    """`text` for matching: width, case and script folded, character for character (the length stays)."""
    if text.isascii():
        return text.lower()
    return _fold_table()[code_points(text)].tobytes().decode("utf-32-le", "surrogatepass")


def squeeze(text: str) -> str:
    """`text` without any white space."""
    return "".join(text.split())


def terms(text: str) -> list[str]:
    """Index terms of `text`: every Chinese character and pair of neighbours; Latin words and numbers whole."""
    found: list[str] = []
    for run in _TERM_RUN.findall(fold(text)):
        if is_han(run[0]):
            found += run
            found += map(add, run, run[1:])
        else:
            found.append(run)
    return found


def spaced_terms(texts: Sequence[str]) -> list[str]:
    """The terms of each text, parted by spaces, in another order than `terms` has them and in a third of the time."""
    codes = code_points(fold("\n".join([*texts, ""])))
    han = _han_table()[codes]
    before, after = np.append(False, han[:-1]), np.append(han[1:], False)
    pairs = han & after
    ends = np.cumsum(2 * han + 3 * pairs)  # a character and a space, a pair and a space
    found = np.full(ends[-1:].sum(), ord(" "), "<u4")
    found[ends[han] - 2 - 3 * pairs[han]] = codes[han]
    found[ends[pairs] - 3], found[ends[pairs] - 2] = codes[pairs], codes[1:][pairs[:-1]]
    rest = ~(han & before)  # of a run of characters one space is left
    lasts = np.cumsum([len(text) + 1 for text in texts], dtype=np.int64) - 1
    one = _cut(found, ends[lasts])
    other = _cut(np.where(han, np.uint32(ord(" ")), codes)[rest], np.cumsum(rest)[lasts])
    return [characters + " ".join(_TERM_RUN.findall(words)) for characters, words in zip(one, other, strict=True)]


def _cut(codes: Codes, ends: NDArray[np.int64]) -> list[str]:
    text = codes.tobytes().decode("utf-32-le", "surrogatepass")
    return [text[first:last] for first, last in itertools.pairwise([0, *ends.tolist()])]


@functools.cache
def _han_table() -> NDArray[np.bool_]:
    table = np.zeros(sys.maxunicode + 1, bool)
    for block in re.findall(r"(.)(?:-(.))?", CJK):
        table[ord(block[0]) : ord(block[1] or block[0]) + 1] = True
    return table


def sentences(text: str) -> list[Span]:
    """Spans of the sentences of `text`, in order, without surrounding white space; together they hold all of it.

    A line break ends a sentence: paragraphs of an article stand on lines of their own.
    """
    ends = [end.end() for end in _SENTENCE_END.finditer(text)]
    return list(_stripped(text, zip([0, *ends], [*ends, len(text)], strict=True)))


def _stripped(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    for start, end in spans:
        part = text[start:end]
        if part.strip():
            yield start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def language(text: str) -> str:
    """ "zh" when `text` holds a Chinese character, else "en"."""
    return "zh" if _HAN.search(text) else "en"


@functools.lru_cache(8)
def line_starts(text: str) -> list[int]:
    """Offset of the first character of every line, for use with `lines_of`."""
    return [0, *(m.end() for m in re.finditer(r"\r\n|\n|\r", text))]


def lines_of(starts: list[int], spans: Iterable[Span]) -> tuple[int, int]:
    """First and last line, from 1, that `spans` touch; `starts` as `line_starts` gives them."""
    touched = [line for first, last in spans for line in (bisect_right(starts, first), bisect_right(starts, last - 1))]
    return (min(touched), max(touched)) if touched else (0, 0)


def sheet_at(text: str, offset: int) -> int:
    """Which page of a PDF `offset` stands on, from 1; form feeds part the pages. 0 for a text without any."""
    return 1 + text.count("\f", 0, offset) if "\f" in text else 0
