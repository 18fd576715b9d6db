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
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

_ENDINGS: Final = (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("s", ""))
_PLURAL: Final = (("ses", "s"), ("zes", "z"), ("oes", "o"), ("ves", "f"), ("ves", "fe"))
_VERBAL: Final = (("ied", "y"), ("iest", "y"), ("ier", "y"), ("ing", ""), ("ed", ""), ("est", ""), ("er", ""))
_BRITISH: Final = (("isation", "ization"), ("ising", "izing"), ("ised", "ized"), ("ise", "ize"), ("our", "or"))
_MOST: Final = 12  # glosses of one word
_LONGEST: Final = 6  # characters of a Chinese word
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
    """Chinese words for an English word or phrase of up to three words, likely ones first.

    An inflected word has the glosses of its own entry, then those of the words it can be a form of.
    """
    words, _ = _tables()
    found = (gloss for form in _forms(phrase.lower()) for gloss in words.get(form, "").split())
    return tuple(itertools.islice(dict.fromkeys(found), _MOST))


@functools.cache
def _irregular() -> dict[str, str]:
    text = importlib.resources.files("qa.glosses").joinpath("irregular.json").read_text(encoding="utf-8")
    record: dict[str, str] = json.loads(text)
    return record


def _forms(phrase: str) -> Iterator[str]:
    """The words that `phrase` can be a form of, as the dictionary has them; many are none and found nowhere."""
    *before, last = phrase.split() or [""]
    front = "".join(f"{stem(word)} " for word in before)
    for form in dict.fromkeys(_bare(last)):
        yield front + form
    if "-" in phrase:
        yield " ".join(stem(word) for word in phrase.replace("-", " ").split())


def _bare(word: str) -> Iterator[str]:
    yield stem(word)
    if word in _irregular():
        yield stem(_irregular()[word])
    yield from _without(word, _PLURAL, 2)
    for form in (word, *_without(word, _BRITISH, 3)):
        yield form
        for bare in _without(form, _VERBAL, 3):
            yield f"{bare}e"
            yield bare
            if len(bare) > 2 and bare[-1] == bare[-2]:
                yield bare[:-1]


def _without(word: str, endings: Sequence[tuple[str, str]], least: int) -> Iterator[str]:
    """`word` with its ending exchanged, where `least` letters stand before it."""
    for ending, instead in endings:
        if word.endswith(ending) and len(word) >= len(ending) + least:
            yield word[: -len(ending)] + instead


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


def likely_synonyms(word: str) -> tuple[str, ...]:
    """Chinese words that share an English gloss with `word`, so perhaps its meaning; those that share more first."""
    shared: Counter[str] = Counter()
    for group in _glossed().get(word, ()):
        shared.update(other for other in group.split() if other != word)
    return tuple(other for other, _ in shared.most_common())


@functools.cache
def _glossed() -> dict[str, tuple[str, ...]]:
    """Chinese word -> the groups of Chinese words, each of one English gloss, that it is in."""
    found: dict[str, list[str]] = defaultdict(list)
    for group in _tables()[0].values():
        for word in group.split() if " " in group else ():
            found[word].append(group)
    return {word: tuple(groups) for word, groups in found.items()}


def known_words(text: str) -> list[str]:
    """The Chinese words of two or more characters in `text` that the glosses hold, by the longest match forward."""
    found, start = list[str](), 0
    while start < len(text):
        sizes = range(min(_LONGEST, len(text) - start), 1, -1)
        size = next((n for n in sizes if text[start : start + n] in _glossed()), 1)
        found += [text[start : start + size]] if size > 1 else []
        start += size
    return found


def every_word() -> list[str]:
    """All Chinese words of the glosses that have others beside them, in the order of the file."""
    return list(_glossed())


@functools.cache
def common_words() -> frozenset[str]:
    """Chinese words of two and three characters that are no names."""
    text = importlib.resources.files("qa.glosses").joinpath("common.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


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
