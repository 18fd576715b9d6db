"""A question in the words of a newspaper: people type 两口子 and 工钱 where it prints 夫妇 and 工资."""

from __future__ import annotations

import re
from typing import Final

from qa.conversation.patterns import pairs

_FORMAL: Final = pairs("everyday")
_WORD: Final = re.compile("|".join(sorted(_FORMAL, key=len, reverse=True)))


def formally(asked: str) -> str:
    """`asked` with its everyday words as a newspaper has them; "" where it has none of these."""
    found = _WORD.sub(lambda match: _FORMAL[match[0]], asked)
    return found if found != asked else ""
