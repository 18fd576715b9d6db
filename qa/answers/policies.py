"""What people asked about public policies, with what they were told: questions about news, in their own words.

Encyclopedias teach a gate that an answer repeats the words of its question; those who ask about papers seldom do.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Final

from qa.answers.samples import Example

POLICIES: Final = "covid_policy_qa.tsv.gz"
_SHORTEST: Final = 16  # characters of an answer that says enough to be found


def policies(folder: Path) -> list[tuple[str, list[Example]]]:
    """Each answer of `folder`'s questions about policies (question, tab, answer a line) with what it answers."""
    found: dict[str, tuple[str, list[Example]]] = {}
    with gzip.open(folder / POLICIES, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            question, answer = line.rstrip("\n").split("\t")[:2]
            if len(answer) >= _SHORTEST:
                source, examples = found.setdefault(answer, (f"{POLICIES}:{number}", []))
                examples.append(Example(question, source, (answer,), answer))
    return [(answer, examples) for answer, (_, examples) in found.items()]
