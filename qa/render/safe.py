"""Text from newspapers and visitors, made safe to show: nothing in it becomes markup, script or a terminal command."""

from __future__ import annotations

import html
import re

# Control, format (bidi, zero-width, tag) and surrogate characters, line and paragraph separators, blank fillers.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u180b-\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f\ud800-\udfff]"
)
# Chinese punctuation means nothing to Markdown, nor do the few ASCII signs left out here; "www." and "1." do.
_MARKDOWN = re.compile(r"""[!#$&()*+/:<=>@\[\\\]^_`{|}~-]|(?<=www)\.|(?<=\d)\.(?=\s|$)""", re.IGNORECASE)


def visible(text: str) -> str:
    """`text` with every character that hides or reorders others shown as U+FFFD; the length stays."""
    return _HIDDEN.sub("\ufffd", text)


def escape_html(text: str) -> str:
    """`text` for an HTML element or a quoted attribute."""
    return html.escape(visible(text), quote=True)


def escape_markdown(text: str) -> str:
    """`text` for one line of Markdown: every sign that any renderer might act on as a character reference."""
    one_line = " ".join(visible(text).split())
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", one_line)
