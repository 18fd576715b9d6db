"""How far the index folder can be trusted: kills, power cuts, I/O errors, damage, readers, unsafe loads.

`python -m qa.benchmark trust [--trials N] [--json]` runs the durability tests of the checkout it is started in, N times
over, and prints what they counted. A line is bad when a test that counts towards it failed: something was lost, was
silently wrong, or crashed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from xml.etree import ElementTree

_CHOSEN = ("tests/test_durability.py", "tests/test_archive.py", "tests/test_store.py", "tests/test_layout.py")
_KEYWORDS = "durability or damage or flipped or format or killed or loads_code or full_disk or read_only"
_LINES = {  # words of test names that count towards a line of the scoreboard, beside those that record a number
    "S6 old and unknown formats": "format",
    "S14 files that load no code from data": "loads_code",
}


@dataclass
class Line:
    """One line of the scoreboard: what was counted, and the tests that failed."""

    count: float = 0
    tests: int = 0
    failed: list[str] = field(default_factory=list)

    def add(self, case: ElementTree.Element, count: float) -> None:
        self.count += count
        self.tests += 1
        if case.find("failure") is not None or case.find("error") is not None:
            self.failed.append(str(case.get("name")))


def scoreboard(cases: Iterable[ElementTree.Element]) -> dict[str, Line]:
    """The lines that the test cases of a JUnit report add up to, in order of name."""
    lines: dict[str, Line] = {}
    for case in cases:
        recorded = [(p.get("name", ""), float(p.get("value", "0"))) for p in case.iter("property")]
        recorded += [(line, 1.0) for line, word in _LINES.items() if word in str(case.get("name"))]
        for name, count in recorded or [("other tests of the index folder", 1.0)]:
            lines.setdefault(name, Line()).add(case, count)
    return dict(sorted(lines.items(), key=lambda item: (len(item[0].split()[0]), item[0])))


def run(trials: int) -> dict[str, Line]:
    with tempfile.TemporaryDirectory(prefix="wenbao-") as scratch:
        report = Path(scratch, "report.xml")
        options = ["-q", "-k", _KEYWORDS, f"--junitxml={report}", "-o", "junit_family=xunit1"]
        command = [sys.executable, "-m", "pytest", *options, *_CHOSEN]
        environment = os.environ | {"QA_TRIALS": str(trials)}
        subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
        if not report.exists():
            return {"the tests could not be run": Line(failed=["pytest"])}
        return scoreboard(ElementTree.parse(report).iter("testcase"))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.benchmark trust", description=__doc__)
    parser.add_argument("--trials", type=int, default=1, metavar="N")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if not all(Path(path).is_file() for path in _CHOSEN):
        parser.error("start it in a checkout of the project, where tests/ is")
    lines = run(max(options.trials, 1))
    if options.json:
        print(json.dumps({name: asdict(line) for name, line in lines.items()}, ensure_ascii=False))
    else:
        print("\n".join(f"{name:<48}{line.count:>10,.0f}  {_verdict(line)}" for name, line in lines.items()))
    return int(any(line.failed for line in lines.values()))


def _verdict(line: Line) -> str:
    return f"{len(line.failed)} of {line.tests} tests FAILED" if line.failed else "0 bad"
