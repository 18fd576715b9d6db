"""Follow-up questions: the readings of a question that stand without the conversation before it.

A question leans on the one before when it holds a pronoun (那里, 它, he), stops short (那武义县呢?) or names nothing of
its own (分哪几步?). One that names its own matter inherits nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Protocol

from qa.conversation.patterns import any_of, compiled, surname, words
from qa.conversation.question import Question, analyse
from qa.glosses import common_words
from qa.text import CJK, fold, is_han

MOST: Final = 4  # readings tried, the question as asked among them
_REMEMBERED: Final = 3  # questions back that a chain of follow-ups can lean on
_PRONOUN: Final = compiled("pronouns")
_ENGLISH_PRONOUN: Final = re.compile(
    r"\b(?:it|its|he|she|him|his|her|they|them|their|there|this|that|these|those)\b", re.IGNORECASE
)
_ELLIPSIS: Final = re.compile(
    r"^(?:那么?|而)?(?P<new>[^呢?]{1,20}?)(?:又)?呢[?\s]*$|^(?:and|what about|how about)\s+"
    r"(?!(?:how|what|who|whom|whose|when|where|which|why|is|are|was|were|do|does|did|can|has|have)\b)"
    r"(?P<english>[^?]{2,40})\??$",
    re.IGNORECASE,
)
_OPENING: Final = re.compile(r"^(?:那么?|请问|还有|另外|and|so|then)[,,\s]*", re.IGNORECASE)
_SUBJECT_END: Final = re.compile(f"(?:今年|去年|一共|总共|目前|共)?{any_of('subject_end')}")
_EDGES: Final = re.compile(r"[\s,“”\"]")
_PLACE: Final = re.compile(rf"[{CJK}]{{2,5}}?(?:省|市|县|区|镇|乡|街道|园区|村)")
_YEAR: Final = re.compile(r"[12][0-9]{3}年?|[去今明前]年")
_PERSON: Final = re.compile(  # 白小山是什么职务
    rf"^{surname()}[{CJK}]{{1,2}}"
    r"(?:现在)?(?:是|担?任|当|做)(?:谁|什么|啥|何|哪里人|干什么|做什么)"
)
_ROWS: Final = ("甲乙丙丁", "男女", "上下", "东西南北", "一二三四五六七八九十", "前后", "大小", "早晚", "春夏秋冬")
_OWNER: Final = re.compile(rf"(?P<owner>[{CJK}]{{2,6}}?)(?:[省市县区]|自治区)?的")
_OWNERS: Final = frozenset((*words("places"), *words("countries")))


class Vocabulary(Protocol):
    """What an archive tells about its words: how many of its passages hold a term of `qa.text.terms`."""

    def document_frequency(self, term: str) -> int: ...
    @property
    def passage_count(self) -> int: ...


def understand(archive: Vocabulary, question: str, history: Sequence[str]) -> list[str]:
    """Self-contained readings of `question`, the preferred first; the question as asked is always among them.

    `history` holds the earlier questions of the conversation, oldest first. `archive` tells which words it knows.
    """
    before = ""
    for earlier in [one for one in history if one.strip()][-_REMEMBERED:]:
        before = _readings(archive, earlier, before)[0]
    return _readings(archive, question, before)[:MOST]


def _readings(archive: Vocabulary, question: str, before: str) -> list[str]:
    if not before.strip() or not question.strip():
        return [question]
    folded = fold(question)
    ellipsis = _ELLIPSIS.match(folded.strip())
    if ellipsis:
        return [*_exchanged(before, (ellipsis["new"] or ellipsis["english"]).strip()), question]
    subject = topic(before)
    if not subject:
        return [question]
    pronoun = (_PRONOUN if is_chinese(folded) else _ENGLISH_PRONOUN).search(folded)
    if pronoun:
        return list(dict.fromkeys([_replaced(question, pronoun, subject), question]))
    if _stands_alone(archive, analyse(question)):
        return [question]
    bare = _OPENING.sub("", question.strip())
    both = [f"{subject}{_gap(subject)}{bare}", question]
    owner = _OWNER.match(fold(bare))  # 深圳的房价: most likely no more than it says
    return both[::-1] if owner and owner["owner"] in _OWNERS else both


def is_chinese(text: str) -> bool:
    return any(map(is_han, text))


def topic(question: str) -> str:
    """What a question is about: its subject, or all its content where it begins by asking."""
    bare = _OPENING.sub("", question.strip())
    if not is_chinese(bare):
        return " ".join(re.findall(r"\b[A-Z][\w\-]*|[\"“][^\"”]+[\"”]", bare)[1:]) or " ".join(analyse(bare).words)
    end = _SUBJECT_END.search(_without_quotes(fold(bare)))
    subject = bare[: end.start()] if end else bare
    if any(map(is_han, subject)) and len(_EDGES.sub("", subject)) > 1:
        return re.sub(r"[的,?\s]+$", "", subject.strip())
    return "".join(analyse(bare).words)


def _without_quotes(text: str) -> str:
    return re.sub(r"[“\"《「][^”\"》」]*[”\"》」]", lambda match: "〇" * len(match[0]), text)


def _replaced(question: str, pronoun: re.Match[str], subject: str) -> str:
    start, end = pronoun.span()
    owner = "的" if pronoun[0].endswith("的") and not subject.endswith("的") else ""
    if not is_chinese(pronoun[0]):
        return f"{question[:start]}{'in ' if pronoun[0].lower() == 'there' else ''}{subject}{question[end:]}"
    opening = _OPENING.match(question[:start])
    return f"{question[opening.end() if opening else 0 : start]}{subject}{owner}{question[end:]}"


def _gap(subject: str) -> str:
    return "" if is_han(subject[-1]) or subject[-1] in "”》」" else " "


def _exchanged(before: str, new: str) -> list[str]:
    """The question before with one of its parts exchanged for `new`: the one of its kind, else the subject."""
    new = _OPENING.sub("", new)
    new = new[:-1] if len(new) > 2 and new.endswith("的") else new
    counterpart = _counterpart(before, new)
    if counterpart:
        return [before.replace(counterpart, new, 1)]
    for kind in (_YEAR, _PLACE):
        old = kind.search(before)
        if kind.search(new) and old:
            return [before[: old.start()] + new + before[old.end() :]]
    subject = topic(before)
    rest = before[len(subject) :] if subject and before.startswith(subject) else before
    if fold(new) in common_words():  # no name that could begin the subject: another thing, or something that it has
        return list(dict.fromkeys([new + rest, subject + new, new + before]))
    swapped = [new + subject[len(new) :] + rest] if len(subject) > len(new) + 2 else []
    return list(dict.fromkeys([*swapped, new + rest, new + before]))


def _counterpart(before: str, new: str) -> str:
    """The word of the question before that `new` stands for: the other of a pair (甲级, 乙级) or one with the same end;
    "" where it has none."""
    if new in before:
        return ""
    row = next((row for row in _ROWS if len(new) < 4 and new[0] in row), "")
    other = re.search(rf"[{row}]{re.escape(new[1:])}", before) if row else None
    if other:
        return other[0]
    shared = next((new[i:] for i in range(1, len(new) - 1) if new[i:] in before), "")
    place = before.find(shared)
    start = before.rfind(new[0], max(0, place - len(new)), place) if shared else -1
    return (before[start:place] if start >= 0 else "") + shared


def _stands_alone(archive: Vocabulary, question: Question) -> bool:
    """Whether a question names its own matter: a person, something quoted, a Latin name, or enough words of its own."""
    letters = "".join(question.words)
    if _PERSON.match(fold(question.text)):
        return True
    if question.names or any(not is_han(word[0]) for word in question.words):
        return question.lang == "zh" or len(question.words) > 2
    known = [letters[i : i + 2] for i in range(len(letters) - 1)]
    rare = sum(archive.document_frequency(pair) * 20 <= archive.passage_count for pair in known)
    return len(letters) >= 6 or rare >= 4
