"""Questions written about news: the shipped file, the stories they belong to, and archives of these that are asked."""

from __future__ import annotations

import gzip
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from qa.answers.network import Network, network_from, tensors_of
from qa.answers.reader import WEIGHTS as READER
from qa.answers.written import QUESTIONS, ask_written, is_written, story_of, written

TITLES = ("海东县图书馆开馆", "青山剧院翻修", "长岭码头停运", "白沙学校迁址")
BODIES = (
    "新馆藏书三十万册。建设共用去31万元。居民凭身份证借阅,每次可借五本,周一闭馆。",
    "舞台换上了新灯。翻修共用去38万元。首场演出定在中秋夜,戏票由街道发放给老人。",
    "趸船老旧,渡口改由大桥通行。拆除共用去45万元。十二名水手转到公交公司上班。",
    "操场铺好了跑道。搬家共用去52万元。三百名学生秋天在新教室上课,班车接送。",
)


def _packed(file: Path, records: list[dict[str, Any]]) -> Path:
    lines = (json.dumps(record, ensure_ascii=False) for record in records)
    file.write_bytes(gzip.compress("\n".join(lines).encode()))
    return file


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """Four stories as the news file holds them."""
    stories = [{"title": title, "body": body} for title, body in zip(TITLES, BODIES, strict=True)]
    _packed(tmp_path / "xwlb_news.jsonl.gz", stories)
    return tmp_path


def _asked(story: int, title: str) -> dict[str, Any]:
    questions = [
        {"question": f"{title}用了多少钱?", "answers": [f"{31 + 7 * story}万元"]},
        {"question": f"{title}的负责人多大年纪?", "answers": []},
        {"question": f"{title}由谁承建?", "answers": ["无此公司"]},
    ]
    return {"story": story, "title": title, "questions": questions}


def test_stories_come_with_their_questions_and_those_of_another_title_are_left_out(news: Path) -> None:
    records = [_asked(0, TITLES[0]), _asked(2, TITLES[2]), _asked(3, "别的标题")]
    found = written(news, _packed(news / "asked.jsonl.gz", records))
    assert [story_of(text) for text in found] == [0, 2]
    text, (known, missing, lost) = found[1]
    assert text.startswith(f"# {TITLES[2]}\n\n趸船老旧")
    assert known.gold == ("45万元",) and known.sentence == "拆除共用去45万元。" and known.trick == ""
    assert (missing.gold, missing.trick) == ((), "given")
    assert lost.trick == "skip"  # its answer is not printed
    assert is_written(known)


def test_they_are_asked_of_an_archive_that_stays_open_while_it_is_needed(news: Path) -> None:
    records = [_asked(number, title) for number, title in enumerate(TITLES)]
    texts = written(news, _packed(news / "asked.jsonl.gz", records))
    with ExitStack() as kept:
        asked = list(ask_written(texts, kept))
        assert len(asked) == 8  # those without a printed answer are not asked
        for one in asked:
            assert one.archive.article_of(one.found[0].hit.passage).text
            assert {one.found[i].hit.passage.source for i in np.flatnonzero(one.right)} <= {one.example.source}
            assert one.right.any() == bool(one.example.gold)
            gold = one.example.gold
            assert all(gold[0] in one.found[i].sentence.text for i in np.flatnonzero(one.right))


def test_the_shipped_questions_are_unique_and_say_what_they_must() -> None:
    with gzip.open(QUESTIONS, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    questions = [one["question"] for record in records for one in record["questions"]]
    answerable = sum(bool(one["answers"]) for record in records for one in record["questions"])
    assert len(questions) == len(set(questions)) > 10_000
    assert 0.6 < answerable / len(questions) < 0.8
    assert all(record["title"] and record["story"] >= 0 for record in records)
    assert len({record["story"] for record in records}) == len(records)


def test_a_reader_goes_on_from_what_was_exported() -> None:
    shipped = load_file(READER)
    network, codes = network_from(shipped)
    again = tensors_of(network.eval(), codes)
    assert set(again) == set(shipped)
    for name in ("encode.0.kernel", "model.3.bias", "fuse", "score", "odds_bias", "kind", "none"):
        assert again[name] == pytest.approx(shipped[name], abs=2e-3)
    rows = [tensors["letters.rows"] * tensors["letters.scales"][:, None] for tensors in (shipped, again)]
    assert rows[1] == pytest.approx(rows[0], abs=0.02)


def test_a_network_of_any_width_comes_back_as_the_same_reader() -> None:
    known = {"letters": np.array([20, 30], np.int64), "pairs": np.array([5], np.int64)}
    torch.manual_seed(3)
    made = Network(torch.randn(4, 128), torch.randn(3, 128)).eval()
    first = tensors_of(made, known)
    second = tensors_of(network_from(first)[0].eval(), known)
    for name in ("model.0.kernel", "asked_form", "kind", "cover", "weigh"):
        assert second[name] == pytest.approx(first[name], abs=2e-3)
    assert second["letters.codes"].tolist() == [20, 30]
