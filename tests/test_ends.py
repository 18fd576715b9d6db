"""Open ends and the blocks that go on them: what is compared, what is moved, and what never is."""

import random
from itertools import pairwise
from pathlib import Path

import pytest

from qa.articles import ends, reconstruct
from qa.articles.ends import Pair, detach, find_homes, load_weights, pairs
from qa.articles.lines import Line, read_lines
from qa.articles.order import mend_order
from qa.articles.stories import split_stories
from qa.articles.tagger import Tag
from qa.benchmark.articles import make_sheets
from qa.benchmark.articles.corpus import Source
from qa.benchmark.ends import examples, main, train
from qa.datatypes import Page

MILL = "磨坊的水轮停了三年,镇上的木匠老何想把它修好。他带着两个徒弟量了水轮的尺寸,又到山里去找合适的"
MILL_ON = "、耐得住水泡的老榆木。木料运回磨坊以后,徒弟们把水轮拆开,一片一片换上新的叶板。"
SHOES = "巷口的鞋铺换了招牌。新来的鞋匠每天早上七点开门,先把昨天修好的鞋摆在窗台上。"


def _lines(texts: list[str]) -> list[Line]:
    return read_lines("\n".join(texts))


def _pairs(texts: list[str], tags: list[Tag]) -> list[tuple[int, int]]:
    return [(pair.end, pair.start) for pair in pairs(split_stories(_lines(texts), tags))]


def test_only_a_story_that_stops_in_mid_sentence_asks_for_a_block() -> None:
    tags: list[Tag] = ["headline", "begins", "headline", "begins", "begins"]
    assert {end for end, _ in _pairs(["水轮", MILL, "鞋铺", SHOES, MILL_ON], tags)} == {2}
    assert _pairs(["水轮", f"{MILL}木料。", "鞋铺", SHOES, MILL_ON], tags) == []


def test_a_signature_closes_a_story_whatever_its_last_letter_is() -> None:
    tags: list[Tag] = ["headline", "begins", "closing", "headline", "begins", "begins"]
    assert _pairs(["水轮", MILL, "(何木)", "鞋铺", SHOES, MILL_ON], tags) == []


def test_a_line_that_goes_on_its_own_paragraph_well_is_no_start() -> None:
    tags: list[Tag] = ["headline", "begins", "headline", "begins", "continues"]
    texts = ["水轮", MILL, "鞋铺", "新来的鞋匠每天早上七点开门,先把昨天修好的鞋摆在窗台", "上,再到院子里去打水。"]
    assert 5 not in {start for _, start in _pairs(texts, tags)}


def test_no_line_goes_on_itself() -> None:
    tags: list[Tag] = ["headline", "begins", "begins"]
    assert all(end != start for end, start in _pairs(["水轮", SHOES, MILL], tags))


def test_pairs_that_no_shared_words_could_save_are_left_out_and_no_others() -> None:
    tags: list[Tag] = ["headline", "begins", "headline", "begins", "begins"]
    stories = split_stories(_lines(["水轮", MILL, "鞋铺", SHOES, MILL_ON]), tags)
    weights = load_weights()
    clear = {p for p in pairs(stories) if sum(weights.get(name, 0.0) for name in p.features) > 0.4}
    assert clear <= set(pairs(stories, weights)) <= set(pairs(stories))


def test_each_end_and_each_start_is_used_once_and_only_with_clear_odds(monkeypatch: pytest.MonkeyPatch) -> None:
    odds = [(1, 10, "high"), (1, 11, "high"), (2, 10, "middle"), (2, 12, "low"), (3, 13, "none")]
    monkeypatch.setattr(ends, "load_weights", lambda: {"high": 3.0, "middle": 2.0, "low": 1.0, "none": -1.0})
    monkeypatch.setattr(ends, "pairs", lambda *_: [Pair(end, start, (name,)) for end, start, name in odds])
    assert find_homes([]) == {10: 1, 12: 2}


def test_detached_lines_are_tagged_and_all_others_stay() -> None:
    tags: list[Tag] = ["headline", "begins", "begins"]
    stories = split_stories(_lines(["水轮", SHOES, MILL_ON]), tags)
    detach(stories, [3])
    assert [tag for _, tag in stories[0].body] == ["begins", "detached"]


def test_the_shipped_weights_are_few_and_small() -> None:
    assert 100 < len(load_weights()) < 400 and all(abs(weight) < 6 for weight in load_weights().values())


@pytest.mark.parametrize("text", ["", "一", "水轮\n" + MILL, f"{MILL}\n\n{SHOES}\n\n{MILL_ON}"])
def test_nothing_is_lost_whatever_ends_open(text: str) -> None:
    spans = sorted(span for article in reconstruct(Page("a.txt", text)) for span in article.spans)
    assert sum(last - first for first, last in spans) <= len(text)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def _story(n: int) -> Source:
    rng = random.Random(n)
    words = ["水库", "学校", "果园", "车站", "渔船", "工厂", "书店", "医院"]
    said = ["昨天开始", "已经完成", "得到居民的称赞", "将在明年", "由两位老人", "比去年早了"]
    parts = tuple(
        ("body", "，".join(f"{rng.choice(words)}{n}号{rng.choice(said)}" for _ in range(6)) + "。") for _ in range(4)
    )
    return Source(f"{words[n % 8]}第{n}号的新消息", "", "", parts)


def test_examples_are_labelled_by_the_true_order_and_learned() -> None:
    sheets = make_sheets([_story(n) for n in range(30)], 30, 5, 0.0)
    found = [example for sheet in sheets for example in examples(sheet)]
    assert all(pair.end != pair.start and pair.features for pair, _ in found)
    assert len({(id(pair)) for pair, _ in found}) == len(found)


def test_what_decides_in_all_examples_gets_the_weight() -> None:
    found = [(Pair(n, n + 1, ("bias", "yes" if n % 2 else "no")), n % 2 == 1) for n in range(60)]
    weights = train(found, random.Random(1))
    assert weights["yes"] > 0.5 > -0.5 > weights["no"]


def test_a_missing_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path)]) == 1 and "xwlb_news" in capsys.readouterr().err


def test_swapped_columns_of_a_story_stay_in_it() -> None:
    texts = ["水轮", "开头一段说完了。", MILL_ON[1:], SHOES, MILL]
    lines = _lines(texts)
    tags: list[Tag] = ["headline", "begins", "detached", "begins", "begins"]
    homes = {lines[2].number: lines[4].number}
    [story] = mend_order(split_stories(lines, tags), lines, homes, (), set(homes.values()))
    assert story.body[0][0].plain == lines[1].plain and len(story.body) == 4
