"""The ready-made Nox sessions, for a project with a noxfile or without one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core import discover
from pyo3ops.core.run import which

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Registers every ready-made session for the project in the current folder.
NOXFILE = Path(__file__).parents[1] / "data" / "noxfile.py"


def command(start: Path, args: Sequence[str], env: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """The command, with its variables, that runs nox for the project around `start`.

    That is on its own noxfile, else on the packaged one. Raises `ConfigError` where there is no project.
    """
    root = discover.find_root(start)
    nox = which("nox", env)
    # Beside this interpreter first: an environment need not be active to be used.
    beside = Path(sys.executable).with_name("nox")
    program = [str(beside)] if beside.exists() else [nox or "nox"]
    own = root / "noxfile.py"
    if own.is_file():
        return [*program, "--noxfile", str(own), *args], dict(env)
    inside = {**env, "PYO3OPS_ROOT": str(root)}
    return [*program, "--noxfile", str(NOXFILE), "--envdir", str(root / ".nox"), *args], inside
