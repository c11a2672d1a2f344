"""The two files of a project without extension module: its sdist, and the wheel that is built from that."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from pyo3ops.core.discover import read_pyproject
from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.files import make_empty, write_whole
from pyo3ops.core.project import backend_of
from pyo3ops.core.run import Ended, spawn, which
from pyo3ops.wheels import reproducible, sdist
from pyo3ops.wheels.batch.journal import digest
from pyo3ops.wheels.rewriting import repacked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.project import Project

#: Lines of a failed build that are kept.
_TAIL = 25


@dataclass(frozen=True)
class BuiltFile:
    """A file of the release, its size in bytes and its SHA-256 in hexadecimal."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True)
class Built:
    """What came of a build: the wheel and the sdist, in this order, or why not, with the last lines it wrote."""

    files: tuple[BuiltFile, ...]
    error: str | None = None
    tail: tuple[str, ...] = ()


class _Failed(Exception):  # noqa: N818 - the build did
    """A build that gave no wheel: why, and what it wrote."""

    def __init__(self, reason: str, lines: list[str]) -> None:
        super().__init__(reason)
        self.tail = tuple(lines[-_TAIL:])


def build(
    project: Project, output: Path, env: Mapping[str, str], progress: Callable[[str], None] = lambda _: None
) -> Built:
    """Have the project's backend write the sdist into `output`, and from it the wheel; equal files make equal bytes.

    uv drives the backend, or build where uv is not here. `output` is emptied where this made it before.
    """
    epoch = reproducible.epoch(project.root, env)
    # What a gathered crate is built with is not what the project itself is.
    own = replace(project, backend=backend_of(read_pyproject(project.root)), workspace_root=None, extensions=())
    try:
        made = sdist.make(own, output, epoch.seconds, env, progress)
        if made.sdist is None:
            return Built((), made.error or "there is no sdist", made.tail)
        wheel = _wheel(made.sdist, output, epoch.seconds, env, progress)
        return Built((_file(wheel), _file(made.sdist)))
    except _Failed as failed:
        return Built((), str(failed), failed.tail)
    except (sdist.Refused, UsageError) as error:
        return Built((), str(error))
    except OSError as error:
        return Built((), f"cannot write {reason_of(error, output)}")


def _wheel(source: Path, output: Path, epoch: int, env: Mapping[str, str], progress: Callable[[str], None]) -> Path:
    with tempfile.TemporaryDirectory() as scratch:
        folder, made = Path(scratch, source.name[: -len(".tar.gz")]), Path(scratch, "made")
        sdist.unpack(source, folder)
        make_empty(made)
        _run(_argv(made, env), folder, {**env, "SOURCE_DATE_EPOCH": str(epoch), "NO_COLOR": "1"}, progress)
        found = sorted(made.glob("*.whl"))
        if len(found) != 1:
            raise _Failed(f"the backend said 0 and left {len(found)} wheels", [])
        target = output / found[0].name
        write_whole(target, repacked(found[0], {}, epoch=epoch))
    return target


def _argv(made: Path, env: Mapping[str, str]) -> list[str]:
    uv = which("uv", env)
    if uv:
        return [uv, "build", "--wheel", "--out-dir", str(made), "."]
    return [sys.executable, "-m", "build", "--wheel", "--outdir", str(made), "."]


def _run(argv: list[str], folder: Path, env: Mapping[str, str], progress: Callable[[str], None]) -> None:
    lines: list[str] = []
    try:
        with spawn(argv, timeout=sdist.TIMEOUT, env=env, cwd=folder) as running:
            for line in running:
                lines.append(line)
                progress(line.strip())
    except OSError as missing:
        raise _Failed(f"{argv[0]} cannot be started: {missing.strerror}", lines) from None
    if running.result.ended is Ended.TIMEOUT:
        raise _Failed(f"no wheel within {sdist.TIMEOUT / 60:.0f} minutes", lines)
    if not running.result.ok:
        raise _Failed(running.result.reason, lines)


def _file(path: Path) -> BuiltFile:
    return BuiltFile(path, path.stat().st_size, digest(path) or "")
