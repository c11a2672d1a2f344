"""rust-analyzer: is the language server there, and does it start."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.run import run, which
from pyo3ops.tools.rustc import TIMEOUT, offline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.core.run import Result


@dataclass(frozen=True)
class Server:
    """The server on PATH; `error` says why it does not start."""

    path: str | None
    release: str = ""
    error: str | None = None


def ask(root: Path, env: Mapping[str, str]) -> Server:
    """Find the server that applies in `root` and learn its version."""
    path = which("rust-analyzer", env)
    if path is None:
        return Server(None, error="rust-analyzer is not on PATH")
    return parse(path, run([path, "--version"], timeout=TIMEOUT, env=offline(env), cwd=root))


def parse(path: str, result: Result) -> Server:
    """Read what `rust-analyzer --version` printed."""
    match = re.match(r"rust-analyzer (\S+)", result.out)
    if result.ok and match:
        return Server(path, match[1])
    # rustup's proxy stands on PATH whether or not the toolchain has the component.
    if "rust-analyzer' is not installed" in result.err or "Unknown binary 'rust-analyzer" in result.err:
        return Server(path, error="rustup has no rust-analyzer in this toolchain")
    return Server(path, error=result.reason if not result.ok else "rust-analyzer --version printed no version")
