from __future__ import annotations

import pytest

from pyo3ops.wheels.diff import coverage
from pyo3ops.wheels.diff.coverage import Offered, offered, pairs, reach, words


def wheel(tag: str, requires: str = "", version: str = "1.0") -> Offered:
    found = offered(f"tiny-{version}-{tag}.whl", requires_python=requires)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("tag", "newest", "pythons"),
    [
        ("cp38-abi3-linux_x86_64", 11, "3.8 to 3.11"),
        ("cp313-cp313-linux_x86_64", 11, "3.13"),
        ("cp313-cp313t-linux_x86_64", 14, "3.13t"),
        ("cp315-abi3t-linux_x86_64", 16, "3.15t to 3.16t"),
        ("cp315-abi3.abi3t-linux_x86_64", 15, "3.15, 3.15t"),
        ("pp311-pypy311_pp73-linux_x86_64", 14, "PyPy 3.11"),
        ("graalpy311-graalpy242_311_native-linux_x86_64", 14, "GraalPy 3.11"),
        ("py3-none-linux_x86_64", 10, "3.8 to 3.10"),
        ("cp310.cp312-none-linux_x86_64", 12, "3.10 to 3.12"),
        ("py2-none-linux_x86_64", 10, "py2"),
    ],
)
def test_pythons_of_a_tag(tag: str, newest: int, pythons: str) -> None:
    assert words(python for _, python in reach([wheel(tag)], newest)) == pythons


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("manylinux_2_17_x86_64.manylinux2014_x86_64", {"Linux with glibc, x86_64": (2, 17)}),
        ("manylinux1_i686", {"Linux with glibc, i686": (2, 5)}),
        ("linux_aarch64", {"Linux with glibc, aarch64": ()}),
        ("musllinux_1_2_armv7l", {"Linux with musl, armv7l": (1, 2)}),
        ("macosx_10_12_universal2", {"macOS, x86_64": (10, 12), "macOS, arm64": (11, 0)}),
        ("macosx_10_12_x86_64.macosx_11_0_arm64", {"macOS, x86_64": (10, 12), "macOS, arm64": (11, 0)}),
        ("win_amd64", {"Windows, win_amd64": ()}),
        ("ios_13_0_arm64_iphoneos", {"ios_arm64_iphoneos": (13, 0)}),
        ("pyodide_2025_0_wasm32", {"pyodide_wasm32": (2025, 0)}),
        ("any", {"any": ()}),
    ],
)
def test_platforms_of_a_tag(tag: str, found: dict[str, tuple[int, ...]]) -> None:
    assert {platform: floor for (platform, _), floor in reach([wheel(f"cp38-cp38-{tag}")], 8).items()} == found


def test_requires_python_takes_away() -> None:
    found = reach([wheel("cp38-abi3-win_amd64", ">=3.10,<3.12")], 13)
    assert words(python for _, python in found) == "3.10 to 3.11"
    assert coverage.admits("no specifier", "3.8")
    assert coverage.admits("", "PyPy 3.8")
    assert not coverage.admits(">=3.9", "PyPy 3.8")
    assert not coverage.admits(">=3.14", "3.13t")
    # A Python of which only some patch releases are admitted is admitted.
    assert coverage.admits(">=3.8.1", "3.8")


def test_the_oldest_system_of_several_wheels_counts() -> None:
    wheels = [wheel("cp38-cp38-manylinux_2_28_x86_64"), wheel("cp38-cp38-manylinux_2_17_x86_64")]
    assert set(reach(wheels, 8).values()) == {(2, 17)}


def test_the_newest_python_that_is_named() -> None:
    assert coverage.newest_minor([wheel("cp38-abi3-any"), wheel("cp313-cp313t-any"), wheel("py3-none-any")]) == 13
    assert coverage.newest_minor([]) == 8


@pytest.mark.parametrize(
    "name", ["a.txt", "tiny.whl", "tiny-1.0.whl", "tiny-x-py3-none-any.whl", "-.tar.gz", "x.tar.gz"]
)
def test_what_is_no_distribution(name: str) -> None:
    assert offered(name) is None


def test_a_source_distribution() -> None:
    found = offered("Tiny_thing-1.0.0.tar.gz", size=3)
    assert found == Offered("Tiny_thing-1.0.0.tar.gz", "tiny-thing", "1.0.0", (), 3)
    assert (found.is_sdist, found.tag) == (True, "sdist")


def test_each_newer_wheel_has_the_one_it_replaces() -> None:
    old = [
        wheel("cp38-cp38-win_amd64"),
        wheel("cp39-cp39-win_amd64"),
        wheel("cp39-cp39-manylinux_2_17_x86_64"),
        wheel("cp313-cp313t-win_amd64"),
    ]
    new = [
        wheel("cp39-cp39-win_amd64"),
        wheel("cp38-abi3-manylinux_2_28_x86_64"),
        wheel("cp314-cp314t-win_amd64"),
        wheel("cp38-abi3-win_arm64"),
    ]
    assert [(one.tag, other.tag) for one, other in pairs(old, new, 14)] == [
        ("cp39-cp39-win_amd64", "cp39-cp39-win_amd64"),
        ("cp39-cp39-manylinux_2_17_x86_64", "cp38-abi3-manylinux_2_28_x86_64"),
    ]


def test_words() -> None:
    pythons = ["3.13t", "PyPy 3.11", "3.9", "3.10", "3.8", "3.12", "py2", "3.14t"]
    assert words(pythons) == "3.8 to 3.10, 3.12, 3.13t to 3.14t, PyPy 3.11, py2"
    assert words([]) == ""
    assert (coverage.dotted((2, 17)), coverage.dotted(())) == ("2.17", "none named")
