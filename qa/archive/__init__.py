"""Archive: pages in, passages and answers out. The façade over everything below."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.archive import scans
from qa.archive.parts import Parts, check_model
from qa.archive.queries import Queries
from qa.archive.searching import search
from qa.archive.summary import Summary, status_of
from qa.datatypes import Answer, Article, Hit, Mode, Page, Passage
from qa.errors import InputError, ModelError, QAError
from qa.store import open_current, read_calibration, repair
from qa.threads import bounded_threads

if TYPE_CHECKING:
    from embeddings.encoder import Encoder
    from qa.collation import Collation

__all__ = ["LONGEST_QUESTION", "Archive", "Summary"]

LONGEST_QUESTION = 10_000  # characters
_MODES = ("hybrid", "dense", "sparse")
_REMEMBERED = 4096  # articles, and queries


def load_encoder(name: str | None) -> Encoder:
    """The encoder of that name, the bundled one for None. Raises ModelError."""
    from embeddings import load_encoder as load
    from embeddings.encoder import ModelLoadError

    try:
        return load(None if name == "bundled" else name)
    except ModelLoadError as error:
        raise ModelError(f"{str(error)[:1].upper()}{str(error)[1:].rstrip('.')}.") from error


class Archive:
    """An index, open for asking. Keeps the state it was opened with while a writer goes on; thread-safe.

    `summary` tells what `build` did; for an archive that was only opened, that it did nothing.
    """

    def __init__(self, index: Path, parts: Parts, encoder: Encoder | None = None) -> None:
        self.index = index
        counts = parts.generation.description["counts"]
        unchanged, number = counts["pages"], parts.generation.number
        self.summary = Summary(0, 0, unchanged, 0, (), 0, counts["articles"], counts["passages"], number)
        self.calibration = read_calibration(index)  # of the confidence, by `python -m qa calibrate`
        self._parts = parts
        self._encoder = encoder
        self._guard = threading.RLock()
        self._changed: dict[str, tuple[tuple[int, int], bool]] = {}
        self._queries = Queries(_REMEMBERED)
        self._article = lru_cache(_REMEMBERED)(parts.tables.article)
        self._scan = lru_cache(64)(partial(scans.scan_of, parts))
        self.document_frequency = lru_cache(2**16)(self._document_frequency)

    @classmethod
    def build(
        cls,
        paths: Iterable[str | os.PathLike[str]],
        index: str | os.PathLike[str],
        *,
        model: str | None = None,
        rebuild: bool = False,
        prune: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> Archive:
        """Adds the text files in `paths` to the folder `index`, which is made if need be, and opens it.

        Unchanged files are skipped, changed ones replaced; with `prune`, pages whose files are gone from `paths` are
        removed. `model` names an encoder (default: the one of the index, or the bundled one). `rebuild` starts from
        nothing. Raises InputError when there is nothing to index, IndexFolderError or one of its kinds when the
        folder cannot be used, ModelError when the model cannot.
        """
        from qa.archive import building

        loaded: list[Encoder] = []

        def load(name: str | None) -> Encoder:
            loaded.append(load_encoder(name))
            return loaded[0]

        folder = Path(index)
        summary = building.build(paths, folder, load, model=model, rebuild=rebuild, prune=prune, progress=progress)
        archive = cls(folder, Parts(open_current(folder)), loaded[0])
        archive.summary = summary
        return archive

    @classmethod
    def open(cls, index: str | os.PathLike[str], *, model: str | None = None) -> Archive:
        """Opens the folder `index`, every file of it checked.

        Raises NoIndex, IndexVersion or IndexDamaged; with a `model` that is not the one of the index, IndexModel.
        """
        folder = Path(index)
        archive = cls(folder, Parts(open_current(folder)))
        if model is not None:
            try:
                archive._use(load_encoder(model))
            except QAError:
                archive.close()
                raise
        return archive

    def close(self) -> None:
        """Lets go of the files. The archive cannot be used afterwards."""
        self._parts.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- searching and asking -----------------------------------------------------------------------------------------

    @property
    def encoder(self) -> Encoder:
        """The model of the index, loaded at the first use. Raises ModelError or IndexModel."""
        if self._encoder is None:
            with self._guard:
                if self._encoder is None:
                    self._use(load_encoder(self._parts.generation.description["model"]["name"]))
        assert self._encoder is not None
        return self._encoder

    def _use(self, encoder: Encoder) -> None:
        check_model(self.index, self._parts.generation.description["model"], encoder)
        self._encoder = encoder

    def search(
        self, query: str, k: int = 5, *, mode: Mode = "hybrid", sources: Sequence[str] | None = None
    ) -> list[Hit]:
        """At most `k` (1 to 100) different passages, best first; only of `sources` where they are given.

        Near-copies take one place; the others are the passage's `also_in`. Raises InputError for an empty query, one
        of more than 10,000 characters, an unknown mode or source.
        """
        text = _checked(query)
        if mode not in _MODES:
            raise InputError(f"The mode {mode!r} is unknown; use one of {', '.join(_MODES)}.")
        if sources is not None:
            self._check_sources(sources)
        wanted = _clamped(k)
        with bounded_threads():
            return search(self._parts, lambda: self.encoder, self._queries, text, wanted, mode, sources)

    def _check_sources(self, sources: Sequence[str]) -> None:
        for source in sources:
            if self._parts.tables.page_number(source) is None:
                raise InputError(f"There is no source {source!r} in {self.index}; `articles` lists those there are.")

    def ask(
        self, question: str, history: Sequence[str] = (), k: int = 5, *, sources: Sequence[str] | None = None
    ) -> Answer:
        """The answer to `question`, which may lean on the user's earlier questions in `history` (oldest first)."""
        from qa import answers

        if sources is not None:
            self._check_sources(sources)
        with bounded_threads():
            return answers.answer(self, _checked(question), tuple(history), _clamped(k), sources)

    def ask_many(self, questions: Sequence[str], k: int = 5, *, sources: Sequence[str] | None = None) -> list[Answer]:
        """The answers to `questions`, in their order; faster than a loop, because they are encoded together."""
        checked = [_checked(question) for question in questions]
        answers = []
        for start in range(0, len(checked), _REMEMBERED):
            part = checked[start : start + _REMEMBERED]
            self._queries.prepare(part, self.encoder)
            answers += [self.ask(question, k=k, sources=sources) for question in part]
        return answers

    # --- looking ------------------------------------------------------------------------------------------------------

    def sources(self) -> list[str]:
        """The names of all pages, in order."""
        return self._parts.tables.sources()

    def page(self, source: str) -> Page:
        """The page as it was indexed. Raises InputError for an unknown source."""
        self._check_sources([source])
        page = self._parts.tables.page(source)
        assert page is not None
        return page

    def articles(self, source: str | None = None) -> list[Article]:
        """The articles of one source, or of all, in order."""
        return self._parts.tables.articles(source)

    def article_of(self, passage: Passage) -> Article:
        """The article that `passage` was cut from. Raises InputError when it is not of this archive."""
        article = self._article(passage.source, passage.number)
        if article is None:
            raise InputError(f"There is no article {passage.number} of {passage.source!r} in {self.index}.")
        return article

    def collate(self, article: Article) -> Collation:
        """`article` merged with its copies in other files: every reading, filled gaps, all places."""
        return scans.collation(self._parts, self._scan, self.document_frequency, article)

    def passages(self, source: str | None = None) -> list[Passage]:
        """The passages of one source, or of all, in order, with their witnesses."""
        return self._parts.tables.with_witnesses(list(self._parts.tables.between(*self._parts.tables.span(source))))

    def changed(self, source: str) -> bool:
        """Whether the file of `source` is no longer what was indexed, or is gone; False for text that was no file."""
        from qa.archive import checking

        page = self.page(source)
        if not page.path:
            return False
        try:
            stat = os.stat(page.path)  # noqa: PTH116
        except OSError:
            return True
        state = (stat.st_mtime_ns, stat.st_size)
        known = self._changed.get(source)
        if known is None or known[0] != state:
            known = self._changed[source] = (state, checking.differs(page))
        return known[1]

    def _document_frequency(self, term: str) -> int:
        """In how many passages, their headlines included, the term of `qa.text.terms` stands."""
        return self._parts.lexical.document_frequency(term)

    @property
    def passage_count(self) -> int:
        return self._parts.tables.passage_count

    def status(self) -> dict[str, Any]:
        """What is in the index: counts, model, generation, how vectors are searched, size on disk in bytes."""
        calibration = self.calibration.to_dict() if self.calibration else None
        return status_of(self.index, self._parts) | {"calibration": calibration}

    def verify(self, deep: bool = False) -> list[str]:
        """Every broken promise of the index as a sentence; empty when all hold. `deep` checks each passage."""
        from qa.archive import checking

        return checking.verify(self._parts, self.encoder, deep)

    @staticmethod
    def repair(index: str | os.PathLike[str]) -> str:
        """Falls back to the newest generation that is whole; says what was done. Raises IndexDamaged if none is."""
        return repair(Path(index))


def _checked(question: str) -> str:
    """The question as it can be searched and stored. Raises InputError."""
    if not isinstance(question, str) or not question.strip():
        raise InputError("The question is empty; ask something.")
    if len(question) > LONGEST_QUESTION:
        raise InputError(
            f"The question has {len(question):,} characters, and at most {LONGEST_QUESTION:,} are read; shorten it."
        )
    return question.encode("utf-8", "replace").decode("utf-8")


def _clamped(k: int) -> int:
    try:
        return min(max(int(k), 1), 100)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"The number of passages is {k!r}; give a whole number from 1 to 100.") from error
