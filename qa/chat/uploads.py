"""Files that a visitor brings: an index of their own beside the shared one, which nobody else sees."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from qa.datatypes import Answer, Article, Hit, Mode, Page
from qa.errors import InputError
from qa.formats.unzip import unzip
from qa.pages import ABOUT_THE_FOLDER, SUFFIXES, printable, read_page
from qa.render import visible

if TYPE_CHECKING:
    from qa.archive import Archive
    from qa.collation import Collation

KINDS = (*SUFFIXES, ".zip")
MAX_FILES = 50  # a visitor
MAX_BYTES = 20_000_000  # a file
MAX_PLAIN = 2_000_000  # bytes of a file that is nothing but text
MAX_TOTAL = 60_000_000  # bytes of all files of a visitor
MAX_DESKS = 50  # visitors with files at one time
IDLE = 3_600  # seconds after which an unused desk is cleared for others
SHARED = "shared"  # key of the one desk of a server that shows everybody's files to everybody
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

    def collate(self, article: Article) -> Collation:
        return (self.own if article.source in self.own.sources() else self.shared).collate(article)

    def status(self) -> dict[str, Any]:
        own, shared = self.own.status(), self.shared.status()
        return {name: own[name] + shared[name] for name in ("pages", "articles", "passages")}


@dataclass(frozen=True)
class Brought:
    """What became of files: the desk they lie on ("" for none), its pages, and a sentence for each file refused."""

    key: str
    names: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass
class Uploads:
    """The desks of all visitors by their keys, in one folder that goes when the server stops.

    A visitor's session holds the key only: Gradio copies what a session holds, and an open archive must not be copied.
    With `common`, all visitors share one desk.
    """

    shared: Archive
    root: Path
    common: bool = False
    desks: dict[str, Desk] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def add(self, key: str, files: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Brought:
        """Puts `files` (paths) on the desk `key` ("" for a new one); those that cannot be used are told of.

        `progress` is called with the passages indexed and those to index. Raises QAError when nothing can be added
        for a reason that is not in a file; the desk is then as it was.
        """
        from qa.archive import Archive

        desk = self.desk(key)
        folder = desk.folder if desk else self._new_folder()
        pages, new, refused = folder / "pages", list[Path](), list[str]()
        for file in files:
            try:
                new += self._take(Path(file), pages)
            except InputError as error:
                refused.append(str(error))
        if not new:
            self._undo([], None if desk else folder)
            return Brought(key if desk else "", tuple(desk.archive.sources()) if desk else (), tuple(refused))
        try:
            archive = Archive.build([str(pages)], str(folder / "index"), prune=True, progress=progress)
        except BaseException as error:
            refused += [fault for path in new if (fault := _fault(path, pages))]
            self._undo(new, None if desk else folder)
            if isinstance(error, InputError) and refused:
                return Brought(key if desk else "", tuple(desk.archive.sources()) if desk else (), tuple(refused))
            raise
        names = archive.sources()
        unread = [path for path in new if path.relative_to(pages).as_posix() not in names and _fault(path, pages)]
        refused += [_fault(path, pages) for path in unread]
        self._undo(unread, None)
        self.desks[folder.name] = Desk(folder, archive)
        return Brought(folder.name, tuple(names), tuple(refused))

    def withdraw(self, key: str, name: str) -> Brought:
        """Takes the page `name` off the desk `key`, and the desk away with its last page.

        Raises QAError when the index cannot be made without it; the desk is then as it was.
        """
        from qa.archive import Archive

        desk = self.desk(key)
        names = desk.archive.sources() if desk else []
        if not desk or name not in names:
            return Brought(key if desk else "", tuple(names))
        if len(names) == 1:
            self.remove(key)
            return Brought("")
        pages, aside = desk.folder / "pages", desk.folder / "removed"
        (pages / name).replace(aside)
        try:
            archive = Archive.build([str(pages)], str(desk.folder / "index"), prune=True)
        except BaseException:
            aside.replace(pages / name)
            raise
        aside.unlink()
        self.desks[desk.folder.name] = Desk(desk.folder, archive)
        return Brought(desk.folder.name, tuple(archive.sources()))

    def _undo(self, new: Sequence[Path], folder: Path | None) -> None:
        """Takes the files `new` off the desk again, or the whole desk when it was made for them."""
        for path in new:
            path.unlink(missing_ok=True)
            for above in path.parents[: path.parents.index(self.root) - 2]:
                with suppress(OSError):  # other files are in it
                    above.rmdir()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)

    def desk(self, key: str) -> Desk | None:
        """The desk `key`, which counts as used now; None when there is none."""
        desk = self.desks.get(SHARED if self.common else key)
        if desk:
            desk.used = time.monotonic()
        return desk

    def _new_folder(self) -> Path:
        for key in [key for key, desk in list(self.desks.items()) if time.monotonic() - desk.used > IDLE]:
            self.remove(key)
        with self.lock:
            if len(self.desks) >= MAX_DESKS:
                raise InputError("Too many visitors have files here just now; please try again later.")
            folder = self.root / (SHARED if self.common else secrets.token_urlsafe(24))
            (folder / "pages").mkdir(parents=True)
            folder.chmod(0o700)
        return folder

    def _take(self, file: Path, pages: Path) -> list[Path]:
        """Puts one uploaded file, or the files that an archive holds, among `pages`; all of an archive or nothing."""
        name, suffix = _plain(file.name), file.suffix.lower()
        if suffix not in KINDS:
            raise InputError(f"{name} is not taken; expected a file that ends in {', '.join(KINDS)}.")
        _check_size(name, file.stat().st_size)
        present = _files(pages)
        room = MAX_TOTAL - sum(path.stat().st_size for path in present)
        taken = {path.relative_to(pages).parts[0] for path in present} | set(self.shared.sources())
        place = pages / free_name(name, taken)
        data, new = file.read_bytes(), list[Path]()
        if suffix != ".zip" and len(data) > room:
            raise InputError(f"{name} is not added: at most {MAX_TOTAL // 1_000_000} MB are taken in all.")
        inside = unzip(data, name, SUFFIXES, MAX_BYTES, room) if suffix == ".zip" else iter([("", data)])
        try:
            for inner, content in inside:
                _check_size(inner or name, len(content))
                if len(present) + len(new) >= MAX_FILES:
                    raise InputError(f"{name} is not added: at most {MAX_FILES} files are taken in all.")
                new.append(_write(place.joinpath(*map(_plain, filter(None, inner.split("/")))), content))
            if not new:
                raise InputError(f"{name} holds no file that ends in {', '.join(SUFFIXES)}.")
        except InputError:
            self._undo(new, None)
            raise
        return new

    def remove(self, key: str) -> None:
        """Removes the visitor's files and their index."""
        desk = self.desks.pop(SHARED if self.common else key, None)
        if desk:
            desk.archive.close()
            shutil.rmtree(desk.folder, ignore_errors=True)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _plain(name: str) -> str:
    """A name that is short, shows all its characters, and is not one that an index leaves out of a folder."""
    name = printable(visible(name))[-80:]
    return f"_{name}" if name.startswith(".") or ABOUT_THE_FOLDER.match(name) else name


def _check_size(name: str, size: int) -> None:
    limit = MAX_BYTES if name.lower().endswith((".pdf", ".docx", ".zip")) else MAX_PLAIN
    if size > limit:
        raise InputError(f"{name} is larger than {limit // 1_000_000} MB; please split it.")


def _write(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise InputError(f"{path.name} cannot be stored: {error.strerror}.") from None
    return path


def _fault(path: Path, pages: Path) -> str:
    """Why the file at `path` cannot be used, without the folder it lies in; "" when it can."""
    try:
        read_page(path, path.name)
    except InputError as error:
        return str(error).replace(f"{pages}/", "")
    return ""


def free_name(name: str, taken: set[str]) -> str:
    """`name`, with a number before its ending when another page has it already."""
    path, number = Path(name), 2
    while name in taken:
        name = f"{path.stem}-{number}{path.suffix}"
        number += 1
    return name
