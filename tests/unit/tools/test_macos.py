"""Recorded output of macOS's own tools, replayed by programs that print it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.checks import build
from pyo3ops.checks.facts import machine
from pyo3ops.core.model import Status
from pyo3ops.tools import cargo, macos, rustc

DATA = Path(__file__).parents[2] / "data" / "tools"


def recorded(name: str) -> str:
    return (DATA / f"{name}.txt").read_text(encoding="utf-8")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A PATH with nothing but what a test puts there."""
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin")}


def replay(env: dict[str, str], name: str, *, out: str = "", err: str = "", code: int = 0) -> None:
    """A program that prints what the real one printed."""
    folder = Path(env["PATH"])
    (folder / f"{name}.out").write_text(out, encoding="utf-8")
    (folder / f"{name}.err").write_text(err, encoding="utf-8")
    script = f'#!/bin/sh\nPATH=/usr/bin:/bin\ncat "$0.out"\ncat "$0.err" >&2\nexit {code}\n'
    (folder / name).write_text(script, encoding="utf-8")
    (folder / name).chmod(0o755)


def test_versions() -> None:
    assert macos.parse_version(recorded("sw_vers-macos")) == "10.15.5"
    assert macos.parse_version("garbage") == ""
    assert rustc.parse(recorded("rustc-macos")).architecture == "aarch64"
    assert rustc.parse(recorded("rustc-macos-intel")).host == "x86_64-apple-darwin"
    assert cargo.parse(recorded("cargo-macos")).version == (1, 56, 0)


def test_a_mac_with_its_tools(env: dict[str, str]) -> None:
    replay(env, "sw_vers", out=recorded("sw_vers-macos"))
    replay(env, "xcode-select", out="/Library/Developer/CommandLineTools\n")
    replay(env, "xcrun", out="/Library/Developer/CommandLineTools/usr/bin/clang\n")
    replay(env, "brew")
    said = macos.ask(env)
    brew = str(Path(env["PATH"], "brew"))
    assert said == macos.MacOs("10.15.5", "/Library/Developer/CommandLineTools", None, brew)
    assert build.xcode(said).status is Status.OK


def test_a_mac_after_an_update(env: dict[str, str]) -> None:
    replay(env, "sw_vers", out=recorded("sw_vers-macos"))
    replay(env, "xcode-select", out="/Library/Developer/CommandLineTools\n")
    replay(env, "xcrun", err=recorded("xcrun-macos-broken"), code=1)
    verdict = build.xcode(macos.ask(env))
    assert verdict.status is Status.FAIL
    assert verdict.fix is not None
    assert verdict.fix.argv == ("xcode-select", "--install")
    assert "invalid active developer path" in verdict.evidence[0]


def test_a_mac_that_tells_nothing(env: dict[str, str]) -> None:
    said = macos.ask(env)
    assert (said.version, said.developer) == ("", "")
    assert said.error is not None
    assert said.error.startswith("xcode-select cannot be started")


def test_no_mac(env: dict[str, str]) -> None:
    assert machine.macos("linux", env) is None
    assert machine.macos("win32", env) is None
    assert build.xcode(None).status is Status.SKIP
