"""One wheel for one interpreter: built by the project's own backend, and looked at before it counts."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from pyo3ops.core.files import make_empty
from pyo3ops.core.project import Backend
from pyo3ops.core.run import Ended, spawn, which
from pyo3ops.tools import maturin
from pyo3ops.wheels.targets import mark_built, target_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.core.run import Result
    from pyo3ops.tools.python import Interpreter

#: Seconds for one wheel, from nothing, with link-time optimisation, on a slow machine.
TIMEOUT = 3600.0

#: What debuggers and profilers read, at a tenth of the size of full debug information. Cargo keeps what it compiles
#: with and without it side by side in one target folder.
_SYMBOLS = {
    "CARGO_PROFILE_RELEASE_DEBUG": "line-tables-only",
    "CARGO_PROFILE_RELEASE_STRIP": "none",
    # Against `strip = true` in [tool.maturin]; maturin reads it since 1.13, and ignored it before.
    "MATURIN_STRIP": "false",
}
_FINISHED = re.compile(r"\s*Finished `")


@dataclass(frozen=True)
class Built:
    """What became of one build; `error` in words where there is no wheel that counts."""

    wheel: Path | None
    #: Crates that rustc compiled.
    compiled: int
    #: Seconds until cargo had finished, and until the wheel was there.
    compiling: float
    seconds: float
    log: Path
    tail: tuple[str, ...] = ()
    error: str | None = None


def build_wheel(
    project: Project,
    interpreter: Interpreter,
    output: Path,
    *,
    targets: Path,
    env: Mapping[str, str],
    symbols: bool = False,
    options: Sequence[str] = (),
    progress: Callable[[str], None],
) -> Built:
    """Build the release wheel of a project for one interpreter into `output`, which is emptied first.

    `targets` is the folder of target folders; `symbols` adds line tables and keeps names, whatever the profile says;
    `options` are further ones of maturin, where it is the backend.
    Raises `OSError` where either folder cannot be written, or `output` holds what no build put there.
    """
    started = time.monotonic()
    make_empty(output)
    target = target_folder(targets, interpreter.version)
    log = output / "build.log"
    build_env = {**_build_env(env, target), **(_SYMBOLS if symbols else {})}
    lines: list[str] = []
    compiling = 0.0
    with log.open("w", buffering=1, encoding="utf-8", errors="backslashreplace") as file:
        argv = _argv(project, interpreter, output, env, options)
        try:
            # The interpreter is named in the command: a PYO3_PYTHON left set must not choose another one.
            with spawn(argv, timeout=TIMEOUT, env=build_env, cwd=project.root) as running:
                for line in running:
                    file.write(line + "\n")
                    lines.append(line)
                    if _FINISHED.match(line):
                        compiling = time.monotonic() - started
                    progress(f"{project.name}: {line.strip()}")
            error = _error(running.result, output, interpreter)
        except OSError as missing:
            error = f"{argv[0]} cannot be started: {missing.strerror}"
    if error is None:
        mark_built(target)
    return Built(
        wheel=None if error else _wheels(output)[0],
        compiled=sum(1 for line in lines if re.match(r"\s*Compiling \S+ v", line)),
        compiling=compiling,
        seconds=time.monotonic() - started,
        log=log,
        tail=tuple(lines[-25:]) if error else (),
        error=error,
    )


def misfit(wheel: str, interpreter: Interpreter) -> str | None:
    """Why a wheel's name does not fit the interpreter that it was built for; None where it does.

    Exit code 0 is not success: a backend that is given an interpreter it cannot run, or one below the abi3 minimum,
    builds something else.
    """
    from packaging.tags import cpython_tags  # noqa: PLC0415 - only where a wheel was built
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415

    try:
        tags = parse_wheel_filename(wheel)[3]
    except InvalidWheelFilename as error:
        return str(error)
    abi = interpreter.version.tag
    platforms = {tag.platform for tag in tags}
    accepted = set(cpython_tags((3, interpreter.version.minor), [abi], platforms)) if abi else set()
    return None if tags & accepted else f"{wheel} is for {', '.join(sorted(map(str, tags)))}, not for {abi}"


def _argv(
    project: Project, interpreter: Interpreter, output: Path, env: Mapping[str, str], options: Sequence[str]
) -> list[str]:
    if project.backend is Backend.MATURIN:
        locked = all(extension.lock for extension in project.extensions)
        return [*maturin.build_argv("maturin", interpreter.path, output, locked=locked), *options]
    uv = which("uv", env)
    if uv:
        return [uv, "build", "--wheel", "--python", str(interpreter.path), "--out-dir", str(output)]
    return [str(interpreter.path), "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(output), "."]


def _build_env(env: Mapping[str, str], target: Path) -> dict[str, str]:
    kept = {name: value for name, value in env.items() if name not in {"PYO3_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX"}}
    return {**kept, "CARGO_TARGET_DIR": str(target), "CARGO_TERM_COLOR": "never", "NO_COLOR": "1"}


def _error(result: Result, output: Path, interpreter: Interpreter) -> str | None:
    if not result.ok:
        return result.reason if result.ended is not Ended.TIMEOUT else f"no wheel within {TIMEOUT / 60:.0f} minutes"
    wheels = _wheels(output)
    if len(wheels) != 1:
        return f"the build said 0 and left {len(wheels)} wheels"
    return misfit(wheels[0].name, interpreter)


def _wheels(output: Path) -> list[Path]:
    return sorted(output.glob("*.whl"))
