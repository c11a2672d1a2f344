from __future__ import annotations

from dataclasses import replace

import pytest

from pyo3ops.stacks.model import Dump, Frame, Language, Layer, Process, Stack, Thread
from pyo3ops.stacks.verdicts import Certainty, Kind, Verdict, judge

BOOTSTRAP = "<frozen importlib._bootstrap>"
RUST = Frame("mine::load", Language.RUST, "/home/me/src/lib.rs", 1, layer=Layer.CRATE, crate="mine")
ONCE = Frame("std::sys::sync::once::futex::Once::call", Language.RUST, layer=Layer.STD)
ACQUIRE = (
    Frame("__new_sem_wait", Language.C, layer=Layer.LIBC),
    Frame("PyThread_acquire_lock_timed", Language.C, layer=Layer.CPYTHON),
)
SYSCALL = Frame("syscall", Language.C, layer=Layer.LIBC)


def python(function: str, file: str = BOOTSTRAP) -> Frame:
    return Frame(function, Language.PYTHON, file, 1, layer=Layer.PYTHON)


PROGRAM = python("main", "/home/me/program.py")
LOADING = (python("_call_with_frames_removed"), python("_load_unlocked"), python("_find_and_load"))
#: One makes a value and imports a module for it, the other one imports that, and wants the value.
LOADER = Stack(Thread(1), (*ACQUIRE, python("_ModuleLock.acquire"), RUST, ONCE, PROGRAM), waits_at=64)


def importer(*files: str) -> Stack:
    bodies = (frame for file in files for frame in (python("<module>", file), *LOADING))
    return Stack(Thread(2), (SYSCALL, ONCE, RUST, *bodies, PROGRAM), waits_at=128)


def judged(line: str, *others: Stack) -> Verdict:
    looks = [Dump((LOADER, *others), Process(1), source="gdb")] * 2
    (verdict,) = judge(looks, lambda file: [line] if file.endswith("lib.rs") else None)
    return verdict


PLUGINS = "/home/me/plugins.py"


@pytest.mark.parametrize(
    ("line", "files", "name"),
    [
        ('py.import("plugins")?', [PLUGINS], "the import lock of plugins"),
        (
            'PyModule::import(py, "mine.plugins")?',
            ["/home/me/mine/plugins/__init__.py"],
            "the import lock of mine.plugins",
        ),
        ('py.import_bound("plugins")?', ["/home/me/other.py", PLUGINS], "the import lock of plugins"),
        # What is imported imports the other one, or it is not to be seen what that is.
        ('py.import("numpy")?', [PLUGINS], "the import lock of plugins"),
        ("load(py)", [PLUGINS], "the import lock of plugins"),
        ("load(py)", ["/home/me/other.py", PLUGINS], "an import lock"),
    ],
)
def test_the_lock_of_a_module_is_called_like_the_module(line: str, files: list[str], name: str) -> None:
    verdict = judged(line, importer(*files))

    assert verdict.kind is Kind.IMPORT_LOCK
    assert name in verdict.detail
    assert name in {wait.waits_for for wait in verdict.cycle}


def test_a_value_that_is_made_and_a_module_that_is_imported_show_their_owners() -> None:
    assert judged('py.import("plugins")?', importer(PLUGINS)).certainty is Certainty.DEFINITE


def test_a_third_that_may_have_the_module_makes_it_probable() -> None:
    """It may give it back."""
    third = Stack(Thread(3), (SYSCALL, python("get_data"), *LOADING, PROGRAM))

    assert judged('py.import("plugins")?', importer(PLUGINS), third).certainty is Certainty.PROBABLE


def test_a_module_that_cannot_be_told_makes_it_probable() -> None:
    unknown = importer("/home/me/other.py", PLUGINS)

    assert judged("load(py)", unknown).certainty is Certainty.PROBABLE


def test_another_lock_of_importlib_is_no_module_s() -> None:
    other = replace(LOADER, frames=(*ACQUIRE, python("_get_module_lock"), *LOADER.frames[3:]))
    looks = [Dump((other, importer(PLUGINS)), Process(1), source="gdb")] * 2
    (verdict,) = judge(looks, lambda _: ['py.import("plugins")?'])

    assert verdict.certainty is Certainty.PROBABLE
