"""Bytes to text: which encoding a file is in, by what its bytes are.

A character that could not be decoded is counted, never lost in silence.
"""

from __future__ import annotations

import codecs
import functools
import re
import unicodedata

from qa.errors import UndecodableFile
from qa.text import fold, is_han

_BOMS = (  # UTF-32 first: its little-endian mark begins with the one of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE = ("gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
_PLAUSIBLE = 0.8  # right decodings of 20 characters or more scored above 0.93, wrong ones below 0.75
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SAMPLE = 2**16  # bytes looked at to choose an encoding; even, so that no UTF-16 unit is cut


def decode(data: bytes, name: str) -> tuple[str, str, int]:
    """Text of `data` without its byte order mark, the encoding it was in, and how many characters were replaced.

    Order: byte order mark, strict UTF-8, the Chinese encodings by how plausible their Chinese is, UTF-8 with single
    faults, then charset-normalizer. Raises UndecodableFile, with `name`, for bytes that are no text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode_leniently(data, encoding)
    wide = b"\0" in data[:8192]  # no text but UTF-16 has zero bytes
    if not wide and (text := _strictly(data, "utf-8")) is not None:
        if not _looks_binary(text):
            return text, "utf-8", 0
        raise UndecodableFile(f"{name} is a binary file; only text can be indexed.")
    guessed = [(plausibility(_sample(data, e)), e) for e in (_CHINESE[2:] if wide else ("utf-8", *_CHINESE))]
    score, encoding = max(guessed, key=lambda pair: pair[0])
    if score >= _PLAUSIBLE:
        return _decode_leniently(data, encoding)
    if wide:
        raise UndecodableFile(f"{name} is a binary file; only text can be indexed.")
    return _decode_otherwise(data, name)


def _decode_leniently(data: bytes, encoding: str) -> tuple[str, str, int]:
    text = _strictly(data, encoding)
    if text is not None:
        return text, encoding, 0
    text = _SURROGATE.sub("\ufffd", data.decode(encoding, "replace"))
    return text, encoding, text.count("\ufffd")


def _decode_otherwise(data: bytes, name: str) -> tuple[str, str, int]:
    text = data.decode("utf-8", "replace")
    foreign = sum(map(text.count, "\ufffd")), sum(c > "\x7f" for c in text)
    if foreign[0] <= 0.05 * foreign[1]:
        return text, "utf-8", foreign[0]
    import charset_normalizer

    best = charset_normalizer.from_bytes(data[:_SAMPLE]).best()
    decoded = _strictly(data, best.encoding) if best else None
    if best is None or decoded is None or _looks_binary(decoded):
        raise UndecodableFile(f"{name} is no text in any known encoding; save it as UTF-8 and try again.")
    return decoded, best.encoding, 0


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _SURROGATE.search(text) else text


def _sample(data: bytes, encoding: str) -> str:
    return data[:_SAMPLE].decode(encoding, "replace")


def _looks_binary(text: str) -> bool:
    return len(_CONTROL.findall(text[:8192])) > 0.02 * len(text[:8192])


def plausibility(text: str) -> float:
    """How much of the text beyond ASCII is everyday Chinese: its share of common characters and punctuation, 0 to 1.

    A wrong decoding scatters over the whole code space, where the 3,755 characters of GB 2312 level 1 are few.
    """
    foreign = [c for c in fold(text) if c > "\x7f"]
    if not foreign:
        return 0.0 if _CONTROL.search(text) else 1.0
    good = sum(_is_common(c) for c in foreign)
    return good / (len(foreign) + 3 * len(_CONTROL.findall(text)))


_SIGNS = ("Ps", "Pe", "Pi", "Pf", "Po", "Pd", "Zs", "So", "Sm", "Nd", "No")


@functools.lru_cache(maxsize=2**16)
def _is_common(character: str) -> bool:
    if not is_han(character):
        return character != "\ufffd" and unicodedata.category(character) in _SIGNS
    try:
        return 0xB0 <= character.encode("gb2312")[0] <= 0xD7
    except UnicodeEncodeError:
        return False
