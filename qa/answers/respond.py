"""A question to an answer record: understand, retrieve, score, decide, quote."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from qa.answers.agents import in_its_words
from qa.answers.checks import UNKNOWN_NAME, office_shared, plausibility, unknown_names
from qa.answers.citations import cite
from qa.answers.claims import other_reports, with_reports
from qa.answers.compose import SENTENCES, runs_of
from qa.answers.evidence import Candidate, candidates, story
from qa.answers.features import NAMES
from qa.answers.missing import missing_words
from qa.answers.persons import office
from qa.answers.plainly import formally
from qa.answers.protocol import Archive
from qa.answers.scoring import Scored, Weights, confidence, score, support
from qa.answers.shorts import short_answer, short_of_both
from qa.answers.spelling import mended
from qa.answers.weighing import Weighted, expansion, weigh
from qa.conversation.question import Question, analyse
from qa.datatypes import Answer, Article, Citation, Hit, Status
from qa.text import fold

RETRIEVED: Final = 16  # passages whose sentences are read
_CLEARLY: Final = 0.7  # a less likely reading of a follow-up must be so much surer
_NAMED: Final = 0.5  # confidence below which a short answer is more often wrong than right
_SIGNED: Final = 0.9  # confidence in a byline under the headline asked about: it says who wrote that
_RARE: Final = re.compile(
    r"哪[里儿]人|何方人|籍贯|电话|手机号|联系方式|热线|(?:拿|得|获|夺)[了得到]*第一(?=[?的]|$)|夺冠|(?:冠军|第一名)是谁"
)  # a story has one or none
_NEAR: Final = 4.0  # log odds within which another sentence may be what is asked for
_TITLED: Final = 0.8  # the same in a sentence that gives the office of somebody asked about
_DISPLAY: Final = frozenset({"headline", "subhead", "section", "byline"})
_AUTHOR: Final = re.compile(
    r"(?<![工合创])作者|记者(?![会节站])|通讯员|撰写|执笔|摄影(?!大?赛|比赛|展|作品|协会|班|课)"
    r"|\b(?:authors?|reporters?|writers?|written|photographers?|photographed)\b"
)
_PARTS: Final = re.compile(r"[?？;；\n]\s*")


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What one reading of a question found: the retrieved passages, the sentences best first, and how sure it is."""

    question: Question
    weighted: Weighted
    hits: list[Hit]
    scored: list[Scored]
    confidence: float
    support: float


def find(archive: Archive, text: str, sources: Sequence[str] | None, learned: Weights) -> Finding:
    question = analyse(text)
    weighted = weigh(archive, question)
    hits = retrieve(archive, question, sources, weighted)
    hidden = _DISPLAY - {"byline"} if asks_for_author(question) else _DISPLAY
    scored = score(archive, question, candidates(hits), learned, answering(archive, hidden), weighted)
    if hidden != _DISPLAY:
        scored = signed(archive, scored)
    sure, held = confidence(scored, learned), support(scored, learned)
    if hidden != _DISPLAY and is_signature(archive, question, scored):
        sure, held = max(sure, _SIGNED), max(held, _SIGNED)
    if scored and office(question, scored[0].candidate.sentence.text):
        sure, held = max(sure, _TITLED), max(held, _TITLED)
    if scored:
        unlikely = UNKNOWN_NAME if unknown_names(archive, question) else 1.0
        factor = _plausible(archive, question, scored[0].candidate)
        other = _more_plausible(archive, question, scored) if factor < 1 and _RARE.search(fold(question.text)) else None
        if other:
            scored, factor = other, 1.0
            sure, held = confidence(scored, learned), support(scored, learned)
        sure, held = sure * factor * unlikely, held * factor * unlikely
    return Finding(question, weighted, hits, scored, sure, held)


def _plausible(archive: Archive, question: Question, one: Candidate) -> float:
    """`plausibility` of a candidate's sentence."""
    article, headlines = story(archive.article_of(one.hit.passage)).text, one.passage.context
    return plausibility(question, one.sentence.text, article + headlines, headlines)


def _more_plausible(archive: Archive, question: Question, scored: Sequence[Scored]) -> list[Scored] | None:
    """The candidates with the first of the best one's story first that has what the question asks for."""
    best = scored[0]
    home = best.candidate.hit.passage.source, best.candidate.hit.passage.number
    for one in scored[1:]:
        passage = one.candidate.hit.passage
        if best.score - one.score > _NEAR:
            return None
        if (passage.source, passage.number) == home and _plausible(archive, question, one.candidate) == 1:
            raised = replace(one, score=best.score)
            return [raised, *(other for other in scored if other is not one)]
    return None


def asks_for_author(question: Question) -> bool:
    """Whether the question wants the name in a byline: by its words, or as 《题目》是谁写的."""
    wrote = question.kind == "who" and bool(question.names) and "写" in question.content
    return wrote or _AUTHOR.search(question.content) is not None


def signed(archive: Archive, scored: list[Scored]) -> list[Scored]:
    """The candidates with the bylines that hold a name first: who wrote an article stands there."""
    column = NAMES.index("fits")
    names = [s for s in scored if s.row[column] > 0 and is_display(archive, s.candidate, frozenset({"byline"}))]
    return [*names, *(one for one in scored if one not in names)]


def is_signature(archive: Archive, question: Question, scored: Sequence[Scored]) -> bool:
    """Whether the best is a byline under the very headline that the question names in quotation marks."""
    best = scored[0].candidate if scored else None
    named = best is not None and any(name in best.passage.context for name in question.names)
    return best is not None and named and is_display(archive, best, frozenset({"byline"}))


def is_display(archive: Archive, candidate: Candidate, kinds: frozenset[str]) -> bool:
    """Whether the sentence is a headline, sub-head or byline: it names the matter and answers nothing."""
    return not answering(archive, kinds)(candidate)


def answering(archive: Archive, hidden: frozenset[str]) -> Callable[[Candidate], bool]:
    """Tells which sentences stand in no paragraph of the kinds `hidden`; each article is looked through once."""
    known: dict[tuple[str, int], str] = {}

    def answers(candidate: Candidate) -> bool:
        passage, sentence = candidate.hit.passage, candidate.sentence
        key = passage.source, passage.number
        if key not in known:
            known[key] = displays(archive.article_of(passage), hidden)
        return passage.text[sentence.start : sentence.end] not in known[key]

    return answers


def displays(article: Article, kinds: frozenset[str]) -> str:
    """The paragraphs of these kinds, one after the other, with a character between them that stands in no sentence."""
    return "\0".join(one.text for one in article.paragraphs if one.kind in kinds)


def best_finding(archive: Archive, readings: Sequence[str], sources: Sequence[str] | None, learned: Weights) -> Finding:
    """The finding of the first reading, unless another is clearly surer; at last of the question said otherwise."""
    tried = [find(archive, reading, sources, learned) for reading in readings]
    best = max(tried, key=lambda finding: finding.support)
    if best.support < tried[0].support + _CLEARLY:
        best = tried[0]
    if best.support < _NAMED:
        best = _in_its_words(archive, best, sources, learned)
    if best.support >= learned.threshold:
        return best
    again = (find(archive, other, sources, learned) for other in _otherwise(archive, best))
    return next((one for one in again if one.support >= learned.threshold), best)


def _in_its_words(archive: Archive, finding: Finding, sources: Sequence[str] | None, learned: Weights) -> Finding:
    """The finding of the question with the verb by which the best sentence tells who did it, where that is surer."""
    best = finding.scored[0].candidate.sentence.text if finding.scored else ""
    other = in_its_words(finding.question, best)
    again = find(archive, other, sources, learned) if other else finding
    return again if again.support > finding.support else finding


def _otherwise(archive: Archive, finding: Finding) -> Iterator[str]:
    """The question of a finding that is not sure enough: respelled, then in more formal words."""
    text = finding.question.text
    yield from filter(None, (mended(archive, text), formally(text)))


def retrieve(
    archive: Archive, question: Question, sources: Sequence[str] | None, weighted: Weighted | None = None
) -> list[Hit]:
    """The passages to read; for an English question also those that hold the Chinese words it may stand for."""
    hits = archive.search(question.text, RETRIEVED, sources=sources)
    more = weighted.chinese if weighted else expansion(archive, question)
    if not more:
        return hits
    both = zip(archive.search(more, RETRIEVED, sources=sources), hits, strict=False)
    mixed = {hit.passage.id: hit for pair in both for hit in pair}
    return [replace(hit, rank=rank) for rank, hit in enumerate(list(mixed.values())[:RETRIEVED], 1)]


def respond(archive: Archive, finding: Finding, learned: Weights) -> Answer:
    """The answer record of one finding; its question is the one understood."""
    text = finding.question.text
    citations = quote(archive, finding) if finding.support >= learned.threshold else ()
    if not citations:
        found = [one.candidate for one in finding.scored]
        missing = missing_words(archive, finding.question, found)
        return Answer(text, text, "not_found", confidence=finding.confidence, missing=missing)
    weighted = finding.weighted
    first, short = short_of(finding, weighted, citations)
    if first is None:
        return Answer(text, text, "answered", joined(citations), "", finding.confidence, citations)
    others = other_reports(archive, finding.question, weighted, finding.scored, first, short)
    more, claims = with_reports(archive, finding.question, citations, first, short, others)
    # A report that says the same is cited, and its words are not repeated.
    said = citations if len(claims) < 2 else more
    short = " / ".join(claim.value for claim in claims) or (short if finding.confidence >= _NAMED else "")
    return Answer(text, text, "answered", joined(said), short, finding.confidence, more, claims=claims)


def quote(archive: Archive, finding: Finding) -> tuple[Citation, ...]:
    """The sentences that answer, cited and numbered; a run that does not stand in the page is left out."""
    cited: list[Citation] = []
    for passage, start, end in runs_of(finding.question, finding.scored):
        citation = cite(archive, len(cited) + 1, passage, start, end)
        cited += [citation] if citation else []
    return tuple(cited)


def short_of(finding: Finding, weighted: Weighted, citations: Sequence[Citation]) -> tuple[Scored | None, str]:
    """The best of the quoted sentences, and its short answer; None and "" where it has none.

    Of several, the one that shares most letters of an office asked for. Where that has none, another's is mostly wrong.
    """
    best = sorted(
        finding.scored[:SENTENCES], key=lambda one: -office_shared(finding.question, one.candidate.sentence.text)
    )
    for one in best:
        sentence = one.candidate.sentence
        printed = one.candidate.hit.passage.text[sentence.start : sentence.end]
        if any(printed in citation.quote for citation in citations):
            ruled = short_answer(finding.question, weighted, sentence, printed)
            short = short_of_both(finding.question, ruled, one.span, printed)
            return (one, short) if short else (None, "")
    return None, ""


def joined(citations: Sequence[Citation]) -> str:
    """The quotes as one text; Western sentences keep a space between them."""
    parts = [one.quote + ("" if one.quote[-1:] > "\u2000" else " ") for one in citations]
    return "".join(parts).strip()


def split(text: str) -> list[str]:
    """The questions in `text`; one, unless several parts ask something."""
    parts = [part.strip() for part in _PARTS.split(text) if part.strip()]
    asking = [part for part in parts if analyse(part).kind != "other"]
    return parts if len(asking) > 1 else [text]


def merge(question: str, answers: Sequence[Answer]) -> Answer:
    """Several answers as one: partial where only some are found, as sure as the least sure that is given."""
    given = [one for one in answers if one.status == "answered"]
    missing = tuple(one.question for one in answers if one.status != "answered")
    understood = "?".join(one.understood_as.rstrip("?？") for one in answers) + "?"
    if not given:
        words = tuple(dict.fromkeys(word for one in answers for word in one.missing))
        return Answer(question, understood, "not_found", confidence=max(a.confidence for a in answers), missing=words)
    citations = tuple(replace(c, n=n) for n, c in enumerate((c for one in given for c in one.citations), 1))
    text = " ".join(one.answer for one in given) if any(one.claims for one in given) else joined(citations)
    short = "; ".join(one.short_answer for one in given) if all(one.short_answer for one in given) else ""
    status: Status = "partial" if missing else "answered"
    return Answer(
        question, understood, status, text, short, min(a.confidence for a in given), citations, (), missing, claims=()
    )
