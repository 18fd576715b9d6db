"""The short answer: the exact span in the quoted sentence for who, when, where, how many and which."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Final

from qa.answers.agents import can_be_said, doer
from qa.answers.evidence import Sentence
from qa.answers.features import closeness, expected_spans
from qa.answers.persons import office
from qa.answers.rereading import Span
from qa.answers.shapes import numbered, shaped
from qa.answers.spans import TypedSpan, typed_spans
from qa.answers.weighing import Weighted
from qa.conversation.question import Question
from qa.text import fold, is_han

_LONG: Final = 16  # characters of a place or a title
_LOCATED: Final = 0.7  # weight of a place that stands after 在, 位于 or 来自
_CLAUSE: Final = re.compile(r"[由是的年将把被时]|可以|就是")
_ODD: Final = re.compile(r"[a-z/ ]|^[0-9]")
_DOTTED: Final = re.compile(r"[·・‧•]")
_BYLINE: Final = 30  # characters of a line that holds a name and little else
_LOWEST: Final = 0.15  # of closeness times weight
_RANGE: Final = re.compile(r"[^,。;]{0,8}(?:到|至)[^,。;]{0,3}$")
_CHANGE: Final = re.compile(r"(?:缩减|减少|减|降低|下降|增加|增长|提高|提升|上升|缩短|变|改|扩大)(?:为|到|至)")
_CHANGED_TO: Final = re.compile(r"[^,。;]{0,8}(?:到|至|为|成)了?")
_FROM: Final = re.compile(r"[从由自][^,。;从由自]{0,8}$")
_CENTS: Final = re.compile(r"[0-9一二三四五六七八九]+[角分]")
_WHOLE_SENTENCE: Final = re.compile(  # what a sentence tells, and none of its words alone
    r"干[嘛吗]|(?:什么|啥)(?:规矩|讲究|好处|坏处|意义|影响)|有(?:什么|啥)用|(?:什么|啥)用处?[?]?$|好在哪"
)
_FORMER: Final = re.compile(r"原|以前|之前|过去|從前|从前|曾|從|从|originally|before")
_RATE: Final = re.compile(r"率|比例|占比|百分")
_SUM: Final = re.compile(r"金额|资金|总额|多少钱|how much|投资|费用|价格")
_SHARE: Final = ("%", "‰", "个百分点")
_MONEY: Final = ("元", "美元", "英镑", "欧元", "港元", "日元", "块", "万元")
_SHORT: Final = ("who", "when", "where", "number", "which", "other", "definition", "why", "list")
_TOLD: Final = ("definition", "why", "list")  # kinds mostly answered by a whole sentence: named only where quite sure
_FORMED: Final = ("who", "when", "number")  # kinds whose answers have a form that rules can know
_EDGES: Final = "。,，、;；:：!！?？ \t\n"
_FIGURE: Final = re.compile(r"[0-9０-９零〇一二三四五六七八九十百千万亿两半]")
_SURE: Final = 0.5  # chance of the reader's answer from which it is given against a rule
_LIKELY: Final = 0.3  # the same where no rule names another: half of its letters are right, or more
_CERTAIN: Final = 0.8  # chance from which whoever it names need not look like somebody (慈禧太后)
_DOUBTED: Final = 0.15  # chance below which it does not speak against another
_ASKED_NUMBER: Final = re.compile(r"多少|几")
_ASKED_HOUR: Final = re.compile(r"几点(?!钟头)|几时|what time")
_HOUR: Final = re.compile(
    r"(?:凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|夜里)?(?:[0-9]{1,2}|[零一二三四五六七八九十两]{1,3})"
    r"(?: ?[点时時點](?:半|整|[0-9零一二三四五六七八九十]{1,3}分)?|:[0-9]{2}| ?[ap]\.?m)|noon|midnight|正午|午夜"
)


def short_answer(question: Question, weighted: Weighted, sentence: Sentence, original: str) -> str:
    """The part of `original` (the sentence as printed, of the length of `sentence.text`) that answers, or ""."""
    asked = fold(question.text)
    spans = [span for span in expected_spans(question, asked, sentence) if _fits(question, span, sentence)]
    spans = [span for span in spans if _tells_hour(asked, sentence.text[span.start : span.end])]
    spans = _of_measure(question, asked, [span for span in spans if _is_clean(question, span, sentence.text)])
    if not spans:
        return ""
    near = closeness(spans, weighted.places(sentence))
    after = closeness(spans, [sentence.text.find(term) for term in _pairs(question) if term in sentence.text])
    ranked = sorted(
        zip((a + b for a, b in zip(near, after, strict=True)), range(len(spans)), strict=True), reverse=True
    )
    score, chosen = ranked[0]
    chosen = _last_of_change(asked, sentence.text, spans, chosen)
    alone = len(spans) == 1 and len(sentence.text) < _BYLINE
    if (score < _LOWEST and not alone) or question.kind in ("how", "why", "definition", "list"):
        return ""
    start, end = _widened(question, asked, sentence.text, spans[chosen], spans)
    return original[start:end].strip()


_ASKED_DAY: Final = re.compile(r"几月|几[号日]|哪一?[天日月]|what (?:day|date|month)")
_DAY: Final = re.compile(r"[月日号天节夕]|星期|周|[a-z]{3}|[0-9][.\-/][0-9]")
_MEANING: Final = re.compile(r"(?:什么|啥)(?:意思|含义)")
_MEANT: Final = 8  # letters: fewer are mostly a part of what is meant
_FILLER: Final = re.compile(r"据悉|据了解|据介绍|近日|日前|目前|.{0,2}讯")


def short_of_both(question: Question, ruled: str, read: Span | None, original: str) -> str:
    """What `agreed` gives, or the other of both, as soon as it has the shape of an answer and tells something."""

    def formed(one: str) -> str:
        found = shaped(question, one, original) if one else ""
        sure = read is not None and read.chance >= _CERTAIN and found in likely
        return found if tells(question, found) and can_be_said(question, found, original, sure) else ""

    if _WHOLE_SENTENCE.search(fold(question.text)):
        return ""
    likely = original[read.start : read.end].strip(_EDGES) if read and read.chance >= _LIKELY else ""
    ruled = ruled if formed(ruled) else ""
    both = agreed(question, ruled, read, original)
    tried = (numbered(question, original), both, *((ruled, likely) if both else ()))
    found = next((found for one in tried if (found := formed(one))), "")
    return from_to(question, original) or office(question, original) or doer(question, found, original) or found


def from_to(question: Question, original: str) -> str:
    """Both ends of a change, where the question asks for both: 从19起减少到6起; "" where it does not tell of one."""
    text = fold(original)
    numbers = [span for span in typed_spans(text) if span.kind == "number"]
    pairs = [
        (one, other) for one, other in itertools.pairwise(numbers) if _CHANGED_TO.fullmatch(text[one.end : other.start])
    ]
    if len(_ASKED_NUMBER.findall(fold(question.text))) != 2 or len(pairs) != 1:
        return ""
    (one, other), before = pairs[0], _FROM.search(text[: pairs[0][0].start])
    rest = _CENTS.match(text, other.end)
    return original[before.start() if before else one.start : rest.end() if rest else other.end]


def tells(question: Question, found: str) -> bool:
    """Whether `found` tells something: not the question's own words, no filler, a day where a day is asked."""
    words, asked = fold(found), fold(question.text)
    if _MEANING.search(asked) and len(words) < _MEANT:
        return False
    if not words or (_ASKED_DAY.search(asked) and not _DAY.search(words)):
        return False
    if question.lang == "en" or _FIGURE.search(words):
        return True
    new = [letter for i, letter in enumerate(words) if letter.isalnum() and not _asked(asked, words, i)]
    return len(new) > 1 and not _FILLER.fullmatch(words)


def _asked(asked: str, words: str, place: int) -> bool:
    """Whether the letter of `words` at `place` stands in a pair of letters that the question holds."""
    return any(
        len(pair) == 2 and pair in asked for pair in (words[max(0, place - 1) : place + 1], words[place : place + 2])
    )


def agreed(question: Question, ruled: str, read: Span | None, original: str) -> str:
    """The short answer of the rules or of the reader, as both are sure.

    The rules know units and the forms of names and times, the reader whether the sentence gives what is asked for:
    where they do not mean the same place it has the word if it is sure, and there is none if it is not.
    """
    if read is None or question.kind not in _SHORT:
        return ruled
    found = original[read.start : read.end].strip(_EDGES)
    if _ASKED_HOUR.search(fold(question.text)):
        hours = list(_HOUR.finditer(fold(found)))
        return found[slice(*hours[0].span())] if len(hours) == 1 and read.chance >= _DOUBTED else ruled
    formed = question.kind in _FORMED
    changed = (
        question.kind == "number" and _CHANGE.match(fold(original), read.end) and not _FORMER.search(question.text)
    )
    if formed and ruled and read.chance >= _LIKELY and (ruled in found or found in ruled or changed):
        return ruled
    least = _SURE if question.kind in _TOLD or (formed and ruled) else _LIKELY
    if read.chance >= least and found and (question.kind != "number" or _FIGURE.search(found)):
        return found
    return "" if found else ruled


def _tells_hour(asked: str, words: str) -> bool:
    """Whether `words` name an hour where the question asks for one; a day alone is no answer to it."""
    return _ASKED_HOUR.search(asked) is None or _HOUR.search(words) is not None


def _is_clean(question: Question, span: TypedSpan, text: str) -> bool:
    """Whether the span is surely all of an answer and nothing but it: none is better than a wrong one."""
    words, beside = text[span.start : span.end], text[span.start - 1 : span.start] + text[span.end : span.end + 1]
    if question.kind == "which":
        return span.kind == "name" and len(words) <= _LONG
    if span.kind == "where":
        return span.weight >= _LOCATED and len(words) <= _LONG and not _CLAUSE.search(words)
    if span.kind == "number":
        return bool(span.unit) or not _ODD.search(text[max(0, span.start - 1) : span.end + 2])
    return not (span.kind == "who" and _DOTTED.search(words) and any(map(is_han, beside)))


def _of_measure(question: Question, asked: str, spans: list[TypedSpan]) -> list[TypedSpan]:
    """Shares for a rate, money for a sum, and of numbers those with exactly the unit asked for, where there are any."""
    exact = [span for span in spans if question.unit and span.unit and question.unit.startswith(span.unit)]
    shares = [span for span in spans if span.unit in _SHARE and _RATE.search(asked)]
    money = [span for span in spans if span.unit in _MONEY and _SUM.search(asked)]
    return exact or shares or money or spans


def _last_of_change(asked: str, text: str, spans: Sequence[TypedSpan], chosen: int) -> int:
    """Where something went from one number to another, the second, unless the question asks for both."""
    if len(_ASKED_NUMBER.findall(asked)) > 1 or _FORMER.search(asked):
        return chosen
    start = spans[chosen].end
    later = [
        i for i, span in enumerate(spans) if 0 < span.start - start < 8 and _CHANGE.search(text[start : span.start])
    ]
    return later[0] if later else chosen


def _pairs(question: Question) -> list[str]:
    """The pairs of characters just before and after the word that asks."""
    return [side[i : i + 2] for side in (question.before[-4:], question.after[:4]) for i in range(len(side) - 1)]


def _fits(question: Question, span: TypedSpan, sentence: Sentence) -> bool:
    """Whether a number counts what is asked for."""
    if not question.unit or span.kind != "number":
        return True
    if span.unit and (span.unit[0] in question.unit[:1] or (span.unit[0] == "个" and question.unit[0] not in "人元")):
        return True
    after = sentence.text[span.end - len(span.unit) : span.end + 6]
    return (
        any(question.unit[i : i + 2] in after for i in range(len(question.unit) - 1)) or question.unit[0] in after[:2]
    )


def _widened(question: Question, asked: str, text: str, span: TypedSpan, spans: Sequence[TypedSpan]) -> tuple[int, int]:
    """The span with the noun the question ends in, both ends of a range, all names of a row."""
    start, end = span.start, span.end
    if span.kind == "number" and question.unit:
        tail = asked[asked.find(question.unit) :].rstrip(" ?")
        if text.startswith(tail, end - len(span.unit)):
            end = max(end, end - len(span.unit) + len(tail))
    others = sorted((other for other in spans if other.kind == span.kind), key=lambda other: other.start)
    for other in others:
        if len(_ASKED_NUMBER.findall(asked)) > 1 and other.start > end and _RANGE.match(text[end : other.start]):
            return start, other.end
        if span.kind == "who" and text[end : other.start] in ("、", "和") and other.start > end:
            end = other.end
    for other in reversed(others):
        if len(_ASKED_NUMBER.findall(asked)) > 1 and other.end < start and _RANGE.match(text[other.end : start]):
            return other.start, end
        if span.kind == "who" and other.end < start and text[other.end : start] in ("、", "和"):
            start = other.start
    return start, end
