"""The measures of merged scans against pages whose faults are counted by hand."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from qa.benchmark.articles.collations import LOSS, Planted, Score, planted, score_pair
from qa.benchmark.articles.corpus import Source
from qa.benchmark.articles.layout import Sheet, compose, compose_twice, render
from qa.benchmark.articles.rows import Row, Style
from qa.datatypes import Page

STORY = (
    "省总工会昨天举行会议,部署今年夏季送清凉活动,慰问在高温下工作的一线职工。",
    "会议要求各地把防暑药品和饮用水送到工地、车间和街头,每个网点都要有人值守。",
    "截至目前,全省已经设立爱心驿站三千多个,覆盖所有县城和主要乡镇的劳动者。",
    "下一步,工会还将为快递员和环卫工人免费体检,并把体检报告交到本人手里。",
)
SOURCE = Source("省总工会部署送清凉活动", "", "", tuple(("body", text) for text in STORY))
STYLE = replace(
    Style.draw(random.Random(1)), marks=2, blank="lines", half=False, indent=False, traditional=False, english=False
)


def sheet(name: str, paragraphs: list[tuple[int, str]]) -> Sheet:
    rows = [Row(0, SOURCE.title, "headline:title", mark="## ")]
    rows += [Row(0, text, "body", order=n + 1, part=part) for n, (part, text) in enumerate(paragraphs)]
    return render(name, rows, STYLE)


def whole(**changed: str) -> list[tuple[int, str]]:
    return [(n, changed.get(f"p{n}", text)) for n, text in enumerate(STORY)]


def score(first: Sheet, second: Sheet) -> dict[str, float]:
    found = Score()
    score_pair(found, first, second, [SOURCE])
    return found.report()


def at(page: Page, places: tuple[int, ...]) -> str:
    return "".join(page.text[place] for place in places)


def test_planted_differences_name_the_letters_and_their_places() -> None:
    misread = STORY[1].replace("车间", "东间")
    first, second = sheet("a", whole(p1=misread)[:3]), sheet("b", whole())
    one, lost = planted(first, second)
    assert one.words == ("东", "车") and at(first.page, one.first) == "东" and at(second.page, one.second) == "车"
    assert lost.words == ("", STORY[3]) and at(second.page, lost.second) == STORY[3] and lost.first == ()
    assert len(lost.second) >= LOSS and lost.before == (-1, -1)


def test_two_equal_scans_have_nothing_planted_and_nothing_reported() -> None:
    assert planted(sheet("a", whole()), sheet("b", whole())) == []
    report = score(sheet("a", whole()), sheet("b", whole()))
    assert set(report) == {"collation_ms_a_pair"}


def test_what_was_planted_is_found_and_what_was_lost_is_filled() -> None:
    first = sheet("a", [p for p in whole(p0=STORY[0].replace("举行会议", "举行会仪")) if p[0] != 2])
    report = score(first, sheet("b", whole()))
    assert report["disagreements_found"] == report["disagreements_real"] == report["gaps_filled"] == 1.0
    assert report["gap_letters_filled"] == 1.0 and report["fills_wrong"] == 0.0
    assert report["own_reading_right"] == 0.0 and report["reading_right"] == 1.0


def test_a_gap_that_the_other_scan_shares_is_no_gap() -> None:
    left = [part for part in whole() if part[0] != 2]
    assert "gaps_filled" not in score(sheet("a", left), sheet("b", left))


def test_hyphens_at_line_ends_are_not_planted() -> None:
    first, second = sheet("a", [(0, "Growth returned in spring.")]), sheet("b", [(0, "Growth re-turned in spring.")])
    assert planted(first, second) == []


@pytest.mark.parametrize("seed", range(4))
def test_every_planted_place_holds_its_letters(seed: int) -> None:
    rng = random.Random(seed)
    first, second = compose_twice(("a", "b"), [SOURCE, SOURCE], rng, 0.05)
    found: list[Planted] = planted(first, second)
    assert found
    for one in found:
        assert len(one.first) == len(one.words[0]) and len(one.second) == len(one.words[1])
        assert all(0 <= place < len(first.page.text) for place in one.first)
        assert not any(first.page.text[place].isspace() for place in one.first)


def test_rates_of_nothing_are_left_out() -> None:
    assert Score().report() == {"collation_ms_a_pair": 0.0}
    single = compose("a", [SOURCE], random.Random(2))
    assert planted(single, single) == []
