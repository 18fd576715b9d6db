"""An answer retold: the model's sentences as they come, each checked against the quotes it names before it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from qa.datatypes import Answer, Failure, Written
from qa.text import is_han
from qa.writing.drafts import Draft, drafts
from qa.writing.endpoint import Endpoint, EndpointError
from qa.writing.prompt import NOTHING, messages
from qa.writing.support import fault

if TYPE_CHECKING:
    from qa.archive import Archive


@dataclass(frozen=True)
class Writer:
    """Retells answers through an endpoint."""

    endpoint: Endpoint

    def write(self, answer: Answer) -> Answer:
        """`answer` retold, or as it was with the reason; one that found nothing is never sent."""
        *_, last = self.steps(answer)
        return last

    def steps(self, answer: Answer) -> Iterator[Answer]:
        """The answer growing by checked sentences; the last one is final, and so is one that is not retold."""
        if not answer.citations:
            yield answer
            return
        try:
            last = None
            for last in self._growing(answer):
                yield last
        except EndpointError as error:
            yield self._failed(answer, error.failure)
        else:
            if last is None:
                yield self._failed(answer, "silent")

    def retelling(self, archive: Archive) -> Archive:
        """`archive` with all its answers retold."""
        return cast("Archive", Retold(archive, self))

    def _growing(self, answer: Answer) -> Iterator[Answer]:
        text, done = "", 0
        kept: list[Draft] = []
        dropped: list[str] = []
        for piece in chain(self.endpoint.pieces(messages(answer)), [None]):
            text += piece or ""
            found = drafts(text, whole=piece is None)
            for one in found[done:]:
                if one.text and not fault(one.text, cited(answer, one.numbers)):
                    kept.append(one)
                elif one.text and one.text.strip(" .。") != NOTHING:
                    dropped.append(one.text)
            if kept and len(found) > done:
                yield self._retold(answer, kept, dropped)
            done = len(found)
        if dropped and not kept:
            yield self._failed(answer, "unsupported", dropped)

    def _retold(self, answer: Answer, kept: Sequence[Draft], dropped: Sequence[str]) -> Answer:
        used = {
            n
            for one in [*(draft.numbers for draft in kept), *(claim.citations for claim in answer.claims)]
            for n in one
        }
        citations = tuple(citation for citation in answer.citations if citation.n in used)
        written = Written(self.endpoint.model, tuple(dropped))
        return replace(answer, answer=joined(kept), citations=citations, written=written)

    def _failed(self, answer: Answer, failure: Failure, dropped: Sequence[str] = ()) -> Answer:
        return replace(answer, written=Written(self.endpoint.model, tuple(dropped), failure))


def cited(answer: Answer, numbers: Sequence[int]) -> list[str]:
    """The quotes with these numbers under their headlines; none at all where one of the numbers is no quote."""
    quotes = {citation.n: f"{citation.article}\n{citation.quote}" for citation in answer.citations}
    return [quotes[n] for n in numbers] if all(n in quotes for n in numbers) else []


def joined(kept: Sequence[Draft]) -> str:
    """The sentences as one text, each followed by its numbers; Western ones with a space between."""
    parts = [one.text + "".join(f"[{n}]" for n in one.numbers) for one in kept]
    western = not any(is_han(letter) for one in kept for letter in one.text)
    return (" " if western else "").join(parts)


class Retold:
    """An archive whose answers are retold; all else is the archive's own."""

    def __init__(self, archive: Archive, writer: Writer) -> None:
        self._archive, self._writer = archive, writer

    def ask(self, question: str, *arguments: Any, **options: Any) -> Answer:
        return self._writer.write(self._archive.ask(question, *arguments, **options))

    def ask_many(self, questions: Sequence[str], *arguments: Any, **options: Any) -> list[Answer]:
        return [self._writer.write(one) for one in self._archive.ask_many(questions, *arguments, **options)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive, name)
