"""Lock the dependency groups of pyproject.toml into ci/requirements/*.txt: `python ci/lock.py [uv options]`.

`--check` asks no network: it says whether the files still fit pyproject.toml. Any other option (`--upgrade`,
`--upgrade-package NAME`) goes to uv, which has to be on PATH. Without options the versions that still fit stay.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator, Sequence

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "ci/requirements"

_BLOCKS = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\\n]+))?")
_CLASSIFIER = "Programming Language :: Python :: 3."


@dataclass(frozen=True)
class Lock:
    """One requirements file: a dependency group, and the package's own dependencies where they belong into it."""

    group: str
    with_package: bool = False

    @property
    def file(self) -> str:
        """Where it is, seen from the repository's root."""
        return f"{FOLDER}/{self.group}.txt"

    def command(self, options: Sequence[str] = ()) -> tuple[str, ...]:
        """The argv that writes it, to be run in the repository's root."""
        return (
            *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.8", "--generate-hashes"),
            *("--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "nox -s lock"),
            *("--output-file", self.file, "--group", f"pyproject.toml:{self.group}"),
            *(("pyproject.toml",) if self.with_package else ()),
            *options,
        )

    def requirements(self, pyproject: str) -> tuple[Requirement, ...]:
        """What pyproject.toml asks for."""
        table = tomllib.loads(pyproject)
        package = table["project"]["dependencies"] if self.with_package else []
        return tuple(Requirement(line) for line in (*table["dependency-groups"][self.group], *package))


#: `tests` is a whole environment: with it, `pip install --no-deps .` has all that it needs.
LOCKS = (Lock("bootstrap"), Lock("tests", with_package=True), Lock("lint"))


@dataclass(frozen=True)
class Pin:
    """One locked version; a package has several where Pythons differ."""

    name: NormalizedName
    version: str
    hashes: int
    #: Asked for by pyproject.toml itself, not by another package.
    direct: bool
    marker: Marker | None = None

    def serves(self, python: str) -> bool:
        """True where this is the version for a Python such as "3.8"."""
        return self.marker is None or self.marker.evaluate(_environment(python))


def pins(text: str) -> Iterator[Pin]:
    """The locked versions of one file; each is a line, its hashes, and comments that say who asks for it."""
    for block in _BLOCKS.split(text):
        found = _PIN.match(block)
        if found:
            name = canonicalize_name(found["name"])
            marker = Marker(found["marker"]) if found["marker"] else None
            yield Pin(name, found["version"], block.count("--hash=sha256:"), "(pyproject.toml" in block, marker)


def stale(requirements: Iterable[Requirement], pythons: Sequence[str], text: str) -> tuple[str, ...]:
    """Why the locked `text` does not fit what is asked for on `pythons`; empty where it does."""
    wanted = {canonicalize_name(requirement.name): requirement for requirement in requirements}
    locked = tuple(pins(text))
    absent = [
        f"{name} is not locked for Python {python}"
        for name, requirement in sorted(wanted.items())
        for python in pythons
        if requirement.marker is None or requirement.marker.evaluate(_environment(python))
        if not any(pin.name == name and pin.serves(python) for pin in locked)
    ]
    beyond = [
        f"{pin.name}=={pin.version} is locked, {wanted[pin.name]} is asked for"
        for pin in locked
        if pin.name in wanted and not wanted[pin.name].specifier.contains(pin.version, prereleases=True)
    ]
    gone = [f"{pin.name} is locked, and nobody asks for it" for pin in locked if pin.direct and pin.name not in wanted]
    bare = [f"{pin.name}=={pin.version} has no hash" for pin in locked if not pin.hashes]
    return (*absent, *beyond, *gone, *bare)


def _environment(python: str) -> dict[str, str]:
    return {"python_version": python, "python_full_version": f"{python}.0"}


def supported(pyproject: str) -> tuple[str, ...]:
    """The Pythons that the classifiers name."""
    lines = tomllib.loads(pyproject)["project"]["classifiers"]
    return tuple(f"3.{line[len(_CLASSIFIER) :]}" for line in lines if line.startswith(_CLASSIFIER))


def check(root: Path = ROOT) -> tuple[str, ...]:
    """All that is stale in the repository at `root`, each line with its file."""
    pyproject = (root / "pyproject.toml").read_text(encoding="utf-8")
    return tuple(
        f"{lock.file}: {reason}"
        for lock in LOCKS
        for reason in stale(
            lock.requirements(pyproject), supported(pyproject), (root / lock.file).read_text(encoding="utf-8")
        )
    )


def main(options: Sequence[str]) -> int:
    """Write the files, or with `--check` say what is stale; returns the exit code."""
    if list(options) == ["--check"]:
        reasons = check()
        print("\n".join((*reasons, "run `nox -s lock`")) if reasons else "the locks fit pyproject.toml")
        return int(bool(reasons))
    codes = [subprocess.run(lock.command(options), cwd=ROOT, check=False).returncode for lock in LOCKS]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
