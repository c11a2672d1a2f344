"""Virtual environments: made and filled by uv, or by venv and pip where there is no uv."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.run import Result, python_env, run, which

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Seconds for making an environment, and for installing into one: a slow mirror is not a hang.
CREATE_TIMEOUT = 120.0
INSTALL_TIMEOUT = 900.0


@dataclass(frozen=True)
class Environment:
    """A virtual environment; `env` are the variables for programs that run in it."""

    folder: Path
    python: Path
    env: Mapping[str, str]


def create(folder: Path, python: Path, env: Mapping[str, str]) -> tuple[Environment, Result]:
    """Make an environment of this interpreter in `folder`, replacing what is there."""
    uv = which("uv", env)
    if uv:
        argv = [uv, "venv", "--quiet", "--no-project", "--clear", "--python", str(python), str(folder)]
    else:
        argv = [str(python), "-m", "venv", "--clear", str(folder)]
    result = run(argv, timeout=CREATE_TIMEOUT, env=_plain(env))
    return environment(folder, env), result


def environment(folder: Path, env: Mapping[str, str]) -> Environment:
    """The environment in `folder`, active."""
    binaries = folder / ("Scripts" if os.name == "nt" else "bin")
    inside = _plain(env)
    inside["VIRTUAL_ENV"] = str(folder)
    inside["PATH"] = os.pathsep.join([str(binaries), env.get("PATH", "")])
    return Environment(folder, binaries / ("python.exe" if os.name == "nt" else "python"), inside)


def install(target: Environment, requirements: Sequence[str]) -> Result:
    """Install requirements (names, specifiers, paths of wheels) into an environment."""
    uv = which("uv", target.env)
    if uv:
        argv = [uv, "pip", "install", "--quiet", "--python", str(target.python), *requirements]
    else:
        argv = [str(target.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    return run(argv, timeout=INSTALL_TIMEOUT, env=target.env)


def _plain(env: Mapping[str, str]) -> dict[str, str]:
    """Without traces of another environment: maturin and uv would act on that one."""
    return {name: value for name, value in python_env(env).items() if name not in {"VIRTUAL_ENV", "CONDA_PREFIX"}}
