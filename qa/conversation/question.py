"""What a question asks for: its kind, the unit or noun asked about, its content words and quoted names.

The kinds follow the coarse classes of Li and Roth (2002), cut down to what a newspaper answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from qa.conversation.patterns import compiled, kinds, words
from qa.text import CJK, fold, language

KINDS: Final = ("who", "when", "where", "number", "which", "definition", "list", "how", "why", "other")

_CHINESE: Final = tuple(
    (kind, re.compile("|".join([*(words("steps") if kind == "how" else ()), *asking])))
    for kind, asking in kinds("asking_chinese").items()
)
_ENGLISH: Final = tuple((kind, re.compile("|".join(words))) for kind, words in kinds("asking_english").items())
_HINTS: Final = tuple((kind, re.compile(f"(?:{'|'.join(words)})$")) for kind, words in kinds("hints").items())
_EMPTY_CHINESE: Final = compiled("empty_chinese")
_EMPTY_ENGLISH: Final = frozenset(words("empty_english"))
_QUOTED: Final = re.compile(r"[“\"「『《〈‘]([^”\"」』》〉’]{2,40})[”\"」』》〉’]")
_UNIT: Final = re.compile(rf"(?:多少|第?几)(?:个(?=人|小时|月))?(?:万亿|万|亿)?([{CJK}]{{1,4}})")
_NOUN: Final = re.compile(
    r"(?:哪(?:[一几些]?(?:[个家种本所支场次条届款类座首间]|部(?!门)|项(?!目)|门(?!店))|[一几些])|什么|何种|啥)(?:样的?)?"
    rf"([{CJK}]{{1,4}})"
)
_ATTRIBUTE: Final = re.compile(rf"的(?!意思|含义|定义|概念)[{CJK}]{{1,6}}?是(?:什么|啥)")
_LATIN_WORD: Final = re.compile(r"[a-z0-9][a-z0-9'\-]*(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Question:
    """A question analysed. `content` is the folded text with asking and empty words blanked, of the same length."""

    text: str
    lang: str  # "zh" or "en", by the words that ask
    kind: str  # one of KINDS
    content: str
    unit: str  # what is counted, the characters after 多少 or 几
    noun: str  # what is asked for, the characters after 什么 or 哪个
    names: tuple[str, ...]  # what stands in quotation marks or book-title marks, folded
    before: str  # content just before the word that asks (主席 in 主席是谁)
    after: str  # content just after it (名驾驶员 in 多少名驾驶员)
    count: int  # how many things are asked for (三 in 哪三个), 0 where none are counted

    @property
    def attribute(self) -> bool:
        """Whether it asks for something that a matter has (它名字的由来是什么), not for what it is."""
        return bool(_ATTRIBUTE.search(_mask(fold(self.text))))

    @property
    def words(self) -> tuple[str, ...]:
        """The content in runs between blanks and punctuation."""
        return tuple(re.findall(rf"[{CJK}]+|[^\W_{CJK}]+(?:[.'\-][^\W_{CJK}]+)*", self.content))


def analyse(text: str) -> Question:
    """What `text` asks for; a text that asks nothing (keywords) has the kind "other"."""
    folded = _without_courtesy(_in_common_words(fold(text)))
    names = tuple(name.strip() for name in _QUOTED.findall(folded))
    lang = _language(_mask(folded))
    kind, asked = _kind(_mask(folded).rstrip(), _CHINESE if lang == "zh" else _ENGLISH)
    content = _content(folded, lang, asked)
    before, after = _around(content, asked)
    if kind == "who" and not before and folded.lstrip().startswith(("谁是", "哪位是")):
        before, after = (re.findall(rf"[{CJK}]+", content) or [""])[-1][-6:], ""
    if kind in ("definition", "which", "other"):
        kind = next((hinted for hinted, pattern in _HINTS if pattern.search(before or content.rstrip(" ?"))), kind)
    unit = _first(_UNIT, folded) if kind == "number" else ""
    noun = _first(_NOUN, folded) if kind in ("which", "list", "who", "where") else ""
    return Question(text, lang, kind, content, unit, noun, names, before, after, _count(folded))


_GREETING: Final = re.compile(
    r"^\s*(?:(?:您好|你好|各位好|请问(?:一下)?|劳驾|打扰(?:了|一下)?|麻烦问?(?:您|你|一下)*)[,!。~\s]*)+"
)
_THANKS: Final = re.compile(
    r"[呢啊呀哦]?[?!。,~\s]*(?:(?:谢谢|多谢|感谢|拜托|辛苦)(?:您|你|大家|了|啦|~)*[!。~\s]*)+$|[呢啊呀哦][?!。~\s]*$"
)


_REGIONAL: Final = {  # words that ask and bind in Hong Kong's papers, each with one of the same length
    "甚么": "什么",
    "几多": "多少",
    "点解": "为何",
    "点样": "怎样",
    "边个": "哪个",
    "边度": "哪里",
    "乜嘢": "什么",
    "嘅": "的",
}


def _in_common_words(folded: str) -> str:
    for regional, common in _REGIONAL.items():
        folded = folded.replace(regional, common)
    return folded


def _without_courtesy(folded: str) -> str:
    """The text with greeting, thanks and closing particles blanked, of the same length: they ask nothing."""
    for pattern in (_GREETING, _THANKS):
        folded = pattern.sub(lambda match: " " * len(match[0]), folded)
    return folded


def _language(folded: str) -> str:
    """The language that asks: a question in English may name things in Chinese."""
    english, chinese = (any(pattern.search(folded) for _, pattern in table) for table in (_ENGLISH, _CHINESE))
    return language(folded) if english == chinese or not folded.strip() else "en" if english else "zh"


def _around(content: str, asked: tuple[tuple[int, int], ...]) -> tuple[str, str]:
    """Up to six letters of content on each side of what asks."""
    if not asked:
        return "", ""
    start, end = min(first for first, _ in asked), max(last for _, last in asked)
    left = re.findall(rf"[{CJK}]+|[^\W_{CJK}]+", content[:start])
    right = re.findall(rf"[{CJK}]+|[^\W_{CJK}]+", content[end:])
    return (left[-1][-6:] if left else "", right[0][:6] if right else "")


_COUNT: Final = re.compile(
    r"哪([一两二三四五六七八九十])|([0-9]+|[一两二三四五六七八九十])(?:个|大|项|种|类|步|方面|支|条|点|跑道|场景)"
)
_FIGURES: Final = {figure: number for number, figure in enumerate("零一二三四五六七八九十")} | {"两": 2}


def _count(folded: str) -> int:
    match = _COUNT.search(folded)
    figure = (match[1] or match[2]) if match else "0"
    return int(figure) if figure.isdigit() else _FIGURES[figure]


def _mask(folded: str) -> str:
    """The text with quoted names blanked: a headline in quotes asks nothing."""
    return _QUOTED.sub(lambda match: " " * len(match[0]), folded)


_DESCRIBED: Final = re.compile(
    rf"^(?:请问)?(?P<name>[{CJK}]{{2,4}}|[{CJK}·・]+·[{CJK}]+)"
    r"(?:是谁|是什么人|是何人|何许人也?|是干什么的|是做什么的)[?\s]*$"
)
_ROLE: Final = re.compile(r"(?:主席|书记|主任|长|者|人|员|经理|总裁|代表|师|家|手|军|工匠)$")


def _kind(folded: str, table: tuple[tuple[str, re.Pattern[str]], ...]) -> tuple[str, tuple[tuple[int, int], ...]]:
    described = _DESCRIBED.match(folded.strip())
    if described and not _ROLE.search(described["name"]):
        return "definition", ((described.end("name"), len(folded)),)
    found = [(kind, [match.span() for match in pattern.finditer(folded)]) for kind, pattern in table]
    asked = tuple(span for _, spans in found for span in spans)
    return next((kind for kind, spans in found if spans), "other"), asked


def _content(folded: str, lang: str, asked: tuple[tuple[int, int], ...]) -> str:
    letters = list(folded)
    quoted = {i for match in _QUOTED.finditer(folded) for i in range(*match.span(1))}
    empty = [match.span() for match in _EMPTY_CHINESE.finditer(folded)]
    empty += [m.span() for m in _LATIN_WORD.finditer(folded) if lang == "en" and m[0] in _EMPTY_ENGLISH]
    for start, end in [*asked, *empty]:
        for i in range(start, end):
            if i not in quoted:
                letters[i] = " "
    return "".join(letters)


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
