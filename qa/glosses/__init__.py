"""English words and the Chinese ones they may stand for: dictionary glosses, and names spelled in pinyin.

Nothing is translated: every reading of a word that the archive holds is looked for. The data are from CC-CEDICT and
Wiktionary (see NOTICE).
"""

from __future__ import annotations

import functools
import importlib.resources
import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

_ENDINGS: Final = (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("s", ""))
_VERBAL: Final = (("ied", "y"), ("ing", ""), ("ed", ""), ("er", ""))
_READINGS: Final = 40_000  # combinations of characters tried for one name


@functools.cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    text = importlib.resources.files("qa.glosses").joinpath("glosses.json").read_text(encoding="utf-8")
    record = json.loads(text)
    return record["words"], record["pinyin"]


def stem(word: str) -> str:
    """`word` without the plural's ending."""
    if len(word) > 3 and not word.endswith(("ss", "us", "is")):
        for ending, instead in _ENDINGS:
            if word.endswith(ending):
                return word[: -len(ending)] + instead
    return word


def glosses(phrase: str) -> tuple[str, ...]:
    """Chinese words for an English word or phrase of up to three words, likely ones first."""
    words, _ = _tables()
    for form in _forms(phrase.lower()):
        if form in words:
            return tuple(words[form].split())
    return ()


def _forms(phrase: str) -> Iterator[str]:
    stemmed = " ".join(stem(word) for word in phrase.split())
    yield stemmed
    for ending, instead in _VERBAL:
        if stemmed.endswith(ending) and len(stemmed) > len(ending) + 2:
            bare = stemmed[: -len(ending)] + instead
            yield bare
            yield f"{bare}e"
            if len(bare) > 2 and bare[-1] == bare[-2]:
                yield bare[:-1]
    if "-" in stemmed:
        yield stemmed.replace("-", " ")


def syllables(name: str) -> list[tuple[str, ...]]:
    """Every way to read a Latin name as pinyin syllables: "xian" is ("xian",) and ("xi", "an"). At most four."""
    _, pinyin = _tables()
    letters = re.sub(r"[^a-z]", "", name.lower().replace("ü", "v"))
    found: list[tuple[str, ...]] = []

    def read(start: int, before: tuple[str, ...]) -> None:
        if start == len(letters) and before:
            found.append(before)
        for end in range(start + 1, min(start + 6, len(letters)) + 1):
            if letters[start:end] in pinyin and len(before) < 4:
                read(end, (*before, letters[start:end]))

    read(0, ())
    return sorted(found, key=len)


def readings(name: str, is_held: Callable[[str], bool]) -> tuple[str, ...]:
    """The Chinese words of two to four characters read like `name` whose every pair of neighbours `is_held` knows."""
    _, pinyin = _tables()
    found: dict[str, None] = {}
    for parts in syllables(name):
        if len(parts) < 2:
            continue
        kept = [*pinyin[parts[0]]]
        for syllable in parts[1:]:
            longer = itertools.islice(itertools.product(kept, pinyin[syllable]), _READINGS)
            kept = [word + letter for word, letter in longer if is_held(word[-1] + letter)]
        found |= dict.fromkeys(kept)
    return tuple(found)


def variants(words: Sequence[str], is_held: Callable[[str], bool]) -> list[tuple[str, tuple[str, ...]]]:
    """The phrases of an English question's content `words`, each with the Chinese words it may stand for.

    Neighbours that the dictionary knows together make one phrase (trade union); a word it does not know, or that
    can be a name, is also read as pinyin, alone and with its neighbour (Xu Yimin).
    """
    found, start = [], 0
    while start < len(words):
        size = next((n for n in (3, 2) if start + n <= len(words) and glosses(" ".join(words[start : start + n]))), 1)
        phrase = " ".join(words[start : start + size])
        named = size == 1 and start + 1 < len(words) and bool(syllables(phrase)) and not glosses(words[start + 1])
        whole = readings(phrase + words[start + 1], is_held) if named else ()
        if whole:
            found.append((f"{phrase} {words[start + 1]}", whole))
            start += 2
            continue
        found.append((phrase, tuple(dict.fromkeys([*glosses(phrase), *readings(phrase, is_held)]))))
        start += size
    return found


def same_sound(letter: str) -> str:
    """The other characters that can be read like `letter`, tones aside."""
    _, pinyin = _tables()
    return "".join(dict.fromkeys(c for sound in _sounds().get(letter, ()) for c in pinyin[sound] if c != letter))


@functools.cache
def _sounds() -> dict[str, tuple[str, ...]]:
    """Character -> its syllables."""
    found: dict[str, tuple[str, ...]] = {}
    for syllable, letters in _tables()[1].items():
        for letter in letters:
            found[letter] = (*found.get(letter, ()), syllable)
    return found
