"""The options that every verb has."""

from __future__ import annotations

import argparse

from pyo3ops.verbs.call import patterns


def add_common(parser: argparse.ArgumentParser) -> None:
    """The options that every verb has."""
    common = parser.add_argument_group("options of every verb")
    common.add_argument("--project", metavar="DIR", help="a folder in the project (default: the current one)")
    common.add_argument("--json", action="store_true", help="one JSON document on stdout, whatever happens")
    common.add_argument(
        "--report", metavar="FILE", action="append", default=[], help="write a report too, in the format of its ending"
    )
    common.add_argument(
        "--github",
        action="store_true",
        default=None,
        help="annotations on stderr and a step summary (by itself where GITHUB_ACTIONS is true)",
    )
    common.add_argument("--no-github", action="store_false", dest="github", help="neither of them")
    common.add_argument("-v", "--verbose", action="store_true", help="show every finding, with seconds")
    common.add_argument("-q", "--quiet", action="store_true", help="show failures and the last line only")
    common.add_argument("--strict", action="store_true", help="count warnings as failures")
    common.add_argument(
        "--select", metavar="ID[,ID]", action="extend", default=[], type=patterns, help="only these findings"
    )
    common.add_argument(
        "--ignore", metavar="ID=REASON", action="append", default=[], type=_reasoned, help="skip a finding, and say why"
    )


def _reasoned(text: str) -> tuple[str, str]:
    pattern, _, reason = text.partition("=")
    if not pattern.strip() or not reason.strip():
        raise argparse.ArgumentTypeError(f"{text!r} gives no reason: write ID=REASON")
    return pattern.strip(), reason.strip()
