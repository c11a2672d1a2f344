"""The system's package manager: which one there is, and what it calls the things that builds need."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix
from pyo3ops.core.run import which

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How each package manager is told to install.
_MANAGERS: Mapping[str, tuple[str, ...]] = {
    "apt-get": ("apt-get", "install", "-y"),
    "dnf": ("dnf", "install", "-y"),
    "pacman": ("pacman", "-S", "--noconfirm"),
    "apk": ("apk", "add"),
    "brew": ("brew", "install"),
}

#: What is needed, and the packages that bring it.
_PACKAGES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "C compiler": {
        "apt-get": ("gcc", "libc6-dev"),
        "dnf": ("gcc", "glibc-devel"),
        "pacman": ("gcc",),
        "apk": ("gcc", "musl-dev"),
    },
}


@dataclass(frozen=True)
class Installer:
    """The package manager of this system; `manager` is None where none is known."""

    manager: str | None
    system: str = sys.platform

    def fix(self, need: str) -> Fix:
        """How to get what is needed here; a person does it where no package manager is known."""
        packages = _PACKAGES.get(need, {}).get(self.manager or "")
        if self.manager is not None and packages:
            return Fix(f"install a {need}", (*_MANAGERS[self.manager], *packages))
        if self.system == "darwin":
            return Fix("install the Xcode command line tools", ("xcode-select", "--install"))
        if self.system == "win32":
            return Fix(
                "install the C++ build tools of Visual Studio: `winget install Microsoft.VisualStudio.BuildTools`"
            )
        return Fix(f"install a {need} through your system's package manager")


def installer(env: Mapping[str, str]) -> Installer:
    """The first package manager found on the PATH of `env`."""
    return Installer(next((name for name in _MANAGERS if which(name, env)), None))
