"""An index asked what it shows of a sealed set; files that it gives no hash of are read."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.errors import reason_of
from pyo3ops.release.manifest import sha256_of
from pyo3ops.release.public import Public, public
from pyo3ops.tools.index import Refusal

if TYPE_CHECKING:
    from pyo3ops.release.index import Index
    from pyo3ops.release.model import Manifest
    from pyo3ops.tools.simple_page import IndexFile

#: How often a file is read that seems to be another one: a transfer can go wrong.
_READS = 2


class Asking:
    """One index and one set; what was read once is not read again."""

    def __init__(self, index: Index, manifest: Manifest) -> None:
        """Ask nothing yet."""
        self._index = index
        self._manifest = manifest
        self._same: dict[IndexFile, bool] = {}

    def look(self) -> Public | str:
        """What is public now, with nothing unproven, or why that is not known."""
        listing = self._index.listing(self._manifest.project)
        if isinstance(listing, Refusal):
            if not listing.absent:
                return listing.reason
            listing = ()
        found = public(self._manifest, listing)
        for file in found.unproven:
            reason = self._prove(file)
            if reason:
                return reason
        same = tuple(file.name for file in found.unproven if self._same[file])
        other = tuple(file.name for file in found.unproven if not self._same[file])
        return Public(found.same + same, found.other + other, (), found.foreign, found.yanked, found.since)

    def _prove(self, file: IndexFile) -> str:
        """Read a file, again where it is another one; in words why that does not work."""
        for _ in range(_READS):
            if self._same.get(file):
                break
            try:
                with tempfile.TemporaryDirectory(prefix="pyo3ops-") as folder:
                    fetched = self._index.fetch(file, Path(folder))
                    if isinstance(fetched, Refusal):
                        return fetched.reason
                    self._same[file] = self._is_sealed(file.name, sha256_of(fetched))
            except OSError as error:
                return f"{file.name} cannot be read back: {reason_of(error, file.name)}"
        return ""

    def _is_sealed(self, name: str, sha256: str) -> bool:
        sealed = self._manifest.file(name)
        return sealed is not None and sealed.sha256 == sha256
