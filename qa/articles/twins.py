"""What another scan of the same page tells about the reading order of this one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from qa.articles.lines import Line
from qa.articles.ngrams import seam_scores
from qa.articles.stories import RUNNING
from qa.articles.tagger import Tag
from qa.text import fold

_PROBE = 10  # characters by which a place is found in the other scan
_BEFORE = 6  # characters before it that must end a line here
_WELL = 1.0  # log odds of a seam that reads well
_SENTENCE_END = "。!?…”;:"


class Twin:
    """Another scan: its text without white space, for looking up where this page's lines stand there."""

    def __init__(self, text: str) -> None:
        self.text = "".join(fold(text).split())

    def place(self, plain: str) -> int:
        """Where the start of the line stands, -1 if it does not stand there exactly once."""
        probe = "".join(plain.split())[:_PROBE]
        first = self.text.find(probe) if len(probe) == _PROBE else -1
        return first if first >= 0 and self.text.find(probe, first + 1) < 0 else -1

    def before(self, plain: str) -> str:
        """The few characters in front of the line, "" where a sentence or the page begins with it."""
        place = self.place(plain)
        found = self.text[max(0, place - _BEFORE) : max(0, place)]
        return found if len(found) == _BEFORE and found[-1] not in _SENTENCE_END else ""


def homes_in(
    twins: Sequence[Twin], lines: Sequence[Line], tags: Sequence[Tag], copies: Collection[int]
) -> dict[int, int]:
    """Lines that in another scan follow other text than here: index of each to that of the line it follows."""
    running = [i for i, tag in enumerate(tags) if tag in RUNNING and i not in copies]
    ends = {"".join(lines[i].plain.split())[-_BEFORE:]: i for i in running}
    found: dict[int, int] = {}
    for before, here in zip([-1, *running], running, strict=False):
        if tags[here] not in ("begins", "opens", "detached"):
            continue
        for twin in twins:
            home = ends.get(twin.before(lines[here].plain), -1)
            # The other scan has faults of its own: a line that looks begun is moved only if the seam reads well.
            if home not in (-1, before, here) and (
                tags[here] == "detached" or seam_scores([lines[home].plain], [lines[here].plain])[0] > _WELL
            ):
                found[here] = home
    return found


def falls(twins: Sequence[Twin], plains: Sequence[str]) -> int:
    """How often the lines, read in this order, go backwards in the other scans."""
    total = 0
    for twin in twins:
        places = [place for plain in plains if (place := twin.place(plain)) >= 0]
        total += sum(one > other for one, other in pairwise(places))
    return total
