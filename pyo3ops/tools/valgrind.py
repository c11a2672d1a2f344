"""valgrind's memcheck: the command that runs a Python under it, and what it says when it cannot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Our own suppressions, each with its reason.
SUPPRESSIONS = Path(__file__).parents[1] / "data" / "valgrind.supp"
#: The folder of the pytest plugin that ends the process before the interpreter takes itself down.
PLUGIN_FOLDER = Path(__file__).parents[1] / "data" / "under_valgrind"
PLUGIN = "pyo3ops_valgrind"
#: Addresses of one stack. From an allocation in Rust through PyO3 to the interpreter's loop are about fifteen, inlined
#: functions not counted; valgrind's own 12 end before the function that somebody wrote.
CALLERS = 40

#: The minor release of CPython that itself goes by memory that it never wrote: the digit of a zero that it computed
#: (maybe_small_long). What is told from that zero is reported wherever it is used, in an extension's code as well.
UNWRITTEN_ZEROS = 11

#: What valgrind says, in words of ours, where the program's end is not the program's own.
_COMPLAINTS: Mapping[str, str] = {
    r"Unrecognised instruction|unhandled instruction bytes": "valgrind does not know an instruction of this program",
    r"Valgrind's memory management: out of memory|Valgrind cannot continue": "the machine has not enough memory for it",
    r"Fatal error at startup: a function redirection": "it needs the debug symbols of the C library",
    r"FATAL: can't open suppressions file|FATAL: in suppressions file": "a suppressions file cannot be read",
    # At the start of its line: the program's own failed assertions begin otherwise.
    r"(?m)^valgrind: (?:the 'impossible' happened|.*Assertion .* failed)": "valgrind itself failed",
}


def memcheck_argv(
    valgrind: str,
    xml: Path,
    command: Sequence[str],
    *,
    suppressions: Sequence[Path] = (),
    unwritten: bool = True,
    track_origins: bool = False,
) -> list[str]:
    """The command that runs `command` under memcheck and writes what it finds into `xml`.

    `unwritten` looks for memory that is used and was never written, too; `track_origins` tells where that came from,
    and takes twice the time.
    """
    return [
        valgrind,
        "--tool=memcheck",
        "--xml=yes",
        # valgrind expands %p and the like in this name.
        f"--xml-file={str(xml).replace('%', '%%')}",
        "--leak-check=full",
        "--show-leak-kinds=definite",
        "--errors-for-leak-kinds=definite",
        f"--num-callers={CALLERS}",
        # Beyond a thousand distinct errors it would stop counting, and leaks come last.
        "--error-limit=no",
        f"--undef-value-errors={'yes' if unwritten or track_origins else 'no'}",
        f"--track-origins={'yes' if track_origins else 'no'}",
        "--trace-children=no",
        "--child-silent-after-fork=yes",
        *(f"--suppressions={file}" for file in (SUPPRESSIONS, *suppressions)),
        *command,
    ]


def watched_env(env: Mapping[str, str], cache: Path) -> dict[str, str]:
    """`env` for a Python under valgrind: each object a block of its own, the same hashes each time.

    `cache` takes the compiled modules: to compile pytest anew under valgrind takes 20 s.
    """
    kept = {name: value for name, value in env.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "PYTHONMALLOC": "malloc",
        "PYTHONHASHSEED": "0",
        "PYTHONPYCACHEPREFIX": str(cache),
        "PYTHONPATH": str(PLUGIN_FOLDER),
    }


def complaint(said: str) -> str | None:
    """What valgrind complains of in the lines it wrote, in words; None where it does not."""
    return next((words for pattern, words in _COMPLAINTS.items() if re.search(pattern, said)), None)
