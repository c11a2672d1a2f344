from __future__ import annotations

from typing import Any

import pytest

from pyo3ops.core.errors import ConfigError
from pyo3ops.wheels.adjusted import also, left_out, pythons_of, with_floors
from pyo3ops.wheels.plan import Interpreters, PlannedWheel
from pyo3ops.wheels.platforms import System

GNU, MUSL, MAC = "x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl", "aarch64-apple-darwin"
TARGETS = (GNU, MUSL, MAC)
USUAL = {System.GLIBC: (2, 17), System.MUSL: (1, 2)}
CP312 = Interpreters("cp312", "cp312", (), "its own")
WHEELS = tuple(PlannedWheel(CP312, target) for target in TARGETS)


def added(*rows: str) -> list[str]:
    found = also(WHEELS, TARGETS, [(row, "because") for row in rows])
    return [str(each) for each in list(found)[len(WHEELS) :]]


def test_a_wheel_for_every_target_that_the_pattern_fits() -> None:
    assert added("pp311-pypy311_pp73 *-linux-*") == [f"pp311-pypy311_pp73 {GNU}", f"pp311-pypy311_pp73 {MUSL}"]


def test_a_target_beside_the_others() -> None:
    wheel = list(also(WHEELS, TARGETS, [("cp314-cp314 wasm32-unknown-emscripten", "Pyodide")]))[-1]
    assert (wheel.target, wheel.interpreters.reason) == ("wasm32-unknown-emscripten", "Pyodide")
    assert pythons_of(wheel.interpreters) == "3.14"


def test_what_two_rows_ask_for_is_there_once() -> None:
    assert added(f"pp311-pypy311_pp73 {GNU}", "pp311-pypy311_pp73 *-linux-*") == [
        f"pp311-pypy311_pp73 {GNU}",
        f"pp311-pypy311_pp73 {MUSL}",
    ]


@pytest.mark.parametrize(
    "row",
    [
        f"cp312-cp312 {GNU}",  # planned already
        "pp311-pypy311_pp73 *-windows-*",  # no such target
        "pp311-pypy311_pp73",
        "pp311 *",
        "",
    ],
)
def test_a_row_that_adds_nothing_is_refused(row: str) -> None:
    with pytest.raises(ConfigError) as caught:
        added(row)
    assert repr(row) in caught.value.message


def test_a_target_that_no_wheel_is_made_for_is_refused() -> None:
    with pytest.raises(ConfigError, match="wasm32-wasip1"):
        added("cp314-cp314 wasm32-wasip1")


def floors(*rows: tuple[str, tuple[str, ...]], wheels: tuple[PlannedWheel, ...] = WHEELS) -> list[str]:
    return [str(each) for each in with_floors(wheels, rows, USUAL)]


def test_a_wheel_for_each_floor_the_oldest_first() -> None:
    assert floors(("*-gnu", ("2_34", "2014", "2_28"))) == [
        f"cp312-cp312 {GNU}",  # the usual one is not said
        f"cp312-cp312 {GNU} 2_28",
        f"cp312-cp312 {GNU} 2_34",
        f"cp312-cp312 {MUSL}",
        f"cp312-cp312 {MAC}",
    ]


def test_the_first_row_that_fits_counts() -> None:
    rows = (("cp312-* x86_64-*-gnu", ("2_28",)), ("*-linux-*", ("1_1",)))
    assert floors(*rows)[:2] == [f"cp312-cp312 {GNU} 2_28", f"cp312-cp312 {MUSL} 1_1"]


def test_an_architecture_that_is_younger_than_the_floor() -> None:
    wheel = PlannedWheel(CP312, "riscv64gc-unknown-linux-gnu")
    assert floors(wheels=(wheel,)) == ["cp312-cp312 riscv64gc-unknown-linux-gnu 2_31"]


@pytest.mark.parametrize("pattern", ["*-darwin", "cp311-* *", "*-gnux"])
def test_floors_of_nothing_are_refused(pattern: str) -> None:
    with pytest.raises(ConfigError) as caught:
        floors((pattern, ("2_28",)))
    assert repr(pattern) in caught.value.message


def left(*patterns: str, wheels: tuple[PlannedWheel, ...] = WHEELS) -> list[str]:
    return [str(each) for each in left_out(wheels, [(pattern, "because") for pattern in patterns], USUAL)]


def test_names_are_matched_with_their_floor_and_without() -> None:
    three = tuple(with_floors(WHEELS[:1], (("*-gnu", ("2_17", "2_28")),), USUAL))
    assert left("cp312-cp312 *-gnu", wheels=three) == [f"cp312-cp312 {GNU}", f"cp312-cp312 {GNU} 2_28"]
    assert left("* 2_17", wheels=three) == [f"cp312-cp312 {GNU}"]
    assert left("* 2_28", wheels=three) == [f"cp312-cp312 {GNU} 2_28"]


def test_the_first_reason_is_kept() -> None:
    found = left_out(WHEELS, [("*-musl", "no user"), ("*", "nothing at all")], USUAL)
    assert {wheel.target: reason for wheel, reason in found.items()} == {
        MUSL: "no user",
        GNU: "nothing at all",
        MAC: "nothing at all",
    }


@pytest.mark.parametrize("wheels", [WHEELS, ()])
def test_a_pattern_of_nothing_is_refused(wheels: Any) -> None:
    with pytest.raises(ConfigError, match="no wheel is called like that"):
        left("cp311-*", wheels=wheels)


@pytest.mark.parametrize(
    ("python", "words"),
    [("pp311", "PyPy 3.11"), ("graalpy312", "GraalPy 3.12"), ("cp312", "3.12"), ("ip27", "ip27"), ("odd", "odd")],
)
def test_pythons_in_words(python: str, words: str) -> None:
    assert pythons_of(Interpreters(python, "abi", (), "")) == words
