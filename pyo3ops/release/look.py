"""A look at the world before a release acts: everything is asked side by side, and nothing is changed."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Mapping

from pyo3ops.core.discover import read_project, read_pyproject
from pyo3ops.core.errors import ConfigError, Pyo3opsError
from pyo3ops.core.run import which
from pyo3ops.core.stated import leading, stated
from pyo3ops.release import credentials, look_git, look_project, manifest
from pyo3ops.release.expected import Expected, expected
from pyo3ops.release.journal import FILE as JOURNAL
from pyo3ops.release.journal import Journal
from pyo3ops.release.live import LiveIndex
from pyo3ops.release.lock import Unavailable
from pyo3ops.release.target import Target, target
from pyo3ops.release.world import Asked, World
from pyo3ops.tools import git
from pyo3ops.tools.git import GitState, Nothing, RemoteRefs
from pyo3ops.tools.index import Refusal

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.release.index import Listing
    from pyo3ops.release.lock import HeldBy
    from pyo3ops.release.model import Manifest, State

#: Most of them wait for other programs, or for the network.
_AT_ONCE = 12
_PROGRAMS = ("git", "twine", "uv", "maturin", "cargo")


def look(root: Path, asked: Asked, env: Mapping[str, str]) -> World:
    """All that is known of a release; the files that were built are added by `look_files.at_files`.

    Raises `ConfigError` where the project's own files cannot be read.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        clone = pool.submit(look_git.clone, root, env)
        programs = pool.submit(lambda: frozenset(name for name in _PROGRAMS if which(name, env)))
        pyproject = read_pyproject(root)
        project = read_project(root, env, pyproject=pyproject)
        said = leading(project)
        current = _plain(said.version) if said else ""
        version = _plain(asked.version) if asked.version else current
        world = World(project, pyproject, asked, version, current, datetime.now(timezone.utc), Nothing("not asked yet"))
        index = pool.submit(_index, world, env, pool)
        files = pool.submit(_files, world)
        lock = pool.submit(look_project.lock, project, env)
        world = _git(world, clone.result(), env, pool)
        world = replace(world, tools=programs.result(), lock=lock.result(), **files.result())
        return replace(world, **index.result())


def look_again(world: World, env: Mapping[str, str]) -> World:
    """The same with what may be another thing after hours of building: the index, the clock, what is sealed."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        now = replace(world, now=datetime.now(timezone.utc))
        return replace(now, **_index(now, env, pool), **_begun(now.folder))


def folder_of(root: Path, project: Project, version: str) -> Path:
    """Where the journal and the sealed files of a release are."""
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - costs what start-up cannot pay

    name = canonicalize_name(project.name or project.root.name).replace("-", "_")
    return root / ".pyo3ops" / "release" / f"{name}-{version}"


def _plain(version: str) -> str:
    """As PEP 440 normalises it, where it is one of its versions."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - costs what start-up cannot pay

    try:
        return str(Version(version))
    except InvalidVersion:
        return version


def _git(world: World, state: GitState | Nothing, env: Mapping[str, str], pool: Executor) -> World:
    root, project = world.project.root, world.project
    world = replace(world, git=state)
    if not isinstance(state, GitState):
        return world
    refs: RemoteRefs | Nothing | None = None
    asked = None if world.asked.offline else pool.submit(look_git.remote_refs, root, state, env)
    local = pool.submit(look_git.local_tags, root, env)
    strays = pool.submit(look_git.strays, project, world.pyproject, state, env)
    overlooked = pool.submit(look_git.overlooked, root, env)
    markers = pool.submit(look_git.markers, root, env)
    key = pool.submit(look_git.key_missing, project, state, root, env)
    crates = pool.submit(look_project.crates, project, state.top, env)
    refs = asked.result() if asked else None
    tags = look_git.tags(project, world.version, state, local.result(), refs)
    return replace(
        world,
        refs=refs,
        contains_remote=look_git.contains(root, state, refs, env),
        tag=tags.name,
        tag_refused=not git.ask(root, env, "check-ref-format", f"refs/tags/{tags.name}").ok,
        tagged=tags.places,
        released=tags.released,
        branches=look_git.branches(project, state, refs),
        held=_held(world, state, refs, env),
        strays=strays.result(),
        overlooked=overlooked.result(),
        markers=markers.result(),
        key_missing=key.result(),
        crates=crates.result(),
    )


def _held(
    world: World, state: GitState, refs: RemoteRefs | Nothing | None, env: Mapping[str, str]
) -> HeldBy | Unavailable | None:
    """Who has the lock; a remote that lists none is not asked again."""
    if isinstance(refs, Nothing):
        return Unavailable(refs.reason)
    if isinstance(refs, RemoteRefs) and not any(name.startswith("refs/pyo3ops/") for name, _ in refs.refs):
        return None
    if world.asked.offline:
        return None
    return look_git.holder(world.project.root, world.project, world.version, state, env)


def _index(world: World, env: Mapping[str, str], pool: Executor) -> dict[str, Any]:
    """The fields that the index fills."""
    found = _target(world, env)
    told = {"target": found, "advice": credentials.advice(env), "workflow": bool(env.get("CI"))}
    if isinstance(found, str) or world.asked.offline:
        return {**told, "listing": Refusal("the index is not asked offline")}
    live = LiveIndex(found, env)
    date = pool.submit(_ahead, live)
    listing: Listing = live.listing(world.project.name or "")
    return {**told, "listing": listing, "ahead": date.result()}


def _ahead(live: LiveIndex) -> float | None:
    before = datetime.now(timezone.utc).timestamp()
    told = live.date()
    if told is None:
        return None
    # The header counts seconds, and the answer took some time.
    return told - (before + datetime.now(timezone.utc).timestamp()) / 2


def _target(world: World, env: Mapping[str, str]) -> Target | str:
    try:
        return target(world.asked.index, world.project, env)
    except Pyo3opsError as error:
        return f"{error.message}: {error.cause}" if error.cause else error.message


def _files(world: World) -> dict[str, Any]:
    """The fields that the project's own files fill."""
    project, root = world.project, world.project.root
    folder = folder_of(root, project, world.version)
    return {
        "stated": stated(project),
        "expected": _expected(project, world.version),
        "log": look_project.log(project, world.version, world.now),
        "readme": look_project.readme(root, world.pyproject),
        "crate_readme": look_project.crate_readme(project),
        "licences_missing": look_project.licences_missing(root, world.pyproject),
        "free": shutil.disk_usage(str(root)).free,
        "folder": folder,
        **_begun(folder),
    }


def _expected(project: Project, version: str) -> Expected | str:
    try:
        return expected(project, version or None)
    except ConfigError as error:
        return f"{error.message}: {error.cause}" if error.cause else error.message


def _begun(folder: Path | None) -> dict[str, Any]:
    """What an earlier run left: the state, the sealed set, or why they cannot be used."""
    state: State | None = None
    sealed: Manifest | None = None
    if folder is None or not folder.is_dir():
        return {"state": None, "manifest": None, "journal_error": ""}
    try:
        journal = Journal.open(folder)
        state = journal.state if (folder / JOURNAL).is_file() else None
        if (folder / manifest.FILE).is_file():
            sealed = manifest.load(folder, journal.manifest_sha256)
    except ConfigError as error:
        return {"state": state, "manifest": None, "journal_error": error.message}
    return {"state": state, "manifest": sealed, "journal_error": ""}
