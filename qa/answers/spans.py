"""Spans of a sentence that can answer: times, numbers with their unit, persons, places, names in quotation marks.

General rules only: surnames, administrative suffixes, measure words and the formulas of newspaper prose.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from qa.text import CJK

SURNAMES: Final = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐"
    "费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董"
    "梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经房裘缪干解应宗丁宣邓单杭洪包诸左石崔吉"
    "龚程邢裴陆荣翁荀羊甄家封储靳焦巴弓牧车侯全班仰秋仲伊宫宁仇栾祖武符刘景詹束龙叶幸司黎薄印宿白怀蒲从索赖卓蔺屠蒙池乔"
    "闻党翟谭劳姬申扶冉宰桑桂牛寿通边燕尚农温庄晏柴瞿阎连茹习艾容向古易慎戈廖庾终居衡步耿满弘匡国文寇广东欧沃利师巩聂"
    "关查荆游竺权盖益桓公肖闫付代覃揭岳帅缑况亢海后冷隗佟苑门刑楼应柴杭尉耕揣"
)
COMPOUND_SURNAMES: Final = ("欧阳", "司马", "上官", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙", "端木", "夏侯")
_TITLES: Final = (
    r"副?主席|副?书记|副?主任|副?局长|副?部长|副?市长|副?县长|副?区长|副?省长|副?院长|副?校长|副?会长|副?所长|副?科长|副?处长|副?队长|副?厂长|副?站长|"
    r"副?镇长|副?乡长|副?总裁|副?总理|总统|首相|国王|皇帝|教授|董事长|总经理|经理|委员|常委|秘书长|理事长|负责人|主管|代表|主播|导演|演员|歌手|作家|作者|编剧|"
    r"工匠|劳模|职工|工人|员工|教师|老师|医生|护士|律师|博士|院士|干部|党员|选手|队员|教练|司机|记者|通讯员|同志|先生|女士|师傅|传承人|技师|大师|研究员|工程师|创始人"
)
_SAYS: Final = r"说道|说|表示|介绍|告诉|认为|坦言|指出|强调|回忆|感慨|透露|称|笑着|高兴|激动|直言|解释|补充|出席|带队|率|等"
_DIGIT: Final = r"[0-90-9〇零一二三四五六七八九十百千万亿两]"
_TIME: Final = re.compile(
    rf"(?:公元前?)?(?:(?<![0-9.])[0-90-9]{{3,4}}|[〇零一二三四五六七八九]{{4}})年(?:代|底|初|末|[春夏秋冬]季?|上半年|下半年)?(?:[0-90-9一二三四五六七八九十]{{1,3}}月(?:[0-90-9一二三四五六七八九十廿]{{1,3}}[日号]|底|初|末|份|上旬|中旬|下旬)?)?(?:(?:凌晨|早上|上午|中午|下午|傍晚|晚上?)?[0-90-9]{{1,2}}[时点](?:[0-90-9]{{1,2}}分|半)?)?"
    r"|[0-90-9一二三四五六七八九十]{1,3}月(?:[0-90-9一二三四五六七八九十廿]{1,3}[日号]|底|初|末|份|上旬|中旬|下旬)?(?:(?:凌晨|早上|上午|中午|下午|傍晚|晚上?)?[0-90-9]{1,2}[时点](?:[0-90-9]{1,2}分|半)?)?"
    r"|(?:凌晨|早上|上午|中午|下午|傍晚|晚上?)[0-90-9]{1,2}[时点](?:[0-90-9]{1,2}分|半)?多?|[0-90-9]{1,2}[::][0-90-9]{2}"
    r"|[0-90-9一二三四五六七八九十]{1,2}世纪(?:[0-90-9一二三四五六七八九十]{2,3}年代)?(?:初|中叶?|末|上半叶|下半叶)?|(?:去|今|明|前|当|同|次|翌)年(?:[0-90-9一二三四五六七八九十]{1,3}月(?:[0-90-9一二三四五六七八九十]{1,3}[日号])?|年?[初底]|上半年|下半年|[春夏秋冬][季天]?)?"
    r"|[0-90-9一二三四五六七八九十]{1,3}年代|星期[一二三四五六日天]|周[一二三四五六日](?![年边])|[上下]半年|[春夏秋冬]季|[一-龥]{2}(?:元|[一二三四五六七八九十]{1,3})年(?![多来间前后])"
)  # fmt: skip
_SUFFIX: Final = r"(?:多|余|几)?(?:万|亿|千|百|万亿)?(?:多|余|几)?"
_NUMBER: Final = re.compile(
    rf"(?:[百千万]分之)?(?:[0-90-9]+(?:[,,][0-90-9]{{3}})*(?:[..][0-90-9]+)?|[零一二三四五六七八九十百千万亿两半]+|第[0-90-9一二三四五六七八九十百]+|数[十百千万]){_SUFFIX}"
    rf"(?:[%%‰]|个?百分点|(?:平方|立方)?(?:公里|千米|厘米|毫米|英尺|英里|海里|米|公顷|公分)|人民币|美元|英镑|欧元|港元|日元|新台币|元|块|公斤|千克|毫克|吨|克|升|[{CJK}])?"
)
_PLACE: Final = re.compile(
    rf"[{CJK}]{{1,10}}?(?:自治区|自治州|特别行政区|开发区|高新区|园区|省|市|县|区|州|盟|旗|镇|乡|街道|村|社区|路[0-9]*号?|街|巷|大厦|大楼|广场|公园|中心|酒店|宾馆|"
    r"大学|学院|学校|医院|车站|机场|港|岛|山|河|湖|江|海|湾|桥|国|洲|馆|厅|场|寺|庙|宫|城|楼|室|内|旁|部|厂|公司|店|院|营业厅|基地)"
)
_NAMES: Final = re.compile(r"[“「『‘](?P<quoted>[^”」』’]{1,30})[”」』’]|[《〈](?P<title>[^》〉]{1,40})[》〉]")
_FOREIGN: Final = re.compile(rf"[{CJK}]{{1,6}}(?:[·・‧•][{CJK}]{{1,8}})+|[A-Z][A-Za-z'’.\-]+(?: [A-Z][A-Za-z'’.\-]+)+")
_GIVEN_STOP: Final = frozenset("的了在是和与及等说有为不也将于对把被让从到向以其这那就都而并或因由来去上中下前后们年月日时个位名区市县省镇村街工会部局长主记")


@dataclass(frozen=True, slots=True)
class TypedSpan:
    """A stretch of a text with what it can be: who, when, number, where or name; `unit` of a number."""

    kind: str
    start: int
    end: int
    unit: str = ""
    weight: float = 1.0  # how sure the kind is, 0 to 1


@functools.lru_cache(maxsize=8192)
def typed_spans(text: str) -> tuple[TypedSpan, ...]:
    """All typed spans of `text`, by start. Spans of different kinds may overlap."""
    times = [TypedSpan("when", *match.span()) for match in _TIME.finditer(text)]
    taken = {i for span in times for i in range(span.start, span.end)}
    found = [*times, *_numbers(text, taken), *_persons(text), *_places(text), *_names(text)]
    return tuple(sorted(found, key=lambda span: (span.start, span.end)))


def _numbers(text: str, taken: set[int]) -> Iterator[TypedSpan]:
    for match in _NUMBER.finditer(text):
        if match.start() in taken:
            continue
        digits = re.match(rf"(?:第|数|[百千万]分之)?[0-90-9.,,.零一二三四五六七八九十百千万亿两半]+{_SUFFIX}", match[0])
        length = digits.end() if digits else 0
        unit = match[0][length:]
        weak = match[0][0] in "一二三四五六七八九十两半百千万零亿" and length < 2
        yield TypedSpan("number", match.start(), match.end(), unit, 0.4 if weak else 1.0)


def _persons(text: str) -> Iterator[TypedSpan]:
    for match in _FOREIGN.finditer(text):
        yield TypedSpan("who", *match.span(), weight=0.8)
    for start in range(len(text)):
        yield from _person_at(text, start)


def _person_at(text: str, start: int) -> Iterator[TypedSpan]:
    """A surname and a given name of one or two characters, where title before or speech verb after vouches for it."""
    compound = text[start : start + 2] in COMPOUND_SURNAMES
    if not compound and text[start] not in SURNAMES:
        return
    first = start + (2 if compound else 1)
    for length in (2, 1):
        end = first + length
        given = text[first:end]
        if len(given) < length or not all(_is_given(letter) for letter in given):
            continue
        weight = _person_weight(text, start, end)
        if weight:
            yield TypedSpan("who", start, end, weight=weight)
            return


def _is_given(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff" and letter not in _GIVEN_STOP


_BEFORE: Final = re.compile(rf"(?:{_TITLES}|■|名叫|叫做|名为|[/;;]|姓名[::]?)\s*$")
_LISTED: Final = re.compile(r"(?:[、和]|^)\s*$")
_AFTER: Final = re.compile(rf"\s*(?:{_SAYS}|同志|先生|女士|报道|摄|等)")


def _person_weight(text: str, start: int, end: int) -> float:
    before, after = _BEFORE.search(text[max(0, start - 6) : start]), _AFTER.match(text[end : end + 6])
    bounded = end == len(text) or not ("\u4e00" <= text[end] <= "\u9fff")
    if before:
        return 1.0 if after or bounded else 0.8
    if _LISTED.search(text[max(0, start - 2) : start]):
        return 0.6 if after or bounded else 0.3
    return 0.5 if after else 0.2 if end - start > 2 or bounded else 0.0


def _places(text: str) -> Iterator[TypedSpan]:
    for match in _PLACE.finditer(text):
        yield TypedSpan("where", *match.span(), weight=0.6)


def _names(text: str) -> Iterator[TypedSpan]:
    for match in _NAMES.finditer(text):
        group = "quoted" if match["quoted"] else "title"
        yield TypedSpan("name", *match.span(group))
