"""The command line: `python -m qa COMMAND`. Every command prints for people, or one JSON object with --json.

Exit codes: 0 done, 1 an error the user can mend (one sentence on standard error), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa import terminal
from qa.errors import InputError, QAError

if TYPE_CHECKING:
    from qa.archive import Archive

Arguments = argparse.Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name or a text may hold what the terminal's encoding lacks
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = build_parser().parse_args(list(map(_utf_8, sys.argv[1:] if arguments is None else arguments)))
    try:
        code: int = options.command(options)
        sys.stdout.flush()
        return code
    except QAError as error:
        print(f"wenbao: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except KeyboardInterrupt:
        print("wenbao: stopped; the index is as it was before.", file=sys.stderr)
        return 130


def _utf_8(argument: str) -> str:
    """An argument that the locale could not decode (LC_ALL=C, say) as the UTF-8 that it is."""
    try:
        return argument.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError:
        return argument


def build_parser() -> argparse.ArgumentParser:
    parser = terminal.Parser(prog="wenbao", description="Ask a folder of newspaper pages.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=terminal.Parser)
    _add_making(commands)
    _add_asking(commands)
    _add_looking(commands)
    return parser


def _add(commands: Any, name: str, command: Callable[[Arguments], int], about: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    default = os.environ.get("QA_INDEX") or "index"
    parser.add_argument(
        "--index", default=default, metavar="DIR", help="the index folder (default: $QA_INDEX or index/)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(command=command)
    return parser


def _add_making(commands: Any) -> None:
    index = _add(commands, "index", _index, "add files or folders to the index; unchanged files are skipped")
    index.add_argument("paths", nargs="+", metavar="PATH")
    index.add_argument("--model", metavar="NAME", help="a sentence-transformers model, by hub name or folder")
    index.add_argument("--rebuild", action="store_true", help="start from nothing")
    index.add_argument("--prune", action="store_true", help="remove files that are no longer there")
    _add(commands, "status", _status, "what is in the index")
    verify = _add(commands, "verify", _verify, "check every promise of the index")
    verify.add_argument("--deep", action="store_true", help="encode and trace everything again")
    chat = _add(commands, "chat", _chat, "serve the chat page")
    chat.add_argument("--host", default="127.0.0.1")
    chat.add_argument("--port", type=terminal.port, default=7860)
    chat.add_argument("--share", action="store_true", help="publish through Gradio's tunnel (leaves this machine)")
    chat.add_argument("--auth", metavar="USER:PASSWORD", help="ask visitors to sign in")
    chat.add_argument("--uploads", action="store_true", help="visitors may add files of their own")


def _add_asking(commands: Any) -> None:
    ask = _add(commands, "ask", _ask, "one answer with citations")
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument("--history", action="append", default=[], metavar="QUESTION", help="an earlier question (repeat)")
    ask.add_argument("-k", type=terminal.count, default=5, metavar="N", help="passages to show (1 to 100, default 5)")
    search = _add(commands, "search", _search, "passages only")
    search.add_argument("query", metavar="QUERY")
    search.add_argument(
        "-k", type=terminal.count, default=5, metavar="N", help="passages to show (1 to 100, default 5)"
    )
    search.add_argument("--mode", choices=("hybrid", "dense", "sparse"), default="hybrid")
    batch = _add(commands, "batch", _batch, "a question file in (.csv, .jsonl, .txt), an answer file out")
    batch.add_argument("questions", type=Path, metavar="QUESTIONS")
    batch.add_argument(
        "-o", "--output", type=Path, metavar="ANSWERS", help=".csv or .jsonl (default: JSON lines printed)"
    )
    batch.add_argument("--resume", action="store_true", help="go on where an interrupted run stopped")
    evaluate = _add(commands, "evaluate", _evaluate, "measures over a question file with known answers")
    evaluate.add_argument("questions", type=Path, metavar="QUESTIONS")
    evaluate.add_argument("--mode", choices=("hybrid", "dense", "sparse"), default="hybrid")
    evaluate.add_argument(
        "--compare", type=Path, metavar="OTHER.json", help="differences from an earlier --json report"
    )
    evaluate.add_argument("--plot", type=Path, metavar="FILE.png", help="risk-coverage and reliability diagrams")
    evaluate.add_argument("--limit", type=terminal.positive, metavar="N", help="only the first N questions")
    evaluate.add_argument("--model", metavar="NAME", help="for files that bring their own corpus")


def _add_looking(commands: Any) -> None:
    articles = _add(commands, "articles", _articles, "the reconstructed articles, of the index or of files")
    articles.add_argument("paths", nargs="*", metavar="PATH")
    show = _add(commands, "show", _show, "the lines of a source with their articles")
    show.add_argument("place", metavar="SOURCE[:FIRST-LAST]")


def _open(options: Arguments) -> Archive:
    from qa.archive import Archive

    return Archive.open(options.index)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))


def _index(options: Arguments) -> int:
    from qa.archive import Archive

    with terminal.Bar("passages") as bar:
        archive = Archive.build(
            options.paths,
            options.index,
            model=options.model,
            rebuild=options.rebuild,
            prune=options.prune,
            progress=bar,
        )
        summary = archive.summary
        archive.close()
    if options.json:
        _print_json(dataclasses.asdict(summary))
        return 0
    for path, reason in summary.skipped:
        print(f"skipped {path!r}: {reason}", file=sys.stderr)
    print(
        f"{summary.added} files added, {summary.changed} changed, {summary.unchanged} unchanged, "
        f"{summary.removed} removed, {len(summary.skipped)} skipped."
    )
    print(
        f"{options.index}: generation {summary.generation}, {summary.articles} articles, {summary.passages} passages."
    )
    return 0


def _ask(options: Arguments) -> int:
    with _open(options) as archive:
        answer = archive.ask(options.question, history=options.history, k=options.k)
    if options.json:
        _print_json(answer.to_dict())
    else:
        from qa import render
        from qa.text import language

        spoken = "en" if language(options.question) == "en" else render.DEFAULT
        print(render.answer_text(answer, spoken))
    return 0


def _search(options: Arguments) -> int:
    with _open(options) as archive:
        hits = archive.search(options.query, options.k, mode=options.mode)
    if options.json:
        for hit in hits:
            _print_json(hit.to_dict())
        return 0
    from qa import listing, render

    print(render.visible("\n\n".join(map(listing.hit_text, hits)) or "Nothing found."))
    return 0


def _batch(options: Arguments) -> int:
    from qa import batch

    with _open(options) as archive, terminal.Bar("questions") as bar:
        if options.output:
            rows, errors = batch.run(archive, options.questions, options.output, options.resume, bar)
        else:
            asked = batch.read_rows(options.questions)
            errors = batch.write(batch.answer_rows(archive, asked), asked, sys.stdout, ".jsonl", 0, bar)
            rows = len(asked)
    if errors:
        raise InputError(f'{errors} of {rows} rows could not be asked; the column "error" of each says why.')
    return 0


def _evaluate(options: Arguments) -> int:
    from qa import evaluation, report, temporary
    from qa.questions import read_questions

    questions, corpus = read_questions(options.questions)
    chosen = questions[: options.limit]
    asked = temporary.archive_of(corpus, options.model) if corpus else _open(options)
    with asked as archive, terminal.Bar("questions") as bar:
        result = evaluation.evaluate(archive, chosen, options.mode, lambda done: bar(done, len(chosen)))
    compared = evaluation.compare(result, evaluation.from_dict(options.compare)) if options.compare else None
    if options.plot:
        report.plot(result, options.plot)
    if options.json:
        extra = {"compared": {k: dataclasses.asdict(v) for k, v in compared.items()}} if compared else {}
        _print_json(evaluation.to_dict(result) | extra)
    else:
        print(report.format_report(result))
        if compared:
            print(f"\nminus {options.compare}\n{report.format_comparison(compared)}")
    return 0


def _articles(options: Arguments) -> int:
    from qa import listing

    if options.paths:
        found = listing.of_files(options.paths)
    else:
        with _open(options) as archive:
            found = listing.of_archive(archive)
    if options.json:
        _print_json({source: [listing.to_dict(one) for one in entries] for source, entries in found.items()})
    else:
        print(listing.to_text(found))
    return 0


def _show(options: Arguments) -> int:
    from qa import listing

    with _open(options) as archive:
        source, first, last = listing.parse_place(options.place, archive.sources())
        lines = listing.lines_with_articles(archive.page(source), archive.articles(source), first, last)
    if options.json:
        _print_json({"source": source, "lines": [dataclasses.asdict(line) for line in lines]})
    else:
        print(listing.lines_text(lines))
    return 0


def _status(options: Arguments) -> int:
    with _open(options) as archive:
        status = archive.status()
    if options.json:
        _print_json(status)
    else:
        width = max(map(len, status))
        print("\n".join(f"{name:<{width}}  {value}" for name, value in status.items()))
    return 0


def _verify(options: Arguments) -> int:
    with _open(options) as archive:
        problems = archive.verify(deep=options.deep)
    if options.json:
        _print_json({"ok": not problems, "problems": problems})
    elif not problems:
        print("Every promise of the index holds.")
    else:
        print("\n".join(problems))
    return 1 if problems else 0


def _chat(options: Arguments) -> int:
    from qa import chat

    auth = tuple(options.auth.split(":", 1)) if options.auth else None
    if auth is not None and (len(auth) != 2 or not all(auth)):
        raise InputError("--auth expects USER:PASSWORD, both not empty.")
    with _open(options) as archive:
        chat.serve(
            archive,
            host=options.host,
            port=options.port,
            share=options.share,
            auth=auth,
            uploads=options.uploads,
        )
    return 0
