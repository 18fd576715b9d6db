"""Second scans: are they found, and are the places found where the two disagree?"""

from __future__ import annotations

import random
from collections.abc import Sequence

from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.layout import Sheet, compose_twice
from qa.duplicates import disagreements, find_twins, locate, signature
from qa.text import fold


def choose(sources: Sequence[Source], rng: random.Random) -> list[Source]:
    """Three to ten stories of one language; one page in fourteen is English."""
    english = rng.random() < 0.07 and any(source.english for source in sources)
    fitting = [source for source in sources if source.english == english]
    return rng.sample(fitting, min(len(fitting), rng.randint(3, 10)))


def score_scans(sources: Sequence[Source], pairs: int, seed: int, noise: float) -> dict[str, float]:
    """Twin recall and precision over `pairs` pages scanned twice, and the share of disagreements found."""
    made = []
    stories: dict[str, set[str]] = {}
    for n in range(pairs):
        rng = random.Random(f"scan-{seed}-{n}")
        chosen = choose(sources, rng)
        made.append(compose_twice((f"{n:05d}-a", f"{n:05d}-b"), chosen, rng, noise))
        stories |= {f"{n:05d}-{scan}": {source.title for source in chosen} for scan in "ab"}
    signatures = {sheet.page.source: signature(sheet.page.text) for pair in made for sheet in pair}
    found = set(find_twins(signatures))
    right = {(first.page.source, second.page.source) for first, second in made}
    seen, known = 0, 0
    for first, second in made[:20]:
        new_seen, new_known = _disagreements_found(first, second)
        seen, known = seen + new_seen, known + new_known
    return {
        "scan_pairs_found": len(found & right) / len(right),
        "scan_pairs_wrong": float(sum(not stories[one] & stories[other] for one, other in found - right)),
        "disagreements_found": seen / known if known else 1.0,
    }


def _disagreements_found(first: Sheet, second: Sheet) -> tuple[int, int]:
    """(found, all) places where a paragraph differs between the scans, located in the page against known rows."""
    seen = known = 0
    other = {(row.story, row.part): row.text for row in second.rows if row.part >= 0 and not row.tied}
    for row in first.rows:
        twin = other.get((row.story, row.part), "")
        if row.part < 0 or row.tied or min(len(row.text), len(twin)) < 30 or abs(len(row.text) - len(twin)) > 4:
            continue
        place = locate(row.text, second.page.text)
        reported = disagreements(row.text, second.page.text[place[0] : place[1]]) if place else []
        expected = {(at, fold(there)) for at, _, _, there in disagreements(row.text, twin)}
        known += len(expected)
        seen += len(expected & {(at, fold(there)) for at, _, _, there in reported})
    return seen, known
