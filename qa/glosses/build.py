"""Make `glosses.json` and `common.txt` from public dictionaries: `python -m qa.glosses.build --data FOLDER`.

Reads `cedict.tsv.gz` (CC-CEDICT), `wiktionary_en_zh.tsv.gz` (Wiktionary) and, to put frequent words first,
`xwlb_news.jsonl.gz`. Only words of two or more characters that the news uses, and common single ones, are kept.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from qa.glosses import stem
from qa.text import fold, is_han

OUTPUT: Final = Path(__file__).parent / "glosses.json"
COMMON: Final = "common.txt"  # beside it
_NEWS: Final = 6000  # articles to count words in
_MOST: Final = 8  # Chinese words kept of one English word
_LONGEST: Final = 6  # characters of a word looked for in the news
_ASIDE: Final = re.compile(r"\([^)]*\)|\{[^}]*\}|/[^/]*/|\[[^\]]*\]")
_GLOSS: Final = re.compile(r"[a-z][a-z'\-]*(?: [a-z][a-z'\-]*){0,2}$")
_NOISE: Final = ("surname ", "variant of", "see ", "cl:", "abbr. for", "used in", "old variant", "erhua ")


def _rows(file: Path) -> Iterator[list[str]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield line.rstrip("\n").split("\t")


def _pairs(folder: Path) -> Iterator[tuple[str, str, float]]:
    """English, Chinese, and how much the gloss says: the first of an entry says most."""
    for simplified, _, _, glosses in _rows(folder / "cedict.tsv.gz"):
        for number, gloss in enumerate(glosses.split("/")):
            for part in _english(gloss):
                yield part, fold(simplified), 1 / (1 + number)
    for entry, translations in _rows(folder / "wiktionary_en_zh.tsv.gz"):
        english = _english(entry)
        for part in english[:1]:
            for word in _ASIDE.sub(" ", translations).replace(";", ",").split(","):
                yield part, fold(word.strip()), 1.0


def _english(gloss: str) -> list[str]:
    text = gloss.strip().lower()
    if text.startswith(_NOISE):
        return []
    parts = [part.strip() for part in re.split(r"[;,]", _ASIDE.sub(" ", text))]
    parts = [re.sub(r"^(?:to be|to|a|an|the) ", "", re.sub(r"\s+", " ", part)) for part in parts]
    return [" ".join(stem(word) for word in part.split()) for part in parts if _GLOSS.match(part)]


def _frequencies(folder: Path, words: frozenset[str]) -> Counter[str]:
    """How often the news uses each of `words`, read by the longest match forward."""
    counts: Counter[str] = Counter()
    with gzip.open(folder / "xwlb_news.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % 9 == 0 and number < 9 * _NEWS:
                counts.update(_longest_matches(fold(json.loads(line)["body"]), words))
    return counts


def _longest_matches(text: str, words: frozenset[str]) -> Iterable[str]:
    start = 0
    while start < len(text):
        size = next((n for n in range(_LONGEST, 1, -1) if text[start : start + n] in words), 1)
        yield text[start : start + size]
        start += size


def _pinyin(folder: Path) -> dict[str, str]:
    """Syllable without its tone -> the characters read so."""
    read: dict[str, dict[str, None]] = defaultdict(dict)
    for simplified, _, pinyin, _ in _rows(folder / "cedict.tsv.gz"):
        syllables = re.sub(r"[0-9]", "", pinyin.lower().replace("u:", "v")).split()
        if len(syllables) == len(simplified):
            for character, syllable in zip(fold(simplified), syllables, strict=True):
                if is_han(character):
                    read[syllable][character] = None
    return {syllable: "".join(characters) for syllable, characters in sorted(read.items())}


def common(folder: Path) -> list[str]:
    """The Chinese words of two and three characters that name nobody: CC-CEDICT writes the pinyin of names large."""
    rows = [(fold(simplified), pinyin.split()) for simplified, _, pinyin, _ in _rows(folder / "cedict.tsv.gz")]
    small = {word for word, pinyin in rows if not pinyin[0][0].isupper() and not pinyin[-1][0].isupper()}
    return sorted(word for word in small if 2 <= len(word) <= 3 and all(map(is_han, word)))


def build(folder: Path) -> dict[str, dict[str, str]]:
    """The record of `glosses.json`."""
    pairs = [
        (en, zh, weight) for en, zh, weight in _pairs(folder) if zh and all(map(is_han, zh)) and len(zh) <= _LONGEST
    ]
    counts = _frequencies(folder, frozenset(zh for _, zh, _ in pairs))
    ranked: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for english, chinese, weight in pairs:
        if counts[chinese] > (0 if len(chinese) > 1 else 60):
            ranked[english][chinese] += weight * counts[chinese] ** 0.3
    words = {english: sorted(found, key=lambda zh: -found[zh])[:_MOST] for english, found in ranked.items()}
    return {"words": {english: " ".join(found) for english, found in sorted(words.items())}, "pinyin": _pinyin(folder)}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the dictionaries")
    given = parser.parse_args(arguments)
    OUTPUT.write_text(json.dumps(build(given.data), ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    OUTPUT.with_name(COMMON).write_text(" ".join(common(given.data)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
