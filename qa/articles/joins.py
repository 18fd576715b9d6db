"""Does one piece of running text go on in the next? What the end of one and the start of the other tell.

All functions take folded text (`qa.text.fold`).
"""

from __future__ import annotations

import functools
import re

_CLOSERS = "”’」』)】》〉\"'*"
_FINAL = "。!?…;:."
_UNBEGUN = re.compile(
    r"[、,。;:!?”’」』)】》〉%℃]"
    r"|的(?!确|士)|了(?!解|却|如|然)|们|等(?![于待候级同到你我他])|着(?![力眼重手急装])|性(?![格别])|者|及(?!时)|或(?!者|许)"
    r"|[^\d\W]{1,2}[、,;。]"
)
_NEVER_FIRST = re.compile(
    r"[、,。;:!?”’」』)】》〉%℃]|的(?!确|士)|了(?!解|却|如|然)|们|等(?![于待候级同到你我他一二三四几]).{0,2}[^\d]"
    r"|(?![看瞧来是对好不唉啊哦嗯喂走问答])[^\d\W][,、。;](?!.{0,3}、)"
)
_SHORT_OPENERS = re.compile(
    "今[天年晨晚日]|昨[天日晚]|[近日]日|日前|[首其]先|其次|[最随然]后|此外|目前|[其期]间|另外|然而|[因为对]此|如[今果]|于是"
    "|但是|不过|总之|而且|其中|是的|[那这]么|去年|当[天日晚前]|[傍夜]晚|清晨|[例比譬]如|据悉|随着|事实|同[时年]|第[一二三四五六]|[一二三四五六七八九十]是?[、,]"
    "|原来|果然|当然|显然|终于|甚至|尤其|后来|接着|最终|夏[日天]|冬[日天]|春[日天]|秋[日天]|[上下中]午|不久|如此|眼下|时下|[对好]了|[不]|[早凌]晨"
)


def unfinished(text: str) -> bool:
    """`text` stops before a sentence ends, as a column does."""
    end = text.rstrip().rstrip(_CLOSERS)
    if not end:
        return False
    return end[-1] not in _FINAL or (end[-1] == "." and end[-2:-1].isdigit())


@functools.lru_cache(4096)
def unbegun(text: str) -> bool:
    """`text` starts inside a sentence: with closing punctuation, a lone word end, or a quote that only closes."""
    if _SHORT_OPENERS.match(text):
        return False
    return _UNBEGUN.match(text) is not None or _closes_first(text[:60])


def _closes_first(start: str) -> bool:
    closing, opening = start.find("”"), start.find("“")
    return closing >= 0 and (opening < 0 or opening > closing)


@functools.lru_cache(4096)
def surely_unbegun(text: str) -> bool:
    """`text` starts with what no sentence starts with."""
    return _NEVER_FIRST.match(text) is not None
