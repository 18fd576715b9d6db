"""How near a reconstruction comes to the known truth of generated pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rapidfuzz import fuzz

from qa.articles import line_ranges, repeat_ranges
from qa.benchmark.articles.layout import Sheet, TrueArticle
from qa.datatypes import Article
from qa.text import line_starts, lines_of, squeeze


@dataclass(frozen=True)
class Found:
    """One rebuilt article as the measures see it."""

    title: str
    byline: str
    lines: tuple[int, ...]  # in reading order, repeats last
    joins: frozenset[tuple[int, int]] = frozenset()
    repeats: frozenset[int] = frozenset()


@dataclass
class Tally:
    """Sums over pages."""

    counts: Counter[str] = field(default_factory=Counter)
    precision: float = 0.0  # B-cubed (Bagga and Baldwin 1998), summed over lines
    recall: float = 0.0

    def rate(self, part: str, whole: str) -> float:
        return self.counts[part] / self.counts[whole] if self.counts[whole] else 1.0

    def report(self) -> dict[str, float]:
        lines = max(1, self.counts["lines"])
        precision, recall = self.precision / lines, self.recall / lines
        return {
            "b_cubed_f1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
            "articles_found": self.rate("found", "articles"),
            "articles_split": self.rate("split", "articles"),
            "articles_merged": self.rate("merged", "articles"),
            "headline_exact": self.rate("headline", "articles"),
            "byline_found": self.rate("byline", "bylines"),
            "bylines_invented": self.rate("bylines_invented", "articles"),
            "join_precision": self.rate("joins_right", "joins_made"),
            "join_recall": self.rate("joins_right", "joins"),
            "order_errors_per_page": self.rate("order_errors", "pages"),
            "repeat_precision": self.rate("repeats_right", "repeats_made"),
            "repeat_recall": self.rate("repeats_right", "repeats"),
        }


def as_found(article: Article, page_text: str) -> Found:
    starts = line_starts(page_text)
    filled = [bool(line.strip()) for line in page_text.splitlines()]
    spread = [n for a, b in line_ranges(article, page_text) for n in range(a, b + 1) if filled[n - 1]]
    repeats = [n for a, b in repeat_ranges(article, page_text) for n in range(a, b + 1) if filled[n - 1]]
    joins = set()
    for paragraph in article.paragraphs:
        if paragraph.kind == "body":
            touched = [lines_of(starts, [span])[0] for span in paragraph.spans]
            joins |= {pair for pair in pairwise(touched) if pair[0] != pair[1]}
    return Found(article.title, article.byline, tuple(spread), frozenset(joins), frozenset(repeats))


def score_page(tally: Tally, sheet: Sheet, found: Sequence[Found]) -> None:
    """Add one page to `tally`."""
    counts = tally.counts
    truth = {line: i for i, article in enumerate(sheet.articles) for line in article.lines}
    guess = {line: i for i, article in enumerate(found) for line in article.lines}
    together = Counter((truth[line], guess.get(line, -line)) for line in truth)
    true_size, guess_size = Counter(truth.values()), Counter(guess.get(line, -line) for line in truth)
    counts["pages"] += 1
    counts["lines"] += len(truth)
    tally.precision += sum(n * n / guess_size[g] for (_, g), n in together.items())
    tally.recall += sum(n * n / true_size[t] for (t, _), n in together.items())
    unseen: set[object] = {pair for article in sheet.articles for pair in article.open}
    for name in ("joins", "repeats"):
        right = {item for article in sheet.articles for item in getattr(article, name)}
        made = {item for article in found for item in getattr(article, name)} - unseen
        counts[name] += len(right)
        counts[f"{name}_made"] += len(made)
        counts[f"{name}_right"] += len(right & made)
    for i, article in enumerate(sheet.articles):
        _score_article(counts, article, i, found, together, guess_size)


def _score_article(
    counts: Counter[str],
    article: TrueArticle,
    i: int,
    found: Sequence[Found],
    together: Counter[tuple[int, int]],
    guess_size: Counter[int],
) -> None:
    parts = {g: n for (t, g), n in together.items() if t == i}
    best = max(parts, key=lambda g: parts[g])
    counts["articles"] += 1
    counts["found"] += len(parts) == 1 and guess_size[best] == parts[best]
    counts["split"] += len(parts) > 1
    counts["merged"] += any(t != i for t, g in together if g == best)
    counts["bylines"] += bool(article.byline)
    if best < 0:
        return
    match = found[best]
    titles = {squeeze(title) for title in (article.title, article.also) if title} or {""}
    counts["headline"] += squeeze(match.title) in titles
    alike = len(match.byline) > 1 and fuzz.partial_ratio(match.byline, article.byline) >= 75
    counts["byline"] += bool(article.byline) and alike
    counts["bylines_invented"] += bool(match.byline) and not article.byline
    counts["order_errors"] += _order_errors(article, match)


def _order_errors(article: TrueArticle, match: Found) -> int:
    """Neighbours in the true reading order that the reconstruction has in the opposite order."""
    place = {line: n for n, line in enumerate(match.lines)}
    own = [line for line in article.lines if line in place and line not in article.repeats | match.repeats]
    return sum(place[a] > place[b] for a, b in pairwise(own))
