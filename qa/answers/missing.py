"""What to name when nothing answers: the words of the question that no article holds, or none holds together.

Only whole words are named, as they were typed: words of the dictionaries, and what cannot be read as such and so is a
name. What may be the end of one word and the beginning of the next is not named: a refusal must not say nonsense.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from qa.answers.evidence import Candidate, static_encoder, story
from qa.answers.named import EDGES
from qa.answers.protocol import Archive
from qa.answers.spans import SURNAMES
from qa.answers.weighing import english_groups
from qa.conversation.patterns import compiled, words
from qa.conversation.question import Question
from qa.glosses import common_words, every_word
from qa.text import CJK, is_han

_MOST: Final = 4  # words that are named: a longer row says nothing
_LONGEST: Final = 6  # characters of a word of the dictionaries
_RUN: Final = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+(?:[.'\-][^\W_{CJK}]+)*")
_COUNTED: Final = re.compile(r"(?<=[0-9０-９一二三四五六七八九十])[年月日届号路期次]")  # goes with the figure before it
_TIME: Final = compiled("time")
_DAYS: Final = re.compile(r"[今明昨后前]天|[今明去前]年")
_EVERYDAY: Final = (  # verbs and the like that begin and end what no dictionary reads, and stand in no name
    "人事想要看写买卖办完离受赶瞧多么花关走不连里点样记用什甚怎定讲说问找吃喝住坐教读打拿送接收放换搬过建修造砸掏"
)
_DISTRICT: Final = ("区", "县", "市", "镇")
_PLACE: Final = re.compile(r"[区县市镇乡村街路站厂店馆院校滩湖桥山河江岛港]$")
_BEFORE_MEASURE: Final = "几少哪那这每两0123456789一二三四五六七八九十百千万"
_MEASURES: Final = "个名位家座所条本封架台只件张间支项场次批"
_SAYING: Final = 0.95  # length of the vector of a word that says something


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question's content; half-open offsets into the question. A name can have no other words."""

    start: int
    end: int
    is_name: bool


def missing_words(archive: Archive, question: Question, found: Sequence[Candidate]) -> tuple[str, ...]:
    """Words that no passage holds; when each is held somewhere, names and what the likeliest article lacks."""
    if question.lang == "en":
        return _unread(archive, question)
    parts, content = list(content_words(question)), question.content
    unheld = [
        part
        for part in parts
        if not _held(archive, content[part.start : part.end]) and not _only_joins(archive, content, part)
    ]
    if unheld:
        return _as_typed(question, _joined(unheld))
    articles = dict.fromkeys(story(archive.article_of(one.hit.passage)).text for one in found if one.number == 0)
    lacking = min(
        ([part for part in parts if content[part.start : part.end] not in text] for text in articles),
        key=len,
        default=parts,
    )
    named = [part for part in parts if part.is_name or part in lacking]
    named = named if len(named) > 1 else parts
    plain = lacking and len(named) > 1 and len(named) <= _MOST and any(part.is_name for part in named)
    return _as_typed(question, named) if plain else ()


def content_words(question: Question) -> Iterator[Word]:
    """The words and names in a Chinese question's content, in order; single characters between them are left out."""
    content = question.content
    for name in question.names:
        start = content.find(name)
        if start >= 0:
            yield Word(start, start + len(name), True)
            content = content[:start] + " " * len(name) + content[start + len(name) :]
    for run in _RUN.finditer(content):
        if is_han(run[0][0]):
            counted = run[0][0] in _MEASURES and _before(question, run.start()) in _BEFORE_MEASURE
            yield from _read(run[0][counted:], run.start() + counted)
        elif len(run[0]) > 1 or _COUNTED.match(question.text, run.end()):
            yield Word(run.start(), run.end(), True)


def _before(question: Question, place: int) -> str:
    """The character of the question before `place`; a space at its beginning."""
    return question.text[place - 1] if place else " "


def _read(run: str, offset: int) -> Iterator[Word]:
    """The words of `run` by the longest match forward; what stands between them is a name if it looks like one."""
    start = strange = 0
    while start < len(run):
        size = _size(run, start)
        if size == 2 and start > strange and run[start + 1] in _DISTRICT:
            size = 1  # 萧山区 is no 山区
        if _is_seam(run, start, size):
            yield from _strange(run, strange, start, offset)
            strange = start = start + 3
            continue
        if size > 1:
            yield from _strange(run, strange, start, offset)
            district = run[start + size : start + size + 1] in _DISTRICT and _size(run, start + size) == 1
            word, size = run[start : start + size], size + district
            if district or word in _places() or _says_something(word):
                yield Word(offset + start, offset + start + size, district or word in _places())
            strange = start + size
        start += size
    yield from _strange(run, strange, len(run), offset)


def _is_seam(run: str, start: int, size: int) -> bool:
    """Whether the next three letters may be two words in two ways: 多少人参加 holds no 人参."""
    return size == 2 and _size(run, start + 1) == 2 and start + 2 < len(run) and _size(run, start + 2) == 1


def _size(run: str, start: int) -> int:
    """Characters of the longest word of `run` at `start`; 1 for none."""
    sizes = range(min(_LONGEST, len(run) - start), 1, -1)
    return next((size for size in sizes if run[start : start + size] in _vocabulary()), 1)


def _strange(run: str, start: int, end: int, offset: int) -> Iterator[Word]:
    while start < end and run[start] in EDGES + _EVERYDAY:
        start += 1
    while start < end and run[end - 1] in EDGES + _EVERYDAY:
        end -= 1
    part = run[start:end]
    person = len(part) in (2, 3) and part[0] in SURNAMES
    if (person or (len(part) > 2 and _PLACE.search(part))) and not set(part) & set(_EVERYDAY):
        yield Word(offset + start, offset + end, True)


def _says_something(word: str) -> bool:
    """Whether the word is no time of day or year, and none of those that stand everywhere (地方, 获得)."""
    if _TIME.fullmatch(word) or _DAYS.fullmatch(word):
        return False
    encoder = static_encoder()
    vectors = encoder.token_vectors(encoder.token_ids([word])[0])
    return bool(len(vectors)) and float(np.linalg.norm(vectors, axis=1).max()) >= _SAYING


@functools.cache
def _places() -> frozenset[str]:
    return frozenset(words("places"))


@functools.cache
def _vocabulary() -> frozenset[str]:
    return common_words() | _places() | frozenset(word for word in every_word() if 1 < len(word) <= _LONGEST)


def _held(archive: Archive, word: str) -> bool:
    """Whether neighbours of the word stand together in some passage; one unknown pair between known ones only joins
    two words (化链 in 奉化链式助学)."""
    if not is_han(word[0]) or len(word) == 1:
        return archive.document_frequency(word) > 0
    known = [archive.document_frequency(word[i : i + 2]) > 0 for i in range(len(word) - 1) if word[i : i + 2].strip()]
    return all(one or (0 < i < len(known) - 1 and known[i - 1] and known[i + 1]) for i, one in enumerate(known))


def _only_joins(archive: Archive, content: str, word: Word) -> bool:
    """Whether the two letters of the word rather end one that is held and begin another (学生 and 造船, not 生造)."""
    before, after = content[word.start - 1 : word.start + 1], content[word.end - 1 : word.end + 1]
    pairs = [pair for pair in (before, after) if len(pair) == 2 and all(map(is_han, pair))]
    return word.end - word.start == 2 and len(pairs) == 2 and all(_held(archive, pair) for pair in pairs)


def _joined(parts: Sequence[Word]) -> list[Word]:
    """The words with those that stand one right after the other as one (糖醋 and 排骨); names first if too many."""
    joined: list[Word] = []
    for part in sorted(parts, key=lambda part: part.start):
        if joined and joined[-1].end == part.start:
            joined[-1] = Word(joined[-1].start, part.end, joined[-1].is_name or part.is_name)
        else:
            joined.append(part)
    return joined if len(joined) <= _MOST else sorted(joined, key=lambda part: not part.is_name)[:_MOST]


def _as_typed(question: Question, parts: Sequence[Word]) -> tuple[str, ...]:
    found = []
    for part in sorted(parts, key=lambda part: part.start):
        end = part.end
        end += bool(_COUNTED.match(question.text, end))
        found.append(question.text[part.start : end])
    return tuple(dict.fromkeys(found))


def _unread(archive: Archive, question: Question) -> tuple[str, ...]:
    """The phrases of an English question of which the archive holds no reading; capitals first if too many."""
    typed = []
    for group in english_groups(archive, [word for word in question.words if not is_han(word[0])]):
        place = question.text.lower().find(group[0])
        acts = group[0].endswith(("ed", "ing")) and question.text[place].islower()
        if len(group) == 1 and archive.document_frequency(group[0]) == 0 and place >= 0 and not acts:
            typed.append(question.text[place : place + len(group[0])])
    typed = list(dict.fromkeys(typed))
    return tuple(typed if len(typed) <= _MOST else sorted(typed, key=lambda word: not word[0].isupper())[:_MOST])
