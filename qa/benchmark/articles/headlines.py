"""Headline groups as newspapers set them: kickers that name a theme, the headline, decks that tell who and what."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.names import town

_LABELS = (
    "理论天地/基层动态/深度观察/改革进行时/工匠风采/百姓故事/今日关注/综合新闻/民生视点/读者来信/文化长廊/法治在线/声音/短评"
    "/乡村振兴看变化/学习贯彻二十大精神/奋进新征程 建功新时代/高质量发展调研行/走基层·一线见闻/关注民生实事/服务窗口"
    "/推动城乡融合发展走深走实/“两山”实践录/推进共同富裕示范建设/文明实践在行动/健康问答/农技课堂/简讯/一线传真/生活提醒"
    "/校园内外/社会广角/经济观察/体坛快讯/寻医问药/消费维权/身边好人/今日快评/科普窗/市场行情/便民信息/来信照登"
)
_SUBJECTS = (
    "文化/教育/经济/民生/社会/健康/法治/科技/体育/旅游/农业/三农/交通/城事/都市/校园/社区/产改/工会/职工/青年/读者/美食/家庭/消费/安全/环保/文学"
    "/艺术/国际/县域/基层/财经/生活/科普/党建/人物/公益/电力/海洋/企业/商业/乡村/农事/周末"
)
_MANNERS = (
    "/一线/论坛/视窗/快读/周刊/速递/提醒/来信/观察/笔记/讲堂/茶座/广角/聚焦/园地/故事/动态/新闻/前沿/热线/随笔/通讯/之窗"
    "/天地/漫步/书架/评论/简讯"
)
_ENGLISH_LABELS = "HARBOUR/SPORT/LOCAL NEWS/BUSINESS/IN BRIEF/OPINION/COMMUNITY/ARTS & CULTURE/Weather/Education/WORLD"
_OFFICES = (
    "总工会/税务局/教育局/民政局/水务局/交通局/图书馆/第一医院/供电公司/公安局/街道办事处/志愿者协会/实验小学/文化馆"
    "/商务局/科技园/社区/镇/村/码头/法院/公交集团/农业农村局/气象台/博物馆/中学/妇联"
)
_VERBS = (
    "加大|推动|提升|强化|深化|推进|打造|加强|坚持|促进|落实|完善|构建|激发|助力|聚焦|践行|弘扬|保障|服务|创新|提高|扩大|优化|守护|传承|培育"
    "|建设|发展|实现|把握|抓好|搭建|拓展|凝聚|引导|支持|携手|共享|破解|增强|改善|维护|保护|做好|夯实|带动|深入|全面|稳步|持续|加快|严格"
)
_BREAK = re.compile("[，。；：！？、“”（）【】,;:]")
_CLAUSE = re.compile("[，。；：！？“”（）【】,;:]")  # what stands before 、 is no phrase but a member of a row
_PHRASE = re.compile(rf"(?:{_VERBS})[\u4e00-\u9fff]{{3,11}}")
_PAIR = re.compile(r"(?<![\w、])(?=([\u4e00-\u9fff]{4,8})[、，]([\u4e00-\u9fff]{4,8})(?![\u4e00-\u9fff]))")
_CLAUSES = re.compile(r"(?<=[。，])([\u4e00-\u9fff\d.%]{4,11})，([\u4e00-\u9fff\d.%]{4,13})(?=[。，])")
_SENTENCE = re.compile("[^。！？；\n]+[。！？；]")
_WEAK = re.compile(  # how no heading begins: with a pronoun, a conjunction, somebody who says something
    "[他她它这那其此您你我]|但|而|因此|同时|目前|据|也|还|并|则|却|就|不过|随后|最后|首先|其中|另外|对此|记者|如果|当|由于|为了?|在此|会议|会上"
)
_NO_SLOGAN = re.compile(
    "[他她它们这那从在称将是了的就也被对说其等该各年月日号]|^[个名位次只条]|左右|不足|以[上下]|随着|某"
)
_UNDER_WAY = re.compile("[中时后前里间内上下]$")  # a half that only says when or where the rest happens
_LONGEST_LABEL = 12  # characters; what is longer is as good a headline as the title itself
_TIME = re.compile(
    "(?:今天|昨天|近日|日前|连日来|近年来|早上)(?:上午|下午|晚上)?，?|(?:本月)?\\d{1,2}(?:月\\d{1,2})?[日号](?:上午|下午|晚)?，?"
)
_SAID = re.compile("[“”（）:：]|表示|指出|强调|认为|说$|介绍|告诉")
_ENGLISH_SENTENCE = re.compile(r"(?:^|(?<=[.!?] ))[A-Z][a-z]+ [^.!?:;“”\"()]{25,90}(?=\. |\.$)")
_ARRANGEMENTS = {
    1: ("T",), 2: ("KT", "TD", "TD", "TD", "KT", "TD"), 3: ("KTD", "KTD", "TDD", "KKT", "KTD"),
    4: ("KTDD", "KKTD", "KTDD", "TDDD"),
}  # fmt: skip


@dataclass(frozen=True)
class Head:
    """One line of a headline group."""

    text: str
    kind: str  # section, kicker, title, deck
    also: bool = False  # the factual line beside a headline for effect: without marks it may as well be the headline


@dataclass(frozen=True)
class Words:
    """What a story offers for its headlines, each list in random order."""

    slogans: list[str]  # two balanced halves
    phrases: list[str]  # a verb and what it does, no subject
    sentences: list[str]  # whole sentences in the manner of a heading
    details: list[str]  # two clauses of one sentence, as short decks have them
    office: str  # whose work the headlines praise, one for the whole group

    @classmethod
    def of(cls, source: Source, rng: random.Random) -> Words:
        texts = [source.brief, *(text for kind, text in source.parts if kind == "body")]
        whose = source.office or office(rng)
        pairs = (pair for text in texts for pair in _PAIR.findall(text))
        return cls(
            _shuffled([f"{a} {b}" for a, b in pairs if len(a) == len(b) and _is_slogan(a, b)], rng),
            _shuffled([part for text in texts for part in phrases(text)], rng),
            _shuffled([heading for text in texts[:4] for heading in headings(text)], rng),
            _shuffled([deck for text in texts[:4] for deck in details(text)], rng),
            whose,
        )


def _shuffled(words: list[str], rng: random.Random) -> list[str]:
    return rng.sample(list(dict.fromkeys(words)), len(set(words)))


def details(text: str) -> Iterator[str]:
    """Two neighbouring clauses of a sentence, the white space of a deck between them."""
    for first, second in _CLAUSES.findall(text):
        if not (_WEAK.match(first) or _WEAK.match(second) or _SAID.search(first + second) or _TIME.match(first)):
            yield f"{first} {second}"


def phrases(text: str) -> list[str]:
    """Clauses of `text` that are a verb with its object, as kickers and sub-heads are; no member of a row."""
    found = (clause for clause in _CLAUSE.split(text) if "、" not in clause and _PHRASE.fullmatch(clause))
    return [clause for clause in found if clause[-1] not in "的了时后中"]


def _is_slogan(first: str, second: str) -> bool:
    """No pronoun, no particle, no measure, no time: the halves can stand by themselves."""
    text = first + second
    return not (_WEAK.match(text) or _NO_SLOGAN.search(text) or _UNDER_WAY.search(first) or _UNDER_WAY.search(second))


def clauses(text: str) -> list[str]:
    return [clause.strip() for clause in _BREAK.split(text)]


def headings(text: str) -> Iterator[str]:
    """Whole sentences without their time and their commas, short enough for a deck."""
    for match in _SENTENCE.finditer(text):
        sentence = _TIME.sub("", match[0][:-1]).strip("， ")
        if 10 <= len(sentence) <= 40 and not _WEAK.match(sentence) and not _SAID.search(sentence):
            yield sentence


def label(rng: random.Random, english: bool = False) -> str:
    """A section label, now and then in brackets."""
    if english or rng.random() < 0.4:
        return rng.choice((_ENGLISH_LABELS if english else _LABELS).split("/"))
    text = rng.choice(_SUBJECTS.split("/")) + rng.choice(_MANNERS.split("/"))
    return rng.choice(("【{}】", "[{}]", "{}", "{}", "{}", "{}", "{}")).format(text)


def headline_group(source: Source, rng: random.Random, size: int, column: str) -> list[Head]:
    """At most `size` lines in a printed order: label and kickers above the title, decks below. `column` is a label."""
    group = _english(source, rng, size) if source.english else _chinese(source, rng, size)
    own = source.label if len(source.label) <= _LONGEST_LABEL else ""
    section = column or (own or label(rng, source.english) if rng.random() < 0.25 * size else "")
    return [Head(section, "section"), *group] if section and section != source.title else group


def _english(source: Source, rng: random.Random, size: int) -> list[Head]:
    title = source.title
    title = rng.choice((title, title, title.capitalize(), title.upper() if len(title) < 50 else title))
    text = " ".join(text for _, text in source.parts[:3])
    decks = [match[0] for match in _ENGLISH_SENTENCE.finditer(text) if " said" not in match[0]]
    return [Head(title, "title"), *(Head(deck, "deck") for deck in rng.sample(decks, min(len(decks), size // 2)))]


def _chinese(source: Source, rng: random.Random, size: int) -> list[Head]:
    words = Words.of(source, rng)
    places = rng.choice(_ARRANGEMENTS[size])
    title, factual = _headline(words, source, len(places) == 1, rng)
    used, group = [title, source.title], list[Head]()
    tells = places.find("D") if "D" in places else 0  # where the factual line stands
    for n, place in enumerate(places):
        make = _kicker if place == "K" else _deck
        text = title if place == "T" else factual if factual and n == tells else _unlike(used, make, words, rng)
        if text:
            used.append(text)
            group.append(
                Head(text, {"T": "title", "K": "kicker", "D": "deck"}[place], place != "T" and text == factual)
            )
    return group


def _headline(words: Words, source: Source, alone: bool, rng: random.Random) -> tuple[str, str]:
    """(headline, the factual line that a headline for effect needs beside it or "")."""
    factual = source.title
    if words.phrases and rng.random() < 0.4:  # whose work it was
        factual = words.office + rng.choice(("", " ")) + words.phrases[-1]
    short = [part for text in (*words.slogans, *words.phrases) for part in text.split(" ") if 4 <= len(part) <= 6]
    fresh = [slogan for slogan in words.slogans if not _alike(slogan, source.title)]
    roll = rng.random()
    if short and roll < 0.07:
        return rng.choice(short), factual
    if fresh and roll < (0.12 if alone else 0.42):
        return _ornate(fresh[0], rng), factual
    if words.phrases and roll > (0.97 if alone else 0.9):
        return _figures(words.phrases.pop(0), rng), factual
    if words.phrases and source.office and roll > (0.4 if alone else 0.8):  # local papers name the place first
        return words.office + words.phrases.pop(0), ""
    return _dressed(source, rng), ""


def _unlike(used: list[str], make: Callable[[Words, random.Random], str], words: Words, rng: random.Random) -> str:
    """A line that does not merely say again what stands in the group, "" where the story offers none."""
    for _ in range(4):
        text = make(words, rng)
        if text and not any(_alike(text, line) or _alike(line, text) for line in used):
            return text
    return ""


def _alike(one: str, other: str) -> bool:
    """Most of the pairs of characters in `one` stand in `other` too."""
    pairs = {one[i : i + 2] for i in range(len(one) - 1)}
    return sum(pair in other for pair in pairs) > 0.5 * len(pairs)


def office(rng: random.Random) -> str:
    return rng.choice(("", town(rng), town(rng) + "市")) + rng.choice((*_OFFICES.split("/"), "")) or town(rng)


def _kicker(words: Words, rng: random.Random) -> str:
    """A theme, an aim or who it is about."""
    phrase = words.phrases.pop(0) if words.phrases else ""
    slogan = words.slogans[0] if words.slogans else ""
    roll = rng.random()
    if phrase and roll < 0.55:
        return phrase
    if slogan and roll < 0.65:
        return slogan.replace(" ", rng.choice((" ", ",")))
    if phrase and roll < 0.75:
        return f"{words.office} {phrase}"
    if words.sentences and roll < 0.85:
        return words.sentences.pop(0).replace("，", " ")
    return words.office if roll < 0.2 else ""


def _deck(words: Words, rng: random.Random) -> str:
    """Who did what: a sentence of the story, or an office and what it does; a dash may open it."""
    roll = rng.random()
    dash = "——" if rng.random() < 0.25 else ""
    if words.details and roll < 0.3:
        return words.details.pop(0)
    if words.sentences and roll < 0.65:
        return dash + words.sentences.pop(0).replace("，", rng.choice((" ", "，")))
    if words.phrases and roll < 0.9:
        return dash + words.office + rng.choice(("", "", " ")) + words.phrases.pop(0)
    return f"——{words.office}{rng.choice(('工作纪实', '见闻', '侧记', '调查', '采访记'))}" if roll < 0.1 else ""


def _dressed(source: Source, rng: random.Random) -> str:
    """The title with what headlines like to wear: two halves, quotes, a question."""
    title = source.title
    roll = rng.random()
    if roll < 0.08 and " " not in title and 10 <= len(title) <= 24:
        cut = rng.randint(4, len(title) - 4)
        return f"{title[:cut]} {title[cut:]}"
    if roll < 0.18 and len(title) >= 10 and "“" not in title:
        return _quoted(title, rng)
    if roll < 0.22 and title[-1].isalnum():
        return title + rng.choice("?!")
    if roll < 0.24 and " " in title:
        half = max(title.split(), key=len)
        return half if len(half) >= 6 else title
    return title


def _quoted(text: str, rng: random.Random) -> str:
    """Two to four characters of the text set in quotes."""
    places = [n for n in range(len(text) - 3) if text[n : n + 4].isalpha()]
    if not places:
        return text
    cut, size = rng.choice(places), rng.choice((2, 3, 4))
    return f"{text[:cut]}“{text[cut : cut + size]}”{text[cut + size :]}"


def _ornate(slogan: str, rng: random.Random) -> str:
    """A slogan as feature pages like it: quotes, a dash or nothing between and around its halves."""
    first, second = slogan.split(" ")
    roll = rng.random()
    if roll < 0.25:
        return f"{_quoted(first, rng)} {_quoted(second, rng)}"
    return f"“{first}”{second}" if roll < 0.3 else f"{first},{second}" if roll < 0.35 else slogan


def _figures(phrase: str, rng: random.Random) -> str:
    """A headline that counts: 3年,从200到9."""
    small, large = rng.randint(1, 12), rng.randint(13, 900)
    span = rng.choice(("年", "个月", "天", "小时", "次", "公里"))
    thing = rng.choice(("人", "项", "家", "户", "万元", "%"))
    return rng.choice(
        (
            f"{small}{span},从{large}{thing}到{small}{thing}", f"{small}{span}{large}{thing} {phrase}",
            f"{large}{rng.choice('人项家户')}{phrase}", f"从{large}到{small}",
            f"{large}{thing}的{small}{span} {phrase}",
        )
    )  # fmt: skip
