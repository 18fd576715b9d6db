"""The grammar of the command line: what each command takes, and what is refused as wrong usage."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import terminal
from qa.errors import InputError
from qa.usage import Command, build_parser, writer

COMMANDS = (
    "index", "status", "repair", "verify", "chat", "ask", "search", "batch", "evaluate", "calibrate", "articles",
    "show",
)  # fmt: skip
LEAST = {
    "index": ["pages"],
    "ask": ["谁来了?"],
    "search": ["桥"],
    "batch": ["q.csv"],
    "evaluate": ["q.jsonl"],
    "show": ["a.txt"],
}


def named(name: str) -> Command:
    """What the parser is told to run for the command `name`."""

    def run(options: argparse.Namespace) -> int:
        raise AssertionError(f"{name} is parsed, not carried out: {options}")

    run.__name__ = name
    return run


RUN = {name: named(name) for name in COMMANDS}


def parsed(*arguments: str) -> argparse.Namespace:
    return build_parser(RUN).parse_args(arguments)


def refused(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence with which wrong usage is refused."""
    with pytest.raises(SystemExit) as stopped:
        parsed(*arguments)
    printed = capsys.readouterr()
    assert stopped.value.code == 2 and printed.out == ""
    assert len(printed.err.splitlines()) == 1 and "--help" in printed.err
    return printed.err


@pytest.mark.parametrize("name", COMMANDS)
def test_each_name_runs_its_own_command(name: str) -> None:
    options = parsed(name, *LEAST.get(name, []))
    assert options.command is RUN[name] and options.json is False
    assert parsed(name, *LEAST.get(name, []), "--json").json is True


@pytest.mark.parametrize("name", COMMANDS)
def test_the_index_is_named_by_option_then_environment_then_habit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rest = LEAST.get(name, [])
    monkeypatch.delenv("QA_INDEX", raising=False)
    assert parsed(name, *rest).index == "index"
    monkeypatch.setenv("QA_INDEX", "")
    assert parsed(name, *rest).index == "index", "an empty variable names no folder"
    monkeypatch.setenv("QA_INDEX", "elsewhere")
    assert parsed(name, *rest).index == "elsewhere"
    assert parsed(name, *rest, "--index", "here").index == "here"


@pytest.mark.parametrize("name", sorted(LEAST))
def test_what_a_command_works_on_must_be_there(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = refused([name], capsys)
    assert f"wenbao {name}" in words and "required" in words


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_takes_what_it_does_not_know(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--colour" in refused([name, *LEAST.get(name, []), "--colour", "red"], capsys)


def test_questions_before_are_kept_in_order() -> None:
    options = parsed("ask", "那里呢?", "--history", "甲?", "--history", "乙?")
    assert options.history == ["甲?", "乙?"] and options.question == "那里呢?"
    assert parsed("ask", "那里呢?").history == [], "one call leaves nothing behind for the next"


def test_many_paths_can_be_indexed_at_once_and_files_need_none() -> None:
    options = parsed("index", "a", "b/c", "--prune", "--rebuild", "--model", "m")
    assert (options.paths, options.prune, options.rebuild, options.model) == (["a", "b/c"], True, True, "m")
    assert parsed("articles").paths == [] and parsed("articles", "a", "b").paths == ["a", "b"]
    assert parsed("index", "a").model is None


def test_files_are_paths() -> None:
    assert parsed("batch", "q.csv", "-o", "a.jsonl").output == Path("a.jsonl")
    assert parsed("batch", "q.csv").output is None and parsed("batch", "q.csv").resume is False
    options = parsed("evaluate", "q.jsonl", "--plot", "p.png", "--compare", "old.json", "--limit", "7")
    assert (options.plot, options.compare, options.limit) == (Path("p.png"), Path("old.json"), 7)
    assert parsed("calibrate").questions is None and parsed("calibrate", "q.jsonl").questions == Path("q.jsonl")


@pytest.mark.parametrize("name", ["search", "evaluate"])
@pytest.mark.parametrize("mode", ["hybrid", "dense", "sparse"])
def test_a_search_has_three_modes_and_mixes_by_itself(name: str, mode: str) -> None:
    assert parsed(name, *LEAST[name]).mode == "hybrid"
    assert parsed(name, *LEAST[name], "--mode", mode).mode == mode


def test_the_page_is_served_to_this_machine_unless_told_otherwise() -> None:
    options = parsed("chat")
    assert (options.host, options.port, options.share, options.auth) == ("127.0.0.1", 7860, False, None)
    assert (options.uploads, options.shared_uploads) == (None, False)


# ---- numbers --------------------------------------------------------------------------------------------------


@given(st.integers(-5, 10**12))
def test_numbers_are_taken_within_their_bounds_only(number: int) -> None:
    for check, most in ((terminal.count, 100), (terminal.port, 65535), (terminal.positive, 10**9 - 1)):
        if 1 <= number <= most:
            assert check(str(number)) == number
        else:
            with pytest.raises(argparse.ArgumentTypeError, match="expected"):
                check(str(number))


@given(st.text(max_size=60).filter(lambda text: not text.isdecimal()))
def test_what_is_no_number_is_named_and_cut_short(text: str) -> None:
    for check in (terminal.count, terminal.port, terminal.positive):
        with pytest.raises(argparse.ArgumentTypeError) as stopped:
            check(text)
        assert repr(text[:40]) in str(stopped.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search", "x", "-k", "101"], "1 to 100"),
        (["evaluate", "q.jsonl", "--limit", "0"], "above 0"),
        (["chat", "--port", "0"], "1 to 65535"),
        (["ask", "x", "--llm-timeout", "-3"], "above 0"),
        (["ask", "x", "--llm-timeout", "2.5"], "'2.5'"),
        (["search", "x", "--mode", "both"], "both"),
        (["ask", "x", "y"], "y"),
        (["show"], "SOURCE"),
    ],
)
def test_wrong_usage_gets_one_sentence_that_names_it(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in refused(arguments, capsys)


def test_a_very_long_mistake_is_told_in_short(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(refused(["search", "x", "--mode", "m" * 100_000], capsys)) < 1000


# ---- who may add files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "own", "shared"),
    [
        ([], True, False),
        (["--host", "localhost"], True, False),
        (["--host", "::1"], True, False),
        (["--host", "0.0.0.0"], False, False),
        (["--host", "192.168.1.7"], False, False),
        (["--share"], False, False),
        (["--no-uploads"], False, False),
        (["--host", "0.0.0.0", "--uploads"], True, False),
        (["--share", "--uploads"], True, False),
        (["--shared-uploads"], True, True),
        (["--host", "0.0.0.0", "--shared-uploads"], True, True),
    ],
)
def test_strangers_add_files_only_where_that_was_asked_for(arguments: list[str], own: bool, shared: bool) -> None:
    assert terminal.uploads(parsed("chat", *arguments)) == {"uploads": own, "shared_uploads": shared}


# ---- a language model -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ask", "batch", "chat"])
def test_a_model_is_asked_only_when_address_and_name_are_given(name: str) -> None:
    rest = LEAST.get(name, [])
    assert writer(parsed(name, *rest)) is None
    made = writer(parsed(name, *rest, "--llm", "http://127.0.0.1:9/v1", "--llm-model", "small", "--llm-timeout", "7"))
    assert made is not None
    assert (made.endpoint.base_url, made.endpoint.model, made.endpoint.timeout) == ("http://127.0.0.1:9/v1", "small", 7)


@pytest.mark.parametrize("options", [["--llm", "http://127.0.0.1:9/v1"], ["--llm-model", "small"]])
def test_half_of_a_model_is_refused(options: list[str]) -> None:
    with pytest.raises(InputError, match="belong together"):
        writer(parsed("ask", "x", *options))


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"ask", "batch", "chat"}))
def test_nothing_else_speaks_to_a_model(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--llm" in refused([name, *LEAST.get(name, []), "--llm", "http://127.0.0.1:9/v1"], capsys)
