from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.python import DeadInterpreter, Interpreter, Interpreters
from pyo3ops.wheels.batch import chosen
from pyo3ops.wheels.plan import Interpreters as Tags
from pyo3ops.wheels.plan import PlannedWheel

HOST, MAC = "x86_64-unknown-linux-gnu", "aarch64-apple-darwin"


def here(*versions: PythonVersion) -> Interpreters:
    found = (
        Interpreter(Path("/p"), "cpython", each, f"{each}.0", Path("/i"), True, True, "x86_64", 64)  # noqa: FBT003
        for each in versions
    )
    return Interpreters(versions, tuple(found), (DeadInterpreter(Path("/dead"), "is gone"),))


def wheel(*minors: int, abi: str = "", target: str = HOST) -> PlannedWheel:
    covers = tuple(PythonVersion(minor) for minor in minors)
    return PlannedWheel(Tags(f"cp3{minors[0]}", abi or covers[0].tag, covers, ""), target)


def test_what_this_machine_builds_and_what_others_do() -> None:
    wheels = [wheel(11), wheel(12), wheel(11, target=MAC), wheel(12, target=MAC)]
    choice = chosen.choose(wheels, HOST, here(PythonVersion(11)), ())
    assert [str(each.wheel) for each in choice.buildable] == [f"cp311-cp311 {HOST}"]
    assert [(str(each.wheel), each.python, each.dead) for each in choice.lacking] == [
        (f"cp312-cp312 {HOST}", PythonVersion(12), (DeadInterpreter(Path("/dead"), "is gone"),))
    ]
    assert choice.elsewhere == ((MAC, 2),)
    assert choice.unasked == 0


def test_a_stable_abi_is_built_once_with_the_oldest() -> None:
    wheels = [wheel(9, 10, 11, abi="abi3")]
    (only,) = chosen.choose(wheels, HOST, here(PythonVersion(9), PythonVersion(11)), ()).buildable
    assert (only.interpreter.version, only.note) == (PythonVersion(9), "")


def test_a_stable_abi_is_built_with_a_newer_one_where_the_oldest_is_not_here() -> None:
    wheels = [wheel(9, 10, 11, abi="abi3")]
    (only,) = chosen.choose(wheels, HOST, here(PythonVersion(11)), ()).buildable
    assert (only.interpreter.version, only.note) == (PythonVersion(11), "built with 3.11: there is no Python 3.9 here")
    # Without a minimum of its own the wheel would be one for 3.11.
    choice = chosen.choose(wheels, HOST, here(PythonVersion(11)), (), fixed=False)
    assert not choice.buildable
    assert choice.lacking[0].python == PythonVersion(9)


def test_one_python_has_its_own_wheel_or_the_one_that_covers_it() -> None:
    wheels = [wheel(8), wheel(9, 10, 11, abi="abi3"), wheel(8, target=MAC)]
    choice = chosen.choose(wheels, HOST, here(PythonVersion(8), PythonVersion(9)), (PythonVersion(10),))
    assert [str(each.wheel) for each in choice.buildable] == [f"cp39-abi3 {HOST}"]
    assert (choice.elsewhere, choice.unasked) == ((), 2)


def test_free_threaded_is_another_python() -> None:
    threaded = PythonVersion(13, free_threaded=True)
    wheels = [PlannedWheel(Tags("cp313", "cp313t", (threaded,), ""), HOST)]
    assert not chosen.choose(wheels, HOST, here(PythonVersion(13)), ()).buildable
    assert chosen.choose(wheels, HOST, here(threaded), ()).buildable
    assert chosen.choose(wheels, HOST, here(threaded), (PythonVersion(13),)).unasked == 1


def test_every_python_that_can_build_is_looked_for() -> None:
    wheels = [wheel(8), wheel(9, 10, abi="abi3"), wheel(13, target=MAC)]
    assert chosen.wanted_pythons(wheels, HOST) == (PythonVersion(8), PythonVersion(9), PythonVersion(10))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (MAC, "macOS needs a Mac: CI builds it"),
        ("x86_64-pc-windows-msvc", "Windows builds it, in CI: `pyo3ops wheels cross` tries it here"),
        ("i686-unknown-linux-gnu", "another system's: `pyo3ops wheels cross --target i686-unknown-linux-gnu`, or CI"),
    ],
)
def test_why_another_system_builds_it(target: str, said: str) -> None:
    assert chosen.why_elsewhere(target) == said
