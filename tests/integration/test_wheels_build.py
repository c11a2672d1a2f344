"""Planned wheels, built by the real maturin from the real sdist."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Iterator

import pytest

from pyo3ops.core import discover
from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Report, Status
from pyo3ops.core.plan import State
from pyo3ops.tasks.wheels import build
from pyo3ops.tasks.wheels.build import Request
from pyo3ops.wheels import toolchain
from pyo3ops.wheels.batch import journal, work
from pyo3ops.wheels.batch.journal import digest
from pyo3ops.wheels.batch.member import Setting, prepare

from .conftest import LIBRARY, MANIFEST, PYPROJECT, ROOT, need

THIS = f"3.{sys.version_info[1]}"
TAG = f"cp3{sys.version_info[1]}"
WHEEL = f"wheels.build.tiny größe.{TAG}-{TAG}"


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What outlives a test: the target folders, and the one place that sources are built in."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def root(kept: Path) -> Iterator[Path]:
    """The same project in the same place, whose name has a space and a letter beyond ASCII."""
    need("cargo", "maturin")
    folder = kept / "tiny größe"
    write(folder)
    (folder / ".pyo3ops/wheels").mkdir(parents=True)
    (kept / "target").mkdir(exist_ok=True)
    (folder / ".pyo3ops/wheels/target").symlink_to(kept / "target")
    yield folder
    shutil.rmtree(folder)


def write(folder: Path, name: str = "tiny") -> None:
    settings = f'[tool.pyo3ops]\npythons = ["{THIS}"]\n[tool.pyo3ops.wheels]\ntargets = ["{host()}"]\n'
    lock = (ROOT / "examples/hello_world/Cargo.lock").read_text(encoding="utf-8")
    texts = {
        "src/lib.rs": LIBRARY.replace("mod tiny", f"mod {name}"),
        "Cargo.toml": MANIFEST.replace('name = "tiny"', f'name = "{name}"'),
        "pyproject.toml": PYPROJECT.replace('name = "tiny"', f'name = "{name}"') + settings,
        "Cargo.lock": lock.replace('"hello_world"', f'"{name}"'),
    }
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def host() -> str:
    return toolchain.ask(ROOT, dict(os.environ), ROOT).rustc.host


@pytest.fixture
def settled(quick: dict[str, str]) -> dict[str, str]:
    """No time that moves between two runs, no server of sccache left behind, and nobody who watches."""
    told = {name: value for name, value in quick.items() if name != "CI"}
    return {**told, "SOURCE_DATE_EPOCH": "1600000000", "RUSTC_WRAPPER": ""}


def by_id(report: Report) -> dict[str, Any]:
    return {finding.id: finding for finding in report.findings}


def rows(report: Report) -> list[tuple[Any, ...]]:
    """Result and crates compiled of each file."""
    return [row[2:4] for row in report.tables[0].rows]


def native(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith((".so", ".pyd"))]
        return archive.read(name)


def expected(env: dict[str, str]) -> Status:
    """Without zig the wheel asks for the glibc of this machine, and it is said."""
    return Status.OK if toolchain.find_zig(env) or "-linux-gnu" not in host() else Status.WARN


def test_wheels_come_from_the_sdist_and_are_not_built_again(root: Path, settled: dict[str, str]) -> None:
    told: list[str] = []
    report = build.run(root, Request(settled, progress=told.append))
    found = by_id(report)
    assert found[WHEEL].status is expected(settled), found[WHEEL]
    assert found["wheels.build.tiny größe.sdist"].status is Status.OK
    assert (report.exit_code, len(report.artifacts)) == (0, 2)
    assert any("Compiling tiny" in line for line in told)
    dist = root / ".pyo3ops/wheels/dist"
    files = sorted(path.name for path in dist.iterdir())
    assert len(files) == 3
    assert files[0] == journal.FILE
    for artifact in report.artifacts:
        assert digest(Path(artifact.path)) == artifact.sha256
    wheel = next(dist.glob("*.whl"))
    # Nothing of where it was built.
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            assert str(root).encode() not in archive.read(name)
            assert b"tiny%20gr" not in archive.read(name)

    before = wheel.stat()
    again = build.run(root, Request(settled))
    assert rows(again) == [(State.ALREADY.value, None), (State.ALREADY.value, 0)]
    assert (wheel.stat().st_ino, wheel.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)

    rebuilt = build.run(root, Request(settled, rebuild=True))
    assert rows(rebuilt) == [(State.ALREADY.value, None), (State.DONE.value, 0)]
    assert {each.sha256 for each in rebuilt.artifacts} == {each.sha256 for each in report.artifacts}


def test_a_change_is_compiled_although_the_time_of_all_files_is_the_same(root: Path, settled: dict[str, str]) -> None:
    build.run(root, Request(settled))
    (root / "src/lib.rs").write_text(LIBRARY.replace("fn answer", "fn another_answer"), encoding="utf-8")
    report = build.run(root, Request(settled))
    assert rows(report) == [(State.DONE.value, None), (State.DONE.value, 1)]
    assert b"another_answer" in native(Path(report.artifacts[1].path))


def test_the_same_bytes_twice(root: Path, settled: dict[str, str]) -> None:
    report = build.run(root, Request(settled, verify=True))
    finding = by_id(report)[f"{WHEEL}.reproducible"]
    assert (finding.status, finding.detail) == (Status.OK, "built twice in different folders, from nothing"), finding
    assert not (root / ".pyo3ops/wheels/again").exists()


def test_from_an_sdist_of_somebody(root: Path, settled: dict[str, str], tmp_path: Path) -> None:
    made = build.run(root, Request(settled))
    sdist = tmp_path / "tiny-0.1.0.tar.gz"
    shutil.copyfile(made.artifacts[0].path, sdist)
    report = build.run(root, Request(settled, sdist=sdist, output=tmp_path / "öut"))
    assert [(each.kind, each.sha256) for each in report.artifacts] == [("wheel", made.artifacts[1].sha256)]
    assert sorted(path.name for path in (tmp_path / "öut").iterdir())[1:] == [Path(made.artifacts[1].path).name]


def test_a_member_that_fails_does_not_stop_the_others(root: Path, settled: dict[str, str]) -> None:
    write(root / "crates/whole", "whole")
    write(root / "crates/lacking", "lacking")
    text = LIBRARY.replace("mod tiny", "mod lacking") + '\nconst _: &str = include_str!("../data/table.txt");\n'
    (root / "crates/lacking/src/lib.rs").write_text(text, encoding="utf-8")
    (root / "crates/lacking/data").mkdir()
    (root / "crates/lacking/data/table.txt").touch()
    manifest = (root / "crates/lacking/Cargo.toml").read_text(encoding="utf-8")
    (root / "crates/lacking/Cargo.toml").write_text(
        manifest.replace("[lib]", 'exclude = ["data"]\n[lib]'), encoding="utf-8"
    )
    (root / "pyproject.toml").write_text('[tool.pyo3ops]\ncrates = ["crates/*"]\n', encoding="utf-8")
    report = build.run(root, Request(settled))
    found = by_id(report)
    lacking = found[f"wheels.build.lacking.{TAG}-{TAG}"]
    assert lacking.status is Status.FAIL
    assert "couldn't read" in lacking.detail
    assert lacking.fix is not None
    assert "let the sdist include" in lacking.fix.summary
    assert found[f"wheels.build.whole.{TAG}-{TAG}"].status is expected(settled)
    assert report.exit_code == 1
    names = sorted(path.name for path in (root / ".pyo3ops/wheels/dist").iterdir())
    assert [name.partition("-")[0] for name in names] == [journal.FILE.partition("-")[0], "lacking", "whole", "whole"]


def test_a_lock_that_is_behind_is_a_failure_with_its_command(root: Path, settled: dict[str, str]) -> None:
    text = (root / "Cargo.toml").read_text(encoding="utf-8")
    (root / "Cargo.toml").write_text(text.replace('version = "0.1.0"', 'version = "0.2.0"', 1), encoding="utf-8")
    pyproject = (root / "pyproject.toml").read_text(encoding="utf-8")
    (root / "pyproject.toml").write_text(pyproject.replace('version = "0.1.0"', 'version = "0.2.0"'), encoding="utf-8")
    lock = (root / "Cargo.lock").read_bytes()
    report = build.run(root, Request(settled))
    assert report.exit_code == 1
    fixes = [finding.fix.argv for finding in report.findings if finding.status is Status.FAIL and finding.fix]
    assert fixes == [("cargo", "update", "--workspace")], report.findings
    # Whatever is wrong with it: what a user keeps under version control is not changed in passing.
    assert (root / "Cargo.lock").read_bytes() == lock


def test_a_wheel_of_somebody_else_is_not_replaced(root: Path, settled: dict[str, str], tmp_path: Path) -> None:
    made = build.run(root, Request(settled))
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / Path(made.artifacts[1].path).name).write_text("theirs", encoding="utf-8")
    report = build.run(root, Request(settled, output=theirs))
    finding = by_id(report)[WHEEL]
    assert finding.status is Status.FAIL
    assert "pyo3ops did not make it" in finding.detail
    assert (theirs / Path(made.artifacts[1].path).name).read_text(encoding="utf-8") == "theirs"


def test_an_output_that_cannot_be_written(root: Path, settled: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="nothing can be built here"):
        build.run(root, Request(settled, output=tmp_path / "file"))


def test_without_rust_and_without_maturin(root: Path, settled: dict[str, str], tmp_path: Path) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    (bare / "cargo").symlink_to(shutil.which("cargo") or "")
    report = build.run(root, Request({**settled, "PATH": str(bare), "RUSTC": "no-rustc"}))
    assert "no Rust compiler" in report.findings[0].detail
    (bare / "rustc").symlink_to(shutil.which("rustc") or "")
    report = build.run(root, Request({**settled, "PATH": str(bare)}))
    (finding,) = [each for each in report.findings if each.status is Status.FAIL]
    assert finding.detail == "maturin cannot be started: No such file or directory"
    assert finding.fix is not None
    assert finding.fix.argv == ("pip", "install", "maturin")


def test_an_archive_that_is_no_sdist(root: Path, settled: dict[str, str], tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(root / "Cargo.toml", "../Cargo.toml")
    with pytest.raises(UsageError, match="leads elsewhere"):
        build.run(root, Request(settled, sdist=tmp_path / "a.tar.gz"))


def test_a_workspace_in_a_folder_above_is_not_the_sdist_s(root: Path, settled: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "in/member", symlinks=True)
    project = discover.read_project(tmp_path / "in/member", settled)
    # Whoever unpacks the sdist has no such folder above; below the project, cargo would refuse to build.
    (tmp_path / "in/Cargo.toml").write_text('[workspace]\nexclude = ["member"]\n', encoding="utf-8")
    setting = Setting(settled, tmp_path, tmp_path / "in/work")
    with contextlib.ExitStack() as scratch:
        chain = toolchain.ask(project.root, settled, tmp_path)
        found = prepare(project, chain, setting, scratch)
        assert found.error is None
        assert found.source is not None
        assert found.places is not None
        assert tmp_path not in found.source.root.parents
        assert work.environment(found, found.source.root, setting)["RUSTUP_TOOLCHAIN"] == chain.sysroot
    assert not found.places.sources.exists()


SCRIPT = """
import os, signal, sys
from pathlib import Path
from pyo3ops.core.errors import Interrupted
from pyo3ops.tasks.wheels import build

def stop(*_):
    raise Interrupted("stopped")

signal.signal(signal.SIGTERM, stop)
# A test that runs in the background has inherited that ^C is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    build.run(Path(sys.argv[1]), build.Request(dict(os.environ), progress=lambda text: print(text, flush=True)))
except (KeyboardInterrupt, Interrupted):
    print("ended", flush=True)
"""


#: A crate that is not compiled before somebody stops it.
WAITS = """fn main() {
    println!("cargo:rerun-if-env-changed=TINY_WAITS");
    if std::env::var_os("TINY_WAITS").is_some() {
        std::thread::sleep(std::time::Duration::from_secs(250));
    }
}
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_half(root: Path, settled: dict[str, str], number: signal.Signals) -> None:
    if os.name != "posix":
        pytest.skip("signals are of POSIX")
    (root / "build.rs").write_text(WAITS, encoding="utf-8")
    argv, env = [sys.executable, "-c", SCRIPT, str(root)], {**settled, "TINY_WAITS": "1"}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True, encoding="utf-8") as running:
        assert running.stdout is not None
        for line in running.stdout:
            if "building, one of" in line:
                running.send_signal(number)
            last = line
    assert last == "ended\n"
    names = [path.name for path in (root / ".pyo3ops/wheels/dist").iterdir()]
    assert sorted(names) == [journal.FILE, "tiny-0.1.0.tar.gz"]
    # And the next run goes on as if nothing had been.
    assert rows(build.run(root, Request(settled)))[0] == (State.ALREADY.value, None)
