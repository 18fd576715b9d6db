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
    """Forms of `word` with one more sound-alike character, and how many more of its pairs the archive knows.

    All of its pairs are known then, so only words with at most two unknown ones are tried: a row of thousands of
    unknown characters costs one look at each pair.
    """
    unknown = [i for i in range(len(word) - 1) if not _known(archive, word[i : i + 2])]
    if not unknown or unknown[-1] - unknown[0] > 1:
        return
    for i, letter in enumerate(word):
        beside = range(max(0, i - 1), min(i + 1, len(word) - 1))
        if list(beside) == unknown:
            for other in same_sound(letter):
                new = word[:i] + other + word[i + 1 :]
                if all(_known(archive, new[pair : pair + 2]) for pair in beside):
                    yield new, len(beside)


def _known(archive: Archive, pair: str) -> bool:
    return archive.document_frequency(pair) > 0
