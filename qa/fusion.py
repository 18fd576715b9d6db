"""Several scores of the same candidates -> one, by what the query looks like: a sum of standardised ones or a network.

Scores are standardised over the candidates (Lee 1997 and Montague and Aslam 2001 compare such sums with others). Rank
fusion was measured and made Chinese retrieval worse than BM25 alone: see docs/experiments/engine.md. Questions in a
language of which the passages hold next to no word are judged by a small network, which `python -m qa.benchmark fusion`
fits: whole sentences are found best by their mean vector, a few words by late interaction. Among few passages the sum
decides, and a question that is as long as they are counts as a whole sentence.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]

# Chosen on two public sets of Chinese questions and one of English ones: docs/experiments/engine.md.
DENSE, LATE, SPARSE = 0.25, 1.0, 1.0
FOREIGN = 0.5  # of the mean vector, where BM25 has faded out
STRANGE, FAMILIAR = 0.4, 0.7  # shares of known query terms between which BM25 fades in: English 0.2, Chinese 0.9
_RARE = 50_000  # a term that stands in fewer passages than one of so many is not known: some English stands everywhere
_FEW, _MANY = 200, 300  # passages: among few the sum is as good, and what is fitted to its order keeps it
_SPREAD = 1.3  # of the sums, which the network's scores are scaled to
_PART, _WHOLE = 0.3, 0.6  # tokens of a query to those of a usual candidate: from a part of a passage to a whole one
_ALIKE, _LONG = 0.25, -0.3  # what whole ones add to the weight of the mean vector, and the weight of a long passage
_USUAL_QUERY, _USUAL_INDEX, _USUAL_SHARE = 2.7, 4.0, 0.2  # about the means of what is told of a query
_USUAL_SPREAD, _USUAL_COSINE = 0.5, 0.4  # and of its candidates: deviation of the logarithms of lengths; the best one


class Terms(Protocol):
    """An index of terms."""

    def __len__(self) -> int: ...
    def document_frequency(self, term: str, /) -> int: ...


@dataclass(frozen=True)
class Judge:
    """A network of one hidden layer (tanh) with a direct way beside it: of evidence for candidates, one score each."""

    hidden: Scores  # float32[pieces of evidence, units]
    bias: Scores  # float32[units]
    out: Scores  # float32[units]
    direct: Scores  # float32[pieces of evidence]

    def scores(self, evidence: Scores) -> Scores:
        """float32[n] for float32[n, pieces of evidence]."""
        judged: Scores = np.tanh(evidence @ self.hidden + self.bias) @ self.out + evidence @ self.direct
        return judged


@cache
def foreign_judge() -> Judge:
    """The fitted network for questions in another language than the passages."""
    told = json.loads(Path(__file__).with_name("fusion.json").read_text(encoding="utf-8"))
    return Judge(*(np.array(told[name], np.float32) for name in ("hidden", "bias", "out", "direct")))


@dataclass(frozen=True)
class Asked:
    """A query: the share of its terms that the index knows, 0 to 1, its tokens, and the passages it is asked of."""

    known: float
    tokens: int
    passages: int


def evidence(scores: Mapping[str, Scores], asked: Asked, lengths: Sequence[int]) -> Scores:
    """What the network sees of each of n candidates, of `lengths` tokens: float32[n, 12].

    Three scores and the length, standardised; for all alike what is told of the query, how far the best vector is
    ahead of the second, what late interaction says of that best one, how long the query is beside the candidates, how
    much these differ in length, and the best cosine: a whole sentence among whole sentences is known by these.
    """
    dense, late, sparse = (standardise(scores[name]) for name in ("dense", "late", "sparse"))
    length, logarithms = _longer(lengths), np.log(np.array(lengths, np.float32) + 5)
    best = np.sort(dense)[::-1][:2]
    share = math.log((asked.tokens + 0.5) / max(float(np.median(lengths)), 1.0))
    query = (
        math.log(asked.tokens + 1) - _USUAL_QUERY, best[0] - best[-1] - 1, late[np.argmax(dense)] - 1,
        math.log10(asked.passages) - _USUAL_INDEX, 4 * (asked.known - _USUAL_SHARE), min(max(share, -2.5), 1.0),
        3 * (float(logarithms.std()) - _USUAL_SPREAD), 5 * (float(scores["dense"].max()) - _USUAL_COSINE),
    )  # fmt: skip
    rows = np.empty((len(dense), 4 + len(query)), np.float32)
    for column, values in enumerate((dense, late, sparse, length, *query)):
        rows[:, column] = values
    return rows


def judged(scores: Mapping[str, Scores], asked: Asked, lengths: Sequence[int], judge: Judge | None = None) -> Scores:
    """One score for each of n candidates, of `lengths` tokens, from those of vectors, terms and tokens: float32[n].

    The fewer terms of the query are known, and the more passages there are, the more counts the network, `judge` or the
    fitted one; where the model has no vectors for tokens it has no say.
    """
    late = "late" in scores
    total, share = _sum(scores, asked, lengths), _foreign(asked)
    if share == 0 or not late or not len(total):
        return total
    network = standardise((judge or foreign_judge()).scores(evidence(scores, asked, lengths)))
    return np.float32(1 - share) * total + np.float32(share * _SPREAD) * network


def _sum(scores: Mapping[str, Scores], asked: Asked, lengths: Sequence[int]) -> Scores:
    """What decides without the network: a weighted sum, in which foreign queries as long as the passages stand apart.

    They are likely to say what one of the passages says, which their mean vectors know best; late interaction likes
    long passages, where more can match.
    """
    late = "late" in scores
    given, whole = weights(asked.known, late=late), _whole(asked, lengths) if late else 0.0
    if not whole:
        return fuse(scores, given)
    more = {"dense": given["dense"] + whole * _ALIKE, "length": whole * _LONG}
    return fuse({**scores, "length": _longer(lengths)}, given | more)


def _whole(asked: Asked, lengths: Sequence[int]) -> float:
    """How far a query is foreign, asked of few passages, and as long as the candidates, 0 to 1."""
    share = asked.tokens / max(float(np.median(lengths)), 1.0) if lengths else 0.0
    long = min(max((share - _PART) / (_WHOLE - _PART), 0.0), 1.0)
    return (1 - familiar(asked.known)) * (1 - _beyond(asked)) * long


def _longer(lengths: Sequence[int]) -> Scores:
    return standardise(np.log(np.array(lengths, np.float32) + 5))


def _foreign(asked: Asked) -> float:
    """How much the network has to say, 0 to 1."""
    return (1 - familiar(asked.known)) * _beyond(asked)


def _beyond(asked: Asked) -> float:
    """How far there are more than few passages, 0 to 1 for many."""
    large = math.log(max(asked.passages, 1) / _FEW) / math.log(_MANY / _FEW)
    return min(max(large, 0.0), 1.0)


def fuse(scores: Mapping[str, Scores], weights: Mapping[str, float]) -> Scores:
    """Weighted sum of the standardised scores, each float32[n] over the same n candidates: float32[n]."""
    lengths = {len(one) for one in scores.values()}
    total = np.zeros(lengths.pop() if lengths else 0, np.float32)
    for name, one in scores.items():
        total += np.float32(weights[name]) * standardise(one)
    return total


def standardise(scores: Scores) -> Scores:
    """Mean 0 and standard deviation 1; all 0 where the scores do not differ."""
    exact = scores.astype(np.float64)  # in single precision the mean of equal scores may not be that score
    centred = exact - exact.sum() / max(len(exact), 1)
    spread = math.sqrt(centred @ centred / max(len(exact), 1))
    return (centred / spread).astype(np.float32) if spread > 1e-9 else np.zeros_like(scores)


def weights(known: float, *, late: bool) -> dict[str, float]:
    """Weights for a query of whose terms the share `known` (0 to 1) stands in the index.

    A question in another language than the passages shares next to no term with them: BM25 steps aside, and the mean
    vector counts more. Without late interaction (a model that has no vectors for tokens) it takes that weight over.
    """
    share = familiar(known)
    dense = FOREIGN + share * (DENSE - FOREIGN)
    return {"dense": dense if late else DENSE + LATE, "late": LATE if late else 0.0, "sparse": share * SPARSE}


def familiar(known: float) -> float:
    """How far BM25 has faded in, 0 to 1."""
    return min(max((known - STRANGE) / (FAMILIAR - STRANGE), 0.0), 1.0)


def share_known(index: Terms, found: Sequence[str]) -> float:
    """The share of the query's different terms that stand in the index, and not in next to none of it, 0 to 1."""
    different, least = set(found), max(len(index) / _RARE, 1)
    return sum(index.document_frequency(term) >= least for term in different) / max(len(different), 1)
