"""Blocks that stand after another story and headlines over those of the next: what is seen, what is moved home."""

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.articles import moves, reconstruct, shares
from qa.articles.claims import HEAD_ROW, ROW, Cut, claims_of, end_before, start_from
from qa.articles.cohesion import tokens, words_in
from qa.articles.lines import read_lines
from qa.articles.moves import Judge, Move, bring_home, chosen, load_judges
from qa.articles.ngrams import unpack
from qa.articles.stories import Story, split_stories
from qa.articles.tagger import Tag
from qa.benchmark.articles import make_sheets
from qa.benchmark.articles.corpus import Source
from qa.benchmark.moves import Lessons, Truth, fit, has_move, learn_from, main, rarities, read_stories
from qa.datatypes import Page

TABLE = Path(shares.__file__).with_name("rarity.json")
MILL = "磨坊的水轮停了三年,镇上的木匠老何想把水轮修好。老何带着两个徒弟量了水轮的尺寸,又到山里去找合适的"
MILL_ON = "老榆木。木料运回磨坊以后,徒弟们把水轮拆开,一片一片换上新的叶板,老何守在水轮边上看着。"
SHOES = "巷口的鞋铺换了招牌。新来的鞋匠每天早上七点开门,先把昨天修好的鞋摆在窗台上。"
CLINIC = "县医院的大夫说,今年冬天来看感冒的病人比去年少了三成,住院的老人也少了。"


def _stories(texts: list[str], tags: list[Tag]) -> list[Story]:
    return split_stories(read_lines("\n".join(texts)), tags)


def _torn() -> list[Story]:
    return _stories(
        ["木匠修好水轮", MILL, "巷口鞋铺换招牌", SHOES, MILL_ON],
        ["headline", "begins", "headline", "begins", "begins"],
    )


def test_the_rest_of_a_torn_story_comes_home_from_behind_the_next() -> None:
    first, second = bring_home(_torn())
    assert first.texts == [MILL, MILL_ON]
    assert [tag for _, tag in first.body] == ["begins", "continues"]
    assert second.texts == [SHOES]


def test_stories_in_order_stay_as_they_are() -> None:
    stories = _stories(
        ["木匠修好水轮", MILL + MILL_ON, "巷口鞋铺换招牌", SHOES, "冬天看感冒的人少了", CLINIC],
        ["headline", "begins"] * 3,
    )
    before = [(list(story.heads), list(story.body)) for story in stories]
    assert [(story.heads, story.body) for story in bring_home(stories)] == before


def test_a_line_whose_home_is_known_is_left_alone() -> None:
    stories = bring_home(_torn(), settled={5})
    assert [story.texts for story in stories] == [[MILL], [SHOES, MILL_ON]]


def test_a_page_of_one_story_without_a_second_paragraph_has_no_choice() -> None:
    assert claims_of(_stories(["木匠修好水轮", MILL], ["headline", "begins"])) is None
    assert bring_home([]) == []


def test_every_line_below_the_first_text_may_begin_a_block() -> None:
    stories = _stories(
        ["水轮", MILL, "小标题", MILL_ON, "何木", SHOES],
        ["headline", "begins", "subhead", "begins", "closing", "continues"],
    )
    found = claims_of(stories)
    assert found is not None
    assert found.cuts == (Cut(0, 2), Cut(0, 4))
    assert found.moves.shape == (2, 1, len(ROW))
    assert found.heads.shape == (2, len(HEAD_ROW))
    assert np.isfinite(found.moves).all()
    assert np.isfinite(found.heads).all()


def test_what_stands_behind_a_signature_goes_on_nothing() -> None:
    (story,) = _stories(["水轮", MILL, "何木", SHOES], ["headline", "begins", "closing", "begins"])
    assert end_before(story.body, 1) == MILL
    assert end_before(story.body, 2) == ""
    assert start_from(story.body, 2) == SHOES


def test_short_lines_are_read_together_and_latin_words_stay_apart() -> None:
    (story,) = _stories(
        ["Mill", "The wheel of", "the mill was", "mended"], ["headline", "begins", "continues", "continues"]
    )
    assert end_before(story.body, 3) == "the wheel of the mill was mended"[-len("the mill was mended") - 13 :]
    assert start_from(story.body, 1).startswith("the mill was mended")


def _words(lines: list[str]) -> set[str]:
    return {word for line in lines for word in tokens(line)}


def _shared(stories: list[Story], cut: Cut) -> tuple[set[str], set[str], set[str]]:
    """Words of the block, of the rest of its story with its headlines, and of each other text: counted anew."""
    body = [line.plain for line, _ in stories[cut.story].body]
    heads = [line.plain for line in stories[cut.story].heads]
    return _words(body[cut.place :]), _words(heads + body[: cut.place]), _words(heads)


def test_shared_words_are_weighed_as_when_counted_one_by_one() -> None:
    stories = _torn()
    block, rest, _ = _shared(stories, Cut(1, 1))
    own, kept, left, each = (found[0] for found in shares.Shares.of(stories).below(1, np.array([1])))
    assert own == pytest.approx(_weigh(block), rel=1e-5)
    assert kept == pytest.approx(_weigh(block & rest), rel=1e-5)
    assert left == pytest.approx(_weigh(rest), rel=1e-5)
    mill = _shared(stories, Cut(0, 0))
    assert each[0] == pytest.approx(_weigh(block & (mill[0] | mill[1])), rel=1e-5)


def _weigh(words: set[str]) -> float:
    """The rarity of the words, each looked up by itself."""
    table = np.frombuffer(unpack(json.loads(TABLE.read_text("utf-8"))["rarity"]).tobytes(), np.uint8)
    return sum(float(table[shares.bucket(word)]) / shares.RARITY_SCALE or 8.0 for word in words)


@given(st.text("春眠不觉晓处处闻啼鸟ab 。\u3400\u9fff", max_size=30))
def test_words_and_their_rarities_are_found_together_as_one_by_one(text: str) -> None:
    line = f"春眠abcd{text}了"
    values, lines, latin = words_in(["", line])
    han = {chr(value >> 16) + chr(value & 0xFFFF) for value in values.tolist() if value >= len(latin)}
    assert set(lines.tolist()) == {1} and {*han, *latin} == tokens(line)
    found = shares.Shares.of(_stories([line], ["begins"]))
    assert float(found.weight[0]) == _weigh(set(tokens(line)))


def test_headlines_are_claimed_by_the_text_that_takes_up_their_words() -> None:
    stories = _stories(["木匠修好水轮", "巷口鞋铺换招牌", SHOES, MILL_ON], ["headline", "headline", "begins", "begins"])
    mill, shoes = shares.Shares.of(stories).claims(0, np.array([1]))[0]
    assert mill > 0 > shoes


def test_the_text_of_the_upper_headlines_becomes_a_story_before_the_one_above_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (story,) = _stories(
        ["木匠修好水轮", "巷口鞋铺换招牌", SHOES, MILL_ON], ["headline", "headline", "begins", "detached"]
    )
    upper, lower = list(story.heads[:1]), list(story.heads[1:])
    monkeypatch.setattr(moves, "chosen", lambda found: [Move(1.0, 0, 1, heads=1)])
    first, second = bring_home([story])
    assert (first.heads, first.texts, second.heads, second.texts) == (upper, [MILL_ON], lower, [SHOES])
    assert first.body[0][1] == "begins"


def test_an_end_is_continued_once_and_the_likeliest_block_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    every = [Move(1.0, 1, 2, home=0), Move(3.0, 1, 4, home=0), Move(2.0, 2, 1, heads=1), Move(1.0, 2, 3, heads=2)]
    monkeypatch.setattr(moves, "_likely", lambda found: every)
    found = claims_of(_torn())
    assert found is not None
    assert chosen(found) == [every[1], every[2]]


def test_a_judge_sums_up_as_its_layers_say() -> None:
    stored = {"mean": [1.0, 0.0], "spread": [2.0, 1.0], "layers": [[[[1.0], [1.0]], [0.5]], [[[2.0]], [-1.0]]]}
    rows = np.array([[3.0, 1.0], [1.0, -9.0]], np.float32)
    assert Judge.restored(stored).log_odds(rows).tolist() == [4.0, -1.0]  # 2 * (1 + 1 + .5) - 1; all below 0


def test_the_shipped_judges_fit_the_rows() -> None:
    judges = load_judges()
    assert (len(judges["moves"].mean), len(judges["heads"].mean)) == (len(ROW), len(HEAD_ROW))


def _sources() -> list[Source]:
    titles = ["木匠修好水轮", "巷口鞋铺换招牌", "冬天看感冒的人少了", "图书馆晒书"]
    texts = [
        MILL + MILL_ON,
        SHOES * 3,
        CLINIC * 3,
        "图书馆的屋顶漏了雨,几千本旧书受了潮。管理员把它们摊在地上晾干。" * 2,
    ]
    return [
        Source(title, "", text[:20], (("body", text), ("body", "同时," + text), ("body", "此外," + text)))
        for title, text in zip(titles, texts, strict=True)
    ] * 6


def test_lessons_know_which_block_is_truly_astray() -> None:
    sheets = [s for s in make_sheets(_sources(), 150, 5, 0.0) if len(read_lines(s.page.text)) == len(s.rows)]
    moved = [sheet for sheet in sheets if has_move(sheet)]
    assert 0 < len(moved) < len(sheets)
    found, heads = Lessons([], [], []), Lessons([], [], [])
    for sheet in moved[:12]:
        learn_from(sheet, 1.0, found, heads)
    still = Lessons([], [], [])
    for sheet in [s for s in sheets if not has_move(s)][:5]:
        learn_from(sheet, 8.0, still, heads)
    assert any(found.right)
    assert not any(still.right)
    assert set(still.worth) <= {8.0}


def test_a_block_is_astray_only_where_its_story_changes() -> None:
    sheet = next(s for s in make_sheets(_sources(), 150, 5, 0.0) if has_move(s))
    stories = read_stories(sheet)
    truth = Truth(sheet, stories)
    found = claims_of(stories)
    assert found is not None
    for cut in found.cuts:
        if truth.stray(cut) >= 0:
            body = stories[cut.story].body
            above, first = (truth.rows[body[n][0].number].story for n in (cut.place - 1, cut.place))
            assert above != first == truth.stray(cut)


def test_a_network_learns_what_a_row_shows() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 3)).astype(np.float32)
    right = (rows[:, 0] > 0.8).tolist()
    judge = Judge.restored(fit(Lessons(list(rows), right, [1.0] * 400), 0, 300))
    assert np.mean((judge.log_odds(rows) > 0) == np.array(right)) > 0.95


def test_words_of_many_stories_are_less_rare_than_those_of_few() -> None:
    stories = [replace(source, title=str(n)) for n, source in enumerate(_sources())] * 3
    table = np.frombuffer(unpack(rarities(stories)).tobytes(), np.uint8)
    assert 0 < table[shares.bucket("同时")] <= table[shares.bucket("水轮")]
    assert table[shares.bucket("海啸")] == 0


def test_without_the_stories_nothing_is_learned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path)]) == 1
    assert "xwlb_news" in capsys.readouterr().err


def test_no_letter_of_a_page_is_lost_whatever_is_moved() -> None:
    rng = random.Random(3)
    for sheet in make_sheets(_sources(), 25, rng.randrange(99), 0.02):
        articles = reconstruct(Page("page.txt", sheet.page.text))
        spans = [span for article in articles for p in article.paragraphs for span in p.spans]
        assert len(spans) == len(set(spans))


def test_headlines_with_a_byline_of_their_own_are_no_office_of_the_writer_above() -> None:
    tags: list[Tag] = ["headline", "byline", "headline", "byline", "begins"]
    first, second = _stories(["木匠修好水轮", "本报记者 何木", "巷口鞋铺换招牌", "本报记者 金履", SHOES], tags)
    assert [line.plain for line in first.heads] == ["木匠修好水轮"]
    assert [line.plain for line in second.heads] == ["巷口鞋铺换招牌"]
    (only,) = _stories(["木匠修好水轮", "何木", "镇林业站", SHOES], ["headline", "byline", "headline", "begins"])
    assert [tag for _, tag in only.body] == ["byline", "byline", "begins"]
