"""Every change the index folder sees on disk goes through here, so that tests can fail, cut or kill each one."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path

Identity = tuple[int, int]  # device and inode


def make_folder(path: Path) -> None:
    path.mkdir(parents=True)


def write(path: Path, data: bytes) -> None:
    """Writes a new file; one that exists already is an error."""
    with path.open("xb") as file:
        file.write(data)


def link(old: Path, new: Path) -> None:
    """A second name for a file that is never changed; a copy where the disk has no such names."""
    try:
        os.link(old, new)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS):
            raise
        shutil.copyfile(old, new)


def identity(path: Path) -> Identity:
    """The same for all names of one file, and for no other file."""
    status = path.stat()
    return status.st_dev, status.st_ino


def sync(path: Path) -> None:
    """Returns when the content of the file, or the entries of the folder, have reached the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rename(old: Path, new: Path) -> None:
    """Atomic; a file `new` is replaced."""
    old.replace(new)


def unlink(path: Path) -> None:
    path.unlink()


def remove_folder(path: Path) -> None:
    path.rmdir()


def remove_tree(path: Path) -> None:
    """Removes what stands at `path`, links as links, file by file."""
    if path.is_dir() and not path.is_symlink():
        for entry in sorted(path.iterdir()):
            remove_tree(entry)
        remove_folder(path)
    else:
        unlink(path)


def tree(folder: Path) -> list[Path]:
    """The files under `folder`, in order of name."""
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
