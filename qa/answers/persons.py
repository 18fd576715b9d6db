"""What somebody is (白小山是谁: told by the office or trade before the name, or behind 是), and what can be anybody.

A sentence that names somebody with an office answers such a question by its form alone, however little else the two
share.
"""

from __future__ import annotations

import re
from typing import Final

from qa.answers.spans import typed_spans
from qa.conversation.patterns import any_of, surname, words
from qa.conversation.question import Question
from qa.text import CJK, fold

_ASKED: Final = re.compile(
    rf"^(?:请问|那)?(?:[{CJK}]{{2,14}}的)?(?P<name>[{CJK}]{{2,4}}?|[{CJK}·・]+[·・][{CJK}]+)(?:现在|目前|当时|到底|又)?(?:"
    r"(?:是|任|担任|当|做)(?:的是)?(?:什么|啥|何)(?:人|职务|职位|职业|身份|职称|官|工作|头衔|岗位|来头|角色)"
    r"|的(?:职务|职位|身份|职业|头衔)(?:是|叫)(?:什么|啥|何)|是(?:干|做)(?:什么|啥|嘛)的|是谁|是何许人也?"
    r"|(?:做|干)什么工作)[的呢啊呀?\s]*$"
)
_SURNAME: Final = surname()
_NO_NAME_ENDS: Final = "滩镇县市区街厂院校楼站馆委会"
_PERSON: Final = rf"{_SURNAME}[{CJK}]{{1,2}}(?<![{_NO_NAME_ENDS}])$"
_NAME: Final = re.compile(rf"{_SURNAME}[{CJK}]{{1,2}}|.*[·・].*")
_CALLED: Final = re.compile(
    rf"^{_PERSON}|[的夫妻妇婆伯叔爷奶妈爸哥姐弟妹子女儿员长师者人徒工生]{_PERSON}|[·・]|[“「]"
    rf"|先生|女士|老师|师傅|大[爷妈娘叔婶哥姐]|阿[{CJK}]$|老?[{CJK}][伯叔婶爷婆嫂]$"
)
_BODY: Final = re.compile(rf"{any_of('parties')}[”」)]?$")
_REGION: Final = re.compile(rf"[{CJK}]{{1,6}}[省市县区州镇乡村]")
_FOREIGN: Final = re.compile(f"[{''.join(words('transliterating'))}]{{3,8}}")
_HAN: Final = re.compile(f"[{CJK}]")
_TITLE: Final = f"(?:{any_of('offices')}|{any_of('trades')})"
_PIECE: Final = r"[^了,。;:!?、“”\"'\s]"
_OFFICE: Final = rf"(?:{_PIECE}{{1,24}}?{_TITLE}、){{0,2}}{_PIECE}{{0,30}}?{_TITLE}"
_EDGE: Final = r"(?:^|(?<=[,。;:!?、“”\"'()【】\s●▲■])|(?<=[了把对向由让请被给为有是与和跟同]))"


def asked_about(question: Question) -> str:
    """The name of the person whose office or trade `question` wants; "" where it wants none. Folded."""
    match = _ASKED.match(fold(question.text).strip()) if question.lang == "zh" else None
    return match["name"] if match and _NAME.fullmatch(match["name"]) else ""


def office_of(name: str, sentence: str) -> tuple[int, int] | None:
    """Where `sentence` tells the office or trade of `name`, both folded; half-open offsets."""
    after = re.search(
        rf"{name}(?:,?[^,。;是]{{0,6}})?是(?P<office>(?!就|不|否)[^,。;:!?]{{1,30}}?{_TITLE})(?=[,。;!?”]|$)", sentence
    )
    if after:
        return after.span("office")
    before = [match.span("office") for match in re.finditer(rf"{_EDGE}(?P<office>{_OFFICE}){name}", sentence)]
    home = re.search(rf"(?P<office>来自[^,。;:!?、]{{2,24}})的(?:[{CJK}]{{2,4}}、){{0,3}}{name}", sentence)
    return before[-1] if before else home.span("office") if home else None


def office(question: Question, original: str) -> str:
    """The office or trade asked for, as `original` has it; "" where it has none."""
    name = asked_about(question)
    found = office_of(name, fold(original)) if name else None
    return original[slice(*found)] if found else ""


def is_person(found: str) -> bool:
    """Whether `found` (folded) has the form of a person's name, or ends in one."""
    return _CALLED.search(found) is not None or _FOREIGN.fullmatch(found) is not None


def is_region(found: str) -> bool:
    """Whether `found` (folded) names a town, county or province and no body of it."""
    return _REGION.fullmatch(found) is not None


def is_somebody(found: str) -> bool:
    """Whether `found` (folded) can be a person or a body, or several of them; a book or paper is none."""
    if found.startswith("《"):
        return False
    formed = _BODY.search(found) or not _HAN.search(found) or is_person(found)
    return bool(formed) or any(span.kind in ("who", "body", "name") for span in typed_spans(found))
