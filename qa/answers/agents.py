"""Who did it, where that is mostly no person: 是谁推出的 is answered by the office, company or village before the verb,
or between 由 and the verb.

The reader learned from encyclopedias, where 谁 is a person: of a sentence that tells who founded, made or paid for a
thing, it takes whoever speaks in it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Final

from qa.answers.persons import is_person, is_region, is_somebody
from qa.conversation.patterns import any_of, kinds
from qa.conversation.question import Question
from qa.text import CJK, fold

_BODY: Final = (
    "单位|部门|机构|公司|企业|组织|学校|医院|集团|工会|协会|工?厂家?|局|街道|平台|团队|银行|报社|学院|大学|中心|店"
)
_WHICH: Final = rf"哪(?:[一两几些]?[个家些所])?(?:{_BODY}|人)|什么(?:{_BODY})|哪[两几]?家"
_ASKED: Final = rf"(?<![和与跟同给为对向替帮送在])(?:谁(?:和谁|跟谁|与谁)?|什么人|{_WHICH})"  # 跟谁办: not who holds it
_HELPERS: Final = r"(?:给|来|先|一起|联合|共同|合伙|负责|出面|带头|免费|合作|最早|最先|首先|首创)*"
_PRAISED: Final = re.compile(r"谁的(?:表扬|表彰|肯定|奖励|奖)")
_MADE_WHERE: Final = re.compile(r"哪(?:里|儿)(?:研制|制造|造出|造的|生产)")
_VERBS: Final = tuple(  # how a question may put it, and how a newspaper puts it
    (
        re.compile(rf"{_ASKED}{_HELPERS}(?P<verb>{asked})|(?:{asked})(?:单位|方)(?:是|有)?{_ASKED}"),
        "|".join(told),
    )
    for asked, told in kinds("deeds").items()
)
_AND_OTHERS: Final = r"(?:等(?:[0-9一二三四五六七八九十多几]*[个家]?(?:单位|部门|机构|企业|公司)|地|方面)?)?所?"
_MANNER: Final = (
    r"(?:联合|联手|携手|共同|一起|一同|分别|各自?|按[^,。;]{1,8}|负责|免费|牵头|具体|倡议|首创|独家|全额|全部|出面"
    r"|主动|率先|自主|集体|永久|统一|直接|亲自|自己){0,4}"
)
_LETTER: Final = rf"(?:(?![由在从对向把被将为以于让给是了的即已就])[{CJK}a-z0-9“”·])"
_ENDS: Final = re.compile(rf"(?={any_of('parties')})")
_PARTY: Final = re.compile(any_of("parties"))
_CALLED: Final = re.compile(rf"{_LETTER}{{0,8}}(?:组织|团体|小组|的)[「“《][^」”》]{{2,14}}[」”》]")
_RUN: Final = re.compile(rf"(?:{_LETTER}|、){{2,40}}")
_OPENING: Final = re.compile(  # of a clause, with what says when
    r"(?:^|(?<=[,。;:!?●▲■◆○□*\"'“\s)】]))(?:(?:据悉|日前|近日|近年来?|此前|目前|昨[天日]|当[天日]|[今去前]年|上周|今年以来"
    r"|[0-9一二三四五六七八九十]{1,4}[年月日号][^,。]{0,8}),?){0,2}"
)
_NO_DOER: Final = re.compile(rf"[{CJK}]?长|[里内上下中间]")
_NOT_DOING: Final = re.compile(r"说|表示|介绍|告诉|认为|坦言|被|由|称|要求|批评|起诉|等[^,。]{0,3}$")
_DECIDES: Final = re.compile("决定|撤销|宣布|认为|希望")
_BODY_ASKED: Final = re.compile(
    r"(?:哪(?:[一两几些]?[个家些所])?|什么)(?:单位|部门|机构|公司|企业|学校|大学|学院|医院|集团|工厂|银行)"
)
_SOMEBODY_ASKED: Final = re.compile(r"谁|哪一?[位名]|(?:哪[个些]|什么|何)人")
_FOUNDER: Final = re.compile(r"(?:发起|创办|创始|创立|倡议|主办|组织|设计|研制|发明|制作|投资|捐赠|出资)[人者]")
_SPEAKS: Final = re.compile(rf"^[“”]?{any_of('says')}")
_FAR: Final = 28  # letters between who does it and the verb
_ROOM: Final = 24  # letters behind the verb in which the thing done must be named


@functools.lru_cache(maxsize=1024)
def deed(asked: str) -> str:
    """The verbs, as alternatives of a regular expression, by which a text tells what `asked` wants the doer of; ""
    where it asks for none. Folded."""
    alike = "谁制造" if _MADE_WHERE.search(asked) else "谁表彰" if _PRAISED.search(asked) else ""
    return next((told for one in (asked, alike) for pattern, told in _VERBS if pattern.search(one)), "")


@functools.lru_cache(maxsize=16)
def _patterns(told: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """由甲、乙等单位联合举办; 是甲和乙联合推出的; the verb."""
    behind = rf"{_AND_OTHERS}{_MANNER}(?:{told})(?![科处局部办])"
    return (
        re.compile(rf"由(?!此|于)(?P<doer>[^,。;:!?由]{{2,28}}?){behind}"),
        re.compile(rf"是(?P<doer>(?:{_LETTER}|、){{2,30}}?){behind}[^,。;]{{0,2}}的"),
        re.compile(told),
    )


def doers(question: Question, sentence: str) -> list[tuple[int, int]]:
    """Where in `sentence` (folded) those stand who did what `question` asks about, surest first; half-open offsets."""
    told = deed(fold(question.text))
    if not told or not re.search(told, sentence):
        return []
    by, as_predicate, verb = _patterns(told)
    sure = [match.span("doer") for match in by.finditer(sentence)]
    sure += [match.span("doer") for match in as_predicate.finditer(sentence) if _PARTY.search(match["doer"])]
    return list(dict.fromkeys([*sure, *_acting(question, verb, sentence)]))


@functools.lru_cache(maxsize=256)
def _things(question: Question) -> frozenset[str]:
    """The pairs of letters that name the thing asked about."""
    return frozenset(run[i : i + 2] for run in question.words for i in range(len(run) - 1))


def _acting(question: Question, verb: re.Pattern[str], sentence: str) -> Iterator[tuple[int, int]]:
    """The parties at the beginning of a clause behind whose verb the thing asked about is named."""
    things = _things(question)
    for opening in _OPENING.finditer(sentence):
        start = opening.end()
        for end in _party_ends(sentence, start):
            inside = None if sentence[end - 1] in "」”》" else verb.search(sentence, start, end)
            if inside or _DECIDES.search(sentence, start, end):
                continue
            told = verb.search(sentence, end, end + _FAR)
            if told is None or _NO_DOER.match(sentence, end) or re.search("[。!?]", sentence[end : told.start()]):
                continue
            behind = sentence[told.end() : told.end() + _ROOM]
            if not _NOT_DOING.search(sentence[end : told.start()]) and any(thing in behind for thing in things):
                yield start, end
                break


def _party_ends(sentence: str, start: int) -> list[int]:
    """Where a party that begins at `start` may end, the longest first."""
    called, run = _CALLED.match(sentence, start), _RUN.match(sentence, start)
    ends = {called.end()} if called else set()
    if run:
        starts = (match.start() for match in _ENDS.finditer(sentence, start + 1, run.end()))
        found = (_PARTY.match(sentence, place, run.end()) for place in starts)
        ends |= {match.end() for match in found if match}
    return sorted(ends, reverse=True)


def in_its_words(question: Question, sentence: str) -> str:
    """The question, folded, with the verb by which `sentence` (folded) tells who did it; "" where it has the same, or
    does not tell."""
    asked = fold(question.text)
    found, matches = doers(question, sentence), (pattern.search(asked) for pattern, _ in _VERBS)
    match = next(filter(None, matches), None)
    if not found or match is None or match["verb"] is None:
        return ""
    told = re.search(deed(asked), sentence[found[0][1] :])
    if told is None or told[0] == match["verb"]:
        return ""
    return asked[: match.start("verb")] + told[0] + asked[match.end("verb") :]


def doer(question: Question, found: str, original: str) -> str:
    """Who did it, as `original` has it, or ""; from `found` on where that, a short answer, is a person named in it."""
    spans = doers(question, fold(original))
    whole = original[slice(*spans[0])] if spans else ""
    return whole[whole.find(found) :] if found and found in whole and is_person(fold(found)) else whole


def can_be_said(question: Question, found: str, original: str, sure: bool = False) -> bool:
    """Whether `found`, a part of `original`, can be who is asked for: somebody, unless the reader is `sure` of it, and
    not whoever only speaks of it."""
    asked = fold(question.text)
    body = _BODY_ASKED.search(asked)
    if question.lang == "en" or not (body or _SOMEBODY_ASKED.search(asked)):
        return True
    place = original.find(found)
    before, behind = fold(original[:place]), fold(original[place + len(found) :])
    only_speaks = deed(asked) and _SPEAKS.search(behind) and not _FOUNDER.search(before)
    somebody = sure or is_somebody(fold(found))
    return somebody and not only_speaks and not (body and is_region(fold(found)))
