"""The scoreboard of the chat page in its short form, and the arithmetic behind its lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.benchmark.chat import hostile, load, main, options_of, orders, probes
from qa.benchmark.chat.payloads import ORDERS, XSS_PAYLOADS
from qa.benchmark.chat.serving import Line, Server, browser_is_there, served
from tests.conftest import ROOT, SEEDS
from tests.serving import swept

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:websockets", "ignore::ResourceWarning")


def test_the_lists_are_as_long_as_the_scoreboard_says() -> None:
    assert len(set(XSS_PAYLOADS)) >= 50 and len(set(ORDERS)) >= 40
    assert len({(probe.method, probe.path, str(probe.options)[:80]) for probe in probes.probes()}) >= 60


def test_every_hostile_page_has_a_name_of_its_own(tmp_path: Path) -> None:
    names = hostile.write_pages(tmp_path / "pages")
    assert len(set(names)) == len(XSS_PAYLOADS) == len(list((tmp_path / "pages").iterdir()))
    assert len({hostile.place(number) for number in range(60)}) == 60


def test_percentiles_are_those_of_the_ranked_values() -> None:
    values = [float(number) for number in range(1, 101)]
    assert (load.percentile(values, 0.5), load.percentile(values, 0.99)) == (51.0, 100.0)
    assert load.percentile([], 0.99) == 0.0


@pytest.mark.parametrize(
    ("sent", "content"),
    [(b"", b""), (b"3\r\nabc\r\n0\r\n\r\n", b"abc"), (b"1\r\na\r\nA\r\n0123\r\n6789\r\n0\r\n\r\n", b"a0123\r\n6789")],
)
def test_a_body_in_chunks_is_put_together(sent: bytes, content: bytes) -> None:
    assert load.chunks(sent) == content


@pytest.mark.parametrize(
    ("minutes", "good"),
    [
        ([load.Minute([0.1] * 10, 0, 0.5, 100), load.Minute([0.1] * 10, 0, 0.5, 110)], True),
        ([load.Minute([0.1] * 10, 1, 0.5, 100), load.Minute([0.1] * 10, 0, 0.5, 100)], False),
        ([load.Minute([2.5] * 10, 0, 0.5, 100), load.Minute([0.1] * 10, 0, 0.5, 100)], False),
        (
            [load.Minute([0.1] * 10, 0, 0.5, 100), load.Minute([0.1] * 10, 0, 0.5, 100), load.Minute([0.1], 0, 0, 121)],
            False,
        ),
        (
            [
                load.Minute([0.1] * 10, 0, 0.9, 90),
                load.Minute([0.1] * 10, 0, 0.5, 100),
                load.Minute([0.1] * 10, 0, 0.7, 100),
            ],
            False,
        ),
    ],
)
def test_the_load_line_is_bad_for_errors_slowness_and_growth(minutes: list[Any], good: bool) -> None:
    assert load.judged(minutes, 50, 10).good is good


def test_orders_in_articles_are_quoted_at_most(tmp_path: Path) -> None:
    line = orders.measure(tmp_path)
    assert line.good, line.words
    assert line.numbers["orders"] >= 40


def test_requests_that_are_let_through_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    harmless = [probes.Probe("GET", "config"), probes.Probe("GET", "openapi.json")]
    monkeypatch.setattr(probes, "probes", lambda: harmless)
    with served([str(SEEDS)], tmp_path / "server") as server:
        line = probes.measure(server)
    assert not line.good and "GET /config 200" in line.words and "openapi" not in line.words


def test_the_short_form_of_the_scoreboard_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--pages", str(ROOT / "seeds"), "--minutes", "0.05", "--people", "4", "--pause", "0.5", "--surge", "40"]
    main([*options, "--only", "S9,S10,S11,S12", "--json"])
    lines = {line["name"]: line for line in json.loads(capsys.readouterr().out)}
    assert lines["S10 hostile requests"]["good"], lines
    assert lines["S10 hostile requests"]["numbers"]["sent"] >= 60
    surge = lines["S12 surge"]["numbers"]
    assert surge["answered"] == surge["joined"] and surge["joined"] + surge["refused"] == 40
    crowd = lines["S11 load"]["numbers"]
    assert crowd["errors"] == 0 and crowd["answers"] >= 4


@pytest.mark.skipif(not browser_is_there(), reason="no Chromium or no Playwright is installed")
def test_hostile_texts_are_shown_letter_for_letter(tmp_path: Path) -> None:
    with swept():
        line = hostile.measure(tmp_path, count=1)
    assert line.good and line.numbers["of"] == 6, line.words


def test_a_line_that_needs_a_browser_says_when_it_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("qa.benchmark.chat.browser_is_there", lambda: False)
    monkeypatch.setattr("qa.benchmark.chat.served", _no_server)
    assert main(["--only", "S8"]) == 0
    assert "left out: no Chromium" in capsys.readouterr().out


def test_a_bad_line_makes_the_command_fail(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("qa.benchmark.chat.served", _no_server)
    monkeypatch.setattr(orders, "measure", lambda folder: Line("S13 orders in articles", False, "one obeyed"))
    assert main(["--only", "S13"]) == 1
    assert "BAD  one obeyed" in capsys.readouterr().out
    assert options_of([]).minutes == 10 and options_of([]).people == 50 and options_of([]).surge == 1000


class _no_server:
    def __init__(self, *_: Any) -> None: ...

    def __enter__(self) -> Server:
        return Server("http://127.0.0.1:9/", 0, Path("nowhere"))

    def __exit__(self, *_: Any) -> None: ...
