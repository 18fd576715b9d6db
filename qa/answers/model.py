"""Boosted trees evaluated with numpy: learned with scikit-learn, kept as JSON, no library needed to use them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Nodes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
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
        roots, feature, threshold, children, value = self._flat
        values, first = np.ascontiguousarray(rows).ravel(), (np.arange(len(rows)) * rows.shape[1])[:, None]
        node = np.tile(roots, (len(rows), 1))
        for _ in range(self.depth):
            goes_left = values.take(first + feature.take(node)) <= threshold.take(node)
            node = children.take(2 * node + goes_left)
        total: Floats = self.base + value.take(node).sum(axis=1)
        return total

    @cached_property
    def _flat(self) -> tuple[Nodes, Nodes, Floats, Nodes, Floats]:
        """Roots, then feature, threshold, children (right, left) and value of all nodes in one row."""
        roots = np.arange(len(self.feature)) * self.feature.shape[1]
        children = np.stack([self.right, self.left], axis=-1) + roots[:, None, None]
        return roots, self.feature.ravel(), self.threshold.ravel(), children.ravel(), self.value.ravel()

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
