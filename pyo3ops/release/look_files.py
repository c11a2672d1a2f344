"""The built files, read: their metadata and bytes, and what becomes of them when they are built and installed again."""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
import zipfile
import zlib
from dataclasses import replace
from datetime import datetime, timezone
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.core.errors import UsageError
from pyo3ops.core.files import home_folder
from pyo3ops.core.model import Finding, Status
from pyo3ops.core.run import run
from pyo3ops.release import look_inside, manifest
from pyo3ops.release.credentials import without_credentials
from pyo3ops.release.told import metadata_of
from pyo3ops.release.trying import SMOKE_TIMEOUT, fitting
from pyo3ops.release.world import Built, BuiltFile, Tried
from pyo3ops.tools import environments, python
from pyo3ops.wheels import trial
from pyo3ops.wheels.inspection.inspect import inspect_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.release.world import World
    from pyo3ops.tools.python import Interpreter

_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError, OSError)
#: The check of `wheels inspect` that builds an sdist where it is asked to.
_REBUILT = "wheels.sdist-builds"


def at_files(
    world: World,
    files: Sequence[Path],
    env: Mapping[str, str],
    *,
    build: bool = True,
    install: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> World:
    """The world with the built files in it; `build`: the sdist is built, `install`: the wheels of this machine are.

    Where a set is sealed in the world's folder it is compared with its manifest.
    """
    env = without_credentials(env)
    ordered = sorted(files, key=lambda path: (path.suffix != ".whl", path.name))
    # A second look goes deeper into the sdist alone: a wheel is read once.
    before = dict(world.built.inspected) if world.built else {}
    inspected = []
    for path in ordered:
        found = before.get(path.name) if path.suffix == ".whl" else None
        if found is None:
            progress(f"inspecting {path.name}")
            found = _inspected(path, world, env, deep=build)
        inspected.append((path.name, found))
    built = Built(
        files=tuple(map(read, ordered)),
        unsealed=_unsealed(world),
        inspected=tuple((name, tuple(each for each in found if each.id != _REBUILT)) for name, found in inspected),
        sdist=_rebuilt(inspected, tried=build),
        trials=tuple(_trials(world, ordered, env, progress)) if install else None,
    )
    return replace(world, built=built)


def read(path: Path) -> BuiltFile:
    """One file: its hash, and what it says of itself."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return BuiltFile(path, error=error.strerror or str(error))
    file = BuiltFile(path, len(data), hashlib.sha256(data).hexdigest())
    metadata = metadata_of(path)
    if isinstance(metadata, str):
        return replace(file, error=metadata)
    message = BytesParser(policy=compat32).parsebytes(metadata)
    described = str(message.get_payload() or message.get("Description") or "")
    try:
        times = sorted(_times(path))
    except _DAMAGED as error:
        return replace(file, error=f"it is damaged: {str(error) or type(error).__name__}")
    return replace(
        file,
        name=str(message.get("Name") or ""),
        version=str(message.get("Version") or ""),
        description=described,
        kind=str(message.get("Description-Content-Type") or ""),
        oldest=times[0].year if times else None,
        newest=times[-1] if times else None,
    )


def _times(path: Path) -> Iterator[datetime]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            # An archive keeps the time of a zone that it does not name.
            yield from (datetime(*info.date_time, tzinfo=timezone.utc) for info in archive.infolist())
    else:
        with tarfile.open(path) as archive:
            yield from (datetime.fromtimestamp(member.mtime, timezone.utc) for member in archive if member.mtime)


def _unsealed(world: World) -> tuple[str, ...] | None:
    if world.manifest is None or world.folder is None:
        return None
    return manifest.check(world.manifest, world.folder)


def _inspected(path: Path, world: World, env: Mapping[str, str], *, deep: bool) -> tuple[Finding, ...]:
    deep = deep and not path.name.endswith(".whl")
    try:
        found = inspect_file(
            path,
            env,
            project=world.project,
            settings=world.pyproject,
            deep=deep,
            online=deep and not world.asked.offline,
        )
    except UsageError as error:
        return (Finding("wheels.archive", "the archive can be read", Status.FAIL, error.message),)
    return (*(_weighed(each, world) for each in found), *look_inside.contents(path))


def _weighed(finding: Finding, world: World) -> Finding:
    """A missing lock is a fault where the backend is told to build with it, or not at all."""
    tool = world.pyproject.get("tool")
    maturin = tool.get("maturin") if isinstance(tool, dict) else None
    locked = isinstance(maturin, dict) and maturin.get("locked") is True
    if locked and finding.id == "wheels.sdist-lock" and finding.status is Status.WARN:
        return replace(finding, status=Status.FAIL, detail=f"{finding.detail}, and [tool.maturin] locked asks for it")
    return finding


def _rebuilt(inspected: Sequence[tuple[str, Sequence[Finding]]], *, tried: bool) -> Tried | None:
    """What building the sdist came to; not `tried`, what it lacks for that is seen all the same."""
    for name, findings in inspected:
        for finding in findings:
            if finding.id == _REBUILT:
                fine = finding.status in (Status.OK, Status.WARN)
                unsure = finding.status in (Status.UNKNOWN, Status.SKIP)
                applies = finding.status is not Status.SKIP
                if fine and not tried:
                    return None
                return Tried(name, fine, finding.detail, finding.evidence, skipped=unsure, applies=applies)
    return None


def _trials(
    world: World, files: Sequence[Path], env: Mapping[str, str], progress: Callable[[str], None]
) -> Iterator[Tried]:
    """Each wheel that a Python of the matrix here would be given, installed into a fresh environment and imported."""
    wheels = {path.name: path for path in files if path.suffix == ".whl"}
    if not wheels:
        return
    seen = set()
    for interpreter in python.find(world.project.pythons, env, home_folder(env)).working:
        name = fitting(list(wheels), interpreter)
        if name is None or name in seen:
            continue
        seen.add(name)
        progress(f"Python {interpreter.version} tries {name}")
        yield _tried(world, wheels[name], interpreter, env)


def _tried(world: World, wheel: Path, interpreter: Interpreter, env: Mapping[str, str]) -> Tried:
    with tempfile.TemporaryDirectory(prefix="pyo3ops-release-") as scratch:
        folder = Path(scratch)
        environment, made = environments.create(folder / "env", interpreter.path, env)
        if not made.ok:
            return Tried(wheel.name, ok=False, detail=f"no environment: {made.reason}", skipped=True)
        for what, result in (
            ("it is not installed", environments.install(environment, [str(wheel)])),
            ("it is not imported", trial.imported(world.project, environment, folder)),
        ):
            if not result.ok:
                lines = tuple((result.err or result.out).splitlines()[-8:])
                return Tried(
                    wheel.name,
                    ok=False,
                    detail=f"{what} by Python {interpreter.version}: {result.reason}",
                    evidence=lines,
                )
        return _smoked(world, wheel, interpreter, environment, folder)


def _smoked(
    world: World, wheel: Path, interpreter: Interpreter, environment: environments.Environment, folder: Path
) -> Tried:
    smoke = world.project.config.release.smoke
    words = f"imported by Python {interpreter.version}"
    if not smoke:
        return Tried(wheel.name, ok=True, detail=words)
    # Not in the project's folder, where its sources would stand in for what was installed.
    told = [str(world.project.root / word) if (world.project.root / word).is_file() else word for word in smoke]
    result = run([str(environment.python), *told], timeout=SMOKE_TIMEOUT, env=environment.env, cwd=folder)
    if result.ok:
        return Tried(wheel.name, ok=True, detail=f"{words}, and passed the smoke test")
    lines = tuple((result.err or result.out).splitlines()[-8:])
    return Tried(wheel.name, ok=False, detail=f"the smoke test failed: {result.reason}", evidence=lines)
