from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.cibuildwheel import lines
from pyo3ops.wheels.cibuildwheel.arrangement import Arrangement, Identifier, arrange
from pyo3ops.wheels.plan import Interpreters, PlannedWheel

if TYPE_CHECKING:
    from collections.abc import Sequence

LINUX = "x86_64-unknown-linux-gnu"


def wheel(python: str, abi: str, covers: str, target: str = LINUX) -> PlannedWheel:
    pythons = tuple(PythonVersion.parse(text) for text in covers.split())
    return PlannedWheel(Interpreters(python, abi, pythons, "because"), target)


def shown(arrangement: Arrangement) -> dict[str, str]:
    """What each line does: a capital B where an identifier builds, a t where it tests."""
    return {
        part.line.name[-1]: " ".join(f"{each.name}:{'B' if each.builds else 't'}" for each in part.identifiers)
        for part in arrangement.parts
    }


@pytest.mark.parametrize(
    ("wheels", "expected"),
    [
        ([wheel("cp312", "cp312", "3.12")], {"4": "cp312-manylinux_x86_64:B"}),
        ([wheel("cp38", "cp38", "3.8")], {"3": "cp38-manylinux_x86_64:B"}),
        ([wheel("cp37", "cp37", "3.7")], {"2": "cp37-manylinux_x86_64:B"}),
        # One line has both, so the newest is not asked.
        (
            [wheel("cp38", "cp38", "3.8"), wheel("cp312", "cp312", "3.12")],
            {"3": "cp38-manylinux_x86_64:B cp312-manylinux_x86_64:B"},
        ),
        (
            [wheel("cp39", "abi3", "3.9 3.10")],
            {"4": "cp39-manylinux_x86_64:B cp310-manylinux_x86_64:t"},
        ),
        ([wheel("cp313", "cp313t", "3.13t")], {"3": "cp313t-manylinux_x86_64:B"}),
        ([wheel("cp315", "abi3t", "3.15t")], {"4": "cp315t-manylinux_x86_64:B"}),
        # No line has both.
        (
            [wheel("cp38", "cp38", "3.8"), wheel("cp315", "cp315", "3.15")],
            {"4": "cp315-manylinux_x86_64:B", "3": "cp38-manylinux_x86_64:B"},
        ),
        ([wheel("cp312", "cp312", "3.12", "aarch64-apple-darwin")], {"4": "cp312-macosx_arm64:B"}),
        ([wheel("cp312", "cp312", "3.12", "universal2-apple-darwin")], {"4": "cp312-macosx_universal2:B"}),
        ([wheel("cp312", "cp312", "3.12", "i686-pc-windows-msvc")], {"4": "cp312-win32:B"}),
        ([wheel("cp312", "cp312", "3.12", "armv7-unknown-linux-gnueabihf")], {"4": "cp312-manylinux_armv7l:B"}),
        ([wheel("cp312", "cp312", "3.12", "riscv64gc-unknown-linux-musl")], {"4": "cp312-musllinux_riscv64:B"}),
        # 3.8 was never there for Windows on ARM: the next Python builds that wheel.
        (
            [wheel("cp38", "abi3", "3.8 3.9 3.10", "aarch64-pc-windows-msvc")],
            {"4": "cp39-win_arm64:B cp310-win_arm64:t"},
        ),
    ],
)
def test_which_line_does_what(wheels: Sequence[PlannedWheel], expected: dict[str, str]) -> None:
    arrangement = arrange(wheels, lines())
    assert shown(arrangement) == expected
    assert (arrangement.without, arrangement.untested) == ((), ())


def test_a_stable_abi_that_no_line_covers_is_built_by_the_one_that_has_its_first_python() -> None:
    arrangement = arrange([wheel("cp38", "abi3", "3.8 3.14 3.15")], lines())
    assert shown(arrangement) == {"3": "cp38-manylinux_x86_64:B cp314-manylinux_x86_64:t"}
    assert arrangement.untested == (
        ("cp315-manylinux_x86_64", "cibuildwheel 3, which builds the abi3 wheel, has no cp315"),
    )


@pytest.mark.parametrize(
    ("target", "python", "why"),
    [
        ("x86_64-pc-windows-gnu", "3.12", "Microsoft's linker"),
        ("loongarch64-unknown-linux-gnu", "3.12", "cibuildwheel has no manylinux_loongarch64"),
        (LINUX, "3.5", "no line of cibuildwheel has 3.5 for manylinux_x86_64"),
    ],
)
def test_what_cibuildwheel_does_not_build(target: str, python: str, why: str) -> None:
    odd = wheel("cp3x", "cp3x", python, target)
    arrangement = arrange([odd, wheel("cp312", "cp312", "3.12")], lines())
    assert [each for each, _ in arrangement.without] == [odd]
    assert why in arrangement.without[0][1]
    assert shown(arrangement) == {"4": "cp312-manylinux_x86_64:B"}


def test_nothing_planned_is_nothing_to_do() -> None:
    assert arrange([], lines()) == Arrangement((), (), ())


def test_platforms_are_those_of_the_option() -> None:
    targets = [LINUX, "aarch64-unknown-linux-musl", "x86_64-apple-darwin", "x86_64-pc-windows-msvc"]
    arrangement = arrange([wheel("cp312", "cp312", "3.12", target) for target in targets], lines())
    assert [each.platform for each in arrangement.identifiers] == ["linux", "linux", "macos", "windows"]


@pytest.mark.parametrize(
    ("tag", "architecture", "arch"),
    [
        ("manylinux_x86_64", "x86_64", "x86_64"),
        ("musllinux_aarch64", "aarch64", "aarch64"),
        ("macosx_universal2", "universal2", "universal2"),
        ("win_amd64", "amd64", "AMD64"),
        ("win32", "win32", "x86"),
        ("win_arm64", "arm64", "ARM64"),
    ],
)
def test_one_place_tells_what_processors_are_called(tag: str, architecture: str, arch: str) -> None:
    one = Identifier("cp312", tag, wheel("cp312", "cp312", "3.12"), builds=True)
    assert (one.architecture, one.arch) == (architecture, arch)
