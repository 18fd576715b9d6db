"""What answering needs of an archive, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from qa.datatypes import Article, Hit, Mode, Page, Passage


class Archive(Protocol):
    """A searchable archive. `document_frequency` counts the passages that hold a term of `qa.text.terms`."""

    def search(
        self, query: str, k: int = 10, *, mode: Mode = "hybrid", sources: Sequence[str] | None = None
    ) -> list[Hit]: ...
    def page(self, source: str) -> Page: ...
    def article_of(self, passage: Passage) -> Article: ...
    def changed(self, source: str) -> bool: ...
    def document_frequency(self, term: str) -> int: ...
    @property
    def passage_count(self) -> int: ...
