"""How gdb is set up for a program that it starts: what it must not do, and what the program must not notice."""
# ruff: noqa: FA100 - gdb's own Python may be 3.6, which has no such future

import shlex
from pathlib import Path
from typing import Any, Dict, Tuple

import gdb

from . import start_script
from .commands import line

_SETTINGS = (
    "set confirm off",
    "set pagination off",
    "set breakpoint pending on",
    "set print thread-events off",
    "set print inferior-events off",
    "set disable-randomization off",
    "set startup-with-shell on",
    "set follow-fork-mode parent",
    "set detach-on-fork on",
    # gdb 13 stops over some Rust types: it then says so, and goes on.
    "maint set internal-error quit no",
    "maint set internal-error corefile no",
    "maint set internal-warning quit no",
    "maint set internal-warning corefile no",
    "handle all nostop noprint pass",
    "handle SIGTRAP stop print nopass",
    "handle SIGINT stop print pass",
)


def prepare(config: Dict[str, Any], deadly: Tuple[str, ...]) -> None:
    """Make the settings, and the way by which the program is started; `deadly` are the signals at which gdb stops."""
    for setting in _SETTINGS + tuple(f"handle {name} stop print pass" for name in deadly):
        gdb.execute(line(setting), to_string=True)
    gdb.execute(line("set exec-wrapper /bin/sh " + shlex.quote(_script(config))))


def _script(config: Dict[str, Any]) -> str:
    """The script that the program is started by, beside the other files of the run.

    The environment is as it was asked for: gdb's own differs, for its own Python and its shell. The program's stdout
    goes where ours has no place: there, the report is.
    """
    script = Path(config["stops"]).with_name("start.sh")
    text = start_script.text(config["environment"], to_stderr=not config["interactive"])
    script.write_bytes(text.encode("utf-8", "surrogateescape"))
    return str(script)
