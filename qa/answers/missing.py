"""What to name when nothing answers: the words of the question that no article holds together."""

from __future__ import annotations

from collections.abc import Sequence

from qa.answers.evidence import Candidate, story
from qa.answers.protocol import Archive
from qa.conversation.question import Question
from qa.text import is_han


def missing_words(archive: Archive, question: Question, found: Sequence[Candidate]) -> tuple[str, ...]:
    """Words that no passage holds; when each is held somewhere, all that no retrieved article holds together."""
    words = tuple(dict.fromkeys(word for word in question.words if len(word) > 1)) or question.words
    unheld = tuple(part for word in words for part in _unheld(archive, word))
    if unheld:
        return unheld
    articles = {story(archive.article_of(one.hit.passage)).text for one in found if one.number == 0}
    if any(all(word in article for word in words) for article in articles):
        return ()
    return words


def _unheld(archive: Archive, word: str) -> list[str]:
    """The stretches of `word` whose neighbouring characters stand together in no passage.

    One unknown pair between known ones only joins two words (化链 in 奉化链式助学) and is not missed.
    """
    if not is_han(word[0]) or len(word) == 1:
        return [] if archive.document_frequency(word) > 0 else [word]
    known = [archive.document_frequency(word[i : i + 2]) > 0 for i in range(len(word) - 1)]
    known = [one or (0 < i < len(known) - 1 and known[i - 1] and known[i + 1]) for i, one in enumerate(known)]
    if all(known):
        return []
    if sum(known) * 2 < len(known) or len(known) < 4:
        return [word]
    start, end = known.index(False), len(known) - known[::-1].index(False)
    return [word[start : end + 1]]
