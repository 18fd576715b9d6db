"""The training command from question files to weights: what is weighed with and what is read, trees on request."""

from __future__ import annotations

import gzip
import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from qa.answers import reader as reading_module
from qa.answers import train
from qa.answers.model import trees_from
from qa.answers.papers import Paper, is_of_paper
from qa.answers.samples import Example
from qa.answers.scoring import COLUMNS, SUMMARY, weights_from
from qa.answers.written import Text, is_written, story_of, written

PLACES = ("城南", "海东", "丰门", "北湖", "青山", "长岭", "白沙", "石桥", "东坡", "西塘")
THINGS = ("图书馆", "剧院", "公园", "医院", "学校", "车站", "码头", "市场")


def _write(file: Path, lines: list[str]) -> None:
    file.write_bytes(gzip.compress("\n".join(lines).encode()))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for first, name in zip("前后中", train.SHARES, strict=True):
        records = []
        for i, place in enumerate(first + place for place in PLACES):
            parts = [f"{place}{thing}建于{1900 + 7 * i + j}年,有职工{20 + i + j}名。" for j, thing in enumerate(THINGS)]
            text = "".join(parts)
            asked = [(f"{place}{t}建于哪年?", f"{1900 + 7 * i + j}年") for j, t in enumerate(THINGS)]
            qas = [{"id": f"{i}{q}", "question": q, "answers": [{"text": a, "start": text.index(a)}]} for q, a in asked]
            records.append(json.dumps({"context": text, "qas": qas}, ensure_ascii=False))
        _write(folder / name, records)
    items = []
    for number in range(61):
        body = f"近日,城南县第{number}图书馆正式开馆。馆内共有藏书{30 + number}万册,阅览座位{1200 + number}个。" * 5
        title = f"城南县{number}图书馆开馆 读者点赞"
        items.append(
            json.dumps({"title": title, "body": body, "date": "", "tags": [], "brief": ""}, ensure_ascii=False)
        )
    _write(folder / "xwlb_news.jsonl.gz", items)
    _write(folder / "cedict.tsv.gz", ["工会\t工會\tgong1 hui4\ttrade union", "图书馆\t圖書館\ttu2 shu1 guan3\tlibrary"])
    _write(folder / "cilin.tsv.gz", ["建 造 修建", "职工 工人 员工"])
    return folder


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few questions that trees need smaller leaves and the reader few passes."""
    pytest.importorskip("sklearn")
    monkeypatch.setattr(train, "SHARES", dict.fromkeys(train.SHARES, 0.5))
    monkeypatch.setattr(train, "NEWS", 2)
    monkeypatch.setattr(train, "NEWS_READ", 1)
    monkeypatch.setattr(train, "papers", list)


@pytest.fixture
def stories(data: Path, monkeypatch: pytest.MonkeyPatch) -> list[Text]:
    """Ten written stories of the news file, questions and near misses for each."""
    records = []
    for number in range(0, 60, 6):
        questions = [{"question": f"城南县{number}图书馆有多少藏书?", "answers": [f"{30 + number}万册"]}]
        questions += [{"question": f"城南县{number}图书馆有几层楼?", "answers": []}]
        title = f"城南县{number}图书馆开馆 读者点赞"
        records.append(json.dumps({"story": number, "title": title, "questions": questions}, ensure_ascii=False))
    file = data / "asked.jsonl.gz"
    _write(file, records)
    found = written(data, file)
    monkeypatch.setattr(train, "written", lambda folder: found)
    return found


@pytest.mark.usefixtures("short")
def test_texts_are_weighed_with_or_read_never_both(data: Path) -> None:
    for name in train.SHARES:
        weighed, read = train.shared(data, name, 1)
        assert len(weighed) + len(read) == len(PLACES)
        assert not {text for text, _ in weighed} & {text for text, _ in read}


@pytest.mark.usefixtures("short")
def test_the_trees_alone_are_learned_around_the_shipped_reader(data: Path, tmp_path: Path) -> None:
    train.main(["--data", str(data), "--share", "1", "--keep-reader", "--output", str(tmp_path)])
    assert [file.name for file in tmp_path.iterdir()] == ["weights.json"]
    record = json.loads((tmp_path / "weights.json").read_text(encoding="utf-8"))
    assert record["features"] == list(COLUMNS) and record["summary"] == list(SUMMARY)
    learned = weights_from(record)
    assert learned.threshold == train.THRESHOLD


@pytest.mark.usefixtures("short", "stories")
def test_confidence_alone_is_learned_around_the_shipped_sentence_trees(data: Path, tmp_path: Path) -> None:
    given = ["--data", str(data), "--keep-reader", "--keep-sentences", "--output", str(tmp_path)]
    train.main(given)
    record, shipped = (json.loads(f.read_text(encoding="utf-8")) for f in (tmp_path / "weights.json", train.WEIGHTS))
    assert all(record[name] == shipped[name] for name in ("first", "evidence"))
    assert all(record[name] != shipped[name] for name in ("confidence", "support"))


def small(question: str, gold: str) -> Paper:
    return Paper(
        {"000.txt": f"# 渡口停航\n\n本报讯 {question[:-1]}:{gold}。\n"}, (Example(question, "000.txt", (gold,)),)
    )


@pytest.mark.usefixtures("short", "stories")
def test_of_four_papers_the_trees_learn_from_the_last_and_the_reader_from_the_others(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [small(f"城东渡口第{n}班船坐了多少人?", f"{n}8人") for n in range(1, 6)]
    monkeypatch.setattr(train, "papers", lambda: found)
    with ExitStack() as kept:
        asked = train.ask_everything(data, 1.0, 1, kept)
    weighed = {one.example.question for one in asked if is_of_paper(one.example)}
    assert weighed == {found[3].asked[0].question}
    read = train.lessons_from(data, 1.0, 1, trees_from(train.first_look(asked, 1)))
    texts = {"".join(map(chr, one.reading.asked)) for one in read}
    assert not weighed & texts and {one.asked[0].question for one in found[:3]} <= texts


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> Paper:
    """One page of a paper and one question about it."""
    page = "# 渡口停航\n\n本报讯 城东渡口昨天停航,最后一班船上坐了十二名乘客。\n"
    found = Paper({"000.txt": page}, (Example("渡口最后一班船坐了多少人?", "000.txt", ("十二名",)),))
    monkeypatch.setattr(train, "papers", lambda: [found])
    return found


def test_trees_are_not_learned_around_a_reader_that_is_written_elsewhere(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        train.main(["--data", str(data), "--output", str(tmp_path)])
    assert "--keep-reader" in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.usefixtures("short")
def test_lessons_hold_no_question_that_is_weighed(data: Path, stories: list[Text], paper: Paper) -> None:
    with ExitStack() as kept:
        asked = train.ask_everything(data, 1.0, 1, kept)
    first = trees_from(train.first_look(asked, 1))
    lessons = train.lessons_from(data, 1.0, 1, first)
    weighed = {one.question.text for one in asked if one.example.gold and "news" not in one.example.source}
    own = [story_of(text) for text in stories]
    assert {int(one.example.source[:6]) for one in asked if is_written(one.example)} == {n for n in own if n % 5 < 2}
    read = {"".join(map(chr, one.reading.asked)) for one in lessons if one.right.any()}
    assert lessons and weighed and not weighed & read
    assert {one.question for one in paper.asked} <= read
    assert all(len(one.right) <= 8 for one in lessons)
    assert reading_module.reader().read(lessons[0].reading).scores.shape == lessons[0].right.shape
