"""The endpoints for programs: ask, search and show a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from qa.chat.handlers import question_problem
from qa.datatypes import Answer, Mode
from qa.errors import InputError

if TYPE_CHECKING:
    from qa.archive import Archive
    from qa.writing import Writer

MAX_API_QUESTION = 10_000  # characters taken over the API


@dataclass(frozen=True)
class Service:
    """The endpoints for programs. Errors are `InputError` with one clear sentence."""

    archive: Archive
    writer: Writer | None = None

    def ask(
        self, question: str, history: list[str] | None = None, k: int = 5, sources: list[str] | None = None
    ) -> dict[str, Any]:
        """Answer a question from the indexed newspaper pages, with citations to file, article, lines and characters.

        Args:
            question: the question, in Chinese or English, at most 10,000 characters.
            history: earlier questions of the same conversation, oldest first.
            k: how many passages to return, 1 to 100.
            sources: file names to answer from; none means all.
        """
        problem = question_problem(question, "en", MAX_API_QUESTION)
        if problem:
            raise InputError(problem)
        answer: Answer = self.archive.ask(question, history=history or (), k=k, sources=sources or None)
        return (self.writer.write(answer) if self.writer else answer).to_dict()

    def search(
        self, query: str, k: int = 5, mode: str = "hybrid", sources: list[str] | None = None
    ) -> list[dict[str, Any]]:
        """Find the passages of the indexed newspaper pages that are nearest to a query.

        Args:
            query: words to look for, in Chinese or English, at most 10,000 characters.
            k: how many passages to return, 1 to 100.
            mode: hybrid, dense or sparse.
            sources: file names to search in; none means all.
        """
        problem = question_problem(query, "en", MAX_API_QUESTION)
        if problem:
            raise InputError(problem)
        if mode not in ("hybrid", "dense", "sparse"):
            raise InputError(f"The mode is {mode!r}; expected hybrid, dense or sparse.")
        return [
            hit.to_dict() for hit in self.archive.search(query, k=k, mode=cast(Mode, mode), sources=sources or None)
        ]

    def show_source(self, source: str, first: int = 1, last: int = 0) -> str:
        """Show lines of an indexed newspaper page, numbered, under the titles of their articles.

        Args:
            source: the file name as citations give it.
            first: first line to show, from 1.
            last: last line to show; 0 means 200 lines from the first.
        """
        from qa.render import page_text

        page = self.archive.page(source)
        return page_text(page, self.archive.articles(source), max(first, 1), last or max(first, 1) + 199)
