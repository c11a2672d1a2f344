"""What only the network knows; asked for by `--online` alone, and never more than a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, ok, skip, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.core.pyo3 import release_of

if TYPE_CHECKING:
    from pyo3ops.checks.facts.online import Answer
    from pyo3ops.core.project import Project
    from pyo3ops.tools.maturin import Maturin


@check(
    "online.cargo-registry",
    "cargo's registry answers",
    needs=("rust.cargo",),
    link="https://doc.rust-lang.org/cargo/reference/config.html#registry",
    mode="online",
)
def cargo_registry(newest_pyo3: Answer) -> Verdict:
    """Cargo fetches crates through what its configuration, proxies and certificates allow."""
    if newest_pyo3.version:
        return ok(f"it has PyO3 {newest_pyo3.version}")
    fix = Fix("see what cargo says", ("cargo", "info", "pyo3"), safe=True, mends=False)
    return warn(f"no answer: {newest_pyo3.error}", fix)


@check(
    "online.python-index",
    "the package index answers",
    link="https://pip.pypa.io/en/stable/topics/configuration/",
    mode="online",
)
def python_index(newest_maturin: Answer) -> Verdict:
    """Uv and pip fetch the build backend through what their configuration, proxies and certificates allow."""
    if newest_maturin.version:
        return ok(f"it has maturin {newest_maturin.version}")
    fix = Fix("see what it is told", ("python", "-m", "pip", "config", "debug"), safe=True, mends=False)
    return warn(f"no answer: {newest_maturin.error}", fix)


@check(
    "online.newer",
    "nothing newer is out",
    needs=("project.manifest",),
    link="https://pyo3.rs/latest/migration.html",
    mode="online",
)
def newer(newest_pyo3: Answer, newest_maturin: Answer, maturin: Maturin, project: Project) -> Verdict:
    """A newer PyO3 that still supports every Python of the matrix, or a newer maturin, is worth a look."""
    behind = [*_behind_pyo3(newest_pyo3.version, project), *_behind_maturin(newest_maturin.version, maturin)]
    if behind:
        detail, fix = behind[0]
        return warn(detail, fix, [said for said, _ in behind], Location("Cargo.toml"))
    if newest_pyo3.version is None and newest_maturin.version is None:
        return skip("no registry answers")
    return ok(f"PyO3 {newest_pyo3.version or 'not known'}, maturin {newest_maturin.version or 'not known'}")


def _behind_pyo3(newest: str | None, project: Project) -> list[tuple[str, Fix]]:
    row = release_of(newest or "")
    used = sorted({release_of(ext.pyo3.release or "") for ext in project.extensions} - {None}, key=_order)
    lowest = min(project.pythons, default=None)
    if row is None or not used or _order(used[0]) >= _order(row):
        return []
    if lowest is not None and lowest.minor < row.python_min.minor:
        return []
    fix = Fix(f'raise pyo3 to "{row.release}" in Cargo.toml', url="https://pyo3.rs/latest/migration.html")
    return [(f"PyO3 {newest} is out, {used[0].release if used[0] else '?'} is in use", fix)]


def _behind_maturin(newest: str | None, maturin: Maturin) -> list[tuple[str, Fix]]:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - only the network's answer is compared

    try:
        behind = bool(newest and maturin.release) and Version(maturin.release) < Version(newest or "0")
    except InvalidVersion:
        return []
    fix = Fix("update it", ("pip", "install", "--upgrade", "maturin"))
    return [(f"maturin {newest} is out, {maturin.release} is installed", fix)] if behind else []


def _order(row: object) -> tuple[int, ...]:
    return tuple(int(part) for part in str(getattr(row, "release", "0")).split("."))
