from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pyo3ops.tools import rustup
from pyo3ops.tools.rustup import Rustup, Sysroot, ToolchainFile

if TYPE_CHECKING:
    from pathlib import Path

HOST = "x86_64-unknown-linux-gnu"


def write(path: Path, content: bytes = b"", mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_no_rustup(tmp_path: Path) -> None:
    write(tmp_path / "rustc")
    assert rustup.find({"PATH": str(tmp_path)}) == Rustup(None)


@pytest.mark.parametrize("hard", [False, True])
def test_proxies_are_links_to_rustup(hard: bool, tmp_path: Path) -> None:  # noqa: FBT001
    program = write(tmp_path / "rustup")
    if hard:
        os.link(program, tmp_path / "rustc")
    else:
        (tmp_path / "rustc").symlink_to("rustup")
    assert rustup.find({"PATH": str(tmp_path)}) == Rustup(program, governs=True)


def test_another_rustc_comes_first(tmp_path: Path) -> None:
    program = write(tmp_path / "rustup")
    (tmp_path / "rustc").symlink_to("rustup")
    other = write(tmp_path / "distribution/rustc")
    assert rustup.find({"PATH": f"{other.parent}:{tmp_path}"}) == Rustup(program)
    assert rustup.find({"PATH": str(tmp_path), "RUSTC": str(other)}) == Rustup(program)


def test_rustup_without_rustc(tmp_path: Path) -> None:
    program = write(tmp_path / "rustup")
    assert rustup.find({"PATH": str(tmp_path)}) == Rustup(program)


@pytest.mark.parametrize(
    ("name", "text", "channel", "components", "targets"),
    [
        ("rust-toolchain", "1.83", "1.83", (), ()),
        ("rust-toolchain", "nightly-2026-01-01\n", "nightly-2026-01-01", (), ()),
        ("rust-toolchain", "\ufeff1.83\r\n", "1.83", (), ()),
        ("rust-toolchain", '[toolchain]\nchannel = "1.83"\n', "1.83", (), ()),
        ("rust-toolchain.toml", '\ufeff[toolchain]\nchannel = "stable"\n', "stable", (), ()),
        (
            "rust-toolchain.toml",
            '[toolchain]\ncomponents = ["clippy-preview", "llvm-tools", 3]\ntargets = ["wasm32-wasip1"]\n',
            None,
            ("clippy", "llvm-tools"),
            ("wasm32-wasip1",),
        ),
        ("rust-toolchain.toml", '[toolchain]\npath = "../rust"\n', None, (), ()),
        ("rust-toolchain.toml", '[toolchain]\nchannel = 3\ncomponents = "clippy"\ntargets = {}\n', None, (), ()),
    ],
)
def test_toolchain_file(  # noqa: PLR0917 - a column each
    name: str, text: str, channel: str | None, components: tuple[str, ...], targets: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    assert rustup.read_toolchain_file(path) == ToolchainFile(path, channel, components, targets)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("rust-toolchain.toml", b"1.83", "rust-toolchain.toml is not TOML"),
        ("rust-toolchain.toml", b"", "rust-toolchain.toml has no [toolchain] table"),
        ("rust-toolchain", b"", "rust-toolchain has no [toolchain] table"),
        ("rust-toolchain.toml", b"toolchain = 3", "rust-toolchain.toml has no [toolchain] table"),
        ("rust-toolchain.toml", b"a = " + b"[" * 100_000, "nested too deeply"),
        ("rust-toolchain", b"\x7fELF\xff\xfe", "not UTF-8"),
        ("rust-toolchain", b"1.83\n1.84\n", "rust-toolchain is not TOML"),
    ],
)
def test_a_toolchain_file_that_cannot_be_read(name: str, content: bytes, error: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    said = rustup.read_toolchain_file(path)
    assert error in (said.error or "")
    assert (said.channel, said.components, said.targets) == (None, (), ())


def test_a_toolchain_file_that_is_gone(tmp_path: Path) -> None:
    said = rustup.read_toolchain_file(tmp_path / "rust-toolchain").error or ""
    assert said == "rust-toolchain cannot be read: No such file or directory"


@pytest.fixture
def sysroot(tmp_path: Path) -> Path:
    """What rustup's minimal profile installs."""
    write(tmp_path / f"lib/rustlib/{HOST}/lib/libcore-0123.rlib")
    write(tmp_path / "bin/rustc")
    write(tmp_path / "bin/cargo")
    return tmp_path


MINIMAL = ("cargo", "rust-std", "rustc")


def test_a_minimal_toolchain(sysroot: Path) -> None:
    assert rustup.read_sysroot(sysroot) == Sysroot(sysroot, (HOST,), MINIMAL)


@pytest.mark.parametrize(
    ("file", "component"),
    [
        ("bin/cargo-clippy", "clippy"),
        ("bin/rustfmt", "rustfmt"),
        ("bin/rustfmt.exe", "rustfmt"),
        ("bin/rust-analyzer", "rust-analyzer"),
        ("bin/cargo-miri.exe", "miri"),
        ("lib/rustlib/src/rust/library/core/src/lib.rs", "rust-src"),
        (f"lib/rustlib/{HOST}/bin/llvm-profdata", "llvm-tools"),
    ],
)
def test_components(file: str, component: str, sysroot: Path) -> None:
    write(sysroot / file)
    assert rustup.read_sysroot(sysroot).components == tuple(sorted((*MINIMAL, component)))
    assert component in rustup.KNOWN_COMPONENTS


def test_a_toolchain_for_windows(tmp_path: Path) -> None:
    write(tmp_path / "lib/rustlib/x86_64-pc-windows-msvc/lib/libcore-0123.rlib")
    for name in ("rustc", "cargo", "cargo-clippy"):
        write(tmp_path / f"bin/{name}.exe")
    assert rustup.read_sysroot(tmp_path).components == ("cargo", "clippy", "rust-std", "rustc")


def test_targets_are_those_with_a_standard_library(sysroot: Path) -> None:
    write(sysroot / "lib/rustlib/wasm32-wasip1/lib/libcore-0123.rlib")
    (sysroot / "lib/rustlib/aarch64-apple-darwin/lib").mkdir(parents=True)
    write(sysroot / "elsewhere/lib/libcore-0123.rlib")
    (sysroot / "lib/rustlib/i686-unknown-linux-gnu").symlink_to(sysroot / "elsewhere")
    assert rustup.read_sysroot(sysroot).targets == ("i686-unknown-linux-gnu", "wasm32-wasip1", HOST)


def test_the_lld_of_the_toolchain(sysroot: Path) -> None:
    lld = write(sysroot / f"lib/rustlib/{HOST}/bin/gcc-ld/ld.lld")
    assert rustup.read_sysroot(sysroot).lld == str(lld)


def test_an_empty_sysroot(tmp_path: Path) -> None:
    assert rustup.read_sysroot(tmp_path) == Sysroot(tmp_path)
    assert rustup.read_sysroot(tmp_path / "gone") == Sysroot(tmp_path / "gone")


@pytest.mark.parametrize(
    ("script", "there"),
    [("echo {}", True), ("echo /gone/for/good", False), ("echo; exit 1", False), ("printf '\\377\\0'", False)],
)
def test_asking_rustc(script: str, there: bool, sysroot: Path) -> None:  # noqa: FBT001
    program = write(sysroot / "ask/rustc", f"#!/bin/sh\n{script.format(sysroot)}\n".encode())
    said = rustup.ask_sysroot(sysroot, {"PATH": str(program.parent)})
    assert said == (rustup.read_sysroot(sysroot) if there else Sysroot(None))
    assert rustup.ask_sysroot(sysroot, {"PATH": "", "RUSTC": str(program)}) == said


def test_asking_nobody(tmp_path: Path) -> None:
    assert rustup.ask_sysroot(tmp_path, {"PATH": str(tmp_path)}) == Sysroot(None)
