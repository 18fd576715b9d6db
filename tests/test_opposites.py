"""One of a pair: the lowest, the second instance or last year is no answer to a question for the other."""

from __future__ import annotations

import pytest

from qa.answers import opposites
from qa.answers.checks import plausibility
from qa.answers.numbered import tells_of_another
from qa.answers.opposites import tells_of_the_other
from qa.conversation import analyse
from qa.text import fold


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("三口井最浅的一口有多深？", "三口井越挖越深，最深的一口达19米。"),
        ("快车的软座票价多少元？", "快车4月15日增开，硬座票价19元。"),
        ("儿童每次服用多少毫克？", "成人每日两次，每次100毫克。"),
        ("二审判赔多少钱？", "一审判决公司赔偿3万元。"),
        ("今年封航累计几天？", "去年雾季因雾封航累计31天。"),
        ("踢毽的亚军是谁？", "踢毽冠军是73岁的退休钳工皮得胜。"),
        ("他爸爸在哪里工作？", "他妈妈在早餐店工作。"),
        ("這條船上的銀牌得主是誰？", "他的儿子在这条船上得了金牌。"),
    ],
)
def test_the_other_of_a_pair_is_no_answer(question: str, sentence: str) -> None:
    assert tells_of_the_other(fold(question), fold(sentence), fold(sentence))
    assert tells_of_another(fold(question), fold(sentence), fold(sentence))
    asked = analyse(question)
    other, own = (plausibility(asked, fold(text), fold(text)) for text in (sentence, f"{question[:-1]}，{sentence}"))
    assert other < own


@pytest.mark.parametrize(
    ("question", "sentence", "near"),
    [
        ("最高的楼有几层？", "最高的楼有三十层，最低的三层。", ""),
        ("最高的楼有几层？", "它有三十层，最低的那座只有三层。", "最高的楼在河边。"),
        ("冠军得了多少奖金？", "车辆厂队夺冠，奖金六千元，亚军三千元。", ""),
        ("今年和去年各封航几天？", "去年封航31天。", ""),
        ("最高的楼有几层？", "这座楼有三十层。", ""),
        ("楼有几层？", "最低的楼有三层。", ""),
    ],
)
def test_what_names_the_one_asked_for_or_no_other_may_be_an_answer(question: str, sentence: str, near: str) -> None:
    assert not tells_of_the_other(fold(question), fold(sentence), fold(near + sentence))


def test_no_word_stands_for_two_of_a_row() -> None:
    for row in opposites._OPPOSITES:
        words = [word for meaning in row for word in meaning]
        assert len(row) > 1 and len(words) == len(set(words))
        assert not any(one != other and one in other for one in words for other in words)
