from __future__ import annotations

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.tools.system import packages
from pyo3ops.wheels.cross import rows
from pyo3ops.wheels.platforms import System

TRIPLES = [target.triple for target in rows.targets()]


def test_the_targets_of_the_documentation_are_there() -> None:
    assert {
        "aarch64-unknown-linux-gnu",
        "aarch64-unknown-linux-musl",
        "x86_64-unknown-linux-musl",
        "armv7-unknown-linux-gnueabihf",
        "x86_64-pc-windows-gnu",
        "x86_64-pc-windows-msvc",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
    } <= set(TRIPLES)
    assert len(TRIPLES) == len(set(TRIPLES))


@pytest.mark.parametrize("target", rows.targets(), ids=TRIPLES)
def test_each_row_holds_together(target: rows.Target) -> None:
    linux = target.system in (System.GLIBC, System.MUSL)
    assert target.source
    assert target.gcc or target.zig or target.xwin
    assert bool(target.gcc) == bool(target.packages)
    assert bool(target.elf) == linux == bool(target.qemu)
    # What nobody here runs has to say so.
    assert bool(target.experimental) != linux


@pytest.mark.parametrize("target", [each for each in rows.targets() if each.packages], ids=lambda each: each.triple)
def test_the_packages_are_those_that_fixes_name(target: rows.Target) -> None:
    need = packages().needs.get(f"linker for {target.triple}")
    if need is not None:
        assert tuple(need.packages["apt-get"]) == target.packages
        assert need.proof[0] == target.gcc


def test_each_target_is_taken_once_and_in_the_order_asked() -> None:
    wanted = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-gnu", "x86_64-unknown-linux-musl"]
    assert [target.triple for target in rows.chosen(wanted)] == wanted[:2]


@pytest.mark.parametrize("triple", ["", "aarch64", "sparc-sun-solaris", "../x"])
def test_an_unknown_target_is_a_wrong_call(triple: str) -> None:
    with pytest.raises(UsageError, match="nothing is known") as caught:
        rows.chosen([triple])
    assert "aarch64-unknown-linux-gnu" in caught.value.cause
