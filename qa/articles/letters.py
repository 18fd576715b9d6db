"""Letters to an English editor, each signed with a name and a place: Jane Doe, Westgate."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.articles.joins import unfinished
from qa.articles.lines import Line

_WORD = r"[A-Z][\w.'’-]*"
_SIGNED = re.compile(
    rf"(?:(?:Mr|Mrs|Ms|Miss|Dr|Rev|Cllr)\.? )?{_WORD}(?: {_WORD}){{1,3}}(?: \((?:Mr|Mrs|Ms|Miss|Dr)\))?"
    rf", ?{_WORD}(?: {_WORD}){{0,3}}(?:, ?{_WORD}(?: {_WORD}){{0,2}})?"
)
_ADDRESSED = re.compile(r"(?:dear )?(?:sir|madam|sirs|editor)(?: or madam)?[:,]|letters? to the editor", re.IGNORECASE)
_LEAST = 2  # a single such line may as well be a headline of two names


def letter_signatures(lines: Sequence[Line]) -> list[int]:
    """Indices of the lines that sign the letters of a page, none where fewer than two do."""
    found = [i for i in range(1, len(lines)) if _signs(lines, i)]
    addressed = any(_ADDRESSED.match(line.text) for line in lines) if found else False
    return found if addressed or len(found) >= _LEAST else []


def is_letter_signature(printed: str) -> bool:
    """Jane Doe, Westgate: the form alone."""
    return len(printed) <= 60 and _SIGNED.fullmatch(printed) is not None


def _signs(lines: Sequence[Line], i: int) -> bool:
    """A finished text stands above the names, and a headline or nothing below them."""
    line = lines[i]
    if line.marked or not is_letter_signature(line.text) or unfinished(lines[i - 1].plain):
        return False
    return i + 1 == len(lines) or unfinished(lines[i + 1].plain) or lines[i + 1].marked
