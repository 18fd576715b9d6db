"""A story as several scans print it, merged for reading: every character at its place in the file it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from qa.datatypes import Kind, Traced
from qa.text import fold, squeeze

Why = Literal["agreed", "majority", "words", "own", "gap"]


@dataclass(frozen=True, slots=True)
class Reading(Traced):
    """What one file prints at a place. Where it prints nothing, `text` is "" and the span is empty."""

    source: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {"source": self.source, "spans": [list(span) for span in self.spans], "text": self.text}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the merged text with all its readings; a scan that has lost it has none.

    `why` tells how `readings[shown]` was chosen: all scans agree; the `majority` of three or more has it; its `words`
    are the likelier ones; it is the story's `own` and nothing speaks against it; or it fills a `gap` of the own file.
    `space` is the white space that follows.
    """

    readings: tuple[Reading, ...]
    shown: int = 0
    why: Why = "agreed"
    space: str = ""

    @property
    def reading(self) -> Reading:
        return self.readings[self.shown]

    @property
    def others(self) -> tuple[Reading, ...]:
        """The readings that say something else than the one shown, each wording once."""
        return self.against(self.reading)

    def against(self, one: Reading) -> tuple[Reading, ...]:
        """The readings that say something else than `one`, each wording once. Width and script are no difference."""
        words = {fold(squeeze(reading.text)): reading for reading in reversed(self.readings)}
        words.pop(fold(squeeze(one.text)), None)
        return tuple(reading for reading in self.readings if reading in words.values())

    def to_dict(self) -> dict[str, Any]:
        return {"shown": self.shown, "why": self.why, "readings": [reading.to_dict() for reading in self.readings]}


@dataclass(frozen=True, slots=True)
class MergedParagraph:
    kind: Kind
    stretches: tuple[Stretch, ...]

    @property
    def text(self) -> str:
        return "".join(stretch.reading.text + stretch.space for stretch in self.stretches).strip()


@dataclass(frozen=True, slots=True)
class Collation:
    """An article of `source` merged with its copies in `witnesses`. A witness is no second source."""

    source: str
    title: str
    witnesses: tuple[str, ...]
    paragraphs: tuple[MergedParagraph, ...]

    @property
    def text(self) -> str:
        return "\n".join(paragraph.text for paragraph in self.paragraphs)

    @property
    def stretches(self) -> Iterator[Stretch]:
        return (stretch for paragraph in self.paragraphs for stretch in paragraph.stretches)

    @property
    def disagreements(self) -> tuple[Stretch, ...]:
        """Where the scans print different words."""
        return tuple(stretch for stretch in self.stretches if stretch.why in ("majority", "words", "own"))

    @property
    def filled(self) -> tuple[Stretch, ...]:
        """What the own file has lost and another scan has kept."""
        return tuple(stretch for stretch in self.stretches if stretch.why == "gap")

    def to_dict(self) -> dict[str, Any]:
        return {
            "witnesses": list(self.witnesses),
            "text": self.text,
            "disagreements": [stretch.to_dict() for stretch in self.disagreements],
            "filled": [stretch.to_dict() for stretch in self.filled],
        }
