"""Questions made for training where no public set has them: about news under a headline, and in English.

A news question takes its matter from the headline and the rest from one clause of the body, with the answer exchanged
for the word that asks (a cloze; Lewis et al. 2019). An English one is a Chinese question read word by word through a
dictionary, its names in pinyin: what a reader without Chinese asks of Chinese pages.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from qa.answers.samples import Example
from qa.answers.spans import TypedSpan, typed_spans
from qa.conversation.question import analyse
from qa.text import fold, is_han, sentences

_CLAUSE: Final = re.compile(r"[^,。;:!?、\n]+")
_EVERY: Final = 20  # one news item in so many is used
_ASKING: Final = {
    "who": "who is", "when": "when was", "where": "where is", "number": "how many", "definition": "what is the",
    "list": "what are the", "how": "how", "why": "why", "which": "which", "other": "",
}  # fmt: skip


def news(folder: Path, most: int, seed: int) -> list[tuple[str, list[Example]]]:
    """News items, the headline on the first line, each with the questions made of it."""
    chance, found = random.Random(seed), list[tuple[str, list[Example]]]()
    with gzip.open(folder / "xwlb_news.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % _EVERY == 0 and len(found) < most:
                item = json.loads(line)
                title, body = headline(item["title"]), item["body"].strip()
                examples = list(asked_of(f"news:{number}", title, body, chance))[:3]
                if examples and 150 < len(body) < 2500:
                    found.append((f"{title}\n{body}", examples))
    return found


def headline(title: str) -> str:
    """The title of a news item as one line."""
    return re.sub(r"\s+", " ", title).strip()


def asked_of(source: str, title: str, body: str, chance: random.Random) -> Iterator[Example]:
    """Questions about `body`, at most one a sentence, under the headline `title`."""
    topics = [part for part in re.split(r"[\s,。:;!?“”《》【】|]+", fold(title)) if len(part) > 3] or [fold(title)]
    spans = sentences(body)
    chance.shuffle(spans)
    for start, end in spans:
        text = fold(body[start:end])
        fitting = [s for s in typed_spans(text) if s.kind in ("number", "when", "who") and s.weight >= 0.8]
        fitting = [s for s in fitting if s.end - s.start > 1 and text[s.start] != "第"]
        if fitting and len(text) > 15:
            span = chance.choice(fitting)
            question = _cloze(text, span, chance)
            if question:
                topic = chance.choice(topics)[-14:] if chance.random() < 0.8 else ""
                gold = text[span.start : span.end]
                yield Example(f"{topic}{question}", source, (gold,), body[start:end])


def _cloze(text: str, span: TypedSpan, chance: random.Random) -> str:
    """The clause around the answer, thinned, with the answer exchanged for the word that asks for it."""
    clause = next((m.span() for m in _CLAUSE.finditer(text) if m.start() <= span.start and span.end <= m.end()), None)
    if clause is None:
        return ""
    before, after = _thin(text[clause[0] : span.start], chance), _thin(text[span.end : clause[1]], chance)
    before, after = before[-chance.randint(4, 12) :], after[: chance.randint(3, 10)]
    if len(before) + len(after) < 3:
        return ""
    if span.kind == "number":
        return f"{before}{chance.choice(('多少', '多少', '几'))}{span.unit}{after}?"
    if span.kind == "when":
        return f"{before}{after}是{chance.choice(('什么时候', '哪一年', '何时', '哪天'))}?"
    return f"{before}是谁?" if len(before) > 3 and chance.random() < 0.6 else f"谁{after or before}?"


def _thin(text: str, chance: random.Random) -> str:
    parts = re.split(r"(?<=[的在和与等将了])", text)
    return "".join(part for part in parts if chance.random() < 0.75)


class English:
    """Chinese questions read word by word through CC-CEDICT (`cedict.tsv.gz` in `folder`)."""

    def __init__(self, folder: Path) -> None:
        self._gloss: dict[str, str] = {}
        self._pinyin: dict[str, str] = defaultdict(str)
        with gzip.open(folder / "cedict.tsv.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                simplified, _, pinyin, glosses = line.rstrip("\n").split("\t")
                first = re.sub(r"\([^)]*\)", " ", glosses.split("/")[0]).split(";")[0].strip()
                if re.fullmatch(r"[a-zA-Z' \-]{2,30}", first) and not first.startswith(("surname", "variant")):
                    self._gloss.setdefault(fold(simplified), re.sub(r"^to (?:be )?", "", first))
                if len(simplified) == 1:
                    self._pinyin.setdefault(simplified, re.sub("[0-9:]", "", pinyin.lower()))

    def question(self, text: str, chance: random.Random) -> str:
        """An English question about the same, some words lost, or "" where nothing can be made of it."""
        asked = analyse(text)
        words = [word for part in asked.words for word in self._words(part)]
        kept = [word for word in words if chance.random() < 0.85]
        return f"{_ASKING[asked.kind]} {' '.join(kept)}?".capitalize() if len(kept) > 1 else ""

    def _words(self, part: str) -> list[str]:
        if not is_han(part[0]):
            return [part]
        found, start, spelled = list[str](), 0, False
        while start < len(part):
            size = next(
                (n for n in (5, 4, 3, 2) if part[start : start + n] in self._gloss and start + n <= len(part)), 1
            )
            word = part[start : start + size]
            if size == 1 and spelled:
                found[-1] += self._pinyin[word]
            else:
                found.append(self._gloss[word] if size > 1 else self._pinyin[word])
            start, spelled = start + size, size == 1
        return found

    def example(self, example: Example, chance: random.Random) -> Example | None:
        question = self.question(example.question, chance)
        return replace(example, question=question) if question else None
