"""Scans of one page collated: aligned character by character, merged for reading, every reading kept at its place."""

from qa.collation.collate import collate
from qa.collation.differences import differences
from qa.collation.evidence import Frequency
from qa.collation.readings import Collation, MergedParagraph, Reading, Stretch
from qa.collation.scans import Scan

__all__ = ["Collation", "Frequency", "MergedParagraph", "Reading", "Scan", "Stretch", "collate", "differences"]
