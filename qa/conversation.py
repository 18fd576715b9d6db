"""Follow-up questions: the readings of a question that stand without the conversation before it."""

from __future__ import annotations

from collections.abc import Sequence


def understand(archive: object, question: str, history: Sequence[str]) -> list[str]:
    return [question]
