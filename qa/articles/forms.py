"""Features by their forms: "heading={heading} {ratio}" is a name for every pair of values that two columns have.

A name is made once and has a number from then on, which is looked up by those of its values: the features of a page are
a few operations on arrays instead of thousands of strings.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

import numpy as np
from numpy.typing import NDArray

Value = str | int | None
Columns = Mapping[str, Sequence[Value]]  # what each line has, None for nothing
Names = Sequence[Sequence[str]]
Ids = NDArray[np.intp]

_BITS, _MOST = 4, 3  # a column has fewer than 2 ** bits values; columns of a form
_STEPS = {"prev": -1, "next": 1, "second": 2, "third": 3}  # "next heading" is the column "heading" one line below
_BLOCK = 256  # lines whose weights are gathered together


@dataclass(frozen=True)
class Held:
    """The features of all lines of a page by numbers, 0 for none: `numbers` [lines, forms]."""

    numbers: Ids
    names: Sequence[str]  # by their numbers

    def __iter__(self) -> Any:
        """The names of the features of each line."""
        return iter([[self.names[number] for number in line if number] for line in self.numbers.tolist()])


class Forms:
    """Forms of features, and all names that any page has had. A form with a value that is None names nothing."""

    def __init__(self, *forms: str) -> None:
        self.forms = forms
        used = [[field for _, field, _, _ in Formatter().parse(form) if field is not None] for form in forms]
        fields = sorted({field for some in used for field in some})
        self._fields = {field: _column(field) for field in fields}
        self._values: dict[str, dict[Value, int]] = {column: {None: 0} for column, _ in self._fields.values()}
        padded = [[fields.index(field) for field in some] + [-1] * (_MOST - len(some)) for some in used]
        self._used = np.array(padded).T
        self._firsts = np.arange(len(forms))[:, None] << _BITS * _MOST  # the cells of each form, where nothing is held
        self._numbers = np.full(len(forms) << _BITS * _MOST, -1)
        self._numbers[self._firsts] = 0
        self._names = [""]
        self._guard = threading.Lock()

    def held(self, columns: Columns) -> Held:
        """The features of the lines of a page."""
        values = {column: self._numbered(column, columns[column]) for column in self._values}
        given = [_moved(values[column], step) for column, step in self._fields.values()]
        one, other, third = np.array([*given, [1] * len(given[0])], np.int16).take(self._used, axis=0)
        keys = ((one << _BITS | other) << _BITS | third) * ((one != 0) & (other != 0) & (third != 0))
        cells = keys + self._firsts
        found = self._numbers.take(cells)
        if found.min(initial=0) < 0:
            self._name(cells, columns)
            found = self._numbers.take(cells)
        return Held(found.T, self._names)

    def _numbered(self, column: str, values: Sequence[Value]) -> list[int]:
        known = self._values[column]
        try:
            return [known[value] for value in values]
        except KeyError:
            with self._guard:
                if len({*known, *values}) > 2**_BITS:
                    raise ValueError(f"The column {column!r} has too many values: {[*known, *values]}.") from None
                for value in values:
                    known.setdefault(value, len(known))
            return [known[value] for value in values]

    def _name(self, places: Ids, columns: Columns) -> None:
        """Give numbers to the names that no page has had before."""
        cells = {field: _moved(columns[column], step, None) for field, (column, step) in self._fields.items()}
        with self._guard:
            for form, line in np.argwhere(self._numbers.take(places) < 0).tolist():
                if self._numbers[places[form, line]] < 0:
                    self._names.append(self.forms[form].format_map({field: cells[field][line] for field in cells}))
                    self._numbers[places[form, line]] = len(self._names) - 1


def _column(field: str) -> tuple[str, int]:
    """The column that a field of a form names, and how many lines below it stands."""
    first, _, rest = field.partition(" ")
    return (rest, _STEPS[first]) if first in _STEPS else (field, 0)


def _moved(values: Sequence[Any], step: int, nothing: Any = 0) -> list[Any]:
    """What stands `step` lines below each line."""
    beyond = [nothing] * min(abs(step), len(values))
    return [*values[step:], *beyond] if step >= 0 else [*beyond, *values[:step]]


class Rows:
    """A table of weights, a row a name; names that it lacks weigh nothing. `Held` come from the same forms always."""

    def __init__(self, places: Mapping[str, int], weights: NDArray[Any]) -> None:
        self._places = places
        self._weights = np.concatenate((weights, np.zeros_like(weights, shape=(1, *weights.shape[1:]))))
        self._known = np.zeros(0, np.intp)  # the places of the names of `Held` by their numbers

    def sums(self, features: Names | Held, add: np.ufunc = np.add) -> NDArray[Any]:
        """The sum of the weights of each line: [lines, ...]."""
        places = self._of(features)
        blocks = [places[first : first + _BLOCK] for first in range(0, len(places), _BLOCK)]
        return np.concatenate([add.reduce(self._weights.take(block.T, axis=0), axis=0) for block in blocks])

    def _of(self, features: Names | Held) -> Ids:
        if not isinstance(features, Held):
            most = max([1, *map(len, features)])
            return np.array([[*map(self._place, line), *[-1] * (most - len(line))] for line in features])
        known = self._known
        if len(known) < len(features.names):
            later = [self._place(name) for name in features.names[len(known) :]]
            self._known = known = np.concatenate((known, np.array(later, np.intp)))
        return known[features.numbers]

    def _place(self, name: str) -> int:
        return self._places.get(name, -1)
