"""Wheels and sdists that every client takes, of no more than a few hundred bytes."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_METADATA = "Metadata-Version: 2.1\nName: {project}\nVersion: {version}\nSummary: for a test\n\nText.\n"


def make(folder: Path, project: str, version: str, count: int, *, salt: str = "") -> list[Path]:
    """`count` files of one version: wheels, and behind them an sdist where there are several; `salt` makes others."""
    folder.mkdir(parents=True, exist_ok=True)
    minors = range(8, 8 + count - (count > 1))
    wheels = [wheel(folder, project, version, f"cp3{minor}-cp3{minor}-any", salt) for minor in minors]
    return wheels + ([sdist(folder, project, version, salt)] if count > 1 else [])


def wheel(folder: Path, project: str, version: str, tag: str, salt: str = "") -> Path:
    info = f"{project}-{version}.dist-info"
    files = {
        f"{project}.py": f"# {tag} {salt}\n",
        f"{info}/METADATA": _METADATA.format(project=project, version=version),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: {tag}\n",
    }
    rows = [f"{name},sha256={_hash(text)},{len(text)}" for name, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""])
    path = folder / f"{project}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return path


def sdist(folder: Path, project: str, version: str, salt: str = "") -> Path:
    path = folder / f"{project}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in (("PKG-INFO", _METADATA.format(project=project, version=version)), ("salt", salt)):
            member = tarfile.TarInfo(f"{project}-{version}/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def _hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
