"""Files to pages: which files are taken, what each is called, and what text it holds.

A file that cannot be used is reported with its reason and never stops the others.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from qa.datatypes import Page
from qa.decoding import decode
from qa.errors import InputError
from qa.formats import FORMATS, extract

SUFFIXES = (".txt", ".md", ".markdown", ".text", *FORMATS)
SIZE_LIMIT = 64 * 2**20  # bytes
ABOUT_THE_FOLDER = re.compile(r"(?:readme|license|licence|changelog)", re.IGNORECASE)

Skipped = tuple[str, str]  # path, reason


def find_files(
    paths: Iterable[str | os.PathLike[str]], known: Mapping[str, str] | None = None
) -> tuple[dict[str, Path], list[Skipped]]:
    """The text files that `paths` name or, as folders, hold: source name to absolute path, in order of the paths.

    A source is named by its posix path inside the folder given (a file by its name); where two different files would
    bear one name, parent folders are put in front. `known` maps absolute paths to the source names they already have.
    The second value lists what was left out: (path, reason).
    """
    found: dict[Path, str] = {}
    skipped: list[Skipped] = []
    for given in paths:
        path = Path(os.path.abspath(given))  # noqa: PTH100 - resolve() would follow links and change the name
        for file, reason in _walk(path) if path.is_dir() else [(path, "" if path.exists() else "it does not exist")]:
            if reason:
                skipped.append((str(file), reason))
            else:
                found.setdefault(file, file.relative_to(path).as_posix() if file != path else file.name)
    return _name(found, known or {}), list(dict.fromkeys(skipped))


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file under `folder` in order of name, with the reason to leave it out, or ""."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield here, f"the folder cannot be read: {error.strerror}"
            continue
        for entry in entries:
            reason = _reason_to_leave(entry)
            if not reason and entry.is_dir(follow_symlinks=False):
                continue
            yield Path(entry.path), reason
        waiting += [Path(e.path) for e in reversed(entries) if not _hidden(e) and e.is_dir(follow_symlinks=False)]


def _hidden(entry: os.DirEntry[str]) -> bool:
    return entry.name.startswith(".")


def _reason_to_leave(entry: os.DirEntry[str]) -> str:
    if _hidden(entry):
        return "it is hidden"
    if entry.is_symlink():
        return "it is a link, and links are not followed"
    if entry.is_dir(follow_symlinks=False):
        return ""
    if not entry.name.lower().endswith(SUFFIXES):
        return f"its name does not end in {', '.join(SUFFIXES)}"
    if not entry.is_file(follow_symlinks=False):
        return "it is no regular file"
    if ABOUT_THE_FOLDER.match(entry.name):
        return "it is about the folder; name it itself to index it"
    return ""


def _name(found: Mapping[Path, str], known: Mapping[str, str]) -> dict[str, Path]:
    """Source name to path, unique: known files keep their names, the others take parent folders in on a clash."""
    depth = {path: name.count("/") + 1 for path, name in found.items()}
    names = {path: known.get(str(path)) or printable(name) for path, name in found.items()}
    given = {str(path) for path in names}
    taken = Counter(source for path, source in known.items() if path not in given)
    while True:
        bearers = Counter(names.values()) + taken
        clashing = [path for path, name in names.items() if bearers[name] > 1 and str(path) not in known]
        if not clashing:
            return {name: path for path, name in names.items()}
        for number, path in enumerate(clashing):
            depth[path] += 1
            whole = depth[path] > len(path.parts)  # only names that differ in their escapes get here
            names[path] = printable("/".join(path.parts[1:][-depth[path] :])) + f"#{number}" * whole


def printable(name: str) -> str:
    """`name` on one line and storable: control and formatting characters and undecodable bytes are escaped."""
    return "".join(c.encode("unicode_escape").decode() if unicodedata.category(c) in _UNSHOWN else c for c in name)


_UNSHOWN = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")


def read_page(path: str | os.PathLike[str], source: str) -> Page:
    """The page in the file at `path`; of one of the FORMATS its text, with the format's name for an encoding.

    Raises InputError or UndecodableFile when it is none that can be used.
    """
    data = read_bytes(path)
    format = FORMATS.get(Path(path).suffix.lower(), "")
    text, encoding, replaced = decode(data, str(path)) if format in ("", "HTML") else ("", format, 0)
    if format:
        text = extract(text.encode() if format == "HTML" else data, format, str(path))
    if not text.strip():
        raise InputError(f"{path} is empty; nothing of it can be indexed.")
    return Page(source, text, str(path), encoding, hashlib.sha256(data).hexdigest(), replaced)


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a regular file of at most SIZE_LIMIT bytes; anything else is an InputError."""
    try:
        # Without O_NONBLOCK a pipe with no writer would block for ever.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputError(f"{path} is no regular file; give a text file or a folder of them.")
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > SIZE_LIMIT:
        raise InputError(f"{path} is larger than {SIZE_LIMIT // 2**20} MiB; split it into smaller files.")
    return data
