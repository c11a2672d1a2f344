"""The checks of the preflight: one row each, in the order in which they are shown."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterator, NamedTuple

from pyo3ops.release.preflight import built, credentials, files, git, index, log, machine, metadata, versions

if TYPE_CHECKING:
    from pyo3ops.release.world import World
    from pyo3ops.wheels.inspection.verdict import Said

Rule = Callable[["World"], Iterator["Said"]]


class Row(NamedTuple):
    """One check as a list of them shows it; `stage` is 1 before anything is built, 2 for the built files."""

    id: str
    title: str
    stage: int


@dataclass(frozen=True)
class Check:
    """One check: `rule` says one thing or several of the world, and the worst of them is the finding."""

    id: str
    title: str
    rule: Rule
    stage: int = 1
    #: Why it says nothing of a rehearsal; empty where it holds there as well.
    rehearsal: str = ""
    #: True where a rehearsal, which has one machine and a copy, may go on with what stops a release.
    lenient: bool = False

    @property
    def why(self) -> str:
        """What a user learns of it."""
        return " ".join((inspect.getdoc(self.rule) or "").split())


#: Why parts of the world do not matter to a rehearsal.
_COPY = "a rehearsal works in a copy, which is a repository of its own"
_AWAY = "a rehearsal pushes nowhere"
_OWN = "a rehearsal has an index of its own, which is empty"
_NOBODY = "the index of a rehearsal has credentials of its own"


def _before(name: str, title: str, rule: Rule, rehearsal: str = "", *, lenient: bool = False) -> Check:
    return Check(f"release.{name}", title, rule, 1, rehearsal, lenient)


def _files(name: str, title: str, rule: Rule, rehearsal: str = "", *, lenient: bool = False) -> Check:
    return Check(f"release.files.{name}", title, rule, 2, rehearsal, lenient)


CHECKS: tuple[Check, ...] = (
    _before("git.repository", "git is here, and the project is in a repository", git.repository, _COPY),
    _before("git.clean", "everything is committed", git.clean, lenient=True),
    _before("git.branch", "the branch is one that releases are made from", git.branch, _AWAY),
    _before("git.behind", "nothing on the remote is missing here", git.behind, _AWAY),
    _before("git.shallow", "the whole history is here", git.shallow, _COPY),
    _before("git.identity", "git knows who commits and tags", git.identity, _COPY),
    _before("git.tag", "the tag is free, or on this commit", git.tag, lenient=True),
    _before("git.signing", "tags can be signed where they have to be", git.signing, _AWAY),
    _before("git.remote", "there is a remote to push to", git.remote, _AWAY),
    _before("git.operation", "no merge or rebase is half done", git.operation, _COPY),
    _before("git.markers", "no file has conflict markers", git.markers),
    _before("version.valid", "the version is one that indexes take", versions.valid),
    _before("version.final", "the version is a release, not a build of one's own", versions.final),
    _before("version.monotonic", "the version goes forward", versions.monotonic, lenient=True),
    _before("version.drift", "every file names the same version", versions.drift),
    _before("version.dynamic", "the version is written in one place alone", versions.dynamic),
    _before("lock.current", "Cargo.lock is in step with the manifests", versions.lock_current),
    _before("lock.holder", "nobody else releases this version", machine.holder, _AWAY),
    _before("changelog.entry", "the change log says what is new", log.entry, lenient=True),
    _before("changelog.date", "the change log's date is no other time's", log.date),
    _before("plan.derived", "the files of a complete release are known", versions.planned),
    _before("metadata.name", "the name is one that indexes take", metadata.name),
    _before("metadata.classifiers", "indexes know every classifier", metadata.classifiers),
    _before("metadata.readme", "the long description is there, and is shown", metadata.readme),
    _before("metadata.license", "the licence is said in one way", metadata.licence),
    _before("metadata.requires-python", "requires-python can be read, and admits the matrix", metadata.requires_python),
    _before("metadata.dependencies", "indexes take every dependency", metadata.dependencies),
    _before("metadata.fields", "summary and links are as indexes take them", metadata.fields),
    _before("crates.paths", "every crate of a folder is in the repository", machine.crates),
    _before("crates.sources", "every crate is published, or in the repository", machine.sources),
    _before("crates.patches", "no crate is replaced by another one", machine.patches),
    _before("index.reachable", "the index answers", index.reachable, _OWN),
    _before("index.names", "no file of this version on the index has other bytes", index.names, _OWN),
    _before("index.open", "the index still takes files for this version", index.still_open, _OWN),
    _before("index.yanked", "no file of this version is yanked", index.yanked, _OWN),
    _before("index.done", "the release is not on the index already", index.done, _OWN),
    _before("credentials.present", "there are credentials for the index", credentials.present, _NOBODY),
    _before("credentials.kind", "the credentials are of this index", credentials.kind, _NOBODY),
    _before("credentials.trusted", "trusted publishing can get a token", credentials.trusted, _NOBODY),
    _before("client.present", "twine or uv is here", machine.client),
    _before("machine.clock", "the clock is that of the index", machine.clock, _OWN),
    _before("machine.disk", "there is room to build", machine.disk),
    _before("journal.sound", "the journal can be followed", machine.journal),
    _files("complete", "the files are the planned ones", files.complete, lenient=True),
    _files("version", "every file is of this version", files.version),
    _files("metadata", "what a file says of itself is its name", files.metadata),
    _files("readme", "the long description of the built files is shown", files.readme),
    _files("size", "no file is larger than the index takes", files.size),
    _files("quota", "the project stays within its quota", files.quota, _OWN),
    _files("sealed", "the files are as they were sealed", files.sealed),
    _files("names", "no name is on the index with other bytes", files.names, _OWN),
    _files("time", "nothing in the files is from another time", files.time),
    _files("inspect", "what wheels inspect asks for holds", built.inspected),
    _files("sdist-builds", "the sdist builds", built.sdist_builds),
    _files("imports", "every wheel that can be installed here is imported, and passes the smoke test", built.imports),
)


def rows() -> tuple[Row, ...]:
    """Every check, for the reference and for patterns of `[tool.pyo3ops.release] ignore`."""
    return tuple(Row(check.id, check.title, check.stage) for check in CHECKS)
