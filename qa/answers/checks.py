"""What an answer must not get wrong, whatever its words share with the question: the office, the year, the measure."""

from __future__ import annotations

import re
from typing import Final

from qa.answers.demands import counted, unmet
from qa.answers.numbered import tells_of_another
from qa.answers.protocol import Archive
from qa.answers.weighing import english_groups
from qa.conversation.patterns import any_of, words
from qa.conversation.question import Question
from qa.text import CJK, fold

_OFFICE: Final = re.compile(rf"(?P<deputy>副|常务副|名誉|原|前)?(?P<office>{any_of('offices')})")
_LEVEL: Final = re.compile(r"([省市县区镇乡村])(委副?书记|长(?![期度大春久短江城远]))")
_YEAR: Final = re.compile(r"(?<![0-9])(?:1[0-9]|20)[0-9]{2}(?=[年届]|[^0-9.%\u4e00-\u9fff]|$)")
_NOUNS: Final = tuple(  # what is asked for only where it stands beside the asking word: no 收费站, no 工资监督员
    (re.compile(asked), re.compile(given))
    for asked, given in (
        (r"电话|手机号|联系方式|号码(?!头)|phone", r"[0-9][0-9\-]{5,}"),
        (r"人口|population", r"人口[^,。]{0,8}[0-9]|[0-9][^,。]{0,6}人口"),
        (r"年龄|年纪|岁数|今年多大|how old", r"岁|出生|生于|[0-9]{2}后"),
        (r"面积|占地", r"平方|亩|公顷"),
        (r"价格|票价|收费|费用|工资|月薪|金额|造价|产值|gdp", r"[元块]|免费|[0-9]万|[0-9]亿"),
        (r"网址|官网|邮箱|邮编|微信号", r"[a-z0-9]{5,}"),
        (r"车牌|牌照|编号|证号", r"[a-z0-9]{3,}"),
        (r"身高|海拔", r"米"),
        (r"体重|重量", r"克|斤|吨"),
    )
)
_MEASURES: Final = tuple(
    (re.compile(asked), re.compile(given))
    for asked, given in (
        (r"地址|门牌", r"号|路|街(?!道)|巷|弄|楼|室|大厦"),
        (r"几岁|多少岁", r"岁|出生|生于|[0-9]{2}后"),
        (r"多少钱|几个钱", r"[元块]|免费|[0-9]万|[0-9]亿"),
        (
            r"哪里人|哪儿人|何方人|籍贯|where .{2,30} from",
            rf"[省市县区镇乡村国]人|是[{CJK}]{{2,3}}人|籍|来自|出生|老家|家乡|from",
        ),
        (r"which park", r"园|park"),
        (r"which (?:company|factory)", r"公司|集团|厂|企业|社|行|店|compan|factor|ltd"),
        (r"which hospital", r"院|hospital|clinic"),
        (
            r"which (?:school|university|college)",
            r"校|学|专|school|universit|college",
        ),
        (r"多久|多长时间", r"[年月天日时周秒]|分钟|期"),
        (r"百分之几|百分比|占比|比例|几成", r"%|分之|成|倍"),
        (r"多高", r"米"),
        (
            r"哪一?年|几几年|(?:what|which) year",
            r"[0-9〇零一二三四五六七八九十元]{2,}年|[元十去今前明同当次]年|年代|[0-9]{4}",
        ),
        (r"几点|what time", r"[点时]|[0-9][:.][0-9]|[0-9] ?[ap]\.?m|noon|midnight"),
        (r"(?:多少|几)户", r"[户家]"),
        (r"多重", r"克|斤|吨"),
        (
            r"成立|创办|创立|创建于|founded|established",
            r"成立|创办|创立|创建|建立|组建|揭牌|挂牌|设立|诞生|起步|found|start|establish",
        ),
        (
            r"冠军|第一名|(?:拿|得|获|夺)[了得到]*第一(?=[?的]|$)|夺冠|champion|winner",
            r"冠军|第一|夺冠|金牌|一等奖|获得|优胜|夺得",
        ),
        (r"妻子|老婆|太太|wife", r"妻|夫妇|爱人|老婆|太太|女|家人|wife"),
        (r"丈夫|老公|husband", r"夫|爱人|老公|男|家人|husband"),
        (r"父亲|母亲|儿子|女儿", r"父|母|爸|妈|爹|娘|儿|女|孩|家人"),
        (r"毕业于|母校|哪所大学|graduate", r"毕业|就读|大学|学院|专业"),
        (r"比分|比数", r"[0-9一二三四五六七八九十] ?[:比] ?[0-9一二三四五六七八九十]"),
        (r"(?:题目|标题|篇名)(?:是|叫)?什么", r"[“「《]|题"),
        (r"几年级|哪个年级", r"年级|[小初高大][一二三四五六]|[小初中高]班|幼儿园"),
        (r"几号摊位|几号楼|几号门|哪个摊位|几楼|几层", r"号|楼|层"),
        (r"几等奖", r"等奖|[金银铜]奖"),
        (r"判(?:了|处)?(?:几|多少)年", r"年|月|缓刑"),
        (
            r"(?:经费|资金|投资|产值|盈利|利润|亏损|预算|赔偿|奖金|补贴|补助|营业额|销售额|收入|成本|租金|学费|押金|欠款|罚款)"
            r"[^,。?]{0,6}(?:多少|几)",
            r"[元块]|[0-9][万亿]|%|分之|成|免",
        ),
        (r"前任|上一任", r"前|原任|接任|接替|继任|上一任"),
        (
            r"(?:哪一?年|什么时候|何时|几时|哪天).{0,4}(?:出任|上任|就任|当上|当选|担任)",
            r"[担出上就]任|当上|当选|当了|选为|任命|接任|任职",
        ),
        (r"辞职|离职|卸任", r"辞|离职|离任|卸任|不再"),
        (r"为什么.{0,12}(?:关闭|停办|撤销|取消|倒闭)", r"关|停|撤|取消|不再|倒闭"),
        (r"专利", r"专利"),
        (r"(?:哪一?年|什么时候|何时|哪天)(?:出生|生的)|(?<![发产])生于(?:哪|什么|何)", r"出生|生于|诞生|岁|年生"),
        (r"接替|接任|继任", r"接|继|替|换|新任"),
        (r"造价|售价|定价|单价", r"价|[元块钱]"),
        (r"什么奖|哪些奖|什么荣誉|what award", r"奖|荣誉|称号|表彰|授予|评为"),
    )
)
_OTHERWISE: Final = frozenset(("who", "when", "where", "why", "how"))  # kinds that do not ask for a noun
_ASKS_AFTER: Final = re.compile(
    r"[^,。?]{0,4}?(?:多少|几|什么|甚么|啥|哪(?!一?[家位个所])|何|多[大高重])|[^,。?]{0,2}\??$"
)
_ASKS_BEFORE: Final = re.compile(r"(?:多少|几|什么|甚么|啥|哪|何|多[大高重])[^,。?]{0,3}$")
_TIME: Final = re.compile(
    r"[0-9〇零一二三四五六七八九十]|[今去前明当同][年天日]|[昨今明]|日前|近日|[春夏秋冬]|[后前末初时代朝]"
)
_ENGLISH_TIME: Final = re.compile(
    r"january|february|march|april|may|june|july|august|september|october|november|(?:mon|tues|wednes|thurs|fri|satur|sun)day|noon"
    r"|december|night|morning|evening|yesterday|today|spring|summer|autumn|fall|winter|century|ago|last|next"
)
_PLACES: Final = frozenset(words("places"))
_NAME: Final = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?:[ -][A-Z][a-z]+)*")
UNKNOWN_NAME: Final = 0.3  # factors on the confidence
_WRONG_OFFICE: Final = 0.25
_WRONG_YEAR: Final = 0.3
_WRONG_MEASURE: Final = 0.3
_WRONG_NAME: Final = 0.3
_ANOTHER: Final = 0.3


def plausibility(question: Question, sentence: str, article: str, headlines: str = "") -> float:
    """A factor from 0 to 1 on the confidence that `sentence` of `article` under `headlines` (all folded) answers
    `question`."""
    asked = fold(question.text)
    factor = _WRONG_OFFICE if _office_differs(asked, sentence) or _office_lacks(question, sentence) else 1.0
    if any(year not in article for year in _YEAR.findall(asked)):
        factor *= _WRONG_YEAR
    if any(place not in article for place in _places(asked)):
        factor *= _WRONG_NAME
    measures = [*_MEASURES, *(pair for pair in _NOUNS if _is_asked(question, asked, pair[0]))]
    missed = any(wanted.search(asked) and not given.search(sentence) for wanted, given in measures)
    if missed or _tells_no_time(question, sentence) or unmet(asked, sentence):
        factor *= _WRONG_MEASURE
    if tells_of_another(asked, sentence, article, headlines):
        factor *= _ANOTHER
    return factor


def _is_asked(question: Question, asked: str, noun: re.Pattern[str]) -> bool:
    """Whether the noun stands beside the word that asks, and nothing else is counted (邮箱收到多少封信)."""
    match = noun.search(asked)
    if match is None or question.kind in _OTHERWISE or counted(asked):
        return False
    after, before = _ASKS_AFTER.match(asked, match.end()), _ASKS_BEFORE.search(asked[: match.start()])
    return question.lang == "en" or after is not None or before is not None


def _places(asked: str) -> list[str]:
    """The cities, provinces and countries that the question names."""
    pieces = {asked[i : i + size] for size in (2, 3, 4) for i in range(len(asked) - size + 1)}
    return sorted(pieces & _PLACES)


def unknown_names(archive: Archive, question: Question) -> bool:
    """Whether an English question names something (France) of which no reading stands in the archive."""
    names = _NAME.findall(question.text) if question.lang == "en" else []
    groups = [english_groups(archive, name.lower().split()) for name in names]
    return any(all(form.isascii() and not _known(archive, form) for form in group) for one in groups for group in one)


def _known(archive: Archive, word: str) -> bool:
    return archive.document_frequency(word) > 0


def _office_differs(asked: str, sentence: str) -> bool:
    """Whether the question names an office that the sentence holds only with another rank or for another body (副主席
    for 主席, 市委书记 for 县委书记)."""
    return _another(_OFFICE, "deputy", "office", asked, sentence) or _another(_LEVEL, 1, 2, asked, sentence)


def _another(pattern: re.Pattern[str], before: str | int, office: str | int, asked: str, sentence: str) -> bool:
    wanted, held = (
        {(match[office], match[before] or "") for match in pattern.finditer(text)} for text in (asked, sentence)
    )
    offices = {name for name, _ in held}
    return any(name in offices and (name, one) not in held for name, one in wanted)


def _office_lacks(question: Question, sentence: str) -> bool:
    """Whether the question asks who holds an office (市长是谁) that the sentence does not name."""
    held = [match["office"] for match in _OFFICE.finditer(question.before) if match.end() == len(question.before)]
    return question.kind == "who" and any(office not in sentence for office in held)


def _tells_no_time(question: Question, sentence: str) -> bool:
    """Whether the question asks when, and the sentence holds neither figure nor word of time."""
    return question.kind == "when" and not (_TIME.search(sentence) or _ENGLISH_TIME.search(sentence))


def office_shared(question: Question, sentence: str) -> int:
    """How many letters before the office asked for the sentence has too: 街道工会主席 is no 省总工会主席."""
    asked = next((m for m in _OFFICE.finditer(question.before) if m.end() == len(question.before)), None)
    if question.kind != "who" or asked is None:
        return 0
    wanted = question.before[: asked.start()]
    ends = [sentence[: match.start()] for match in _OFFICE.finditer(sentence) if match["office"] == asked["office"]]
    shared = (next((n for n in range(len(wanted), 0, -1) if end.endswith(wanted[-n:])), 0) for end in ends)
    return max(shared, default=0)
