from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.wheels.cross import rows
from pyo3ops.wheels.cross.attempt import NOT_MATURIN, How, Ready, attempt
from pyo3ops.wheels.cross.ways import Linker, Origin, Std, Tool
from pyo3ops.wheels.foreign import ForeignPython

(ARM,) = rows.chosen(["aarch64-unknown-linux-gnu"])
READY = Ready(ARM, Std(Origin.TOOLCHAIN, "1.95.0"), Linker(Tool.GCC, Path("/gcc"), "12.2.0"))
PYTHON = ForeignPython(Path("/q"), Path("/r"), Path("/p"), PythonVersion(9), "3.9.2", "aarch64", ("glibc", (2, 31)))
PYPROJECT = '[build-system]\nrequires = ["{0}"]\nbuild-backend = "{0}"\n[project]\nname = "it"\nversion = "1"\n'
WHEEL = "it-1-cp311-cp311-manylinux_2_17_aarch64.whl"


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def how(tmp_path: Path) -> How:
    """A cargo that describes one crate that uses PyO3, and a maturin that copies a wheel."""
    manifest = tmp_path / "it/Cargo.toml"
    manifest.parent.mkdir()
    manifest.write_text('[package]\nname = "it"\n', encoding="utf-8")
    library = {"name": "it", "kind": ["cdylib"], "crate_types": ["cdylib"], "src_path": str(tmp_path / "it/src/lib.rs")}
    dependency: dict[str, object] = {
        "name": "pyo3",
        "req": "^0.29",
        "kind": None,
        "optional": False,
        "rename": None,
        "features": [],
    }
    package = {
        "name": "it",
        "version": "1.0.0",
        "edition": "2021",
        "manifest_path": str(manifest),
        "targets": [library],
        "features": {},
        "dependencies": [{**dependency, "source": "registry"}],
    }
    metadata = {
        "packages": [package],
        "workspace_root": str(tmp_path / "it"),
        "target_directory": str(tmp_path / "it/target"),
    }
    (tmp_path / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    with zipfile.ZipFile(tmp_path / WHEEL, "w") as archive:
        archive.writestr("it.so", b"\x7fELF cut off")
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin/cargo", f'cat "{tmp_path}/metadata.json"')
    program(tmp_path / "bin/maturin", f'while [ "$1" != --out ]; do shift; done; cp "{tmp_path}/{WHEEL}" "$2"')
    env = {"PATH": os.pathsep.join([str(tmp_path / "bin"), "/usr/bin", "/bin"]), "HOME": str(tmp_path)}
    return How(PythonVersion(11), tmp_path / "out", tmp_path / "target", env, tmp_path)


def project(how: How, backend: str = "maturin") -> Path:
    folder = how.tree / "it"
    (folder / "pyproject.toml").write_text(PYPROJECT.format(backend), encoding="utf-8")
    return folder


def test_a_wheel_is_built_and_read(how: How) -> None:
    outcome = attempt("it", project(how), READY, how)
    assert outcome.error is None
    assert outcome.made is not None
    assert outcome.made.wheel == how.output / ARM.triple / "it" / WHEEL
    assert outcome.truth is not None
    assert outcome.truth.wrong == ("it.so is no ELF file that can be read",)
    assert outcome.tested is None
    assert outcome.floor == (2, 17)


def test_what_the_foreign_python_would_not_install_is_not_run(how: How) -> None:
    ready = Ready(READY.target, READY.std, READY.linker, PYTHON)
    tested = attempt("it", project(how), ready, how).tested
    assert tested is not None
    assert tested.error == f"{WHEEL} is for cp311-cp311-manylinux_2_17_aarch64, and here is {PYTHON}"


def test_other_backends_do_not_build_for_other_machines(how: How) -> None:
    outcome = attempt("it", project(how, "setuptools.build_meta"), READY, how)
    assert (outcome.error, outcome.made) == (NOT_MATURIN, None)


def test_what_cannot_be_read_or_written_is_told(how: How) -> None:
    folder = project(how)
    (how.output / ARM.triple).mkdir(parents=True)
    (how.output / ARM.triple / "it").touch()
    outcome = attempt("it", folder, READY, how)
    assert outcome.error is not None
    assert "it" in outcome.error
    (folder / "pyproject.toml").write_text("[project", encoding="utf-8")
    assert "is not TOML" in str(attempt("it", folder, READY, how).error)
    (how.tree / "bin/cargo").unlink()
    project(how)
    alone = How(how.version, how.output, how.targets, {"PATH": "", "HOME": "/"}, how.tree)
    assert str(attempt("it", folder, READY, alone).error).startswith("cargo metadata: ")
