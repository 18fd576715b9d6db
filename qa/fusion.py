"""Several scores of the same candidates -> one: a sum of standardised scores, weighted by what the query looks like.

Scores are standardised over the candidates (Lee 1997 and Montague and Aslam 2001 compare such sums with others). Rank
fusion was measured and made Chinese retrieval worse than BM25 alone: see docs/experiments/engine.md.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]

# Chosen on two public sets of Chinese questions and one of English ones: docs/experiments/engine.md.
DENSE, LATE, SPARSE = 0.25, 1.0, 1.0
FOREIGN = 0.5  # of the mean vector, where BM25 has faded out
STRANGE, FAMILIAR = 0.4, 0.7  # shares of known query terms between which BM25 fades in: English 0.2, Chinese 0.9


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
    spread = exact.std() if len(scores) else 0.0
    return ((exact - exact.mean()) / spread).astype(np.float32) if spread > 1e-9 else np.zeros_like(scores)


def weights(known: float, *, late: bool) -> dict[str, float]:
    """Weights for a query of whose terms the share `known` (0 to 1) stands in the index.

    A question in another language than the passages shares next to no term with them: BM25 steps aside, and the mean
    vector counts more. Without late interaction (a model that has no vectors for tokens) it takes that weight over.
    """
    share = min(max((known - STRANGE) / (FAMILIAR - STRANGE), 0.0), 1.0)
    dense = FOREIGN + share * (DENSE - FOREIGN)
    return {"dense": dense if late else DENSE + LATE, "late": LATE if late else 0.0, "sparse": share * SPARSE}
