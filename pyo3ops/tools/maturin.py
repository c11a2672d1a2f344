"""maturin: found, asked for its version, and driven."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Seconds; it answers within 0.05.
TIMEOUT = 4.0


@dataclass(frozen=True)
class Maturin:
    """The maturin on PATH; `error` is set where it does not run."""

    release: str = ""
    error: str | None = None
    missing: bool = False

    def admitted_by(self, specifier: str | None) -> bool:
        """True where a version specifier of build-system.requires admits it; None admits all, a garbled one none."""
        from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - costs what start-up cannot pay

        try:
            return SpecifierSet(specifier or "").contains(self.release, prereleases=True)
        except InvalidSpecifier:
            return False


def ask(env: Mapping[str, str]) -> Maturin:
    """Ask the maturin on the PATH of `env` for its version."""
    result = run(["maturin", "--version"], timeout=TIMEOUT, env=env)
    if not result.ok:
        return Maturin(error=result.reason, missing=result.ended is Ended.MISSING)
    return parse(result.out)


def parse(text: str) -> Maturin:
    """Read what `maturin --version` printed, such as "maturin 1.16.0"."""
    match = re.match(r"maturin (\d+(?:\.\d+)+\S*)", text)
    return Maturin(match[1]) if match else Maturin(error="maturin --version printed no version")


def build_argv(maturin: str, python: Path, output: Path, *, locked: bool) -> list[str]:
    """A release wheel for one interpreter into `output`; `locked` takes the crates of Cargo.lock and no others."""
    argv = [maturin, "build", "--release", "--interpreter", str(python), "--out", str(output)]
    return [*argv, "--locked"] if locked else argv


def develop_argv(maturin: str, *, uv: bool) -> list[str]:
    """An optimised editable build into the active environment; `uv` installs where that environment has no pip."""
    return [maturin, "develop", "--release", *(["--uv"] if uv else [])]
