"""CPython interpreters: where they are kept, and what each says of itself.

Candidates are found by looking at folders alone; only then are they started, one process each.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.core.run import python_env, run, which

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

#: Seconds that an interpreter may take to describe itself.
TIMEOUT = 4.0

# sysconfig is what PyO3's build script asks too. `-S` saves importing site, which nothing here needs.
_PROBE = """
import os, platform, sys, sysconfig
v = sysconfig.get_config_vars()
include = sysconfig.get_path("include") or ""
library = sysconfig.get_path("stdlib") or ""
flags = " ".join(str(v.get(name) or "") for name in ("CFLAGS", "PY_CFLAGS_NODIST")).split()
print(repr({
    "implementation": sys.implementation.name,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "free_threaded": bool(v.get("Py_GIL_DISABLED")),
    "executable": sys.executable,
    "include": include,
    "headers": os.path.isfile(os.path.join(include, "Python.h")),
    "shared": bool(v.get("Py_ENABLE_SHARED") or v.get("PYTHONFRAMEWORK") or os.name == "nt"
                   or os.path.isdir(os.path.join(sys.base_prefix, "conda-meta"))),
    "venv": all(os.path.isdir(os.path.join(library, name)) for name in ("venv", "ensurepip")),
    "managed": os.path.isfile(os.path.join(library, "EXTERNALLY-MANAGED")),
    "compiler": platform.python_compiler(),
    "libpython": os.path.join(v.get("LIBDIR") or "", v.get("INSTSONAME") or ""),
    "frame_pointers": "-fno-omit-frame-pointer" in flags,
    "trampoline": bool(v.get("PY_HAVE_PERF_TRAMPOLINE")),
    "machine": platform.machine(),
    "bits": 64 if sys.maxsize > 2**32 else 32,
}))
"""

_RELEASE = re.compile(r"(?:cpython-)?(3\.\d+(?:\.\d+)?)(\+freethreaded|t)?(?:-.*)?")


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs, as it describes itself."""

    path: Path
    implementation: str
    version: PythonVersion
    release: str
    #: Folder where Python.h belongs, and whether it is there.
    include: Path
    headers: bool
    #: True where libpython is a shared library: by --enable-shared, as a framework of macOS, on Windows, from conda.
    shared: bool
    machine: str
    bits: int
    #: True where it can make an environment with pip in it: Debian packs venv and ensurepip apart.
    venv: bool = True
    #: True where pip refuses to install outside an environment (PEP 668).
    managed: bool = False
    #: What compiled it, in its own words.
    compiler: str = ""
    #: Where its build says that the library of the interpreter lies, whether or not the executable is linked with it.
    libpython: Path = Path()
    #: True where it was compiled to keep frame pointers, as 3.15 and later are by default (PEP 831).
    frame_pointers: bool = False
    #: True where `-X perf` can show Python functions to perf.
    trampoline: bool = False

    @property
    def msvc(self) -> bool:
        """True for a Python for Windows made with Microsoft's compiler, as nearly all are."""
        return self.compiler.startswith("MSC")


@dataclass(frozen=True)
class DeadInterpreter:
    """A file that looks like a Python of some version and is none; `reason` in words."""

    path: Path
    reason: str
    #: What it is instead, where it runs.
    version: PythonVersion | None = None


@dataclass(frozen=True)
class Interpreters:
    """At most one working interpreter a version, and what was tried in vain for versions that have none."""

    wanted: tuple[PythonVersion, ...]
    working: tuple[Interpreter, ...]
    dead: tuple[DeadInterpreter, ...]

    def of(self, version: PythonVersion) -> Interpreter | None:
        """The interpreter of this version."""
        return next((python for python in self.working if python.version == version), None)


def find(wanted: Sequence[PythonVersion], env: Mapping[str, str], home: Path) -> Interpreters:
    """Look for a working interpreter of each wanted version; every version is tried side by side."""
    if not wanted:
        return Interpreters((), (), ())
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - slow to import, and --help needs none

    with ThreadPoolExecutor(len(wanted)) as pool:
        tried = list(pool.map(lambda version: _first_working(version, env, home), wanted))
    return Interpreters(
        tuple(wanted),
        tuple(working for working, _ in tried if working),
        tuple(dead for working, failures in tried if not working for dead in failures),
    )


def candidates(version: PythonVersion, env: Mapping[str, str], home: Path) -> Iterator[Path]:
    """Files that may be a Python of this version, best first, without starting any.

    A pyenv shim comes last: it exists for every version ever installed and runs only the active ones.
    """
    seen = set()
    named = which(f"python{version}", env)
    on_path = [Path(named)] if named else []
    shim = bool(on_path) and on_path[0].parent.name == "shims"
    installed = _newest(version, version_folders(env, home))
    for path in [*_active(version, env), *(installed + on_path if shim else on_path + installed)]:
        if path not in seen and path.exists():
            seen.add(path)
            yield path


def version_folders(env: Mapping[str, str], home: Path) -> Iterator[Path]:
    """Installed Pythons of pyenv and uv: one folder each, named after the release."""
    data = Path(env.get("XDG_DATA_HOME") or home / ".local/share")
    pyenv = Path(env.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    uv = Path(env.get("UV_PYTHON_INSTALL_DIR") or data / "uv/python")
    for folder in (pyenv, uv):
        if folder.is_dir():
            yield from folder.iterdir()


def probe(path: Path, env: Mapping[str, str]) -> Interpreter | DeadInterpreter:
    """Ask one interpreter to describe itself."""
    result = run([str(path), "-I", "-S", "-c", _PROBE], timeout=TIMEOUT, env=python_env(env))
    if not result.ok:
        return DeadInterpreter(path, result.reason)
    return parse_probe(path, result.out)


def parse_probe(path: Path, text: str) -> Interpreter | DeadInterpreter:
    """Read what the probe script printed."""
    import ast  # noqa: PLC0415 - meanwhile the other interpreters run

    try:
        said = ast.literal_eval(text.strip())
        return Interpreter(
            path=Path(said["executable"] or path),
            implementation=said["implementation"],
            version=PythonVersion(int(said["version"].split(".")[1]), said["free_threaded"]),
            release=said["version"],
            include=Path(said["include"]),
            headers=said["headers"],
            shared=said["shared"],
            machine=said["machine"],
            bits=said["bits"],
            venv=said["venv"],
            managed=said["managed"],
            compiler=said["compiler"],
            libpython=Path(said["libpython"]),
            frame_pointers=said["frame_pointers"],
            trampoline=said["trampoline"],
        )
    except (ValueError, SyntaxError, KeyError, TypeError, AttributeError, IndexError, RecursionError, MemoryError):
        return DeadInterpreter(path, "did not describe itself as a Python would")


def _first_working(
    version: PythonVersion, env: Mapping[str, str], home: Path
) -> tuple[Interpreter | None, list[DeadInterpreter]]:
    failures = []
    for path in candidates(version, env, home):
        said = probe(path, env)
        if isinstance(said, DeadInterpreter):
            failures.append(said)
        elif said.version == version and said.implementation == "cpython":
            return said, failures
        else:
            failures.append(DeadInterpreter(path, f"is {said.implementation} {said.version}", said.version))
    return None, failures


def _active(version: PythonVersion, env: Mapping[str, str]) -> Iterator[Path]:
    # Inside an environment its own interpreter is what the user means; pyvenv.cfg tells its version.
    active = env.get("VIRTUAL_ENV") or env.get("CONDA_PREFIX")
    if active:
        for name in (f"bin/python{version}", "Scripts/python.exe" if _matches_running(version) else ""):
            path = Path(active) / name
            if name and path.exists():
                yield path
    if _matches_running(version):
        yield Path(sys.executable)


def _matches_running(version: PythonVersion) -> bool:
    free_threaded = "t" in getattr(sys, "abiflags", "")
    return sys.version_info[:2] == (3, version.minor) and free_threaded == version.free_threaded


def newest_folders(env: Mapping[str, str], home: Path) -> list[Path]:
    """The newest patch release of each minor among the installed Pythons of pyenv and uv, oldest minor first."""
    newest: dict[tuple[int, bool], tuple[tuple[int, ...], Path]] = {}
    for folder in version_folders(env, home):
        match = _RELEASE.fullmatch(folder.name)
        if match:
            numbers = tuple(int(number) for number in match[1].split("."))
            key = (numbers[1], bool(match[2]))
            newest[key] = max(newest.get(key, (numbers, folder)), (numbers, folder))
    return [folder for _, (_, folder) in sorted(newest.items())]


def _newest(version: PythonVersion, folders: Iterable[Path]) -> list[Path]:
    """The interpreters of this version among those folders, newest patch release first."""
    found = []
    for folder in folders:
        match = _RELEASE.fullmatch(folder.name)
        if match is None:
            continue
        numbers = tuple(int(number) for number in match[1].split("."))
        if numbers[1] == version.minor and bool(match[2]) == version.free_threaded:
            found.append((numbers, folder))
    found.sort(reverse=True)
    return [folder / name for _, folder in found for name in (f"bin/python{version}", "bin/python3", "python.exe")]
