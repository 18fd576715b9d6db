"""How well one text goes on in another: the network that is shipped, and how it is learned."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from qa.articles import seams
from qa.articles.seams import REACH, ends, every_pair, restored, side_by_side, starts
from qa.benchmark.seams import Cuts, Stories, drawn, loss, main, train, written

TOLD = [
    "镇上的木匠把水轮拆开,一片一片换上新的叶板,又请人把水渠挖深了半米。磨坊从此又能磨面了,附近的村民都来排队。",
    "新来的鞋匠每天早上七点开门,先把昨天修好的鞋摆在窗台上,再到院子里去打水。巷口的孩子都认得他的铁锤声。",
    "县医院的大夫说,今年冬天来看感冒的病人比去年少了三成,住院的老人也少了。门诊部因此把夜里的号减去一半。",
    "图书馆的屋顶漏了雨,几千本旧书受了潮,管理员把它们一本一本摊在阅览室的地上晾干。读者自发地来帮忙翻页。",
    "渔船在风浪里断了桅杆,船上的五个人靠着手电筒的光向岸边求救,天亮时才被邻村的渔民拖回港口。没有人受伤。",
]


def _halves(texts: list[str], at: int = 15) -> tuple[list[str], list[str]]:
    return [text[:at] for text in texts], [text[at:] for text in texts]


def test_a_sentence_torn_apart_finds_its_other_half_among_others() -> None:
    rng = random.Random(1)
    right = 0
    for _ in range(20):
        one, other = _halves(TOLD, rng.randint(8, 30))
        right += int((every_pair(ends(one), starts(other)).argmax(axis=1) == np.arange(5)).sum())
    assert right >= 45  # of 100; 20 by chance, and cuts behind a comma tell little


def test_all_pairs_hold_the_pairs_side_by_side() -> None:
    one, other = _halves(TOLD)
    both = side_by_side(ends(one), starts(other))
    assert np.allclose(every_pair(ends(one), starts(other)).diagonal(), both, atol=1e-4)


def test_only_the_characters_next_to_the_seam_are_read() -> None:
    long = "甲" * 50 + TOLD[0][:REACH]
    assert np.allclose(ends([long]).met, ends([TOLD[0][:REACH]]).met)
    assert np.allclose(starts([TOLD[1][:REACH] + "乙" * 50]).met, starts([TOLD[1][:REACH]]).met)


def test_all_digits_are_one_character() -> None:
    assert np.array_equal(starts(["3月5日,县里开会"]).met, starts(["7月1日,县里开会"]).met)


def test_a_text_that_starts_a_story_and_one_from_inside_a_sentence_are_told_apart() -> None:
    inside, paragraph, story = starts(["个指挥所,并击落多架无人机", "他表示,下一步将加快建设"]).kinds.T
    assert inside[0] > max(paragraph[0], story[0])
    assert inside[1] < max(paragraph[1], story[1])
    assert np.allclose(np.exp([inside, paragraph, story]).sum(axis=0), 1, atol=1e-4)


def test_nothing_and_unknown_characters_have_scores_too() -> None:
    found = every_pair(ends(["", "\U0001f600"]), starts(["", "𠮷"]))
    assert found.shape == (2, 2)
    assert np.isfinite(found).all()
    assert every_pair(ends([]), starts(["磨坊"])).shape == (0, 1)


def _stories() -> Stories:
    return Stories.of([[text, f"同时,{text}"] for text in TOLD * 30])


def test_a_cut_shows_what_stands_on_either_side_and_nothing_of_other_stories() -> None:
    stories = _stories()
    cuts = Cuts(stories)
    place = len(TOLD[0]) * 2 + 3 + 4  # four characters into the second story
    import torch

    left, right = cuts.left(torch.tensor([place])), cuts.right(torch.tensor([place]))
    letters = "\0?" + stories.characters
    assert "".join(letters[n] for n in left[0] if n)[::-1] == TOLD[1][:4]
    assert "".join(letters[n] for n in right[0]) == TOLD[1][4 : 4 + REACH]


def test_no_cut_parts_a_latin_word_and_none_stands_at_the_start_of_a_story() -> None:
    stories = Stories.of(
        [["the mill on the hill was still in the cold"], ["a man in the mill sat on the wall all day"]] * 20
    )
    cuts = Cuts(stories)
    text = "".join(("\0?" + stories.characters)[n] for n in stories.text)
    for place in cuts.inside.tolist():
        assert not (text[place].isalpha() and text[place - 1].isalpha())
    assert not set(cuts.inside.tolist()) & set(stories.stories.tolist())


def test_training_lowers_the_loss_and_what_is_written_is_what_was_learned() -> None:
    import torch

    stories = _stories()
    network = train(stories, 60, 64, seed=3)
    torch.manual_seed(0)
    fresh = train(stories, 0, 64, seed=3)
    cuts = Cuts(stories)
    with torch.no_grad():
        assert float(loss(network, cuts, 256, 0.0)) < 0.9 * float(loss(fresh, cuts, 256, 0.0))
    stored = restored(json.loads(json.dumps(written(network, stories.characters))))
    places = drawn(cuts.inside, 16)
    with torch.no_grad():
        truth = network.side(cuts.left(places), "end") @ network.state_dict()["turned.end.weight"].T
    seen = stored.tables["embedding"][cuts.left(places).numpy()].reshape(16, -1)
    hidden = np.maximum(seen @ stored.tables["end"] + stored.tables["end bias"], 0)
    assert np.allclose(hidden @ stored.tables["end turned"], truth.numpy(), atol=0.1)


def test_without_the_stories_nothing_is_learned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path)]) == 1
    assert "xwlb_news" in capsys.readouterr().err


def test_the_shipped_network_is_small() -> None:
    path = Path(seams.__file__).with_name("seams.json")
    assert path.stat().st_size < 300_000
