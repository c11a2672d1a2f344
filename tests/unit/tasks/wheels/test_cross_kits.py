from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Status
from pyo3ops.tasks.wheels import cross, cross_kits
from pyo3ops.tools.cross_cc import CrossCompiler
from pyo3ops.tools.qemu import Qemu
from pyo3ops.tools.zig import Zig
from pyo3ops.wheels.cross import rows
from pyo3ops.wheels.cross.preparing import Wanted
from pyo3ops.wheels.cross.ways import Present, Tool

(ARM,) = rows.chosen(["aarch64-unknown-linux-gnu"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "it"
    folder.mkdir()
    text = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n[project]\nname = "it"\n'
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def request(root: Path, *targets: str, **more: str | bool) -> cross.Request:
    env = {"PATH": "", "HOME": str(root)}
    return replace(cross.Request(env, targets, cache=root / "cache"), **more)  # type: ignore[arg-type] # strings and flags


@pytest.mark.parametrize(
    ("target", "present", "tool", "expected"),
    [
        (ARM, Present(), None, Wanted(std=True, gcc=False, zig=True, emulator=True, python=True)),
        (ARM, Present(), Tool.GCC, Wanted(std=True, gcc=True, zig=False, emulator=True, python=True)),
        (
            ARM,
            Present(qemu=Qemu(Path("/q"), "7.2"), root=Path("/r")),
            Tool.GCC,
            Wanted(std=True, gcc=True, zig=False, emulator=False, python=False),
        ),
        (
            ARM,
            Present(zig=Zig(Path("/zig"), "0.15.2")),
            None,
            Wanted(std=True, gcc=False, zig=False, emulator=True, python=True),
        ),
        (
            ARM,
            Present(gcc=CrossCompiler(Path("/gcc"), "12")),
            None,
            Wanted(std=True, gcc=False, zig=False, emulator=True, python=True),
        ),
    ],
)
def test_only_what_is_lacking_is_unpacked(
    target: rows.Target, present: Present, tool: Tool | None, expected: Wanted
) -> None:
    assert cross_kits.lacking(target, present, tool) == expected


def test_the_list_skips_what_cannot_be_built_here(root: Path) -> None:
    report = cross_kits.listing(root, request(root))
    assert [finding.id for finding in report.findings] == [f"cross.{each.triple}" for each in rows.targets()]
    assert {finding.status for finding in report.findings} == {Status.SKIP}
    assert all(finding.detail and finding.fix for finding in report.findings)
    (table,) = report.tables
    assert len(table.rows) == len(rows.targets())
    assert report.exit_code == 0
    (finding,) = cross_kits.listing(root, request(root, ARM.triple)).findings
    assert (finding.status, finding.id) == (Status.WARN, f"cross.{ARM.triple}")
    assert finding.detail.startswith(f"no standard library of Rust for {ARM.triple} is here")
    # Every other missing piece with what brings it.
    assert finding.evidence[-1].startswith("there is no qemu-aarch64 on PATH, nor in the cache; ")


def test_without_apt_nothing_can_be_unpacked(root: Path) -> None:
    with pytest.raises(UsageError, match="apt-get and dpkg are not here"):
        cross_kits.prepare(root, request(root, ARM.triple))
    with pytest.raises(UsageError, match="no target is named"):
        cross_kits.prepare(root, request(root))


def test_a_cache_that_cannot_be_written_is_a_wrong_call(root: Path, tmp_path: Path) -> None:
    for name in ("apt-get", "apt-cache", "dpkg-deb", "dpkg"):
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("#!/bin/sh\necho amd64\n", encoding="utf-8")
        file.chmod(0o755)
    (root / "cache").touch()
    env = {"PATH": os.pathsep.join([str(tmp_path / "bin"), "/usr/bin", "/bin"]), "HOME": str(root)}
    with pytest.raises(UsageError, match="nothing can be unpacked"):
        cross_kits.prepare(root, replace(request(root, ARM.triple), env=env))
