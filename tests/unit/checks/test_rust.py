from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import rust
from pyo3ops.checks.facts.machine import Folder
from pyo3ops.checks.facts.toolchain import Space
from pyo3ops.checks.verdict import Verdict, fail, ok, skip, unknown, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.core.pyo3 import release_of
from pyo3ops.tools.cargo import Cargo
from pyo3ops.tools.rustc import Rustc
from pyo3ops.tools.rustup import Rustup
from pyo3ops.tools.system import Installer

if TYPE_CHECKING:
    from pyo3ops.core.project import Extension, Project

RUSTC = Rustc((1, 95, 0), "1.95.0", "x86_64-unknown-linux-gnu")
RUSTUP = "https://rustup.rs"
DEBIAN = Installer("apt-get", "linux")
PRESENT = Rustup(Path("/cargo/bin/rustup"), governs=True)
SHOW = Fix("see what rustup makes of it", ("rustup", "show"), RUSTUP, safe=True, mends=False)

#: What a toolchain says when it does not run, and the way out.
BROKEN = {
    "rustc cannot be started: No such file or directory: rustc": DEBIAN.fix("Rust"),
    "rustc ended with 1: error: toolchain '1.83-x86_64-unknown-linux-gnu' is not installed": Fix(
        "install the toolchain that this folder asks for",
        ("rustup", "toolchain", "install", "1.83-x86_64-unknown-linux-gnu"),
        RUSTUP,
        safe=True,
    ),
    "rustc ended with 1: error: rustup could not choose a version of rustc to run": Fix(
        "choose a default toolchain", ("rustup", "default", "stable"), RUSTUP, safe=True
    ),
    "rustc ended with 1: error: no override and no default is configured": Fix(
        "choose a default toolchain", ("rustup", "default", "stable"), RUSTUP, safe=True
    ),
    "rustc was killed by signal 11": SHOW,
}


def test_rustc_runs(make_project: Callable[..., Project]) -> None:
    assert rust.rustc_runs(RUSTC, make_project(), DEBIAN) == ok("1.95.0 for x86_64-unknown-linux-gnu")


def test_cargo_runs(make_project: Callable[..., Project]) -> None:
    assert rust.cargo_runs(Cargo((1, 95, 0), "1.95.0"), make_project(), DEBIAN) == ok("1.95.0")


@pytest.mark.parametrize("error", BROKEN)
def test_a_broken_toolchain(error: str, make_project: Callable[..., Project]) -> None:
    missing = "cannot be started" in error
    expected = fail(error, BROKEN[error])
    assert rust.rustc_runs(Rustc(error=error, missing=missing), make_project(), DEBIAN) == expected
    assert rust.cargo_runs(Cargo(error=error, missing=missing), make_project(), DEBIAN) == expected


@pytest.mark.parametrize(
    ("file", "where"),
    [("/project/rust-toolchain.toml", Location("rust-toolchain.toml")), ("/rust-toolchain", None)],
)
def test_a_toolchain_file_is_named_where_it_is_the_project_s(
    file: str, where: Location | None, make_project: Callable[..., Project]
) -> None:
    project = make_project(toolchain_file=Path(file))
    expected = fail("broken", SHOW, where=where)
    assert rust.rustc_runs(Rustc(error="broken"), project, DEBIAN) == expected
    assert rust.cargo_runs(Cargo(error="broken"), project, DEBIAN) == expected


def test_a_toolchain_that_hangs_is_not_judged(make_project: Callable[..., Project]) -> None:
    error = "rustc did not answer within 4 s"
    assert rust.rustc_runs(Rustc(error=error, hung=True), make_project(), DEBIAN) == unknown(error, SHOW)
    assert rust.cargo_runs(Cargo(error=error, hung=True), make_project(), DEBIAN) == unknown(error, SHOW)


def test_msrv(make_project: Callable[..., Project]) -> None:
    release = release_of("0.29")
    assert release is not None
    evidence = ["PyO3 0.29 wants rustc 1.83", "crate crab wants rustc 1.83"]
    verdict = ok("1.95.0 is at least 1.83", evidence)
    assert rust.msrv(RUSTC, make_project(), (release,), PRESENT, DEBIAN) == verdict


@pytest.mark.parametrize("numbers", [(1, 83, 0), (1, 83, 1)])
def test_the_msrv_itself_is_new_enough(numbers: tuple[int, ...], make_project: Callable[..., Project]) -> None:
    release = ".".join(str(number) for number in numbers)
    verdict = ok(f"{release} is at least 1.83", ["crate crab wants rustc 1.83"])
    assert rust.msrv(Rustc(numbers, release, RUSTC.host), make_project(), (), PRESENT, DEBIAN) == verdict


def test_the_highest_msrv_counts(
    make_project: Callable[..., Project], make_extension: Callable[..., Extension]
) -> None:
    # As text 1.9 would be higher than 1.83.
    other = make_extension(crate="lobster", rust_version="1.9")
    none = make_extension(crate="shrimp", rust_version=None)
    project = make_project(extensions=(make_extension(), other, none))
    evidence = ["crate crab wants rustc 1.83", "crate lobster wants rustc 1.9"]
    fix = Fix("update the toolchain", ("rustup", "update", "stable"), RUSTUP)
    old = Rustc((1, 70, 0), "1.70.0", RUSTC.host)
    assert rust.msrv(old, project, (), PRESENT, DEBIAN) == fail("rustc 1.70.0 is older than 1.83", fix, evidence)


def test_a_toolchain_file_that_is_too_old(make_project: Callable[..., Project]) -> None:
    project = make_project(toolchain_file=Path("/project/rust-toolchain"))
    fix = Fix("raise the channel in rust-toolchain to 1.83 or later", url=RUSTUP)
    verdict = fail("rustc 1.82.0 is older than 1.83", fix, ["crate crab wants rustc 1.83"])
    assert rust.msrv(Rustc((1, 82, 0), "1.82.0", RUSTC.host), project, (), PRESENT, DEBIAN) == verdict


def test_no_msrv_is_declared(make_project: Callable[..., Project], make_extension: Callable[..., Extension]) -> None:
    project = make_project(extensions=(make_extension(rust_version=None),))
    reason = "neither the crates nor a known release of PyO3 declare a rust-version"
    assert rust.msrv(RUSTC, project, (), PRESENT, DEBIAN) == skip(reason)


def test_cargo_home() -> None:
    assert rust.cargo_home(Folder(Path("/home/ada/.cargo"))) == ok("/home/ada/.cargo")


def test_a_cargo_home_that_cannot_be_written() -> None:
    folder = Folder(Path("/home/ada/.cargo"), "read-only file system", Path("/home/ada"))
    fix = Fix("make /home/ada writable for you, or set CARGO_HOME to a folder that is")
    assert rust.cargo_home(folder) == fail("/home/ada/.cargo: read-only file system", fix)


def test_target_dir() -> None:
    assert rust.target_dir(Folder(Path("/project/target"))) == ok("/project/target")
    assert rust.target_dir(None) == skip("cargo names no target folder")


def test_a_target_folder_that_cannot_be_written() -> None:
    fix = Fix("make /project/target writable for you, or set CARGO_TARGET_DIR to a folder that is")
    verdict = fail("/project/target: permission denied", fix)
    assert rust.target_dir(Folder(Path("/project/target"), "permission denied")) == verdict


def test_an_old_compiler_of_the_system(make_project: Callable[..., Project]) -> None:
    old = Rustc((1, 63, 0), "1.63.0", RUSTC.host)
    evidence = ["crate crab wants rustc 1.83"]
    verdict = fail("rustc 1.63.0 is older than 1.83", DEBIAN.fix("Rust"), evidence)
    assert rust.msrv(old, make_project(), (), Rustup(None), DEBIAN) == verdict


CLEAN = Fix("throw away what cargo compiled here, or point CARGO_TARGET_DIR elsewhere", ("cargo", "clean"))


@pytest.mark.parametrize(
    ("free", "verdict"),
    [
        (0, fail("0.0 GiB free at /target", CLEAN)),
        (rust.DISK_FULL - 1, fail("0.3 GiB free at /target", CLEAN)),
        (rust.DISK_FULL, warn("0.3 GiB free at /target", CLEAN)),
        (rust.DISK_LOW - 1, warn("2.0 GiB free at /target", CLEAN)),
        (rust.DISK_LOW, ok("2.0 GiB free at /target")),
    ],
)
def test_disk(free: int, verdict: Verdict) -> None:
    assert rust.disk(Space(Path("/target"), free)) == verdict


@pytest.mark.parametrize("space", [None, Space(Path("/target"), None)])
def test_a_disk_that_says_nothing(space: Space | None) -> None:
    assert rust.disk(space) == skip("the system does not tell how much is free")
