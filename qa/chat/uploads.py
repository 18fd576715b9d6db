"""Files that a visitor brings: an index of their own beside the shared one, which nobody else sees."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from qa.datatypes import Answer, Article, Hit, Mode, Page
from qa.errors import InputError
from qa.render import visible

if TYPE_CHECKING:
    from qa.archive import Archive

KINDS = (".txt", ".md")
MAX_FILES = 20  # a visitor
MAX_BYTES = 2_000_000  # a file
MAX_DESKS = 50  # visitors with files at one time
IDLE = 3_600  # seconds after which an unused desk is cleared for others
_RANK = {"answered": 2, "partial": 1, "not_found": 0, "error": 0}


@dataclass
class Desk:
    """One visitor's files, the archive made of them, and when it was last used (seconds of `time.monotonic`)."""

    folder: Path
    archive: Archive
    used: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Both:
    """A visitor's own pages and the shared ones, asked as one archive."""

    own: Archive
    shared: Archive

    def _chosen(self, sources: Sequence[str] | None) -> list[tuple[Archive, list[str] | None]]:
        """The archives to ask, each with the sources to keep to (None: all)."""
        if sources is None:
            return [(self.own, None), (self.shared, None)]
        split = [(archive, [s for s in sources if s in archive.sources()]) for archive in (self.own, self.shared)]
        return [(archive, names) for archive, names in split if names] or [(self.shared, list(sources))]

    def ask(
        self, question: str, history: Sequence[str] = (), k: int = 5, *, sources: Sequence[str] | None = None
    ) -> Answer:
        """The better of the two answers: the one found, or the surer one."""
        chosen = self._chosen(sources)
        answers = [archive.ask(question, history=history, k=k, sources=names) for archive, names in chosen]
        return max(answers, key=lambda answer: (_RANK[answer.status], answer.confidence))

    def search(
        self, query: str, k: int = 5, *, mode: Mode = "hybrid", sources: Sequence[str] | None = None
    ) -> list[Hit]:
        """The passages of both, in turn: scores of two archives cannot be compared."""
        lists = [archive.search(query, k, mode=mode, sources=names) for archive, names in self._chosen(sources)]
        mixed = sorted((hit for hits in lists for hit in hits), key=lambda hit: hit.rank)[:k]
        return [replace(hit, rank=rank) for rank, hit in enumerate(mixed, 1)]

    def sources(self) -> list[str]:
        return [*self.own.sources(), *self.shared.sources()]

    def page(self, source: str) -> Page:
        return (self.own if source in self.own.sources() else self.shared).page(source)

    def articles(self, source: str | None = None) -> list[Article]:
        archives = [archive for archive in (self.own, self.shared) if source is None or source in archive.sources()]
        return [article for archive in archives for article in archive.articles(source)]

    def status(self) -> dict[str, Any]:
        own, shared = self.own.status(), self.shared.status()
        return {name: own[name] + shared[name] for name in ("pages", "articles", "passages")}


@dataclass
class Uploads:
    """The desks of all visitors by their keys, in one folder that goes when the server stops.

    A visitor's session holds the key only: Gradio copies what a session holds, and an open archive must not be copied.
    """

    shared: Archive
    root: Path
    desks: dict[str, Desk] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def add(self, key: str, files: Sequence[str]) -> str:
        """Puts `files` (paths) on the desk `key` ("" for a new one) and gives its key.

        Raises QAError; the desk is then as it was.
        """
        from qa.archive import Archive

        desk = self.desk(key)
        folder = desk.folder if desk else self._new_folder()
        pages = folder / "pages"
        before = {path.name for path in pages.iterdir()}
        try:
            for file in files:
                self._take(Path(file), pages)
            archive = Archive.build([str(pages)], str(folder / "index"), prune=True)
        except BaseException:
            for path in [path for path in pages.iterdir() if path.name not in before]:
                path.unlink()
            if not desk:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        self.desks[folder.name] = Desk(folder, archive)
        return folder.name

    def desk(self, key: str) -> Desk | None:
        """The desk `key`, which counts as used now; None when there is none."""
        desk = self.desks.get(key)
        if desk:
            desk.used = time.monotonic()
        return desk

    def _new_folder(self) -> Path:
        for key in [key for key, desk in list(self.desks.items()) if time.monotonic() - desk.used > IDLE]:
            self.remove(key)
        with self.lock:
            if len(self.desks) >= MAX_DESKS:
                raise InputError("Too many visitors have files here just now; please try again later.")
            folder = self.root / secrets.token_urlsafe(24)
            (folder / "pages").mkdir(parents=True)
            folder.chmod(0o700)
        return folder

    def _take(self, file: Path, pages: Path) -> None:
        """Copies one uploaded file, under a name that no other page has."""
        name = visible(file.name)[-80:]
        if file.suffix.lower() not in KINDS:
            raise InputError(f"{name} is not taken; expected a file that ends in {' or '.join(KINDS)}.")
        if file.stat().st_size > MAX_BYTES:
            raise InputError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB; please split it.")
        taken = {path.name for path in pages.iterdir()}
        if len(taken) >= MAX_FILES:
            raise InputError(f"At most {MAX_FILES} files can be added; remove yours first.")
        shutil.copyfile(file, pages / free_name(name, taken | set(self.shared.sources())))

    def remove(self, key: str) -> None:
        """Removes the visitor's files and their index."""
        desk = self.desks.pop(key, None)
        if desk:
            desk.archive.close()
            shutil.rmtree(desk.folder, ignore_errors=True)


def free_name(name: str, taken: set[str]) -> str:
    """`name`, with a number before its ending when another page has it already."""
    path, number = Path(name), 2
    while name in taken:
        name = f"{path.stem}-{number}{path.suffix}"
        number += 1
    return name
