"""Taking a version back: what is public of it, what a yank does, who has to do it where, and whether it was done.

No index has an interface by which a program could yank: a person does it on a page of the index, and the simple API
tells when it is done (PEP 592).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Callable
from urllib.parse import urlsplit, urlunsplit

from pyo3ops.release import versions
from pyo3ops.release.course import FOLLOWING
from pyo3ops.release.model import State
from pyo3ops.release.public import name_and_version, of_version
from pyo3ops.tools import web
from pyo3ops.tools.index import Index, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.release import index as indexes
    from pyo3ops.release.clock import Clock
    from pyo3ops.release.journal import Journal
    from pyo3ops.release.target import Target
    from pyo3ops.tools.simple_page import IndexFile

#: What a yank means to those who install, by PEP 592.
EFFECTS = (
    "a requirement that pins the version with == or === still installs it, with a warning",
    "every other requirement passes over it, as if it were not there",
    "the files stay where they are, and so do copies in caches, mirrors and locked environments",
    "the names of the files can never be used again, whether they are yanked or deleted",
    "it can be undone by the same person on the same page",
)


class Kind(Enum):
    """What runs an index, as far as it decides how a version is taken back."""

    #: PyPI and TestPyPI, which have a page for it.
    WAREHOUSE = "Warehouse"
    #: It knows no yank: files are deleted from its folder.
    PYPISERVER = "pypiserver"
    OTHER = "another index"


@dataclass(frozen=True)
class Standing:
    """What an index shows of a version; `reason` says why nobody knows."""

    files: tuple[IndexFile, ...] = ()
    #: The newest version of the project that is public, this one included; empty where none is.
    newest: str = ""
    #: The newest other version with a file that is not yanked; empty where there is none.
    instead: str = ""
    reason: str = ""

    @property
    def left(self) -> tuple[str, ...]:
        """Public files that are not yanked."""
        return tuple(file.name for file in self.files if file.yanked is None)

    @property
    def withdrawn(self) -> bool:
        """True where there are files, and the index says of every one that it is yanked."""
        return bool(self.files) and not self.left and not self.reason

    @property
    def gone(self) -> bool:
        """True where the index answered, and shows nothing of the version."""
        return not self.files and not self.reason


@dataclass(frozen=True)
class Patience:
    """Seconds: how long a person may take, the first wait between two looks, and the longest one."""

    seconds: float = 3600.0
    first: float = 5.0
    longest: float = 60.0


def look(index: indexes.Index, project: str, version: str) -> Standing:
    """Ask the index once."""
    listing = index.listing(project)
    if isinstance(listing, Refusal) and not listing.absent:
        return Standing(reason=listing.reason)
    files = () if isinstance(listing, Refusal) else listing
    own = of_version(files, project, version)
    others = [file for file in files if file.yanked is None and file not in own]
    return Standing(own, _newest(files), _newest(others))


def watch(
    index: indexes.Index,
    project: str,
    version: str,
    clock: Clock,
    progress: Callable[[str], None] = lambda _: None,
    *,
    patience: Patience = Patience(),
) -> Standing:
    """Ask until the index shows every file yanked, or none at all, or patience or the caller ends it with ^C."""
    started, wait = clock.now(), patience.first
    standing = look(index, project, version)
    try:
        while not (standing.withdrawn or standing.gone):
            left = patience.seconds - (clock.now() - started)
            if left <= 0:
                break
            progress(standing.reason or f"{len(standing.left)} of {len(standing.files)} files are not yanked yet")
            clock.sleep(min(wait, left))
            wait = min(2 * wait, patience.longest)
            standing = look(index, project, version)
    # To end the watch is what it is for; what was seen last stands.
    except KeyboardInterrupt:
        progress("no longer watched")
    return standing


def kind_of(target: Target, env: Mapping[str, str]) -> Kind:
    """What runs an index: known of PyPI and TestPyPI, else as its front page says."""
    if target.is_pypi:
        return Kind.WAREHOUSE
    if not isinstance(target.simple, Index) or not target.simple.url.startswith("http"):
        return Kind.OTHER
    try:
        page = web.read(_beside(target.simple.url, "/"), env, accept="text/html", limit=2**20)
    except web.Trouble:
        return Kind.OTHER
    return Kind.PYPISERVER if b"pypiserver" in page.data else Kind.OTHER


def steps(kind: Kind, target: Target, project: str, version: str, reason: str) -> tuple[str, ...]:
    """What a person has to do, one line a step."""
    if kind is Kind.PYPISERVER:
        return (
            "pypiserver knows no yank: it shows what lies in its folder",
            f"delete the files of {version} from that folder, on the machine that serves it",
            "whoever pins the version with == can no longer install it: that is more than a yank would do",
        )
    name = re.sub(r"[-_.]+", "-", project).lower()
    if kind is Kind.WAREHOUSE and isinstance(target.simple, Index):
        page = _beside(target.simple.url, f"/manage/project/{name}/release/{version}/")
        return (
            f"sign in as an owner or maintainer of {name}, and open {page}",
            f"choose Options, Yank, and give the reason{f': {reason}' if reason else ''}",
            f"type the version, {version}, to confirm: all files of it are yanked at once",
        )
    return (
        f"ask whoever runs {target.shown} to yank {name} {version}{f': {reason}' if reason else ''}",
        "an index that cannot yank can only delete, which breaks whoever pins the version with ==",
    )


def advice_for_part(public: int, sealed: int) -> str:
    """What to do with a release of which only a part is public; empty where it is whole or unknown."""
    if not 0 < public < sealed:
        return ""
    return (
        f"{public} of {sealed} files are public. Yank the whole version, not single files: what is left would be what "
        "resolvers choose. Where the files themselves are sound, `pyo3ops release --resume` completes it instead"
    )


def next_version(standing: Standing, version: str) -> str:
    """The version that takes its place: the first one above all that are public."""
    newest = standing.newest or version
    above = max((versions.read(version), versions.read(newest)))
    return versions.next_version(str(above), "patch")


def afterwards(standing: Standing, version: str) -> str:
    """What installers do when the version is yanked, and what is left to do."""
    if standing.instead and versions.read(standing.instead) > versions.read(version):
        return f"installers then go on with {standing.instead}"
    until = f"; until then installers fall back to {standing.instead}" if standing.instead else ""
    return f"then release {next_version(standing, version)}{until}"


def noted(journal: Journal, standing: Standing, index: str, reason: str) -> str:
    """Write into the journal that the version is withdrawn, where the index says so; in words what became of that.

    Raises `Pyo3opsError` where another process writes it.
    """
    if not journal.records:
        return "this machine has no journal of it"
    if journal.state is State.WITHDRAWN:
        return "the journal has it already"
    if not standing.withdrawn:
        return "not in the journal: the index does not show every file yanked"
    if State.WITHDRAWN not in FOLLOWING[journal.state]:
        return f"not in the journal, which says {journal.state.value}"
    with journal:
        journal.append(State.WITHDRAWN.value, index=index, files=len(standing.files), reason=reason)
    return "the journal has it now"


def _newest(files: Sequence[IndexFile]) -> str:
    read = [name_and_version(file.name) for file in files]
    found = [versions.read(each[1]) for each in read if each is not None]
    return str(max(found)) if found else ""


def _beside(simple: str, path: str) -> str:
    """An address at the same place as a simple API, without its credentials."""
    parts = urlsplit(simple)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, "", ""))
