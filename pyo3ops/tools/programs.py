"""Debuggers, memory checkers and profilers that are judged by being there: found, and asked for their version."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, python_env, run, which

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds; the slowest, lldb, answers within 0.1, and within 0.5 from a cold disk.
TIMEOUT = 4.0

#: What each prints on `--version`.
_VERSIONS: Mapping[str, str] = {
    "heaptrack": r"heaptrack (\d[\w.]*)",
    "memray": r"(?:memray )?(\d[\w.]*)",
    "perf": r"perf version (\d[\w.~-]*)",
    "py-spy": r"py-spy (\d[\w.]*)",
    "pystack": r"(?:pystack )?(\d[\w.]*)",
    "valgrind": r"valgrind-(\d[\w.-]*)",
}
#: Scripts in Python, whose metadata tells the version sooner than a start would.
_SCRIPTS = frozenset({"memray", "pystack"})


@dataclass(frozen=True)
class Program:
    """A program of this name on PATH; `path` is None without one."""

    name: str
    path: str | None = None
    release: str = ""
    #: Why it does not run.
    error: str | None = None
    #: It did not answer in time.
    hung: bool = False


def ask(name: str, env: Mapping[str, str]) -> Program:
    """Look for a program on the PATH of `env` and learn its version."""
    path = which(name, env)
    if path is None:
        return Program(name)
    release = installed_release(Path(path), name) if name in _SCRIPTS else None
    if release is not None:
        return Program(name, path, release)
    result = run([path, "--version"], timeout=TIMEOUT, env=python_env(env))
    if not result.ok:
        return Program(name, path, error=result.reason, hung=result.ended is Ended.TIMEOUT)
    return parse(name, path, result.out)


def parse(name: str, path: str, text: str) -> Program:
    """Read what a program printed on `--version`."""
    match = re.search(_VERSIONS[name], text)
    if match is None:
        return Program(name, path, error=f"{name} --version printed no version")
    return Program(name, path, match[1])


def installed_release(script: Path, distribution: str) -> str | None:
    """The version in the metadata of the environment that a script is of; None where there is none, or no Python."""
    real = Path(os.path.realpath(script))
    if not _interpreter_exists(real):
        return None
    prefix = real.parent.parent
    normal = distribution.replace("-", "_")
    patterns = (f"lib/python3*/*-packages/{normal}-*.dist-info", f"Lib/site-packages/{normal}-*.dist-info")
    found = sorted(folder.name for pattern in patterns for folder in prefix.glob(pattern))
    return found[-1][len(normal) + 1 : -len(".dist-info")] if found else None


def _interpreter_exists(script: Path) -> bool:
    """False for a script whose environment's Python is gone."""
    try:
        with script.open("rb") as file:
            line = file.readline(4096)
    except OSError:
        return False
    words = line[2:].split() if line.startswith(b"#!") else []
    return not words or Path(os.fsdecode(words[0])).exists()
