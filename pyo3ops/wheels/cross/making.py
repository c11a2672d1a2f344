"""One wheel for another machine: the command, its variables, and the build."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from pyo3ops.core.errors import UsageError
from pyo3ops.core.files import home_folder, make_empty
from pyo3ops.core.run import Ended, spawn
from pyo3ops.tools import cargo_config, cross_cc, zig
from pyo3ops.wheels.cross.kits import STARTER, TOOLS
from pyo3ops.wheels.cross.ways import Origin, Tool
from pyo3ops.wheels.platforms import System
from pyo3ops.wheels.reproducible import OLDEST, forget
from pyo3ops.wheels.targets import mark_built, target_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.project import Project
    from pyo3ops.core.pythons import PythonVersion
    from pyo3ops.wheels.cross.rows import Target
    from pyo3ops.wheels.cross.ways import Linker, Std

#: Seconds for one wheel, with the standard library compiled first, on a slow machine.
TIMEOUT = 3600.0
_LOG = "build.log"
#: Variables of the caller that would choose another interpreter, environment or target.
_DROPPED = frozenset({"PYO3_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX", "CARGO_BUILD_TARGET", "PYO3_CROSS_PYTHON_VERSION"})


@dataclass(frozen=True)
class Job:
    """What is built with what; `floor` is the oldest C library that a wheel of zig's is to reach, such as (2, 17)."""

    project: Project
    target: Target
    std: Std
    linker: Linker
    python: PythonVersion
    floor: tuple[int, ...] = ()
    #: The time that its files carry, in seconds since 1970.
    epoch: int = OLDEST
    #: The folder that all projects of one call lie in: with the same flags they share what is compiled.
    tree: Path | None = None
    #: The folder that holds the foreign Python's `_sysconfigdata*`; maturin's own tables serve without one.
    sysconfig: Path | None = None


@dataclass(frozen=True)
class Made:
    """What became of one build; `error` in words where there is no wheel. Wall time in seconds."""

    wheel: Path | None
    seconds: float
    log: Path
    tail: tuple[str, ...] = ()
    error: str | None = None


def build(job: Job, output: Path, targets: Path, env: Mapping[str, str], progress: Callable[[str], None]) -> Made:
    """Build the release wheel of a job into `output`, which is emptied first; `targets` has the target folders.

    Raises `OSError` where either folder cannot be written, or `output` holds what no build put there.
    """
    started = time.monotonic()
    make_empty(output)
    # Cargo does not see that another program links: one folder for each.
    target = target_folder(targets / f"{job.target.triple}-{job.linker.tool.value}", job.python)
    lines: list[str] = []
    error = _built(job, output, build_env(job, target, env), lines, progress)
    wheels = sorted(output.glob("*.whl"))
    if error is None and len(wheels) != 1:
        error = f"the build said 0 and left {len(wheels)} wheels"
    if error is None:
        mark_built(target)
        error = _without_places(wheels[0], job)
    seconds, log = time.monotonic() - started, output / _LOG
    return Made(None if error else wheels[0], seconds, log, tuple(lines[-25:]) if error else (), error)


def _built(
    job: Job, output: Path, env: Mapping[str, str], lines: list[str], progress: Callable[[str], None]
) -> str | None:
    """Let maturin build, keep what it says in `lines` and in a log; why there is no wheel, in words."""
    with (output / _LOG).open("w", encoding="utf-8", errors="backslashreplace") as log:
        try:
            with spawn(build_argv(job, output), timeout=TIMEOUT, env=env, cwd=job.project.root) as running:
                for line in running:
                    log.write(line + "\n")
                    lines.append(line)
                    progress(f"{job.project.name} for {job.target.triple}: {line.strip()}")
        except OSError as missing:
            return f"maturin cannot be started: {missing.strerror}"
    if running.result.ended is Ended.TIMEOUT:
        return f"no wheel within {TIMEOUT / 60:.0f} minutes"
    return None if running.result.ok else running.result.reason


def _without_places(wheel: Path, job: Job) -> str | None:
    """Take out of a wheel where it was built; what is wrong with it, where that cannot be done."""
    root = job.project.root
    # Packages are named by where they lie in it.
    place = job.tree if job.tree and job.tree in root.parents else root.parent
    try:
        forget(wheel, place, job.epoch)
    except UsageError as error:
        return error.message
    return None


def build_argv(job: Job, output: Path) -> list[str]:
    """The command of maturin; an interpreter of that name need not be here, its facts are maturin's own."""
    argv = ["maturin", "build", "--release", "--target", job.target.triple]
    argv += ["--interpreter", f"python{job.python}", "--out", str(output)]
    if all(extension.lock for extension in job.project.extensions):
        argv.append("--locked")
    if job.linker.tool is Tool.ZIG:
        argv.append("--zig")
        tag = policy(job.target.system, job.floor)
        argv += ["--compatibility", tag] if tag else []
    if job.std.origin is Origin.SOURCE:
        argv += ["-Z", "build-std=std,panic_abort"]
    return argv


def policy(system: System, floor: tuple[int, ...]) -> str:
    """The platform tag without its architecture that a floor stands for; empty where the system has none."""
    name = {System.GLIBC: "manylinux", System.MUSL: "musllinux"}.get(system)
    return "_".join((name, *map(str, floor))) if name and floor else ""


def build_env(job: Job, target_folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """The variables of a build: which compiler and linker, and the same bytes wherever it happens."""
    triple = job.target.triple
    # What links in the caller's variables would be taken before zig.
    ours = {cross_cc.linker_variable(triple), cross_cc.compiler_variable(triple)} if job.linker.tool is Tool.ZIG else ()
    variables = {name: value for name, value in env.items() if name not in _DROPPED and name not in ours}
    variables.update(CARGO_TARGET_DIR=str(target_folder), CARGO_TERM_COLOR="never", NO_COLOR="1")
    variables.update(SOURCE_DATE_EPOCH=str(job.epoch), CARGO_INCREMENTAL="0")
    variables["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(rustflags(job, target_folder, env))
    if job.std.rustc is not None:
        variables["RUSTC"] = str(job.std.rustc)
    if job.std.origin is Origin.SOURCE:
        variables["RUSTC_BOOTSTRAP"] = "1"
    if job.linker.tool is Tool.ZIG:
        variables[zig.VARIABLE] = str(job.linker.path)
    if job.linker.tool is Tool.GCC:
        variables[cross_cc.linker_variable(triple)] = str(job.linker.path)
        variables[cross_cc.compiler_variable(triple)] = str(job.linker.path)
        if job.linker.path.name == STARTER:
            tools = str(job.linker.path.with_name(TOOLS))
            variables["PATH"] = os.pathsep.join([tools, *filter(None, [variables.get("PATH")])])
    if job.sysconfig is not None:
        variables["PYO3_CROSS_LIB_DIR"] = str(job.sysconfig)
    return variables


def rustflags(job: Job, target_folder: Path, env: Mapping[str, str]) -> tuple[str, ...]:
    """The compiler flags that cargo would take, and those that keep this machine's paths out of what is built."""
    home = home_folder(env)
    said = cargo_config.read(job.project.root, env, home, job.target.triple).flags
    cargo = Path(env.get("CARGO_HOME") or home / ".cargo")
    places = {job.tree or job.project.root: "src", cargo: "cargo", target_folder: "target"}
    if job.std.rustc is not None:
        places[job.std.rustc.parent / "usr"] = "rust"
    # rustc takes the last one that fits: what lies inside of something comes after it.
    inner = sorted(places, key=lambda place: len(place.parts))
    spelt = ((each, places[place]) for place in inner for each in dict.fromkeys((str(place), os.path.realpath(place))))
    # Debug symbols are found by the build ID, which not every linker writes by itself.
    linked = ("-Clink-arg=-Wl,--build-id=sha1",) if job.target.elf else ()
    return (*said, *(f"--remap-path-prefix={place}={name}" for place, name in spelt), *linked)
