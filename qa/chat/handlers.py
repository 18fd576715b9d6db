"""What the page does when something is asked, opened, browsed or searched. Values in, HTML out; no Gradio here."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from qa.chat import view
from qa.chat.examples import Examples
from qa.chat.records import Verdicts, answers_of
from qa.chat.uploads import MAX_BYTES, MAX_FILES, MAX_PLAIN, Both, Brought, Uploads
from qa.datatypes import Answer, Article, Span
from qa.errors import InputError, QAError
from qa.render import article_of, say
from qa.render.faults import fault_words
from qa.text import line_starts

if TYPE_CHECKING:
    from qa.archive import Archive
    from qa.writing import Writer

MAX_QUESTION = 2_000  # characters taken at the page
KEPT = 40  # turns of a conversation kept
STORIES = 64  # merged stories kept
_ANSWERING = ThreadPoolExecutor(16, "answer")
log = logging.getLogger(__name__)

Answers = tuple[Answer, ...]
Story = tuple[str, tuple[Span, ...]]  # an article's file and places
# conversation, answers, text of the question box, source pane; None leaves a part as it is
Turn = tuple[str, Answers, str | None, str | None]


@dataclass(frozen=True)
class Handlers:
    """The page's actions over one archive."""

    archive: Archive | Both
    examples: Examples
    verdicts: Verdicts | None = None
    uploads: Uploads | None = None
    writer: Writer | None = None
    patience: float = 0.1  # seconds an answer may take before the page says that it is being looked for
    stories: dict[Story, view.Merged | None] = field(default_factory=dict)  # merged before

    def at(self, key: str) -> Handlers:
        """The same for the visitor whose files are on the desk `key`."""
        desk = self.uploads.desk(key) if self.uploads else None
        return replace(self, archive=Both(desk.archive, self.archive)) if desk else self  # type: ignore[arg-type]

    def ask(self, question: str, answers: Answers, sources: Sequence[str], language: str) -> Iterator[Turn]:
        """The question while it is being answered, unless that takes a moment only; then the answer with its first
        source open."""
        question = question.strip()
        problem = question_problem(question, language)
        if problem:
            yield self.talk(answers, language, problem), answers, None, None
            return
        history = [answer.question for answer in answers]
        work = _ANSWERING.submit(self.archive.ask, question, history=history, sources=list(sources) or None)
        if not wait([work], self.patience).done:
            yield view.conversation(answers, language, pending=question), answers, "", None
        try:
            found = answer = work.result()
            for answer in self.writer.steps(found) if self.writer else ():
                yield view.conversation((*answers, answer)[-KEPT:], language, growing=True), answers, "", None
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

    def bring(self, key: str, files: Sequence[str] | None, language: str) -> Iterator[tuple[str, str]]:
        """Puts files on the visitor's desk: what to tell them, again and again until it is done, and the desk's key."""
        if not self.uploads or not files:
            yield "", key
            return
        told: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
        yield view.note(say("extracting", language, count=len(files))), key
        with ThreadPoolExecutor(1, "upload") as worker:
            done = worker.submit(self.uploads.add, key, files, lambda now, total: told.put((now, total)))
            done.add_done_callback(lambda _: told.put(None))
            while (step := told.get()) is not None:
                while not told.empty():
                    step = told.get() or step
                yield view.note(say("indexing", language, now=step[0], total=step[1])), key
                if done.done():
                    break
        try:
            brought = done.result()
        except QAError as error:
            yield view.note(fault_words(str(error), language), "alert"), key
            return
        yield _told(brought, language), brought.key

    def withdraw(self, key: str, command: str, language: str) -> tuple[str, str]:
        """Takes the file `[name]` off the visitor's desk: what to tell them, and the desk's key."""
        (name,) = _parse(command, 1)
        if not self.uploads or not isinstance(name, str):
            return self.hint(language), key
        try:
            left = self.uploads.withdraw(key, name)
        except QAError as error:
            return view.note(fault_words(str(error), language), "alert"), key
        return _told(left, language) or self.hint(language), left.key

    def hint(self, language: str) -> str:
        """What files may be brought, and who sees them."""
        if not self.uploads:
            return ""
        limits = {"megabytes": MAX_BYTES // 1_000_000, "plain": MAX_PLAIN // 1_000_000, "files": MAX_FILES}
        hint = say("upload_hint", language, kinds="TXT, Markdown, HTML, PDF, DOCX, ZIP", **limits)
        return view.note(f"{hint} {say('upload_common' if self.uploads.common else 'upload_private', language)}")

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
        merged = self.merged(article_of(articles, citation.source, citation.spans))
        return view.cited_pane(page, articles, answer, turn, n, shown, language, merged)

    def placed(self, source: str, spans: Sequence[Span], shown: str, language: str) -> str:
        page, articles = self.archive.page(source), self.archive.articles(source)
        merged = self.merged(article_of(articles, source, spans))
        return view.place_pane(page, articles, spans, shown, language, merged)

    def merged(self, article: Article | None) -> view.Merged | None:
        """The story merged with its other prints, and where the lines of their files begin; None where it has none."""
        if not article:
            return None
        if isinstance(self.archive, Both):  # a visitor's pages change
            return self._merge(article)
        story = (article.source, article.spans)
        with suppress(KeyError):
            return self.stories[story]
        if len(self.stories) >= STORIES:
            self.stories.clear()
        found = self.stories[story] = self._merge(article)
        return found

    def _merge(self, article: Article) -> view.Merged | None:
        found = self.archive.collate(article)
        if not found.witnesses:
            return None
        sources = (article.source, *found.witnesses)
        return view.Merged(found, {source: line_starts(self.archive.page(source).text) for source in sources})

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


def _told(brought: Brought, language: str) -> str:
    """What became of a visitor's files, each of which can be removed again."""
    faults = [view.note(fault_words(fault, language), "alert") for fault in brought.refused]
    return "".join([*faults, view.ready(brought.names, language) if brought.names else ""])


def _parse(command: str, length: int) -> list[Any]:
    """A command as a list of `length` values, missing ones None; nothing but None for what is no command."""
    try:
        values = json.loads(command)
    except (ValueError, RecursionError):
        values = []
    values = values if isinstance(values, list) else []
    return [*values[:length], *[None] * (length - len(values))]
