"""Headlines printed over two or three lines are read as one; what stands above and below them is not."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from qa.articles import reconstruct
from qa.articles.lines import read_lines
from qa.articles.runs import load_weights, printed_over, run_features, runs_around
from qa.benchmark.learning import train_ranking
from qa.benchmark.runs import Written, found_whole, laid_out, learn, load_written, main, written_lessons
from qa.datatypes import Page
from qa.text import fold

BODY = fold(
    "本报讯 记者丁一山报道 昨天清晨,河口镇的渡船最后一次靠岸。从明天起,新修的石桥通车,摆渡了三十年的老船工收起了缆绳。"
    "镇上的居民说,往后进城不用再看天色,卖菜的也不怕误了早市。"
)
PAGE = (
    "{group}\n\n本报讯 记者丁一山报道 昨天清晨,河口镇的渡船最后一次靠岸。"
    "从明天起,新修的石桥通车,摆渡了三十年的老船工收起了缆绳。\n\n镇上的居民说,往后进城不用再看天色,卖菜的也不怕误了早市。\n"
)
WRITTEN = Path(__file__).parent.parent / "seeds" / "headlines.jsonl.gz"


def _over(group: str, title: int) -> tuple[int, int]:
    return printed_over(read_lines(group), title, BODY)


@pytest.mark.parametrize("title", [0, 1])
@pytest.mark.parametrize(
    "group",
    [
        "老船靠岸了\n石桥通车了",
        "一盏渡口灯\n三十年不灭",
        "摆渡三十年的\n老船工上岸了",
        "# 老船靠岸\n# 新桥通车",
        "缆绳收起来\n石桥通起来",
    ],
)
def test_two_lines_of_one_thought_are_one_headline_whichever_of_them_was_chosen(group: str, title: int) -> None:
    assert _over(group, title) == (0, 1)


@pytest.mark.parametrize(
    ("group", "title"),
    [
        ("【民生】\n河口镇渡船昨天停航", 1),
        ("街巷人物\n老船工的最后一班", 1),
        ("中医信箱\n立秋以后少吃瓜", 1),
        ("河口晚报 星期三 3版\n河口镇渡船昨天停航", 1),
        ("河口镇渡船昨天停航\n——记老船工丁有田", 0),
        ("# 河口镇渡船昨天停航\n## 新修的石桥明天通车", 0),
        ("Ferry makes its last trip\nStone bridge opens on Monday", 0),
        ("锚地的灯\n海若", 0),
        ("打造有高度、有深度、有温度\n石桥新品牌", 0),
        ("河口镇总工会 启动女职工\n“七大素养工程”\n让石桥边的人都有本事", 2),
    ],
)
def test_labels_decks_and_other_ranks_are_no_part_of_the_headline(group: str, title: int) -> None:
    assert _over(group, title) == (title, title)


def test_a_brief_has_one_line() -> None:
    heads = [replace(line, brief="head") for line in read_lines("老船靠岸了\n石桥通车了")]
    assert runs_around(heads, 0) == [(0, 0)]


@pytest.mark.parametrize("blank", ["\n", "\n\n"])
@pytest.mark.parametrize("mark", ["", "# "])
def test_the_headline_of_an_article_has_the_spans_of_all_its_lines(blank: str, mark: str) -> None:
    text = PAGE.format(group=blank.join(("走基层", f"{mark}老船靠岸了", f"{mark}石桥通车了")))
    (article,) = reconstruct(Page("p.txt", text))
    heading = next(paragraph for paragraph in article.paragraphs if paragraph.text == article.title)
    assert article.title == "老船靠岸了 石桥通车了" and article.section == "走基层"
    assert [text[first:last] for first, last in heading.spans] == ["老船靠岸了", "石桥通车了"]
    assert [paragraph.kind for paragraph in article.paragraphs[:2]] == ["section", "headline"]


def test_a_label_under_the_headline_stays_the_label() -> None:
    (article,) = reconstruct(Page("p.txt", PAGE.format(group="# 老船靠岸了\n\n# 石桥通车了\n\n### 走基层·看变化")))
    assert (article.title, article.section) == ("老船靠岸了 石桥通车了", "走基层·看变化")


def test_runs_hold_the_title_and_at_most_three_lines() -> None:
    heads = read_lines("老船靠岸了\n石桥通车了\n缆绳收起来\n渡口静下来")
    assert runs_around(heads, 1) == [(1, 1), (0, 1), (0, 2), (1, 2), (1, 3)]
    assert runs_around(heads, 0) == [(0, 0), (0, 1), (0, 2)]
    assert runs_around(heads[:1], 0) == [(0, 0)]


def test_lines_inside_a_run_and_at_its_edges_have_features_of_their_own() -> None:
    heads = read_lines("昨天清晨\n老船靠岸了\n石桥通车了\n河口镇今日举行通车仪式")
    whole, alone = (set(names) for names in run_features(heads, [(1, 2), (1, 1)], BODY))
    assert {"lines=2", "in equal=True", "over equal=False", "under equal=False"} <= whole
    assert {"lines=1", "under equal=True"} <= alone and not any(name.startswith("in ") for name in alone)


def test_blurred_features_differ_in_nothing_but_scores() -> None:
    heads = read_lines("老船靠岸了\n石桥通车了")
    exact, blurred = (set(run_features(heads, [(0, 1)], BODY, rng)[0]) for rng in (None, random.Random(1)))
    changed = {name.split("=")[0].split(" ")[-1] for name in exact ^ blurred}
    assert changed <= {"far", "near", "headings"}


def test_weights_given_decide() -> None:
    heads = read_lines("老船靠岸了\n石桥通车了")
    assert printed_over(heads, 0, BODY, {"lines=1": 9.0}) == (0, 0)
    assert printed_over(heads, 0, BODY, {"lines=2": 9.0}) == (0, 1)
    assert printed_over(heads, 0, BODY, {"lines=2": 1.0}) == (0, 0), "a little more likely is not enough"


def test_shipped_weights_are_few_and_small() -> None:
    weights = load_weights()
    assert 500 < len(weights) < 10_000 and max(map(abs, weights.values())) < 8


# --- learning ---------------------------------------------------------------------------------------------------------

GROUP = Written(1, (("section", "走基层"), ("headline", "老船靠岸了"), ("headline", "石桥通车了")), (1, 2), BODY)


def test_written_groups_are_invented_stories_of_six_authors_with_known_roles() -> None:
    with gzip.open(WRITTEN, "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    assert {record["author"] for record in records} == {1, 2, 3, 4, 5, 6}
    roles = {role for record in records for role, _ in record["group"]}
    assert roles == {"section", "kicker", "headline", "deck"}
    for record in records:
        own = [i for i, (role, _) in enumerate(record["group"]) if role == "headline"]
        assert own == list(range(own[0], own[-1] + 1)), "the lines of a headline stand together"
        assert all(text.strip() == text and text for _, text in record["group"]) and record["text"]


def test_groups_of_one_line_teach_nothing(tmp_path: Path) -> None:
    path = tmp_path / "groups.jsonl.gz"
    one = {"author": 3, "group": [["headline", "一行"]], "byline": "", "text": ["正文。"]}
    two = {
        "author": 3,
        "group": [["kicker", "引题"], ["headline", "标题"]],
        "byline": "记者 甲",
        "text": ["正文,", "两段。"],
    }
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join(json.dumps(record, ensure_ascii=False) for record in (one, two)))
    assert load_written(path) == [Written(3, (("kicker", "引题"), ("headline", "标题")), (1, 1), "记者 甲正文,两段。")]


def test_groups_are_laid_out_with_and_without_marks_and_blank_lines() -> None:
    pages = [laid_out(GROUP, random.Random(seed)) for seed in range(60)]
    assert all([line.text for line in page] == [text for _, text in GROUP.lines] for page in pages)
    assert {page[1].level for page in pages} == {0, 1, 2, 3}
    assert {page[1].gap for page in pages} == {0, 1}
    assert any(page[1].level and not page[2].level for page in pages)
    assert all(page[1].level == page[2].level for page in pages if page[2].level)


def test_a_lesson_gives_all_to_the_whole_headline() -> None:
    lessons = list(written_lessons([GROUP], random.Random(0)))
    assert len(lessons) == 8, "each line of the headline, in four settings"
    assert all(sum(worth) == 1.0 and len(worth) == len(names) > 1 for names, worth in lessons)


def test_what_is_learned_finds_headlines_like_those_learned_from() -> None:
    rng = random.Random(2)
    halves = ["老船靠岸了", "石桥通车了", "缆绳收起来", "渡口静下来", "菜农进城早", "早市开门忙"]
    decks = ["河口镇今日举行石桥通车仪式", "镇政府派出三十名干部维持秩序", "——记老船工丁有田和他的渡船"]
    groups = []
    for _ in range(80):
        one, two = rng.sample(halves, 2)
        groups.append(Written(1, (("headline", one), ("headline", two), ("deck", rng.choice(decks))), (0, 1), BODY))
        groups.append(Written(1, (("headline", one), ("deck", rng.choice(decks))), (0, 0), BODY))
    lessons = list(written_lessons(groups, rng))
    weights = train_ranking(lessons, rng, 20)
    whole, wide = found_whole(groups, weights, rng)
    assert whole > 0.9 and wide < 0.05
    assert found_whole(groups, {}, rng)[0] < 0.7


def test_generated_groups_are_mixed_in_by_their_share() -> None:
    printed = [([["lines=1"], ["lines=2"]], [1.0, 0.0])] * 4000
    alone = learn([GROUP] * 20, [], random.Random(0))
    mixed = learn([GROUP] * 20, printed, random.Random(0))
    assert alone["lines=2"] > alone.get("lines=1", 0.0)
    assert mixed["lines=1"] > alone.get("lines=1", 0.0)
    assert all(abs(weight) >= 0.02 for weight in mixed.values())


def test_from_weights_of_before_only_part_of_the_way_is_gone() -> None:
    alone = learn([GROUP] * 20, [], random.Random(0))
    between = learn([GROUP] * 20, [], random.Random(0), {"lines=2": -4.0, "unseen": 1.0})
    assert -4.0 < between["lines=2"] < alone["lines=2"] and 0 < between["unseen"] < 1


def test_missing_data_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "--groups", str(WRITTEN)]) == 1
    assert "xwlb_news.jsonl.gz" in capsys.readouterr().err
    assert main(["--data", str(tmp_path), "--groups", str(tmp_path / "none.gz")]) == 1
    assert "none.gz" in capsys.readouterr().err
