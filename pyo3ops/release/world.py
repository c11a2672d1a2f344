"""All that is known before a release acts: facts as data, which the preflight judges and the plan is made from.

`look.py` gathers them. Nothing in here is a secret, and nothing in here asks anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Mapping

from pyo3ops.core.model import Fix
from pyo3ops.release.public import of_version

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pyo3ops.core.model import Finding
    from pyo3ops.core.project import Project
    from pyo3ops.core.version_places import Stated
    from pyo3ops.release.expected import Expected
    from pyo3ops.release.index import Listing
    from pyo3ops.release.lock import HeldBy, Unavailable
    from pyo3ops.release.model import Manifest, Pair, State
    from pyo3ops.release.target import Target
    from pyo3ops.tools.git import GitState, Nothing, RemoteRefs
    from pyo3ops.tools.simple_page import IndexFile


@dataclass(frozen=True)
class Asked:
    """What the caller wants; `version` and `index` are empty where the files and the configuration say it."""

    version: str = ""
    index: str = ""
    rehearse: bool = False
    offline: bool = False
    #: What the lock calls the journal of this release: a lock under that name is our own.
    journal: str = ""


@dataclass(frozen=True)
class Log:
    """The change log and its section for the version; `path` is relative to the root, and empty where there is none."""

    path: str = ""
    #: What is below the heading; None where there is no section.
    entry: str | None = None
    heading: str = ""
    #: The section is one for what comes next: the release gives it its heading.
    pending: bool = False
    date: str = ""
    #: Days from now to the date; None where it cannot be read.
    ahead: int | None = None
    error: str = ""


@dataclass(frozen=True)
class Lock:
    """Cargo.lock beside the manifests; `untold`: why cargo does not say whether it would change it."""

    there: bool = False
    stale: tuple[str, ...] = ()
    untold: str = ""


@dataclass(frozen=True)
class Crates:
    """The crates that are taken from folders, and what cargo's configuration replaces: a file and a key each."""

    count: int = 0
    outside: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    replaced: tuple[Pair, ...] = ()
    #: Crates that Cargo.lock takes from git repositories.
    from_git: tuple[str, ...] = ()


@dataclass(frozen=True)
class BuiltFile:
    """One built file, read; `error` says why it could not be."""

    path: Path
    size: int = 0
    #: In hexadecimal.
    sha256: str = ""
    #: Name and version of its own metadata.
    name: str = ""
    version: str = ""
    #: The long description, and its content type.
    description: str = ""
    kind: str = ""
    #: The years of the oldest and the newest member.
    oldest: int | None = None
    newest: datetime | None = None
    error: str = ""


@dataclass(frozen=True)
class Tried:
    """What became of something that was built or installed; `skipped` says why it was not tried."""

    what: str
    ok: bool
    detail: str = ""
    evidence: tuple[str, ...] = ()
    skipped: bool = False
    #: False where there is nothing of the kind to try.
    applies: bool = True


@dataclass(frozen=True)
class Built:
    """What is known of the built files; None where nobody looked."""

    files: tuple[BuiltFile, ...] = ()
    #: What is no longer as it was sealed; None where nothing is sealed.
    unsealed: tuple[str, ...] | None = None
    inspected: tuple[tuple[str, tuple[Finding, ...]], ...] = ()
    sdist: Tried | None = None
    trials: tuple[Tried, ...] | None = None


@dataclass(frozen=True)
class World:
    """What is so: the project, its commit, the remote, the index, this machine, and what was begun before."""

    project: Project
    pyproject: Mapping[str, Any]
    asked: Asked
    #: To be released, and what the files say now.
    version: str
    current: str
    now: datetime
    git: GitState | Nothing
    #: None where there is no remote, or it is not asked.
    refs: RemoteRefs | Nothing | None = None
    #: Whether all of the remote's branch is in HEAD.
    contains_remote: bool = True
    #: What the tag is, or will be, called; where it is: "here" or "on origin", and the commit.
    tag: str = ""
    #: True where git takes no tag of that name.
    tag_refused: bool = False
    tagged: tuple[Pair, ...] = ()
    #: Tags of releases, and the version of each.
    released: tuple[Pair, ...] = ()
    #: Patterns of the branches that releases are made from.
    branches: tuple[str, ...] = ()
    #: Why a tag cannot be signed; empty where it can be.
    key_missing: str = ""
    #: Files that no commit has and an sdist would take along; files with conflict markers.
    strays: tuple[str, ...] = ()
    #: Files that are changed, of which git was told to say nothing.
    overlooked: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    held: HeldBy | Unavailable | None = None
    stated: tuple[Stated, ...] = ()
    log: Log = Log()
    lock: Lock = Lock()
    crates: Crates = Crates()
    #: What the readme file of pyproject.toml holds; None where it is not there. `crate_readme`: what Cargo.toml brings.
    readme: str | None = None
    crate_readme: str = ""
    licences_missing: tuple[str, ...] = ()
    #: The complete set, or why it cannot be derived.
    expected: Expected | str = ""
    target: Target | str = ""
    #: Why there are no credentials, where there are none, and what to do; whether this is a job of a CI.
    advice: tuple[str, Fix] = ("", Fix(""))
    workflow: bool = False
    listing: Listing = ()
    #: Seconds by which the index's clock is ahead of ours; None where it does not tell.
    ahead: float | None = None
    #: Names of the programs that are here.
    tools: frozenset[str] = frozenset()
    #: Bytes.
    free: int = 0
    #: The folder of the release, and what is in it.
    folder: Path | None = None
    state: State | None = None
    manifest: Manifest | None = None
    journal_error: str = ""
    built: Built | None = None

    @property
    def public(self) -> tuple[IndexFile, ...] | None:
        """The files of this version on the index; None where it gave no answer."""
        if not isinstance(self.listing, tuple):
            return () if self.listing.absent else None
        return of_version(self.listing, self.project.name or "", self.version)

    @property
    def is_public(self) -> bool:
        """True where every file of the release is on the index: the sealed ones, or else as many as are expected."""
        names = [file.name for file in self.public or ()]
        if self.manifest is not None:
            return {file.name for file in self.manifest.files} <= set(names)
        return bool(names) and not isinstance(self.expected, str) and not self.expected.compare(names).missing
