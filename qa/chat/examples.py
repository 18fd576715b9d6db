"""Questions that the indexed pages can answer, found in the pages themselves and checked by asking them."""

from __future__ import annotations

import logging
import re
import threading
from bisect import insort
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from qa.datatypes import Answer, Article
from qa.errors import QAError
from qa.text import language as language_of

if TYPE_CHECKING:
    from qa.archive import Archive

log = logging.getLogger(__name__)

POOL = 24  # questions kept of each language
TRIED = 48  # questions asked at most while looking for them
SURE = 0.4  # confidence from which a question counts as answerable; the surest are shown first
_FORMS = {"zh": "什么是“{}”？", "en": "What is “{}”?"}
_QUOTED = re.compile(r"[“「]([^“”「」\s,，。、:：;；!！?？]{2,10})[”」]")


class Example(NamedTuple):
    """A question that the pages answer, and how surely."""

    title: str  # of the article that answers it
    question: str
    confidence: float


@dataclass
class Examples:
    """Pools of examples, one for readers of Chinese and one for readers of English, the surest first.

    They grow in the background; safe to read at any time.
    """

    archive: Archive
    pools: dict[str, list[Example]] = field(default_factory=lambda: {"zh": [], "en": []})
    done: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        threading.Thread(target=self.fill, name="examples", daemon=True).start()

    def fill(self) -> None:
        """Asks candidate questions until the pools are full; one that cannot be asked is left out."""
        try:
            articles = self.archive.articles()
            for tongue, pool in self.pools.items():
                for title, question in islice(candidates(articles, tongue), TRIED):
                    if len(pool) < POOL:
                        self.consider(pool, title, question)
        except Exception as error:  # the page works without examples, and an archive may be closed meanwhile
            log.warning("no more example questions are looked for: %s", error)
        finally:
            self.done.set()

    def consider(self, pool: list[Example], title: str, question: str) -> None:
        """Keeps the question when the archive answers it from the article it came from, and surely enough."""
        with suppress(QAError):
            answer = self.archive.ask(question)
            if answer.status == "answered" and answer.confidence >= SURE and _is_about(answer, title):
                insort(pool, Example(title, question, answer.confidence), key=lambda example: -example.confidence)

    def pool(self, language: str) -> list[Example]:
        return self.pools["en" if language == "en" else "zh"]

    def first(self, language: str, count: int = 6, wait: float = 0.5) -> list[str]:
        """Up to `count` questions from as many different articles as there are; waits a moment for them."""
        if len(self.pool(language)) < count:
            self.done.wait(wait)
        return one_of_each(self.pool(language))[:count]

    def after(self, answers: Sequence[Answer], language: str, count: int = 3) -> list[str]:
        """Questions to ask next: first about the articles just cited, then about others; none asked before."""
        asked = {answer.question for answer in answers}
        cited = {citation.article for citation in answers[-1].citations} if answers else set()
        fresh = [example for example in self.pool(language) if example.question not in asked]
        near = [example.question for example in fresh if example.title in cited]
        far = one_of_each([example for example in fresh if example.title not in cited])
        return list(dict.fromkeys([*near, *far]))[:count]


def _is_about(answer: Answer, title: str) -> bool:
    return any(citation.article == title for citation in answer.citations)


def one_of_each(pool: Sequence[Example]) -> list[str]:
    """The questions of `pool`, one of each article first, then the second of each, and so on."""
    seen: Counter[str] = Counter()
    ranked = []
    for place, (title, question, _) in enumerate(pool):
        ranked.append((seen[title], place, question))
        seen[title] += 1
    return list(dict.fromkeys(question for _, _, question in sorted(ranked)))


def candidates(articles: Sequence[Article], tongue: str) -> Iterator[tuple[str, str]]:
    """(article title, question) to try: first one of each article, then further ones."""
    titled = [article for article in articles if article.title]
    lists = [[(article.title, question) for question in questions_of(article, tongue)] for article in titled]
    for depth in range(max(map(len, lists), default=0)):
        yield from (questions[depth] for questions in lists if depth < len(questions))


def questions_of(article: Article, tongue: str) -> list[str]:
    """Questions that an article suggests: after the names it coins and uses again, those of its headlines first."""
    headlines = " ".join(article.headlines) or article.title
    quoted = Counter(_QUOTED.findall(article.text))
    coined = [term for term in dict.fromkeys(_QUOTED.findall(headlines)) if quoted[term] >= 2]
    coined += [term for term, times in quoted.most_common(6) if times >= 2 and term not in coined]
    return [_FORMS[tongue].format(term) for term in coined if language_of(term) == "zh"]
