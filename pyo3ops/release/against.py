"""What a published version is held against: what was sealed, else files of a folder, else the index's own word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError
from pyo3ops.core.files import is_file
from pyo3ops.release import manifest as manifests
from pyo3ops.release.model import Manifest, SealedFile
from pyo3ops.release.public import of_version
from pyo3ops.release.readback import UNKNOWN
from pyo3ops.wheels.archive import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyo3ops.tools.simple_page import IndexFile


@dataclass(frozen=True)
class Against:
    """The files that ought to be public; `said` names them in a sentence, `independent` where the index did not."""

    manifest: Manifest
    said: str
    independent: bool = True


def sealed(folder: Path) -> Against | None:
    """What was sealed in a release's folder; None where nothing was. Raises `ConfigError` where that is damaged."""
    if not is_file(folder / manifests.FILE):
        return None
    return Against(manifests.load(folder), "what was sealed")


def of_folder(folder: Path, project: str, version: str, scratch: Path) -> Against:
    """The files of a folder: by the manifest in it, else all wheels and sdists of this version.

    Raises `UsageError` where there are none, or some are of another version, and `ConfigError` for a damaged manifest.
    """
    if is_file(folder / manifests.FILE):
        return Against(manifests.from_folder(folder, scratch), f"what was sealed in {folder}")
    try:
        found = sorted(each for each in folder.iterdir() if kind_of(each) and each.is_file())
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror or error}", cause="--from takes a folder") from None
    if not found:
        raise UsageError(f"there is no wheel and no sdist in {folder}", command="pyo3ops release verify --from dist")
    return Against(manifests.seal(found, scratch, project=project, version=version), f"the files in {folder}")


def of_index(listing: Sequence[IndexFile], project: str, version: str) -> Against:
    """What the index itself lists of a version: its bytes can only be held against its own digests."""
    files = tuple(
        SealedFile(file.name, UNKNOWN if file.size is None else file.size, _sha256(file), "")
        for file in of_version(listing, project, version)
    )
    return Against(Manifest(project, version, "", files), "what the index itself lists", independent=False)


def _sha256(file: IndexFile) -> str:
    return next((value.lower() for name, value in file.hashes if name.lower() == "sha256"), "")
