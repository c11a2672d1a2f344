"""cargo: found, asked for its version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, run
from pyo3ops.tools.rustc import offline, rust_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Seconds; see tools/rustc.py.
TIMEOUT = 4.0


@dataclass(frozen=True)
class Cargo:
    """The cargo that this project gets; `error` is set where it does not run, and the rest empty then."""

    version: tuple[int, ...] = ()
    release: str = ""
    error: str | None = None
    missing: bool = False
    #: It did not answer in time.
    hung: bool = False


def ask(root: Path, env: Mapping[str, str]) -> Cargo:
    """Ask the cargo that applies in `root` for its version."""
    result = run(["cargo", "--version"], timeout=TIMEOUT, env=offline(env), cwd=root)
    if not result.ok:
        return Cargo(error=result.reason, missing=result.ended is Ended.MISSING, hung=result.ended is Ended.TIMEOUT)
    return parse(result.out)


def parse(text: str) -> Cargo:
    """Read what `cargo --version` printed, such as "cargo 1.95.0 (f2d3ce0bd 2026-03-21)"."""
    words = text.split()
    version = rust_version(words[1]) if len(words) > 1 and words[0] == "cargo" else ()
    return Cargo(version, words[1]) if version else Cargo(error="cargo --version printed no version")
