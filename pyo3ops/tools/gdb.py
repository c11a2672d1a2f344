"""gdb: found, and asked in one start for its version, its Python and the folders that it loads scripts from."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, python_env, run, which

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Seconds; it answers within 0.1, of which its Python takes half.
TIMEOUT = 4.0

_QUESTIONS = (
    "show version",
    "show auto-load safe-path",
    "python import sys; print('python {}.{}.{}'.format(*sys.version_info[:3]))",
)


@dataclass(frozen=True)
class Gdb:
    """The gdb on PATH; `error` is set where it does not run."""

    path: str | None = None
    release: str = ""
    #: Version of the Python inside; None where there is none, or where it does not start.
    python: str | None = None
    #: What gdb said instead of running Python.
    python_error: str | None = None
    #: The safe path that it was compiled with, folders separated by colons, with $debugdir and $datadir.
    safe_path: str = ""
    error: str | None = None
    #: It did not answer in time.
    hung: bool = False


def ask(env: Mapping[str, str]) -> Gdb:
    """Ask the gdb on the PATH of `env`; no file of the user's is read, which may start anything."""
    path = which("gdb", env)
    if path is None:
        return Gdb()
    argv = [path, "-nx", "-batch", *(word for question in _QUESTIONS for word in ("-ex", question))]
    result = run(argv, timeout=TIMEOUT, env={**python_env(env), "LC_ALL": "C"})
    if result.ended is not Ended.EXITED:
        return Gdb(path, error=result.reason, hung=result.ended is Ended.TIMEOUT)
    # A gdb without Python says 1, after it answered the rest.
    gdb = parse(result.out, result.err)
    return replace(gdb, path=path, error=result.reason if gdb.error and not result.ok else gdb.error)


def parse(out: str, err: str) -> Gdb:
    """Read what gdb answered on its two streams."""
    version = re.search(r"^GNU gdb .* (\S+)$", out, re.MULTILINE)
    if version is None:
        return Gdb(error="gdb printed no version")
    inside = re.search(r"^python (\d+(?:\.\d+)+)$", out, re.MULTILINE)
    safe = re.search(r"auto-load files is (.*)\.$", out, re.MULTILINE)
    lines = [line.strip() for line in err.splitlines() if line.strip()]
    return Gdb(
        release=version[1],
        python=inside[1] if inside else None,
        python_error=None if inside else lines[-1] if lines else "it printed nothing",
        safe_path=safe[1] if safe else "",
    )


def safe_folders(gdb: Gdb, home: Path, env: Mapping[str, str]) -> tuple[Path, ...]:
    """The folders that gdb loads scripts from: those compiled in, and those that the user's gdbinit adds."""
    said = gdb.safe_path
    for text in _gdbinits(home, env):
        for line in text.splitlines():
            match = re.match(r"\s*(add-auto-load-safe-path|set\s+auto-load\s+safe-path)\s+(\S.*)", line)
            if match:
                said = f"{said}:{match[2].strip()}" if match[1].startswith("add") else match[2].strip()
    data = _data_folder(gdb)
    expanded = said.replace("$debugdir", str(DEBUG_FOLDER)).replace("$datadir", str(data)).split(":")
    return tuple(Path(re.sub(r"^~(?=/|$)", lambda _: str(home), each)) for each in expanded if each)


def script_of(binary: Path, gdb: Gdb) -> Path | None:
    """The Python script that gdb would load with a binary (the gdb manual, "The objfile-gdb.ext file")."""
    name = f"{binary.name}-gdb.py"
    beside = (
        root / "auto-load" / binary.parent.relative_to(binary.anchor) for root in (DEBUG_FOLDER, _data_folder(gdb))
    )
    return next((folder / name for folder in (binary.parent, *beside) if (folder / name).is_file()), None)


#: Where distributions put debug information.
DEBUG_FOLDER = Path("/usr/lib/debug")


def _data_folder(gdb: Gdb) -> Path:
    return Path(gdb.path or "/usr/bin/gdb").resolve().parent.parent / "share/gdb"


def _gdbinits(home: Path, env: Mapping[str, str]) -> Iterator[str]:
    """The user's gdbinit, of which gdb reads the first one."""
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    for file in (config / "gdb/gdbinit", home / ".gdbinit"):
        if file.is_file():
            yield file.read_text(encoding="utf-8", errors="replace")
            return


def script_argv(gdb: str, package: Path, function: str, request: Path, compiled: Path | None = None) -> list[str]:
    """Run a function of a package of scripts in gdb's Python, with the path of a request as its argument.

    The package gets a name of its own in there, so that nothing else of its folder's neighbours is imported; no file of
    the user's is read, and no script that lies beside a binary is run. gdb's Python is seldom the one that the scripts
    were installed by: what it compiles is kept in the folder `compiled`, and nowhere without one.
    """
    module, name = function.split(":")
    lines = (
        "import sys, types",
        # Python 3.7 would write beside the scripts.
        f"sys.dont_write_bytecode = {compiled is None} or sys.version_info < (3, 8)",
        f"sys.pycache_prefix = {None if compiled is None else str(compiled)!r}",
        f"package = types.ModuleType({SCRIPTS!r})",
        f"package.__path__ = [{str(package)!r}]",
        f"sys.modules[{SCRIPTS!r}] = package",
        f"from {SCRIPTS} import {module}",
        f"{module}.{name}({str(request)!r})",
    )
    return [gdb, "-nx", "-nh", "-batch", "-iex", "set auto-load off", "-ex", "python " + "; ".join(lines)]


#: What the scripts that run inside a debugger are called there.
SCRIPTS = "pyo3ops_inside"
