"""Wheels for other machines, built and run; toolchains are downloaded once and kept in the user's cache."""

from __future__ import annotations

import functools
import os
import shutil
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from pyo3ops.core.files import home_folder
from pyo3ops.core.model import Report, Status
from pyo3ops.tasks.wheels import cross, cross_kits
from pyo3ops.tools import elf
from pyo3ops.wheels.cross import rows, truth

from .conftest import ROOT, need

ARM = "aarch64-unknown-linux-gnu"
ARMV7 = "armv7-unknown-linux-gnueabihf"
MUSL = "x86_64-unknown-linux-musl"
WINDOWS = "x86_64-pc-windows-gnu"

TESTS = """\
import platform
import subprocess
import sys
import zipfile

import tiny


def test_it_answers_on_another_machine():
    assert platform.machine() == "aarch64"
    assert tiny.answer() == 42


def test_what_it_starts_runs_there_too():
    code = "import platform, tiny; print(platform.machine(), tiny.answer())"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "aarch64 42\\n"
"""


def cache() -> Path:
    home = home_folder(os.environ)
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "pyo3ops-tests" / "cross"


@functools.lru_cache(maxsize=None)
def unpacked(target: str, tool: str) -> Report:
    """The kits of a target, once a process."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**{name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}, "PATH": path}
    request = cross.Request(env, (target,), tool=tool, cache=cache(), run=True)
    return cross_kits.prepare(ROOT, request)


def prepared(target: str, tool: str) -> None:
    """Skip the test where the kits of a target cannot be had."""
    need("apt-get", "apt-cache", "dpkg-deb", "cargo")
    failed = [finding for finding in unpacked(target, tool).findings if finding.status is Status.FAIL]
    if failed:
        pytest.skip(f"packages for {target} cannot be had here: {failed[0].detail}")


def built(root: Path, env: dict[str, str], target: str, tool: str, **more: object) -> Report:
    prepared(target, tool)
    request = cross.Request(env, (target,), python="3.11", tool=tool, cache=cache(), run=True)
    return cross.run(root, replace(request, **more))  # type: ignore[arg-type] # fields of the request


def detail(report: Report, ending: str) -> str:
    (finding,) = [each for each in report.findings if each.id.endswith(ending)]
    assert finding.status is Status.OK, (finding.detail, finding.evidence)
    return finding.detail


def inside(wheel: Path) -> tuple[elf.Elf, str]:
    """The one library of a wheel, and the text of its SBOMs."""
    found = truth.libraries(wheel)
    assert not isinstance(found, str)
    (library,) = [each.elf for each in found if each.elf]
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if "/sboms/" in name]
        return library, "".join(archive.read(name).decode() for name in names)


# The first time downloads 330 MB and unpacks 1.2 GB.
@pytest.mark.timeout(1200)
def test_an_aarch64_wheel_is_built_by_zig_and_passes_its_tests_there(tiny: Path, quick: dict[str, str]) -> None:
    (tiny / "tests").mkdir()
    (tiny / "tests/test_tiny.py").write_text(TESTS, encoding="utf-8")
    report = built(tiny, quick, ARM, "zig")
    assert report.exit_code == 0, report.findings
    assert detail(report, ".build").endswith("cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.whl")
    assert detail(report, ".tag") == "needs glibc 2.17"
    assert detail(report, ".tests").endswith("2 tests passed, 0 skipped")
    ((library, sboms),) = [inside(Path(artifact.path)) for artifact in report.artifacts]
    # Debug symbols are found by it.
    assert library.build_id
    # This machine's paths are nobody's business who installs it.
    assert sboms
    assert str(tiny.parent) not in sboms


def system() -> tuple[int, list[str], bool]:
    """What apt and dpkg keep for the system: its packages, its lists, its other architectures."""
    lists = sorted(each.name for each in Path("/var/lib/apt/lists").iterdir())
    return Path("/var/lib/dpkg/status").stat().st_mtime_ns, lists, Path("/var/lib/dpkg/arch").exists()


@pytest.mark.timeout(1200)
def test_the_system_is_left_as_it_was() -> None:
    need("apt-get", "dpkg")
    before = system()
    unpacked.cache_clear()
    prepared(ARM, "zig")
    assert system() == before


def test_what_is_here_is_listed(tiny: Path, quick: dict[str, str]) -> None:
    report = cross_kits.listing(tiny, cross.Request(quick, cache=tiny / "nothing"))
    assert [row[0] for row in report.tables[0].rows] == [target.triple for target in rows.targets()]
    assert report.exit_code == 0


@pytest.mark.heavy
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("tool", ["gcc", "zig"])
def test_examples_pass_their_tests_on_aarch64(env: dict[str, str], tool: str, tmp_path: Path) -> None:
    report = built(ROOT, env, ARM, tool, names=("hello_world", "calculator"), output=tmp_path)
    assert detail(report, "hello_world.tests").endswith("16 tests passed, 0 skipped")
    assert "38 tests passed" in detail(report, "calculator.tests")
    floors = [row[4] for row in report.tables[0].rows]
    assert floors == (["2.34", "2.34"] if tool == "gcc" else ["2.17", "2.17"])


@pytest.mark.heavy
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("tool", ["gcc", "zig"])
def test_a_wheel_for_armv7_runs(tiny: Path, quick: dict[str, str], tool: str) -> None:
    report = built(tiny, quick, ARMV7, tool)
    assert report.exit_code == 0, report.findings
    assert "armv7l" in detail(report, ".build")


@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_a_wheel_for_musl_is_compiled_with_its_standard_library(tiny: Path, quick: dict[str, str]) -> None:
    report = built(tiny, quick, MUSL, "zig", run=False)
    assert detail(report, ".build").endswith("cp311-cp311-musllinux_1_2_x86_64.whl")
    assert detail(report, ".tag") == "needs no symbol of glibc"
    assert inside(Path(report.artifacts[0].path))[0].needed == ("libc.so",)


@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_a_wheel_for_windows_is_built_and_said_to_be_experimental(tiny: Path, quick: dict[str, str]) -> None:
    report = built(tiny, quick, WINDOWS, "gcc", run=False)
    (build,) = [each for each in report.findings if each.id.endswith(".build")]
    assert build.detail.endswith("cp311-cp311-win_amd64.whl")
    assert build.evidence[0].startswith("experimental: ")


@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_the_same_bytes_in_another_place_at_another_time(tiny: Path, quick: dict[str, str], tmp_path: Path) -> None:
    other = tmp_path / "else where" / "deeper" / tiny.name
    shutil.copytree(tiny, other)
    sums = []
    for root in (tiny, other):
        report = built(root, quick, ARM, "gcc", run=False, output=root / "out")
        assert report.exit_code == 0, report.findings
        sums.append(report.artifacts[0].sha256)
    assert sums[0] == sums[1]


def test_a_library_of_this_machine_is_not_taken_for_a_foreign_one(tmp_path: Path) -> None:
    need("cc")
    from pyo3ops.core.run import run  # noqa: PLC0415

    source = tmp_path / "it.c"
    source.write_text("int answer(void) { return 42; }\n", encoding="ascii")
    env = dict(os.environ)
    made = run(["cc", "-shared", "-fPIC", "-o", str(tmp_path / "it.so"), str(source)], timeout=30, env=env)
    assert made.ok, made.reason
    read = elf.read(tmp_path / "it.so")
    (target,) = rows.chosen([ARM if os.uname().machine != "aarch64" else "x86_64-unknown-linux-gnu"])
    wrong = truth.judge("it-1-cp311-cp311-manylinux_2_17_x.whl", [truth.Library("it.so", read)], target).wrong
    assert any(f"not {target.elf}" in line for line in wrong)
