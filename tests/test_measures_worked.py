"""The arithmetic of the benchmarks on numbers worked by hand: load, refusals, servers, planted differences, tables."""

from __future__ import annotations

import os
import random
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qa.benchmark import encoder
from qa.benchmark.articles import collations
from qa.benchmark.articles.collations import LOSS, Planted, Score, planted
from qa.benchmark.articles.layout import render
from qa.benchmark.articles.rows import Row, Style
from qa.benchmark.chat import hostile, load, options_of, orders, probes
from qa.benchmark.chat.payloads import ORDERS, XSS_PAYLOADS
from qa.benchmark.chat.serving import INSIDE, Line, Server
from qa.pages import find_files, read_page

# --- load -------------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=60), st.floats(0, 1))
def test_a_percentile_is_a_value_with_that_share_below_it(values: list[float], share: float) -> None:
    found = load.percentile(values, share)
    assert found in values
    below, up_to = sum(value < found for value in values), sum(value <= found for value in values)
    assert below <= share * len(values) and (up_to > int(share * len(values)) or found == max(values))


def test_the_load_line_counts_what_all_stretches_saw() -> None:
    stretches = [
        load.Minute([0.1, 0.3], 0, 0.4, 100), load.Minute([0.2] * 4, 0, 0.4, 110), load.Minute([0.5] * 2, 0, 0.22, 115),
    ]  # fmt: skip
    line = load.judged(stretches, 3, 3)
    assert line.good and line.numbers == {
        "answers": 8, "errors": 0, "p50": 0.2, "p99": 0.5,
        "growth_mb": 5.0, "cpu_first_ms": 100.0, "cpu_last_ms": 110.0,
    }  # fmt: skip
    assert "3 people, 3 minutes: 8 answers, 0 errors, median 200 ms, p99 500 ms" in line.words
    assert "CPU an answer 100 -> 110 ms; memory 110 -> 115 MB" in line.words


@pytest.mark.parametrize(
    ("changes", "minutes", "good"),
    [
        ({"cpu": 0.24}, 3, True),  # 1.2 times as dear is the bound
        ({"cpu": 0.25}, 3, False),
        ({"cpu": 0.25}, 2, True),  # a short run only warms up
        ({"memory": 129.9}, 3, True),
        ({"memory": 130.0}, 3, False),
        ({"memory": 900.0}, 1, True),
        ({"errors": 1}, 1, False),
        ({"times": [2.0, 2.0]}, 1, False),
    ],
)
def test_each_bound_of_the_load_line_holds_by_itself(changes: dict[str, Any], minutes: float, good: bool) -> None:
    last = replace(load.Minute([0.1, 0.1], 0, 0.2, 110.0), **changes)
    stretches = [load.Minute([0.1, 0.1], 0, 0.2, 90.0), load.Minute([0.1, 0.1], 0, 0.2, 110.0), last]
    assert load.judged(stretches, 2, minutes).good is good


def test_stretches_in_which_nobody_asked_are_left_out_of_the_comparison() -> None:
    quiet = load.Minute([], 0, 0.0, 500.0)
    line = load.judged([load.Minute([0.1], 0, 0.1, 100.0), quiet, load.Minute([0.1], 0, 0.1, 101.0), quiet], 1, 3)
    assert line.good and line.numbers["growth_mb"] == 0.0 and line.numbers["cpu_first_ms"] == 100.0


# --- the server seen from outside -------------------------------------------------------------------------------------


def test_memory_and_time_of_a_process_are_what_the_system_counts() -> None:
    own = Server("http://127.0.0.1:9/", os.getpid(), Path("none"))
    held = bytearray(80 * 2**20)
    held[:: 2**12] = b"x" * (len(held) // 2**12)  # every page is touched, or it is not resident
    large = own.memory()
    begun = own.seconds(), time.process_time()
    while time.process_time() - begun[1] < 0.2:
        pass
    assert own.seconds() - begun[0] == pytest.approx(0.2, abs=0.1)
    assert own.seconds() == pytest.approx(time.process_time(), abs=1.0)
    del held
    assert large - own.memory() > 60


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("http://127.0.0.1:7860/", True),
        ("http://127.0.0.1:7860/gradio_api/call", True),
        ("data:image/png;base64,x", True),
        ("blob:http://x", True),
        ("http://127.0.0.1.evil.example/", False),
        ("https://127.0.0.1:7860/", False),
        ("http://fonts.example/", False),
        ("ws://127.0.0.1:7860/", False),
        ("http://127.0.0.1:99999@evil.example/", False),
    ],
)
def test_only_addresses_of_the_page_itself_are_inside(url: str, inside: bool) -> None:
    assert bool(INSIDE.match(url)) is inside


STRICT = dict.fromkeys(probes.REQUIRED, "x")


@pytest.mark.parametrize(
    ("headers", "open_"),
    [
        (STRICT, False),
        (STRICT | {"Access-Control-Allow-Origin": "*"}, True),
        (STRICT | {"ACCESS-CONTROL-MAX-AGE": "1"}, True),
        *(({name: "x" for name in STRICT if name != left}, True) for left in STRICT),
        ({name.title(): "x" for name in STRICT}, False),
    ],
)
def test_an_answer_is_closed_to_others_by_its_headers_alone(headers: dict[str, str], open_: bool) -> None:
    assert probes._open_to_others(httpx.Headers(headers)) is open_


def test_no_probe_is_a_request_that_the_page_makes() -> None:
    for probe in probes.probes():
        foreign = bool({"origin", "sec-fetch-site", "host"} & set(probe.options.get("headers", {})))
        large = len(probe.options.get("content", b"")) > 10**6
        assert foreign or large or (probe.method, probe.path) not in {("GET", ""), ("POST", "gradio_api/call/ask")}


# --- hostile pages ----------------------------------------------------------------------------------------------------


def test_every_payload_stands_whole_in_its_page_and_the_page_can_be_read(tmp_path: Path) -> None:
    names = hostile.write_pages(tmp_path / "pages")
    found, skipped = find_files([tmp_path / "pages"])
    assert len(found) == len(XSS_PAYLOADS) and skipped == []
    texts = [(tmp_path / "pages" / name).read_text(encoding="utf-8") for name in names]
    for number, (payload, text) in enumerate(zip(XSS_PAYLOADS, texts, strict=True)):
        headline, body = text.split("\n\n", 1)
        assert payload in headline and payload in body and hostile.place(number) in headline
        assert names[number].startswith(f"{number:02}")
    assert hostile.squeezed(" a\u3000b\n\tc ") == "abc"


def test_every_order_stands_in_a_story_that_can_be_asked_about(tmp_path: Path) -> None:
    orders.write_pages(tmp_path / "pages")
    files = sorted((tmp_path / "pages").iterdir())
    assert len(files) == len(ORDERS)
    for number, (path, order) in enumerate(zip(files, ORDERS, strict=True)):
        text = read_page(path, path.name).text
        assert order.strip() in text and f"共有{number + 12}个摊位" in text


def test_the_options_of_the_scoreboard_are_what_they_say() -> None:
    options = options_of(["--minutes", "0.5", "--people", "3", "--only", "S9,S10", "--json"])
    assert (options.minutes, options.people, options.only, options.json) == (0.5, 3, "S9,S10", True)
    assert options.pages == "seeds" and Line("x", True, "y").numbers == {}
    with pytest.raises(SystemExit):
        options_of(["--people", "many"])


# --- merged scans -----------------------------------------------------------------------------------------------------

STYLE = replace(
    Style.draw(random.Random(1)), marks=2, blank="lines", half=False, indent=True, traditional=False, english=False
)
STORY = "省总工会昨天举行会议,部署今年夏季送清凉活动,慰问在高温下工作的一线职工。"


def sheet(name: str, *texts: str) -> Any:
    rows = [Row(0, text, "body", order=n, part=n) for n, text in enumerate(texts)]
    return render(name, [Row(0, "送清凉", "headline:title", mark="## "), *rows], STYLE)


def test_printed_rows_stand_where_the_file_has_them() -> None:
    page = sheet("a", STORY, STORY[::-1])
    assert "\u3000\u3000" in page.page.text
    for (at, text), wanted in zip(collations._printed(page), ("送清凉", STORY, STORY[::-1]), strict=True):
        assert text == wanted and page.page.text[at : at + len(text)] == wanted
    owners = collations._owners(page)
    assert sorted(owners) == [at for at, c in enumerate(page.page.text) if at in owners] and len(owners) == 2 * len(
        STORY
    )


@pytest.mark.parametrize("size", [1, LOSS - 1, LOSS, LOSS + 5])
def test_a_planted_difference_has_the_places_of_what_was_cut_out(size: int) -> None:
    first, second = sheet("a", STORY[:5] + STORY[5 + size :]), sheet("b", STORY)
    (one,) = planted(first, second)
    assert one.words == ("", STORY[5 : 5 + size]) and one.first == ()
    assert "".join(second.page.text[at] for at in one.second) == STORY[5 : 5 + size]
    assert first.page.text[one.before[0]] == second.page.text[one.before[1]] == STORY[4]


@pytest.mark.parametrize(
    ("here", "there", "covered"),
    [
        (range(10, 11), range(20, 21), True),
        (range(12, 14), range(20, 21), True),  # two letters of slack
        (range(13, 14), range(20, 21), False),
        (range(10, 11), range(23, 24), False),
        (range(8, 9), range(18, 30), True),
        (range(7, 8), range(18, 30), False),
    ],
)
def test_a_report_covers_a_difference_within_two_letters(here: range, there: range, covered: bool) -> None:
    assert collations._covers(Planted((10,), (20,), ("甲", "乙"), (9, 19)), here, there) is covered
    lacking = Planted((), (20,), ("", "乙"), (9, 19))  # what has no letters stands behind the letter before it
    assert collations._covers(lacking, here, there) is covered


def test_shares_are_parts_of_wholes() -> None:
    score = Score()
    score.counts.update({"planted": 4, "found": 3, "reported": 5, "real": 5, "pairs": 2, "letters_shown": 8})
    score.seconds = 0.5
    assert score.report() == {
        "disagreements_found": 0.75, "disagreements_real": 1.0, "fills_wrong": 0.0, "collation_ms_a_pair": 250.0,
    }  # fmt: skip


# --- encoders ---------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.text("甲乙丙丁", max_size=9), min_size=1, max_size=6), st.integers(0, 9), st.integers(1, 12))
def test_passages_are_cut_end_to_end_and_go_round(bodies: list[str], count: int, length: int) -> None:
    text = "".join(bodies)
    assume(text)
    cut = encoder.passages(bodies, count, length)
    assert len(cut) == count and all(len(one) == length for one in cut)
    assert all(one in text * (length + 2) for one in cut)
    whole = len(text) // length
    assert "".join(cut[:whole]) == text[: min(count, whole) * length]


def test_a_table_names_every_encoder_and_leaves_unmeasured_cells_empty() -> None:
    ours = {"passages_per_second": 31234.5, "import_seconds": 0.25, "load_seconds": 0.0625, "ids_per_second": 70000.0}
    report = {"wenbao": ours, "other": {"passages_per_second": 12.0}}
    lines = encoder.as_table(report).splitlines()
    assert lines[2] == "| wenbao | 31,234 | 0.250 | 0.062 |" and lines[3] == "| other | 12 |  |  |"
    assert lines[-1] == "wenbao, token ids alone: 70,000 a second"


def test_the_best_round_counts_and_the_first_only_warms_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 4.0, 10.0, 12.0, 20.0, 25.0])  # rounds of four, two and five seconds
    monkeypatch.setattr(encoder, "time", SimpleNamespace(process_time=lambda: next(clock)))
    calls: list[int] = []
    assert encoder.rate(lambda texts: calls.append(len(texts)), ["a"] * 6) == 3.0
    assert calls == [6] * 4
