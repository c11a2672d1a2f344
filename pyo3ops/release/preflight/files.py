"""Whether the built files are the release: all of them, of this version, as sealed, within what the index takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Fix
from pyo3ops.release.preflight.index import beside_sealed
from pyo3ops.release.public import name_and_version
from pyo3ops.tools import twine
from pyo3ops.wheels.inspection.verdict import bounded, fail, ok, skip, unknown, warn

if TYPE_CHECKING:
    from pyo3ops.release.world import Built, BuiltFile, World
    from pyo3ops.wheels.inspection.verdict import Said

_NOTHING = skip("there are no built files yet")
_BUILD = ("pyo3ops", "wheels", "build")
_MIB = 2**20
#: What a zip archive cannot tell: it begins there.
_FIRST_YEAR = 1980


def complete(world: World) -> Iterator[Said]:
    """Once a set is public it is what users have: a platform without its wheel builds from source, or fails."""
    built, wanted = world.built, world.expected
    if built is None:
        yield _NOTHING
        return
    if isinstance(wanted, str):
        yield unknown(f"nobody knows the complete set: {wanted}", Fix("see why", ("pyo3ops", "wheels", "plan")))
        return
    found = wanted.compare([file.path.name for file in built.files])
    for file in built.files:
        yield from _well_named(file.path.name, f"{wanted.name}-{wanted.version}.tar.gz")
    for name, why in found.others:
        yield fail(f"{name} does not belong to the release: {why}", Fix(f"take {name} away"))
    if found.missing:
        yield fail(
            f"{len(found.missing)} of {wanted.count} files are missing: {found.missing[0]}",
            Fix("build them, or collect what other machines built (--from)", _BUILD),
            bounded(found.missing[1:]),
        )
    yield ok(f"{wanted.count} files")


def _well_named(name: str, wanted: str) -> Iterator[Said]:
    """PEP 625: an index takes an sdist under its normalised name alone."""
    told = name_and_version(name)
    if told and name.endswith(".tar.gz") and name != wanted and _plain(wanted.rpartition("-")[0]) == told[0]:
        fix = Fix(f"let the backend write the name {wanted}, and build it again", ("maturin", "sdist"))
        yield fail(f"{name} is not called {wanted}: indexes refuse it", fix)


def version(world: World) -> Iterator[Said]:
    """A file of another version is public under that version, which nobody decided to release."""
    if world.built is None:
        yield _NOTHING
        return
    for file in world.built.files:
        told = name_and_version(file.path.name)
        if told is None:
            yield fail(f"{file.path.name} is neither a wheel nor a source distribution", Fix("take it away"))
        elif not _same(told[1], world.version):
            yield fail(f"{file.path.name} is of {told[1]}, not {world.version}", Fix("build it again", _BUILD))
    yield ok(world.version)


def metadata(world: World) -> Iterator[Said]:
    """An index refuses a file that says another name or version inside than its own name does."""
    if world.built is None:
        yield _NOTHING
        return
    for file in world.built.files:
        told = name_and_version(file.path.name)
        if file.error:
            yield fail(f"{file.path.name}: {file.error}", Fix("build it again", _BUILD))
        elif told and not _same(told[1], file.version):
            yield fail(f"{file.path.name} says version {file.version} inside", Fix("build it again", _BUILD))
        elif told and told[0] != _plain(file.name):
            yield fail(f"{file.path.name} says it is {file.name} inside", Fix("build it again", _BUILD))
    yield ok(f"{len(world.built.files)} files say what their names say")


def readme(world: World) -> Iterator[Said]:
    """What the index shows as the project's page is what the first file brings."""
    if world.built is None:
        yield _NOTHING
        return
    for file in _readable(world.built):
        kind = file.kind.partition(";")[0].strip().lower() or "text/x-rst"
        if kind == "text/x-rst" and file.description.strip():
            wrong = twine.wrong_with(file.description)
            if wrong:
                yield fail(f"{file.path.name}: {wrong[0]}", Fix("mend the readme, and build again"), wrong)
        if kind not in {"text/x-rst", "text/markdown", "text/plain"}:
            yield fail(f"{file.path.name}: {kind} is none that an index shows", Fix("correct its content-type"))
    told = {file.description.strip() for file in _readable(world.built)}
    if len(told) > 1:
        yield warn("files bring different descriptions: they were not built of one tree", Fix("build again", _BUILD))
    yield ok("the same in all" if any(told) else "there is none")


def size(world: World) -> Iterator[Said]:
    """An index refuses a file that is larger than it allows, after all the smaller ones went through."""
    if world.built is None:
        yield _NOTHING
        return
    limit = world.project.config.release.file_limit
    largest = max(world.built.files, key=lambda file: file.size, default=None)
    for file in world.built.files:
        if file.size > limit * _MIB:
            yield fail(
                f"{file.path.name} has {file.size / _MIB:.1f} MiB, the limit is {limit}",
                Fix("strip it (pyo3ops wheels symbols), or ask for a higher limit and write it to file_limit"),
            )
        elif not file.size:
            yield fail(f"{file.path.name} is empty", Fix("build it again", _BUILD))
    yield ok(f"the largest has {largest.size / _MIB:.1f} of {limit} MiB" if largest else "no file")


def quota(world: World) -> Iterator[Said]:
    """Where the project's quota ends in the middle of a release, the release does too."""
    if world.built is None:
        yield _NOTHING
        return
    if not isinstance(world.listing, tuple):
        yield skip("release.index.reachable says why nothing is known of it")
        return
    names = {file.path.name for file in world.built.files}
    used = sum(file.size or 0 for file in world.listing if file.name not in names)
    own = sum(file.size for file in world.built.files)
    limit = world.project.config.release.project_limit
    words = f"{used / _MIB:.1f} MiB are public, {own / _MIB:.1f} follow, the quota is {limit}"
    if used + own > limit * _MIB:
        yield fail(words, Fix("ask the index for more and write it to project_limit, or delete old pre-releases"))
    elif any(file.size is None for file in world.listing):
        yield ok(f"{words}; the index does not tell all sizes")
    else:
        yield ok(words)


def sealed(world: World) -> Iterator[Said]:
    """What was checked has to be what is uploaded, byte for byte."""
    if world.built is None or world.built.unsealed is None:
        yield skip("nothing is sealed yet")
    elif world.built.unsealed:
        yield fail(
            world.built.unsealed[0],
            Fix("give up this set and seal what is built anew: nothing may be public by then"),
            world.built.unsealed[1:],
        )
    else:
        yield ok("every byte")


def names(world: World) -> Iterator[Said]:
    """A name on an index is taken forever: other bytes of that name could never follow."""
    if world.built is None:
        yield _NOTHING
    elif world.public is None:
        yield skip("release.index.reachable says why nothing is known of it")
    elif world.manifest is not None:
        yield from beside_sealed(world)
    else:
        yield from _names(world, world.built)


def _names(world: World, built: Built) -> Iterator[Said]:
    digests = {file.path.name: file.sha256 for file in built.files}
    for there in world.public or ():
        told = dict(there.hashes).get("sha256", "").lower()
        if there.name in digests and told not in {"", digests[there.name]}:
            yield fail(
                f"{there.name} is public with other bytes",
                Fix("yank what is public, and choose a new version", ("pyo3ops", "release", "withdraw")),
            )
    yield ok(f"{len(world.public or ())} of this version are public")


def time(world: World) -> Iterator[Said]:
    """Files from the future, or from before there were wheels, come of a wrong SOURCE_DATE_EPOCH or clock."""
    if world.built is None:
        yield _NOTHING
        return
    for file in _readable(world.built):
        if file.newest is not None and (file.newest - world.now).days >= 1:
            yield warn(
                f"{file.path.name} has members of {file.newest.date()}",
                Fix("set the clock or SOURCE_DATE_EPOCH, and build again"),
            )
        if file.oldest is not None and file.oldest < _FIRST_YEAR - 10:
            yield warn(f"{file.path.name} has members of {file.oldest}", Fix("correct SOURCE_DATE_EPOCH"))
    yield ok("none is from the future")


def _readable(built: Built) -> list[BuiltFile]:
    return [file for file in built.files if not file.error]


def _same(one: str, other: str) -> bool:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - costs what start-up cannot pay

    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other


def _plain(name: str) -> str:
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - see _same

    return str(canonicalize_name(name))
