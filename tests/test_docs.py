"""The READMEs say what is so: their commands and examples run, their files exist, both languages agree."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from qa import cli
from tests.conftest import ROOT, SEEDS

READMES = ("README.md", "README.zh.md")
SETUP = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/python app.py"
TESTS = "python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/python -m pytest"


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the seeds in it, as after a fresh clone."""
    shutil.copytree(SEEDS, tmp_path / "seeds")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QA_INDEX", raising=False)
    return tmp_path


@pytest.mark.parametrize("name", READMES)
def test_the_set_up_commands_are_those_of_the_contract(name: str) -> None:
    shell = "".join(blocks(name, "bash"))
    assert SETUP in shell and TESTS in shell
    first_lines = (ROOT / name).read_text("utf-8").splitlines()[:10]
    assert any(SETUP in line for line in first_lines)


def commands(name: str) -> list[str]:
    return [line[2:] for block in blocks(name, "console") for line in block.splitlines() if line.startswith("$ ")]


def test_both_readmes_show_the_same_commands() -> None:
    assert commands("README.zh.md") == commands("README.md")


def test_every_command_of_the_readme_runs(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = commands("README.md")
    wenbao = [shlex.split(command, comments=True)[1:] for command in shown if command.startswith("wenbao ")]
    assert len(wenbao) >= 8
    (workplace / "questions.txt").write_text("奉化链式助学是什么\n", "utf-8")
    for arguments in wenbao:
        if arguments[0] != "chat":
            assert cli.main(arguments) == 0, (arguments, capsys.readouterr().err)


@pytest.mark.parametrize("name", READMES)
def test_the_python_examples_of_the_readme_run(name: str, workplace: Path) -> None:
    namespace: dict[str, object] = {}
    examples = blocks(name, "python")
    assert examples
    for example in examples:
        exec(compile(example, name, "exec"), namespace)


def test_the_printed_answer_of_the_readme_is_the_one_that_is_printed(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shown,) = [block for block in blocks("README.md", "console") if block.startswith('$ wenbao ask "奉化链式助学')]
    assert cli.main(["index", "seeds"]) == 0
    capsys.readouterr()
    assert cli.main(["ask", "奉化链式助学是什么"]) == 0
    printed, expected = capsys.readouterr().out, shown.partition("\n")[2]
    assert re.sub(r"\d+%", "%", printed).split() == re.sub(r"\d+%", "%", expected).split()
    of_paper, of_readme = (int(re.findall(r"(\d+)%", text)[0]) for text in (printed, expected))
    assert abs(of_paper - of_readme) <= 2  # a point may lie between two processors


def test_the_file_map_names_every_module() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for folder in ("qa", "embeddings"):
        for path in [*(ROOT / folder).glob("*.py"), *(p.parent for p in (ROOT / folder).glob("*/__init__.py"))]:
            if not path.name.startswith("__"):
                assert f"{path.name}" in readme, f"{path.name} is missing from the file map"


def test_every_link_of_the_documents_leads_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), SEEDS / "README.md"]
    for document in documents:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_no_document_speaks_of_this_machine() -> None:
    for path in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("qa/**/*.py"),
        *ROOT.glob("embeddings/**/*.py"),
    ]:
        text = path.read_text("utf-8")
        assert not re.search(r"/(?:root|work|home|tmp)/\w", text), path.name
