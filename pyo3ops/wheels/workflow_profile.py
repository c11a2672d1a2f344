"""The profile of cargo that wheels are shipped with: `dist` where Cargo.toml has one of that name, else `release`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyo3ops.core.toml import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.project import Project

DIST, RELEASE = "dist", "release"
_STRIPPED = (True, "symbols", "debuginfo")


@dataclass(frozen=True)
class Profile:
    """`symbols`: what is built has debug information, to be split off and kept beside what is shipped."""

    name: str
    symbols: bool

    @property
    def options(self) -> str:
        """How maturin is asked for it."""
        return "--release" if self.name == RELEASE else f"--profile {self.name}"


def profile_of(project: Project) -> Profile:
    """Read off the Cargo.toml that profiles count in: the workspace's. Raises `ConfigError` where it is no TOML."""
    file = (project.workspace_root or project.root) / "Cargo.toml"
    found = load(file).get("profile", {}) if file.is_file() else {}
    tables = found if isinstance(found, dict) else {}
    profiles = {name: table for name, table in tables.items() if isinstance(table, dict)}
    name = DIST if DIST in profiles else RELEASE
    debug, strip = (_setting(profiles, name, key) for key in ("debug", "strip"))
    return Profile(name, debug not in (None, False, 0, "none") and strip not in _STRIPPED)


def _setting(profiles: Mapping[str, Mapping[str, Any]], name: str, key: str) -> object:
    """A key of a profile, or of the one that it inherits from; None where none of them has it."""
    seen: set[str] = set()
    while name in profiles and name not in seen:
        seen.add(name)
        if key in profiles[name]:
            return profiles[name][key]
        name = str(profiles[name].get("inherits", ""))
    return None
