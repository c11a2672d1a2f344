"""What `python3 ci/bootstrap.py ...` does: its own options first, all others are nox's."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple, Sequence

from stop import Stop

ROOT = Path(__file__).resolve().parent.parent

USAGE = """\
usage: python3 ci/bootstrap.py [--system [--dry-run]] [nox options]

Makes a private environment with nox, uv and invoke (once, under .pyo3ops/bootstrap), then runs nox with the options
given, on the noxfile of this checkout, from whatever folder, and ends with nox's exit code.

  python3 ci/bootstrap.py -s validate examples-3.11   can this machine build the examples, and do they work on 3.11
  python3 ci/bootstrap.py -s tests                    the unit tests on every supported Python
  python3 ci/bootstrap.py --list                      all sessions
  python3 ci/bootstrap.py -s examples-3.11 -- --help  the options of one session
  python3 ci/bootstrap.py --system -s validate        install what the machine lacks first

  --system     install missing system packages (C compiler, gdb, valgrind, ...) through the system's package manager;
               each command is shown before it runs, and sudo is used only where it is said
  --dry-run    with --system: show the commands, run nothing
  --nox-help   the options of nox
  -h, --help   this text

exit codes: nox's own; 2 where the environment cannot be made or --system cannot install; 130 interrupted
"""


class Request(NamedTuple):
    """What was asked for: the bootstrap's own options, and the arguments that go to nox."""

    usage: bool
    system: bool
    dry_run: bool
    nox: tuple[str, ...]


def parse(arguments: Sequence[str]) -> Request:
    """Take the bootstrap's own options out of `arguments`; what follows `--` belongs to a session untouched."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    mine, rest = list(arguments[:cut]), arguments[cut:]
    system = "--system" in mine
    own = {"--system", "--dry-run"} if system else set()
    nox = ["--help" if word == "--nox-help" else word for word in mine if word not in own]
    usage = not arguments or not {"-h", "--help"}.isdisjoint(mine)
    return Request(usage, system, system and "--dry-run" in mine, (*nox, *rest))


def main(arguments: Sequence[str]) -> int:
    """Carry out one command line; returns the exit code where nox was not reached, else this process becomes nox."""
    try:
        return _main(parse(arguments))
    except Stop as stop:
        say(str(stop))
        return stop.exit_code


def _main(request: Request) -> int:
    if request.usage:
        sys.stdout.write(USAGE)
        return 0
    if request.system:
        import packages  # noqa: PLC0415 - only who asks for it pays for it

        packages.install(env=os.environ, say=say, dry_run=request.dry_run)
        if request.dry_run or not request.nox:
            return 0
    import environment  # noqa: PLC0415 - not needed to show the usage

    place = environment.locate(ROOT)
    lock = environment.ensure(place, env=os.environ, say=say)
    return environment.hand_over(place, request.nox, env=os.environ, lock=lock)


def say(line: str) -> None:
    """One line of talk; stdout belongs to what nox prints."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
