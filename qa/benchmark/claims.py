"""Do reports that agree or disagree show as such? `python -m qa.benchmark claims --data FOLDER [--stories N]`.

FOLDER holds news (`xwlb_news.jsonl.gz`) and synonyms (`cilin.tsv.gz`). Questions are made of a sentence of each story.
Asked of the stories alone, no disagreement should show: what does is invented, or a real one between two broadcasts.
Then a second report of each story is added, in other words and order, with the same value, and with another one: how
often are both cited and counted, and how often do both values stand side by side?
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from qa import answers
from qa.answers.claims import same_value
from qa.answers.corpus import plain_corpus
from qa.answers.evidence import static_encoder
from qa.answers.pseudo import news
from qa.answers.samples import Example
from qa.datatypes import Answer
from qa.text import fold
from qa.threads import bounded_threads

_CHANGED = 0.4
_LEAST = 40  # characters of a sentence that is retold


def synonyms(folder: Path) -> Mapping[str, str]:
    """A word for each word of two characters or more that stands in one set only."""
    sets: dict[str, list[list[str]]] = defaultdict(list)
    with gzip.open(folder / "cilin.tsv.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            words = [word for word in line.rstrip("\n").split("\t") if len(word) > 1]
            for word in words:
                sets[word].append(words)
    return {
        word: next(one for one in found[0] if one != word)
        for word, found in sets.items()
        if len(found) == 1 and len(found[0]) > 1
    }


def retold(text: str, keep: str, words: Mapping[str, str], chance: random.Random) -> str:
    """The sentence with two words in five exchanged and its clauses in another order; `keep` stays."""
    words = {word: other for word, other in words.items() if chance.random() < _CHANGED}
    clauses = re.split(r"[,，;；]", text.rstrip("。"))
    if len(clauses) > 2:
        clauses = [*clauses[1:], clauses[0]]
    kept = [clause for clause in clauses if keep in clause or chance.random() < 0.8]
    return "据了解," + ",".join(_exchanged(clause, keep, words) for clause in kept) + "。"


def _exchanged(clause: str, keep: str, words: Mapping[str, str]) -> str:
    found, start = "", 0
    place = clause.find(keep)
    while start < len(clause):
        if start == place:
            found, start = found + keep, start + len(keep)
            continue
        size = next((n for n in (4, 3, 2) if clause[start : start + n] in words), 0)
        found += words[clause[start : start + size]] if size else clause[start]
        start += size or 1
    return found


def other_value(gold: str, pool: Sequence[str], chance: random.Random) -> str:
    """Another value of the same form: a number moved, or another name."""
    number = re.search(r"[0-9]+", gold)
    if number:
        moved = str(int(number[0]) + chance.choice((1, 2, 3, 5)) * 10 ** max(len(number[0]) - 2, 0))
        return gold[: number.start()] + moved + gold[number.end() :]
    fitting = [one for one in pool if len(one) == len(gold) and not set(one) & set(gold)]
    return chance.choice(fitting) if fitting else ""


def judge(answer: Answer, gold: str, other: str) -> str:
    """What an answer makes of two reports; "" where it does not give the value at all."""
    values = [claim.value for claim in answer.claims] or [answer.short_answer]
    if gold not in fold(answer.answer):
        return "not answered" if not answer.citations else "answered with something else"
    if not answer.short_answer:
        return "no short answer"
    if len(values) > 1:
        right = any(same_value("number", fold(one), fold(other)) or fold(other) in fold(one) for one in values)
        return "both values" if right else "other values"
    return "counted" if answer.claims else "one report"


def run(folder: Path, stories: int, seed: int) -> dict[str, Counter[str]]:
    chance, words = random.Random(seed), synonyms(folder)
    texts = news(folder, stories, seed)
    chosen = [
        (context, one)
        for context, asked in texts
        for one in asked[:1]
        if len(one.sentence) >= _LEAST and re.search(r"[0-9]{2}|^[^0-9]{2,4}$", one.gold[0])
    ]
    pool = [one.gold[0] for _, one in chosen if not re.search(r"[0-9]", one.gold[0])]
    pages = {one.source: context for context, one in [(c, a[0]) for c, a in texts]}
    found: dict[str, Counter[str]] = {name: Counter() for name in ("alone", "agreeing", "disagreeing")}
    added: dict[str, dict[str, str]] = {"alone": {}, "agreeing": {}, "disagreeing": {}}
    asked: list[tuple[Example, str]] = []
    for context, one in chosen:
        gold = one.gold[0]
        other = other_value(gold, pool, chance)
        again = retold(fold(one.sentence), gold, words, chance)
        if not other or again.count(gold) != 1:
            continue
        some = {word: other for word, other in words.items() if chance.random() < _CHANGED}
        title = _exchanged(context.partition("\n")[0], gold, some)
        added["agreeing"][f"{one.source} again"] = f"{title}的报道\n{again}"
        added["disagreeing"][f"{one.source} again"] = f"{title}的报道\n{again.replace(gold, other)}"
        asked.append((replace(one, gold=(gold,)), other))
    for name, more in added.items():
        corpus = plain_corpus({**pages, **more}, static_encoder(), titled=True)
        for one, other in asked:
            with bounded_threads():
                answer = answers.answer(corpus, one.question)
            found[name][judge(answer, one.gold[0], other)] += 1
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark claims", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the data files")
    parser.add_argument("--stories", type=int, default=300, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found = run(options.data, options.stories, options.seed)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for name, counts in found.items():
        print(f"{name:<12}{counts.total():>5}  " + ", ".join(f"{k} {n}" for k, n in counts.most_common()))
    return 0
