"""lldb: found, and asked for its version, on which it starts its Python as well."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, run, which
from pyo3ops.tools.programs import TIMEOUT, Program

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Lldb(Program):
    """The lldb on PATH."""

    name: str = "lldb"
    #: The folder that has its Python module, where it looks in another one.
    module: Path | None = None


def ask(env: Mapping[str, str]) -> Lldb:
    """Ask the lldb on the PATH of `env`; `error` is set as well where it runs and its Python does not."""
    return _asked(which("lldb", env), env)


def _asked(path: str | None, env: Mapping[str, str]) -> Lldb:
    if path is None:
        return Lldb()
    # PYTHONPATH stays: where a distribution's lldb looks for its module in the wrong folder, that is the way out.
    result = run([path, "--version"], timeout=TIMEOUT, env={k: v for k, v in env.items() if k != "PYTHONHOME"})
    if not result.ok:
        return Lldb("lldb", path, error=result.reason, hung=result.ended is Ended.TIMEOUT)
    lldb = parse(result.out, result.err)
    return replace(lldb, path=path, module=module_folder(lldb.release) if lldb.error and lldb.release else None)


def parse(out: str, err: str) -> Lldb:
    """Read what `lldb --version` wrote on its two streams: "lldb version 14.0.6", or Apple's "lldb-1500.0.22.8"."""
    match = re.search(r"^lldb(?: version |-)(\d[\w.]*)", out, re.MULTILINE)
    if match is None:
        return Lldb(error="lldb --version printed no version")
    broken = re.search(r"^(ModuleNotFoundError: .*|ImportError: .*)$", err, re.MULTILINE)
    return Lldb(release=match[1], error=f"its Python does not start: {broken[1]}" if broken else None)


def module_folder(release: str, llvm: Path = Path("/usr/lib")) -> Path | None:
    """The folder in which Debian's packages keep lldb's Python module, which its own path misses in 14 and later."""
    found = sorted(
        llvm.glob(f"llvm-{release.split('.', maxsplit=1)[0]}/lib/python3*/*-packages/lldb/embedded_interpreter.py")
    )
    return found[-1].parent.parent if found else None


def found(env: Mapping[str, str]) -> Lldb:
    """The lldb on the PATH of `env`, or else the newest of those that Debian names after their version (lldb-19)."""
    if which("lldb", env) is not None:
        return ask(env)
    named = next((name for name in _NAMES if which(name, env) is not None), None)
    return _asked(which(named, env), env) if named else Lldb()


#: What a distribution may call it.
_NAMES = tuple(f"lldb-{number}" for number in range(40, 10, -1))


def script_argv(lldb: str, package: Path, function: str, request: Path) -> list[str]:
    """Run a function of a package of scripts in lldb's Python, with the path of a request as its argument.

    The package gets a name of its own in there, so that nothing else of its folder's neighbours is imported; no file of
    the user's is read, and an exception ends lldb as an error does.
    """
    module, name = function.split(":")
    lines = (
        "import sys, types",
        "sys.dont_write_bytecode = True",
        f"package = types.ModuleType({SCRIPTS!r})",
        f"package.__path__ = [{str(package)!r}]",
        f"sys.modules[{SCRIPTS!r}] = package",
        f"from {SCRIPTS} import {module}",
        f"{module}.{name}({str(request)!r})",
    )
    return [lldb, "--no-lldbinit", "--no-use-colors", "--batch", "-o", "script " + "; ".join(lines)]


#: What the scripts that run inside a debugger are called there.
SCRIPTS = "pyo3ops_inside"
