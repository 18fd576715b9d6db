"""Small items of a page and what closes them: pictures, letters, notices, stories opened by a reporter's name alone.

What printed forms and neighbouring lines say here corrects the tags.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from qa.articles import seams
from qa.articles.bylines import credit_start, credits_writer
from qa.articles.cohesion import terms
from qa.articles.display import is_column
from qa.articles.joins import unfinished
from qa.articles.lines import Line
from qa.articles.openings import is_display
from qa.articles.tagger import Tag

_TEXT: frozenset[Tag] = frozenset(("begins", "continues", "detached", "opens", "byline", "caption"))
_LEADS: frozenset[Tag] = frozenset(("headline", "subhead", "furniture", "byline", "opens"))
_STARTS: frozenset[Tag] = frozenset(("headline", "opens"))
_PICTURE = 40  # characters of the shortest text of a picture that is an item of its own
_NEAR_PICTURE = 2  # terms that it may share with the story above
_PICTURED = re.compile(r"[▲△▼◆]|图为|(?:\d{4}年)?(?:\d{1,2}|[一二三四五六七八九十]{1,3})月[\d一二三四五六七八九十]")
_LETTER = re.compile(r"编辑(?:同志|部|先生)们?:.{20}")
_WHOLE_DATE = re.compile(
    r"(?:\d{4}|[一二三四五六七八九〇零○]{4})年[\d一二三四五六七八九十]{1,3}月[\d一二三四五六七八九十]{1,3}[日号]"
)
_SIGNED_ITEM = re.compile(r"([●■◆★▲○□◇☆△▪•·]) ?\S")
_SIGNED_LABEL = re.compile(r"[■●◆★▲□○◇▪•·] ?(?P<name>[\u4e00-\u9fff]{3,8}?) ?(?P<closed>·?)")
_NOTICE = re.compile(r"(?:启事|公告|通告|声明|讣告|更正)$")
_NEAR_KIN = 4  # terms that two stories of one page may share
_KIN = 3  # terms that a sub-head's text shares with the story above, at least
_TORN = 30  # characters of a line of text that was taken for a headline
_SEAM = 0.0  # log odds that a sentence goes on in the next line
_BARE = 9  # the rank of a line without a mark
_GROUPS = 4  # headline groups that tell how a page marks its headlines
_WRITER = 30  # characters of a line that only names who wrote
_STORY = 100  # characters of text under a reporter's name that make a story


def part_items(lines: Sequence[Line], tags: list[Tag]) -> None:
    """Corrects the `tags` of lines that open items without a headline, or close items."""
    _close_notices(lines, tags)
    _head_notices(lines, tags)
    _part_letters(lines, tags)
    _part_pictures(lines, tags)
    _part_reports(lines, tags)
    _head_signed(lines, tags)
    _read_on(lines, tags)
    _lower(lines, tags)


def _close_notices(lines: Sequence[Line], tags: list[Tag]) -> None:
    """A date alone under a text dates a notice, and who gives it stands between the two: no headlines."""
    for i in range(1, len(tags)):
        if _WHOLE_DATE.fullmatch(lines[i].plain) is None or lines[i].marked:
            continue
        first = i - 1 if tags[i - 1] in ("headline", "subhead") and is_display(lines[i - 1]) else i
        if first and tags[first - 1] in _TEXT | {"closing"} and not lines[first].marked:
            tags[first : i + 1] = ["closing"] * (i + 1 - first)


def _head_notices(lines: Sequence[Line], tags: list[Tag]) -> None:
    """What is named like a notice, and the name of a column behind a sign over a headline, are headlines."""
    for i in range(1, len(tags) - 1):
        label = _SIGNED_LABEL.fullmatch(lines[i].plain)
        named = tags[i + 1] == "headline" and label is not None and (label["closed"] or is_column(label["name"]))
        if (tags[i] in ("caption", "closing") and named) or (tags[i] == "subhead" and _NOTICE.search(lines[i].plain)):
            tags[i] = "headline"


def _part_letters(lines: Sequence[Line], tags: list[Tag]) -> None:
    """A letter that begins behind a story, and not under a headline, is an item of its own."""
    for i in range(1, len(tags)):
        above = lines[i - 1].plain
        signed = tags[i - 1] == "byline" and len(above) <= _WRITER and not above.endswith("。")  # under its headline
        behind = tags[i - 1] in _TEXT | {"closing"} and not signed
        if tags[i] == "begins" and behind and _LETTER.match(lines[i].plain):
            tags[i] = "opens"


def _part_pictures(lines: Sequence[Line], tags: list[Tag]) -> None:
    """A picture with its text and a photographer behind a story of other words is an item of its own."""
    for i in range(1, len(tags)):
        plain = lines[i].plain
        if tags[i] not in ("begins", "continues", "caption") or len(plain) < _PICTURE or not _PICTURED.match(plain):
            continue
        below = i + 1 + (i + 1 < len(tags) and credit_start(lines[i + 1].plain) == 0)
        credit = lines[below - 1].plain
        shown = credit_start(credit) >= 0 and credit.endswith("摄")
        start = _start(tags, i)
        told = tags[i - 1] in _TEXT | {"closing"} and tags[start:i].count("headline") < i - start
        if (
            shown
            and told
            and (below == len(tags) or tags[below] in _LEADS)
            and _shared(lines, start, i, i + 1) <= _NEAR_PICTURE
        ):
            tags[i] = "opens"


def _part_reports(lines: Sequence[Line], tags: list[Tag]) -> None:
    """A reporter's name on a line of its own between two texts of other words opens the second."""
    for i in range(1, len(tags) - 1):
        if tags[i] != "closing" or tags[i + 1] != "begins" or not credits_writer(lines[i].plain):
            continue
        end = next((n for n in range(i + 1, len(tags)) if tags[n] in _LEADS | {"closing"}), len(tags))
        told = sum(len(line.plain) for line in lines[i + 1 : end]) >= _STORY
        if told and _shared(lines, _start(tags, i), i, end) <= _NEAR_KIN:
            tags[i] = "byline"


def _head_signed(lines: Sequence[Line], tags: list[Tag]) -> None:
    """Where one sign stands before headlines of a page, what looks like a sub-head behind it is a headline, too."""
    signs = [match[1] if (match := _SIGNED_ITEM.match(line.plain)) and is_display(line) else "" for line in lines]
    heading = Counter(sign for sign, tag in zip(signs, tags, strict=True) if tag == "headline")
    for i, sign in enumerate(signs):
        if sign and tags[i] == "subhead" and heading[sign]:
            tags[i] = "headline"


def _read_on(lines: Sequence[Line], tags: list[Tag]) -> None:
    """What is as long as a line of text, has a comma and goes on in the text below is text under a sub-head."""
    for i in range(1, len(tags) - 1):
        line, below = lines[i], lines[i + 1]
        if tags[i - 1 : i + 2] != ["headline", "headline", "begins"] or line.marked or line.brief or below.marked:
            continue
        torn = len(line.plain) >= _TORN and "," in line.plain and unfinished(line.plain)
        if torn and _reads_on(line, below):
            tags[i : i + 2] = ["begins", "continues"]
            end = next((n for n in range(i, len(tags)) if tags[n] in _LEADS), len(tags))
            if i > 1 and tags[i - 2] in _TEXT and _shared(lines, _start(tags, i - 1), i - 1, end) >= _KIN:
                tags[i - 1] = "subhead"


def _reads_on(line: Line, below: Line) -> bool:
    return float(seams.side_by_side(seams.ends([line.plain]), seams.starts([below.plain]))[0]) > _SEAM


def _lower(lines: Sequence[Line], tags: list[Tag]) -> None:
    """A single line of a lower Markdown rank than all headlines, over a text of the same words, is a sub-head."""
    firsts = [i for i, tag in enumerate(tags) if tag == "headline" and (i == 0 or tags[i - 1] != "headline")]
    groups = [(i, next((n for n in range(i, len(tags)) if tags[n] != "headline"), len(tags))) for i in firsts]
    ranks = [min(lines[n].level or _BARE for n in range(*group)) for group in groups]
    for rank, (i, end) in zip(ranks, groups, strict=True):
        alone = end == i + 1 < len(tags) and tags[end] == "begins" and i > 0 and tags[i - 1] in _TEXT
        if rank == _BARE or not alone or len(groups) < _GROUPS or sum(other >= rank for other in ranks) > 1:
            continue
        last = next((n for n in range(end, len(tags)) if tags[n] in _LEADS), len(tags))
        if _shared(lines, _start(tags, i), i, last) >= _KIN:
            tags[i] = "subhead"


def _start(tags: Sequence[Tag], i: int) -> int:
    """Where the story begins that stands above line `i`."""
    return max((n for n in range(i) if tags[n] in _STARTS), default=0)


def _shared(lines: Sequence[Line], start: int, middle: int, end: int) -> int:
    """Terms that the lines from `start` to `middle` share with those from there to `end`."""
    above, below = ("\n".join(line.plain for line in part) for part in (lines[start:middle], lines[middle:end]))
    return len(terms(above) & terms(below))
