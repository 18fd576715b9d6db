"""Whole conversations over the five pages: follow-ups answered, refusals kept, misspellings mended, sources limited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qa.answers import Calibration, answer
from qa.answers.respond import asks_for_author, best_finding, find, retrieve
from qa.answers.scoring import weights
from qa.conversation import analyse

if TYPE_CHECKING:
    from qa.archive import Archive


@pytest.mark.parametrize(
    ("history", "question", "expected"),
    [
        (["丰门街道有多少家基层工会?"], "那里有多少会员?", "16.65万人"),
        (["甬江街道的“对账单”是什么?"], "它有多少大项?", "17大项"),
        (["嘉善县总工会主席是谁?"], "副主席呢?", "范丽民"),
        (["清波职工学堂有哪三大子学堂?"], "第一课什么时候开的?", "2018年3月30日"),
        (["嘉禾移动“惠工小站”在哪里?"], "面积多大?", "25平方米"),
        (["丰门街道有多少家基层工会?", "那里有多少会员?"], "那里有多少家制鞋相关企业?", "1500余家"),
    ],
)
def test_a_follow_up_is_answered(seeds_archive: Archive, history: list[str], question: str, expected: str) -> None:
    given = answer(seeds_archive, question, history)
    assert expected in given.answer
    assert given.understood_as != question


@pytest.mark.parametrize(
    ("history", "question"),
    [
        (["徐宜民是谁?"], "他的妻子是谁?"),
        (["奉化链式助学是什么"], "那深圳呢?"),
        (["清波职工学堂有哪三大子学堂?"], "明天会下雨吗?"),
        (["嘉善县总工会主席是谁?"], "他的手机号码是多少?"),
    ],
)
def test_a_conversation_does_not_soften_a_refusal(seeds_archive: Archive, history: list[str], question: str) -> None:
    given = answer(seeds_archive, question, history)
    assert given.status == "not_found"
    assert given.missing or given.passages


def test_a_new_topic_is_answered_as_asked(seeds_archive: Archive) -> None:
    given = answer(seeds_archive, "“建才之家”什么时候揭牌?", ["丰门街道有多少家基层工会?"])
    assert given.understood_as == "“建才之家”什么时候揭牌?"
    assert given.short_answer == "2020年7月"


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("丰门街道总工会上半年举办了多少场职工服务活动?", "1806场"),
        ("甬江街道工会主席叫什么名字?", "郑亚萍"),
        ("甬江街道工會主席是誰?", "郑亚萍"),
        ("东阳市职业技能提升行动专项资金总额是多少?", "1.24亿元"),
        ("椒江区建档困难职工从多少人降到多少人?", "400人降低到4人"),
        ("“嘉工善为”总队下设几支专业队?", "4支专业队"),
        ("Who is the chair of the Jiashan county trade union federation?", "戴雨频"),
    ],
)
def test_the_short_answer_is_exact(seeds_archive: Archive, question: str, short: str) -> None:
    assert answer(seeds_archive, question).short_answer == short


def test_an_english_question_finds_passages_by_its_chinese_words(seeds_archive: Archive) -> None:
    question = analyse("How many members do the trade unions in Fengmen subdistrict have?")
    hits = retrieve(seeds_archive, question, None)
    assert any("16.65万人" in hit.passage.text for hit in hits[:3])
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert len({hit.passage.id for hit in hits}) == len(hits)


def test_a_misspelt_name_is_mended_and_shown(seeds_archive: Archive) -> None:
    given = answer(seeds_archive, "徐宜敏连续工作了多少个小时?")
    assert "20个小时" in given.answer


def test_the_surest_reading_is_found_and_the_first_preferred(seeds_archive: Archive) -> None:
    learned = weights()
    lost, known = "火星上有多少家基层工会?", "丰门街道下辖多少家基层工会?"
    assert best_finding(seeds_archive, [known, lost], None, learned).question.text == known
    alone = find(seeds_archive, known, None, learned)
    assert 0 < alone.confidence <= 1
    assert 0 < alone.support <= 1
    assert [one.score for one in alone.scored] == sorted((one.score for one in alone.scored), reverse=True)


def test_headlines_and_bylines_are_not_quoted(seeds_archive: Archive) -> None:
    finding = find(seeds_archive, "徐宜民是谁?", None, weights())
    shown = [one.candidate.sentence.text for one in finding.scored]
    assert not any("摆渡人”" in text and text.startswith("宁波海曙工会干部") for text in shown)
    assert not any(text.startswith("记者张浩呈") for text in shown)


def test_who_wrote_an_article_is_answered_by_its_byline(seeds_archive: Archive) -> None:
    given = answer(seeds_archive, "《浅谈工会组织参与公共服务供给的有效作用》的作者是谁?")
    assert given.short_answer == "汪燕盼"


class Calibrated:
    """The archive with a calibration of its own."""

    def __init__(self, archive: Archive, calibration: Calibration) -> None:
        self._archive, self.calibration = archive, calibration

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive, name)


def test_an_archives_own_calibration_moves_the_confidence_and_nothing_else(seeds_archive: Archive) -> None:
    question = "甬江街道工会主席叫什么名字?"
    plain = answer(seeds_archive, question)
    modest = answer(Calibrated(seeds_archive, Calibration(1.0, -2.0)), question)  # type: ignore[arg-type]
    assert modest.confidence < plain.confidence
    assert (modest.status, modest.answer) == (plain.status, plain.answer)


def test_answers_are_the_same_each_time(seeds_archive: Archive) -> None:
    for question in ("奉化链式助学是什么", "How many members do the trade unions in Fengmen have?"):
        first, second = (answer(seeds_archive, question).to_dict() for _ in range(2))
        first.pop("timings_ms")
        second.pop("timings_ms")
        assert first == second


def test_who_wrote_a_piece_may_be_asked_with_the_verb(seeds_archive: Archive) -> None:
    title = "浅谈工会组织参与公共服务供给的有效作用"
    asked = answer(seeds_archive, f"《{title}》是谁写的?")
    assert asked.answer == answer(seeds_archive, f"《{title}》的作者是谁?").answer != ""
    assert not asks_for_author(analyse("他一共写了多少封信?"))
    assert not asks_for_author(analyse("谁写了很多封信?"))
    for other in (
        "带队看望户外工作者的局长是谁?",
        "摄影大赛谁得了第一名?",
        "记者会在哪里开的?",
        "Which authorities were told?",
    ):
        assert not asks_for_author(analyse(other)), other
    for asked in ("这篇报道的作者是谁?", "照片是谁摄影的?", "哪位记者写了奥运村?", "Who is the author?"):
        assert asks_for_author(analyse(asked)), asked
    assert asks_for_author(analyse(f"《{title}》是谁写的?"))


def test_a_byline_under_the_headline_asked_about_is_sure(seeds_archive: Archive) -> None:
    given = answer(seeds_archive, "《浅谈工会组织参与公共服务供给的有效作用》的作者是谁?")
    assert given.status == "answered"
    assert given.confidence >= 0.9
    assert answer(seeds_archive, "《湖边的灯会与渡船》的作者是谁?").status == "not_found"
