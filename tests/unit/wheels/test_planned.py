from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pyo3ops.core.discover import NO_CARGO
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.wheels.planned import TARGETS, planned
from pyo3ops.wheels.platforms import System

FREE = "Programming Language :: Python :: Free Threading :: 2 - Beta"
GNU = "x86_64-unknown-linux-gnu"


def minor(*versions: str) -> tuple[str, ...]:
    return tuple(f"Programming Language :: Python :: {version}" for version in versions)


def wheels(**tool: Any) -> dict[str, Any]:
    return {"wheels": {"targets": [GNU], **tool}}


def test_the_usual_platforms_without_settings(project_of: Any) -> None:
    found = planned(project_of())
    assert [each.target for each in found.wheels] == list(TARGETS)
    assert found.count == len(TARGETS) + 1
    assert dict(found.floors) == {System.GLIBC: (2, 17), System.MUSL: (1, 2)}
    assert (found.targets_from, found.pythons_from) == ("the usual platforms", "classifiers")


def test_targets_floors_and_sdist_are_the_settings(project_of: Any) -> None:
    found = planned(project_of(tool=wheels(manylinux="2_28", musllinux="1_1", sdist=False)))
    assert [str(each) for each in found.wheels] == [f"cp312-cp312 {GNU}"]
    assert dict(found.floors) == {System.GLIBC: (2, 28), System.MUSL: (1, 1)}
    assert found.count == 1
    assert not found.sdist


@pytest.mark.parametrize(
    ("name", "version", "files"),
    [("Demo.Thing-x", "1.0", ("demo_thing_x", "1.0")), ("demo", "1.0.0-rc.1", ("demo", "1.0.0rc1"))],
)
def test_names_are_those_of_files(name: str, version: str, files: tuple[str, str], project_of: Any) -> None:
    found = planned(project_of(name=name, version=version))
    assert (found.name, found.version) == files


def test_without_a_name_it_is_the_folder(project_of: Any) -> None:
    found = planned(project_of(name=None, version=None))
    assert (found.name, found.version) == ("demo", "0")


def test_a_version_that_no_index_takes(project_of: Any) -> None:
    with pytest.raises(ConfigError, match=r"'1\.2\.3-nightly5x' is none"):
        planned(project_of(version="1.2.3-nightly5x"))


def test_free_threaded_where_a_classifier_promises_it(project_of: Any) -> None:
    found = planned(project_of(classifiers=(*minor("3.13", "3.14"), FREE), tool=wheels()))
    # PyO3 0.29 builds for no 3.13t.
    assert [each.tag for each in found.wheels] == ["cp313-cp313", "cp314-cp314", "cp314-cp314t"]
    of_27 = planned(project_of("0.27.2", classifiers=(*minor("3.13"), FREE), tool=wheels()))
    assert [each.tag for each in of_27.wheels] == ["cp313-cp313", "cp313-cp313t"]


def test_the_settings_pythons_are_all_there_are(project_of: Any) -> None:
    tool = {**wheels(), "pythons": ["3.13"]}
    found = planned(project_of(classifiers=(*minor("3.13", "3.14"), FREE), tool=tool))
    assert [each.tag for each in found.wheels] == ["cp313-cp313"]


def test_a_stable_abi_counts_where_every_extension_has_it(project_of: Any) -> None:
    one = project_of(features=("abi3-py38",), classifiers=minor("3.9", "3.12"), tool=wheels())
    assert [each.tag for each in planned(one).wheels] == ["cp38-abi3"]
    other = project_of(features=("abi3-py310",)).extensions
    both = replace(one, extensions=one.extensions + other)
    with pytest.raises(ConfigError, match=r"the matrix has 3\.9, and abi3 is switched on from 3\.10 on"):
        planned(both)
    newer = replace(both, pythons=(PythonVersion(10), PythonVersion(12)))
    assert [each.tag for each in planned(newer).wheels] == ["cp310-abi3"]
    without = replace(one, extensions=one.extensions + project_of().extensions)
    assert [each.tag for each in planned(without).wheels] == ["cp39-cp39", "cp312-cp312"]


def test_a_target_counts_once(project_of: Any) -> None:
    linux, windows = "x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc"
    one = project_of(features=("abi3-py38",), classifiers=minor("3.9"), tool=wheels(targets=[linux, linux]))
    assert len(planned(one).wheels) == 1
    two = project_of(classifiers=minor("3.9"), tool=wheels(targets=[windows, "x86_64-pc-windows-gnu"]))
    with pytest.raises(ConfigError, match="have the same names"):
        planned(two)


def test_a_requirement_that_nobody_understands(project_of: Any) -> None:
    one = replace(project_of(features=("abi3-py38",), classifiers=minor("3.9"), tool=wheels()), requires_python=">>3")
    with pytest.raises(ConfigError, match="nothing that installers understand"):
        planned(one)


def test_the_pyo3_with_the_fewest_pythons_counts(project_of: Any) -> None:
    project = project_of(classifiers=minor("3.8"), tool=wheels())
    both = replace(project, extensions=project.extensions + project_of("0.30.1").extensions)
    with pytest.raises(ConfigError, match=r"PyO3 0\.30 builds for Python 3\.9 and later"):
        planned(both)


def test_a_line_of_pyo3_that_is_newer_than_this(project_of: Any) -> None:
    assert planned(project_of("0.99.0", tool=wheels())).wheels


def test_abis_for_several_minimums(project_of: Any) -> None:
    tool = wheels(abis=["abi3-py311", "abi3-py39", "abi3t-py315"])
    tool["pythons"] = ["3.8", "3.9", "3.12", "3.14t", "3.15t"]
    found = planned(project_of(features=("abi3", "abi3t"), tool=tool))
    assert [(each.tag, *map(str, each.interpreters.covers)) for each in found.wheels] == [
        ("cp38-cp38", "3.8"),
        ("cp39-abi3", "3.9"),
        ("cp311-abi3", "3.12"),
        ("cp314-cp314t", "3.14t"),
        ("cp315-abi3t", "3.15t"),
    ]


def test_abi3t_without_a_number_begins_where_the_abi_does(project_of: Any) -> None:
    tool = {**wheels(), "pythons": ["3.9", "3.14t", "3.15t"]}
    found = planned(project_of(features=("abi3", "abi3t"), tool=tool))
    assert [each.tag for each in found.wheels] == ["cp39-abi3", "cp314-cp314t", "cp315-abi3t"]


def test_also_floors_and_without_in_this_order(project_of: Any) -> None:
    tool = wheels(
        also={"pp311-pypy311_pp73 *": "PyPy"},
        floors={"*-gnu": ["2_17", "2_28"]},
        without={"pp311-* * 2_17": "the older image has no PyPy"},
    )
    found = planned(project_of(tool=tool))
    assert [str(each) for each in found.wheels] == [
        f"cp312-cp312 {GNU}",
        f"cp312-cp312 {GNU} 2_28",
        f"pp311-pypy311_pp73 {GNU} 2_28",
    ]
    assert [found.floor_of(each) for each in found.wheels] == [(2, 17), (2, 28), (2, 28)]
    assert [(str(each.wheel), each.reason) for each in found.left] == [
        (f"pp311-pypy311_pp73 {GNU}", "the older image has no PyPy")
    ]


def test_macs_have_no_floor(project_of: Any) -> None:
    found = planned(project_of(tool=wheels(targets=["aarch64-apple-darwin"])))
    assert [found.floor_of(each) for each in found.wheels] == [None]


def test_a_target_that_is_none(project_of: Any) -> None:
    with pytest.raises(ConfigError, match="x86_64-linux"):
        planned(project_of(tool=wheels(targets=["x86_64-linux"])))


@pytest.mark.parametrize(("error", "cause"), [(None, "no crate"), ("cargo is not here", "cargo is not here")])
def test_without_an_extension_there_is_nothing_to_plan(error: str | None, cause: str, project_of: Any) -> None:
    with pytest.raises(ConfigError, match="no extension module") as caught:
        planned(project_of(extensions=(), metadata_error=error))
    assert cause in caught.value.cause


def test_without_cargo_nobody_says_that_there_is_no_extension(project_of: Any) -> None:
    with pytest.raises(ConfigError, match="cargo does not tell what is built here") as caught:
        planned(project_of(extensions=(), metadata_error=f"{NO_CARGO}: install Rust"))
    assert caught.value.cause == "cargo is not on PATH: install Rust"
