"""What each command takes: names, options, defaults and help of the command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa import terminal
from qa.errors import InputError

if TYPE_CHECKING:
    from qa.writing import Writer

Command = Callable[[argparse.Namespace], int]


def build_parser(run: Mapping[str, Command]) -> argparse.ArgumentParser:
    """The parser of all commands; `run` says which function carries out which."""
    parser = terminal.Parser(prog="wenbao", description="Ask a folder of newspaper pages.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=terminal.Parser)
    for add in (_add_making, _add_asking, _add_measuring, _add_looking):
        add(commands, run)
    return parser


def _add(commands: Any, run: Mapping[str, Command], name: str, about: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    default = os.environ.get("QA_INDEX") or "index"
    parser.add_argument(
        "--index", default=default, metavar="DIR", help="the index folder (default: $QA_INDEX or index/)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(command=run[name])
    return parser


def _add_making(commands: Any, run: Mapping[str, Command]) -> None:
    index = _add(commands, run, "index", "add files or folders to the index; unchanged files are skipped")
    index.add_argument("paths", nargs="+", metavar="PATH")
    index.add_argument("--model", metavar="NAME", help="a sentence-transformers model, by hub name or folder")
    index.add_argument("--rebuild", action="store_true", help="start from nothing")
    index.add_argument("--prune", action="store_true", help="remove files that are no longer there")
    _add(commands, run, "status", "what is in the index")
    _add(commands, run, "repair", "go back to the newest state of a damaged index that is whole")
    verify = _add(commands, run, "verify", "check every promise of the index")
    verify.add_argument("--deep", action="store_true", help="encode and trace everything again")
    chat = _add(commands, run, "chat", "serve the chat page")
    chat.add_argument("--host", default="127.0.0.1")
    chat.add_argument("--port", type=terminal.port, default=7860)
    chat.add_argument("--share", action="store_true", help="publish through Gradio's tunnel (leaves this machine)")
    chat.add_argument("--auth", metavar="USER:PASSWORD", help="ask visitors to sign in")
    terminal.add_uploads(chat)
    add_llm(chat)


def _add_asking(commands: Any, run: Mapping[str, Command]) -> None:
    ask = _add(commands, run, "ask", "one answer with citations")
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument("--history", action="append", default=[], metavar="QUESTION", help="an earlier question (repeat)")
    ask.add_argument("-k", type=terminal.count, default=5, metavar="N", help="passages to show (1 to 100, default 5)")
    add_llm(ask)
    search = _add(commands, run, "search", "passages only")
    search.add_argument("query", metavar="QUERY")
    search.add_argument(
        "-k", type=terminal.count, default=5, metavar="N", help="passages to show (1 to 100, default 5)"
    )
    search.add_argument("--mode", choices=("hybrid", "dense", "sparse"), default="hybrid")
    batch = _add(commands, run, "batch", "a question file in (.csv, .jsonl, .txt), an answer file out")
    batch.add_argument("questions", type=Path, metavar="QUESTIONS")
    batch.add_argument(
        "-o", "--output", type=Path, metavar="ANSWERS", help=".csv or .jsonl (default: JSON lines printed)"
    )
    batch.add_argument("--resume", action="store_true", help="go on where an interrupted run stopped")
    add_llm(batch)


def _add_measuring(commands: Any, run: Mapping[str, Command]) -> None:
    evaluate = _add(commands, run, "evaluate", "measures over a question file with known answers")
    evaluate.add_argument("questions", type=Path, metavar="QUESTIONS")
    evaluate.add_argument("--mode", choices=("hybrid", "dense", "sparse"), default="hybrid")
    evaluate.add_argument(
        "--compare", type=Path, metavar="OTHER.json", help="differences from an earlier --json report"
    )
    evaluate.add_argument("--plot", type=Path, metavar="FILE.png", help="risk-coverage and reliability diagrams")
    evaluate.add_argument("--limit", type=terminal.positive, metavar="N", help="only the first N questions")
    evaluate.add_argument("--model", metavar="NAME", help="for files that bring their own corpus")
    calibrate = _add(
        commands, run, "calibrate", "fit confidence and refusal to your archive, and keep that with the index"
    )
    calibrate.add_argument(
        "questions", nargs="?", type=Path, metavar="QUESTIONS", help="labelled ones (default: made from the archive)"
    )
    calibrate.add_argument("--reset", action="store_true", help="back to what was shipped")


def add_llm(parser: argparse.ArgumentParser) -> None:
    """The options about a language model that retells the answers."""
    group = parser.add_argument_group("a language model that retells the answer, every sentence checked (optional)")
    group.add_argument("--llm", metavar="BASE_URL", help="an OpenAI-compatible endpoint; the key from OPENAI_API_KEY")
    group.add_argument("--llm-model", metavar="NAME", help="the model's name at that endpoint")
    group.add_argument(
        "--llm-timeout", type=terminal.positive, default=60, metavar="SECONDS", help="for one answer (default 60)"
    )


def writer(options: argparse.Namespace) -> Writer | None:
    """The writer that those options ask for. Raises InputError when they cannot be used."""
    if not options.llm and not options.llm_model:
        return None
    if not options.llm or not options.llm_model:
        raise InputError("--llm BASE_URL and --llm-model NAME belong together; give both or neither.")
    from qa.writing import Endpoint, Writer

    return Writer(Endpoint(options.llm, options.llm_model, options.llm_timeout))


def _add_looking(commands: Any, run: Mapping[str, Command]) -> None:
    articles = _add(commands, run, "articles", "the reconstructed articles, of the index or of files")
    articles.add_argument("paths", nargs="*", metavar="PATH")
    show = _add(commands, run, "show", "the lines of a source with their articles")
    show.add_argument("place", metavar="SOURCE[:FIRST-LAST]")
