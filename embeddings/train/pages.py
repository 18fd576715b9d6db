"""A folder of newspaper pages as text to learn from: no labels, only lines, headlines and what stands under them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_HEADLINE = re.compile(r"[#\s]*(?P<title>[^。,，;；:：?？!！]{4,40})")
_ENDS = '。!！?？…”"』」'
_SENTENCE = re.compile(r"[^。！？!?]+[。！？!?]?")
_SHORTEST_STORY = 60
_SHORTEST_SENTENCE = 10
ENCODINGS = ("utf-8-sig", "gb18030", "big5")


def read_stories(folder: Path) -> list[tuple[str, str]]:
    """(headline, text) of everything in the text files below `folder`; the headline is empty where none stands above.

    Raises FileNotFoundError when there is no text file or no text of some length in them.
    """
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in (".txt", ".md") and file.is_file())
    stories = [story for file in files for story in stories_of(_decoded(file.read_bytes()))]
    if not stories:
        raise FileNotFoundError(f"{folder} holds no text files with stories in them; --add names a folder of pages")
    return list(dict.fromkeys(stories))


def stories_of(text: str) -> list[tuple[str, str]]:
    """The stories of one page: a line without punctuation opens one where the text before it has ended."""
    stories: list[tuple[str, list[str]]] = [("", [])]
    for line in (part.strip() for part in text.splitlines()):
        title = _HEADLINE.fullmatch(line)
        ended = not stories[-1][1] or stories[-1][1][-1][-1] in _ENDS
        if title and ended:
            stories.append((title["title"].strip(), []))
        elif line:
            stories[-1][1].append(line)
    joined = [(title, _joined(lines)) for title, lines in stories]
    return [(title, body) for title, body in joined if len(body) >= _SHORTEST_STORY]


def sentences(text: str) -> list[str]:
    """The sentences of `text` that are long enough to say something."""
    found = (match.group().strip() for match in _SENTENCE.finditer(text))
    return [sentence for sentence in found if len(sentence) >= _SHORTEST_SENTENCE]


def _joined(lines: Sequence[str]) -> str:
    """Lines as running text: no space between Chinese lines, one where Latin letters would run together."""
    text = ""
    for line in lines:
        text += f" {line}" if text[-1:].isascii() and text[-1:].isalnum() and line[0].isascii() else line
    return text


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")
