"""ZIP archives of readers: only what they really hold is believed, and never more than the limits."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from qa.errors import InputError

ENTRIES = 1_000  # looked at in one archive
RATIO = 200  # of a file to its packed form, from a megabyte on
_CHUNK = 2**16
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError)


def unzip(
    data: bytes, name: str, suffixes: tuple[str, ...], file_limit: int, limit: int
) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of the files in the archive `data` that end in one of `suffixes`.

    Names are relative paths with "/" and without ".."; hidden files and those of other kinds are left out, archives in
    archives too. Raises InputError, with `name`, for what is damaged, locked, or larger than `file_limit` bytes a file
    and `limit` in all: sizes are counted while reading, since an archive may lie about them.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > ENTRIES:
                raise InputError(f"{name} holds {len(entries):,} files; at most {ENTRIES:,} are looked at.")
            for entry in entries:
                inner = safe_name(entry)
                if inner and not entry.is_dir() and inner.lower().endswith(suffixes):
                    content = _content(archive, entry, f"{name}/{inner}", min(file_limit, limit))
                    limit -= len(content)
                    yield inner, content
    except _UNREADABLE as error:
        if isinstance(error, RuntimeError) and "password" in str(error):
            raise InputError(f"{name} is protected by a password; pack it without one and try again.") from None
        raise InputError(f"{name} cannot be read: it is damaged or no ZIP file.") from None


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, limit: int) -> bytes:
    parts, size = [], 0
    with archive.open(entry) as file:
        while part := file.read(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise InputError(f"{name} unpacks to more than {limit:,} bytes, which is all that may be added.")
            if size > 2**20 and size > RATIO * max(entry.compress_size, 1):
                raise InputError(f"{name} unpacks to far more than it should; it was left alone.")
    return b"".join(parts)


def safe_name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry as a path below the archive; "" for one that is hidden or nothing but dots."""
    whole = _decoded(entry).replace("\\", "/").replace("\0", "")
    parts = [part for part in PurePosixPath(whole).parts if part not in ("/", ".", "..") and not part.endswith(":")]
    return "" if not parts or any(part.startswith((".", "__MACOSX")) for part in parts) else "/".join(parts)


def _decoded(entry: zipfile.ZipInfo) -> str:
    """The name as meant: without the flag for UTF-8, Chinese systems write UTF-8 or GBK all the same."""
    if entry.flag_bits & 0x800:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return entry.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return entry.filename
