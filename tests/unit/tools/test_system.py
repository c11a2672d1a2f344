from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Fix
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.system import Installer, Manager, Need, installer, named, packages

if TYPE_CHECKING:
    from pathlib import Path

MANAGERS, NEEDS = packages().managers, packages().needs


@pytest.mark.parametrize("need", NEEDS.values(), ids=lambda need: need.name.replace(" ", "-"))
def test_every_row_can_be_proved_and_brought(need: Need) -> None:
    assert bool(need.proof) != bool(need.files)
    assert need.purpose
    assert need.packages.keys() <= {*MANAGERS, "pip"}
    assert need.choices.keys() <= MANAGERS.keys()
    assert need.afterwards.keys() <= need.choices.keys()
    assert need.packages or need.choices
    assert all(need.packages.values())
    assert "apt-get" in {*need.packages, *need.choices} or "pip" in need.packages or need.otherwise


@pytest.mark.parametrize("manager", MANAGERS.values(), ids=lambda manager: manager.name)
def test_a_linux_manager_can_be_asked_what_it_has(manager: Manager) -> None:
    assert bool(manager.candidates) == (manager.name not in ("brew", "winget"))
    assert manager.root == bool(manager.candidates)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            Installer("apt-get", "linux"),
            Fix("install a C compiler", ("apt-get", "install", "-y", "--no-install-recommends", "gcc", "libc6-dev")),
        ),
        (Installer("dnf", "linux"), Fix("install a C compiler", ("dnf", "install", "-y", "gcc", "glibc-devel"))),
        (
            Installer("pacman", "linux"),
            Fix("install a C compiler", ("pacman", "-Sy", "--needed", "--noconfirm", "gcc")),
        ),
        (
            Installer("apk", "linux"),
            Fix("install a C compiler", ("apk", "add", "--update-cache", "gcc", "musl-dev")),
        ),
        (Installer("brew", "darwin"), Fix("install the Xcode command line tools", ("xcode-select", "--install"))),
        (
            Installer("winget", "win32"),
            Fix(
                "install a C compiler",
                (
                    *("winget", "install", "--accept-package-agreements", "--accept-source-agreements"),
                    *("--exact", "--id", "Microsoft.VisualStudio.2022.BuildTools"),
                ),
            ),
        ),
    ],
    ids=lambda value: value.manager if isinstance(value, Installer) else "",
)
def test_the_fix_fits_the_system(found: Installer, expected: Fix) -> None:
    assert found.fix("C compiler") == Fix(expected.summary, expected.argv, need=expected_need(found))


def expected_need(found: Installer) -> str | None:
    return None if found.system == "darwin" else "C compiler"


def test_windows_has_a_fix() -> None:
    assert "Visual Studio" in Installer(None, "win32").fix("C compiler").summary


def test_without_a_manager_it_is_said_in_words() -> None:
    assert Installer(None, "linux").fix("mold") == Fix("install mold: there is no mold for Windows")
    assert Installer(None, "linux").fix("gdb") == Fix("install gdb through your system's package manager")
    assert Installer("apt-get", "linux").fix("frobnicator").argv is None


def test_the_choice_of_a_rust_is_left_to_the_plan() -> None:
    fix = Installer("apt-get", "linux").fix("Rust")
    assert fix.argv is None
    assert fix.need == "Rust"
    assert fix.url == "https://rustup.rs"


def test_what_pip_brings_is_no_matter_of_the_system() -> None:
    assert Installer(None, "linux").fix("zig").argv == ("pip", "install", "ziglang")


def test_packages_named_after_a_python() -> None:
    row = NEEDS["venv"]
    assert named(row, "apt-get") == ("python3-venv",)
    assert named(row, "apt-get", PythonVersion(11)) == ("python3.11-venv|python3-venv",)
    assert named(row, "unheard-of") == ()


def test_some_managers_take_one_package_at_a_time() -> None:
    winget, apt = MANAGERS["winget"], MANAGERS["apt-get"]
    assert [argv[-1] for argv in winget.installing(("A", "B"))] == ["A", "B"]
    assert [argv[-2:] for argv in apt.installing(("a", "b"))] == [("a", "b")]
    assert winget.installing(()) == ()
    assert winget.refreshing() == ()
    assert apt.refreshing()[0][-1] == "update"


def test_the_manager_on_path_is_taken(tmp_path: Path) -> None:
    (tmp_path / "dnf").touch(mode=0o755)
    assert installer({"PATH": str(tmp_path)}).manager == "dnf"
    assert installer({"PATH": ""}).manager is None
