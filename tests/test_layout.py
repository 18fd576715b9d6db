"""The shape of the project: imports flow one way, nothing heavy at start, files and functions stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sorted([*ROOT.glob("qa/**/*.py"), *ROOT.glob("embeddings/**/*.py"), ROOT / "app.py"])
ROWS = (  # a module imports only from its own row or an earlier one
    {"qa.errors", "qa.datatypes"},
    {"qa.text"},
    {"qa.figures", "qa.threads"},
    {"qa.decoding", "qa.formats"},
    {"qa.pages"},
    {"qa.articles"},
    {"qa.grams"},
    {"qa.duplicates"},
    {"qa.copies"},
    {"qa.collation"},
    {"qa.passages"},
    {"qa.lexical"},
    {"qa.fusion"},
    {"qa.glosses"},
    {"qa.store"},
    {"qa.archive"},
    {"qa.conversation"},
    {"qa.answers"},
    {"qa.writing"},
    {"qa.render"},
    {"qa.questions", "qa.metrics", "qa.temporary", "qa.listing"},
    {"qa.batch", "qa.evaluation", "qa.report"},
    {"qa.benchmark", "qa.calibration"},
    {"qa.chat", "qa.terminal"},
    {"qa.usage"},
    {"qa.cli", "qa.__main__"},
)
HEAVY = (
    "torch", "sentence_transformers", "transformers", "gradio", "pandas", "sklearn", "scipy", "matplotlib", "openai",
)  # fmt: skip
# Function-level imports that point forward on purpose: the façade hands a question to the answering modules.
LATE = {("qa.archive", "qa.answers"), ("qa.archive", "qa.conversation")}


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:2])


def _row(module: str) -> int | None:
    return next((number for number, row in enumerate(ROWS) if module in row), None)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if node.module == "qa" else {node.module}
    return {".".join(name.split(".")[:2]) for name in found if name.startswith(("qa.", "embeddings"))}


@pytest.mark.parametrize("path", [p for p in PYTHON if p.parts[-2] != "qa" or p.name != "__init__.py"], ids=str)
def test_imports_point_to_an_earlier_row(path: Path) -> None:
    here = _module(path)
    for target in _imports(path):
        if here.startswith("embeddings"):
            assert not target.startswith("qa"), f"{path.name} imports {target}: embeddings knows nothing of newspapers"
            continue
        row, own = _row(target), _row(here)
        if row is None or own is None or target == here or (here, target) in LATE:
            continue
        assert row <= own, f"{here} imports {target}, which stands in a later row"


def test_every_module_has_its_row() -> None:
    modules = {_module(path) for path in PYTHON if path.parent != ROOT and "embeddings" not in path.parts}
    assert {m for m in modules if _row(m) is None} <= {"qa.__init__"}


def test_only_the_chat_page_imports_gradio() -> None:
    importing = [
        path
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any(n.split(".")[0] == "gradio" for n in [*(a.name for a in node.names), getattr(node, "module", "") or ""])
    ]
    assert {_module(path) for path in importing} <= {"qa.chat"}


def _functions(path: Path) -> list[tuple[str, int]]:
    return [
        (f"{path.name}:{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_files_and_functions_stay_small() -> None:
    assert {p.name: n for p in PYTHON if (n := len(p.read_text(encoding="utf-8").splitlines())) > 300} == {}
    lengths = sorted((length, name) for path in PYTHON for name, length in _functions(path))
    assert lengths[-1][0] <= 60, lengths[-1]
    assert lengths[len(lengths) // 2][0] <= 10
    assert lengths[int(0.9 * (len(lengths) - 1))][0] <= 35


def test_tests_are_at_least_as_long_as_the_source() -> None:
    lines = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in [*PYTHON, *ROOT.glob("tests/*.py")]}
    tests = sum(n for p, n in lines.items() if "tests" in p.parts)
    assert tests >= sum(lines.values()) - tests


@pytest.mark.parametrize("path", PYTHON, ids=str)
def test_nothing_loads_code_from_data(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
            assert not {n.split(".")[0] for n in names} & {"pickle", "joblib", "dill", "yaml", "shelve"}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec"}
        if isinstance(node, ast.keyword) and node.arg in {"trust_remote_code", "allow_pickle"}:
            assert isinstance(node.value, ast.Constant) and node.value.value is False


def test_asking_on_the_command_line_loads_nothing_heavy(seeds_index: Path) -> None:
    code = (
        "import sys; from qa.cli import main; main(['ask', '奉化链式助学是什么', '--index', sys.argv[1]]);"
        f"print('HEAVY', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(seeds_index)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout.splitlines()[-1] == "HEAVY []"


def test_the_public_names_are_few_and_there() -> None:
    import qa

    assert 1 <= len(qa.__all__) <= 12
    assert all(hasattr(qa, name) for name in qa.__all__)
    assert qa.__all__ == sorted(qa.__all__, key=lambda name: (name.startswith("_"), name.lower()))
