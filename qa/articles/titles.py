"""Which line of a headline group is the title, which is a section label.

A log-linear ranking of the lines of one group (a conditional logit), trained by `python -m qa.benchmark tagger`.
"""

from __future__ import annotations

import functools
import json
import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from qa.articles.bylines import lead_byline
from qa.articles.cohesion import tokens
from qa.articles.display import (
    FIGURE,
    NAME_IN_QUOTES,
    explains,
    is_column,
    is_label,
    is_tail,
    letters_in,
    look_of,
    names_kind,
    only_letters,
    place_of,
    tells_more,
)
from qa.articles.lines import Line
from qa.articles.looks import has_page_words
from qa.articles.ngrams import heading_scores

_RANK_WORTH = 3.0  # log odds of being the headline that the highest Markdown rank is worth besides what was learned
_DETAILS_COST = 4.0  # log odds that a line loses by telling more details than the line above it
_ROW = 3  # marks between the members of a row that no headline is
_MEMBER = 8  # characters of the longest of them
_REACH = 400  # characters of the story that are compared with its headlines
_LEAD = 60  # characters of its first sentences, which a headline sums up
_BYLINE = 90  # characters among which a byline ends
_NO_STORY = re.compile(  # the label of a picture; the name of the paper with that of the page and its number
    r"[【\[]?(?:(?:图片|摄影|影像)(?:新闻|报道|故事)|新闻图片|图说新闻)[】\]]?"
    r"|[\u4e00-\u9fff]{2,6}(?:[日晚早周商]|时|都市|工人)报 (?=.*\d)[\u4e00-\u9fff\d: 第版]{1,12}"
)
_PIECES = re.compile(r"[ ,，:;!?]")
_SIZES = (4, 6, 8, 10, 13, 16, 20, 25, 31, 40, 60)


@dataclass(frozen=True)
class Habits:
    """What the headlines of one page have in common: lines that recur, and the usual Markdown rank, 0 for no mark."""

    labels: Collection[str] = ()
    rank: int = 0
    often: int = 0  # single headlines of that rank

    @classmethod
    def of(cls, groups: Iterable[Sequence[Line]]) -> Habits:
        """The habits of a page from the headline groups of all its stories."""
        groups = list(groups)
        again = Counter(line.plain for group in groups for line in group)
        ranks = Counter(group[0].level for group in groups if len(group) == 1)
        rank, often = min(ranks.items(), key=lambda item: (-item[1], item[0]), default=(0, 0))
        return cls(frozenset(plain for plain, count in again.items() if count > 1), rank, often)


NO_HABITS = Habits()


def choose_title(
    heads: Sequence[Line], habits: Habits = NO_HABITS, body: str = "", weights: Mapping[str, float] | None = None
) -> int:
    """Index of the headline among `heads`, over the folded text `body`.

    What recurs and what is too short is no headline as long as there is another line; a brief has one headline.
    """
    candidates = candidates_of(heads, habits)
    if len(candidates) == 1:
        return candidates[0]
    weights = load_weights() if weights is None else weights
    features = group_features(heads, body, habits)
    given = given_scores(heads, candidates)
    scores = {i: given[i] + sum(weights.get(name, 0.0) for name in features[i]) for i in candidates}
    return max(candidates, key=lambda i: scores[i])


def candidates_of(heads: Sequence[Line], habits: Habits = NO_HABITS) -> list[int]:
    """Indices of the lines that may be the headline."""
    brief = next((i for i, line in enumerate(heads) if line.brief), None)
    if brief is not None:
        return [brief]
    fitting = [i for i, line in enumerate(heads) if line.plain not in habits.labels and not _is_surely_label(line)]
    return [i for i in fitting if not (_under(heads, i) and hangs(heads, i))] or fitting or list(range(len(heads)))


def given_scores(heads: Sequence[Line], candidates: Sequence[int]) -> list[float]:
    """Log odds of every line besides what was learned: by its Markdown rank, and by what it tells."""
    ranks = [_ranks(line) for line in heads]
    top = min(ranks[i] for i in candidates)
    return [
        _RANK_WORTH * (rank == top)
        - _DETAILS_COST * (_under(heads, i) and tells_more(heads[i - 1].plain, heads[i].plain))
        for i, rank in enumerate(ranks)
    ]


def _under(heads: Sequence[Line], i: int) -> bool:
    """A line stands above, and none of a lower rank."""
    return i > 0 and _ranks(heads[i]) >= _ranks(heads[i - 1])


def names_story(line: Line) -> bool:
    """False for the head of the page, and for the label of a picture without a headline."""
    return _NO_STORY.fullmatch(line.plain) is None


def _ranks(line: Line) -> int:
    """The Markdown rank that counts: 9 for no mark, and for a label's unless it is the highest there is."""
    return line.level if line.level == 1 or (line.level and not is_label(line.plain)) else 9


def hangs(heads: Sequence[Line], i: int) -> bool:
    """Line `i`, not the first, only makes sense under the one above: its deck, or the end of its phrase."""
    above, plain = heads[i - 1].plain, heads[i].plain
    named = i + 1 < len(heads) and NAME_IN_QUOTES.fullmatch(plain) is not None and not is_label(above)
    return names_kind(above, plain) or is_tail(above, plain) or named


def _is_surely_label(line: Line) -> bool:
    label = line.level != 1 and (letters_in(line.plain) <= 3 or is_column(line.plain))
    return label or has_page_words(line.plain) or _is_row(line.plain)


def _is_row(plain: str) -> bool:
    """Nothing but short members of a row; a sentence that names four bodies is none."""
    members = plain.split("、")
    return len(members) > _ROW and max(map(len, members)) <= _MEMBER


@functools.cache
def load_weights() -> Mapping[str, float]:
    stored: dict[str, float] = json.loads(files("qa.articles").joinpath("titles.json").read_text("utf-8"))
    return stored


def group_features(
    heads: Sequence[Line], body: str, habits: Habits = NO_HABITS, blur: random.Random | None = None
) -> list[list[str]]:
    """Names of the features of every line of a headline group; `blur` is for training."""
    told = tokens(body[:_REACH])
    headings = heading_scores([line.plain for line in heads])
    scores = [max(-4.0, min(8.0, score + (blur.gauss(0, 1.5) if blur else 0.0))) for score in headings]
    shares = [_share(line.plain, told) for line in heads]
    looks = [look_of(line.plain) for line in heads]
    told_first, copied = _in_lead(heads, body), _copied(heads, looks, body)
    return [
        _of_itself(heads, i, looks[i], scores, shares)
        + _beside(heads, i, looks)
        + _rank(heads, i)
        + told_first[i]
        + copied[i]
        + _as_usual(heads, i, habits)
        for i in range(len(heads))
    ]


def _in_lead(heads: Sequence[Line], body: str) -> list[list[str]]:
    """How much of each line the first sentences of the text take up."""
    start = lead_byline(body[:_BYLINE])
    lead = tokens(body[start : start + _LEAD])
    own = [tokens(line.plain) for line in heads]
    counts = [len(words & lead) for words in own]
    shares = [count / max(1, len(words)) for count, words in zip(counts, own, strict=True)]
    found = []
    for i, (count, share) in enumerate(zip(counts, shares, strict=True)):
        part, most, whole = round(4 * share), count == max(counts), share == max(shares)
        found.append([
            f"lead={part}", f"lead={part} {is_label(heads[i].plain)}", f"lead whole={whole} {most}",
            f"lead words={min(6, count)}", f"lead most={most} {place_of(i, len(heads))}",
            f"lead gap={min(8, max(counts) - count)}",
        ])  # fmt: skip
    return found


def _copied(heads: Sequence[Line], looks: Sequence[str], body: str) -> list[list[str]]:
    """Whether the phrases of each line stand in the text word for word, as those of decks and kickers do."""
    text = only_letters(body)
    parts = []
    for line in heads:
        phrases = [only_letters(phrase) for phrase in _PIECES.split(line.plain)]
        same = sum(len(phrase) for phrase in phrases if len(phrase) > 2 and phrase in text)
        parts.append("none" if not same else "all" if same == sum(map(len, phrases)) else "some")
    found = []
    for i, part in enumerate(parts):
        only = (part == "all") == (parts.count("all") > 0)
        found.append([
            f"copied={part}", f"copied={part} {place_of(i, len(heads))}", f"copied={part} only={only}",
            f"copied={part} {min(8, letters_in(heads[i].plain) // 4)}", f"copied={part} {looks[i]}",
        ])  # fmt: skip
    return found


def _as_usual(heads: Sequence[Line], i: int, habits: Habits) -> list[str]:
    """Whether the line has the Markdown rank of most headlines of its page, and how a Latin line is set."""
    found = []
    if habits.often:
        usual, marked = heads[i].level == habits.rank, habits.rank > 0
        alike = sum(line.level == habits.rank for line in heads)
        found = [f"usual={usual} {marked}", f"usual={usual} {marked} {alike}"]
        found.append(f"usual={usual} {marked} often={min(3, habits.often)}")
    text = heads[i].text
    if not text.isascii():
        return found
    words = min(5, len(text.split()))
    return [*found, f"latin={words} {text.isupper()}", f"latin={words} {place_of(i, len(heads))}",
            f"latin={words} title={text.istitle()}"]  # fmt: skip


def _share(plain: str, told: Collection[str]) -> float:
    own = tokens(plain)
    return len(own.intersection(told)) / len(own) if own else 0.0


def _of_itself(heads: Sequence[Line], i: int, look: str, scores: Sequence[float], shares: Sequence[float]) -> list[str]:
    plain, place = heads[i].plain, place_of(i, len(heads))
    longest = max(len(line.plain) for line in heads)
    part = round(4 * len(plain) / longest)
    size = next((n for n in _SIZES if len(plain) <= n), 99)
    said = "most" if shares[i] == max(shares) else "least" if shares[i] == min(shares) else "some"
    best = "best" if scores[i] == max(scores) else f"{max(-4, round((scores[i] - max(scores)) / 1.5))}"
    return [
        f"place={place}", f"size={size}", f"part={part} {place}", f"look={look}", f"look={look} {place}",
        f"said={said}", f"said={said} {place}", f"share={round(4 * shares[i])}", f"share={round(4 * shares[i])} {look}",
        f"heading={best}", f"label={is_label(plain)}", f"label={is_label(plain)} {place}",
        f"size={size} {look}", f"figures={min(3, len(FIGURE.findall(plain)))}",
        f"commas={min(2, plain.count(','))}", f"end={plain[-1] if plain[-1] in '!?:.,”' else ''}",
        f"upper={heads[i].text.isupper()} {place}", f"short={letters_in(plain) <= 6} {place}",
        f"ascii={plain.isascii()} {place}",
    ]  # fmt: skip


def _beside(heads: Sequence[Line], i: int, looks: Sequence[str]) -> list[str]:
    plain, found = heads[i].plain, list[str]()
    for side, other in (("above", i - 1), ("below", i + 1)):
        if not 0 <= other < len(heads):
            found.append(f"{side}=nothing {looks[i]}")
            continue
        text = heads[other].plain
        longer = "longer" if len(text) > len(plain) + 2 else "shorter" if len(text) < len(plain) - 2 else "alike"
        told = explains(text, plain) if side == "above" else explains(plain, text)
        found += [
            f"{side} look={looks[other]} {looks[i]}", f"{side} {longer}", f"{side} {longer} {looks[i]}",
            f"{side} label={is_label(text)}", f"{side} explained={told}", f"{side} {longer} look={looks[other]}",
            f"{side} tail={is_tail(text, plain) if side == 'above' else is_tail(plain, text)}",
        ]  # fmt: skip
    return found


def _rank(heads: Sequence[Line], i: int) -> list[str]:
    """Where the Markdown rank of the line stands among those of the group."""
    ranks = [line.level or (7 if line.bold else 9) for line in heads]
    top = min(ranks)
    if top == 9:
        return ["rank=none"]
    if ranks[i] == 9:
        return ["rank=bare"]
    tops = [n for n, rank in enumerate(ranks) if rank == top]
    where = "alone" if len(tops) == 1 else "last" if i == tops[-1] else "first"
    rank = f"top {where}" if ranks[i] == top else f"{min(2, ranks[i] - top)} lower"
    return [f"rank={rank}", f"rank={rank} label={is_label(heads[i].plain)}", f"rank={rank} {place_of(i, len(heads))}"]


def section_of(heads: Sequence[Line], title: int | Collection[int], habits: Habits = NO_HABITS) -> int:
    """Index of the section label among `heads`, -1 for none; `title` is the line, or all lines, of the headline."""
    labels, own = habits.labels, {title} if isinstance(title, int) else title
    found = (i for i, line in enumerate(heads) if i not in own and (line.plain in labels or is_label(line.plain)))
    return next(found, -1)
