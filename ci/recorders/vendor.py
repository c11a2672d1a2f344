"""The sources of one minor line of PyO3 and of all that it depends on, fetched through cargo."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def vendored(line: str) -> Iterator[Path]:
    """A folder with a folder a crate, for as long as the block lasts; the newest patch release of the line counts."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "src").mkdir()
        (root / "src/lib.rs").touch()
        manifest = '[package]\nname = "scratch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n'
        (root / "Cargo.toml").write_text(f'{manifest}pyo3 = "{line}"\n')
        subprocess.run(["cargo", "vendor", "--quiet", "crates"], cwd=root, check=True, stdout=subprocess.DEVNULL)
        yield root / "crates"
