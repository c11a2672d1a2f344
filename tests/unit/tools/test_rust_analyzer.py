from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.run import Ended, Result
from pyo3ops.tools.rust_analyzer import Server, ask, parse

if TYPE_CHECKING:
    from pathlib import Path

PATH = "/home/me/.cargo/bin/rust-analyzer"


def _result(out: str = "", err: str = "", code: int = 0) -> Result:
    return Result((PATH, "--version"), code, out, err, 0.1, Ended.EXITED)


def test_a_server() -> None:
    assert parse(PATH, _result("rust-analyzer 1.95.0 (59807616 2026-04-14)\n")) == Server(PATH, "1.95.0")


@pytest.mark.parametrize(
    "err",
    [
        # rustup 1.28 where the component is not installed, and where it does not know of one.
        "error: 'rust-analyzer' is not installed for the toolchain 'stable-x86_64-unknown-linux-gnu'.\n",
        "error: Unknown binary 'rust-analyzer' in official toolchain 'stable-x86_64-unknown-linux-gnu'.\n",
    ],
)
def test_a_proxy_of_rustup(err: str) -> None:
    server = parse(PATH, _result(err=err, code=1))
    assert server == Server(PATH, error="rustup has no rust-analyzer in this toolchain")


def test_a_server_that_does_not_run() -> None:
    assert parse(PATH, _result(err="cannot execute\n", code=126)).error == f"{PATH} ended with 126: cannot execute"
    assert parse(PATH, _result("hello")).error == "rust-analyzer --version printed no version"


def test_no_server(tmp_path: Path) -> None:
    assert ask(tmp_path, {"PATH": ""}) == Server(None, error="rust-analyzer is not on PATH")
