"""Record what projects published: `python ci/recorders/published.py NAME...`, into tests/data/wheels/published/.

NAME.txt has the names of the newest release's files, as the configured index lists them; NAME.toml has what its sdist
says that decides a plan, above the settings that reproduce the release, which are written by hand and kept. Nothing of
the sdist is built.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from packaging.utils import InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename  # noqa: E402

from pyo3ops.core.discover import read_project  # noqa: E402
from pyo3ops.tools import index  # noqa: E402

if TYPE_CHECKING:
    from packaging.version import Version

    from pyo3ops.core.project import Project
    from pyo3ops.tools.index import Index
    from pyo3ops.tools.simple_page import IndexFile

PUBLISHED = ROOT / "tests" / "data" / "wheels" / "published"
#: The settings begin here.
HAND = "# What reproduces the release, by hand:\n"


def main() -> int:
    place = index.configured(os.environ)
    if isinstance(place, index.Refusal):
        sys.exit(place.reason)
    for name in sys.argv[1:]:
        record(name, place)
    return 0


def record(name: str, place: Index) -> None:
    found = index.files_of(name, place, os.environ)
    if isinstance(found, index.Refusal):
        sys.exit(found.reason)
    files = {file: version for file in found for version in [version_of(file)] if version is not None}
    newest = max(version for version in files.values() if not version.is_prerelease)
    of_it = [file for file, version in files.items() if version == newest]
    today = dt.datetime.now(tz=dt.timezone.utc).date()
    head = f"# {name} {newest}, as the index listed it on {today}.\n"
    names = "".join(f"{file}\n" for file in sorted(file.name for file in of_it))
    PUBLISHED.joinpath(f"{name}.txt").write_text(head + names, encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        sdist = next(file for file in of_it if file.name.endswith(".tar.gz"))
        project = unpacked(sdist, Path(folder), place)
        target = PUBLISHED / f"{name}.toml"
        hand = target.read_text(encoding="utf-8").partition(HAND)[2] if target.exists() else ""
        target.write_text(facts(project, sdist.name) + HAND + hand, encoding="utf-8")


def version_of(file: IndexFile) -> Version | None:
    try:
        if file.name.endswith(".tar.gz"):
            return parse_sdist_filename(file.name)[1]
        return parse_wheel_filename(file.name)[1]
    except (InvalidWheelFilename, ValueError):
        return None


def unpacked(sdist: IndexFile, folder: Path, place: Index) -> Project:
    path = index.download(sdist, folder, place, os.environ)
    if isinstance(path, index.Refusal):
        sys.exit(path.reason)
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
    return read_project(folder / sdist.name[: -len(".tar.gz")], os.environ)


def facts(project: Project, sdist: str) -> str:
    """Strings and lists of strings are the same in JSON and TOML."""
    (extension,) = project.extensions
    rows = {
        "name": project.name,
        "version": project.version,
        "requires-python": project.requires_python,
        "classifiers": [line for line in project.classifiers if line.startswith("Programming Language :: Python ::")],
        "pyo3": extension.pyo3.locked[-1] if extension.pyo3.locked else extension.pyo3.requirement,
        "features": list(extension.pyo3.features),
    }
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in rows.items())
    return f"# What decides the plan, as {sdist} says; recorded by ci/recorders/published.py.\n[project]\n{lines}\n"


if __name__ == "__main__":
    sys.exit(main())
