"""Makes the bundled model (--data), or adapts it to pages of your own (--add)."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from embeddings.encoder import BUNDLED, ModelLoadError


def main(argv: list[str] | None = None) -> int:
    options = options_of(argv)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    from embeddings.train.adapting import adapt
    from embeddings.train.recipe import make_model

    begun = time.monotonic()

    def report(line: str) -> None:
        print(f"{time.monotonic() - begun:6.0f} s  {line}", flush=True)

    try:
        (adapt if options.add else make_model)(options, report)
    except (FileNotFoundError, ModuleNotFoundError, ModelLoadError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def options_of(argv: list[str] | None) -> argparse.Namespace:
    """The options, with what making and adapting a model each need."""
    parser = _parser()
    options = parser.parse_args(argv)
    if not options.add and not options.data:
        parser.error("name the training data with --data, or pages of your own with --add")
    if options.add and not options.out:
        parser.error("name a folder for the adapted model with --out")
    options.out = options.out or BUNDLED
    if not options.add:
        options.steps, options.minutes = options.steps or 3000, options.minutes or 20.0
    options.minutes = options.minutes or 5.0
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m embeddings.train", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the training data")
    parser.add_argument("--add", type=Path, help="folder of pages (text files) to adapt a model to, without labels")
    parser.add_argument("--model", help="with --add: folder of the model to adapt (default: the bundled one)")
    parser.add_argument(
        "--out", type=Path, help="folder for the model (default: the bundled one; with --add there is none)"
    )
    parser.add_argument("--work", type=Path, help="folder for what is needed to go on after a stop")
    parser.add_argument("--minutes", type=float, help="bound for the training loop (default: 20, with --add 5)")
    parser.add_argument("--steps", type=int, help="(default: 3000; with --add by the number of stories, at most 400)")
    parser.add_argument("--tokens", type=int, default=50_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--without", default="", help="sources to leave out, with commas; 'grey' for all unclear ones")
    parser.add_argument("--teacher", choices=("minilm", "none"), default="minilm", help="where the meanings come from")
    parser.add_argument("--smoke", action="store_true", help="every step on a few rows, in seconds")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
