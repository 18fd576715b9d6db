"""Who wrote it: the printed forms of bylines, photo credits and author lines.

All functions take folded text (`qa.text.fold`), so half width and Simplified characters stand for all.
"""

from __future__ import annotations

import re

from qa.text import fold

_HAN = r"\u3400-\u9fff"
_GAP = r" {0,3}"
_STOP = r"(?=[ 、,/╱∕;()%·:】〕]|$|摄|文[/图]|图[/文]|报 ?[道导]|撰|整理|供稿)"
_NAME = rf"[{_HAN}](?:[{_HAN}]{{1,3}}?|[{_HAN}]{{1,6}}·[{_HAN}·]{{1,8}}?| {{1,2}}[{_HAN}]){_STOP}"
_NAMES = rf"{_NAME}(?:{_GAP}[、,]{_GAP}{_NAME}| {{1,3}}(?!通讯员|记者|摄|文|图|报 ?[道导]){_NAME}){{0,7}}"
_ROLE = (
    r"(?:本报|本刊|本网|[\u3400-\u9fff]{0,2}[日晚早晨午时商快]报|特约|实习|首席|见习|学生|体育|校园|全媒体|融媒体|驻[\u3400-\u9fff]{2,4}){0,3}"
    r" ?(?:记 ?者(?!手记|札记|点评|观察|调查|述评|感言|提醒|链接|了解|获悉|看到|从|在)"
    r"|通 ?讯 ?员|实习生|撰稿人|评论员|特派员)"
)
_PEOPLE = rf"{_ROLE}:?{_GAP}{_NAMES}(?:{_GAP}[/、,;]?{_GAP}{_ROLE}:?{_GAP}{_NAMES}){{0,3}}"
_PICTURES = (
    rf"(?:{_GAP}文?{_GAP}/?{_GAP}(?:(?:摄影|图片):?{_GAP}{_NAMES}|{_NAMES}{_GAP}(?:摄影|摄|图)(?!报)))"  # 文 乙 摄
)
_DONE = r"(?:(?:摄影|图文|综合)?报 ?[道导]|文/?图|图/?文|文/摄|撰文|摄影|摄|文|图)"
_PRESS = rf"(?:本报|本刊|新华社|中新社|人民日报|光明日报|[{_HAN}]{{2,4}}社)"
_AGENCY = (
    rf"(?:据?{_PRESS}(?:[{_HAN}]{{2,8}}?)?(?:\d{{4}}年)?\d{{1,2}}月\d{{1,2}}日[电讯]"
    rf"|(?:本报|本刊|本网|[{_HAN}]{{0,3}}[日晚早午晨商时快都]报)(?:[{_HAN}]{{1,6}}?)?(?:快?讯|消息)"
    rf"|[{_HAN}]{{1,8}}[报刊网台]讯(?={_GAP}\({_GAP}{_ROLE}))"  # a paper by its name, or 本 misread
)
_LEAD = re.compile(
    rf"{_AGENCY}{_GAP}\({_GAP}(?:{_NAMES}{_GAP})?(?:{_PEOPLE}|{_NAMES}){_GAP}{_DONE}?{_GAP}\)"
    rf"|{_AGENCY} {{1,3}}(?:[{_HAN}]{{2,10}} {{1,3}})?{_NAMES}{_GAP}报[道导](?= |$)"
    rf"|(?:{_AGENCY}|本报)?{_GAP}\(?{_PEOPLE}(?:{_PICTURES}(?= ?\)?$)|{_GAP}{_DONE}?{_GAP}\)?(?=[ :]|$|(?<=报道|.\))))"
    rf"|[【〔\[](?:{_AGENCY}|{_ROLE}{_GAP}{_NAMES})[】〕\]]"
    rf"(?:{_GAP}\({_GAP}{_PEOPLE}{_GAP}{_DONE}?{_GAP}\)|{_GAP}{_PEOPLE}(?:{_PICTURES}|{_GAP}{_DONE})?(?= ?$))?"
    rf"|[【〔\[(](?:{_PRESS})?{_ROLE}{_GAP}[{_HAN}、 ]{{2,24}}[/╱∕ ]?[{_HAN}]{{0,8}}(?:报[道导]|电)[】〕\])]"
    rf"|{_ROLE}{_GAP}{_NAMES}[/╱∕][{_HAN}]{{0,6}}(?:报[道导]|电)"
    rf"|{_AGENCY}(?=[ :]|$)"
    r"|[a-z][a-z .,\d]{2,40}\([a-z ]{2,20}\) ?(?:--|—|–)"
)
_SIGNATURE = re.compile(
    rf"(?:^|(?<=[。!?”…]) ?)\({_GAP}(?:{_PEOPLE}|{_NAMES}){_GAP}{_DONE}?{_GAP}\)$"
    rf"|(?<=[。!?”…]){_GAP}{_PEOPLE}{_GAP}(?:文/?图|图/?文|撰文|文|报道)?(?<!摄)$"
    rf"|(?<=[。!?”…]) {{1,3}}{_NAMES}{_GAP}(?:文/?图|图/?文|撰文)$"
)
# A scan that garbles the role or a name still shows the closing word, set off by a space.
_BLURRED = re.compile(r"[^,。;:“”!?]{4,40}?报道(?= |$)")
_REPORT = re.compile(rf"【?{_AGENCY}[】( ]")
_NAMED = re.compile(rf"[【〔\[]?{_AGENCY}")
# Letters are signed with the place or the trade and the name; pen names stand in brackets behind the last word.
_WRITER = re.compile(
    rf"\(?(?:——? ?)?(?=.{{4,24}}$)[{_HAN}]{{2,14}}"
    rf"(?<=[民者工长生师人员友户主市县区镇乡村街路巷里校学司厂局院会中队站社馆所科台]) {{1,3}}({_NAME})\)?$"
)
_UNDER_LETTER = re.compile(rf"([{_HAN}]{{2,4}})(?: {{1,2}}[上启啟]| {{0,2}}[敬谨謹][上启啟])$")
_PEN_NAME = re.compile(rf"(?<=[。!?”…]) ?\([{_HAN}]{{2,6}}\)$")
_BARE_NAME = re.compile(rf"(?<=[。!?”…]) {{1,3}}([{_HAN}]{{2,3}})$")
_NOTE = re.compile(
    r"[下上]转|[下上]接|待续|完|[左右上下中]图|图$|略|节|摘|注|版|载|续|版权|未[经完]|[电讯]$|第|本文|本报|作者"
)
_DASHED = re.compile(r"[—–―-]{1,2} ?")
_STAFF = re.compile(r"本[报刊台](?:特约)?评论员|本[报刊]编辑部")
_PARTICULARS = re.compile(r"(?<=..)\([^()]{2,24}\)$")  # where the writer lives or works
_LATIN_SIGNATURE = re.compile(
    r"(?<=[.!?”\"']) [—–―-]{1,2} ?(?:[a-z][a-z'’.-]+(?: [a-z][a-z'’.-]*){1,2}|(?:[a-z]\.){2,3})$"
)
_LATIN_WORDS = r"[a-z][\w.'’-]+(?: [a-z][\w.'’-]*){1,3}"
_REPORTS = re.compile(rf"\(?{_LATIN_WORDS}(?: and {_LATIN_WORDS})? (?:reports?|reporting|writes?)\.?\)?")
_ENGLISH = re.compile(r"by\s+[a-z][\w.'’-]+(?:\s+(?:and\s+)?[a-z][\w.'’-]+){1,6}$")
_SIGNS = "■□◆◇●○◎▲△★☆▪▌◥口"  # a square is often read as 口
_AUTHOR = re.compile(
    rf"[{_SIGNS}]{_GAP}(?:{_PEOPLE}|{_NAMES})(?:{_GAP}[/、]?{_GAP}{_DONE})?"
    rf"|(?:文[/、]?图|图[/、]?文|文|图|作者|撰文|摄影|撰稿|供稿|整理|编译){_GAP}[/:]{_GAP}(?:{_PEOPLE}|{_NAMES})"
    rf"(?:{_GAP}(?:文|图|摄影|摄)?{_GAP}[/:]?{_GAP}(?:{_PEOPLE}|{_NAMES}))?"
    rf"|{_PEOPLE}(?:{_PICTURES}|{_GAP}/?{_GAP}{_DONE}?)"
    rf"|{_NAMES}{_GAP}/?{_GAP}(?:文/?图|图/?文|文/摄|/文|撰文)"
    rf"|{_NAMES}/文(?:{_GAP}{_NAMES}/(?:文|图|摄影?)){{1,2}}"
)
_SAYS_WHO = re.compile(rf"[■□◆◇●○]?{_GAP}{_ROLE}|(?:文|撰文|作者)[ /、:]|文[/、]?图|[{_HAN}]{{2,4}}/文")
# A sign, where the writer works, the name: □市中医院 甲, 撰文:市中医院 甲.
_OF_OFFICE = re.compile(
    rf"(?:[■□◆◇●○▲△]|(?:撰文|作者|口述|[解答][答复][人者]?):){_GAP}[{_HAN}]{{3,24}} {{1,3}}({_NAME})"
)
_CREDIT = re.compile(
    rf"(?:^|(?<=[。!?”… ()]))\(?(?:{_PEOPLE}|(?:图片?|摄影|照片)?[:/]?{_GAP}{_NAMES}|资料图片?)"
    rf"{_GAP}/?{_GAP}(?:摄影报道|摄影|摄|供图|/图|图)\)?$"
)
_CREDITED, _UNSIGNED = "道影摄图)", "。!?”…,、;:"  # what a credit ends with, and what no signature ends with
_CAPTION = re.compile(r"\(?(?:[上下左右题]图|图片|图[\d一二三四五六]?)[为:是]|[▲▼△▽◀▶←→↑↓]")
_AFFILIATION = re.compile(
    r"\(?(?:作者(?:单位|简介|系|为|:)|本文作者|本版(?:稿件|图片|摄影|编辑)|责任?编[:辑]|责编|版式|校对)"
)
_ROLE_SPLIT = re.compile(rf"({_ROLE}):?")
_NAME_AT = re.compile(_NAME)
# A place may follow a name without a break: two or three characters of name, two to four of place.
_NAME_PLACE = re.compile(rf"[{_HAN}]{{2}}(?=[{_HAN}]{{2}}报[道导])|[{_HAN}]{{3}}(?=[{_HAN}]{{2,4}}报[道导])")
_PARTS = re.compile(r"[ \u3000、,，/╱∕]+")
_LATIN_NAME = re.compile(
    r"[A-Z][a-z'’]+(?: [A-Z]\.)?(?: (?:[A-Z]['’]|Mc|Mac)?[A-Z][a-z'’-]+){1,2}"
    r"|[A-Z]{2,12}(?: [A-Z]\.)? (?:[A-Z]['’])?[A-Z-]{2,14}"
)
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    "陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔"
    "伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍"
    "仇邬卞卜巩隋厉佟褚娄戚郁祁虞邸屈晏郎栾尤鄢匡楼臧荆岑闵邝敖谌滕麦邢羊桑姬茅糜宓柏窦阚瞿邰郦苟储闻强柯"
    "洪简费应项车卓丘安练簡費應項車練寧畢樓華張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧蕭蔣葉蘇魏呂盧鍾譚陸範賈鄒閻龍賀顧龔邵萬錢嚴湯溫龐顏莊聶魯歐關蘭紀單塗駱藍遊管楚卫衛缪繆佟边邊席晁冀艾宫宮"
    "喻奚酆廉傅湛禹狄昝嵇荀甄芮羿邴隗郗钭郜蓟蔺屠胥逄璩濮扈郏浦阎茹宦庾阙殳夔厍訾饶蒯竺逯桓钮揭亓仝佘缑蔄冼佴郇郄"
)
_COMPOUND_SURNAMES = re.compile(
    "欧阳|司马|上官|诸葛|夏侯|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|长孙|宇文|端木|南宫|歐陽|司馬|諸葛|東方"
    "|淳于|钟离|申屠|濮阳|赫连|轩辕|闻人|司空|百里|东郭|呼延|独孤|鲜于|澹台|公羊|闾丘"
)
_NO_NAME = re.compile(r"本报|报|[图文]|摄|近日|日前|新华社|作者|.*[讯电单位]$|.*[者文图片]为$")


def _one_misread(word: str, before: str, after: str) -> tuple[re.Pattern[str], str]:
    forms = "|".join(f"{word[:i]}[{_HAN}]{word[i + 1 :]}" for i in range(len(word)))
    start = "|^" if len(word) > 2 else ""  # 读者 opens a signature
    return re.compile(f"(?:(?<=[{before}]){start})(?:{forms})(?={after})"), word


_MISREAD = (
    _one_misread("本报讯", "【", r" ?[(】]| 记者| 通讯员"),
    _one_misread("通讯员", " (、,", f"[ {_HAN}]"),
    _one_misread("实习生", " (、,", f"[ {_HAN}]"),
    _one_misread("记者", "(【", f"[ {_HAN}]"),
    _one_misread("摄影报道", f" {_HAN}", " "),
)
_READ_RIGHT = re.compile(  # what is left of any of these words where one letter is misread: few lines hold it
    r"(?=[本报讯通实习影摄(【])(?:本报|报讯|本.讯|通讯|讯员|通.员|实习|习生|实.生|[(【](?:记|.者)|影报道|摄.报道|摄影)"
)


def lead_byline(text: str) -> int:
    """Length of the byline phrase that opens `text`, 0 where there is none; marks of bold print do not count."""
    head = text[:120]
    if "**" in head[:40]:
        size = lead_byline(head.replace("**", ""))
        bold = head.find("**", 2) if head.startswith("**") else -1
        return size and size + 2 * (head.startswith("**") + (0 <= bold - 2 <= size))
    match = _LEAD.match(head)
    if match is None and (mended := _mended(head)) != head:
        match = _LEAD.match(mended)
    match = match or _BLURRED.match(head) or _ENGLISH.match(head)
    return match.end() if match else 0


def _mended(head: str) -> str:
    """The head of a line, as long as before, with the words that bylines share mended where one letter is misread."""
    if _READ_RIGHT.search(head):
        for pattern, word in _MISREAD:
            head = pattern.sub(word, head)
    return head


def reporting_phrase(text: str) -> int:
    """Length of the phrase that opens `text` and says who reports: 本报讯(记者 甲), 记者甲/某地报道. 0 for none.

    Narrower than `lead_byline`: an agency with names, or names with 报道.
    """
    head = text.replace("**", "")[:120]
    match = _LEAD.match(head)
    if match is None or not head or (head[0].isascii() and head[0].isalpha()):
        return 0
    phrase = match[0].rstrip(" )]】〕")
    named = _NAMED.match(phrase) is not None and re.search(_ROLE, phrase) is not None
    return match.end() if named or phrase.endswith(("报道", "报导")) else 0


def opens_report(text: str) -> bool:
    """`text` opens with the words of a report: 本报讯, 新华社北京1月1日电."""
    return _REPORT.match(text) is not None


def is_author_line(text: str) -> bool:
    """A line of its own that names the writer: ■甲, 文/甲 图/乙, 记者 甲 通讯员 乙."""
    if len(text) > 60:
        return False
    if text[:1] in _SIGNS:
        text = _PARTICULARS.sub("", text)
    if _OF_OFFICE.fullmatch(text) is None and _AUTHOR.fullmatch(text) is None:
        return False
    return all(is_likely_name(name) for _, name, _ in people(text))


def is_staff_writer(text: str) -> bool:
    """The writer of a leading article, named by office alone, over its headline or under it: 本报评论员."""
    return _STAFF.fullmatch(text) is not None


def credits_writer(text: str) -> bool:
    """A line of its own that says who wrote, whatever the names: 文/甲 图/乙, 记者 甲."""
    return len(text) <= 60 and _SAYS_WHO.match(text) is not None and _AUTHOR.fullmatch(text) is not None


def is_likely_name(name: str) -> bool:
    """`name` begins with a surname."""
    return name[:1] in _SURNAMES or _COMPOUND_SURNAMES.match(name) is not None


def is_sign_off(printed: str) -> bool:
    """A line that can only stand under a story: names in brackets, "Jane Doe reports"."""
    plain = fold(printed)
    dash = _DASHED.match(printed)
    after = printed[dash.end() :].split(",")[0] if dash else ""
    return (
        (after != "" and name_line(after))
        or signature_start(plain) == 0
        or _reports(printed)
        or is_letter_writer(plain)
    )


def is_letter_writer(text: str) -> bool:
    """A line of its own that signs a letter: 城东居民 甲."""
    match = _WRITER.fullmatch(text) or _UNDER_LETTER.fullmatch(text)
    return match is not None and is_likely_name(match[1]) and _ROLE_SPLIT.match(text) is None


def _reports(printed: str) -> bool:
    if _REPORTS.fullmatch(printed.lower()) is None:
        return False
    return all(word[0].isupper() for word in printed.strip("(). ").split()[:-1] if word != "and")


def credit_start(text: str) -> int:
    """Where the photo credit that ends `text` begins, -1 where there is none."""
    tail = max(0, len(text) - 60)
    match = _CREDIT.search(text[tail:]) if text[-1:] in tuple(_CREDITED) else None
    return tail + match.start() if match else -1


def signature_start(text: str, last: bool = False) -> int:
    """Where the names that sign the end of `text` begin, -1 where there are none.

    At the `last` paragraph of a story brackets may hold a pen name, and a name may stand bare.
    """
    if text[-1:] in tuple(_UNSIGNED):
        return -1
    tail = max(0, len(text) - 60)
    match = _LATIN_SIGNATURE.search(text[tail:]) or (_PEN_NAME.search(text[tail:]) if last else None)
    if match and not _NOTE.search(match[0][1:-1]):
        return tail + match.start()
    match = _SIGNATURE.search(text[tail:])
    if match is None:
        bare = _BARE_NAME.search(text[tail:]) if last else None
        return tail + bare.start() if bare and is_likely_name(bare[1]) and not _NOTE.search(bare[1]) else -1
    named = [is_likely_name(name) and (len(name) < 4 or "·" in name) for _, name, _ in people(match[0])]
    return tail + match.start() if named and all(named) else -1


def is_caption(text: str) -> bool:
    """A line that belongs to a picture: 图为…, or nothing but a photo credit."""
    return _CAPTION.match(text) is not None or (len(text) <= 60 and credit_start(text) == 0)


def is_affiliation(text: str) -> bool:
    """A closing line about the writer or the page: 作者单位:…, 责任编辑…"""
    return len(text) <= 80 and _AFFILIATION.match(text) is not None


def name_line(printed: str) -> bool:
    """Nothing but names: one to four Chinese names that begin with a common surname, or two to three Latin words."""
    if not 0 < len(printed) <= 30:
        return False
    if printed[0].isascii():
        return _LATIN_NAME.fullmatch(printed) is not None
    pieces = _PARTS.split(printed)
    return len(pieces) <= 4 and all(2 <= len(piece) <= 4 and is_likely_name(piece) for piece in pieces)


def people(text: str) -> list[tuple[str, str, int]]:
    """(kind, name, offset) of everybody whom a byline, author line or credit names."""
    found: list[tuple[str, str, int]] = []
    kind, photo = "author", re.search(r"摄|供图", text) is not None and "报道" not in text
    if (of_office := _OF_OFFICE.fullmatch(text)) and not _ROLE_SPLIT.search(text):
        return [("author", of_office[1], of_office.start(1))]
    position = 1 if text[:1] in _SIGNS else 0
    if position:
        text = _PARTICULARS.sub("", text)
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
