"""What rustc and cargo themselves say, against what is read from files in their place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.run import run
from pyo3ops.tools import cargo_cfg, cargo_config, elf

from .conftest import need

if TYPE_CHECKING:
    from pathlib import Path

HOST = "x86_64-unknown-linux-gnu"
TARGETS = [
    HOST,
    "x86_64-unknown-linux-musl",
    "x86_64-pc-windows-msvc",
    "x86_64-pc-windows-gnu",
    "i686-pc-windows-msvc",
    "i686-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "aarch64-pc-windows-msvc",
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
    "armv7-unknown-linux-gnueabihf",
    "arm-unknown-linux-gnueabihf",
    "armv7-linux-androideabi",
    "aarch64-linux-android",
    "aarch64-apple-ios",
    "powerpc64le-unknown-linux-gnu",
    "riscv64gc-unknown-linux-gnu",
    "loongarch64-unknown-linux-gnu",
    "s390x-unknown-linux-gnu",
    "x86_64-unknown-freebsd",
    "wasm32-unknown-emscripten",
    "wasm32-unknown-unknown",
]


@pytest.mark.parametrize("target", TARGETS)
def test_what_a_triple_tells(target: str, env: dict[str, str]) -> None:
    need("rustc")
    printed = run(["rustc", "--print", "cfg", "--target", target], timeout=60, env=env)
    assert printed.ok, printed.reason
    told = set(re.findall(r'^(\w+)(?:="(.*)")?$', printed.out, re.MULTILINE))
    judged = {"target_arch", "target_os", "target_vendor", "target_env", "target_family", "target_pointer_width"}
    judged |= {"target_endian", "unix", "windows", "debug_assertions"}
    expected = {(name, value) for name, value in told if name in judged}
    values = {(name, value or "") for name, value in cargo_cfg.values(target) if name in judged}
    assert values == expected


ENVIRONMENTS = [
    {},
    {"RUSTFLAGS": ""},
    {"RUSTFLAGS": "--cfg rf"},
    {"CARGO_ENCODED_RUSTFLAGS": "--cfg\x1fencoded", "RUSTFLAGS": "--cfg rf"},
    {"CARGO_TARGET_{host}_RUSTFLAGS": "--cfg of_target"},
    {"CARGO_BUILD_RUSTFLAGS": "--cfg of_build"},
]
FILES = [
    {},
    {"crate/.cargo/config.toml": "[build]\nrustflags = ['--cfg', 'near']\n"},
    {
        "crate/.cargo/config.toml": "[build]\nrustflags = '--cfg near'\n",
        ".cargo/config.toml": "[build]\nrustflags = '--cfg above'\n",
    },
    {
        "crate/.cargo/config.toml": "[build]\nrustflags = ['--cfg', 'near']\n",
        ".cargo/config.toml": "[build]\nrustflags = ['--cfg', 'above']\n",
        "home/config.toml": "[build]\nrustflags = ['--cfg', 'home']\n",
    },
    {
        "crate/.cargo/config.toml": (
            "[target.{triple}]\nrustflags = '--cfg triple'\n[target.'cfg(all())']\nrustflags = ['--cfg', 'every']\n"
            "[target.'cfg(unix)']\nrustflags = '--cfg on_unix'\n[target.'cfg(windows)']\nrustflags = '--cfg no'\n"
            "[target.'cfg(not(windows))']\nrustflags = '--cfg on_others'\n[build]\nrustflags = '--cfg never'\n"
        ),
        ".cargo/config.toml": "[target.'cfg(unix)']\nrustflags = '--cfg above'\n",
    },
    {
        "crate/.cargo/config": "[build]\nrustflags = '--cfg old'\n",
        "crate/.cargo/config.toml": "[build]\nrustflags = '-g'\n",
    },
]


@pytest.mark.parametrize("variables", ENVIRONMENTS, ids=lambda each: "-".join(each) or "none")
@pytest.mark.parametrize("files", FILES, ids=["none", "one", "strings", "lists", "tables", "both"])
def test_the_flags_that_cargo_passes(
    variables: dict[str, str], files: dict[str, str], tmp_path: Path, env: dict[str, str]
) -> None:
    need("cargo")
    host = run(["rustc", "--print", "host-tuple"], timeout=60, env=env).out.strip()
    root = tmp_path / "crate"
    written = {
        **files,
        "crate/Cargo.toml": '[package]\nname = "crate"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[workspace]\n',
        "crate/lib.rs": "",
    }
    for name, text in written.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.replace("{triple}", host), encoding="utf-8")
    (tmp_path / "home").mkdir(exist_ok=True)
    spelled = host.upper().replace("-", "_")
    asked = {name.replace("{host}", spelled): value for name, value in variables.items()}
    kept = {name: value for name, value in env.items() if "RUSTFLAGS" not in name}
    clean = {**kept, "CARGO_HOME": str(tmp_path / "home"), "CARGO_TARGET_DIR": str(tmp_path / "target"), **asked}
    built = run(["cargo", "check", "--offline", "-v"], timeout=120, env=clean, cwd=root)
    assert built.ok, built.err
    (line,) = (line for line in built.err.splitlines() if "--crate-name crate " in line)
    passed = re.findall(r"--cfg (\w+)|( -g)(?=[ `])", line)
    read = cargo_config.read(root, clean, tmp_path, host)
    assert [name or "-g" for name, _ in passed] == [flag for flag in read.flags if flag != "--cfg"]


def test_what_a_library_needs(tmp_path: Path, env: dict[str, str]) -> None:
    need("cc", "ld")
    (tmp_path / "other.c").write_text("int other(void) { return 1; }", encoding="ascii")
    (tmp_path / "a.c").write_text("int other(void); int a(void) { return other(); }", encoding="ascii")
    flags = ["-shared", "-fPIC", "-nostdlib"]
    first = ["cc", *flags, "-o", "libpython3.99.so.1.0", "-Wl,-soname,libpython3.99.so.1.0", "other.c"]
    second = ["cc", *flags, "-o", "a.so", "a.c", "./libpython3.99.so.1.0"]
    for argv in (first, second):
        linked = run(argv, timeout=60, env=env, cwd=tmp_path)
        if not linked.ok and "unknown" in linked.err:
            pytest.skip("this linker makes no ELF files")
        assert linked.ok, linked.err
    assert elf.needed(tmp_path / "a.so") == ("libpython3.99.so.1.0",)
    assert elf.needed(tmp_path / "libpython3.99.so.1.0") == ()
