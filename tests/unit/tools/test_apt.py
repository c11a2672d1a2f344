from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyo3ops.tools import apt
from pyo3ops.tools.apt import World

DATA = Path(__file__).parents[2] / "data/tools/cross"


def fake(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Programs of the names that are driven, which write down how they were called."""
    fake(tmp_path / "bin", "apt-get", f'pwd >>"{tmp_path}/calls"; echo "$LC_ALL" "$@" >>"{tmp_path}/calls"')
    fake(tmp_path / "bin", "dpkg", "echo arm64")
    return {"PATH": os.pathsep.join([str(tmp_path / "bin"), "/usr/bin", "/bin"])}


def calls(tmp_path: Path) -> list[str]:
    return (tmp_path / "calls").read_text(encoding="utf-8").splitlines()


def test_nothing_of_the_system_is_named_in_its_configuration(tmp_path: Path) -> None:
    world = World(tmp_path, "amd64", ("arm64",))
    lines = world.text().splitlines()
    assert 'APT::Architecture "amd64";' in lines
    assert 'APT::Architectures { "amd64"; "arm64"; };' in lines
    for kind in ("Dir::State", "Dir::State::status", "Dir::Cache"):
        (line,) = [line for line in lines if line.startswith(f'{kind} "')]
        assert str(tmp_path) in line
    # Hooks of the system, which would refresh its own caches.
    assert "#clear APT::Update::Post-Invoke-Success;" in lines


def test_a_world_knows_what_is_installed_and_an_empty_one_does_not(tmp_path: Path) -> None:
    system = tmp_path / "system-status"
    system.write_text("Package: gcc\n", encoding="ascii")
    apt.make(World(tmp_path / "w", "amd64"), system)
    apt.make(World(tmp_path / "w", "arm64", empty=True), system)
    assert (tmp_path / "w/status").read_text(encoding="ascii") == "Package: gcc\n"
    assert (tmp_path / "w/status-empty").read_text(encoding="ascii") == ""
    assert f'Dir::State::status "{tmp_path}/w/status-empty"' in (tmp_path / "w/arm64-empty.conf").read_text(
        encoding="utf-8"
    )
    assert (tmp_path / "w/state/lists/partial").is_dir()


def test_what_is_to_be_had() -> None:
    text = (DATA / "madison.txt").read_text(encoding="utf-8")
    assert apt.parse_madison(text) == {
        "rustc-web": ("1.96.0+dfsg1-1~deb12u2", "1.85.0+dfsg3-1~deb12u3"),
        "libstd-rust-web-dev:arm64": ("1.96.0+dfsg1-1~deb12u2", "1.85.0+dfsg3-1~deb12u3"),
        "rustc": ("1.63.0+dfsg1-2",),
    }


def test_a_source_package_is_no_package() -> None:
    assert apt.parse_madison(" qemu | 7.2 | MIRROR bookworm/main Sources\nN: Unable to locate package x\n") == {}


def test_packages_are_downloaded_into_the_folder_that_is_named(tmp_path: Path, env: dict[str, str]) -> None:
    world = World(tmp_path / "w", "amd64")
    assert apt.fetch(world, ["gcc-x"], tmp_path / "debs", env).ok
    assert apt.fetch_alone(world, ["libstd:arm64=1"], tmp_path / "alone", env).ok
    assert (tmp_path / "debs/partial").is_dir()
    _, one, where, other = calls(tmp_path)
    conf = tmp_path / "w/amd64.conf"
    assert one.startswith(f"C -c {conf} -qq -o Dir::Cache::archives={tmp_path}/debs ")
    assert one.endswith("--download-only install gcc-x")
    assert where == str((tmp_path / "alone").resolve())
    assert other == f"C -c {conf} -qq download libstd:arm64=1"


def test_what_is_driven_has_to_be_here(tmp_path: Path, env: dict[str, str]) -> None:
    assert apt.present({"PATH": str(tmp_path / "bin")}) is False
    fake(tmp_path / "bin", "apt-cache", "exit 100")
    fake(tmp_path / "bin", "dpkg-deb", "exit 2")
    alone = {"PATH": str(tmp_path / "bin")}
    assert apt.present(alone) is True
    assert apt.native(env) == "arm64"
    assert apt.versions(World(tmp_path / "w", "amd64"), ["gcc"], env) == {}
    assert apt.unpack(tmp_path / "broken.deb", tmp_path, env).code == 2


def test_without_dpkg_there_is_no_architecture() -> None:
    assert apt.native({"PATH": ""}) is None
