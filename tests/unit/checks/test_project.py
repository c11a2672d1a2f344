from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import project as rules
from pyo3ops.checks.facts.files import Edition, GilUse
from pyo3ops.checks.verdict import fail, ok, setting, skip, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.core.project import Pyo3Dependency
from pyo3ops.core.pythons import PythonVersion

if TYPE_CHECKING:
    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]
    MakeExtension = Callable[..., Extension]

PYPROJECT = Location("pyproject.toml")
NO_EXTENSION = skip("no crate here is an extension module of PyO3")


def test_manifest(make_project: MakeProject, make_extension: MakeExtension) -> None:
    project = make_project(extensions=(make_extension(), make_extension(crate="lobster", version="1.2.3")))
    assert rules.manifest(project) == ok("crab 0.1.0, lobster 1.2.3")


def test_a_manifest_without_an_extension(make_project: MakeProject) -> None:
    assert rules.manifest(make_project(extensions=())) == ok("no crate here is an extension module of PyO3")


def test_a_manifest_that_cargo_refuses(make_project: MakeProject) -> None:
    project = make_project(extensions=(), metadata_error="error: failed to parse\nCaused by: a typo")
    fix = Fix(
        "see the whole message", ("cargo", "metadata", "--no-deps", "--format-version", "1"), safe=True, mends=False
    )
    evidence = ["error: failed to parse", "Caused by: a typo"]
    assert rules.manifest(project) == fail("cargo metadata gives no answer", fix, evidence, Location("Cargo.toml"))


def test_module_name(make_project: MakeProject, make_extension: MakeExtension) -> None:
    extensions = (
        make_extension(),
        make_extension(module="shell.crab._crab", pymodules=("helper", "_crab")),
        make_extension(crate="macro", module="other", pymodules=()),
    )
    assert rules.module_name(make_project(extensions=extensions)) == ok("crab, shell.crab._crab")


def test_no_module_is_named(make_project: MakeProject, make_extension: MakeExtension) -> None:
    assert rules.module_name(make_project(extensions=())) == NO_EXTENSION
    project = make_project(extensions=(make_extension(pymodules=()),))
    assert rules.module_name(project) == skip("no #[pymodule] stands in the sources; a macro may make it")


def test_module_names_that_differ(make_project: MakeProject, make_extension: MakeExtension) -> None:
    extensions = (
        make_extension(),
        make_extension(crate="lobster", module="sea.lobster", pymodules=("crab", "shrimp")),
        make_extension(crate="shrimp", module="shrimp", pymodules=("prawn",)),
    )
    fix = Fix(
        "name the #[pymodule] `lobster`, or set the module's name in pyproject.toml to end in that of #[pymodule]"
    )
    evidence = [
        "crate lobster: built as sea.lobster, #[pymodule] crab, shrimp",
        "crate shrimp: built as shrimp, #[pymodule] prawn",
    ]
    verdict = fail("import sea.lobster will not find PyInit_lobster", fix, evidence, PYPROJECT)
    assert rules.module_name(make_project(extensions=extensions)) == verdict


def test_cdylib(make_project: MakeProject, make_extension: MakeExtension) -> None:
    both = make_extension(library="lobster", crate_types=("rlib", "cdylib"))
    assert rules.cdylib(make_project(extensions=(make_extension(), both))) == ok("crab, lobster")
    assert rules.cdylib(make_project(extensions=())) == NO_EXTENSION


def test_no_cdylib(make_project: MakeProject, make_extension: MakeExtension) -> None:
    wrong = make_extension(crate="lobster", library="claw", crate_types=("lib", "staticlib"))
    summary = 'add crate-type = ["cdylib"] under [lib] in Cargo.toml'
    fix = setting(summary, "Cargo.toml", "lib.crate-type", ["cdylib"])
    evidence = ["crate lobster: crate-type = ['lib', 'staticlib']"]
    verdict = fail("claw is built as lib, staticlib", fix, evidence, Location("Cargo.toml"))
    assert rules.cdylib(make_project(extensions=(make_extension(), wrong))) == verdict


def test_lock(make_project: MakeProject) -> None:
    assert rules.lock(make_project(), ()) == ok("has what the manifests want")
    assert rules.lock(make_project(extensions=()), ()) == NO_EXTENSION


def test_no_lock(make_project: MakeProject, make_extension: MakeExtension) -> None:
    extensions = (make_extension(crate="shrimp", lock=None), make_extension(), make_extension(crate="eel", lock=None))
    fix = Fix("make it, and commit it", ("cargo", "generate-lockfile"), safe=True)
    verdict = warn("none for eel, shrimp: each build picks its own versions", fix)
    assert rules.lock(make_project(extensions=extensions), ("stale",)) == verdict


def test_a_stale_lock(make_project: MakeProject) -> None:
    stale = ("crab is 0.2.0, the lock has 0.1.0",)
    fix = Fix("bring it up to date, and commit it", ("cargo", "update", "--workspace"))
    verdict = warn("stale: cargo build --locked refuses it", fix, stale, Location("Cargo.lock"))
    assert rules.lock(make_project(), stale) == verdict


def test_requires_python(make_project: MakeProject) -> None:
    assert rules.requires_python(make_project(), ()) == ok(">=3.8")


@pytest.mark.parametrize(
    ("pythons", "lowest"), [((PythonVersion(11), PythonVersion(9)), "3.9"), ((), "3.8")], ids=["lowest", "none"]
)
def test_no_requires_python(pythons: tuple[PythonVersion, ...], lowest: str, make_project: MakeProject) -> None:
    summary = f'add requires-python = ">={lowest}" to [project] in pyproject.toml'
    fix = setting(summary, "pyproject.toml", "project.requires-python", f">={lowest}")
    verdict = warn("not set: pip installs on any Python, and fails there", fix, where=PYPROJECT)
    assert rules.requires_python(make_project(requires_python=None, pythons=pythons), ()) == verdict


def test_requires_python_that_is_no_specifier(make_project: MakeProject) -> None:
    fix = Fix('write it as a version specifier, such as ">=3.8"')
    verdict = fail("'3.8 or so' is no version specifier", fix, where=PYPROJECT)
    assert rules.requires_python(make_project(requires_python="3.8 or so"), None) == verdict


def test_requires_python_is_not_lowered_below_the_stable_abi(
    make_project: MakeProject, make_extension: MakeExtension
) -> None:
    ext = make_extension(pyo3=Pyo3Dependency("^0.29", ("0.29.3",), ("abi3-py39",)))
    summary = "drop 3.8 from {}, or lower the abi3 feature and requires-python"
    named = ("Programming Language :: Python :: 3.8", "Programming Language :: Rust")
    project = make_project(requires_python=">=3.9", extensions=(ext,), classifiers=named)
    fix = setting(
        summary.format("classifiers"), "pyproject.toml", "project.classifiers", ["Programming Language :: Rust"]
    )
    verdict = fail("'>=3.9' excludes 3.8", fix, where=PYPROJECT)
    assert rules.requires_python(project, (PythonVersion(8),)) == verdict
    project = make_project(requires_python=">=3.9", extensions=(ext,), pythons_from="[tool.pyo3ops] pythons")
    verdict = fail("'>=3.9' excludes 3.8", Fix(summary.format("[tool.pyo3ops] pythons")), where=PYPROJECT)
    assert rules.requires_python(project, (PythonVersion(8),)) == verdict


def test_requires_python_that_excludes_pythons(make_project: MakeProject) -> None:
    summary = "lower requires-python, or drop 3.8, 3.9 from classifiers"
    fix = setting(summary, "pyproject.toml", "project.requires-python", ">=3.8")
    verdict = fail("'>=3.10' excludes 3.8, 3.9", fix, where=PYPROJECT)
    refused = (PythonVersion(8), PythonVersion(9))
    assert rules.requires_python(make_project(requires_python=">=3.10"), refused) == verdict


def test_edition() -> None:
    assert rules.edition(None) == skip("no crate here says its edition")
    assert rules.edition(Edition("Cargo.toml", "2021", None)) == ok(
        "edition 2021, and no rust-version to go against it"
    )
    assert rules.edition(Edition("Cargo.toml", "2024", "1.85")) == ok("edition 2024, rust-version 1.85")
    assert rules.edition(Edition("Cargo.toml", "2063", "1.85")) == skip("edition 2063 is not known to this pyo3ops")


@pytest.mark.parametrize("inherited", [True, False])
def test_an_edition_newer_than_rust_version(inherited: bool) -> None:  # noqa: FBT001 - a parameter
    summary = 'set rust-version = "1.85" or later, or take an older edition'
    fix = Fix(summary) if inherited else setting(summary, "Cargo.toml", "package.rust-version", "1.85")
    text = "edition 2024 needs Rust 1.85, rust-version says 1.84.1"
    verdict = fail(text, fix, where=Location("Cargo.toml"))
    assert rules.edition(Edition("Cargo.toml", "2024", "1.84.1", inherited)) == verdict


FREE = (PythonVersion(14, free_threaded=True),)


def test_gil_used_where_nobody_asks(make_project: MakeProject) -> None:
    skipped = skip("no free-threaded Python is among the Pythons it is for")
    assert rules.gil_used(make_project(), (GilUse("crab", "0.25"),)) == skipped
    assert rules.gil_used(make_project(pythons=FREE), ()) == NO_EXTENSION


@pytest.mark.parametrize(
    ("release", "said"),
    [("0.28", ()), ("0.30", ()), (None, ()), ("0.25", (False,)), ("0.29", (False,))],
)
def test_a_module_that_leaves_the_gil_off(
    release: str | None, said: tuple[bool, ...], make_project: MakeProject
) -> None:
    use = GilUse("crab", release, tuple((each, "src/lib.rs", 3) for each in said))
    assert rules.gil_used(make_project(pythons=FREE), (use,)) == ok("crab")


def test_a_module_that_is_silent_before_0_28(make_project: MakeProject) -> None:
    classifier = "Programming Language :: Python :: Free Threading :: 2 - Beta"
    fix = Fix("once its data is safe to share between threads, write #[pymodule(gil_used = false)], or use PyO3 0.28")
    text = "crab says nothing, which PyO3 0.27 takes for gil_used = true"
    assert rules.gil_used(make_project(classifiers=(classifier,)), (GilUse("crab", "0.27"),)) == warn(
        text, fix, [classifier]
    )


@pytest.mark.parametrize("release", ["0.25", "0.29"])
def test_a_module_that_needs_the_gil(release: str, make_project: MakeProject) -> None:
    use = GilUse("crab", release, ((False, "src/a.rs", 1), (True, "src/lib.rs", 9)))
    fix = Fix("once its data is safe to share between threads, say gil_used = false there")
    verdict = warn("crab says that it needs the GIL", fix, where=Location("src/lib.rs", 9))
    assert rules.gil_used(make_project(pythons=FREE), (use,)) == verdict
