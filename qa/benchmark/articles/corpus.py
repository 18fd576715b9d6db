"""Real stories for generated pages: television news, cleaned of what only television has."""

from __future__ import annotations

import gzip
import json
import random
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from qa.errors import InputError

_OPENING = re.compile(r"^(?:中国网络电视台消息|央视网消息)?\s*[（(]?(?:新闻联播)?[）)]?[：:]?\s*(?:本台消息[，,：:])?")
_CREDITS = re.compile(r"[（(]\s*(?:视频编辑|文字编辑|编辑)[^）)]*[）)]\s*$")
_LABEL = re.compile(r"^【([^】]{2,24})】\s*(.+)$")
_BREAK = re.compile(r"\n+|(?<=[。！？”])\s+")
_ENDS = "。！？”…"


@dataclass(frozen=True)
class Source:
    """One real story. `parts` are (kind, text) with kind "body" or "subhead", in reading order."""

    title: str
    label: str  # the column it ran in, "" for none
    brief: str
    parts: tuple[tuple[str, str], ...]

    @property
    def size(self) -> int:
        return sum(len(text) for _, text in self.parts)


def load_sources(folder: Path, count: int, seed: int, part: str = "test") -> list[Source]:
    """`count` stories of `folder`/xwlb_news.jsonl.gz chosen by `seed`.

    One story in five, by a checksum of its text, is kept for `part` "test"; the others are for "train".
    """
    path = folder / "xwlb_news.jsonl.gz"
    if not path.is_file():
        raise InputError(f"No {path.name} in {folder}: give the folder that holds it with --data.")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = file.readlines()
    rng = random.Random(seed)
    rng.shuffle(lines)
    found: list[Source] = []
    for line in lines:
        if (zlib.crc32(line.encode()) % 5 == 0) != (part == "test"):
            continue
        source = _read(json.loads(line))
        if source is not None:
            found.append(source)
        if len(found) == count:
            break
    return found


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
    return Source(title, label[1] if label else "", record["brief"].strip().split("\n")[0], parts)


def _parts(body: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for piece in _BREAK.split(body):
        text = piece.strip()
        if not text:
            continue
        if text[-1] in _ENDS:
            found.append(("body", text))
        elif 4 <= len(text) <= 26 and found and not re.search("[。；]", text):
            found.append(("subhead", text))
        elif len(text) > 26:
            found.append(("body", text + "。"))
    while found and found[-1][0] == "subhead":
        found.pop()
    return found or [("subhead", "")]
