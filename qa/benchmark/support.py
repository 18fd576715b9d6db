"""How well the check on retold sentences tells true from false: `python -m qa.benchmark support --data FOLDER`.

FOLDER holds `drcd_dev.jsonl.gz` and `cmrc2018_train.jsonl.gz`. True sentences are people's own words: a question with
its answer put where it asks, beside the three sentences of the text around that answer; and sentences of the text,
whole and with one clause left out. False ones exchange a number, a name, the answer or the text, add a negation or take
one away. Prints for each kind the share that is accepted; the true kinds should be near 1, the others near 0.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.answers.samples import Example, read
from qa.text import sentences
from qa.writing.support import fault, names

FILES = ("drcd_dev.jsonl.gz", "cmrc2018_train.jsonl.gz")
_ASKS = (
    (re.compile(r"多少(?=[^\d])|几(?=[个位名次年天场所家件月日])"), re.compile(r"^\d[\d,.]*")),
    (re.compile(r"什么时候|何时|哪一?年|哪一?天|什么时间|何年"), re.compile(r"^.*\d+[年月日].*$")),
    (re.compile(r"谁|哪[一]?位|何人|什么人"), re.compile(r"^[^\d,。]{2,12}$")),
    (re.compile(r"哪里|哪儿|何处|何地|什么地方"), re.compile(r"^[^\d,。]{2,12}$")),
)
_NOT = re.compile(r"不(?=[能会可是用])|没有|未(?=[能经])")
_MAY_NOT = re.compile(r"(?<!不)(?=能够|可以|会在|是在|成为|获得|属于|拥有|出生|建立|成立|参加|担任)")


@dataclass(frozen=True, slots=True)
class Case:
    kind: str
    true: bool
    sentence: str
    quotes: tuple[str, ...]


def cases(texts: Sequence[tuple[str, list[Example]]], seed: int = 1) -> Iterator[Case]:
    """Sentences with their quotes, true ones and false ones made of them."""
    chance = random.Random(seed)
    pool = [gold for _, asked in texts for one in asked for gold in one.gold]
    for number, (context, asked) in enumerate(texts):
        elsewhere = tuple(_split(texts[number - 1][0])[:3])
        for one in asked:
            quotes = tuple(around(context, one.sentence))
            stated = statement(one)
            if stated and quotes:
                yield Case("stated", True, stated, quotes)
                yield Case("stated, other text", False, stated, elsewhere)
                yield from _falsified("stated", stated, quotes, one.gold[0], pool, chance)
            if one.sentence and quotes:
                yield Case("copied", True, one.sentence, quotes)
                yield from _shortened(one.sentence, quotes, chance)
                yield from _falsified("copied", one.sentence, quotes, "", pool, chance)


def around(context: str, sentence: str) -> list[str]:
    """The sentence with its neighbours."""
    parts = _split(context)
    at = parts.index(sentence) if sentence in parts else -1
    return parts[max(0, at - 1) : at + 2] if at >= 0 else []


def _split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def statement(one: Example) -> str:
    """The question as a statement of its answer, or "" where that is no matter of one exchange."""
    for asks, fits in _ASKS:
        found, answer = asks.findall(one.question), fits.match(one.gold[0]) if one.gold else None
        if len(found) == 1 and answer and not re.search("什么|为何|哪|怎|吗", asks.sub("", one.question)):
            return asks.sub(answer[0], one.question).rstrip("?？ ") + "。"
    return ""


def _shortened(sentence: str, quotes: tuple[str, ...], chance: random.Random) -> Iterator[Case]:
    clauses = re.split(r"(?<=[，;；])|(?<=,)(?!\d)", sentence)
    if len(clauses) > 2:
        clauses.pop(chance.randrange(len(clauses) - 1))
        yield Case("a clause left out", True, "".join(clauses), quotes)


def _falsified(
    kind: str, true: str, quotes: tuple[str, ...], gold: str, pool: Sequence[str], chance: random.Random
) -> Iterator[Case]:
    numbers = [match for match in re.finditer(r"\d+(?:\.\d+)?", true) if len(match[0]) < 9]
    if numbers:
        match = chance.choice(numbers)
        other = str(int(float(match[0])) + chance.choice((1, 2, 3, 7, 10, 100)))
        yield Case(f"{kind}, number", False, true[: match.start()] + other + true[match.end() :], quotes)
    named = [name for name in names(true) if name in true and len(name) > 1]
    if named:
        name = chance.choice(named)
        others = [
            one for one in chance.sample(pool, min(60, len(pool))) if 2 <= len(one) <= 8 and not set(one) & set(name)
        ]
        others = [one for one in others if not re.search(r"\d", one)]
        if others:
            yield Case(f"{kind}, name", False, true.replace(name, others[0]), quotes)
    if gold and not re.search(r"\d", gold) and gold in true:
        others = [
            one for one in chance.sample(pool, min(60, len(pool))) if 2 <= len(one) <= 12 and one not in "".join(quotes)
        ]
        others = [one for one in others if not re.search(r"\d", one)]
        if others:
            yield Case(f"{kind}, answer", False, true.replace(gold, others[0]), quotes)
    if _NOT.search(true):
        yield Case(f"{kind}, negation left out", False, _NOT.sub("", true, count=1), quotes)
    if _MAY_NOT.search(true):
        yield Case(f"{kind}, negation put in", False, _MAY_NOT.sub("没有", true, count=1), quotes)


def judged(made: Sequence[Case]) -> dict[str, Counter[str]]:
    """For each kind of case how often each fault was found; "" counts the accepted ones."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for case in made:
        found[f"{'true ' if case.true else 'false'}  {case.kind}"][fault(case.sentence, case.quotes)] += 1
    return dict(sorted(found.items(), reverse=True))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark support", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the question files")
    parser.add_argument("--texts", type=int, default=150, metavar="N", help="of each file")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="wrongly judged cases of each kind to print")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    made = [case for name in FILES for case in cases(read(options.data / name)[: options.texts])]
    found = judged(made)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for kind, counts in found.items():
        rest = ", ".join(f"{name} {count}" for name, count in counts.most_common() if name)
        print(f"{kind:<36}{counts.total():>6}  accepted {counts[''] / counts.total():.3f}   {rest}")
        wrong = [
            case for case in made if case.kind == kind[7:] and case.true != (not fault(case.sentence, case.quotes))
        ]
        for case in wrong[: options.show]:
            print(f"    {fault(case.sentence, case.quotes):<9}{case.sentence}\n             {' '.join(case.quotes)}")
    return 0
