"""Questions written over invented pages of papers, torn and misread as scanned ones are, near misses among them.

`seeds/questions/papers.jsonl.gz` holds a line for each paper: its `pages`, and its `questions`, each with the `pages`
that answer it (by position) and the answers as they are printed; with none of either where no page tells. They are
asked of an archive of the paper, as a user's folder would be; and so are questions of other papers, which it cannot
answer: a reader that only knows near misses takes whatever comes near a question for its answer.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from qa.answers.learning import Asked, ask
from qa.answers.samples import Example
from qa.answers.written import archive_of

_ENDING: Final = ".txt"  # of their sources; examples of other texts are called FILE:LINE or end as news does
_TELLING: Final = 8  # letters of a question of which its paper can be told
PAPERS: Final = Path(__file__).parents[2] / "seeds" / "questions" / "papers.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Paper:
    """The text of each page by the name of its file, and the questions about them."""

    pages: dict[str, str]
    asked: tuple[Example, ...]


def papers(file: Path = PAPERS) -> list[Paper]:
    """The papers of `file`. Raises OSError where it is missing."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [_paper(json.loads(line)) for line in lines]


def with_strangers(found: list[Paper], each: int, seed: int) -> list[Paper]:
    """Every paper with up to `each` questions more that others answer, and it does not."""
    chance, made = random.Random(seed), []
    for paper in found:
        own = {one.question for one in paper.asked}
        others = [one.question for other in found if other is not paper for one in other.asked if one.gold]
        strange = [one for one in others if len(one) >= _TELLING and one not in own]
        asked = chance.sample(strange, min(each, len(strange)))
        more = tuple(Example(one, min(paper.pages), (), trick="given") for one in asked)
        made.append(replace(paper, asked=paper.asked + more))
    return made


def ask_papers(found: list[Paper], kept: ExitStack) -> Iterator[Asked]:
    """Every question of each paper asked of an archive of its pages, which stays open as long as `kept`."""
    for paper in found:
        archive = archive_of(paper.pages, kept)
        yield from (one for example in paper.asked if len((one := ask(archive, example)).rows))


def is_of_paper(example: Example) -> bool:
    return example.source.endswith(_ENDING)


def _paper(record: dict[str, Any]) -> Paper:
    names = [f"{number:03d}{_ENDING}" for number in range(len(record["pages"]))]
    return Paper(
        dict(zip(names, record["pages"], strict=True)), tuple(_example(one, names) for one in record["questions"])
    )


def _example(asked: dict[str, Any], names: list[str]) -> Example:
    if not asked["answers"]:
        return Example(asked["question"], names[0], (), trick="given")
    first, *others = (names[page] for page in asked["pages"])
    return Example(asked["question"], first, tuple(asked["answers"]), elsewhere=tuple(others))
