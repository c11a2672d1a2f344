"""A journal begun again: where it is lost or damaged, and where a set that was tried goes on to another index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.core.errors import ConfigError, Pyo3opsError, Undetermined, UsageError, reason_of
from pyo3ops.release import manifest
from pyo3ops.release.journal import FILE, Journal
from pyo3ops.release.model import State
from pyo3ops.release.recovered import Recovered, recovered
from pyo3ops.tools import git

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.release.live import LiveIndex
    from pyo3ops.release.model import Manifest
    from pyo3ops.tasks.release.course import Course, Request


def recover(folder: Path, project: Project, version: str, request: Request, index: LiveIndex) -> None:
    """Set the journal aside and start another one in the state that index and git tell, once that was agreed to.

    Raises `Undetermined` where the index does not answer, and `UsageError` where the journal can be followed, or what
    is public cannot be compared: nothing is changed then.
    """
    _check(folder, version, request)
    sealed = _sealed(folder)
    name = folder.name[: -len(version) - 1]
    checkout = git.checkout(project.root, request.env)
    found = recovered(sealed, index.listing(name), checkout.tags if checkout else (), version, project=name)
    if found.state is None:
        raise Undetermined(
            f"how far {version} is cannot be told: {found.reason}",
            cause="the journal stays as it is",
            command="pyo3ops release status",
        )
    if sealed is None and found.public:
        raise UsageError(
            f"{len(found.public)} files of {version} are public, and the sealed set is not here to compare them with",
            cause="files that are built again have other bytes",
            command=f"pyo3ops release --from DIR --version {version}",
        )
    if not request.yes and not (
        request.confirm and request.confirm(f"By the index it is {found.state.value}. Go on? [y/N] ")
    ):
        raise UsageError("nothing was changed", command="pyo3ops release status")
    _begin(folder, sealed, found, index, request)


def _check(folder: Path, version: str, request: Request) -> None:
    if request.dry_run:
        raise UsageError(
            "--recover sets the journal aside: there is no plan before that", command="pyo3ops release status"
        )
    try:
        sound = (folder / FILE).is_file() and bool(Journal.open(folder).records)
    except ConfigError:
        sound = False
    if sound and (_sealed(folder) is not None or not (folder / manifest.FILE).exists()):
        raise UsageError(
            f"the journal of {version} can be followed: there is nothing to recover",
            command=f"pyo3ops release --resume --version {version}",
        )


def _begin(folder: Path, sealed: Manifest | None, found: Recovered, index: LiveIndex, request: Request) -> None:
    if sealed is None:
        try:
            # A manifest that cannot be read is of no use, and in the way of another one.
            manifest.set_aside(folder)
        except OSError as error:
            raise Pyo3opsError(f"the manifest cannot be set aside: {reason_of(error, folder)}") from None
    digest = manifest.fingerprint(sealed) if sealed else ""
    state = found.state or State.PLANNED
    if state is State.PLANNED and sealed:
        state = State.SEALED
    aside = Journal.begin_again(folder, state, manifest=digest, index=index.shown if found.public else "")
    was = f"the journal was set aside as {aside}; " if aside else ""
    request.tell(f"{was}by the index and git: {state.value} ({found.reason})")


def promote(course: Course) -> None:
    """Start another journal for the same sealed set, which goes to another index; the first one is kept."""
    digest = course.journal.manifest_sha256
    was = course.journal.standing.index
    aside = Journal.begin_again(course.folder, State.SEALED, manifest=digest, index=course.index.shown, aside="tried")
    course.promoted = False
    course.request.tell(f"what was tried at {was} goes on to {course.index.shown}; its journal is {aside}")


def _sealed(folder: Path) -> Manifest | None:
    try:
        return manifest.load(folder)
    except ConfigError:
        return None
