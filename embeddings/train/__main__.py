"""Makes the bundled model: read, choose the tokens, start from meanings, train, measure, save."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from embeddings.encoder import BUNDLED


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    from embeddings.train.recipe import make_model

    begun = time.monotonic()

    def report(line: str) -> None:
        print(f"{time.monotonic() - begun:6.0f} s  {line}", flush=True)

    make_model(options, report)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m embeddings.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the training data")
    parser.add_argument("--out", type=Path, default=BUNDLED, help="folder for the model (default: the bundled one)")
    parser.add_argument("--work", type=Path, help="folder for what is needed to go on after a stop")
    parser.add_argument("--minutes", type=float, default=20.0, help="bound for the training loop (default: 20)")
    parser.add_argument("--steps", type=int, default=3000)
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
