"""Spans that can answer, and the one that is given as the short answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answers.evidence import analysed
from qa.answers.rereading import Span
from qa.answers.respond import find, quote, respond, short_of
from qa.answers.scoring import weights
from qa.answers.shorts import agreed, short_answer, short_of_both
from qa.answers.spans import typed_spans
from qa.answers.weighing import weigh
from qa.archive import Archive
from qa.conversation import analyse
from qa.datatypes import Passage


class Words:
    passage_count = 50

    def document_frequency(self, term: str) -> int:
        return 2


def kinds_of(text: str, kind: str) -> list[str]:
    return [text[span.start : span.end] for span in typed_spans(text) if span.kind == kind]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019年3月5日,展览开幕。", ["2019年3月5日"]),
        ("去年8月以来,志愿者上门服务。", ["去年8月"]),
        ("晚上8点又接到任务。", ["晚上8点"]),
        ("二〇一二年建成通车。", ["二〇一二年"]),
        ("他说了很多话。", []),
    ],
)
def test_times_are_found_whole(text: str, expected: list[str]) -> None:
    assert kinds_of(text, "when") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("共有320家商店。", ["320家"]),
        ("投入1.24亿元。", ["1.24亿元"]),
        ("吸引4000余名居民。", ["4000余名"]),
        ("上涨了85%,", ["85%"]),
        ("面积约25平方米。", ["25平方米"]),
        ("服务6230人次。", ["6230人次"]),
        ("销售额达1,200万元。", ["1,200万元"]),
    ],
)
def test_numbers_carry_their_unit(text: str, expected: list[str]) -> None:
    assert kinds_of(text, "number") == expected


def test_the_digits_of_a_date_are_no_numbers() -> None:
    assert kinds_of("2019年3月5日,来了30名学员。", "number") == ["30名"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("文联主席赵小兰表示,明年继续。", ["赵小兰"]),
        ("文联副主席许明表示,明年继续。", ["许明"]),
        ("教师欧阳志远告诉记者。", ["欧阳志远"]),
    ],
)
def test_a_title_or_a_speech_verb_vouches_for_a_name(text: str, expected: list[str]) -> None:
    assert kinds_of(text, "who") == expected


def test_places_follow_the_words_that_locate() -> None:
    assert "临江路图书馆二楼" in kinds_of("读书会在临江路图书馆二楼举行。", "where")
    assert "青海西宁" in kinds_of("42名来自青海西宁的学员到校。", "where")


def test_quotation_marks_and_book_titles_hold_names() -> None:
    assert kinds_of("发布《巡河办法》,推出“夜归灯”。", "name") == ["巡河办法", "夜归灯"]


@pytest.mark.parametrize(
    ("question", "sentence", "short"),
    [
        ("下辖多少家商店?", "街道下辖320家商店,5所学校,居民1.2万人。", "320家商店"),
        ("街道有几所学校最近评上先进?", "街道下辖320家商店,5所学校,居民1.2万人。", "5所"),
        ("文联主席是谁?", "“明年继续。”文联主席赵小兰说,经费已有。", "赵小兰"),
        ("展览什么时候开幕?", "2019年3月5日,展览在省城开幕。", "2019年3月5日"),
        ("困难户从多少户降到多少户?", "五年来,困难户由400户降低到4户。", "400户降低到4户"),
        ("工作了多少个小时?", "这一天,他工作了20个小时,走了三个村。", "20个小时"),
        ("比赛有多少支代表队?", "来自各乡的52支代表队参加了比赛。", "52支代表队"),
        ("谁获得一等奖?", "最终,选手赵小兰、钱大勇获得一等奖。", "赵小兰、钱大勇"),
        ("环节缩减为几个?", "办理环节由6个缩减为4个。", "4个"),
        ("脱困率是多少?", "困难户减到4户,脱困率达99%。", "99%"),
        ("资金总额是多少?", "全县新增工作室4家,设立总额1.24亿元的资金。", "1.24亿元"),
        ("对账单有多少大项?", "对账单共有17大项52个分项。", "17大项"),
        ("灯会是谁主办的?", "灯会由城南县总工会主办,观众很多。", "城南县总工会"),
        ("什么是巡河办法?", "巡河办法由300名村民写成。", ""),
        ("有多少头牛?", "街道下辖商店,学校。", ""),
    ],
)
def test_the_span_nearest_to_what_is_asked_is_the_short_answer(question: str, sentence: str, short: str) -> None:
    asked = analyse(question)
    found = analysed(Passage(sentence, ((0, len(sentence)),))).sentences[-1]
    assert short_answer(asked, weigh(Words(), asked), found, sentence[found.start :]) == short  # type: ignore[arg-type]


@given(st.text(alphabet="一二三0123年月日主席王说在省市县,。“”《》abcABC ", max_size=60))
def test_spans_lie_inside_any_text(text: str) -> None:
    for span in typed_spans(text):
        assert 0 <= span.start < span.end <= len(text)
        assert 0 < span.weight <= 1


READ = "展览由海东剧院主办,票价30元。"


@pytest.mark.parametrize(
    ("question", "ruled", "span", "chance", "expected"),
    [
        ("展览由哪家剧院主办?", "", (3, 7), 0.31, "海东剧院"),  # likely, and no rule says otherwise
        ("展览由哪家剧院主办?", "", (3, 7), 0.29, ""),
        ("展览由哪家剧院主办?", "", (3, 8), 0.9, "海东剧院主"),
        ("展览是谁主办的?", "赵小兰", (3, 7), 0.4, ""),  # the rules know a name, the reader doubts it: none
        ("展览是谁主办的?", "赵小兰", (3, 7), 0.6, "海东剧院"),
        ("票价是多少元?", "", (0, 2), 0.9, ""),  # no figure in it
        ("票价是多少元?", "30元", (12, 14), 0.1, ""),
        ("为什么办展览?", "", (0, 7), 0.45, ""),  # reasons are mostly whole sentences
        ("为什么办展览?", "", (0, 7), 0.55, "展览由海东剧院"),
        ("怎么办展览?", "", (0, 7), 0.99, ""),
    ],
)
def test_the_reader_names_the_answer_where_it_is_likely_right(
    question: str, ruled: str, span: tuple[int, int], chance: float, expected: str
) -> None:
    assert agreed(analyse(question), ruled, Span(*span, chance), READ) == expected


def test_without_a_reader_the_rules_speak() -> None:
    assert agreed(analyse("票价是多少元?"), "30元", None, READ) == "30元"


OPEN = "从10月8日起,图书馆每晚开放到22点,新增座位120个。"


@pytest.mark.parametrize(
    ("question", "read", "expected"),
    [
        ("图书馆晚上开到几点?", "10月8日起,图书馆每晚开放到22点", "22点"),
        ("图书馆晚上开到几点?", "22点", "22点"),
        ("图书馆晚上开到几点?", "10月8日", ""),
        ("图书馆哪天起晚上开放?", "10月8日", "10月8日"),
    ],
)
def test_an_hour_is_what_is_asked_for_by_the_hour(question: str, read: str, expected: str) -> None:
    asked = analyse(question)
    found = analysed(Passage(OPEN, ((0, len(OPEN)),))).sentences[-1]
    ruled = short_answer(asked, weigh(Words(), asked), found, OPEN)  # type: ignore[arg-type]
    start = OPEN.index(read)
    assert agreed(asked, ruled, Span(start, start + len(read), 0.4), OPEN) == expected


@pytest.mark.parametrize(
    ("question", "sentence", "read", "told"),
    [
        ("赵小兰 图书馆", "赵小兰说。", "赵小兰说", ""),
        ("赵小兰 图书馆", "馆长赵小兰说。", "馆长赵小兰", "馆长赵小兰"),
        ("图书馆", "据悉,图书馆明年开放。", "据悉", ""),
        ("灯会几月几号开幕?", "灯会2021年开幕。", "2021年", ""),
        ("灯会几月几号开幕?", "灯会9月3日开幕。", "9月3日", "9月3日"),
        ("灯会哪天开幕?", "灯会中秋节开幕。", "中秋节", "中秋节"),
        ("灯会哪一年开幕?", "灯会2021年开幕。", "2021年", "2021年"),
        ("设了几个项目?", "设了4个项目。", "4个项目", "4个项目"),  # a figure is news
        ("What is the fair called?", "The fair is called Lights.", "Lights", "Lights"),
    ],
)
def test_a_short_answer_that_tells_nothing_is_not_given(question: str, sentence: str, read: str, told: str) -> None:
    start = sentence.index(read)
    assert short_of_both(analyse(question), "", Span(start, start + len(read), 0.9), sentence) == told


@pytest.mark.parametrize(
    ("ruled", "span", "chance", "given"),
    [
        ("30元", (9, 12), 0.9, "30元"),  # both mean the same place
        ("30元", (9, 12), 0.25, ""),  # the reader doubts it
        ("30元", (2, 4), 0.4, ""),  # they mean two places, and neither is sure
        ("30元", (15, 18), 0.6, "50元"),  # the reader is
        ("", (15, 18), 0.4, "50元"),
    ],
)
def test_none_rather_than_a_wrong_one(ruled: str, span: tuple[int, int], chance: float, given: str) -> None:
    printed = "成人票的价格是每张30元,周末50元。"
    assert [printed[slice(*place)] for place in ((9, 12), (15, 18))] == ["30元", "50元"]
    assert short_of_both(analyse("票价是多少元?"), ruled, Span(*span, chance), printed) == given


def test_a_doubtful_answer_names_nothing(seeds_archive: Archive) -> None:
    finding = find(seeds_archive, "丰门街道有多少家基层工会?", None, weights())
    given = [respond(seeds_archive, replace(finding, confidence=sure), weights()) for sure in (0.49, 0.51)]
    assert [bool(one.short_answer) for one in given] == [False, True]
    assert given[0].answer == given[1].answer


def test_where_the_best_sentence_names_nothing_no_other_is_asked(seeds_archive: Archive) -> None:
    finding = find(seeds_archive, "丰门街道有多少家基层工会?", None, weights())
    best = finding.scored[0]
    quoted = quote(seeds_archive, finding)
    assert short_of(finding, finding.weighted, quoted)[0] is best
    parts = best.candidate.passage.sentences
    silent = next(i for i, part in enumerate(parts) if not any(letter.isdigit() for letter in part.text))
    other = replace(best, candidate=replace(best.candidate, number=silent), span=None)
    turned = replace(finding, scored=[other, best])
    both = [replace(quoted[0], quote=best.candidate.hit.passage.text)]
    assert short_of(turned, finding.weighted, both) == (None, "")
