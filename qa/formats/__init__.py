"""Text out of HTML, PDF and DOCX files, in a process of its own with limits on time and memory.

The text takes the place of the file: pages, spans and lines refer to it. Headings become Markdown headings, table
cells are set apart by tabs, and a form feed on a line of its own stands between two pages of a PDF.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from qa.errors import InputError

FORMATS = {".html": "HTML", ".htm": "HTML", ".xhtml": "HTML", ".pdf": "PDF", ".docx": "DOCX"}  # by ending
TEXT_LIMIT = 5_000_000  # characters
SECONDS = 45  # of wall time a file may take
_WORKER = str(Path(__file__).with_name("worker.py"))
_REASONS = {
    "damaged": "{name} cannot be read: it is damaged or no {format} file.",
    "locked": "{name} is protected by a password; save it without one and try again.",
    "bomb": "{name} unpacks to far more than it should; it was left alone.",
    "pictures": "{name} holds pictures of pages and no text; run text recognition (OCR) on it first.",
    "pages": "{name} has too many pages; split it into smaller files.",
    "memory": "{name} needs too much memory or time to read; split it into smaller files.",
    "library": "{name} cannot be read here: the library for {format} files is missing; install the project again.",
}


def extract(data: bytes, format: str, name: str) -> str:
    """The text of a file with the bytes `data`, one of the FORMATS (for HTML: of its text in UTF-8).

    Raises InputError, with `name`, for a file that is damaged, locked, too large, or without text.
    """
    command = [sys.executable, "-P", _WORKER, format]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise InputError(_sentence("memory", name, format)) from None
    if done.returncode:
        code = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        killed = "memory" if done.returncode < 0 and format != "PDF" else "damaged"
        raise InputError(_sentence(code if code in _REASONS else killed, name, format))
    text = done.stdout.decode("utf-8", "replace")
    if len(text) > TEXT_LIMIT:
        raise InputError(f"{name} holds more than {TEXT_LIMIT:,} characters of text; split it into smaller files.")
    return text


def _sentence(code: str, name: str, format: str) -> str:
    return _REASONS[code].format(name=name, format=format)
