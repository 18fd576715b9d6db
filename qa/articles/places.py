"""Place names in a text: the country's provinces, cities and counties from a list, towns and streets by their form."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from importlib.resources import files

from qa.text import fold

Found = tuple[str, int, float]  # the name as printed, its offset, how sure it is one

_LISTED, _SHORT, _FORMED = 0.95, 0.7, 0.7
# Below the county: two or three characters that follow a place, a break or a word that leads to a place.
_FORM = re.compile(r"[\u4e00-\u9fff]{2,3}?(?:街道|镇|乡|村)")
_LEADING = "在到从由向赴往和与及是于驻对为至给经"
_GENERIC = re.compile(
    r".*[乡城集村]镇|.*[各全该本我他她这那某每两一几个贫老属地]{1,3}(?:街道|镇|乡|村)|.*[的和与及在由向为对从是到了将把被让以于并或等进围深].*"
)
_AFTER_NAME = "民长委官落寨庄级风容貌"  # 村民, 镇长: the word goes on, no name ends here


@functools.cache
def _names() -> dict[str, list[tuple[str, float]]]:
    """Names and how sure each is, the longest first, by their first two characters."""
    stored = json.loads(files("qa.articles").joinpath("places.json").read_text("utf-8"))
    found: dict[str, list[tuple[str, float]]] = {}
    for kind, sure in (("full", _LISTED), ("short", _SHORT)):
        for name in stored[kind].split("|"):
            found.setdefault(name[:2], []).append((name, sure))
    return {start: sorted(names, key=lambda pair: -len(pair[0])) for start, names in found.items()}


def places(text: str) -> list[Found]:
    """Places that `text` names, in order; none overlaps another."""
    folded, names = fold(text), _names()
    found: list[Found] = []
    at = 0
    while at < len(folded):
        name = next((pair for pair in names.get(folded[at : at + 2], ()) if folded.startswith(pair[0], at)), None)
        formed = None if name else _formed(folded, at, bool(found) and found[-1][1] + len(found[-1][0]) == at)
        size = len(name[0]) if name else len(formed) if formed else 0
        if size:
            found.append((text[at : at + size], at, name[1] if name else _FORMED))
        at += size or 1
    return found


def _formed(text: str, at: int, follows: bool) -> str | None:
    """The town, street or village at this place; `follows`: another place ends in front of it."""
    leads = follows or at == 0 or text[at - 1] in _LEADING or not "\u4e00" <= text[at - 1] <= "\u9fff"
    match = _FORM.match(text, at) if leads else None
    if (
        not match
        or _GENERIC.fullmatch(match[0])
        or match[0][0] in _LEADING
        or text[match.end() : match.end() + 1] in tuple(_AFTER_NAME)
    ):
        return None
    return match[0]


def joined(found: list[Found]) -> Iterator[tuple[int, int]]:
    """Runs of places that follow each other without a gap, as half-open offsets: 杭州市|临平区."""
    start, end = -1, -1
    for name, at, _ in found:
        if at != end and end > 0:
            yield start, end
        start, end = (start if at == end else at), at + len(name)
    if end > 0:
        yield start, end
