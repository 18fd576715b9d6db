"""An evaluation for people: a table for the terminal, two diagrams for a file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa import metrics
from qa.errors import InputError
from qa.evaluation import MEASURES, Report, risk_intervals, risk_of, summarise
from qa.metrics import Difference, Interval

if TYPE_CHECKING:
    from qa.answers.calibration import Fit


def format_report(report: Report) -> str:
    """Means by type, then over all with 95 % bootstrap intervals, then what confidence is worth."""
    overall, risk, bounds = summarise(report), risk_of(report), risk_intervals(report)
    header = ["type", "n", *(label for _, label, _ in MEASURES)]
    rows = [_row(name, summarise(report, name), _count(report, name)) for name in report.types()]
    rows.append(_row("all", overall, len(report.judgements)))
    intervals = [
        f"{label:<12}{_number(overall[key].mean)}  [{_number(overall[key].low)}, {_number(overall[key].high)}]"
        for key, label, _ in MEASURES
        if overall[key].n
    ]
    return "\n".join(
        [
            *_table([header, *rows]),
            "",
            "over all, with 95 % intervals",
            *intervals,
            *(
                f"{label:<19}{_number(risk[key])}  [{_number(bounds[key].low)}, {_number(bounds[key].high)}]"
                for key, label in (("aurc", "risk-coverage area"), ("ece", "calibration error"))
            ),
            f"questions per second {risk['questions_per_second']:.1f}",
        ]
    )


def format_comparison(differences: Mapping[str, Difference]) -> str:
    """This run minus the other, with intervals and the p-value of a paired permutation test."""
    labels = {key: label for key, label, _ in MEASURES}
    rows = [
        [labels[key], f"{d.mean:+.3f}", f"[{d.low:+.3f}, {d.high:+.3f}]", f"{d.p_value:.3f}", str(d.n)]
        for key, d in differences.items()
        if d.n
    ]
    return "\n".join(_table([["measure", "difference", "95 % interval", "p", "n"], *rows]))


def _count(report: Report, type_name: str) -> int:
    return sum(judgement.type == type_name for judgement in report.judgements)


def _row(name: str, measures: Mapping[str, Interval], count: int) -> list[str]:
    return [name, str(count), *(_number(measures[key].mean) for key, _, _ in MEASURES)]


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *rest = (
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join([first, *rest])


def format_fit(fit: Fit) -> str:
    """What a calibration was worth, on halves of the questions that it did not see."""
    labels = {
        "error": "calibration error",
        "risk": "wrong among the answers given",
        "false_refusals": "refused though answerable",
        "false_answers": "answered though not answerable",
    }
    rows = [
        [label, _number(getattr(fit.before, name)), _number(getattr(fit.after, name))] for name, label in labels.items()
    ]
    return "\n".join(_table([["held-out halves", "before", "after"], *rows]))


def calibration_words(kept: Mapping[str, Any] | None) -> str:
    """What `status` says of a calibration record."""
    if kept is None:
        return "as shipped"
    from qa.answers.calibration import fingerprint

    rests = "" if kept["weights"] == fingerprint() else "; not used: it was fitted on other weights"
    errors = f"error {kept['error_before']:.3f} before, {kept['error_after']:.3f} after"
    return f"on {kept['questions']} questions, {errors}{rests}"


def plot(report: Report, path: Path) -> None:
    """Writes a PNG with the risk-coverage curve and the reliability diagram.

    Raises InputError without matplotlib, or when the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError("--plot needs matplotlib; install it with: pip install 'wenbao[plot]'") from None
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    confidence = [j.confidence for j in report.judgements]
    coverage, risk = metrics.risk_coverage(confidence, [j.right and j.hit_1 is not None for j in report.judgements])
    left.plot(coverage, risk)
    left.set(xlabel="coverage", ylabel="risk", title="Risk and coverage", xlim=(0, 1), ylim=(0, 1))
    answered = [j for j in report.judgements if j.status in ("answered", "partial")]
    bins = metrics.calibration_bins([j.confidence for j in answered], [j.right for j in answered])
    right.plot([0, 1], [0, 1], linestyle=":", color="grey")
    right.scatter([b[0] for b in bins], [b[1] for b in bins], s=[10 + 5 * b[2] for b in bins])
    right.set(xlabel="confidence", ylabel="accuracy", title="Reliability", xlim=(0, 1), ylim=(0, 1))
    try:
        figure.savefig(path, format="png")
    except OSError as error:
        raise InputError(f"Cannot write the diagrams to {path}: {error.strerror or error}.") from None
