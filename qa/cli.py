"""The command line: `python -m qa COMMAND`. Every command prints for people, or one JSON object with --json.

Exit codes: 0 done, 1 an error the user can mend (one sentence on standard error), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa import terminal, usage
from qa.errors import InputError, QAError
from qa.threads import keep_to_one_thread

if TYPE_CHECKING:
    from qa.archive import Archive
    from qa.datatypes import Answer

Arguments = argparse.Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name or a text may hold what the terminal's encoding lacks
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = build_parser().parse_args(list(map(_utf_8, sys.argv[1:] if arguments is None else arguments)))
    keep_to_one_thread()
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
    except UnicodeError:
        return argument


def build_parser() -> argparse.ArgumentParser:
    return usage.build_parser(
        {
            "index": _index, "status": _status, "verify": _verify, "repair": _repair, "chat": _chat, "ask": _ask,
            "search": _search, "batch": _batch, "evaluate": _evaluate, "calibrate": _calibrate,
            "articles": _articles, "show": _show,
        }
    )  # fmt: skip


def _open(options: Arguments) -> Archive:
    from qa.archive import Archive

    return Archive.open(options.index)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))


def _index(options: Arguments) -> int:
    from qa.archive import Archive

    with terminal.Bar("passages") as bar:
        settings = {"model": options.model, "rebuild": options.rebuild, "prune": options.prune}
        archive = Archive.build(options.paths, options.index, **settings, progress=bar)
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
    writer = usage.writer(options)
    with _open(options) as archive:
        answer = archive.ask(options.question, history=options.history, k=options.k)
    if options.json:
        _print_json((writer.write(answer) if writer else answer).to_dict())
        return 0
    from qa import render
    from qa.text import language

    spoken = "en" if language(options.question) == "en" else render.DEFAULT
    print(render.answer_text(_streamed(writer.steps(answer)) if writer else answer, spoken))
    return 0


def _streamed(steps: Iterable[Answer]) -> Answer:
    """Prints the sentences of a retold answer as they come; what is left to print."""
    from qa.render import visible

    shown = 0
    for answer in steps:
        if answer.written and not answer.written.failure:
            print(visible(answer.answer[shown:]), end="", flush=True)
            shown = len(answer.answer)
    if shown:
        print()
    return answer if not answer.written or answer.written.failure else dataclasses.replace(answer, answer="")


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

    writer = usage.writer(options)
    with _open(options) as opened, terminal.Bar("questions") as bar:
        archive = writer.retelling(opened) if writer else opened
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


def _calibrate(options: Arguments) -> int:
    from qa.store import remove_calibration, write_calibration

    index = Path(options.index)
    if options.reset:
        removed = remove_calibration(index)
        said = "Confidence and refusal are as shipped again." if removed else "Nothing to reset: both are as shipped."
        _print_json({"removed": removed}) if options.json else print(said)
        return 0
    from qa import report
    from qa.answers.calibration import judged, measured
    from qa.questions import check_pages, read_questions

    questions, corpus = read_questions(options.questions) if options.questions else ([], [])
    if corpus:
        raise InputError(f"{options.questions} brings its own corpus; calibrate takes questions about the index.")
    with _open(options) as archive:
        check_pages(questions, len(archive.sources()))
        asked = judged(archive, questions)
    if len(asked) < _FEWEST:
        raise InputError(f"There are {len(asked)} questions to calibrate by; at least {_FEWEST} are needed.")
    fit = measured(asked, with_threshold=bool(questions))
    if fit.changes:
        write_calibration(index, fit.calibration)
    if options.json:
        _print_json({"kept": fit.changes, **{key: dataclasses.asdict(getattr(fit, key)) for key in _FITTED}})
        return 0
    said = (
        "kept with the index" if fit.changes else "nothing is worth changing: confidence and refusal stay as they are"
    )
    print(f"{len(asked)} questions, {int(asked.answerable.sum())} of them with an answer; {said}.\n")
    print(report.format_fit(fit))
    return 0


_FEWEST = 30  # questions, with and without an answer, that a calibration is fitted on
_FITTED = ("calibration", "before", "after")


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
        stories = archive.articles(source)
        notes = listing.notes_of(map(archive.collate, stories), archive.page)
        lines = listing.lines_with_articles(archive.page(source), stories, first, last, notes)
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
        from qa import report

        width = max(map(len, status))
        status["calibration"] = report.calibration_words(status["calibration"])
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


def _repair(options: Arguments) -> int:
    from qa.store import repair

    done = repair(Path(options.index))
    _print_json({"done": done}) if options.json else print(done)
    return 0


def _chat(options: Arguments) -> int:
    from qa import chat

    auth = tuple(options.auth.split(":", 1)) if options.auth else None
    if auth is not None and (len(auth) != 2 or not all(auth)):
        raise InputError("--auth expects USER:PASSWORD, both not empty.")
    with _open(options) as archive:
        place = {"host": options.host, "port": options.port, "share": options.share}
        chat.serve(archive, auth=auth, writer=usage.writer(options), **place, **terminal.uploads(options))
    return 0
