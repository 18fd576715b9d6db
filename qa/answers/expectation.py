"""What every answer of a kind must show, set down as log odds on top of the learned score.

The training sets are encyclopedias, where the sentence that names a matter mostly tells the rest of it too. In a paper
the headline names the matter, and a sentence further down has the figure, the date or the office.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from qa.answers.features import NAMES

Floats = npt.NDArray[np.float64]
_ABSENT: Final = {"number": -2.0, "when": -2.0, "who": -1.0, "where": -1.0}  # no span of the kind asked for
_WEAK_NUMBER: Final = -1.4  # nothing but a lone 一 or 两
_OTHER_UNIT: Final = -0.8
_SAME_UNIT: Final = 0.5
_SO_MANY_ITEMS: Final = 2.0
_ROW: Final = 1.2  # of a list, for six dividers or more
_NO_ROW: Final = -0.6
_EXPLAINED: Final = 1.0  # of a definition
_INTRODUCED: Final = 0.5
_TOO_SHORT: Final = -1.5  # 某某说。
_SHORT: Final = math.log1p(9)


def expectation(rows: Floats) -> Floats:
    """Log odds for each row of features [n, len(NAMES)]: float64[n]."""

    def column(name: str) -> Floats:
        return rows[:, NAMES.index(name)]

    absent, number = column("fits") == -1, column("kind_number") == 1
    total = sum(weight * absent * column(f"kind_{kind}") for kind, weight in _ABSENT.items())
    present = number & ~absent
    total = total + _WEAK_NUMBER * (present & (column("typed") <= 0.4))
    total = total + _OTHER_UNIT * (present & (column("unit") == 0)) + _SAME_UNIT * (number & (column("unit") == 1))
    listing = column("kind_list") + column("kind_how") + column("kind_which")
    total = total + _SO_MANY_ITEMS * listing * (column("items") == 1)
    row = np.where(column("lists") > 0, _ROW * np.minimum(column("lists"), 6) / 6, _NO_ROW)
    total = total + column("kind_list") * row
    defined = _EXPLAINED * column("explains") + _INTRODUCED * column("introduces")
    result: Floats = total + column("kind_definition") * defined + _TOO_SHORT * (column("length") < _SHORT)
    return result
