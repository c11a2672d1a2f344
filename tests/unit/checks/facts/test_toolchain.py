from __future__ import annotations

import os
import platform
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks.facts import toolchain
from pyo3ops.checks.facts.machine import Folder
from pyo3ops.checks.facts.toolchain import Asked, CrossLinker, Space, Wanted
from pyo3ops.core import pyo3
from pyo3ops.tools.cargo_config import CargoConfig, Flags, Sourced
from pyo3ops.tools.rustc import Rustc
from pyo3ops.tools.rustup import Sysroot, ToolchainFile

if TYPE_CHECKING:
    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]

HOST = "x86_64-unknown-linux-gnu"
LINUX = Rustc((1, 95, 0), "1.95.0", HOST)
FILE = ".cargo/config.toml"
CI = ".github/workflows/ci.yml"


@pytest.fixture
def tools(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """An environment whose PATH has these programs and no others."""

    def make(*names: str) -> dict[str, str]:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / name).touch(0o755)
        return {"PATH": str(folder)}

    return make


Tools = Callable[..., "dict[str, str]"]


def flags(*said: str, source: str = FILE, rank: int = 3) -> CargoConfig:
    return CargoConfig(rustflags=(Flags(said, source, rank=rank),))


# What the project wants.


def test_wanted_rust(make_project: MakeProject, make_extension: Callable[..., Extension], tmp_path: Path) -> None:
    row = next(row for row in pyo3.releases() if row.release == "0.29")
    assert toolchain.wanted_rust(make_project(), (row,), tmp_path) == ("1.83", row.rust_version)
    silent = make_project(extensions=(make_extension(rust_version=None),))
    assert toolchain.wanted_rust(silent, (), tmp_path) == ()


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ('[package]\nrust-version = "1.70"\n[dependencies]\npyo3 = "0.29"\n', ("1.70", "1.83")),
        ('[dependencies]\npyo3 = { version = "0.29.1" }\n', ("1.83",)),
        ('[workspace.package]\nrust-version = "1.71"\n[workspace.dependencies]\npyo3 = "0.29"\n', ("1.71", "1.83")),
        ("[package]\nrust-version.workspace = true\n[dependencies]\npyo3.workspace = true\n", ()),
        ("package = 3\ndependencies = []\nworkspace = ''\n", ()),
        ("[package", ()),
        ("a = " + "[" * 100_000, ()),
    ],
)
def test_wanted_rust_without_cargo(
    manifest: str, expected: tuple[str, ...], make_project: MakeProject, tmp_path: Path
) -> None:
    (tmp_path / "Cargo.toml").write_text(manifest, encoding="utf-8")
    assert toolchain.wanted_rust(make_project(extensions=()), (), tmp_path) == expected


def test_wanted_rust_of_nothing(make_project: MakeProject, tmp_path: Path) -> None:
    assert toolchain.wanted_rust(make_project(extensions=()), (), tmp_path) == ()


def test_toolchain_file(make_project: MakeProject, tmp_path: Path) -> None:
    assert toolchain.toolchain_file(make_project()) is None
    path = tmp_path / "rust-toolchain"
    path.write_text("1.83\n", encoding="utf-8")
    assert toolchain.toolchain_file(make_project(toolchain_file=path)) == ToolchainFile(path, "1.83")


def test_automation(tmp_path: Path) -> None:
    assert toolchain.automation(tmp_path) == {}
    (tmp_path / ".github/workflows/folder.yml").mkdir(parents=True)
    (tmp_path / CI).write_bytes(b"\xff cargo clippy")
    (tmp_path / "Makefile").write_text("all:\n", encoding="utf-8")
    assert toolchain.automation(tmp_path) == {CI: "\ufffd cargo clippy", "Makefile": "all:\n"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("  - run: cargo clippy --all-targets", ["clippy"]),
        ("  - run: cargo +nightly clippy", []),
        ("\tcargo fmt --check", ["rustfmt"]),
        ("cargo +nightly fmt", []),
        ("cargo miri test", ["miri"]),
        ("session.run('rustfmt --check')", ["rustfmt"]),
        ("cargo fmt && cargo clippy", ["clippy", "rustfmt"]),
        ("# cargo clippy", []),
        ("cargo build  # then cargo clippy", []),
        ("cargo fmtx; mycargo clippyx", []),
        ("cargo +nightly miri test", []),
    ],
)
def test_components_that_automation_asks_for(text: str, names: list[str]) -> None:
    asked = toolchain.asked_components(None, {CI: f"first line\n{text}\n"})
    assert asked == tuple(Asked(name, CI) for name in names)


def test_components_that_the_toolchain_file_asks_for() -> None:
    components = ("rustc", "cargo", "clippy", "rust-std-wasm32-wasip1", "a-new-one")
    file = ToolchainFile(Path("/a/rust-toolchain"), components=components)
    asked = {each.name: each.source for each in toolchain.asked_components(file, {CI: "cargo clippy\ncargo fmt\n"})}
    # What nobody here can look for is not asked for.
    assert asked == {**dict.fromkeys(("rustc", "cargo", "clippy"), "rust-toolchain"), "rustfmt": CI}


def test_asked_targets() -> None:
    config = CargoConfig(targets=tuple(Sourced(name, FILE) for name in (HOST, "wasm32-wasip1", "my/own.json")))
    file = ToolchainFile(Path("/a/rust-toolchain.toml"), targets=("wasm32-wasip1", "aarch64-apple-darwin", HOST))
    assert toolchain.asked_targets(config, file, LINUX) == (
        Asked("wasm32-wasip1", FILE),
        Asked("aarch64-apple-darwin", "rust-toolchain.toml"),
    )
    assert toolchain.asked_targets(CargoConfig(), None, LINUX) == ()


# The machine.


@pytest.mark.parametrize(
    ("system", "version", "expected"),
    [
        ("darwin", "Darwin Kernel Version 22.1.0: root:xnu-8792.41.9~2/RELEASE_ARM64_T8103", "arm64"),
        ("darwin", "Darwin Kernel Version 22.1.0: root:xnu-8792.41.9~2/RELEASE_X86_64", "x86_64"),
        ("linux", "#1 SMP PREEMPT_ARM64", "x86_64"),
    ],
)
def test_machine(system: str, version: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "version", lambda: version)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert toolchain.machine() == expected


def test_free_space(tmp_path: Path) -> None:
    assert toolchain.free_space(None) is None
    assert toolchain.free_space(Folder(tmp_path / "target")) is None
    space = toolchain.free_space(Folder(tmp_path / "target", existing=tmp_path))
    assert space is not None
    assert space.path == tmp_path
    assert isinstance(space.free, int)
    gone = tmp_path / "gone"
    assert toolchain.free_space(Folder(gone, existing=gone)) == Space(gone, None)


@pytest.mark.skipif(not hasattr(os, "confstr"), reason="Windows has no C library of that kind")
def test_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> str:
        raise OSError(22, name)

    for answer, expected in (("glibc 2.36", (2, 36)), ("glibc 2.39.1", (2, 39)), (None, None), ("NPTL", None)):
        monkeypatch.setattr(os, "confstr", lambda _, answer=answer: answer)
        monkeypatch.setattr(os, "confstr_names", {"CS_GNU_LIBC_VERSION": 2})
        assert toolchain.glibc() == expected
    monkeypatch.setattr(os, "confstr", refuse)
    assert toolchain.glibc() is None
    monkeypatch.setattr(os, "confstr_names", {})
    assert toolchain.glibc() is None


# Linkers and wrappers.

LLD = "-Clink-arg=-fuse-ld=lld"
SYSROOT = Sysroot(Path("/sysroot"), lld="/sysroot/gcc-ld/ld.lld")


@pytest.mark.parametrize(
    ("flag", "asks"),
    [
        (LLD, True),
        ("link-arg=-fuse-ld=/opt/bin/ld.lld", True),
        ("-fuse-ld=lld-14", True),
        ("-fuse-ld=mold", False),
        ("-fuse-ld=lldb", False),
    ],
)
def test_lld(flag: str, asks: bool, tools: Tools) -> None:  # noqa: FBT001
    none, there = Sysroot(None), tools()
    assert toolchain.lld(flags("-g", flag), none, LINUX, there) == Wanted(FILE if asks else None, None)
    there = tools("ld.lld")
    assert toolchain.lld(flags(flag), none, LINUX, there).path == str(Path(there["PATH"], "ld.lld"))


@pytest.mark.parametrize(
    ("said", "rustc", "path"),
    [
        ((LLD,), LINUX, SYSROOT.lld),
        ((LLD,), replace(LINUX, version=(1, 89, 0)), None),
        ((LLD,), replace(LINUX, host="aarch64-unknown-linux-gnu"), None),
        ((LLD, "-Clinker-features=-lld"), LINUX, None),
        ((LLD, "-Clink-self-contained=-linker"), LINUX, None),
        ((LLD, "-Clink-self-contained=no"), LINUX, None),
        ((LLD, "-Clink-self-contained=+linker"), LINUX, SYSROOT.lld),
    ],
)
def test_the_lld_that_rustc_brings(said: tuple[str, ...], rustc: Rustc, path: str | None, tools: Tools) -> None:
    assert toolchain.lld(flags(*said), SYSROOT, rustc, tools()) == Wanted(FILE, path)


def test_mold(tools: Tools) -> None:
    assert toolchain.mold(flags("-C", "link-arg=-fuse-ld=mold"), tools()) == Wanted(FILE, None)
    there = tools("mold")
    assert toolchain.mold(flags(LLD), there) == Wanted(None, str(Path(there["PATH"], "mold")))


def test_flags_that_do_not_count_ask_for_nothing(tools: Tools) -> None:
    rows = (Flags((), "RUSTFLAGS", rank=1), Flags(("-fuse-ld=mold",), FILE, rank=3))
    assert toolchain.mold(CargoConfig(rustflags=rows), tools()).source is None


@pytest.mark.parametrize(
    ("text", "asks"),
    [("args: --release --zig", True), ("cargo zigbuild", True), ("# args: --zig", False), ("--zigzag", False)],
)
def test_zig(text: str, asks: bool, tools: Tools) -> None:  # noqa: FBT001
    assert toolchain.zig({CI: text}, tools()) == Wanted(CI if asks else None, None)
    there = tools("python-zig")
    assert toolchain.zig({}, there) == Wanted(None, str(Path(there["PATH"], "python-zig")))


def test_sccache(tools: Tools) -> None:
    named = CargoConfig(wrapper=Sourced("sccache", FILE))
    assert toolchain.sccache(named, tools()) == Wanted(f"{FILE} (sccache)", None)
    assert toolchain.sccache(CargoConfig(wrapper=Sourced("ccache", FILE)), tools()) == Wanted(None, None)
    there = tools("sccache")
    path = str(Path(there["PATH"], "sccache"))
    assert toolchain.sccache(named, there) == Wanted(f"{FILE} (sccache)", path)
    assert toolchain.sccache(CargoConfig(), there) == Wanted(None, path)
    whole = CargoConfig(wrapper=Sourced(path, "RUSTC_WRAPPER"))
    assert toolchain.sccache(whole, {"PATH": ""}) == Wanted(f"RUSTC_WRAPPER ({path})", path)


def test_missing_programs(tools: Tools) -> None:
    config = CargoConfig(
        wrapper=Sourced("wrap", FILE),
        workspace_wrapper=Sourced("clippy-driver", FILE),
        linkers=((HOST, Sourced("/opt/ld", FILE)), ("wasm32-wasip1", Sourced("none", FILE))),
    )
    everything = (Asked("wrap", FILE), Asked("clippy-driver", FILE), Asked("/opt/ld", FILE))
    assert toolchain.missing_programs(config, LINUX, tools()) == everything
    assert toolchain.missing_programs(config, LINUX, tools("wrap", "clippy-driver")) == everything[2:]


@pytest.mark.parametrize("name", ["rust-lld", "rust-lld.exe", "link.exe"])
def test_linkers_that_rustc_finds_itself(name: str, tools: Tools) -> None:
    config = CargoConfig(linkers=((HOST, Sourced(name, FILE)), ("aarch64-pc-windows-msvc", Sourced(name, FILE))))
    assert toolchain.missing_programs(config, LINUX, tools()) == ()
    (cross,) = toolchain.cross_linkers((Asked("aarch64-pc-windows-msvc", FILE),), config, LINUX, tools())
    assert cross.found


def test_sccache_is_judged_elsewhere(tools: Tools) -> None:
    config = CargoConfig(wrapper=Sourced("/opt/sccache", FILE))
    assert toolchain.missing_programs(config, LINUX, tools()) == ()


@pytest.mark.parametrize(
    ("target", "host", "found"),
    [
        ("aarch64-unknown-linux-gnu", HOST, False),
        ("aarch64-unknown-linux-musl", "aarch64-unknown-linux-gnu", True),
        ("x86_64-unknown-linux-musl", HOST, True),
        ("i686-unknown-linux-gnu", HOST, True),
        ("x86_64-linux-android", HOST, False),
        ("armv7-linux-androideabi", HOST, False),
        (HOST, "x86_64-apple-darwin", False),
        ("wasm32-unknown-unknown", HOST, True),
        ("aarch64-apple-darwin", "x86_64-apple-darwin", True),
        ("aarch64-pc-windows-msvc", "x86_64-pc-windows-msvc", True),
        ("x86_64-pc-windows-gnu", HOST, False),
        ("x86_64-pc-windows-gnullvm", HOST, False),
    ],
)
def test_a_target_without_a_linker(target: str, host: str, found: bool, tools: Tools) -> None:  # noqa: FBT001
    asked, rustc = Asked(target, FILE), replace(LINUX, host=host)
    expected = (CrossLinker(asked, None, found),)
    assert toolchain.cross_linkers((asked,), CargoConfig(), rustc, tools()) == expected


def test_the_linker_that_rustc_takes_for_windows(tools: Tools) -> None:
    there = tools("x86_64-w64-mingw32-gcc", "aarch64-w64-mingw32-clang")
    asked = tuple(Asked(name, FILE) for name in ("x86_64-pc-windows-gnu", "aarch64-pc-windows-gnullvm"))
    assert [each.found for each in toolchain.cross_linkers(asked, CargoConfig(), LINUX, there)] == [True, True]


def test_a_configured_linker(tools: Tools) -> None:
    asked, said = Asked("aarch64-unknown-linux-gnu", FILE), Sourced("arm-gcc", FILE)
    config = CargoConfig(linkers=(('cfg(target_arch = "aarch64")', said),))
    assert toolchain.cross_linkers((asked,), config, LINUX, tools()) == (CrossLinker(asked, said, found=False),)
    assert toolchain.cross_linkers((asked,), config, LINUX, tools("arm-gcc")) == (CrossLinker(asked, said, found=True),)
    assert toolchain.host_linker(config, LINUX) is None
    assert toolchain.host_linker(config, replace(LINUX, host="aarch64-apple-darwin")) == said
