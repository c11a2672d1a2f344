"""A Rust toolchain that can build this project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, fail, ok, skip, unknown, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.tools.rustc import rust_version

if TYPE_CHECKING:
    from pyo3ops.checks.facts.machine import Folder
    from pyo3ops.checks.facts.toolchain import Space
    from pyo3ops.core.project import Project
    from pyo3ops.core.pyo3 import Pyo3Release
    from pyo3ops.tools.cargo import Cargo
    from pyo3ops.tools.rustc import Rustc
    from pyo3ops.tools.rustup import Rustup
    from pyo3ops.tools.system import Installer

RUSTUP = "https://rustup.rs"
#: Bytes. One interpreter's release build of this repository's largest example takes 0.2 GiB.
DISK_FULL = 3 * 2**30 // 10
DISK_LOW = 2 * 2**30


@check("rust.rustc", "rustc runs", link=RUSTUP)
def rustc_runs(rustc: Rustc, project: Project, installer: Installer) -> Verdict:
    """The compiler that applies in the project's folder answers; a rust-toolchain file may ask for another one."""
    if rustc.error is None:
        return ok(f"{rustc.release} for {rustc.host}")
    fix = installer.fix("Rust") if rustc.missing else _toolchain_fix(rustc.error)
    if rustc.hung:
        return unknown(rustc.error, fix)
    return fail(rustc.error, fix, where=_toolchain_file(project))


@check("rust.cargo", "cargo runs", link=RUSTUP)
def cargo_runs(cargo: Cargo, project: Project, installer: Installer) -> Verdict:
    """Cargo, which every build backend calls, answers in the project's folder."""
    if cargo.error is None:
        return ok(cargo.release)
    fix = installer.fix("Rust") if cargo.missing else _toolchain_fix(cargo.error)
    if cargo.hung:
        return unknown(cargo.error, fix)
    return fail(cargo.error, fix, where=_toolchain_file(project))


@check(
    "rust.msrv",
    "rustc is new enough",
    needs=("rust.rustc", "project.manifest"),
    link="https://doc.rust-lang.org/cargo/reference/rust-version.html",
)
def msrv(
    rustc: Rustc, project: Project, pyo3_releases: tuple[Pyo3Release, ...], rustup: Rustup, installer: Installer
) -> Verdict:
    """Each crate and the release of PyO3 it uses declare the oldest compiler that they accept (`rust-version`)."""
    wanted = {f"crate {ext.crate}": ext.rust_version for ext in project.extensions if ext.rust_version}
    wanted.update({f"PyO3 {release.release}": release.rust_version for release in pyo3_releases})
    if not wanted:
        return skip("neither the crates nor a known release of PyO3 declare a rust-version")
    evidence = [f"{who} wants rustc {version}" for who, version in sorted(wanted.items())]
    highest = max(wanted.values(), key=rust_version)
    if rustc.version >= rust_version(highest):
        return ok(f"{rustc.release} is at least {highest}", evidence)
    return fail(
        f"rustc {rustc.release} is older than {highest}", newer_rust(project, highest, rustup, installer), evidence
    )


@check("rust.cargo-home", "CARGO_HOME is writable", link="https://doc.rust-lang.org/cargo/guide/cargo-home.html")
def cargo_home(cargo_home: Folder) -> Verdict:
    """Cargo keeps the registry index and the sources of crates there; without a place to write it cannot fetch any."""
    return _writable(cargo_home, "CARGO_HOME")


@check(
    "rust.target-dir",
    "the target folder is writable",
    needs=("project.manifest",),
    link="https://doc.rust-lang.org/cargo/reference/build-cache.html",
)
def target_dir(target_folder: Folder | None) -> Verdict:
    """Cargo compiles into the target folder of the workspace, or where CARGO_TARGET_DIR points."""
    if target_folder is None:
        return skip("cargo names no target folder")
    return _writable(target_folder, "CARGO_TARGET_DIR")


@check(
    "rust.disk",
    "there is room to compile",
    needs=("project.manifest",),
    link="https://doc.rust-lang.org/cargo/commands/cargo-clean.html",
)
def disk(free_space: Space | None) -> Verdict:
    """A release build of PyO3 takes some hundred megabytes a Python, and a full disk leaves half files."""
    if free_space is None or free_space.free is None:
        return skip("the system does not tell how much is free")
    free = f"{free_space.free / 2**30:.1f} GiB free at {free_space.path}"
    fix = Fix("throw away what cargo compiled here, or point CARGO_TARGET_DIR elsewhere", ("cargo", "clean"))
    if free_space.free < DISK_FULL:
        return fail(free, fix)
    return warn(free, fix) if free_space.free < DISK_LOW else ok(free)


def _writable(folder: Folder, variable: str) -> Verdict:
    if folder.error is None:
        return ok(str(folder.path))
    fix = Fix(f"make {folder.existing or folder.path} writable for you, or set {variable} to a folder that is")
    return fail(f"{folder.path}: {folder.error}", fix)


def _toolchain_fix(error: str) -> Fix:
    named = re.search(r"toolchain '([^']+)' is not installed", error)
    if named:
        argv = ("rustup", "toolchain", "install", named[1])
        return Fix("install the toolchain that this folder asks for", argv, RUSTUP, safe=True)
    if "no default is configured" in error or "could not choose a version" in error:
        return Fix("choose a default toolchain", ("rustup", "default", "stable"), RUSTUP, safe=True)
    return Fix("see what rustup makes of it", ("rustup", "show"), RUSTUP, safe=True, mends=False)


def _toolchain_file(project: Project) -> Location | None:
    file = project.toolchain_file
    return Location(file.name) if file and file.parent == project.root else None


def newer_rust(project: Project, version: str, rustup: Rustup, installer: Installer) -> Fix:
    """What brings a newer compiler here: a rust-toolchain file, the package manager or rustup decides."""
    if project.toolchain_file:
        return Fix(f"raise the channel in {project.toolchain_file.name} to {version} or later", url=RUSTUP)
    if rustup.path is None:
        return installer.fix("Rust")
    return Fix("update the toolchain", ("rustup", "update", "stable"), RUSTUP)
