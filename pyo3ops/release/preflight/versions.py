"""Whether the version is one that an index takes, goes forward, and is the same wherever it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Fix
from pyo3ops.core.project import Backend
from pyo3ops.core.versions import compare
from pyo3ops.tools.simple_page import releases
from pyo3ops.wheels.inspection.verdict import fail, ok, skip, warn

if TYPE_CHECKING:
    from packaging.version import Version

    from pyo3ops.core.version_places import Stated
    from pyo3ops.release.world import World
    from pyo3ops.wheels.inspection.verdict import Said

_BUMP = ("pyo3ops", "release", "bump", "patch")
_INVALID = skip("release.version.valid says what is wrong with it")


def valid(world: World) -> Iterator[Said]:
    """An index refuses a version that PEP 440 does not know, and Cargo knows more than that."""
    if not world.version:
        yield fail("no file says the version", Fix("write it in Cargo.toml or below [project] of pyproject.toml"))
    elif _version(world.version) is None:
        yield fail(
            f"{world.version} is none of PEP 440's",
            Fix("spell it like 1.2.3, 1.2.3a1, 1.2.3rc1; Cargo: 1.2.3-alpha.1, 1.2.3-rc.1", _BUMP),
        )
    elif "+" in world.version:
        yield fail(
            f"{world.version} has a local part: public indexes refuse it", Fix("drop what is behind the plus", _BUMP)
        )
    else:
        yield ok(world.version)


def final(world: World) -> Iterator[Said]:
    """0.0.0 and .dev are what tools write before anybody chose a version."""
    version = _version(world.version)
    if version is None or version.local:
        yield _INVALID
    elif version.is_devrelease:
        yield warn(f"{version} is a version between releases", Fix("choose the version to release", _BUMP))
    elif not any(version.release):
        yield warn(f"{version} is what tools write where no version was chosen", Fix("choose one", _BUMP))
    else:
        yield ok(f"{version} is a pre-release" if version.is_prerelease else str(version))


def monotonic(world: World) -> Iterator[Said]:
    """Installers take the highest version: one that is lower than what is public reaches nobody."""
    version = _version(world.version)
    if version is None:
        yield _INVALID
        return
    known = _known(world)
    others = {each: where for each, where in known.items() if each != version}
    newer = max((each for each in others if each > version), default=None)
    series = [each for each in others if each.release[:2] == version.release[:2] and each.epoch == version.epoch]
    if newer is None:
        last = max(others, default=None)
        yield ok(f"{version} follows {last}" if last else f"{version} is the first")
    elif max(series, default=version) > version:
        newest = max(series)
        yield fail(f"{newest} is newer, and {others[newest]} has it", Fix(f"choose one above {newest}", _BUMP))
    elif series:
        yield ok(f"{version} follows {max(series)}; the newest is {newer}")
    else:
        yield fail(f"{newer} is newer, and {others[newer]} has it", Fix(f"choose one above {newer}", _BUMP))


def _known(world: World) -> dict[Version, str]:
    """Every version that was released, and who has it."""
    listed = world.listing if isinstance(world.listing, tuple) else ()
    found = {version: "the index" for version in map(_version, releases(listed)) if version}
    for tag, text in world.released:
        version = _version(text)
        if version is not None:
            found.setdefault(version, f"the tag {tag}")
    return found


def drift(world: World) -> Iterator[Said]:
    """Users ask `__version__`, installers the metadata, builders Cargo.lock: they have to hear the same."""
    current = world.current
    if not current:
        yield skip("no file says the version in so many words")
        return
    apart = [each for each in world.stated if each.version != current and _drifts(each, world)]
    if apart:
        yield fail(
            f"{apart[0].path} says {apart[0].version}, the wheel will say {current}",
            Fix(f"write one version in all of them: pyo3ops release bump {world.version}", (*_BUMP, world.version)),
            [f"{each.path}{f':{each.line}' if each.line else ''}: {each.version}" for each in apart],
        )
    else:
        yield ok(f"{current} in {', '.join(dict.fromkeys(each.path for each in world.stated))}")


def _drifts(each: Stated, world: World) -> bool:
    """Where pyproject.toml has the wheel's version, a crate may count in a way of its own, such as 0.50.2 for 50.0.2.

    A crate that is ahead, or one patch behind, was meant to be the same.
    """
    order = compare(each.version, world.current)
    leads = world.stated[0].path
    if order == 0 or leads != "pyproject.toml" or not each.path.endswith(("Cargo.toml", "Cargo.lock")):
        return order != 0
    crate, wheel = _version(each.version), _version(world.current)
    return crate is None or wheel is None or crate > wheel or crate.release[:2] == wheel.release[:2]


def dynamic(world: World) -> Iterator[Said]:
    """PEP 621: a version is written below [project], or named among what the backend finds out; never both."""
    table = world.pyproject.get("project")
    if not isinstance(table, dict):
        yield skip("there is no [project]: the backend knows the version")
        return
    written, found = "version" in table, "version" in _list(table.get("dynamic"))
    fix = ("pyo3ops", "set", "pyproject.toml", "project.dynamic", '["version"]')
    if written and found:
        yield fail("the version is written, and named as dynamic", Fix("take one of the two out of [project]"))
    elif not written and not found:
        yield fail("the version is neither written nor named as dynamic", Fix("let the backend find it out", fix))
    elif found and world.project.backend is Backend.MATURIN and not world.project.version:
        yield fail("maturin takes the version from Cargo.toml, where there is none", Fix("write it there"))
    else:
        yield ok("written in pyproject.toml" if written else "found out by the backend")


def lock_current(world: World) -> Iterator[Said]:
    """`cargo build --locked`, which builds a release, refuses a lock that the manifests have left behind."""
    lock = world.lock
    update = Fix("bring it up to date", ("cargo", "update", "--workspace"))
    if lock.stale:
        yield fail(lock.stale[0], update, lock.stale[1:])
    elif not lock.there and world.project.extensions:
        yield warn(
            "there is no Cargo.lock: every build may take other crates", Fix("write it", ("cargo", "generate-lockfile"))
        )
    elif not world.project.extensions:
        yield skip("nothing is built from Rust")
    elif lock.untold:
        yield ok(f"of the manifests here; cargo does not tell the rest: {lock.untold}")
    else:
        yield ok("cargo takes it as it is")


def planned(world: World) -> Iterator[Said]:
    """What is complete has to be known before anything is public."""
    if isinstance(world.expected, str):
        yield fail(world.expected, Fix("see what it is derived from", ("pyo3ops", "wheels", "plan"), mends=False))
    elif world.expected.count:
        yield ok(f"{world.expected.count} files")
    else:
        yield fail("no file is planned", Fix("see why", ("pyo3ops", "wheels", "plan"), mends=False))


def _version(text: str) -> Version | None:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - costs what start-up cannot pay

    try:
        return Version(text)
    except InvalidVersion:
        return None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
