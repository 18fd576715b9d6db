"""The chat page: `python app.py` indexes seeds/ if there is no index yet, then serves on 127.0.0.1:7860."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from qa import chat, terminal, usage
from qa.archive import Archive
from qa.errors import NoIndex, QAError

SEEDS = Path(__file__).parent / "seeds"


def main() -> int:
    parser = argparse.ArgumentParser(description="Serve the chat page; index seeds/ first if there is no index.")
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default: this machine only)")
    parser.add_argument("--port", type=int, default=7860)
    terminal.add_uploads(parser)
    usage.add_llm(parser)
    options = parser.parse_args()
    index = os.environ.get("QA_INDEX") or "index"
    try:
        writer = usage.writer(options)
        try:
            archive = Archive.open(index)
        except NoIndex:
            archive = Archive.build([str(SEEDS)], index)
        chat.serve(archive, host=options.host, port=options.port, **terminal.uploads(options), writer=writer)
    except QAError as error:
        print(f"wenbao: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
