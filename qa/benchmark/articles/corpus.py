"""Real stories for generated pages: television news cleaned of what only television has, and English news."""

from __future__ import annotations

import gzip
import json
import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from qa.errors import InputError

_OPENING = re.compile(r"^(?:中国网络电视台消息|央视网消息)?\s*[（(]?(?:新闻联播)?[）)]?[：:]?\s*(?:本台消息[，,：:])?")
_CREDITS = re.compile(r"[（(]\s*(?:视频编辑|文字编辑|编辑)[^）)]*[）)]\s*$")
_LABEL = re.compile(r"^【([^】]{2,24})】\s*(.+)$")
_BREAK = re.compile(r"\n+|(?<=[。！？”])\s+")
_ENDS = "。！？”…"
_SITE = re.compile(r"\s*(?:--?|\|)\s*[\w .]{3,20}$")
# Credits and addresses that stand between the stories and are no title of any.
_NO_TITLE = re.compile(
    r"\b(?:author|source|photo|image|editor|edited|journalist|correspondent|reporter|courtesy)s?\b|www\.", re.I
)
_WORD = re.compile(r"[A-Za-z]{4,}")


@dataclass(frozen=True)
class Source:
    """One real story. `parts` are (kind, text) with kind "body" or "subhead", in reading order."""

    title: str
    label: str  # the column it ran in, "" for none
    brief: str
    parts: tuple[tuple[str, str], ...]
    english: bool = False
    office: str = ""  # the local office that its first sentence names as its source, "" for none

    @property
    def size(self) -> int:
        return sum(len(text) for _, text in self.parts)


def load_sources(folder: Path, count: int, seed: int, part: str = "test") -> list[Source]:
    """`count` Chinese stories of `folder`/xwlb_news.jsonl.gz chosen by `seed`, and the English ones there are.

    One story in five, by a checksum of its text, is kept for `part` "test"; the others are for "train".
    """
    rng = random.Random(seed)
    lines = [line for line in _lines(folder / "xwlb_news.jsonl.gz") if _in_part(line, part)]
    rng.shuffle(lines)
    found: list[Source] = []
    for line in lines:
        source = _read(json.loads(line))
        if source is not None:
            found.append(source)
        if len(found) == count:
            break
    return found + [source for source in _english(folder) if _in_part(source.title, part)]


def _in_part(text: str, part: str) -> bool:
    return (zlib.crc32(text.encode()) % 5 == 0) == (part == "test")


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        raise InputError(f"No {path.name} in {path.parent}: give the folder that holds it with --data.")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.readlines()


def _read(record: dict[str, str]) -> Source | None:
    body = _CREDITS.sub("", _OPENING.sub("", record["body"].strip()))
    title = record["title"].replace("[视频]", "").strip()
    label = _LABEL.match(title)
    if label:
        title = label[2].strip()
    parts = tuple(_parts(body))
    size = sum(len(text) for _, text in parts)
    if not 6 <= len(title) <= 40 or not 120 <= size <= 3000 or parts[0][0] != "body" or "�" in body:
        return None
    brief = record["brief"].replace("[视频]", "").strip().split("\n")[0]
    return Source(title, label[1] if label else "", brief, parts)


def _parts(body: str) -> list[tuple[str, str]]:
    """Paragraphs up to a line without a full stop, which announces another item of the programme."""
    found: list[tuple[str, str]] = []
    for piece in _BREAK.split(body):
        text = piece.strip()
        if not text:
            continue
        if text[-1] in _ENDS:
            found.append(("body", text))
        elif len(text) > 26:
            found.append(("body", text + "。"))
        elif len(text) >= 4 and found and not re.search("[。；]", text):
            break
    return found or [("subhead", "")]


def _english(folder: Path) -> Iterator[Source]:
    """Stories of the English side of `folder`/wmt_news_en_zh.tsv.gz: a line without a full stop is a title.

    Its first sentences must take up two of its words, for the file holds advertisements and lists too.
    """
    if not (folder / "wmt_news_en_zh.tsv.gz").is_file():
        return
    title, sentences = "", list[str]()
    for line in _lines(folder / "wmt_news_en_zh.tsv.gz"):
        text = line.split("\t")[0].strip()
        if len(text) < 110 and text[-1:].isalnum():
            yield from _story(title, sentences)
            title, sentences = _SITE.sub("", text), []
        elif len(text) > 30 and text[-1:] in '.!?"”':
            sentences.append(text)
    yield from _story(title, sentences)


def _story(title: str, sentences: list[str]) -> Iterator[Source]:
    if not 15 <= len(title) <= 100 or len(sentences) < 3 or _NO_TITLE.search(title):
        return
    text = " ".join(sentences[:16]).lower()
    told = set(_WORD.findall(" ".join(sentences[:5]).lower()))
    if len(re.findall(r"\b(?:your?|click|install|download)\b", text)) > 2:
        return  # an advertisement or a manual
    if len(told.intersection(_WORD.findall(title.lower()))) < 2:
        return  # the line above the sentences is no title of theirs
    paragraphs = [" ".join(sentences[n : n + 2]) for n in range(0, min(len(sentences), 16), 2)]
    yield Source(title, "", "", tuple(("body", text) for text in paragraphs), english=True)


def localised(source: Source, office: str) -> Source:
    """The story as a local paper has it from `office`, which its first sentence names."""
    (kind, text), *rest = source.parts
    return replace(source, office=office, parts=((kind, f"记者从{office}获悉，{text}"), *rest))


def shortened(source: Source, size: int) -> Source:
    """The first paragraphs of the story, `size` characters or a little more: an item among others in brief."""
    total, parts = 0, []
    for part in source.parts:
        parts.append(part)
        total += len(part[1])
        if total >= size:
            break
    return replace(source, parts=tuple(part for part in parts if part[0] == "body"))
