"""Questions with known answers, made into training examples: answerable ones and near misses that must be refused."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.answers.corpus import Corpus
from qa.conversation.question import analyse
from qa.datatypes import Article, Hit, Mode, Page, Paragraph, Passage
from qa.text import fold, sentences, squeeze, terms

SIZES = (40, 120, 400, 1200)  # texts in one corpus
_BESIDE = 3  # texts before and after one in its file that may be of the same article


@dataclass(frozen=True, slots=True)
class Example:
    """A question put to a corpus. `gold` are the answers in the text `source`; none when it must be refused."""

    question: str
    source: str
    gold: tuple[str, ...]
    sentence: str = ""  # the sentence that holds the answer
    trick: str = ""  # how an answerable question was made unanswerable: text, sentence, word, asked
    retold: bool = False  # whether the question was put in other words
    elsewhere: tuple[str, ...] = ()  # other texts that hold the answers


def read(file: Path) -> list[tuple[str, list[Example]]]:
    """Each context of a SQuAD-like file with its questions."""
    found = []
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            record = json.loads(line)
            source = f"{file.name}:{number}"
            found.append((record["context"], [_example(source, record["context"], qa) for qa in record["qas"]]))
    return found


def _example(source: str, context: str, qa: dict[str, object]) -> Example:
    answers = [one for one in qa["answers"] if one["text"] not in ("YES", "NO")]  # type: ignore[attr-defined]
    gold = tuple(dict.fromkeys(one["text"] for one in answers))
    sentence = ""
    for start, end in sentences(context) if gold else []:
        if start <= answers[0]["start"] < end:
            sentence = context[start:end]
    known = gold if sentence and gold[0] in context else ()
    return Example(
        str(qa["question"]), source, known, sentence, "" if known else "given" if qa.get("impossible") else "skip"
    )


def corpora(
    texts: Sequence[tuple[str, list[Example]]], seed: int, beside: Sequence[tuple[str, list[Example]]] = ()
) -> Iterator[tuple[dict[str, str], list[Example]]]:
    """The texts in corpora of changing size, so that rarity is learned for small archives and large ones.

    Texts of `beside` that stand next to one of a corpus in their file join it, and nothing is asked about them: they
    are mostly of the same article, which is what makes it hard to tell that something is missing.
    """
    shuffler = random.Random(seed)
    order = list(texts)
    shuffler.shuffle(order)
    position, turn = 0, 0
    while position < len(order):
        part = order[position : position + SIZES[turn % len(SIZES)]]
        position, turn = position + len(part), turn + 1
        held = {qas[0].source: context for context, qas in part if qas}
        near = {place for source in held for place in _next_to(source)} if beside else set()
        held |= {qas[0].source: context for context, qas in beside if qas and qas[0].source in near - held.keys()}
        yield held, [one for _, qas in part for one in qas]


def _next_to(source: str) -> list[str]:
    name, _, number = source.rpartition(":")
    return [f"{name}:{int(number) + step}" for step in range(-_BESIDE, _BESIDE + 1)]


class Without:
    """A corpus as if one text, or one sentence of it, had never been printed."""

    def __init__(self, corpus: Corpus, source: str, sentence: str = "") -> None:
        self._corpus, self._source, self._sentence = corpus, source, sentence
        touched = [p.text for p in corpus.passages if p.source == source and (not sentence or sentence in p.text)]
        self._lost = Counter(term for text in touched for term in set(terms(text)) - set(terms(self._cut(text))))

    @property
    def passage_count(self) -> int:
        return self._corpus.passage_count

    def page(self, source: str) -> Page:
        return self._corpus.page(source)

    def changed(self, source: str) -> bool:
        return self._corpus.changed(source)

    def document_frequency(self, term: str) -> int:
        return self._corpus.document_frequency(term) - self._lost[term]

    def article_of(self, passage: Passage) -> Article:
        article = self._corpus.article_of(passage)
        if passage.source != self._source:
            return article
        return Article(article.source, "", tuple(Paragraph(self._cut(p.text), p.spans) for p in article.paragraphs))

    def search(
        self, query: str, k: int = 10, *, mode: Mode = "hybrid", sources: Sequence[str] | None = None
    ) -> list[Hit]:
        hits = self._corpus.search(query, k + 3, mode=mode, sources=sources)
        kept = [
            _changed(hit, self._cut(hit.passage.text)) if hit.passage.source == self._source else hit for hit in hits
        ]
        kept = [hit for hit in kept if hit.passage.text.strip()][:k]
        return [Hit(hit.passage, hit.score, rank) for rank, hit in enumerate(kept, 1)]

    def _cut(self, text: str) -> str:
        return text.replace(self._sentence, "") if self._sentence else ""


def _changed(hit: Hit, text: str) -> Hit:
    old = hit.passage
    return Hit(Passage(text, old.spans, id=old.id, source=old.source, lines=old.lines), hit.score, hit.rank)


def near_miss(example: Example, others: Sequence[str], chance: random.Random) -> Example:
    """`example` made unanswerable in one of four ways."""
    trick = chance.choice(("text", "text", "text", "sentence", "sentence", "word", "word", "asked", "asked"))
    question: str | None = example.question
    if trick in ("word", "asked"):
        question = (_exchanged if trick == "word" else _asked)(example.question, others, chance)
    if question is None:
        trick, question = "sentence", example.question
    return Example(question, example.source, (), example.sentence, trick)


def _exchanged(question: str, others: Sequence[str], chance: random.Random) -> str | None:
    """The question with a year moved, or with one of its content words exchanged for one of another question."""
    folded = fold(question)
    years = re.findall(r"(?<![0-9])[12][0-9]{3}(?=年)", folded)
    if years and chance.random() < 0.7:
        year = chance.choice(years)
        return folded.replace(year, str(int(year) + chance.choice((-9, -7, -4, -3, -2, 2, 3, 5, 8))))
    words = [word for word in analyse(question).words if 2 <= len(word) <= 10]
    if len(words) < 2:
        return None
    word = chance.choice(words)
    for other in chance.sample(list(others), min(20, len(others))):
        fitting = [w for w in analyse(other).words if abs(len(w) - len(word)) <= 1 and not set(w) & set(word)]
        if fitting:
            return folded.replace(word, chance.choice(fitting))
    return None


def _asked(question: str, others: Sequence[str], chance: random.Random) -> str | None:
    """The question with what it asks for (主席 of 主席是谁) exchanged for what another of its kind asks for."""
    one = analyse(question)
    noun = one.before[-2:]
    for other in chance.sample(list(others), min(40, len(others))) if len(noun) > 1 else ():
        there = analyse(other)
        instead = there.before[-2:]
        fits = there.kind == one.kind and len(instead) > 1 and not set(instead) & set(question)
        if fits:
            return fold(question).replace(noun, instead)
    return None


def is_right(sentence: str, example: Example) -> bool:
    """Whether a sentence holds one of the gold answers, or most of a long one."""
    text = squeeze(fold(sentence))
    for gold in example.gold:
        wanted = squeeze(fold(gold)).strip("。,、;")
        if wanted in text or (len(text) > 12 and text.strip("。,、;") in wanted):
            return True
    return False
