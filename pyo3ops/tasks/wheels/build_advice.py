"""The way out of a build that failed: what its last lines say, and what mends that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pyo3ops.core.model import Fix, Status
from pyo3ops.tools import system

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.wheels.batch.member import Member


class _Row(NamedTuple):
    """What stands in an error or in the last lines, and the way out."""

    pattern: str
    fix: Fix


_ROWS = (
    _Row(
        "No space left on device",
        Fix("make room there; `.pyo3ops/wheels/target`, the largest of ours, is made again when it is gone"),
    ),
    _Row("no Rust compiler|cargo is not on PATH", Fix("install Rust", url="https://rustup.rs")),
    _Row(
        r"there is no pyproject\.toml|pyproject\.toml (is empty|names no build backend)",
        Fix("say what builds it", ("pyo3ops", "validate", "--select", "build.backend"), safe=True, mends=False),
    ),
    _Row("^maturin cannot be started", Fix("install maturin", ("pip", "install", "maturin"), safe=True)),
    _Row("No module named build", Fix("install what asks the backend", ("pip", "install", "build"), safe=True)),
    _Row("pyo3ops did not make it", Fix("move it away, or put the files elsewhere: `--output DIR`")),
    _Row(
        r"Cargo\.lock is behind|because --locked|lock file .* needs to be updated",
        Fix("bring Cargo.lock in step with Cargo.toml", ("cargo", "update", "--workspace")),
    ),
    _Row(
        r"failed to select a version|is yanked|no matching package",
        Fix("choose versions that the index has, and make the sdist anew", ("cargo", "update")),
    ),
    _Row(
        r"couldn't read `|No such file or directory|can't find (library|`)|failed to load (source|manifest)",
        Fix("let the sdist include what is missing: `include` of [tool.maturin], MANIFEST.in of setuptools"),
    ),
    _Row("could(n't| not) resolve host|failed to download", Fix("run it again where the index of crates is reached")),
)


def telling(error: str, tail: Sequence[str]) -> str:
    """The reason with the line of the output that names it, unless it does so itself."""
    found = (line.strip() for line in tail if re.match(r"\s*(error(\[E\d+\])?: |💥)", line))
    line = next((each for each in found if each not in error), None)
    return f"{error}: {line}" if line else error


def fix(error: str, tail: Sequence[str], env: Mapping[str, str], log: Path | None) -> Fix:
    """The first way out that fits; else the log."""
    text = "\n".join([error, *tail])
    if re.search(r"linker `[^`]+` not found", text):
        return system.installer(env).fix("C compiler")
    found = next((row.fix for row in _ROWS if re.search(row.pattern, text, re.MULTILINE)), None)
    if found is not None:
        return found
    if log is not None:
        return Fix(f"read the whole log: {log}")
    return Fix("see what is missing here", ("pyo3ops", "validate"), safe=True)


def other_than_planned(reason: str, wheel: Path, member: Member) -> tuple[Status, Fix]:
    """How bad it is that a wheel is none of the plan's, and what makes it one."""
    if "asks for" in reason and member.toolchain.zig is None:
        summary = "link against the glibc that is planned, with zig"
        return Status.WARN, Fix(summary, ("pip", "install", "ziglang"), safe=True)
    if "no index takes" in reason or "asks for" in reason:
        argv = ("auditwheel", "repair", "--wheel-dir", str(wheel.parent), str(wheel))
        return Status.WARN, Fix("give it a tag that its symbols bear out, on an old enough Linux", argv)
    return Status.FAIL, Fix("plan what is built, or build what is planned", ("pyo3ops", "wheels", "plan"), mends=False)
