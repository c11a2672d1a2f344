"""Ready-made Nox sessions for any PyO3 project: call `register` in its noxfile.

Sessions are made by a factory, not by decorated functions to import: importing one would register them all, and
`uv run noxfile.py` loads the noxfile twice. Nothing here starts a program before a session runs.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator, NamedTuple, Sequence
from urllib.parse import unquote, urlsplit

import nox

from pyo3ops import __version__

if TYPE_CHECKING:
    from pyo3ops.core.pythons import PythonVersion

#: uv makes an environment in a tenth of a second; virtualenv no longer makes one for 3.8, venv does.
BACKEND = "uv|venv"


class Ready(NamedTuple):
    """One ready-made session: its verb, the extras of pyo3ops it needs, whether it runs once a Python.

    With `also` it runs as one, and is there once a Python as well, which does that Python's share.
    """

    verb: str
    extras: str
    matrix: bool
    description: str
    also: bool = False


SESSIONS = {
    "validate": Ready("validate", "", matrix=False, description="Judge whether this machine can build this project."),
    "build": Ready("build", "build", matrix=True, description="Build the extension, optimised, and import it."),
    "examples": Ready("examples", "build", matrix=True, description="Build, install and test each example's wheel."),
    "perf": Ready(
        "perf", "build,profile", matrix=True, description="Profile each example's benchmark, Python and Rust."
    ),
    "types": Ready("types", "build", matrix=True, description="Ask Python and PyO3 what type conversions do."),
    "valgrind": Ready("valgrind", "build", matrix=True, description="Run each example's tests under valgrind."),
    "wheels": Ready(
        "wheels build",
        "build,cross",
        matrix=False,
        description="Build the planned wheels that this machine can.",
        also=True,
    ),
    "cross": Ready(
        "wheels cross", "build,cross", matrix=False, description="Build wheels for another system: -- --target T."
    ),
    "rehearse": Ready(
        "release --rehearse",
        "build,cross",
        matrix=False,
        description="Release all of it, in a copy, to an index here.",
    ),
}


def register(
    *names: str, root: str | os.PathLike[str] | None = None, pythons: Sequence[str] | None = None
) -> dict[str, object]:
    """Register ready-made sessions with nox, by name, and return them.

    `root` is the project's folder, by default that of the noxfile that calls this. `pythons` are versions such as
    "3.11", by default those that pyproject.toml is for. Raises `ValueError` for an unknown name.
    """
    unknown = [name for name in names if name not in SESSIONS]
    if unknown:
        raise ValueError(f"there is no session {unknown[0]!r}; ready-made are {', '.join(SESSIONS)}")
    folder = Path(root) if root is not None else Path(sys._getframe(1).f_globals["__file__"]).parent  # noqa: SLF001
    reach_pythons()
    _name_the_fix()
    versions = list(pythons) if pythons is not None else [str(version) for version in pythons_of(folder)]
    return {name: _session(name, SESSIONS[name], folder.absolute(), versions) for name in names}


def pythons_of(root: Path) -> tuple[PythonVersion, ...]:
    """The Pythons that a project is for, as its pyproject.toml and Cargo.toml say without asking cargo."""
    from pyo3ops.core import pyo3, toml  # noqa: PLC0415 - a noxfile that registers nothing for a matrix does not pay
    from pyo3ops.core.config import read_config  # noqa: PLC0415
    from pyo3ops.core.project import matrix_from  # noqa: PLC0415

    pyproject = toml.load(root / "pyproject.toml") if (root / "pyproject.toml").is_file() else {}
    table = pyproject.get("project", {})
    release = pyo3.release_of(_declared_pyo3(root))
    rows = [release] if release else list(pyo3.releases())
    supported = (min(row.python_min.minor for row in rows), max(row.python_max.minor for row in rows))
    config = read_config(pyproject.get("tool", {}).get("pyo3ops", {}))
    return matrix_from(config, table.get("classifiers", ()), table.get("requires-python"), supported, "PyO3")[0]


def reach_pythons() -> None:
    """Append the folders of pyenv's and uv's Pythons to PATH, the newest patch release of each minor.

    pyenv's shims hide all but the active versions from nox and uv. Appended, never put first: what a user chose stays.
    """
    from pyo3ops.core.files import home_folder  # noqa: PLC0415
    from pyo3ops.tools.python import newest_folders  # noqa: PLC0415

    known = os.environ.get("PATH", "").split(os.pathsep)
    home = home_folder(os.environ)
    found = [str(folder / "bin") for folder in newest_folders(os.environ, home) if (folder / "bin").is_dir()]
    os.environ["PATH"] = os.pathsep.join([*known, *(folder for folder in found if folder not in known)])


def install_pyo3ops(session: nox.Session, extras: str = "") -> None:
    """Install into a session the very pyo3ops that registered it; nothing where that is there already."""
    wanted = list(_requirement(f"[{extras}]" if extras else ""))
    stamp = Path(session.virtualenv.location, "pyo3ops-installed")
    mark = hashlib.sha256("\n".join([*wanted, *_fingerprint(wanted)]).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == mark:
        return
    fast = ["--compile-bytecode"] if session.venv_backend == "uv" else []
    session.install(*fast, *wanted)
    stamp.write_text(mark, encoding="ascii")


def _session(name: str, ready: Ready, root: Path, versions: Sequence[str]) -> object:
    for version in versions if ready.also else ():
        _made(f"{name}-{version}", ready, root, version, ("--python", version))
    return _made(name, ready, root, list(versions) if ready.matrix else None, ())


def _made(name: str, ready: Ready, root: Path, python: str | list[str] | None, options: Sequence[str]) -> object:
    def body(session: nox.Session) -> None:
        install_pyo3ops(session, ready.extras)
        # Where the terminal ends up is nox's own: colours and width are asked of it by the verb.
        verb = ready.verb.split()
        session.run("python", "-m", "pyo3ops", *verb, "--project", str(root), *options, *session.posargs)

    body.__doc__ = ready.description
    make: Callable[[Callable[[nox.Session], None]], object] = nox.session(
        name=name,
        python=python,
        reuse_venv=True,
        venv_backend=BACKEND,
        # A session that downloads a Python unasked is a surprise; the skip says how to get one.
        download_python="never",
        # What takes long, or has to be told more, runs when it is asked for.
        default=python is None and ready.verb == "validate",
        tags=["pyo3ops"],
    )
    return make(body)


def _requirement(extras: str) -> Iterator[str]:
    """What pip is told to install this same pyo3ops: its checkout, the file it came from, or its exact version."""
    checkout = Path(__file__).parents[1]
    if (checkout / "pyproject.toml").is_file():
        yield from ("--editable", f"{checkout}{extras}")
        return
    origin = _origin()
    url = str(origin.get("url", ""))
    if url and '"editable": true' in json.dumps(origin):
        yield from ("--editable", f"{unquote(urlsplit(url).path)}{extras}")
    else:
        yield f"pyo3ops{extras} @ {url}" if url else f"pyo3ops{extras}=={__version__}"


def _origin() -> dict[str, object]:
    """direct_url.json of the installed pyo3ops (PEP 610): only what was not taken from an index has one."""
    from importlib.metadata import PackageNotFoundError, distribution  # noqa: PLC0415 - slow to import

    try:
        return json.loads(distribution("pyo3ops").read_text("direct_url.json") or "{}")  # type: ignore[no-any-return]
    except (PackageNotFoundError, ValueError):
        return {}


def _fingerprint(requirement: Sequence[str]) -> Iterator[str]:
    """What changes when a requirement that is a checkout needs to be installed again: its metadata."""
    if requirement[0] == "--editable":
        yield (Path(re.sub(r"\[.*\]$", "", requirement[1])) / "pyproject.toml").read_text(encoding="utf-8")


def _declared_pyo3(root: Path) -> str:
    from pyo3ops.core import toml  # noqa: PLC0415
    from pyo3ops.core.errors import ConfigError  # noqa: PLC0415

    try:
        row = toml.load(root / "Cargo.toml").get("dependencies", {}).get("pyo3", "")
    except ConfigError:
        return ""
    return str(row.get("version", "")) if isinstance(row, dict) else str(row)


class _MissingPython(logging.Filter):
    """Adds the way out to what nox says of a Python that it did not find."""

    _SAID = re.compile(r"Python interpreter (3\.\d+t?) not found")

    def filter(self, record: logging.LogRecord) -> bool:
        match = self._SAID.search(record.getMessage())
        if match and "uv python install" not in record.getMessage():
            record.msg = f"{record.getMessage()} (get it: uv python install {match[1]})"
            record.args = ()
        return True


def _name_the_fix() -> None:
    logger = logging.getLogger("nox")
    if not any(isinstance(each, _MissingPython) for each in logger.filters):
        logger.addFilter(_MissingPython())
