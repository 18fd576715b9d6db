"""What a run of indexing did."""

from __future__ import annotations

from dataclasses import dataclass

from qa.pages import Skipped


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run of `build` did: numbers of files, and of articles and passages now in the index."""

    added: int
    changed: int
    unchanged: int
    removed: int
    skipped: tuple[Skipped, ...]
    replaced: int  # undecodable characters in the files read now
    articles: int
    passages: int
    generation: int
