"""`python -m qa.store INDEX`: goes back to the newest generation that is whole, and says which that is."""

from __future__ import annotations

import sys
from pathlib import Path

from qa.errors import QAError
from qa.store import repair


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(repair(Path(arguments[0])))
    except QAError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
