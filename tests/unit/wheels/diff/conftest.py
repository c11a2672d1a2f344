"""Wheels made for the moment."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Callable

import pytest

METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: {version}\nRequires-Python: >=3.8\n{more}\nThe description.\n"

Made = Callable[..., Path]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Makes a wheel: where, its version and tag, more lines of METADATA, and its files."""

    def make(
        folder: str = "new",
        version: str = "1.0",
        tag: str = "cp38-abi3-manylinux_2_17_x86_64",
        more: str = "",
        **files: str | bytes,
    ) -> Path:
        (tmp_path / folder).mkdir(exist_ok=True)
        path = tmp_path / folder / f"tiny-{version}-{tag}.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
            archive.writestr(f"tiny-{version}.dist-info/METADATA", METADATA.format(version=version, more=more))
            archive.writestr(f"tiny-{version}.dist-info/RECORD", "")
        return path

    return make
