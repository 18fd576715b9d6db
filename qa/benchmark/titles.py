"""`python -m qa.benchmark titles --data FOLDER`: moves the ranking of headlines towards groups written for it.

The lines of generated groups are those of television, whose headlines sum up; those of written groups
(seeds/headlines.jsonl.gz) are set as newspapers set them. Only part of the way is gone: the written groups hold more
headlines over several lines, and more kickers that tell the facts, than newspapers do.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from qa.articles import titles
from qa.articles.lines import Line
from qa.articles.titles import NO_HABITS, Habits, candidates_of, choose_title, given_scores, group_features
from qa.benchmark.articles.corpus import load_sources
from qa.benchmark.learning import part_way, train_ranking
from qa.benchmark.runs import Written, laid_out, load_written
from qa.benchmark.tagger import all_sheets, headline_groups
from qa.errors import QAError

_WAY = 0.3  # from the weights of before to those learned
_SETTINGS = 4  # ways in which every written group is laid out as it is, and again with its lines turned
_TURNED = 0.7  # of the kickers that become decks, and of the decks that become kickers
_SHARE = 0.85  # of the lessons are written groups
_EPOCHS = 6
_BLURRED = 0.7
_OF_MARKS = ("rank=", "usual=")  # features of Markdown ranks, which the written groups only have by chance
_DASHES = "—–―─-"


@dataclass(frozen=True)
class Lesson:
    """The lines of one group that may be its headline."""

    names: list[list[str]]  # of their features
    worth: list[float]  # of each as the headline, 1 in all
    given: list[float]  # log odds of each besides what is learned


def turned(group: Written, rng: random.Random) -> Written:
    """The group with kickers below the headline, as decks, and decks above it, as kickers; not what opens with a dash.

    So the place of a line says less about its part, and its words say more.
    """
    first, last = group.headline
    above, below = list[tuple[str, str]](), list[tuple[str, str]]()
    for role, text in group.lines[:first] + group.lines[last + 1 :]:
        moved = role in ("kicker", "deck") and text[0] not in _DASHES and rng.random() < _TURNED
        up = (role != "deck") != moved
        (above if up else below).append((role if role == "section" else "kicker" if up else "deck", text))
    lines = (*above, *group.lines[first : last + 1], *below)
    return Written(group.author, lines, (len(above), len(above) + last - first), group.body)


def lesson(
    heads: Sequence[Line], worth: Sequence[float], body: str, habits: Habits, rng: random.Random
) -> Iterator[Lesson]:
    """The lines that may be the headline, where one of them is."""
    candidates = candidates_of(heads, habits)
    whole = sum(worth[i] for i in candidates)
    if len(candidates) > 1 and whole > 0.0:
        names = group_features(heads, body, habits, rng if rng.random() < _BLURRED else None)
        given = given_scores(heads, candidates)
        yield Lesson(
            [names[i] for i in candidates], [worth[i] / whole for i in candidates], [given[i] for i in candidates]
        )


def written_lessons(groups: Iterable[Written], rng: random.Random) -> Iterator[Lesson]:
    """Every line of a headline is as good as the others."""
    for group in groups:
        for one in (shape for _ in range(_SETTINGS) for shape in (group, turned(group, rng))):
            first, last = one.headline
            worth = [float(first <= i <= last) for i in range(len(one.lines))]
            yield from lesson(laid_out(one, rng), worth, one.body, NO_HABITS, rng)


def printed_lessons(folder: Path, pages: int, rng: random.Random) -> list[Lesson]:
    """The groups of generated pages, half of them with misread letters."""
    sources = load_sources(folder, 3 * pages, rng.randrange(10**6), "train")
    return [
        found
        for sheet in all_sheets(sources, pages, rng)
        for one in headline_groups(sheet)
        for found in lesson(one.heads, one.worth, one.body, one.habits, rng)
    ]


def moved(
    weights: dict[str, float], written: Sequence[Written], printed: Sequence[Lesson], rng: random.Random
) -> dict[str, float]:
    """`weights` moved part of the way to those that both kinds of groups teach."""
    own = list(written_lessons(written, rng))
    wanted = round(len(own) * (1 - _SHARE) / _SHARE)
    lessons = own + rng.sample(list(printed), min(wanted, len(printed)))
    groups, given = [(one.names, one.worth) for one in lessons], [one.given for one in lessons]
    learned = train_ranking(groups, rng, _EPOCHS, weights, given)
    told = {name: weight for name, weight in learned.items() if not name.startswith(_OF_MARKS)}
    return part_way(weights, weights | told, _WAY)


def lines_found(groups: Sequence[Written], weights: Mapping[str, float], rng: random.Random) -> float:
    """Share of the groups of which the line chosen is one of the headline."""
    found = 0
    for group in groups:
        first, last = group.headline
        found += first <= choose_title(laid_out(group, rng), body=group.body, weights=weights) <= last
    return found / len(groups)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark titles", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds xwlb_news.jsonl.gz")
    parser.add_argument("--groups", type=Path, default=Path("seeds/headlines.jsonl.gz"))
    parser.add_argument("--pages", type=int, default=1200, help="generated pages")
    parser.add_argument("--start", type=Path, help="weights to begin with, those of the product where not given")
    parser.add_argument("--author", type=int, help="leave this one out, measure with that one and store nothing")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    try:
        before = dict(json.loads(options.start.read_text("utf-8")) if options.start else titles.load_weights())
        groups = load_written(options.groups)
        printed = printed_lessons(options.data, options.pages, rng)
    except (QAError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    weights = moved(before, [one for one in groups if one.author != options.author], printed, rng)
    path = Path(str(files("qa.articles"))).joinpath("titles.json")
    if options.author is None:
        path.write_text(json.dumps(weights, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        titles.load_weights.cache_clear()
        return 0
    own = [one for one in groups if one.author == options.author]
    shares = [lines_found(own, used, random.Random(0)) for used in (before, weights)]
    print("author {}: the right line {:.3f}, before {:.3f}".format(options.author, *reversed(shares)))
    return 0
