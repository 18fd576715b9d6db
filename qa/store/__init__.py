"""The index folder on disk: immutable generations, published by one atomic switch, each file with its checksum."""

from qa.store.cache import VectorCache
from qa.store.generations import FORMAT, Generation, open_current, problems
from qa.store.publishing import publish, repair, writing
from qa.store.tables import Reading, Tables, write_copies, write_tables

__all__ = [
    "FORMAT",
    "Generation",
    "Reading",
    "Tables",
    "VectorCache",
    "open_current",
    "problems",
    "publish",
    "repair",
    "write_copies",
    "write_tables",
    "writing",
]
