"""Boosted trees evaluated with numpy: learned with scikit-learn, kept as JSON, no library needed to use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """A sum of binary trees (Friedman 2001). Arrays are [trees, nodes]; a leaf points to itself."""

    base: float
    feature: npt.NDArray[np.int64]
    threshold: Floats
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    value: Floats
    depth: int

    def raw(self, rows: Floats) -> Floats:
        """Log odds for each row of `rows` [n, features]: float64[n]."""
        width, size = rows.shape[1], self.feature.shape[1]
        feature, threshold = self.feature.ravel(), self.threshold.ravel()
        base = np.arange(len(self.feature)) * size
        left, right = ((base[:, None] + child).ravel() for child in (self.left, self.right))
        values, first = np.ascontiguousarray(rows).ravel(), (np.arange(len(rows)) * width)[:, None]
        node = np.tile(base, (len(rows), 1))
        for _ in range(self.depth):
            goes_left = values.take(first + feature.take(node)) <= threshold.take(node)
            node = np.where(goes_left, left.take(node), right.take(node))
        total: Floats = self.base + self.value.ravel().take(node).sum(axis=1)
        return total

    def probability(self, rows: Floats) -> Floats:
        return sigmoid(self.raw(rows))


def sigmoid(values: Floats) -> Floats:
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(values, -40, 40)))
    return result


def trees_from(record: dict[str, Any]) -> Trees:
    """Trees from their JSON record: a node is [feature, threshold, left, right], a leaf [value]."""
    size = max(len(nodes) for nodes in record["trees"])
    feature, left, right = (np.zeros((len(record["trees"]), size), np.int64) for _ in range(3))
    threshold, value = (np.zeros((len(record["trees"]), size)) for _ in range(2))
    for tree, nodes in enumerate(record["trees"]):
        for node, row in enumerate(nodes):
            leaf = len(row) == 1
            feature[tree, node], threshold[tree, node] = (0, np.inf) if leaf else row[:2]
            left[tree, node], right[tree, node] = (node, node) if leaf else row[2:]
            value[tree, node] = row[0] if leaf else 0.0
    return Trees(record["base"], feature, threshold, left, right, value, record["depth"])
