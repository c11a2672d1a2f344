from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Fix
from pyo3ops.tools.system import Installer, installer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            Installer("apt-get", "linux"),
            Fix("install a C compiler", ("apt-get", "install", "-y", "gcc", "libc6-dev")),
        ),
        (Installer("apk", "linux"), Fix("install a C compiler", ("apk", "add", "gcc", "musl-dev"))),
        (Installer("brew", "darwin"), Fix("install the Xcode command line tools", ("xcode-select", "--install"))),
        (Installer(None, "linux"), Fix("install a C compiler through your system's package manager")),
    ],
)
def test_the_fix_fits_the_system(found: Installer, expected: Fix) -> None:
    assert found.fix("C compiler") == expected


def test_windows_has_a_fix() -> None:
    assert "Visual Studio" in Installer(None, "win32").fix("C compiler").summary


def test_the_manager_on_path_is_taken(tmp_path: Path) -> None:
    (tmp_path / "dnf").touch(mode=0o755)
    assert installer({"PATH": str(tmp_path)}).manager == "dnf"
    assert installer({"PATH": ""}).manager is None
