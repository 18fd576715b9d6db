"""Interviews and readers' letters: the sentence that asks is passed over for the one that answers it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from qa import Archive
from qa.answers.scoring import _passed_on

LETTERS = """# 律师信箱

## 高温津贴能用绿豆汤抵吗

问:我在一家电镀厂上班,厂里说每天发绿豆汤,就不发高温津贴了,合法吗?

答:不合法。防暑降温饮料是用人单位必须提供的劳动保护用品,高温津贴是工资的组成部分,两者不能互相冲抵。

问:试用期内辞职,厂里让我赔三千元培训费,要不要赔?

答:没有签订服务期协议,就不用赔。
"""


def candidates(*texts: str) -> list[Any]:
    passage = SimpleNamespace()
    return [SimpleNamespace(passage=passage, number=n, sentence=SimpleNamespace(text=t)) for n, t in enumerate(texts)]


def test_the_answer_takes_the_place_of_the_question_before_it() -> None:
    pool = candidates("为什么改?", "因为旧了。", "他问:“走吗?”", "她说走。", "完了。")
    passed = _passed_on(pool, np.array([3.0, -1.0, 2.0, 2.5, 0.0]))
    assert passed.tolist() == [-1.0, 3.0, 2.0, 2.5, 0.0]


def test_a_question_that_nothing_follows_keeps_its_place() -> None:
    assert _passed_on(candidates("完了。", "走吗?"), np.array([0.0, 1.0])).tolist() == [0.0, 1.0]
    apart = [*candidates("走吗?"), *candidates("第一句。", "第二句。")[1:]]
    assert _passed_on(apart, np.array([1.0, 0.0])).tolist() == [1.0, 0.0]


def test_a_readers_question_is_answered_by_what_the_lawyer_says(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text(LETTERS, encoding="utf-8")
    with Archive.build([tmp_path / "letters.txt"], tmp_path / "index") as archive:
        answer = archive.ask("厂里发绿豆汤就不发高温津贴合法吗?")
    assert answer.status == "answered"
    assert answer.citations[0].quote.startswith(("答:不合法", "不合法", "防暑降温饮料"))
