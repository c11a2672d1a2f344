from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pyo3ops.tools.cross_cc import CrossCompiler
from pyo3ops.tools.qemu import Qemu
from pyo3ops.tools.rustc import Rustc
from pyo3ops.tools.rustup import Sysroot
from pyo3ops.tools.system import Installer
from pyo3ops.tools.zig import Zig
from pyo3ops.wheels.cross import rows, ways
from pyo3ops.wheels.cross.kits import RustKit
from pyo3ops.wheels.cross.ways import Linker, Missing, Origin, Present, Std, Tool

ARM, MUSL, WINDOWS, MSVC, MAC = rows.chosen(
    [
        "aarch64-unknown-linux-gnu",
        "x86_64-unknown-linux-musl",
        "x86_64-pc-windows-gnu",
        "x86_64-pc-windows-msvc",
        "aarch64-apple-darwin",
    ]
)
ZIG, GCC = Zig(Path("/zig"), "0.15.2"), CrossCompiler(Path("/gcc"), "12.2.0")
RUSTC = Rustc((1, 95, 0), "1.95.0", "x86_64-unknown-linux-gnu")
BARE = Present(rustc=RUSTC, toolchain=Sysroot(Path("/rust"), (RUSTC.host,), ("rustc", "cargo")))
PREPARE = ("pyo3ops", "wheels", "cross", "--prepare", "--target")


def kit(release: str, *targets: str, source: bool = False) -> RustKit:
    folder = Path("/cache", f"rust-{release}")
    sysroot = Sysroot(folder, targets, ("rust-src",) if source else ())
    return RustKit(folder, folder / "start", sysroot)


def missing(found: object) -> Missing:
    assert isinstance(found, Missing)
    return found


def test_the_toolchain_in_use_comes_first() -> None:
    here = replace(BARE, toolchain=Sysroot(Path("/rust"), (ARM.triple,)), kits=(kit("1.96.0", ARM.triple),))
    assert ways.standard_library(ARM, here) == Std(Origin.TOOLCHAIN, "1.95.0")


def test_an_unpacked_one_comes_before_compiling_it() -> None:
    here = replace(
        BARE,
        toolchain=Sysroot(Path("/rust"), (), ("rust-src",)),
        kits=(kit("1.96.0", source=True), kit("1.85.0", ARM.triple)),
    )
    assert ways.standard_library(ARM, here) == Std(Origin.KIT, "1.85.0", Path("/cache/rust-1.85.0/start"))


@pytest.mark.parametrize("target", [MUSL, WINDOWS, MAC], ids=lambda each: each.triple)
def test_where_none_is_packed_it_is_compiled_from_source(target: rows.Target) -> None:
    by_toolchain = replace(BARE, toolchain=Sysroot(Path("/rust"), (), ("rust-src",)))
    assert ways.standard_library(target, by_toolchain) == Std(Origin.SOURCE, "1.95.0")
    by_kit = replace(BARE, kits=(kit("1.96.0", source=True),))
    assert ways.standard_library(target, by_kit) == Std(Origin.SOURCE, "1.96.0", Path("/cache/rust-1.96.0/start"))


def test_a_missing_library_is_brought_by_rustup_or_unpacked() -> None:
    by_rustup = missing(ways.standard_library(ARM, replace(BARE, rustup=True, apt=True))).fix
    assert by_rustup.argv == ("rustup", "target", "add", ARM.triple)
    assert "--prepare --target aarch64-unknown-linux-gnu" in by_rustup.summary
    assert missing(ways.standard_library(ARM, replace(BARE, rustup=True))).fix.summary == "let rustup bring it"
    assert missing(ways.standard_library(ARM, replace(BARE, apt=True))).fix.argv == (*PREPARE, ARM.triple)
    assert missing(ways.standard_library(ARM, BARE)).fix.url == "https://rustup.rs"


@pytest.mark.parametrize(
    ("zig", "gcc", "wanted", "expected"),
    [
        (ZIG, GCC, None, Tool.ZIG),
        (ZIG, GCC, Tool.GCC, Tool.GCC),
        (Zig(), GCC, None, Tool.GCC),
        (Zig(Path("/zig"), error="/zig ended with 1"), GCC, None, Tool.GCC),
        (ZIG, CrossCompiler(), None, Tool.ZIG),
    ],
)
def test_which_tool_links(zig: Zig, gcc: CrossCompiler, wanted: Tool | None, expected: Tool) -> None:
    found = ways.linker(ARM, replace(BARE, zig=zig, gcc=gcc), wanted)
    assert isinstance(found, Linker)
    assert found.tool is expected
    assert str(found) == {Tool.ZIG: "zig 0.15.2", Tool.GCC: "gcc 12.2.0"}[expected]


def test_a_missing_linker_is_named_with_what_brings_it() -> None:
    here = replace(BARE, installer=Installer("apt-get"))
    assert missing(ways.linker(ARM, here)).fix.argv == ("pip", "install", "ziglang")
    by_apt = missing(ways.linker(ARM, here, Tool.GCC))
    assert by_apt.detail == "there is no aarch64-linux-gnu-gcc here"
    assert by_apt.fix.argv is not None
    assert by_apt.fix.argv[-2:] == ("gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross")
    assert missing(ways.linker(ARM, replace(here, apt=True), Tool.GCC)).fix.argv == (*PREPARE, ARM.triple)
    assert "clang" in missing(ways.linker(MSVC, here)).detail


def test_a_tool_that_does_not_fit_is_refused() -> None:
    here = replace(BARE, zig=ZIG, gcc=GCC, clang=CrossCompiler(Path("/clang"), "19.1"))
    refused = missing(ways.linker(MSVC, here, Tool.ZIG))
    assert refused.detail == "zig does not link for x86_64-pc-windows-msvc"
    assert refused.fix.summary == "link with xwin"
    assert ways.linker(MSVC, here) == Linker(Tool.XWIN, Path("/clang"), "19.1")
    assert missing(ways.linker(MUSL, here, Tool.GCC)).fix.summary == "link with zig"


def test_what_runs_the_result() -> None:
    emulator, root = Qemu(Path("/qemu"), "7.2.22"), Path("/arm")
    assert ways.runner(ARM, replace(BARE, qemu=emulator, root=root)) == (Path("/qemu"), root)
    assert missing(ways.runner(ARM, replace(BARE, apt=True))).fix.argv == (*PREPARE, ARM.triple)
    assert missing(ways.runner(ARM, replace(BARE, qemu=Qemu(Path("/q"), error="/q ended with 1")))).detail == (
        "/q ended with 1"
    )
    musl = missing(ways.runner(MUSL, replace(BARE, qemu=emulator, apt=True)))
    assert musl.fix.summary == "point --sysroot at the root of such a system, with its Python in usr/bin"
    by_hand = missing(ways.runner(ARM, replace(BARE, qemu=emulator)))
    assert (by_hand.detail, by_hand.fix.argv) == (f"no Python for {ARM.triple} is here", None)


@pytest.mark.parametrize("target", [WINDOWS, MAC], ids=lambda each: each.triple)
def test_what_nothing_here_runs_is_told(target: rows.Target) -> None:
    found = missing(ways.runner(target, replace(BARE, qemu=Qemu(Path("/qemu"), "1"), root=Path("/r"))))
    assert found.detail == f"nothing here runs programs of {target.system.value}"
