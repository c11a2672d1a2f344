from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.tools.maturin import Maturin
from pyo3ops.tools.rustc import Rustc
from pyo3ops.wheels import reproducible
from pyo3ops.wheels.toolchain import Toolchain

if TYPE_CHECKING:
    from pathlib import Path

HOST = "x86_64-unknown-linux-gnu"


def toolchain(host: str = HOST, commit: str = "abc", sysroot: str = "/rust") -> Toolchain:
    return Toolchain(Rustc((1, 95, 0), "1.95.0", host), "", commit, sysroot, Maturin("1.16.0"), None, "", "")


def flags(env: dict[str, str]) -> list[str]:
    return env["CARGO_ENCODED_RUSTFLAGS"].split("\x1f")


def told(tmp_path: Path, env: dict[str, str], chain: Toolchain) -> dict[str, str]:
    places = reproducible.Places(tmp_path / "größe src", tmp_path / "t")
    source = tmp_path / "größe src/a"
    source.mkdir(parents=True, exist_ok=True)
    return reproducible.environment(env, chain, places, seconds=7, source=source, home=tmp_path / "home")


def test_no_folder_of_this_machine_is_left(tmp_path: Path) -> None:
    env = told(tmp_path, {"A": "b"}, toolchain())
    assert flags(env) == [
        f"--remap-path-prefix={tmp_path}/home/.cargo=cargo",
        "--remap-path-prefix=/rust/lib/rustlib/src/rust=/rustc/abc",
        f"--remap-path-prefix={tmp_path}/t=target",
        f"--remap-path-prefix={tmp_path}/größe src=src",
        "-Clink-arg=-Wl,--build-id=sha1",
    ]
    assert (env["A"], env["SOURCE_DATE_EPOCH"], env["CARGO_INCREMENTAL"]) == ("b", "7", "0")


def test_a_folder_behind_a_link_is_told_both_ways(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "t").symlink_to("real")
    assert f"--remap-path-prefix={tmp_path}/real=target" in flags(told(tmp_path, {}, toolchain()))


def test_flags_of_the_user_are_kept(tmp_path: Path) -> None:
    env = told(tmp_path, {"RUSTFLAGS": "-C target-cpu=native", "CARGO_HOME": "/ch"}, toolchain())
    assert flags(env)[:3] == ["-C", "target-cpu=native", "--remap-path-prefix=/ch=cargo"]
    (tmp_path / "größe src/.cargo").mkdir()
    config = '[build]\nrustflags = ["--cfg", "own"]\n'
    (tmp_path / "größe src/.cargo/config.toml").write_text(config, encoding="utf-8")
    assert flags(told(tmp_path, {}, toolchain()))[:2] == ["--cfg", "own"]


def test_elsewhere_than_on_linux_nothing_is_said_of_build_ids(tmp_path: Path) -> None:
    assert "build-id" not in told(tmp_path, {}, toolchain("aarch64-apple-darwin"))["CARGO_ENCODED_RUSTFLAGS"]


@pytest.mark.parametrize(("commit", "sysroot"), [("", "/rust"), ("abc", "")])
def test_a_compiler_that_does_not_say_what_it_is(tmp_path: Path, commit: str, sysroot: str) -> None:
    assert "/rustc/" not in told(tmp_path, {}, toolchain(HOST, commit, sysroot))["CARGO_ENCODED_RUSTFLAGS"]


def test_the_time_that_is_given_counts(tmp_path: Path) -> None:
    found = reproducible.epoch(tmp_path, {"SOURCE_DATE_EPOCH": "1600000000"})
    assert found == reproducible.Epoch(1600000000, "SOURCE_DATE_EPOCH")
    # A zip archive cannot tell an earlier one.
    assert reproducible.epoch(tmp_path, {"SOURCE_DATE_EPOCH": "0"}).seconds == reproducible.OLDEST
    assert reproducible.epoch_of(1600000001, {"SOURCE_DATE_EPOCH": "1600000000"}).seconds == 1600000000


def test_without_git_the_newest_file_counts(tmp_path: Path) -> None:
    for name, after in (("a", 0), ("src/b", 2), ("target/c", 100), (".x/d", 100)):
        time = 1_500_000_000 + after
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time, time))
    (tmp_path / "src/link").symlink_to("nowhere")
    os.utime(tmp_path / "src/link", (1, 1), follow_symlinks=False)
    expected = reproducible.Epoch(1_500_000_002, "the newest file")
    assert reproducible.epoch(tmp_path, {"PATH": "", "SOURCE_DATE_EPOCH": "yesterday"}) == expected


def test_the_commit_counts_where_the_folder_is_of_it(tmp_path: Path) -> None:
    date = "1500000000 +0000"
    identity = {f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env = {**os.environ, **identity, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    env.pop("SOURCE_DATE_EPOCH", None)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a").touch()
    (tmp_path / "out").mkdir()
    for argv in (["init", "--quiet"], ["add", "in"], ["commit", "--quiet", "--message", "a"]):
        if subprocess.run(["git", *argv], cwd=tmp_path, env=env, check=False).returncode:
            pytest.skip("git is not here")
    assert reproducible.epoch(tmp_path / "in", env).seconds == 1_500_000_000
    assert reproducible.epoch(tmp_path / "in", env).source == "the commit that is checked out"
    assert reproducible.epoch(tmp_path / "out", env).source == "the newest file"


def hashed(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def wheel(folder: Path, sbom: bytes) -> Path:
    path = folder / "a-1-py3-none-any.whl"
    members = {"a.py": b"1", "a-1.dist-info/METADATA": b"Name: a", "a-1.dist-info/sboms/a.cyclonedx.json": sbom}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        rows = [f"{name},{hashed(data)},{len(data)}" for name, data in members.items()]
        archive.writestr("a-1.dist-info/RECORD", "\n".join([*rows, "a-1.dist-info/RECORD,,", ""]))
    return path


def test_an_sbom_does_not_say_where_it_was_made(tmp_path: Path) -> None:
    sources = tmp_path / "größe src"
    quoted = str(sources).replace("ö", "%C3%B6").replace("ß", "%C3%9F").replace(" ", "%20")
    inside, near, itself = f"file://{quoted}/a", f"file://{quoted}2/a", f"path+file://{quoted}#1.0"
    sbom = f'{{"ref": "path+{inside}#a@1", "other": "file:///elsewhere/a", "near": "{near}", "itself": "{itself}"}}'
    path = wheel(tmp_path, sbom.encode("utf-8"))
    assert reproducible.forget(path, sources, 1_500_000_000)
    with zipfile.ZipFile(path) as archive:
        data = archive.read("a-1.dist-info/sboms/a.cyclonedx.json")
        wanted = sbom.replace(inside, "file:///./a").replace(itself, "path+file:///.#1.0")
        assert data.decode("utf-8") == wanted
        assert hashed(data) in archive.read("a-1.dist-info/RECORD").decode("utf-8")
    assert not reproducible.forget(path, sources, 1_500_000_000)


@pytest.mark.parametrize("size", [0, 30])
def test_what_is_no_wheel_is_told(tmp_path: Path, size: int) -> None:
    path = wheel(tmp_path, b"{}")
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(UsageError, match="is no wheel"):
        reproducible.forget(path, tmp_path, 1_500_000_000)


def test_a_wheel_without_an_sbom_is_not_touched(tmp_path: Path) -> None:
    path = wheel(tmp_path, b"{}")
    before = path.read_bytes()
    assert not reproducible.forget(path, tmp_path, 1_500_000_000)
    assert path.read_bytes() == before
