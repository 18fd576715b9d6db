"""Whether a sentence says things the way the question wants them said: as a list of so many, or as a definition."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from qa.answers.evidence import Candidate
from qa.conversation.question import Question

_LIST: Final = re.compile(r"[^、,。;:!?]{1,14}(?:、[^、,。;:!?]{1,14})+|(?:[“《][^”》]{1,20}[”》][和与及、]?){2,}")
_TOLD: Final = re.compile(r"(?:分别[是为有]|包括|分为)([^。;:!?]{4,120})")
_PAUSE: Final = re.compile(r"、|(?<=[”》])(?=[“《])")
_ANY: Final = re.compile(r"[、,]|和|以及")
_SPLIT: Final = re.compile(r"、|和|与|及|以及|(?<=[”》])(?=[“《])")
_EXPLAINS: Final = re.compile(
    r"[”》]?(?:[((][^))]{1,30}[))])?(?:[^,。;]{0,12})?(?:是|即|指|旨在|由|以|包括|设有|设|为|将|分为|位于|坐落|通过|:)"
)
_INTRODUCES: Final = re.compile(
    r"(?:推出|创新|建立|成立|打造|设立|开展|提出|实施|搭建|构建|称为|被誉为|简称|所谓|叫做?)[^,。;]{0,10}$"
)
_FAR: Final = 60  # characters


def cue_columns(question: Question, found: Sequence[Candidate]) -> npt.NDArray[np.float64]:
    """float64[candidates, 4]: items as many as asked, a list near what is listed, introduction, explanation."""
    name = question.names[-1] if question.names else question.before[-4:] or "".join(question.words)[-4:]
    rows = [(*_items(question, one.sentence.text), *_definition(name, one.sentence.text)) for one in found]
    return np.array(rows, float).reshape(len(found), 4)


def _items(question: Question, text: str) -> tuple[float, float]:
    lists = _lists(text)
    agrees = max((float(size == question.count) for _, size in lists), default=0.0) if question.count else -1.0
    word = (question.before or question.after)[-2:]
    place = text.rfind(word) if len(word) == 2 else -1
    if place < 0 or not lists:
        return agrees, 0.0
    return agrees, max(1 / (1 + abs(start - place - 2) / 10) for start, _ in lists)


@functools.lru_cache(maxsize=8192)
def _lists(text: str) -> tuple[tuple[int, int], ...]:
    """Where each list in `text` begins, and how many items it has, with and without 和 as a divider."""
    rows = [(match.start(), match[0]) for match in _LIST.finditer(text)]
    told = [(match.start(1), match[1]) for match in _TOLD.finditer(text)]
    counted = [(start, len(split.split(row))) for start, row in rows for split in (_SPLIT, _PAUSE)]
    return tuple(counted + [(start, len(_ANY.split(row))) for start, row in told])


def _definition(name: str, text: str) -> tuple[float, float]:
    """Whether the words before `name` bring it up, and whether those after it say what it is."""
    place = text.find(name) if len(name) > 1 else -1
    if place < 0:
        return 0.0, 0.0
    after = text[place + len(name) : place + len(name) + _FAR]
    return float(bool(_INTRODUCES.search(text[:place].rstrip("“《")))), float(bool(_EXPLAINS.match(after)))
