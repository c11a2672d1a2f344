"""What an index shows of one version, held against what was sealed."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.release import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyo3ops.release.model import Manifest
    from pyo3ops.tools.simple_page import IndexFile

#: Seconds after a version's first file, from which on PyPI takes no new file of it.
OPEN_FOR = 14 * 86400.0
#: Files that an index may offer beside a file, with its name and one of these endings.
_COMPANIONS = (".asc", ".metadata", ".provenance", ".publish.attestation")


@dataclass(frozen=True)
class Public:
    """The files of one version on an index, by name; `same`, `other`, `unproven` and `foreign` are all of them."""

    #: Sealed, and public with the sealed bytes.
    same: tuple[str, ...] = ()
    #: Sealed, and public with other bytes.
    other: tuple[str, ...] = ()
    #: Sealed, and public without a hash that could tell.
    unproven: tuple[IndexFile, ...] = ()
    #: Public, and not sealed.
    foreign: tuple[str, ...] = ()
    #: Sealed or not, and taken back by somebody.
    yanked: tuple[str, ...] = ()
    #: When the first of them was uploaded, in seconds since the epoch; None where the index does not tell.
    since: float | None = None

    @property
    def count(self) -> int:
        """How many files of this version are public, whosever they are."""
        return len(self.same) + len(self.other) + len(self.unproven) + len(self.foreign)


def public(manifest: Manifest, listing: Iterable[IndexFile]) -> Public:
    """Hold what an index shows of a project against the sealed set."""
    files = of_version(listing, manifest.project, manifest.version)
    sealed = {file.name: file.sha256 for file in manifest.files}
    # An index may show one name twice, and each is judged.
    known = [(file, _sha256(file), sealed[file.name]) for file in files if file.name in sealed]
    return Public(
        tuple(file.name for file, proof, wanted in known if proof == wanted),
        tuple(file.name for file, proof, wanted in known if proof not in ("", wanted)),
        tuple(file for file, proof, _ in known if not proof),
        tuple(file.name for file in files if file.name not in sealed),
        tuple(file.name for file in files if file.yanked is not None),
        since(files),
    )


def of_version(listing: Iterable[IndexFile], project: str, version: str) -> tuple[IndexFile, ...]:
    """The files of one version, eggs and installers too; signatures and other companions of files are none."""
    return tuple(
        file for file in listing if not file.name.endswith(_COMPANIONS) and _is_of(file.name, project, version)
    )


def since(files: Iterable[IndexFile]) -> float | None:
    """When the first of some files was uploaded, in seconds since the epoch; None where the index does not tell."""
    times = [moment for moment in (clock.read(file.uploaded) for file in files if file.uploaded) if moment is not None]
    return min(times, default=None)


@functools.lru_cache(maxsize=8192)
def name_and_version(name: str) -> tuple[str, str] | None:
    """The normalised project and the version that a wheel's or an sdist's name tells; None for any other file."""
    from packaging import utils  # noqa: PLC0415 - costs what start-up cannot pay

    read = utils.parse_wheel_filename if name.endswith(".whl") else utils.parse_sdist_filename
    try:
        project, version = read(name)[:2]
    # A garbled version is an error of another class.
    except ValueError:
        return None
    return str(project), str(version)


def _is_of(name: str, project: str, version: str) -> bool:
    from packaging.utils import canonicalize_name, canonicalize_version  # noqa: PLC0415 - start-up counts

    told = name_and_version(name)
    if told is not None:
        return told == (canonicalize_name(project), canonicalize_version(version, strip_trailing_zero=False))
    # No wheel and no sdist: an egg, an installer.
    words = r"[-_.]+".join(map(re.escape, re.split(r"[-_.]+", project)))
    return bool(re.match(rf"{words}-{re.escape(version)}(?:-|\.(?!\d))", name, re.IGNORECASE))


def _sha256(file: IndexFile) -> str:
    return next((value.lower() for key, value in file.hashes if key.lower() == "sha256" and value), "")
