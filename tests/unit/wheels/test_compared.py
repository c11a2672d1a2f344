from __future__ import annotations

import itertools
from typing import Any

import pytest

from pyo3ops.wheels.compared import compare
from pyo3ops.wheels.planned import planned

SDIST = "demo-1.2.3.tar.gz"
GNU = "demo-1.2.3-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
MUSL = "demo-1.2.3-cp312-cp312-musllinux_1_2_x86_64.whl"
TARGETS = ["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"]


@pytest.fixture
def wanted(project_of: Any) -> Any:
    return planned(project_of(tool={"wheels": {"targets": TARGETS}}))


def of(project_of: Any, targets: list[str], pythons: tuple[str, ...] = ("3.12",), **wheels: Any) -> Any:
    features = wheels.pop("features", ())
    tool = {"pythons": list(pythons), "wheels": {"targets": targets, "sdist": False, **wheels}}
    return planned(project_of(features=features, tool=tool))


def test_the_planned_files(wanted: Any) -> None:
    for names in itertools.permutations((SDIST, GNU, MUSL)):
        found = compare(wanted, names)
        assert found.complete
        assert found.sdist == SDIST
        assert [name for _, name in found.there] == [GNU, MUSL]


def test_nothing(wanted: Any) -> None:
    found = compare(wanted, ())
    assert not found.complete
    assert found.missing == wanted.wheels
    assert found.sdist_missing


def test_one_is_missing(wanted: Any) -> None:
    found = compare(wanted, (SDIST, MUSL))
    assert [str(each) for each in found.missing] == ["cp312-cp312 x86_64-unknown-linux-gnu"]
    assert not found.sdist_missing


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("other-1.2.3-cp312-cp312-musllinux_1_2_x86_64.whl", "it is of other"),
        ("demo-1.2.4-cp312-cp312-musllinux_1_2_x86_64.whl", "it is of version 1.2.4, not 1.2.3"),
        ("demo-1.2.4.tar.gz", "it is of version 1.2.4, not 1.2.3"),
        ("demo-1.2.3-cp311-cp311-musllinux_1_2_x86_64.whl", "it is not planned"),
        ("demo-1.2.3-cp312-abi3-musllinux_1_2_x86_64.whl", "it is not planned"),
        ("demo-1.2.3-cp312-cp312-musllinux_1_2_aarch64.whl", "it is not planned"),
        ("demo-1.2.3-cp312-cp312-linux_x86_64.whl", "no index takes the platform linux_x86_64"),
        ("demo-1.2.3-py3-none-any.whl", "no index takes the platform any"),
        (
            "demo-1.2.3-cp312-cp312-manylinux_2_28_x86_64.whl",
            "Linux with glibc: its tag asks for 2.28, the plan for 2.17",
        ),
        (
            "demo-1.2.3-cp312-cp312-musllinux_1_3_x86_64.whl",
            "Linux with musl: its tag asks for 1.3, the plan for 1.2",
        ),
        ("demo-1.2.3-1-cp312-cp312-musllinux_1_2_x86_64.whl", f"{MUSL} is the same wheel"),
        ("Demo-1.2.3.tar.gz", f"{SDIST} is the source distribution already"),
    ],
)
def test_why_a_file_is_none_of_the_set(name: str, why: str, wanted: Any) -> None:
    assert compare(wanted, (SDIST, GNU, MUSL, name)).others == ((name, why),)


@pytest.mark.parametrize("name", ["demo.whl", "demo-1.2.3.whl", "demo.tar.gz", "a-b-c-d-e-f-g.whl", "demo-x-1-2-3.whl"])
def test_a_name_that_is_none(name: str, wanted: Any) -> None:
    ((found, why),) = compare(wanted, (SDIST, GNU, MUSL, name)).others
    assert found == name
    assert why


def test_an_sdist_that_is_not_planned(project_of: Any) -> None:
    found = compare(of(project_of, TARGETS), (SDIST, GNU, MUSL))
    assert found.others == ((SDIST, "no source distribution is planned"),)


def test_an_older_system_is_more_than_was_promised(wanted: Any) -> None:
    old = "demo-1.2.3-cp312-cp312-manylinux_2_5_x86_64.manylinux1_x86_64.whl"
    assert compare(wanted, (SDIST, MUSL, old)).complete


def test_spelling_of_name_and_version_does_not_count(project_of: Any) -> None:
    wanted = planned(project_of(name="My.Demo", version="1.0.0-rc.1", tool={"wheels": {"targets": TARGETS[1:]}}))
    assert compare(
        wanted, ("my_demo-1.0.0rc1-cp312-cp312-musllinux_1_2_x86_64.whl", "My-Demo-1.0.0rc1.tar.gz")
    ).complete


@pytest.mark.parametrize(
    "tags",
    [
        "macosx_10_12_x86_64.macosx_11_0_arm64.macosx_10_12_universal2",
        "macosx_10_12_universal2.macosx_10_12_x86_64.macosx_11_0_arm64",
        "macosx_11_0_universal2",
    ],
)
def test_a_wheel_for_both_kinds_of_mac(tags: str, project_of: Any) -> None:
    name = f"demo-1.2.3-cp312-cp312-{tags}.whl"
    assert compare(of(project_of, ["universal2-apple-darwin"]), (name,)).complete
    assert not compare(of(project_of, ["x86_64-apple-darwin"]), (name,)).complete


@pytest.mark.parametrize("abi", ["abi3t", "abi3.abi3t"])
def test_abi3t_is_spelt_in_two_ways(abi: str, project_of: Any) -> None:
    wanted = of(project_of, TARGETS[1:], ("3.15t",), features=("abi3t-py315",))
    assert compare(wanted, (f"demo-1.2.3-cp315-{abi}-musllinux_1_2_x86_64.whl",)).complete


def test_abi3_is_not_abi3t(project_of: Any) -> None:
    wanted = of(project_of, TARGETS[1:], ("3.15",), features=("abi3-py315",))
    assert compare(wanted, ("demo-1.2.3-cp315-abi3-musllinux_1_2_x86_64.whl",)).complete
    assert not compare(wanted, ("demo-1.2.3-cp315-abi3.abi3t-musllinux_1_2_x86_64.whl",)).complete


def test_of_several_floors_the_nearest(project_of: Any) -> None:
    wanted = of(project_of, TARGETS[:1], floors={"*": ["2_17", "2_28", "2_34"]})
    names = {
        floor: f"demo-1.2.3-cp312-cp312-manylinux_{floor}_x86_64.whl" for floor in ("2_12", "2_28", "2_34", "2_35")
    }
    found = compare(wanted, (names["2_34"], names["2_12"], names["2_28"]))
    assert found.complete
    assert [name for _, name in found.there] == [names["2_12"], names["2_28"], names["2_34"]]
    ((_, why),) = compare(wanted, (names["2_35"],)).others
    assert why == "Linux with glibc: its tag asks for 2.35, the plan for 2.34"


def test_wheels_of_other_implementations(project_of: Any) -> None:
    wanted = of(project_of, TARGETS[:1], also={"pp311-pypy311_pp73 *": "PyPy"}, without={"cp312-*": "for the test"})
    assert compare(wanted, ("demo-1.2.3-pp311-pypy311_pp73-manylinux_2_17_x86_64.whl",)).complete
