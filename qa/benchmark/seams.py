"""`python -m qa.benchmark seams`: learns how well one text goes on in another, from real stories cut anywhere."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qa.articles.ngrams import codes, pack
from qa.articles.seams import KINDS, REACH
from qa.benchmark.articles.corpus import load_sources
from qa.errors import QAError
from qa.text import fold

_SEEN = 20  # times that a character of the alphabet stands in the stories
_EMBEDDED, _HIDDEN, _MET, _TURNED = 24, 128, 64, 32
_GROUP = 16  # ends and starts of a step that meet each other
_RATE, _DECAY = 3e-3, 1e-4
_AT_EDGES = 8  # one cut in so many stands between two paragraphs
_SHORT = 0.15  # of the texts of a lesson are shorter than the network reaches
_MISREAD = 0.02  # of the characters of every second lesson


@dataclass(frozen=True)
class Stories:
    """All text as numbers of characters, and where its paragraphs and stories begin; the last entry is its length."""

    characters: str
    text: NDArray[np.int32]
    paragraphs: NDArray[np.int64]
    stories: NDArray[np.int64]

    @classmethod
    def of(cls, stories: Sequence[Sequence[str]]) -> Stories:
        """Each story is a sequence of folded paragraphs."""
        whole = "".join(paragraph for story in stories for paragraph in story)
        points = codes(whole)
        found, counts = np.unique(points, return_counts=True)
        known = found[counts >= _SEEN]
        numbers = np.ones(0x110000, np.int32)
        numbers[known] = np.arange(2, len(known) + 2)
        sizes = [len(paragraph) for story in stories for paragraph in story]
        ends = [sum(map(len, story)) for story in stories]
        return cls("".join(map(chr, known)), numbers[points], np.cumsum([0, *sizes]), np.cumsum([0, *ends]))


class Cuts:
    """Draws places where a story may be cut, and what stands on either side of them."""

    def __init__(self, stories: Stories) -> None:
        self.text = torch.from_numpy(stories.text).long()
        self.size = len(stories.characters) + 2
        edges = torch.from_numpy(stories.stories)
        place = torch.arange(len(self.text))
        which = torch.searchsorted(edges, place, right=True)
        self.first, self.last = edges[which - 1], edges[which]
        letter = torch.tensor([False, False, *(c.isascii() and c.isalnum() for c in stories.characters)])[self.text]
        space = torch.tensor([False, False, *(c == " " for c in stories.characters)])[self.text]
        self.space = space
        inner = self.first != place
        inner[1:] &= ~(letter[1:] & letter[:-1])  # no cut inside a Latin word or a number
        self.inside = torch.nonzero(inner & ~space)[:, 0]
        starts = torch.from_numpy(stories.paragraphs[:-1])
        begins = self.first[starts] == starts
        self.paragraphs, self.begun = starts[~begins], starts[begins]

    def left(self, cut: Tensor) -> Tensor:
        """The characters before each cut, the nearest first, 0 beyond the story."""
        cut = cut - self.space[cut - 1].long()
        places = cut[:, None] - 1 - torch.arange(REACH)
        return torch.where(places >= self.first[cut - 1][:, None], self.text[places.clamp(min=0)], 0)

    def right(self, cut: Tensor) -> Tensor:
        places = cut[:, None] + torch.arange(REACH)
        return torch.where(places < self.last[cut][:, None], self.text[places.clamp(max=len(self.text) - 1)], 0)

    def worn(self, read: Tensor, rate: float) -> Tensor:
        """Some characters misread, some texts short."""
        wrong = (torch.rand(read.shape) < rate) & (read > 0)
        read = torch.where(wrong, torch.randint(2, self.size, read.shape), read)
        short = torch.rand(len(read), 1) < _SHORT
        kept = torch.where(short, torch.randint(3, REACH, (len(read), 1)), REACH)
        return torch.where(torch.arange(REACH) < kept, read, 0)


def drawn(places: Tensor, count: int) -> Tensor:
    return places[torch.randint(0, len(places), (count,))]


class Network(nn.Module):
    def __init__(self, characters: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, _EMBEDDED, padding_idx=0)
        self.sides = nn.ModuleDict({name: nn.Linear(REACH * _EMBEDDED, _HIDDEN) for name in ("end", "start")})
        self.met = nn.ModuleDict({name: nn.Linear(_HIDDEN, _MET, bias=name == "end") for name in ("end", "start")})
        self.turned = nn.ModuleDict({name: nn.Linear(_HIDDEN, _TURNED, bias=False) for name in ("end", "start")})
        self.kinds = nn.ModuleDict({name: nn.Linear(_HIDDEN, len(KINDS)) for name in ("end", "start")})
        self.out = nn.Linear(_MET, 1)
        with torch.no_grad():
            self.embedding.weight.mul_(0.5)[0] = 0.0

    def side(self, read: Tensor, name: str) -> Tensor:
        return torch.relu(self.sides[name](self.embedding(read).flatten(1)))

    def pairs(self, ended: Tensor, started: Tensor) -> Tensor:
        """Log odds float[groups, ends, starts] of all pairs of each group."""
        met = self.met["end"](ended).view(-1, _GROUP, 1, _MET) + self.met["start"](started).view(-1, 1, _GROUP, _MET)
        one = self.turned["end"](ended).view(-1, _GROUP, _TURNED)
        other = self.turned["start"](started).view(-1, _GROUP, _TURNED)
        found: Tensor = self.out(torch.relu(met))[..., 0] + one @ other.transpose(1, 2)
        return found


def loss(network: Network, cuts: Cuts, count: int, rate: float) -> Tensor:
    """Of `count` cuts whose two sides must find each other in their group, and of what kinds ends and starts are."""
    places = torch.cat((drawn(cuts.inside, count - count // _AT_EDGES), drawn(cuts.paragraphs, count // _AT_EDGES)))
    places = places[torch.randperm(count)]
    ended = network.side(cuts.worn(cuts.left(places), rate), "end")
    scores = network.pairs(ended, network.side(cuts.worn(cuts.right(places), rate), "start"))
    right = torch.eye(_GROUP).expand_as(scores)
    each = nn.functional.binary_cross_entropy_with_logits(scores, right, reduction="none")
    odds = (each * torch.where(right > 0, 1.0, 4 / (_GROUP - 1))).sum() / count  # 0 where one in five is right
    truth = torch.arange(_GROUP).repeat(len(scores))
    found = sum(nn.functional.cross_entropy(s.reshape(-1, _GROUP), truth) for s in (scores, scores.transpose(1, 2)))
    few = count // 8
    kinds = torch.arange(len(KINDS)).repeat_interleave(few)
    places = torch.cat([drawn(cuts.inside, few), drawn(cuts.paragraphs, few), drawn(cuts.begun[1:], few)])
    told = [
        nn.functional.cross_entropy(network.kinds[name](network.side(read, name)), kinds)
        for name, read in (("end", cuts.left(places)), ("start", cuts.right(places)))
    ]
    return 0.3 * odds + found + 0.3 * (told[0] + told[1])


def train(stories: Stories, steps: int, count: int = 1024, seed: int = 0) -> Network:
    torch.manual_seed(seed)
    cuts, network = Cuts(stories), Network(len(stories.characters) + 2)
    optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = _RATE * min(1.0, step / 300) * (1 - step / steps) + 1e-5
        cost = loss(network, cuts, count, _MISREAD * (step % 2))
        optimiser.zero_grad()
        cost.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return network


def written(network: Network, characters: str) -> dict[str, object]:
    """As `qa.articles.seams.restored` reads it."""
    own = network.state_dict()
    tables = {"embedding": own["embedding.weight"], "out": own["out.weight"][0], "out bias": own["out.bias"]}
    tables["met bias"] = own["met.end.bias"]
    for name in ("end", "start"):
        tables |= {name: own[f"sides.{name}.weight"].T, f"{name} bias": own[f"sides.{name}.bias"]}
        tables |= {f"{name} {part}": own[f"{part}.{name}.weight"].T for part in ("met", "turned", "kinds")}
        tables[f"{name} kinds bias"] = own[f"kinds.{name}.bias"]
    return {"characters": characters, "tables": {name: _packed(table) for name, table in tables.items()}}


def _packed(table: Tensor) -> dict[str, object]:
    rows = table.detach().numpy()
    scale = float(np.abs(rows).max()) / 127 or 1.0
    return {"scale": scale, "shape": list(rows.shape), "rows": pack(np.round(rows / scale).astype(np.int8))}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark seams", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds xwlb_news.jsonl.gz")
    parser.add_argument("--steps", type=int, default=9000)
    options = parser.parse_args(arguments)
    try:
        sources = load_sources(options.data, 100000, 0, "train")
    except QAError as error:
        print(error, file=sys.stderr)
        return 1
    texts = [[fold(text) for kind, text in source.parts if kind == "body"] for source in sources]
    stories = Stories.of([story for story in texts if sum(map(len, story)) >= 80])
    path = Path(str(files("qa.articles"))) / "seams.json"
    content = written(train(stories, options.steps), stories.characters)
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    return 0
