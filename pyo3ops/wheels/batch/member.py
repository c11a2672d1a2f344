"""One project made ready for its wheels: what is planned, what is here, its sdist, and that unpacked and read."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from pyo3ops.core import discover
from pyo3ops.core.errors import ConfigError, reason_of
from pyo3ops.core.project import Backend
from pyo3ops.tools import python as python_tool
from pyo3ops.tools.python import Interpreters
from pyo3ops.wheels import reproducible, sdist
from pyo3ops.wheels.batch import chosen
from pyo3ops.wheels.batch.journal import digest
from pyo3ops.wheels.planned import planned

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Mapping, Sequence

    from pyo3ops.core.project import Project
    from pyo3ops.core.pythons import PythonVersion
    from pyo3ops.wheels.batch.chosen import Choice
    from pyo3ops.wheels.planned import PlannedSet
    from pyo3ops.wheels.reproducible import Epoch, Places
    from pyo3ops.wheels.toolchain import Toolchain


#: Seconds for `cargo metadata`, beside which compilers may be at work.
METADATA_TIMEOUT = 60.0


class Here:
    """The interpreters of this machine, each looked for once."""

    def __init__(self) -> None:
        """Nothing was looked for yet."""
        self._found: dict[PythonVersion, Interpreters] = {}

    def of(self, wanted: Sequence[PythonVersion], env: Mapping[str, str], home: Path) -> Interpreters:
        """Those of some versions, where they are here, and what was tried for those that are not."""
        for _ in range(2):
            # What failed is tried once more: on a machine that builds, an interpreter may answer too late.
            left = [each for each in wanted if each not in self._found or self._found[each].dead]
            if not left:
                break
            found = python_tool.find(left, env, home)
            for version in left:
                # Which dead one was tried for which version is known where one was looked for alone.
                self._found[version] = self._part(found, version)
        parts = [self._found[each] for each in wanted]
        working = tuple(python for part in parts for python in part.working)
        return Interpreters(tuple(wanted), working, tuple(dict.fromkeys(dead for part in parts for dead in part.dead)))

    @staticmethod
    def _part(found: Interpreters, version: PythonVersion) -> Interpreters:
        python = found.of(version)
        return Interpreters((version,), (python,) if python else (), () if python else found.dead)


@dataclass(frozen=True)
class Setting:
    """What all members of a batch are built with."""

    env: Mapping[str, str]
    home: Path
    #: The folder for sdists, sources, target folders and logs.
    work: Path
    asked: tuple[PythonVersion, ...] = ()
    progress: Callable[[str], None] = lambda _: None
    here: Here = field(default_factory=Here)

    @property
    def places(self) -> Places:
        """Where sources and target folders are, unless a member needs them elsewhere."""
        return reproducible.Places(self.work / "sources", self.work / "target")


@dataclass(frozen=True)
class Member:
    """A project as far as it got: without `source` nothing of it can be built, and `error` says why."""

    name: str
    project: Project
    toolchain: Toolchain
    epoch: Epoch
    wanted: PlannedSet | None = None
    choice: Choice | None = None
    sdist: Path | None = None
    sha256: str = ""
    #: The project that the unpacked sdist is, and where it and its target folders are.
    source: Project | None = None
    places: Places | None = None
    #: Wall time of making the sdist, in seconds.
    seconds: float = 0.0
    error: str | None = None
    tail: tuple[str, ...] = ()


def prepare(
    project: Project,
    toolchain: Toolchain,
    setting: Setting,
    scratch: contextlib.ExitStack,
    *,
    given: Path | None = None,
    epoch: Epoch | None = None,
) -> Member:
    """Derive, choose, make the sdist (unless it is `given`) and unpack it. `scratch` ends when all is built.

    `epoch` is the time of the release, where it is known.
    """
    epoch = epoch or reproducible.epoch(project.root, setting.env)
    member = Member(project.root.name, project, toolchain, epoch)
    try:
        wanted = planned(project)
        member = replace(member, wanted=wanted)
        if project.backend is Backend.NONE:
            return replace(member, error=discover.no_backend(project.root))
        if toolchain.rustc.error:
            return replace(member, error=f"no Rust compiler: {toolchain.rustc.error}")
        member = replace(member, choice=_choice(project, wanted, toolchain, setting))
        setting.progress(f"{wanted.name}: the source distribution")
        member = _with_sdist(member, setting, given)
        return member if member.sdist is None else _with_source(member, wanted, setting, scratch)
    except ConfigError as error:
        return replace(member, error=": ".join(filter(None, (error.message, error.cause))))
    except sdist.Refused as refused:
        return replace(member, error=f"the sdist cannot be used: {refused}")
    except OSError as error:
        return replace(member, error=reason_of(error, setting.work))


def _choice(project: Project, wanted: PlannedSet, toolchain: Toolchain, setting: Setting) -> Choice:
    host = toolchain.rustc.host
    here = setting.here.of(chosen.wanted_pythons(wanted.wheels, host), setting.env, setting.home)
    abis = [each for extension in project.extensions for each in extension.pyo3.stable_abis]
    fixed = all(each.minimum is not None for each in abis)
    return chosen.choose(wanted.wheels, host, here, setting.asked, fixed=fixed)


def _with_sdist(member: Member, setting: Setting, given: Path | None) -> Member:
    if given is not None:
        return replace(member, sdist=given, sha256=digest(given) or "")
    made = sdist.make(
        member.project,
        setting.work / "sdists" / _folder(member),
        member.epoch.seconds,
        setting.env,
        setting.progress,
    )
    if made.sdist is None:
        return replace(member, error=made.error, tail=made.tail, seconds=made.seconds)
    return replace(member, sdist=made.sdist, sha256=digest(made.sdist) or "", seconds=made.seconds)


def _folder(member: Member) -> str:
    """The folder of a member, by the name of its distribution: an sdist that was given lies in no folder of its own."""
    # A name that is none must not lead elsewhere: what the folder holds is taken away.
    return re.sub(r"[^A-Za-z0-9_]", "_", member.wanted.name if member.wanted else member.name)


def _with_source(member: Member, wanted: PlannedSet, setting: Setting, scratch: contextlib.ExitStack) -> Member:
    places = setting.places
    source = _unpacked(member, places, setting)
    if source.metadata_error and "workspace" in source.metadata_error:
        # cargo looks for a workspace in all the folders above, where a user's unpacked sdist has none.
        folder = Path(scratch.enter_context(tempfile.TemporaryDirectory(prefix="pyo3ops-wheels-")))
        places = reproducible.Places(folder, places.targets)
        source = _unpacked(member, places, setting)
    member = replace(member, source=source, places=places)
    wrong = source.metadata_error or (None if source.extensions else "no extension module is in it")
    if wrong is None and source.backend is Backend.NONE:
        wrong = "its pyproject.toml names no build backend"
    if wrong is None and planned(source).version != wanted.version:
        wrong = f"it is of version {source.version}, not {wanted.version}"
    return replace(member, source=None, error=f"the sdist cannot be built from: {wrong}") if wrong else member


def _unpacked(member: Member, places: Places, setting: Setting) -> Project:
    folder = places.sources / _folder(member)
    if member.sdist is not None:
        sdist.unpack(member.sdist, folder)
    return discover.read_project(Path(os.path.realpath(folder)), setting.env, timeout=METADATA_TIMEOUT)


def source_for(member: Member, tag: str) -> Project | None:
    """The sources that one interpreter's wheel is built in: one for each where the backend writes into them."""
    if member.source is None or member.sdist is None or member.source.backend is Backend.MATURIN:
        return member.source
    folder = member.source.root.with_name(f"{member.source.root.name}-{tag}")
    sdist.unpack(member.sdist, folder)
    return replace(member.source, root=folder)
