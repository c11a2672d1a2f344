"""What can be typed, as argparse wants it: made of the table of verbs."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from pyo3ops import __version__
from pyo3ops.cli.streams import write
from pyo3ops.core.errors import UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.verbs import GROUPS, NOX, VERBS
from pyo3ops.verbs.common import add_common

if TYPE_CHECKING:
    from typing import NoReturn

    from pyo3ops.verbs.call import Verb


class _Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are ours, so that they can leave as JSON."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, command=f"{self.prog} --help")

    def _print_message(self, message: str, file: Any = None) -> None:  # noqa: ANN401 - as argparse has it
        # A reader that has seen enough of a help text is no crash.
        write(file or sys.stderr, message)


class _Completion(argparse.Action):
    """Prints a completion script and exits."""

    def __call__(self, parser: argparse.ArgumentParser, _space: object, values: Any, _option: Any = None) -> None:  # noqa: ANN401 - argparse's signature
        try:
            import shtab  # noqa: PLC0415 - an extra
        except ImportError:
            raise UsageError(
                "completion needs shtab", cause="it is an extra", command="pip install 'pyo3ops[completion]'"
            ) from None
        write(sys.stdout, shtab.complete(parser, values) + "\n")
        parser.exit()


def made() -> argparse.ArgumentParser:
    """The parser of every verb."""
    parser = _Parser(
        prog="pyo3ops",
        description="Operates PyO3 (Rust <-> Python) extension projects.",
        epilog=f"{_examples()}\n\n{_codes()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        # `--js` for --json would be understood here, and not by what looks for it before arguments are parsed.
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pyo3ops {__version__}")
    shells = ("bash", "zsh", "tcsh")
    parser.add_argument("--print-completion", action=_Completion, choices=shells, help="print a completion script")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", dest="verb_name", required=True)
    groups: dict[str, Any] = {}
    for verb in (*VERBS, NOX):
        group, _, action = verb.name.partition(" ")
        if action and group not in groups:
            groups[group] = _group(verbs, group)
        added = _add_verb(groups[group] if action else verbs, action or verb.name, verb)
        if verb.name in GROUPS:
            groups[verb.name] = added.add_subparsers(title="actions", metavar="ACTION", dest="action_name")
    return parser


def _group(verbs: Any, name: str) -> Any:  # noqa: ANN401 - argparse names no type for them
    """A verb that has actions."""
    summary = GROUPS[name]
    parser = verbs.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog="examples:\n" + "\n".join(f"  {verb.examples[0]}" for verb in VERBS if verb.name.split()[0] == name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    return parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action_name")


def _add_verb(place: Any, name: str, verb: Verb) -> argparse.ArgumentParser:  # noqa: ANN401 - see _group
    examples = "\n".join(f"  {line}" for line in verb.examples)
    parser: argparse.ArgumentParser = place.add_parser(
        name,
        help=verb.summary,
        description=f"{verb.summary[0].upper()}{verb.summary[1:]}.",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verb.add_arguments(parser)
    if verb is not NOX:
        add_common(parser)
    parser.set_defaults(verb=verb, task=verb.name)
    return parser


def _examples() -> str:
    return "examples:\n" + "\n".join(f"  {verb.examples[0]}" for verb in (*VERBS, NOX))


def _codes() -> str:
    return "exit codes:\n" + "\n".join(f"  {code.value:<4} {code.meaning}" for code in Exit)
