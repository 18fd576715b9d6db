"""What a question asks for: its kind, the unit or noun asked about, its content words and quoted names.

The kinds follow the coarse classes of Li and Roth (2002), cut down to what a newspaper answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from qa.text import CJK, fold, language

KINDS: Final = ("who", "when", "where", "number", "which", "definition", "list", "how", "why", "other")

_CHINESE: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("why", r"为什么|为何|为啥|什么原因|何故|原因(?:是|为)(?:什么|何)|因何|何以"),
        ("how", r"(?:分为|分成|分|有)?(?:哪几|哪|几)(?:个|大|些)*(?:步骤?|环节|阶段)|怎么样?(?!的人)|怎样|如何|咋|什么(?:办法|方式|方法|途径|措施|步骤)|步骤"),
        ("when", r"什么时[候间]|何时|啥时候?|哪一?[年天月日]|几[月号点]|何年|何月|哪个?(?:年份|月份|时候|时间|年代|世纪|季节)|时间(?:是|为)|日期"),
        ("number", r"多久|多长时间?|多少|多[大高长重远宽深快]|几(?=[^乎何])|第几|何等数量|数量(?:是|为)|[共总]计|比例|金额|总额|占比"),
        ("who", r"谁|什么人|何人|哪一?[位名]|哪个人|哪些人|(?:叫|是)?什么名字|姓名|名字(?:是|叫)|姓什么|叫什么名"),
        (
            "where",
            r"在?哪里|在?哪儿|在哪|何处|何地|什么地[方点区]|啥地方|来自哪|到哪|去哪|位于哪|哪一?[个座]?(?:地方|地区|地点|省|市|县|区|国家?|城市|镇|乡|村|街道|州|洲|岛|港)|地址",
        ),
        ("list", r"哪些|哪几|哪[一两二三四五六七八九十]+[大个种类项](?=\S)|有什么(?=\S)|包括什么|包含什么|分别(?:是|为|有|叫)|列[举出]|都有(?:谁|啥|什么)"),
        ("definition", r"是(?:个|一个|一种)?(?:什么|啥)(?:意思|东西|概念)?(?=[?？。!！]|$)|是啥|什么是|何谓|何为|什么叫|指的?是?什么|什么意思|介绍(?:一下)?|含义|定义"),
        ("which", r"哪(?:一|个|家|种|部|本|所|支|项|场|次|条|届|门|款|类|座|首|间|张|件|台|只|份)*|什么|何|啥|谓何"),
    )
)  # fmt: skip

_ENGLISH: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("why", r"\bwhy\b|\bfor what reason\b"),
        ("number", r"\bhow (?:many|much|long|often|old|far|large|big|high|tall)\b|\bwhat (?:number|percentage|share|amount|proportion)\b|\bnumber of\b|\bpercentage of\b"),
        ("when", r"\bwhen\b|\b(?:what|which|in what|in which) (?:year|month|day|date|time)\b|\bsince when\b"),
        ("who", r"\bwho(?:m|se)?\b|\b(?:what|which) (?:person|people)\b|\bwhat is the name of the (?:chair|president|director|head|leader|author|reporter)"),
        ("where", r"\bwhere\b|\b(?:what|which) (?:city|county|place|province|district|country|town|region|location|street)\b"),
        ("list", r"\b(?:list|name) the\b|\bwhat are\b|\bwhich (?:\w+ )?(?:are|were|three|four|five|six|seven)\b|\bwhat (?:three|four|five|six|seven)\b|\bwhat kinds?\b|\bwhat does .* (?:include|consist)"),
        ("definition", r"\bwhat(?: is|'s| was) (?:an?|the)?\b|\bdefine\b|\bmeaning of\b|\bwhat does .* mean\b|\btell me about\b|\bexplain\b"),
        ("how", r"\bhow\b"),
        ("which", r"\bwhich\b|\bwhat\b"),
    )
)  # fmt: skip

# Words that ask, politely or not, and words without content: they neither have to stand in the evidence nor be missed.
_EMPTY_CHINESE: Final = re.compile(
    r"请问一?下?|请教|我想知道|想知道|告诉我|你知道|麻烦|查一下|帮我|是不是|有没有|是否|能否|可以|可不可以|一共|总共|共计|全程|到底|究竟|大概|大约|目前|现在|"
    r"以及|或者|并且|他们|她们|它们|我们|你们|这个|那个|这些|那些|这里|那里|其中|关于|对于|由于|因为|所以|如果|但是|不过|然后|"
    r"叫做|称为|名叫|属于|作为|进行|通过|主要|具体|分别|包括|包含|提到|报道|文章|文中|新闻|"
    r"[的了着过是在有吗呢吧啊呀嘛与和及或被把将从到对向由于于之其为以而则也都就还又所此该这那他她它您你我们等叫让给]"
)
_EMPTY_ENGLISH: Final = frozenset(
    "a an the of in on at to for from by with and or is are was were be been being do does did has have had what which who whom whose "
    "when where why how many much long that this these those it its their his her they he she we you i as into about than then there "
    "can could will would should may might must please tell me name list between during after before under over out up down not no "
    "any some all each other such per one called kind kinds according article newspaper report year date time number people person".split()
)  # fmt: skip
_QUOTED: Final = re.compile(r"[“\"「『《〈‘]([^”\"」』》〉’]{2,40})[”\"」』》〉’]")
_UNIT: Final = re.compile(rf"(?:多少|第?几)(?:个|大)?([{CJK}]{{1,4}})")
_NOUN: Final = re.compile(
    rf"(?:哪(?:一|个|家|种|部|本|所|支|项|场|次|条|届|门|款|类|座|首|些|几|间)+|什么|何种|啥)(?:样的?)?([{CJK}]{{1,4}})"
)
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

    @property
    def words(self) -> tuple[str, ...]:
        """The content in runs between blanks and punctuation."""
        return tuple(re.findall(rf"[{CJK}]+|[^\W_{CJK}]+(?:[.'\-][^\W_{CJK}]+)*", self.content))


def analyse(text: str) -> Question:
    """What `text` asks for; a text that asks nothing (keywords) has the kind "other"."""
    folded = fold(text)
    names = tuple(name.strip() for name in _QUOTED.findall(folded))
    lang = language(_QUOTED.sub(" ", folded)) if folded.strip() else "zh"
    kind, asked = _kind(_mask(folded), _CHINESE if lang == "zh" else _ENGLISH)
    content = _content(folded, lang, asked)
    unit = _first(_UNIT, folded) if kind == "number" else ""
    noun = _first(_NOUN, folded) if kind in ("which", "list", "who", "where") else ""
    before, after = _around(content, asked)
    return Question(text, lang, kind, content, unit, noun, names, before, after)


def _around(content: str, asked: tuple[tuple[int, int], ...]) -> tuple[str, str]:
    """Up to six letters of content on each side of what asks."""
    if not asked:
        return "", ""
    start, end = min(first for first, _ in asked), max(last for _, last in asked)
    left = re.findall(rf"[{CJK}]+|[^\W_{CJK}]+", content[:start])
    right = re.findall(rf"[{CJK}]+|[^\W_{CJK}]+", content[end:])
    return (left[-1][-6:] if left else "", right[0][:6] if right else "")


def _mask(folded: str) -> str:
    """The text with quoted names blanked: a headline in quotes asks nothing."""
    return _QUOTED.sub(lambda match: " " * len(match[0]), folded)


def _kind(folded: str, table: tuple[tuple[str, re.Pattern[str]], ...]) -> tuple[str, tuple[tuple[int, int], ...]]:
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
