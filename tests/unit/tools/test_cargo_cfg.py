from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.tools import cargo_cfg

LINUX = "x86_64-unknown-linux-gnu"
MAC = "aarch64-apple-darwin"
WINDOWS = "x86_64-pc-windows-msvc"


@pytest.mark.parametrize(
    ("expression", "linux", "mac", "windows"),
    [
        ("cfg(unix)", True, True, False),
        ("cfg(windows)", False, False, True),
        ("cfg(all())", True, True, True),
        ("cfg(any())", False, False, False),
        ("cfg(not(windows))", True, True, False),
        ('cfg(target_os = "linux")', True, False, False),
        ('cfg(target_os="macos")', False, True, False),
        ('cfg(target_env = "msvc")', False, False, True),
        ('cfg(target_vendor = "apple")', False, True, False),
        ('cfg(target_family = "unix")', True, True, False),
        ('cfg(target_arch = "aarch64")', False, True, False),
        ('cfg(target_pointer_width = "64")', True, True, True),
        ('cfg(any(windows, target_os = "linux"))', True, False, True),
        ('cfg(all(unix, not(target_os = "macos")))', True, False, False),
        ("cfg(all(unix, any(not(unix), not(windows)),))", True, True, False),
        ("cfg(debug_assertions)", True, True, True),
        ('cfg( all ( unix , target_arch = "x86_64" ) )', True, False, False),
        ('cfg(feature = "fast")', False, False, False),
        ("cfg(unknown)", False, False, False),
    ],
)
def test_holds(expression: str, linux: bool, mac: bool, windows: bool) -> None:  # noqa: FBT001 - columns of a table
    assert [cargo_cfg.holds(expression, target) for target in (LINUX, MAC, WINDOWS)] == [linux, mac, windows]


@pytest.mark.parametrize(
    "expression",
    [
        "cfg()",
        "cfg(unix",
        "cfg(unix))",
        "cfg(unix windows)",
        "cfg(not(unix, windows))",
        "cfg(some(unix))",
        "cfg(all(unix windows))",
        "cfg(= 3)",
        "cfg(target_os = )",
        "cfg(unix; windows)",
        "unix",
        "cfg(" + "not(" * 100_000 + "unix" + ")" * 100_000 + ")",
        "cfg(" + "all(" * 100_000,
    ],
)
def test_what_is_no_expression_applies_nowhere(expression: str) -> None:
    assert not cargo_cfg.holds(expression, LINUX)


@given(st.text(st.sampled_from('cfgalnotyu(),="_ ')), st.text())
def test_whatever_stands_there_is_judged(expression: str, target: str) -> None:
    assert cargo_cfg.holds(f"cfg({expression})", target) in (True, False)


@given(st.recursive(st.sampled_from(["unix", "windows", 'target_os = "linux"']), lambda e: e.map("not({})".format)))
def test_a_negation_is_the_opposite(expression: str) -> None:
    one, other = (cargo_cfg.holds(f"cfg({text})", LINUX) for text in (expression, f"not({expression})"))
    assert one is not other


def test_the_triple_comes_first_then_the_expressions() -> None:
    names = iter(["cfg(unix)", "cfg(windows)", "cfg(all())", LINUX, MAC])
    assert list(cargo_cfg.matching(names, LINUX)) == [LINUX, "cfg(all())", "cfg(unix)"]
