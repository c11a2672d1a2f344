"""The state of a release from the index and git alone: for another machine, and for a journal that is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable

from pyo3ops.core.versions import compare, newest_tag
from pyo3ops.release import clock
from pyo3ops.release.model import Manifest, State
from pyo3ops.release.public import OPEN_FOR, Public, name_and_version, of_version, public, since
from pyo3ops.tools.index import Refusal

if TYPE_CHECKING:
    from pyo3ops.release.index import Listing
    from pyo3ops.tools.simple_page import IndexFile


@dataclass(frozen=True)
class Recovered:
    """What index and git tell of a version; `state` is None where the index does not answer, `reason` says why."""

    state: State | None
    reason: str = ""
    #: Names of files that are public with the sealed bytes; without a manifest, of all that are public.
    public: tuple[str, ...] = ()
    #: Names of public files that were not sealed, or have other bytes.
    foreign: tuple[str, ...] = ()
    #: Names of sealed files that are not public.
    missing: tuple[str, ...] = ()
    #: Names of public files whose bytes the index gives no hash of: they are read before anything is sent.
    unproven: tuple[str, ...] = ()
    yanked: tuple[str, ...] = ()
    #: The tag of this version; empty where there is none.
    tag: str = ""
    #: The day (UTC) from which on PyPI takes no new file of it; empty where the index does not tell.
    until: str = ""
    #: That day is over.
    closed: bool = False


def recovered(
    manifest: Manifest | None,
    listing: Listing,
    tags: Iterable[str],
    version: str,
    *,
    project: str = "",
    now: float | None = None,
) -> Recovered:
    """How far the release of a version is, by what is public of it, by the names of git's tags, and the sealed set.

    Wheels go first and the sdist last, and the tag follows when all was read back: so each tells of what was before it.
    Without a manifest `project` tells whose files are meant, else those of the listing's first one are.
    """
    if isinstance(listing, Refusal) and not listing.absent:
        return Recovered(None, f"the index does not say what is public: {listing.reason}")
    shown = () if isinstance(listing, Refusal) else listing
    project = manifest.project if manifest else project or _project(shown)
    files = of_version(shown, project, version)
    tag = next((tag for tag in tags if _is_tag(tag, project, version)), "")
    closes = None if since(files) is None else (since(files) or 0.0) + OPEN_FOR
    closed = closes is not None and (clock.SystemClock().now() if now is None else now) > closes
    found = _Found(files, tag, clock.written(closes)[:10] if closes is not None else "", closed)
    return _without_manifest(found) if manifest is None else _beside(manifest, found)


@dataclass(frozen=True)
class _Found:
    """The files of the version that are public, and its tag."""

    files: tuple[IndexFile, ...]
    tag: str
    until: str
    closed: bool

    @property
    def withdrawn(self) -> bool:
        return bool(self.files) and all(file.yanked is not None for file in self.files)


def _beside(manifest: Manifest, found: _Found) -> Recovered:
    seen = public(manifest, found.files)
    there = {*seen.same, *seen.other, *(file.name for file in seen.unproven)}
    missing = tuple(file.name for file in manifest.files if file.name not in there)
    state, reason = _judged(seen, missing, found)
    return Recovered(
        state,
        reason,
        seen.same,
        (*seen.other, *seen.foreign),
        missing,
        tuple(file.name for file in seen.unproven),
        seen.yanked,
        found.tag,
        found.until,
        found.closed,
    )


def _judged(seen: Public, missing: tuple[str, ...], found: _Found) -> tuple[State, str]:
    if seen.other or seen.foreign:
        return State.STUCK, f"public, and not what was sealed: {', '.join((*seen.other, *seen.foreign))}"
    if found.withdrawn:
        return State.WITHDRAWN, "every file of it that is public is yanked"
    if not seen.count:
        return State.SEALED, "nothing is public" + (f", though there is a tag {found.tag}" if found.tag else "")
    if missing:
        words = f"{seen.count} of {seen.count + len(missing)} files are public"
        late = f"; PyPI takes no new files of it since {found.until}" if found.closed else ""
        return (State.STUCK if found.closed else State.PUBLISHING), words + late
    # Read again before the state says verified: what is unproven is no more than published.
    return (State.TAGGED, f"tagged {found.tag}") if found.tag else (State.PUBLISHED, "every file is public")


def _without_manifest(found: _Found) -> Recovered:
    names = tuple(file.name for file in found.files)
    yanked = tuple(file.name for file in found.files if file.yanked is not None)
    state, reason = _guessed(names, found)
    return Recovered(state, reason, names, yanked=yanked, tag=found.tag, until=found.until, closed=found.closed)


def _guessed(names: tuple[str, ...], found: _Found) -> tuple[State, str]:
    if not names:
        return State.PLANNED, "nothing is public" + (f", though there is a tag {found.tag}" if found.tag else "")
    if found.withdrawn:
        return State.WITHDRAWN, "every file of it that is public is yanked"
    if found.tag:
        return State.TAGGED, f"tagged {found.tag}"
    if any(not name.endswith(".whl") for name in names):
        return State.PUBLISHED, "the sdist is public, which is uploaded last; the sealed set is not here to compare"
    return State.STUCK, "wheels are public and no sdist; which files are missing only the sealed set tells, not here"


def _project(files: Iterable[IndexFile]) -> str:
    told = (name_and_version(file.name) for file in files)
    return next((each[0] for each in told if each), "")


def _is_tag(tag: str, project: str, version: str) -> bool:
    """True for a tag of this very version, with or without the project's name before it."""
    read = newest_tag((tag,), (project,), top=True)
    if read is not None:
        return compare(read[1], version) == 0
    # A version of one number: `newest_tag` takes none, as 2024 may be a year.
    return tag in (version, f"v{version}")
