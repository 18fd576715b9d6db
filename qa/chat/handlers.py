"""What the page does when something is asked, opened, browsed or searched. Values in, HTML out; no Gradio here."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from qa.chat import view
from qa.chat.examples import Examples
from qa.chat.records import Verdicts, answers_of
from qa.chat.uploads import Both, Uploads
from qa.datatypes import Answer, Mode, Span
from qa.errors import InputError, QAError
from qa.render import say

if TYPE_CHECKING:
    from qa.archive import Archive

MAX_QUESTION = 2_000  # characters taken at the page
MAX_API_QUESTION = 10_000  # characters taken over the API
KEPT = 40  # turns of a conversation kept
log = logging.getLogger(__name__)

Answers = tuple[Answer, ...]
# conversation, answers, text of the question box, source pane; None leaves a part as it is
Turn = tuple[str, Answers, str | None, str | None]


@dataclass(frozen=True)
class Handlers:
    """The page's actions over one archive."""

    archive: Archive | Both
    examples: Examples
    verdicts: Verdicts | None = None
    uploads: Uploads | None = None

    def at(self, key: str) -> Handlers:
        """The same for the visitor whose files are on the desk `key`."""
        desk = self.uploads.desk(key) if self.uploads else None
        return replace(self, archive=Both(desk.archive, self.archive)) if desk else self  # type: ignore[arg-type]

    def ask(self, question: str, answers: Answers, sources: Sequence[str], language: str) -> Iterator[Turn]:
        """First the question as it is being answered, then the answer with its first source open."""
        question = question.strip()
        problem = question_problem(question, language)
        if problem:
            yield self.talk(answers, language, problem), answers, None, None
            return
        yield view.conversation(answers, language, pending=question), answers, "", None
        try:
            history = [answer.question for answer in answers]
            answer = self.archive.ask(question, history=history, sources=list(sources) or None)
        except QAError as error:
            yield self.talk(answers, language, str(error)), answers, question, None
        except Exception:
            log.exception("a question failed")
            yield self.talk(answers, language, say("failed", language)), answers, question, None
        else:
            answers = (*answers, answer)[-KEPT:]
            pane = self.cited(answers, len(answers) - 1, answer.citations[0].n, language) if answer.citations else ""
            yield self.talk(answers, language), answers, "", pane or self.front(language)

    def talk(self, answers: Answers, language: str, notice: str = "") -> str:
        """The conversation with questions to ask next."""
        ideas = self.examples.after(answers, language) if answers else self.examples.first(language)
        return view.conversation(answers, language, notice=notice, ideas=ideas)

    def redo(self, command: str, answers: Answers, sources: Sequence[str], language: str) -> Iterator[Turn]:
        """`["retry", turn]` asks that question again, `["edit", turn]` puts it back into the box; later turns go."""
        action, turn = _parse(command, 2)
        if not isinstance(turn, int) or not 0 <= turn < len(answers):
            return
        question, answers = answers[turn].question, answers[:turn]
        if action == "retry":
            yield from self.ask(question, answers, sources, language)
        else:
            yield self.talk(answers, language), answers, question, None

    def restore(self, command: str, answers: Answers, language: str) -> tuple[str, Answers]:
        """A conversation that the browser kept, as a JSON list of answer records; one that is none changes nothing."""
        try:
            answers = answers_of(command, KEPT)
        except InputError as error:
            return self.talk(answers, language, str(error)), answers
        return self.talk(answers, language), answers

    def judge(self, command: str, answers: Answers) -> None:
        """Keeps `["good" or "bad", turn, comment]`."""
        verdict, turn, comment = _parse(command, 3)
        known = isinstance(turn, int) and 0 <= turn < len(answers) and verdict in ("good", "bad")
        if self.verdicts and known:
            words = comment if isinstance(comment, str) else ""
            self.verdicts.add(answers, turn, verdict == "good", words, self.archive.sources())

    def bring(self, key: str, files: Sequence[str] | None, language: str) -> tuple[str, str]:
        """Puts files on the visitor's desk; what to tell them, and the key of the desk."""
        if not self.uploads or not files:
            return "", key
        try:
            key = self.uploads.add(key, files)
        except QAError as error:
            return view.note(str(error), "alert"), key
        names = self.uploads.desks[key].archive.sources()
        return view.note(say("uploaded", language, files=", ".join(names))), key

    def open(self, command: str, answers: Answers, language: str) -> str | None:
        """The source pane for `["cite", turn, n, view]` or `["at", source, spans, view]`; None for no such place."""
        kind, where, what, shown = _parse(command, 4)
        try:
            if kind == "cite":
                return self.cited(answers, where, what, language, shown or "article")
            spans = [(int(first), int(last)) for first, last in what or []]
            return self.placed(where, spans, shown or "article", language)
        except (QAError, LookupError, TypeError, ValueError, OverflowError, StopIteration):
            return None

    def cited(self, answers: Answers, turn: int, n: int, language: str, shown: str = "article") -> str:
        answer = answers[turn]
        citation = next(citation for citation in answer.citations if citation.n == n)
        page = self.archive.page(citation.source)
        articles = self.archive.articles(citation.source)
        return view.cited_pane(page, articles, answer, turn, n, shown, language)

    def placed(self, source: str, spans: Sequence[Span], shown: str, language: str) -> str:
        page = self.archive.page(source)
        return view.place_pane(page, self.archive.articles(source), spans, shown, language)

    def front(self, language: str) -> str:
        """The headlines of all pages."""
        return view.front_pane(self.archive.articles(), language)

    def contents(self, source: str | None, language: str) -> str:
        """The articles of one page."""
        sources = self.archive.sources()
        name = source if source in sources else next(iter(sources), None)
        if name is None:
            return view.found([], language)
        return view.contents(self.archive.page(name), self.archive.articles(name), language)

    def search(self, query: str, sources: Sequence[str], language: str) -> str:
        """Passages for a query."""
        query = query.strip()
        if not query:
            return ""
        if len(query) > MAX_QUESTION:
            return view.conversation((), language, notice=str(question_problem(query, language)))
        return view.found(self.archive.search(query, k=10, sources=list(sources) or None), language)

    def masthead(self, language: str) -> str:
        return view.masthead(self.archive.status(), language)


def question_problem(question: str, language: str, limit: int = MAX_QUESTION) -> str:
    """Why a question is not asked, as a sentence; "" when it can be."""
    if not question.strip():
        return say("empty_question", language)
    if len(question) > limit:
        return say("too_long", language, count=len(question), limit=limit)
    return ""


def _parse(command: str, length: int) -> list[Any]:
    """A command as a list of `length` values, missing ones None; nothing but None for what is no command."""
    try:
        values = json.loads(command)
    except (ValueError, RecursionError):
        values = []
    values = values if isinstance(values, list) else []
    return [*values[:length], *[None] * (length - len(values))]


@dataclass(frozen=True)
class Service:
    """The endpoints for programs. Errors are `InputError` with one clear sentence."""

    archive: Archive

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
        return answer.to_dict()

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
