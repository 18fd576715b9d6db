"""Second scans: are they found, and are the places found where the two disagree?"""

from __future__ import annotations

import random
from collections.abc import Sequence

from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.layout import Sheet, compose_twice
from qa.duplicates import disagreements, find_twins, locate, signature
from qa.text import squeeze


def choose(sources: Sequence[Source], rng: random.Random) -> list[Source]:
    """Three to ten stories of one language; one page in fourteen is English."""
    english = rng.random() < 0.07
    fitting = [source for source in sources if source.english == english]
    return rng.sample(fitting, min(len(fitting), rng.randint(3, 10)))


def score_scans(sources: Sequence[Source], pairs: int, seed: int, noise: float) -> dict[str, float]:
    """Twin recall and precision over `pairs` pages scanned twice, and the share of disagreements found."""
    made = []
    for n in range(pairs):
        rng = random.Random(f"scan-{seed}-{n}")
        chosen = choose(sources, rng)
        made.append(compose_twice((f"{n:05d}-a", f"{n:05d}-b"), chosen, rng, noise))
    signatures = {sheet.page.source: signature(sheet.page.text) for pair in made for sheet in pair}
    found = set(find_twins(signatures))
    right = {(first.page.source, second.page.source) for first, second in made}
    seen, known = 0, 0
    for first, second in made[:20]:
        new_seen, new_known = _disagreements_found(first, second)
        seen, known = seen + new_seen, known + new_known
    return {
        "scan_pairs_found": len(found & right) / len(right),
        "scan_pairs_wrong": float(len(found - right)),
        "disagreements_found": seen / known if known else 1.0,
    }


def _disagreements_found(first: Sheet, second: Sheet) -> tuple[int, int]:
    """(found, all) single substitutions between rows that both scans print with equal length."""
    seen = known = 0
    other = {(row.story, row.part): row.text for row in second.rows if row.part >= 0 and not row.tied}
    for row in first.rows:
        twin = other.get((row.story, row.part), "")
        if row.part < 0 or row.tied or len(row.text) != len(twin) or len(twin) < 30:
            continue
        differing = {(a, b) for a, b in zip(squeeze(row.text), squeeze(twin), strict=False) if a != b}
        place = locate(row.text, second.page.text)
        reported = disagreements(row.text, second.page.text[place[0] : place[1]]) if place else []
        pairs = {(a, b) for _, one, _, two in reported for a in one for b in two}
        known += len(differing)
        seen += len(differing & pairs)
    return seen, known
