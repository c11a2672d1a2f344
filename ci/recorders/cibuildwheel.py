"""Read what each line of cibuildwheel builds, and with which images, into pyo3ops/data/cibuildwheel.toml.

`python ci/recorders/cibuildwheel.py` fetches the newest release of each line through pip and reads the resources in it:
nothing of it is run. A new line is a row of LINES. Needs Python 3.11.
"""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import tomllib

ROOT = Path(__file__).parents[2]
DATA = ROOT / "pyo3ops/data/cibuildwheel.toml"
#: Newest first.
LINES = ("cibuildwheel>=4,<5", "cibuildwheel>=3.4,<4", "cibuildwheel>=2.23,<3")
HEAD = """\
# What each line of cibuildwheel builds, newest first: its identifiers by platform, and its images by name.
# Written by ci/recorders/cibuildwheel.py from the resources of the release in `recorded`.
"""


def main() -> int:
    DATA.write_text("\n".join([HEAD, *(recorded(line) for line in LINES)]), encoding="utf-8")
    return 0


def recorded(requirement: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        argv = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, requirement]
        subprocess.run(argv, check=True)
        package = Path(folder, "cibuildwheel")
        metadata = next(Path(folder).glob("cibuildwheel-*.dist-info/METADATA")).read_text(encoding="utf-8")
        pythons, images, groups = (read(package) for read in (pythons_of, images_of, groups_of))
    lines = [
        "[[line]]",
        f"requirement = {json.dumps(requirement)}",
        f"recorded = {json.dumps(re.search(r'^Version: (.+)$', metadata, re.MULTILINE)[1])}",
        f"python = {json.dumps(re.search(r'^Requires-Python: (.+)$', metadata, re.MULTILINE)[1])}",
        f"free-threading = {json.dumps(groups)}",
        "",
        "[line.identifiers]",
        *(f"{platform} = {json.dumps(tags)}" for platform, tags in pythons.items()),
        "",
        "[line.images]",
        *(f"{name} = {json.dumps(known)}" for name, known in images.items()),
    ]
    return "\n".join(lines) + "\n"


def pythons_of(package: Path) -> dict[str, list[str]]:
    """The tags of CPython by what follows them in an identifier; Android, iOS and Pyodide are left out."""
    table = tomllib.loads((package / "resources/build-platforms.toml").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for system in ("linux", "macos", "windows"):
        for row in table[system]["python_configurations"]:
            python, _, platform = row["identifier"].partition("-")
            if python.startswith("cp"):
                found.setdefault(platform, []).append(python)
    return {platform: sorted(tags, key=order) for platform, tags in sorted(found.items())}


def order(tag: str) -> tuple[int, bool]:
    return int(tag[3:].rstrip("t")), tag.endswith("t")


def images_of(package: Path) -> dict[str, list[str]]:
    """The names of images by architecture."""
    parser = configparser.ConfigParser()
    parser.read(package / "resources/pinned_docker_images.cfg")
    return {name: sorted(parser[name]) for name in parser.sections() if not name.startswith("pypy")}


def groups_of(package: Path) -> list[str]:
    """The free-threaded Pythons that are built only where `enable` asks for them."""
    source = "".join(
        path.read_text(encoding="utf-8") for path in (package / "selector.py", package / "util.py") if path.exists()
    )
    if "cpython-freethreading" not in source:
        return []
    return [tag for tag in sorted({tag for tags in pythons_of(package).values() for tag in tags}) if tag == "cp313t"]


if __name__ == "__main__":
    sys.exit(main())
