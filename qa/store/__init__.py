"""The index folder on disk: immutable generations, published by one atomic switch, each file with its checksum."""

from qa.store.cache import VectorCache
from qa.store.calibration import Calibration, read_calibration, remove_calibration, write_calibration
from qa.store.copies import write_copies
from qa.store.generations import FORMAT, Generation, open_current, problems
from qa.store.joined import JoinedTables
from qa.store.publishing import publish, repair, writing
from qa.store.tables import Reading, Tables, TableWriter, join_tables, next_numbers, write_tables

__all__ = [
    "FORMAT",
    "Calibration",
    "Generation",
    "JoinedTables",
    "Reading",
    "TableWriter",
    "Tables",
    "VectorCache",
    "join_tables",
    "next_numbers",
    "open_current",
    "problems",
    "publish",
    "read_calibration",
    "remove_calibration",
    "repair",
    "write_calibration",
    "write_copies",
    "write_tables",
    "writing",
]
