"""The command: `production-deployment [--json] FILE...`."""

from __future__ import annotations

import argparse
import json
import sys

from production_deployment import Counts, __version__, count, count_file

FIELDS = ("lines", "words", "characters", "bytes")


def main(arguments: list[str] | None = None) -> int:
    """Print the counts of each file and of all; 1 where one could not be read, which does not stop the others."""
    options = _completed(_parser()).parse_args(arguments)
    counted, total, failed = [], Counts(), False
    for name in options.files:
        try:
            counts = count(sys.stdin.buffer.read()) if name == "-" else count_file(name)
        except OSError as error:
            print(f"production-deployment: {name}: {error.strerror or error}", file=sys.stderr)
            failed = True
            continue
        counted.append((name, counts))
        total += counts
    rows = counted if len(counted) < 2 else [*counted, ("total", total)]
    if options.json:
        print(json.dumps([{"file": name, **_fields(counts)} for name, counts in counted]))
    else:
        for name, counts in rows:
            print(*(f"{value:>10}" for value in _fields(counts).values()), name)
    return int(failed)


def entry() -> None:
    """What the installed command runs."""
    sys.exit(main())


def _fields(counts: Counts) -> dict[str, int]:
    return {field: getattr(counts, field) for field in FIELDS}


def _completed(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The parser, which answers the shell where the extra `completion` is installed."""
    try:
        import argcomplete  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - an extra
    except ImportError:
        return parser
    argcomplete.autocomplete(parser)
    return parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="production-deployment", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="what to count; - is standard input")
    parser.add_argument("--json", action="store_true", help="print a JSON list, one object a file")
    parser.add_argument("--version", action="version", version=__version__)
    return parser
