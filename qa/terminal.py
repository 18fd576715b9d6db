"""What the command line needs of a terminal: wrong usage in one sentence, checked numbers, a progress bar."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn, TypedDict


class Parser(argparse.ArgumentParser):
    """argparse without the usage block: wrong usage gets one sentence too."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message[:500]}; see {self.prog} --help\n")


def count(value: str) -> int:
    number = int(value) if value.isdecimal() and len(value) < 10 else 0
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError(f"expected a number of passages from 1 to 100, got {value[:40]!r}")
    return number


def positive(value: str) -> int:
    if not value.isdecimal() or not 0 < len(value) < 10 or int(value) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {value[:40]!r}")
    return int(value)


def port(value: str) -> int:
    if not value.isdecimal() or len(value) > 5 or not 1 <= int(value) <= 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, got {value[:40]!r}")
    return int(value)


def add_uploads(parser: argparse.ArgumentParser) -> None:
    """The options about files that visitors of the chat page bring."""
    parser.add_argument(
        "--uploads",
        action=argparse.BooleanOptionalAction,
        help="visitors may add files that only they see (default: when the page is served to this machine only)",
    )
    parser.add_argument("--shared-uploads", action="store_true", help="files that visitors add are seen by everybody")


class Uploads(TypedDict):
    """Arguments of `qa.chat.serve`."""

    uploads: bool
    shared_uploads: bool


def uploads(options: argparse.Namespace) -> Uploads:
    """What those options mean: on for visitors of this machine only, unless the options say otherwise."""
    here = options.host in ("127.0.0.1", "::1", "localhost") and not getattr(options, "share", False)
    wanted = here if options.uploads is None else options.uploads
    return {"uploads": wanted or options.shared_uploads, "shared_uploads": options.shared_uploads}


class Bar:
    """A progress bar on standard error that appears when there is something to wait for; quiet in a pipe."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._bar: Any = None

    def __enter__(self) -> Bar:
        return self

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=total, unit=self._unit, disable=not sys.stderr.isatty(), delay=0.5)
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
