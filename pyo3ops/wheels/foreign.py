"""A wheel for another machine, run here: unpacked beside what its tests need, by a foreign Python in an emulator."""

from __future__ import annotations

import ast
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.files import make_empty, write_whole
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.core.run import python_env, run, which
from pyo3ops.tools import qemu
from pyo3ops.tools.environments import INSTALL_TIMEOUT, Environment
from pyo3ops.wheels import policy, trial
from pyo3ops.wheels.trial import Tested

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.core.run import Result
    from pyo3ops.wheels.cross.rows import Target

#: Seconds for the foreign Python to describe itself, and for a test suite, which takes ten times as long as natively.
TIMEOUT = 60.0
TEST_TIMEOUT = 3600.0

_PROBE = """
import os, platform, sys
print(repr({
    "version": tuple(sys.version_info[:3]),
    "machine": os.uname().machine,
    "libc": platform.libc_ver(),
    "free_threaded": "t" in sys.abiflags,
}))
"""

#: What the foreign Python runs when it starts (the `site` module's documentation).
_STARTUP = """\
import sys

# The kernel does not know foreign programs: what a test starts as its own Python has to be the emulator.
sys.executable = {!r}
"""


@dataclass(frozen=True)
class ForeignPython:
    """A Python of another system that runs here; `libc` is its C library and its version, empty where unknown."""

    emulator: Path
    root: Path
    program: Path
    version: PythonVersion
    release: str
    machine: str
    libc: tuple[str, tuple[int, ...]]

    def __str__(self) -> str:
        name, numbers = self.libc
        return f"Python {self.release} on {self.machine}, {name} {'.'.join(map(str, numbers))}".rstrip(", ")


def ask(emulator: Path, root: Path, program: Path, env: Mapping[str, str]) -> ForeignPython | str:
    """Start a foreign Python and let it describe itself; why it does not, in words."""
    argv = [*qemu.argv(emulator, root, program), "-I", "-S", "-c", _PROBE]
    result = run(argv, timeout=TIMEOUT, env=python_env(env))
    return parse(emulator, root, program, result.out) if result.ok else result.reason


def parse(emulator: Path, root: Path, program: Path, text: str) -> ForeignPython | str:
    """Read what the probe printed."""
    try:
        said = ast.literal_eval(text.strip())
        name, release = said["libc"]
        numbers = tuple(int(number) for number in re.findall(r"\d+", release)[:2])
        version = PythonVersion(said["version"][1], said["free_threaded"])
        text = "{}.{}.{}".format(*said["version"])
        return ForeignPython(emulator, root, program, version, text, str(said["machine"]), (str(name), numbers))
    except (ValueError, SyntaxError, KeyError, TypeError, IndexError, RecursionError, MemoryError):
        return f"{program} did not describe itself as a Python would"


def misfit(wheel: str, python: ForeignPython, architecture: str) -> str | None:
    """Why the foreign Python would not install a wheel of this name; None where it would (PEP 425, 600, 656)."""
    from packaging.tags import cpython_tags  # noqa: PLC0415 - only where a wheel was built
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415

    try:
        tags = parse_wheel_filename(wheel)[3]
    except InvalidWheelFilename as error:
        return str(error)
    platforms = list(_platforms(python, architecture))
    if tags & set(cpython_tags((3, python.version.minor), [python.version.tag], platforms)):
        return None
    return f"{wheel} is for {', '.join(sorted(map(str, tags)))}, and here is {python}"


def _platforms(python: ForeignPython, architecture: str) -> Sequence[str]:
    name, (major, minor) = python.libc[0], (*python.libc[1], 0, 0)[:2]
    family = "manylinux" if name == "glibc" else "musllinux"
    named = [f"{family}_{major}_{each}_{architecture}" for each in range(minor, -1, -1)]
    older = (row for row in policy.policies() if name == "glibc" and row.glibc <= (major, minor))
    return [*named, *(f"{alias}_{architecture}" for row in older for alias in row.aliases)]


def unpack(
    project: Project, wheel: Path, python: ForeignPython, *, target: Target, folder: Path, env: Mapping[str, str]
) -> tuple[Environment, str | None]:
    """Lay a wheel and what its tests need into `folder`/site; the second value says what failed.

    The environment's Python is a script that starts the emulator, which is what tests find in `sys.executable`, too.
    Raises `OSError` where the folder cannot be written.
    """
    site = folder / "site"
    make_empty(site)
    needs = trial.test_requirements(project)
    requirements = (*needs.requirements, *_requirements(wheel, needs.extra, python))
    installed = _install(requirements, site, python, target, env) if requirements else None
    wrong = f"not installed: {installed.reason}" if installed and not installed.ok else _extract(wheel, site)
    # Last: pip replaces a folder of programs that it finds.
    return _environment(folder, site, python, env), wrong


def test(project: Project, environment: Environment, folder: Path) -> Tested:
    """Run the project's tests under the emulator; `folder` takes the log and the JUnit file."""
    junit = folder / "junit.xml"
    argv, note = trial.test_argv(project, environment, junit)
    if note:
        return Tested(note=note)
    result = run([str(environment.python), *argv], timeout=TEST_TIMEOUT, env=environment.env, cwd=project.root)
    (folder / "tests.log").write_text(result.out + result.err, encoding="utf-8", errors="backslashreplace")
    passed, failed, skipped = trial.counts(junit)
    tail = tuple((result.out + result.err).splitlines()[-25:])
    error = None if result.ok else f"tests: {failed} failed" if failed else f"tests: {result.reason}"
    return Tested(passed, failed, skipped, result.seconds, tail if error else (), error)


# pytest collects by name, in modules that import this one too.
test.__test__ = False  # type: ignore[attr-defined]


def _environment(folder: Path, site: Path, python: ForeignPython, env: Mapping[str, str]) -> Environment:
    (site / "bin").mkdir(exist_ok=True)
    script = site / "bin" / "python3"
    write_whole(script, starting(python).encode())
    script.chmod(0o755)
    write_whole(site / "sitecustomize.py", _STARTUP.format(str(script)).encode())
    inside = {
        **python_env(env),
        "PYTHONPATH": str(site),
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return Environment(folder, script, {name: inside[name] for name in inside if name != "VIRTUAL_ENV"})


def starting(python: ForeignPython) -> str:
    """A script that starts the foreign Python, which finds its own library by the path that it is started by."""
    emulator, root, program = (_quoted(path) for path in (python.emulator, python.root, python.program))
    return f'#!/bin/sh\nexec {emulator} -L {root} {program} "$@"\n'


def _quoted(path: Path) -> str:
    import shlex  # noqa: PLC0415 - only where a wheel is run

    return shlex.quote(str(path))


def _extract(wheel: Path, site: Path) -> str | None:
    """Unpack a wheel as an installer would (PEP 427): what is in NAME.data/platlib goes to the root as well."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        return f"{wheel.name} cannot be unpacked: {error}"
    for folder in [*site.glob("*.data/platlib"), *site.glob("*.data/purelib")]:
        for each in folder.iterdir():
            each.rename(site / each.name)
    return None


def _install(
    requirements: Sequence[str], site: Path, python: ForeignPython, target: Target, env: Mapping[str, str]
) -> Result:
    """Install binary packages of the foreign platform; by pip where uv has no name for it."""
    uv = which("uv", env) or "uv"
    where = ("--quiet", "--target", str(site), "--python-version", str(python.version), "--only-binary", ":all:")
    if target.install:
        argv = [uv, "pip", "install", *where, "--python-platform", target.install, *requirements]
    else:
        named = [word for tag in _platforms(python, _architecture(python)) for word in ("--platform", tag)]
        pip = [uv, "run", "--quiet", "--no-project", "--with", "pip", "python", "-m", "pip", "install"]
        argv = [*pip, *where, "--upgrade", "--implementation", "cp", *named, *requirements]
    return run(argv, timeout=INSTALL_TIMEOUT, env=_outside(env))


def _architecture(python: ForeignPython) -> str:
    # A 64-bit kernel's name, or that of a core older than the C library's ABI.
    return {"armv8l": "armv7l", "arm": "armv7l"}.get(python.machine, python.machine)


def _outside(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in python_env(env).items() if name not in {"VIRTUAL_ENV", "CONDA_PREFIX"}}


def _requirements(wheel: Path, extra: str, python: ForeignPython) -> tuple[str, ...]:
    """What the wheel itself, and its extra of that name, ask for on the foreign system, as its metadata say."""
    from email.parser import Parser  # noqa: PLC0415 - only where a wheel is run

    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415

    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next(each for each in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each))
            lines = Parser().parsestr(archive.read(name).decode("utf-8", "replace")).get_all("Requires-Dist") or ()
    except (OSError, zipfile.BadZipFile, StopIteration):
        return ()
    there = {"extra": extra, "python_version": str(python.version).rstrip("t"), "platform_machine": python.machine}
    found = []
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate(dict(there)):
            requirement.marker = None
            found.append(str(requirement))
    return tuple(found)
