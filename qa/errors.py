"""Everything that can go wrong, as one tree.

QAError                  an error the user can mend: one sentence, what was got, what was expected, what to do
├── InputError           a file, folder, question or option that cannot be used
│   └── UndecodableFile  the bytes of a file are no text in any encoding we know
├── IndexFolderError     the index folder cannot be used as it is
│   ├── NoIndex          there is none, or the folder is something else
│   ├── IndexVersion     written by another format version
│   ├── IndexModel       built with another model or dimension
│   ├── IndexDamaged     a checksum, a count or a reference does not hold
│   └── IndexLocked      another process is writing it
└── ModelError           the embedding model cannot be loaded or does not fit
"""

from __future__ import annotations


class QAError(Exception):
    """An error the user can mend. Its text is one clear sentence."""


class InputError(QAError):
    """A file, folder, question or option that cannot be used."""


class UndecodableFile(InputError):
    """The bytes of a file are no text in any encoding we know."""


class IndexFolderError(QAError):
    """The index folder cannot be used as it is."""


class NoIndex(IndexFolderError):
    """There is no index, or the folder is something else."""


class IndexVersion(IndexFolderError):
    """The index was written by another format version."""


class IndexModel(IndexFolderError):
    """The index was built with another model or dimension."""


class IndexDamaged(IndexFolderError):
    """A checksum, a count or a reference of the index does not hold."""


class IndexLocked(IndexFolderError):
    """Another process is writing the index."""


class ModelError(QAError):
    """The embedding model cannot be loaded or does not fit."""
