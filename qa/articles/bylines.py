"""Who wrote it: the printed forms of bylines, photo credits and author lines.

All functions take folded text (`qa.text.fold`), so half width and Simplified characters stand for all.
"""

from __future__ import annotations

import re

from qa.text import fold

_HAN = r"\u3400-\u9fff"
_GAP = r" {0,3}"
_STOP = r"(?=[ 、,/;()%·:]|$|摄|文[/图]|图[/文]|报 ?[道导]|撰|整理|供稿)"
_NAME = rf"[{_HAN}](?:[{_HAN}]{{1,3}}?|[{_HAN}]{{1,6}}·[{_HAN}·]{{1,8}}?| {{1,2}}[{_HAN}]){_STOP}"
_NAMES = rf"{_NAME}(?:{_GAP}[、,]{_GAP}{_NAME}| {{1,3}}(?!通讯员|记者|摄|文|图){_NAME}){{0,7}}"
_ROLE = (
    r"(?:本报|本刊|本网|特约|实习|首席|见习|全媒体|融媒体|驻[\u3400-\u9fff]{2,4}){0,3}"
    r" ?(?:记 ?者|通 ?讯 ?员|实习生|撰稿人|评论员|特派员)"
)
_PEOPLE = rf"{_ROLE}:?{_GAP}{_NAMES}(?:{_GAP}[/、,;]?{_GAP}{_ROLE}:?{_GAP}{_NAMES}){{0,3}}"
_DONE = r"(?:(?:摄影|图文|综合)?报 ?[道导]|文/?图|图/?文|文/摄|撰文|摄影|摄|文|图)"
_PRESS = rf"(?:本报|本刊|新华社|中新社|人民日报|光明日报|[{_HAN}]{{2,4}}社)"
_AGENCY = (
    rf"(?:据?{_PRESS}(?:[{_HAN}]{{2,8}}?)?(?:\d{{4}}年)?\d{{1,2}}月\d{{1,2}}日[电讯]"
    rf"|(?:本报|本刊|本网)(?:[{_HAN}]{{1,6}}?)?(?:快?讯|消息))"
)
_LEAD = re.compile(
    rf"{_AGENCY}{_GAP}\({_GAP}(?:{_PEOPLE}|{_NAMES}){_GAP}{_DONE}?{_GAP}\)"
    rf"|(?:{_AGENCY}|本报)?{_GAP}\(?{_PEOPLE}{_GAP}{_DONE}?{_GAP}\)?(?=[ :]|$|(?<=报道)|(?<=\)))"
    rf"|[【〔\[](?:{_AGENCY}|{_ROLE}{_GAP}{_NAMES})[】〕\]](?:{_GAP}\({_GAP}{_PEOPLE}{_GAP}{_DONE}?{_GAP}\))?"
    rf"|[【〔\[(](?:{_PRESS})?{_ROLE}{_GAP}[{_HAN}、 ]{{2,24}}[/ ]?[{_HAN}]{{0,8}}(?:报[道导]|电)[】〕\])]"
    rf"|{_ROLE}{_GAP}{_NAMES}/[{_HAN}]{{2,6}}(?:报[道导]|电)"
    rf"|{_AGENCY}(?=[ :]|$)"
    r"|[a-z][a-z .,]{2,40}\([a-z ]{2,20}\) ?(?:--|—|–)"
)
_SIGNATURE = re.compile(
    rf"(?:^|(?<=[。!?”…]) ?)\({_GAP}(?:{_PEOPLE}|{_NAMES}){_GAP}{_DONE}?{_GAP}\)$"
    rf"|(?<=[。!?”…]){_GAP}{_PEOPLE}{_GAP}(?:文/?图|图/?文|撰文|文|报道)?(?<!摄)$"
)
# A scan that garbles the role or a name still shows the closing word, set off by a space.
_BLURRED = re.compile(r"[^,。;:“”!?]{4,40}?报道(?= |$)")
_REPORT = re.compile(rf"【?{_AGENCY}[】( ]")
_LATIN_WORDS = r"[a-z][\w.'’-]+(?: [a-z][\w.'’-]*){1,3}"
_REPORTS = re.compile(rf"\(?{_LATIN_WORDS}(?: and {_LATIN_WORDS})? (?:reports?|reporting|writes?)\.?\)?")
_ENGLISH = re.compile(r"by\s+[a-z][\w.'’-]+(?:\s+(?:and\s+)?[a-z][\w.'’-]+){1,6}$")
_AUTHOR = re.compile(
    rf"[■□◆◇●○◎▲△★☆▪▌◥]{_GAP}(?:{_PEOPLE}|{_NAMES})(?:{_GAP}[/、]?{_GAP}{_DONE})?"
    rf"|(?:文/?图|图/?文|文|图|作者|撰文|摄影|撰稿|供稿|整理|编译){_GAP}[/:]{_GAP}(?:{_PEOPLE}|{_NAMES})"
    rf"(?:{_GAP}(?:文|图|摄影|摄)?{_GAP}[/:]?{_GAP}{_NAMES})?"
    rf"|{_PEOPLE}{_GAP}{_DONE}?"
    rf"|{_NAMES}{_GAP}/?{_GAP}(?:文/?图|图/?文|/文|撰文)"
)
_CREDIT = re.compile(
    rf"(?:^|(?<=[。!?”… ()]))\(?(?:{_PEOPLE}|(?:图片?|摄影|照片)?[:/]?{_GAP}{_NAMES}|资料图片?)"
    rf"{_GAP}/?{_GAP}(?:摄影|摄|供图|/图|图)\)?$"
)
_CAPTION = re.compile(r"\(?(?:[上下左右题]图|图片|图[①-⑨一二三四五六]?)[为:是]|[▲▼△▽◀▶←→↑↓]")
_AFFILIATION = re.compile(
    r"\(?(?:作者(?:单位|简介|系|为|:)|本文作者|本版(?:稿件|图片|摄影|编辑)|责任?编[:辑]|责编|版式|校对)"
)
_ROLE_SPLIT = re.compile(rf"({_ROLE}):?")
_NAME_AT = re.compile(_NAME)
# A place may follow a name without a break: two or three characters of name, two to four of place.
_NAME_PLACE = re.compile(rf"[{_HAN}]{{2}}(?=[{_HAN}]{{2}}报[道导])|[{_HAN}]{{3}}(?=[{_HAN}]{{2,4}}报[道导])")
_PARTS = re.compile(r"[ \u3000、,，/]+")
_LATIN_NAME = re.compile(r"[A-Z][a-z'’]+(?: [A-Z]\.)?(?: [A-Z][a-z'’-]+){1,2}|[A-Z]{2,12}(?: [A-Z]\.)? [A-Z]{2,14}")
# Common surnames, Simplified and Traditional.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    "陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔"
    "伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍"
    "仇邬卞卜巩隋厉佟褚娄戚郁祁虞邸屈晏郎栾尤鄢匡楼臧荆岑闵邝敖谌滕麦邢羊桑姬茅糜宓柏窦阚瞿邰郦苟储闻强柯"
    "華張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧蕭蔣葉蘇魏呂盧鍾譚陸範賈鄒閻龍賀顧龔邵萬錢嚴湯溫龐顏莊聶魯歐關蘭紀單塗駱藍遊管"
)
_COMPOUND_SURNAMES = re.compile(
    "欧阳|司马|上官|诸葛|夏侯|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|长孙|宇文|端木|南宫|歐陽|司馬|諸葛|東方"
)
_NO_NAME = re.compile(r"本报|报|[图文]|摄|近日|日前|新华社|作者|.*[讯电为单位]$")


def lead_byline(text: str) -> int:
    """Length of the byline phrase that opens `text`, 0 where there is none."""
    head = text[:120]
    match = _LEAD.match(head) or _BLURRED.match(head) or _ENGLISH.match(head)
    return match.end() if match else 0


def opens_report(text: str) -> bool:
    """`text` opens with the words of a report: 本报讯, 新华社北京1月1日电."""
    return _REPORT.match(text) is not None


def is_author_line(text: str) -> bool:
    """A line of its own that names the writer: ■甲, 文/甲 图/乙, 记者 甲 通讯员 乙."""
    if len(text) > 60 or _AUTHOR.fullmatch(text) is None:
        return False
    return all(is_likely_name(name) for _, name, _ in people(text))


def is_likely_name(name: str) -> bool:
    """`name` begins with a surname."""
    return name[0] in _SURNAMES or _COMPOUND_SURNAMES.match(name) is not None


def is_sign_off(printed: str) -> bool:
    """A line that can only stand under a story: names in brackets, "Jane Doe reports"."""
    plain = fold(printed)
    return signature_start(plain) == 0 or _reports(printed)


def _reports(printed: str) -> bool:
    words = [word for word in printed.strip("(). ").split()[:-1] if word != "and"]
    return _REPORTS.fullmatch(printed.lower()) is not None and all(word[0].isupper() for word in words)


def credit_start(text: str) -> int:
    """Where the photo credit that ends `text` begins, -1 where there is none."""
    tail = max(0, len(text) - 60)
    match = _CREDIT.search(text[tail:])
    return tail + match.start() if match else -1


def signature_start(text: str) -> int:
    """Where the names that sign the end of `text` begin, -1 where there are none."""
    tail = max(0, len(text) - 60)
    match = _SIGNATURE.search(text[tail:])
    if match is None:
        return -1
    named = [name for _, name, _ in people(match[0])]
    likely = all(is_likely_name(name) and (len(name) < 4 or "·" in name) for name in named)
    return tail + match.start() if named and likely else -1


def is_caption(text: str) -> bool:
    """A line that belongs to a picture: 图为…, or nothing but a photo credit."""
    return _CAPTION.match(text) is not None or (len(text) <= 60 and credit_start(text) == 0)


def is_affiliation(text: str) -> bool:
    """A closing line about the writer or the page: 作者单位:…, 责任编辑…"""
    return len(text) <= 80 and _AFFILIATION.match(text) is not None


def name_line(printed: str) -> bool:
    """Nothing but names: one to four Chinese names that begin with a common surname, or two to three Latin words."""
    if len(printed) > 30:
        return False
    if printed[0].isascii():
        return _LATIN_NAME.fullmatch(printed) is not None
    pieces = _PARTS.split(printed)
    return len(pieces) <= 4 and all(2 <= len(piece) <= 4 and is_likely_name(piece) for piece in pieces)


def people(text: str) -> list[tuple[str, str, int]]:
    """(kind, name, offset) of everybody whom a byline, author line or credit names."""
    found: list[tuple[str, str, int]] = []
    kind, photo = "author", re.search(r"摄|供图", text) is not None and "报道" not in text
    position = 0
    while position < len(text):
        role = _ROLE_SPLIT.match(text, position)
        if role:
            kind = "photographer" if photo else "correspondent" if "通" in role[1] else "reporter"
            position = role.end()
            continue
        placed = _NAME_PLACE.match(text, position) if kind != "author" and text[position] in _SURNAMES else None
        name = (None if _COMPOUND_SURNAMES.match(text, position) else placed) or _NAME_AT.match(text, position)
        if name and not _NO_NAME.match(name[0]):
            found.append(("photographer" if photo and kind == "author" else kind, name[0], position))
            position = name.end()
        else:
            position += 1
    return found
