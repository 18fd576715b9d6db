"""Printed bylines that open a story, and the headline group above them: the surest signs a page gives.

The tagger gives these lines no other tag, whatever its weights.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.articles.bylines import (
    credits_writer,
    is_affiliation,
    is_author_line,
    is_caption,
    is_sign_off,
    name_line,
    opens_report,
    reporting_phrase,
    signature_start,
)
from qa.articles.lines import Line, column_widths, widths_of
from qa.articles.looks import ends_torn, has_page_words
from qa.articles.ngrams import heading_score

_MOST = 4  # lines of a headline group that are ruled
_VERSE = 6  # so many short lines in a row are verse or a list and no headline group
_DISPLAY = 40  # characters of the longest headline in Chinese
_LATIN_DISPLAY = 100
_RUN_IN = 6  # characters of text behind a byline in one line with it
_PROSE = 28  # characters that no byline, label or short headline has
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_LIKELY = -1.0  # log odds of the heading model for a line that stands farther from the byline
_ENDS = re.compile(r"[。;,、:…]$|[。!?][”」』)]$|[.][”\"')]?$")
_TITLE = r"[A-Z][\w.'’-]*"
_FINISHED = re.compile(r"[。;!?…][”」』)\"']*$|[.][”\"')]?$")
_FULL = 0.9  # part of the column that a line of running text fills
_BY = re.compile(rf"(?:By|BY|by) {_TITLE}(?: (?:and |AND )?{_TITLE}){{1,6}}(?:,? [\w '’-]{{3,40}})?$")
_MAIL = re.compile(r"\(?(?:e-?mail:? ?)?[\w.+-]+@[\w-]+\.[\w.-]+\)?$", re.IGNORECASE)


def openings(lines: Sequence[Line]) -> list[int]:
    """Indices of the lines that open a story with the names of its reporters, by their printed form."""
    found = [i for i in range(len(lines)) if _opens(lines, i)]
    return [i for i, after in zip(found, [*found, len(lines)][1:], strict=True) if not _is_kicker(lines, i, after)]


def _opens(lines: Sequence[Line], i: int) -> bool:
    line = lines[i]
    size = reporting_phrase(line.plain)
    if size and (len(line.plain) - size >= _RUN_IN or opens_report(line.plain)):
        return True
    named = is_author_line(line.plain) or credits_writer(line.plain) or is_english_byline(line.text)
    whole = size > 0 or named or _is_latin_name(line)
    return whole and not is_caption(line.plain) and _under_headline(lines, i) and _over_text(lines, i)


def _is_kicker(lines: Sequence[Line], i: int, after: int) -> bool:
    """Two Latin words over a headline that has its own byline at `after` are no name: SECOND CHANCES."""
    return _is_latin_name(lines[i]) and i + 1 < after < len(lines) and all(map(is_display, lines[i + 1 : after]))


def is_english_byline(printed: str) -> bool:
    """By Jane Doe; BY JANE DOE AND JOHN ROE, STAFF WRITERS."""
    return len(printed) <= 80 and _BY.match(printed) is not None


def is_mail_line(printed: str) -> bool:
    """Nothing but the mail address of the writer."""
    return _MAIL.match(printed) is not None


def _is_latin_name(line: Line) -> bool:
    return line.text[0].isascii() and not line.level and name_line(line.text)


def _under_headline(lines: Sequence[Line], i: int) -> bool:
    return i == 0 or is_display(lines[i - 1])


def _over_text(lines: Sequence[Line], i: int) -> bool:
    """Running text follows, perhaps behind an address or the name of an office."""
    below = lines[i + 1 : i + 3]
    told = any(len(line.plain) >= _PROSE or _ENDS.search(line.plain) is not None for line in below)
    return told and not below[0].marked


def is_display(line: Line) -> bool:
    """Set like a headline: short, no full stop or comma at its end, neither names that sign nor a caption."""
    plain = line.plain
    longest = _LATIN_DISPLAY if line.text[0].isascii() else _DISPLAY
    lower = line.text[0].islower() and plain.isascii()
    if len(plain) > longest or _ENDS.search(plain) or lower or ends_torn(plain) or _IN_BRACKETS.fullmatch(plain):
        return False
    signed = is_sign_off(line.text) or is_author_line(plain) or name_line(line.text) or signature_start(plain) >= 0
    return not (
        signed
        or reporting_phrase(plain)
        or credits_writer(plain)
        or is_caption(plain)
        or is_affiliation(plain)
        or is_mail_line(line.text)
    )


def headline_groups(lines: Sequence[Line], opened: Sequence[int]) -> set[int]:
    """Indices of the display lines right above the lines `opened`."""
    if not opened:
        return set()
    widths = column_widths(widths_of(lines))
    found: set[int] = set()
    for i in opened:
        top = i
        while top > max(0, i - _VERSE) and is_display(lines[top - 1]):
            top -= 1
        found.update(_group(lines, widths, top, i))
    return {k for k in found if not has_page_words(lines[k].plain)}


def _group(lines: Sequence[Line], widths: Sequence[int], top: int, byline: int) -> list[int]:
    """The lines from the byline upwards that are surely headlines, of those between `top` and it."""
    verse = byline - top >= _VERSE
    found: list[int] = []
    for k in range(byline - 1, max(top, byline - 1 - _MOST) - 1, -1):
        if not (
            lines[k].marked or (not verse and not _names_last(lines[k].plain) and _stands_apart(lines, widths, k, top))
        ):
            break
        if found and not _belongs(lines, k):
            break
        found.append(k)
    return found


def _names_last(plain: str) -> bool:
    """The end of a signature or a credit that a scan garbled: a name after a space, 摄."""
    return plain.endswith("摄") or (" " in plain and len(plain.split()[-1]) <= 3 and name_line(plain.split()[-1]))


def _belongs(lines: Sequence[Line], i: int) -> bool:
    """A line farther from the byline is part of the headline group, and no end of the story above."""
    if lines[i].marked or i == 0:
        return True
    return "," not in lines[i].plain and (_finished(lines[i - 1]) or heading_score(lines[i].plain) > _LIKELY)


def _finished(line: Line) -> bool:
    return _FINISHED.search(line.plain) is not None


def _stands_apart(lines: Sequence[Line], widths: Sequence[int], i: int, top: int) -> bool:
    """No line out of a column of text: not set in one, or under a finished sentence, or short under such a line."""
    if not widths[i] or i == 0 or lines[i - 1].marked or _finished(lines[i - 1]):
        return True
    short = lines[i].width < _FULL * widths[i] and heading_score(lines[i].plain) > 0
    return short and i - 1 >= top and _stands_apart(lines, widths, i - 1, top)
