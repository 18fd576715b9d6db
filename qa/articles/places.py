"""Place names in a text: the country's provinces, cities and counties from a list, towns and streets by their form."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from qa.text import code_points, fold

Found = tuple[str, int, float]  # the name as printed, its offset, how sure it is one

_HIGHEST = 0xFFFF  # code point that a name may hold
_LISTED, _SHORT, _FORMED = 0.95, 0.7, 0.7
# Below the county: two or three characters that follow a place, a break or a word that leads to a place.
_FORMS = re.compile("街道|[镇乡村]")
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
    end = 0  # of the last one
    for at in sorted({*_openings_in(folded), *_forms_in(folded)}):
        if at < end:
            continue
        name = next((pair for pair in names.get(folded[at : at + 2], ()) if folded.startswith(pair[0], at)), None)
        formed = None if name else _formed(folded, at, bool(found) and end == at)
        if name or formed:
            end = at + len(name[0] if name else formed or "")
            found.append((text[at:end], at, name[1] if name else _FORMED))
    return found


def _openings_in(folded: str) -> list[int]:
    """Where the first two characters of a listed name stand."""
    first, second, open_names = _openings()
    codes = np.minimum(code_points(folded), _HIGHEST)
    opened: list[int] = np.flatnonzero(open_names[first[codes[:-1]], second[codes[1:]]]).tolist()
    return opened


@functools.cache
def _openings() -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
    """Numbers of the first characters of names and of the second ones by code point, and which two open a name."""
    pairs = np.array([code_points(start) for start in _names()])
    numbers = np.zeros((2, _HIGHEST + 1), np.intp)
    for number, codes in zip(numbers, pairs.T, strict=True):
        number[np.unique(codes)] = np.arange(1, len(np.unique(codes)) + 1)
    open_names = np.zeros(numbers.max(axis=1) + 1, bool)
    open_names[numbers[0, pairs[:, 0]], numbers[1, pairs[:, 1]]] = True
    return numbers[0], numbers[1], open_names


def _forms_in(folded: str) -> list[int]:
    """Where a name of two or three characters and one of the forms could begin."""
    return [at for match in _FORMS.finditer(folded) for at in (match.start() - 3, match.start() - 2) if at >= 0]


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
