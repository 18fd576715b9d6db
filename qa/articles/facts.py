"""Metadata read off the text, each piece with its line and how sure it is. What is not printed stays unknown."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from qa.articles.bylines import is_likely_name, people
from qa.articles.places import joined, places
from qa.datatypes import Article, Fact, Paragraph
from qa.text import fold, line_starts, lines_of

Told = tuple[str, str, int, float]  # kind, value, where it stands, how sure it is

_MONTHS = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
# What a match can begin with stands first in these patterns: most places of a text are done with at once.
_DATE = re.compile(
    r"(?=[\d二〇○零一九JFMASOND])(?:(?:\d{4}|[二〇○零一九]{4})年(?:\d{1,2}月(?:\d{1,2}[日号])?)?|\d{1,2}月\d{1,2}[日号]"
    r"|\d{1,2}月(?:初|底|中旬|上旬|下旬)"
    rf"|\b{_MONTHS} \d{{1,2}}(?:, \d{{4}})?\b|\b\d{{1,2}} {_MONTHS}(?: \d{{4}})?\b|\b{_MONTHS} \d{{4}}\b)"
)
_RELATIVE = re.compile(
    r"(?=[\d近日昨今明前当去本上下ytlnYTLN])(?:近日|日前|昨[日天晚]|今[日天晨晚]|明[日天]|前[日天]|当[日天]|(?:去|今|明|前)年(?:\d{1,2}月(?:\d{1,2}[日号])?|[初底])?"
    r"|本周|上周|下周|本月|上月|下月|(?:上|下)半年|近年来|(?<!\d)\d{1,2}月份"
    r"|\b(?i:yesterday|today|tomorrow|(?:last|this|next) (?:week|month|year|night))\b)"
)
# A body of its own name, and one that is named by its rank alone: 区教育局, 街道总工会.
_ENDINGS = (
    "有限责任公司|股份有限公司|有限公司|集团|大学|学院|医院|中学|小学|幼儿园|银行|研究院|研究所|检察院|法院|出版社|报社"
    "|总工会|工会|委员会|党委|党校|联合会|协会|商会|公安局|管理局|税务局|教育局|财政局|交通局|卫健委|街道办事处|办事处"
)
_FIRSTS = "".join({ending[0] for ending in _ENDINGS.split("|")})
_BODY = re.compile(rf"(?=[{_FIRSTS}])(?:{_ENDINGS})|[\u4e00-\u9fff]{{2}}局")
_OWN_NAME = re.compile(r"(?:公司|集团|大学|学院|医院|中学|小学|幼儿园|银行|研究院|研究所|出版社|报社)$")
_RANKED = re.compile(r"(?:省|市|县|区|镇|乡|街道|园区|全国|中华全国|国家)(?!内|外|里)[\u4e00-\u9fff]{0,10}$")
_BREAK = re.compile(r"[^\u4e00-\u9fff0-9A-Za-z]")
_STOP = "的和与及在由向为对从是到了将把被让以于并或等其该本各全两这那此每某也都就还被据给至已"
# What stands before a name and is no part of it.
_VERBS = re.compile(
    "(?:组织|组建|开展|联合|携手|走进|来到|来自|成立|建立|创建|创新|加强|深化|推动|推进|参加|根据|通过|结合|围绕|打造|指导|支持|帮助|邀请"
    "|依托|拓展|降低|提高|提升|升级|配合|经过|进入|前往|担任|建设|发挥|做好|打通|会同|协同|带领|包括|加入|利用|实现|进一步|积极|充分|持续"
    "|最终|首个|近日|日前|今年|去年|昨天|今天)+"
)
_LONGEST = 18  # characters of the name of a body


def facts_of(articles: Sequence[Article], page_text: str) -> list[tuple[Fact, ...]]:
    """All facts of each article of a page, in reading order, each kind and value once."""
    read = iter(_read_all([paragraph for article in articles for paragraph in article.paragraphs]))
    starts = line_starts(page_text)
    found = []
    for article in articles:
        facts: dict[tuple[str, str], Fact] = {}
        for paragraph in article.paragraphs:
            for kind, value, offset, confidence in (*_display(article, paragraph), *next(read)):
                if (kind, value) not in facts:
                    facts[kind, value] = Fact(kind, value, _line(starts, paragraph, offset, value), confidence)
        found.append(tuple(facts.values()))
    return found


def _line(starts: list[int], paragraph: Paragraph, offset: int, value: str) -> int:
    """The line where a value stands; a paragraph of one span stands on one line."""
    (first, last), *more = paragraph.spans
    return lines_of(starts, paragraph.slice(offset, offset + len(value)).spans if more else [(first, last)])[0]


def _display(article: Article, paragraph: Paragraph) -> Iterator[Told]:
    """Headline, section label and byline as they are printed."""
    if paragraph.kind == "headline" and paragraph.text == article.title:
        yield "headline", article.title, 0, 0.9
    if paragraph.kind == "section" and paragraph.text == article.section:
        yield "section", article.section, 0, 0.7
    if article.byline and paragraph.kind in ("byline", "caption") and article.byline in paragraph.text:
        yield "byline", article.byline, paragraph.text.index(article.byline), 0.9


def _read_all(paragraphs: Sequence[Paragraph]) -> list[list[Told]]:
    """What each paragraph says. All are read at once: no pattern goes on behind a line break."""
    text = "\n".join(paragraph.text for paragraph in paragraphs)
    starts = [0, *accumulate(len(paragraph.text) + 1 for paragraph in paragraphs)][: len(paragraphs)]
    found = [list(_people(paragraph)) for paragraph in paragraphs]
    named = places(text)
    dates = [("date", match[0], match.start(), 0.95) for match in _DATE.finditer(text)]
    bodies = _bodies(text, list(joined(named)))
    for kind, value, at, confidence in (*dates, *_relative(text, dates), *bodies, *(("place", *one) for one in named)):
        n = bisect_right(starts, at) - 1
        found[n].append((kind, value, at - starts[n], confidence))
    return found


def _people(paragraph: Paragraph) -> Iterator[Told]:
    text = paragraph.text
    if paragraph.kind in ("byline", "caption"):
        for kind, name, offset in people(fold(text)):
            likely = is_likely_name(name)
            if likely or (kind in ("reporter", "correspondent") and len(name) <= 3 and "报" not in name):
                yield kind, text[offset : offset + len(name)], offset, 0.9 if likely else 0.6


def _relative(text: str, dates: Sequence[Told]) -> Iterator[Told]:
    """Dates that only tell how far from the day of the issue; no part of another date is one."""
    inside = {place for _, date, at, _ in dates for place in range(at, at + len(date))}
    for match in _RELATIVE.finditer(text):
        if match.start() not in inside:
            yield "relative_date", match[0], match.start(), 0.6


def _bodies(text: str, regions: list[tuple[int, int]]) -> Iterator[Told]:
    """Organisations: sure where a place opens the name, likely with a name or a rank of its own; others are none."""
    plain, last = fold(text), 0
    for match in _BODY.finditer(plain):
        if match.start() < last:
            continue
        low = max(last, match.end() - _LONGEST)
        cuts = [low + cut.end() for cut in _BREAK.finditer(plain[low : match.start()])]
        begin = max([low, *cuts])
        region = bisect_left(regions, (begin, 0))
        opening = next((a for a, b in regions[region : region + 1] if b <= match.start() + 1), None)
        if opening is None:
            begin = max([begin, *(i + 1 for i in range(begin, match.start()) if plain[i] in _STOP)])
            verbs = _VERBS.match(plain, begin)
            begin = verbs.end() if verbs else begin
        else:
            begin = opening
        name = plain[begin : match.end()]
        own = _OWN_NAME.search(name) and begin + 2 <= match.start()
        ranked = _RANKED.match(name) and len(name) <= 9
        if "的" not in name and (opening is not None or ((own or ranked) and not _VERBS.search(name))):
            last = match.end()
            yield "organisation", text[begin : match.end()], begin, 0.9 if opening is not None else 0.6
