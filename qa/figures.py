"""Numbers in prose as values with what they count, so that 1,806场 and 一千八百零六场 are the same."""

from __future__ import annotations

import re
from typing import Final

from qa.text import CJK, fold

Figure = tuple[float, str]  # value, the character after it ("" where nothing Chinese follows, "%" for shares)

_DIGITS: Final = {digit: number for number, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_BIG: Final = {"万": 10_000, "亿": 100_000_000}
_WESTERN: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_SCALES: Final = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_FIGURE: Final = re.compile(
    rf"(?P<share>百分之)?(?:(?P<arabic>[0-9]+(?:,[0-9]{{3}})*(?:\.[0-9]+)?)|(?P<chinese>[{''.join(_DIGITS)}十百千万亿]+"
    rf"(?:点[{''.join(_DIGITS)}]+)?))(?P<big>[十百千]?[余多]?[万亿]*)\s*(?P<scale>(?:{'|'.join(_SCALES)})\b)?"
    rf"(?P<mark>[%‰])?[余多来几]?个?多?(?P<unit>[{CJK}])?"
)
_CHINESE: Final = "".join(_DIGITS) + "十百千万亿"
_NUMERAL: Final = re.compile(rf"(?:百分之)?(?:[0-9][0-9,.]*[万亿]*|[{_CHINESE}]+(?=[年月日])|[{_CHINESE}]{{2,}})[%‰]?")
_WORDS: Final = re.compile(rf"\b({'|'.join(_WESTERN)})(?: ({'|'.join(_SCALES)}))?\b")
_MONTH: Final = re.compile(rf"(?<=in |of )(?:{'|'.join(_MONTHS)})\b|\b(?:{'|'.join(_MONTHS)})(?=,? [0-9])")
_COUNTED: Final = frozenset("%‰年月日时分秒岁人元米吨亩户次场家件条所项届期批支套本篇部辆台")  # two of them disagree
_SAME_UNIT: Final = {"号": "日", "块": "元", "名": "人", "位": "人"}


def figures(text: str) -> list[Figure]:
    """The numbers of `text` in order. A lone 一 counts nothing."""
    folded = "".join(fold(text).split()) if re.search(f"[{CJK}]", text) else fold(text)
    found = [figure for match in _FIGURE.finditer(folded) if (figure := _figure(match))]
    words = [(word, scale) for word, scale in _WORDS.findall(folded) if word != "one" or scale]
    found += [(_WESTERN.index(word) * _SCALES.get(scale, 1.0), "") for word, scale in words]
    return found + [(_MONTHS.index(word) + 1.0, "月") for word in _MONTH.findall(folded)]


def without_figures(text: str) -> str:
    """`text` folded, its numbers blank: what else it says."""
    return _NUMERAL.sub(lambda match: " " * len(match[0]), fold(text))


def _figure(match: re.Match[str]) -> Figure | None:
    if match["chinese"] in ("一", "万", "千", "百", "亿", "千万", "万万", "万一"):
        return None
    value = float(match["arabic"].replace(",", "")) if match["arabic"] else chinese_value(match["chinese"])
    for letter in match["big"]:
        value *= _UNITS.get(letter) or _BIG.get(letter, 1)
    value *= _SCALES.get(match["scale"], 1.0)
    if match["share"] or match["mark"]:
        return round(value, 6), match["mark"] or "%"
    unit = match["unit"] or ""
    return round(value, 6), _SAME_UNIT.get(unit, unit)


def chinese_value(numeral: str) -> float:
    """The value of a Chinese numeral: 一千八百零六, 二〇二〇, 三点五, 十万."""
    whole, _, part = numeral.partition("点")
    fraction = float("0." + "".join(str(_DIGITS[digit]) for digit in part)) if part else 0.0
    if all(letter in _DIGITS for letter in whole):
        return float("".join(str(_DIGITS[letter]) for letter in whole) or 0) + fraction
    total, section, digit = 0.0, 0.0, 0.0
    for letter in whole:
        if letter in _DIGITS:
            digit = float(_DIGITS[letter])
        elif letter in _UNITS:
            section, digit = section + (digit or 1.0) * _UNITS[letter], 0.0
        elif letter == "万":
            total, section, digit = total + (section + digit or 1.0) * _BIG[letter], 0.0, 0.0
        else:
            total, section, digit = (total + section + digit or 1.0) * _BIG[letter], 0.0, 0.0
    return total + section + digit + fraction


def missing_figures(sentence: str, quotes: str) -> list[Figure]:
    """The numbers of `sentence` that `quotes` do not hold counting the same."""
    held = figures(quotes)
    return [(value, unit) for value, unit in figures(sentence) if not any(_agree(value, unit, *one) for one in held)]


def _agree(value: float, unit: str, held: float, of: str) -> bool:
    if abs(value - held) > 1e-6 * max(1.0, abs(held)):
        return False
    return unit == of or not {unit, of} <= _COUNTED
