from __future__ import annotations

from typing import Any

import pytest

from pyo3ops.core.errors import ConfigError
from pyo3ops.core.project import Backend
from pyo3ops.wheels.planned import TARGETS, planned
from pyo3ops.wheels.platforms import System, platform_of
from pyo3ops.wheels.workflow import Member, entries, runners, unbuilt

GNU, MUSL = "x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"
WINDOWS_ARM = "aarch64-pc-windows-msvc"


def member(
    project_of: Any, features: tuple[str, ...] = (), pythons: tuple[str, ...] = ("3.12",), **wheels: Any
) -> Member:
    project = project_of(features=features, tool={"pythons": list(pythons), "wheels": wheels})
    return Member(".", project, planned(project))


def lines(found: Member) -> list[str]:
    return [
        f"{entry.name}: {build.tag} {build.interpreter} {' '.join(build.options)} | {' '.join(build.tests)}"
        for entry in entries([found])
        for build in entry.builds
    ]


def test_every_machine_is_of_a_fixed_release_and_every_target_has_one() -> None:
    rows = runners()
    assert len({row.target for row in rows}) == len(rows)
    assert {row.target for row in rows} >= set(TARGETS)
    assert not [row for row in rows if "latest" in row.runner]
    assert {row.tested for row in rows} == {"here", "alpine", ""}
    for row in rows:
        system = platform_of(row.target).system
        assert row.zig == (system in (System.GLIBC, System.MUSL))
        # Of one job, all that is tested is tested in the same way: its steps are the same for every entry.
        assert len({other.tested for other in rows if other.job == row.job} - {""}) == 1


def test_an_abi3_wheel_is_built_once_and_tested_on_the_edges(project_of: Any) -> None:
    found = member(project_of, ("abi3-py38",), ("3.8", "3.10", "3.13"), targets=[GNU, MUSL, WINDOWS_ARM])
    assert lines(found) == [
        f"{GNU}: cp38-abi3 3.8 --compatibility manylinux_2_17 --zig | 3.8 3.13",
        f"{MUSL}: cp38-abi3 python3.8 --compatibility musllinux_1_2 --zig | 3.8 3.13",
        # The oldest that is made for it.
        f"{WINDOWS_ARM}: cp38-abi3 cpython-3.13-windows-aarch64-none  | cpython-3.13-windows-aarch64-none",
    ]


def test_free_threaded_pythons(project_of: Any) -> None:
    found = member(project_of, (), ("3.14", "3.14t"), targets=[GNU, MUSL, "i686-pc-windows-msvc"])
    free = [line for line in lines(found) if "314t" in line]
    request = "cpython-3.14+freethreaded-windows-x86-none"
    assert free == [
        f"{GNU}: cp314-cp314t 3.14t --compatibility manylinux_2_17 --zig | 3.14t",
        # There is no container with one.
        f"{MUSL}: cp314-cp314t python3.14t --compatibility musllinux_1_2 --zig | ",
        f"i686-pc-windows-msvc: cp314-cp314t {request}  | {request}",
    ]


def test_what_runs_nowhere_is_built_all_the_same(project_of: Any) -> None:
    found = member(project_of, targets=["armv7-unknown-linux-gnueabihf"])
    assert lines(found) == [
        "armv7-unknown-linux-gnueabihf: cp312-cp312 python3.12 --compatibility manylinux_2_17 --zig | "
    ]


def test_stable_abis_of_the_settings_are_features(project_of: Any) -> None:
    abis = ["abi3-py39", "abi3-py311", "abi3t-py315"]
    found = member(project_of, (), ("3.9", "3.12", "3.15t"), abis=abis, targets=[GNU])
    assert [line.split(": ")[1].split(" --compat")[0] for line in lines(found)] == [
        "cp39-abi3 3.9 --features pyo3/abi3-py39",
        "cp311-abi3 3.12 --features pyo3/abi3-py311",
        "cp315-abi3.abi3t 3.15t --features pyo3/abi3t-py315",
    ]


def test_each_floor_is_an_entry_of_its_own(project_of: Any) -> None:
    found = member(project_of, targets=[GNU], floors={GNU: ["2_17", "2_28"]})
    assert lines(found) == [
        f"{GNU}: cp312-cp312 3.12 --compatibility manylinux_2_17 --zig | 3.12",
        f"{GNU}-2_28: cp312-cp312 3.12 --compatibility manylinux_2_28 --zig | 3.12",
    ]


def test_pypy_on_its_own_platform(project_of: Any) -> None:
    found = member(project_of, targets=[GNU], also={"pp311-pypy311_pp73 *": "PyPy"}, without={"cp312-*": "not here"})
    assert lines(found) == [f"{GNU}: pp311-pypy311_pp73 pypy3.11 --compatibility manylinux_2_17 --zig | pypy3.11"]


def test_names_of_artifacts_are_unique(project_of: Any) -> None:
    project = project_of(tool={"wheels": {"targets": [GNU, MUSL], "floors": {GNU: ["2_17", "2_28"]}}})
    members = [Member(folder, project_of(root=project.root / folder), planned(project)) for folder in ("one", "two")]
    names = [entry.name for entry in entries(members)]
    assert len(set(names)) == len(names) == 6
    assert f"one-{GNU}" in names


@pytest.mark.parametrize(
    ("target", "also", "why"),
    [
        ("s390x-unknown-linux-gnu", {}, "no machine is known that builds for s390x"),
        (MUSL, {"pp311-pypy311_pp73 *": "PyPy"}, "maturin builds for PyPy 3.11 on its own platform alone"),
        (WINDOWS_ARM, {}, "Python 3.11 is the oldest"),
    ],
)
def test_what_cannot_be_built_is_told(target: str, also: dict[str, str], why: str, project_of: Any) -> None:
    found = member(project_of, (), ("3.9",), targets=[target], also=also)
    ((wheel, words),) = unbuilt(found)
    assert wheel.target == target
    assert words.startswith(why)


def test_the_usual_set_can_be_built(project_of: Any) -> None:
    assert list(unbuilt(member(project_of, (), ("3.8", "3.14t")))) == []


def test_another_backend_is_refused(project_of: Any) -> None:
    found = Member(".", project_of(backend=Backend.SETUPTOOLS_RUST), planned(project_of()))
    with pytest.raises(ConfigError, match="demo is built by setuptools-rust"):
        list(entries([found]))
