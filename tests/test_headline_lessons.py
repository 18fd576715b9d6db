"""The ranking of headline lines moves part of the way towards groups written for it."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from qa.articles import titles
from qa.articles.lines import read_lines
from qa.articles.titles import NO_HABITS, candidates_of, choose_title, given_scores
from qa.benchmark.learning import part_way, train_ranking
from qa.benchmark.runs import Written
from qa.benchmark.titles import Lesson, lesson, lines_found, main, moved, turned, written_lessons
from qa.text import fold

BODY = fold("昨天清晨,河口镇的渡船最后一次靠岸。从明天起,新修的石桥通车,摆渡了三十年的老船工收起了缆绳。")
EFFECT, FACT = ("headline", "缆绳收起来了"), ("deck", "河口镇石桥明日通车渡船停航")
GROUP = Written(2, (("section", "走基层"), ("kicker", "摆渡三十年"), EFFECT, FACT), (2, 2), BODY)
DASHED = Written(2, (EFFECT, ("deck", "——记老船工丁有田")), (0, 0), BODY)


# --- what of a group is a candidate, and what is known of it besides what was learned ---------------------------------


def test_labels_decks_with_a_dash_and_lines_of_the_page_are_no_candidates() -> None:
    heads = read_lines("【民生】\n河口镇渡船昨天停航\n——记老船工丁有田")
    assert candidates_of(heads) == [1]
    assert choose_title(heads) == 1


def test_a_group_of_nothing_but_labels_keeps_them_all() -> None:
    assert candidates_of(read_lines("【民生】\n【走基层】")) == [0, 1]


@pytest.mark.parametrize("label", ["新春走基层", "创新工作室", "港口人·季节深处", "街巷|人间烟火"])
def test_names_of_columns_are_no_headlines(label: str) -> None:
    heads = read_lines(f"{label}\n缆绳收起来了")
    assert candidates_of(heads) == [1]


@pytest.mark.parametrize("headline", ["工作室里的灯亮到天明", "走基层的人回来了", "“河口·石桥”今天通车了"])
def test_headlines_that_hold_such_words_stay_candidates(headline: str) -> None:
    assert candidates_of(read_lines(f"{headline}\n河口镇石桥明日通车渡船停航")) == [0, 1]


def test_the_highest_rank_is_worth_something_and_details_cost() -> None:
    ranked = read_lines("# 河口镇渡船昨天停航\n## 新修的石桥明天通车")
    high, low = given_scores(ranked, [0, 1])
    assert high > low == 0.0
    detailed = read_lines("河口镇渡船昨天停航\n三十年摆渡,9.6万人次,收起一根缆绳")
    assert given_scores(detailed, [0, 1])[1] < given_scores(detailed, [0, 1])[0]


def test_weights_given_decide_the_line() -> None:
    heads = read_lines("缆绳收起来了\n河口镇石桥明日通车")
    assert choose_title(heads, weights={"place=first of 2": 9.0}) == 0
    assert choose_title(heads, weights={"place=last of 2": 9.0}) == 1


# --- lessons ----------------------------------------------------------------------------------------------------------


def test_a_turned_group_has_the_same_lines_and_headline_in_other_places() -> None:
    shapes = [turned(GROUP, random.Random(seed)) for seed in range(40)]
    for one in shapes:
        first, last = one.headline
        assert sorted(text for _, text in one.lines) == sorted(text for _, text in GROUP.lines)
        assert one.lines[first : last + 1] == (EFFECT,) and one.lines[0] == ("section", "走基层")
        assert all(role in ("section", "kicker") for role, _ in one.lines[:first])
        assert all(role == "deck" for role, _ in one.lines[last + 1 :])
    assert len({one.lines for one in shapes}) > 2, "some are turned and some are not"


def test_a_deck_behind_a_dash_stays_below() -> None:
    assert all(turned(DASHED, random.Random(seed)) == DASHED for seed in range(20))


def test_every_line_of_a_headline_is_as_good_as_the_others() -> None:
    two = Written(1, (("headline", "老船靠岸了"), ("headline", "石桥通车了"), FACT), (0, 1), BODY)
    lessons = list(written_lessons([two], random.Random(0)))
    assert len(lessons) == 8, "four settings as it is, four turned"
    for one in lessons:
        assert sorted(one.worth) == [0.0, 0.5, 0.5]
        assert len(one.names) == len(one.given) == 3


def test_a_group_with_one_candidate_or_without_its_headline_teaches_nothing() -> None:
    heads = read_lines("【民生】\n河口镇渡船昨天停航")
    assert not list(lesson(heads, [0.0, 1.0], BODY, NO_HABITS, random.Random(0)))
    heads = read_lines("河口镇渡船昨天停航\n新修的石桥明天通车")
    assert not list(lesson(heads, [0.0, 0.0], BODY, NO_HABITS, random.Random(0)))


# --- learning ---------------------------------------------------------------------------------------------------------


def test_part_of_the_way_is_between_before_and_learned() -> None:
    assert part_way({"a": 1.0, "b": 2.0}, {"a": 3.0, "c": 1.0}, 0.25) == {"a": 1.5, "b": 1.5, "c": 0.25}
    assert part_way({"a": 1.0}, {"a": 3.0}, 0.0) == {"a": 1.0}


def test_weights_that_nothing_contradicts_stay_where_they_began() -> None:
    groups = [([["x", "old"], ["y"]], [1.0, 0.0])] * 200
    kept = train_ranking(groups, random.Random(0), 10, {"old": 5.0})
    assert kept["old"] == pytest.approx(5.0, abs=0.3), "the group is right already"
    fresh = train_ranking(groups, random.Random(0), 10)
    assert 0 < fresh["old"] < 5.0


def test_odds_given_besides_need_not_be_learned() -> None:
    groups = [([["x"], ["y"]], [1.0, 0.0])] * 400
    alone = train_ranking(groups, random.Random(0), 100)
    helped = train_ranking(groups, random.Random(0), 100, given=[[6.0, 0.0]] * 400)
    assert 0 < helped["x"] < 0.8 * alone["x"]


def test_two_right_lines_count_as_right_whichever_is_chosen() -> None:
    groups = [([["a"], ["b"], ["c"]], [0.5, 0.5, 0.0])] * 400
    weights = train_ranking(groups, random.Random(0), 10, {"a": 3.0})
    assert weights["a"] > weights["b"] and weights["c"] < weights["b"], "b need not catch up with a"


def test_moving_goes_towards_written_groups_but_not_in_what_marks_say() -> None:
    before = {"place=first of 2": 0.0, "rank=none": 1.0, "usual=False True": -2.0}
    groups = [
        Written(1, (("kicker", f"河口镇第{n}座石桥"), ("headline", "通车了才算数")), (1, 1), BODY)
        for n in "一二三四五六"
    ]
    after = moved(before, groups * 10, [Lesson([["rank=none"], ["x"]], [1.0, 0.0], [0.0, 0.0])] * 50, random.Random(0))
    assert (after["rank=none"], after["usual=False True"]) == (1.0, -2.0)
    assert lines_found(groups, after, random.Random(0)) >= lines_found(groups, before, random.Random(0))
    assert any(weight for name, weight in after.items() if name not in before)


def test_shipped_weights_find_the_effect_over_a_deck_of_facts_and_the_headline_under_a_theme() -> None:
    assert (
        choose_title(read_lines("一碗凉粉里的“娘家味”\n河口镇总工会送清凉覆盖二百一十七个户外作业点"), body=BODY) == 0
    )
    assert choose_title(read_lines("走基层\n河口镇渡船昨天停航 石桥今天通车"), body=BODY) == 1
    assert len(titles.load_weights()) < 5_000


def test_missing_files_are_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    groups = tmp_path / "groups.jsonl.gz"
    record = {"author": 1, "group": [["kicker", "引题"], ["headline", "标题"]], "byline": "", "text": ["正文。"]}
    with gzip.open(groups, "wt", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False))
    assert main(["--data", str(tmp_path), "--groups", str(groups)]) == 1
    assert "xwlb_news.jsonl.gz" in capsys.readouterr().err
    assert main(["--data", str(tmp_path), "--start", str(tmp_path / "none.json")]) == 1
    assert "none.json" in capsys.readouterr().err
