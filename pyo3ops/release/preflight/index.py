"""Whether the index will take the files: it answers, has none of their names with other bytes, is open, knows us."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Fix
from pyo3ops.release.public import OPEN_FOR, public, since
from pyo3ops.wheels.inspection.verdict import fail, ok, skip, warn

if TYPE_CHECKING:
    from pyo3ops.release.world import World
    from pyo3ops.wheels.inspection.verdict import Said

_BUMP = ("pyo3ops", "release", "bump", "patch")
_REHEARSE = ("pyo3ops", "release", "--rehearse")
_SILENT = skip("release.index.reachable says why nothing is known of it")
#: How long PyPI and TestPyPI take new files for a release after its first one.
OPEN = timedelta(seconds=OPEN_FOR)


def reachable(world: World) -> Iterator[Said]:
    """An upload that cannot begin is found out after everything was built."""
    if isinstance(world.target, str):
        yield fail(world.target, Fix("name an index that is there, or rehearse without one", _REHEARSE))
    elif world.asked.offline:
        yield skip("the index is not asked offline")
    elif isinstance(world.listing, tuple):
        yield ok(f"{world.target.shown} has {len(world.listing)} files of {world.project.name}")
    elif world.listing.absent:
        yield ok(f"{world.target.shown} does not know {world.project.name} yet")
    else:
        yield fail(world.listing.reason, Fix("see that it can be reached, or rehearse without it", _REHEARSE))


def names(world: World) -> Iterator[Said]:
    """A name on an index is taken forever: what is built again has other bytes, and could never follow."""
    there = world.public
    if there is None:
        yield _SILENT
    elif not there:
        yield ok(f"nothing of {world.version} is public")
    elif world.manifest is None and world.is_public:
        yield skip("release.index.done says it")
    elif world.manifest is None:
        yield fail(
            f"{len(there)} of {world.version} are public, and nothing is sealed here that they could be part of",
            Fix("resume where they were sealed, publish that run's artifacts (--from), or choose a new version", _BUMP),
            [file.name for file in there],
        )
    else:
        yield from beside_sealed(world)


def beside_sealed(world: World) -> Iterator[Said]:
    """The public files beside the sealed ones, by hash."""
    if world.manifest is None or not isinstance(world.listing, tuple):
        yield skip("nothing is sealed")
        return
    found = public(world.manifest, world.listing)
    wrong = [f"{name} is public with other bytes" for name in found.other]
    wrong += [f"{name} is public, and none of the sealed files" for name in found.foreign]
    if wrong:
        summary = "yank what is public, and choose a new version: no index gives a name back"
        yield fail(wrong[0], Fix(summary, ("pyo3ops", "release", "withdraw")), wrong[1:])
    elif found.unproven:
        # It is downloaded and compared when it comes to publishing.
        yield ok(f"{found.count} are public; the index gives no SHA-256 of {found.unproven[0].name}")
    else:
        yield ok(f"{found.count} are public, as they were sealed" if found.count else "none of them is public")


def still_open(world: World) -> Iterator[Said]:
    """PyPI takes new files for a release for fourteen days: after that a half release stays one."""
    there = world.public
    if there is None:
        yield _SILENT
        return
    first = since(there)
    if not there or world.is_public:
        yield ok("it has not begun" if not there else "nothing is left to upload")
    elif first is None:
        yield ok("the index tells no times")
    else:
        yield _until(world, datetime.fromtimestamp(first, timezone.utc))


def _until(world: World, first: datetime) -> Said:
    if world.now - first <= OPEN:
        return ok(f"until {(first + OPEN).date()}")
    words = f"the first file of {world.version} is of {first.date()}"
    fix = Fix("choose a new version", _BUMP)
    if not isinstance(world.target, str) and world.target.is_pypi:
        return fail(f"{words}: since {(first + OPEN).date()} nothing new is taken for it", fix)
    return warn(f"{words}: an index with PyPI's rules takes nothing new for it", fix)


def yanked(world: World) -> Iterator[Said]:
    """What was withdrawn once is not completed: installers pass it by."""
    if world.public is None:
        yield _SILENT
        return
    taken = [file for file in world.public if file.yanked is not None]
    if taken:
        yield fail(
            f"{world.version} is yanked: {taken[0].yanked or 'without a reason'}",
            Fix("choose a new version", _BUMP),
            [file.name for file in taken],
        )
    else:
        yield ok("none is")


def done(world: World) -> Iterator[Said]:
    """What is public already is not uploaded again."""
    if world.public is None:
        yield _SILENT
    elif not world.is_public:
        yield ok(f"{len(world.public)} files of {world.version} are public")
    elif world.manifest is not None:
        yield ok(f"all {len(world.public)} files are public: what follows the upload is left")
    else:
        yield fail(f"{world.version} is public already, complete", Fix("choose the next version", _BUMP))
