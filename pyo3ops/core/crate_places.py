"""Where the crates of a project state its version: manifests, the workspace's, Cargo.lock, pins among them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.local_crates import local_crates
from pyo3ops.core.version_places import Place, Spelling, exact_text, in_toml, place_of
from pyo3ops.core.version_texts import VERSION, Found

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from pyo3ops.core.local_crates import LocalCrate, Pin
    from pyo3ops.core.project import Project

#: What a crate that is not versioned says.
UNVERSIONED = "0.0.0"
_ENTRY = re.compile(
    r'^\[\[package\]\]\r?\nname = "([^"\n]+)"\r?\nversion = "([^"\n]+)"\r?\n(?!source = )', re.MULTILINE
)


def crate_places(project: Project, *, static: bool) -> Iterator[Place]:
    """The places of the crates that have the project's version.

    `static`: pyproject.toml says it, and a crate of version 0.0.0 has none then. Raises `ConfigError` where a manifest
    is no TOML.
    """
    crates, pins = local_crates(extension.manifest for extension in project.extensions)
    own = own_crates(project, crates, pins, static=static)
    for manifest, keys in dict.fromkeys((each.version_in, each.keys) for each in own):
        yield from in_toml(project, manifest, keys, spelling=Spelling.CARGO)
    names = {each.name: each.version for each in own}
    for lock in dict.fromkeys(_locks(project)):
        yield from _in_lock(project, lock, names)
    for pin in pins:
        if pin.crate in names:
            what = f"requirement on {pin.crate}"
            yield from in_toml(project, pin.manifest, pin.keys, what, Spelling.PIN)


def own_crates(
    project: Project, crates: Sequence[LocalCrate], pins: Sequence[Pin], *, static: bool
) -> tuple[LocalCrate, ...]:
    """The crates that go with the project's version: the extensions', and those that are kept in step with them.

    In step is what inherits the same version, and what pins, or is pinned by, one of them at that very version.
    """
    extensions = {extension.manifest for extension in project.extensions}
    own = [each for each in crates if each.manifest in extensions and not (static and each.version == UNVERSIONED)]
    left = [each for each in crates if each not in own]
    while True:
        following = [each for each in left if any(_in_step(each, other, pins) for other in own)]
        if not following:
            return tuple(own)
        own += following
        left = [each for each in left if each not in following]


def _in_step(one: LocalCrate, other: LocalCrate, pins: Sequence[Pin]) -> bool:
    if one.version != other.version:
        return False
    if one.inherits and one.version_in == other.version_in:
        return True
    between = ({one.manifest, one.version_in}, other.name), ({other.manifest, other.version_in}, one.name)
    return any(
        pin.manifest in manifests and pin.crate == name and pin.requirement.lstrip("=^ ") == one.version
        for pin in pins
        for manifests, name in between
    )


def _locks(project: Project) -> Iterator[Path]:
    yield from (extension.lock for extension in project.extensions if extension.lock)
    if project.workspace_root and not project.config.crates:
        yield project.workspace_root / "Cargo.lock"


def _in_lock(project: Project, lock: Path, names: Collection[str]) -> Iterator[Place]:
    """Their entries, and the dependencies that name one with its version, as where there are others of its name."""
    text = exact_text(lock)
    own: dict[str, str] = {}
    for match in _ENTRY.finditer(text):
        if match[1] in names:
            own[match[1]] = match[2]
            found = Found(match[2], *match.span(2))
            yield place_of(project, lock, text, found, f"lock entry of {match[1]}", Spelling.CARGO)
    for name, version in own.items():
        for match in re.finditer(rf'^ "{re.escape(name)} ({VERSION})",?\r?$', text, re.MULTILINE):
            if match[1] == version:
                found = Found(version, *match.span(1))
                place = place_of(project, lock, text, found, f"dependency on {name}", Spelling.CARGO)
                yield Place(place.stated, lock, place.start, place.end, Spelling.CARGO, follows=True)
