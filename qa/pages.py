"""Files to pages: which files are text, what each is called, and what its bytes say.

A file that cannot be used is reported with its reason and never stops the others. Decoding goes by what the bytes
are; a character that could not be decoded is counted (`Page.replaced`), never lost in silence.
"""

from __future__ import annotations

import codecs
import functools
import hashlib
import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from qa.datatypes import Page
from qa.errors import InputError, UndecodableFile
from qa.text import fold, is_han

SUFFIXES = (".txt", ".md", ".markdown", ".text")
SIZE_LIMIT = 64 * 2**20  # bytes
_ABOUT_THE_FOLDER = re.compile(r"(?:readme|license|licence|changelog)", re.IGNORECASE)
_BOMS = (  # UTF-32 first: its little-endian mark begins with the one of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE = ("gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
_PLAUSIBLE = 0.8  # right decodings of 20 characters or more scored above 0.93, wrong ones below 0.75
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SAMPLE = 2**16  # bytes looked at to choose an encoding; even, so that no UTF-16 unit is cut

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
    if _ABOUT_THE_FOLDER.match(entry.name):
        return "it is about the folder; name it itself to index it"
    return ""


def _name(found: Mapping[Path, str], known: Mapping[str, str]) -> dict[str, Path]:
    """Source name to path, unique: known files keep their names, the others take parent folders in on a clash."""
    depth = {path: name.count("/") + 1 for path, name in found.items()}
    names = {path: known.get(str(path)) or printable(name) for path, name in found.items()}
    taken = Counter(source for path, source in known.items() if Path(path) not in names)
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
    """The page in the file at `path`. Raises InputError or UndecodableFile when it is none that can be used."""
    data = read_bytes(path)
    text, encoding, replaced = decode(data, str(path))
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


def decode(data: bytes, name: str) -> tuple[str, str, int]:
    """Text of `data` without its byte order mark, the encoding it was in, and how many characters were replaced.

    Order: byte order mark, strict UTF-8, the Chinese encodings by how plausible their Chinese is, UTF-8 with single
    faults, then charset-normalizer. Raises UndecodableFile, with `name`, for bytes that are no text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode_leniently(data, encoding)
    wide = b"\0" in data[:8192]  # no text but UTF-16 has zero bytes
    if not wide and (text := _strictly(data, "utf-8")) is not None:
        if not _looks_binary(text):
            return text, "utf-8", 0
        raise UndecodableFile(f"{name} is a binary file; only text can be indexed.")
    guessed = [(plausibility(_sample(data, e)), e) for e in (_CHINESE[2:] if wide else ("utf-8", *_CHINESE))]
    score, encoding = max(guessed, key=lambda pair: pair[0])
    if score >= _PLAUSIBLE:
        return _decode_leniently(data, encoding)
    if wide:
        raise UndecodableFile(f"{name} is a binary file; only text can be indexed.")
    return _decode_otherwise(data, name)


def _decode_leniently(data: bytes, encoding: str) -> tuple[str, str, int]:
    text = _strictly(data, encoding)
    if text is not None:
        return text, encoding, 0
    text = _SURROGATE.sub("\ufffd", data.decode(encoding, "replace"))
    return text, encoding, text.count("\ufffd")


def _decode_otherwise(data: bytes, name: str) -> tuple[str, str, int]:
    text = data.decode("utf-8", "replace")
    foreign = sum(map(text.count, "\ufffd")), sum(c > "\x7f" for c in text)
    if foreign[0] <= 0.05 * foreign[1]:
        return text, "utf-8", foreign[0]
    import charset_normalizer

    best = charset_normalizer.from_bytes(data[:_SAMPLE]).best()
    decoded = _strictly(data, best.encoding) if best else None
    if best is None or decoded is None or _looks_binary(decoded):
        raise UndecodableFile(f"{name} is no text in any known encoding; save it as UTF-8 and try again.")
    return decoded, best.encoding, 0


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _SURROGATE.search(text) else text


def _sample(data: bytes, encoding: str) -> str:
    return data[:_SAMPLE].decode(encoding, "replace")


def _looks_binary(text: str) -> bool:
    return len(_CONTROL.findall(text[:8192])) > 0.02 * len(text[:8192])


def plausibility(text: str) -> float:
    """How much of the text beyond ASCII is everyday Chinese: its share of common characters and punctuation, 0 to 1.

    A wrong decoding scatters over the whole code space, where the 3,755 characters of GB 2312 level 1 are few.
    """
    foreign = [c for c in fold(text) if c > "\x7f"]
    if not foreign:
        return 0.0 if _CONTROL.search(text) else 1.0
    good = sum(_is_common(c) for c in foreign)
    return good / (len(foreign) + 3 * len(_CONTROL.findall(text)))


_SIGNS = ("Ps", "Pe", "Pi", "Pf", "Po", "Pd", "Zs", "So", "Sm", "Nd", "No")


@functools.lru_cache(maxsize=2**16)
def _is_common(character: str) -> bool:
    if not is_han(character):
        return character != "\ufffd" and unicodedata.category(character) in _SIGNS
    try:
        return 0xB0 <= character.encode("gb2312")[0] <= 0xD7
    except UnicodeEncodeError:
        return False
