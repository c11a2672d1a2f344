"""apt and dpkg, driven aside of the system: lists, caches and unpacked packages lie in a folder of the caller's own.

Nothing of the system is changed and nobody has to be root: another architecture's packages are looked up, downloaded,
verified against the system's own keys, and unpacked (apt.conf(5): Dir, APT::Architectures; dpkg-deb(1): --extract).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.files import write_whole
from pyo3ops.core.run import run, which

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.core.run import Result

#: Seconds for the lists of packages, for downloading some hundred MB, for a question, and for unpacking one package.
UPDATE_TIMEOUT = 600.0
FETCH_TIMEOUT = 1800.0
TIMEOUT = 60.0
UNPACK_TIMEOUT = 600.0
#: What dpkg knows of this system.
STATUS = Path("/var/lib/dpkg/status")


@dataclass(frozen=True)
class World:
    """A view of packages kept in `folder`: for a native architecture, with others beside it.

    In an empty one nothing counts as installed, so that a package comes with all that it needs.
    """

    folder: Path
    native: str
    foreign: tuple[str, ...] = ()
    empty: bool = False

    @property
    def conf(self) -> Path:
        """The file of its configuration."""
        return self.folder / f"{self.native}{'-empty' * self.empty}.conf"

    def text(self) -> str:
        """What that file says."""
        architectures = "".join(f'"{each}"; ' for each in (self.native, *self.foreign))
        status = self.folder / f"status{'-empty' * self.empty}"
        return _CONF.format(
            native=self.native, architectures=architectures, folder=_quoted(self.folder), status=_quoted(status)
        )


_CONF = """\
#clear APT::Architectures;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Architecture "{native}";
APT::Architectures {{ {architectures}}};
APT::Sandbox::User "root";
Acquire::Retries "3";
Dir::State "{folder}/state";
Dir::State::status "{status}";
Dir::Cache "{folder}/cache";
"""


def present(env: Mapping[str, str]) -> bool:
    """True where apt and dpkg are on the PATH of `env`."""
    return all(which(name, env) for name in ("apt-get", "apt-cache", "dpkg-deb", "dpkg"))


def native(env: Mapping[str, str]) -> str | None:
    """The architecture of this system as dpkg calls it."""
    result = run(["dpkg", "--print-architecture"], timeout=TIMEOUT, env=env)
    return result.out.strip() if result.ok else None


def make(world: World, system: Path = STATUS) -> None:
    """Write what apt needs to see this world; raises `OSError`."""
    for name in ("state/lists/partial", "cache"):
        (world.folder / name).mkdir(parents=True, exist_ok=True)
    # A copy: apt locks the file, which only root may do with the system's own.
    status = b"" if world.empty or not system.is_file() else system.read_bytes()
    write_whole(world.folder / f"status{'-empty' * world.empty}", status)
    write_whole(world.conf, world.text().encode())


def update(world: World, env: Mapping[str, str]) -> Result:
    """Fetch the lists of packages."""
    return _apt_get(world, ("update",), UPDATE_TIMEOUT, env)


def versions(world: World, packages: Sequence[str], env: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The versions of each package ("name" or "name:architecture") that are to be had, newest first."""
    argv = ["apt-cache", "-c", str(world.conf), "madison", *packages]
    return parse_madison(run(argv, timeout=TIMEOUT, env={**env, "LC_ALL": "C"}).out)


def parse_madison(text: str) -> dict[str, tuple[str, ...]]:
    """Read `apt-cache madison NAME...`: a line a version, in columns between bars."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^\s*(\S+) \| (\S+) \| .* Packages$", text, re.MULTILINE):
        if version not in found.setdefault(name, []):
            found[name].append(version)
    return {name: tuple(each) for name, each in found.items()}


def fetch(world: World, packages: Sequence[str], archives: Path, env: Mapping[str, str]) -> Result:
    """Download packages with what they need into `archives`; what lies there already is not downloaded again.

    Raises `OSError` where that folder cannot be made.
    """
    (archives / "partial").mkdir(parents=True, exist_ok=True)
    where = ("-o", f"Dir::Cache::archives={archives}")
    words = ("-y", "--no-install-recommends", "--reinstall", "--download-only", "install", *packages)
    return _apt_get(world, (*where, *words), FETCH_TIMEOUT, env)


def fetch_alone(world: World, packages: Sequence[str], archives: Path, env: Mapping[str, str]) -> Result:
    """Download packages without what they need into `archives`; raises `OSError` where it cannot be made."""
    archives.mkdir(parents=True, exist_ok=True)
    return _apt_get(world, ("download", *packages), FETCH_TIMEOUT, env, cwd=archives)


def unpack(package: Path, folder: Path, env: Mapping[str, str]) -> Result:
    """Unpack a package's files into a folder; none of its scripts run."""
    return run(["dpkg-deb", "--extract", str(package), str(folder)], timeout=UNPACK_TIMEOUT, env=env)


def _apt_get(
    world: World, words: Sequence[str], timeout: float, env: Mapping[str, str], cwd: Path | None = None
) -> Result:
    inside = {**env, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    return run(["apt-get", "-c", str(world.conf), "-qq", *words], timeout=timeout, env=inside, cwd=cwd)


def _quoted(path: Path) -> str:
    """A path inside double quotes of apt.conf, which knows no escapes."""
    return str(path).replace('"', "")
