"""What a change of form costs: `python -m qa.benchmark forms QUESTIONS --index DIR [--json]`.

Each question is asked as it is and in other forms, made by program: in Traditional Chinese, with a character
of the same sound, as keywords, with a word in quotation or book-title marks, politely and colloquially, without
punctuation, with spaces between the words, in full width, and two in one. Prints for each form how many are answered
right, and how many of the unanswerable ones are refused.
"""

from __future__ import annotations

import argparse
import functools
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qa import evaluation
from qa.archive import Archive
from qa.conversation import analyse
from qa.glosses import same_sound
from qa.questions import Question, read_questions
from qa.text import is_han, language

_LONG = 3  # characters of a word that can be misspelled or quoted and still be known
_END = re.compile(r"[?？。!！\s]+$")
Form = Callable[[str, random.Random], str]


def traditional(text: str, _: random.Random) -> str:
    return str(_converter().convert(text))


@functools.cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("s2t")


def misspelled(text: str, chance: random.Random) -> str:
    """One character inside a long word exchanged for a common one of the same sound."""
    words = [word for word in _words(text) if len(word) > _LONG]
    if not words:
        return ""
    word = chance.choice(words)
    places = [i for i in range(1, len(word) - 1) if same_sound(word[i])]
    if not places:
        return ""
    i = chance.choice(places)
    return text.replace(word, word[:i] + chance.choice(same_sound(word[i])[:12]) + word[i + 1 :], 1)


def keywords(text: str, _: random.Random) -> str:
    asked = analyse(text)
    return " ".join([*asked.words, *([asked.unit] if asked.unit else [])])


def quoted(text: str, chance: random.Random) -> str:
    return _marked(text, chance, "“", "”")


def titled(text: str, chance: random.Random) -> str:
    return _marked(text, chance, "《", "》")


def _marked(text: str, chance: random.Random, opening: str, closing: str) -> str:
    words = [] if re.search('[“”"《》]', text) else [word for word in _words(text) if len(word) >= _LONG]
    word = chance.choice(words) if words else ""
    return text.replace(word, f"{opening}{word}{closing}", 1) if word else ""


def polite(text: str, _: random.Random) -> str:
    return f"您好,请问一下,{_END.sub('', text)}呢?谢谢!"


def colloquial(text: str, _: random.Random) -> str:
    return f"我想知道{_END.sub('', text)}啊"


def bare(text: str, _: random.Random) -> str:
    return re.sub(r"(?<!\d)[^\w\s]|[^\w\s](?!\d)", "", text)  # 3.5 and 1,020 stay numbers


def spaced(text: str, _: random.Random) -> str:
    found = text
    for word in _words(text):
        found = found.replace(word, f" {word} ", 1)
    return found.strip()


def wide(text: str, _: random.Random) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


FORMS: dict[str, Form] = {
    "as it is": lambda text, _: text,
    "Traditional": traditional,
    "misspelled": misspelled,
    "keywords": keywords,
    "quoted": quoted,
    "book-title marks": titled,
    "polite": polite,
    "colloquial": colloquial,
    "no punctuation": bare,
    "spaced": spaced,
    "full width": wide,
}


def _words(text: str) -> list[str]:
    return [word for word in analyse(text).words if is_han(word[0]) and word in text]


def variants(questions: Sequence[Question], form: Form, seed: int = 1) -> list[Question]:
    """The Chinese questions in another form; those that have none are left out."""
    chance = random.Random(seed)
    made = [replace(one, question=form(one.question, chance)) for one in questions if language(one.question) == "zh"]
    return [one for one in made if one.question.strip()]


def doubled(questions: Sequence[Question], seed: int = 1) -> list[Question]:
    """Two answerable questions in one, each answer being needed."""
    chance = random.Random(seed)
    alone = [one for one in questions if one.answerable and not one.history and language(one.question) == "zh"]
    chance.shuffle(alone)
    return [
        replace(
            one,
            question=f"{_END.sub('', one.question)}?{_END.sub('', other.question)}?",
            docs=tuple(dict.fromkeys((*one.docs, *other.docs))),
            answers=tuple((*a, *b) for a in one.answers for b in other.answers),
            evidence=(*one.evidence, *other.evidence),
        )
        for one, other in zip(alone[::2], alone[1::2], strict=False)
    ]


def measured(archive: Archive, questions: Sequence[Question]) -> dict[str, tuple[int, int, int, int]]:
    """For each form: answered right, of how many answerable; rightly refused, of how many others."""
    asked = {name: variants(questions, form) for name, form in FORMS.items()} | {"two in one": doubled(questions)}
    found = {}
    for name, made in asked.items():
        judged = evaluation.evaluate(archive, made).judgements
        answerable = [one.right for one in judged if one.hit_1 is not None]
        others = [one.right for one in judged if one.hit_1 is None]
        found[name] = (sum(answerable), len(answerable), sum(others), len(others))
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark forms", description=__doc__)
    parser.add_argument("questions", type=Path, metavar="QUESTIONS")
    parser.add_argument("--index", default="index", metavar="DIR")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    questions, _ = read_questions(options.questions)
    with Archive.open(options.index) as archive:
        found = measured(archive, questions)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for name, (right, count, refused, others) in found.items():
        print(f"{name:<18}right {right:>3} of {count:<4} refused {refused:>3} of {others}")
    return 0
