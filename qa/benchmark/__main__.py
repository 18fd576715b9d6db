"""`python -m qa.benchmark NAME [OPTIONS]`."""

import importlib
import pkgutil
import sys

import qa.benchmark


def main(arguments: list[str]) -> int:
    names = sorted(module.name for module in pkgutil.iter_modules(qa.benchmark.__path__) if module.name[0] != "_")
    if not arguments or arguments[0] not in names:
        print(f"usage: python -m qa.benchmark NAME [OPTIONS], NAME one of: {', '.join(names)}", file=sys.stderr)
        return 2
    return int(importlib.import_module(f"qa.benchmark.{arguments[0]}").main(arguments[1:]) or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
