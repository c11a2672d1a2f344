from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import linking
from pyo3ops.checks.facts.sources import Packing
from pyo3ops.checks.facts.toolchain import Asked, CrossLinker, Wanted
from pyo3ops.checks.verdict import Verdict, fail, ok, setting, skip, warn
from pyo3ops.core.model import Fix, Location, Status
from pyo3ops.core.project import Backend, Pyo3Dependency
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.cargo_config import Sourced
from pyo3ops.tools.system import Installer

if TYPE_CHECKING:
    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]
    MakeExtension = Callable[..., Extension]

DEBIAN = Installer("apt-get", "linux")
FILE = ".cargo/config.toml"
TOOLS = [
    (linking.lld, "lld", "compiler flags ask for lld", fail),
    (linking.mold, "mold", "compiler flags ask for mold", fail),
    (linking.zig, "zig", "the project links with zig", warn),
    (linking.sccache, "sccache", "it wraps rustc", fail),
]


@pytest.mark.parametrize(("rule", "need", "why", "judge"), TOOLS)
def test_a_tool(rule: Callable[..., Verdict], need: str, why: str, judge: Callable[..., Verdict]) -> None:
    fix = DEBIAN.fix(need)
    assert rule(Wanted(None, None), DEBIAN) == skip("nothing here asks for it", fix)
    assert rule(Wanted(None, "/bin/it"), DEBIAN) == skip("nothing here asks for it")
    assert rule(Wanted(FILE, "/bin/it"), DEBIAN) == ok(f"/bin/it ({FILE})")
    assert rule(Wanted(FILE, None), DEBIAN) == judge(f"not on PATH, and {why}: {FILE}", fix)


ARM = "aarch64-unknown-linux-gnu"
NO_ZIG = Wanted(None, None)
ZIG = Wanted(".github/workflows/ci.yml", "/bin/zig")


def test_cross() -> None:
    assert linking.cross((), NO_ZIG, DEBIAN) == skip("no target but the host is configured")
    there = CrossLinker(Asked(ARM, FILE), Sourced("arm-gcc", FILE), found=True)
    unasked = CrossLinker(Asked("wasm32-unknown-unknown", FILE), None, found=True)
    assert linking.cross((there, unasked), NO_ZIG, DEBIAN) == ok(f"{ARM}, wasm32-unknown-unknown")


def test_a_configured_linker_is_missing() -> None:
    gone = CrossLinker(Asked(ARM, FILE), Sourced("arm-gcc", "CARGO_TARGET_LINKER"), found=False)
    said = f"arm-gcc, which CARGO_TARGET_LINKER names for {ARM}, is not there"
    expected = fail(said, DEBIAN.fix(f"linker for {ARM}"), [f"{FILE} names {ARM}"])
    assert linking.cross((gone,), NO_ZIG, DEBIAN) == expected


@pytest.mark.parametrize(("source", "judge"), [(FILE, fail), ("rust-toolchain.toml", warn), ("rust-toolchain", warn)])
def test_no_linker_is_configured(source: str, judge: Callable[..., Verdict]) -> None:
    none = CrossLinker(Asked(ARM, source), None, found=False)
    evidence = [f"{source} names {ARM}"]
    expected = judge(f"no linker is configured for {ARM}", DEBIAN.fix(f"linker for {ARM}"), evidence, Location(FILE))
    assert linking.cross((none,), NO_ZIG, DEBIAN) == expected
    assert linking.cross((none,), ZIG, DEBIAN) == ok(f"zig links for {ARM}")
    assert linking.cross((none,), Wanted("ci.yml", None), DEBIAN) == expected


@pytest.mark.parametrize(
    ("compatibility", "here", "detail"),
    [
        ("manylinux2014", (2, 17), "glibc 2.17, manylinux2014 allows 2.17"),
        ("manylinux_2_28", (2, 27), "glibc 2.27, manylinux_2_28 allows 2.28"),
        ("manylinux_2_28_x86_64", (2, 28), "glibc 2.28, manylinux_2_28_x86_64 allows 2.28"),
        ("manylinux1", (2, 5), "glibc 2.5, manylinux1 allows 2.5"),
    ],
)
def test_glibc(compatibility: str, here: tuple[int, int], detail: str) -> None:
    assert linking.glibc(compatibility, here, NO_ZIG) == ok(detail)


def test_a_glibc_that_is_too_new() -> None:
    summary = "link with zig (`maturin build --zig`), or build in the container of that policy"
    fix = Fix(summary, ("pip", "install", "ziglang"))
    expected = warn("glibc 2.36 is newer than the 2.17 of manylinux2014", fix, where=Location("pyproject.toml"))
    assert linking.glibc("manylinux2014", (2, 36), NO_ZIG) == expected
    with_zig = ok("glibc 2.36; with --zig the wheels are for 2.17")
    assert linking.glibc("manylinux2014", (2, 36), Wanted(None, "/bin/zig")) == with_zig


@pytest.mark.parametrize(
    ("compatibility", "here"),
    [(None, (2, 36)), ("linux", (2, 36)), ("musllinux_1_2", (2, 36)), ("off", (2, 36)), ("manylinux2014", None)],
)
def test_no_policy_of_glibc(compatibility: str | None, here: tuple[int, int] | None) -> None:
    assert linking.glibc(compatibility, here, NO_ZIG).status is Status.SKIP


def test_setuptools_rust(make_project: MakeProject) -> None:
    assert linking.setuptools_rust(None, make_project(), None) == skip("built by maturin")
    project = make_project(backend=Backend.SETUPTOOLS_RUST)
    assert linking.setuptools_rust(Packing(False, ">=1.9"), project, None) == ok("setuptools-rust>=1.9")  # noqa: FBT003
    assert linking.setuptools_rust(Packing(False, None), project, None) == ok("setuptools-rust")  # noqa: FBT003


@pytest.mark.parametrize(
    ("features", "lowest", "tag"),
    [
        (("abi3",), None, "cp38"),
        (("abi3",), PythonVersion(9), "cp39"),
        (("abi3-py310",), PythonVersion(8), "cp310"),
    ],
)
def test_a_stable_abi_that_the_wheel_hides(
    features: tuple[str, ...],
    lowest: PythonVersion | None,
    tag: str,
    make_project: MakeProject,
    make_extension: MakeExtension,
) -> None:
    stable = make_extension(pyo3=Pyo3Dependency("^0.29", ("0.29.3",), features))
    project = make_project(extensions=(stable,), backend=Backend.SETUPTOOLS_RUST)
    key = "tool.distutils.bdist_wheel.py_limited_api"
    fix = setting(f"tell bdist_wheel which Pythons the library is for: {tag}", "pyproject.toml", key, tag)
    detail = "crate crab is built for abi3, and its wheel is tagged for one Python alone"
    packing, told = Packing(limited=False, requirement=None), Packing(limited=True, requirement=None)
    expected = warn(detail, fix, where=Location("pyproject.toml"))
    assert linking.setuptools_rust(packing, project, lowest) == expected
    assert linking.setuptools_rust(told, project, lowest) == ok("setuptools-rust")
