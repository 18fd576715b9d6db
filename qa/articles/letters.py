"""Letters: to an English editor, signed with a name and a place; in Chinese columns, whose name opens the headline."""

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
_COLUMN = "(?:信箱|热线|来信|来函|问答|与答|我答|答问|帮办|照登|咨询|求助|告示)"
_HEADS_LETTER = re.compile(  # 律师信箱:…, 【读者热线】…, 问与答:…, 读者问 法官答; not 读者老王来信:… in such a column
    rf"(?:【[\u4e00-\u9fff]{{0,6}}{_COLUMN}】|(?!读者[^来]{{1,5}}来信)[\u4e00-\u9fff]{{0,6}}{_COLUMN}[: ]).{{4,}}"
    r"|[\u4e00-\u9fff]{2,4}问 ?[\u4e00-\u9fff]{2,4}答|答[\u4e00-\u9fff]{1,4}问"
)
_HEADLINE = 40  # characters of the longest
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


def heads_letter(lines: Sequence[Line], i: int) -> bool:
    """The name of a letters column and what the letter is about, on a line of its own between two texts."""
    line = lines[i]
    set_so = len(line.plain) <= _HEADLINE and line.plain[-1] not in "。,;:、" and _HEADS_LETTER.fullmatch(line.plain)
    if not set_so or (i and unfinished(lines[i - 1].plain)):
        return False
    return i + 1 < len(lines) and len(lines[i + 1].plain) > 4 and not line.indented
