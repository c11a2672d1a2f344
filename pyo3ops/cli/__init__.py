"""The command line: parse, run a task, render its report, exit. Nothing else prints or exits.

stdout is the payload, stderr the talk. With `--json`, stdout gets exactly one JSON document on every way out that this
process can catch. Hardly anything is imported before signals are heard: ^C while modules are imported is ^C, too.
"""

from __future__ import annotations

import os
import sys

# Not from typing, which takes longer than all that happens before signals are heard.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn


def entry() -> NoReturn:
    """The console script: ends quietly and with one of our exit codes whatever signal comes, and whenever."""
    try:
        from pyo3ops.cli.signals import Ears, end_by  # noqa: PLC0415 - see the docstring of this file

        ears = Ears()
        from pyo3ops.cli.running import main as running  # noqa: PLC0415

        code = running(sys.argv[1:], os.environ, ears)
        end_by(code)
    except KeyboardInterrupt:
        # Before signals were heard, or the third of them in a row.
        code = 130
    sys.exit(code)


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run one verb, deliver its report and return the exit code."""
    from pyo3ops.cli.running import main as running  # noqa: PLC0415 - see the docstring of this file
    from pyo3ops.cli.signals import Ears  # noqa: PLC0415

    ears = Ears()
    try:
        return running(argv, env, ears)
    finally:
        ears.leave()
