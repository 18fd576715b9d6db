"""Which line of a headline group is the title, which is a section label."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from qa.articles.lines import Line
from qa.articles.ngrams import heading_score

_LETTERS = re.compile(r"[^\W_]")
_PLACE = re.compile(
    r"^[“”]?[\u4e00-\u9fff]{2,14}?(?:省|市|县|区|州|镇|乡|村|街道|社区|总工会|工会|总工|学院|大学|学校"
    r"|医院|公司|集团|委员会|局|厅|中心|协会|联合会)"
)
_SLOGAN = re.compile(
    r"进行时|天地|专栏|专题|之窗|之声|视点|聚焦|观察|[·•|]"
    r"|^(?:推动|奋进|建功|喜迎|学习贯彻|深入学习|迎接|走进|致敬)"
)
_DASH = re.compile(r"[—–―─-]{1,3}(?=[^\W\d])")
_PLACE_WORTH = 5.0  # log odds of being the headline that the place in the group is worth
_PARALLEL = re.compile(r"([\u4e00-\u9fff])[\u4e00-\u9fff]{1,4}(?:、\1[\u4e00-\u9fff]{1,4})+$")


def _letters(text: str) -> int:
    return len(_LETTERS.findall(text))


def choose_title(heads: Sequence[Line], labels: Collection[str] = ()) -> int:
    """Index of the headline among `heads`; `labels` are lines that recur on the page and so are no headline.

    Marked pages say it themselves: the highest rank, the last of several. Elsewhere the line next to the text is
    the headline, unless it is a deck (longer than a set headline above it, which it explains) or another line reads
    far more like one.
    """
    long = [i for i, line in enumerate(heads) if _letters(line.plain) > 6 or line.level == 1]
    fitting = [i for i in long if heads[i].plain not in labels]
    ranks = {i: heads[i].level or 9 for i in fitting or range(len(heads))}
    if min(ranks.values()) < 9:
        return [i for i in ranks if ranks[i] == min(ranks.values())][-1]
    candidates = [i for i in ranks if not is_label(heads[i].plain)] or list(ranks)
    chosen = candidates[-1]
    if len(candidates) > 1:
        above, last = heads[candidates[-2]].plain, heads[candidates[-1]].plain
        if _is_tail(above, last) or _is_deck(above, last):
            chosen = candidates[-2]
    scores = {i: max(-4.0, min(6.0, heading_score(heads[i].plain))) for i in candidates}
    scores[chosen] += _PLACE_WORTH
    return max(candidates, key=lambda i: scores[i])


def is_label(plain: str) -> bool:
    """Too short or too general for a headline: a section label."""
    return _letters(plain) <= 6 or _SLOGAN.search(plain) is not None


def _is_deck(above: str, below: str) -> bool:
    set_above = len(below) > len(above) and _is_set(above) and not _PLACE.match(above)
    return set_above or explains(above, below)


def explains(above: str, below: str) -> bool:
    """`below` is surely the deck of the headline `above`: a dash opens it, or it is longer and tells details."""
    if _DASH.match(below):
        return True
    longer = len(below) > len(above) > 6 and above not in below
    return longer and _details(below) > _details(above) + 1


def _details(text: str) -> int:
    """Commas and figures: what a headline leaves to its deck."""
    return 2 * text.count(",") + len(re.findall(r"\d+", text))


def _is_set(text: str) -> bool:
    """Set for effect: balanced halves, quotes, figures."""
    return bool(re.search(r"[ \u3000“”\"!！?？\d]", text))


def _is_tail(above: str, below: str) -> bool:
    """`below` is the noun that a row of parallel attributes in `above` waits for."""
    return _PARALLEL.search(above[-60:]) is not None and len(below) <= 10


def section_of(heads: Sequence[Line], title: int, labels: Collection[str] = ()) -> int:
    """Index of the section label among `heads`, -1 for none."""
    found = (i for i, line in enumerate(heads) if i != title and (line.plain in labels or is_label(line.plain)))
    return next(found, -1)
