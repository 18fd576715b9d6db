"""Second scans: are they found among all pages, and is a page read better with its other scan at hand?"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from qa.benchmark.articles.collations import Score, score_pair
from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.layout import compose_twice
from qa.duplicates import find_twins, signature

MERGED = 20  # pairs of scans that are merged
_SENTENCE = re.compile(r"[。！？.!?]")
_LONG = 30  # characters of a sentence that two stories do not share by chance


def choose(sources: Sequence[Source], rng: random.Random) -> list[Source]:
    """Three to ten stories of one language; one page in ten is English."""
    english = rng.random() < 0.1 and any(source.english for source in sources)
    fitting = [source for source in sources if source.english == english]
    return _told_once(rng.sample(fitting, min(len(fitting), rng.randint(3, 10))))


def _told_once(chosen: Sequence[Source]) -> list[Source]:
    """Without stories that print a sentence of one before them: the archives hold some stories twice."""
    told: set[str] = set()
    kept = []
    for source in chosen:
        own = {part for _, text in source.parts for part in _SENTENCE.split(text) if len(part) >= _LONG}
        if told.isdisjoint(own):
            kept.append(source)
            told |= own
    return kept


def score_scans(sources: Sequence[Source], pairs: int, seed: int, noise: float) -> dict[str, float]:
    """Twin recall and precision over `pairs` pages scanned twice, and what merging the first 20 of them finds."""
    made = []
    stories: dict[str, set[str]] = {}
    for n in range(pairs):
        rng = random.Random(f"scan-{seed}-{n}")
        chosen = choose(sources, rng)
        made.append((*compose_twice((f"{n:05d}-a", f"{n:05d}-b"), chosen, rng, noise), chosen))
        stories |= {f"{n:05d}-{scan}": {source.title for source in chosen} for scan in "ab"}
    signatures = {sheet.page.source: signature(sheet.page.text) for pair in made for sheet in pair[:2]}
    found = set(find_twins(signatures))
    right = {(first.page.source, second.page.source) for first, second, _ in made}
    score = Score()
    for first, second, chosen in made[:MERGED]:
        score_pair(score, first, second, chosen)
    return {
        "scan_pairs_found": len(found & right) / len(right),
        "scan_pairs_wrong": float(sum(not stories[one] & stories[other] for one, other in found - right)),
        **score.report(),
    }
