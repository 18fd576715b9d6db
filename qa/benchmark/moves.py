"""`python -m qa.benchmark moves`: learns which blocks of a page stand after another story, and where they belong."""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from qa.articles.briefs import part_briefs
from qa.articles.claims import Cut, claims_of
from qa.articles.cohesion import tokens
from qa.articles.lines import Line, read_lines
from qa.articles.ngrams import pack
from qa.articles.repeats import repeated_lines
from qa.articles.shares import RARITY_BITS, RARITY_SCALE, bucket
from qa.articles.stories import RUNNING, Story, correct_tags, split_stories
from qa.articles.tagger import tag_lines
from qa.benchmark.articles import make_sheets
from qa.benchmark.articles.corpus import Source, load_sources
from qa.benchmark.articles.layout import Sheet
from qa.benchmark.articles.rows import Row
from qa.errors import QAError
from qa.text import fold

_SOUND = 8  # one in so many pages without a block out of place is learned from, and counts so many times
_BLOCK = 0.7  # part of the lines of a block that must be of one story
_UNITS = 24
_STEPS, _RATE, _DECAY = 4000, 6e-3, 1e-4
_ROWS, _RIGHT = 1024, 256  # rows of a step, drawn from all and from the right ones
_TAKEN = 0.1  # what a rare word is worth: log(1 + _TAKEN / its share of the stories)
_SEEN = 10  # stories that hold a word of the table


@dataclass
class Lessons:
    rows: list[NDArray[np.float32]]
    right: list[bool]
    worth: list[float]

    def add(self, row: NDArray[np.float32], right: bool, worth: float) -> None:
        self.rows.append(row)
        self.right.append(right)
        self.worth.append(worth)


def has_move(sheet: Sheet) -> bool:
    """Some story of the page comes back after another one."""
    seen: list[int] = []
    for row in sheet.rows:
        if row.story >= 0 and not row.repeat and (not seen or seen[-1] != row.story):
            if row.story in seen:
                return True
            seen.append(row.story)
    return False


def read_stories(sheet: Sheet) -> list[Story]:
    """The stories of the page as they are before any block is moved."""
    lines = part_briefs(read_lines(sheet.page.text))
    tags = correct_tags(lines, tag_lines(lines))
    copies = repeated_lines(lines, tags)
    kept = [i for i in range(len(lines)) if i not in copies]
    return split_stories([lines[i] for i in kept], [tags[i] for i in kept])


class Truth:
    """Whose the lines of a page truly are."""

    def __init__(self, sheet: Sheet, stories: Sequence[Story]) -> None:
        lines = read_lines(sheet.page.text)
        self.rows: dict[int, Row] = {line.number: row for line, row in zip(lines, sheet.rows, strict=True)}
        self.stories = stories

    def owner(self, lines: Sequence[Line]) -> tuple[int, float]:
        """The story that most of the lines belong to, -1 for none, and the share of them that do."""
        counts = Counter(self.rows[line.number].story for line in lines)
        counts.pop(-1, None)
        if not counts:
            return -1, 0.0
        story, count = counts.most_common(1)[0]
        return story, count / len(lines)

    def stray(self, cut: Cut) -> int:
        """The story of the block where it truly begins there and is none of the text above it, else -1."""
        body = [line for line, _ in self.stories[cut.story].body]
        story, share = self.owner(body[cut.place :])
        begins = self.rows[body[cut.place].number].story == story != self.rows[body[cut.place - 1].number].story
        return story if begins and share >= _BLOCK else -1

    def goes_on(self, story: int, home: int) -> bool:
        """The running text of `home`, or its headlines where it has none, ends with lines of `story`."""
        text = [line for line, tag in self.stories[home].body if tag in RUNNING]
        own = [line for line, _ in self.stories[home].body] or self.stories[home].heads
        return self.owner(own)[0] == story and (not text or self.rows[text[-1].number].story == story)

    def heads(self, story: int, cut: Cut) -> bool:
        """The first headline over the block is that of its story, the last that of the text above it."""
        lines, body = self.stories[cut.story].heads, [line for line, _ in self.stories[cut.story].body]
        first, last = (self.rows[lines[n].number].story for n in (0, -1)) if lines else (-1, -1)
        return first == story != last == self.owner(body[: cut.place])[0]


def learn_from(sheet: Sheet, worth: float, moves: Lessons, heads: Lessons) -> None:
    """Add all choices of one page."""
    stories = read_stories(sheet)
    claims = claims_of(stories)
    if claims is None or len(read_lines(sheet.page.text)) != len(sheet.rows):
        return
    truth = Truth(sheet, stories)
    for n, cut in enumerate(claims.cuts):
        story = truth.stray(cut)
        for home in range(len(stories)):
            if home != cut.story:
                moves.add(claims.moves[n, home], story >= 0 and truth.goes_on(story, home), worth)
        if claims.upper[n]:
            heads.add(claims.heads[n], story >= 0 and truth.heads(story, cut), worth)


def lessons_of(sheets: Iterator[Sheet]) -> tuple[Lessons, Lessons]:
    moves, heads = Lessons([], [], []), Lessons([], [], [])
    for n, sheet in enumerate(sheets):
        moved = has_move(sheet)
        if moved or n % _SOUND == 0:
            learn_from(sheet, 1.0 if moved else float(_SOUND), moves, heads)
    return moves, heads


def fit(lessons: Lessons, seed: int, steps: int = _STEPS) -> dict[str, object]:
    """The network of `qa.articles.moves.Judge`: logistic loss, Adam, right choices drawn more and counted less."""
    torch.manual_seed(seed)
    rows, right = torch.from_numpy(np.stack(lessons.rows)), torch.tensor(lessons.right)
    worth = torch.tensor(lessons.worth)
    mean, spread = rows.mean(0), rows.std(0) + 1e-6
    rows = ((rows - mean) / spread).clamp(-6, 6)
    share = torch.cumsum(worth.double() * ~right, 0)
    found = torch.nonzero(right)[:, 0]
    net = nn.Sequential(
        nn.Linear(rows.shape[1], _UNITS), nn.ReLU(), nn.Linear(_UNITS, _UNITS), nn.ReLU(), nn.Linear(_UNITS, 1)
    )
    optimiser = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=_DECAY)
    counts = torch.cat((torch.full((_ROWS,), float(share[-1]) / _ROWS), torch.full((_RIGHT,), len(found) / _RIGHT)))
    truth = torch.cat((torch.zeros(_ROWS), torch.ones(_RIGHT)))
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = _RATE * (1 + math.cos(math.pi * step / steps)) / 2
        wrong = torch.searchsorted(share, torch.rand(_ROWS, dtype=torch.float64) * share[-1])
        batch = torch.cat((wrong, found[torch.randint(0, len(found), (_RIGHT,))]))
        seen = rows[batch] + 0.05 * torch.randn(len(batch), rows.shape[1])
        cost = nn.functional.binary_cross_entropy_with_logits(net(seen)[:, 0], truth, reduction="none")
        optimiser.zero_grad()
        ((cost * counts).sum() / len(found)).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    layers = [layer for layer in net if isinstance(layer, nn.Linear)]
    return {
        "mean": _short(mean), "spread": _short(spread),
        "layers": [[_short(layer.weight.detach().T), _short(layer.bias.detach())] for layer in layers],
    }  # fmt: skip


def _short(table: torch.Tensor) -> object:
    return np.round(table.double().numpy(), 4).tolist()


def rarities(sources: Sequence[Source]) -> str:
    """How rare the words of the stories are, by buckets, as `qa.articles.shares` reads it."""
    counts = Counter(
        token
        for source in sources
        for token in frozenset[str]().union(*(tokens(fold(text)) for _, text in source.parts))
    )
    table = np.zeros(2**RARITY_BITS, np.uint8)
    for token, count in sorted(counts.items(), key=lambda item: item[1]):
        if count >= _SEEN:
            table[bucket(token)] = round(RARITY_SCALE * math.log(1 + _TAKEN * len(sources) / count)) or 1
    return pack(table.astype(np.int8))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark moves", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds xwlb_news.jsonl.gz")
    parser.add_argument("--pages", type=int, default=14000, help="generated pages")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    try:
        sources = load_sources(options.data, 15000, options.seed, "train")
    except QAError as error:
        print(error, file=sys.stderr)
        return 1
    _write("rarity.json", {"rarity": rarities(sources)})
    pages = options.pages // 2
    sheets = (s for noise in (0.0, 0.02) for s in make_sheets(sources, pages, rng.randrange(10**6), noise))
    moves, heads = lessons_of(sheets)
    _write("moves.json", {"moves": fit(moves, options.seed), "heads": fit(heads, options.seed)})
    return 0


def _write(name: str, content: object) -> None:
    path = Path(str(files("qa.articles"))) / name
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
