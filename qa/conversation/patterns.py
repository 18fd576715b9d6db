"""The lists of words the rules go by (`patterns.json`): words that ask, words without content, titles, units and cues.

An entry is a regular expression; `<HAN>` in it stands for the Chinese characters of a character class.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
import re
from typing import Any

from qa.text import CJK


@functools.cache
def _lists() -> dict[str, Any]:
    text = importlib.resources.files("qa.conversation").joinpath("patterns.json").read_text(encoding="utf-8")
    record: dict[str, Any] = json.loads(text.replace("<HAN>", CJK))
    return record


def words(name: str) -> list[str]:
    """The entries of a list."""
    return list(_lists()[name])


def kinds(name: str) -> dict[str, list[str]]:
    """The lists of entries by question kind, in the order in which they are tried."""
    return {kind: list(entries) for kind, entries in _lists()[name].items()}


def pairs(name: str) -> dict[str, str]:
    """Words, and what each is exchanged for."""
    return dict(_lists()[name])


def any_of(name: str) -> str:
    """A regular expression for any entry of a list."""
    return "(?:" + "|".join(words(name)) + ")"


def compiled(name: str) -> re.Pattern[str]:
    return re.compile(any_of(name))


def surname() -> str:
    """A regular expression for any surname, rare and compound ones too."""
    return f"(?:[{''.join([*words('surnames'), *words('rare_surnames')])}]|{any_of('compound_surnames')})"
