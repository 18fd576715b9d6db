"""Articles and passages as JSON, and back: the text columns of the tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from qa.datatypes import Article, Fact, Paragraph, Passage, Span


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def article_record(article: Article) -> str:
    return _dump(
        {
            "title": article.title,
            "section": article.section,
            "byline": article.byline,
            "paragraphs": [[p.kind, p.text, p.spans] for p in article.paragraphs],
            "repeats": article.repeats,
            "facts": [[f.kind, f.value, f.line, f.confidence] for f in article.facts],
        }
    )


def parse_article(source: str, record: str) -> Article:
    fields = json.loads(record)
    return Article(
        source,
        fields["title"],
        tuple(Paragraph(text, _spans(spans), kind) for kind, text, spans in fields["paragraphs"]),
        fields["section"],
        fields["byline"],
        _spans(fields["repeats"]),
        tuple(Fact(*fact) for fact in fields["facts"]),
    )


def passage_record(passage: Passage) -> str:
    return _dump([passage.text, passage.spans, passage.article, passage.context, passage.lines])


def parse_passage(row: int, source: str, number: int, record: str) -> Passage:
    text, spans, article, context, lines = json.loads(record)
    return Passage(text, _spans(spans), row, source, article, context, number, (lines[0], lines[1]))


def _spans(pairs: Iterable[Sequence[int]]) -> tuple[Span, ...]:
    return tuple((first, last) for first, last in pairs)
