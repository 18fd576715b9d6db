"""From scored sentences to the run that is quoted: definitions, lists and steps take their neighbours along."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from qa.answers.evidence import Candidate
from qa.answers.scoring import Scored
from qa.conversation.patterns import any_of
from qa.conversation.question import Question
from qa.datatypes import Passage
from qa.text import sentences

_FIRST: Final = ("首先", "一是", "第一", "(一)", "一、", "其一")
_SOON: Final = 300  # characters of the file
LONGEST: Final = 420  # characters of one quoted run
SENTENCES: Final = 3  # quoted at most
CLOSE: Final = 4.0  # log odds behind the best sentence within which another one is quoted too
ELSEWHERE: Final = 2.0  # the same for a sentence of another story
_STEP_CUES: Final = (
    "首先",
    "其次",
    "再次",
    "最后",
    "一是",
    "二是",
    "三是",
    "同时",
    "此外",
    "第二",
    "第三",
    "另一方面",
    "随后",
    "接着",
)
_GOES_ON: Final = ("这", "该", "其", "即", "它", "他", "她", "此", "首先", "具体", "其中", "同时")
_REASONS: Final = re.compile(any_of("reasons"))
_JOIN_SCORE: Final = {"definition": -2.0, "list": -0.5, "how": -1.5, "why": -0.5}


Run = tuple[Passage, int, int]  # a passage and half-open offsets into its text


def runs_of(question: Question, scored: Sequence[Scored]) -> list[Run]:
    """What to quote, best first: the run around the best sentence, then sentences that answer nearly as well.

    Where the best sentence is not far ahead, a reader is served better by two exact sentences, one of which answers,
    than by one that may not.
    """
    runs = [run_of(question, scored)]
    if _steps(question, scored):
        return runs
    best = scored[0].candidate
    explained = _begun(scored) if question.kind == "definition" else None
    if explained and not _holds(runs[0], explained):
        return _with(runs, (explained.hit.passage, explained.sentence.start, explained.sentence.end))
    left = SENTENCES - len(sentences(runs[0][0].text[runs[0][1] : runs[0][2]]))
    for number in close([one.score for one in scored], [one.candidate.sentence.text for one in scored]):
        one = scored[number].candidate
        near = _same_story(one, best) or scored[0].score - scored[number].score <= ELSEWHERE
        if left > 0 and near and not any(_holds(run, one) for run in runs):
            runs = _with(runs, (one.hit.passage, one.sentence.start, one.sentence.end))
            left -= 1
    return runs


def close(scores: Sequence[float], texts: Sequence[str]) -> list[int]:
    """Which sentences, the best one first, are quoted for their score. `scores` in falling order."""
    chosen: list[int] = []
    for i, score in enumerate(scores):
        if len(chosen) == SENTENCES or scores[0] - score > CLOSE:
            break
        if texts[i] not in [texts[j] for j in chosen]:
            chosen.append(i)
    return chosen


def _holds(run: Run, one: Candidate) -> bool:
    passage, start, end = run
    text = one.hit.passage.text[one.sentence.start : one.sentence.end]
    return text in passage.text[start:end]


def _with(runs: Sequence[Run], new: Run) -> list[Run]:
    """The runs and a new one, which lengthens the run that it goes on with; what stands before a run comes after it, so
    that the best sentence is read first."""
    passage, start, end = new
    for i, (other, first, last) in enumerate(runs):
        follows = other.spans == passage.spans and last <= start and not passage.text[last:start].strip()
        if follows and end - first <= LONGEST:
            return [*runs[:i], (passage, first, end), *runs[i + 1 :]]
    return [*runs, new]


def run_of(question: Question, scored: Sequence[Scored]) -> tuple[Passage, int, int]:
    """The passage and the half-open offsets in its text of the sentences to quote, around the best one."""
    best = _steps(question, scored) or scored[0].candidate
    parts = best.passage.sentences
    scores = {one.candidate.number: one.score for one in scored if one.candidate.passage is best.passage}
    first = last = best.number
    limit = 3 if question.kind in _JOIN_SCORE else 1
    while (
        last + 1 < len(parts) and last - first + 1 < limit and _joins(question, parts[last + 1].text, scores, last + 1)
    ):
        last += 1
    if first == last and last + 1 < len(parts) and _told_after(question, parts[last].text):
        last += 1
    while first > 0 and last - first + 1 < limit and _leads(question, parts[first].text, scores, first - 1):
        first -= 1
    while last > first and parts[last].end - parts[first].start > LONGEST:
        first, last = (first, last - 1) if last > best.number else (first + 1, last)
    return best.hit.passage, parts[first].start, parts[last].end


def _steps(question: Question, scored: Sequence[Scored]) -> Candidate | None:
    """The sentence that begins the steps, where the best one only announces them."""
    if question.kind not in ("how", "list") or scored[0].candidate.sentence.text.startswith(_STEP_CUES):
        return None
    return _begun(scored)


def _begun(scored: Sequence[Scored]) -> Candidate | None:
    """The sentence that begins a row of steps in the story of the best one, just after it."""
    best = scored[0].candidate
    place = _place(best)
    begun = [
        one.candidate
        for one in scored
        if one.candidate.sentence.text.startswith(_FIRST)
        and _same_story(one.candidate, best)
        and 0 < _place(one.candidate) - place < _SOON
    ]
    return min(begun, key=_place, default=None)


def _same_story(one: Candidate, other: Candidate) -> bool:
    here, there = one.hit.passage, other.hit.passage
    return (here.source, here.number) == (there.source, there.number)


def _place(candidate: Candidate) -> int:
    """Where in its file the sentence begins."""
    spans = candidate.hit.passage.slice(candidate.sentence.start, candidate.sentence.end).spans
    return spans[0][0] if spans else -1


def _told_after(question: Question, text: str) -> bool:
    """Whether the sentence may tell no more than what is asked about, and the next one how it is done, or why."""
    reason = question.kind == "why" and _REASONS.search(text) is None
    return reason or (question.kind == "how" and not text.startswith(_STEP_CUES))


def _joins(question: Question, text: str, scores: dict[int, float], number: int) -> bool:
    """Whether the next sentence belongs to the answer: it goes on with the steps, or answers nearly as well."""
    if question.kind in ("how", "list") and text.startswith(_STEP_CUES):
        return True
    threshold = _JOIN_SCORE.get(question.kind, 9.0)
    return scores.get(number, -9.0) > threshold or (question.kind == "definition" and text.startswith(_GOES_ON))


def _leads(question: Question, text: str, scores: dict[int, float], number: int) -> bool:
    """Whether the sentence before belongs to it: the best one goes on with something begun there."""
    starts_late = text.startswith(_STEP_CUES[1:]) and question.kind in ("how", "list")
    return starts_late or scores.get(number, -9.0) > _JOIN_SCORE.get(question.kind, 9.0) + 1.0
