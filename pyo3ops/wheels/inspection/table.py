"""The checks of wheels and sdists: one row each, in the order in which they are shown."""

from __future__ import annotations

import inspect as python_inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Iterator

from pyo3ops.wheels.archive import Kind
from pyo3ops.wheels.inspection import (
    abi3,
    contents,
    debugging,
    licences,
    linking,
    metadata,
    platform,
    sources,
    stubs,
    tags,
)
from pyo3ops.wheels.inspection.binaries import Format

if TYPE_CHECKING:
    from pyo3ops.wheels.inspection.reading import Asked
    from pyo3ops.wheels.inspection.verdict import Said

_PACKAGING = "https://packaging.python.org/en/latest/specifications/"


@dataclass(frozen=True)
class Check:
    """One check: `rule` says one thing or several of a file that was read, and the worst of them is the finding."""

    id: str
    title: str
    kind: Kind
    #: From a `Wheel` or an `Sdist`, by the kind.
    rule: Callable[[Any, Asked], Iterator[Said]]
    link: str | None = None
    #: The compiled files that it judges by what was read of them: without that it can say nothing of them.
    reads: frozenset[Format] = frozenset()

    @property
    def why(self) -> str:
        """What a user learns of it."""
        return " ".join((python_inspect.getdoc(self.rule) or "").split())


def _wheel(
    name: str,
    title: str,
    rule: Callable[[Any, Asked], Iterator[Said]],
    link: str | None = None,
    reads: frozenset[Format] = frozenset(),
) -> Check:
    return Check(f"wheels.{name}", title, Kind.WHEEL, rule, link, reads)


def _sdist(name: str, title: str, rule: Callable[[Any, Asked], Iterator[Said]], link: str | None = None) -> Check:
    return Check(f"wheels.{name}", title, Kind.SDIST, rule, link)


_ALL = frozenset(Format)
_TAGS = f"{_PACKAGING}platform-compatibility-tags/"
_FORMAT = f"{_PACKAGING}binary-distribution-format/"
_RECORD = f"{_PACKAGING}recording-installed-packages/"
_METADATA = f"{_PACKAGING}core-metadata/"
_SDIST = f"{_PACKAGING}source-distribution-format/"

CHECKS: tuple[Check, ...] = (
    _wheel("archive", "the archive can be read", contents.readable, _FORMAT),
    _wheel("tag", "the tags fit the file", tags.tag, _TAGS),
    _wheel("platform", "the platform tag is true", platform.platform, _TAGS, _ALL),
    _wheel("architecture", "what is inside is for the platform of the tag", platform.architecture, _TAGS),
    _wheel("abi3", "an abi3 wheel keeps to the stable ABI", abi3.abi3, "https://docs.python.org/3/c-api/stable.html"),
    _wheel("module", "the module has the function that Python looks for", tags.module),
    _wheel(
        "libpython",
        "no libpython is linked",
        linking.libpython,
        "https://pyo3.rs/latest/building-and-distribution",
        _ALL,
    ),
    _wheel("libraries", "the libraries it needs are there", linking.libraries, _TAGS, _ALL),
    _wheel("rpath", "no path of the builder is searched", linking.rpath, reads=_ALL - {Format.PE}),
    _wheel("execstack", "no executable stack is asked for", linking.execstack, reads=frozenset({Format.ELF})),
    _wheel("strip", "debug information is not shipped", debugging.strip, reads=_ALL),
    _wheel("build-id", "the library has a build ID", debugging.build_id, reads=_ALL - {Format.PE}),
    _wheel("debuglink", "a debug companion is named", debugging.companion, reads=_ALL - {Format.MACHO}),
    _wheel("paths", "no folder of the builder is named", debugging.paths),
    _wheel("record", "every file is as RECORD lists it", contents.record, _RECORD),
    _wheel("contents", "only what is to be installed is in it", contents.contents, _FORMAT),
    _wheel("metadata", "the metadata is valid, and of this file", metadata.metadata, _METADATA),
    _wheel("licence", "the licence comes along", licences.licence, f"{_PACKAGING}license-expression/"),
    _wheel("crate-licences", "the licences of linked crates come along", licences.crate_licences),
    _wheel("sbom", "the promised SBOM is there", licences.sbom, "https://peps.python.org/pep-0770/"),
    _wheel(
        "stubs",
        "types are told and found",
        stubs.stubs,
        "https://typing.python.org/en/latest/spec/distributing.html",
    ),
    _sdist("archive", "the archive can be read", contents.readable_sdist, _SDIST),
    _sdist("contents", "only sources are in it", contents.sdist_contents, _SDIST),
    _sdist("metadata", "the metadata is valid, and of this file", metadata.metadata, _METADATA),
    _sdist("licence", "the licence comes along", licences.licence, f"{_PACKAGING}license-expression/"),
    _sdist("sdist-lock", "the sdist has Cargo.lock", sources.lock),
    _sdist("sdist-builds", "the sdist has what building needs", sources.builds, _SDIST),
)
