"""One process of a build that takes every page as one article; `python -m qa.benchmark engine --whole` starts it."""

from __future__ import annotations

import sys
from pathlib import Path

from qa.archive.workers import main
from qa.benchmark.engine import pages_as_articles

if __name__ == "__main__":
    with pages_as_articles():
        sys.exit(main(Path(sys.argv[1])))
