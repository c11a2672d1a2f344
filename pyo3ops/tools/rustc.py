"""rustc: found, asked for its version and host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Seconds; a rustup proxy answers within 0.1, a first start from a cold disk takes longer.
TIMEOUT = 4.0


@dataclass(frozen=True)
class Rustc:
    """The compiler that this project gets; `error` is set where it does not run, and the rest empty then."""

    version: tuple[int, ...] = ()
    #: As rustc spells it, such as 1.95.0 or 1.97.0-nightly.
    release: str = ""
    #: The host's target triple.
    host: str = ""
    error: str | None = None
    missing: bool = False
    #: It did not answer in time.
    hung: bool = False

    @property
    def architecture(self) -> str:
        """First part of the host triple, such as x86_64."""
        return self.host.split("-")[0]


def ask(root: Path, env: Mapping[str, str]) -> Rustc:
    """Ask the rustc that applies in `root`, where a rust-toolchain file may choose another one."""
    program = env.get("RUSTC") or "rustc"
    result = run([program, "-vV"], timeout=TIMEOUT, env=offline(env), cwd=root)
    if not result.ok:
        return Rustc(error=result.reason, missing=result.ended is Ended.MISSING, hung=result.ended is Ended.TIMEOUT)
    return parse(result.out)


def parse(text: str) -> Rustc:
    """Read what `rustc -vV` printed."""
    fields = dict(re.findall(r"^([\w ]+): (.*)$", text, re.MULTILINE))
    version = rust_version(fields.get("release", ""))
    if not version or "host" not in fields:
        return Rustc(error="rustc -vV printed neither a release nor a host")
    return Rustc(version, fields["release"], fields["host"])


def rust_version(text: str) -> tuple[int, ...]:
    """The numbers of a Rust version or `rust-version`, `()` where there are none; 1.83 and 1.83.0 are equal."""
    match = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", text.strip())
    return tuple(int(number or 0) for number in match.groups()) if match else ()


def offline(env: Mapping[str, str]) -> dict[str, str]:
    """`env` in which rustup's proxies report a missing toolchain instead of downloading it."""
    return {**env, "RUSTUP_AUTO_INSTALL": "0"}
