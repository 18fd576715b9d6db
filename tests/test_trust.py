"""The scoreboard adds up what the tests recorded, and shows a failure where there was one."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from qa.benchmark import trust

REPORT = """
<testsuites><testsuite>
  <testcase name="test_killed_at[0]"><properties><property name="S1 kills" value="18"/></properties></testcase>
  <testcase name="test_killed_at[1]"><properties><property name="S1 kills" value="21"/></properties></testcase>
  <testcase name="test_a_power_cut"><properties><property name="S2 power cuts" value="480"/></properties>
    <failure message="bad == 1"/></testcase>
  <testcase name="test_an_index_of_another_format_is_refused"/>
  <testcase name="test_a_failing_fill_leaves_no_trace"><error message="boom"/></testcase>
  <testcase name="test_nothing_loads_code_from_data[a.py]"/>
  <testcase name="test_nothing_loads_code_from_data[b.py]"/>
</testsuite></testsuites>
"""


def lines() -> dict[str, trust.Line]:
    return trust.scoreboard(ElementTree.fromstring(REPORT.strip()).iter("testcase"))


def test_counts_of_one_line_are_added_up() -> None:
    found = lines()
    assert (found["S1 kills"].count, found["S1 kills"].tests, found["S1 kills"].failed) == (39, 2, [])
    assert found["S14 files that load no code from data"].count == 2
    assert found["S6 old and unknown formats"].count == 1


def test_a_failed_test_makes_its_line_bad() -> None:
    found = lines()
    assert found["S2 power cuts"].failed == ["test_a_power_cut"]
    assert found["other tests of the index folder"].failed == ["test_a_failing_fill_leaves_no_trace"]


def test_lines_stand_in_order_of_their_number() -> None:
    assert [name.split()[0] for name in lines()] == ["S1", "S2", "S6", "S14", "other"]


def test_the_command_prints_the_board_and_fails_when_a_line_is_bad(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(Path(__file__).parent.parent)
    monkeypatch.setattr(trust, "run", lambda trials: lines())
    assert trust.main([]) == 1
    printed = capsys.readouterr().out
    assert "S1 kills" in printed and "39  0 bad" in printed and "1 of 1 tests FAILED" in printed
    assert trust.main(["--json"]) == 1
    assert json.loads(capsys.readouterr().out)["S1 kills"] == {"count": 39.0, "tests": 2, "failed": []}


def test_it_says_where_it_has_to_be_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        trust.main([])
    assert "in a checkout of the project" in capsys.readouterr().err


def test_the_tests_it_counts_on_are_there() -> None:
    root = Path(__file__).parent.parent
    names = "".join((root / path).read_text(encoding="utf-8") for path in trust._CHOSEN)
    for recorded in ("S1 kills", "S2 power cuts", "S3 I/O errors", "S4 damaged files", "S5 reads", "S16 ms"):
        assert f'record_property("{recorded}' in names
    assert all("def test_" in names and word in names for word in trust._LINES.values())
