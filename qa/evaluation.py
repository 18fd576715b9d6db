"""Questions with known answers in, measures out: the rules of the question files, applied to the answer record."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa import metrics
from qa.datatypes import Answer, Citation, Hit, Mode, Passage
from qa.errors import InputError
from qa.metrics import Difference, Interval
from qa.questions import Question, check_pages
from qa.threads import bounded_threads

if TYPE_CHECKING:
    from qa.archive import Archive

DEPTH = 10  # passages asked for: the deepest cut-off of any measure


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one answer was worth. Measures that do not apply to the question are None."""

    id: str
    type: str
    status: str
    confidence: float
    right: bool
    hit_1: float | None = None
    hit_5: float | None = None
    mrr_10: float | None = None
    ndcg_10: float | None = None
    short_exact_match: float | None = None
    short_f1: float | None = None
    citation_precision: float | None = None
    false_answer: float | None = None
    false_refusal: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All judgements of one run. `seconds` is the time all answers took together."""

    judgements: tuple[Judgement, ...]
    seconds: float

    def types(self) -> list[str]:
        return list(dict.fromkeys(judgement.type for judgement in self.judgements))


MEASURES: tuple[tuple[str, str, Callable[[Judgement], float | None]], ...] = (
    ("hit_at_1", "hit@1", lambda j: j.hit_1),
    ("hit_at_5", "hit@5", lambda j: j.hit_5),
    ("mrr_at_10", "MRR@10", lambda j: j.mrr_10),
    ("ndcg_at_10", "nDCG@10", lambda j: j.ndcg_10),
    ("answer_accuracy", "answer", lambda j: None if j.hit_1 is None else float(j.right)),
    ("short_exact_match", "short EM", lambda j: j.short_exact_match),
    ("short_f1", "short F1", lambda j: j.short_f1),
    ("citation_precision", "citations", lambda j: j.citation_precision),
    ("false_answer_rate", "false ans.", lambda j: j.false_answer),
    ("false_refusal_rate", "false ref.", lambda j: j.false_refusal),
)


class ModeView:
    """The archive with its search tied to one mode, so that whole answers can be compared by mode."""

    def __init__(self, archive: Archive, mode: Mode) -> None:
        self._archive, self._mode = archive, mode

    def search(
        self, query: str, k: int = 5, *, mode: Mode = "hybrid", sources: Sequence[str] | None = None
    ) -> list[Hit]:
        return self._archive.search(query, k, mode=self._mode, sources=sources)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive, name)


def evaluate(
    archive: Archive,
    questions: Sequence[Question],
    mode: Mode = "hybrid",
    progress: Callable[[int], object] = lambda done: None,
) -> Report:
    """Asks every question and judges the answers. `progress` is told how many are done.

    Raises InputError for questions about other pages.
    """
    from qa import answers

    view: Any = archive if mode == "hybrid" else ModeView(archive, mode)
    sources = sorted(archive.sources())
    check_pages(questions, len(sources))
    judgements, seconds = [], 0.0
    for done, question in enumerate(questions, 1):
        start = time.perf_counter()
        with bounded_threads():
            answer = answers.answer(view, question.question, question.history, k=DEPTH)
        seconds += time.perf_counter() - start
        judgements.append(judge(question, answer, sources, archive.passages))
        progress(done)
    return Report(tuple(judgements), seconds)


def judge(
    question: Question,
    answer: Answer,
    sources: Sequence[str],
    passages_of: Callable[[str], Iterable[Passage]],
) -> Judgement:
    """One answer against what the question file says of it."""
    refused = answer.status == "not_found"
    base = Judgement(question.id, question.type, answer.status, answer.confidence, right=refused)
    if not question.answerable:
        return replace(base, false_answer=float(not refused))
    docs = {sources[doc] for doc in question.docs if doc < len(sources)}
    relevant = [is_relevant(question, hit.passage, docs) for hit in answer.passages]
    held = bool(answer.citations) and answer.citations[0].source in docs
    ideal = _distinct(p for doc in sorted(docs) for p in passages_of(doc) if is_relevant(question, p, docs))
    return replace(
        base,
        right=not refused and held and is_acceptable(question, answer.answer),
        hit_1=metrics.hit_at(relevant, 1),
        hit_5=metrics.hit_at(relevant, 5),
        mrr_10=metrics.reciprocal_rank(relevant, DEPTH),
        ndcg_10=metrics.ndcg([float(r) for r in relevant], [1.0] * max(len(ideal), sum(relevant)), DEPTH),
        short_exact_match=metrics.exact_match(answer.short_answer, _flat(question.answers)),
        short_f1=metrics.character_f1(answer.short_answer, _flat(question.answers)),
        citation_precision=_citation_precision(answer.citations, docs),
        false_refusal=float(refused),
    )


def is_relevant(question: Question, passage: Passage, docs: set[str]) -> bool:
    """A passage is right when it comes from one of the pages and holds one of the evidence strings."""
    return passage.source in docs and any(metrics.contains(passage.text, part) for part in question.evidence)


def is_acceptable(question: Question, text: str) -> bool:
    return any(all(metrics.contains(text, part) for part in parts) for parts in question.answers)


def _flat(answers: Iterable[Iterable[str]]) -> list[str]:
    return [part for parts in answers for part in parts]


def _distinct(passages: Iterable[Passage]) -> list[Passage]:
    """Near-copies count once: a passage that another one names as its witness is left out."""
    kept: list[Passage] = []
    for passage in passages:
        if all((passage.source, passage.spans) != (w.source, w.spans) for other in kept for w in other.also_in):
            kept.append(passage)
    return kept


def _citation_precision(citations: Sequence[Citation], docs: set[str]) -> float | None:
    """Share of the citations that point to a page which holds the answer; None when nothing was cited."""
    return sum(citation.source in docs for citation in citations) / len(citations) if citations else None


def summarise(report: Report, type_name: str | None = None) -> dict[str, Interval]:
    """Every measure with its interval, over all questions or those of one type. NaN where none applies."""
    chosen = [j for j in report.judgements if type_name is None or j.type == type_name]
    return {
        key: metrics.bootstrap([value for value in map(measure, chosen) if value is not None])
        for key, _, measure in MEASURES
    }


def risk_of(report: Report) -> dict[str, float]:
    """How far confidence can be trusted: over answered questions the calibration, over all the risk-coverage area."""
    answered = [j for j in report.judgements if j.status in ("answered", "partial")]
    everything = [(j.confidence, j.right and j.hit_1 is not None) for j in report.judgements]
    return {
        "aurc": metrics.area_under_risk_coverage([c for c, _ in everything], [r for _, r in everything]),
        "ece": metrics.expected_calibration_error([j.confidence for j in answered], [j.right for j in answered]),
        "questions_per_second": len(report.judgements) / report.seconds if report.seconds else math.nan,
    }


def risk_intervals(report: Report) -> dict[str, Interval]:
    """The risk-coverage area and the calibration error with their 95 % intervals, over resampled questions."""

    def of(name: str) -> Interval:
        def resampled(rows: metrics.Floats) -> float:
            return risk_of(Report(tuple(report.judgements[int(row)] for row in rows), report.seconds))[name]

        return metrics.bootstrap(range(len(report.judgements)), resampled, resamples=300)

    return {name: of(name) for name in ("aurc", "ece")}


def to_dict(report: Report) -> dict[str, Any]:
    """The report as plain data, with the judgement of every question for later comparison."""
    record: dict[str, Any] = _finite(
        {
            "questions": len(report.judgements),
            "all": {key: asdict(value) for key, value in summarise(report).items()} | risk_of(report),
            "risk_intervals": {key: asdict(value) for key, value in risk_intervals(report).items()},
            "by_type": {t: {k: asdict(v) for k, v in summarise(report, t).items()} for t in report.types()},
            "judgements": [asdict(judgement) for judgement in report.judgements],
        }
    )
    return record


def _finite(value: Any) -> Any:
    """NaN is no JSON: a measure without observations becomes null."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def from_dict(path: Path) -> Report:
    """A report written with --json. Raises InputError when the file is something else."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Report(tuple(Judgement(**judgement) for judgement in record["judgements"]), 0.0)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"Cannot compare with {path} ({error}); expected what `evaluate --json` printed.") from None


def compare(report: Report, other: Report) -> dict[str, Difference]:
    """This report minus the other, measure by measure, over the questions that both judged."""
    before = {judgement.id: judgement for judgement in other.judgements}
    pairs = [(before[j.id], j) for j in report.judgements if j.id in before]
    if not pairs:
        raise InputError("The two reports share no question id; compare reports over the same question file.")
    return {key: _difference(pairs, measure) for key, _, measure in MEASURES}


def _difference(
    pairs: Sequence[tuple[Judgement, Judgement]], measure: Callable[[Judgement], float | None]
) -> Difference:
    both = [(a, b) for a, b in ((measure(x), measure(y)) for x, y in pairs) if a is not None and b is not None]
    return metrics.paired_difference([a for a, _ in both], [b for _, b in both])
