"""Which versions of packages the system's package manager would install: one parser a manager."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Callable, Mapping, Sequence

from pyo3ops.core.run import run

if TYPE_CHECKING:
    from pyo3ops.tools.system import Manager

#: Seconds; dnf fetches its metadata first where they are old.
TIMEOUT = 120.0


def ask(manager: Manager, names: Sequence[str], env: Mapping[str, str]) -> dict[str, str]:
    """The version of each of these packages that is to be had; those that are not are left out."""
    if not manager.candidates or not names:
        return {}
    # Where one name is unknown some managers end with an error, and tell of the others all the same.
    told = run([*manager.candidates, *names], timeout=TIMEOUT, env={**env, "LC_ALL": "C"}).out
    return {name: upstream(version) for name, version in _PARSERS[manager.name](told).items()}


def parse_apt(text: str) -> dict[str, str]:
    """Read `apt-cache policy NAME...`."""
    found = re.findall(r"^(\S+):\n\s+Installed: .*\n\s+Candidate: (\S+)$", text, re.MULTILINE)
    return {name: version for name, version in found if version != "(none)"}


def parse_dnf(text: str) -> dict[str, str]:
    """Read `dnf repoquery --queryformat` of a name and a version a line."""
    return dict(re.findall(r"^(\S+) (\d\S*)$", text, re.MULTILINE))


def parse_pacman(text: str) -> dict[str, str]:
    """Read `pacman -Si NAME...`."""
    return dict(re.findall(r"^Name\s*: (\S+)\nVersion\s*: (\S+)$", text, re.MULTILINE))


def parse_apk(text: str) -> dict[str, str]:
    """Read `apk policy NAME...`: the version that would be taken comes first."""
    return dict(re.findall(r"^(\S+) policy:\n\s+(\d\S*):$", text, re.MULTILINE))


def upstream(version: str) -> str:
    """The version without the epoch and the distribution's own revision: "1:1.96.0+dfsg1-1" is 1.96.0."""
    match = re.match(r"(?:\d+:)?(\d+(?:\.\d+)*)", version)
    return match[1] if match else version


_PARSERS: Mapping[str, Callable[[str], dict[str, str]]] = {
    "apt-get": parse_apt,
    "dnf": parse_dnf,
    "pacman": parse_pacman,
    "apk": parse_apk,
}
