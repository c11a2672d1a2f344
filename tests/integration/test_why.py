"""Things are broken for real, and what the tools print is piped into `pyo3ops why`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import MANIFEST, ROOT, need

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = MANIFEST.replace('pyo3 = "0.29"\n', "")


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").write_text("pub fn answer() -> u8 { 42 }\n", encoding="utf-8")
    (tmp_path / "Cargo.toml").write_text(PLAIN, encoding="utf-8")
    return tmp_path


def printed(argv: list[str], folder: Path, **env: str) -> bytes:
    merged = {**os.environ, "CARGO_TARGET_DIR": str(folder / "target"), "CARGO_TERM_COLOR": "always", **env}
    done = subprocess.run(
        argv, cwd=folder, env=merged, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=200, check=False
    )
    assert done.returncode != 0
    return done.stdout


def diagnosed(log: bytes, folder: Path) -> tuple[int, list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, "-m", "pyo3ops", "why", "--json"],
        input=log,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)["findings"]


def assert_first(log: bytes, folder: Path, identity: str) -> None:
    code, findings = diagnosed(log, folder)
    assert [finding["id"] for finding in findings][:1] == [identity], log.decode("utf-8", "replace")
    assert code == 1


def test_no_linker(crate: Path) -> None:
    need("cargo")
    log = printed(["cargo", "build"], crate, RUSTFLAGS="-C linker=no-such-linker")
    assert b"\x1b[" in log
    assert_first(log, crate, "why.link.no-linker")


def test_no_manifest(tmp_path: Path) -> None:
    need("cargo")
    assert_first(printed(["cargo", "build"], tmp_path), tmp_path, "why.cargo.manifest-missing")


def test_an_error_in_the_code(crate: Path) -> None:
    need("cargo")
    (crate / "src" / "lib.rs").write_text('pub fn answer() -> u8 { "text" }\n', encoding="utf-8")
    assert_first(printed(["cargo", "build"], crate), crate, "why.rust.compile")


def test_a_library_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "tiny.so").write_bytes(b"no library, but long enough to be taken for one\n" * 20)
    if sys.platform != "linux":
        pytest.skip("the loader of Linux is what is asked")
    assert_first(printed([sys.executable, "-c", "import tiny"], tmp_path), tmp_path, "why.import.architecture")


def test_a_library_of_another_name(tmp_path: Path) -> None:
    need("cc")
    (tmp_path / "a.c").write_text("int PyInit_other(void) { return 1; }\n", encoding="utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", "tiny.so", "a.c"], cwd=tmp_path, check=True)
    assert_first(printed([sys.executable, "-c", "import tiny"], tmp_path), tmp_path, "why.import.no-init")


def test_a_build_without_errors(crate: Path) -> None:
    need("cargo", "cc")
    done = subprocess.run(
        [str(shutil.which("cargo")), "build", "-v"],
        cwd=crate,
        env={**os.environ, "CARGO_TARGET_DIR": str(crate / "target")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=200,
        check=True,
    )
    code, findings = diagnosed(done.stdout, crate)
    assert [(finding["id"], finding["status"]) for finding in findings] == [("why.unrecognised", "unknown")]
    assert code == 4
