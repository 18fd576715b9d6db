"""How a line of a headline group is set, and what gives it away as a label, as a deck or as the end of a phrase."""

from __future__ import annotations

import re

_BEGINNING = 20  # characters that nearly always hold more letters than a label
_LETTERS = re.compile(r"[^\W_]")
FIGURE = re.compile(r"\d+|[一二三四五六七八九十百千万两廿零○〇]{2,}|[一二三四五六七八九十两](?=[年月日时点岁元块])")
_PLACE = re.compile(
    r"^[“”]?[\u4e00-\u9fff]{2,14}?(?:省|市|县|区|州|镇|乡|村|街道|社区|总工会|工会|总工|学院|大学|学校"
    r"|医院|公司|集团|委员会|局|厅|中心|协会|联合会)"
)
_SLOGAN = re.compile(
    r"进行时|天地|专栏|专题|之窗|之声|视点|聚焦|观察|[·•|]|^[【\[〔]"
    r"|^(?:推动|奋进|建功|喜迎|学习贯彻|深入学习|迎接|走进|致敬)"
)
_COLUMN = re.compile(
    r"进行时$|天地$|专栏$|之窗$|之声$|^【.*】$|^\[.*\]$|^[\u4e00-\u9fff]{2,6}[·•|][\u4e00-\u9fff]{2,8}$"
    r"|^[\u4e00-\u9fff]{1,4}(?<!的)(?:热线|信箱|副刊|[快简短]讯|短波|快读|速[递览]|人物|风采|关注|论坛|讲堂|漫笔|絮语|手记|札记|随笔"
    r"|笔谈|漫议|[时快短]评|杂谈|夜话|茶座|园地|视窗|视点|广角|聚焦|动态|前沿|书架|驿站|资讯|新闻|直通车|走基层|工作室)$"
)
_DASH = re.compile(r"[—–―─-]{1,3}(?=[^\W\d])")
_PARALLEL = re.compile(r"([\u4e00-\u9fff])[\u4e00-\u9fff]{1,4}(?:、\1[\u4e00-\u9fff]{1,4})+$")
NAME_IN_QUOTES = re.compile(r"“[^“”]{2,10}”")
_GENRE = re.compile(r"(?:纪实|侧记|见闻|纪事|综述|访谈|调查|采访记|探访|观察|速写|掠影)$")
_NAMES_PIECE = re.compile(rf"^《|{_GENRE.pattern}")  # what the deck says of the piece: its kind, the work it is about


def letters_in(text: str) -> int:
    return len(_LETTERS.findall(text))


def only_letters(text: str) -> str:
    return "".join(_LETTERS.findall(text))


def is_column(plain: str) -> bool:
    """A label that no headline looks like: in brackets, or named as columns are."""
    return _COLUMN.search(plain) is not None


def place_of(i: int, count: int) -> str:
    return "only" if count == 1 else f"{'first' if i == 0 else 'last' if i == count - 1 else 'in'} of {min(4, count)}"


def look_of(plain: str) -> str:
    """How the line is set, by the first of these that holds."""
    halves = plain.split(" ")
    if _DASH.match(plain):
        return "dash"
    if _GENRE.search(plain):
        return "genre"
    if len(halves) > 1 and len({letters_in(half) for half in halves}) == 1:
        return "balanced"
    if _PLACE.match(plain):
        return "place"
    if "“" in plain:
        return "quoted"
    if re.search(r"\d", plain):
        return "figure"
    return "spaced" if len(halves) > 1 else "asked" if plain[-1] in "?!" else "plain"


def is_label(plain: str) -> bool:
    """Too short or too general for a headline: a section label."""
    short = letters_in(plain[:_BEGINNING]) <= 6 and letters_in(plain) <= 6
    return short or _SLOGAN.search(plain) is not None


def explains(above: str, below: str) -> bool:
    """`below` is surely the deck of the headline `above`: a dash, a title or a genre marks it, or it tells details."""
    return names_kind(above, below) or tells_more(above, below)


def names_kind(above: str, below: str) -> bool:
    """A dash, the title of a work or a genre marks the deck."""
    named = letters_in(above) > 4 and not _SLOGAN.search(above) and _NAMES_PIECE.search(below) is not None
    return named or _DASH.match(below) is not None


def tells_more(above: str, below: str) -> bool:
    longer = len(below) > len(above) > 6 and above not in below
    return longer and _details(below) > _details(above) + 1


def _details(text: str) -> int:
    """Commas and figures: what a headline leaves to its deck."""
    return 2 * text.count(",") + len(FIGURE.findall(text))


def is_tail(above: str, below: str) -> bool:
    """`below` is the noun that a row of parallel attributes in `above` waits for."""
    return _PARALLEL.search(above[-60:]) is not None and len(below) <= 10
