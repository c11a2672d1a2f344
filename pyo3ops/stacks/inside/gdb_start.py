"""How gdb is set up for a program that it starts: what it must not do, and what the program must not notice."""
# ruff: noqa: FA100 - gdb's own Python may be 3.6, which has no such future

from typing import Any, Dict, Tuple

import gdb

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
    """Make the settings, and the program's environment; `deadly` are the signals at which gdb stops."""
    for setting in _SETTINGS + tuple(f"handle {name} stop print pass" for name in deadly):
        gdb.execute(setting, to_string=True)
    if not config["interactive"]:
        # Its stdout goes where ours has no place: there, the report is.
        gdb.execute('set exec-wrapper /bin/sh -c \'exec "$0" "$@" 1>&2\'')
    _environment(config)


def _environment(config: Dict[str, Any]) -> None:
    """The program's environment as it was asked for: gdb's own differs, for its own Python and its shell."""
    for name, value in config["environment"]:
        if value is None:
            gdb.execute(f"unset environment {name}", to_string=True)
        else:
            gdb.execute(f"set environment {name} = {value}", to_string=True)
