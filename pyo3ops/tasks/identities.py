"""The ids that the findings of each task can have, for patterns of `--select` and `--ignore`."""

from __future__ import annotations

from typing import Callable, Mapping

_BREAKPOINT = ("condition", "elsewhere", "gdb", "limit", "line", "name", "program", "reached", "stack")
_CORE = ("executable", "libraries", "machine", "servers", "signal", "stack", "symbols", "whole")
_DIFF = (
    *("crates", "dependencies", "entry-points", "floor", "index", "libraries", "licence", "names", "platforms"),
    *("published", "pythons", "readable", "requires-python", "sdist", "size", "tag"),
)
_SYMBOLS = ("build-id", "debug", "find", "macos", "split", "tool", "wheel", "windows")
#: What is said of a release beside the checks of its preflight.
_RELEASE = (
    *("attest", "bump.committed", "bump.forwards", "bump.written", "bytes", "changelog", "extra", "installed"),
    *("planned", "provenance", "public", "rehearsal", "shown", "state", "step.*", "told", "withdrawn", "yanked"),
)


def of(task: str) -> tuple[str, ...]:
    """The ids of a task's findings; a star at an end stands for what the project names: an example, a wheel."""
    found = _DERIVED.get(task) or _DERIVED.get(task.partition(" ")[0])
    return tuple(dict.fromkeys(_FIXED.get(task, ()) + (found() if found else ())))


def _under(family: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{family}.{name}" for name in names)


def _validate() -> tuple[str, ...]:
    from pyo3ops.checks.registry import all_checks  # noqa: PLC0415 - each of these is slow to import

    return tuple(row.id for row in all_checks())


def _verdicts() -> tuple[str, ...]:
    from pyo3ops.stacks.verdicts.findings import IDS  # noqa: PLC0415

    return IDS


def _crash() -> tuple[str, ...]:
    from pyo3ops.debug.crash.causes import causes  # noqa: PLC0415

    return (*_under("crash", tuple(cause.id for cause in causes())), "crash.unrecognised", "debug.dump")


def _why() -> tuple[str, ...]:
    from pyo3ops.diagnosis.causes import causes  # noqa: PLC0415

    return (*_under("why", tuple(cause.id for cause in causes())), "why.unrecognised")


def _inspect() -> tuple[str, ...]:
    from pyo3ops.wheels.inspection.table import CHECKS  # noqa: PLC0415

    return tuple(check.id for check in CHECKS)


def _release() -> tuple[str, ...]:
    from pyo3ops.release.preflight import rows  # noqa: PLC0415

    return (*(row.id for row in rows()), *_under("release", _RELEASE))


_FIXED: Mapping[str, tuple[str, ...]] = {
    "examples": ("examples.*",),
    "valgrind": ("valgrind.tool", "valgrind.*"),
    "perf": ("perf.profiler", "perf.*"),
    "types": ("types.probe", "types.signatures", "types.cheaper", "types.*"),
    "build": ("build.editable", "build.import", "build.*"),
    "ci generate": ("ci.wheels", "ci.release", "ci.release.*", "ci.unbuilt.*"),
    "debug stacktrace": _under("debug", ("attach", "dump", "stack", "stopped", "symbols")),
    "debug core": (*_under("core", _CORE), "debug.dump"),
    "debug breakpoint": _under("debug.breakpoint", _BREAKPOINT),
    "debug vscode": ("debug.vscode-configurations", "debug.vscode-tasks"),
    "wheels plan": ("wheels.set.others", "wheels.set.*"),
    "wheels build": ("wheels.build.*", "cibuildwheel.*"),
    "wheels cross": ("cross.*",),
    "wheels diff": _under("diff", _DIFF),
    "wheels symbols": _under("symbols", _SYMBOLS),
    "wheels cibuildwheel": ("cibuildwheel.*",),
}

_DERIVED: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "validate": _validate,
    "debug stacktrace": _verdicts,
    "debug core": _verdicts,
    "debug crash": _crash,
    "wheels inspect": _inspect,
    "release": _release,
    "why": _why,
}
