"""Questions with a wrong character: another of the same sound that makes the archive know the word."""

from __future__ import annotations

from collections.abc import Iterator

from qa.answers.protocol import Archive
from qa.conversation.question import analyse
from qa.glosses import same_sound
from qa.text import fold, is_han

_SHORTEST = 3  # characters of a word that is mended: shorter ones leave too little to go by


def mended(archive: Archive, text: str) -> str:
    """`text` with one character exchanged for one of the same sound, or "" where none makes a word better known."""
    best, folded = ("", 0), fold(text)
    for word in analyse(text).words:
        if len(word) >= _SHORTEST and is_han(word[0]):
            for new, gain in _better(archive, word):
                if gain > best[1]:
                    best = (folded.replace(word, new), gain)
    return best[0]


def _better(archive: Archive, word: str) -> Iterator[tuple[str, int]]:
    """Forms of `word` with one more sound-alike character, and how many more of its pairs the archive knows."""
    known = _known(archive, word)
    for i, letter in enumerate(word):
        beside = known[max(0, i - 1) : i + 1]
        if any(beside):
            continue
        for other in same_sound(letter):
            new = word[:i] + other + word[i + 1 :]
            if all(_known(archive, new)[max(0, i - 1) : i + 1]) and sum(known) + len(beside) >= len(known):
                yield new, len(beside)


def _known(archive: Archive, word: str) -> list[bool]:
    return [archive.document_frequency(word[i : i + 2]) > 0 for i in range(len(word) - 1)]
