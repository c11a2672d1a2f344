from __future__ import annotations

import base64
import hashlib
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.wheels.cross import making, rows
from pyo3ops.wheels.cross.making import Job
from pyo3ops.wheels.cross.ways import Linker, Origin, Std, Tool
from pyo3ops.wheels.platforms import System

if TYPE_CHECKING:
    from pyo3ops.core.project import Project

(ARM, MUSL) = rows.chosen(["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-musl"])
GCC, ZIG = Linker(Tool.GCC, Path("/kit/gcc"), "12.2.0"), Linker(Tool.ZIG, Path("/kit/zig"), "0.15.2")
KIT = Std(Origin.KIT, "1.96.0", Path("/kit/rust/start"))


def job(root: Path, *, locked: bool = True) -> Job:
    extensions = (SimpleNamespace(lock=root / "Cargo.lock" if locked else None),)
    project = cast("Project", SimpleNamespace(root=root, name="it", extensions=extensions))
    return Job(project, ARM, KIT, GCC, PythonVersion(11), (2, 17))


def test_gcc_is_named_in_variables(tmp_path: Path) -> None:
    gcc = job(tmp_path)
    assert making.build_argv(gcc, Path("/out")) == [
        *("maturin", "build", "--release", "--target", "aarch64-unknown-linux-gnu"),
        *("--interpreter", "python3.11", "--out", "/out", "--locked"),
    ]
    env = making.build_env(gcc, tmp_path / "t", {"PATH": "/bin", "HOME": str(tmp_path), "PYO3_PYTHON": "python3.8"})
    assert env["CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"] == "/kit/gcc"
    assert env["CC_aarch64_unknown_linux_gnu"] == "/kit/gcc"
    assert env["RUSTC"] == "/kit/rust/start"
    assert env["SOURCE_DATE_EPOCH"] == "315532800"
    assert "PYO3_PYTHON" not in env
    assert "RUSTC_BOOTSTRAP" not in env


def test_what_lies_beside_an_unpacked_gcc_is_found_by_its_name(tmp_path: Path) -> None:
    said = {"HOME": str(tmp_path), "PATH": "/usr/bin"}
    unpacked = replace(job(tmp_path), linker=Linker(Tool.GCC, tmp_path / "start", "12.2.0"))
    assert making.build_env(unpacked, tmp_path / "t", said)["PATH"] == f"{tmp_path}/bin{os.pathsep}/usr/bin"
    on_path = replace(job(tmp_path), linker=Linker(Tool.GCC, tmp_path / "aarch64-linux-gnu-gcc", "12.2.0"))
    assert making.build_env(on_path, tmp_path / "t", said)["PATH"] == "/usr/bin"


def test_zig_links_for_the_oldest_system_that_is_wanted(tmp_path: Path) -> None:
    zig = replace(job(tmp_path, locked=False), linker=ZIG)
    argv = making.build_argv(zig, Path("/out"))
    assert argv[-3:] == ["--zig", "--compatibility", "manylinux_2_17"]
    said = {"HOME": str(tmp_path), "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER": "other", "SOURCE_DATE_EPOCH": "7"}
    env = making.build_env(zig, tmp_path / "t", said)
    assert "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER" not in env
    assert (env["CARGO_ZIGBUILD_ZIG_PATH"], env["SOURCE_DATE_EPOCH"]) == ("/kit/zig", "315532800")


def test_a_library_compiled_from_source_is_asked_of_cargo(tmp_path: Path) -> None:
    source = replace(job(tmp_path), target=MUSL, linker=ZIG, std=replace(KIT, origin=Origin.SOURCE), floor=(1, 2))
    argv = making.build_argv(source, Path("/out"))
    assert argv[-4:] == ["--compatibility", "musllinux_1_2", "-Z", "build-std=std,panic_abort"]
    assert making.build_env(source, tmp_path / "t", {"HOME": str(tmp_path)})["RUSTC_BOOTSTRAP"] == "1"


def test_a_foreign_sysconfig_is_read_where_one_is_named(tmp_path: Path) -> None:
    named = replace(job(tmp_path), sysconfig=Path("/arm/usr/lib/python3.11"))
    env = making.build_env(named, tmp_path / "t", {"HOME": str(tmp_path)})
    assert env["PYO3_CROSS_LIB_DIR"] == "/arm/usr/lib/python3.11"


def test_no_path_of_this_machine_stays_and_no_flag_of_the_project_is_lost(tmp_path: Path) -> None:
    root = tmp_path / "pro ject"
    (root / ".cargo").mkdir(parents=True)
    text = '[target.aarch64-unknown-linux-gnu]\nrustflags = ["-C", "target-cpu=neoverse-n1"]\n'
    (root / ".cargo/config.toml").write_text(text, encoding="utf-8")
    flags = making.rustflags(job(root), root / "out/target", {"HOME": str(tmp_path), "CARGO_HOME": "/c"})
    assert flags == (
        "-C",
        "target-cpu=neoverse-n1",
        "--remap-path-prefix=/c=cargo",
        "--remap-path-prefix=/kit/rust/usr=rust",
        f"--remap-path-prefix={root}=src",
        f"--remap-path-prefix={root}/out/target=target",
        "-Clink-arg=-Wl,--build-id=sha1",
    )
    env = making.build_env(job(root), root / "out/target", {"HOME": str(tmp_path), "CARGO_HOME": "/c"})
    assert tuple(env["CARGO_ENCODED_RUSTFLAGS"].split("\x1f")) == flags


@pytest.mark.parametrize(
    ("system", "floor", "tag"),
    [
        (System.GLIBC, (2, 28), "manylinux_2_28"),
        (System.MUSL, (1, 2), "musllinux_1_2"),
        (System.GLIBC, (), ""),
        (System.MACOS, (11, 0), ""),
    ],
)
def test_a_floor_as_maturin_calls_it(system: System, floor: tuple[int, ...], tag: str) -> None:
    assert making.policy(system, floor) == tag


def maturin(folder: Path, script: str) -> dict[str, str]:
    folder.mkdir()
    (folder / "maturin").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / "maturin").chmod(0o755)
    return {"PATH": os.pathsep.join([str(folder), "/usr/bin", "/bin"]), "HOME": str(folder)}


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ('echo "error: linker not found"; exit 1', "maturin ended with 1"),
        ("exit 0", "the build said 0 and left 0 wheels"),
        ('while [ "$1" != --out ]; do shift; done; echo x >"$2/a.whl"', "a.whl is no wheel: File is not a zip file"),
        ('while [ "$1" != --out ]; do shift; done; touch "$2/a.whl" "$2/b.whl"', "the build said 0 and left 2 wheels"),
    ],
)
def test_a_build_that_gives_no_wheel_says_why(tmp_path: Path, script: str, error: str) -> None:
    env = maturin(tmp_path / "bin", script)
    made = making.build(job(tmp_path), tmp_path / "out", tmp_path / "t", env, lambda _: None)
    assert (made.wheel, made.error) == (None, error)
    assert made.log == tmp_path / "out/build.log"


def test_a_wheel_and_a_folder_of_its_own_for_each_linker(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as archive:
        archive.writestr("it.py", "")
    copy = f'cp "{tmp_path}/a.whl" "$2"'
    script = f'while [ "$1" != --out ]; do shift; done; echo "$CARGO_TARGET_DIR"; {copy}'
    env = maturin(tmp_path / "bin", script)
    lines: list[str] = []
    for linker in (GCC, ZIG):
        one = replace(job(tmp_path), linker=linker)
        made = making.build(one, tmp_path / linker.tool.value, tmp_path / "t", env, lines.append)
        assert made.wheel == tmp_path / linker.tool.value / "a.whl"
    assert lines == [f"it for {ARM.triple}: {tmp_path}/t/{ARM.triple}-{tool}/cp311" for tool in ("gcc", "zig")]


@pytest.mark.parametrize(("tree", "shown"), [("here", "./it"), ("here/it", "./it"), (None, "./it")])
def test_where_it_was_built_is_not_in_the_wheel(tmp_path: Path, tree: str | None, shown: str) -> None:
    root = tmp_path / "here" / "it"
    root.mkdir(parents=True)
    sbom, record = "it-1.dist-info/sboms/it.json", "it-1.dist-info/RECORD"
    text = f'"path+file://{root}#1"'
    sha = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    files = {sbom: text, record: f"{sbom},sha256={sha},{len(text)}\n{record},,\n"}
    with zipfile.ZipFile(tmp_path / "it-1-cp311-cp311-any.whl", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    wheel = tmp_path / "it-1-cp311-cp311-any.whl"
    one = replace(job(root), tree=tmp_path / tree if tree else None)
    assert making._without_places(wheel, one) is None
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(sbom).decode() == f'"path+file:///{shown}#1"'


def test_without_maturin_it_is_named(tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    made = making.build(job(tmp_path), tmp_path / "out", tmp_path / "t", env, lambda _: None)
    assert made.error == "maturin cannot be started: No such file or directory"


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").touch()
    with pytest.raises(FileExistsError):
        making.build(job(tmp_path), tmp_path / "out", tmp_path / "t", {"PATH": "", "HOME": "/"}, lambda _: None)
    assert (tmp_path / "out/mine").exists()
