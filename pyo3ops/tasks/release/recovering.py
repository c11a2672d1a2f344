"""A journal that is lost or damaged, begun again: the index and git know how far the release is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.core.errors import ConfigError, Undetermined
from pyo3ops.release import manifest
from pyo3ops.release.journal import Journal
from pyo3ops.release.live import LiveIndex
from pyo3ops.release.recovered import recovered
from pyo3ops.release.target import target
from pyo3ops.tools import git

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.release.model import Manifest
    from pyo3ops.tasks.release.course import Request


def recover(root: Path, folder: Path, project: Project, version: str, request: Request) -> None:
    """Set the journal aside and start another one in the state that index and git tell.

    Raises `Undetermined` where the index does not answer: nothing is changed then.
    """
    index = LiveIndex(target(request.index or "", project, request.env), request.env)
    sealed = _sealed(folder)
    checkout = git.checkout(root, request.env)
    name = folder.name[: -len(version) - 1]
    found = recovered(sealed, index.listing(name), checkout.tags if checkout else (), version, project=name)
    if found.state is None:
        raise Undetermined(
            f"how far {version} is cannot be told: {found.reason}",
            cause="the journal stays as it is",
            command="pyo3ops release status",
        )
    digest = manifest.fingerprint(sealed) if sealed else ""
    aside = Journal.begin_again(folder, found.state, manifest=digest, index=index.shown if found.public else "")
    was = f"the journal was set aside as {aside}; " if aside else ""
    request.tell(f"{was}by the index and git: {found.state.value} ({found.reason})")


def _sealed(folder: Path) -> Manifest | None:
    try:
        return manifest.load(folder)
    except ConfigError:
        return None
