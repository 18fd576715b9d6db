"""What the tagger knows of every line: its look, its words, its neighbours. Names of features that hold, no values."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from qa.articles.cohesion import breaks, kinship, outlook
from qa.articles.lines import Line, column_widths
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
        self.sizes = [line.width for line in lines]
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
            self.looks[i] = replace(seen, heading=heading, credit=credit)
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
    """Features of every line, and of every line together with the line before it (the first has none).

    `blur` is for training.
    """
    view = PageView(lines)
    if blur:
        view.blur(blur)
    count = range(len(lines))
    own = [_own(view, i) + _after(view, i) + _before(view, i) for i in count]
    return own, [[] if i == 0 else _pair(view, i) for i in count]


def _own(view: PageView, i: int) -> list[str]:
    line, seen, ratio = view.lines[i], view.looks[i], view.ratios[i]
    text = line.plain
    size = str(next((n for n in _SIZES if seen.size <= n), 99))
    heading, credit = view.heading[i], bin_of(seen.credit)
    rank = f"#{seen.level}" if seen.level else "bold" if seen.bold else "no"
    commas = min(3, text.count(",") + text.count("、"))
    page = f"{view.marks} {view.space}"
    column, again = view.set, view.often[text] > 1 and seen.size < 24
    rest = len(view.lines) - i
    part, rough = view.part[i], view.rough[i]
    after, before = view.told(i)
    wide = view.far[i]
    kin = min(6, view.kinship[i])
    level = "bare" if not seen.level else "top" if seen.level == view.top else "low"
    return [
        "bias", f"size={size}", f"end={seen.end}", f"start={seen.start}", f"sign={seen.sign}", f"dated={seen.dated}",
        f"rank={rank}", f"rank={rank} {page}", f"page={page} {column}", f"ratio={ratio}", f"stop={seen.stop}",
        f"commas={commas}", f"heading={heading}", f"heading={heading} {ratio}",
        f"heading={heading} {rank} {view.marks}",
        f"end={seen.end} {ratio}", f"end={seen.end} size={size}", f"start={seen.start} {ratio}", f"again={again}",
        f"space={' ' in text}", f"space={' ' in text} {ratio}", f"gap={min(line.gap, 2)} {page}",
        f"inset={line.indented} {page}", f"quotes={seen.quotes}", f"size={size} stop={seen.stop}",
        f"words={seen.words}",
        f"sign={seen.sign} size={size}", f"heading={heading} size={size}", f"end={seen.end} heading={heading}",
        f"agency={seen.agency}", f"credit={credit}", f"credit={credit} size={size}",
        f"credit={credit} sign={seen.sign}", f"names={seen.names}",
        f"names={seen.names} {ratio}", f"place={i if i < 4 else 'in'}", f"rest={rest if rest < 4 else 'in'}",
        f"case={seen.case}", f"case={seen.case} end={seen.end}", f"case={seen.case} {ratio}",
        f"page sign={seen.furniture}",
        f"page sign={seen.furniture} size={size}", f"break={part}", f"break={part} heading={rough}",
        f"break={part} {rank}", f"kin={kin}", f"kin={kin} heading={rough}",
        f"kin={kin} {rank}", f"kin={kin} told={after}", f"kin={kin} end={seen.end}", f"kin={kin} size={size}",
        f"kin={kin} wide={wide}",
        f"wide={wide}", f"wide={wide} heading={rough}",
        f"wide={wide} break={part}", f"wide={wide} {rank}", f"wide={wide} told={after}", f"wide={wide} end={seen.end}",
        f"told={after}", f"told={after} before={before}", f"told={after} heading={rough}",
        f"told={after} break={part}", f"before={before} heading={rough}", f"told={after} before={before} {rank}",
        f"label={seen.label}", f"label={seen.label} size={size}", f"label={seen.label} {rank}",
        f"level={level}", f"level={level} told={after}", f"signed={view.signed} heading={rough}",
        f"since={view.since[i]}", f"since={view.since[i]} heading={rough}", f"since={view.since[i]} size={size}",
    ]  # fmt: skip


def _after(view: PageView, i: int) -> list[str]:
    looks, here = view.looks, view.looks[i]
    if i + 1 == len(looks):
        return ["last"]
    found: list[str] = []
    for step in (1, 2, 3):
        if i + step < len(looks):
            after = looks[i + step]
            kind = after.sign or ("dated" if after.dated and after.size > 20 else "")
            found += [f"after{step}={kind}", f"after{step} rank={after.level}{after.bold}"]
            found += [f"after{step} credit={view.credit[i + step]}", f"after{step} names={after.names}"]
    after, seam = looks[i + 1], view.seam[i + 1]
    long = "long" if after.size > 40 else "short"
    heading, step_up = view.rough[i], view.part[i + 1]
    return [
        *found,
        f"next size={long} heading={view.rough[i + 1]}", f"next start={after.start} {long}",
        f"next seam={seam}", f"next seam={seam} end={here.end}", f"next gap={min(view.lines[i + 1].gap, 2)}",
        f"next seam={seam} heading={heading}", f"next ratio={view.ratios[i + 1]} heading={heading}",
        f"next ratio={view.ratios[i + 1]} end={after.end}", f"next break={step_up} heading={heading}",
        f"next kin={min(4, view.kinship[i + 1])} {min(4, view.kinship[i])} heading={heading}",
        f"next wide={view.far[i + 1]} heading={heading}",
        f"next inset={view.lines[i + 1].indented} {view.space}", f"next case={after.case} case={here.case}",
        f"next label={after.label} label={here.label}", f"next told={view.told(i + 1)[0]} {view.told(i)[0]} {heading}",
        f"next sign={after.sign} signed={view.signed} heading={heading}",
        f"next start={after.start} heading={heading}", f"next heading={view.rough[i + 1]} heading={heading}",
    ]  # fmt: skip


def _before(view: PageView, i: int) -> list[str]:
    if not i:
        return ["first"]
    before, here, seam = view.looks[i - 1], view.looks[i], view.seam[i]
    heading = view.rough[i]
    return [
        f"prev end={before.end}", f"prev sign={before.sign}", f"prev rank={before.level}{before.bold}",
        f"seam={seam}", f"seam={seam} prev end={before.end}", f"prev end={before.end} start={here.start}",
        f"prev end={before.end} heading={heading}", f"prev ratio={view.ratios[i - 1]} {before.end}",
        f"prev ratio={view.ratios[i - 1]} {before.end} heading={heading}", f"prev quotes={before.quotes} {here.quotes}",
        f"prev names={before.names} credit={view.credit[i - 1]}", f"prev case={before.case} case={here.case}",
        f"prev label={before.label} heading={heading}", f"prev told={view.told(i - 1)[0]} {view.told(i)[0]} {heading}",
        f"prev sign={before.sign} heading={heading}",
        f"prev size={min(9, before.size // 8)} size={min(9, here.size // 8)}",
        f"prev page sign={before.furniture}", f"prev ratio={view.ratios[i - 1]} ratio={view.ratios[i]}",
    ]  # fmt: skip


def _pair(view: PageView, i: int) -> list[str]:
    before, here = view.looks[i - 1], view.looks[i]
    seam, heading = view.seam[i], view.rough[i]
    gap, part = min(view.lines[i].gap, 3), view.part[i]
    return [
        "bias", f"end={before.end}", f"end={before.end} seam={seam}", f"leap={bin_of(view.leaps[i])}",
        f"level={before.level}{here.level}", f"gap={gap} {view.space}", f"end={before.end} {view.ratios[i - 1]}",
        f"start={here.start}", f"sign={here.sign}", f"heading={heading}", f"dated={here.dated}", f"break={part}",
        f"credit={view.credit[i]}", f"heading={heading} {view.rough[i - 1]}",
        f"kin={min(4, view.kinship[i])}", f"kin={min(4, view.kinship[i])} heading={heading}", f"told={view.told(i)}",
        f"told={view.told(i)[0]} {view.told(i - 1)[0]}", f"label={before.label} {here.label}",
        f"case={before.case} {here.case}", f"inset={view.lines[i].indented} {view.space}",
    ]  # fmt: skip
