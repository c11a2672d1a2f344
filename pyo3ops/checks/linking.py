"""Linkers, compiler caches and C libraries that this project asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, fail, ok, setting, skip, warn
from pyo3ops.core.model import Fix, Location

if TYPE_CHECKING:
    from pyo3ops.checks.facts.sources import Packing
    from pyo3ops.checks.facts.toolchain import CrossLinker, Wanted
    from pyo3ops.core.project import Project
    from pyo3ops.core.pythons import PythonVersion
    from pyo3ops.tools.system import Installer

LINKER = "https://doc.rust-lang.org/cargo/reference/config.html#targettriplelinker"
#: The glibc of each policy that has a name of its own (PEP 600, "Legacy manylinux tags").
POLICIES = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


@check("build.lld", "lld, where it is asked for", link=LINKER)
def lld(lld: Wanted, installer: Installer) -> Verdict:
    """A linker that compiler flags name has to be there; rustc 1.90 and later bring one for x86-64 Linux (gcc-ld)."""
    return _wanted(lld, installer.fix("lld"), "compiler flags ask for lld", fail)


@check("build.mold", "mold, where it is asked for", link="https://github.com/rui314/mold#how-to-use")
def mold(mold: Wanted, installer: Installer) -> Verdict:
    """A linker that compiler flags name has to be there."""
    return _wanted(mold, installer.fix("mold"), "compiler flags ask for mold", fail)


@check("build.zig", "zig, where wheels are linked with it", link="https://www.maturin.rs/distribution#use-zig")
def zig(zig: Wanted, installer: Installer) -> Verdict:
    """`maturin build --zig` links against an older glibc than this system's, and needs zig or the package ziglang."""
    return _wanted(zig, installer.fix("zig"), "the project links with zig", warn)


@check("build.sccache", "sccache, where it wraps rustc", link="https://github.com/mozilla/sccache#rust")
def sccache(sccache: Wanted, installer: Installer) -> Verdict:
    """A rustc-wrapper that is not there stops cargo before it compiles anything."""
    return _wanted(sccache, installer.fix("sccache"), "it wraps rustc", fail)


@check("build.cross", "a linker for each configured target", needs=("rust.rustc",), link=LINKER)
def cross(cross_linkers: tuple[CrossLinker, ...], zig: Wanted, installer: Installer) -> Verdict:
    """Rustc links with the host's own compiler driver unless told otherwise, and that knows no other processor."""
    if not cross_linkers:
        return skip("no target but the host is configured")
    wrong = [each for each in cross_linkers if not each.found]
    if not wrong:
        return ok(", ".join(each.target.name for each in cross_linkers))
    if zig.source and zig.path:
        return ok(f"zig links for {', '.join(each.target.name for each in wrong)}")
    first = wrong[0]
    fix = installer.fix(f"linker for {first.target.name}")
    evidence = [f"{each.target.source} names {each.target.name}" for each in wrong]
    if first.linker:
        said = f"{first.linker.value}, which {first.linker.source} names for {first.target.name}, is not there"
        return fail(said, fix, evidence)
    # What a toolchain file installs is not what a plain build compiles for.
    judge = warn if first.target.source.startswith("rust-toolchain") else fail
    return judge(f"no linker is configured for {first.target.name}", fix, evidence, Location(".cargo/config.toml"))


@check(
    "build.glibc",
    "this glibc is old enough for the wheels wanted",
    link="https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/",
)
def glibc(compatibility: str | None, glibc: tuple[int, int] | None, zig: Wanted) -> Verdict:
    """A library asks for the glibc it was linked against: for an older policy link in a container, or with zig."""
    wanted = _policy(compatibility)
    if wanted is None:
        return skip("no manylinux policy is configured")
    if glibc is None:
        return skip("this system has another C library")
    here, there = ".".join(map(str, glibc)), ".".join(map(str, wanted))
    if glibc <= wanted:
        return ok(f"glibc {here}, {compatibility} allows {there}")
    if zig.path:
        return ok(f"glibc {here}; with --zig the wheels are for {there}")
    fix = Fix(
        "link with zig (`maturin build --zig`), or build in the container of that policy", ("pip", "install", "ziglang")
    )
    return warn(f"glibc {here} is newer than the {there} of {compatibility}", fix, where=Location("pyproject.toml"))


@check(
    "build.setuptools-rust",
    "setuptools-rust packs what the crate is",
    needs=("build.backend", "project.manifest"),
    link="https://setuptools-rust.readthedocs.io/en/latest/building_wheels.html",
)
def setuptools_rust(packing: Packing | None, project: Project, lowest_admitted: PythonVersion | None) -> Verdict:
    """It tags a wheel for one Python unless bdist_wheel is told py_limited_api, whatever the crate is compiled for."""
    if packing is None:
        return skip(f"built by {project.backend.value}")
    stable = [(ext.crate, abi) for ext in project.extensions for abi in [ext.pyo3.stable_abi] if abi]
    if stable and not packing.limited:
        crate, abi = stable[0]
        lowest = abi.minimum or lowest_admitted
        tag = lowest.tag if lowest else "cp38"
        key = "tool.distutils.bdist_wheel.py_limited_api"
        fix = setting(f"tell bdist_wheel which Pythons the library is for: {tag}", "pyproject.toml", key, tag)
        detail = f"crate {crate} is built for {abi.kind}, and its wheel is tagged for one Python alone"
        return warn(detail, fix, where=Location("pyproject.toml"))
    return ok(f"setuptools-rust{packing.requirement or ''}")


def _wanted(tool: Wanted, fix: Fix, why: str, judge: object) -> Verdict:
    if tool.source is None:
        return skip("nothing here asks for it", None if tool.path else fix)
    if tool.path:
        return ok(f"{tool.path} ({tool.source})")
    return (fail if judge is fail else warn)(f"not on PATH, and {why}: {tool.source}", fix)


def _policy(compatibility: str | None) -> tuple[int, int] | None:
    match = re.fullmatch(r"manylinux_(\d+)_(\d+)(?:_\w+)?", compatibility or "")
    return (int(match[1]), int(match[2])) if match else POLICIES.get(compatibility or "")
