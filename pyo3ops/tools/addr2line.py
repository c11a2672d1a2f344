"""addr2line of LLVM or binutils: from addresses in an ELF file to lines, where symbolic is absent or knows no line.

LLVM's names inlined calls right; binutils' gives the innermost one the name of the whole function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.core.run import run, which

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Seconds for one library; 20 000 addresses take one.
TIMEOUT = 60.0
#: Addresses handed over at once: a command line has room for these.
_AT_ONCE = 2000
_PROGRAMS = ("llvm-symbolizer", "llvm-addr2line", "addr2line")


def find(env: Mapping[str, str]) -> str | None:
    """The path of the program to ask, the best of those on PATH."""
    return next((path for path in (which(name, env) for name in _PROGRAMS) if path), None)


def argv(program: str, file: Path, addresses: Sequence[int]) -> list[str]:
    """Name functions and lines of addresses, inlined calls too, each after a line with its address."""
    words = list(map(hex, addresses))
    if "llvm-symbolizer" in program.rpartition("/")[2]:
        options = ("--output-style=GNU", "--functions", "--no-demangle", "--inlines", "--addresses")
        return [program, *options, f"--obj={file}", *words]
    return [program, "--addresses", "--functions", "--inlines", "--exe", str(file), *words]


def ask(program: str, file: Path, addresses: Sequence[int], env: Mapping[str, str]) -> str:
    """What it prints of addresses of a file; without those that it did not answer."""
    parts = (addresses[start : start + _AT_ONCE] for start in range(0, len(addresses), _AT_ONCE))
    results = (run(argv(program, file, part), timeout=TIMEOUT, env={**env, "LC_ALL": "C.UTF-8"}) for part in parts)
    return "".join(result.out for result in results if result.ok)
