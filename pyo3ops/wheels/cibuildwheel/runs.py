"""A plan built by cibuildwheel: a copy of the sources, its configuration, and its runs until nothing is left to try."""

from __future__ import annotations

import platform as machine
import shutil
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Mapping

from pyo3ops.core.files import MADE, exists
from pyo3ops.core.run import spawn
from pyo3ops.tools import cibuildwheel as tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyo3ops.core.project import Project
    from pyo3ops.core.run import Result
    from pyo3ops.tools.cibuildwheel import Ran
    from pyo3ops.wheels.cibuildwheel.arrangement import Identifier

#: Seconds for one run of it: emulated, a large project takes hours.
TIMEOUT = 6 * 3600.0
#: Lines of the log that are kept as evidence.
_TAIL = 30

_PLATFORMS = {"Linux": "linux", "Darwin": "macos", "Windows": "windows"}
#: What runs on a machine without emulation, as identifiers spell it.
_NATIVE = {
    "x86_64": ("x86_64", "i686"),
    "amd64": ("amd64", "win32"),
    "aarch64": ("aarch64",),
    "arm64": ("arm64", "x86_64", "universal2"),
}
#: Made by tools, and made again where they run; a container gets all that lies in the folder otherwise.
_LEFT = frozenset(
    {".pyo3ops", ".nox", ".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__", "node_modules"}
)


#: In Cargo's target folders and caches, in environments, and in what pyo3ops made: the copy itself may lie in there.
_MARKS = ("CACHEDIR.TAG", "pyvenv.cfg", MADE)


@dataclass(frozen=True)
class Here:
    """What this machine builds: the platform, as cibuildwheel calls it, and the architectures."""

    platform: str
    architectures: tuple[str, ...]

    @staticmethod
    def of(system: str, architecture: str) -> Here:
        """The machine that `platform.system()` and `platform.machine()` describe."""
        name = architecture.lower()
        return Here(_PLATFORMS.get(system, ""), _NATIVE.get(name, (name,)))

    @staticmethod
    def now() -> Here:
        """The machine this runs on."""
        return Here.of(machine.system(), machine.machine())

    def runs(self, identifier: Identifier) -> bool:
        """True where an identifier is built here without emulation."""
        return identifier.platform == self.platform and identifier.architecture in self.architectures


@dataclass(frozen=True)
class Order:
    """What a run of cibuildwheel needs to know."""

    #: The folder that it copies into containers, and the one in there that is built.
    sources: Path
    package: Path
    config: Path
    #: Where wheels and the log go.
    output: Path
    platform: str
    #: On Linux the value of its option `container-engine`.
    engine: str = ""
    #: Images by "manylinux_x86_64", in place of those of the configuration.
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stopped:
    """Why cibuildwheel gave up, in its words, and its last lines.

    `at` is the identifier that it was at, or what follows the Python in identifiers, such as musllinux_x86_64, where it
    had not begun one yet: then the trouble is the engine's, the image's or `before-all`'s.
    """

    at: str
    error: str
    tail: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of an order: each identifier that was begun, and each time that cibuildwheel gave up."""

    ran: tuple[Ran, ...] = ()
    stops: tuple[Stopped, ...] = ()

    def stop_at(self, name: str) -> Stopped | None:
        """Why it gave up there."""
        return next((stop for stop in self.stops if stop.at == name), None)


def copy_sources(project: Project, target: Path) -> Path:
    """Copy what the project is built from, its workspace where it is in one; returns the project in the copy.

    Raises `OSError` where that cannot be done.
    """
    base = project.root
    if project.workspace_root is not None and project.workspace_root in project.root.parents:
        base = project.workspace_root
    shutil.copytree(base, target, symlinks=True, ignore=_ignored)
    return target / project.root.relative_to(base)


def build(
    script: Path,
    order: Order,
    identifiers: Sequence[Identifier],
    env: Mapping[str, str],
    progress: Callable[[str], None],
) -> Outcome:
    """Build and test these identifiers, one platform after the other; a failure does not stop the others.

    cibuildwheel gives up at the first failure and keeps nothing of that container, so what was built before it is built
    once more. Raises `OSError` where it cannot be started or its log not be written.
    """
    argv = tool.build_argv(script, order.package, order.config, order.output, order.platform)
    ran: list[Ran] = []
    stops: list[Stopped] = []
    for tag in dict.fromkeys(each.tag for each in identifiers):
        left = [each for each in identifiers if each.tag == tag]
        while left:
            done, stop = _run(argv, order, _env(order, left, env), progress)
            broken = [each for each in done if not each.finished]
            ran += broken if stop else done
            if stop is None:
                break
            stops.append(stop if broken else replace(stop, at=tag))
            left = _without(left, broken) if broken else []
    return Outcome(tuple(ran), tuple(stops))


def _without(identifiers: Sequence[Identifier], broken: Sequence[Ran]) -> list[Identifier]:
    """What is left where some failed; a wheel that could not be built is not tested either."""
    names = {ran.identifier for ran in broken}
    # It was built before, where the log says so: then only its test failed.
    unbuilt = {ran.identifier for ran in broken if not ran.wheel}
    lost = {each.wheel for each in identifiers if each.builds and each.name in unbuilt}
    return [each for each in identifiers if each.name not in names and each.wheel not in lost]


def _run(
    argv: Sequence[str], order: Order, env: Mapping[str, str], progress: Callable[[str], None]
) -> tuple[tuple[Ran, ...], Stopped | None]:
    lines: list[tuple[float, str]] = []
    started = time.monotonic()
    with (order.output / "cibuildwheel.log").open("a", encoding="utf-8", errors="backslashreplace") as log:
        log.write(f"$ {' '.join(argv)}\n")
        with spawn(argv, timeout=TIMEOUT, env=env, cwd=order.sources) as running:
            for line in running:
                log.write(line + "\n")
                log.flush()
                lines.append((time.monotonic() - started, line))
                progress(tool.plain(line))
        result = running.result
    ran = tuple(tool.parse_log(lines))
    return ran, None if result.ok else _stopped(result, ran, [tool.plain(line) for _, line in lines])


def _stopped(result: Result, ran: Sequence[Ran], lines: Sequence[str]) -> Stopped:
    broken = next((each.identifier for each in ran if not each.finished), "")
    tail = tuple(filter(None, lines))[-_TAIL:]
    return Stopped(broken, tool.said(lines) or ": ".join((result.reason, *tail[-1:])), tail)


def _env(order: Order, identifiers: Iterable[Identifier], env: Mapping[str, str]) -> dict[str, str]:
    chosen = list(identifiers)
    own = {
        "CIBW_BUILD": " ".join(each.name for each in chosen),
        "CIBW_SKIP": "",
        "CIBW_ARCHS": " ".join(dict.fromkeys(each.arch for each in chosen)),
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
    }
    if order.engine:
        own["CIBW_CONTAINER_ENGINE"] = order.engine
    for name, image in order.images.items():
        own[f"CIBW_{name.upper()}_IMAGE"] = image
    # What says that this is CI makes it fold its log, and what names an environment is not its own.
    dropped = {"GITHUB_ACTIONS", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH"}
    return {**{name: value for name, value in env.items() if name not in dropped}, **own}


def _ignored(folder: str, names: list[str]) -> set[str]:
    place = Path(folder)
    return {name for name in names if name in _LEFT or any(exists(place / name / mark) for mark in _MARKS)}
