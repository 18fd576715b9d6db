"""Corpora of any size for the benchmark of the engine: stories as pages, and questions whose passage is known."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.archive import Archive

_PER_PASSAGE = 290  # characters, about
_STORIES_A_PAGE = 20
_PER_PAGE = 5  # questions
_CUTTING = 10  # characters of the passage, twice in a question

Story = tuple[str, str]


def read_stories(path: Path) -> list[Story]:
    """Title and body of each story."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [(row["title"], row["body"]) for row in rows if len(row["body"]) > 60]


def endless(stories: Sequence[Story]) -> Iterator[Story]:
    """The stories, then new ones made of their sentences."""
    yield from stories
    yield from recombined(stories, 1)


def recombined(stories: Sequence[Story], seed: int) -> Iterator[Story]:
    """Stories made of the sentences of others, without end."""
    choose = random.Random(seed)
    sentences = [s + "。" for _, body in stories for s in body.split("。") if len(s) > 8]
    while True:
        yield choose.choice(stories)[0], "".join(choose.choices(sentences, k=12))


def write_page(source: Iterator[Story]) -> str:
    """The next twenty stories, set as a page."""
    return "\n\n".join(f"# {title}\n\n{body}" for title, body in itertools.islice(source, _STORIES_A_PAGE))


def write_pages(stories: Sequence[Story], passages: int, folder: Path) -> int:
    """Text files that hold about `passages` passages; returns their number. Files that are there already stay."""
    left, number, source = passages * _PER_PASSAGE, 0, endless(stories)
    while left > 0:
        page = write_page(source)
        target = folder / f"{number // 1000:04d}" / f"{number:07d}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.write_text(page, encoding="utf-8")
        left, number = left - len(page), number + 1
    return number


def known_items(passages: Sequence[str], count: int) -> list[tuple[str, str]]:
    """Pairs of ten characters from the two halves of a passage: together a question whose passage is known."""
    choose = random.Random(3)
    long = [text for text in passages if len(text) >= 4 * _CUTTING]
    found = []
    for text in choose.sample(long, min(count, len(long))):
        half = len(text) // 2
        first, second = choose.randrange(half - _CUTTING + 1), choose.randrange(half, len(text) - _CUTTING + 1)
        found.append((text[first : first + _CUTTING], text[second : second + _CUTTING]))
    return found


def pairs_of(archive: Archive, count: int) -> list[tuple[str, str]]:
    """`count` such questions, a few from each of some pages chosen by chance."""
    sources = archive.sources()
    chosen = random.Random(4).sample(sources, min(-(-count // _PER_PAGE), len(sources)))
    each = -(-count // len(chosen))
    found = [
        pair
        for source in chosen
        for pair in known_items(["".join(p.text.split()) for p in archive.passages(source)], each)
    ]
    random.Random(5).shuffle(found)
    return found[:count]


def is_found(pair: tuple[str, str], texts: Sequence[str]) -> bool:
    """Whether one of `texts` holds both cuttings."""
    return any(pair[0] in text and pair[1] in text for text in texts)
