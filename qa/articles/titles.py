"""Which line of a headline group is the title, which is a section label.

A log-linear ranking of the lines of one group (a conditional logit), trained by `python -m qa.benchmark tagger`.
"""

from __future__ import annotations

import functools
import json
import random
import re
from collections.abc import Collection, Mapping, Sequence
from importlib.resources import files

from qa.articles.cohesion import tokens
from qa.articles.lines import Line
from qa.articles.looks import has_page_words
from qa.articles.ngrams import heading_scores

_LETTERS = re.compile(r"[^\W_]")
_FIGURE = re.compile(r"\d+|[一二三四五六七八九十百千万两廿零○〇]{2,}|[一二三四五六七八九十两](?=[年月日时点岁元块])")
_PLACE = re.compile(
    r"^[“”]?[\u4e00-\u9fff]{2,14}?(?:省|市|县|区|州|镇|乡|村|街道|社区|总工会|工会|总工|学院|大学|学校"
    r"|医院|公司|集团|委员会|局|厅|中心|协会|联合会)"
)
_SLOGAN = re.compile(
    r"进行时|天地|专栏|专题|之窗|之声|视点|聚焦|观察|[·•|]|^[【\[〔]"
    r"|^(?:推动|奋进|建功|喜迎|学习贯彻|深入学习|迎接|走进|致敬)"
)
_COLUMN = re.compile(r"进行时$|天地$|专栏$|之窗$|之声$|^【.*】$|^\[.*\]$")
_DASH = re.compile(r"[—–―─-]{1,3}(?=[^\W\d])")
_PARALLEL = re.compile(r"([\u4e00-\u9fff])[\u4e00-\u9fff]{1,4}(?:、\1[\u4e00-\u9fff]{1,4})+$")
_NAME_IN_QUOTES = re.compile(r"“[^“”]{2,10}”")
_GENRE = re.compile(r"(?:纪实|侧记|见闻|纪事|综述|访谈|调查|采访记|探访|观察|速写|掠影)$")
_NAMES_PIECE = re.compile(rf"^《|{_GENRE.pattern}")  # what the deck says of the piece: its kind, the work it is about
_RANK_WORTH = 3.0  # log odds of being the headline that the highest Markdown rank is worth besides what was learned
_ROW = 3  # marks between the members of a row that no headline is
_REACH = 400  # characters of the story that are compared with its headlines
_SIZES = (4, 6, 8, 10, 13, 16, 20, 25, 31, 40, 60)


def _letters(text: str) -> int:
    return len(_LETTERS.findall(text))


def choose_title(heads: Sequence[Line], labels: Collection[str] = (), body: str = "") -> int:
    """Index of the headline among `heads`, over the folded text `body`; `labels` are lines that recur on the page.

    What recurs and what is too short is no headline as long as there is another line; a brief has one headline.
    """
    brief = next((i for i, line in enumerate(heads) if line.brief), None)
    if brief is not None:
        return brief
    fitting = [i for i, line in enumerate(heads) if line.plain not in labels and not _is_surely_label(line)]
    ranks = [_ranks(line) for line in heads]
    whole = [i for i in fitting if not i or ranks[i] < ranks[i - 1] or not _hangs(heads, i)]
    candidates = whole or fitting or list(range(len(heads)))
    if len(candidates) == 1:
        return candidates[0]
    weights, top = load_weights(), min(ranks[i] for i in candidates)
    scores = [sum(weights.get(name, 0.0) for name in names) for names in group_features(heads, body)]
    scores = [score + _RANK_WORTH * (rank == top) for score, rank in zip(scores, ranks, strict=True)]
    return max(candidates, key=lambda i: scores[i])


def _ranks(line: Line) -> int:
    """The Markdown rank that counts: 9 for no mark, and for a label's unless it is the highest there is."""
    return line.level if line.level == 1 or (line.level and not is_label(line.plain)) else 9


def _hangs(heads: Sequence[Line], i: int) -> bool:
    """The line only makes sense under the one above: its deck, or the end of its phrase."""
    above, plain = heads[i - 1].plain, heads[i].plain
    named = i + 1 < len(heads) and _NAME_IN_QUOTES.fullmatch(plain) is not None and not is_label(above)
    return explains(above, plain) or _is_tail(above, plain) or named


def _is_surely_label(line: Line) -> bool:
    label = line.level != 1 and (_letters(line.plain) <= 3 or is_column(line.plain))
    return label or has_page_words(line.plain) or line.plain.count("、") >= _ROW


def is_column(plain: str) -> bool:
    """A label that no headline looks like: in brackets, or named as columns are."""
    return _COLUMN.search(plain) is not None


@functools.cache
def load_weights() -> Mapping[str, float]:
    stored: dict[str, float] = json.loads(files("qa.articles").joinpath("titles.json").read_text("utf-8"))
    return stored


def group_features(heads: Sequence[Line], body: str, blur: random.Random | None = None) -> list[list[str]]:
    """Names of the features of every line of a headline group; `blur` is for training."""
    told = tokens(body[:_REACH])
    headings = heading_scores([line.plain for line in heads])
    scores = [max(-4.0, min(8.0, score + (blur.gauss(0, 1.5) if blur else 0.0))) for score in headings]
    shares = [_share(line.plain, told) for line in heads]
    looks = [_look(line.plain) for line in heads]
    return [
        _of_itself(heads, i, looks[i], scores, shares) + _beside(heads, i, looks) + _rank(heads, i)
        for i in range(len(heads))
    ]


def _share(plain: str, told: Collection[str]) -> float:
    own = tokens(plain)
    return len(own.intersection(told)) / len(own) if own else 0.0


def _of_itself(heads: Sequence[Line], i: int, look: str, scores: Sequence[float], shares: Sequence[float]) -> list[str]:
    plain, place = heads[i].plain, _place(i, len(heads))
    longest = max(len(line.plain) for line in heads)
    part = round(4 * len(plain) / longest)
    size = next((n for n in _SIZES if len(plain) <= n), 99)
    said = "most" if shares[i] == max(shares) else "least" if shares[i] == min(shares) else "some"
    best = "best" if scores[i] == max(scores) else f"{max(-4, round((scores[i] - max(scores)) / 1.5))}"
    return [
        f"place={place}", f"size={size}", f"part={part} {place}", f"look={look}", f"look={look} {place}",
        f"said={said}", f"said={said} {place}", f"share={round(4 * shares[i])}", f"share={round(4 * shares[i])} {look}",
        f"heading={best}", f"label={is_label(plain)}", f"label={is_label(plain)} {place}",
        f"size={size} {look}", f"figures={min(3, len(_FIGURE.findall(plain)))}",
        f"commas={min(2, plain.count(','))}", f"end={plain[-1] if plain[-1] in '!?:.,”' else ''}",
        f"upper={heads[i].text.isupper()} {place}", f"short={_letters(plain) <= 6} {place}",
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
            f"{side} tail={_is_tail(text, plain) if side == 'above' else _is_tail(plain, text)}",
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
    return [f"rank={rank}", f"rank={rank} label={is_label(heads[i].plain)}", f"rank={rank} {_place(i, len(heads))}"]


def _place(i: int, count: int) -> str:
    return "only" if count == 1 else f"{'first' if i == 0 else 'last' if i == count - 1 else 'in'} of {min(4, count)}"


def _look(plain: str) -> str:
    """How the line is set, by the first of these that holds."""
    halves = plain.split(" ")
    if _DASH.match(plain):
        return "dash"
    if _GENRE.search(plain):
        return "genre"
    if len(halves) > 1 and len({_letters(half) for half in halves}) == 1:
        return "balanced"
    if _PLACE.match(plain):
        return "place"
    if "“" in plain:
        return "quoted"
    if re.search(r"\d", plain):
        return "figure"
    return "spaced" if len(halves) > 1 else "asked" if plain[-1] in "?!" else "plain"


def is_label(plain: str) -> bool:
    """Too short or too general for a headline: a section label."""
    return _letters(plain) <= 6 or _SLOGAN.search(plain) is not None


def explains(above: str, below: str) -> bool:
    """`below` is surely the deck of the headline `above`: a dash, a title or a genre marks it, or it tells details."""
    if _DASH.match(below) or (_letters(above) > 6 and not is_label(above) and _NAMES_PIECE.search(below)):
        return True
    longer = len(below) > len(above) > 6 and above not in below
    return longer and _details(below) > _details(above) + 1


def _details(text: str) -> int:
    """Commas and figures: what a headline leaves to its deck."""
    return 2 * text.count(",") + len(_FIGURE.findall(text))


def _is_tail(above: str, below: str) -> bool:
    """`below` is the noun that a row of parallel attributes in `above` waits for."""
    return _PARALLEL.search(above[-60:]) is not None and len(below) <= 10


def section_of(heads: Sequence[Line], title: int, labels: Collection[str] = ()) -> int:
    """Index of the section label among `heads`, -1 for none."""
    found = (i for i, line in enumerate(heads) if i != title and (line.plain in labels or is_label(line.plain)))
    return next(found, -1)
