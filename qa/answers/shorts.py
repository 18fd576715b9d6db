"""The short answer: the exact span in the quoted sentence for who, when, where, how many and which."""

from __future__ import annotations

from qa.answers.evidence import Sentence
from qa.answers.features import closeness, expected_spans
from qa.answers.question import Question
from qa.answers.spans import TypedSpan
from qa.answers.weighing import Weighted
from qa.text import fold


def short_answer(question: Question, weighted: Weighted, sentence: Sentence, original: str) -> str:
    """The part of `original` (the sentence as printed, of the length of `sentence.text`) that answers, or ""."""
    asked = fold(question.text)
    spans = expected_spans(question, asked, sentence)
    if question.unit:
        spans = [span for span in spans if _fits(question, span, sentence)] or []
    if not spans:
        return ""
    ranked = sorted(zip(closeness(spans, weighted.places(sentence)), spans, strict=True), key=lambda pair: -pair[0])
    best = ranked[0][1]
    return original[best.start : best.end] if ranked[0][0] > 0.15 else ""


def _fits(question: Question, span: TypedSpan, sentence: Sentence) -> bool:
    """Whether the number counts what is asked for."""
    after = sentence.text[span.end : span.end + 6]
    return bool(span.unit and span.unit[0] in question.unit[:2]) or any(
        question.unit[i : i + 2] in after for i in range(len(question.unit) - 1)
    )
