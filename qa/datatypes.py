"""The nouns that travel between modules. Frozen, and each knows where in the file it comes from.

A span is a half-open pair of character offsets into the decoded text of a file. Spans of one thing stand in
reading order, which need not be the order of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Span = tuple[int, int]
Mode = Literal["hybrid", "dense", "sparse"]
Status = Literal["answered", "partial", "not_found", "error"]
Failure = Literal["", "unreachable", "slow", "refused", "garbage", "silent", "unsupported"]
Kind = Literal["section", "headline", "byline", "subhead", "caption", "body"]


@dataclass(frozen=True, slots=True)
class Page:
    """One file as read. `text` is the decoded text without a byte order mark; all spans refer to it."""

    source: str  # the name the user sees and cites, unique in an index
    text: str
    path: str = ""  # absolute path of the file on disk, "" for text that never was a file
    encoding: str = "utf-8"
    sha256: str = ""  # of the file's bytes
    replaced: int = 0  # undecodable bytes that were replaced by U+FFFD


@dataclass(frozen=True, slots=True)
class Traced:
    """A text that knows where it stands in its file.

    `text` is the file's text at `spans`, joined, with at most one white space character at a seam; no span
    begins or ends with white space. So `text` and the spans together are enough to trace any slice.
    """

    text: str
    spans: tuple[Span, ...]

    def slice(self, start: int, end: int) -> Traced:
        """The part `text[start:end]`, stripped of white space, with its own spans."""
        part = self.text[start:end]
        start += len(part) - len(part.lstrip())
        end = start + len(part.strip())
        kept: list[Span] = []
        position = 0
        for first, last in self.spans:
            if position < len(self.text) and self.text[position].isspace():
                position += 1
            here, position = position, position + last - first
            if here >= end:
                break
            low, high = max(start, here), min(end, position)
            if low < high:
                kept.append((first + low - here, first + high - here))
        return Traced(self.text[start:end], tuple(kept))


@dataclass(frozen=True, slots=True)
class Paragraph(Traced):
    """One paragraph of an article, whole again: every column break and page fault inside it is a seam."""

    kind: Kind = "body"


@dataclass(frozen=True, slots=True)
class Fact:
    """One piece of metadata, with the line it was read from and how sure we are (0 to 1)."""

    # headline, section, byline, reporter, correspondent, photographer, author, place, organisation, date, relative_date
    kind: str
    value: str
    line: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Article:
    """One story of a page, whole and in reading order: section label, headlines, byline, body, captions."""

    source: str
    title: str  # the main headline, "" when the page shows none
    paragraphs: tuple[Paragraph, ...]
    section: str = ""
    byline: str = ""  # the text of the byline as printed
    repeats: tuple[Span, ...] = ()  # text printed or scanned a second time, kept out of the paragraphs
    facts: tuple[Fact, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(paragraph.text for paragraph in self.paragraphs)

    @property
    def spans(self) -> tuple[Span, ...]:
        return tuple(span for paragraph in self.paragraphs for span in paragraph.spans)

    @property
    def headlines(self) -> tuple[str, ...]:
        """All lines of the headline group (kicker, headline, deck) in page order."""
        return tuple(paragraph.text for paragraph in self.paragraphs if paragraph.kind == "headline")


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where two copies disagree: what each prints, and where. What prints nothing has an empty span."""

    text: str  # of the copy that is cited
    spans: tuple[Span, ...]
    other: str
    other_spans: tuple[Span, ...]

    def to_dict(self) -> dict[str, Any]:
        places = {"spans": [list(span) for span in self.spans], "other": self.other}
        return {"text": self.text, **places, "other_spans": [list(span) for span in self.other_spans]}


@dataclass(frozen=True, slots=True)
class Witness:
    """The same words in another scan or reprint. A witness is no second source."""

    source: str
    lines: tuple[int, int]
    spans: tuple[Span, ...]
    quote: str
    differs: tuple[Difference, ...] = ()  # from the quote it bears witness to

    def to_dict(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "lines": list(self.lines),
            "spans": [list(span) for span in self.spans],
            "quote": self.quote,
            "differs": [difference.to_dict() for difference in self.differs],
        }


@dataclass(frozen=True, slots=True)
class Passage(Traced):
    """The slice of an article that is retrieved: whole sentences, 150 to 400 characters where the article has them."""

    id: int = -1  # row in the index, from 0; -1 before it is stored
    source: str = ""
    article: str = ""  # the article's title
    context: str = ""  # section and headline group, indexed and encoded along with the text
    number: int = 0  # which article of its source, from 0
    lines: tuple[int, int] = (0, 0)  # first and last line that the spans touch, from 1
    also_in: tuple[Witness, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with its place in the ranking. `ranks` and `scores` are by half: dense, sparse, late."""

    passage: Passage
    score: float
    rank: int
    ranks: tuple[tuple[str, int], ...] = ()
    scores: tuple[tuple[str, float], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        passage = self.passage
        return {
            "rank": self.rank,
            "score": self.score,
            "source": passage.source,
            "article": passage.article,
            "lines": list(passage.lines),
            "spans": [list(span) for span in passage.spans],
            "text": passage.text,
            "also_in": [witness.to_dict() for witness in passage.also_in],
        }


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quoted sentence stands. Joining the file's text at `spans` gives `quote`, white space at seams aside."""

    n: int
    source: str
    article: str
    lines: tuple[int, int]
    spans: tuple[Span, ...]
    quote: str
    also_in: tuple[Witness, ...] = ()
    changed: bool = False  # the file is no longer what was indexed
    sheet: int = 0  # page of the PDF on which the quote begins, from 1; 0 where the file has no such pages

    def to_dict(self) -> dict[str, Any]:
        record: dict[str, Any] = {
            "n": self.n,
            "source": self.source,
            "article": self.article,
            "lines": list(self.lines),
            "spans": [list(span) for span in self.spans],
            "quote": self.quote,
            "also_in": [witness.to_dict() for witness in self.also_in],
        }
        if self.changed:
            record["changed"] = True
        return record | ({"sheet": self.sheet} if self.sheet else {})


@dataclass(frozen=True, slots=True)
class Written:
    """What a language model made of the quotes; with a `failure` the quotes themselves are the answer."""

    by: str  # the model's name at its endpoint
    dropped: tuple[str, ...] = ()  # its sentences that the quotes do not support
    failure: Failure = ""

    def to_dict(self) -> dict[str, Any]:
        return {"by": self.by, "dropped": list(self.dropped), "failure": self.failure}


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that independent reports give for what was asked, with the numbers of their citations."""

    value: str
    citations: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"value": self.value, "citations": list(self.citations)}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer record, the same in Python, on the command line, in batch files, over REST and MCP."""

    question: str
    understood_as: str
    status: Status
    answer: str = ""
    short_answer: str = ""
    confidence: float = 0.0
    citations: tuple[Citation, ...] = ()
    passages: tuple[Hit, ...] = ()
    missing: tuple[str, ...] = ()
    timings_ms: tuple[tuple[str, float], ...] = ()
    claims: tuple[Claim, ...] = ()  # where several reports speak: one value is agreed on, several disagree
    written: Written | None = None  # by a language model, whose sentences end with numbers of citations: [1]

    def to_dict(self) -> dict[str, Any]:
        record: dict[str, Any] = {
            "question": self.question,
            "understood_as": self.understood_as,
            "status": self.status,
            "answer": self.answer,
            "short_answer": self.short_answer,
            "confidence": self.confidence,
            "citations": [citation.to_dict() for citation in self.citations],
            "passages": [hit.to_dict() for hit in self.passages],
            "missing": list(self.missing),
            "timings_ms": dict(self.timings_ms),
        }
        if self.claims:
            record["claims"] = [claim.to_dict() for claim in self.claims]
        return record | ({"written": self.written.to_dict()} if self.written else {})
