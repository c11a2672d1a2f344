from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.core.config import Config
from pyo3ops.core.project import Backend, Extension, Layout, Project, Pyo3Dependency
from pyo3ops.tools import crates
from pyo3ops.tools.crates import Crate
from pyo3ops.tools.rustc import Rustc

if TYPE_CHECKING:
    from pathlib import Path

OLD = Rustc((1, 74, 0), "1.74.0", "x86_64-unknown-linux-gnu")
NEW = Rustc((1, 95, 0), "1.95.0", "x86_64-unknown-linux-gnu")
#: What cargo unpacked: the name, the version and the rust-version of each crate.
UNPACKED = (("fast", "1.0.0", "1.83"), ("fast", "2.0.0", "1.90"), ("calm", "1.0.0", "1.56"), ("unsaid", "1.0.0", None))


def project_in(root: Path, rust_version: str | None) -> Project:
    extension = Extension(
        crate="crab",
        version="0.1.0",
        edition="2021",
        rust_version=rust_version,
        manifest=root / "Cargo.toml",
        library="crab",
        crate_types=("cdylib",),
        module="crab",
        pymodules=(),
        pyo3=Pyo3Dependency("^0.29", (), ()),
        dependencies=(),
        lock=root / "Cargo.lock",
    )
    return Project(
        root, "crab", None, None, (), (), "", Backend.MATURIN, (), Layout.RUST, None, (extension,), root, None, None,
        Config(), None,
    )  # fmt: skip


def node(name: str, *edges: tuple[str, str | None]) -> dict[str, Any]:
    deps = [{"pkg": other, "dep_kinds": [{"kind": kind, "target": None}]} for other, kind in edges]
    return {"id": name, "deps": deps}


@pytest.fixture
def demanding(tmp_path: Path) -> Callable[..., tuple[Crate, ...]]:
    """Ask about a project whose cargo answers with these nodes; `answer` is printed in place of them."""
    home, bin_folder = tmp_path / "cargo", tmp_path / "bin"
    for name, version, wanted in UNPACKED:
        manifest = home / f"registry/src/index/{name}-{version}/Cargo.toml"
        manifest.parent.mkdir(parents=True)
        line = f'rust-version = "{wanted}"\n' if wanted else ""
        manifest.write_text(f'[package]\nname = "{name}"\n{line}', encoding="utf-8")
    locked = "".join(f'[[package]]\nname = "{name}"\nversion = "{version}"\n' for name, version, _ in UNPACKED)
    (tmp_path / "Cargo.lock").write_text(locked, encoding="utf-8")
    bin_folder.mkdir()

    def ask(
        *nodes: dict[str, Any], rustc: Rustc = NEW, rust_version: str | None = "1.74", answer: str | None = None
    ) -> tuple[Crate, ...]:
        packages = [{"id": f"{n} {v}", "name": n, "version": v, "manifest_path": "/x"} for n, v, _ in UNPACKED]
        packages.append({"id": "crab", "name": "crab", "version": "0.1.0", "manifest_path": f"{tmp_path}/Cargo.toml"})
        metadata = {"packages": packages, "resolve": {"nodes": list(nodes)}}
        (tmp_path / "answer").write_text(json.dumps(metadata) if answer is None else answer, encoding="utf-8")
        cargo = bin_folder / "cargo"
        cargo.write_text(f'#!/bin/sh\nwhile read -r line || [ "$line" ]; do echo "$line"; done < {tmp_path}/answer\n')
        cargo.chmod(0o755)
        return crates.demanding(project_in(tmp_path, rust_version), rustc, home, {"PATH": str(bin_folder)})

    return ask


Demanding = Callable[..., "tuple[Crate, ...]"]
FAST_1 = Crate("fast", "1.0.0", "1.83", "crab")
FAST_2 = Crate("fast", "2.0.0", "1.90", "crab")


def test_more_than_the_project_declares(demanding: Demanding) -> None:
    nodes = node("crab", ("calm 1.0.0", None), ("fast 2.0.0", None)), node("calm 1.0.0", ("fast 1.0.0", "build"))
    assert demanding(*nodes) == (FAST_1, FAST_2)


def test_more_than_rustc_is(demanding: Demanding) -> None:
    nodes = (node("crab", ("fast 1.0.0", None)),)
    assert demanding(*nodes, rustc=OLD, rust_version=None) == (FAST_1,)
    assert demanding(*nodes, rust_version=None) == ()


def test_what_this_host_s_build_does_not_use(demanding: Demanding) -> None:
    dev = node("crab", ("fast 1.0.0", "dev"))
    circle = node("calm 1.0.0", ("crab", None), ("calm 1.0.0", None))
    assert demanding(dev, circle, node("fast 1.0.0", ("fast 2.0.0", None))) == ()


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"packages": 3}', '{"packages": [{}]}', "[[[[", '"a"'])
def test_an_answer_that_tells_nothing(answer: str, demanding: Demanding) -> None:
    assert demanding(answer=answer) == ()


@pytest.mark.parametrize(
    ("manifest", "wanted"),
    [
        (b'[package]\nrust-version = "1.83"\n', "1.83"),
        (b'[package]\nrust-version="1.83.1"\n', "1.83.1"),
        (b"[package]\nrust-version.workspace = true\n", None),
        (b'# rust-version = "1.83"\n', None),
        (b"#" * 9000 + b'\nrust-version = "1.83"\n', None),
        (b"\x00\xff\xfe", None),
        (b"", None),
    ],
)
def test_declared(manifest: bytes, wanted: str | None, tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_bytes(manifest)
    assert crates.declared(tmp_path) == wanted


def test_nothing_is_declared_where_nothing_is(tmp_path: Path) -> None:
    assert crates.declared(tmp_path) is None
    (tmp_path / "Cargo.toml").mkdir()
    assert crates.declared(tmp_path) is None


def test_a_cargo_home_that_cannot_be_looked_at(demanding: Demanding, tmp_path: Path) -> None:
    assert demanding() == ()
    gone = tmp_path / ("a" * 300)
    assert crates.demanding(project_in(tmp_path, "1.74"), NEW, gone, {"PATH": ""}) == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_a_manifest_holds_is_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Cargo.toml").write_bytes(content)
    assert crates.declared(tmp_path) is None or b"rust-version" in content
