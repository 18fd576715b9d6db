"""A model's text as it arrives -> its sentences, each with the numbers of the quotes it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Final

_MARK: Final = r"[\[［【]\s*\^?\s*\d{1,3}(?:\s*[,，、]\s*\d{1,3})*\s*[\]］】]"
_MARKS: Final = re.compile(_MARK)
_END: Final = re.compile(
    rf"(?:[。!?！？…]+[”’」』\"'）)》]*|(?<![0-9]\b)\.(?=\s|[\[［【]|$)[\"'”’)]*|\n+)(?:[ \t]*{_MARK})*[。.]?"
)
_OPEN: Final = re.compile(r"[\s.。]*(?:[\[［【][\s\d^,，、]*)?")  # a mark may still come of it, for the last sentence
_THOUGHT: Final = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
_ORNAMENT: Final = re.compile(r"^[\s#>*•·\-]*(?:\d{1,2}(?:[.)]\s+|、(?!\d)))?|\*\*|__|`|\s+$")
_GAP: Final = re.compile(r"\s+(?=[。!?！？,，、;；.])")


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence without its marks, and the numbers they held."""

    text: str
    numbers: tuple[int, ...]


def drafts(text: str, whole: bool) -> list[Draft]:
    """The sentences of `text`; unless it is the `whole` answer, only those that nothing to come can change."""
    text = _THOUGHT.sub("", text)
    ends = [match.end() for match in _END.finditer(text)]
    settled = takewhile(lambda end: not _OPEN.fullmatch(text, end), ends)
    cuts = [0, *(sorted({*ends, len(text)}) if whole else settled)]
    found = [_draft(text[start:end]) for start, end in pairwise(cuts)]
    return [one for one in found if one.text or one.numbers]


def _draft(part: str) -> Draft:
    numbers = tuple(int(n) for mark in _MARKS.findall(part) for n in re.findall(r"\d+", mark))
    bare = _GAP.sub("", _ORNAMENT.sub("", _MARKS.sub("", part)))
    bare = re.sub(r"([。!?！？])[。.]$", r"\1", bare)
    return Draft("" if not re.search(r"\w", bare) else bare.strip(), tuple(dict.fromkeys(numbers)))
