"""The stories of one file as a row of letters, each of which knows its place in the file and its paragraph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qa.collation.letters import Letters
from qa.collation.readings import Reading
from qa.datatypes import Article, Kind, Span, Traced

_LATIN = "\u024f"


@dataclass(frozen=True, slots=True)
class Scan:
    """A file's stories, one after another, ready to be compared. `fills`: it may fill the gaps of another scan."""

    source: str
    printed: str
    offsets: tuple[int, ...]  # in the file, of each character of `printed`; -1 for white space at a seam
    letters: Letters
    parts: tuple[int, ...]  # letters that begin a story
    kinds: dict[int, Kind]  # letters that begin a paragraph
    fills: bool = True

    @classmethod
    def of(cls, source: str, articles: Iterable[Article], fills: bool = True) -> Scan:
        texts: list[str] = []
        offsets: list[int] = []
        kinds: list[tuple[int, Kind]] = []  # by character
        stories: list[int] = []
        for article in articles:
            stories.append(len(offsets))
            for paragraph in article.paragraphs:
                kinds.append((len(offsets), paragraph.kind))
                texts.append(paragraph.text)
                offsets += [*_offsets(paragraph), -1]
        printed = "\n".join(texts)
        letters = Letters.of(printed)
        number = {place: n for n, place in enumerate(letters.places)}
        parts = tuple(number[place] for place in stories if place in number)
        return cls(
            source, printed, tuple(offsets[: len(printed)]), letters, parts,
            {number[place]: kind for place, kind in kinds if place in number}, fills,
        )  # fmt: skip

    def reading(self, start: int, end: int) -> Reading:
        """The letters `start` to `end` with their places; for none, the empty place in front of `start`."""
        places = self.letters.places
        if start == end:
            at = self.offsets[places[start - 1]] + 1 if start else self.offsets[places[0]] if places else 0
            return Reading("", ((at, at),), self.source)
        first, last = places[start], places[end - 1] + 1
        return Reading(self.printed[first:last], _spans(self.offsets[first:last]), self.source)

    def space(self, end: int) -> str:
        """The white space behind letter `end - 1`; a line end is a space between Latin words and nothing in Chinese."""
        places = self.letters.places
        if not 0 < end < len(places):
            return ""
        between = self.printed[places[end - 1] + 1 : places[end]]
        if "\n" in between:
            return " " if self.printed[places[end - 1]] <= _LATIN else ""
        return between


def _offsets(traced: Traced) -> list[int]:
    found: list[int] = []
    for first, last in traced.spans:
        if len(found) < len(traced.text) and traced.text[len(found)].isspace():
            found.append(-1)
        found += range(first, last)
    return found


def _spans(offsets: Iterable[int]) -> tuple[Span, ...]:
    found: list[Span] = []
    for offset in offsets:
        if offset < 0:
            continue
        if found and found[-1][1] == offset:
            found[-1] = (found[-1][0], offset + 1)
        else:
            found.append((offset, offset + 1))
    return tuple(found)
