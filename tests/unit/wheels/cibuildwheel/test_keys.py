from __future__ import annotations

import re
from fnmatch import fnmatch
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Iterator, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3ops.core.project import Backend
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.cibuildwheel import lines
from pyo3ops.wheels.cibuildwheel import keys
from pyo3ops.wheels.cibuildwheel.arrangement import arrange, kind_of
from pyo3ops.wheels.plan import Interpreters, PlannedWheel
from pyo3ops.wheels.planned import TARGETS
from pyo3ops.wheels.platforms import System
from pyo3ops.wheels.trial import TestRequirements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.wheels.planned import PlannedSet

FLOORS = {System.GLIBC: (2, 17), System.MUSL: (1, 2)}
GROUP = TestRequirements(("pytest",), "", "dependency group test")
MORE = ("i686-unknown-linux-gnu", "aarch64-pc-windows-msvc", "riscv64gc-unknown-linux-gnu", "universal2-apple-darwin")


def project(root: Path, *, backend: Backend = Backend.MATURIN, lock: bool = True) -> Project:
    extension = SimpleNamespace(module="pack.mod", lock=root / "Cargo.lock" if lock else None)
    return cast("Project", SimpleNamespace(root=root, backend=backend, extensions=(extension,)))


def made(
    root: Path,
    wheels: Sequence[PlannedWheel],
    *,
    needs: TestRequirements = GROUP,
    floors: Mapping[System, tuple[int, ...]] = FLOORS,
    **of_project: Any,
) -> dict[str, keys.Setting]:
    planned = cast("PlannedSet", SimpleNamespace(floors=tuple(floors.items())))
    rows = keys.settings(project(root, **of_project), planned, arrange(wheels, lines()), needs)
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row for row in rows}


def wheel(python: str, target: str = TARGETS[0], abi: str = "", covers: str = "") -> PlannedWheel:
    pythons = tuple(PythonVersion.parse(text) for text in (covers or python).split())
    version = PythonVersion.parse(python)
    return PlannedWheel(Interpreters(f"cp3{version.minor}", abi or version.tag, pythons, f"why {python}"), target)


def expanded(pattern: str) -> Iterator[str]:
    """Curly brackets as a shell has them, one after the other."""
    match = re.search(r"\{([^{}]*)\}", pattern)
    if match is None:
        yield pattern
        return
    for word in match[1].split(","):
        yield from expanded(pattern[: match.start()] + word + pattern[match.end() :])


def selected(found: Mapping[str, keys.Setting], identifiers: Sequence[str]) -> set[str]:
    """What cibuildwheel takes of these identifiers, by build, skip and archs."""

    def matches(key: str, name: str) -> bool:
        patterns = found[key].value if key in found else ()
        return any(fnmatch(name, each) for pattern in patterns for each in expanded(pattern))

    def asked(name: str) -> bool:
        platform = {"manylinux": "linux", "musllinux": "linux", "macosx": "macos", "win": "windows"}
        table = platform[kind_of(name.partition("-")[2])]
        own = {"AMD64": "win_amd64", "x86": "win32", "ARM64": "win_arm64"}
        archs = found[f"{table}.archs"].value if f"{table}.archs" in found else ()
        return any(name.endswith(own.get(arch, f"_{arch}")) for arch in archs)

    return {name for name in identifiers if matches("build", name) and not matches("skip", name) and asked(name)}


PYTHONS = st.lists(st.sampled_from(["3.8", "3.9", "3.12", "3.13", "3.13t", "3.14t", "3.15"]), min_size=1, unique=True)
ANY_TARGETS = st.lists(st.sampled_from([*TARGETS, *MORE]), min_size=1, unique=True)


@given(PYTHONS, ANY_TARGETS, st.data())
@settings(max_examples=25, deadline=None)
def test_the_keys_select_what_is_planned_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, pythons: list[str], targets: list[str], data: st.DataObject
) -> None:
    every = [wheel(python, target) for target in targets for python in pythons]
    left_out = data.draw(st.sets(st.sampled_from(every), max_size=3))
    wheels = [each for each in every if each not in left_out]
    arrangement = arrange(wheels, lines())
    found = made(tmp_path_factory.getbasetemp(), wheels)
    for part in arrangement.parts:
        known = [f"{python}-{tag}" for tag, tags in part.line.identifiers.items() for python in tags]
        others = {each.name for other in arrangement.parts if other is not part for each in other.identifiers}
        planned = {each.name for each in part.identifiers}
        assert selected(found, known) - others == planned


def test_android_and_the_like_are_skipped(tmp_path: Path) -> None:
    skip = made(tmp_path, [wheel("3.13")])["skip"].value
    for name in ("cp313-android_x86_64", "cp313-ios_arm64_iphoneos", "cp313-pyodide_wasm32"):
        assert any(fnmatch(name, each) for pattern in skip for each in expanded(pattern)), name


def test_a_stable_abi_is_built_once_and_tested_on_the_others(tmp_path: Path) -> None:
    build = made(tmp_path, [wheel("3.9", abi="abi3", covers="3.9 3.10 3.13"), wheel("3.14t")])["build"]
    assert build.value == ("cp39-*", "cp310-*", "cp313-*", "cp314t-*")
    assert build.notes == ("why 3.9", "tests the cp39-abi3 wheel", "tests the cp39-abi3 wheel", "why 3.14t")
    assert '"cibuildwheel>=4,<5"' in build.why


def test_a_python_of_some_platforms_is_named_with_each(tmp_path: Path) -> None:
    found = made(tmp_path, [wheel("3.12"), wheel("3.13"), wheel("3.13", "x86_64-apple-darwin")])
    assert found["build"].value == ("cp312-manylinux_x86_64", "cp313-*")


def test_images_are_as_old_as_the_floors(tmp_path: Path) -> None:
    targets = [wheel("3.12", target) for target in (*TARGETS[:4], "armv7-unknown-linux-gnueabihf")]
    found = made(tmp_path, targets, floors={System.GLIBC: (2, 30), System.MUSL: (1, 2)})
    images = {name: row.value for name, row in found.items() if name.endswith("-image")}
    assert images == {
        "manylinux-x86_64-image": "manylinux_2_28",
        "manylinux-aarch64-image": "manylinux_2_28",
        "musllinux-x86_64-image": "musllinux_1_2",
        "musllinux-aarch64-image": "musllinux_1_2",
        "manylinux-armv7l-image": "manylinux_2_31",
    }
    assert found["manylinux-armv7l-image"].why == "wheels have to run with glibc 2.30: no image is that old"


def test_a_floor_that_no_image_reaches_is_told() -> None:
    planned = cast("PlannedSet", SimpleNamespace(floors=tuple(FLOORS.items())))
    arrangement = arrange([wheel("3.12"), wheel("3.12", "armv7-unknown-linux-gnueabihf")], lines())
    assert keys.floor_troubles(planned, arrangement) == (
        "manylinux_armv7l: the oldest image is manylinux_2_31, the plan promises 2.17",
    )


def test_the_first_name_of_all_is_an_age_too(tmp_path: Path) -> None:
    found = made(tmp_path, [wheel("3.7")], floors={System.GLIBC: (2, 5), System.MUSL: (1, 1)})
    assert found["manylinux-x86_64-image"].value == "manylinux1"


@pytest.mark.parametrize(
    ("python", "enabled"), [("3.13t", True), ("3.14t", False), ("3.13", False), ("3.13t 3.15t", False)]
)
def test_what_has_to_be_asked_for_is(tmp_path: Path, python: str, enabled: bool) -> None:  # noqa: FBT001
    assert ("enable" in made(tmp_path, [wheel(each) for each in python.split()])) is enabled


@pytest.mark.parametrize(
    ("folder", "needs", "expected"),
    [
        ("tests", GROUP, {"test-groups": ("test",), "test-command": "pytest {package}/tests"}),
        (
            "test",
            TestRequirements((), "tests", "extra tests"),
            {"test-extras": ("tests",), "test-command": "pytest {package}/test"},
        ),
        ("tests", TestRequirements(), {"test-command": 'python -c "import pack.mod"'}),
        ("", GROUP, {"test-command": 'python -c "import pack.mod"'}),
    ],
)
def test_tests_are_those_of_the_project(
    tmp_path: Path, folder: str, needs: TestRequirements, expected: dict[str, object]
) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    found = made(tmp_path, [wheel("3.12")], needs=needs)
    assert {name: row.value for name, row in found.items() if name.startswith("test")} == expected


def test_the_lock_file_is_obeyed_where_maturin_reads_it(tmp_path: Path) -> None:
    assert made(tmp_path, [wheel("3.12")])["config-settings"].value == {"build-args": "--locked"}
    assert "config-settings" not in made(tmp_path, [wheel("3.12")], lock=False)
    assert "config-settings" not in made(tmp_path, [wheel("3.12")], backend=Backend.SETUPTOOLS_RUST)


def test_rust_is_brought_where_it_is_missing(tmp_path: Path) -> None:
    found = made(tmp_path, [wheel("3.12", target) for target in TARGETS])
    assert str(found["linux.before-all"].value).startswith("command -v cargo || curl ")
    assert found["linux.environment"].value == {"PATH": "$PATH:$HOME/.cargo/bin"}
    assert found["macos.before-all"].value == "rustup target add x86_64-apple-darwin aarch64-apple-darwin"
    assert "windows.before-all" not in found
    assert found["windows.archs"].value == ("AMD64",)


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("x86_64-apple-darwin", None),
        ("universal2-apple-darwin", "rustup target add x86_64-apple-darwin aarch64-apple-darwin"),
        ("i686-pc-windows-msvc", "rustup target add i686-pc-windows-msvc"),
        ("x86_64-pc-windows-msvc", None),
    ],
)
def test_targets_of_rust_that_a_machine_has_not_by_itself(tmp_path: Path, target: str, command: str | None) -> None:
    found = made(tmp_path, [wheel("3.12", target)])
    platform = "windows" if "windows" in target else "macos"
    row = found.get(f"{platform}.before-all")
    assert (row.value if row else None) == command


def test_nothing_to_build_needs_no_key(tmp_path: Path) -> None:
    assert made(tmp_path, [wheel("3.12", "x86_64-pc-windows-gnu")]) == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", '"a"'),
        ('python -c "x"', "'python -c \"x\"'"),
        (("a", "b"), '["a", "b"]'),
        ({"PATH": "$HOME"}, '{ PATH = "$HOME" }'),
    ],
)
def test_values_on_one_line(value: keys.Value, text: str) -> None:
    assert keys.as_toml(value) == text
