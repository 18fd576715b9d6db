"""What goes wrong when a page is scanned: blocks out of order, twice or lost, characters misread."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from qa.benchmark.articles.rows import Row, Style

_LOOKALIKES = dict(
    zip("日曰者耆讯汛未末己已人入土士大太王玉天夫", "曰日耆者汛讯末未已己入人士土太大玉王夫天", strict=True)
)


def scramble(stories: Sequence[Sequence[Row]], style: Style, rng: random.Random) -> list[list[Row]]:
    """The stories one after another, some with a block in the wrong place or twice."""
    blocks = [list(story) for story in stories]
    for i, story in enumerate(blocks):
        if rng.random() >= style.faults:
            continue
        rng.choice((_swap_columns, _repeat_tail, _repeat_paragraph, _lose_start, _lose_end))(story, rng)
        if rng.random() < 0.3 and i + 1 < len(blocks):
            rng.choice((_move_tail, _part_from_head, _stray_paragraphs))(blocks, i, rng)
    return _with_first_copies(blocks)


def _with_first_copies(blocks: Sequence[Sequence[Row]]) -> list[list[Row]]:
    """Without the repeats of rows that were lost."""
    first = {(row.story, row.order) for block in blocks for row in block if not row.repeat}
    return [[row for row in block if not row.repeat or (row.story, row.order) in first] for block in blocks]


def _torn(story: Sequence[Row]) -> list[int]:
    return [n for n in range(1, len(story)) if story[n].tied and story[n].part >= 0 and story[n - 1].part >= 0]


def _swap_columns(story: list[Row], rng: random.Random) -> None:
    """The second column comes first: its tail of a torn paragraph stands before the beginning."""
    starts = [n for n, row in enumerate(story) if n and row.kind == "body" and not row.torn]
    torn = [n for n in _torn(story) if any(start < n for start in starts)]
    if not torn:
        return
    cut = rng.choice(torn)
    begin = rng.choice([start for start in starts if start < cut][-3:])
    end = len(story)
    while story[end - 1].part < 0:
        end -= 1
    if begin < cut < end:
        story[begin:end] = story[cut:end] + story[begin:cut]


def _move_tail(blocks: list[list[Row]], i: int, rng: random.Random) -> None:
    """What follows a tear stands after the next story."""
    torn = _torn(blocks[i])
    if torn:
        cut = rng.choice(torn)
        blocks[i + 1].extend(blocks[i][cut:])
        del blocks[i][cut:]


def _stray_paragraphs(blocks: list[list[Row]], i: int, rng: random.Random) -> None:
    """The last paragraphs, begun as all others, stand at the end of a later story."""
    story = blocks[i]
    starts = [n for n, row in enumerate(story) if row.kind == "body" and row.part > 0 and not row.torn]
    if not starts or story[-1].part < 0 or any(row.repeat for row in story):
        return
    cut = rng.choice(starts[-2:])
    blocks[rng.randrange(i + 1, len(blocks))].extend(story[cut:])
    del story[cut:]


def _part_from_head(blocks: list[list[Row]], i: int, rng: random.Random) -> None:
    """The headlines stand over those of the next story, the text, swapped or without its start, after it.

    A next story that has no headlines of its own would seem to have these.
    """
    story = blocks[i]
    if blocks[i + 1][0].part >= 0:
        return
    first = next((n for n, row in enumerate(story) if row.part >= 0), 0)
    if first and not story[first].torn:
        _lose_start(story, rng)
    if first and story[first].torn:
        blocks[i + 1].extend(story[first:])
        del story[first:]


def _lose_start(story: list[Row], rng: random.Random) -> None:
    """The column with the byline and the beginning was not scanned."""
    torn = _torn(story)
    first = next((n for n, row in enumerate(story) if row.part >= 0), 0)
    if torn and first and first < torn[0]:
        story[first : torn[0] + 1] = [replace(story[torn[0]], tied=False)]


def _lose_end(story: list[Row], rng: random.Random) -> None:
    torn = _torn(story)
    if torn and len(story) - torn[-1] < 12:
        del story[torn[-1] :]


def _repeat_tail(story: list[Row], rng: random.Random) -> None:
    body = [row for row in story if row.part >= 0]
    if len(body) > 2:
        story.extend(replace(row, repeat=True, tied=False) for row in body[-rng.randint(1, min(9, len(body) - 1)) :])


def _repeat_paragraph(story: list[Row], rng: random.Random) -> None:
    body = [n for n, row in enumerate(story) if row.kind == "body" and not row.torn and len(row.text) >= 12]
    if body:
        first = last = rng.choice(body)
        while last + 1 < len(story) and story[last + 1].tied and story[last + 1].part >= 0:
            last += 1
        if sum(len(row.text) for row in story[first : last + 1]) >= 40:
            again = [replace(row, repeat=True, tied=False) for row in story[first : last + 1]]
            story[last + 1 : last + 1] = again


def misread(rows: Sequence[Row], rate: float, rng: random.Random) -> list[Row]:
    """Every row with `rate` of its characters replaced, lost or doubled as an OCR does."""
    if not rate:
        return list(rows)
    pool = "".join(character for row in rows for character in row.text if character.isalnum())
    return [_misread_row(row, rate, pool, rng) for row in rows]


def _misread_row(row: Row, rate: float, pool: str, rng: random.Random) -> Row:
    text = noisy(row.text, rate, pool, rng)
    return replace(row, text=text if text.strip(" -.") else row.text)


def noisy(text: str, rate: float, pool: str, rng: random.Random) -> str:
    out = []
    for character in text:
        if rng.random() >= rate:
            out.append(character)
        elif character in _LOOKALIKES:
            out.append(_LOOKALIKES[character])
        elif rng.random() < 0.7:
            out.append(rng.choice(pool))
        elif rng.random() < 0.5:
            out.append(character * 2)
    return "".join(out).strip()
