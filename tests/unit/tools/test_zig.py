from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.tools import zig
from pyo3ops.tools.zig import Zig

DATA = Path(__file__).parents[2] / "data/tools/cross"
SOME = Path("/opt/bin/some")


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_what_it_prints() -> None:
    assert zig.parse(SOME, (DATA / "zig.txt").read_text(encoding="utf-8")) == Zig(SOME, "0.17.1")


@pytest.mark.parametrize("text", ["", "\x00", "usage: it [options]\n", "version"])
def test_no_version_is_an_error(text: str) -> None:
    assert zig.parse(SOME, text).error == "zig version printed no version"


def test_the_named_zig_comes_before_the_others(tmp_path: Path) -> None:
    named = program(tmp_path / "named", "echo 0.13.0")
    on_path = program(tmp_path / "bin/zig", "echo 0.14.1")
    package = program(tmp_path / "kit/ziglang/zig", "echo 0.15.2")
    env = {"PATH": str(tmp_path / "bin"), "CARGO_ZIGBUILD_ZIG_PATH": str(named)}
    assert zig.ask(env, tmp_path / "kit") == Zig(named, "0.13.0")
    assert zig.ask({"PATH": str(tmp_path / "bin")}, tmp_path / "kit") == Zig(on_path, "0.14.1")
    on_path.unlink()
    found = zig.ask({"PATH": str(tmp_path / "bin")}, tmp_path / "kit")
    # The ziglang package of the Python that runs this counts before the one in the cache.
    assert found == Zig(package, "0.15.2") or "ziglang" in str(found.path)


def test_a_zig_that_does_not_run_says_why(tmp_path: Path) -> None:
    path = program(tmp_path / "zig", "exit 1")
    env = {"PATH": "", "CARGO_ZIGBUILD_ZIG_PATH": str(path)}
    found = zig.ask(env)
    assert found.error == f"{path} ended with 1" or "ziglang" in str(found.path)
