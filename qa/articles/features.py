"""What the tagger knows of every line: its look, its words, its neighbours. Names of features that hold, no values."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from qa.articles.cohesion import breaks, kinship, outlook
from qa.articles.forms import Forms, Held, Value
from qa.articles.lines import Line, column_widths, widths_of
from qa.articles.looks import Look, looks
from qa.articles.ngrams import seam_scores

_FILLED = ((1.06, "over"), (0.9, "full"), (0.75, "near"), (0.5, "half"))
_WIDE = 700  # characters on each side of a line whose subjects are compared besides the near ones
_SIZES = (4, 8, 12, 16, 20, 26, 34, 48, 80)


def bin_of(score: float, step: float = 1.5, most: int = 4) -> int:
    return max(-most, min(most, round(score / step)))


class PageView:
    """All lines of one page with what was measured about them and between them."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.looks: list[Look] = looks(lines)
        self.sizes = widths_of(lines)
        self.widths = column_widths(self.sizes)
        texts = [line.plain for line in lines]
        self.seams = [0.0, *seam_scores(texts[:-1], texts[1:])]
        self.leaps = [0.0, 0.0, *seam_scores(texts[:-2], texts[2:])][: len(lines)]
        self.breaks = breaks(texts)
        self.wide = breaks(texts, _WIDE)
        self.outlook = outlook(texts)
        self.kinship = kinship(texts)
        self.often = Counter(texts)
        marks = sum(line.level > 0 for line in lines)
        blank = sum(line.gap > 0 for line in lines) / max(1, len(lines))
        set_lines = sum(width > 0 for width in self.widths) / max(1, len(lines))
        self.top = min((line.level for line in lines if line.level), default=0)
        signs = [seen.sign for seen in self.looks if seen.sign in ("byline", "author")]
        self.signed = f"{bin_of(signs.count('byline') / max(1, len(lines)), 0.05, 3)}{'author' in signs}"
        self._settle()
        self.marks = "marked" if marks > 1 else "plain"
        self.space = "spaced" if blank > 0.9 else "mixed" if blank > 0.05 else "tight"
        self.set = "set" if set_lines > 0.5 else "unset"

    def told(self, i: int) -> tuple[int, int]:
        """Words of a short line that only the text after it takes up, and only the text before it; -1 for long ones."""
        after, before = self.outlook[i]
        return (min(4, after), min(4, before)) if self.looks[i].size <= 60 else (-1, -1)

    def blur(self, rng: random.Random) -> None:
        """Shift and scatter the scores that other models gave, so that no weight trusts them too far."""
        shift, part = rng.gauss(-0.7, 1.5), rng.gauss(-0.05, 0.12)
        for i, seen in enumerate(self.looks):
            heading, credit = seen.heading + shift + rng.gauss(0, 1.5), seen.credit + rng.gauss(-0.5, 2)
            self.looks[i] = seen._replace(heading=heading, credit=credit)
            self.seams[i] += rng.gauss(0, 1)
            self.breaks[i] += part + rng.gauss(0, 0.1)
            self.wide[i] += part + rng.gauss(0, 0.08)
            self.kinship[i] = max(-1, self.kinship[i] + round(rng.gauss(0, 0.8)) * (self.kinship[i] > 0))
            after, before = self.outlook[i]
            self.outlook[i] = round(after * rng.random()), max(0, before + round(rng.gauss(0, 0.5)))
        self._settle()

    def _settle(self) -> None:
        """Bins of what was measured, coarse or fine, which many features share."""
        self.since = _since(self.looks)
        self.heading = [bin_of(seen.heading) for seen in self.looks]
        self.rough = [bin_of(seen.heading, 3, 2) for seen in self.looks]
        self.credit = [bin_of(seen.credit, 3, 2) for seen in self.looks]
        self.seam = [bin_of(seam) for seam in self.seams]
        self.part = [bin_of(part, 0.1) for part in self.breaks]
        self.far = [bin_of(part, 0.07, 6) for part in self.wide]
        self.ratios = [self.ratio(i) for i in range(len(self.lines))]

    def ratio(self, i: int) -> str:
        """How full the line is."""
        if not self.widths[i]:
            return "unset"
        share = self.sizes[i] / self.widths[i]
        return next((name for least, name in _FILLED if share >= least), "short")


def _since(looks: Sequence[Look]) -> list[int]:
    """For every line how far above it the next line stands that looks like a heading, 5 for farther."""
    found, last = [], -5
    for i, seen in enumerate(looks):
        found.append(min(5, i - last))
        if seen.size <= 40 and not seen.stop and seen.end in ("open", "closed", "asked", "digit") and seen.heading > 0:
            last = i
    return found


def page_features(lines: Sequence[Line], blur: random.Random | None = None) -> tuple[list[list[str]], list[list[str]]]:
    """Names of the features of every line, and of every line together with the line before it (the first has none).

    `blur` is for training.
    """
    view = PageView(lines)
    if blur:
        view.blur(blur)
    own, pairs = held_features(view)
    return list(own), list(pairs)


def held_features(view: PageView) -> tuple[Held, Held]:
    """The same by numbers."""
    columns = _columns(view)
    own, pairs = _OWN.held(columns), _PAIR.held(columns)
    pairs.numbers[:1] = 0
    return own, pairs


def _columns(view: PageView) -> dict[str, Sequence[Value]]:
    """What the forms are filled with. None stands where there is no such line."""
    lines, looks = view.lines, view.looks
    count = len(lines)
    told = [view.told(i) for i in range(count)]
    found: dict[str, Sequence[Value]] = {name: [getattr(seen, name) for seen in looks] for name in _OF_LOOKS}
    return found | {
        "size": [next((n for n in _SIZES if seen.size <= n), 99) for seen in looks],
        "eighths": [min(9, seen.size // 8) for seen in looks],
        "long": ["long" if seen.size > 40 else "short" for seen in looks],
        "rank": [f"#{seen.level}" if seen.level else "bold" if seen.bold else "no" for seen in looks],
        "relative": ["bare" if not seen.level else "top" if seen.level == view.top else "low" for seen in looks],
        "kind": [seen.sign or ("dated" if seen.dated and seen.size > 20 else "") for seen in looks],
        "commas": [min(3, line.plain.count(",") + line.plain.count("、")) for line in lines],
        "spaces": [" " in line.plain for line in lines],
        "again": [view.often[line.plain] > 1 and seen.size < 24 for line, seen in zip(lines, looks, strict=True)],
        "gap": [min(line.gap, 2) for line in lines],
        "distance": [min(line.gap, 3) for line in lines],
        "inset": [line.indented for line in lines],
        "place": [i if i < 4 else "in" for i in range(count)],
        "rest": [count - i if count - i < 4 else "in" for i in range(count)],
        "heading": view.heading, "rough": view.rough, "ratio": view.ratios,
        "credit": [bin_of(seen.credit) for seen in looks], "credited": view.credit,
        "break": view.part, "wide": view.far, "since": view.since,
        "kin": [min(6, kin) for kin in view.kinship], "near": [min(4, kin) for kin in view.kinship],
        "after": [after for after, _ in told], "before": [before for _, before in told],
        "seam": [view.seam[i] if i else None for i in range(count)], "leap": [bin_of(leap) for leap in view.leaps],
        "marks": [view.marks] * count, "space": [view.space] * count, "set": [view.set] * count,
        "page": [f"{view.marks} {view.space}"] * count, "signed": [view.signed] * count,
        "top": [None if i else "first" for i in range(count)],
        "bottom": [None if i + 1 < count else "last" for i in range(count)],
    }  # fmt: skip


_OF_LOOKS = (
    "end", "start", "sign", "dated", "stop", "quotes", "words", "agency", "names", "case", "furniture", "label",
    "level", "bold",
)  # fmt: skip
_OWN = Forms(
    "bias", "size={size}", "end={end}", "start={start}", "sign={sign}", "dated={dated}",
    "rank={rank}", "rank={rank} {page}", "page={page} {set}", "ratio={ratio}", "stop={stop}",
    "commas={commas}", "heading={heading}", "heading={heading} {ratio}",
    "heading={heading} {rank} {marks}",
    "end={end} {ratio}", "end={end} size={size}", "start={start} {ratio}", "again={again}",
    "space={spaces}", "space={spaces} {ratio}", "gap={gap} {page}",
    "inset={inset} {page}", "quotes={quotes}", "size={size} stop={stop}",
    "words={words}",
    "sign={sign} size={size}", "heading={heading} size={size}", "end={end} heading={heading}",
    "agency={agency}", "credit={credit}", "credit={credit} size={size}",
    "credit={credit} sign={sign}", "names={names}",
    "names={names} {ratio}", "place={place}", "rest={rest}",
    "case={case}", "case={case} end={end}", "case={case} {ratio}",
    "page sign={furniture}",
    "page sign={furniture} size={size}", "break={break}", "break={break} heading={rough}",
    "break={break} {rank}", "kin={kin}", "kin={kin} heading={rough}",
    "kin={kin} {rank}", "kin={kin} told={after}", "kin={kin} end={end}", "kin={kin} size={size}",
    "kin={kin} wide={wide}",
    "wide={wide}", "wide={wide} heading={rough}",
    "wide={wide} break={break}", "wide={wide} {rank}", "wide={wide} told={after}", "wide={wide} end={end}",
    "told={after}", "told={after} before={before}", "told={after} heading={rough}",
    "told={after} break={break}", "before={before} heading={rough}", "told={after} before={before} {rank}",
    "label={label}", "label={label} size={size}", "label={label} {rank}",
    "level={relative}", "level={relative} told={after}", "signed={signed} heading={rough}",
    "since={since}", "since={since} heading={rough}", "since={since} size={size}",
    "{bottom}",
    *(
        form
        for step, line in enumerate(("next", "second", "third"), 1)
        for form in (
            f"after{step}={{{line} kind}}", f"after{step} rank={{{line} level}}{{{line} bold}}",
            f"after{step} credit={{{line} credited}}", f"after{step} names={{{line} names}}",
        )
    ),
    "next size={next long} heading={next rough}", "next start={next start} {next long}",
    "next seam={next seam}", "next seam={next seam} end={end}", "next gap={next gap}",
    "next seam={next seam} heading={rough}", "next ratio={next ratio} heading={rough}",
    "next ratio={next ratio} end={next end}", "next break={next break} heading={rough}",
    "next kin={next near} {near} heading={rough}",
    "next wide={next wide} heading={rough}",
    "next inset={next inset} {space}", "next case={next case} case={case}",
    "next label={next label} label={label}", "next told={next after} {after} {rough}",
    "next sign={next sign} signed={signed} heading={rough}",
    "next start={next start} heading={rough}", "next heading={next rough} heading={rough}",
    "{top}",
    "prev end={prev end}", "prev sign={prev sign}", "prev rank={prev level}{prev bold}",
    "seam={seam}", "seam={seam} prev end={prev end}", "prev end={prev end} start={start}",
    "prev end={prev end} heading={rough}", "prev ratio={prev ratio} {prev end}",
    "prev ratio={prev ratio} {prev end} heading={rough}", "prev quotes={prev quotes} {quotes}",
    "prev names={prev names} credit={prev credited}", "prev case={prev case} case={case}",
    "prev label={prev label} heading={rough}", "prev told={prev after} {after} {rough}",
    "prev sign={prev sign} heading={rough}",
    "prev size={prev eighths} size={eighths}",
    "prev page sign={prev furniture}", "prev ratio={prev ratio} ratio={ratio}",
)  # fmt: skip
_PAIR = Forms(
    "bias", "end={prev end}", "end={prev end} seam={seam}", "leap={leap}",
    "level={prev level}{level}", "gap={distance} {space}", "end={prev end} {prev ratio}",
    "start={start}", "sign={sign}", "heading={rough}", "dated={dated}", "break={break}",
    "credit={credited}", "heading={rough} {prev rough}",
    "kin={near}", "kin={near} heading={rough}", "told=({after}, {before})",
    "told={after} {prev after}", "label={prev label} {label}",
    "case={prev case} {case}", "inset={inset} {space}",
)  # fmt: skip
